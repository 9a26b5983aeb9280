#include "gigawatt/measured/serving_rows.h"

#include <algorithm>
#include <cctype>
#include <charconv>
#include <cmath>
#include <tuple>

#include <fmt/format.h>

#include "gigawatt/base/nearest.h"
#include "gigawatt/base/words.h"

namespace gigawatt::measured {
namespace {

using base::lower;

std::optional<double> number(const std::string& text) {
  double x = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), x);
  if (error != std::errc() || end != text.data() + text.size() || !std::isfinite(x)) return std::nullopt;
  return x;
}

/// Number right after `word` in `text` ("TP8" -> 8), or nothing. The word must not follow a letter.
std::optional<std::int64_t> after(std::string_view text, std::string_view word) {
  for (std::size_t at = text.find(word); at != std::string_view::npos; at = text.find(word, at + 1)) {
    if (at > 0 && std::isalpha(static_cast<unsigned char>(text[at - 1])) != 0) continue;
    const auto digits = text.substr(at + word.size());
    std::int64_t x = 0;
    if (std::from_chars(digits.data(), digits.data() + digits.size(), x).ec == std::errc()) return x;
  }
  return std::nullopt;
}

/// A published name of a model without what says nothing of its shape: publisher, variant, format, benchmark target.
const catalog::Model* find_model(const catalog::Catalog& catalog, const std::string& name) {
  std::vector<std::string> tries = {name};
  if (const auto slash = name.rfind('/'); slash != std::string::npos) {
    tries.push_back(name.substr(slash + 1));
    tries.push_back(name.substr(0, slash));
  }
  constexpr std::string_view kSuffixes[] = {"-instruct-2507", "-instruct", "-fp8", "-nvfp4",
                                            "-fp4",           "-99.9",     "-99",  "-int4",
                                            "-bf16",          "-mxfp4",    "-2507"};
  for (std::size_t i = 0; i < tries.size() && tries.size() < 24; ++i)
    for (auto suffix : kSuffixes) {
      const std::string text = lower(tries[i]);
      if (text.size() > suffix.size() && text.ends_with(suffix))
        tries.push_back(tries[i].substr(0, tries[i].size() - suffix.size()));
    }
  for (const auto& text : tries) {
    const std::string wanted = base::letters_and_digits(text);
    for (const auto& model : catalog.models()) {
      if (base::letters_and_digits(model.name) == wanted) return &model;
      for (const auto& alias : model.aliases) {
        const auto slash = alias.rfind('/');
        if (base::letters_and_digits(alias) == wanted ||
            (slash != std::string::npos && base::letters_and_digits(alias.substr(slash + 1)) == wanted))
          return &model;
      }
    }
  }
  return nullptr;
}

/// The accelerator whose name or alias is the text, or the longest that stands in it.
const catalog::Accelerator* find_accelerator(const catalog::Catalog& catalog, const std::string& name) {
  if (const auto exact = catalog.accelerator(name)) return *exact;
  const std::string text = base::letters_and_digits(name);
  const catalog::Accelerator* best = nullptr;
  std::size_t longest = 2;
  for (const auto& a : catalog.accelerators()) {
    const auto consider = [&](std::string_view alias) {
      const std::string word = base::letters_and_digits(alias);
      if (word.size() > longest && text.find(word) != std::string::npos) {
        longest = word.size();
        best = &a;
      }
    };
    consider(a.name);
    for (const auto& alias : a.aliases) consider(alias);
  }
  return best;
}

const catalog::System* find_system(const catalog::Catalog& catalog, const catalog::Accelerator& accelerator) {
  for (const auto& s : catalog.systems())
    if (s.accelerator == accelerator.name) return &s;
  return nullptr;
}

/// A width of tensor parallelism that attention cannot have, or that nobody gives it, is one of data-parallel attention.
serving::ServingPlan read_plan(std::string_view text, const catalog::Model& model) {
  constexpr std::int64_t kWidestTensor = 16;
  serving::ServingPlan p;
  if (const auto tep = after(text, "TEP")) {
    p.tp = p.ep = *tep;
    return p;
  }
  p.tp = std::max<std::int64_t>(after(text, "TP").value_or(1), 1);
  p.pp = std::max<std::int64_t>(after(text, "PP").value_or(1), 1);
  p.dp = std::max<std::int64_t>(after(text, "DP").value_or(1), 1);
  p.ep = std::max<std::int64_t>(after(text, "EP").value_or(1), 1);
  if (p.tp * p.dp % p.ep != 0) p.ep = 1;
  if (model.is_moe() && p.dp == 1 && (p.tp > kWidestTensor || model.heads % p.tp != 0)) {
    p.dp = p.ep = p.tp;
    p.tp = 1;
  }
  return p;
}

