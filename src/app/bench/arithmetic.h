// How long what follows the forward passes takes, on made-up numbers of the sizes that the program
// is meant for.
#pragma once

namespace verdict {

// Prints, on one core and whatever model there is:
//   scoring_milliseconds: one competition of 256 candidates × 6 tasks × 50 rows with all paired
//     statistics (aim: 50 ms).
//   consensus_epoch_milliseconds, consensus_replay_seconds: an epoch of 256 uids and 64 validators,
//     Yuma3 with liquid alpha (aim: 5 ms), and 1,000 of them in a row (aim: 10 s); processor time.
void bench_arithmetic(int rounds);

}  // namespace verdict
