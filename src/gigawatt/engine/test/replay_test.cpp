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