bool states_plan(std::string_view text) {
  return after(text, "TP").has_value() || after(text, "TEP").has_value();
}

Pool read_pool(std::string_view text, const catalog::Model& model) {
  Pool pool;
  double x = 0;
  const auto digit = text.find_first_of("0123456789");
  if (digit != std::string_view::npos &&
      std::from_chars(text.data() + digit, text.data() + text.size(), x).ec == std::errc())
    pool.replicas = std::max(x, 1.0);
  pool.plan = read_plan(text.substr(std::min(text.find('('), text.size())), model);
  return pool;
}

/// Requests of a run of the tool that `notes` names: those of the nearest lengths; 0: no such tool.
double run_requests(const ServingBasis& basis, const std::string& notes, const serving::ServingLoad& load) {
  const BenchmarkRun* best = nullptr;
  double least = 0;
  for (const auto& run : basis.runs) {
    if (notes.find(run.tool) == std::string::npos) continue;
    const double away =
        std::abs(std::log(run.input / load.input)) + std::abs(std::log(run.output / load.output));
    if (best == nullptr || away < least) {
      best = &run;
      least = away;
    }
  }
  return best != nullptr ? best->requests : 0;
}

/// Plans that a row without one may have used: powers of two up to the accelerators of a domain.
std::vector<Pool> candidates(double accelerators, const catalog::Model& model,
                             const catalog::System& system) {
  std::vector<Pool> out;
  const double domain = system.scaleup_domain.value;
  const double widest = model.is_moe() ? std::max(domain, 32.0) : std::max(domain, 8.0);
  const double most = accelerators > 0 ? accelerators : widest;
  for (std::int64_t tp = 1; tp <= 16; tp *= 2)
    for (std::int64_t dp = 1; dp <= (model.is_moe() ? 64 : 1); dp *= 2) {
      const auto size = static_cast<double>(tp * dp);
      if (size > most || model.heads % tp != 0) continue;
      for (const std::int64_t ep : {std::int64_t{1}, tp * dp}) {
        if (ep > 1 && (!model.is_moe() || model.moe.experts % ep != 0)) continue;
        if (dp > 1 && ep == 1) continue;
        out.push_back({accelerators > 0 ? std::floor(accelerators / size) : 1, {tp, 1, ep, dp}});
        if (tp * dp == 1) break;
      }
    }
  return out;
}

/// The data set of that name for the model, with the limits of `scenario` where there are any.
const Dataset* dataset(const ServingBasis& basis, const std::string& name, const std::string& scenario,
                       const catalog::Model& model) {
  const Dataset* found = nullptr;
  for (const auto& d : basis.datasets)
    if (lower(d.name) == lower(name) && (d.model.empty() || d.model == model.name) &&
        (found == nullptr || d.scenario == scenario))
      found = &d;
  return found;
}

struct NamedEngine {
  std::size_t engine = 0;
  std::string version;  ///< what follows the name if it begins with a digit
};

/// The engine whose name or alias stands first in the text, the longest there; the number of engines: none does.
NamedEngine engine_in(const ServingBasis& basis, const std::string& text) {
  const std::string words = lower(text);
  std::size_t best = basis.engines.size();
  std::size_t at = std::string::npos;
  std::size_t length = 0;
  for (std::size_t i = 0; i < basis.engines.size(); ++i) {
    const auto consider = [&](const std::string& word) {
      const auto found = words.find(lower(word));
      if (found < at || (found == at && found != std::string::npos && word.size() > length)) {
        at = found;
        length = word.size();
        best = i;
      }
    };
    consider(basis.engines[i].name);
    for (const auto& alias : basis.engines[i].aliases) consider(alias);
  }
  if (best == basis.engines.size()) return {best, ""};
  const auto rest = words.substr(std::min(at + length, words.size()));
  const auto from = rest.find_first_not_of(" v");
  const bool versioned =
      from != std::string::npos && std::isdigit(static_cast<unsigned char>(rest[from])) != 0;
  return {best, versioned ? rest.substr(from, rest.find_first_of(" ,;", from) - from) : ""};
}

class RowReader {
 public:
  RowReader(const config::CsvTable& table, std::size_t row, const ServingBasis& basis)
      : table_(table), row_(row), basis_(basis) {}

