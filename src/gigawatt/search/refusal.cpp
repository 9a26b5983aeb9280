#include "gigawatt/search/refusal.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <bit>
#include <type_traits>

#include "gigawatt/step/calibration.h"

namespace gigawatt::search {
namespace {

using step::PlanError;
using step::PlanErrorCode;
using step::StepRequest;

constexpr std::int64_t kFarthest =
    1024;  ///< how far a hint looks for another batch or number of accelerators
constexpr int kMostDoublings = 12;

bool any_plan(const StepRequest& request, const Constraints& constraints) {
  if (bad_arguments(request)) return false;
  const Space space(request, constraints);
  for (const Task& task : space.tasks())
    for (const auto pp : space.depths(task)) {
      const std::int64_t dp = request.gpus / (std::int64_t{task.tp} * task.cp * pp);
      if (space.shardings(dp * task.cp, pp, true).empty()) continue;
      const std::int64_t micro_batches = request.global_batch / (dp * task.micro_batch);
      const auto goes = [&](const auto& policy) { return space.allowed(policy, pp, task.cuda_graph); };
      if (space.activation_offloads(task.cuda_graph).empty() ||
          std::none_of(space.policies().begin(), space.policies().end(), goes))
        continue;
      for (const Cut& cut : space.cuts(pp))
        if (!space.schedules(pp, cut.vpp, micro_batches).empty()) return true;
    }
  return false;
}

struct Lifted {
  const char* name;
  void (*lift)(Constraints&);
  bool (*set)(const Constraints&);
  std::vector<std::int32_t> Constraints::* numbers = nullptr;  ///< of a list of numbers
};

template <auto Member>
constexpr Lifted list(const char* name) {
  Lifted l{name, [](Constraints& c) { (c.*Member).clear(); },
           [](const Constraints& c) { return !(c.*Member).empty(); }};
  if constexpr (std::is_same_v<decltype(Member), std::vector<std::int32_t> Constraints::*>)
    l.numbers = Member;
  return l;
}

const std::array<Lifted, 15> kLifted = {{
    list<&Constraints::vpp>("--vpp"),
    list<&Constraints::schedule>("--schedule"),
    list<&Constraints::micro_batch>("--micro-batch"),
    list<&Constraints::shard_group>("--shard-group"),
    list<&Constraints::zero_stage>("--zero"),
    list<&Constraints::recompute>("--recompute"),
    list<&Constraints::etp>("--etp"),
    list<&Constraints::ep>("--ep"),
    list<&Constraints::cp>("--cp"),
    list<&Constraints::pp>("--pp"),
    list<&Constraints::dp>("--dp"),
    list<&Constraints::tp>("--tp"),
    {"--experts-in-scaleup", [](Constraints& c) { c.experts_in_scaleup = false; },
     [](const Constraints& c) { return c.experts_in_scaleup; }},
    {"--cuda-graphs", [](Constraints& c) { c.cuda_graphs = Choice::kOff; },
     [](const Constraints& c) { return c.cuda_graphs != Choice::kOff; }},
    {"--max-memory-gb and --headroom", [](Constraints& c) { c.max_memory_bytes = 0; },
     [](const Constraints& c) { return c.max_memory_bytes > 0; }},
}};

/// The nearest value for which `works`, below or above; 0 where there is none.
template <typename Works>
std::int64_t nearest(std::int64_t from, const Works& works) {
  for (std::int64_t d = 1; d <= kFarthest; ++d) {
    if (from - d >= 1 && works(from - d)) return from - d;
    if (works(from + d)) return from + d;
  }
  return 0;
}

/// "--pp 64", or the name alone where no number was asked for.
std::string as_asked(const Lifted& l, const Constraints& c) {
  return l.numbers == nullptr ? l.name : fmt::format("{} {}", l.name, fmt::join(c.*l.numbers, ","));
}

/// What to ask for instead of an option that nothing meets.
std::string nearest_to_option(const StepRequest& request, const Constraints& constraints, const Lifted& l) {
  std::vector<std::string> ways;
  if (l.numbers != nullptr) {
    const auto number = nearest((constraints.*l.numbers).front(), [&](std::int64_t value) {
      Constraints other = constraints;
      other.*l.numbers = {static_cast<std::int32_t>(value)};
      return any_plan(request, other);
    });
    if (number > 0) ways.push_back(fmt::format("{} {}", l.name, number));
  }
  const auto batch = nearest(request.global_batch, [&](std::int64_t value) {
    StepRequest r = request;
    r.global_batch = value;
    return any_plan(r, constraints);
  });
  if (batch > 0) ways.push_back(fmt::format("a global batch of {}", batch));
  ways.push_back(fmt::format("leave {} out", l.name));
  return fmt::format("{}", fmt::join(ways, ", or "));
}

/// Where the accelerator computes in none of the precisions asked for: what it says of the first.
std::optional<PlanError> no_precision(const StepRequest& request, const Constraints& constraints) {
  StepRequest one = request;
  one.plan = {};
  std::optional<PlanError> first;
  for (const auto precision :
       constraints.precision.empty() ? std::vector{request.plan.precision} : constraints.precision) {
    one.plan.precision = precision;
    const auto legal = step::check_plan(one);
    if (legal || legal.error().code != PlanErrorCode::kPrecisionUnsupported) return std::nullopt;
    if (!first) first = legal.error();
  }
  return first;
}

bool finds(const StepRequest& request, const step::Calibration& calibration, SearchOptions options) {
  options.top = 1;
  options.pareto = false;
  return !search(request, calibration, options).best.empty();
}

}  // namespace

std::optional<PlanError> bad_arguments(const StepRequest& request) {
  StepRequest r = request;
  r.plan = {};
  const auto legal = step::check_plan(r);
  if (legal || legal.error().code != PlanErrorCode::kBadArgument) return std::nullopt;
  return legal.error();
}

PlanError why_nothing_is_legal(const StepRequest& request, const Constraints& constraints) {
  if (const auto bad = bad_arguments(request)) return *bad;
  if (const auto bad = no_precision(request, constraints)) return *bad;
  for (const Lifted& l : kLifted) {
    if (!l.set(constraints)) continue;
    Constraints without = constraints;
    l.lift(without);
    if (any_plan(request, without))
      return {PlanErrorCode::kBadArgument, fmt::format("none that meets {}", as_asked(l, constraints)),
              nearest_to_option(request, constraints, l)};
  }
  const auto with_batch = [&](std::int64_t batch) {
    StepRequest r = request;
    r.global_batch = batch;
    return any_plan(r, constraints);
  };
  const auto with_gpus = [&](std::int64_t gpus) {
    StepRequest r = request;
    r.gpus = gpus;
    return any_plan(r, constraints);
  };
  std::string hint;
  if (const auto batch = nearest(request.global_batch, with_batch))
    hint = fmt::format("a global batch of {}", batch);
  if (const auto gpus = nearest(request.gpus, with_gpus))
    hint += fmt::format("{}{} accelerators", hint.empty() ? "" : ", or ", gpus);
  // Farther away only powers of two, of which some size has a plan.
  const auto size = static_cast<std::int64_t>(std::bit_floor(static_cast<std::uint64_t>(request.gpus)));
  for (std::int64_t gpus = size; hint.empty() && gpus >= 1; gpus /= 2)
    if (with_gpus(gpus)) hint = fmt::format("{} accelerators", gpus);
  return {PlanErrorCode::kBatchDoesNotDivide,
          fmt::format("{} accelerators cannot be split into ways of tensor, context, pipeline and data "
                      "parallelism of which "
                      "the last divides a global batch of {}",
                      request.gpus, request.global_batch),
          hint};
}

std::string nearest_fit(const StepRequest& request, const step::Calibration& calibration,
                        const SearchOptions& options) {
  for (const Lifted& l : kLifted) {
    if (!l.set(options.constraints)) continue;
    SearchOptions without = options;
    l.lift(without.constraints);
    if (finds(request, calibration, without)) return fmt::format("leave {} out", l.name);
  }
  StepRequest more = request;
  for (int i = 0; i < kMostDoublings; ++i) {
    more.gpus *= 2;
    if (finds(more, calibration, options)) return fmt::format("{} accelerators", more.gpus);
  }
  return "";
}

}  // namespace gigawatt::search
