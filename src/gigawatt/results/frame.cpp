#include "gigawatt/results/frame.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

#include "gigawatt/base/check.h"
#include "gigawatt/base/quantile.h"

namespace gigawatt::results {
namespace {

constexpr double kNone = std::numeric_limits<double>::quiet_NaN();

}  // namespace

std::string_view to_string(SubjectKind kind) {
  constexpr std::array<std::string_view, 4> kNames = {"run", "fleet", "site", "job"};
  return kNames[static_cast<std::size_t>(kind)];
}

const Declaration& Record::declaration() const {
  return std::visit([](auto id) -> const Declaration& { return info(id); }, what);
}

void Frame::begin(SubjectKind kind, std::string name) {
  subjects_.push_back({kind, std::move(name), records_.size(), records_.size()});
}

Record& Frame::add(std::variant<Metric, Series> what, std::string_view label, const Look& look) {
  GW_CHECK(!subjects_.empty());
  Record& record = records_.emplace_back();
  record.what = what;
  record.subject = static_cast<std::uint32_t>(subjects_.size() - 1);
  record.label = label;
  record.look = look;
  record.first = values_.size();
  subjects_.back().end = records_.size();
  return record;
}

void Frame::metric(Metric metric, double value, const Look& look,
                   std::optional<std::pair<double, double>> stated) {
  add(metric, {}, look).stated = stated;
  values_.push_back(value);
}

void Frame::series(Series series, std::string_view label, std::span<const double> values, const Look& look) {
  add(series, label, look).count = values.size();
  values_.insert(values_.end(), values.begin(), values.end());
}

void Frame::account(Ledger ledger, std::string_view label, double value) {
  GW_CHECK(!subjects_.empty());
  accounts_.push_back({ledger, static_cast<std::uint32_t>(subjects_.size() - 1), std::string(label), value});
}

void Frame::summarize(std::span<const std::vector<double>> futures) {
  if (futures.size() < 2) return;
  for (const auto& future : futures)
    GW_CHECK(future.size() == values_.size(), "{} figures against {}", future.size(), values_.size());
  futures_ = futures.size();
  low_.assign(values_.size(), kNone);
  median_ = high_ = low_;
  std::vector<double> samples;
  for (std::size_t i = 0; i < values_.size(); ++i) {
    samples.clear();
    for (const auto& future : futures)
      if (!std::isnan(future[i])) samples.push_back(future[i]);
    if (samples.empty()) continue;
    std::sort(samples.begin(), samples.end());
    median_[i] = base::quantile(samples, 0.5);
    if (samples.size() < 2) continue;  // one future that has the figure spans no interval
    low_[i] = base::quantile(samples, 0.1);
    high_[i] = base::quantile(samples, 0.9);
    if (low_[i] != high_[i]) continue;
    // A few futures among many may differ without moving a percentile: a width of zero would deny them.
    low_[i] = samples.front();
    high_[i] = samples.back();
  }
}

std::span<const Record> Frame::of(const Named& subject) const {
  return std::span(records_).subspan(subject.begin, subject.end - subject.begin);
}

const Frame::Named& Frame::subject(SubjectKind kind, std::size_t n) const {
  for (const auto& subject : subjects_)
    if (subject.kind == kind && n-- == 0) return subject;
  GW_CHECK(false, "no such {} in the frame", to_string(kind));
  return subjects_.front();
}

const Record* Frame::find(const Named& subject, Metric metric) const {
  for (const Record& record : of(subject))
    if (record.is(metric)) return &record;
  return nullptr;
}

const Record* Frame::find(const Named& subject, Series series, std::string_view label) const {
  for (const Record& record : of(subject))
    if (record.is(series) && record.label == label) return &record;
  return nullptr;
}

double Frame::raw(const Record& record, Statistic statistic, std::size_t month) const {
  if (month >= record.count) return kNone;
  const std::size_t at = record.first + month;
  const bool low = statistic == Statistic::kLow;
  if ((low || statistic == Statistic::kHigh) && record.stated)
    return low ? record.stated->first : record.stated->second;
  switch (statistic) {
    case Statistic::kNominal: return values_[at];
    case Statistic::kLow: return futures_ > 0 ? low_[at] : kNone;
    case Statistic::kMedian: return futures_ > 0 ? median_[at] : values_[at];
    case Statistic::kHigh: return futures_ > 0 ? high_[at] : kNone;
  }
  return kNone;
}

double Frame::value(const Record& record, Statistic statistic, std::size_t month) const {
  return raw(record, statistic, month) / record.look.scale;
}

Interval Frame::interval(const Record& record, std::size_t month) const {
  Interval interval(value(record, Statistic::kMedian, month));
  interval.low = value(record, Statistic::kLow, month);
  interval.high = value(record, Statistic::kHigh, month);
  interval.nominal = value(record, Statistic::kNominal, month);
  // A store holds what is finite: a date that a percentile of the futures does not reach is no date.
  for (double* v : {&interval.value, &interval.low, &interval.high, &interval.nominal})
    if (std::isinf(*v)) *v = kNone;
  return interval;
}

}  // namespace gigawatt::results
