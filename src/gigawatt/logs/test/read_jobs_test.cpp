#include "gigawatt/logs/read_jobs.h"

#include <gtest/gtest.h>

#include <fmt/format.h>

#include "gigawatt/logs/lines.h"
#include "gigawatt/logs/test/read.h"

namespace gigawatt::logs {
namespace {

using test::bad;
using test::good;

constexpr std::string_view kSwf =
    "; UnixStartTime: 749458803\n;  MaxProcs: 128\n"
    "    1        0     -1   1451  128     -1    -1   -1     -1    -1 -1   1   1  -1 -1 -1 -1 -1\n"
    "    2     1460     5   3726  -1     -1    -1   64     4000    -1 1   1   1  -1 -1 -1 -1 -1\n";

/// sacct names the column that is asked for.
TEST(Slurm, RawJobNumbersAreJobNumbers) {
  const auto list = good(
      "JobIDRaw|Submit|Start|End|AllocTRES|State\n"
      "7|2025-01-01T00:00:00|2025-01-01T00:01:00|2025-01-01T01:00:00|gres/gpu=8|COMPLETED\n");
  ASSERT_EQ(list.jobs.size(), 1U);
  EXPECT_EQ(list.format, "slurm");
}

TEST(Swf, FieldsAndHeader) {
  const auto list = good(kSwf);
  EXPECT_EQ(list.format, "swf");
  EXPECT_EQ(list.unit, "processor");
  EXPECT_EQ(list.cluster_units, 128);
  ASSERT_EQ(list.jobs.size(), 2U);
  EXPECT_EQ(list.jobs[0].submit.us, 749458803'000'000);
  EXPECT_EQ(list.jobs[0].run_us, 1451'000'000);
  EXPECT_EQ(list.jobs[0].units, 128);
  EXPECT_EQ(list.jobs[0].estimate_us, 0);
  EXPECT_EQ(list.jobs[0].wait_us, -1);
  EXPECT_EQ(list.jobs[1].units, 64);  // requested, where the allocation is not known
  EXPECT_EQ(list.jobs[1].estimate_us, 4000'000'000);
  EXPECT_EQ(list.accounts[list.jobs[1].account], "1");
}

TEST(Swf, UsersMayBeAnyNumber) {
  const auto list = good(
      "1 0 0 5 8 -1 -1 8 -1 -1 1 1e113 1 -1 -1 -1 -1 -1\n"
      "2 0 0 5 8 -1 -1 8 -1 -1 1 2.5 1 -1 -1 -1 -1 -1\n"
      "3 0 0 5 8 -1 -1 8 -1 -1 1 7 1 -1 -1 -1 -1 -1\n");
  ASSERT_EQ(list.jobs.size(), 3U);
  const char* const names[] = {"1e+113", "2.5", "7"};
  for (std::size_t i = 0; i < 3; ++i) EXPECT_EQ(list.accounts[list.jobs[i].account], names[i]);
}

TEST(Swf, FindingsByLine) {
  const std::string text = std::string(kSwf) +
                           "3 10 0 5 8 -1\n"                                      // 5: too few
                           "4 10 0 x 8 -1 -1 8 -1 -1 1 1 1 -1 -1 -1 -1 -1\n"      // 6: no number
                           "5 10 0 -1 8 -1 -1 8 -1 -1 5 1 1 -1 -1 -1 -1 -1\n"     // 7: cancelled
                           "6 10 0 5 999 -1 -1 999 -1 -1 1 1 1 -1 -1 -1 -1 -1\n"  // 8: too large
                           "1 2000 0 5 8 -1 -1 8 -1 -1 1 1 1 -1 -1 -1 -1 -1\n"    // 9: duplicate
                           "7 2001 0 5 0 -1 -1 -1 -1 -1 1 1 1 -1 -1 -1 -1 -1\n"   // 10: no processors
                           "8 -4 0 5 1 -1 -1 -1 -1 -1 1 1 1 -1 -1 -1 -1 -1\n"     // 11: before the beginning
                           "9 3000 0 50 1 -1 -1 -1 40 -1 1 1 1 -1 -1 -1 -1 -1\n"  // 12: over its limit
                           "10 2500 0 50 1 -1 -1 -1 60 -1 1 1 1 -1 -1 -1 -1 -1\n";  // 13: out of order
  const auto list = good(text);
  const auto& q = list.quality;
  EXPECT_EQ(q.lines, 11U);
  EXPECT_EQ(q.kept, 4U);
  ASSERT_EQ(q.of(Finding::kBroken).count, 2U);
  EXPECT_EQ(q.of(Finding::kBroken).examples[0],
            (std::pair<std::uint32_t, std::string>{5, "6 numbers instead of 18"}));
  EXPECT_EQ(q.of(Finding::kBroken).examples[1].first, 6U);
  EXPECT_EQ(q.of(Finding::kNotRun).examples[0].first, 7U);
  EXPECT_EQ(q.of(Finding::kMissingMachine).examples[0].first, 8U);
  EXPECT_EQ(q.of(Finding::kDuplicate).examples[0].first, 9U);
  EXPECT_EQ(q.of(Finding::kNoUnits).examples[0].first, 10U);
  EXPECT_EQ(q.of(Finding::kImpossible).examples[0].first, 11U);
  EXPECT_EQ(q.of(Finding::kOverEstimate).examples[0].first, 12U);
  EXPECT_EQ(q.of(Finding::kUnsorted).count, 1U);  // 13
  EXPECT_EQ(list.jobs.back().id, "9");
}

constexpr std::string_view kSlurmHeader = "JobID|User|Submit|Start|End|Timelimit|AllocTRES|NodeList|State|\n";

TEST(Slurm, ParsableWithSteps) {
  const auto list =
      good(std::string(kSlurmHeader) +
           "7|ann|2023-05-01T10:00:00|2023-05-01T10:00:30|2023-05-01T11:00:30|1-02:00:00|billing=64,"
           "cpu=64,gres/gpu:a100=16,gres/gpu=16,node=2|n[01-02]|COMPLETED|\n"
           "7.batch||2023-05-01T10:00:30|2023-05-01T10:00:30|2023-05-01T11:00:30||cpu=64|n01|COMPLETED|\n"
           "8|bob|2023-05-01T10:00:00|Unknown|Unknown|UNLIMITED||None assigned|CANCELLED by 7|\n"
           "9|bob|2023-05-01T10:00:00|2023-05-01T10:00:00|Unknown|5:00|gres/gpu=1|n01|RUNNING|\n"
           "10|bob|2023-05-01T10:00:00|2023-05-01T10:00:00|2023-05-01T10:01:00|90|cpu=4|n01|FAILED|\n"
           "11|bob|2023-05-01T10:00:00|2023-05-01T09:00:00|2023-05-01T10:01:00|90|gres/gpu=4|n01|FAILED|\n");
  ASSERT_EQ(list.jobs.size(), 1U);
  EXPECT_EQ(list.jobs[0].units, 16);
  EXPECT_EQ(list.jobs[0].wait_us, 30'000'000);
  EXPECT_EQ(list.jobs[0].run_us, 3600'000'000LL);
  EXPECT_EQ(list.jobs[0].estimate_us, 26 * 3600'000'000LL);
  EXPECT_EQ(list.accounts[list.jobs[0].account], "ann");
  const auto& q = list.quality;
  EXPECT_EQ(q.of(Finding::kPart).count, 1U);
  EXPECT_EQ(q.of(Finding::kNotRun).count, 1U);
  EXPECT_EQ(q.of(Finding::kNotEnded).count, 1U);
  EXPECT_EQ(q.of(Finding::kNoUnits).count, 1U);
  EXPECT_EQ(q.of(Finding::kImpossible).count, 1U);
}

TEST(Slurm, RefusesToGuessGpus) {
  EXPECT_NE(bad("JobID|Submit|Start|End\n1|2023-05-01|2023-05-01|2023-05-01\n").find("would be a guess"),
            std::string::npos);
}

TEST(Slurm, JobsOnMissingMachines) {
  const auto list = good(std::string(kSlurmHeader) +
                             "1|a|2023-05-01|2023-05-01|2023-05-02|90|gres/gpu=4|n[01-03]|COMPLETED|\n"
                             "2|a|2023-05-01|2023-05-01|2023-05-02|90|gres/gpu=4|n[01-02]|COMPLETED|\n",
                         {.format = {}, .machines = {"n01", "n02"}, .cluster_units = 0});
  EXPECT_EQ(list.jobs.size(), 1U);
  EXPECT_EQ(list.quality.of(Finding::kMissingMachine).examples[0].second, "job 1 on 'n03'");
}

TEST(HostList, Expands) {
  using Names = std::vector<std::string>;
  EXPECT_EQ(expand_host_list("a[01-03,7],b"), (Names{"a01", "a02", "a03", "a7", "b"}));
  EXPECT_EQ(expand_host_list("rack1-n[9-11].x"), (Names{"rack1-n9.x", "rack1-n10.x", "rack1-n11.x"}));
  EXPECT_EQ(expand_host_list("r[1-2]n[09-10],x"), (Names{"r1n09", "r1n10", "r2n09", "r2n10", "x"}));
  EXPECT_FALSE(expand_host_list("a[1-9]b[1-9]c[1-9]", 700).has_value());
  for (const char* wrong : {"a[1-", "a[x]", "a[3-1]", ",a", "a,", "a[1", "a]1", "a[[1]]", "a[0-99999999999]"})
    EXPECT_FALSE(expand_host_list(wrong).has_value()) << wrong;
}

TEST(Csv, PhillyHeliosAcme) {
  const auto philly =
      good("timestamp,duration,num_gpus,gpu_time,cluster\n2017-10-09 07:01:55,66.5,2,66.0,11cb48\n");
  EXPECT_EQ(philly.format, "philly");
  EXPECT_EQ(philly.jobs[0].run_us, 66'500'000);
  const auto helios = good(
      "job_id,user,vc,gpu_num,cpu_num,node_num,state,submit_time,start_time,end_time,duration,queue\n"
      "1,u,v,8,64,1,COMPLETED,2020-04-01 00:00:00,2020-04-01 00:01:00,2020-04-01 00:02:00,60,60\n");
  EXPECT_EQ(helios.format, "helios");
  EXPECT_EQ(helios.jobs[0].wait_us, 60'000'000);
  const auto acme = good(
      "job_id,user,node_num,gpu_num,type,state,submit_time,start_time,end_time,fail_time\n"
      "dlc,u,8,64,Other,FAILED,2023-05-17 08:00:00+08:00,2023-05-17 00:00:10+00:00,2023-05-17 "
      "00:00:18+00:00,\n"
      "cpu,u,1,0,Other,FAILED,2023-05-17 08:00:00+08:00,2023-05-17 00:00:10+00:00,2023-05-17 "
      "00:00:18+00:00,\n");
  EXPECT_EQ(acme.format, "acme");
  ASSERT_EQ(acme.jobs.size(), 1U);
  EXPECT_EQ(acme.jobs[0].wait_us, 10'000'000);
  EXPECT_EQ(acme.jobs[0].run_us, 8'000'000);
}

TEST(Csv, AlibabaWithAndWithoutHeader) {
  const std::string rows =
      "j1,worker,4.0,Terminated,1739162.0,1739200.0,600.0,29.3,100.0,V100\n"
      "j2,ps,2.0,Terminated,1739162.0,1739200.0,600.0,29.3,25.0,MISC\n"
      "j3,ps,2.0,Terminated,1739162.0,,600.0,29.3,50.0,MISC\n"
      "j4,ps,2.0,Terminated,1739162.0,1739200.0,600.0,29.3,,MISC\n";
  const auto list = good(rows, {.format = "alibaba", .machines = {}, .cluster_units = 0});
  ASSERT_EQ(list.jobs.size(), 2U);
  EXPECT_EQ(list.jobs[0].units, 4);
  EXPECT_EQ(list.jobs[1].units, 1);  // half a GPU
  EXPECT_EQ(list.quality.of(Finding::kFraction).count, 1U);
  EXPECT_EQ(list.quality.of(Finding::kNotEnded).count, 1U);
  EXPECT_EQ(list.quality.of(Finding::kNoUnits).count, 1U);
  const auto pods = good(
      "name,cpu_milli,memory_mib,num_gpu,gpu_milli,gpu_spec,qos,pod_phase,creation_time,deletion_time,"
      "scheduled_time\n"
      "p,88000,327680,8,1000,,Burstable,Succeeded,9437497,10769854,9437498\n");
  EXPECT_EQ(pods.format, "alibaba");
  EXPECT_EQ(pods.jobs[0].units, 8);
  EXPECT_EQ(pods.jobs[0].wait_us, 1'000'000);
}

TEST(Csv, OurOwnListReadsBackTheSame) {
  const auto list = good(std::string(kSwf) + "x,y 1461.25 3.5 10 4 -1 -1 4 20 -1 1 7 1 -1 -1 -1 -1 -1\n");
  std::string text = jobs_csv_header();
  for (const auto& job : list.jobs) add_jobs_csv_row(list, job, text);
  const auto again = good(text);
  ASSERT_EQ(again.jobs.size(), list.jobs.size());
  for (std::size_t i = 0; i < list.jobs.size(); ++i) {
    const auto& a = list.jobs[i];
    const auto& b = again.jobs[i];
    EXPECT_EQ(a.id, b.id);
    EXPECT_EQ(a.submit, b.submit);
    EXPECT_EQ(a.wait_us, b.wait_us);
    EXPECT_EQ(a.run_us, b.run_us);
    EXPECT_EQ(a.estimate_us, b.estimate_us);
    EXPECT_EQ(a.units, b.units);
    EXPECT_EQ(list.accounts[a.account], again.accounts[b.account]);
  }
}

TEST(Csv, OneBrokenLineCostsItselfAlone) {
  std::string text = "timestamp,duration,num_gpus\n";
  for (int i = 0; i < 1000; ++i)
    text += i == 500 ? "2017-10-09 07:01:55,\"66,2\n" : fmt::format("2017-10-09 07:01:55,{},2\n", i);
  const auto list = good(text);
  EXPECT_EQ(list.jobs.size(), 999U);
  EXPECT_EQ(list.quality.of(Finding::kBroken).examples[0].first, 502U);
}

TEST(Refusals, SayWhatIsWrong) {
  EXPECT_NE(bad("").find("empty"), std::string::npos);
  EXPECT_NE(bad("\x1f\x8b\x08").find("gzip"), std::string::npos);
  EXPECT_NE(bad("[{\"jobid\": 1}]").find("as philly"), std::string::npos);
  EXPECT_NE(bad("a,b\n1,2\n").find("no job log"), std::string::npos);
  EXPECT_NE(bad("{\"model_type\": \"llama\"}").find("configuration of a model"), std::string::npos);
  EXPECT_NE(bad("PAR1\x15").find("Parquet"), std::string::npos);
  EXPECT_NE(bad("node,start,end,cause\nn1,0,1,x\n").find("fault log"), std::string::npos);
  EXPECT_NE(bad("JobID JobName Partition Account\n").find("--parsable2"), std::string::npos);
  EXPECT_NE(bad("TIMESTAMP,ContextTokens,GeneratedTokens\n").find("requests"), std::string::npos);
  EXPECT_NE(
      bad("a,b\n1,2\n", {.format = "helios", .machines = {}, .cluster_units = 0}).find("this one has no"),
      std::string::npos);
  EXPECT_NE(
      bad("1 2\n3 4\n5 6\n", {.format = "swf", .machines = {}, .cluster_units = 0}).find("3 of 3 lines"),
      std::string::npos);
}

TEST(Timestamp, FormsAndRefusals) {
  EXPECT_EQ(timestamp("1970-01-02")->us, 86'400'000'000);
  EXPECT_EQ(timestamp("1970-01-01 01:00:00+01:00")->us, 0);
  EXPECT_EQ(timestamp("1969-12-31T19:30:00.25-0430")->us, 250'000);
  EXPECT_EQ(timestamp("12.5")->us, 12'500'000);
  for (const char* wrong : {"", "2023-02-30", "2023-13-01", "2023-01-01 25:00:00", "2023-01-01 10", "nan",
                            "1e300", "2023-01-01T00:00:00+99:00", "-023-01-01", "2023-01-01T00:00:00."})
    EXPECT_FALSE(timestamp(wrong).has_value()) << wrong;
}

TEST(SlurmDuration, Forms) {
  EXPECT_EQ(slurm_duration_us("90"), 5'400'000'000);
  EXPECT_EQ(slurm_duration_us("5:30"), 330'000'000);
  EXPECT_EQ(slurm_duration_us("2-1"), 49 * 3'600'000'000LL);
  EXPECT_EQ(slurm_duration_us("1-02:03:04.5"), (86400LL + 7384) * 1'000'000 + 500'000);
  EXPECT_FALSE(slurm_duration_us("1:2:3:4").has_value());
  EXPECT_FALSE(slurm_duration_us("x").has_value());
}

constexpr std::string_view kSacct = "JobID|User|Submit|Start|End|Timelimit|AllocTRES|State\n";
std::string sacct_row(std::string_view id, std::string_view start, std::string_view end,
                      std::string_view tres, std::string_view state = "COMPLETED") {
  return fmt::format("{}|u|2024-05-01T10:00:00|2024-05-01T{}|2024-05-01T{}|1:00:00|{}|{}\n", id, start, end,
                     tres, state);
}

TEST(Slurm, AResizedJobIsTwoRunsOfWhichTheSecondDoesNotWait) {
  const auto list =
      good(std::string(kSacct) + sacct_row("1", "10:10:00", "11:00:00", "gres/gpu=8", "RESIZING") +
           sacct_row("1", "11:00:00", "12:00:00", "gres/gpu=16"));
  ASSERT_EQ(list.jobs.size(), 2U);
  EXPECT_EQ(list.jobs[0].wait_us, 600'000'000);
  EXPECT_EQ(list.jobs[1].wait_us, 0);
  EXPECT_EQ(list.jobs[1].held_us, 3600'000'000);
  EXPECT_EQ(list.jobs[1].units, 16);
}

TEST(Slurm, ColumnsThatCouldMislead) {
  // Of two columns of one name the first is no better than the second.
  EXPECT_NE(
      bad("JobID|Start|Submit|Start|End|AllocTRES\n"
          "1|2024-05-01T10:00:00|2024-05-01T10:00:00|2024-05-01T11:00:00|2024-05-01T12:00:00|gres/gpu=8\n")
          .find("two columns have this name"),
      std::string::npos);
  const auto units = good(
      "JobID|Submit|Start|End|Timelimit (min)|AllocTRES\n"
      "1|2024-05-01T10:00:00|2024-05-01T10:00:00|2024-05-01T11:00:00|60|gres/gpu=8\n");
  EXPECT_EQ(units.jobs[0].estimate_us, 0);
  ASSERT_EQ(units.notes.size(), 1U);
  EXPECT_NE(units.notes[0].find("Timelimit (min)"), std::string::npos);
  // A size that was asked for, where the accounting has none.
  const auto asked = good(
      "JobID|Submit|Start|End|ReqTRES|AllocTRES\n"
      "1|2024-05-01T10:00:00|2024-05-01T10:00:00|2024-05-01T11:00:00|gres/gpu=4|\n"
      "2|2024-05-01T10:00:00|2024-05-01T10:00:00|2024-05-01T11:00:00|gres/gpu=4|gres/gpu=8\n");
  EXPECT_EQ(asked.jobs[0].units, 4);
  EXPECT_EQ(asked.jobs[1].units, 8);
  EXPECT_EQ(asked.quality.of(Finding::kBound).count, 1U);
}

TEST(Slurm, OtherDevicesAreNamed) {
  const auto list = good(std::string(kSacct) + sacct_row("1", "10:10:00", "11:00:00", "cpu=8,gres/npu=8") +
                         sacct_row("2", "10:10:00", "11:00:00", "gres/gpu=8"));
  EXPECT_EQ(list.jobs.size(), 1U);
  EXPECT_EQ(list.quality.of(Finding::kNoUnits).examples[0].second, "job 1 of gres/npu=8");
}

TEST(Clocks, TimesOfALineAreOfOneKind) {
  const std::string head = "job_id,user,vc,gpu_num,state,submit_time,start_time,end_time\n";
  const auto list =
      good(head +
           "1,u,v,8,COMPLETED,2023-05-17 11:00:00+08:00,2023-05-17 11:00:10+08:00,2023-05-17 03:30:10\n"
           "2,u,v,8,COMPLETED,2023-05-17 11:00:00+08:00,2023-05-17 11:00:10+08:00,2023-05-17 03:30:10Z\n"
           "3,u,v,8,COMPLETED,1684292400,2023-05-17 03:00:10,2023-05-17 03:30:10\n"
           "4,u,v,8,COMPLETED,2023-05-17 03:00:00,2023-05-17 03:00:10,2023-05-17 03:30:10\n");
  ASSERT_EQ(list.jobs.size(), 2U);
  EXPECT_EQ(list.quality.of(Finding::kBroken).count, 2U);
  EXPECT_EQ(list.jobs[0].run_us, 1800'000'000);
  EXPECT_EQ(list.notes.size(), 1U);  // with a zone and without
}

TEST(Csv, OtherSeparatorsCapitalsAndHeadersInAnotherOrder) {
  const auto list = good(
      "JOB_ID;USER;VC;GPU_NUM;STATE;SUBMIT_TIME;START_TIME;END_TIME\n"
      "1;u;v;8;COMPLETED;100;110;3710\n"
      "USER;JOB_ID;VC;GPU_NUM;STATE;SUBMIT_TIME;END_TIME;START_TIME\n"
      "u;2;v;8;COMPLETED;100;3710;110\n");
  EXPECT_EQ(list.format, "helios");
  ASSERT_EQ(list.jobs.size(), 2U);
  for (const LoggedJob& job : list.jobs) EXPECT_EQ(job.run_us, 3600'000'000);
  EXPECT_EQ(list.jobs[1].id, "2");
  EXPECT_EQ(list.quality.of(Finding::kHeader).count, 1U);
}

TEST(Csv, DurationOfTheAccountingCounts) {
  const auto list = good(
      "job_id,user,vc,gpu_num,state,submit_time,start_time,end_time,duration\n"
      "1,u,v,8,COMPLETED,100,110,3710,1800\n"
      "2,u,v,8,COMPLETED,100,110,3710,-5\n");
  ASSERT_EQ(list.jobs.size(), 1U);
  EXPECT_EQ(list.jobs[0].run_us, 1800'000'000);
  EXPECT_EQ(list.quality.of(Finding::kClock).count, 1U);
  EXPECT_EQ(list.quality.of(Finding::kBroken).count, 1U);
}

TEST(Swf, NodesAreProcessorsOnlyWhereNoJobHasMore) {
  const std::string_view line = " 0 0 5 32 -1 -1 32 -1 -1 1 1 1 -1 -1 -1 -1 -1\n";
  EXPECT_EQ(good(fmt::format("; MaxNodes: 64\n1{}", line)).cluster_units, 64);
  const auto smaller = good(fmt::format("; MaxNodes: 16\n1{}", line));
  EXPECT_EQ(smaller.jobs.size(), 1U);
  EXPECT_EQ(smaller.cluster_units, 0);
  EXPECT_EQ(smaller.notes.size(), 1U);
}

TEST(Clocks, NamedZones) {
  const auto utc = timestamp("2017-10-09 14:01:00");
  ASSERT_TRUE(utc.has_value());
  for (const char* same : {"2017-10-09 07:01:00 PDT", "2017-10-09 14:01:00 UTC", "2017-10-09T14:01:00Z",
                           "2017/10/09 22:01:00+08:00"}) {
    EXPECT_EQ(timestamp(same), utc) << same;
    EXPECT_EQ(clock_of(same), Clock::kZoned) << same;
  }
  EXPECT_FALSE(timestamp("2017-10-09 07:01:00 CST").has_value());  // of three countries
  EXPECT_EQ(clock_of("2017-10-09 07:01:00"), Clock::kLocal);
  EXPECT_EQ(clock_of("1507557660"), Clock::kNumber);
}

TEST(Clocks, SubmissionsTwentyYearsApartAreNamed) {
  const auto list = good("submit_s,run_s,units\n0,10,1\n1700000000,10,1\n");
  ASSERT_EQ(list.notes.size(), 1U);
  EXPECT_NE(list.notes[0].find("line 2"), std::string::npos);
}

}  // namespace
}  // namespace gigawatt::logs
