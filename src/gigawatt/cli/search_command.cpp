#include <charconv>
#include <chrono>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "gigawatt/cli/commands.h"
#include "gigawatt/engine/search_rates.h"
#include "gigawatt/engine/step_subject.h"
#include "gigawatt/interop/emit.h"
#include "gigawatt/report/plan_json.h"
#include "gigawatt/report/text.h"
#include "gigawatt/search/alternatives.h"
#include "gigawatt/search/levers.h"
#include "gigawatt/search/refusal.h"
#include "gigawatt/search/scaling.h"
#include "gigawatt/units/parse.h"

namespace gigawatt::cli {
namespace {

using Json = nlohmann::ordered_json;
using report::Table;

constexpr std::size_t kLevers = 3;
constexpr std::size_t kPlanWidth = 66;  ///< with the numbers before it a terminal's width
constexpr std::size_t kScalingPlanWidth = 36;
constexpr std::size_t kFrontRows = 12;

std::string count(double n) { return units::format_number(n, 1); }

/// At most `most` of the list, evenly chosen, ends included.
std::string candidates_text(const std::vector<search::Candidate>& list, bool colour, std::size_t most) {
  Table table({{"step s"}, {"MFU"}, {"memory GB"}, {"plan", Table::Align::kLeft, kPlanWidth, true}});
  const std::size_t rows = std::min(most, list.size());
  for (std::size_t i = 0; i < rows; ++i) {
    const auto& c = list[rows < 2 ? 0 : i * (list.size() - 1) / (rows - 1)];
    table.row({fmt::format("{:.4f}", c.step_time_s), fmt::format("{:.1f}%", c.mfu * 100),
               fmt::format("{:.1f}", c.peak_memory_bytes / 1e9), step::to_string(c.plan)});
  }
  return table.render(colour);
}

std::string front_text(const std::vector<search::Candidate>& front, bool colour) {
  std::string title = "step time against memory, nothing better in both";
  if (front.size() > kFrontRows)
    title += fmt::format(" ({} of {}; --json has all)", kFrontRows, front.size());
  return "\n" + title + ":\n" + candidates_text(front, colour, kFrontRows);
}

struct Range {
  std::int64_t first = 0;
  std::int64_t last = 0;
};

Range range_of(const std::string& text) {
  const auto number = [&](std::string_view part) {
    std::int64_t n = 0;
    const auto [end, error] = std::from_chars(part.data(), part.data() + part.size(), n);
    if (error != std::errc() || end != part.data() + part.size() || n < 1 || n > engine::kMostAccelerators)
      throw InputError(
          fmt::format("--gpus: '{}' is no number of accelerators from 1 to {}, nor a range like 1024..16384",
                      text, engine::kMostAccelerators));
    return n;
  };
  const auto dots = text.find("..");
  if (dots == std::string::npos) return {number(text), number(text)};
  const Range r{number(std::string_view(text).substr(0, dots)),
                number(std::string_view(text).substr(dots + 2))};
  if (r.first > r.last)
    throw InputError(fmt::format("--gpus: the range {} is empty; {}..{}", text, r.last, r.first));
  return r;
}

template <typename Parse>
auto parsed(const char* option, const std::vector<std::string>& words, const Parse& parse) {
  std::vector<std::decay_t<decltype(*parse(words.front()))>> out;
  for (const auto& word : words) {
    const auto value = parse(word);
    if (!value) throw InputError(fmt::format("{}: {}", option, value.error()));
    out.push_back(*value);
  }
  return out;
}

search::SearchOptions options_of(const SearchArguments& a, const step::StepRequest& request) {
  search::SearchOptions o;
  o.top = a.top;
  o.exhaustive = a.exhaustive;
  o.objective = a.objective == "cost"     ? search::Objective::kCost
                : a.objective == "energy" ? search::Objective::kEnergy
                                          : search::Objective::kTime;
  auto& c = o.constraints;
  c.tp = a.tp;
  c.cp = a.cp;
  c.pp = a.pp;
  c.dp = a.dp;
  c.vpp = a.vpp;
  c.ep = a.ep;
  c.etp = a.etp;
  c.micro_batch = a.micro_batch;
  c.zero_stage = a.zero;
  c.shard_group = a.shard_group;
  c.recompute = parsed("--recompute", a.recompute, step::parse_recompute);
  c.schedule = parsed("--schedule", a.schedule, step::parse_schedule);
  for (const auto& word : a.precision.empty() ? std::vector<std::string>{"bf16"} : a.precision) {
    const auto precision = engine::precision_named(word);
    if (!precision) throw InputError({precision.error()});
    c.precision.push_back(*precision);
  }
  const auto offload = [&](const char* own) {
    return a.offload == "any"                        ? search::Choice::kEither
           : a.offload == own || a.offload == "both" ? search::Choice::kOn
                                                     : search::Choice::kOff;
  };
  c.offload_optimizer = offload("optimizer");
  c.offload_activations = offload("activations");
  c.sequence_parallel = a.no_sequence_parallel ? search::Choice::kEither : search::Choice::kOn;
  c.cuda_graphs = search::choice_named(a.cuda_graphs);
  c.partial_recompute = a.partial_recompute;
  c.uneven_splits = !a.even_splits;
  c.max_pipeline_depth = a.max_pipeline;
  c.experts_in_scaleup = a.experts_in_scaleup;
  const double own = request.accelerator->memory_bytes;
  c.max_memory_bytes = a.max_memory_gb * 1e9;
  if (a.headroom > 0)
    c.max_memory_bytes =
        (a.max_memory_gb > 0 ? std::min(c.max_memory_bytes, own) : own) * (1 - a.headroom / 100);
  return o;
}

/// A plan beside others, with what explains it.
struct Explained {
  std::string name;
  step::ParallelPlan plan;
  step::StepResult result;
  std::vector<search::Alternative> alternatives;
  std::vector<search::Lever> levers;
};

class Explanation {
 public:
  Explanation(const SearchArguments& a, const step::StepRequest& request,
              const step::Calibration& calibration, const search::SearchOptions& options,
              const search::SearchResult& found)
      : request_(request), calibration_(calibration), options_(options) {
    if (a.explain || !a.compare.empty()) {
      add("best", found.best.front().plan, true);
      if (found.best.size() > 1) add("second", found.best[1].plan, false);
    }
    if (a.compare.empty()) return;
    auto plan = step::parse_plan(a.compare);
    if (!plan) throw InputError("--compare: " + plan.error());
    if (a.compare.find("DP") == std::string::npos && a.compare.find("dp") == std::string::npos)
      plan->dp = static_cast<std::int32_t>(
          std::max<std::int64_t>(1, request.gpus / (std::int64_t{plan->tp} * plan->cp * plan->pp)));
    add("compared", *plan, true);
  }

