#include "gigawatt/ask/commands/search.h"

#include <cctype>
#include <chrono>
#include <ctime>
#include <ranges>

#include <fmt/format.h>

#include "gigawatt/analysis/evidence.h"
#include "gigawatt/ask/search_explanation.h"
#include "gigawatt/base/stop.h"
#include "gigawatt/engine/plan_evidence.h"
#include "gigawatt/engine/step_network.h"
#include "gigawatt/engine/usual_step.h"
#include "gigawatt/interop/emit.h"
#include "gigawatt/report/plan_json.h"
#include "gigawatt/report/text.h"
#include "gigawatt/search/refusal.h"
#include "gigawatt/search/scaling.h"
#include "gigawatt/units/parse.h"

namespace gigawatt::ask {
namespace {

using Json = nlohmann::ordered_json;
using report::Table;

constexpr std::size_t kPlanWidth = 66;  ///< with the numbers before it a terminal's width
constexpr std::size_t kScalingPlanWidth = 36;
constexpr std::size_t kFrontRows = 12;

struct SearchQuestion : engine::SearchQuery {
  std::string compare, emit;
  engine::NetworkChoice network;
};

void fields(config::FieldVisitor& v, SearchQuestion& q) {
  fields(v, static_cast<engine::SearchQuery&>(q));
  fields(v, q.network);
  v(q.compare, {.key = "compare", .doc = "Also explain this plan: \"TP8 PP16 MB1 ZeRO1 SP\"."});
  v(q.emit, {.key = "emit", .doc = "Print the best plan for a framework: megatron, torchtitan, nemo."});
}

std::string count(double n) { return units::format_number(n, 1); }

/// A plan in words without the parts that have columns of their own.
std::string rest_of(const step::ParallelPlan& plan) {
  std::string out;
  for (const auto word : std::views::split(step::to_string(plan), ' ')) {
    const std::string_view text(word.begin(), word.end());
    const auto is = [&](std::string_view part) {
      return text.size() > part.size() && text.starts_with(part) &&
             std::isdigit(static_cast<unsigned char>(text[part.size()])) != 0;
    };
    if (is("TP") || is("CP") || is("PP") || is("VPP") || is("EP") || is("DP") || is("MB")) continue;
    out += (out.empty() ? "" : " ") + std::string(text);
  }
  return out;
}

/// The found plans in columns, each with the nearest measured run: its name, its distance, its time.
std::string best_text(const std::vector<search::Candidate>& list,
                      const std::vector<engine::PlanEvidence>& evidence, bool color) {
  Table table({{"step s"},
               {"band"},
               {"MFU"},
               {"GB"},
               {"TP"},
               {"CP"},
               {"PP"},
               {"VPP"},
               {"EP"},
               {"DP"},
               {"MB"},
               {"nearest run", Table::Align::kLeft},
               {"rest of the plan", Table::Align::kLeft, kScalingPlanWidth, true}});
  const auto whole = [](std::int32_t x) { return fmt::format("{}", x); };
  for (std::size_t i = 0; i < list.size(); ++i) {
    const auto& c = list[i];
    const auto& e = evidence[i];
    const auto& p = c.plan;
    table.row(
        {fmt::format("{:.4f}", c.step_time_s), fmt::format("{:.3g}-{:.3g}", e.low_s, e.high_s),
         fmt::format("{:.1f}%", c.mfu * 100), fmt::format("{:.1f}", c.peak_memory_bytes / 1e9), whole(p.tp),
         whole(p.cp), whole(p.pp), whole(p.vpp), whole(p.ep), whole(p.dp), whole(p.micro_batch),
         e.nearest.id.empty()
             ? "-"
             : fmt::format("{} ({:.1f}) {:.4g} s", e.nearest.id, e.nearest.distance, e.nearest.step_time_s),
         rest_of(p) + (e.needs.empty() ? "" : "; needs " + e.needs)});
  }
  return table.render(color);
}

/// At most `most` of the list, evenly chosen, ends included.
std::string candidates_text(const std::vector<search::Candidate>& list, bool color, std::size_t most) {
  Table table({{"step s"}, {"MFU"}, {"memory GB"}, {"plan", Table::Align::kLeft, kPlanWidth, true}});
  const std::size_t rows = std::min(most, list.size());
  for (std::size_t i = 0; i < rows; ++i) {
    const auto& c = list[rows < 2 ? 0 : i * (list.size() - 1) / (rows - 1)];
    table.row({fmt::format("{:.4f}", c.step_time_s), fmt::format("{:.1f}%", c.mfu * 100),
               fmt::format("{:.1f}", c.peak_memory_bytes / 1e9), step::to_string(c.plan)});
  }
  return table.render(color);
}

std::string front_text(const std::vector<search::Candidate>& front, bool color) {
  std::string title = "step time against memory, nothing better in both";
  if (front.size() > kFrontRows)
    title += fmt::format(" ({} of {}; --json has all)", kFrontRows, front.size());
  return "\n" + title + ":\n" + candidates_text(front, color, kFrontRows);
}

std::string scaling_text(const std::vector<search::ScalePoint>& points, bool color) {
  Table table({{"GPUs"},
               {"batch"},
               {"step s"},
               {"MFU"},
               {"M tokens/s"},
               {"efficiency"},
               {"GB"},
               {"plan", Table::Align::kLeft, kScalingPlanWidth, true}});
  for (const auto& p : points) {
    const auto gpus = count(static_cast<double>(p.gpus)), batch = count(static_cast<double>(p.global_batch));
    if (p.found.best.empty()) {
      table.row({gpus, batch, "-", "-", "-", "-", "-", report::why_no_plan(p.found)});
      continue;
    }
    const auto& best = p.found.best.front();
    table.row({gpus, batch, fmt::format("{:.4f}", best.step_time_s), fmt::format("{:.1f}%", 100 * best.mfu),
               fmt::format("{:.2f}", p.tokens_per_s / 1e6), fmt::format("{:.1f}%", 100 * p.efficiency),
               fmt::format("{:.1f}", best.peak_memory_bytes / 1e9), step::to_string(best.plan)});
  }
  return table.render(color);
}

/// Adds the best plans over a range of sizes; false: none fits at any.
bool add_scaling(Answer& out, const engine::SearchAsked& asked, const step::Calibration& calibration,
                 bool weak) {
  step::StepRequest request = asked.request;
  request.gpus = asked.sizes.front();
  const auto points = search::scaling(request, calibration, asked.options, asked.sizes, weak);
  Json front = Json::array();
  bool any = false;
  for (const auto& p : points) {
    any = any || !p.found.best.empty();
    if (p.on_front && !p.found.best.empty())
      front.push_back({{"gpus", p.gpus},
                       {"step_time_s", p.found.best.front().step_time_s},
                       {"tokens_per_s", p.tokens_per_s}});
  }
  out.json["scaling_kind"] = weak ? "weak" : "strong";
  out.json["scaling"] = report::scaling_json(points);
  out.json["gpu_front"] = front;
  out.text = [points](bool color) { return scaling_text(points, color); };
  if (!any) {
    out.no = No{"no plan fits at any size: " + report::why_no_plan(points.back().found), ""};
    out.text = {};
  }
  return any;
}

/// What the found plans take by closed forms, and where those would have put them.
void add_closed(Json& json, const network::FlowNetwork& network, const std::vector<search::Candidate>& closed,
                const std::vector<search::Candidate>& best) {
  json["network"] = {{"model", "flow"},
                     {"fabric", network.options().fabric->describe()},
                     {"routing", network::kRoutingNames[static_cast<std::size_t>(network.options().routing)]},
                     {"ranked", closed.size()}};
  for (std::size_t i = 0; i < best.size(); ++i)
    for (std::size_t k = 0; k < closed.size(); ++k) {
      if (!(closed[k].plan == best[i].plan)) continue;
      json["best"][i]["step_time_closed_s"] = closed[k].step_time_s;
      json["best"][i]["rank_closed"] = k + 1;
    }
}

Answered single(const SearchQuestion& q, engine::SearchAsked asked, const Context& context) {
  const step::Calibration& calibration = context.knowledge.calibration;
  step::StepRequest request = asked.request;
  constexpr std::size_t kRankedByFlows = 20;
  const auto network =
      engine::flow_network(context.knowledge.catalog, q.network, request, context.seed.value_or(1));
  if (!network) return tl::unexpected(network.error());
  const bool robust = q.robust == 0;
  const std::size_t shown = asked.options.top;
  if (robust) asked.options.top = engine::ranked_for(shown);
  if (*network) asked.options.top = std::max(asked.options.top, kRankedByFlows);
  const auto begin = std::chrono::steady_clock::now();
  const std::clock_t cpu_begin = std::clock();
  auto found = search::search(request, calibration, asked.options);
  const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
  const double cpu_seconds = static_cast<double>(std::clock() - cpu_begin) / CLOCKS_PER_SEC;
  const auto closed = found.best;
  step::StepRequest priced = request;
  if (*network) {
    priced.flows = network->get();
    try {
      const base::StopScope scope(context.stop);
      engine::rank_by_flows(priced, calibration, asked.options, found.best);
    } catch (const base::Stopped&) {
      found.best = closed;
    }
    if (!robust && found.best.size() > shown) found.best.resize(shown);
  }
  const auto rows = analysis::read_shipped_runs(context.data);
  const analysis::Evidence measured(rows ? *rows : analysis::RunTable{},
                                    context.knowledge.catalog.accelerators());
  const auto& framework =
      q.software == "any" ? context.knowledge.software.default_profile().can : request.software->can;
  auto evidence = engine::plan_evidence(measured, priced, calibration, framework, found.best);
  if (robust) engine::most_certain_first(found.best, evidence, shown);
  Answer out;
  out.json = report::search_json(found, seconds);
  out.json["candidates_per_cpu_s"] = cpu_seconds > 0 ? static_cast<double>(found.evaluated) / cpu_seconds : 0;
  out.json["seq"] = request.seq_len;
  out.json["global_batch"] = request.global_batch;
  for (std::size_t i = 0; i < evidence.size(); ++i)
    out.json["best"][i].update(report::evidence_json(evidence[i]));
  if (*network) add_closed(out.json, **network, closed, found.best);
  out.interrupted = asked.options.stop.stop_requested();
  if (found.best.empty()) {
    out.json["feasible"] = false;
    const std::string hint =
        found.legal == 0 ? found.last_refusal.hint : search::nearest_fit(request, calibration, asked.options);
    out.json["hint"] = hint;
    out.no = No{report::why_no_plan(found), hint};
    return out;
  }
  std::string emitted;
  if (!q.emit.empty()) {
    request.plan = found.best.front().plan;
    const auto wanted = *interop::parse_framework(q.emit);
    if (const std::string why = interop::cannot_emit(wanted, request); !why.empty())
      return tl::unexpected(base::Diagnostics{base::error("cannot-say", "emit: " + why)});
    emitted = interop::emit(wanted, request);
    out.json["emit"] = {{"framework", q.emit}, {"text", emitted}};
  }
  const auto explanation =
      explain_search(request, calibration, framework, asked.options, found, q.explain, q.compare);
  if (!explanation)
    return tl::unexpected(base::Diagnostics{base::error("bad-plan", "--compare: " + explanation.error())});
  out.json["explanation"] = explanation->json();
  out.text = [found, evidence, robust, explanation = *explanation, emitted, seconds,
              cpu_seconds](bool color) -> std::string {
    if (!emitted.empty()) return emitted;
    return best_text(found.best, evidence, color) +
           (robust && found.best.size() > 1 ? "ordered by the upper end of the band\n" : "") +
           front_text(found.pareto, color) + explanation.text(color) +
           fmt::format("\n{} plans: {} evaluated, {} fit; {} left out by bounds; {:.2f} s, {:.2f} CPU-s\n",
                       count(static_cast<double>(found.legal)), count(static_cast<double>(found.evaluated)),
                       count(static_cast<double>(found.fit)), count(static_cast<double>(found.pruned)),
                       seconds, cpu_seconds);
  };
  return out;
}

/// Fills in the sequence and the batch that a question leaves open; says what it took.
std::string complete(engine::SearchQuery& q, const catalog::Model& model, const Context& context) {
  if (q.seq > 0 && q.global_batch > 0) return "";
  const auto rows = analysis::read_shipped_runs(context.data);
  const auto usual = engine::usual_step(rows ? *rows : analysis::RunTable{}, model, q.seq);
  q.seq = usual.seq;
  if (q.global_batch == 0) q.global_batch = usual.global_batch;
  return fmt::format("sequences of {} tokens, {} of them a step: {}", q.seq, q.global_batch, usual.basis);
}

Answered answer_search(const SearchQuestion& question, const Context& context) {
  SearchQuestion q = question;
  const auto& known = context.knowledge;
  base::Diagnostics problems;
  if (!q.emit.empty() && !interop::parse_framework(q.emit))
    problems.push_back(base::error("unknown-name", "emit: no framework '" + q.emit.substr(0, 60) + "'",
                                   "megatron, torchtitan, nemo"));
  const auto subject = engine::resolve_subject(known, q.model, q.system, q.software);
  if (!subject) problems.insert(problems.end(), subject.error().begin(), subject.error().end());
  if (!problems.empty()) return tl::unexpected(std::move(problems));
  const std::string filled = complete(q, subject->model, context);
  auto asked = engine::search_request(known, q, *subject);
  if (!asked) return tl::unexpected(asked.error());
  asked->options.stop = context.stop;
  // A search that is stopped shows what it found: what follows it is short, and must not be stopped.
  const base::StopScope to_the_end(context.stop, true);
  Answer out;
  if (asked->gpus) {
    auto found = single(q, *asked, context);
    if (!found) return found;
    out = std::move(*found);
  }
  if (!asked->sizes.empty()) {
    const auto text = out.text;
    if (q.network.model == engine::NetworkModel::kFlow)
      out.notes.push_back("the plans over a range of sizes are ranked by closed forms");
    add_scaling(out, *asked, known.calibration, q.weak);
    if (text) out.text = text;
  }
  if (!filled.empty()) out.notes.push_back(filled);
  if (q.max_memory_gb * 1e9 > subject->accelerator.memory_bytes)
    out.notes.push_back(fmt::format("max_memory_gb {:g} limits nothing: the accelerator has {:g} GB",
                                    q.max_memory_gb, subject->accelerator.memory_bytes.value / 1e9));
  for (const auto& note : subject->notes) out.notes.push_back(note.message);
  return out;
}

}  // namespace

Command search() {
  return make_command<answer_search>(
      {.name = "search",
       .summary = "The best parallel plans",
       .weight = Weight::kHeavy,
       .answer = "what `gigawatt search --json` prints; with a range also scaling: gpus, "
                 "global_batch, best, tokens_per_s, efficiency, on_front, or reason",
       .draws = true});
}

}  // namespace gigawatt::ask
