#include "gigawatt/engine/futures.h"

#include "gigawatt/base/random.h"

namespace gigawatt::engine {

std::uint64_t future_seed(std::uint64_t seed, std::uint64_t index) {
  return random::Stream(seed, random::Domain::kMonteCarlo, index).bits();
}

}  // namespace gigawatt::engine
