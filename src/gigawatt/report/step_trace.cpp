#include "gigawatt/report/step_trace.h"

#include <algorithm>
#include <array>
#include <sstream>

#include <fmt/format.h>

#include "gigawatt/trace/trace.h"
#include "gigawatt/units/parse.h"

namespace gigawatt::report {
namespace {

enum Stream : std::uint8_t {
  kCompute,
  kTensor,
  kContext,
  kExpert,
  kPipeline,
  kData,
  kHost,
  kBubble,
  kLeftOut,
  kStreams
};
constexpr std::array<std::string_view, kStreams> kStreamNames = {
    "compute", "tensor parallel", "context parallel", "expert parallel", "pipeline", "data parallel",
    "host",    "bubble",          "not drawn"};
constexpr std::array<std::string_view, 3> kWork = {"forward", "backward", "weight gradient"};

}  // namespace

/// The tracks of one pipeline rank, filled in the order of time.
class StepTrace::RankTrace {
 public:
  RankTrace(trace::ChromeTrace& trace, std::int32_t rank, const engine::AcceleratorPower& power)
      : trace_(trace), rank_(rank), power_(power) {
    trace_.name_process(rank, fmt::format("pipeline rank {}", rank));
  }

  /// A piece of work that keeps the rank busy, which gives the power of its time.
  void busy(Stream stream, std::string_view name, std::string_view category, double begin_s, double end_s) {
    if (end_s <= begin_s) return;
    span(stream, name, category, begin_s, end_s);
    const double w = stream == kCompute ? power_.compute_it_w : power_.wait_it_w;
    if (w != drawn_w_) trace_.counter(rank_, "IT power", "W", begin_s, w);
    drawn_w_ = w;
  }

  /// A transfer beside the compute.
  void beside(Stream stream, std::string_view name, std::string_view category, double begin_s, double end_s) {
    if (end_s > begin_s) span(stream, name, category, begin_s, end_s);
  }

  void memory(double at_s, double bytes) { trace_.counter(rank_, "memory", "GB", at_s, bytes / 1e9); }

 private:
  void span(Stream stream, std::string_view name, std::string_view category, double begin_s, double end_s) {
    const trace::Track track{rank_, stream};
    if (!named_[stream]) trace_.name_thread(track, kStreamNames[stream]);
    named_[stream] = true;
    trace_.span(track, name, category, begin_s, end_s);
  }

