#include "gigawatt/sweep/shard.h"

#include <cmath>
#include <fstream>
#include <new>
#include <unordered_map>

#include <fmt/format.h>

#include "gigawatt/base/hash.h"
#include "gigawatt/engine/run.h"
#include "gigawatt/engine/software_entries.h"
#include "gigawatt/engine/step_times.h"
#include "gigawatt/fleet/simulator.h"
#include "gigawatt/results/store.h"
#include "gigawatt/results/write_parquet.h"
#include "gigawatt/scenario/load.h"

namespace gigawatt::sweep {
namespace {

/// The columns, row by row.
class Rows {
 public:
  explicit Rows(const Plan& plan) {
    add("run", false);
    add("seed", false);
    for (const auto& key : plan.keys) add(key.path, !key.numeric);
    for (const char* name : {"status", "reason", "subject_kind", "subject", "metric", "unit"})
      add(name, true);
    add("value", false);
    words_.resize(table_.columns.size());
  }

  Rows& operator<<(double number) {
    table_.columns[at_++].numbers.push_back(number);
    return *this;
  }
  Rows& operator<<(std::string_view text) {
    auto& column = table_.columns[at_];
    const auto [found, is_new] =
        words_[at_++].try_emplace(std::string(text), static_cast<std::int32_t>(column.dictionary.size()));
    if (is_new) column.dictionary.emplace_back(text);
    column.words.push_back(found->second);
    return *this;
  }
  void end_row() {
    at_ = 0;
    ++table_.rows;
  }
  results::ParquetTable take() { return std::move(table_); }

 private:
  void add(std::string name, bool is_text) {
    results::ParquetColumn column;
    column.name = std::move(name);
    column.is_text = is_text;
    table_.columns.push_back(std::move(column));
  }

