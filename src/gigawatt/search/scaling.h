#pragma once
/// The best plan at each of several sizes: strong scaling (the global batch stays) and weak scaling (the batch per
/// accelerator stays), and the front of step time against the number of accelerators.

#include <vector>

#include "gigawatt/search/search.h"

namespace gigawatt::search {

struct ScalePoint {
  std::int64_t gpus = 0;
  std::int64_t global_batch = 0;
  SearchResult found;
  double tokens_per_s = 0;  ///< 0: nothing fits
  double efficiency = 0;    ///< tokens per second and accelerator over those of the smallest size that works
  bool on_front = false;    ///< no smaller size is as fast, by tokens per second
};

/// first, 2 first, 4 first, ... and last.
std::vector<std::int64_t> doublings(std::int64_t first, std::int64_t last);

/// `weak`: request.global_batch belongs to the first size and grows with it, rounded down.
std::vector<ScalePoint> scaling(const step::StepRequest& request, const step::Calibration& calibration,
                                const SearchOptions& options, const std::vector<std::int64_t>& sizes,
                                bool weak);

}  // namespace gigawatt::search
