#include "gigawatt/ask/commands/step.h"

#include <chrono>
#include <cmath>
#include <memory>
#include <utility>

#include <fmt/format.h>

#include "gigawatt/engine/search_rates.h"
#include "gigawatt/engine/step_network.h"
#include "gigawatt/interop/emit.h"
#include "gigawatt/report/plan_json.h"
#include "gigawatt/report/step_network.h"
#include "gigawatt/report/step_trace.h"
#include "gigawatt/report/text.h"
#include "gigawatt/step/step.h"
#include "gigawatt/units/parse.h"

namespace gigawatt::ask {
namespace {

constexpr double kTrillion = 1e12;

struct StepQuestion : engine::StepQuery {
  config::OutputFile trace;
  std::vector<std::int64_t> trace_ranks;  ///< empty: all
  std::string emit;                       ///< a framework's name, or empty
  engine::NetworkChoice network;
  double card_share = 1;
};

void fields(config::FieldVisitor& v, StepQuestion& q) {
  fields(v, static_cast<engine::StepQuery&>(q));
  fields(v, q.network);
  v(q.card_share, {.key = "card_share",
                   .doc = "Of its scale-out bandwidth that one accelerator keeps, whom all wait for: one of "
                          "two planes down is "
                          "0.5.",
                   .min = 0.001,
                   .max = 1});
  v(q.trace, {.key = "trace", .doc = "Write the step's timeline as a Chrome trace."});
  v(q.trace_ranks, {.key = "trace_ranks",
                    .doc = "Pipeline ranks to draw, 0,1,...; default: all.",
                    .min = 0,
                    .max = static_cast<double>(engine::kMostWays)});
  v(q.emit, {.key = "emit", .doc = "Print the plan for a framework instead: megatron, torchtitan, nemo."});
}

std::string result_text(const step::StepRequest& request, const engine::StepSubject& subject,
                        const step::StepResult& r, bool color) {
  using report::Table;
  std::string out = fmt::format("{} on {} x {}, {}\n\n",
                                subject.model.title.empty() ? subject.model.name : subject.model.title,
                                units::format_number(static_cast<double>(request.gpus), 1),
                                subject.accelerator.title, step::to_string(request.plan));
  out += fmt::format("step time   {} s   (80% interval {} … {} s)\n", units::format_number(r.step_time_s),
                     units::format_number(r.low_s), units::format_number(r.high_s));
  out +=
      fmt::format("throughput  {} tokens/s per accelerator\n", units::format_number(r.tokens_per_s_per_gpu));
  out += fmt::format("MFU         {:.1f}% (full attention)   {:.1f}% (causal)   HFU {:.1f}%\n\n", r.mfu * 100,
                     r.mfu_causal * 100, r.hfu * 100);
  Table time({{"time", Table::Align::kLeft}, {"s"}, {"share"}});
  for (std::size_t i = 0; i < step::kTimeTerms; ++i)
    if (r.time.seconds[i] > 0)
      time.row({std::string(step::kTimeTermNames[i]), fmt::format("{:.4f}", r.time.seconds[i]),
                fmt::format("{:.1f}%", 100 * r.time.seconds[i] / r.step_time_s)});
  out += time.render(color) + "\n";
  Table memory({{"memory", Table::Align::kLeft}, {"GB"}, {"of limit"}});
  const auto row = [&](std::string name, double bytes) {
    memory.row({std::move(name), fmt::format("{:.2f}", bytes / 1e9),
                fmt::format("{:.1f}%", 100 * bytes / r.memory.limit_bytes)});
  };
  for (std::size_t i = 0; i < step::kMemoryParts; ++i)
    if (r.memory.bytes[i] > 0) row(std::string(step::kMemoryPartNames[i]), r.memory.bytes[i]);
  row("peak", r.memory.peak_bytes);
  row("limit", r.memory.limit_bytes);
  out += memory.render(color);
  if (r.memory.host_bytes > 0)
    out += fmt::format("\nOn the host: {:.1f} GB per accelerator{}\n", r.memory.host_bytes / 1e9,
                       std::isfinite(r.memory.host_limit_bytes)
                           ? fmt::format(" of {:.0f} GB.", r.memory.host_limit_bytes / 1e9)
                           : std::string(" (the size of its memory is not known)."));
  if (r.memory.host_bytes > r.memory.host_limit_bytes)
    out += fmt::format(
        "\nThis plan does not fit: the hosts have {:.1f} GB per accelerator, {:.1f} GB too few.\n",
        r.memory.host_limit_bytes / 1e9, (r.memory.host_bytes - r.memory.host_limit_bytes) / 1e9);
  if (r.memory.peak_bytes > r.memory.limit_bytes)
    out += fmt::format("\nThis plan does not fit: {:.1f} GB too much on pipeline stage {}.\n",
                       (r.memory.peak_bytes - r.memory.limit_bytes) / 1e9, r.memory.peak_stage);
  return out;
}

tl::expected<std::shared_ptr<const report::StepTrace>, base::Diagnostics> trace_of(
    const StepQuestion& q, const step::StepRequest& request, const step::StepResult& result,
    const Context& context) {
  const auto wrong = [](std::string message, std::string hint = {}) {
    return tl::unexpected(base::Diagnostics{base::error("bad-trace", std::move(message), std::move(hint))});
  };
  std::vector<std::int32_t> ranks;
  for (const auto rank : q.trace_ranks) {
    if (rank >= request.plan.pp)
      return wrong(
          fmt::format("--trace-ranks: there is no pipeline rank {}: 0 to {}", rank, request.plan.pp - 1));
    ranks.push_back(static_cast<std::int32_t>(rank));
  }
  if (const double work = step::scheduled_work(result.micro_batches, request.plan);
      work > step::kMostScheduledWork)
    return wrong(fmt::format("--trace: the step's schedule has {:.0f} pieces of work", work),
                 fmt::format("at most {:.0f}: take a smaller global batch, or a larger micro-batch",
                             step::kMostScheduledWork));
  const auto schedule = step::priced_schedule(request, context.knowledge.calibration);
  if (!schedule)
    return wrong(fmt::format("--trace: {}", schedule.error().message), "try " + schedule.error().hint);
  return std::make_shared<const report::StepTrace>(
      *schedule, result, engine::accelerator_power(context.knowledge.catalog, *request.system),
      std::move(ranks));
}

/// What the step costs at the price of an accelerator-hour.
void add_cost(nlohmann::ordered_json& json, const step::StepRequest& request, const step::StepResult& result,
              const Context& context) {
  const auto hour = engine::accelerator_hour(context.knowledge.catalog, *request.system);
  const double gpu_hours = static_cast<double>(request.gpus) * result.step_time_s / 3600;
  const double tokens = static_cast<double>(request.global_batch) * static_cast<double>(request.seq_len);
  json["usd_per_gpu_hour"] = hour.usd;
  json["cost_basis"] = hour.basis();
  json["cost_usd_per_trillion_tokens"] = hour.usd * gpu_hours / tokens * kTrillion;
}

/// Times the request by its flows and says what they met.
engine::NetworkReport by_flows(const network::FlowNetwork& network, step::StepRequest& request,
                               step::StepResult& result, const Context& context) {
  const auto begin = std::chrono::steady_clock::now();
  request.flows = &network;
  const step::StepResult closed = result;
  if (const auto flow = step::evaluate(request, context.knowledge.calibration)) result = *flow;
  auto report = engine::network_report(network, closed, result);
  report.solve_s = std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
  return report;
}

Answered answer_step(const StepQuestion& q, const Context& context) {
  const auto framework = interop::parse_framework(q.emit);
  if (!q.emit.empty() && !framework)
    return tl::unexpected(base::Diagnostics{base::error(
        "unknown-name", "emit: no framework '" + q.emit.substr(0, 60) + "'", "megatron, torchtitan, nemo")});
  const auto subject = engine::subject_of(context.knowledge, q);
  if (!subject) return tl::unexpected(subject.error());
  auto request = engine::step_request(q, *subject);
  if (!request) return tl::unexpected(request.error());
  request->card_share = q.card_share;
  auto result = step::evaluate(*request, context.knowledge.calibration);
  Answer out;
  if (!result) {
    out.no = No{result.error().message, result.error().hint, true, "illegal_plan"};
    return out;
  }
  const auto network =
      engine::flow_network(context.knowledge.catalog, q.network, *request, context.seed.value_or(1));
  if (!network) return tl::unexpected(network.error());
  std::optional<engine::NetworkReport> met;
  if (*network != nullptr) met = by_flows(**network, *request, *result, context);
  if (q.trace.given()) {
    auto trace = trace_of(q, *request, *result, context);
    if (!trace) return tl::unexpected(trace.error());
    if (auto cut = (*trace)->left_out(); !cut.empty()) out.notes.push_back("the trace is cut: " + cut);
    out.files["trace"] = FileContent([trace = *trace](std::ostream& to) { trace->write(to); });
  }
  request->flows = nullptr;  // lives no longer than this call
  out.json = report::step_json(*subject, *request, *result);
  if (met) out.json["network"] = report::step_network_json(*met);
  for (const auto& note : subject->notes) out.notes.push_back(note.message);
  add_cost(out.json, *request, *result, context);
  if (const std::string why = framework ? interop::cannot_emit(*framework, *request) : ""; !why.empty())
    return tl::unexpected(base::Diagnostics{base::error("cannot-say", "emit: " + why)});
  const std::string emitted = framework ? interop::emit(*framework, *request) : "";
  if (!emitted.empty()) {
    out.json["emit"] = {{"framework", q.emit}, {"text", emitted}};
    out.text = [emitted](bool) { return emitted; };
  } else {
    // Written only for whoever reads it: programs ask for many steps.
    out.text = [asked = *request, about = *subject, found = *result, met](bool color) {
      return result_text(asked, about, found, color) + (met ? report::step_network_text(*met, color) : "");
    };
  }
  if (!result->memory.fits) out.no = No{"the plan does not fit in memory", ""};
  return out;
}

}  // namespace

Command step() {
  return make_command<answer_step>(
      {.name = "step",
       .summary = "One training step, explained",
       .weight = Weight::kLight,
       .answer = "what `gigawatt step --json` prints: the step's time, memory, interval and cost",
       .draws = true});
}

}  // namespace gigawatt::ask
