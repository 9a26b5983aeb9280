#include "gigawatt/measured/serving_rows.h"

#include <algorithm>
#include <cctype>
#include <charconv>
#include <cmath>

#include <fmt/format.h>

#include "gigawatt/base/nearest.h"
#include "gigawatt/config/read.h"
#include "gigawatt/config/toml.h"

namespace gigawatt::measured {
namespace {

struct DatasetFile {
  std::vector<Dataset> datasets;
};

struct RunFile {
  std::vector<BenchmarkRun> runs;
};

void fields(config::FieldVisitor& v, DatasetFile& x);
void fields(config::FieldVisitor& v, RunFile& x);

std::string lower(std::string_view text) {
  std::string out(text);
  for (char& c : out) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return out;
}

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

serving::ServingPlan read_plan(std::string_view text) {
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
  return p;
}

bool states_plan(std::string_view text) {
  return after(text, "TP").has_value() || after(text, "TEP").has_value();
}

Pool read_pool(std::string_view text) {
  Pool pool;
  double x = 0;
  const auto digit = text.find_first_of("0123456789");
  if (digit != std::string_view::npos &&
      std::from_chars(text.data() + digit, text.data() + text.size(), x).ec == std::errc())
    pool.replicas = std::max(x, 1.0);
  pool.plan = read_plan(text.substr(std::min(text.find('('), text.size())));
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

/// The engine whose name or alias stands first in the text, the longest there; the number of engines: none does.
std::size_t engine_in(const ServingBasis& basis, const std::string& text) {
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
  return best;
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
    if (!serving::formats_of(c.precision, serving::served_model(*c.model)))
      return fmt::format("unknown precision '{}'", cell("precision"));
    c.accelerators = number(cell("n_gpus")).value_or(0);
    if (auto why = read_lengths(c); !why.empty()) return why;
    if (auto why = read_engine_and_plan(c); !why.empty()) return why;
    read_load(c);
    return read_measured(c);
  }

 private:
  const std::string& cell(std::string_view name) const { return table_.cell(row_, name); }

  std::string read_lengths(ServingCase& c) const {
    const auto* set = dataset(basis_, cell("isl"), cell("concurrency_or_batch"), *c.model);
    const auto input = number(cell("isl"));
    const auto output = number(cell("osl"));
    if (!input && set == nullptr) return "prompt length not stated";
    if (!output && set == nullptr) return "output length not stated";
    c.load.input = input.value_or(set != nullptr ? set->input : 0);
    c.load.output = output.value_or(set != nullptr ? set->output : 0);
    if (!(c.load.input >= 1) || !(c.load.output >= 1)) return "lengths must be positive";
    if (set != nullptr) {
      c.ttft_limit_s = set->ttft_s;
      c.tpot_limit_s = set->tpot_s;
    }
    return "";
  }

  std::string read_engine_and_plan(ServingCase& c) const {
    const std::string& text = cell("parallelism");
    // A source that has a profile of its own says more than the engine's name.
    for (const std::string& where : {cell("source"), text, cell("notes"), std::string("vllm")}) {
      c.engine = engine_in(basis_, where);
      if (c.engine < basis_.engines.size()) break;
    }
    if (c.engine == basis_.engines.size()) return "no serving engine is known";
    const auto decode = text.find(" D ");
    if (text.find("disagg") != std::string::npos && decode != std::string::npos) {
      c.prefill = read_pool(std::string_view(text).substr(0, decode));
      c.plans = {read_pool(std::string_view(text).substr(decode + 3))};
    } else if (states_plan(text)) {
      c.plans = {{1, read_plan(text)}};
      add_expert_cuts(c, text);
      const auto size = static_cast<double>(c.plans[0].plan.accelerators());
      if (c.accelerators > size && std::fmod(c.accelerators, size) == 0)
        c.plans[0].replicas = c.accelerators / size;
    } else {
      c.plans = candidates(c.accelerators, *c.model, *c.system);
    }
    return c.plans.empty() ? "no plan fits the accelerators" : "";
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

  void read_load(ServingCase& c) const {
    const std::string& text = cell("concurrency_or_batch");
    const std::string& notes = cell("notes");
    c.load.concurrency = number(text).value_or(0);
    const bool interpolated = notes.find("interpolated") != std::string::npos;
    const bool best = interpolated && c.accelerators == 0;
    if (best) c.load.concurrency = 0;
    c.split = best && (cell("parallelism") + cell("precision")).find("disagg") != std::string::npos;
    if (text == "inf rate") c.load.requests = run_requests(basis_, notes, c.load);
    if (text.find("req/s") != std::string::npos)
      c.load.rate = number(text.substr(0, text.find(' '))).value_or(0);
    c.p99_latency = notes.find("p99 TTFT") != std::string::npos;
    c.lone_tpot = notes.find("concurrency 1") != std::string::npos;
    constexpr std::int64_t kUsualDraft = 3;
    const std::string drafts = cell("parallelism") + " " + cell("precision");
    const bool drafted = drafts.find("MTP") != std::string::npos;
    c.draft = static_cast<double>(after(drafts, "MTP").value_or(drafted ? kUsualDraft : 0));
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

void fields(config::FieldVisitor& v, Dataset& x) {
  v(x.name, {.key = "name", .doc = "Word of the rows.", .required = true});
  v(x.model, {.key = "model", .doc = "Model that it is for; empty: any."});
  v(x.scenario, {.key = "scenario", .doc = "Scenario whose latency limits these are; empty: none."});
  v(x.input, {.key = "input", .doc = "Mean prompt tokens.", .min = 1, .required = true});
  v(x.output, {.key = "output", .doc = "Mean generated tokens.", .min = 1, .required = true});
  v(x.ttft_s, {.key = "ttft", .doc = "Limit of the time to the first token.", .unit = "s", .min = 0});
  v(x.tpot_s, {.key = "tpot", .doc = "Limit of the time per token.", .unit = "ms", .min = 0});
  v(x.source, {.key = "source", .doc = "Key of the source.", .required = true});
}

void fields(config::FieldVisitor& v, BenchmarkRun& x) {
  v(x.tool, {.key = "tool", .doc = "Word by which rows name the tool.", .required = true});
  v(x.input, {.key = "input", .doc = "Prompt tokens.", .min = 1, .required = true});
  v(x.output, {.key = "output", .doc = "Generated tokens.", .min = 1, .required = true});
  v(x.requests, {.key = "requests", .doc = "Requests of the run.", .min = 1, .required = true});
  v(x.source, {.key = "source", .doc = "Key of the source.", .required = true});
}

namespace {
void fields(config::FieldVisitor& v, DatasetFile& x) {
  v(x.datasets, {.key = "dataset", .doc = "Data sets."});
}
void fields(config::FieldVisitor& v, RunFile& x) {
  v(x.runs, {.key = "run", .doc = "Runs of benchmark tools."});
}
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
  const auto node = config::read_toml(data / "serving" / "benchmark_runs.toml");
  if (!node) return tl::unexpected(node.error());
  base::Diagnostics problems;
  RunFile runs;
  config::Reader(*node, problems).read(runs);
  if (base::has_errors(problems)) return tl::unexpected(problems);
  basis.runs = std::move(runs.runs);
  return basis;
}

tl::expected<std::vector<Dataset>, base::Diagnostics> read_datasets(const std::filesystem::path& path) {
  const auto node = config::read_toml(path);
  if (!node) return tl::unexpected(node.error());
  base::Diagnostics problems;
  DatasetFile file;
  config::Reader(*node, problems).read(file);
  if (base::has_errors(problems)) return tl::unexpected(problems);
  return std::move(file.datasets);
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
