#pragma once
/// How benchmarks load an engine: data sets and their limits, requests of a tool's runs, and what a client does.
///
/// A closed loop is not a steady state. A client sends `per_slot` requests for each of its C slots, all of them at once at
/// the start, draws lengths between `shortest` and `longest` of the stated ones, and prints means or medians over all
/// requests: with ten a slot the mean time to the first token holds a tenth of a start at which C prompts queue.
/// Rows name their client in the column `client`, or by a word in `source` or `notes`
/// (data/serving/clients.toml); a statistic that the notes state ("medians") counts more than the client's.

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include <tl/expected.hpp>

#include "gigawatt/base/diagnostic.h"

namespace gigawatt::measured {

/// Lengths of a benchmark's data set, and its latency limits.
struct Dataset {
  std::string name;      ///< "mlperf", "sharegpt"
  std::string model;     ///< canonical name; "": any
  std::string scenario;  ///< "Server" or "Interactive", whose limits these are; "": any
  double input = 0;
  double output = 0;
  double longest = 0;  ///< tokens of the longest answer; 0: not stated
  double samples = 0;  ///< of the set, all of which a run of the benchmark issues at least once
  double ttft_s = 0;   ///< 99th percentile that the benchmark's server scenario allows; 0: none
  double tpot_s = 0;
  std::string source;
};

/// Requests of one run of a benchmark tool.
struct BenchmarkRun {
  std::string tool;
  double input = 0;
  double output = 0;
  double requests = 0;
  std::string source;
};

/// How a client sets a split pool up in one of its sweeps.
struct SplitRun {
  std::string client;
  std::string model;        ///< canonical name
  std::string accelerator;  ///< canonical name
  std::string precision;    ///< as rows say it
  std::string engine;
  double input = 0;  ///< stated lengths
  double output = 0;
  std::vector<double> concurrency;    ///< requests in flight that it is measured with
  double draft = 0;                   ///< tokens drafted per iteration
  bool draft_stated = true;           ///< false: it drafts, and does not say how many
  double prompt_servers = 1;          ///< for prompts
  std::int64_t prompt_width = 1;      ///< accelerators of one of them
  std::int64_t prompt_experts = 1;    ///< that experts are spread over
  bool prompt_data_parallel = false;  ///< attention
  double servers = 1;                 ///< for answers
  std::int64_t width = 1;
  std::int64_t experts = 1;
  bool data_parallel = false;
  std::string source;
};

enum class Statistic { kMedian, kMean, kP99 };

/// How the servers of a benchmark are started where that decides latencies. What is 0 is not stated.
struct ServerOptions {
  std::string engine;
  std::string model;       ///< canonical name; "": any
  std::string generation;  ///< how the accelerator's begins ("blackwell" is also "blackwell-ultra"); "": any
  double from_concurrency = 0;  ///< of runs with at least so many requests in flight
  std::string accelerator;      ///< canonical name; "": any
  std::string format;           ///< of the row's weights, as it says them; "": any
  double input = 0;             ///< stated length of the prompts; 0: any
  double output = 0;            ///< stated length of the answers; 0: any
  double width = 0;             ///< accelerators of a replica; 0: any
  std::string before;           ///< of engine versions that precede this one; "": any
  double poll = 0;              ///< iterations between looks at the line
  double gather = 0;     ///< iterations that prompts wait for one in each group of data-parallel attention
  double sequences = 0;  ///< in one iteration at most; 0: the engine's default
  double iteration_tokens = 0;  ///< of prompts; 0: the engine's default
  double prompts = 0;           ///< an iteration has room for so many prompts of the stated length at least
  double wait = 0;              ///< iterations that prompts wait for more of them while others decode
  double wait_share = 0;        ///< of an iteration's budget, at which they wait no longer
  double draft = 0;             ///< tokens drafted per iteration
  double cache_bytes = 0;       ///< of a key or a value of an 8-bit or narrower checkpoint
  std::string precision;        ///< of the checkpoint that the servers load, whatever rows say; "": the row's
  std::string source;
};

/// What the program does that loads the engine.
struct Client {
  std::string name;
  std::vector<std::string> words;  ///< any of them names it
  std::vector<double> lengths;     ///< stated lengths of its sweeps; empty: any
  double per_slot = 0;             ///< requests of a run for each one in flight; 0: an endless loop
  double requests = 0;             ///< of a run with random arrivals; 0: an endless one
  double input =
      0;  ///< mean tokens of a prompt of the data set that it plays, where rows name that; 0: the set's
  double output = 0;    ///< mean tokens of an answer of it
  double shortest = 1;  ///< lengths are uniform between these shares of the stated one
  double longest = 1;
  Statistic statistic = Statistic::kMedian;
  std::string engine;                  ///< with its version, where rows do not name it
  double duration_s = 0;               ///< that a run issues requests for at least; 0: not stated
  std::string not_comparable;          ///< why its rows are no measurements of what they state; "": they are
  bool in_process = false;             ///< requests reach the engine without a network and a tokenizer
  bool single_node = false;            ///< its servers that are not split lie within a scale-up domain
  std::vector<ServerOptions> servers;  ///< of all that fit the last that states an option counts
  std::string source;

  double mean_share() const { return (shortest + longest) / 2; }
  /// Half the width of the lengths over their mean.
  double spread() const { return (longest - shortest) / (longest + shortest); }
};

tl::expected<std::vector<Dataset>, base::Diagnostics> read_datasets(const std::filesystem::path& file);
tl::expected<std::vector<BenchmarkRun>, base::Diagnostics> read_benchmark_runs(
    const std::filesystem::path& file);
tl::expected<std::vector<SplitRun>, base::Diagnostics> read_split_runs(const std::filesystem::path& file);
tl::expected<std::vector<Client>, base::Diagnostics> read_clients(const std::filesystem::path& file);

/// The client that a row names: the first in the file whose word stands in `text` and whose lengths hold the row's;
/// nullptr: none.
const Client* find_client(const std::vector<Client>& clients, const std::string& text, double input,
                          double output);

}  // namespace gigawatt::measured
