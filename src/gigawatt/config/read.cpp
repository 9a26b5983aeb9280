#include "gigawatt/config/read.h"

#include <algorithm>
#include <cmath>
#include <optional>
#include <set>
#include <utility>

#include <fmt/format.h>

#include "gigawatt/base/nearest.h"
#include "gigawatt/units/parse.h"

namespace gigawatt::config {
namespace {

std::string bound_text(double si, std::string_view unit) { return units::format_quantity(si, unit); }

std::string allowed_range(const Field& f) {
  const bool low = std::isfinite(f.min);
  const bool high = std::isfinite(f.max);
  std::string text;
  if (f.positive && !(low && f.min > 0))
    text = "more than 0";
  else if (low)
    text = (high ? "" : "at least ") + bound_text(f.min, f.unit);
  if (high)
    text += (text.empty() ? "at most " : f.positive ? ", at most " : " to ") + bound_text(f.max, f.unit);
  return text.empty() ? "any finite number" : "allowed: " + text;
}

bool outside(double x, const Field& f) {
  return !std::isfinite(x) || x < f.min || x > f.max || (f.positive && !(x > 0));
}

std::string joined(std::span<const std::string_view> names) {
  std::string out;
  for (const auto name : names) out += (out.empty() ? "" : ", ") + std::string(name);
  return out;
}

/// What no name or text has, and stores and terminals trip over: C0 without tab and line ends, and DEL.
std::optional<unsigned char> first_control(std::string_view text) {
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if ((byte < 0x20 && c != '\t' && c != '\n' && c != '\r') || byte == 0x7f) return byte;
  }
  return std::nullopt;
}

/// "+6 months": a plus says that something is added, which no key means. Exponents' signs stand elsewhere.
bool is_relative(std::string_view text) {
  const auto first = text.find_first_not_of(" \t");
  return first != std::string_view::npos && text[first] == '+';
}

std::string_view unsigned_text(std::string_view text) {
  const auto first = text.find_first_not_of(" \t+");
  return first == std::string_view::npos ? std::string_view{} : text.substr(first, 40);
}

/// A number, [least, most] or "least..most".
std::optional<std::pair<double, double>> range_ends(const Node& node) {
  const auto of_text = [](std::string_view text) -> std::optional<double> {
    const auto count = units::parse_count(text);
    return count ? std::optional(*count) : std::nullopt;
  };
  const auto of_node = [&](const Node& n) -> std::optional<double> {
    if (n.kind == Node::Kind::kInteger || n.kind == Node::Kind::kFloat) return n.real;
    return n.kind == Node::Kind::kString ? of_text(n.text) : std::nullopt;
  };
  std::optional<double> first = of_node(node), last = first;
  if (node.kind == Node::Kind::kArray && node.items.size() == 2) {
    first = of_node(node.items[0]);
    last = of_node(node.items[1]);
  } else if (const auto dots = node.text.find(".."); dots != std::string::npos) {
    first = of_text(std::string_view(node.text).substr(0, dots));
    last = of_text(std::string_view(node.text).substr(dots + 2));
  }
  const auto whole = [](std::optional<double> x) { return x && std::nearbyint(*x) == *x; };
  return whole(first) && whole(last) ? std::optional(std::pair{*first, *last}) : std::nullopt;
}

/// "site[0].phase" -> "site.phase", as a table's header spells it.
std::string table_header(const std::string& path) {
  std::string out;
  bool within = false;
  for (const char c : path) {
    within = c == '[' || (within && c != ']');
    if (!within && c != ']') out += c;
  }
  return out;
}

}  // namespace

Reader::Reader(const Node& root, base::Diagnostics& diagnostics, std::string root_path)
    : diagnostics_(diagnostics) {
  frames_.push_back({&root, nullptr, std::move(root_path), {}});
}

std::string Reader::path_of(std::string_view key) const {
  const Frame& frame = frames_.back();
  if (frame.item) return frame.path;
  return frame.path.empty() ? std::string(key) : fmt::format("{}.{}", frame.path, key);
}

const Node* Reader::find(const Frame& frame, const Field& f) {
  const Node* found = frame.node->find(f.key);
  const Node* other = f.alias.empty() ? nullptr : frame.node->find(f.alias);
  if (found && other)
    wrong(*other, "given-twice", fmt::format("both '{}' and '{}' are given", path_of(f.key), f.alias),
          "one of them");
  return found ? found : other;
}

