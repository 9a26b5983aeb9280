// Training jobs: power and energy of benchmark runs, swings as the grid sees them, what stores take off, carbon.

#include <array>
#include <cmath>

#include <fmt/format.h>

#include "gigawatt/engine/power_study.h"
#include "gigawatt/engine/step_query.h"
#include "gigawatt/measured/site_facts.h"
#include "gigawatt/power/node.h"
#include "gigawatt/step/step.h"

namespace gigawatt::measured {
namespace {

constexpr double kMinute_s = 60;

/// A server of the catalogue in training: its heaviest measured load at the share that training takes of a rating.
std::optional<Computed> benchmark_run(const Fact& f, const FactModels& m) {
  if (f.topic != "training-power" || !f.has("mlperf")) return std::nullopt;
  const auto* chip = chip_in(f.text, m.catalog);
  const auto* system = chip ? system_of(*chip, m.catalog) : nullptr;
  const auto accelerators = count_of(f.text, "gpu");
  if (!system || !accelerators || f.has("run)")) return std::nullopt;
  const auto node = power::node_law(*system, *chip);
  const double node_w = m.catalog.facility().design_to_typical_ratio * node.full_it_w;
  if (f.unit == "kW" && f.has("node"))
    return Computed{node_w / 1e3, "loaded server at the share of training"};
  const auto* supply = m.power.chains.stage("supply-titanium");
  if (supply == nullptr) return std::nullopt;
  // Supplies are rated for the server with a third of them spare.
  const double load = node_w / (1.5 * node.rated_it_w);
  const double direct = 1 / (1 + supply->loss_w(load, 1) / load);
  if (f.has("dc/ac")) return Computed{direct, "curve of the server's supplies at that load"};
  const auto minutes = m.also(f, "run time", "min");
  if (f.unit != "kJ" || !minutes) return std::nullopt;
  const double alternating = node_w * *accelerators / node.accelerators * *minutes * kMinute_s / 1e3;
  return Computed{f.has("dc side") ? alternating * direct : alternating,
                  "loaded servers at the share of training, over the published run time"};
}

/// First and last line that holds a thousandth of a swing's energy or more, Hz.
std::pair<double, double> main_band(const std::vector<waveform::Line>& spectrum) {
  double energy = 0, low = 0, high = 0;
  for (const auto& line : spectrum) energy += line.w * line.w;
  for (const auto& line : spectrum) {
    if (line.w * line.w < 1e-3 * energy) continue;
    if (low == 0) low = line.hz;
    high = line.hz;
  }
  return {low, high};
}

struct Plan {
  std::string_view model, system;
  std::int64_t gpus, seq, batch, tp, pp;
  std::string_view kind = "pretrain";
  std::int64_t vpp = 1;
  std::string_view recompute = "full";
};

/// Figures of a job at the meter and of its accelerators; empty where there is no such plan.
std::vector<double> figures_of(const Plan& p, const FactModels& m) {
  const auto key = fmt::format("training {} {} {} {} {} {} {}", p.model, p.system, p.gpus, p.tp, p.kind,
                               p.vpp, p.recompute);
  if (const auto found = m.answered.find(key); found != m.answered.end()) return found->second;
  auto& out = m.answered[key];
  engine::StepQuery q;
  q.model.name = p.model;
  q.system.name = p.system;
  q.gpus = p.gpus;
  q.seq = p.seq;
  q.global_batch = p.batch;
  q.tp = p.tp;
  q.pp = p.pp;
  q.vpp = p.vpp;
  q.recompute = p.recompute;
  q.kind = p.kind;
  const auto subject = engine::subject_of(m.knowledge, q);
  if (!subject) return out;
  const auto request = engine::step_request(q, *subject);
  if (!request) return out;
  const auto result = step::evaluate(*request, m.knowledge.calibration);
  if (!result) return out;
  engine::PowerOptions options;
  options.dt_s = 0.1;  // as meters of servers sample
  const auto answer = engine::power_study(m.knowledge, m.data, *request, *result, options);
  if (!answer) return out;
  const auto& levels = answer->profile.levels;
  out = {answer->profile.mean_w,
         levels[waveform::Doing::kProducts],
         levels[waveform::Doing::kIdle],
         answer->study.facility.most - answer->study.facility.least,
         answer->study.it.most - answer->study.it.least,
         answer->profile.period_s,
         answer->study.capacity_it_w};
  const auto [low, high] = main_band(answer->study.spectrum);
  out.push_back(low);
  out.push_back(high);
  return out;
}

/// The runs that a fact may mean, by the words that name them.
std::optional<Plan> plan_of(const Fact& f) {
  if (f.has("polca training")) return Plan{"gpt3-175b", "a100-sxm", 1024, 2048, 1536, 8, 8};
  if (f.has("100k h100") || f.has("100,000 h100"))
    return Plan{"llama3.1-405b", "h100-sxm", 131072, 8192, 16384, 8, 16};
  return std::nullopt;
}

std::optional<Computed> swing(const Fact& f, const FactModels& m) {
  const auto plan = plan_of(f);
  if (!plan || !(f.has("swing") || f.has("square-wave"))) return std::nullopt;
  const auto figures = figures_of(*plan, m);
  if (figures.empty()) return std::nullopt;
  if (f.unit.find('%') != std::string::npos)
    return Computed{100 * figures[4] / figures[6],
                    fmt::format("waveform of {} on {} {}, over what servers and network are rated for",
                                plan->model, plan->gpus, plan->system)};
  if (f.unit != "MW") return std::nullopt;
  return Computed{figures[3] * 100'000 / static_cast<double>(plan->gpus) / 1e6,
                  fmt::format("waveform of {} on {} {}, at the meter, for 100,000", plan->model, plan->gpus,
                              plan->system)};
}

/// Where in the spectrum a large training swings.
std::optional<Computed> swing_band(const Fact& f, const FactModels& m) {
  if (f.unit != "Hz" || !f.has("training swing spectrum main band")) return std::nullopt;
  const auto figures = figures_of(
      {"llama3.1-405b", "h100-sxm", 16384, 8192, 2048, 8, 16, "pretrain", 8, "modules:layernorm"}, m);
  if (figures.empty()) return std::nullopt;
  return Computed{f.has("high") ? figures[8] : figures[7],
                  "lines with a thousandth of the energy, llama3.1-405b on 16384 h100-sxm"};
}

/// Fine-tuning runs over nodes of four: the mean, highest and lowest power of an accelerator, and of all of them.
std::optional<Computed> fine_tuning(const Fact& f, const FactModels& m) {
  if (f.topic != "waveform" || !f.has("lora") || (f.unit != "W" && f.unit != "kW")) return std::nullopt;
  const auto nodes = number_before(f.text, " nodes");
  const auto* model = model_in(f.text, m.catalog);
  const auto* chip = chip_in(f.text, m.catalog);
  const auto* system = chip ? system_of(*chip, m.catalog) : nullptr;
  if (!nodes || !model || !system) return std::nullopt;
  const double accelerators = 4 * *nodes;
  const auto figures = figures_of({model->name, system->name, static_cast<std::int64_t>(accelerators), 8192,
                                   static_cast<std::int64_t>(accelerators / 4), 4, 1, "lora"},
                                  m);
  if (figures.empty()) return std::nullopt;
  const double each = f.has("cluster") ? accelerators / 1e3 : 1;
  if (f.quantity == "mean" || f.quantity == "median")
    return Computed{each * figures[0], "mean of the step's power, tensor parallelism of four"};
  if (f.quantity == "max") return Computed{each * figures[1], "power law in large products"};
  if (f.quantity == "min") return Computed{each * figures[2], "the idle accelerator"};
  return std::nullopt;
}

/// Many copies of one load of which pairs correlate: the excess of the peak over the mean shrinks as the deviation does.
std::optional<Computed> aggregated(const Fact& f, const FactModels& m) {
  if (f.topic != "waveform" || !f.has("peak/mean correlation")) return std::nullopt;
  const auto in_step = m.also(f, "in step");
  const auto at = f.text.find("correlation");
  const auto correlation = first_number(std::string_view(f.text).substr(at));
  if (!in_step || !correlation) return std::nullopt;
  const auto copies = number_before(f.text, "copies");  // as many as there are elsewhere: the limit
  const double alone = copies && *copies > 0 ? (1 - *correlation) / *copies : 0;
  return Computed{1 + (*in_step - 1) * std::sqrt(*correlation + alone),
                  "deviation of a sum of correlated loads, from the load in step"};
}

/// What one accelerator draws in large products.
double loaded_w(const catalog::Accelerator& chip, const FactModels& m) {
  power::Activity products;
  products[power::Arithmetic::kBf16] = 1;
  const auto& laws = m.power.accelerators;
  return chip.tdp_w * power::steady_share(laws, laws.of(chip, m.catalog.accelerators()), products);
}

/// The highest power of a node that serves: prompts keep all of its accelerators in products.
std::optional<Computed> serving_peak(const Fact& f, const FactModels& m) {
  if (f.topic != "waveform" || f.unit != "W" || !f.has("node") || !f.has("inference")) return std::nullopt;
  const bool highest = f.has("peak node power") || f.quantity == "max" || f.quantity == "P99";
  const auto* chip = chip_in(f.text, m.catalog);
  if (!highest || chip == nullptr) return std::nullopt;
  const auto each = count_of(f.text, chip->name.substr(0, chip->name.find('-')));
  if (!each) return std::nullopt;
  return Computed{*each * loaded_w(*chip, m), "all accelerators of the node in large products"};
}

/// A site where a share of the accelerators is busy and the rest idles; beyond half of them all are busy at some time.
std::optional<Computed> colocation(const Fact& f, const FactModels& m) {
  if (f.topic != "waveform" || !f.has("profile") || f.unit != "MW" ||
      (f.quantity != "mean" && f.quantity != "max"))
    return std::nullopt;
  const auto nodes = number_before(f.text, " nodes"), busy = number_before(f.text, " %");
  const auto* chip = chip_in(f.text, m.catalog);
  if (!nodes || !busy || !chip) return std::nullopt;
  const double each = count_of(f.text, chip->name.substr(0, chip->name.find('-'))).value_or(8);
  const double loaded = loaded_w(*chip, m);
  if (f.quantity == "max") {
    if (*busy <= 50) return std::nullopt;
    return Computed{*nodes * each * loaded / 1e6, "all accelerators in large products"};
  }
  return Computed{*nodes * each * (chip->idle_w + *busy / 100 * (loaded - chip->idle_w)) / 1e6,
                  "loaded and idle accelerators by the utilization"};
}

/// Stores in the rack.
std::optional<Computed> rack_storage(const Fact& f, const FactModels& m) {
  if (!f.has("gb300") || !(f.topic == "smoothing" || f.has("smoothing") || f.has("power stor")))
    return std::nullopt;
  const auto* store = m.power.device("rack-storage");
  if (store == nullptr) return std::nullopt;
  const double joule = store->energy_per_accelerator_j;
  if (f.unit == "J" && f.has("per gpu")) return Computed{joule, "data/power/devices.toml", true};
  if (f.unit == "kJ" && f.has("rack"))
    return Computed{joule * (*m.catalog.system("gb300-nvl72"))->scaleup_domain / 1e3,
                    "stores of all accelerators of a rack"};
  if (f.unit != "%" || !f.has("peak")) return std::nullopt;
  // A square swing at the top of the band in which training swings (arXiv 2508.14318), of the accelerator's whole range.
  constexpr double kHighest_hz = 3;
  const auto* chip = chip_in("gb300", m.catalog);
  if (chip == nullptr) return std::nullopt;
  const double swing = chip->tdp_w - chip->idle_w;
  const double taken = std::min(swing, 4 * joule * store->usable * kHighest_hz);
  return Computed{100 * taken / 2 / chip->tdp_w,
                  "taut string through a square swing at 3 Hz with the stores' energy"};
}

/// Emissions as model cards state them: accelerator-hours at the power limit, at the intensity of the places where clusters
/// stand (location-based); what is matched by contracts is zero (market-based).
std::optional<Computed> training_carbon(const Fact& f, const FactModels& m) {
  if (f.unit.find("CO2") == std::string::npos || !f.has("emissions")) return std::nullopt;
  if (f.has("market-based")) return Computed{0, "all of it matched by contracts, as the card says"};
  auto hours = m.also(f, "gpu hours");
  if (!hours) hours = m.also(f, "gpu-hours");
  if (!hours || !f.has("location-based")) return std::nullopt;
  double intensity = 0;
  for (const auto& site : m.catalog.sites())
    intensity += site.carbon_kg_per_j / static_cast<double>(m.catalog.sites().size());
  const auto* chip = chip_in(f.has("llama 2") ? "a100" : "h100", m.catalog);
  if (chip == nullptr) return std::nullopt;
  return Computed{*hours * 3600 * chip->tdp_w * intensity / 1000,
                  "published accelerator-hours at the power limit, mean intensity of the catalogue's sites"};
}

constexpr std::array<FactRule, 9> kTrainingRules = {serving_peak, benchmark_run, swing,
                                                    swing_band,   fine_tuning,   aggregated,
                                                    colocation,   rack_storage,  training_carbon};

}  // namespace

std::span<const FactRule> training_rules() { return kTrainingRules; }

}  // namespace gigawatt::measured