  /// The reason why not, or "".
  std::string read(ServingCase& c) const {
    c.id = cell("id");
    c.source = cell("source");
    c.model = find_model(*basis_.catalog, cell("model"));
    if (c.model == nullptr) return fmt::format("unknown model '{}'", cell("model"));
    c.accelerator = find_accelerator(*basis_.catalog, cell("gpu"));
    if (c.accelerator == nullptr) return fmt::format("unknown accelerator '{}'", cell("gpu"));
    c.system = find_system(*basis_.catalog, *c.accelerator);
    if (c.system == nullptr) return fmt::format("no system with {}", c.accelerator->name);
    const std::string precision = lower(cell("precision"));
    c.precision = precision.empty() ? "bf16" : precision.substr(0, precision.find_first_of("/+ "));
    if (const auto slash = precision.find('/'); slash != std::string::npos)
      c.second_precision = precision.substr(slash + 1);
    if (!serving::formats_of(c.precision, serving::served_model(*c.model)))
      return fmt::format("unknown precision '{}'", cell("precision"));
    c.accelerators = number(cell("n_gpus")).value_or(0);
    if (auto why = read_lengths(c); !why.empty()) return why;
    read_client(c);
    if (!c.client.not_comparable.empty()) return "not comparable: " + c.client.not_comparable;
    if (auto why = read_engine_and_plan(c); !why.empty()) return why;
    read_load(c);
    return read_measured(c);
  }

 private:
  const std::string& cell(std::string_view name) const { return table_.cell(row_, name); }

  /// Tokens of an answer that latencies imply: from "e2e mean 28201 ms" in the notes.
  std::optional<double> implied_output() const {
    constexpr std::string_view kWord = "e2e mean ";
    const std::string& notes = cell("notes");
    const auto at = notes.find(kWord);
    const auto first = number(cell("ttft_ms"));
    const auto each = number(cell("tpot_ms"));
    if (at == std::string::npos || !first || !each || *each <= 0) return std::nullopt;
    const auto from = at + kWord.size();
    const auto whole = number(notes.substr(from, notes.find_first_not_of("0123456789.", from) - from));
    if (!whole || *whole <= *first) return std::nullopt;
    return (*whole - *first) / *each + 1;
  }

  std::string read_lengths(ServingCase& c) const {
    const auto* set = dataset(basis_, cell("isl"), cell("concurrency_or_batch"), *c.model);
    const auto input = number(cell("isl"));
    auto output = number(cell("osl"));
    if (!output) output = implied_output();
    if (!input && set == nullptr) return "prompt length not stated";
    if (!output && set == nullptr) return "output length not stated";
    c.load.input = input.value_or(set != nullptr ? set->input : 0);
    c.load.output = output.value_or(set != nullptr ? set->output : 0);
    if (!(c.load.input >= 1) || !(c.load.output >= 1)) return "lengths must be positive";
    if (set != nullptr) {
      c.ttft_limit_s = set->ttft_s;
      c.tpot_limit_s = set->tpot_s;
      c.samples = set->samples;
      c.longest = set->longest;
    }
    return "";
  }

  std::string read_engine_and_plan(ServingCase& c) const {
    const std::string& text = cell("parallelism");
    for (const std::string& where :
         {text, cell("notes"), cell("source"), c.client.engine, std::string("vllm")}) {
      const auto found = engine_in(basis_, where);
      if (found.engine == basis_.engines.size()) continue;
      c.engine = serving::engine_of_version(basis_.engines, found.engine, found.version);
      c.engine_version = found.version;
      break;
    }
    if (basis_.engines.empty()) return "no serving engine is known";
    const auto decode = text.find(" D ");
    if (text.find("disagg") != std::string::npos && decode != std::string::npos) {
      c.prefill = read_pool(std::string_view(text).substr(0, decode), *c.model);
      c.plans = {read_pool(std::string_view(text).substr(decode + 3), *c.model)};
      c.workers_unknown = cell("notes").find("worker numbers ambiguous") != std::string::npos &&
                          c.prefill->replicas == 1 && c.plans[0].replicas == 1;
      if (c.workers_unknown) find_split_run(c);
    } else if (states_plan(text)) {
      c.plans = {{1, read_plan(text, *c.model)}};
      add_expert_cuts(c, text);
      if (mend_width(c)) return "";
      const auto size = static_cast<double>(c.plans[0].plan.accelerators());
      if (c.accelerators > size && std::fmod(c.accelerators, size) == 0)
        c.plans[0].replicas = c.accelerators / size;
    } else {
      c.plans = candidates(c.accelerators, *c.model, *c.system);
    }
    return c.plans.empty() ? "no plan fits the accelerators" : "";
  }

