#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "gigawatt/cli/commands.h"
#include "gigawatt/engine/step_subject.h"
#include "gigawatt/interop/emit.h"
#include "gigawatt/report/plan_json.h"
#include "gigawatt/report/step_trace.h"
#include "gigawatt/report/text.h"
#include "gigawatt/step/step.h"
#include "gigawatt/units/parse.h"

namespace gigawatt::cli {
namespace {

std::string result_text(const StepArguments& a, const engine::StepSubject& subject,
                        const step::ParallelPlan& plan, const step::StepResult& r, bool colour) {
  using report::Table;
  std::string out = fmt::format(
      "{} on {} x {}, {}\n\n", subject.model.title.empty() ? subject.model.name : subject.model.title,
      units::format_number(static_cast<double>(a.gpus), 1), subject.accelerator.title, step::to_string(plan));
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
  out += time.render(colour) + "\n";
  Table memory({{"memory", Table::Align::kLeft}, {"GB"}, {"of limit"}});
  const auto row = [&](std::string name, double bytes) {
    memory.row({std::move(name), fmt::format("{:.2f}", bytes / 1e9),
                fmt::format("{:.1f}%", 100 * bytes / r.memory.limit_bytes)});
  };
  for (std::size_t i = 0; i < step::kMemoryParts; ++i)
    if (r.memory.bytes[i] > 0) row(std::string(step::kMemoryPartNames[i]), r.memory.bytes[i]);
  row("peak", r.memory.peak_bytes);
  row("limit", r.memory.limit_bytes);
  out += memory.render(colour);
  if (!r.memory.fits)
    out += fmt::format("\nThis plan does not fit: {:.1f} GB too much on pipeline stage {}.\n",
                       (r.memory.peak_bytes - r.memory.limit_bytes) / 1e9, r.memory.peak_stage);
  return out;
}

int refuse(const step::PlanError& error, const Common& common, Console& console) {
  if (common.json)
    console.print(
        nlohmann::ordered_json{{"feasible", false}, {"reason", error.message}, {"hint", error.hint}}.dump(2) +
        "\n");
  console.error(
      fmt::format("no: {}\n{}", error.message, error.hint.empty() ? "" : "hint: " + error.hint + "\n"));
  return kNo;
}

}  // namespace

int step_command(const StepArguments& a, const Common& common, Console& console) {
  const auto known = knowledge(common);
  const auto subject = engine::resolve_subject(known, a.model, a.system, a.software);
  if (!subject) throw InputError(subject.error());
  const auto asked = engine::step_request(a, *subject);
  if (!asked) throw InputError(asked.error());
  const step::StepRequest& request = *asked;
  std::optional<OutputFile> trace;
  if (!a.trace.empty()) trace.emplace(a.trace);
  const auto result = step::evaluate(request, known.calibration);
  if (!result) return refuse(result.error(), common, console);
  if (trace) {
    for (const auto rank : a.trace_ranks)
      if (rank >= request.plan.pp)
        throw InputError(
            fmt::format("--trace-ranks: there is no pipeline rank {}: 0 to {}", rank, request.plan.pp - 1));
    const auto schedule = step::priced_schedule(request, known.calibration);
    if (!schedule)
      throw InputError(fmt::format("--trace: {}; try {}", schedule.error().message, schedule.error().hint));
    trace->write(report::step_trace(
        *schedule, *result, engine::accelerator_power(known.catalog, subject->system), a.trace_ranks));
  }
  const std::string emitted = a.emit.empty() ? "" : interop::emit(*interop::parse_framework(a.emit), request);
  if (common.json) {
    auto json = report::step_json(*subject, request, *result);
    if (!a.emit.empty()) json["emit"] = {{"framework", a.emit}, {"text", emitted}};
    console.print(json.dump(2) + "\n");
  } else {
    console.print(a.emit.empty() ? result_text(a, *subject, request.plan, *result, console.colour())
                                 : emitted);
  }
  return result->memory.fits ? kDone : kNo;
}

}  // namespace gigawatt::cli
