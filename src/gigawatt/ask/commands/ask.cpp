#include "gigawatt/ask/commands/ask.h"

#include <cmath>

#include <fmt/format.h>

#include "gigawatt/engine/own_model.h"
#include "gigawatt/report/text.h"
#include "gigawatt/units/parse.h"

namespace gigawatt::ask {
namespace {

using Json = nlohmann::ordered_json;

constexpr double kManyDigits = 1e7;

struct AskQuestion : engine::PlainQuery {
  bool explain = false;
  config::OutputFile save;
};

void fields(config::FieldVisitor& v, AskQuestion& q) {
  fields(v, static_cast<engine::PlainQuery&>(q));
  v(q.explain, {.key = "explain", .doc = "Also the formula of each answer, and each input with its source."});
  v(q.save, {.key = "save", .doc = "Write the question as a scenario that gigawatt run takes."});
}

/// Thousands in digits, then millions, billions, trillions; powers of ten beyond.
std::string digits(double x, int significant) {
  const double size = std::abs(x);
  if (size >= 1e15) return fmt::format("{:.3g}", x);
  if (size >= 1e12) return units::format_number(x / 1e12, 3) + " T";
  if (size >= 1e9) return units::format_number(x / 1e9, 3) + " B";
  if (size >= kManyDigits) return units::format_number(x / 1e6, 3) + " M";
  return units::format_number(x, significant);
}

/// A figure in a unit that suits its size.
struct Shown {
  double scale = 1;
  std::string unit;
};
Shown shown(double x, const std::string& unit) {
  if (std::abs(x) >= 0.1) return {1, unit};
  if (unit == "billion USD") return {1e3, "million USD"};
  if (unit == "TWh") return {1e3, "GWh"};
  if (unit == "MW") return {1e3, "kW"};
  return {1, unit};
}

std::string figure(double x, const std::string& unit) {
  const Shown s = shown(x, unit);
  const std::string text = digits(x * s.scale, std::abs(x * s.scale) >= 1e4 ? 4 : 3);
  return s.unit.empty() ? text : text + " " + s.unit;
}

std::string interval(const engine::PlainFigure& f) {
  const double scale = shown(f.value, f.unit).scale;
  return f.low == f.high ? "" : fmt::format("{} to {}", digits(f.low * scale, 3), digits(f.high * scale, 3));
}

std::string plain_text(const engine::PlainAnswer& answer, bool explain, bool color) {
  using report::Table;
  std::string out = answer.question + "\n\n";
  Table answers({{"", Table::Align::kLeft, 36, true},
                 {"answer"},
                 {"interval"},
                 {explain ? "formula" : "", Table::Align::kLeft, 44, true}});
  for (const auto& f : answer.answers)
    answers.row({f.name, figure(f.value, f.unit), interval(f), explain ? f.text : ""});
  out += answers.render(color);
  if (!explain) return out;
  Table inputs({{"input", Table::Align::kLeft, 34, true},
                {"value"},
                {"interval"},
                {"source", Table::Align::kLeft, 30, true}});
  for (const auto& f : answer.inputs) inputs.row({f.name, figure(f.value, f.unit), interval(f), f.text});
  return out + "\n" + inputs.render(color);
}

Json figures_json(const std::vector<engine::PlainFigure>& list, const char* text) {
  Json out = Json::array();
  for (const auto& f : list)
    out.push_back({{"name", f.name},
                   {"value", f.value},
                   {"unit", f.unit},
                   {"low", f.low},
                   {"high", f.high},
                   {text, f.text}});
  return out;
}

Answered answer_ask(const AskQuestion& asked, const Context& context) {
  AskQuestion q = asked;
  base::Diagnostics read;
  const auto own = engine::with_own_model(context.knowledge, q.model, read);
  if (!own) return tl::unexpected(own.error());
  const auto found = engine::answer_plainly(*own ? **own : context.knowledge, q);
  Answer out;
  if (!found) {
    if (found.error().front().code != "no-plan") return tl::unexpected(found.error());
    out.no = No{found.error().front().message, found.error().front().hint, true};
    return out;
  }
  out.json = {{"question", found->question},
              {"answers", figures_json(found->answers, "formula")},
              {"inputs", figures_json(found->inputs, "source")}};
  out.text = [found = *found, explain = q.explain](bool color) { return plain_text(found, explain, color); };
  out.notes = found->notes;
  for (const auto& note : read) out.notes.push_back(note.message);
  if (q.save.given()) out.files["save"] = found->scenario;
  return out;
}

}  // namespace

Command ask() {
  return make_command<answer_ask>(
      {.name = "ask",
       .summary = "A question without a file: what a gigawatt feeds, costs, trains, serves",
       .answer = "question, answers: name, value, unit, low, high, formula; inputs: the same with source"});
}

}  // namespace gigawatt::ask