  Json json() const {
    Json out = Json::array();
    for (const auto& e : all_) {
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
      out.push_back({{"name", e.name},
                     {"plan", report::plan_json(e.plan)},
                     {"step_time_s", e.result.step_time_s},
                     {"memory_gb", e.result.memory.peak_bytes / 1e9},
                     {"fits", e.result.memory.fits},
                     {"time", time},
                     {"alternatives", alternatives},
                     {"would_help", levers}});
    }
    return out;
  }

  std::string text(bool colour) const {
    if (all_.empty()) return "";
    std::string out = "\n" + terms(colour);
    for (const auto& e : all_) {
      if (e.alternatives.empty()) continue;
      out +=
          fmt::format("\nwhat stops the alternatives to the {} plan, {}\n", e.name, step::to_string(e.plan));
      Table table(
          {{"change", Table::Align::kLeft, 36}, {"step s"}, {"GB"}, {"", Table::Align::kLeft, 60, true}});
      for (const auto& n : e.alternatives)
        table.row({n.change, n.result ? fmt::format("{:.4f}", n.result->step_time_s) : "",
                   n.result ? fmt::format("{:.1f}", n.result->memory.peak_bytes / 1e9) : "",
                   !n.stops.empty()   ? n.stops
                   : e.name == "best" ? "better, and not among what was searched"
                                      : "better"});
      out += table.render(colour);
      if (!e.levers.empty()) out += "\nwhat would help most\n";
      for (const auto& l : e.levers)
        out += fmt::format("  {:<40} {:.4f} s  -{:.1f}%\n", l.change, l.step_time_s, 100 * l.saved_share);
    }
    return out;
  }

 private:
  void add(std::string name, const step::ParallelPlan& plan, bool in_full) {
    step::StepRequest r = request_;
    r.plan = plan;
    const auto result = step::evaluate(r, calibration_);
    if (!result)
      throw InputError(fmt::format("--compare: {}; {}", result.error().message, result.error().hint));
    Explained e{std::move(name), plan, *result, {}, {}};
    if (in_full) {
      e.alternatives = search::alternatives(r, calibration_, options_.constraints.max_memory_bytes);
      e.levers = search::levers(r, calibration_, options_, kLevers);
    }
    all_.push_back(std::move(e));
  }

  std::string terms(bool colour) const {
    std::vector<Table::Column> columns = {{"seconds", Table::Align::kLeft}};
    for (const auto& e : all_) columns.push_back({e.name});
    Table table(columns);
    const auto row = [&](std::string name, const auto& value) {
      std::vector<std::string> cells = {std::move(name)};
      for (const auto& e : all_) cells.push_back(value(e));
      table.row(std::move(cells));
    };
    for (std::size_t i = 0; i < step::kTimeTerms; ++i) {
      const bool any = std::any_of(all_.begin(), all_.end(),
                                   [&](const Explained& e) { return e.result.time.seconds[i] > 0; });
      if (any)
        row(std::string(step::kTimeTermNames[i]),
            [&](const Explained& e) { return fmt::format("{:.4f}", e.result.time.seconds[i]); });
    }
    row("step", [](const Explained& e) { return fmt::format("{:.4f}", e.result.step_time_s); });
    row("memory GB",
        [](const Explained& e) { return fmt::format("{:.1f}", e.result.memory.peak_bytes / 1e9); });
    return table.render(colour);
  }

