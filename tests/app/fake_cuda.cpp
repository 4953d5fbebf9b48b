// Stands in for libcuda and libnvidia-ml: two GPUs that cannot reach each other's memory, or a
// driver that fails, as FAKE_CUDA_ERROR says.
#include <cstddef>
#include <cstdlib>
#include <cstring>

extern "C" {
int cuInit(unsigned) { return std::getenv("FAKE_CUDA_ERROR") == nullptr ? 0 : 999; }
int cuGetErrorString(int, const char** text) {
  *text = "a made-up fault";
  return 0;
}
int cuDriverGetVersion(int* version) {
  *version = 13010;
  return 0;
}
int cuDeviceGetCount(int* count) {
  *count = 2;
  return 0;
}
int cuDeviceGet(int* device, int index) {
  *device = index + 10;
  return 0;
}
int cuDeviceGetName(char* name, int, int) {
  std::strcpy(name, "Made-up 1");
  return 0;
}
int cuDeviceTotalMem_v2(size_t* bytes, int) {
  *bytes = size_t{80} << 30;
  return 0;
}
int cuDeviceGetUuid(unsigned char* uuid, int device) {
  std::memset(uuid, device, 16);
  return 0;
}
int cuDeviceCanAccessPeer(int* can, int device, int peer) {
  *can = device == 11 && peer == 10 ? 1 : 0;
  return 0;
}
int nvmlInit_v2() { return 0; }
int nvmlShutdown() { return 0; }
int nvmlSystemGetDriverVersion(char* version, unsigned) {
  std::strcpy(version, "580.1");
  return 0;
}
}
