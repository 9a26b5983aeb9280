#include "gigawatt/step/load_calibration.h"

#include <fmt/format.h>

#include <array>

#include "gigawatt/config/read.h"
#include "gigawatt/config/toml.h"

namespace gigawatt::step {

void fields(config::FieldVisitor& v, IntervalBand& band) {
  v(band.regime, {.key = "regime", .doc = "Kind of run.", .required = true});
  v(band.low, {.key = "low",
               .doc = "10th percentile of measured over predicted.",
               .min = 0.01,
               .max = 1,
               .required = true});
  v(band.high, {.key = "high",
                .doc = "90th percentile of measured over predicted.",
                .min = 1,
                .max = 100,
                .required = true});
  v(band.rows, {.key = "rows", .doc = "Cross-validated rows behind it.", .min = 0});
}

namespace {

struct IntervalFile {
  std::string source;
  std::vector<IntervalBand> bands;
};

void fields(config::FieldVisitor& v, IntervalFile& file) {
  v(file.source, {.key = "source", .doc = "Where the bands come from.", .required = true});
  v(file.bands, {.key = "band", .doc = "One band per regime.", .required = true});
}

struct ChipMember {
  std::string_view name;
  double ChipCalibration::* member;
};
constexpr std::array<ChipMember, 5> kChipMembers = {
    {{"attention_sustained", &ChipCalibration::attention_sustained},
     {"memory_sustained", &ChipCalibration::memory_sustained},
     {"host_scale", &ChipCalibration::host_scale},
     {"scaleout_training", &ChipCalibration::scaleout_training},
     {"scaleup_training", &ChipCalibration::scaleup_training}}};

struct SharedMember {
  std::string_view name;
  double SharedCalibration::* member;
};
constexpr std::array kSharedMembers = {
    SharedMember{"jitter_per_doubling", &SharedCalibration::jitter_per_doubling},
    SharedMember{"overlap_slowdown", &SharedCalibration::overlap_slowdown},
    SharedMember{"moe_imbalance", &SharedCalibration::moe_imbalance},
    SharedMember{"full_pass_overlap", &SharedCalibration::full_pass_overlap},
    SharedMember{"optimizer_efficiency", &SharedCalibration::optimizer_efficiency},
    SharedMember{"eager_passes", &SharedCalibration::eager_passes},
    SharedMember{"unfused_norm_passes", &SharedCalibration::unfused_norm_passes},
    SharedMember{"score_passes_fused", &SharedCalibration::score_passes_fused},
    SharedMember{"score_passes_unfused", &SharedCalibration::score_passes_unfused},
    SharedMember{"flash2_on_async", &SharedCalibration::flash2_on_async},
    SharedMember{"flash1_time", &SharedCalibration::flash1_time},
    SharedMember{"sink_attention_time", &SharedCalibration::sink_attention_time},
    SharedMember{"host_sharpness", &SharedCalibration::host_sharpness},
    SharedMember{"host_backward", &SharedCalibration::host_backward},
    SharedMember{"moe_host_exposed", &SharedCalibration::moe_host_exposed},
    SharedMember{"expert_issue", &SharedCalibration::expert_issue},
    SharedMember{"cast_share", &SharedCalibration::cast_share},
    SharedMember{"permute_passes", &SharedCalibration::permute_passes},
    SharedMember{"fragmentation", &SharedCalibration::fragmentation}};

using Problems = base::Diagnostics;

void append(Problems& problems, const Problems& more) {
  problems.insert(problems.end(), more.begin(), more.end());
}

void missing(Problems& problems, const catalog::FittedSet& set, const std::string& name) {
  problems.push_back(
      base::error("missing-parameter", fmt::format("calibration '{}' lacks '{}'", set.name, name)));
}

void read_training(const catalog::FittedLibrary& library, ChipCalibration& chip, Problems& problems) {
  const std::array<std::string, 2> candidates = {chip.name, chip.generation};
  const auto set = library.find("training", candidates);
  if (!set) return append(problems, set.error());
  const auto names = training_parameter_names();
  for (std::size_t i = 0; i < names.size(); ++i) {
    if (const auto* constant = set->find(names[i]))
      training_parameter(chip, i) = constant->value;
    else
      missing(problems, *set, names[i]);
  }
}

void read_shared(const catalog::FittedLibrary& library, SharedCalibration& shared, Problems& problems) {
  const auto set = library.only("shared");
  if (!set) return append(problems, set.error());
  const auto names = shared_parameter_names();
  for (std::size_t i = 0; i < names.size(); ++i) {
    if (const auto* constant = set->find(names[i]))
      shared_parameter(shared, i) = constant->value;
    else
      missing(problems, *set, names[i]);
  }
}

void read_intervals(const std::filesystem::path& folder, std::vector<IntervalBand>& bands,
                    Problems& problems) {
  const auto path = folder / "intervals.toml";
  std::error_code ignored;
  if (!std::filesystem::is_regular_file(path, ignored)) return;  // no bands: the prediction alone
  const auto node = config::read_toml(path);
  if (!node) return append(problems, node.error());
  IntervalFile file;
  config::Reader(*node, problems).read(file);
  bands = std::move(file.bands);
}

}  // namespace

std::span<const std::string> training_parameter_names() {
  static const std::vector<std::string> names = [] {
    std::vector<std::string> all;
    for (const auto p : catalog::kPrecisionNames) all.push_back(fmt::format("sustained.{}", p));
    for (const auto& m : kChipMembers) all.emplace_back(m.name);
    return all;
  }();
  return names;
}

double& training_parameter(ChipCalibration& chip, std::size_t index) {
  return index < catalog::kPrecisionCount ? chip.sustained[index]
                                          : chip.*kChipMembers.at(index - catalog::kPrecisionCount).member;
}

std::span<const std::string> shared_parameter_names() {
  static const std::vector<std::string> names = [] {
    std::vector<std::string> all;
    for (const auto& m : kSharedMembers) all.emplace_back(m.name);
    return all;
  }();
  return names;
}

double& shared_parameter(SharedCalibration& shared, std::size_t index) {
  return shared.*kSharedMembers.at(index).member;
}

tl::expected<Calibration, base::Diagnostics> load_calibration(
    const catalog::FittedLibrary& library, std::span<const catalog::Accelerator> accelerators) {
  Problems problems;
  Calibration calibration;
  for (const auto& accelerator : accelerators) {
    ChipCalibration chip;
    chip.name = accelerator.name;
    chip.generation = accelerator.generation;
    if (auto kernel = load_kernel_parameters(library, accelerator))
      chip.kernel = *kernel;
    else
      append(problems, kernel.error());
    if (auto network = network::load_network_parameters(library, accelerator))
      chip.network = *network;
    else
      append(problems, network.error());
    read_training(library, chip, problems);
    calibration.chips.push_back(std::move(chip));
    if (base::has_errors(problems)) break;  // the files are shared: the others would say the same again
  }
  read_shared(library, calibration.shared, problems);
  read_intervals(library.folder(), calibration.bands, problems);
  if (base::has_errors(problems)) return tl::unexpected(std::move(problems));
  return calibration;
}

}  // namespace gigawatt::step
