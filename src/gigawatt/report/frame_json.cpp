#include "gigawatt/report/frame_json.h"

#include <array>
#include <cmath>
#include <set>

namespace gigawatt::report {
namespace {

using results::Form;
using results::Frame;
using results::Record;
using results::Statistic;

bool is_metric(const Record& record) { return std::holds_alternative<results::Metric>(record.what); }

Json months_json(const Frame& frame, const Record& record, Statistic statistic) {
  Json out = Json::array();
  for (std::size_t m = 0; m < record.count; ++m) out.push_back(figure_json(frame, record, statistic, m));
  return out;
}

}  // namespace

Json figure_json(const Frame& frame, const Record& record, Statistic statistic, std::size_t month) {
  const double raw = frame.raw(record, statistic, month);
  if (!std::isfinite(raw)) return nullptr;
  switch (record.look.form) {
    case Form::kDate: return base::to_iso_date(base::SimTime{static_cast<std::int64_t>(raw)});
    case Form::kCount: return std::llround(raw);
    default: return number(frame.value(record, statistic, month));
  }
}

void add_metrics(Json& out, const Frame& frame, const Frame::Named& subject, Statistic statistic,
                 const After& after) {
  for (const Record& record : frame.of(subject)) {
    if (!is_metric(record)) continue;
    Json value = figure_json(frame, record, statistic);
    if (record.look.in_json && !(value.is_null() && record.look.omitted_if_none))
      out[std::string(record.declaration().name)] = std::move(value);
    if (after) after(record, out);
  }
}

void add_metrics_with_intervals(Json& out, const Frame& frame, const Frame::Named& subject,
                                const After& after) {
  add_metrics(out, frame, subject, Statistic::kMedian, [&](const Record& record, Json& to) {
    const std::string name(record.declaration().name);
    if (frame.futures() > 0 && !record.stated && to.contains(name)) {
      to[name + "_low"] = figure_json(frame, record, Statistic::kLow);
      to[name + "_high"] = figure_json(frame, record, Statistic::kHigh);
    }
    if (after) after(record, to);
  });
}

void add_nominal(Json& out, const Frame& frame, const Frame::Named& subject) {
  if (frame.futures() == 0) return;
  Json nominal = Json::object();
  add_metrics(nominal, frame, subject, Statistic::kNominal);
  out["nominal"] = std::move(nominal);
}

void add_series(Json& out, const Frame& frame, const Record& record, std::string_view key) {
  const std::string name(key);
  out[name] = months_json(frame, record, Statistic::kMedian);
  if (frame.futures() == 0) return;
  out[name + "_low"] = months_json(frame, record, Statistic::kLow);
  out[name + "_high"] = months_json(frame, record, Statistic::kHigh);
  out[name + "_nominal"] = months_json(frame, record, Statistic::kNominal);
}

Json declared_json(const Frame& frame, results::SubjectKind kind) {
  constexpr std::array<std::string_view, 5> kForms = {"number", "count", "date", "share", "ratio"};
  Json list = Json::array();
  std::set<std::string_view> seen;
  for (const auto& subject : frame.subjects()) {
    if (subject.kind != kind) continue;
    for (const Record& record : frame.of(subject)) {
      const auto& d = record.declaration();
      if (!is_metric(record) || !record.look.in_json || !seen.insert(d.name).second) continue;
      list.push_back({{"name", d.name},
                      {"unit", d.unit},
                      {"doc", d.doc},
                      {"form", kForms[static_cast<std::size_t>(record.look.form)]}});
    }
  }
  return list;
}

}  // namespace gigawatt::report
