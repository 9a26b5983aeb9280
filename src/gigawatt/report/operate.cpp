#include "gigawatt/report/operate.h"

#include <cmath>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "gigawatt/report/json_parts.h"
#include "gigawatt/report/replay.h"
#include "gigawatt/report/text.h"
#include "gigawatt/units/parse.h"

namespace gigawatt::report {
namespace {

using Json = nlohmann::ordered_json;

/// JSON has no infinity: a future that does not end is null.
Json percentiles(const engine::Percentiles& p) {
  return {{"p10", number(p.p10)}, {"p50", number(p.p50)}, {"p90", number(p.p90)}};
}

base::SimTime after(const engine::OperateQuery& query, double days) {
  return *base::parse_time(query.start) + base::Duration::seconds(days * 86'400);
}

std::string days_text(double days) { return std::isfinite(days) ? fmt::format("{:.1f}", days) : "never"; }

double saved_gpu_hours(const engine::OperateAnswer& a, const engine::Outcome& o) {
  return (a.base.days.p50 - o.days.p50) * 24 * static_cast<double>(a.accelerators);
}

Json outcome_json(const engine::OperateAnswer& a, const engine::Outcome& o) {
  return {{"name", o.name},
          {"text", o.text},
          {"days", percentiles(o.days)},
          {"goodput", percentiles(o.goodput)},
          {"interruptions", o.interruptions},
          {"starved_share", o.starved_share},
          {"unfinished", o.unfinished},
          {"saved_days", number(a.base.days.p50 - o.days.p50)},
          {"saved_gpu_hours", number(saved_gpu_hours(a, o))}};
}

std::string percent(double share) {
  if (share > 0 && share < 1e-4) return "<0.01%";
  return share > 0.1 ? fmt::format("{:.0f}%", share * 100) : fmt::format("{:.2g}%", share * 100);
}

std::string signed_number(double v, int digits) {
  if (!std::isfinite(v)) return "";
  std::string text = fmt::format("{:.{}f}", std::abs(v), digits);
  if (digits == 0) text = units::format_number(std::round(std::abs(v)), 1);
  const bool zero = text.find_first_not_of("0.") == std::string::npos;
  return zero ? "0" : (v < 0 ? "-" : "+") + text;
}

}  // namespace

Json operate_json(const engine::OperateQuery& q, const engine::OperateAnswer& a) {
  Json finish = Json::object();
  for (const auto& [key, days] :
       {std::pair("p10", a.base.days.p10), {"p50", a.base.days.p50}, {"p90", a.base.days.p90}})
    finish[key] = std::isfinite(days) ? Json(base::to_iso_date(after(q, days))) : Json(nullptr);
  Json spares = Json::array();
  for (const auto& s : a.spare_choices) {
    Json row = {{"nodes", s.nodes}, {"shortage", s.shortage}};
    row.update(outcome_json(a, s.outcome));
    spares.push_back(std::move(row));
  }
  Json alternatives = Json::array();
  for (const auto& o : a.alternatives) alternatives.push_back(outcome_json(a, o));
  return {{"model", q.model.name},
          {"system", q.system},
          {"gpus", a.accelerators},
          {"nodes", a.nodes},
          {"plan", a.plan},
          {"step_time_s", a.step_time_s},
          {"mfu", a.mfu},
          {"work_days", a.work_days},
          {"failures", q.failures},
          {"mttf_h", a.interruption_mttf_h},
          {"node_mttf_h", a.node_mttf_h},
          {"repair_mean_h", a.repair_mean_h},
          {"detection_s", a.detection_s},
          {"restart_s", a.restart_s},
          {"checkpoint",
           {{"stall_s", a.stall_s},
            {"lag_s", a.lag_s},
            {"young_s", a.young_s},
            {"daly_s", a.daly_s},
            {"best_s", a.best_s},
            {"used_s", a.used_s}}},
          {"ettr_closed_form", a.ettr_closed_form},
          {"spares", {{"needed", a.spares_needed}, {"held", a.spares}, {"shortage", a.shortage}}},
          {"futures", a.futures},
          {"seed", q.seed},
          {"start", q.start},
          {"finish", finish},
          {"days", percentiles(a.base.days)},
          {"goodput", percentiles(a.base.goodput)},
          {"interruptions", a.base.interruptions},
          {"unfinished", a.base.unfinished},
          {"spare_choices", spares},
          {"alternatives", alternatives},
          {"interrupted", a.interrupted}};
}

std::string operate_text(const engine::OperateQuery& q, const engine::OperateAnswer& a, bool color) {
  std::string out = fmt::format("{} on {} {} ({} nodes), {}\n", q.model.name,
                                units::format_number(static_cast<double>(a.accelerators), 1), q.system,
                                units::format_number(static_cast<double>(a.nodes), 1), a.plan);
  if (a.accelerators < q.gpus)
    out += fmt::format("{} are asked for: the best plan uses {}\n",
                       units::format_number(static_cast<double>(q.gpus), 15),
                       units::format_number(static_cast<double>(a.accelerators), 15));
  out += fmt::format("step {:.3f} s, MFU {:.1f}%, {:.1f} days of work without failures\n\n", a.step_time_s,
                     a.mfu * 100, a.work_days);
  if (a.interruption_mttf_h > 0) {
    out += fmt::format("interruptions  one every {} (profile {}); {} to notice, {} to restart\n",
                       span_text(a.interruption_mttf_h * 3600), q.failures, span_text(a.detection_s),
                       span_text(a.restart_s));
    out += fmt::format("checkpoints    every {}: stall {}, safe after another {}\n", span_text(a.used_s),
                       span_text(a.stall_s), span_text(a.lag_s));
    out += fmt::format("               Young {}, Daly {}, best {}\n", span_text(a.young_s),
                       span_text(a.daly_s), span_text(a.best_s));
    out += fmt::format(
        "spares         {} nodes (needed for {:.0f}% of the time: {}); a node leaves every {}, is back after "
        "{}\n",
        a.spares, (1 - q.accepted_shortage) * 100, a.spares_needed, span_text(a.node_mttf_h * 3600),
        span_text(a.repair_mean_h * 3600));
  } else {
    out += "interruptions  none in this profile\n";
  }
  const auto date = [&](double days) { return base::to_iso_date(after(q, days)); };
  const auto& d = a.base.days;
  out += std::isfinite(d.p50)
             ? fmt::format("finish         {} after {} days (10%: {}, 90%: {}; {} futures)\n", date(d.p50),
                           days_text(d.p50), days_text(d.p10), days_text(d.p90), a.futures)
             : fmt::format("finish         not within the time that was simulated, in most of {} futures\n",
                           a.futures);
  out += fmt::format(
      "goodput        {:.1f}% (10%: {:.1f}%, 90%: {:.1f}%), closed form {:.1f}%; {:.0f} interruptions\n",
      a.base.goodput.p50 * 100, a.base.goodput.p10 * 100, a.base.goodput.p90 * 100, a.ettr_closed_form * 100,
      a.base.interruptions);
  if (a.base.unfinished > 0)
    out += fmt::format("warning        {:.0f}% of the futures do not finish in the time that was simulated\n",
                       a.base.unfinished * 100);
  Table spares({{"spare nodes"}, {"too few"}, {"days"}, {"10%"}, {"90%"}, {"waiting for nodes"}});
  for (const auto& s : a.spare_choices)
    spares.row({fmt::format("{}", s.nodes), percent(s.shortage), days_text(s.outcome.days.p50),
                days_text(s.outcome.days.p10), days_text(s.outcome.days.p90),
                fmt::format("{:.2f}%", s.outcome.starved_share * 100)});
  out += "\n" + spares.render(color);
  Table table({{"what it buys", Table::Align::kLeft, 60},
               {"days"},
               {"saved days"},
               {"saved GPU-hours"},
               {"goodput"}});
  for (const auto& o : a.alternatives)
    table.row({o.text, days_text(o.days.p50), signed_number(a.base.days.p50 - o.days.p50, 2),
               signed_number(saved_gpu_hours(a, o), 0), fmt::format("{:.1f}%", o.goodput.p50 * 100)});
  return out + "\n" + table.render(color);
}

}  // namespace gigawatt::report
