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

TEST(Table, ColourIsOnlyAddedWhenAsked) {
  Table table({{"x"}});
  table.row({"1"});
  EXPECT_EQ(table.render(false).find('\x1b'), std::string::npos);
  EXPECT_NE(table.render(true).find('\x1b'), std::string::npos);
}

}  // namespace
}  // namespace gigawatt::report
