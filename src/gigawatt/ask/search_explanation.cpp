#include "gigawatt/ask/search_explanation.h"

#include <algorithm>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "gigawatt/engine/step_query.h"
#include "gigawatt/report/plan_json.h"
#include "gigawatt/report/text.h"

namespace gigawatt::ask {
namespace {

using Json = nlohmann::ordered_json;
using report::Table;

constexpr std::size_t kLevers = 3;

Json plan_entry(const ExplainedPlan& e) {
  Json time = Json::object(), alternatives = Json::array(), levers = Json::array();
  for (std::size_t i = 0; i < step::kTimeTerms; ++i)
    time[std::string(step::kTimeTermNames[i])] = e.result.time.seconds[i];
  for (const auto& n : e.alternatives)
    alternatives.push_back({{"change", n.change},
                            {"plan", step::to_string(n.plan)},
                            {"legal", n.result.has_value()},
                            {"fits", n.fits},
                            {"step_time_s", n.result ? Json(n.result->step_time_s) : Json()},
                            {"memory_gb", n.result ? Json(n.result->memory.peak_bytes / 1e9) : Json()},
                            {"stops", n.stops}});
  for (const auto& l : e.levers)
    levers.push_back(
        {{"change", l.change}, {"step_time_s", l.step_time_s}, {"saved_pct", 100 * l.saved_share}});
  return {{"name", e.name},
          {"plan", report::plan_json(e.plan)},
          {"step_time_s", e.result.step_time_s},
          {"memory_gb", e.result.memory.peak_bytes / 1e9},
          {"fits", e.result.memory.fits},
          {"needs", e.needs},
          {"time", time},
          {"alternatives", alternatives},
          {"would_help", levers}};
}

std::string terms_text(const std::vector<ExplainedPlan>& plans, bool color) {
  std::vector<Table::Column> columns = {{"seconds", Table::Align::kLeft}};
  for (const auto& e : plans) columns.push_back({e.name});
  Table table(columns);
  const auto row = [&](std::string name, const auto& value) {
    std::vector<std::string> cells = {std::move(name)};
    for (const auto& e : plans) cells.push_back(value(e));
    table.row(std::move(cells));
  };
  for (std::size_t i = 0; i < step::kTimeTerms; ++i)
    if (std::any_of(plans.begin(), plans.end(), [&](const auto& e) { return e.result.time.seconds[i] > 0; }))
      row(std::string(step::kTimeTermNames[i]),
          [&](const ExplainedPlan& e) { return fmt::format("{:.4f}", e.result.time.seconds[i]); });
  row("step", [](const ExplainedPlan& e) { return fmt::format("{:.4f}", e.result.step_time_s); });
  row("memory GB",
      [](const ExplainedPlan& e) { return fmt::format("{:.1f}", e.result.memory.peak_bytes / 1e9); });
  return table.render(color);
}

std::string alternatives_text(const ExplainedPlan& e, bool color) {
  std::string out =
      fmt::format("\nwhat stops the alternatives to the {} plan, {}\n", e.name, step::to_string(e.plan));
  Table table({{"change", Table::Align::kLeft, 36}, {"step s"}, {"GB"}, {"", Table::Align::kLeft, 60, true}});
  for (const auto& n : e.alternatives)
    table.row({n.change, n.result ? fmt::format("{:.4f}", n.result->step_time_s) : "",
               n.result ? fmt::format("{:.1f}", n.result->memory.peak_bytes / 1e9) : "",
               !n.stops.empty()   ? n.stops
               : e.name == "best" ? "better, and not among what was searched"
                                  : "better"});
  out += table.render(color);
  if (!e.levers.empty()) out += "\nwhat would help most\n";
  for (const auto& l : e.levers)
    out += fmt::format("  {:<40} {:.4f} s  -{:.1f}%\n", l.change, l.step_time_s, 100 * l.saved_share);
  return out;
}

}  // namespace

Json SearchExplanation::json() const {
  Json out = Json::array();
  for (const auto& e : plans) out.push_back(plan_entry(e));
  return out;
}

std::string SearchExplanation::text(bool color) const {
  if (plans.empty()) return "";
  std::string out = "\n" + terms_text(plans, color);
  for (const auto& e : plans)
    if (!e.needs.empty())
      out += fmt::format("the framework does not run the {} plan: it needs {}\n", e.name, e.needs);
  for (const auto& e : plans)
    if (!e.alternatives.empty()) out += alternatives_text(e, color);
  return out;
}

tl::expected<SearchExplanation, std::string> explain_search(const step::StepRequest& request,
                                                            const step::Calibration& calibration,
                                                            const step::Capabilities& framework,
                                                            const search::SearchOptions& options,
                                                            const search::SearchResult& found, bool explain,
                                                            const std::string& compare) {
  SearchExplanation out;
  std::string wrong;
  const auto add = [&](std::string name, const step::ParallelPlan& plan, bool in_full) {
    step::StepRequest r = request;
    r.plan = plan;
    const auto result = step::evaluate(r, calibration);
    if (!result) {
      wrong = fmt::format("{}; {}", result.error().message, result.error().hint);
      return;
    }
    ExplainedPlan e{std::move(name), plan, *result, {}, {}, step::beyond(framework, plan)};
    if (in_full) {
      e.alternatives = search::alternatives(r, calibration, options.constraints.max_memory_bytes);
      e.levers = search::levers(r, calibration, options, kLevers);
    }
    out.plans.push_back(std::move(e));
  };
  if (explain || !compare.empty()) {
    add("best", found.best.front().plan, true);
    if (found.best.size() > 1) add("second", found.best[1].plan, false);
  }
  if (!compare.empty()) {
    const auto plan = engine::plan_in_words(compare, request.gpus);
    if (!plan) return tl::unexpected(plan.error());
    add("compared", *plan, true);
  }
  if (!wrong.empty()) return tl::unexpected(std::move(wrong));
  return out;
}

}  // namespace gigawatt::ask
