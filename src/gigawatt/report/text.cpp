#include "gigawatt/report/text.h"

#include <cmath>

#include <fmt/format.h>

#include "gigawatt/report/json_parts.h"
#include "gigawatt/units/parse.h"

namespace gigawatt::report {
namespace {

using engine::Inputs;
using engine::RunOutput;
using Align = Table::Align;

constexpr std::string_view kNone = "–";

std::string count(double value) { return units::format_number(value, 1); }

std::string one(double value, int digits = 3) { return units::format_number(value, digits); }

/// 65.2 B, 142 M: money without its sign, which the column's title has.
std::string money(double usd) {
  if (usd == 0) return "0";
  if (std::abs(usd) >= 1e9) return one(usd / 1e9) + " B";
  if (std::abs(usd) >= 1e5) return one(usd / 1e6) + " M";
  return count(usd);
}

std::string energy(double joule) {
  const double mwh = joule / kMegawattHour;
  return mwh >= 1e6 ? one(mwh / 1e6) + " TWh" : mwh >= 1e3 ? one(mwh / 1e3) + " GWh" : one(mwh) + " MWh";
}

std::string bold(std::string_view text, bool color) {
  return color ? fmt::format("\x1b[1m{}\x1b[0m", text) : std::string(text);
}

/// "  name: text" broken between words so that no line is wider than the tables may be.
std::string paragraph(const std::string& name, const std::string& text) {
  std::string out, line = "  " + name + ":";
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = std::min(text.find(' ', at), text.size());
    const std::string word = text.substr(at, end - at);
    if (display_width(line) + 1 + display_width(word) > Table::kMaxWidth) {
      out += line + "\n";
      line = "   ";
    }
    line += " " + word;
    at = end + 1;
  }
  return out + line + "\n";
}

std::string sites_text(const fleet::FleetResult& r, bool color) {
  Table table({{"site", Align::kLeft, 20},
               {"first power", Align::kLeft},
               {"IT MW"},
               {"facility MW"},
               {"accelerators"},
               {"energy"},
               {"PUE"},
               {"capex $"},
               {"limited by", Align::kLeft}});
  double it = 0, facility = 0, accelerators = 0, joule = 0, it_joule = 0, capex = 0;
  for (const auto& s : r.sites) {
    table.row({s.name, s.has_power ? base::to_iso_date(s.first_power) : std::string(kNone),
               one(last(s.energized_it_w_end) / kMegawatt), one(last(s.energized_facility_w_end) / kMegawatt),
               count(last(s.accelerators_end)), energy(s.total_facility_energy_j),
               s.pue > 0 ? fmt::format("{:.2f}", s.pue) : std::string(kNone), money(s.total_capex_usd),
               s.limiting == "none" ? std::string(kNone) : s.limiting});
    it += last(s.energized_it_w_end);
    facility += last(s.energized_facility_w_end);
    accelerators += last(s.accelerators_end);
    joule += s.total_facility_energy_j;
    it_joule += s.total_it_energy_j;
    capex += s.total_capex_usd;
  }
  if (r.sites.size() > 1)
    table.row({"total", "", one(it / kMegawatt), one(facility / kMegawatt), count(accelerators),
               energy(joule), it_joule > 0 ? fmt::format("{:.2f}", joule / it_joule) : std::string(kNone),
               money(capex), ""});
  return table.render(color);
}

std::string jobs_text(const fleet::FleetResult& r, bool color) {
  Table table({{"job", Align::kLeft, 24},
               {"site", Align::kLeft, 14},
               {"GPUs"},
               {"start", Align::kLeft},
               {"end", Align::kLeft},
               {"step s"},
               {"MFU"},
               {"useful"},
               {"stops"},
               {"cost $"}});
  for (const auto& j : r.jobs) {
    const bool timed = j.step_time_s > 0;
    const bool done = j.status == fleet::JobStatus::kCompleted;
    table.row(
        {j.name, j.site, j.accelerators > 0 ? count(static_cast<double>(j.accelerators)) : std::string(kNone),
         j.started ? base::to_iso_date(j.start)
                   : std::string(fleet::kJobStatusNames[static_cast<std::size_t>(j.status)]),
         done                                     ? base::to_iso_date(j.end)
         : j.status == fleet::JobStatus::kStopped ? std::string("stopped")
         : j.started                              ? std::string("running")
                                                  : std::string(kNone),
         timed ? one(j.step_time_s) : std::string(kNone),
         timed ? fmt::format("{:.1f}%", j.mfu * 100) : std::string(kNone),
         j.started && (timed || j.batch) ? fmt::format("{:.1f}%", j.goodput * 100) : std::string(kNone),
         j.started && (timed || j.batch) ? count(static_cast<double>(j.interruptions)) : std::string(kNone),
         money(j.cost_usd)});
  }
  if (table.empty()) return "";
  std::string out = table.render(color);
  for (const auto& j : r.jobs) {
    if (!j.status_reason.empty()) out += paragraph(j.name, j.status_reason);
    if (j.distillation && j.started)
      out += paragraph(
          j.name,
          fmt::format(
              "{} logits: {:.3g} FLOP of the teacher for it, {:.3g} of its own; {:.1f} PB of logits{}; "
              "waited {:.0f} days for the teacher",
              j.distillation->mode, j.distillation->teacher_flops, j.distillation->student_flops,
              j.distillation->logit_bytes / 1e15,
              j.distillation->cache_writing_s > 0
                  ? fmt::format(", written in {:.1f} days", j.distillation->cache_writing_s / 86400)
                  : std::string(),
              j.distillation->waited_s / 86400));
    if (j.batch)
      out += paragraph(j.name, fmt::format("{} jobs: {} completed, {} running, {} waiting, {} stopped by "
                                           "failures; waited {:.1f} h in the mean, 95% less than {:.1f} h",
                                           count(static_cast<double>(j.batch->jobs)),
                                           count(static_cast<double>(j.batch->completed)),
                                           count(static_cast<double>(j.batch->running)),
                                           count(static_cast<double>(j.batch->waiting)), j.batch->stopped,
                                           j.batch->wait_mean_s / 3600, j.batch->wait_p95_s / 3600));
  }
  return out;
}

/// A claim's number in its unit, large ones scaled: "1.3 M", "65.2 B USD", "1,020 MW".
std::string claim_number(double value, const std::string& unit) {
  if (unit == "USD") return "$" + money(value);
  if (unit == "fraction") return fmt::format("{:.1f}%", value * 100);
  const double magnitude = std::abs(value);
  const std::string number = magnitude >= 1e9   ? one(value / 1e9) + " B"
                             : magnitude >= 1e6 ? one(value / 1e6) + " M"
                                                : one(value);
  return unit.empty() ? number : number + " " + unit;
}

/// Two of them with the unit said once: "1,000…1,360 MW".
std::string claim_range(double low, double high, const std::string& unit) {
  const std::string first = claim_number(low, unit), second = claim_number(high, unit);
  const auto cut = first.rfind(' ');
  const bool same = cut != std::string::npos && second.ends_with(first.substr(cut));
  return (same ? first.substr(0, cut) : first) + "…" + second;
}

std::string verdict_text(analysis::Verdict verdict, bool color) {
  const auto name = analysis::kVerdictNames[static_cast<std::size_t>(verdict)];
  if (!color) return std::string(name);
  const int code = verdict == analysis::Verdict::kConsistent     ? 32
                   : verdict == analysis::Verdict::kInconsistent ? 31
                                                                 : 33;
  return fmt::format("\x1b[{}m{}\x1b[0m", code, name);
}

}  // namespace