  const step::StepRequest& request_;
  const step::Calibration& calibration_;
  const search::SearchOptions& options_;
  std::vector<Explained> all_;
};

std::string hint_of(const search::SearchResult& found, const step::StepRequest& request,
                    const step::Calibration& calibration, const search::SearchOptions& options) {
  if (found.legal == 0) return found.last_refusal.hint;
  return search::nearest_fit(request, calibration, options);
}

int refuse(const std::string& reason, const std::string& hint, Json document, const Common& common,
           Console& console) {
  if (common.json) {
    document["feasible"] = false;
    document["reason"] = reason;
    document["hint"] = hint;
    console.print(document.dump(2) + "\n");
  }
  console.error(fmt::format("no: {}\n{}", reason, hint.empty() ? "" : "hint: " + hint + "\n"));
  return kNo;
}

int search_range(const SearchArguments& a, const Range& range, const step::StepRequest& request,
                 const step::Calibration& calibration, const search::SearchOptions& options,
                 const Common& common, Console& console) {
  const auto points =
      search::scaling(request, calibration, options, search::doublings(range.first, range.last), a.weak);
  Json front = Json::array();
  Table table({{"GPUs"},
               {"batch"},
               {"step s"},
               {"MFU"},
               {"M tokens/s"},
               {"efficiency"},
               {"GB"},
               {"plan", Table::Align::kLeft, kScalingPlanWidth, true}});
  bool any = false;
  for (const auto& p : points) {
    const auto gpus = count(static_cast<double>(p.gpus)), batch = count(static_cast<double>(p.global_batch));
    if (p.found.best.empty()) {
      table.row({gpus, batch, "-", "-", "-", "-", "-", report::why_no_plan(p.found)});
      continue;
    }
    any = true;
    const auto& best = p.found.best.front();
    if (p.on_front)
      front.push_back(
          {{"gpus", p.gpus}, {"step_time_s", best.step_time_s}, {"tokens_per_s", p.tokens_per_s}});
    table.row({gpus, batch, fmt::format("{:.4f}", best.step_time_s), fmt::format("{:.1f}%", 100 * best.mfu),
               fmt::format("{:.2f}", p.tokens_per_s / 1e6), fmt::format("{:.1f}%", 100 * p.efficiency),
               fmt::format("{:.1f}", best.peak_memory_bytes / 1e9), step::to_string(best.plan)});
  }
  Json document = {{"scaling_kind", a.weak ? "weak" : "strong"},
                   {"scaling", report::scaling_json(points)},
                   {"gpu_front", front}};
  if (!any)
    return refuse("no plan fits at any size: " + report::why_no_plan(points.back().found), "", document,
                  common, console);
  console.print(common.json ? document.dump(2) + "\n" : table.render(console.colour()));
  return kDone;
}

}  // namespace

int search_command(const SearchArguments& a, const Common& common, Console& console) {
  const Range range = range_of(a.gpus);
  const auto known = knowledge(common);
  const auto subject = engine::resolve_subject(known, a.model, a.system, a.software);
  if (!subject) throw InputError(subject.error());
  step::StepRequest request = subject->request();
  request.gpus = range.first;
  request.seq_len = a.seq;
  request.global_batch = a.global_batch;
  search::SearchOptions options = options_of(a, request);
  request.plan.precision = options.constraints.precision.front();
  options.rates = engine::search_rates(known.catalog, subject->system);
  if (range.first != range.last)
    return search_range(a, range, request, known.calibration, options, common, console);

  const auto begin = std::chrono::steady_clock::now();
  const auto found = search::search(request, known.calibration, options);
  const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
  Json document = report::search_json(found, seconds);
  if (found.best.empty())
    return refuse(report::why_no_plan(found), hint_of(found, request, known.calibration, options), document,
                  common, console);
  std::string emitted;
  if (!a.emit.empty()) {
    request.plan = found.best.front().plan;
    emitted = interop::emit(*interop::parse_framework(a.emit), request);
  }
  const Explanation explanation(a, request, known.calibration, options, found);
  if (common.json) {
    document["explanation"] = explanation.json();
    if (!emitted.empty()) document["emit"] = {{"framework", a.emit}, {"text", emitted}};
    console.print(document.dump(2) + "\n");
    return kDone;
  }
  if (!emitted.empty()) {
    console.print(emitted);
    return kDone;
  }
  console.print(candidates_text(found.best, console.colour(), found.best.size()));
  console.print(front_text(found.pareto, console.colour()));
  console.print(explanation.text(console.colour()));
  console.print(
      fmt::format("\n{} plans: {} evaluated, {} of them fit; {} left out by bounds; {:.2f} s\n",
                  count(static_cast<double>(found.legal)), count(static_cast<double>(found.evaluated)),
                  count(static_cast<double>(found.fit)), count(static_cast<double>(found.pruned)), seconds));
  return kDone;
}

}  // namespace gigawatt::cli
