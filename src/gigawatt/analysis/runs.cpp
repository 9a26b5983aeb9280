#include "gigawatt/analysis/run_reader.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <iterator>
#include <stdexcept>
#include <unordered_map>

#include "gigawatt/base/hash.h"
#include "gigawatt/config/csv_records.h"
#include "gigawatt/step/calibration.h"

namespace gigawatt::analysis {
namespace {

struct BadCell : std::runtime_error {
  using std::runtime_error::runtime_error;
};

/// One row's cells by name; a bad cell leaves the row with a reason, nothing else.
class Cells {
 public:
  Cells(const config::CsvTable& table, std::size_t row) : table_(table), row_(row) {}

  const std::string& text(std::string_view name) const { return table_.cell(row_, name); }

  bool has(std::string_view name) const { return table_.column(name) >= 0; }

  std::optional<double> number(std::string_view name) const {
    const std::string& cell = text(name);
    if (cell.empty()) return std::nullopt;
    double value = 0;
    const auto [end, error] = std::from_chars(cell.data(), cell.data() + cell.size(), value);
    if (error != std::errc{} || end != cell.data() + cell.size() || !std::isfinite(value))
      throw BadCell(fmt::format("{} \"{}\" is not a number", name, cell));
    return value;
  }

  std::optional<std::int64_t> integer(std::string_view name, std::int64_t low, std::int64_t high) const {
    const auto value = number(name);
    if (!value) return std::nullopt;
    if (*value != std::floor(*value) || *value < static_cast<double>(low) ||
        *value > static_cast<double>(high))
      throw BadCell(fmt::format("{} {} is not a whole number from {} to {}", name, text(name), low, high));
    return static_cast<std::int64_t>(*value);
  }

  std::int64_t required(std::string_view name, std::int64_t high) const {
    const auto value = integer(name, 1, high);
    if (!value) throw BadCell(fmt::format("{} is missing", name));
    return *value;
  }

  std::optional<bool> flag(std::string_view name) const {
    const auto value = integer(name, 0, 1);
    if (!value) return std::nullopt;
    return *value == 1;
  }

