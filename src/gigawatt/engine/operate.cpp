#include "gigawatt/engine/operate.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <mutex>

#include <fmt/format.h>

#include "gigawatt/base/parallel.h"
#include "gigawatt/base/quantile.h"
#include "gigawatt/engine/futures.h"
#include "gigawatt/engine/software_entries.h"
#include "gigawatt/engine/step_query.h"
#include "gigawatt/engine/step_times.h"
#include "gigawatt/fleet/build_model.h"
#include "gigawatt/fleet/simulation.h"
#include "gigawatt/reliability/reliability_plan.h"
#include "gigawatt/scenario/load.h"
#include "gigawatt/units/scale.h"

namespace gigawatt::engine {
namespace {

using units::kDay_s;
using units::kHour_s;
// Simulated time: so much longer than the closed form expects, so that late futures end too.
constexpr double kLongerThanExpected = 3;
constexpr double kMargin_days = 60;
constexpr double kMost_days = 50 * 365.25;

using Change = std::function<void(fleet::FleetModel&)>;

std::string quoted_text(const std::string& value) {
  std::string out = "\"";
  for (const char c : value) {
    if (c == '"' || c == '\\') out += '\\';
    out += static_cast<unsigned char>(c) < 0x20 ? ' ' : c;
  }
  return out + "\"";
}

/// `gang`: accelerators of the training; `accelerators`: of the site.
std::string scenario_text(const OperateQuery& q, std::int64_t gang, std::int64_t accelerators,
                          base::SimTime start, double days) {
  const base::SimTime end = start + base::Duration::seconds(std::ceil(std::min(days, kMost_days)) * kDay_s);
  std::string out = fmt::format(
      "version = 1\nname = \"operate\"\nstart = {}\nend = {}\nseed = {}\n"
      "[[site]]\nname = \"site\"\nkind = \"existing\"\nassumed = true\nreason = \"a site of its own\"\n"
      "[[fleet]]\nname = \"fleet\"\nsystem = {}\naccelerators = {}\ndate = {}\nsite = \"site\"\nassumed = "
      "true\n"
      "reason = \"the gang and its spares\"\n",
      base::to_iso_date(start), base::to_iso_date(end), q.seed, quoted_text(q.system), accelerators,
      base::to_iso_date(start));
  out += fmt::format(
      "[[job]]\nname = \"job\"\nkind = \"training\"\nmodel = {}\nsite = \"site\"\nsystem = {}\naccelerators "
      "= {}\n"
      "tokens = {:.17g}\nsequence = {}\nglobal_batch = {}\nprecision = {}\nplan = {}\nassumed = true\n"
      "reason = \"asked for\"\n",
      quoted_text(q.model.name), quoted_text(q.system), gang, q.tokens, q.seq, q.global_batch,
      quoted_text(q.precision), quoted_text(q.plan));
  if (!q.software.empty()) out += fmt::format("software = {}\n", quoted_text(q.software));
  out += fmt::format("[failures]\nprofile = {}\n", quoted_text(q.failures));
  return out;
}

/// Means over the classes of one kind of node, weighed by how often a gang of `nodes` meets them. Slowdowns and planned
/// stops are no failures; domains, which take many nodes at once, do not count for spares.
struct Weighed {
  double rate = 0, node_rate = 0;
  double detection_s = 0, restart_s = 0, repair_s = 0;
};
Weighed weigh(const fleet::NodeKind& kind, double nodes) {
  Weighed w;
  for (const auto& c : kind.failures.classes()) {
    const double rate =
        reliability::FailureModel({c}, static_cast<double>(kind.accelerators)).stop_rate(nodes, nodes);
    w.rate += rate;
    w.detection_s += rate * c.detection_s;
    const fleet::RestartParts& parts = kind.restart;
    w.restart_s += rate * (parts.known ? parts.diagnosis_s + parts.initialization_s +
                                             (c.removes_node ? parts.replacement_s : 0)
                                       : c.restart_s);
    if (!c.removes_node || c.scope == reliability::FailureScope::kDomain) continue;
    w.node_rate += rate;
    w.repair_s += rate * reliability::repair_mean_s(c);
  }
  if (w.rate > 0) {
    w.detection_s /= w.rate;
    w.restart_s /= w.rate;
  }
  if (w.node_rate > 0) w.repair_s /= w.node_rate;
  return w;
}

class Operator {
 public:
  Operator(const Knowledge& knowledge, const OperateQuery& query) : knowledge_(knowledge), query_(query) {}

