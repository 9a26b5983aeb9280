#include "gigawatt/analysis/validate.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <iterator>
#include <map>
#include <string_view>

#include "gigawatt/base/quantile.h"
#include "gigawatt/catalog/precision.h"

namespace gigawatt::analysis {
namespace {

/// Over the rows of a level; empty: over all.
ValidationStatistics statistics(const std::vector<ValidatedRow>& rows, std::string_view level) {
  std::vector<SourcedError> errors;
  double covered = 0;
  for (const ValidatedRow& r : rows) {
    if (!level.empty() && r.level != level) continue;
    errors.push_back({r.source, std::abs(r.error_pct)});
    covered += r.measured_s >= r.low_s && r.measured_s <= r.high_s ? 1 : 0;
  }
  ValidationStatistics s{error_statistics(errors)};
  if (!errors.empty()) s.interval_coverage_80 = 100 * covered / static_cast<double>(errors.size());
  return s;
}

std::string scale_of(const RunRow& r) {
  return r.gpus <= 8      ? "1-8"
         : r.gpus <= 64   ? "9-64"
         : r.gpus <= 512  ? "65-512"
         : r.gpus <= 4096 ? "513-4096"
                          : "4097+";
}

std::string sequence_of(const RunRow& r) {
  return r.seq_len <= 1024   ? "up to 1024"
         : r.seq_len <= 4096 ? "1025-4096"
         : r.seq_len <= 8192 ? "4097-8192"
                             : "8193+";
}

void add_groups(const std::string& by, const std::vector<ValidatedRow>& rows,
                const std::function<std::string(std::size_t)>& key, std::vector<ErrorGroup>& groups) {
  std::map<std::string, std::vector<double>> errors;
  for (std::size_t i = 0; i < rows.size(); ++i) errors[key(i)].push_back(rows[i].error_pct);
  for (auto& [value, signed_errors] : errors) {
    std::vector<double> absolute;
    for (const double e : signed_errors) absolute.push_back(std::abs(e));
    groups.push_back({by, value, signed_errors.size(), base::quantile_of(absolute, 0.5),
                      base::quantile_of(absolute, 0.9), base::quantile_of(signed_errors, 0.5)});
  }
}

}  // namespace

/// A run as it is predicted, or why it cannot be.
struct Validator::Predicted {
  std::shared_ptr<const RunRow> run;
  std::string why_not;  ///< empty: it was predicted
  std::string generation;
  double step_time_s = 0, low_s = 0, high_s = 0, memory_bytes = 0, memory_use = 0;
  bool fits = false;
  std::shared_ptr<const step::TimeBreakdown> time;
};

const Validator::Predicted& Validator::predicted(const std::shared_ptr<const RunRow>& row) {
  auto& entry = known_[row.get()];
  if (entry) return *entry;
  Predicted p;
  p.run = row;
  const auto run = resolve(*row, knowledge_);
  const auto prediction = run ? predict(*run, *knowledge_.calibration)
                              : tl::expected<Prediction, std::string>(tl::unexpected(run.error()));
  if (prediction) {
    const auto& r = prediction->result;
    p.generation = run->accelerator->generation;
    p.step_time_s = r.step_time_s;
    p.low_s = r.low_s;
    p.high_s = r.high_s;
    p.memory_bytes = prediction->memory_bytes;
    p.memory_use = r.memory.peak_bytes / r.memory.limit_bytes;
    p.fits = prediction->fits;
    p.time = std::make_shared<const step::TimeBreakdown>(r.time);
  } else {
    p.why_not = prediction.error();
  }
  entry = std::make_shared<const Predicted>(std::move(p));
  return *entry;
}

void Validator::add(const std::shared_ptr<const RunRow>& row, const Measured& measured) {
  const Predicted& p = predicted(row);
  if (p.time == nullptr) {
    result_.skipped.push_back({measured.id, p.why_not});
    return;
  }
  MemoryStatistics& m = result_.memory;
  if (!row->fits) {
    ++m.oom_rows;
    caught_ += p.fits ? 0 : 1;
  } else {
    ++m.fit_rows;
    fitting_ += p.fits ? 1 : 0;
    if (measured.memory_bytes > 0)
      memory_errors_.push_back(100 * std::abs(p.memory_bytes / measured.memory_bytes - 1));
  }
  if (measured.step_time_s <= 0) return;
  runs_.push_back(&p);
  result_.predictions.push_back({measured.id, row->source, row->level, measured.step_time_s, p.step_time_s,
                                 100 * (p.step_time_s / measured.step_time_s - 1), p.low_s, p.high_s, p.time,
                                 measured.memory_bytes, p.memory_bytes, p.memory_use});
}

Validation Validator::finish(ReadRuns read) {
  Validation v = std::move(result_);
  v.rows = read.rows;
  read.skipped.insert(read.skipped.end(), std::make_move_iterator(v.skipped.begin()),
                      std::make_move_iterator(v.skipped.end()));
  v.skipped = std::move(read.skipped);
  if (v.memory.oom_rows > 0) v.memory.oom_recall = caught_ / static_cast<double>(v.memory.oom_rows);
  if (v.memory.fit_rows > 0) v.memory.fit_recall = fitting_ / static_cast<double>(v.memory.fit_rows);
  v.memory.measured_rows = memory_errors_.size();
  v.memory.median_abs_pct = base::quantile_of(memory_errors_, 0.5);

  const auto& rows = v.predictions;
  v.overall = statistics(rows, "");
  v.level_a = statistics(rows, "A");
  const auto group = [&](const char* by, const std::function<std::string(std::size_t)>& key) {
    add_groups(by, rows, key, v.groups);
  };
  const auto run = [&](std::size_t i) -> const RunRow& { return *runs_[i]->run; };
  group("source", [&](std::size_t i) { return rows[i].source; });
  group("level", [&](std::size_t i) { return rows[i].level; });
  group("generation", [&](std::size_t i) { return runs_[i]->generation; });
  group("class",
        [&](std::size_t i) { return std::string(run(i).model.is_moe() ? "mixture of experts" : "dense"); });
  group("precision", [&](std::size_t i) { return std::string(catalog::to_string(run(i).plan.precision)); });
  group("scale", [&](std::size_t i) { return scale_of(run(i)); });
  group("sequence", [&](std::size_t i) { return sequence_of(run(i)); });
  std::vector<TimedRow> timed;
  for (std::size_t i = 0; i < rows.size(); ++i)
    timed.push_back({&run(i), rows[i].measured_s, rows[i].predicted_s});
  v.ranking = ranking(timed);
  v.scaling = scaling(timed);
  return v;
}

Validation validate(const RunTable& table, const Knowledge& knowledge) {
  Validator validator(knowledge);
  for (const RunRow& row : table.rows)
    validator.add({std::shared_ptr<const RunRow>{}, &row}, {row.id, row.step_time_s, row.memory_bytes});
  return validator.finish({table.rows.size() + table.skipped.size(), table.skipped});
}

}  // namespace gigawatt::analysis
