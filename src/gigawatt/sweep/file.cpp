#include "gigawatt/sweep/file.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <set>

#include <fmt/format.h>

#include "gigawatt/config/read.h"
#include "gigawatt/units/parse.h"

namespace gigawatt::sweep {

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
  v(s.carried, {.key = "carried",
                .doc = "Keys that run over the range that the scenario or the catalogue gives them: all, or "
                       "names with *: site.*.pue.",
                .one_or_list = true});
}

void fields(config::FieldVisitor& v, File& f) {
  v(f.version, {.key = "version", .doc = "Of this format: 1.", .min = 1, .max = 1, .required = true});
  v(f.scenario, {.key = "scenario", .doc = "The scenario's file, seen from this one.", .required = true});
  v(f.seeds, {.key = "seeds", .doc = "Seeds that every point is run with.", .min = 0, .max = 0x1p53});
  v(f.draw_lead_times, {.key = "draw_lead_times", .doc = "Lead times are drawn too, as in `run --runs`."});
  v(f.sample, {.key = "sample", .doc = "Points over ranges."});
}

std::string toml_text(std::string_view text) {
  std::string out = "\"";
  for (char c : text) {
    if (c == '"' || c == '\\') out += '\\';
    out += c;
  }
  return out + "\"";
}

namespace {

using analysis::SampleMethod;
using config::Node;

/// What stands in place of a range or a list for the one that the key carries.
constexpr std::string_view kCarried = "carried";

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

bool is_carried(const Node& node) { return node.kind == Node::Kind::kString && node.text == kCarried; }

/// Lists below a table, with the keys that lead to them: a.b = [..] and "a.b" = [..] are the same.
void lists_below(const Node& table, const std::string& path, base::Diagnostics& problems,
                 std::vector<std::pair<std::string, const Node*>>& out) {
  for (const auto& [key, node] : table.members) {
    const std::string inner = path.empty() ? key : path + "." + key;
    if (node.is_table())
      lists_below(node, inner, problems, out);
    else if (node.kind != Node::Kind::kArray && !is_carried(node))
      wrong(problems, node, "wrong-kind", fmt::format("'{}' must be a list, or \"{}\"", inner, kCarried),
            "[1.1, 1.2]");
    else
      out.emplace_back(inner, &node);
  }
}

std::vector<Listed> read_vary(const Node& table, base::Diagnostics& problems) {
  std::vector<std::pair<std::string, const Node*>> lists;
  lists_below(table, "", problems, lists);
  std::vector<Listed> out;
  for (const auto& [path, node] : lists) {
    Listed listed{{path, true, "", {}}, {}, is_carried(*node), node->span};
    if (listed.carried) {
      out.push_back(std::move(listed));
      continue;
    }
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
    if (is_carried(*node)) {
      out.push_back({{path, true, "", {}}, false, 0, 0, true, node->span});
      continue;
    }
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
    Range range{{path, true, low->unit, {}},
                false,
                low->number,
                high->number * (high->factor / low->factor),
                false,
                node->span};
    range.whole = node->items[0].kind == Node::Kind::kInteger && node->items[1].kind == Node::Kind::kInteger;
    if (!(range.low < range.high)) {
      wrong(problems, *node, "empty", fmt::format("'{}': the first end must be below the second", path));
      continue;
    }
    out.push_back(std::move(range));
  }
  return out;
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

}  // namespace

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
  if (out.file.sample && out.ranges.empty() && out.file.sample->carried.empty() &&
      !base::has_errors(problems))
    wrong(problems, at, "missing-key", "[sample] has no ranges",
          "carried = \"all\", or [sample.ranges]\n\"site.lab.pue\" = [1.1, 1.3]");
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

namespace {

base::Diagnostic at_key(base::Diagnostic problem, const base::SourceSpan& at) {
  problem.span = at;
  return problem;
}

/// The ends and the value.
void list_values(Listed& listed) {
  const engine::CarriedRange& range = *listed.key.range;
  for (const double share : {0.0, engine::carried_share(range.key), 1.0}) {
    Value value;
    value.text = engine::carried_text(range, range.key, share);
    value.number = engine::carried_number(range, range.key, share);
    value.shown = fmt::format("{}", value.number);
    value.share = share;
    if (listed.values.empty() || listed.values.back().text != value.text) listed.values.push_back(value);
  }
}

/// Makes `key` that of the range: its name, as the scenario's entries are named, and its unit.
void take_range(Key& key, engine::CarriedRange range) {
  key = {range.key.path, true, range.unit, std::move(range)};
}

}  // namespace

void fill_carried(Parts& parts, const scenario::ResolvedScenario& scenario, const catalog::Catalog& catalog,
                  base::Diagnostics& problems) {
  const auto known = engine::carried_ranges(scenario, catalog);
  const bool drawn = parts.file.draw_lead_times;
  const auto fill = [&](Key& key, const base::SourceSpan& at) {
    auto range = engine::carried_by_key(known, scenario, key.path);
    if (range && range->lead && drawn)
      range = tl::unexpected(base::error(
          "not-together", fmt::format("'{}' is drawn by draw_lead_times already", key.path), "one of both"));
    if (range)
      take_range(key, std::move(*range));
    else
      problems.push_back(at_key(range.error(), at));
    return range.has_value();
  };
  for (auto& listed : parts.vary)
    if (listed.carried && fill(listed.key, listed.at)) list_values(listed);
  for (auto& range : parts.ranges)
    if (range.carried) fill(range.key, range.at);

  std::set<std::string> taken;
  const auto take = [&](const Key& key, const base::SourceSpan& at) {
    std::vector<std::string> names = {key.path};
    if (key.range)
      for (const auto& follower : key.range->with) names.push_back(follower.path);
    for (const auto& name : names)
      if (!taken.insert(name).second)
        problems.push_back(at_key(base::error("bad-value", fmt::format("'{}' is varied twice", name)), at));
  };
  for (const auto& listed : parts.vary) take(listed.key, listed.at);
  for (const auto& range : parts.ranges) take(range.key, range.at);
  if (!parts.file.sample) return;
  std::vector<engine::CarriedRange> free;  // what has a range of its own in the sweep keeps that
  for (const auto& range : known)
    if (!taken.contains(range.key.path) && !(range.lead && drawn)) free.push_back(range);
  for (const auto& pattern : parts.file.sample->carried) {
    auto found = engine::carried_by_pattern(free, pattern == "all" ? "*" : pattern);
    if (!found) {
      problems.push_back(found.error());
      continue;
    }
    for (auto& range : *found) {
      std::erase_if(free, [&](const auto& other) {
        return other.key.path == range.key.path ||
               std::any_of(range.with.begin(), range.with.end(),
                           [&](const auto& key) { return key.path == other.key.path; });
      });
      parts.ranges.emplace_back();
      take_range(parts.ranges.back().key, std::move(range));
    }
  }
}

}  // namespace gigawatt::sweep
