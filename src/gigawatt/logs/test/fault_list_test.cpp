#include "gigawatt/logs/fault_list.h"

#include <algorithm>

#include <gtest/gtest.h>

#include <cmath>

namespace gigawatt::logs {
namespace {

FaultList good(std::string_view text) {
  auto list = parse_faults(text, "log");
  if (!list) ADD_FAILURE() << base::render(list.error());
  return list.value_or(FaultList{});
}

TEST(FaultCsv, DatesSecondsAndOpenRepairs) {
  const auto list = good(
      "node,cause,start,end\n"
      "b,nic,1970-01-02,1970-01-02 01:00:00\n"
      "a,,3600,\n"
      "c,fan,80000,81000\n"
      "a,gpu,7200,100\n"  // ends before it starts
      "a,gpu,x,100\n"     // no time
      "a,gpu,5,6,7\n");   // a cell too many
  EXPECT_EQ(list.records, 6U);
  EXPECT_EQ(list.problem_count, 3U);
  EXPECT_EQ(list.problems[0], "line 5: ends before it starts");
  ASSERT_EQ(list.faults.size(), 3U);
  EXPECT_EQ(list.nodes[list.faults[0].node], "a");
  EXPECT_EQ(list.causes[list.faults[0].cause], "unknown");
  EXPECT_TRUE(std::isnan(list.faults[0].end_s));
  EXPECT_EQ(list.faults[2].end_s, 90'000);
  EXPECT_EQ(list.from_s, 3600);
  EXPECT_EQ(list.to_s, 90'000);
}

TEST(FaultJson, PairsEndsWithTheOldestOpenStart) {
  const auto event = [](const char* node, double day, const char* type, const char* what) {
    return std::string("{\"node_id\":\"") + node + "\",\"event_time\":" + std::to_string(day) +
           ",\"event_type\":\"fault_" + type + "\",\"fault_type\":{\"Level\":\"h\",\"Class\":\"" + what +
           "\",\"Desc\":\"d\"}}";
  };
  const auto list = good("[" + event("a", 1, "start", "GPU") + "," + event("a", 2, "start", "GPU") + "," +
                         event("a", 2, "start", "Fan") + "," + event("a", 3, "end", "GPU") + "," +
                         event("b", 4, "end", "GPU") + ",{\"x\":1}]");
  EXPECT_EQ(list.format, "infinitehbd");
  ASSERT_EQ(list.faults.size(), 3U);
  EXPECT_EQ(list.faults[0].end_s, 3 * 86'400);
  EXPECT_TRUE(std::isnan(list.faults[1].end_s));
  EXPECT_EQ(list.causes, (std::vector<std::string>{"GPU", "Fan"}));
  EXPECT_EQ(list.problem_count, 2U);
}

TEST(FaultLog, Refusals) {
  for (const char* wrong : {"", "node,end\na,1\n", "[", "{}", "[1, 2]", "node,start\n"})
    EXPECT_FALSE(parse_faults(wrong, "log").has_value()) << wrong;
}

TEST(FaultList, OtherSeparatorsRemarksAndNames) {
  for (const char c : {',', ';', '\t', '|'}) {
    std::string text =
        "# by hand\n\nhostname,failure_time,recovery_time,error_type\n"
        "n1,2026-01-01T00:00:00,2026-01-01T01:00:00,hw\nn2,2026-01-02T00:00:00,,sw\n";
    std::replace(text.begin(), text.end(), ',', c);
    const auto list = parse_faults(text, "f.csv");
    ASSERT_TRUE(list) << base::render(list.error());
    ASSERT_EQ(list->faults.size(), 2U);
    EXPECT_EQ(list->faults[0].end_s - list->faults[0].start_s, 3600);
    EXPECT_EQ(list->causes, (std::vector<std::string>{"hw", "sw"}));
  }
}

TEST(FaultList, AFileOfWhichMostIsBrokenIsRefused) {
  const auto list = parse_faults("node,start,end\nx\nx\nn1,0,10\n", "f.csv");
  ASSERT_FALSE(list);
  EXPECT_NE(base::render(list.error()).find("2 of 3 records cannot be read; the first: line 2"),
            std::string::npos);
}

}  // namespace
}  // namespace gigawatt::logs