std::string claims_text(const Inputs& inputs, const RunOutput& output, bool color) {
  if (output.claims.empty()) return "";
  Table table({{"claim", Align::kLeft, 28},
               {"claimed"},
               {"computed"},
               {"interval"},
               {"binds", Align::kLeft},
               {"verdict", Align::kLeft}});
  for (std::size_t i = 0; i < output.claims.size(); ++i) {
    const auto& c = output.claims[i];
    const bool range = inputs.scenario.claims[i].upper.has_value();
    std::string interval(kNone);
    if (c.estimate && c.estimate->high > c.estimate->low)
      interval = claim_range(c.estimate->low, c.estimate->high, c.unit);
    table.row({c.id, range ? claim_range(c.claimed, c.upper, c.unit) : claim_number(c.claimed, c.unit),
               c.estimate ? claim_number(c.estimate->value, c.unit) : std::string(kNone), interval,
               c.binding == analysis::Binding::kNone
                   ? std::string(kNone)
                   : std::string(analysis::kBindingNames[static_cast<std::size_t>(c.binding)]),
               std::string(analysis::kVerdictNames[static_cast<std::size_t>(c.verdict)])});
  }
  std::string out = table.render(color);
  if (color)  // escape codes would count as width, so they come last
    for (auto verdict : {analysis::Verdict::kInconsistent, analysis::Verdict::kConsistent,
                         analysis::Verdict::kUndecidable}) {
      const std::string name =
          "  " + std::string(analysis::kVerdictNames[static_cast<std::size_t>(verdict)]) + "\n";
      for (std::size_t at = out.find(name); at != std::string::npos; at = out.find(name, at + 1))
        out.replace(at, name.size(), "  " + verdict_text(verdict, true) + "\n");
    }
  for (const auto& c : output.claims)
    if (c.verdict != analysis::Verdict::kConsistent) out += paragraph(c.id, c.explanation);
  return out;
}

std::string summary_text(const Inputs& inputs, const RunOutput& output, bool color) {
  const auto& r = output.nominal;
  std::string out =
      fmt::format("{}  {} to {}, seed {}\n\n",
                  bold(inputs.scenario.title.empty() ? inputs.scenario.name : inputs.scenario.title, color),
                  base::to_iso_date(r.start), base::to_iso_date(r.end), output.seed);
  out += sites_text(r, color);
  if (const auto jobs = jobs_text(r, color); !jobs.empty()) out += "\n" + jobs;
  if (const auto claims = claims_text(inputs, output, color); !claims.empty()) out += "\n" + claims;
  out += fmt::format("\n{} events, {} future{}, {:.2f} s\n", count(static_cast<double>(r.events)),
                     output.futures, output.futures == 1 ? "" : "s", output.wall_s);
  for (const auto& warning : r.warnings) out += "warning: " + warning + "\n";
  return out;
}

}  // namespace gigawatt::report
