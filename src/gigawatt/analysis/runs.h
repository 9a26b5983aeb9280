#pragma once
/// Published training runs as rows of a CSV file: one configuration with its measured step time, memory, or the
/// fact that it ran out of memory. Columns and conventions: docs/reference/runs.md.
/// Blank means not published: optional members are then empty.

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include <tl/expected.hpp>

#include "gigawatt/base/diagnostic.h"
#include "gigawatt/catalog/model.h"
#include "gigawatt/catalog/precision.h"
#include "gigawatt/config/csv.h"
#include "gigawatt/step/plan.h"
#include "gigawatt/step/step.h"

namespace gigawatt::analysis {

enum class MemoryMetric : std::uint8_t { kNone, kMaxAllocated, kReserved };

struct RunRow {
  std::string id;
  std::string source;  ///< the part of the id before '-'
  std::string level;   ///< "A", "B", "OOM"
  catalog::Model
      model;  ///< from the row's own columns; what they have no place for is guessed from the kind of FFN
  step::TrainingKind kind = step::TrainingKind::kPretrain;
  std::int64_t seq_len = 0;
  std::string accelerator;
  std::int64_t gpus = 0;
  std::int64_t gpus_per_node = 0;  ///< 0: the catalogue's
  double scaleup_bandwidth = 0;    ///< byte/s; 0: the catalogue's
  double nic_bandwidth = 0;        ///< byte/s; 0: the catalogue's
  std::int64_t global_batch = 0;
  step::ParallelPlan plan;  ///< what the row says; defaults where it says nothing
  std::optional<std::int32_t> micro_batch;
  std::optional<std::int32_t> vpp;
  std::optional<std::int32_t> zero_stage;
  std::optional<bool> sequence_parallel;
  std::optional<bool> flash_attention;
  std::optional<bool> cuda_graph;
  bool expert_parallel_known = true;
  bool recompute_known = true;
  bool shard_hybrid = false;  ///< sharded inside a node, replicated across
  std::string framework;
  std::string release;
  std::string fabric;                 ///< kind of scale-out fabric; empty: not stated
  std::vector<std::string> features;  ///< what the run states about its software (data/software/words)
  bool features_known = false;  ///< the table has the column; otherwise the notes are searched for phrases
  std::string notes;
  double step_time_s = 0;   ///< 0: not published
  double memory_bytes = 0;  ///< 0: not published
  MemoryMetric memory_metric = MemoryMetric::kNone;
  bool fits = true;
};

struct SkippedRow {
  std::string id;
  std::string why;
};

struct RunTable {
  std::vector<RunRow> rows;
  std::vector<SkippedRow> skipped;  ///< missing, contradictory or unknown values
};

/// Every usable row in file order. The file as a whole fails only when it cannot be read or lacks `id`.
tl::expected<RunTable, base::Diagnostic> read_runs(const std::filesystem::path& path);
tl::expected<RunTable, base::Diagnostic> parse_runs(const config::CsvTable& table);

/// The development rows and the published out-of-memory rows that come with the program.
tl::expected<RunTable, base::Diagnostic> read_shipped_runs(const std::filesystem::path& data_dir);

}  // namespace gigawatt::analysis
