#pragma once
/// RunOutput -> rows of a store, by the registry of module `results`.

#include <string>

#include "gigawatt/engine/run.h"
#include "gigawatt/results/store.h"

namespace gigawatt::engine {

results::RunHeader header(const Inputs& inputs, const RunOptions& options, const std::string& program);

/// The scenario's leaves and the catalogue's citations that they name; committed.
void record_inputs(const Inputs& inputs, results::RunWriter& writer);

/// Everything that was computed; committed in batches, the run then marked complete or interrupted.
void record_output(const Inputs& inputs, const RunOutput& output, results::RunWriter& writer);

}  // namespace gigawatt::engine
