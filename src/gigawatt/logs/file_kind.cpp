#include "gigawatt/logs/file_kind.h"

#include <algorithm>

namespace gigawatt::logs {
namespace {

struct Mark {
  std::string_view begins;
  std::string_view kind;
};

/// By the first bytes.
constexpr Mark kBegins[] = {
    {"PAR1", "a Parquet file"},
    {"SQLite format 3", "an SQLite database"},
    {"%PDF", "a PDF document"},
    {"\x7f"
     "ELF",
     "a program"},
    {"ustar", "a tar archive"},
    {"<?xml", "an XML document"},
    {"<!DOCTYPE", "a web page"},
    {"<html", "a web page"},
    {"\xff\xfe", "text in UTF-16: save it as UTF-8"},
    {"\xfe\xff", "text in UTF-16: save it as UTF-8"},
    {"LOCATION,", "a weather file (EPW)"},
    {"JOBID PARTITION", "`squeue` output, which lists what waits and runs now"},
    {"PARTITION AVAIL", "`sinfo` output"},
    {"#!/", "a script"},
    {"version https://git-lfs", "a pointer of Git LFS: fetch the file itself (git lfs pull)"},
};

/// By words that its first line holds, all of them.
struct Words {
  std::string_view words[3];
  std::string_view kind;
};
constexpr Words kHolds[] = {
    {{"JobID", "Submit", "Start"}, "`sacct` output in columns: ask for sacct --parsable2"},
    {{"JobID", "JobName", "Partition"},
     "`sacct` output without Submit, Start and End: ask for sacct --parsable2 "
     "--format=JobID,User,Submit,Start,End,Timelimit,AllocTRES,NodeList,State"},
    {{"node", "start", "cause"}, "a fault log: fit failures"},
    {{"node_id", "event_time", "fault_type"}, "a fault log (InfiniteHBD): fit failures"},
    {{"job_name", "inst_id", "status"},
     "a table of jobs or instances of PAI 2020, without GPUs: take pai_task_table"},
    {{"pod_id", "gpu_request", "duration_hours"}, "spans of pods without a date (Alibaba 2026)"},
    {{"TIMESTAMP", "ContextTokens", "GeneratedTokens"}, "a trace of inference requests: serving --trace"},
    {{"vmTypeId", "starttime", "endtime"},
     "requests of Azure's packing trace (2020), whose sizes are in its table of VM types"},
    {{"collection_id", "collection_name", ""},
     "collection events of Google's trace (2019): take instance_events, which have the sizes"},
    {{"timestamp", "input_length", "output_length"}, "a trace of inference requests: serving --trace"},
    {{"tp", "pp", "micro_batch"}, "measured runs: validate"},
    {{"gpu", "op", "time"}, "measured kernels: validate --kernels"},
    {{"time", "value", ""}, "a signal over time: replay --signal"},
    {{"submit_s", "run_s", "units"}, "a job log: import or replay"},
    {{"job_id", "submit_time", "gpu_num"}, "a job log: import or replay"},
    {{"JobID|", "Submit|", ""}, "a Slurm job log: import slurm or replay"},
    {{"model_type", "", ""}, "the configuration of a model (Hugging Face): import hf, or --model"},
    {{"zero_optimization", "", ""},
     "DeepSpeed's configuration, which goes with launch arguments: import megatron"},
    {{"train_micro_batch_size_per_gpu", "", ""},
     "DeepSpeed's configuration, which goes with launch arguments: import megatron"},
    {{"weight_map", "", ""}, "the index of a checkpoint: take the config.json beside it"},
    {{"tokenizer_class", "", ""}, "a tokenizer's configuration: take the config.json beside it"},
    {{"[site", "", ""}, "a TOML file"},
};

}  // namespace

std::string packed_with(std::string_view text) {
  if (text.starts_with("\x1f\x8b")) return "gzip";
  if (text.starts_with(std::string_view("\xfd"
                                        "7zXZ")))
    return "xz";
  if (text.starts_with("BZh")) return "bzip2";
  if (text.starts_with("\x28\xb5\x2f\xfd")) return "zstd";
  if (text.starts_with("PK\x03\x04")) return "zip";
  return "";
}

std::string file_kind(std::string_view text) {
  const std::size_t first = text.find_first_not_of(" \t\r\n");
  if (first == std::string_view::npos) return "";
  if (text.size() > 262 && text.substr(257, 5) == "ustar") return "a tar archive";
  text = text.substr(first, 4096);
  for (const Mark& mark : kBegins)
    if (text.starts_with(mark.begins)) return std::string(mark.kind);
  const std::string_view head = text[0] == '{' || text[0] == '[' ? text : text.substr(0, text.find('\n'));
  for (const Words& entry : kHolds)
    if (std::all_of(std::begin(entry.words), std::end(entry.words),
                    [&](std::string_view word) { return head.find(word) != std::string_view::npos; }))
      return std::string(entry.kind);
  if (head.find('\0') != std::string_view::npos) return "a file of bytes, not of text";
  return "";
}

}  // namespace gigawatt::logs
