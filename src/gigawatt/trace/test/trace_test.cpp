#include "gigawatt/trace/trace.h"

#include <set>
#include <sstream>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "gigawatt/base/check.h"

namespace gigawatt::trace {
namespace {

TEST(ChromeTrace, WritesADocumentThatParsesBack) {
  std::ostringstream out;
  {
    ChromeTrace trace(out);
    trace.name_process(3, "rank \"3\"");
    trace.name_thread({3, 1}, "compute");
    trace.span({3, 1}, "F 0", "forward", 0.0015, 0.0025);
    trace.counter(3, "memory", "GB", 0.002, 41.5);
  }
  const auto document = nlohmann::json::parse(out.str());
  const auto& events = document.at("traceEvents");
  ASSERT_EQ(events.size(), 6u);
  EXPECT_EQ(events[0].at("args").at("name"), "rank \"3\"");
  EXPECT_EQ(events[1].at("args").at("sort_index"), 3);
  EXPECT_EQ(events[4].at("ph"), "X");
  EXPECT_DOUBLE_EQ(events[4].at("ts").get<double>(), 1500);
  EXPECT_DOUBLE_EQ(events[4].at("dur").get<double>(), 1000);
  EXPECT_EQ(events[4].at("tid"), events[2].at("tid"));
  EXPECT_DOUBLE_EQ(events[5].at("args").at("GB").get<double>(), 41.5);
}

TEST(ChromeTrace, NoThreadHasANumberOfAProcessOrOfAnotherThread) {
  std::ostringstream out;
  {
    ChromeTrace trace(out);
    for (std::int32_t process = 0; process < 4; ++process)
      for (std::int32_t thread = 0; thread < 4; ++thread) trace.span({process, thread}, "x", "y", 0, 1);
  }
  std::set<std::int64_t> numbers;
  const auto document = nlohmann::json::parse(out.str());
  for (const auto& e : document.at("traceEvents")) {
    EXPECT_TRUE(numbers.insert(e.at("tid").get<std::int64_t>()).second);
    EXPECT_GT(e.at("pid"), 0);
    EXPECT_GT(e.at("tid"), 4);
  }
  EXPECT_EQ(numbers.size(), 16u);
}

TEST(ChromeTrace, SpansThatTouchDoNotOverlapAfterRounding) {
  std::ostringstream out;
  {
    ChromeTrace trace(out);
    for (int k = 0; k < 1000; ++k) trace.span({0, 0}, "x", "y", k / 3e6, (k + 1) / 3e6);
  }
  double end = 0;
  const auto document = nlohmann::json::parse(out.str());
  for (const auto& e : document.at("traceEvents")) {
    EXPECT_NEAR(e.at("ts").get<double>(), end, 1e-9);
    end = e.at("ts").get<double>() + e.at("dur").get<double>();
  }
}

TEST(ChromeTrace, AnEmptyOneIsValidToo) {
  std::ostringstream out;
  {
    ChromeTrace trace(out);
  }
  EXPECT_TRUE(nlohmann::json::parse(out.str()).at("traceEvents").empty());
}

TEST(ChromeTrace, RefusesASpanThatEndsBeforeItBegins) {
  std::ostringstream out;
  ChromeTrace trace(out);
  EXPECT_THROW(trace.span({0, 0}, "x", "y", 2, 1), base::InternalError);
}

}  // namespace
}  // namespace gigawatt::trace
