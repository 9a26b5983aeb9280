#pragma once
/// Published throughput and latency of inference, one row a measurement, as questions to the serving model.
///
/// Columns (any order, unknown ones ignored): id, source, model, gpu, n_gpus, precision, isl, osl,
/// concurrency_or_batch, parallelism, tokens_per_s_per_gpu, token_kind, ttft_ms, tpot_ms, notes.
///  - `parallelism`: "agg TP8 DP1 EP8 sglang 0.5.9", "disagg P 2x(TP1,DP4,EP4) D 1x(TP8,DP1,EP8) trtllm", "TEP8 vLLM";
///    without sizes the best plan on the row's accelerators is taken; of a mixture a "TP" above 16, or one that does not
///    divide the heads, is a width of data-parallel attention; a width that is the product of the tensor- and the
///    expert-parallel one of the row's own name ("row id ..._tp4_ep4"), or that no single node of the client has, is the
///    first factor; replicas that the notes call ambiguous are those of the client's published sweep
///    (data/serving/split_runs.toml), with the tokens that it drafts, else the fewest that hold the requests and keep up;
///  - `concurrency_or_batch`: a number (closed loop), "inf rate", "Offline", "peak" (as many as fit), "Server" (as many
///    as fit under the benchmark's latency limits);
///  - `isl`, `osl`: tokens, or the name of a data set of data/serving/datasets.toml;
///  - `notes`: "interpolated at N tok/s/user" makes the row's speed the condition, its throughput the answer; where the
///    number of accelerators is not stated either, the concurrency is that of a pool of unknown size, as many replicas as it
///    takes, and the best of all plans is taken, where the row says "disagg" with pools of their own for prompts;
///    "medians", "means", "p99 TTFT": the statistic of the latencies;
///    "trtllm-bench": a run of as many requests as that tool's published procedure has for these lengths
///    (data/serving/benchmark_runs.toml), all at once; "MTP" without a number drafts three tokens.
/// A row that lacks what a prediction needs is skipped with the reason, never guessed.

#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include <tl/expected.hpp>

#include "gigawatt/base/diagnostic.h"
#include "gigawatt/catalog/catalog.h"
#include "gigawatt/config/csv.h"
#include "gigawatt/kernels/law_book.h"
#include "gigawatt/measured/benchmark_clients.h"
#include "gigawatt/network/network_parameters.h"
#include "gigawatt/serving/closed_form.h"

namespace gigawatt::measured {

/// What predictions stand on.
struct ServingBasis {
  const catalog::Catalog* catalog = nullptr;
  const kernels::LawBook* laws = nullptr;
  const catalog::FittedLibrary* calibration = nullptr;
  std::vector<serving::Engine> engines;
  std::vector<Dataset> datasets;
  std::vector<BenchmarkRun> runs;
  std::vector<Client> clients;
  std::vector<SplitRun> split_runs;
};

/// Reads data/engines and data/serving.
tl::expected<ServingBasis, base::Diagnostics> serving_basis(const std::filesystem::path& data,
                                                            const catalog::Catalog& catalog,
                                                            const kernels::LawBook& laws,
                                                            const catalog::FittedLibrary& calibration);

/// One side of a deployment: `replicas` of a plan.
struct Pool {
  double replicas = 1;
  serving::ServingPlan plan;
};

struct ServingCase {
  std::string id;
  std::string source;
  const catalog::Model* model = nullptr;
  const catalog::System* system = nullptr;
  const catalog::Accelerator* accelerator = nullptr;
  std::size_t engine = 0;      ///< index into the basis
  std::string engine_version;  ///< as the row says it; "": it does not
  std::string precision;
  std::string
      second_precision;     ///< of a row that says "fp8/fp4": of the experts if narrower, else of the cache
  double accelerators = 0;  ///< 0: not stated
  serving::ServingLoad load;
  std::vector<Pool> plans;      ///< one, or the candidates
  std::optional<Pool> prefill;  ///< of a disaggregated deployment
  bool total_tokens = false;    ///< tokens/s count prompts too
  Client client;                ///< an endless loop of constant lengths where the row names none
  Statistic statistic = Statistic::kMedian;
  bool derived_rate =
      false;  ///< tokens/s are those that the latencies imply: C osl / (TTFT + (osl - 1) TPOT)
  bool batch =
      false;  ///< one batch that starts together: the time of its prompt phase, then of its token phase
  bool server = false;           ///< runs at the highest rate that the latency limits allow
  bool workers_unknown = false;  ///< the numbers of replicas of a split pool are not those of the row
  bool split = false;            ///< pools of their own for prompts, of unknown sizes: those that balance
  bool lone_tpot = false;        ///< TPOT was measured with one request
  double draft = 0;              ///< tokens drafted per iteration (MTP)
  double pool_load =
      0;  ///< requests in flight of a pool of unknown size, which is whole replicas; 0: not stated
  double ttft_limit_s = 0;
  double tpot_limit_s = 0;
  double samples = 0;                      ///< of the benchmark's data set
  double longest = 0;                      ///< answer of it, tokens; 0: not stated
  std::map<std::string, double> measured;  ///< tokens_per_s_per_gpu, ttft_ms, tpot_ms
};

struct SkippedRow {
  std::string id;
  std::string why;
};

struct ServingTable {
  std::vector<ServingCase> cases;
  std::vector<SkippedRow> skipped;
};

ServingTable parse_serving_rows(const config::CsvTable& table, const ServingBasis& basis);

}  // namespace gigawatt::measured
