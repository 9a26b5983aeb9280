#include "gigawatt/search/levers.h"

#include <algorithm>
#include <utility>

namespace gigawatt::search {

using step::StepRequest;

namespace {

constexpr double kNoticeable = 1e-3;

}  // namespace

std::vector<Lever> levers(const StepRequest& request, const step::Calibration& calibration,
                          const SearchOptions& options, std::size_t count) {
  std::vector<Lever> out;
  const auto here = step::evaluate(request, calibration);
  if (!here) return out;
  const auto value = [&](std::string change, const StepRequest& r, double per) {
    const auto result = step::evaluate(r, calibration);
    if (!result) return;
    const double seconds = result->step_time_s / per;
    out.push_back({std::move(change), seconds, 1 - seconds / here->step_time_s, r.plan});
  };
  const auto with_system = [&](std::string change, const auto& modify) {
    catalog::System system = *request.system;
    catalog::Accelerator accelerator = *request.accelerator;
    modify(system, accelerator);
    StepRequest r = request;
    r.system = &system;
    r.accelerator = &accelerator;
    value(std::move(change), r, 1);
  };
  const auto with_software = [&](std::string change, const auto& modify) {
    step::SoftwareProfile software = *request.software;
    modify(software);
    StepRequest r = request;
    r.software = &software;
    value(std::move(change), r, 1);
  };
  with_system("twice the scale-out bandwidth", [](auto& s, auto&) { s.nic_bandwidth.value *= 2; });
  with_system("twice the scale-up bandwidth", [](auto& s, auto& a) {
    s.scaleup_bandwidth.value *= 2;
    a.scaleup_bandwidth.value *= 2;
  });
  with_system("twice the memory bandwidth", [](auto&, auto& a) { a.memory_bandwidth.value *= 2; });
  with_software("tensor-parallel exchange under compute", [](auto& s) { s.async_tp = true; });
  with_software("experts' exchange under compute", [](auto& s) { s.ep_overlapped = true; });
  {
    StepRequest r = request;
    r.plan.cuda_graph = true;
    value("CUDA graphs", r, 1);
    r = request;
    r.global_batch *= 2;
    value("twice the global batch", r, 2);
    r = request;
    r.plan.precision = catalog::Precision::kFp8;
    if (request.plan.precision == catalog::Precision::kBf16) value("fp8", r, 1);
  }
  catalog::Accelerator roomy = *request.accelerator;
  roomy.memory_bytes.value *= 2;
  StepRequest r = request;
  r.accelerator = &roomy;
  SearchOptions o = options;
  o.top = 1;
  o.pareto = false;
  o.constraints.max_memory_bytes *= 2;
  if (const auto found = search(r, calibration, o); !found.best.empty()) {
    r.plan = found.best[0].plan;
    value("twice the memory", r, 1);
  }
  std::erase_if(out, [](const Lever& l) { return l.saved_share < kNoticeable; });
  std::stable_sort(out.begin(), out.end(),
                   [](const Lever& a, const Lever& b) { return a.saved_share > b.saved_share; });
  if (out.size() > count) out.resize(count);
  return out;
}

}  // namespace gigawatt::search
