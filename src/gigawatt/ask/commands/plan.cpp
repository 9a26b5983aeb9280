#include "gigawatt/ask/commands/plan.h"

#include <memory>

#include <fmt/format.h>

#include "gigawatt/base/version.h"
#include "gigawatt/engine/plan_question.h"
#include "gigawatt/report/build_plan.h"
#include "gigawatt/report/html.h"
#include "gigawatt/report/json.h"

namespace gigawatt::ask {
namespace {

constexpr std::int64_t kFewSamples = 32;
constexpr std::int64_t kPagePoints = 7;  ///< of the frontier on a page, where nobody says how many

struct PlanQuestion {
  config::InputText scenario;
  std::string maximize, minimize;
  std::vector<std::string> target, set;
  std::optional<base::SimTime> by, known, revise;
  double time_limit_s = 60;
  double gap = 1e-3;
  std::int64_t frontier = 0;
  bool robust = false, tornado = false;
  std::optional<double> break_even;
  std::int64_t sobol = 0;
  engine::PlanFigure sobol_of = engine::PlanFigure::kGoal;
  std::vector<std::string> vary;
  std::vector<std::string> model;
  config::OutputFile out, report;
};

void fields(config::FieldVisitor& v, PlanQuestion& q) {
  v(q.scenario,
    {.key = "scenario", .doc = "Scenario with a [plan] table.", .required = true, .positional = true});
  v(q.maximize,
    {.key = "maximize", .doc = "training_flop, tokens or accelerators; default: the file's goal."});
  v(q.minimize, {.key = "minimize", .doc = "cost, for a target; default: the file's goal."});
  v(q.by, {.key = "by", .doc = "Date that the goal counts until; default: the file's."});
  v(q.target,
    {.key = "target",
     .doc = "What must be reached: accelerators=100k, power=\"1 GW\", training_flop=1e27, tokens=1e15, "
            "train=MODEL:TOKENS; default: the file's.",
     .one_or_list = true,
     .verbatim = true});
  v(q.time_limit_s, {.key = "time_limit",
                     .doc = "Time for the search.",
                     .unit = "s",
                     .min = 0,
                     .max = 86'400,
                     .bare_unit = true});
  v(q.gap, {.key = "gap",
            .doc = "Relative distance to the bound at which the search may stop.",
            .min = 0,
            .max = 1});
  v(q.frontier, {.key = "frontier",
                 .doc = "Also the best plans of so many budgets, from half of the file's to 1.5 of it.",
                 .min = 0,
                 .max = 200});
  v(q.robust,
    {.key = "robust", .doc = "Also what to order now and what later, over the file's cases of lead times."});
  v(q.tornado, {.key = "tornado", .doc = "Also the best plans at both ends of each input's range."});
  v(q.break_even,
    {.key = "break_even",
     .doc = "Also which value of each input alone brings the plan to this value of the goal (FLOP, tokens, "
            "accelerators, USD).",
     .min = 0});
  v(q.sobol,
    {.key = "sobol",
     .doc = "Also which share of the goal's variance each input has, over so many samples (each takes a "
            "plan for each input, and two).",
     .min = 0,
     .max = 4096});
  v.choice(q.sobol_of, engine::kPlanFigures,
           {.key = "sobol_of", .doc = "Whose variance that is: goal, capex_usd, cost_usd or accelerators."});
  v(q.vary,
    {.key = "vary",
     .doc =
         "A further input of tornado, break-even and shares of variance: KEY=LOW..HIGH of any key of the "
         "scenario, budget.2027.capex=\"8 GUSD\"..\"12 GUSD\", or KEY alone over the range that it carries.",
     .one_or_list = true,
     .verbatim = true});
  v(q.model,
    {.key = "model",
     .doc = "Also what a training costs at the plan's cost of a FLOP: MODEL:TOKENS, llama3.1-405b:15T.",
     .one_or_list = true,
     .verbatim = true});
  v(q.known,
    {.key = "known",
     .doc = "Plan with what was known on this day; also the regret, in the world as it is known last."});
  v(q.revise, {.key = "revise",
               .doc = "Day on which such a plan is made again; default: the file's `decide`, else never."});
  v(q.set, {.key = "set",
            .doc = "Change the file: plan.by=2029-01-01, budget.2027.capex=\"10 GUSD\".",
            .one_or_list = true,
            .verbatim = true});
  v(q.out, {.key = "out", .doc = "Write the plan as a scenario that gigawatt run takes."});
  v(q.report, {.key = "report", .doc = "Write the plan and its run as a self-contained HTML page."});
}

/// The page of the plan's run, with the plan in it.
std::string page(const engine::PlanAnswer::Shown& run, const nlohmann::ordered_json& answer) {
  auto document = report::run_document(run.inputs, run.output, base::program_name());
  document["plan"] = answer;
  document["plan"].erase("check");
  return report::html_page(document.dump());
}

Answered answer_plan(const PlanQuestion& q, const Context& context) {
  engine::PlanQuestion asked;
  asked.text = q.scenario.text;
  asked.name = q.scenario.name;
  asked.overrides = q.set;
  asked.maximize = q.maximize;
  asked.minimize = q.minimize;
  asked.targets = q.target;
  asked.by = q.by;
  asked.time_limit_s = q.time_limit_s;
  asked.relative_gap = q.gap;
  asked.frontier = static_cast<int>(q.report.given() && q.frontier == 0 ? kPagePoints : q.frontier);
  asked.robust = q.robust;
  asked.tornado = q.tornado;
  asked.break_even = q.break_even;
  asked.sobol = static_cast<int>(q.sobol);
  asked.sobol_of = q.sobol_of;
  asked.vary = q.vary;
  asked.seed = context.seed.value_or(1);
  asked.run_seed = context.seed;
  asked.page = q.report.given();
  if (q.scenario.file) asked.folder = std::filesystem::path(q.scenario.name).parent_path();
  asked.models = q.model;
  asked.known = q.known;
  asked.revise = q.revise;
  auto found = engine::answer_plan(asked, context.knowledge, context.data);
  if (!found) return tl::unexpected(found.error());
  const auto kept = std::make_shared<const engine::PlanAnswer>(std::move(*found));
  Answer out;
  out.json = report::build_plan_json(*kept);
  out.notes = kept->compiled.notes;
  if (q.sobol > 0 && q.sobol < kFewSamples)
    out.notes.push_back(
        fmt::format("{} samples say little of shares of a variance: {} and more", q.sobol, kFewSamples));
  if (!kept->solved()) {
    out.no = No{report::build_plan_refusal(*kept),
                kept->answer.status == solver::Status::kNoSolution ? "give a longer --time-limit" : "", false,
                "no-plan"};
    out.text = [](bool) { return std::string(); };
    return out;
  }
  out.text = [kept](bool color) { return report::build_plan_text(*kept, color); };
  if (q.out.given()) out.files["out"] = kept->scenario;
  if (kept->shown) out.files["report"] = page(*kept->shown, out.json);
  return out;
}

}  // namespace

Command plan() {
  return make_command<answer_plan>(
      {.name = "plan",
       .summary = "The build-out that does most under budgets, lead times, chip supply and grid dates",
       .answer = "objective, bound, gap, status, phases, supply, deliveries, spend by quarter, binding, "
                 "money, slips, "
                 "check against its own run, scenario",
       .draws = true});
}

}  // namespace gigawatt::ask
