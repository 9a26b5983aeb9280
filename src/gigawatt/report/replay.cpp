#include "gigawatt/report/replay.h"

#include <cmath>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "gigawatt/report/text.h"
#include "gigawatt/units/parse.h"

namespace gigawatt::report {
namespace {

using Json = nlohmann::ordered_json;

std::string rounded_count(double n) { return units::format_number(n, 1); }

Json spread_json(const scheduling::Spread& s) {
  return {{"mean", s.mean}, {"median", s.median}, {"p90", s.p90}, {"p99", s.p99}, {"max", s.max}};
}

/// The log's names of replay jobs; copies are numbered behind the originals, so that only single ones have a name.
Json names(const logs::JobList& list, const std::vector<std::uint32_t>& jobs, int times) {
  Json out = Json::array();
  if (times == 1)
    for (const std::uint32_t j : jobs) out.push_back({{"job", list.jobs[j].id}, {"line", list.jobs[j].line}});
  return out;
}

}  // namespace

std::string span_text(double seconds) {
  if (seconds < 0.0005) return "0 s";
  if (seconds < 60) return fmt::format("{:.3g} s", seconds);
  if (seconds < 3600) return fmt::format("{:.1f} min", seconds / 60);
  if (seconds < 2 * 86400) return fmt::format("{:.1f} h", seconds / 3600);
  return fmt::format("{:.1f} d", seconds / 86400);
}

namespace {

double hours_kept(const logs::JobList& list) {
  double unit_s = 0;
  for (const auto& job : list.jobs) unit_s += job.unit_s();
  return unit_s / 3600;
}

/// ", 12 GPU-hours", ", 12 GPU-hours and 3 lines that do not say"; nothing where there is nothing to say.
std::string work_text(const logs::FindingCount& f, std::string_view unit) {
  const bool hours = f.unit_s > 0;
  if (!hours && f.unsized == 0) return "";
  if (!hours && f.unsized == f.count) return fmt::format(", {}-hours not told", unit);
  std::string out = fmt::format(", {} {}-hours", rounded_count(f.unit_s / 3600), unit);
  if (f.unsized > 0)
    out += fmt::format(" and {} that do not say", rounded_count(static_cast<double>(f.unsized)));
  return out;
}

}  // namespace

Json quality_json(const logs::JobList& list) {
  Json findings = Json::array();
  for (std::size_t i = 0; i < logs::kFindings.size(); ++i) {
    const auto& f = list.quality.findings[i];
    if (f.count == 0) continue;
    Json examples = Json::array();
    for (const auto& [line, what] : f.examples) examples.push_back({{"line", line}, {"what", what}});
    findings.push_back({{"kind", logs::kFindings[i].name},
                        {"count", f.count},
                        {"left_out", logs::kFindings[i].left_out},
                        {"unit_hours", f.unit_s / 3600},
                        {"without_hours", f.unsized},
                        {"examples", examples}});
  }
  return {{"format", list.format},          {"unit", list.unit},
          {"lines", list.quality.lines},    {"jobs", list.quality.kept},
          {"unit_hours", hours_kept(list)}, {"cluster_units", list.cluster_units},
          {"findings", findings},           {"notes", list.notes}};
}

std::string quality_text(const logs::JobList& list) {
  std::string out = fmt::format("{}: {} lines, {} jobs, {} {}-hours\n", list.format,
                                rounded_count(static_cast<double>(list.quality.lines)),
                                rounded_count(static_cast<double>(list.quality.kept)),
                                rounded_count(hours_kept(list)), list.unit);
  for (const auto& note : list.notes) out += "  note: " + note + "\n";
  for (const bool left_out : {true, false}) {
    for (std::size_t i = 0; i < logs::kFindings.size(); ++i) {
      const auto& f = list.quality.findings[i];
      if (f.count == 0 || logs::kFindings[i].left_out != left_out) continue;
      out += fmt::format("  {} {} {}{}",
                         left_out ? "left out:" : "kept:", rounded_count(static_cast<double>(f.count)),
                         logs::kFindings[i].text, work_text(f, list.unit));
      const auto& [line, what] = f.examples.front();
      out += fmt::format(" (first: line {}{})\n", line, what.empty() ? "" : ", " + what);
    }
  }
  return out;
}

Json replay_json(const logs::JobList& list, const engine::ReplayQuery& query,
                 const engine::ReplayAnswer& answer) {
  const auto& r = answer.result;
  Json out = {{"policy", query.policy},
              {"units", answer.units},
              {"unit", list.unit},
              {"times", query.times},
              {"seed", query.seed},
              {"jobs", r.jobs},
              {"wait_s", spread_json(r.wait_s)},
              {"bounded_slowdown", spread_json(r.bounded_slowdown)},
              {"utilization", r.utilization},
              {"utilisation", r.utilization},  // the key of versions before 1.1, kept for their readers
              {"makespan_s", r.makespan_s},
              {"first_submit", base::to_iso_datetime(r.first_submit)},
              {"last_end", base::to_iso_datetime(r.last_end)},
              {"waited", r.waited},
              {"queue_max", r.queue_max},
              {"busy_max", r.busy_max},
              {"preemptions", r.preemptions},
              {"lost_unit_hours", r.lost_unit_s / 3600},
              {"too_large", r.too_large},
              {"too_large_first", names(list, r.too_large_first, query.times)},
              {"never_started", r.never_started},
              {"never_started_first", names(list, r.never_started_first, query.times)}};
  if (query.options.unit_it_w > 0) {
    out["it_energy_mwh"] = r.it_energy_j / 3.6e9;
    out["it_peak_mw"] = r.it_peak_w / 1e6;
  }
  if (query.signal) out["signal_mean"] = r.signal_mean;
  if (answer.outside_signal) out["outside_signal"] = *answer.outside_signal;
  if (answer.signal_share) out["signal_share"] = *answer.signal_share;
  out["notes"] = answer.notes;
  if (answer.logged_wait_mean_s) out["logged_wait_mean_s"] = *answer.logged_wait_mean_s;
  Json sizes = Json::array();
  for (const auto& c : r.sizes)
    sizes.push_back({{"from", c.from},
                     {"to", c.to},
                     {"jobs", c.jobs},
                     {"wait_mean_s", c.wait_mean_s},
                     {"wait_max_s", c.wait_max_s},
                     {"bounded_slowdown_mean", c.bounded_slowdown_mean}});
  out["sizes"] = sizes;
  out["events"] = r.events;
  out["interrupted"] = r.stopped;
  out["log"] = quality_json(list);
  return out;
}

std::string replay_text(const logs::JobList& list, const engine::ReplayQuery& query,
                        const engine::ReplayAnswer& answer, bool color) {
  const auto& r = answer.result;
  std::string out = quality_text(list);
  out += fmt::format("\n{} on {} {}s{}\n\n", query.policy, rounded_count(static_cast<double>(answer.units)),
                     list.unit, query.times > 1 ? fmt::format(", {} times the load", query.times) : "");
  Table spread({{"", Table::Align::kLeft}, {"mean"}, {"median"}, {"90%"}, {"99%"}, {"most"}});
  const auto& w = r.wait_s;
  const auto& b = r.bounded_slowdown;
  spread.row(
      {"wait", span_text(w.mean), span_text(w.median), span_text(w.p90), span_text(w.p99), span_text(w.max)});
  const auto plain = [](double v) { return fmt::format("{:.4g}", v); };
  spread.row({"bounded slowdown", plain(b.mean), plain(b.median), plain(b.p90), plain(b.p99), plain(b.max)});
  out += spread.render(color);
  Table sizes({{list.unit + "s"}, {"jobs"}, {"mean wait"}, {"longest wait"}, {"bounded slowdown"}});
  for (const auto& c : r.sizes)
    sizes.row({c.from == c.to ? fmt::format("{}", c.from) : fmt::format("{}-{}", c.from, c.to),
               rounded_count(static_cast<double>(c.jobs)), span_text(c.wait_mean_s), span_text(c.wait_max_s),
               plain(c.bounded_slowdown_mean)});
  out += "\n" + sizes.render(color);
  out += fmt::format("\n{} jobs in {} ({} to {}), utilization {:.1f}%, {} waited, longest queue {}\n",
                     rounded_count(static_cast<double>(r.jobs)), span_text(r.makespan_s),
                     base::to_iso_date(r.first_submit), base::to_iso_date(r.last_end), r.utilization * 100,
                     rounded_count(static_cast<double>(r.waited)),
                     rounded_count(static_cast<double>(r.queue_max)));
  if (answer.logged_wait_mean_s)
    out += fmt::format("in the log itself the mean wait is {}\n", span_text(*answer.logged_wait_mean_s));
  if (r.preemptions > 0)
    out += fmt::format("{} preemptions, {} {}-hours of work done again\n",
                       rounded_count(static_cast<double>(r.preemptions)), rounded_count(r.lost_unit_s / 3600),
                       list.unit);
  if (query.options.unit_it_w > 0)
    out += fmt::format("IT energy {}, IT peak {}\n", units::format_quantity(r.it_energy_j, "MWh"),
                       units::format_quantity(r.it_peak_w, "MW"));
  if (query.signal) out += fmt::format("mean signal while at work {:.5g}\n", r.signal_mean);
  for (const auto& note : answer.notes) out += "note: " + note + "\n";
  const auto some = [&](std::uint64_t n, const std::vector<std::uint32_t>& first, std::string_view what) {
    if (n == 0) return;
    out += fmt::format("{} jobs {}", rounded_count(static_cast<double>(n)), what);
    if (query.times == 1 && !first.empty())
      out += fmt::format(" (first: line {}, {} {}s)", list.jobs[first[0]].line, list.jobs[first[0]].units,
                         list.unit);
    out += "\n";
  };
  some(r.too_large, r.too_large_first,
       "are refused: they need more than the cluster or its power cap ever gives");
  some(r.never_started, r.never_started_first, "never started under this policy");
  return out;
}

}  // namespace gigawatt::report