const Node* Reader::take(const Field& f) {
  Frame& frame = frames_.back();
  const Node* found = frame.item;
  if (!found && frame.node) {
    frame.asked.emplace_back(f.key);
    if (!f.alias.empty()) frame.asked.emplace_back(f.alias);
    found = find(frame, f);
  }
  if (found) spans_[path_of(f.key)] = found->span;
  return found;
}

const Node* Reader::require(const Field& f, const Node* node) {
  if (node || !f.required) return node;
  if (required_ && frames_.size() == 1 &&
      std::find(required_->begin(), required_->end(), f.key) == required_->end())
    return nullptr;
  const Frame& frame = frames_.back();
  base::Diagnostic d =
      base::error("missing-key", fmt::format("'{}' is missing", path_of(f.key)), std::string(f.doc));
  if (frame.node) d.span = frame.node->key_span.source ? frame.node->key_span : frame.node->span;
  diagnostics_.push_back(std::move(d));
  return nullptr;
}

void Reader::wrong(const Node& node, std::string code, std::string message, std::string hint) {
  diagnostics_.push_back(
      {std::move(code), base::Severity::kError, node.span, std::move(message), std::move(hint)});
}

void Reader::wrong_kind(const Node& node, const Field& f, std::string_view wanted) {
  wrong(node, "wrong-kind",
        fmt::format("'{}' is {}, but {} is wanted", path_of(f.key), kind_name(node.kind), wanted),
        std::string(f.doc));
}

bool Reader::is_table(const Field& f) {
  const Frame& frame = frames_.back();
  const Node* node = frame.item ? frame.item : frame.node ? frame.node->find(f.key) : nullptr;
  return node && node->is_table();
}

bool Reader::present(const Field& f, bool has_value) {
  const Frame& frame = frames_.back();
  if (frame.item) return true;
  if (frame.node && frame.node->find(f.key)) return true;
  frames_.back().asked.emplace_back(f.key);
  return has_value;
}

void Reader::text(std::string& x, const Field& f) {
  const Node* node = require(f, take(f));
  if (!node) return;
  if (node->kind == Node::Kind::kDate) {
    x = node->text;
    return;
  }
  if (node->kind != Node::Kind::kString) return wrong_kind(*node, f, "a string");
  if (f.required && node->text.empty())
    return wrong(*node, "empty", fmt::format("'{}' is empty", path_of(f.key)), std::string(f.doc));
  if (const auto c = first_control(node->text))
    return wrong(*node, "control-character",
                 fmt::format("'{}' holds the control character 0x{:02x}", path_of(f.key), *c),
                 "only tab and line ends are allowed");
  x = node->text;
}

void Reader::boolean(bool& x, const Field& f) {
  const Node* node = require(f, take(f));
  if (!node) return;
  if (node->kind != Node::Kind::kBoolean) return wrong_kind(*node, f, "true or false");
  x = node->boolean;
}

void Reader::integer(std::int64_t& x, const Field& f) {
  const Node* node = require(f, take(f));
  if (!node) return;
  double value = 0;
  constexpr double kExactLimit = 9.0e15;
  if (node->kind == Node::Kind::kString) {
    const auto count = units::parse_count(node->text);  // "16k", "1,024"
    if (!count || std::nearbyint(*count) != *count) return wrong_kind(*node, f, "a whole number");
    value = *count;
  } else if (node->kind == Node::Kind::kInteger) {
    value = static_cast<double>(node->integer);
  } else if (node->kind == Node::Kind::kFloat && std::nearbyint(node->real) == node->real &&
             std::abs(node->real) < kExactLimit) {
    value = node->real;  // 1.3e6 is a natural way to write a count
  } else {
    return wrong_kind(*node, f, "a whole number");
  }
  if (outside(value, f) || std::abs(value) > kExactLimit)
    return wrong(*node, "out-of-range",
                 fmt::format("'{}' is {}", path_of(f.key), units::format_number(value, 15)),
                 allowed_range(f));
  x = node->kind == Node::Kind::kInteger ? node->integer : static_cast<std::int64_t>(value);
}

