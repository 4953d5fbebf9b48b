// Where the memory of tensors comes from.
#pragma once

namespace verdict {

// From now on, tensors of this process take their memory from malloc with room to align it, instead
// of from posix_memalign: that asks for more than it keeps, so that a result of the same size as a
// freed one never fits its place, and the heap grows by a half more than is in use. To be called
// before the first product of the process, since oneDNN frees through whatever allocator is set
// then. Calls after the first do nothing.
void take_tensor_memory_from_malloc();

}  // namespace verdict
