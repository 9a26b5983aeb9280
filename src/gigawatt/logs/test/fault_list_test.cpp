#include "gigawatt/logs/fault_list.h"

#include <algorithm>

#include <gtest/gtest.h>

#include <cmath>

namespace gigawatt::logs {
namespace {

FaultList good_faults(std::string_view text) {
  auto list = parse_faults(text, "log");
  if (!list) ADD_FAILURE() << base::render(list.error());
  return list.value_or(FaultList{});
}

TEST(FaultCsv, DatesSecondsAndOpenRepairs) {
  const auto list = good_faults(
      "node,cause,start,end\n"
      "b,nic,86400,90000\n"
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

TEST(FaultCsv, DatesWithAndWithoutAZone) {
  // 00:00 at +08:00 is 16:00 UTC of the day before; an end without a zone beside it means nothing certain.
  const auto list = good_faults(
      "node,start,end\n"
      "a,2024-01-02T00:00:00+08:00,2024-01-01T17:00:00Z\n"
      "b,2024-01-02T00:00:00+08:00,2024-01-02T01:00:00\n"
      "c,1704067200,1704070800\n"  // a number among dates
      "d,2024/01/02 00:00,2024/01/02 02:00\n");
  ASSERT_EQ(list.faults.size(), 2U);
  EXPECT_EQ(list.faults[0].end_s - list.faults[0].start_s, 3600);
  EXPECT_EQ(list.faults[1].end_s - list.faults[1].start_s, 7200);
  EXPECT_EQ(list.problem_count, 2U);
  EXPECT_EQ(list.reasons.size(), 1U);
  EXPECT_EQ(list.notes.size(), 1U);  // one line with a zone, one without
}

TEST(FaultCsv, UnitsInNamesAndLengths) {
  const auto hours = good_faults("node,start_h,end_h\na,1,2.5\n");
  EXPECT_EQ(hours.faults[0].start_s, 3600);
  EXPECT_EQ(hours.faults[0].end_s, 9000);
  const auto lengths =
      good_faults("host,began at,start,Downtime (min),cause\na,x,100,30,gpu\nb,x,200,,gpu\n");
  EXPECT_EQ(lengths.faults[0].end_s, 1900);
  EXPECT_TRUE(std::isnan(lengths.faults[1].end_s));
  EXPECT_TRUE(lengths.knows_ends);
  // Hours or minutes: nobody can tell.
  const auto unclear = parse_faults("node,start,downtime\na,100,30\n", "log");
  ASSERT_FALSE(unclear.has_value());
  EXPECT_NE(base::render(unclear.error()).find("does not say its unit"), std::string::npos);
  EXPECT_FALSE(parse_faults("node,start,start,end\na,1,2,3\n", "log").has_value());
}

TEST(FaultCsv, MonthOrDayFirstAsTheFileShows) {
  const auto us =
      good_faults("node,start,end\na,1/2/2024 9:13,1/2/2024 9:20\nb,1/13/2024 1:00 PM,1/13/2024 2:00 PM\n");
  EXPECT_EQ(us.faults[0].end_s - us.faults[0].start_s, 420);
  EXPECT_EQ(us.faults[1].start_s - us.faults[0].start_s, 11 * 86'400 + 13'620);
  const auto europe =
      good_faults("node;start;end\na;02.01.2024 09:13;02.01.2024 09:20\nb;13.01.2024 13:00;\n");
  EXPECT_EQ(europe.faults[1].start_s - europe.faults[0].start_s, 11 * 86'400 + 13'620);
  const auto either = parse_faults("node,start,end\na,1/2/2024 9:13,1/3/2024 9:20\n", "log");
  ASSERT_FALSE(either.has_value());
  EXPECT_NE(base::render(either.error()).find("two ways"), std::string::npos);
}

TEST(FaultCsv, TheTableOfLanl) {
  const auto list = good_faults(
      "System,machine type,nodes,nodenum,nodenumz,Prob Started,Prob Fixed,Down "
      "Time,Facilities,Hardware,Human "
      "Error,Network,Undetermined,Software,Same Event\n"
      "2,cluster,49,0,0,6/21/2005 10:54,6/21/2005 11:00,6,,Graphics Accel Hdwr,,,,,No\n"
      "20,cluster,512,0,0,9/6/2005 9:13,9/6/2005 9:19,6,,,,,,Other Software,No\n");
  EXPECT_EQ(list.nodes, (std::vector<std::string>{"2/0", "20/0"}));
  EXPECT_EQ(list.causes, (std::vector<std::string>{"hardware", "software"}));
  EXPECT_EQ(list.faults[0].end_s - list.faults[0].start_s, 360);
}

TEST(FaultCsv, AHostListIsAFaultOfEachNode) {
  const auto list = good_faults("node,start,end\n\"n[1-4]\",0,3600\nn2,7200,7300\n");
  EXPECT_EQ(list.faults.size(), 5U);
  EXPECT_EQ(list.nodes.size(), 4U);
  EXPECT_EQ(list.notes.size(), 1U);
}

TEST(FaultJson, PairsEndsWithTheOldestOpenStart) {
  const auto event = [](const char* node, double day, const char* type, const char* what) {
    return std::string("{\"node_id\":\"") + node + "\",\"event_time\":" + std::to_string(day) +
           ",\"event_type\":\"fault_" + type + "\",\"fault_type\":{\"Level\":\"h\",\"Class\":\"" + what +
           "\",\"Desc\":\"d\"}}";
  };
  const auto list = good_faults("[" + event("a", 1, "start", "GPU") + "," + event("a", 2, "start", "GPU") +
                                "," + event("a", 2, "start", "Fan") + "," + event("a", 3, "end", "GPU") +
                                "," + event("b", 4, "end", "GPU") + ",{\"x\":1}]");
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