void Reader::number(double& x, const Field& f) {
  const Node* node = require(f, take(f));
  if (!node) return;
  const auto wanted = units::parse_unit(f.unit);
  const units::Dimension dimension = wanted ? wanted->dimension : units::kNone;
  const auto unit_hint = [&] {
    const auto examples = units::example_units(dimension);
    return dimension == units::kNone ? std::string("a plain number is wanted")
                                     : fmt::format("write it as text with a unit, e.g. \"120 {}\"{}{}",
                                                   f.unit, examples.empty() ? "" : "; units: ", examples);
  };
  double value = 0;
  if (node->kind == Node::Kind::kInteger || node->kind == Node::Kind::kFloat) {
    value = node->real;
    if (!std::isfinite(value))
      return wrong(*node, "not-finite", fmt::format("'{}' is not a finite number", path_of(f.key)),
                   allowed_range(f));
    if (f.bare_unit)
      value *= wanted->factor;
    else if (!(dimension == units::kNone) && value != 0)
      return wrong(*node, "missing-unit", fmt::format("'{}' has no unit", path_of(f.key)), unit_hint());
  } else if (const auto count = units::parse_count(node->text); node->kind == Node::Kind::kString && count &&
                                                                !is_relative(node->text) &&
                                                                (dimension == units::kNone || f.bare_unit)) {
    value = *count * (f.bare_unit ? wanted->factor : 1);  // "15T" tokens
  } else if (node->kind == Node::Kind::kString) {
    if (is_relative(node->text))
      return wrong(*node, "relative-value",
                   fmt::format("'{}' is \"{}\", a change of something, but a value of its own is wanted",
                               path_of(f.key), node->text.substr(0, 40)),
                   fmt::format("write the value itself, without a sign: \"{}\"", unsigned_text(node->text)));
    const auto parsed = units::parse_quantity(node->text);
    if (!parsed)
      return wrong(*node, "bad-quantity", fmt::format("'{}': {}", path_of(f.key), parsed.error()),
                   unit_hint());
    if (!(parsed->dimension == dimension))
      return wrong(*node, parsed->has_unit ? "wrong-unit" : "missing-unit",
                   fmt::format("'{}' is \"{}\", which is not a quantity in {}", path_of(f.key), node->text,
                               f.unit.empty() ? "plain numbers" : f.unit),
                   unit_hint());
    value = parsed->si;
  } else {
    return wrong_kind(*node, f, dimension == units::kNone ? "a number" : "a quantity with a unit");
  }
  if (outside(value, f))
    return wrong(*node, "out-of-range", fmt::format("'{}' is {}", path_of(f.key), bound_text(value, f.unit)),
                 allowed_range(f));
  x = value;
}

void Reader::time(base::SimTime& x, const Field& f) {
  const Node* node = require(f, take(f));
  if (!node) return;
  if (node->kind == Node::Kind::kInteger && node->integer >= 1900 && node->integer <= 2200) {
    x = base::SimTime::from_date(static_cast<int>(node->integer), 1, 1);
    return;
  }
  if (node->kind != Node::Kind::kString && node->kind != Node::Kind::kDate)
    return wrong_kind(*node, f, "a date");
  const auto parsed = base::parse_time(node->text);
  if (!parsed)
    return wrong(*node, "bad-date",
                 fmt::format("'{}' is \"{}\", which is no date", path_of(f.key), node->text.substr(0, 40)),
                 "write 2026, 2026-07, 2026-Q3 or 2026-07-15, between 1900 and 2200");
  x = *parsed;
}

void Reader::choose(std::size_t& x, std::span<const std::string_view> names, const Field& f) {
  const Node* node = require(f, take(f));
  if (!node) return;
  if (node->kind != Node::Kind::kString) return wrong_kind(*node, f, "one of: " + joined(names));
  const auto found = std::find(names.begin(), names.end(), node->text);
  if (found == names.end()) {
    const std::string near = base::did_you_mean(node->text, {names.begin(), names.end()});
    return wrong(*node, "unknown-value",
                 fmt::format("'{}' is \"{}\"", path_of(f.key), node->text.substr(0, 60)),
                 fmt::format("allowed: {}{}{}", joined(names), near.empty() ? "" : "; ", near));
  }
  x = static_cast<std::size_t>(found - names.begin());
}