  /// The client's own sweep says what the row lost. Of several that fit, those as wide as the row says count, of these
  /// those that say what they draft, and of these the one that drafts most: the fastest choice is taken wherever a row
  /// leaves one open.
  void find_split_run(ServingCase& c) const {
    const auto is = [&](const std::string& name, double x) { return number(cell(name)).value_or(0) == x; };
    const auto fits = [&](const SplitRun& r) {
      return r.client == c.client.name && r.model == c.model->name && r.accelerator == c.accelerator->name &&
             r.precision == c.precision && r.engine == basis_.engines[c.engine].base && is("isl", r.input) &&
             is("osl", r.output) && std::any_of(r.concurrency.begin(), r.concurrency.end(), [&](double x) {
               return is("concurrency_or_batch", x);
             });
    };
    const std::int64_t stated = c.plans[0].plan.accelerators();
    const auto rank = [&](const SplitRun& r) {
      return std::tuple(r.width == stated, r.draft_stated, r.draft);
    };
    const SplitRun* best = nullptr;
    for (const auto& r : basis_.split_runs)
      if (fits(r) && (best == nullptr || rank(r) > rank(*best))) best = &r;
    if (best == nullptr) return;
    const auto pool = [](double servers, std::int64_t width, std::int64_t experts, bool data_parallel) {
      return Pool{servers, {data_parallel ? 1 : width, 1, experts, data_parallel ? width : 1}};
    };
    c.prefill =
        pool(best->prompt_servers, best->prompt_width, best->prompt_experts, best->prompt_data_parallel);
    c.plans = {pool(best->servers, best->width, best->experts, best->data_parallel)};
    c.draft = best->draft;
    c.workers_unknown = false;
  }

  /// A table that multiplied the widths of tensor and expert parallelism says "TP16 EP4" or "TP4 DP4 EP16" of four
  /// accelerators. The name of the run tells it ("tp4_ep4"), or that the client's servers are single nodes.
  bool mend_width(ServingCase& c) const {
    auto& plan = c.plans[0].plan;
    const std::int64_t stated = plan.accelerators();
    const std::string& notes = cell("notes");
    const auto name = notes.find("row id ");
    const auto own = std::string_view(notes).substr(name == std::string::npos ? notes.size() : name);
    const std::int64_t tensor = after(own, "tp").value_or(0);
    const std::int64_t expert = after(own, "ep").value_or(0);
    std::int64_t width = stated;
    if (expert > 1 && tensor * expert == stated) width = tensor;
    if (c.client.single_node && static_cast<double>(stated) > c.system->scaleup_domain.value && plan.ep > 1)
      width = stated / (plan.ep < stated ? plan.ep : plan.dp);
    if (width == stated || width < 1) return false;
    const bool data_parallel = plan.tp == 1;
    plan.ep = std::min(plan.ep, width);
    plan.tp = data_parallel ? 1 : width;
    plan.dp = data_parallel ? width : 1;
    return true;
  }

  /// A row at full load that states tensor parallelism alone says nothing of how a mixture's experts and attention are
  /// cut: whoever sets the pool up takes the best cut.
  void add_expert_cuts(ServingCase& c, std::string_view text) const {
    const auto stated = c.plans[0].plan;
    if (number(cell("concurrency_or_batch")) || cell("concurrency_or_batch") == "peak" ||
        !c.model->is_moe() || stated.tp == 1 || after(text, "EP") || after(text, "DP") ||
        c.model->moe.experts % stated.tp != 0)
      return;
    c.plans.push_back({1, {stated.tp, stated.pp, stated.tp, 1}});
    c.plans.push_back({1, {1, stated.pp, stated.tp, stated.tp}});
  }

  /// What the client does with the stated lengths, and what its latencies are.
  void read_client(ServingCase& c) const {
    const std::string& notes = cell("notes");
    const std::string& stated = cell("client");
    if (const auto* client =
            find_client(basis_.clients, stated.empty() ? cell("source") + " " + notes : stated, c.load.input,
                        c.load.output)) {
      c.client = *client;
      c.statistic = client->statistic;
      c.load.in_process = client->in_process;
      if (number(cell("isl")))
        c.load.input *= client->mean_share();
      else if (client->input > 0)
        c.load.input = client->input;
      if (number(cell("osl")))
        c.load.output *= client->mean_share();
      else if (client->output > 0)
        c.load.output = client->output;
    }
    const auto says = [&](std::string_view word) { return notes.find(word) != std::string::npos; };
    if (says("means")) c.statistic = Statistic::kMean;
    if (says("medians")) c.statistic = Statistic::kMedian;
    if (says("p99 TTFT")) c.statistic = Statistic::kP99;
    c.batch = says("prompt phase time of the batch");
    c.derived_rate = cell("token_kind").find("derived=conc*osl/(ttft+(osl-1)*tpot)") != std::string::npos;
  }

