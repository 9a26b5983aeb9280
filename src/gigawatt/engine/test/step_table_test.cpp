#include "gigawatt/engine/step_table.h"

#include <gtest/gtest.h>

#include "gigawatt/engine/step_query.h"
#include "gigawatt/engine/test/shipped.h"

namespace gigawatt::engine {
namespace {

using test::shipped;

using results::Column;
using results::Columns;

Column text(std::string name, std::vector<std::string> values) {
  Column c;
  c.name = std::move(name);
  c.kind = Column::Kind::kText;
  for (auto& value : values) {
    c.words.push_back(static_cast<std::int32_t>(c.dictionary.size()));
    c.dictionary.push_back(std::move(value));
  }
  return c;
}

Column integers(std::string name, std::vector<std::int64_t> values) {
  Column c;
  c.name = std::move(name);
  c.kind = Column::Kind::kInteger;
  c.integers = std::move(values);
  return c;
}

Columns table(std::vector<std::int64_t> tp) {
  Columns t;
  t.rows = tp.size();
  t.columns = {text("model", {"llama3.1-8b"}), text("system", {"h100-sxm"}), integers("gpus", {64}),
               integers("seq", {8192}), integers("global_batch", {256})};
  for (auto& c : t.columns) c.constant = true;
  t.columns.push_back(integers("tp", std::move(tp)));
  return t;
}

TEST(StepTable, RowsAreStepsInTheirOrder) {
  const auto answers = step_table(shipped(), table({2, 8, 3, 1, 2}), {.times = true, .memory = false});
  ASSERT_TRUE(answers);
  const Column& seconds = *answers->find("step_time_s");
  const Column& reason = *answers->find("reason");
  ASSERT_EQ(answers->rows, 5u);
  for (const auto& [row, tp] : {std::pair<std::size_t, std::int64_t>{0, 2}, {1, 8}, {3, 1}, {4, 2}}) {
    StepQuery q;
    q.model.name = "llama3.1-8b";
    q.system.name = "h100-sxm";
    q.gpus = 64;
    q.seq = 8192;
    q.global_batch = 256;
    q.tp = tp;
    const auto subject = subject_of(shipped(), q).value();
    const auto request = step_request(q, subject).value();
    const auto step = step::evaluate(request, shipped().calibration).value();
    EXPECT_EQ(seconds.numbers[row], step.step_time_s);
    EXPECT_EQ(answers->find("time.compute")->numbers[row], step.time[step::TimeTerm::kCompute]);
    EXPECT_TRUE(reason.is_missing(row));
  }
  EXPECT_TRUE(seconds.is_missing(2));
  EXPECT_FALSE(reason.is_missing(2));
}

TEST(StepTable, EqualRowsAreOneQuestion) {
  std::vector<std::int64_t> tp(100'000);
  for (std::size_t i = 0; i < tp.size(); ++i) tp[i] = i % 3 == 0 ? 1 : 2;
  const auto answers = step_table(shipped(), table(std::move(tp))).value();
  const auto& seconds = answers.find("step_time_s")->numbers;
  for (std::size_t i = 2; i < seconds.size(); ++i) ASSERT_EQ(seconds[i], seconds[i % 3 == 0 ? 0 : 1]);
}

TEST(StepTable, MistakesAreNamedAtOnce) {
  auto wrong = table({2, 0});
  wrong.columns.push_back(text("foo", {"a", "b"}));
  wrong.columns.push_back(text("pp", {"a", "b"}));
  const auto answers = step_table(shipped(), wrong);
  ASSERT_FALSE(answers);
  std::vector<std::string> codes;
  for (const auto& d : answers.error()) codes.push_back(d.code);
  std::sort(codes.begin(), codes.end());
  EXPECT_EQ(codes, (std::vector<std::string>{"out-of-range", "unknown-key", "wrong-kind"}));
}

}  // namespace
}  // namespace gigawatt::engine