  trace::ChromeTrace& trace_;
  std::int32_t rank_;
  engine::AcceleratorPower power_;
  std::array<bool, kStreams> named_{};
  double drawn_w_ = 0;
};

StepTrace::StepTrace(step::PricedSchedule schedule, const step::StepResult& result,
                     const engine::AcceleratorPower& power, std::vector<std::int32_t> ranks, std::size_t most)
    : schedule_(std::move(schedule)),
      result_(result),
      power_(power),
      ranks_(std::move(ranks)),
      timeline_(step::simulate_schedule(schedule_.input)) {
  double behind = 0;
  for (const auto term :
       {step::TimeTerm::kDpComm, step::TimeTerm::kOptimizer, step::TimeTerm::kHost, step::TimeTerm::kJitter})
    behind += result_.time[term];
  if (result_.step_time_s > behind && timeline_.makespan_s > 0)
    scale_ = (result_.step_time_s - behind) / timeline_.makespan_s;
  timeline_.makespan_s *= scale_;
  for (auto& slot : timeline_.slots) slot.begin_s *= scale_, slot.end_s *= scale_;
  // The parts of memory but the activations do not move; those grow with the micro-batches in flight.
  const auto in_flight = *std::max_element(timeline_.peak_in_flight.begin(), timeline_.peak_in_flight.end());
  per_micro_batch_ = result_.memory[step::MemoryPart::kActivations] / std::max(1, in_flight);
  still_ = result_.memory.allocated_bytes - result_.memory[step::MemoryPart::kActivations];
  const auto& slots = timeline_.slots;
  std::vector<std::size_t> shown;
  for (std::size_t i = 0; i < slots.size(); ++i)
    if (shows(slots[i].rank)) shown.push_back(i);
  pieces_ = shown.size();
  head_end_ = tail_begin_ = slots.size();
  if (pieces_ <= most) return;
  head_end_ = shown[most / 2];
  tail_begin_ = shown[pieces_ - (most - most / 2)];
  drawn_ = most;
}

bool StepTrace::shows(std::int32_t rank) const {
  return ranks_.empty() || std::find(ranks_.begin(), ranks_.end(), rank) != ranks_.end();
}

std::string StepTrace::left_out() const {
  if (drawn_ == 0) return {};
  const auto said = [](std::size_t n) { return units::format_number(static_cast<double>(n), 1); };
  return fmt::format(
      "{} of {} pieces of work are drawn, the first and the last; --trace-ranks or a smaller batch draws all",
      said(drawn_), said(pieces_));
}

void StepTrace::write(std::ostream& out) const {
  trace::ChromeTrace trace(out);
  for (std::int32_t r = 0; r < schedule_.input.ranks; ++r) {
    if (!shows(r)) continue;
    RankTrace one(trace, r, power_);
    rank(r, one);
  }
  trace.close();
}

void StepTrace::rank(std::int32_t r, RankTrace& out) const {
  const bool splits = schedule_.input.schedule == step::Schedule::kZeroBubble;
  const auto releases = splits ? step::Work::kWeight : step::Work::kBackward;
  double free = 0, sent = 0;
  std::int32_t held = 0;
  bool gap = false;
  out.memory(0, still_);
  for (std::size_t i = 0; i < timeline_.slots.size(); ++i) {
    const step::Slot& slot = timeline_.slots[i];
    if (slot.rank != r) continue;
    if (i >= head_end_ && i < tail_begin_) {
      gap = true;
      if (slot.work == step::Work::kForward) ++held;
      if (slot.work == releases) --held;
      continue;
    }
    if (gap) {
      out.busy(kLeftOut, "steady state, not drawn", "left out", free, slot.begin_s);
      free = slot.begin_s;
      gap = false;
    }
    out.busy(kBubble, "wait", "bubble", free, slot.begin_s);
    free = slot.end_s;
    if (slot.work == step::Work::kForward) out.memory(slot.begin_s, still_ + ++held * per_micro_batch_);
    work(slot, out);
    if (slot.work == releases) out.memory(slot.end_s, still_ + --held * per_micro_batch_);
    if (slot.work == step::Work::kWeight) continue;
    const double begin = std::max(sent, slot.end_s);
    sent = begin + schedule_.input.send_s * scale_;
    out.beside(kPipeline, fmt::format("hidden send {}", slot.micro_batch), "pp comm", begin, sent);
  }
  out.busy(gap ? kLeftOut : kBubble, gap ? "steady state, not drawn" : "wait", gap ? "left out" : "bubble",
           free, timeline_.makespan_s);
  end_of_step(out);
}

/// One slot: the compute first, each kind of exposed communication after it.
void StepTrace::work(const step::Slot& slot, RankTrace& out) const {
  const step::LayerCost& cost = schedule_.stages[static_cast<std::size_t>(slot.stage)];
  const bool forward = slot.work == step::Work::kForward;
  const std::string_view name = kWork[static_cast<std::size_t>(slot.work)];
  struct Piece {
    Stream stream;
    std::string_view name, category;
    double seconds;
  };
  std::array<Piece, 5> exposed = {{
      {kHost, "launch", "launch", forward ? cost.launch_forward : cost.launch_backward},
      {kTensor, "tensor parallel", "tp comm", forward ? cost.tp_forward : cost.tp_backward},
      {kContext, "context parallel", "cp comm", forward ? cost.cp_forward : cost.cp_backward},
      {kExpert, "expert parallel", "ep comm", forward ? cost.ep_forward : cost.ep_backward},
      {kPipeline, "send", "pp comm", schedule_.send_busy_s},
  }};
  if (slot.work == step::Work::kWeight) exposed = {};
  for (Piece& p : exposed) p.seconds *= scale_;
  double left = slot.end_s - slot.begin_s;
  for (const Piece& p : exposed) left -= p.seconds;
  const double again = slot.work == step::Work::kBackward ? std::min(cost.recompute * scale_, left) : 0;
  const std::string label = fmt::format("{} {} (stage {})", name, slot.micro_batch, slot.stage);
  double at = slot.begin_s;
  out.busy(kCompute, fmt::format("recompute {}", slot.micro_batch), "recompute", at, at + again);
  at += again;
  out.busy(kCompute, label, name, at, at + left - again);
  at += left - again;
  for (const Piece& p : exposed) {
    out.busy(p.stream, p.name, p.category, at, std::min(at + p.seconds, slot.end_s));
    at += p.seconds;
  }
}

void StepTrace::end_of_step(RankTrace& out) const {
  using step::TimeTerm;
  double at = timeline_.makespan_s;
  const auto next = [&](Stream stream, std::string_view name, std::string_view category, TimeTerm t) {
    out.busy(stream, name, category, at, at + result_.time[t]);
    at += result_.time[t];
  };
  next(kData, "gradient exchange", "dp comm", TimeTerm::kDpComm);
  next(kCompute, "optimizer", "optimizer", TimeTerm::kOptimizer);
  next(kHost, "host", "host", TimeTerm::kHost);
  next(kBubble, "wait for the slowest rank", "jitter", TimeTerm::kJitter);
}

std::string step_trace(const step::PricedSchedule& schedule, const step::StepResult& result,
                       const engine::AcceleratorPower& power, std::vector<std::int32_t> ranks) {
  std::ostringstream out;
  StepTrace(schedule, result, power, std::move(ranks)).write(out);
  return std::move(out).str();
}

}  // namespace gigawatt::report
