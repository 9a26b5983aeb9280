#pragma once
/// What a pool of servers is asked about, from names: the subject of `serving/pool.h` with everything it points at.
///
/// The library of kernels, power laws and engines is read once for all subjects of a run. Without a precision the weights
/// are FP8 where the accelerator has the format, else 16-bit; the cache is as the engine keeps it.

#include <memory>
#include <string>
#include <vector>

#include <tl/expected.hpp>

#include "gigawatt/config/documents.h"
#include "gigawatt/engine/inputs.h"
#include "gigawatt/engine/search_rates.h"
#include "gigawatt/engine/serving_platforms.h"
#include "gigawatt/engine/step_subject.h"
#include "gigawatt/power/library.h"
#include "gigawatt/serving/pool.h"

namespace gigawatt::engine {

struct ServingLibrary {
  kernels::LawBook laws;
  power::PowerLibrary power;
  std::vector<serving::Engine> engines;
  ServingPlatforms platforms;
};

/// `data`: the data folder. All mistakes at once.
tl::expected<std::shared_ptr<const ServingLibrary>, base::Diagnostics> load_serving_library(
    const std::filesystem::path& data);

struct ServingNames {
  config::NameOrText model, system;
  std::string engine;           ///< "": the usual one of the chip's maker
  bool engine_assumed = false;  ///< one that does not run there gives way to the usual one
  std::string
      precision;  ///< "": that of the published weights where it is narrow, else fp8 where the chip has it, else bf16
  std::string kv_cache;  ///< "": as the engine does for this precision
  std::int64_t accelerators = 8;
};

/// Owns what the subject points at; not copyable.
struct ServingSubject {
  std::shared_ptr<const ServingLibrary> library;
  StepSubject found;  ///< model, system and accelerator
  serving::PoolSubject pool;
  AcceleratorHour hour;  ///< behind the pool's price of an accelerator
};

tl::expected<std::unique_ptr<ServingSubject>, base::Diagnostics> serving_subject(
    const ServingNames& names, const Knowledge& knowledge, std::shared_ptr<const ServingLibrary> library);

}  // namespace gigawatt::engine
