#include "gigawatt/sweep/plan.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <filesystem>
#include <set>

#include <fmt/format.h>

#include "gigawatt/analysis/sample.h"
#include "gigawatt/base/check.h"
#include "gigawatt/base/hash.h"
#include "gigawatt/base/version.h"
#include "gigawatt/config/read.h"
#include "gigawatt/config/toml.h"
#include "gigawatt/engine/run.h"
#include "gigawatt/engine/software_entries.h"
#include "gigawatt/scenario/hourly.h"
#include "gigawatt/scenario/load.h"
#include "gigawatt/units/parse.h"

namespace gigawatt::sweep {
namespace {

using analysis::SampleMethod;
using config::Node;

/// How the paths of keys end that name files of a site (scenario/hourly.h).
constexpr std::string_view kFileKeys[] = {".weather.file", ".prices.file", ".prices.carbon",
                                          ".prices.supply"};
constexpr std::size_t kMostScenarioBytes = std::size_t{16} << 20;

struct Sample {
  SampleMethod method = SampleMethod::kLhs;
  std::int64_t runs = 0;
  std::int64_t seed = 1;
};

struct File {
  std::int64_t version = 0;
  std::string scenario;
  std::vector<std::int64_t> seeds;
  bool draw_lead_times = false;
  std::optional<Sample> sample;
};

void fields(config::FieldVisitor& v, Sample& s) {
  v.choice(s.method, analysis::kSampleMethods,
           {.key = "method",
            .doc = "How points are laid: lhs, sobol, grid, or saltelli for indices and a tornado."});
  v(s.runs, {.key = "runs",
             .doc = "Points; of saltelli samples, each of two points and one a range.",
             .min = 1,
             .max = kMostRuns,
             .required = true});
  v(s.seed, {.key = "seed", .doc = "Of the points.", .min = 0});
}

void fields(config::FieldVisitor& v, File& f) {
  v(f.version, {.key = "version", .doc = "Of this format: 1.", .min = 1, .max = 1, .required = true});
  v(f.scenario, {.key = "scenario", .doc = "The scenario's file, seen from this one.", .required = true});
  v(f.seeds, {.key = "seeds", .doc = "Seeds that every point is run with.", .min = 0, .max = 0x1p53});
  v(f.draw_lead_times, {.key = "draw_lead_times", .doc = "Lead times are drawn too, as in `run --runs`."});
  v(f.sample, {.key = "sample", .doc = "Points over ranges."});
}

struct Listed {
  Key key;
  std::vector<Value> values;
};
struct Range {
  Key key;
  bool whole = false;
  double low = 0, high = 0;  ///< in the key's unit
};

void wrong(base::Diagnostics& out, const Node& at, std::string code, std::string message,
           std::string hint = {}) {
  out.push_back({std::move(code), base::Severity::kError, at.span, std::move(message), std::move(hint)});
}

bool is_number(const Node& node) {
  return node.kind == Node::Kind::kInteger || node.kind == Node::Kind::kFloat;
}
double number_of(const Node& node) {
  return node.kind == Node::Kind::kInteger ? static_cast<double>(node.integer) : node.real;
}

std::string toml_text(std::string_view text) {
  std::string out = "\"";
  for (char c : text) {
    if (c == '"' || c == '\\') out += '\\';
    out += c;
  }
  return out + "\"";
}

std::optional<Value> value_of(const Node& node) {
  switch (node.kind) {
    case Node::Kind::kString:
      if (node.text.find('\n') != std::string::npos) return std::nullopt;
      return Value{toml_text(node.text), node.text, 0};
    case Node::Kind::kInteger: {
      const auto text = fmt::format("{}", node.integer);
      return Value{text, text, static_cast<double>(node.integer)};
    }
    case Node::Kind::kFloat: {
      auto text = fmt::format("{}", node.real);
      if (text.find_first_of(".en") == std::string::npos) text += ".0";
      return Value{text, text, node.real};
    }
    case Node::Kind::kBoolean: {
      const std::string text = node.boolean ? "true" : "false";
      return Value{text, text, 0};
    }
    case Node::Kind::kDate: return Value{node.text, node.text, 0};
    case Node::Kind::kTable:
    case Node::Kind::kArray: break;
  }
  return std::nullopt;
}

/// Lists below a table, with the keys that lead to them: a.b = [..] and "a.b" = [..] are the same.
void lists_below(const Node& table, const std::string& path, base::Diagnostics& problems,
                 std::vector<std::pair<std::string, const Node*>>& out) {
  for (const auto& [key, node] : table.members) {
    const std::string inner = path.empty() ? key : path + "." + key;
    if (node.is_table())
      lists_below(node, inner, problems, out);
    else if (node.kind != Node::Kind::kArray)
      wrong(problems, node, "wrong-kind", fmt::format("'{}' must be a list", inner), "[1.1, 1.2]");
    else
      out.emplace_back(inner, &node);
  }
}

std::vector<Listed> read_vary(const Node& table, base::Diagnostics& problems) {
  std::vector<std::pair<std::string, const Node*>> lists;
  lists_below(table, "", problems, lists);
  std::vector<Listed> out;
  for (const auto& [path, node] : lists) {
    Listed listed{{path, true, ""}, {}};
    if (node->items.empty()) wrong(problems, *node, "empty", fmt::format("'{}' has no values", path));
    for (const auto& item : node->items) {
      const auto value = value_of(item);
      if (!value)
        wrong(problems, item, "wrong-kind",
              fmt::format("'{}' is varied over texts, numbers, dates or true and false", path),
              "a value of its own key is varied by itself: site.lab.pue");
      else
        listed.values.push_back(*value);
      listed.key.numeric = listed.key.numeric && is_number(item);
    }
    out.push_back(std::move(listed));
  }
  return out;
}

struct End {
  double number = 0;
  std::string unit;
  double factor = 1;
  units::Dimension dimension;
};

tl::expected<End, std::string> read_end(const Node& node) {
  if (is_number(node)) return End{number_of(node), "", 1, {}};
  if (node.kind != Node::Kind::kString)
    return tl::unexpected(std::string("an end is a number or a text with a unit"));
  End end;
  const char* last = node.text.data() + node.text.size();
  const auto [stop, code] = std::from_chars(node.text.data(), last, end.number);
  if (code != std::errc{})
    return tl::unexpected(fmt::format("\"{}\" does not begin with a number", node.text));
  end.unit = std::string(stop, last);
  end.unit.erase(0, std::min(end.unit.find_first_not_of(' '), end.unit.size()));
  if (end.unit.empty()) return end;
  const auto unit = units::parse_unit(end.unit);
  if (!unit) return tl::unexpected(unit.error());
  end.factor = unit->factor;
  end.dimension = unit->dimension;
  return end;
}

std::vector<Range> read_ranges(const Node& table, base::Diagnostics& problems) {
  std::vector<std::pair<std::string, const Node*>> lists;
  lists_below(table, "", problems, lists);
  std::vector<Range> out;
  for (const auto& [path, node] : lists) {
    if (node->items.size() != 2) {
      wrong(problems, *node, "wrong-kind", fmt::format("'{}' is a range: [low, high]", path),
            "[\"100 MW\", \"150 MW\"]");
      continue;
    }
    const auto low = read_end(node->items[0]), high = read_end(node->items[1]);
    if (!low) wrong(problems, node->items[0], "wrong-unit", fmt::format("'{}': {}", path, low.error()));
    if (!high) wrong(problems, node->items[1], "wrong-unit", fmt::format("'{}': {}", path, high.error()));
    if (!low || !high) continue;
    if (!(low->dimension == high->dimension) || low->unit.empty() != high->unit.empty()) {
      wrong(problems, *node, "wrong-unit", fmt::format("'{}': the ends have units of different kinds", path));
      continue;
    }
    Range range{{path, true, low->unit}, false, low->number, high->number * (high->factor / low->factor)};
    range.whole = node->items[0].kind == Node::Kind::kInteger && node->items[1].kind == Node::Kind::kInteger;
    if (!(range.low < range.high)) {
      wrong(problems, *node, "empty", fmt::format("'{}': the first end must be below the second", path));
      continue;
    }
    out.push_back(std::move(range));
  }
  return out;
}

Value sampled(const Range& range, double u) {
  Value value;
  value.number = range.whole ? std::min(range.high, std::floor(range.low + u * (range.high - range.low + 1)))
                             : range.low + u * (range.high - range.low);
  value.shown = fmt::format("{}", value.number);
  if (!range.whole && value.shown.find_first_of(".en") == std::string::npos) value.shown += ".0";
  value.text = range.key.unit.empty() ? value.shown : toml_text(value.shown + " " + range.key.unit);
  return value;
}

/// After the samples of saltelli: the middle of all ranges, then each range at its ends with the others in the middle.
void tornado_points(std::size_t axes, std::vector<std::vector<double>>& unit) {
  unit.emplace_back(axes, 0.5);
  for (std::size_t axis = 0; axis < axes; ++axis)
    for (const double end : {0.0, 1.0}) {
      unit.emplace_back(axes, 0.5);
      unit.back()[axis] = end;
    }
}

/// All combinations of lists and sampled points.
void fill_points(const std::vector<Listed>& vary, const std::vector<Range>& ranges,
                 const std::vector<std::vector<double>>& unit, Plan& out) {
  std::size_t combinations = 1;
  for (const auto& listed : vary) combinations *= listed.values.size();
  for (std::size_t c = 0; c < combinations; ++c) {
    std::vector<Value> chosen(vary.size());
    std::size_t rest = c;
    for (std::size_t k = vary.size(); k-- > 0; rest /= vary[k].values.size())
      chosen[k] = vary[k].values[rest % vary[k].values.size()];
    for (const auto& u : unit) {
      auto point = chosen;
      for (std::size_t r = 0; r < ranges.size(); ++r) point.push_back(sampled(ranges[r], u[r]));
      out.points.push_back(std::move(point));
    }
  }
}

Node take_member(Node& table, std::string_view key) {
  Node out;
  const auto found =
      std::find_if(table.members.begin(), table.members.end(), [&](const auto& m) { return m.key == key; });
  if (found == table.members.end()) return out;
  out = std::move(found->node);
  table.members.erase(found);
  return out;
}

/// The parts of a sweep file as they were read.
struct Parts {
  File file;
  std::vector<Listed> vary;
  std::vector<Range> ranges;
};

Parts read_parts(Node root, base::Diagnostics& problems) {
  Parts out;
  const auto table = [&](Node& in, std::string_view key) {
    Node node = take_member(in, key);
    if (!node.is_table()) {
      wrong(problems, node, "wrong-kind", fmt::format("'{}' must be a table of lists", key));
      return Node{};
    }
    return node;
  };
  const Node vary = table(root, "vary");
  Node ranges;
  for (auto& [key, node] : root.members)
    if (key == "sample" && node.is_table()) ranges = table(node, "ranges");
  config::Reader(root, problems).read(out.file);
  out.vary = read_vary(vary, problems);
  out.ranges = read_ranges(ranges, problems);
  const Node& at = root;
  if (out.file.sample && out.ranges.empty() && !base::has_errors(problems))
    wrong(problems, at, "missing-key", "[sample] has no ranges",
          "[sample.ranges]\n\"site.lab.pue\" = [1.1, 1.3]");
  std::set<std::string> seen;
  const auto once = [&](const Key& key) {
    if (key.path == "seed")
      wrong(problems, at, "bad-value", "'seed' is varied by `seeds`", "seeds = [1, 2, 3]");
    if (!seen.insert(key.path).second)
      wrong(problems, at, "bad-value", fmt::format("'{}' is varied twice", key.path));
  };
  for (const auto& listed : out.vary) once(listed.key);
  for (const auto& range : out.ranges) once(range.key);
  if (std::set(out.file.seeds.begin(), out.file.seeds.end()).size() != out.file.seeds.size())
    wrong(problems, at, "bad-value", "`seeds` names a seed twice: the runs would be the same");
  return out;
}

void check_size(const Parts& parts, base::Diagnostics& problems) {
  double runs = static_cast<double>(std::max<std::size_t>(parts.file.seeds.size(), 1));
  for (const auto& listed : parts.vary) runs *= static_cast<double>(listed.values.size());
  if (const auto& sample = parts.file.sample) {
    const auto n = static_cast<std::size_t>(sample->runs);
    runs *= sample->method == SampleMethod::kSaltelli
                ? static_cast<double>(saltelli_points(n, parts.ranges.size()))
                : static_cast<double>(n);
    if (sample->method == SampleMethod::kSaltelli && !parts.vary.empty())
      problems.push_back(base::error("not-together", "indices are of ranges: saltelli takes no [vary]",
                                     "give [sample.ranges] alone"));
    if (sample->method == SampleMethod::kSobol && parts.ranges.size() > analysis::kSobolAxes)
      problems.push_back(base::error(
          "out-of-range",
          fmt::format("sobol has at most {} ranges, here are {}", analysis::kSobolAxes, parts.ranges.size()),
          "method = \"lhs\" has no such limit"));
    if (sample->method == SampleMethod::kGrid && analysis::grid_levels(n, parts.ranges.size()) == 0)
      problems.push_back(base::error(
          "bad-value", fmt::format("a grid over {} ranges cannot have {} points", parts.ranges.size(), n),
          fmt::format("a whole number to the power of {}", parts.ranges.size())));
  }
  if (runs > static_cast<double>(kMostRuns))
    problems.push_back(base::error("out-of-range",
                                   fmt::format("{:.0f} runs are more than {}", runs, kMostRuns),
                                   "fewer values, or [sample] over ranges"));
}

/// The figures of the scenario as it is: other constants of the user's own, or other physics, are another question.
std::string figures_hash(const engine::Inputs& inputs) try {
  const auto values = engine::run(inputs).frame.values();
  return base::hash_text({reinterpret_cast<const char*>(values.data()), values.size() * sizeof(double)});
} catch (const base::InternalError& failure) {
  return base::hash_text(failure.what());
}

struct Tried {
  std::uint64_t seed = 0;  ///< the scenario's own
  std::string figures;
};

/// The files of the scenario and of each value of a key that names one. One that cannot be read fails its runs alone,
/// but those of the scenario as it is.
void read_files(const Plan& plan, const scenario::Scenario& as_it_is, engine::HourlyTexts& files,
                base::Diagnostics& problems) {
  const auto folder = std::filesystem::path(plan.scenario_name).parent_path();
  for (const auto& name : engine::hourly_files(as_it_is)) {
    if (files.contains(name)) continue;
    auto text = scenario::read_hourly_file(name, folder);
    if (text)
      files.emplace(name, std::move(*text));
    else
      problems.push_back(text.error());
  }
  const auto names_files = [](const std::string& path) {
    return std::any_of(std::begin(kFileKeys), std::end(kFileKeys),
                       [&](std::string_view key) { return path.ends_with(key); });
  };
  for (std::size_t k = 0; k < plan.keys.size(); ++k) {
    if (!names_files(plan.keys[k].path)) continue;
    for (const auto& point : plan.points)
      if (!point[k].shown.empty() && !files.contains(point[k].shown))
        if (auto text = scenario::read_hourly_file(point[k].shown, folder))
          files.emplace(point[k].shown, std::move(*text));
  }
}

/// Mistakes that every run would have: a scenario that is wrong by itself, a key that it does not have.
Tried try_scenario(const engine::Knowledge& knowledge, Plan& plan, base::Diagnostics& problems) {
  const auto software = engine::software_names(knowledge.software);
  const auto as_it_is =
      scenario::load_text(plan.scenario_text, plan.scenario_name, knowledge.catalog, {}, software);
  if (!as_it_is) {
    problems.insert(problems.end(), as_it_is.error().begin(), as_it_is.error().end());
    return {};
  }
  for (std::size_t k = 0; k < plan.keys.size(); ++k) {
    const auto tried = scenario::load_text(plan.scenario_text, plan.scenario_name, knowledge.catalog,
                                           {plan.keys[k].path + "=" + plan.points.front()[k].text}, software);
    if (tried) continue;
    for (const auto& problem : tried.error())
      if (problem.code == "unknown-key" || problem.code == "bad-override") problems.push_back(problem);
  }
  read_files(plan, *as_it_is, plan.files, problems);
  if (base::has_errors(problems)) return {};
  auto hourly = engine::prepare_hourly_sites(*as_it_is, knowledge.catalog, knowledge.data, plan.files);
  if (!hourly) {
    problems.insert(problems.end(), hourly.error().begin(), hourly.error().end());
    return {};
  }
  return {as_it_is->seed, figures_hash({knowledge, *as_it_is, std::move(*hourly)})};
}

std::string question_of(const Plan& plan, const std::string& data_hash, const std::string& figures) {
  std::string all =
      fmt::format("{}\ndata {}\nfigures {}\nscenario {}\nlead times {}\n", base::program_name(), data_hash,
                  figures, base::hash_text(plan.scenario_text), plan.draw_lead_times);
  for (const auto& key : plan.keys) all += fmt::format("key {} {} {}\n", key.path, key.numeric, key.unit);
  for (const auto& point : plan.points)
    for (const auto& value : point) all += value.text + "\n";
  for (const auto& [name, text] : plan.files) all += fmt::format("file {} {}\n", name, base::hash_text(text));
  for (const auto seed : plan.seeds) all += fmt::format("seed {}\n", seed);
  return base::hash_text(all);
}

}  // namespace

std::vector<std::string> Plan::overrides(const std::vector<Value>& point) const {
  std::vector<std::string> out;
  for (std::size_t k = 0; k < keys.size(); ++k) out.push_back(keys[k].path + "=" + point[k].text);
  return out;
}

tl::expected<Plan, base::Diagnostics> plan(const engine::Knowledge& knowledge, const Asked& asked) {
  auto root =
      config::parse_toml(std::make_shared<base::SourceText>(base::SourceText{asked.name, asked.text}));
  if (!root) return tl::unexpected(root.error());
  base::Diagnostics problems;
  const Parts parts = read_parts(std::move(*root), problems);
  if (!base::has_errors(problems)) check_size(parts, problems);
  if (base::has_errors(problems)) return tl::unexpected(std::move(problems));

  Plan out;
  out.draw_lead_times = parts.file.draw_lead_times;
  const auto file = std::filesystem::path(asked.name).parent_path() / parts.file.scenario;
  tl::expected<std::string, base::Diagnostic> text = asked.scenario_text.value_or("");
  if (!asked.scenario_text) text = config::read_text_file(file, kMostScenarioBytes);
  if (!text) return tl::unexpected(base::Diagnostics{text.error()});
  out.scenario_name = file.string();
  out.scenario_text = std::move(*text);
  out.files = asked.files;
  for (const auto& listed : parts.vary) out.keys.push_back(listed.key);
  for (const auto& range : parts.ranges) out.keys.push_back(range.key);
  std::vector<std::vector<double>> unit = {{}};
  if (const auto& sample = parts.file.sample)
    unit = analysis::unit_points(sample->method, static_cast<std::size_t>(sample->runs), parts.ranges.size(),
                                 static_cast<std::uint64_t>(sample->seed));
  if (parts.file.sample && parts.file.sample->method == SampleMethod::kSaltelli) {
    out.samples = static_cast<std::size_t>(parts.file.sample->runs);
    out.sample_seed = static_cast<std::uint64_t>(parts.file.sample->seed);
    tornado_points(parts.ranges.size(), unit);
  }
  fill_points(parts.vary, parts.ranges, unit, out);
  const Tried tried = try_scenario(knowledge, out, problems);
  if (base::has_errors(problems)) return tl::unexpected(std::move(problems));
  for (const auto seed : parts.file.seeds) out.seeds.push_back(static_cast<std::uint64_t>(seed));
  if (out.seeds.empty()) out.seeds.push_back(asked.seed.value_or(tried.seed));
  out.question = question_of(out, asked.data_hash, tried.figures);
  return out;
}

}  // namespace gigawatt::sweep