  tl::expected<OperateAnswer, base::Diagnostics> run() {
    const auto start = base::parse_time(query_.start);
    if (!start) return fail(fmt::format("'{}' is no date", query_.start));
    start_ = *start;
    days_ = 366;
    auto first = load(query_.gpus);
    if (!first) return tl::unexpected(first.error());
    const Inputs inputs{knowledge_, std::move(*first)};
    steps_ = time_steps(
        inputs, [&](const std::string&) { progress("step time", 0); },
        [&] { return query_.stop.stop_requested(); });
    const auto model = build(inputs.scenario, steps_, query_.seed);
    if (model.jobs.empty() || model.jobs[0].gangs.empty())
      return fail(model.jobs.empty() ? "no job" : model.jobs[0].refusal);
    if (auto problem = describe(model)) return fail(*problem, kNoProgress);
    days_ =
        std::min(kMost_days, kLongerThanExpected * static_cast<double>(model.jobs[0].gangs[0].expected_us) *
                                     1e-6 / kDay_s +
                                 kMargin_days);
    if (answer_.work_days > kMost_days)
      return fail(
          fmt::format("the training takes {:.0f} years even without failures", answer_.work_days / 365.25));
    answer_.spares = query_.spares.value_or(answer_.spares_needed);
    answer_.shortage = shortage(answer_.spares);
    if (auto problem = simulate_all()) return tl::unexpected(*problem);
    answer_.futures = query_.futures;
    answer_.interrupted = query_.stop.stop_requested();
    return answer_;
  }

 private:
  static tl::unexpected<base::Diagnostics> fail(std::string message, std::string_view code = "no-plan") {
    return tl::unexpected(base::Diagnostics{base::error(std::string(code), std::move(message))});
  }
  void progress(std::string_view what, double done) const {
    if (query_.progress) query_.progress(what, done);
  }

  tl::expected<scenario::ResolvedScenario, base::Diagnostics> load(std::int64_t accelerators) const {
    const std::int64_t gang = answer_.accelerators > 0 ? answer_.accelerators : query_.gpus;
    return scenario::load_text(scenario_text(query_, gang, accelerators, start_, days_), "the training",
                               knowledge_.catalog, query_.set, software_names(knowledge_.software));
  }

  /// The model points into `steps`.
  fleet::FleetModel build(const scenario::ResolvedScenario& scenario, const fleet::StepTable& steps,
                          std::uint64_t seed) const {
    return fleet::ModelBuilder(scenario, knowledge_.catalog, steps, seed, false).build();
  }

  double shortage(std::int64_t spares) const {
    return reliability::shortage(answer_.node_mttf_h > 0 ? 1 / (answer_.node_mttf_h * kHour_s) : 0,
                                 answer_.repair_mean_h * kHour_s, spares);
  }

  std::optional<std::string> describe(const fleet::FleetModel& model) {
    const fleet::GangOption& gang = model.jobs[0].gangs[0];
    const fleet::NodeKind& kind = model.kinds[model.pools[gang.pool].kind];
    const Weighed w = weigh(kind, static_cast<double>(gang.nodes));
    OperateAnswer& a = answer_;
    a.plan = gang.phases[0]->plan;
    a.accelerators = gang.accelerators;
    a.nodes = gang.nodes;
    a.accelerators_per_node = kind.accelerators;
    a.step_time_s = gang.phases[0]->step_time_s;
    a.mfu = gang.phases[0]->mfu;
    a.work_days = static_cast<double>(gang.useful_us) * 1e-6 / kDay_s;
    a.interruption_mttf_h = w.rate > 0 ? 1 / w.rate / kHour_s : 0;
    a.node_mttf_h = w.node_rate > 0 ? 1 / w.node_rate / kHour_s : 0;
    a.repair_mean_h = w.repair_s / kHour_s;
    a.detection_s = w.detection_s;
    a.restart_s = w.restart_s;
    a.stall_s = static_cast<double>(gang.stall_us) * 1e-6;
    a.lag_s = static_cast<double>(gang.lag_us) * 1e-6;
    a.used_s = static_cast<double>(gang.interval_us) * 1e-6;
    const reliability::RecoveryCosts recovery{a.detection_s, a.restart_s};
    if (w.rate > 0) {
      a.young_s = reliability::young_interval_s(a.stall_s, 1 / w.rate);
      a.daly_s = reliability::daly_interval_s(std::max(a.stall_s, 1e-6), 1 / w.rate);
      const double shortest_s = std::max({a.step_time_s, a.lag_s - a.stall_s, 1e-3});
      a.best_s = reliability::best_interval_s(w.rate, a.stall_s, a.lag_s, recovery, shortest_s,
                                              std::max(shortest_s * 2, a.work_days * kDay_s));
      a.ettr_closed_form = reliability::ettr_renewal(w.rate, {a.used_s, a.stall_s, a.lag_s}, recovery);
      a.spares_needed = reliability::spares_needed(w.node_rate, w.repair_s, query_.accepted_shortage);
      constexpr double kHopeless = 1e-3;
      if (a.ettr_closed_form < kHopeless)
        return fmt::format(
            "failures leave no progress: one interruption every {:.1f} min, {:.1f} min to notice and restart",
            60 * a.interruption_mttf_h, (a.detection_s + a.restart_s) / 60);
    } else {
      a.ettr_closed_form = 1;
    }
    return std::nullopt;
  }

