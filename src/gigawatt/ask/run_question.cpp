#include "gigawatt/ask/run_question.h"

#include <chrono>

#include <fmt/format.h>

namespace gigawatt::ask {
namespace {

constexpr double kWorthSaying_s = 20;

std::string long_time(double seconds) {
  return seconds < 120 ? fmt::format("{:.0f} seconds", seconds) : fmt::format("{:.0f} minutes", seconds / 60);
}

/// Says once how long the nominal simulation will take, where that is long: nobody is to wait in silence.
class Patience {
 public:
  std::optional<double> foreseen(const engine::Progress& p) {
    constexpr double kFirstLook_s = 2;
    if (!p.date || said_) return std::nullopt;  // not simulating yet
    const auto now = std::chrono::steady_clock::now();
    if (!begin_) begin_ = now;
    const double run_s = std::chrono::duration<double>(now - *begin_).count();
    if (run_s < kFirstLook_s || p.done <= 0) return std::nullopt;
    said_ = true;
    return run_s / p.done > kWorthSaying_s ? std::optional(run_s / p.done) : std::nullopt;
  }

 private:
  std::optional<std::chrono::steady_clock::time_point> begin_;
  bool said_ = false;
};

}  // namespace

void run_fields(config::FieldVisitor& v, RunQuestion& q, bool required) {
  v(q.scenario, {.key = "scenario",
                 .doc = "Scenario file (TOML).",
                 .required = required,
                 .alias = "toml",
                 .positional = true});
  v(q.set, {.key = "set",
            .doc = "Change a key of the scenario: site.prometheus.pue=1.2.",
            .one_or_list = true,
            .verbatim = true});
  v(q.until, {.key = "until", .doc = "Stop at this date."});
  v(q.runs, {.key = "runs",
             .doc = "Simulated futures that intervals come from.",
             .min = 1,
             .max = engine::kMostFutures,
             .alias = "futures"});
}

void strict_field(config::FieldVisitor& v, bool& strict) {
  v(strict, {.key = "strict", .doc = "The answer is no (exit code 3) when a claim is inconsistent."});
}

tl::expected<engine::Inputs, base::Diagnostics> run_inputs(const RunQuestion& q,
                                                           const engine::Knowledge& knowledge) {
  const auto folder = std::filesystem::path(q.scenario.name).parent_path();
  auto inputs =
      engine::inputs_of(knowledge, q.scenario.text, q.scenario.file ? q.scenario.name : "scenario.toml",
                        q.set, q.scenario.file ? &folder : nullptr);
  if (!inputs) return inputs;
  if (auto wrong = check_until(q, inputs->scenario); !wrong.empty()) return tl::unexpected(std::move(wrong));
  return inputs;
}

base::Diagnostics check_until(const RunQuestion& q, const scenario::ResolvedScenario& scenario) {
  if (!q.until || (*q.until > scenario.start && *q.until <= scenario.end)) return {};
  return {base::error("out-of-bounds", fmt::format("'until' is {}", base::to_iso_date(*q.until)),
                      fmt::format("the scenario runs from {} to {}", base::to_iso_date(scenario.start),
                                  base::to_iso_date(scenario.end)))};
}

engine::RunOptions run_options(const RunQuestion& q, const Context& context) {
  engine::RunOptions options;
  options.seed = context.seed;
  options.law = context.law;
  options.until = q.until;
  options.futures = static_cast<int>(q.runs);
  options.stop = context.stop;
  if (context.note)
    options.expected = [note = context.note, futures = q.runs](double seconds) {
      if (seconds > kWorthSaying_s)
        note(fmt::format("{} futures take about {}", futures, long_time(seconds)));
    };
  options.progress = [note = context.note, progress = context.progress,
                      patience = Patience{}](const engine::Progress& p) mutable {
    if (!note && !progress) return;
    if (const auto left = note ? patience.foreseen(p) : std::nullopt)
      note(fmt::format("{} events so far; the simulation takes about {}", p.events, long_time(*left)));
    if (progress) progress(p.what, p.done);
  };
  return options;
}

std::optional<No> run_no(const engine::RunOutput& output, bool strict) {
  for (const auto& job : output.nominal.jobs)
    if (!job.batch && job.status == fleet::JobStatus::kStopped)
      return No{fmt::format("{}: failures let this training get nowhere", job.name), ""};
  if (!strict) return std::nullopt;
  for (const auto& claim : output.claims)
    if (claim.verdict == analysis::Verdict::kInconsistent)
      return No{fmt::format("the claim {} is inconsistent with the scenario", claim.id), ""};
  return std::nullopt;
}

}  // namespace gigawatt::ask
