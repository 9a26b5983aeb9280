#include <atomic>
#include <stdexcept>

#include <gtest/gtest.h>

#include "gigawatt/base/check.h"
#include "gigawatt/base/diagnostic.h"
#include "gigawatt/base/id.h"
#include "gigawatt/base/nearest.h"
#include "gigawatt/base/parallel.h"

namespace gigawatt::base {
namespace {

Diagnostic at(std::string text, int line, int column, int length = 1) {
  Diagnostic d{"wrong-unit", Severity::kError, {}, "'power' is \"1 kg\"", "units: W, kW"};
  d.span = {std::make_shared<SourceText>(SourceText{"a.toml", std::move(text)}), line, column, length};
  return d;
}

TEST(Render, ShowsTheLineACaretAndTheHint) {
  EXPECT_EQ(render(at("x = 1\npower = \"1 kg\"\n", 2, 9, 6)),
            "a.toml:2:9: error: 'power' is \"1 kg\" [wrong-unit]\n"
            " 2 | power = \"1 kg\"\n"
            "   |         ^~~~~~\n"
            "   = units: W, kW\n");
}

TEST(Render, NeedsNoPositionAndNoHint) {
  EXPECT_EQ(render(error("io", "no such file")), "error: no such file [io]\n");
  Diagnostic d = at("", 0, 0);
  d.hint.clear();
  d.severity = Severity::kWarning;
  EXPECT_EQ(render(d), "a.toml: warning: 'power' is \"1 kg\" [wrong-unit]\n");
}

TEST(Render, SurvivesPositionsOutsideOfTheText) {
  EXPECT_NE(render(at("abc", 9, 1)).find(" 9 | \n   | ^\n"), std::string::npos);
  EXPECT_NE(render(at("abc", 1, 99, 5)).find(" 1 | abc\n   |    ^\n"), std::string::npos);
  EXPECT_NE(render(at("abc", 1, -3, -1)).find("   | ^\n"), std::string::npos);
  EXPECT_NE(render(at("abc\r\ndef", 1, 2, 99)).find(" 1 | abc\n   |  ^~\n"), std::string::npos);
}

TEST(Render, CountsCharactersNotBytes) {
  EXPECT_NE(render(at("Ä = ä!", 1, 6)).find(" 1 | Ä = ä!\n   |      ^\n"), std::string::npos);
}

TEST(Render, KeepsControlCharactersFromTheTerminal) {
  const std::string text =
      render(at("a\x1b[31m\tb\xC2\x9B"
                "c",
                1, 1));
  EXPECT_EQ(text.find('\x1b'), std::string::npos);
  EXPECT_EQ(text.find("\xC2\x9B"), std::string::npos);
  EXPECT_NE(text.find("a [31m b  c"), std::string::npos);
}

TEST(Render, ShowsTheNeighborhoodOfAFarColumnInALongLine) {
  std::string line(5000, 'x');
  line[3000] = '!';
  const std::string text = render(at(line, 1, 3001));
  EXPECT_LT(text.size(), 600u);
  const auto shown = text.find('!'), caret = text.find('^');
  ASSERT_NE(shown, std::string::npos);
  EXPECT_EQ(shown - text.find(" 1 | "), caret - text.find("   | "));
  std::string wide;
  for (int i = 0; i < 1000; ++i) wide += "ä";
  EXPECT_EQ(render(at(wide, 1, 500)).find("\xA4\xC3\xA4") == std::string::npos,
            false);  // cut between characters only
}

TEST(Diagnostics, ErrorsAreToldFromWarnings) {
  Diagnostics d = {at("", 0, 0)};
  EXPECT_TRUE(has_errors(d));
  d[0].severity = Severity::kWarning;
  EXPECT_FALSE(has_errors(d));
  EXPECT_FALSE(has_errors({}));
}

TEST(NearestNames, FindsTyposSwapsCaseAndParts) {
  const std::vector<std::string> names = {"h100-sxm", "h200-sxm", "gb200-nvl72", "mi300x", "llama3.1-405b"};
  EXPECT_EQ(nearest_names("h100_sxm", names).front(), "h100-sxm");
  EXPECT_EQ(nearest_names("H100-SMX", names).front(), "h100-sxm");
  EXPECT_EQ(nearest_names("405b", names).front(), "llama3.1-405b");
  EXPECT_EQ(nearest_names("gb200-nvl27", names).front(), "gb200-nvl72");
  EXPECT_TRUE(nearest_names("completely-different-thing", names).empty());
  EXPECT_EQ(nearest_names("h10-sxm", names, 1).size(), 1u);
  EXPECT_EQ(nearest_names(std::string(1'000'000, 'h'), names).size(), 0u);
}

TEST(DidYouMean, IsASentenceOrNothing) {
  EXPECT_EQ(did_you_mean("sit", {"site"}), "did you mean 'site'?");
  EXPECT_EQ(did_you_mean("aab", {"aaa", "aac"}), "did you mean 'aaa' or 'aac'?");
  EXPECT_EQ(did_you_mean("zzzzzzz", {"site"}), "");
}

TEST(Check, ThrowsWithConditionPlaceAndValues) {
  try {
    const int n = 3;
    GW_CHECK(n == 4, "n is {}", n);
    FAIL();
  } catch (const InternalError& e) {
    const std::string what = e.what();
    EXPECT_NE(what.find("check failed: n == 4 at gigawatt/base/test/base_test.cpp:"), std::string::npos)
        << what;
    EXPECT_NE(what.find(": n is 3"), std::string::npos) << what;
  }
}

TEST(Id, IsInvalidUntilGivenAndOrdersByIndex) {
  using TestId = Id<struct TestTag>;
  EXPECT_FALSE(TestId{}.valid());
  EXPECT_TRUE(TestId{0}.valid());
  EXPECT_LT(TestId{1}, TestId{2});
}

TEST(ParallelFor, VisitsEveryIndexOnceOnAnyThreadCount) {
  for (const int threads : {1, 2, 5}) {
    ThreadLimit limit(threads);
    std::vector<int> visits(10'000);
    parallel_for(visits.size(), [&](std::size_t i) { ++visits[i]; });
    for (const int n : visits) ASSERT_EQ(n, 1);
  }
  EXPECT_GE(available_threads(), 1);
}

TEST(ParallelFor, RethrowsTheFirstFailureByIndexAfterAllHaveRun) {
  std::atomic<int> ran = 0;
  try {
    parallel_for(100, [&](std::size_t i) {
      ++ran;
      if (i == 97 || i == 31) throw std::runtime_error(i == 31 ? "31" : "97");
    });
    FAIL();
  } catch (const std::runtime_error& e) {
    EXPECT_STREQ(e.what(), "31");
  }
  EXPECT_EQ(ran, 100);
}

}  // namespace
}  // namespace gigawatt::base
