#pragma once
/// A training step as a timeline that Perfetto and Chrome open.

#include <cstdint>
#include <ostream>
#include <string>
#include <vector>

#include "gigawatt/engine/accelerator_power.h"
#include "gigawatt/step/schedule_input.h"
#include "gigawatt/step/timeline.h"

namespace gigawatt::report {

/// A piece of work (a micro-batch's forward or backward on a virtual stage) takes about 0.7 kB, so that a trace of as many
/// as this has 70 MB, which viewers open in seconds.
inline constexpr std::size_t kMostTraceWork = 100'000;

/// Chrome trace of the pipeline's schedule: a process per pipeline rank (those of `ranks`; empty: all) with
///   streams   compute (each micro-batch's forward, recompute, backward and weight gradient on each virtual stage at
///             that stage's own cost), the exposed communication of tensor, context, expert, pipeline and data
///             parallelism, host, bubble; a stream without anything on it is left out
///   counters  memory in GB: the result's peak with as many micro-batches' activations as are in flight; IT power in
///             W of one accelerator, at the level of computing or of waiting (site/node_power.h)
/// Inside a piece of work each kind of communication is one span after the compute: its sum over the layers, which
/// a real step spreads among them. The time that is hidden beside compute is not drawn. Work is drawn as long as the step's terms
/// say: what communication beside it takes from the kernels, and what schedule and closed form differ by, is spread over it,
/// so that the picture ends when the step does.
///
/// Of more work than `most`, the first and the last half as much is drawn: how the pipeline fills and how it drains. The
/// steady state between them is a span of a stream of its own that says so.
class StepTrace {
 public:
  StepTrace(step::PricedSchedule schedule, const step::StepResult& result,
            const engine::AcceleratorPower& power, std::vector<std::int32_t> ranks = {},
            std::size_t most = kMostTraceWork);

  /// What the trace does not draw, in a sentence; empty where it draws everything.
  std::string left_out() const;
  void write(std::ostream& out) const;

 private:
  class RankTrace;
  bool shows(std::int32_t rank) const;
  void rank(std::int32_t r, RankTrace& out) const;
  void work(const step::Slot& slot, RankTrace& out) const;
  void end_of_step(RankTrace& out) const;

  step::PricedSchedule schedule_;
  step::StepResult result_;
  engine::AcceleratorPower power_;
  std::vector<std::int32_t> ranks_;
  step::Timeline timeline_;
  double scale_ = 1;  ///< of the schedule's times
  double per_micro_batch_ = 0;
  double still_ = 0;
  std::size_t pieces_ = 0;                     ///< of the ranks that are shown
  std::size_t drawn_ = 0;                      ///< of them; 0: all
  std::size_t head_end_ = 0, tail_begin_ = 0;  ///< slots between them are not drawn
};

std::string step_trace(const step::PricedSchedule& schedule, const step::StepResult& result,
                       const engine::AcceleratorPower& power, std::vector<std::int32_t> ranks = {});

}  // namespace gigawatt::report
