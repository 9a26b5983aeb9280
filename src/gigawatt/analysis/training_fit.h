#pragma once
/// What `gigawatt calibrate --runs` fits: data/calibration/training_fit.toml, as one field table.
///
/// Constants of three kinds: of a chip or a generation (a "set": data/calibration/training/<set>.toml), shared by all
/// chips (shared.toml), and the host time per kernel of a class of framework code (host.toml). A set frees only what
/// its rows can say; the rest it takes from the set that it is `like`, else from the constant that it is tied to
/// ("sustained.fp16" follows "sustained.bf16": the same matrix units), else from the start value.

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include <tl/expected.hpp>

#include "gigawatt/base/diagnostic.h"
#include "gigawatt/config/fields.h"

namespace gigawatt::analysis {

struct FitConstant {
  std::string name;
  double start = 0;
  double low = 0;
  double high = 0;
  double spread =
      0;  ///< standard deviation of what is plausible before any row, share of `start`; 0: only the bounds
  bool fixed = false;  ///< kept at `start`, for the reason given in `basis`
  std::string tie;     ///< the constant that it equals where a set does not free it
  std::string unit;
  std::string meaning;
  std::string basis;
};

struct FitSet {
  std::string name;   ///< an accelerator, a generation, or "default"
  std::string like;   ///< the set that gives what is not free; empty: none
  double ratio = 1;   ///< what its constants are expected to be over those of `like`, before any row
  std::string basis;  ///< why
  std::vector<std::string> free;
  std::vector<std::string> mean_of;  ///< of a set without rows: geometric mean of these sets
};

struct TrainingFit {
  std::string source;            ///< key of data/sources.toml of the rows
  double residual_scale = 0.08;  ///< log error up to which a row counts as a square
  double incomplete_weight =
      0.25;  ///< weight of a row that leaves a part of its plan open over a complete one
  /// Rows of a source err alike: n of them say as much as n / (1 + (n - 1) correlation) independent ones.
  double source_correlation = 0.05;
  std::vector<FitConstant> chip;
  std::vector<FitConstant> shared;
  std::vector<FitConstant> host;
  std::vector<FitSet> sets;
};

void fields(config::FieldVisitor& v, TrainingFit& fit);

/// Checked: every name that `tie`, `like`, `free` and `mean_of` use exists, and an earlier set comes first.
tl::expected<TrainingFit, base::Diagnostics> read_training_fit(const std::filesystem::path& path);

}  // namespace gigawatt::analysis
