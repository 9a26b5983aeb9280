#include <fmt/core.h>
#include <gtest/gtest.h>

#include "gigawatt/report/text.h"

namespace gigawatt::report {
namespace {

TEST(Table, ColumnsLineUp) {
  Table table({{"site", Table::Align::kLeft}, {"MW"}});
  table.row({"a", "1,020"});
  table.row({"hyperion", "7"});
  EXPECT_EQ(table.render(false), "site         MW\na         1,020\nhyperion      7\n");
}

TEST(Table, LongCellsAreShortenedByWhatIsSeen) {
  Table table({{"x", Table::Align::kLeft, 5}});
  table.row({"Überlänge"});
  EXPECT_EQ(table.render(false), "x\nÜber…\n");
  EXPECT_EQ(display_width("Über…"), 5u);
}

TEST(Table, TheWidestTextGivesWayUntilTheTableFits) {
  Table table({{"a", Table::Align::kLeft, 90}, {"b", Table::Align::kLeft, 90}, {"n"}});
  table.row({std::string(80, 'x'), std::string(30, 'y'), "1,234,567"});
  const std::string text = table.render(false);
  const std::string row = text.substr(text.find('\n') + 1);
  EXPECT_EQ(display_width(row), 101u);  // with the line's end
  EXPECT_NE(row.find(std::string(30, 'y')), std::string::npos);
  EXPECT_NE(row.find("1,234,567"), std::string::npos);
}

TEST(Table, WrappedCellsGoOnBelowWithinTheWidthThatIsLeft) {
  Table table({{"n"}, {"plan", Table::Align::kLeft, 12, true}});
  table.row({"1", "TP8 PP16 DP128 a+b+cccccccccc+d"});
  EXPECT_EQ(table.render(false),
            "n  plan\n"
            "1  TP8 PP16\n"
            "     DP128\n"
            "     a+b+\n"
            "     cccccccccc\n"
            "     +d\n");
  Table narrow({{"x", Table::Align::kLeft, 90}, {"y", Table::Align::kLeft, 90, true}});
  std::string words;
  for (int i = 0; i < 30; ++i) words += fmt::format("word{} ", i);
  narrow.row({std::string(80, '#'), words});
  const std::string text = narrow.render(false);
  for (int i = 0; i < 30; ++i) EXPECT_NE(text.find(fmt::format("word{}", i)), std::string::npos) << text;
  for (std::size_t at = 0, end; (end = text.find('\n', at)) != std::string::npos; at = end + 1)
    EXPECT_LE(display_width(std::string_view(text).substr(at, end - at)), Table::kMaxWidth) << text;
}

TEST(Table, ColorIsOnlyAddedWhenAsked) {
  Table table({{"x"}});
  table.row({"1"});
  EXPECT_EQ(table.render(false).find('\x1b'), std::string::npos);
  EXPECT_NE(table.render(true).find('\x1b'), std::string::npos);
}

}  // namespace
}  // namespace gigawatt::report
