#include "gigawatt/analysis/validate.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <map>

#include "gigawatt/base/quantile.h"
#include "gigawatt/catalog/precision.h"

namespace gigawatt::analysis {
namespace {

struct Outcome {
  const RunRow* row = nullptr;
  std::string generation;
  ValidatedRow result;
};

ValidationStatistics statistics(const std::vector<const Outcome*>& rows) {
  std::vector<SourcedError> errors;
  double covered = 0;
  for (const Outcome* o : rows) {
    errors.push_back({o->result.source, std::abs(o->result.error_pct)});
    covered += o->result.measured_s >= o->result.low_s && o->result.measured_s <= o->result.high_s ? 1 : 0;
  }
  ValidationStatistics s{error_statistics(errors)};
  if (!rows.empty()) s.interval_coverage_80 = 100 * covered / static_cast<double>(rows.size());
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

void add_groups(const std::vector<Outcome>& outcomes, const std::string& by,
                const std::function<std::string(const Outcome&)>& key, std::vector<ErrorGroup>& groups) {
  std::map<std::string, std::vector<double>> errors;
  for (const Outcome& o : outcomes) errors[key(o)].push_back(o.result.error_pct);
  for (auto& [value, signed_errors] : errors) {
    std::vector<double> absolute;
    for (const double e : signed_errors) absolute.push_back(std::abs(e));
    groups.push_back({by, value, signed_errors.size(), base::quantile_of(absolute, 0.5),
                      base::quantile_of(absolute, 0.9), base::quantile_of(signed_errors, 0.5)});
  }
}

struct MemoryTally {
  double caught = 0;
  double fitting = 0;
  std::vector<double> errors;

  void add(const RunRow& row, const Prediction& p, MemoryStatistics& m) {
    const bool fits = p.fits;
    if (!row.fits) {
      ++m.oom_rows;
      caught += fits ? 0 : 1;
      return;
    }
    ++m.fit_rows;
    fitting += fits ? 1 : 0;
    if (row.memory_bytes > 0) errors.push_back(100 * std::abs(p.memory_bytes / row.memory_bytes - 1));
  }

  void finish(MemoryStatistics& m) {
    if (m.oom_rows > 0) m.oom_recall = caught / static_cast<double>(m.oom_rows);
    if (m.fit_rows > 0) m.fit_recall = fitting / static_cast<double>(m.fit_rows);
    m.measured_rows = errors.size();
    m.median_abs_pct = base::quantile_of(errors, 0.5);
  }
};

}  // namespace

Validation validate(const RunTable& table, const Knowledge& knowledge) {
  Validation v;
  v.rows = table.rows.size() + table.skipped.size();
  v.skipped = table.skipped;
  std::vector<Outcome> outcomes;
  MemoryTally memory;
  for (const RunRow& row : table.rows) {
    const auto run = resolve(row, knowledge);
    if (!run) {
      v.skipped.push_back({row.id, run.error()});
      continue;
    }
    const auto prediction = predict(*run, *knowledge.calibration);
    if (!prediction) {
      v.skipped.push_back({row.id, prediction.error()});
      continue;
    }
    memory.add(row, *prediction, v.memory);
    if (row.step_time_s <= 0) continue;
    const auto& r = prediction->result;
    Outcome o{&row, run->accelerator->generation, {}};
    o.result = {row.id,
                row.source,
                row.level,
                row.step_time_s,
                r.step_time_s,
                100 * (r.step_time_s / row.step_time_s - 1),
                r.low_s,
                r.high_s,
                r.time,
                row.memory_bytes,
                prediction->memory_bytes,
                r.memory.peak_bytes / r.memory.limit_bytes};
    outcomes.push_back(std::move(o));
  }
  memory.finish(v.memory);

  std::vector<const Outcome*> all;
  std::vector<const Outcome*> complete;
  for (const Outcome& o : outcomes) {
    all.push_back(&o);
    if (o.result.level == "A") complete.push_back(&o);
  }
  v.overall = statistics(all);
  v.level_a = statistics(complete);
  add_groups(outcomes, "source", [](const Outcome& o) { return o.result.source; }, v.groups);
  add_groups(outcomes, "level", [](const Outcome& o) { return o.result.level; }, v.groups);
  add_groups(outcomes, "generation", [](const Outcome& o) { return o.generation; }, v.groups);
  add_groups(
      outcomes, "class",
      [](const Outcome& o) { return std::string(o.row->model.is_moe() ? "mixture of experts" : "dense"); },
      v.groups);
  add_groups(
      outcomes, "precision",
      [](const Outcome& o) { return std::string(catalog::to_string(o.row->plan.precision)); }, v.groups);
  add_groups(outcomes, "scale", [](const Outcome& o) { return scale_of(*o.row); }, v.groups);
  add_groups(outcomes, "sequence", [](const Outcome& o) { return sequence_of(*o.row); }, v.groups);
  std::vector<TimedRow> timed;
  for (const Outcome& o : outcomes) timed.push_back({o.row, o.result.measured_s, o.result.predicted_s});
  v.ranking = ranking(timed);
  v.scaling = scaling(timed);
  for (Outcome& o : outcomes) v.predictions.push_back(std::move(o.result));
  return v;
}

}  // namespace gigawatt::analysis
