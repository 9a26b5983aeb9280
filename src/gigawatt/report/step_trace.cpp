#include <sstream>

#include <fmt/format.h>

#include "gigawatt/report/plan_json.h"
#include "gigawatt/trace/trace.h"

namespace gigawatt::report {

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

}  // namespace gigawatt::report
