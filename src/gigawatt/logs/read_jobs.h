#pragma once
/// Job logs -> JobList.
///
/// | format  | file |
/// | jobs    | what `gigawatt import` writes (job_list.h) |
/// | swf     | Standard Workload Format 2.2: 18 numbers a line, ';' comments with UnixStartTime and MaxProcs. Size:
///             allocated processors, else requested. Parallel Workloads Archive |
/// | slurm   | `sacct --parsable` or `--parsable2`, with at least JobID, Submit, Start, End and AllocTRES or ReqTRES
///             (GPUs: gres/gpu=N). Steps are left out. Eligible, Elapsed(Raw) and Suspended are used where there are
///             such columns: waits count from Eligible, running time is what the accounting says. Without a header
///             line the columns are told by what they hold, and that is said. `sacct --json` too |
/// | philly  | Microsoft's cluster_job_log (JSON, an attempt is a job), or CSV with timestamp, duration, num_gpus |
/// | helios  | SenseTime's cluster_log.csv: gpu_num, submit_time, start_time, end_time |
/// | acme    | Shanghai AI Lab's trace_kalos.csv and trace_seren.csv: the same columns, dates with a time zone |
/// | alibaba | batch_task of 2018 (cores), pai_task_table of 2020 (with or without a header line), openb_pod_list of
///             2023, disaggregated_DLRM_trace of 2025, job_info_df of 2026 |
/// | azure   | vmtable of 2017 and 2019 (cores; its largest bucket is a bound) |
/// | google  | task_events of 2011, instance_events of 2019 (thousandths of a machine) |
///
/// A file is read in one pass, a line at a time. A line that cannot be read is a finding with its number and costs
/// nothing else; a file whose columns are missing, or of whose lines more than half cannot be read, is refused.

#include <array>
#include <filesystem>
#include <string_view>
#include <vector>

#include <tl/expected.hpp>

#include "gigawatt/base/diagnostic.h"
#include "gigawatt/logs/job_list.h"

namespace gigawatt::logs {

inline constexpr std::array<std::string_view, 9> kJobFormats = {
    "jobs", "swf", "slurm", "philly", "helios", "acme", "alibaba", "azure", "google"};

struct ReadOptions {
  std::string format;                 ///< one of kJobFormats; empty: by what the first lines look like
  std::vector<std::string> machines;  ///< of the cluster; where given, jobs on others are findings (slurm)
  std::int64_t cluster_units = 0;     ///< where positive, larger jobs are findings
};

tl::expected<JobList, base::Diagnostics> read_jobs(const std::filesystem::path& file,
                                                   const ReadOptions& options);

/// The same from memory.
tl::expected<JobList, base::Diagnostics> parse_jobs(std::string_view text, const std::string& name,
                                                    const ReadOptions& options);

/// The names in a Slurm host list: "a[01-03,7],b" -> a01 a02 a03 a7 b. Nothing where it is malformed or names more
/// than `most`.
std::optional<std::vector<std::string>> expand_host_list(std::string_view list, std::size_t most = 1'000'000);

}  // namespace gigawatt::logs
