#include "gigawatt/config/change.h"

#include <gtest/gtest.h>

#include "gigawatt/config/override.h"
#include "gigawatt/config/toml.h"
#include "gigawatt/units/parse.h"

namespace gigawatt::config {
namespace {

/// The node at `key` after key=value was applied to a text; what was said instead goes to `said`.
Node after(const std::string& text, const std::string& assignment, std::string& said) {
  auto root = parse_toml(std::make_shared<base::SourceText>(base::SourceText{"t.toml", text}));
  EXPECT_TRUE(root);
  base::Diagnostics found;
  apply_override(*root, assignment, found);
  said = base::render(found);
  const Node* node = root->find(assignment.substr(0, assignment.find('=')));
  return node ? *node : Node{};
}

std::string changed(const std::string& text, const std::string& assignment) {
  std::string said;
  const Node node = after(text, assignment, said);
  EXPECT_EQ(said, "") << assignment;
  return node.text;
}

std::string refused(const std::string& text, const std::string& assignment) {
  std::string said;
  after(text, assignment, said);
  return said;
}

TEST(Changes, OfQuantitiesAreSumsPercentagesAndFactors) {
  EXPECT_NEAR(units::parse_quantity(changed("x = \"200 MW\"", "x=+50 MW"))->si, 250e6, 1e-6);
  EXPECT_NEAR(units::parse_quantity(changed("x = \"200 MW\"", "x=+0.05 GW"))->si, 250e6, 1e-6);
  EXPECT_NEAR(units::parse_quantity(changed("x = \"200 MW\"", "x=-10%"))->si, 180e6, 1e-6);
  EXPECT_NEAR(units::parse_quantity(changed("x = \"62 USD/MWh\"", "x=x1.2"))->si, 1.2 * 62 / 3.6e9, 1e-15);
  EXPECT_NEAR(units::parse_quantity(changed("x = \"8%\"", "x=-10%"))->si, 0.072, 1e-12);
}

TEST(Changes, OfNumbersKeepCountsWhole) {
  std::string said;
  EXPECT_EQ(after("x = 16384", "x=x2", said).integer, 32768);
  EXPECT_EQ(after("x = 15", "x=+10%", said).integer, 17);  // 16.5
  EXPECT_DOUBLE_EQ(after("x = 1.08", "x=\"+0.1\"", said).real, 1.18);
  EXPECT_DOUBLE_EQ(after("x = 1.5", "x=\"x2\"", said).real, 3);
}

TEST(Changes, OfDatesFollowTheCalendar) {
  EXPECT_EQ(changed("x = 2026-01-31", "x=+1 month").substr(0, 10), "2026-02-28");
  EXPECT_EQ(changed("x = 2026-01-31", "x=+6 months").substr(0, 10), "2026-07-31");
  EXPECT_EQ(changed("x = 2026-03-15", "x=-1 year").substr(0, 10), "2025-03-15");
  EXPECT_EQ(changed("x = 2026-03-15", "x=+0 months").substr(0, 10), "2026-03-15");
  EXPECT_EQ(changed("x = \"2026-Q3\"", "x=+2 weeks").substr(0, 10), "2026-07-15");
}

TEST(Changes, WithoutAMeaningAreRefused) {
  EXPECT_NE(refused("x = 2026-01-31", "x=-10%").find("which a time moves and nothing else"),
            std::string::npos);
  EXPECT_NE(refused("x = \"200 MW\"", "x=+6 months").find("another kind of quantity"), std::string::npos);
  EXPECT_NE(refused("x = 1.2", "x=+6 months").find("a plain number"), std::string::npos);
  EXPECT_NE(refused("y = 1", "x=-10%").find("gives no value that it could change"), std::string::npos);
  EXPECT_NE(refused("x = \"best\"", "x=x2").find("no quantity"), std::string::npos);
}

TEST(Changes, AreNoWordsAndNoBareNumbers) {
  for (const char* text : {"h100-sxm", "xai", "x", "-", "+", "x1.2 GW", "20 MW", "1.2", "x-2", "+ of all"})
    EXPECT_FALSE(parse_change(text)) << text;
  std::string said;
  EXPECT_EQ(after("x = 5", "x=-3", said).integer, -3);  // TOML reads a number of its own
}

}  // namespace
}  // namespace gigawatt::config
