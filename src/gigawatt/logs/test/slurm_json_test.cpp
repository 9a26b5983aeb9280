#include <gtest/gtest.h>

#include <algorithm>
#include <string>

#include "gigawatt/logs/read_jobs.h"
#include "gigawatt/logs/test/read.h"

namespace gigawatt::logs {
namespace {

using test::bad;
using test::good;

/// Slurm 24's words: numbers in objects, states in a list, a total of GPUs beside those of a type.
const std::string kDone = R"({"account": "a", "array": {"job_id": 0, "task_id": {"set": false, "number": 0}},
  "cluster": "c1", "het": {"job_id": 0, "job_offset": {"set": false, "number": 0}}, "job_id": 10, "nodes": "n[1-2]",
  "priority": {"set": true, "infinite": false, "number": 7}, "state": {"current": ["COMPLETED"], "reason": "None"},
  "steps": [{"step": {"id": "10.batch"}, "time": {"start": 1}}],
  "time": {"elapsed": 3500, "eligible": 1700000010, "start": 1700000100, "end": 1700003700, "submission": 1700000000,
           "suspended": 100, "limit": {"set": true, "infinite": false, "number": 120}},
  "tres": {"allocated": [{"type": "cpu", "name": "", "count": 64}, {"type": "gres", "name": "gpu", "count": 16},
                         {"type": "gres", "name": "gpu:h100", "count": 16}], "requested": []}, "user": "u1"})";
const std::string kCancelled =
    R"({"array": {"job_id": 11, "task_id": {"set": true, "number": 3}}, "job_id": 14,
  "state": {"current": ["CANCELLED"]}, "time": {"elapsed": 0, "eligible": 0, "start": 0, "end": 1700005000,
  "submission": 1700000000, "limit": {"set": false, "infinite": true, "number": 0}},
  "tres": {"allocated": [], "requested": [{"type": "gres", "name": "gpu", "count": 8}]}, "user": "u2"})";
/// Slurm 21's: plain numbers, one state.
const std::string kPart = R"({"array": {"job_id": 0, "task_id": null}, "het": {"job_id": 20, "job_offset": 1},
  "cluster": "c1", "job_id": 21, "state": {"current": "TIMEOUT"}, "time": {"elapsed": 60, "eligible": 1700000000, "start": 1700000100,
  "end": 1700000160, "submission": 1700000000, "suspended": 0, "limit": 1}, "priority": 5,
  "tres": {"allocated": [{"type": "gres", "name": "gpu:a100", "count": 4}]}, "association": {"user": "u3"}})";
const std::string kRunning = R"({"job_id": 30, "state": {"current": ["RUNNING"]}, "time": {"elapsed": 100,
  "eligible": 1700000000, "start": 1700000100, "end": 0, "submission": 1700000000},
  "tres": {"allocated": [{"type": "gres", "name": "gpu", "count": 8}]}})";

