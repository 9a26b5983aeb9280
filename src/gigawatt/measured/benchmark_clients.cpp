#include "gigawatt/measured/benchmark_clients.h"

#include <algorithm>
#include <array>
#include <string_view>

#include "gigawatt/config/fields.h"
#include "gigawatt/config/read.h"
#include "gigawatt/config/toml.h"

namespace gigawatt::measured {
namespace {

constexpr std::array<std::string_view, 3> kStatistics = {"median", "mean", "p99"};

struct DatasetFile {
  std::vector<Dataset> datasets;
};

struct RunFile {
  std::vector<BenchmarkRun> runs;
};

struct ClientFile {
  std::vector<Client> clients;
};

void fields(config::FieldVisitor& v, DatasetFile& x);
void fields(config::FieldVisitor& v, RunFile& x);
void fields(config::FieldVisitor& v, ClientFile& x);

template <typename File>
tl::expected<File, base::Diagnostics> read_file(const std::filesystem::path& path) {
  const auto node = config::read_toml(path);
  if (!node) return tl::unexpected(node.error());
  base::Diagnostics problems;
  File file;
  config::Reader(*node, problems).read(file);
  if (base::has_errors(problems)) return tl::unexpected(problems);
  return file;
}

}  // namespace

void fields(config::FieldVisitor& v, Dataset& x) {
  v(x.name, {.key = "name", .doc = "Word of the rows.", .required = true});
  v(x.model, {.key = "model", .doc = "Model that it is for; empty: any."});
  v(x.scenario, {.key = "scenario", .doc = "Scenario whose latency limits these are; empty: none."});
  v(x.input, {.key = "input", .doc = "Mean prompt tokens.", .min = 1, .required = true});
  v(x.output, {.key = "output", .doc = "Mean generated tokens.", .min = 1, .required = true});
  v(x.longest, {.key = "longest", .doc = "Tokens of the longest answer; 0: not stated.", .min = 0});
  v(x.samples, {.key = "samples", .doc = "Samples of the set; 0: not stated.", .min = 0});
  v(x.ttft_s, {.key = "ttft", .doc = "Limit of the time to the first token.", .unit = "s", .min = 0});
  v(x.tpot_s, {.key = "tpot", .doc = "Limit of the time per token.", .unit = "ms", .min = 0});
  v(x.source, {.key = "source", .doc = "Key of the source.", .required = true});
}

void fields(config::FieldVisitor& v, BenchmarkRun& x) {
  v(x.tool, {.key = "tool", .doc = "Word by which rows name the tool.", .required = true});
  v(x.input, {.key = "input", .doc = "Prompt tokens.", .min = 1, .required = true});
  v(x.output, {.key = "output", .doc = "Generated tokens.", .min = 1, .required = true});
  v(x.requests, {.key = "requests", .doc = "Requests of the run.", .min = 1, .required = true});
  v(x.source, {.key = "source", .doc = "Key of the source.", .required = true});
}

void fields(config::FieldVisitor& v, SplitRun& x) {
  v(x.client, {.key = "client", .doc = "Whose sweep it is.", .required = true});
  v(x.model, {.key = "model", .doc = "Model.", .required = true});
  v(x.accelerator, {.key = "accelerator", .doc = "Accelerator.", .required = true});
  v(x.precision, {.key = "precision", .doc = "As rows say it.", .required = true});
  v(x.engine, {.key = "engine", .doc = "Engine.", .required = true});
  v(x.input, {.key = "input", .doc = "Stated prompt tokens.", .min = 1, .required = true});
  v(x.output, {.key = "output", .doc = "Stated generated tokens.", .min = 1, .required = true});
  v(x.concurrency, {.key = "concurrency", .doc = "Requests in flight.", .required = true});
  v(x.draft, {.key = "draft", .doc = "Tokens drafted per iteration.", .min = 0});
  v(x.draft_stated, {.key = "draft_stated", .doc = "False: it drafts and does not say how many tokens."});
  v(x.prompt_servers, {.key = "prompt_servers", .doc = "Servers for prompts.", .min = 1, .required = true});
  v(x.prompt_width, {.key = "prompt_width", .doc = "Accelerators of one of them.", .min = 1});
  v(x.prompt_experts, {.key = "prompt_experts", .doc = "Width of their experts.", .min = 1});
  v(x.prompt_data_parallel, {.key = "prompt_data_parallel", .doc = "Their attention is data-parallel."});
  v(x.servers, {.key = "servers", .doc = "Servers for answers.", .min = 1, .required = true});
  v(x.width, {.key = "width", .doc = "Accelerators of one of them.", .min = 1});
  v(x.experts, {.key = "experts", .doc = "Width of their experts.", .min = 1});
  v(x.data_parallel, {.key = "data_parallel", .doc = "Their attention is data-parallel."});
  v(x.source, {.key = "source", .doc = "Key of the source.", .required = true});
}

void fields(config::FieldVisitor& v, ServerOptions& x) {
  v(x.engine, {.key = "engine", .doc = "Engine.", .required = true});
  v(x.model, {.key = "model", .doc = "Model; empty: any."});
  v(x.sequences,
    {.key = "sequences", .doc = "Sequences of an iteration at most; 0: the engine's.", .min = 0});
  v(x.iteration_tokens,
    {.key = "iteration_tokens", .doc = "Prompt tokens of an iteration; 0: the engine's.", .min = 0});
  v(x.generation, {.key = "generation", .doc = "Generation of the accelerator; empty: any."});
  v(x.draft, {.key = "draft", .doc = "Tokens drafted per iteration.", .min = 0});
  v(x.from_concurrency, {.key = "from_concurrency", .doc = "Requests in flight from which on.", .min = 0});
  v(x.accelerator, {.key = "accelerator", .doc = "Accelerator; empty: any."});
  v(x.cache_bytes, {.key = "cache_bytes", .doc = "Bytes of a key or a value; 0: the engine's.", .min = 0});
  v(x.format, {.key = "format", .doc = "Of the weights as rows say it; empty: any."});
  v(x.input, {.key = "input", .doc = "Stated prompt tokens; 0: any.", .min = 0});
  v(x.output, {.key = "output", .doc = "Stated answer tokens; 0: any.", .min = 0});
  v(x.width, {.key = "width", .doc = "Accelerators of a replica; 0: any.", .min = 0});
  v(x.before, {.key = "before", .doc = "Version of the engine that rows' versions precede; empty: any."});
  v(x.prompts,
    {.key = "prompts",
     .doc = "Prompts of the stated length that an iteration has room for at least, beside the requests "
            "in flight.",
     .min = 0});
  v(x.wait, {.key = "wait", .doc = "Iterations that prompts wait for more of them.", .min = 0});
  v(x.wait_share, {.key = "wait_share",
                   .doc = "Share of an iteration's tokens at which they wait no longer.",
                   .min = 0,
                   .max = 1});
  v(x.precision, {.key = "precision", .doc = "Of the checkpoint that they load; empty: the row's."});
  v(x.poll, {.key = "poll", .doc = "Iterations between looks at the line; 0: each.", .min = 0});
  v(x.gather,
    {.key = "gather", .doc = "Iterations that prompts wait for one in each group of attention.", .min = 0});
  v(x.source, {.key = "source", .doc = "Key of the source.", .required = true});
}

void fields(config::FieldVisitor& v, Client& x) {
  v(x.name, {.key = "name", .doc = "Name of the program.", .required = true});
  v(x.words, {.key = "words", .doc = "Words by which rows name it.", .required = true});
  v(x.lengths, {.key = "lengths", .doc = "Stated lengths of its sweeps; empty: any."});
  v(x.per_slot,
    {.key = "per_slot", .doc = "Requests of a run for each one in flight; 0: an endless loop.", .min = 0});
  v(x.requests, {.key = "requests", .doc = "Requests of a run with random arrivals; 0: endless.", .min = 0});
  v(x.input,
    {.key = "input", .doc = "Mean prompt tokens of the data set that it plays; 0: the set's.", .min = 0});
  v(x.output, {.key = "output", .doc = "Mean answer tokens of it; 0: the set's.", .min = 0});
  v(x.shortest,
    {.key = "shortest", .doc = "Lengths are uniform from this share of the stated one.", .min = 0});
  v(x.longest, {.key = "longest", .doc = "To this share of it.", .min = 0});
  v.choice(x.statistic, kStatistics, {.key = "statistic", .doc = "What its latencies are."});
  v(x.engine, {.key = "engine", .doc = "Engine and version where rows do not name them."});
  v(x.duration_s,
    {.key = "duration", .doc = "For which a run issues requests at least.", .unit = "s", .min = 0});
  v(x.not_comparable,
    {.key = "not_comparable",
     .doc = "Why its rows are no measurements of what they state, so that none is scored; empty: they are."});
  v(x.in_process,
    {.key = "in_process", .doc = "Requests reach the engine without a network and a tokenizer."});
  v(x.single_node,
    {.key = "single_node", .doc = "Its servers that are not split lie within a scale-up domain."});
  v(x.servers, {.key = "server", .doc = "How its servers are started."});
  v(x.source, {.key = "source", .doc = "Key of the source.", .required = true});
}

namespace {
void fields(config::FieldVisitor& v, ClientFile& x) { v(x.clients, {.key = "client", .doc = "Clients."}); }
void fields(config::FieldVisitor& v, DatasetFile& x) {
  v(x.datasets, {.key = "dataset", .doc = "Data sets."});
}
void fields(config::FieldVisitor& v, RunFile& x) {
  v(x.runs, {.key = "run", .doc = "Runs of benchmark tools."});
}
struct SplitRunFile {
  std::vector<SplitRun> runs;
};
void fields(config::FieldVisitor& v, SplitRunFile& x) {
  v(x.runs, {.key = "run", .doc = "Split pools of sweeps."});
}
}  // namespace

tl::expected<std::vector<Dataset>, base::Diagnostics> read_datasets(const std::filesystem::path& path) {
  auto file = read_file<DatasetFile>(path);
  if (!file) return tl::unexpected(file.error());
  return std::move(file->datasets);
}

tl::expected<std::vector<BenchmarkRun>, base::Diagnostics> read_benchmark_runs(
    const std::filesystem::path& path) {
  auto file = read_file<RunFile>(path);
  if (!file) return tl::unexpected(file.error());
  return std::move(file->runs);
}

tl::expected<std::vector<SplitRun>, base::Diagnostics> read_split_runs(const std::filesystem::path& path) {
  auto file = read_file<SplitRunFile>(path);
  if (!file) return tl::unexpected(file.error());
  return std::move(file->runs);
}

tl::expected<std::vector<Client>, base::Diagnostics> read_clients(const std::filesystem::path& path) {
  auto file = read_file<ClientFile>(path);
  if (!file) return tl::unexpected(file.error());
  return std::move(file->clients);
}

const Client* find_client(const std::vector<Client>& clients, const std::string& text, double input,
                          double output) {
  for (const auto& c : clients) {
    const auto has = [&](double x) {
      return c.lengths.empty() || std::find(c.lengths.begin(), c.lengths.end(), x) != c.lengths.end();
    };
    const bool named = std::any_of(c.words.begin(), c.words.end(),
                                   [&](const std::string& w) { return text.find(w) != std::string::npos; });
    if (named && has(input) && has(output)) return &c;
  }
  return nullptr;
}

}  // namespace gigawatt::measured