  /// The futures of one variant; in the order of their index, whatever the threads.
  Outcome simulate(const scenario::ResolvedScenario& scenario, const std::string& name,
                   const std::string& what, const Change& change) {
    const auto n = static_cast<std::size_t>(query_.futures);
    std::vector<double> days(n), goodput(n), interruptions(n), starved(n);
    base::parallel_for(n, [&](std::size_t i) {
      if (query_.stop.stop_requested()) return;
      const fleet::StepTable steps = drawn_steps(steps_, query_.seed, i);
      fleet::FleetModel model = build(scenario, steps, future_seed(query_.seed, i));
      if (change) change(model);
      fleet::Simulation simulation(model, std::nullopt);
      simulation.run(query_.stop, nullptr);
      const auto result = simulation.result();
      const fleet::JobResult& job = result.jobs[0];
      days[i] = job.status == fleet::JobStatus::kCompleted ? (job.end - job.start).to_days()
                                                           : std::numeric_limits<double>::infinity();
      goodput[i] = job.goodput;
      interruptions[i] = static_cast<double>(job.interruptions);
      double held = 0;
      for (const double hours : job.hours.hours) held += hours;
      starved[i] = held > 0 ? job.hours.hours[static_cast<std::size_t>(fleet::HourUse::kIdle)] / held : 0;
    });
    Outcome o;
    o.name = name;
    o.text = what;
    for (std::size_t i = 0; i < n; ++i) {
      o.interruptions += interruptions[i] / static_cast<double>(n);
      o.starved_share += starved[i] / static_cast<double>(n);
      o.unfinished += std::isinf(days[i]) ? 1 / static_cast<double>(n) : 0;
    }
    const auto percentiles = [](std::vector<double>& values) {
      std::sort(values.begin(), values.end());
      return Percentiles{base::quantile(values, 0.1), base::quantile(values, 0.5),
                         base::quantile(values, 0.9)};
    };
    o.days = percentiles(days);
    o.goodput = percentiles(goodput);
    return o;
  }

