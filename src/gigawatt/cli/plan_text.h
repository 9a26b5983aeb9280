#pragma once
/// Plans as commands read and print them. Private to this module.

#include <string>

#include <nlohmann/json_fwd.hpp>

#include "gigawatt/catalog/precision.h"
#include "gigawatt/step/step.h"

namespace gigawatt::cli {

/// Throws InputError that names what is allowed.
catalog::Precision parse_precision_option(const std::string& text);

nlohmann::ordered_json plan_json(const step::ParallelPlan& plan);

/// Chrome trace of the pipeline's schedule: a process per pipeline rank; forward, backward and weight gradients of
/// each micro-batch, stretched so that the schedule ends with the step's compute, communication and bubble time.
std::string step_trace(const step::StepRequest& request, const step::StepResult& result);

}  // namespace gigawatt::cli
