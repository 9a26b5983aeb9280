#include <chrono>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "gigawatt/cli/commands.h"
#include "gigawatt/engine/search_rates.h"
#include "gigawatt/engine/step_subject.h"
#include "gigawatt/interop/emit.h"
#include "gigawatt/report/plan_json.h"
#include "gigawatt/report/text.h"
#include "gigawatt/search/search.h"
#include "gigawatt/units/parse.h"

namespace gigawatt::cli {
namespace {

std::string candidates_text(const std::vector<search::Candidate>& list, bool colour) {
  using report::Table;
  Table table({{"step s"}, {"MFU"}, {"memory GB"}, {"plan", Table::Align::kLeft, 70}});
  for (const auto& c : list)
    table.row({fmt::format("{:.4f}", c.step_time_s), fmt::format("{:.1f}%", c.mfu * 100),
               fmt::format("{:.1f}", c.peak_memory_bytes / 1e9), step::to_string(c.plan)});
  return table.render(colour);
}

}  // namespace

int search_command(const SearchArguments& a, const Common& common, Console& console) {
  const auto known = knowledge(common);
  const auto subject = engine::resolve_subject(known, a.model, a.system, a.software);
  if (!subject) throw InputError(subject.error());
  step::StepRequest request = subject->request();
  request.gpus = a.gpus;
  request.seq_len = a.seq;
  request.global_batch = a.global_batch;
  const auto precision = engine::precision_named(a.precision);
  if (!precision) throw InputError({precision.error()});
  request.plan.precision = *precision;
  search::SearchOptions options;
  options.top = a.top;
  options.objective = a.objective == "cost"     ? search::Objective::kCost
                      : a.objective == "energy" ? search::Objective::kEnergy
                                                : search::Objective::kTime;
  options.constraints.max_memory_bytes = a.max_memory_gb * 1e9;
  options.constraints.precision = {request.plan.precision};
  options.rates = engine::search_rates(known.catalog, subject->system);

  const auto begin = std::chrono::steady_clock::now();
  const auto found = search::search(request, known.calibration, options);
  const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
  std::string emitted;
  if (!a.emit.empty() && !found.best.empty()) {
    request.plan = found.best.front().plan;
    emitted = interop::emit(*interop::parse_framework(a.emit), request);
  }
  if (common.json) {
    auto json = report::search_json(found, seconds);
    if (!emitted.empty()) json["emit"] = {{"framework", a.emit}, {"text", emitted}};
    console.print(json.dump(2) + "\n");
  } else if (!emitted.empty()) {
    console.print(emitted);
  } else if (!found.best.empty()) {
    console.print(candidates_text(found.best, console.colour()));
    console.print("\nstep time against memory, nothing better in both:\n" +
                  candidates_text(found.pareto, console.colour()));
    const auto count = [](std::uint64_t n) { return units::format_number(static_cast<double>(n), 1); };
    console.print(fmt::format("\n{} candidates, {} legal, {} fit, {:.2f} s\n", count(found.evaluated),
                              count(found.legal), count(found.fit), seconds));
  }
  if (!found.best.empty()) return kDone;
  console.error("no: " + report::why_no_plan(found) + "\n");
  return kNo;
}

}  // namespace gigawatt::cli
