#include "gigawatt/ask/commands/power.h"

#include <memory>

#include "gigawatt/ask/table_file.h"
#include "gigawatt/engine/power_study.h"
#include "gigawatt/engine/step_query.h"
#include "gigawatt/report/power_json.h"

namespace gigawatt::ask {
namespace {

struct PowerQuestion : engine::StepQuery {
  engine::PowerOptions options;
  config::NameOrText limit;
  config::OutputFile out;
};

void times(config::FieldVisitor& v, engine::PowerOptions& o) {
  const auto time = [&](double& x, std::string_view key, std::string_view doc) {
    v(x, {.key = key, .doc = doc, .unit = "s", .min = 0, .max = 1e7, .bare_unit = true});
  };
  time(o.start_s, "start", "When the job starts in the window; 0: it runs already.");
  time(o.end_s, "end", "When the job ends; 0: it runs on.");
  time(o.checkpoint_every_s, "checkpoint_every", "Running time between checkpoints; 0: none.");
  time(o.checkpoint_s, "checkpoint_time", "How long a checkpoint holds all ranks.");
  time(o.failure_s, "failure_at", "When the job fails; 0: it does not.");
  time(o.detection_s, "detection_time", "Until the failure is noticed; ranks poll.");
  time(o.restart_s, "restart_time", "From there until steps begin again; accelerators idle.");
}

void fields(config::FieldVisitor& v, PowerQuestion& q) {
  fields(v, static_cast<engine::StepQuery&>(q));
  engine::PowerOptions& o = q.options;
  v(o.site, {.key = "site", .doc = "Site of the catalogue, for its cooling."});
  v(o.level, {.key = "level", .doc = "Where the load is measured: rack, hall, campus."});
  v(o.chain,
    {.key = "chain", .doc = "Conversion chain: ups, ups-2n, eco, rack-battery, bare, direct-current."});
  v(o.seconds_s, {.key = "seconds",
                  .doc = "Length of the window.",
                  .unit = "s",
                  .max = 1e7,
                  .positive = true,
                  .bare_unit = true});
  v(o.dt_s,
    {.key = "dt", .doc = "Length of a sample.", .unit = "ms", .min = 1e-5, .max = 3600, .bare_unit = true});
  v(q.limit, {.key = "limit",
              .doc = "Limit to be met: a name (ercot-power-variation, lipa, ...) or a TOML file; "
                     "default: the one that the load exceeds most."});
  v(o.mitigate,
    {.key = "mitigate",
     .doc = "One after the other, each with a size or as little as meets the limit: stagger, floor=0.7, "
            "ramp=\"5 MW/s\", rack-storage=\"65 J\", supercapacitor=\"1 MWh\", battery=\"2 MWh\"."});
  v(o.jobs, {.key = "jobs", .doc = "Jobs of this size in the site, in step.", .min = 1, .max = 10000});
  v(o.batteries,
    {.key = "batteries",
     .doc = "Also what batteries of so many sizes, from none to 1.5 of the smallest that meets the "
            "limit, leave of the load.",
     .min = 0,
     .max = 100});
  v(o.cap, {.key = "cap", .doc = "Power cap over the accelerator's own limit.", .min = 0.2, .max = 1});
  times(v, o);
  v(o.ride_through,
    {.key = "ride_through", .doc = "Supplies and UPS in a dip: double-conversion, eco, rack-battery, bare."});
  v(o.dips, {.key = "dips", .doc = "Dips of the voltage: per unit:seconds@when, 0.5:0.1@10,..."});
  v(o.short_circuit_ratio, {.key = "short_circuit_ratio",
                            .doc = "Of the source behind the bus; 0: not asked.",
                            .min = 0,
                            .max = 1e4});
  v(o.modes, {.key = "modes", .doc = "Swing modes of the grid: hertz:damping, 0.25:0.03,..."});
  v(o.breaker_w, {.key = "breaker", .doc = "Rating of the breaker before the load.", .unit = "MW", .min = 0});
  v(q.out,
    {.key = "out", .doc = "Write every sample as CSV, or as Parquet where the name ends in .parquet."});
}

Answered answer_power(const PowerQuestion& q, const Context& context) {
  const auto subject = engine::subject_of(context.knowledge, q);
  if (!subject) return tl::unexpected(subject.error());
  const auto request = engine::step_request(q, *subject);
  if (!request) return tl::unexpected(request.error());
  const auto result = step::evaluate(*request, context.knowledge.calibration);
  Answer out;
  if (!result) {
    out.no = No{result.error().message, result.error().hint, true, "illegal_plan"};
    return out;
  }
  engine::PowerOptions options = q.options;
  options.limit = q.limit.name;
  options.limit_text = q.limit.text;
  auto study = engine::power_study(context.knowledge, context.data, *request, *result, options);
  if (!study) return tl::unexpected(study.error());
  const auto shared = std::make_shared<const engine::PowerAnswer>(std::move(*study));
  out.json = report::power_json(*shared);
  if (q.out.given()) out.files["out"] = table_file(report::power_csv(*shared), q.out.path);
  out.text = [shared](bool colour) { return report::power_text(*shared, colour); };
  if (!result->memory.fits) out.notes.push_back("the plan does not fit in memory");
  for (const auto& note : shared->notes) out.notes.push_back(note);
  const waveform::LimitResult& chosen = shared->study.limits[shared->study.chosen];
  const bool met = shared->study.combined ? shared->study.after.holds() : chosen.verdict.holds();
  if (q.limit.given() && !met)
    out.no = No{"the load exceeds " + chosen.limit->title, "ask for mitigations: --mitigate battery"};
  return out;
}

}  // namespace

Command power() {
  return make_command<answer_power>(
      {.name = "power",
       .summary = "The load of a training job as the grid sees it",
       .weight = Weight::kLight,
       .answer =
           "what `gigawatt power --json` prints: power, swing, spectrum, limits, mitigations, ride-through"});
}

}  // namespace gigawatt::ask
