// Power and energy of inference: pools of the serving model, servers in their most efficient mode, video models.

#include <array>
#include <cmath>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "gigawatt/engine/serving_question.h"
#include "gigawatt/measured/serving_rows.h"
#include "gigawatt/measured/site_facts.h"
#include "gigawatt/power/node.h"

namespace gigawatt::measured {
namespace {

/// Shares of the peaks that kernels of video models reach: products and attention over long sequences.
constexpr double kProducts = 0.5, kAttention = 0.5, kMemory = 0.1;

struct Served {
  double accelerator_w = 0, accelerator_j_per_token = 0, token_ms = 0;
};

/// Lengths of the requests that a subject names; nothing where it names no data set.
std::optional<std::pair<double, double>> lengths_of(const Fact& f, const FactModels& m) {
  for (const auto& set : m.datasets)
    if (set.name != "dataset" && f.text.find(set.name) != std::string::npos)
      return std::pair{set.input, set.output};
  if (const auto tokens = number_before(f.text, "tokens")) return std::pair{*tokens, *tokens};
  return std::nullopt;
}

std::optional<Served> served_at(const Fact& f, const FactModels& m, double concurrency) {
  const auto* chip = chip_in(f.text, m.catalog);
  const auto* model = model_in(f.text, m.catalog);
  const auto* system = chip ? system_of(*chip, m.catalog) : nullptr;
  const auto lengths = lengths_of(f, m);
  if (!model || !system || !lengths) return std::nullopt;
  const std::string word = chip->name.substr(0, chip->name.find('-'));
  const auto accelerators = static_cast<std::int64_t>(count_of(f.text, word).value_or(0));
  if (accelerators <= 0) return std::nullopt;
  engine::ServingQuery q;
  q.model.name = model->name;
  q.system.name = system->name;
  q.gpus = q.tp = accelerators;
  q.isl = lengths->first;
  q.osl = lengths->second;
  q.engine = "vllm";
  q.precision = f.has("fp8") ? "fp8" : f.has("fp4") ? "fp4" : "bf16";
  q.concurrency = concurrency;
  q.requests = 0;
  const std::string key = fmt::format("serving {} {} {} {} {} {} {}", q.model.name, q.system.name, q.gpus,
                                      q.isl, q.osl, q.precision, concurrency);
  auto known = m.answered.find(key);
  if (known == m.answered.end()) {
    std::vector<double> figures;
    const auto answer = engine::answer_serving(q, m.knowledge, 1);
    if (answer && answer->json["accelerator_w"].is_number())
      figures = {answer->json["accelerator_w"], answer->json["tokens_per_s_per_gpu"],
                 answer->json["tpot_ms"]["p50"]};
    known = m.answered.emplace(key, std::move(figures)).first;
  }
  const auto& a = known->second;
  return a.empty() ? std::nullopt : std::optional(Served{a[0], a[0] / a[1], a[2]});
}

/// "max_num_seqs 128", or "batch 128".
std::optional<double> sequences(const Fact& f) {
  for (const std::string_view word : {"max_num_seqs ", "batch "})
    if (const auto at = f.text.find(word); at != std::string::npos)
      return first_number(std::string_view(f.text).substr(at));
  return std::nullopt;
}

std::optional<Computed> pool(const Fact& f, const FactModels& m) {
  if (f.topic != "serving-power" && f.topic != "waveform") return std::nullopt;
  const auto n = sequences(f);
  if (!n || f.has("video")) return std::nullopt;
  const bool power = f.unit == "W/GPU", energy = f.unit == "J/token",
             time = f.unit == "ms" && f.has("inter-token"), node = f.unit == "W" && f.has("mean node power");
  if (!power && !energy && !time && !node) return std::nullopt;
  const auto s = served_at(f, m, *n);
  if (!s) return std::nullopt;
  const std::string how = "serving model under vLLM";
  if (power) return Computed{s->accelerator_w, how + ", power law at its mean activity"};
  if (energy) return Computed{s->accelerator_j_per_token, how + ", power law at its mean activity"};
  if (time) return Computed{s->token_ms, how};
  const auto* chip = chip_in(f.text, m.catalog);
  return Computed{s->accelerator_w * count_of(f.text, chip->name.substr(0, chip->name.find('-'))).value_or(1),
                  how + ", all accelerators of the node"};
}

/// The cap at which a server does most per joule: work goes with the clock, the rest of the server draws its part.
double most_efficient_share(const FactModels& m, const catalog::Accelerator& chip,
                            const power::NodeLaw& node) {
  power::Activity products;
  products[power::Arithmetic::kBf16] = 1;
  const auto& laws = m.power.accelerators;
  const auto& law = laws.of(chip, m.catalog.accelerators());
  double best = 0, share = 1;
  for (double cap = 0.3; cap <= 1; cap += 0.01) {
    const auto capped = power::under_cap(laws, law, products, cap, m.power.activity.clock_law());
    const double work = capped.clock / node.it_w(capped.share * chip.tdp_w);
    if (work > best) best = work, share = capped.share;
  }
  return share;
}

std::optional<Computed> benchmark_server(const Fact& f, const FactModels& m) {
  if (f.topic != "serving-power" || f.unit != "W" || !f.has("system power")) return std::nullopt;
  const auto* chip = chip_in(f.text, m.catalog);
  const auto* system = chip ? system_of(*chip, m.catalog) : nullptr;
  if (!system || f.has("pcie")) return std::nullopt;
  auto node = power::node_law(*system, *chip);
  node.network_it_w = 0;
  if (!f.has("maxq"))
    return Computed{m.catalog.facility().design_to_typical_ratio * node.full_it_w,
                    "loaded server at the typical share"};
  return Computed{node.it_w(most_efficient_share(m, *chip, node) * chip->tdp_w),
                  "server under the cap of most work per joule"};
}

std::optional<Computed> video(const Fact& f, const FactModels& m) {
  if (f.topic != "serving-power" || !f.has("video") || f.unit != "W/GPU") return std::nullopt;
  const auto* chip = chip_in(f.text, m.catalog);
  if (!chip) return std::nullopt;
  power::Activity a;
  a[power::Arithmetic::kBf16] = kProducts;
  a[power::Arithmetic::kAttention16] = kAttention;
  a.memory = kMemory;
  const auto& laws = m.power.accelerators;
  return Computed{chip->tdp_w * power::steady_share(laws, laws.of(*chip, m.catalog.accelerators()), a),
                  "power law at products and attention of long sequences"};
}

constexpr std::array<FactRule, 3> kServingRules = {pool, benchmark_server, video};

}  // namespace

std::span<const FactRule> serving_rules() { return kServingRules; }

}  // namespace gigawatt::measured
