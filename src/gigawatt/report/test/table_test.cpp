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

TEST(Table, ColourIsOnlyAddedWhenAsked) {
  Table table({{"x"}});
  table.row({"1"});
  EXPECT_EQ(table.render(false).find('\x1b'), std::string::npos);
  EXPECT_NE(table.render(true).find('\x1b'), std::string::npos);
}

}  // namespace
}  // namespace gigawatt::report