TEST(SlurmJson, EachJobIsTheLineThatSacctPrints) {
  const std::string jobs = kDone + ",\n" + kCancelled + ", " + kPart + ", " + kRunning;
  for (const std::string& text :
       {R"({"meta": {"slurm": {"version": {"major": "24"}}}, "jobs": [)" + jobs + R"(], "errors": []})",
        "{\n  \"jobs\": [\n" + jobs + "\n  ],\n  \"warnings\": [{\"description\": \"odd\"}]\n}\n",
        "{\"errors\": [{\"description\": \"odd\", \"error_number\": 1}], \"jobs\": [" + jobs + "]}",
        "[" + jobs + "]"}) {
    const JobList list = good(text);
    EXPECT_EQ(list.format, "slurm");
    ASSERT_EQ(list.jobs.size(), 2U) << text;
    const LoggedJob& a = list.jobs[0];
    EXPECT_EQ(a.id, "10");
    EXPECT_EQ(a.submit.us, 1'700'000'000'000'000);
    EXPECT_EQ(a.held_us, 10'000'000);
    EXPECT_EQ(a.wait_us, 90'000'000);
    EXPECT_EQ(a.run_us, 3'500'000'000);  // 3,600 s less the 100 for which it was suspended
    EXPECT_EQ(a.estimate_us, 7'200'000'000);
    EXPECT_EQ(a.units, 16);
    EXPECT_EQ(a.priority, 7);
    EXPECT_EQ(list.accounts[a.account], "u1");
    const LoggedJob& b = list.jobs[1];
    EXPECT_EQ(b.id, "20+1");
    EXPECT_NE(b.gang, LoggedJob::kNone);
    EXPECT_EQ(b.units, 4);
    EXPECT_EQ(list.accounts[b.account], "u3");
    EXPECT_EQ(list.quality.of(Finding::kNotRun).count, 1U);
    EXPECT_EQ(list.quality.of(Finding::kNotRun).examples[0].second, "job 11_3");
    EXPECT_EQ(list.quality.of(Finding::kNotEnded).count, 1U);
  }
}

TEST(SlurmJson, ACutFileSaysSo) {
  const std::string whole = "{\"jobs\": [" + kDone + ", " + kPart + "]}";
  const JobList list = good(whole.substr(0, whole.size() - 60));
  EXPECT_EQ(list.jobs.size(), 1U);
  ASSERT_EQ(list.notes.size(), 1U);
  EXPECT_NE(list.notes[0].find("cut off"), std::string::npos);
}

/// All of a log in one line, longer than a line is read at once: the words at the seams are whole.
TEST(SlurmJson, WithoutLineFeeds) {
  std::string text = "{\"jobs\": [";
  constexpr int kJobs = 3000;
  for (int i = 0; i < kJobs; ++i) {
    std::string job = kDone;
    job.replace(job.find("\"job_id\": 10"), 12, "\"job_id\": " + std::to_string(1000 + i));
    std::replace(job.begin(), job.end(), '\n', ' ');
    text += (i > 0 ? "," : "") + job;
  }
  const JobList list = good(text + "]}");
  EXPECT_EQ(list.jobs.size(), static_cast<std::size_t>(kJobs));
  EXPECT_EQ(list.quality.of(Finding::kBroken).count, 0U);
  EXPECT_EQ(list.quality.lines, static_cast<std::uint64_t>(kJobs));
}

TEST(SlurmJson, OtherListsOfJobsAreNamed) {
  EXPECT_NE(bad(R"({"jobs": [{"job_id": 1, "job_state": ["PENDING"], "submit_time": {"number": 1}}]})")
                .find("squeue --json"),
            std::string::npos);
  EXPECT_NE(bad(R"({"jobs": []})").find("holds no job"), std::string::npos);
  ReadOptions philly;
  philly.format = "philly";
  EXPECT_NE(bad("{\"jobs\": [" + kDone + "]}", philly).find("a log of slurm, not of philly"),
            std::string::npos);
}

/// AllocGRES, which accounting before AllocTRES has.
TEST(Slurm, OlderColumnsOfGpus) {
  const auto units = [](const std::string& gres) {
    const JobList list = good(
        "JobID|Submit|Start|End|AllocGRES\n1|2026-01-01T00:00:00|2026-01-01T00:00:00|"
        "2026-01-01T01:00:00|" +
        gres + "\n");
    return list.jobs.empty() ? 0 : list.jobs[0].units;
  };
  EXPECT_EQ(units("gpu:8"), 8);
  EXPECT_EQ(units("gpu:a100:4"), 4);
  EXPECT_EQ(units("gres:gpu:2"), 2);
  EXPECT_EQ(units("gpu:4(IDX:0,2-3)"), 4);
  EXPECT_EQ(units("gpu"), 1);
  EXPECT_EQ(units("lustre:1"), 0);
}

/// Remarks before the header, --delimiter=';', times without seconds (SLURM_TIME_FORMAT) and resources that were cut.
TEST(Slurm, LooserForms) {
  const JobList list = good(
      "# exported by hand\n\nJobID;Submit;Start;End;AllocTRES;State\n"
      "1;2026-03-01T00:00;2026-03-01T00:01;2026-03-01T01:01;cpu=8,gres/gpu=8;CANCELLED by 0\n"
      "2;2026-03-01T00:00;2026-03-01T00:01;2026-03-01T01:01;billing=64,gres/g+;COMPLETED\n");
  ASSERT_EQ(list.jobs.size(), 1U);
  EXPECT_EQ(list.jobs[0].units, 8);
  EXPECT_EQ(list.jobs[0].run_us, 3'600'000'000);
  EXPECT_EQ(list.quality.of(Finding::kBroken).count, 1U);
  EXPECT_EQ(list.quality.of(Finding::kNoUnits).count, 0U);
}

}  // namespace
}  // namespace gigawatt::logs
