#include "gigawatt/engine/step_query.h"

#include <gtest/gtest.h>

#include "gigawatt/engine/test/shipped.h"

namespace gigawatt::engine {
namespace {

using test::shipped;

StepSubject subject() { return resolve_subject(shipped(), "llama3.1-8b", "h100-sxm", "").value(); }

StepQuery query() {
  StepQuery q;
  q.system.name = "h100-sxm";
  q.gpus = 64;
  q.seq = 8192;
  q.global_batch = 128;
  return q;
}

TEST(StepQuery, DataParallelismAndDefaultsFollow) {
  const auto about = subject();
  auto q = query();
  q.tp = 2;
  q.pp = 4;
  q.vpp = 2;
  const auto request = step_request(q, about);
  ASSERT_TRUE(request);
  EXPECT_EQ(request->plan.dp, 8);
  EXPECT_EQ(request->plan.schedule, step::Schedule::kInterleaved);
  EXPECT_TRUE(request->plan.sequence_parallel);
  EXPECT_TRUE(step::evaluate(*request, shipped().calibration));
}

TEST(StepQuery, AbsurdDegreesAreRefusedNotMultipliedToZero) {
  const auto about = subject();
  auto q = query();
  q.tp = q.cp = q.pp = kMostWays;
  const auto request = step_request(q, about);
  ASSERT_TRUE(request);
  const auto result = step::evaluate(*request, shipped().calibration);
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().code, step::PlanErrorCode::kRanksDoNotMultiply);
}

TEST(StepQuery, EveryWordThatMeansNothingIsReported) {
  const auto about = subject();
  auto q = query();
  q.recompute = "some";
  q.schedule = "2f2b";
  q.precision = "fp7";
  q.kind = "play";
  const auto request = step_request(q, about);
  ASSERT_FALSE(request);
  EXPECT_EQ(request.error().size(), 4u);
}

}  // namespace
}  // namespace gigawatt::engine