 private:
  const config::CsvTable& table_;
  std::size_t row_;
};

std::vector<std::string> split(std::string_view text, char separator) {
  std::vector<std::string> parts;
  while (!text.empty()) {
    const auto end = std::min(text.find(separator), text.size());
    if (end > 0) parts.emplace_back(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return parts;
}

constexpr std::int64_t kBig = 1'000'000'000;
constexpr std::int64_t kDegree = 1'000'000;

std::int32_t degree(const Cells& c, std::string_view name, std::int32_t missing) {
  return static_cast<std::int32_t>(c.integer(name, 1, kDegree).value_or(missing));
}

std::optional<std::int32_t> optional_degree(const Cells& c, std::string_view name, std::int64_t low = 1) {
  const auto value = c.integer(name, low, kDegree);
  if (!value) return std::nullopt;
  return static_cast<std::int32_t>(*value);
}

catalog::Model model_of(const Cells& c) {
  catalog::Model m;
  m.name = c.text("model");
  constexpr std::array kSizes = {"layers", "hidden", "heads", "vocab"};
  const bool by_name =
      std::all_of(kSizes.begin(), kSizes.end(), [&](const char* key) { return c.text(key).empty(); });
  if (by_name && !m.name.empty()) return m;  // the catalogue's sizes
  m.layers = c.required("layers", 100'000);
  m.hidden = c.required("hidden", kBig);
  m.heads = c.required("heads", kDegree);
  m.kv_heads = c.integer("kv_heads", 1, kDegree).value_or(m.heads);
  m.head_dim = c.integer("head_dim", 1, kDegree).value_or(m.hidden / m.heads);
  m.ffn = c.integer("ffn", 1, kBig).value_or(4 * m.hidden);
  m.ffn_gated = c.flag("ffn_gated").value_or(true);
  m.vocab = c.required("vocab", kBig);
  m.window = c.integer("window", 1, kBig).value_or(0);
  // A published window alternates with full attention (GPT-OSS, Gemma 2): every second layer is full.
  if (m.window > 0) m.full_attention_period = 2;
  const std::string& attention = c.text("attention");
  if (attention == "mla") {
    m.attention = catalog::AttentionKind::kMla;
    m.mla = {c.integer("q_lora_rank", 0, kDegree).value_or(0), c.required("kv_lora_rank", kDegree),
             c.required("qk_nope_dim", kDegree), c.required("qk_rope_dim", kDegree),
             c.required("v_head_dim", kDegree)};
  } else if (attention.empty() || attention == "gqa" || attention == "mha") {
    m.attention = m.kv_heads == m.heads ? catalog::AttentionKind::kMha : catalog::AttentionKind::kGqa;
  } else {
    throw BadCell(fmt::format("attention \"{}\" is not one of mha, gqa, mla", attention));
  }
  // Plain FFNs came with layer norm, biases and tied embeddings (GPT), gated ones with RMS norm (Llama).
  m.norm = m.ffn_gated ? catalog::NormKind::kRms : catalog::NormKind::kLayer;
  m.position = m.ffn_gated ? catalog::PositionKind::kRope : catalog::PositionKind::kLearned;
  m.tied_embeddings = !m.ffn_gated;
  m.qkv_bias = m.out_bias = m.mlp_bias = !m.ffn_gated;
  m.moe.experts = c.integer("experts", 0, kDegree).value_or(0);
  if (m.moe.experts > 0) {
    m.moe.topk = c.required("topk", kDegree);
    m.moe.expert_ffn = c.integer("moe_ffn", 1, kBig).value_or(m.ffn);
    m.moe.shared_ffn = c.integer("shared_ffn", 0, kBig).value_or(0);
    m.moe.first_dense_layers = c.integer("first_dense_layers", 0, kDegree).value_or(0);
  }
  m.mtp_layers = c.integer("mtp", 0, 16).value_or(0);
  return m;
}

step::TrainingKind kind_of(const std::string& text) {
  if (text.empty() || text == "pretrain") return step::TrainingKind::kPretrain;
  if (text == "sft") return step::TrainingKind::kSft;
  if (text == "lora") return step::TrainingKind::kLora;
  throw BadCell(fmt::format("kind \"{}\" is not one of pretrain, sft, lora", text));
}

void read_plan(const Cells& c, RunRow& r) {
  step::ParallelPlan& p = r.plan;
  p.tp = degree(c, "tp", 1);
  p.cp = degree(c, "cp", 1);
  p.pp = degree(c, "pp", 1);
  p.ep = degree(c, "ep", 1);
  p.etp = degree(c, "etp", 1);
  r.expert_parallel_known = !c.text("ep").empty();
  const std::int64_t shard = std::int64_t{p.tp} * p.cp * p.pp;
  const auto dp = c.integer("dp", 1, kBig);
  if (!dp && r.gpus % shard != 0)
    throw BadCell(
        fmt::format("{} accelerators do not divide over tp {} cp {} pp {}", r.gpus, p.tp, p.cp, p.pp));
  p.dp = static_cast<std::int32_t>(dp.value_or(r.gpus / shard));
  if (shard * p.dp != r.gpus)
    throw BadCell(
        fmt::format("tp {} x cp {} x pp {} x dp {} is not {} accelerators", p.tp, p.cp, p.pp, p.dp, r.gpus));
  r.micro_batch = optional_degree(c, "micro_batch");
  r.vpp = optional_degree(c, "vpp");
  r.zero_stage = optional_degree(c, "zero_stage", 0);
  if (r.zero_stage && *r.zero_stage > 3)
    throw BadCell(fmt::format("zero_stage {} is not 0 to 3", *r.zero_stage));
  if (c.text("shard_group") == "hybrid")
    r.shard_hybrid = true;
  else
    p.shard_group = optional_degree(c, "shard_group").value_or(0);
  r.sequence_parallel = c.flag("sequence_parallel");
  r.flash_attention = c.flag("flash_attention");
  r.cuda_graph = c.flag("cuda_graph");
  const std::string& recompute = c.text("recompute");
  r.recompute_known = !recompute.empty() && recompute != "unknown";
  if (r.recompute_known) {
    const auto policy = step::parse_recompute(recompute);
    if (!policy) throw BadCell(policy.error());
    p.recompute = *policy;
  }
  const std::string& precision = c.text("precision");
  const auto parsed = catalog::parse_precision(precision.empty() ? "bf16" : precision);
  if (!parsed)
    throw BadCell(fmt::format("precision \"{}\" is not one of bf16, fp16, fp8, mxfp8, nvfp4", precision));
  p.precision = *parsed;
}

Measured measured_of(const Cells& c, const RunRow& r) {
  Measured m{c.text("id"), c.number("step_time_s").value_or(0), 0};
  if (m.step_time_s <= 0) {
    const double rate = c.number("tokens_per_s_per_gpu").value_or(0);
    if (rate > 0)
      m.step_time_s = static_cast<double>(r.global_batch) * static_cast<double>(r.seq_len) /
                      (rate * static_cast<double>(r.gpus));
  }
  if (m.step_time_s < 0) throw BadCell("step_time_s is negative");
  if (r.fits && m.step_time_s <= 0) throw BadCell("neither step_time_s nor tokens_per_s_per_gpu is given");
  m.memory_bytes = 1e9 * c.number("peak_memory_GB").value_or(0);
  return m;
}

std::string source_of(const std::string& id) { return id.substr(0, id.find('-')); }

RunRow row_of(const Cells& c) {
  RunRow r;
  r.id = c.text("id");
  if (r.id.empty()) throw BadCell("id is missing");
  r.source = source_of(r.id);
  r.level = c.text("level").empty() ? "A" : c.text("level");
  r.model = model_of(c);
  r.kind = kind_of(c.text("kind"));
  r.seq_len = c.required("seq_len", kBig);
  r.accelerator = c.text("accelerator");
  if (r.accelerator.empty()) throw BadCell("accelerator is missing");
  r.gpus = c.required("gpus", kBig);
  r.gpus_per_node = c.integer("gpus_per_node", 1, 4096).value_or(0);
  r.scaleup_bandwidth = 1e9 * c.number("scaleup_GBps").value_or(0);
  r.nic_bandwidth = 1e9 / 8 * c.number("nic_Gbps").value_or(0);
  r.global_batch = c.required("global_batch", kBig);
  read_plan(c, r);
  r.framework = c.text("framework");
  r.release = c.text("release");
  r.fabric = c.text("fabric");
  if (!r.fabric.empty() &&
      std::find(step::kFabricNames.begin(), step::kFabricNames.end(), r.fabric) == step::kFabricNames.end())
    throw BadCell(
        fmt::format("fabric \"{}\" is not one of {}", r.fabric, fmt::join(step::kFabricNames, ", ")));
  r.features_known = c.has("features");
  r.features = split(c.text("features"), '+');
  r.notes = c.text("notes");
  r.fits = c.flag("fits").value_or(true);
  const Measured measured = measured_of(c, r);
  r.step_time_s = measured.step_time_s;
  r.memory_bytes = measured.memory_bytes;
  const std::string& metric = c.text("memory_metric");
  if (metric == "max_allocated")
    r.memory_metric = MemoryMetric::kMaxAllocated;
  else if (metric == "reserved")
    r.memory_metric = MemoryMetric::kReserved;
  return r;
}

base::Diagnostic no_id() {
  return base::error("no-id-column", "the table of runs has no column \"id\"", "see the format of RUNS.csv");
}

/// The columns that say what ran: all but the id and what was measured.
std::vector<std::size_t> columns_of_the_run(const config::CsvTable& table) {
  constexpr std::array<std::string_view, 4> kOwn = {"id", "step_time_s", "tokens_per_s_per_gpu",
                                                    "peak_memory_GB"};
  std::vector<std::size_t> columns;
  for (std::size_t i = 0; i < table.header.size(); ++i)
    if (std::find(kOwn.begin(), kOwn.end(), table.header[i]) == kOwn.end()) columns.push_back(i);
  return columns;
}

}  // namespace

tl::expected<RunTable, base::Diagnostic> parse_runs(const config::CsvTable& table) {
  if (table.column("id") < 0) return tl::unexpected(no_id());
  RunTable runs;
  for (std::size_t i = 0; i < table.rows.size(); ++i) {
    try {
      runs.rows.push_back(row_of(Cells(table, i)));
    } catch (const BadCell& bad) {
      runs.skipped.push_back({table.cell(i, "id"), bad.what()});
    }
  }
  return runs;
}

tl::expected<ReadRuns, base::Diagnostic> each_run(std::string_view text, const std::string& name,
                                                  const RunVisitor& visit) {
  ReadRuns out;
  bool without_id = false;
  std::vector<std::size_t> columns;
  std::unordered_map<std::string, std::shared_ptr<const RunRow>> known;
  std::string key;
  const auto read = config::each_csv_record(text, name, [&](const config::CsvTable& one) {
    if (out.rows++ == 0) {
      without_id = one.column("id") < 0;
      columns = columns_of_the_run(one);
    }
    if (without_id) return;
    const Cells cells(one, 0);
    try {
      key = source_of(cells.text("id"));
      for (const std::size_t column : columns) (key += '\0') += one.rows[0][column];
      // A hash in place of the text: two of a million rows meet with a chance of 3e-8.
      const auto [found, fresh] = known.try_emplace(base::hash_text(key));
      if (fresh || found->second == nullptr || cells.text("id").empty())
        found->second = std::make_shared<const RunRow>(row_of(cells));
      visit(found->second, measured_of(cells, *found->second));
    } catch (const BadCell& bad) {
      out.skipped.push_back({cells.text("id"), bad.what()});
    }
  });
  if (!read) return tl::unexpected(read.error());
  if (out.rows == 0) return tl::unexpected(base::error("no-rows", name + ": no rows below the header"));
  if (without_id) return tl::unexpected(no_id());
  return out;
}

tl::expected<RunTable, base::Diagnostic> read_runs(const std::filesystem::path& path) {
  const auto table = config::read_csv(path);
  if (!table) return tl::unexpected(table.error());
  return parse_runs(*table);
}

tl::expected<RunTable, base::Diagnostic> read_shipped_runs(const std::filesystem::path& data_dir) {
  auto table = read_runs(data_dir / "validation" / "runs.csv");
  if (!table) return table;
  auto misfits = read_runs(data_dir / "validation" / "runs_out_of_memory.csv");
  if (!misfits) return misfits;
  std::move(misfits->rows.begin(), misfits->rows.end(), std::back_inserter(table->rows));
  std::move(misfits->skipped.begin(), misfits->skipped.end(), std::back_inserter(table->skipped));
  return table;
}

}  // namespace gigawatt::analysis
