#include "gigawatt/cli/question_options.h"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <CLI/CLI.hpp>

#include "gigawatt/ask/documents.h"
#include "gigawatt/ask/overwrite.h"
#include "gigawatt/base/nearest.h"
#include "gigawatt/cli/console.h"
#include "gigawatt/units/parse.h"

namespace gigawatt::cli {
namespace {

using config::Field;
using config::Node;

std::string option_name(const Field& f) { return f.positional ? std::string(f.key) : ask::option_of(f.key); }

std::string help_text(const Field& f) {
  std::string help(f.doc);
  if (help.ends_with('.')) help.pop_back();
  if (!f.unit.empty() && f.unit != "%" && help.find(f.unit) == std::string::npos)
    help += fmt::format(" ({}{})", f.bare_unit ? "in " : "such as \"5 ",
                        f.bare_unit ? f.unit : std::string(f.unit) + "\"");
  return help;
}

bool within(double x, const Field& f) {
  return std::isfinite(x) && x >= f.min && x <= f.max && (!f.positive || x > 0);
}

std::string range_text(const Field& f) {
  if (std::isfinite(f.min) && std::isfinite(f.max)) return fmt::format("{:.15g} to {:.15g}", f.min, f.max);
  if (std::isfinite(f.max))
    return fmt::format("{}at most {:.15g}", f.positive ? "more than 0 and " : "", f.max);
  return f.positive             ? "more than 0"
         : std::isfinite(f.min) ? fmt::format("at least {:.15g}", f.min)
                                : "finite";
}

Node string_node(std::string text) {
  Node node;
  node.kind = Node::Kind::kString;
  node.text = std::move(text);
  return node;
}

Node document_node(const std::string& path, bool or_folder = false) {
  auto node = or_folder ? ask::document_or_folder_argument(path) : ask::document_argument(path);
  if (!node) throw InputError(base::Diagnostics{node.error()});
  return std::move(*node);
}

Node& table_of(Node& root, const std::vector<std::string>& path) {
  Node* at = &root;
  for (std::size_t i = 0; i + 1 < path.size(); ++i) {
    const auto found = std::find_if(at->members.begin(), at->members.end(),
                                    [&](const auto& member) { return member.key == path[i]; });
    if (found == at->members.end()) {
      at->members.push_back({path[i], {}});
      at = &at->members.back().node;
    } else {
      at = &found->node;
    }
  }
  return *at;
}

}  // namespace

QuestionOptions::Entry& QuestionOptions::add(Kind kind, const Field& field, std::string type,
                                             const std::string& initial) {
  const Field& f = list_ != nullptr ? *list_ : field;
  Entry& entry = entries_.emplace_back();
  entry.kind = kind;
  entry.path = tables_;
  entry.path.emplace_back(f.key);
  entry.list = list_ != nullptr;
  const std::string name = option_name(f);
  if (kind == Kind::kFlag) {
    entry.option = app_.add_flag(name, entry.flag, help_text(f));
    return entry;
  }
  if (entry.list) {
    entry.option = app_.add_option(name, entry.many, help_text(f));
    if (!f.positional) entry.option->allow_extra_args(false);
    if (!f.verbatim) entry.option->delimiter(',');
  } else {
    entry.option = app_.add_option(name, entry.one, help_text(f));
    if (!optional_ && !f.required && !initial.empty()) entry.option->default_str(initial);
  }
  entry.option->type_name(std::move(type));
  if (f.required) entry.option->required();
  if (!f.bare.empty()) entry.option->expected(0, 1)->default_str(std::string(f.bare));
  optional_ = false;
  return entry;
}

void QuestionOptions::check(Entry& entry, std::function<std::string(const std::string&)> check) {
  entry.option->check(
      CLI::Validator([check = std::move(check)](std::string& text) { return check(text); }, ""));
}

void QuestionOptions::text(std::string& x, const Field& f) { add(Kind::kText, f, "TEXT", x); }
void QuestionOptions::boolean(bool&, const Field& f) { add(Kind::kFlag, f, "", ""); }

void QuestionOptions::integer(std::int64_t& x, const Field& f) {
  Entry& entry = add(Kind::kInteger, f, "INT", fmt::format("{}", x));
  check(entry, [f](const std::string& text) -> std::string {
    const auto count = units::parse_count(text);
    if (!count || std::nearbyint(*count) != *count) return fmt::format("'{}' is no whole number", text);
    return within(*count, f) ? "" : fmt::format("{} is out of range: {}", text, range_text(f));
  });
}

void QuestionOptions::number(double& x, const Field& f) {
  const auto unit = units::parse_unit(f.unit);
  const bool plain = !unit || unit->dimension == units::kNone;
  const std::string initial =
      plain ? fmt::format("{:.12g}", x) : units::format_quantity(x, std::string(f.unit));
  Entry& entry = add(Kind::kNumber, f, plain || f.bare_unit ? "FLOAT" : "TEXT", initial);
  if (!plain) return;  // the reader of the question knows units and says what is wrong
  check(entry, [f](const std::string& text) -> std::string {
    const auto count = units::parse_count(text);
    const auto quantity = units::parse_quantity(text);
    if (!count && !(quantity && quantity->dimension == units::kNone))
      return fmt::format("'{}' is no number", text);
    return within(count ? *count : quantity->si, f)
               ? ""
               : fmt::format("{} is out of range: {}", text, range_text(f));
  });
}

void QuestionOptions::time(base::SimTime&, const Field& f) {
  check(add(Kind::kText, f, "DATE", ""), [](const std::string& text) {
    return base::parse_time(text)
               ? ""
               : fmt::format("'{}' is no date: 2026, 2026-07, 2026-07-15 or 2026-Q3", text);
  });
}

void QuestionOptions::choose(std::size_t& x, std::span<const std::string_view> names, const Field& f) {
  const std::vector<std::string> allowed(names.begin(), names.end());
  check(add(Kind::kText, f, "TEXT", allowed[x]), [allowed](const std::string& text) -> std::string {
    if (std::find(allowed.begin(), allowed.end(), text) != allowed.end()) return "";
    const std::string near = base::did_you_mean(text, allowed);
    return fmt::format("'{}' is none of {}{}{}", text, fmt::join(allowed, ", "), near.empty() ? "" : "; ",
                       near);
  });
}

void QuestionOptions::any_quantity(config::AnyQuantity&, const Field& f) { add(Kind::kText, f, "TEXT", ""); }

void QuestionOptions::integer_or_word(std::optional<std::int64_t>&, std::string_view word, const Field& f) {
  check(add(Kind::kNumber, f, fmt::format("INT or {}", word), ""),
        [word = std::string(word)](const std::string& text) -> std::string {
          return text == word || units::parse_count(text)
                     ? ""
                     : fmt::format("'{}' is no number and not {}", text, word);
        });
}

bool QuestionOptions::begin_table(const Field& f) {
  if (list_ != nullptr) return false;  // lists of tables are for files and requests
  tables_.emplace_back(f.key);
  return true;
}

void QuestionOptions::end_table(const Field&) { tables_.pop_back(); }

void QuestionOptions::integer_range(config::IntegerRange&, const Field& f) {
  add(Kind::kNumber, f, "INT|A..B", "");
}
void QuestionOptions::input_text(config::InputText&, const Field& f) { add(Kind::kInput, f, "FILE", ""); }
void QuestionOptions::input_text_or_folder(config::InputTextOrFolder&, const Field& f) {
  add(Kind::kInputOrFolder, f, "FILE|FOLDER", "");
}
void QuestionOptions::name_or_text(config::NameOrText& x, const Field& f) {
  add(Kind::kNameOrInput, f, "NAME|FILE", x.name);
}
void QuestionOptions::output_file(config::OutputFile&, const Field& f) { add(Kind::kOutput, f, "FILE", ""); }
void QuestionOptions::output_place(config::OutputPlace& x, const Field& f) {
  const bool store = x.kind == config::OutputPlace::Kind::kStore;
  add(Kind::kPlace, f, store ? "FILE" : "FOLDER", "");
}

bool QuestionOptions::present(const Field&, bool has_value) {
  optional_ = !has_value;
  return true;
}

std::size_t QuestionOptions::begin_list(const Field& f, std::size_t) {
  list_ = &f;
  return 1;
}

void QuestionOptions::end_list(const Field&) { list_ = nullptr; }

std::vector<QuestionOptions::File> QuestionOptions::outputs() const {
  std::vector<File> found;
  for (const auto& e : entries_)
    if (e.kind == Kind::kOutput && e.option->count() > 0) found.push_back({e.path.back(), e.one});
  return found;
}

Node QuestionOptions::node() const {
  const auto value = [](const Entry& e, const std::string& text) {
    switch (e.kind) {
      case Kind::kInput: return document_node(text);
      case Kind::kInputOrFolder: return document_node(text, true);
      case Kind::kOutput:
      case Kind::kPlace: {
        Node path = string_node(text);
        path.document = true;
        return path;
      }
      case Kind::kNameOrInput: return ask::names_file(text) ? document_node(text) : string_node(text);
      default: return string_node(text);  // a number's text is read as the field says
    }
  };
  Node root;
  for (const auto& e : entries_) {
    if (e.option->count() == 0) continue;
    Node node;
    if (e.kind == Kind::kFlag) {
      node.kind = Node::Kind::kBoolean;
      node.boolean = e.flag;
    } else if (e.list) {
      node.kind = Node::Kind::kArray;
      for (const auto& text : e.many) node.items.push_back(value(e, text));
    } else {
      node = value(e, e.one);
    }
    table_of(root, e.path).members.push_back({e.path.back(), std::move(node)});
  }
  return root;
}

}  // namespace gigawatt::cli
