// Which lines of a log are runs of their own, and for how long each ran.
#include <gtest/gtest.h>

#include "gigawatt/logs/read_jobs.h"
#include "gigawatt/logs/test/read.h"

namespace gigawatt::logs {
namespace {

using test::good;

std::uint64_t count(const JobList& list, Finding finding) { return list.quality.of(finding).count; }
double unit_hours(const JobList& list, Finding finding) { return list.quality.of(finding).unit_s / 3600; }

TEST(Runs, RequeuedOnesAreKeptAndRepeatedRecordsAreNot) {
  const auto list = good(
      "JobID|Submit|Start|End|AllocTRES|State\n"
      "9|2024-01-01T00:00:00|2024-01-01T01:00:00|2024-01-01T02:00:00|gres/gpu=4|PREEMPTED\n"
      "9|2024-01-01T02:00:10|2024-01-01T03:00:00|2024-01-01T05:00:00|gres/gpu=4|COMPLETED\n"
      "9|2024-01-01T02:00:10|2024-01-01T03:00:00|2024-01-01T05:00:00|gres/gpu=4|COMPLETED\n"
      // The same submission, but after the first run: put back with its old date.
      "8|2024-01-01T00:00:00|2024-01-01T01:00:00|2024-01-01T02:00:00|gres/gpu=4|REQUEUED\n"
      "8|2024-01-01T00:00:00|2024-01-01T04:00:00|2024-01-01T05:00:00|gres/gpu=4|COMPLETED\n");
  ASSERT_EQ(list.jobs.size(), 4U);
  EXPECT_EQ(count(list, Finding::kDuplicate), 1U);
  EXPECT_DOUBLE_EQ(unit_hours(list, Finding::kDuplicate), 8);
}

TEST(Runs, ClustersShareNumbers) {
  const auto list = good(
      "JobID|Cluster|Submit|Start|End|AllocTRES\n"
      "1|a|2024-01-01T00:00:00|2024-01-01T00:00:00|2024-01-01T02:00:00|gres/gpu=4\n"
      "1|b|2024-01-01T00:00:00|2024-01-01T00:00:00|2024-01-01T02:00:00|gres/gpu=4\n");
  ASSERT_EQ(list.jobs.size(), 2U);
  EXPECT_EQ(list.jobs[0].id, "a/1");
  EXPECT_EQ(list.jobs[1].id, "b/1");
}

TEST(Runs, RunningTimeIsWhatTheAccountingSays) {
  const auto list = good(
      "JobID|Submit|Start|End|Elapsed|Suspended|AllocTRES|State\n"
      // Six hours, of which two suspended; the clock went back by one hour; it went back between submission and start.
      "1|2024-01-01T00:00:00|2024-01-01T01:00:00|2024-01-01T07:00:00|04:00:00|02:00:00|gres/gpu=1|COMPLETED\n"
      "2|2023-10-29T01:00:00|2023-10-29T02:50:00|2023-10-29T02:10:00|00:20:00|00:00:00|gres/gpu=1|COMPLETED\n"
      "3|2023-10-29T02:50:00|2023-10-29T02:05:00|2023-10-29T03:05:00|02:00:00|00:00:00|gres/"
      "gpu=1|COMPLETED\n");
  ASSERT_EQ(list.jobs.size(), 3U);
  EXPECT_EQ(list.jobs[2].run_us, 4 * 3'600'000'000LL);
  EXPECT_EQ(list.jobs[0].run_us, 20 * 60'000'000LL);
  EXPECT_EQ(list.jobs[1].wait_us, -1);  // nobody knows
  EXPECT_EQ(count(list, Finding::kClock), 2U);
  EXPECT_EQ(count(list, Finding::kSuspended), 1U);
  // Without Elapsed, what was suspended is taken off.
  const auto plain = good(
      "JobID|Submit|Start|End|Suspended|AllocTRES\n"
      "1|2024-01-01T00:00:00|2024-01-01T01:00:00|2024-01-01T07:00:00|02:00:00|gres/gpu=1\n");
  EXPECT_EQ(plain.jobs[0].run_us, 4 * 3'600'000'000LL);
}

TEST(Runs, WaitsCountFromEligible) {
  const auto list = good(
      "JobID|Submit|Eligible|Start|End|AllocTRES\n"
      "1|2024-01-01T00:00:00|2024-01-01T05:00:00|2024-01-01T05:00:30|2024-01-01T06:00:00|gres/gpu=1\n");
  EXPECT_EQ(list.jobs[0].held_us, 5 * 3'600'000'000LL);
  EXPECT_EQ(list.jobs[0].wait_us, 30'000'000);
}

TEST(Runs, CancelledWhilePendingNeverStarted) {
  const auto list = good(
      "JobID|Submit|Start|End|ReqTRES|NodeList|State\n"
      "1|2024-01-01T00:00:00|2024-01-01T05:00:00|2024-01-01T05:00:00|gres/gpu=8|None assigned|CANCELLED by "
      "7\n"
      "2|2024-01-01T00:00:00|2024-01-01T05:00:00|2024-01-01T05:00:00|gres/gpu=8|n1|FAILED\n");
  EXPECT_EQ(count(list, Finding::kNotRun), 1U);
  ASSERT_EQ(list.jobs.size(), 1U);  // one that failed at once did start
  EXPECT_EQ(list.jobs[0].id, "2");
}

TEST(Runs, UnfinishedOnesAreNamedWithTheirWorkSoFar) {
  const auto list = good(
      "JobID|Submit|Start|End|AllocTRES|State\n"
      "1|2024-01-01T00:00:00|2024-01-01T00:00:00|2024-01-01T10:00:00|gres/gpu=1|COMPLETED\n"
      "2|2024-01-01T00:00:00|2024-01-01T04:00:00|Unknown|gres/gpu=2|RUNNING\n");
  EXPECT_EQ(list.quality.of(Finding::kNotEnded).examples[0].second, "job 2");
  EXPECT_DOUBLE_EQ(unit_hours(list, Finding::kNotEnded), 12);  // 2 GPUs from 4 to 10 o'clock
}

TEST(Runs, HeaderlessSacctIsToldByWhatItHolds) {
  const auto list = good(
      "5|u|2024-01-01T00:00:00|2024-01-01T00:00:30|2024-01-01T01:00:30|02:00:00|cpu=8,gres/"
      "gpu=8|n1|COMPLETED\n"
      "6|u|2024-01-01T00:00:00|2024-01-01T00:00:30|2024-01-01T01:00:30|02:00:00|cpu=8,gres/"
      "gpu=4|n1|COMPLETED\n");
  ASSERT_EQ(list.jobs.size(), 2U);
  EXPECT_EQ(list.jobs[1].units, 4);
  EXPECT_EQ(list.jobs[0].estimate_us, 7'200'000'000);
  ASSERT_EQ(list.notes.size(), 1U);
  EXPECT_NE(list.notes[0].find("JobID||Submit|Start|End|Timelimit|AllocTRES||State"), std::string::npos);
  // Two resources: which of them was allocated cannot be told.
  const auto two = parse_jobs(
      "5|2024-01-01T00:00:00|2024-01-01T00:00:30|2024-01-01T01:00:30|cpu=8,gres/gpu=8|cpu=8,gres/"
      "gpu=4|COMPLETED\n",
      "log", {});
  ASSERT_FALSE(two.has_value());
  EXPECT_NE(base::render(two.error()).find("without its header"), std::string::npos);
}

TEST(Runs, MarksHeadersInTheMiddleAndCutEnds) {
  const auto list = good(
      "\xEF\xBB\xBFJobID|Submit|Start|End|AllocTRES\r\n"
      "1|2024-01-01T00:00:00|2024-01-01T00:00:00|2024-01-01T02:00:00|gres/gpu=4\r\n"
      "JobID|Submit|Start|End|AllocTRES\r\n"
      "2|2024-01-01T00:00:00|2024-01-01T00:00:00|2024-01-01T02:00:00|gres/gpu=4\r\n"
      "3|2024-01-01T00:00:00|2024-01-01T0");
  EXPECT_EQ(list.jobs.size(), 2U);
  EXPECT_EQ(count(list, Finding::kHeader), 1U);
  ASSERT_EQ(list.notes.size(), 1U);
  EXPECT_NE(list.notes[0].find("cut off"), std::string::npos);
}

TEST(Swf, DependenciesPartsAndTheirWork) {
  const auto list = good(
      "\xEF\xBB\xBF; MaxProcs: 64\n"
      "1 0 10 100 8 -1 -1 8 200 -1 1 1 1 -1 -1 -1 -1 -1\n"
      "1 -1 -1 60 8 -1 -1 8 200 -1 2 1 1 -1 -1 -1 -1 -1\n"
      "2 0 150 50 8 -1 -1 8 200 -1 1 1 1 -1 -1 -1 1 30\n"
      "3 5 0 50 8 -1 -1 8 -1 -1 1 1 1 -1 -1 -1 77 30\n");
  ASSERT_EQ(list.jobs.size(), 3U);
  EXPECT_EQ(count(list, Finding::kPart), 1U);
  EXPECT_EQ(list.jobs[1].after, 0U);
  EXPECT_EQ(list.jobs[1].think_us, 30'000'000);
  // Job 1 ended at 110, so that job 2 could start at 140 and waited 10 s.
  EXPECT_EQ(list.jobs[1].held_us, 140'000'000);
  EXPECT_EQ(list.jobs[1].wait_us, 10'000'000);
  EXPECT_EQ(list.jobs[2].after, LoggedJob::kNone);
  ASSERT_EQ(list.notes.size(), 1U);
  EXPECT_NE(list.notes[0].find("not among those kept"), std::string::npos);
}

TEST(Philly, AFileThatIsCutOffEnds) {
  const auto list = parse_jobs(
      R"([{"jobid": "a", "submitted_time": "2017-10-09 07:00:00", "attempts": [{"start_time": "2017-)", "log",
      {});
  // One element without its end is no job, and nothing follows it.
  EXPECT_TRUE(!list || list->jobs.empty());
}

TEST(Philly, AttemptsAreRuns) {
  const auto list = good(
      "[{\"status\": \"Pass\", \"vc\": \"v\", \"jobid\": \"a{1\", \"user\": \"u\",\n"
      "  \"submitted_time\": \"2017-10-09 07:00:00\", \"attempts\": [\n"
      "  {\"start_time\": \"2017-10-09 07:00:10\", \"end_time\": \"2017-10-09 08:00:10\",\n"
      "   \"detail\": [{\"ip\": \"m1\", \"gpus\": [\"gpu0\", \"gpu1\"]}, {\"ip\": \"m2\", \"gpus\": "
      "[\"gpu0\"]}]},\n"
      "  {\"start_time\": \"2017-10-09 08:00:40\", \"end_time\": \"2017-10-09 09:00:10\",\n"
      "   \"detail\": [{\"ip\": \"m1\", \"gpus\": [\"gpu0\"]}]}]},\n"
      " {\"jobid\": \"b\", \"submitted_time\": \"2017-10-09 07:00:00\", \"attempts\": []},\n"
      " {\"jobid\": \"c\", \"submitted_time\": \"nonsense\", \"attempts\": [{}]}]\n");
  EXPECT_EQ(list.format, "philly");
  ASSERT_EQ(list.jobs.size(), 2U);
  EXPECT_EQ(list.jobs[0].units, 3);
  EXPECT_EQ(list.jobs[1].wait_us, 30'000'000);  // from the end of the attempt before
  EXPECT_EQ(count(list, Finding::kNotRun), 1U);
  ASSERT_EQ(count(list, Finding::kBroken), 1U);
  EXPECT_EQ(list.quality.of(Finding::kBroken).examples[0].first, 8U);
}

TEST(Helios, StatesAndWordsForNothing) {
  const auto list = good(
      "job_id,user,vc,gpu_num,state,submit_time,start_time,end_time\n"
      "1,u,v,8,COMPLETED,2020-04-01 00:00:00,2020-04-01 00:10:00,2020-04-01 01:10:00\n"
      "2,u,v,8,CANCELLED,2020-04-01 00:00:00,None,2020-04-01 01:10:00\n"
      "3,u,v,8,RUNNING,2020-04-01 00:00:00,2020-04-01 00:10:00,2020-04-01 01:10:00\n"
      "4,u,v,8,SUSPENDED,2020-04-01 00:00:00,2020-04-01 00:10:00,2020-04-01 01:10:00\n");
  EXPECT_EQ(list.jobs.size(), 1U);
  EXPECT_EQ(count(list, Finding::kNotRun), 1U);
  EXPECT_EQ(count(list, Finding::kNotEnded), 2U);
  EXPECT_EQ(count(list, Finding::kBroken), 0U);
}

TEST(Alibaba, EveryYear) {
  const auto y2018 = good("M1,2.0,j_1,1,Terminated,100,160,50.0,0.3\nM2,1.0,j_1,1,Running,100,,50.0,0.3\n");
  EXPECT_EQ(y2018.unit, "core");
  ASSERT_EQ(y2018.jobs.size(), 1U);
  EXPECT_EQ(y2018.jobs[0].units, 1);
  EXPECT_EQ(y2018.jobs[0].wait_us, -1);
  const auto y2020 = good("j,worker,3.0,Terminated,100.0,3700.0,600.0,29.3,50.0,T4\n");
  EXPECT_EQ(y2020.jobs[0].units, 2);  // one and a half
  EXPECT_DOUBLE_EQ(unit_hours(y2020, Finding::kFraction), 0.5);
  const auto y2025 = good(
      "instance_sn,role,app_name,gpu_request,creation_time,scheduled_time,deletion_time\n"
      "a,HN,app,1,,,\nb,HN,app,1,,,3600\nc,HN,app,2,10.0,20.0,30.0\nd,CN,app,0,10.0,20.0,30.0\n");
  ASSERT_EQ(y2025.jobs.size(), 1U);
  EXPECT_EQ(y2025.jobs[0].wait_us, 10'000'000);
  EXPECT_EQ(count(y2025, Finding::kNotEnded), 1U);
  EXPECT_DOUBLE_EQ(unit_hours(y2025, Finding::kBefore), 1);
  EXPECT_EQ(count(y2025, Finding::kNoUnits), 1U);
  const auto y2026 = good(
      "job_name,organization,gpu_model,cpu_request,gpu_request,worker_num,submit_time,duration,job_type\n"
      "7,5,A10,15,1,16,100,41060,Spot\n8,5,A10,15,2,4,100,50,HP\n");
  EXPECT_EQ(y2026.jobs[0].units, 16);
  EXPECT_EQ(y2026.jobs[1].units, 8);
  EXPECT_EQ(y2026.jobs[1].priority, 1);
}

TEST(Azure, MachinesOfTheTable) {
  const auto list = good(
      "vm1,s1,d1,600,4200,90.1,10.2,80.3,Interactive,4,32\n"
      "vm2,s1,d1,0,4200,90.1,10.2,80.3,Unknown,>24,>64\n");
  EXPECT_EQ(list.format, "azure");
  ASSERT_EQ(list.jobs.size(), 2U);
  EXPECT_EQ(list.jobs[1].run_us, 3600'000'000LL);
  EXPECT_EQ(list.jobs[0].units, 24);
  EXPECT_EQ(count(list, Finding::kBound), 2U);  // its size, and its beginning
}

TEST(Azure, TablesWithTheirColumnsNamed) {
  const std::string rows = "vm1,s1,d1,600,4200,90.1,10.2,80.3,Interactive,4,32\n";
  const std::string names =
      "vmid,subscriptionid,deploymentid,vmcreated,vmdeleted,maxcpu,avgcpu,p95maxcpu,vmcategory,";
  for (const char* sizes : {"vmcorecount,vmmemory\n", "vmcorecountbucket,vmmemorybucket\n"}) {
    const auto list = good(names + sizes + rows);
    ASSERT_EQ(list.jobs.size(), 1U) << sizes;
    EXPECT_EQ(list.jobs[0].units, 4);
  }
}

TEST(Google, AReservationIsNoTask) {
  const auto list = good(
      "time,type,collection_id,collection_type,instance_index,resource_request_cpus\n"
      "1000000,3,5,1,0,0.5\n2000000,3,6,0,0,0.25\n9000000,6,6,0,0,0.25\n9500000,6,5,1,0,0.5\n");
  ASSERT_EQ(list.jobs.size(), 1U);
  EXPECT_EQ(list.jobs[0].id, "6/0");
  EXPECT_EQ(list.jobs[0].units, 250);
}

TEST(Google, EventsBecomeStretches) {
  const auto csv = good(
      "time,type,collection_id,instance_index,priority,resource_request.cpus\n"
      "1000000,SUBMIT,5,0,200,0.0125\n2000000,ENABLE,5,0,200,0.0125\n3000000,SCHEDULE,5,0,200,0.0125\n"
      "9000000,EVICT,5,0,200,0.0125\n9000000,SUBMIT,5,0,200,0.0125\n10000000,3,5,0,200,0.0125\n"
      "12000000,FINISH,5,0,200,0.0125\n12000000,SUBMIT,6,0,200,0.5\n13000000,SCHEDULE,7,1,0,0.5\n");
  ASSERT_EQ(csv.jobs.size(), 2U);
  EXPECT_EQ(csv.jobs[0].id, "5/0");
  EXPECT_EQ(csv.jobs[0].units, 13);
  EXPECT_EQ(csv.jobs[0].run_us, 6'000'000);
  EXPECT_EQ(csv.jobs[1].wait_us, 1'000'000);
  EXPECT_EQ(count(csv, Finding::kNotRun), 1U);
  EXPECT_EQ(count(csv, Finding::kNotEnded), 1U);
  const auto json = good(
      "{\"time\":\"1000000\",\"type\":\"SCHEDULE\",\"collection_id\":\"5\",\"instance_index\":\"0\","
      "\"resource_request\":{\"cpus\":0.5}}\n"
      "{\"time\":\"3000000\",\"type\":\"FINISH\",\"collection_id\":\"5\",\"instance_index\":\"0\"}\n");
  ASSERT_EQ(json.jobs.size(), 1U);
  EXPECT_EQ(json.jobs[0].units, 500);
  const auto y2011 = good(
      "0,2,3418309,0,4155527081,0,u,3,9,0.125,0.07446,0.0004244,0\n"
      "5000000,,3418309,1,4155527081,1,u,3,9,0.125,0.07446,0.0004244,0\n"
      "8000000,,3418309,1,4155527081,4,u,3,9,0.125,0.07446,0.0004244,0\n");
  ASSERT_EQ(y2011.jobs.size(), 1U);
  EXPECT_EQ(y2011.jobs[0].run_us, 3'000'000);
}

TEST(Lists, WhatJobsWaitForReadsBack) {
  const auto list = good(
      "; MaxProcs: 64\n"
      "1 0 10 100 8 -1 -1 8 200 -1 1 1 1 -1 -1 -1 -1 -1\n"
      "2 0 150 50 8 -1 -1 8 200 -1 1 1 1 -1 -1 -1 1 30\n");
  std::string text = jobs_csv_header();
  for (const auto& job : list.jobs) add_jobs_csv_row(list, job, text);
  const auto again = good(text);
  ASSERT_EQ(again.jobs.size(), 2U);
  EXPECT_EQ(again.jobs[1].after, 0U);
  EXPECT_EQ(again.jobs[1].think_us, 30'000'000);
  EXPECT_EQ(again.jobs[1].held_us, list.jobs[1].held_us);
  EXPECT_EQ(again.jobs[1].wait_us, list.jobs[1].wait_us);
}

}  // namespace
}  // namespace gigawatt::logs
