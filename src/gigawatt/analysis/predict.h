#pragma once
/// Predicts one published run: resolves what its row says against the catalogue, fills in what it does not say
/// with the framework's default, and evaluates the step model.
///
/// Level A rows are complete. Where a row leaves the micro-batch or the recompute open, the fastest choice that
/// fits in memory is taken (the one with the least memory where none fits): that is what its authors did. The band
/// of such a prediction spans the bands of every choice that fits.

#include <span>
#include <string>
#include <vector>

#include <tl/expected.hpp>

#include "gigawatt/analysis/runs.h"
#include "gigawatt/catalog/accelerator.h"
#include "gigawatt/catalog/system.h"
#include "gigawatt/step/calibration.h"
#include "gigawatt/step/software_catalog.h"
#include "gigawatt/step/step.h"

namespace gigawatt::analysis {

/// What predictions are made from; all outlive the predictions.
struct Knowledge {
  std::span<const catalog::Accelerator> accelerators;
  std::span<const catalog::System> systems;
  std::span<const catalog::Model> models;  ///< traits that rows have no column for (`with_traits`)
  const step::SoftwareCatalog* software = nullptr;
  const step::Calibration* calibration = nullptr;
};

/// A row joined with the catalogue: everything but the constants. Independent of the calibration, so that a
/// fit resolves rows once.
struct ResolvedRun {
  const RunRow* row = nullptr;
  catalog::Model model;  ///< the row's sizes with the catalogue's traits
  const catalog::Accelerator* accelerator = nullptr;
  catalog::System system;
  step::SoftwareProfile software;
  std::vector<step::ParallelPlan> plans;  ///< one, or the choices that the row leaves open

  step::StepRequest request(const step::ParallelPlan& plan) const;
};

/// The reason where a row cannot be resolved (unknown accelerator, batch that does not divide).
tl::expected<ResolvedRun, std::string> resolve(const RunRow& row, const Knowledge& knowledge);

struct Prediction {
  step::StepResult result;
  step::ParallelPlan plan;
  double memory_bytes = 0;  ///< by the row's own metric (allocated, or reserved)
  bool fits = false;        ///< some choice that the row leaves open fits in memory
  /// Of the choices that fit; the predicted time where there is one choice or none fits.
  double fastest_s = 0, slowest_s = 0;
};

tl::expected<Prediction, std::string> predict(const ResolvedRun& run, const step::Calibration& calibration);

/// The row's model with what its columns cannot say (norms, positions, biases, tied embeddings, attention sinks, the
/// pattern of windows) from the catalogue's model of that name or alias, where there is one. Sizes stay the row's.
catalog::Model with_traits(const catalog::Model& model, std::span<const catalog::Model> catalogue);

/// By name or alias, without case.
const catalog::Accelerator* find_accelerator(std::span<const catalog::Accelerator> all,
                                             std::string_view name);

}  // namespace gigawatt::analysis