  results::ParquetTable table_;
  std::vector<std::unordered_map<std::string, std::int32_t>> words_;
  std::size_t at_ = 0;
};

void begin_row(Rows& rows, const Plan& plan, std::size_t run) {
  rows << static_cast<double>(run) << static_cast<double>(plan.seed(run));
  const auto& point = plan.point(run);
  for (std::size_t k = 0; k < plan.keys.size(); ++k) {
    if (plan.keys[k].numeric)
      rows << point[k].number;
    else
      rows << std::string_view(point[k].shown);
  }
}

void write_failure(Rows& rows, const Plan& plan, std::size_t run, std::string_view reason) {
  begin_row(rows, plan, run);
  rows << std::string_view("failed") << reason;
  for (int i = 0; i < 4; ++i) rows << std::string_view();
  rows << std::nan("");
  rows.end_row();
}

void write_figures(Rows& rows, const Plan& plan, std::size_t run, const results::Frame& frame) {
  for (const auto& subject : frame.subjects())
    for (const auto& record : frame.of(subject)) {
      if (!std::holds_alternative<results::Metric>(record.what)) continue;
      begin_row(rows, plan, run);
      rows << std::string_view("done") << std::string_view() << to_string(subject.kind)
           << std::string_view(subject.name) << record.declaration().name << record.declaration().unit
           << frame.value(record, results::Statistic::kNominal);
      rows.end_row();
    }
}

std::string reason_of(const base::Diagnostics& problems) {
  std::string out;
  for (const auto& problem : problems) {
    if (problem.severity != base::Severity::kError) continue;
    out += (out.empty() ? "" : "; ") + problem.message;
  }
  return out;
}

/// A point of the inputs, ready to be run with each seed.
struct Point {
  std::string refused;  ///< why it cannot be run
  fleet::StepTable steps;
};

/// Leaves the scenario of the point in `inputs`.
Point prepare(const Plan& plan, std::size_t run, std::stop_token stop, engine::Inputs& inputs) try {
  auto loaded =
      scenario::load_text(plan.scenario_text, plan.scenario_name, inputs.knowledge.catalog,
                          plan.overrides(plan.point(run)), engine::software_names(inputs.knowledge.software));
  if (!loaded) return {reason_of(loaded.error()), {}};
  inputs.scenario = std::move(*loaded);
  auto hourly = engine::prepare_hourly_sites(inputs.scenario, inputs.knowledge.catalog, inputs.knowledge.data,
                                             plan.files);
  if (!hourly) return {reason_of(hourly.error()), {}};
  inputs.hourly = std::move(*hourly);
  return {{}, engine::time_steps(inputs, [](const std::string&) {}, [&] { return stop.stop_requested(); })};
} catch (const std::bad_alloc&) {
  throw;  // the machine's failure, not the run's
} catch (const std::exception& failure) {
  return {failure.what(), {}};
}

std::filesystem::path hash_file(const std::filesystem::path& folder, std::size_t index) {
  return shard_file(folder, index).replace_extension(".xxh64");
}

}  // namespace

results::ParquetTable compute_shard(const engine::Knowledge& knowledge, const Plan& plan, std::size_t index,
                                    std::stop_token stop) {
  Rows rows(plan);
  engine::Inputs inputs{knowledge, {}};
  Point point;
  const std::size_t first = index * plan.shard_runs();
  const std::size_t end = std::min(first + plan.shard_runs(), plan.runs());
  for (std::size_t run = first; run < end && !stop.stop_requested(); ++run) {
    try {
      if (run == first || run % plan.seeds.size() == 0) point = prepare(plan, run, stop, inputs);
      if (!point.refused.empty()) {
        write_failure(rows, plan, run, point.refused);
        continue;
      }
      fleet::Options options;
      options.seed = plan.seed(run);
      options.draw_lead_times = plan.draw_lead_times;
      options.stop = stop;
      write_figures(rows, plan, run, engine::simulate(inputs, point.steps, options).frame);
    } catch (const std::bad_alloc&) {
      throw;
    } catch (const std::exception& failure) {
      write_failure(rows, plan, run, failure.what());
    }
  }
  return rows.take();
}

std::filesystem::path shard_file(const std::filesystem::path& folder, std::size_t index) {
  return folder / "shards" / fmt::format("{:06}.parquet", index);
}

tl::expected<bool, base::Diagnostic> is_complete(const std::filesystem::path& folder, const Plan& plan,
                                                 std::size_t index) {
  const auto file = shard_file(folder, index), beside = hash_file(folder, index);
  if (!std::filesystem::exists(file) || !std::filesystem::exists(beside)) return false;
  if (read_bytes(beside) == fmt::format("{} {}\n", plan.question, base::hash_text(read_bytes(file))))
    return true;
  return tl::unexpected(base::error("altered-shard",
                                    fmt::format("{}: not what this sweep wrote there", file.string()),
                                    "remove the file and it is computed again"));
}

void keep_shard(const results::ParquetTable& table, const std::filesystem::path& folder, const Plan& plan,
                std::size_t index) {
  const auto file = shard_file(folder, index);
  constexpr std::string_view kWhole[] = {"run", "seed"};
  results::write_parquet(table, file, kWhole);
  write_whole(hash_file(folder, index),
              fmt::format("{} {}\n", plan.question, base::hash_text(read_bytes(file))));
}

std::string read_bytes(const std::filesystem::path& path) {
  std::ifstream in(path, std::ios::binary);
  std::string out(std::istreambuf_iterator<char>(in), {});
  if (!in) throw results::StoreError(fmt::format("{}: cannot read", path.string()));
  return out;
}

void write_whole(const std::filesystem::path& path, std::string_view text) {
  const std::filesystem::path part = results::part_beside(path);
  {
    std::ofstream out(part, std::ios::binary | std::ios::trunc);
    out << text;
    out.close();
    if (!out) throw results::StoreError(fmt::format("{}: cannot write", part.string()));
  }
  std::error_code problem;
  std::filesystem::rename(part, path, problem);
  if (problem) throw results::StoreError(fmt::format("{}: {}", path.string(), problem.message()));
}

}  // namespace gigawatt::sweep
