#include "gigawatt/report/text.h"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "gigawatt/report/json_parts.h"
#include "gigawatt/report/money_bridge.h"
#include "gigawatt/report/page_bounds.h"
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

std::string energy(double mwh) {
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

/// As many paragraphs as a person reads, and how many more there are.
std::string first_lines(const std::vector<std::string>& paragraphs, std::string_view what) {
  std::string out;
  const std::size_t shown = std::min(paragraphs.size(), kMostTerminalRows);
  for (std::size_t i = 0; i < shown; ++i) out += paragraphs[i];
  if (shown < paragraphs.size())
    out += fmt::format("  {} more {}\n", count(static_cast<double>(paragraphs.size() - shown)), what);
  return out;
}

using results::Form;
using results::Frame;
using results::Record;
using results::Statistic;
using results::SubjectKind;

/// A figure as its form and unit ask.
std::string cell(const Frame& frame, const Record& record, Statistic statistic) {
  const double raw = frame.raw(record, statistic);
  if (!std::isfinite(raw)) return std::string(kNone);
  const double value = raw / record.look.scale;
  const std::string_view unit = record.declaration().unit;
  switch (record.look.form) {
    case Form::kDate: return base::to_iso_date(base::SimTime{static_cast<std::int64_t>(raw)});
    case Form::kCount: return count(value);
    case Form::kShare: return fmt::format("{:.1f}%", value * 100);
    case Form::kRatio: return fmt::format("{:.2f}", value);
    case Form::kNumber: break;
  }
  if (unit == "USD") return money(value);
  if (unit == "MWh") return energy(value);
  return unit.empty() ? count(value) : one(value);
}

/// The records of a kind of subject that have a column in its table, in the order of their places.
std::vector<const Record*> columns_of(const Frame& frame, const Frame::Named& subject) {
  std::vector<const Record*> columns;
  for (const Record& record : frame.of(subject))
    if (!record.look.column.empty()) columns.push_back(&record);
  std::stable_sort(columns.begin(), columns.end(),
                   [](const Record* a, const Record* b) { return a->look.place < b->look.place; });
  return columns;
}

Table::Column column_of(const Record& record) {
  return {std::string(record.look.column), record.look.form == Form::kDate ? Align::kLeft : Align::kRight};
}

/// The rows of one subject: its figures, and below them, where futures ran and differ, the 10th and 90th percentile
/// and the run without delays. A cell that equals the one of the first row is left blank.
class SubjectRows {
 public:
  SubjectRows(const Frame& frame, const Frame::Named& subject) : frame_(frame), subject_(subject) {}

  std::vector<std::string> cells(Statistic statistic, const std::vector<const Record*>& columns) const {
    std::vector<std::string> out;
    for (const Record* column : columns) {
      const Record* mine = frame_.find(subject_, std::get<results::Metric>(column->what));
      out.push_back(mine ? cell(frame_, *mine, statistic) : std::string());
    }
    return out;
  }

  /// `place(name, cells)` adds a row to a table; `first` is what stands in the subject's own row.
  template <typename Place>
  void below(const std::vector<const Record*>& columns, const std::vector<std::string>& first,
             Place place) const {
    if (frame_.futures() == 0) return;
    const auto median = cells(Statistic::kMedian, columns);
    for (const auto& [name, statistic] :
         {std::pair{"  p10", Statistic::kLow}, std::pair{"  p90", Statistic::kHigh},
          std::pair{"  no delays", Statistic::kNominal}}) {
      auto row = cells(statistic, columns);
      bool differs = false;
      for (std::size_t i = 0; i < row.size(); ++i) {
        const Record* mine = frame_.find(subject_, std::get<results::Metric>(columns[i]->what));
        const bool same = row[i] == median[i] || (mine && mine->stated) || first[i] == kNone;
        if (same) row[i].clear();
        differs = differs || !same;
      }
      if (differs) place(name, std::move(row));
    }
  }

 private:
  const Frame& frame_;
  const Frame::Named& subject_;
};

std::string sites_text(const RunOutput& output, bool color) {
  const Frame& frame = output.frame;
  const auto& sites = output.nominal.sites;
  const auto& fleet = frame.subject(SubjectKind::kFleet);
  const auto columns = columns_of(frame, sites.empty() ? fleet : frame.subject(SubjectKind::kSite));
  std::vector<Table::Column> heads = {{"site", Align::kLeft, 20}};
  for (const Record* column : columns) heads.push_back(column_of(*column));
  heads.push_back({"limited by", Align::kLeft});
  Table table(heads);
  const auto place = [&](std::string name, std::vector<std::string> row, std::string limited) {
    row.insert(row.begin(), std::move(name));
    row.push_back(std::move(limited));
    table.row(std::move(row));
  };
  const auto add = [&](const Frame::Named& subject, const std::string& name, const std::string& limited) {
    const SubjectRows rows(frame, subject);
    const auto first = rows.cells(Statistic::kMedian, columns);
    place(name, first, limited);
    rows.below(columns, first,
               [&](const char* below, std::vector<std::string> row) { place(below, std::move(row), ""); });
  };
  for (std::size_t i = 0; i < sites.size(); ++i)
    add(frame.subject(SubjectKind::kSite, i), sites[i].name,
        sites[i].limiting == "none" ? std::string(kNone) : sites[i].limiting);
  if (sites.size() > 1) add(fleet, "total", "");
  return table.render(color);
}

/// What stands in a job's own row: a job that has not begun or not ended says so in place of the date, and a pool of
/// accelerators has neither useful steps nor stops.
std::vector<std::string> job_cells(const fleet::JobResult& j, std::vector<std::string> cells,
                                   const std::vector<const Record*>& columns) {
  const bool steps = j.started && (j.step_time_s > 0 || j.batch);
  const auto status = [&] { return std::string(fleet::kJobStatusNames[static_cast<std::size_t>(j.status)]); };
  for (std::size_t i = 0; i < columns.size(); ++i) {
    const auto metric = std::get<results::Metric>(columns[i]->what);
    if (metric == results::Metric::kAccelerators && j.accelerators == 0) cells[i] = kNone;
    if (metric == results::Metric::kStart && cells[i] == kNone) cells[i] = status();
    if (metric == results::Metric::kEnd && cells[i] == kNone && j.started)
      cells[i] = j.status == fleet::JobStatus::kStopped ? "stopped" : "running";
    if ((metric == results::Metric::kGoodput || metric == results::Metric::kInterruptions) && !steps)
      cells[i] = kNone;
  }
  return cells;
}

/// What there is to say of a job beside its figures.
std::string job_remarks(const fleet::JobResult& j) {
  std::string out;
  if (!j.status_reason.empty()) out += paragraph(j.name, j.status_reason);
  if (j.distillation && j.started)
    out += paragraph(
        j.name,
        fmt::format("{} logits: {:.3g} FLOP of the teacher for it, {:.3g} of its own; {:.1f} PB of logits{}; "
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
  return out;
}

/// The largest jobs, as many as a person reads, and the number of the others.
std::string jobs_text(const RunOutput& output, bool color) {
  const Frame& frame = output.frame;
  const auto& r = output.nominal;
  if (r.jobs.empty()) return "";
  const auto columns = columns_of(frame, frame.subject(SubjectKind::kJob));
  std::vector<Table::Column> heads = {{"job", Align::kLeft, 24}, {"site", Align::kLeft, 14}};
  for (const Record* column : columns) heads.push_back(column_of(*column));
  Table table(heads);
  const auto place = [&](std::string name, std::string site, std::vector<std::string> row) {
    row.insert(row.begin(), {std::move(name), std::move(site)});
    table.row(std::move(row));
  };
  const auto shown = largest_jobs(r, kMostTerminalRows);
  for (const std::size_t i : shown) {
    const auto& j = r.jobs[i];
    const SubjectRows rows(frame, frame.subject(SubjectKind::kJob, i));
    const auto first = job_cells(j, rows.cells(Statistic::kMedian, columns), columns);
    place(j.name, j.site, first);
    rows.below(columns, first,
               [&](const char* name, std::vector<std::string> row) { place(name, "", std::move(row)); });
  }
  std::string out = table.render(color);
  if (shown.size() < r.jobs.size())
    out += fmt::format("{} smaller jobs are not shown here: --json, --out and --parquet have them\n",
                       count(static_cast<double>(r.jobs.size() - shown.size())));
  std::vector<std::string> remarks;
  for (const auto& j : r.jobs)
    if (auto said = job_remarks(j); !said.empty()) remarks.push_back(std::move(said));
  return out + first_lines(remarks, "jobs with a remark");
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

namespace {

/// What a claim says of its figure, before it: at least, about; nothing before a range.
std::string_view relation_sign(scenario::ClaimRelation relation) {
  switch (relation) {
    case scenario::ClaimRelation::kAtLeast: return "≥ ";
    case scenario::ClaimRelation::kAtMost: return "≤ ";
    case scenario::ClaimRelation::kEquals: return "= ";
    case scenario::ClaimRelation::kApproximately: return "~ ";
    case scenario::ClaimRelation::kRange: break;
  }
  return "";
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
    std::string claimed(relation_sign(inputs.scenario.claims[i].relation));
    claimed += range ? claim_range(c.claimed, c.upper, c.unit) : claim_number(c.claimed, c.unit);
    table.row({c.id, claimed, c.estimate ? claim_number(c.estimate->value, c.unit) : std::string(kNone),
               interval,
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
    if (c.verdict != analysis::Verdict::kConsistent)
      out += paragraph(c.id, c.explanation);
    else if (c.turn)
      out += paragraph(c.id, c.turn->text + ".");
  return out;
}

std::string summary_text(const Inputs& inputs, const RunOutput& output, bool color) {
  const auto& r = output.nominal;
  std::string out = fmt::format(
      "{}  {} to {}{}, seed {}\n\n",
      bold(inputs.scenario.title.empty() ? inputs.scenario.name : inputs.scenario.title, color),
      base::to_iso_date(r.start), base::to_iso_date(r.end),
      inputs.scenario.as_of ? ", as of " + base::to_iso_date(*inputs.scenario.as_of) : "", output.seed);
  if (output.frame.futures() > 0)
    out += fmt::format(
        "Median of {} futures; below it the 10th and 90th percentile, and \"no delays\": the run with every\n"
        "lead time at its median. Blank: as in the first row.\n{}\n",
        output.frame.futures(),
        output.futures_by_month ? "Failures outside of trainings: by month in the futures, one by one with "
                                  "failures.by_month = false.\n"
                                : "");
  out += sites_text(output, color);
  if (r.sites.size() > 1) {
    const MoneyBridge b = money_bridge(r);
    out += paragraph(
        "money",
        fmt::format("{} $ of capital{}, {} $ written off in service and {} $ on the books at the end; "
                    "operation {} $; jobs are charged {} $, with the cost of capital",
                    money(b.capex_usd),
                    b.partners_usd > 0 ? fmt::format(" ({} $ paid by partners)", money(b.partners_usd)) : "",
                    money(b.depreciation_usd), money(b.book_value_usd), money(b.opex_usd),
                    money(b.jobs_usd)));
  }
  if (const auto jobs = jobs_text(output, color); !jobs.empty()) out += "\n" + jobs;
  if (const auto claims = claims_text(inputs, output, color); !claims.empty()) out += "\n" + claims;
  out += fmt::format("\n{} events, {} future{}, {:.2f} s\n", count(static_cast<double>(r.events)),
                     output.futures, output.futures == 1 ? "" : "s", output.wall_s);
  for (const auto& e : inputs.scenario.expired)
    out += paragraph("expired forecast",
                     fmt::format("{} was expected for {} and is not observed{}", e.what,
                                 base::to_iso_date(e.date), e.source.empty() ? "" : " (" + e.source + ")"));
  std::vector<std::string> warnings;
  for (const auto& warning : r.warnings) warnings.push_back(paragraph("warning", warning));
  return out + first_lines(warnings, "warnings");
}

}  // namespace gigawatt::report
