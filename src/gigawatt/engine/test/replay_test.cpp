#include "gigawatt/engine/replay.h"

#include <gtest/gtest.h>

#include "gigawatt/logs/read_jobs.h"

namespace gigawatt::engine {
namespace {

logs::JobList list() {
  auto read = logs::parse_jobs(
      "; MaxProcs: 4\n"
      "1 0 7 10 2 -1 -1 -1 -1 -1 1 1 1 -1 -1 -1 -1 -1\n"
      "2 0 -1 20 2 -1 -1 -1 -1 -1 1 2 1 -1 -1 -1 -1 -1\n"
      "3 5 9 10 2 -1 -1 -1 -1 -1 1 1 1 -1 -1 -1 -1 -1\n",
      "log", {});
  return std::move(*read);
}

TEST(Replay, OnTheLogsOwnCluster) {
  const auto log = list();
  const auto answer = replay_log(log, replay_jobs(log, 1, 1), {});
  ASSERT_TRUE(answer.has_value());
  EXPECT_EQ(answer->units, 4);
  EXPECT_DOUBLE_EQ(answer->result.wait_s.max, 5);
  EXPECT_DOUBLE_EQ(*answer->logged_wait_mean_s, 8);
}

TEST(Replay, CopiesKeepTheWorkAndDependOnTheSeedAlone) {
  const auto log = list();
  const auto jobs = replay_jobs(log, 40, 1);
  ASSERT_EQ(jobs.size(), 120U);
  std::int64_t work = 0;
  for (const auto& j : jobs) work += j.units * j.run_us;
  EXPECT_EQ(work, 40 * 80'000'000LL);
  const auto again = replay_jobs(log, 40, 1);
  const auto other = replay_jobs(log, 40, 2);
  bool differs = false;
  for (std::size_t i = 0; i < jobs.size(); ++i) {
    EXPECT_EQ(jobs[i].submit, again[i].submit);
    differs = differs || jobs[i].submit != other[i].submit;
  }
  EXPECT_TRUE(differs);
}

std::vector<double> starts(const logs::JobList& log, const ReplayQuery& asked, ReplayAnswer* out = nullptr) {
  const auto jobs = replay_jobs(log, 1, 1);
  std::vector<double> start(log.jobs.size(), -1);
  ReplayQuery query = asked;
  query.options.span = [&](std::uint32_t job, base::SimTime from, base::SimTime,
                           std::span<const scheduling::Share>) {
    start[jobs[job].tag] = (from - log.jobs.front().submit).to_seconds();
  };
  const auto answer = replay_log(log, jobs, query);
  EXPECT_TRUE(answer.has_value());
  if (answer && out != nullptr) *out = *answer;
  return start;
}

TEST(Replay, JobsWaitForThoseThatTheyDependOn) {
  const auto log = *logs::parse_jobs(
      "; MaxProcs: 8\n"
      "1 0 0 100 2 -1 -1 2 100 -1 1 1 1 -1 -1 -1 -1 -1\n"
      "2 0 0 100 2 -1 -1 2 100 -1 1 1 1 -1 -1 -1 1 0\n"
      "3 0 0 100 2 -1 -1 2 100 -1 1 1 1 -1 -1 -1 2 50\n"
      "4 400 0 100 2 -1 -1 2 100 -1 1 1 1 -1 -1 -1 1 50\n",
      "log", {});
  ReplayAnswer answer;
  EXPECT_EQ(starts(log, {}, &answer), (std::vector<double>{0, 100, 250, 400}));
  EXPECT_DOUBLE_EQ(answer.result.wait_s.max, 0);
  // Without room for the first, those behind it count as submitted when they were.
  const auto large = *logs::parse_jobs(
      "; MaxProcs: 8\n1 0 0 100 9 -1 -1 2 100 -1 1 1 1 -1 -1 -1 -1 -1\n"
      "2 10 0 100 2 -1 -1 2 100 -1 1 1 1 -1 -1 -1 1 0\n",
      "log", {});
  EXPECT_EQ(large.jobs.size(), 1U);  // the reader knows the cluster
}

TEST(Replay, ComponentsStartTogetherAndEligibleTimesCount) {
  const auto log = *logs::parse_jobs(
      "JobID|Submit|Eligible|Start|End|AllocTRES\n"
      "1|2024-01-01T00:00:00|2024-01-01T00:00:00|2024-01-01T00:00:00|2024-01-01T00:10:00|gres/gpu=3\n"
      "2+0|2024-01-01T00:00:00|2024-01-01T00:00:00|2024-01-01T00:10:00|2024-01-01T00:20:00|gres/gpu=1\n"
      "2+1|2024-01-01T00:00:00|2024-01-01T00:00:00|2024-01-01T00:10:00|2024-01-01T00:20:00|gres/gpu=2\n"
      "3|2024-01-01T00:00:00|2024-01-01T00:15:00|2024-01-01T00:15:30|2024-01-01T00:20:00|gres/gpu=1\n",
      "log", {});
  ReplayQuery query;
  query.units = 4;
  ReplayAnswer answer;
  EXPECT_EQ(starts(log, query, &answer), (std::vector<double>{0, 600, -1, 900}));
  EXPECT_EQ(answer.result.jobs, 3U);
  EXPECT_DOUBLE_EQ(*answer.logged_wait_mean_s, (0 + 600 + 600 + 30) / 4.0);
}

TEST(Replay, AJobWithoutALimitDoesNotPassAReservation) {
  const auto log = *logs::parse_jobs(
      "id,submit_s,wait_s,run_s,estimate_s,units\n1,0,,100,120,4\n2,1,,100,200,8\n3,2,,50,,4\n", "log", {});
  ReplayQuery query;
  query.units = 8;
  ReplayAnswer answer;
  EXPECT_EQ(starts(log, query, &answer), (std::vector<double>{0, 100, 200}));
  ASSERT_EQ(answer.notes.size(), 1U);
  EXPECT_NE(answer.notes[0].find("1 of 3 jobs have no time limit"), std::string::npos);
}

TEST(Replay, ASignalThatDoesNotCoverTheLogIsSaidOrRefused) {
  const auto log = list();
  ReplayQuery query;
  query.signal = scheduling::Signal({{base::SimTime{0}, 5}, {base::SimTime{10'000'000}, 7}});
  query.options.may_defer = base::Duration{1'000'000};
  ReplayAnswer answer;
  starts(log, query, &answer);
  EXPECT_EQ(answer.outside_signal, 1U);  // the job of 20 s that may start a second late
  EXPECT_DOUBLE_EQ(*answer.signal_share, 1);
  query.signal = scheduling::Signal({{base::SimTime{500'000'000}, 5}, {base::SimTime{600'000'000}, 7}});
  const auto refused = replay_log(log, replay_jobs(log, 1, 1), query);
  ASSERT_FALSE(refused.has_value());
  EXPECT_NE(base::render(refused.error()).find("do not meet"), std::string::npos);
}

TEST(Replay, FairShareCountsWhatRuns) {
  const auto log = *logs::parse_jobs(
      "id,submit_s,wait_s,run_s,estimate_s,units,priority,account\n"
      "a1,0,,100000,100000,4,0,a\nb1,0,,1000,1000,4,0,b\nc1,1000,,2000,2000,4,0,c\n"
      "a2,1500,,1000,1000,4,0,a\nb2,1600,,1000,1000,4,0,b\n",
      "log", {});
  ReplayQuery query;
  query.units = 8;
  query.policy = "fair-share";
  EXPECT_EQ(starts(log, query), (std::vector<double>{0, 0, 1000, 4000, 3000}));
  // With a half-life of a minute what b used long ago is forgotten; a holds its 4 units still.
  query.options.usage_half_life = base::Duration{60'000'000};
  EXPECT_EQ(starts(log, query), (std::vector<double>{0, 0, 1000, 4000, 3000}));
}

TEST(Replay, RefusesWhatMakesNoSense) {
  const auto log = list();
  const auto jobs = replay_jobs(log, 1, 1);
  const auto message = [&](const ReplayQuery& query) {
    const auto answer = replay_log(log, jobs, query);
    return answer ? std::string("accepted") : base::render(answer.error());
  };
  ReplayQuery query;
  query.policy = "esy";
  EXPECT_NE(message(query).find("easy"), std::string::npos);
  query = {};
  query.policy = "conservative";
  query.levels = {2};
  EXPECT_NE(message(query).find("topology"), std::string::npos);
  query = {};
  query.levels = {2, 3};
  EXPECT_NE(message(query).find("multiple"), std::string::npos);
  query = {};
  query.options.unit_it_w = 1000;
  query.options.it_cap_w = 500;
  EXPECT_NE(message(query).find("no job"), std::string::npos);
}

}  // namespace
}  // namespace gigawatt::engine
