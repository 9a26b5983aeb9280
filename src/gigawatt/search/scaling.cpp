#include "gigawatt/search/scaling.h"

#include <algorithm>

namespace gigawatt::search {

std::vector<std::int64_t> doublings(std::int64_t first, std::int64_t last) {
  std::vector<std::int64_t> out;
  for (std::int64_t n = first; n < last; n *= 2) out.push_back(n);
  out.push_back(last);
  return out;
}

std::vector<ScalePoint> scaling(const step::StepRequest& request, const step::Calibration& calibration,
                                const SearchOptions& options, const std::vector<std::int64_t>& sizes,
                                bool weak) {
  std::vector<ScalePoint> out;
  double per_gpu = 0;
  double fastest = 0;
  for (const std::int64_t gpus : sizes) {
    step::StepRequest r = request;
    r.gpus = gpus;
    if (weak)
      r.global_batch =
          std::max<std::int64_t>(1, request.global_batch / sizes.front() * gpus +
                                        request.global_batch % sizes.front() * gpus / sizes.front());
    ScalePoint p{gpus, r.global_batch, search(r, calibration, options), 0, 0, false};
    if (!p.found.best.empty()) {
      p.tokens_per_s =
          static_cast<double>(r.global_batch) * static_cast<double>(r.seq_len) / p.found.best[0].step_time_s;
      const double mine = p.tokens_per_s / static_cast<double>(gpus);
      if (per_gpu == 0) per_gpu = mine;
      p.efficiency = mine / per_gpu;
      p.on_front = p.tokens_per_s > fastest;
      fastest = std::max(fastest, p.tokens_per_s);
    }
    out.push_back(std::move(p));
  }
  return out;
}

}  // namespace gigawatt::search
