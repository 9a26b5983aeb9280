#include <algorithm>
#include <sstream>

#include <fmt/format.h>

#include "gigawatt/report/plan_json.h"
#include "gigawatt/trace/trace.h"

namespace gigawatt::report {
namespace {

enum Stream : std::int32_t { kComputeStream, kWaitStream, kSendStream, kStepStream };
constexpr std::array<std::string_view, 4> kStreams = {"compute", "bubble", "pipeline sends",
                                                      "gradient exchange, optimizer"};
constexpr std::array<std::string_view, 3> kWork = {"forward", "backward", "weight gradient"};

class StepTrace {
 public:
  StepTrace(trace::ChromeTrace& trace, const step::ScheduleInput& input, const step::StepResult& result)
      : trace_(trace), input_(input), result_(result), timeline_(step::simulate_schedule(input)) {
    // The parts of memory but the activations do not move; those grow with the micro-batches in flight.
    const auto most = *std::max_element(timeline_.peak_in_flight.begin(), timeline_.peak_in_flight.end());
    per_micro_batch_ = result.memory[step::MemoryPart::kActivations] / std::max(1, most);
    still_ = result.memory.allocated_bytes - result.memory[step::MemoryPart::kActivations];
  }

  void rank(std::int32_t r) {
    trace_.name_process(r, fmt::format("pipeline rank {}", r));
    for (std::int32_t s = 0; s < static_cast<std::int32_t>(kStreams.size()); ++s)
      trace_.name_thread({r, s}, kStreams[static_cast<std::size_t>(s)]);
    double free = 0;
    double sent = 0;
    std::int32_t held = 0;
    memory(r, 0, held);
    for (const auto& slot : timeline_.slots) {
      if (slot.rank != r) continue;
      if (slot.begin_s > free) trace_.span({r, kWaitStream}, "wait", "bubble", free, slot.begin_s);
      free = slot.end_s;
      const auto work = kWork[static_cast<std::size_t>(slot.work)];
      trace_.span({r, kComputeStream}, fmt::format("{} {} (stage {})", work, slot.micro_batch, slot.stage),
                  work, slot.begin_s, slot.end_s);
      if (slot.work == step::Work::kForward) memory(r, slot.begin_s, ++held);
      const bool splits = input_.schedule == step::Schedule::kZeroBubble;
      if (slot.work == (splits ? step::Work::kWeight : step::Work::kBackward)) memory(r, slot.end_s, --held);
      if (slot.work == step::Work::kWeight || input_.send_s <= 0) continue;
      const double begin = std::max(sent, slot.end_s);
      sent = begin + input_.send_s;
      trace_.span({r, kSendStream}, fmt::format("send {} {}", work, slot.micro_batch), "pp comm", begin,
                  sent);
    }
    if (timeline_.makespan_s > free)
      trace_.span({r, kWaitStream}, "wait", "bubble", free, timeline_.makespan_s);
    end_of_step(r);
  }

 private:
  void memory(std::int32_t r, double at, std::int32_t held) {
    trace_.counter(r, "memory GB", at, (still_ + held * per_micro_batch_) / 1e9);
  }

  void end_of_step(std::int32_t r) {
    using enum step::TimeTerm;
    double at = timeline_.makespan_s;
    for (const auto& [name, seconds] : {std::pair{"gradient exchange", result_.time[kDpComm]},
                                        std::pair{"optimizer", result_.time[kOptimizer]}}) {
      if (seconds > 0) trace_.span({r, kStepStream}, name, name, at, at + seconds);
      at += seconds;
    }
  }

  trace::ChromeTrace& trace_;
  const step::ScheduleInput& input_;
  const step::StepResult& result_;
  step::Timeline timeline_;
  double per_micro_batch_ = 0;
  double still_ = 0;
};

}  // namespace

std::string step_trace(const step::ScheduleInput& input, const step::StepResult& result,
                       std::span<const std::int32_t> ranks) {
  std::ostringstream out;
  trace::ChromeTrace trace(out);
  StepTrace step(trace, input, result);
  for (std::int32_t r = 0; r < input.ranks; ++r)
    if (ranks.empty() || std::find(ranks.begin(), ranks.end(), r) != ranks.end()) step.rank(r);
  trace.close();
  return out.str();
}

}  // namespace gigawatt::report