void Reader::any_quantity(AnyQuantity& x, const Field& f) {
  const Node* node = require(f, take(f));
  if (!node) return;
  if (node->kind == Node::Kind::kInteger || node->kind == Node::Kind::kFloat) {
    if (!std::isfinite(node->real))
      return wrong(*node, "not-finite", fmt::format("'{}' is not a finite number", path_of(f.key)),
                   std::string(f.doc));
    x = {node->real, units::kNone, fmt::format("{}", node->real)};
    return;
  }
  if (node->kind != Node::Kind::kString) return wrong_kind(*node, f, "a number, or text with a unit");
  const auto parsed = units::parse_quantity(node->text);
  if (!parsed)
    return wrong(*node, "bad-quantity", fmt::format("'{}': {}", path_of(f.key), parsed.error()),
                 "write it as \"1.5 GW\" or as a plain number");
  x = {parsed->si, parsed->dimension, node->text};
}

void Reader::integer_or_word(std::optional<std::int64_t>& x, std::string_view word, const Field& f) {
  const Frame& frame = frames_.back();
  const Node* node = frame.item ? frame.item : frame.node->find(f.key);
  if (node && node->kind == Node::Kind::kString) {
    take(f);
    if (node->text == word) return x.reset();
    return wrong(*node, "unknown-value",
                 fmt::format("'{}' is \"{}\"", path_of(f.key), node->text.substr(0, 60)),
                 fmt::format("allowed: a whole number, or \"{}\"", word));
  }
  (*this)(x, f);
}

void Reader::integer_range(IntegerRange& x, const Field& f) {
  const Node* node = require(f, take(f));
  if (!node) return;
  const auto ends = range_ends(*node);
  const std::string shown =
      node->kind == Node::Kind::kString ? fmt::format(" \"{}\",", node->text.substr(0, 60)) : "";
  if (!ends)
    return wrong(
        *node, "wrong-kind",
        fmt::format("'{}' is{} no whole number and no range such as 1024..16384", path_of(f.key), shown),
        std::string(f.doc));
  const auto [first, last] = *ends;
  if (outside(first, f) || outside(last, f))
    return wrong(*node, "out-of-range", fmt::format("'{}' is{} out of range", path_of(f.key), shown),
                 allowed_range(f));
  if (first > last)
    return wrong(*node, "empty", fmt::format("'{}' is{} an empty range", path_of(f.key), shown),
                 fmt::format("{:.0f}..{:.0f}", last, first));
  x = {static_cast<std::int64_t>(first), static_cast<std::int64_t>(last)};
}

void Reader::input_text(InputText& x, const Field& f) {
  const Node* node = require(f, take(f));
  if (!node) return;
  if (node->kind != Node::Kind::kString) return wrong_kind(*node, f, "the text of a file");
  x.file = node->document && node->span.source != nullptr;
  x.name = x.file ? node->span.source->name : std::string(f.key);
  x.text = node->text;
}

void Reader::input_text_or_folder(InputTextOrFolder& x, const Field& f) {
  const Node* node = frames_.back().node ? frames_.back().node->find(f.key) : nullptr;
  if (!node || !node->folder) return input_text(x, f);
  take(f);
  x.name = x.folder = node->text;
}

void Reader::name_or_text(NameOrText& x, const Field& f) {
  const Node* node = require(f, take(f));
  if (!node) return;
  if (node->kind != Node::Kind::kString) return wrong_kind(*node, f, "a name, or a document");
  if (node->text.empty() && (f.required || node->document))
    return wrong(*node, "empty", fmt::format("'{}' is empty", path_of(f.key)), std::string(f.doc));
  // A text that begins as a document is one, however it came: names have no braces, brackets or line breaks.
  const bool document = node->document || node->text.find_first_of("{[\n") != std::string::npos;
  x.text = document ? node->text : "";
  x.file = node->document && node->span.source != nullptr;
  x.name = x.file ? node->span.source->name : document ? std::string(f.key) : node->text;
}