  std::optional<base::Diagnostics> simulate_all() {
    const std::int64_t per_node = answer_.accelerators_per_node;
    const auto with_spares = [&](std::int64_t spares) { return load((answer_.nodes + spares) * per_node); };
    const auto scenario = with_spares(answer_.spares);
    if (!scenario) return scenario.error();
    progress("futures", 0);
    answer_.base = simulate(*scenario, "base", "as planned", {});
    std::vector<std::int64_t> choices = {0, answer_.spares_needed / 2, answer_.spares_needed,
                                         answer_.spares_needed * 2};
    std::sort(choices.begin(), choices.end());
    choices.erase(std::unique(choices.begin(), choices.end()), choices.end());
    const auto classes = [](double detection, double restart, double repair) {
      return [=](fleet::FleetModel& model) {
        for (fleet::NodeKind& kind : model.kinds) {
          auto changed = kind.failures.classes();
          for (auto& c : changed) {
            c.detection_s *= detection;
            c.restart_s *= restart;
            c.repair_median_s *= repair;
            c.repair_longest_s *= repair;
          }
          kind.failures =
              reliability::FailureModel(std::move(changed), static_cast<double>(kind.accelerators));
        }
      };
    };
    const auto gangs = [](auto change) {
      return [=](fleet::FleetModel& model) {
        for (fleet::GangOption& gang : model.jobs[0].gangs) change(gang);
      };
    };
    const double best_s = answer_.best_s;
    const std::string half_repair =
        fmt::format("nodes repaired in half the time ({} spares would do)",
                    answer_.node_mttf_h > 0
                        ? reliability::spares_needed(1 / answer_.node_mttf_h, 0.5 * answer_.repair_mean_h,
                                                     query_.accepted_shortage)
                        : 0);
    const std::vector<std::pair<Outcome, Change>> alternatives = {
        {{.name = "detection", .text = "failures noticed in half the time", .days = {}, .goodput = {}},
         classes(0.5, 1, 1)},
        {{.name = "restart", .text = "restart in half the time", .days = {}, .goodput = {}},
         classes(1, 0.5, 1)},
        {{.name = "repair", .text = half_repair, .days = {}, .goodput = {}}, classes(1, 1, 0.5)},
        {{.name = "checkpoint", .text = "checkpoints in half the time", .days = {}, .goodput = {}},
         gangs([](fleet::GangOption& g) {
           g.stall_us /= 2;
           g.lag_us /= 2;
           for (fleet::TierPlan& tier : g.tiers) tier.lag_us /= 2;
         })},
        {{.name = "interval", .text = "checkpoints at the best interval", .days = {}, .goodput = {}},
         gangs([best_s](fleet::GangOption& g) {
           if (best_s > 0) g.interval_us = std::max<std::int64_t>(1, base::Duration::seconds(best_s).us);
         })},
        {{.name = "hourly", .text = "checkpoints every hour", .days = {}, .goodput = {}},
         gangs([](fleet::GangOption& g) { g.interval_us = base::Duration::seconds(kHour_s).us; })},
    };
    const double all = static_cast<double>(1 + choices.size() + alternatives.size());
    double done = 1;
    for (const std::int64_t spares : choices) {
      progress("futures", done++ / all);
      const auto other = with_spares(spares);
      if (!other) return other.error();
      answer_.spare_choices.push_back(
          {spares, shortage(spares), simulate(*other, "spares", fmt::format("{} spare nodes", spares), {})});
    }
    for (const auto& [named, change] : alternatives) {
      progress("futures", done++ / all);
      answer_.alternatives.push_back(simulate(*scenario, named.name, named.text, change));
    }
    return std::nullopt;
  }

  const Knowledge& knowledge_;
  const OperateQuery& query_;
  base::SimTime start_;
  double days_ = 0;
  fleet::StepTable steps_;
  OperateAnswer answer_;
};

}  // namespace

void fields(config::FieldVisitor& v, OperateQuery& q) {
  const auto most = static_cast<double>(kMostAccelerators);
  v(q.model,
    {.key = "model", .doc = "Model of the catalogue, or a Hugging Face config.json.", .required = true});
  v(q.system, {.key = "system", .doc = "System of the catalogue.", .required = true});
  v(q.gpus, {.key = "gpus", .doc = "Accelerators of the training.", .min = 1, .max = most, .required = true});
  v(q.tokens,
    {.key = "tokens", .doc = "Tokens to train, such as 15T.", .min = 1, .max = 1e18, .required = true});
  v(q.seq, {.key = "seq", .doc = "Tokens of a sequence.", .min = 1, .max = most});
  v(q.global_batch, {.key = "global_batch", .doc = "Sequences of a step.", .min = 1, .max = most});
  v(q.plan, {.key = "plan", .doc = "\"TP8 PP16 VPP8 DP128 MB1 SP\", or best."});
  v(q.precision, {.key = "precision", .doc = "bf16, fp16, fp8, mxfp8, nvfp4 ..."});
  v(q.software, {.key = "software", .doc = "Software profile of the catalogue; empty: the default."});
  v(q.failures, {.key = "failures", .doc = "Failure profile of the catalogue."});
  v(q.spares, {.key = "spares", .doc = "Spare nodes; default: as many as needed.", .min = 0, .max = 1e8});
  v(q.accepted_shortage, {.key = "shortage",
                          .doc = "Share of time in which the spares may not suffice.",
                          .min = 1e-9,
                          .max = 0.999});
  v(q.start, {.key = "start", .doc = "First day."});
  v(q.futures,
    {.key = "futures", .doc = "Simulated futures that percentiles come from.", .min = 1, .max = 100'000});
  v(q.set, {.key = "set",
            .doc = "Change a key of the scenario behind it: checkpoint.async=false.",
            .verbatim = true});
}

tl::expected<OperateAnswer, base::Diagnostics> operate(const Knowledge& knowledge,
                                                       const OperateQuery& query) {
  return Operator(knowledge, query).run();
}

}  // namespace gigawatt::engine
