#pragma once
/// A training step as a timeline that Perfetto and Chrome open.

#include <cstdint>
#include <span>
#include <string>

#include "gigawatt/engine/accelerator_power.h"
#include "gigawatt/step/schedule_input.h"

namespace gigawatt::report {

/// Chrome trace of the pipeline's schedule: a process per pipeline rank (those of `ranks`; empty: all) with
///   streams   compute (each micro-batch's forward, recompute, backward and weight gradient on each virtual stage at
///             that stage's own cost), the exposed communication of tensor, context, expert, pipeline and data
///             parallelism, host, bubble; a stream without anything on it is left out
///   counters  memory in GB: the result's peak with as many micro-batches' activations as are in flight; IT power in
///             W of one accelerator, at the level of computing or of waiting (site/node_power.h)
/// Inside a piece of work each kind of communication is one span after the compute: its sum over the layers, which
/// a real step spreads among them. The time that is hidden beside compute is not drawn.
std::string step_trace(const step::PricedSchedule& schedule, const step::StepResult& result,
                       const engine::AcceleratorPower& power, std::span<const std::int32_t> ranks = {});

}  // namespace gigawatt::report
