#include "gigawatt/workload/rule_expression.h"

#include <gtest/gtest.h>

namespace gigawatt::workload {
namespace {

using nlohmann::json;

const json kFile =
    json::parse(R"({"n": 6, "k": 4, "text": "MEM*", "list": [1, 0, 2], "table": {"a": 9}, "none": null,
                                   "word": "seven", "yes": true})");

struct Answer {
  json value;
  std::optional<RuleFailure> failure;
};

Answer answer(const std::string& rule) {
  RuleEvaluator e([](const std::string& name) -> RuleValue {
    const auto found = kFile.find(name);
    return found == kFile.end() ? RuleValue{nullptr, name} : RuleValue{*found, name};
  });
  const RuleValue v = e.value(parse_rule(rule));
  return {v.data, e.failure()};
}

TEST(RuleExpression, FollowsTheStrengthOfOperators) {
  EXPECT_EQ(answer("1 + 2 * 3").value, 7);
  EXPECT_EQ(answer("(1 + 2) * 3 - -1").value, 10);
  EXPECT_EQ(answer("n // k").value, 1);
  EXPECT_EQ(answer("n % k").value, 2);
  EXPECT_EQ(answer("0.5 * n").value, 3);
  EXPECT_EQ(answer("n > k && !(k == 4) || yes").value, true);
  EXPECT_EQ(answer("n < k ? 1 : n == 6 ? 2 : 3").value, 2);
  EXPECT_EQ(answer("none ?? absent ?? n").value, 6);
}

TEST(RuleExpression, ReachesIntoListsTextsAndTables) {
  EXPECT_EQ(answer("list[2]").value, 2);
  EXPECT_EQ(answer("text[3]").value, "*");
  EXPECT_EQ(answer("table.a").value, 9);
  EXPECT_TRUE(answer("table.b").value.is_null());
  EXPECT_TRUE(answer("absent.b.c").value.is_null());
  EXPECT_EQ(answer(R"(text[1] in ["E", "M"])").value, true);
  EXPECT_EQ(answer("2 in list").value, true);
  EXPECT_EQ(answer("5 in none").value, false);
  EXPECT_EQ(answer(R"(count(text, "M"))").value, 2);
  EXPECT_EQ(answer("len(list) + len(text) + len(none)").value, 7);
}

TEST(RuleExpression, KnowsItsFunctions) {
  EXPECT_EQ(answer("exact(n, 3)").value, 2);
  EXPECT_EQ(answer("round_up(n, k)").value, 8);
  EXPECT_EQ(answer("max(n, k) + min(n, k)").value, 10);
  EXPECT_EQ(answer("ceil(n / k) + floor(n / k)").value, 3);
  EXPECT_EQ(answer("has(n) && !has(none)").value, true);
  EXPECT_EQ(answer("2 * yes(yes) + yes(absent)").value, 2);
  EXPECT_EQ(answer("primes(10, 1, 3)").value, 13 + 17 + 19);  // 11 is left out
  EXPECT_EQ(answer("primes(1, 0, 3)").failure->code, "out-of-bounds");
  EXPECT_EQ(answer("index_of([5, 6, 7], n)").value, 1);
  EXPECT_TRUE(answer("index_of([5, 7], n)").value.is_null());
  EXPECT_EQ(answer("count([n, 5, n, n], n, 3)").value, 2);
}

TEST(RuleExpression, SaysWhatIsWrongAndWhere) {
  const auto divided = answer("exact(n, k)").failure;
  ASSERT_TRUE(divided);
  EXPECT_EQ(divided->code, "inconsistent");
  EXPECT_EQ(divided->key, "k");
  EXPECT_EQ(answer("absent * 2").failure->message, "'absent' is missing");
  EXPECT_EQ(answer("word * 2").failure->message, "'word' must be a whole number, not 'seven'");
  EXPECT_EQ(answer("n ? 1 : 2").failure->message, "'n' must be true or false, not 6");
  EXPECT_EQ(answer("list[7]").failure->message, "'list' has no entry for layer 7");
  EXPECT_EQ(answer("n // (k - 4)").failure->code, "out-of-bounds");
  EXPECT_EQ(answer(R"(refuse("not " + word, "word"))").failure->message, "not seven");
}

/// What is not needed is not evaluated: a file lacks keys of other layers' kinds.
TEST(RuleExpression, EvaluatesOnlyWhatIsNeeded) {
  EXPECT_FALSE(answer("yes ? 1 : absent * 2").failure);
  EXPECT_FALSE(answer("n == 6 || absent * 2 > 1").failure);
  EXPECT_FALSE(answer("n ?? absent * 2").failure);
}

}  // namespace
}  // namespace gigawatt::workload
