#pragma once
/// Plans as commands read and print them. Private to this module.

#include <string>

#include <nlohmann/json_fwd.hpp>

#include "gigawatt/catalog/precision.h"
#include "gigawatt/step/step.h"
#include "gigawatt/step/timeline.h"

namespace gigawatt::cli {

/// Throws InputError that names what is allowed.
catalog::Precision parse_precision_option(const std::string& text);

nlohmann::ordered_json plan_json(const step::ParallelPlan& plan);

/// Chrome trace of the pipeline's schedule: a process per pipeline rank; forward, backward and weight gradients of
/// each micro-batch on each virtual stage at that stage's own cost, then the result's gradient exchange and optimizer.
std::string step_trace(const step::ScheduleInput& input, const step::StepResult& result);

}  // namespace gigawatt::cli
