#include "gigawatt/trace/trace.h"

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
    trace.counter(3, "memory_GB", 0.002, 41.5);
  }
  const auto document = nlohmann::json::parse(out.str());
  const auto& events = document.at("traceEvents");
  ASSERT_EQ(events.size(), 4u);
  EXPECT_EQ(events[0].at("args").at("name"), "rank \"3\"");
  EXPECT_EQ(events[2].at("ph"), "X");
  EXPECT_DOUBLE_EQ(events[2].at("ts").get<double>(), 1500);
  EXPECT_DOUBLE_EQ(events[2].at("dur").get<double>(), 1000);
  EXPECT_DOUBLE_EQ(events[3].at("args").at("value").get<double>(), 41.5);
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