  void read_load(ServingCase& c) const {
    const std::string& text = cell("concurrency_or_batch");
    const std::string& notes = cell("notes");
    c.load.concurrency = number(text).value_or(0);
    const bool interpolated = notes.find("interpolated") != std::string::npos;
    const bool best = interpolated && c.accelerators == 0;
    if (best) std::swap(c.pool_load, c.load.concurrency);
    const bool separate = (cell("parallelism") + cell("precision")).find("disagg") != std::string::npos;
    c.split = separate && !c.prefill && (best || text.empty());
    if (text == "inf rate") c.load.requests = run_requests(basis_, notes, c.load);
    if (text.find("req/s") != std::string::npos)
      c.load.rate = number(text.substr(0, text.find(' '))).value_or(0);
    c.lone_tpot = notes.find("concurrency 1") != std::string::npos;
    constexpr std::int64_t kUsualDraft = 3;
    const std::string drafts = cell("parallelism") + " " + cell("precision");
    const bool drafted = drafts.find("MTP") != std::string::npos;
    if (drafted) c.draft = static_cast<double>(after(drafts, "MTP").value_or(kUsualDraft));
    c.total_tokens = cell("token_kind").find("total") != std::string::npos;
    c.server = text == "Server" || text == "Interactive";
    if (!c.server) c.ttft_limit_s = c.tpot_limit_s = 0;
    // "Best at this interactivity": the row's own speed is the condition, its throughput the answer.
    if (notes.find("tok/s/user") != std::string::npos && interpolated)
      c.tpot_limit_s = number(cell("tpot_ms")).value_or(0) * 1e-3;
  }

  std::string read_measured(ServingCase& c) const {
    for (const char* quantity : {"tokens_per_s_per_gpu", "ttft_ms", "tpot_ms"})
      if (const auto x = number(cell(quantity)); x && *x > 0) c.measured[quantity] = *x;
    if (cell("concurrency_or_batch") == "peak")
      c.measured.erase("tokens_per_s_per_gpu");  // of how many is not stated
    if (cell("notes").find("interpolated") != std::string::npos) c.measured.erase("tpot_ms");
    return c.measured.empty() ? "nothing measured" : "";
  }

  const config::CsvTable& table_;
  std::size_t row_;
  const ServingBasis& basis_;
};

}  // namespace

tl::expected<ServingBasis, base::Diagnostics> serving_basis(const std::filesystem::path& data,
                                                            const catalog::Catalog& catalog,
                                                            const kernels::LawBook& laws,
                                                            const catalog::FittedLibrary& calibration) {
  ServingBasis basis;
  basis.catalog = &catalog;
  basis.laws = &laws;
  basis.calibration = &calibration;
  auto engines = serving::load_engines(data / "engines");
  if (!engines) return tl::unexpected(engines.error());
  basis.engines = std::move(*engines);
  auto datasets = read_datasets(data / "serving" / "datasets.toml");
  if (!datasets) return tl::unexpected(datasets.error());
  basis.datasets = std::move(*datasets);
  auto runs = read_benchmark_runs(data / "serving" / "benchmark_runs.toml");
  if (!runs) return tl::unexpected(runs.error());
  basis.runs = std::move(*runs);
  auto split_runs = read_split_runs(data / "serving" / "split_runs.toml");
  if (!split_runs) return tl::unexpected(split_runs.error());
  basis.split_runs = std::move(*split_runs);
  auto clients = read_clients(data / "serving" / "clients.toml");
  if (!clients) return tl::unexpected(clients.error());
  basis.clients = std::move(*clients);
  return basis;
}

ServingTable parse_serving_rows(const config::CsvTable& table, const ServingBasis& basis) {
  ServingTable out;
  for (std::size_t row = 0; row < table.rows.size(); ++row) {
    ServingCase c;
    const std::string why = RowReader(table, row, basis).read(c);
    if (why.empty())
      out.cases.push_back(std::move(c));
    else
      out.skipped.push_back({c.id, why});
  }
  return out;
}

}  // namespace gigawatt::measured