/// Only a face that may write files marks the path as one; from anybody else the key is unknown.
void Reader::output_path(std::string& path, const Field& f) {
  const Node* node = frames_.back().node ? frames_.back().node->find(f.key) : nullptr;
  if (!node || !node->document) return;
  take(f);
  path = node->text;
}
void Reader::output_file(OutputFile& x, const Field& f) { output_path(x.path, f); }
void Reader::output_place(OutputPlace& x, const Field& f) { output_path(x.path, f); }

bool Reader::begin_table(const Field& f) {
  const bool in_list = frames_.back().item != nullptr;
  const Node* node = require(f, take(f));
  if (!node) return false;
  if (!node->is_table()) {
    wrong_kind(*node, f, "a table");
    return false;
  }
  std::string path = in_list ? frames_.back().path : path_of(f.key);
  frames_.push_back({node, nullptr, std::move(path), {}});
  return true;
}

void Reader::end_table(const Field&) {
  report_unknown(frames_.back());
  frames_.pop_back();
}

std::size_t Reader::begin_list(const Field& f, std::size_t) {
  const Node* node = require(f, take(f));
  if (!node) return kKeep;
  if (node->kind != Node::Kind::kArray) {
    if (f.one_or_list && !node->is_table()) {
      frames_.push_back({node, nullptr, path_of(f.key), {}});
      return 1;
    }
    if (node->is_table())
      wrong(*node, "wrong-kind",
            fmt::format("'{}' is one table, but there may be many: a list is wanted", path_of(f.key)),
            fmt::format("write [[{}]] in double brackets, once for each", table_header(path_of(f.key))));
    else
      wrong_kind(*node, f, "an array");
    return kKeep;
  }
  if (f.required && node->items.empty())
    wrong(*node, "empty", fmt::format("'{}' is empty", path_of(f.key)), std::string(f.doc));
  frames_.push_back({node, nullptr, path_of(f.key), {}});
  return node->items.size();
}

void Reader::begin_item(std::size_t index) {
  const Frame& list = frames_.back();
  const Node* item = list.node->kind == Node::Kind::kArray ? &list.node->items[index] : list.node;
  std::string path = fmt::format("{}[{}]", list.path, index);
  frames_.push_back({nullptr, item, std::move(path), {}});
}

void Reader::end_item() { frames_.pop_back(); }
void Reader::end_list(const Field&) { frames_.pop_back(); }

bool Reader::begin_map(const Field& f, std::vector<std::string>& names) {
  const Node* node = require(f, take(f));
  if (!node) return false;
  if (!node->is_table()) {
    wrong_kind(*node, f, "a table");
    return false;
  }
  names.clear();
  for (const auto& [name, value] : node->members) names.push_back(name);
  frames_.push_back({node, nullptr, path_of(f.key), {}});
  return true;
}

void Reader::end_map(const Field&) { frames_.pop_back(); }

void Reader::report_unknown(const Frame& frame) {
  // A file that is wrong as a whole is not explained key by key: the nearest names would cost more than the reading.
  constexpr std::size_t kMostReported = 100;
  const std::set<std::string_view> asked(frame.asked.begin(), frame.asked.end());
  std::size_t reported = 0, more = 0;
  base::SourceSpan first_unreported;
  for (const auto& [name, value] : frame.node->members) {
    if (asked.contains(name)) continue;
    if (reported == kMostReported) {
      if (more++ == 0) first_unreported = value.key_span;
      continue;
    }
    ++reported;
    std::string hint = base::did_you_mean(name, frame.asked);
    if (hint.empty()) {
      std::vector<std::string_view> names(frame.asked.begin(), frame.asked.end());
      hint = "allowed here: " + joined(names);
    }
    const std::string full = frame.path.empty() ? name : frame.path + "." + name;
    diagnostics_.push_back({"unknown-key", base::Severity::kError, value.key_span,
                            fmt::format("unknown key '{}'", full.substr(0, 120)), std::move(hint)});
  }
  if (more > 0)
    diagnostics_.push_back(
        {"unknown-key", base::Severity::kError, first_unreported,
         fmt::format("and {} more unknown keys{}", units::format_number(static_cast<double>(more)),
                     frame.path.empty() ? "" : " in '" + frame.path.substr(0, 120) + "'"),
         ""});
}

void Reader::finish() { report_unknown(frames_.front()); }

}  // namespace gigawatt::config
