#include "gigawatt/engine/futures.h"

#include <cmath>

#include "gigawatt/base/random.h"

namespace gigawatt::engine {

std::uint64_t future_seed(std::uint64_t seed, std::uint64_t index) {
  return random::Stream(seed, random::Domain::kMonteCarlo, index).bits();
}

fleet::StepTable drawn_steps(const fleet::StepTable& steps, std::uint64_t seed, std::uint64_t index) {
  const std::uint64_t pair = future_seed(seed, index / 2);
  const double sign = index % 2 == 0 ? 1 : -1;
  return steps.stretched([&](scenario::JobId job, const fleet::StepEntry& step) {
    if (!(step.low_s > 0) || step.low_s > step.step_time_s || step.high_s < step.step_time_s) return 1.0;
    const double z = sign * random::Stream(pair, random::Domain::kStepTime, job.index()).normal(0, 1);
    return std::pow(z > 0 ? step.high_s / step.step_time_s : step.step_time_s / step.low_s,
                    z / kEightyPercent);
  });
}

}  // namespace gigawatt::engine
