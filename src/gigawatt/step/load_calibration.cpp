#include "gigawatt/step/load_calibration.h"

#include <fmt/format.h>

#include <array>

#include "gigawatt/base/nearest.h"
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

void fields(config::FieldVisitor& v, Generation& g) {
  v(g.name, {.key = "name", .doc = "As accelerators name it.", .required = true});
  v(g.like, {.key = "like", .doc = "Whose constants stand in for it."});
  v(g.asynchronous_products,
    {.key = "asynchronous_products", .doc = "Matrix units take their operands asynchronously."});
}

void fields(config::FieldVisitor& v, IntervalWidening& w) {
  const auto factor = [&](double& x, std::string_view key, std::string_view doc) {
    v(x, {.key = key, .doc = doc, .min = 1, .max = 5});
  };
  factor(w.unknown_fabric, "unknown_fabric", "Several nodes on a fabric that is not named.");
  factor(w.open_plan, "open_plan", "A published run that leaves a part of its plan open.");
  factor(w.open_by_tensor, "open_by_tensor",
         "The same where a compiler chooses tensor by tensor what is kept.");
  factor(w.new_chip, "new_chip", "No training run on this chip or its generation was at hand.");
  factor(w.few_tokens, "few_tokens", "Fewer tokens of a micro-batch on a rank than the bound.");
  v(w.per_distance, {.key = "per_distance",
                     .doc = "Added for each unit of distance from the nearest measured run beyond the first.",
                     .min = 0,
                     .max = 2});
  v(w.few_tokens_below, {.key = "few_tokens_below", .doc = "That bound.", .min = 1, .max = 1e6});
}

namespace {

struct GenerationFile {
  std::string source;
  std::vector<Generation> generations;
};

void fields(config::FieldVisitor& v, GenerationFile& file) {
  v(file.source, {.key = "source", .doc = "Where the kinships come from.", .required = true});
  v(file.generations, {.key = "generation", .doc = "One table per generation.", .required = true});
}

struct IntervalFile {
  std::string source;
  std::vector<IntervalBand> bands;
  IntervalWidening widening;
};

void fields(config::FieldVisitor& v, IntervalFile& file) {
  v(file.source, {.key = "source", .doc = "Where the bands come from.", .required = true});
  v(file.bands, {.key = "band", .doc = "One band per regime.", .required = true});
  v(file.widening, {.key = "widening", .doc = "Where bands are wider."});
}

struct ChipMember {
  std::string_view name;
  double ChipCalibration::* member;
};
constexpr std::array<ChipMember, 4> kChipMembers = {
    {{"attention_sustained", &ChipCalibration::attention_sustained},
     {"memory_sustained", &ChipCalibration::memory_sustained},
     {"host_scale", &ChipCalibration::host_scale},
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
    SharedMember{"overlapped_issue", &SharedCalibration::overlapped_issue},
    SharedMember{"cast_share", &SharedCalibration::cast_share},
    SharedMember{"checkpoint_time", &SharedCalibration::checkpoint_time},
    SharedMember{"accumulation_share", &SharedCalibration::accumulation_share},
    SharedMember{"ragged_time", &SharedCalibration::ragged_time},
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
  const auto& set = library.find("training", candidates);
  if (!set) return append(problems, set.error());
  chip.training_rows = set->rows;
  const auto names = training_parameter_names();
  for (std::size_t i = 0; i < names.size(); ++i) {
    if (const auto* constant = set->find(names[i]))
      training_parameter(chip, i) = constant->value;
    else
      missing(problems, *set, names[i]);
  }
}

void read_mixers(const catalog::FittedLibrary& library, ChipCalibration& chip, Problems& problems) {
  const std::array<std::string, 2> candidates = {chip.name, chip.generation};
  const auto set = library.find("mixers", candidates);
  if (!set) return append(problems, set.error());
  const std::array<std::pair<const char*, double*>, 4> members = {
      {{"gated_delta", &chip.mixers.gated_delta},
       {"kimi_delta", &chip.mixers.kimi_delta},
       {"state_space", &chip.mixers.state_space},
       {"convolution", &chip.mixers.convolution}}};
  for (const auto& [name, value] : members) {
    if (const auto* constant = set->find(name))
      *value = constant->value;
    else
      missing(problems, *set, name);
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

void read_generations(const std::filesystem::path& folder, std::vector<Generation>& generations,
                      Problems& problems) {
  const auto path = folder / "generations.toml";
  std::error_code ignored;
  if (!std::filesystem::is_regular_file(path, ignored)) return;  // any name goes
  const auto node = config::read_toml(path);
  if (!node) return append(problems, node.error());
  GenerationFile file;
  config::Reader(*node, problems).read(file);
  generations = std::move(file.generations);
}

base::Diagnostic unknown_generation(const catalog::Accelerator& accelerator,
                                    const std::vector<Generation>& generations) {
  std::vector<std::string> known;
  for (const auto& g : generations) known.push_back(g.name);
  return base::error(
      "unknown-generation",
      fmt::format("{}: generation \"{}\" is not known", accelerator.name, accelerator.generation),
      base::did_you_mean(accelerator.generation, known));
}

void read_intervals(const std::filesystem::path& folder, std::vector<IntervalBand>& bands,
                    IntervalWidening& widening, Problems& problems) {
  const auto path = folder / "intervals.toml";
  std::error_code ignored;
  if (!std::filesystem::is_regular_file(path, ignored)) return;  // no bands: the prediction alone
  const auto node = config::read_toml(path);
  if (!node) return append(problems, node.error());
  IntervalFile file;
  config::Reader(*node, problems).read(file);
  bands = std::move(file.bands);
  widening = file.widening;
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
    for (const auto fabric : kFabricNames) all.push_back(fmt::format("scaleout.{}", fabric));
    return all;
  }();
  return names;
}

double& shared_parameter(SharedCalibration& shared, std::size_t index) {
  return index < kSharedMembers.size() ? shared.*kSharedMembers[index].member
                                       : shared.scaleout.at(index - kSharedMembers.size());
}

tl::expected<Calibration, base::Diagnostics> load_calibration(
    const catalog::FittedLibrary& library, std::span<const catalog::Accelerator> accelerators) {
  Problems problems;
  Calibration calibration;
  read_generations(library.folder(), calibration.generations, problems);
  for (const auto& accelerator : accelerators) {
    ChipCalibration chip;
    chip.name = accelerator.name;
    chip.generation = accelerator.generation;
    const Generation* generation = calibration.generation(accelerator.generation);
    if (generation != nullptr)
      chip.asynchronous_products = generation->asynchronous_products;
    else if (!calibration.generations.empty())
      problems.push_back(unknown_generation(accelerator, calibration.generations));
    if (auto kernel = kernels::load_kernel_parameters(library, accelerator))
      chip.kernel = *kernel;
    else
      append(problems, kernel.error());
    if (auto network = network::load_network_parameters(library, accelerator))
      chip.network = *network;
    else
      append(problems, network.error());
    read_training(library, chip, problems);
    read_mixers(library, chip, problems);
    calibration.chips.push_back(std::move(chip));
    if (base::has_errors(problems)) break;  // the files are shared: the others would say the same again
  }
  read_shared(library, calibration.shared, problems);
  read_intervals(library.folder(), calibration.bands, calibration.widening, problems);
  if (base::has_errors(problems)) return tl::unexpected(std::move(problems));
  return calibration;
}

}  // namespace gigawatt::step
