#include "gigawatt/cli/plan_text.h"

#include <sstream>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "gigawatt/base/nearest.h"
#include "gigawatt/cli/console.h"
#include "gigawatt/trace/trace.h"

namespace gigawatt::cli {

catalog::Precision parse_precision_option(const std::string& text) {
  if (const auto precision = catalog::parse_precision(text)) return *precision;
  const std::vector<std::string> names(catalog::kPrecisionNames.begin(), catalog::kPrecisionNames.end());
  throw InputError(fmt::format("no precision '{}': {}", text, fmt::join(names, ", ")));
}

nlohmann::ordered_json plan_json(const step::ParallelPlan& p) {
  return {{"tp", p.tp},
          {"cp", p.cp},
          {"pp", p.pp},
          {"vpp", p.vpp},
          {"ep", p.ep},
          {"etp", p.etp},
          {"dp", p.dp},
          {"micro_batch", p.micro_batch},
          {"zero", p.zero_stage},
          {"shard_group", p.shard_group},
          {"recompute", step::to_string(p.recompute)},
          {"schedule", step::to_string(p.schedule)},
          {"precision", catalog::to_string(p.precision)},
          {"sequence_parallel", p.sequence_parallel},
          {"flash_attention", p.flash_attention},
          {"text", step::to_string(p)}};
}

std::string step_trace(const step::ScheduleInput& input, const step::StepResult& result) {
  using enum step::TimeTerm;
  const auto timeline = step::simulate_schedule(input);

  std::ostringstream out;
  trace::ChromeTrace trace(out);
  for (std::int32_t rank = 0; rank < input.ranks; ++rank) {
    trace.name_process(rank, fmt::format("pipeline rank {}", rank));
    trace.name_thread({rank, 0}, "compute");
  }
  constexpr std::array<std::string_view, 3> kWork = {"forward", "backward", "weight gradient"};
  for (const auto& slot : timeline.slots) {
    const auto work = kWork[static_cast<std::size_t>(slot.work)];
    trace.span({slot.rank, 0}, fmt::format("{} {} (stage {})", work, slot.micro_batch, slot.stage), work,
               slot.begin_s, slot.end_s);
  }
  double at = timeline.makespan_s;
  for (const auto& [name, seconds] : {std::pair{"gradient exchange", result.time[kDpComm]},
                                      std::pair{"optimizer", result.time[kOptimizer]}}) {
    for (std::int32_t rank = 0; seconds > 0 && rank < input.ranks; ++rank)
      trace.span({rank, 0}, name, "step", at, at + seconds);
    at += seconds;
  }
  trace.close();
  return out.str();
}

}  // namespace gigawatt::cli
