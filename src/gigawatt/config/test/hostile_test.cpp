/// What fuzzing found in the parsers below the readers, kept as tests: a refusal with a place, never a crash.

#include <gtest/gtest.h>

#include "gigawatt/config/csv.h"
#include "gigawatt/config/toml.h"

namespace gigawatt::config {
namespace {

tl::expected<Node, base::Diagnostics> parse_hostile(std::string text) {
  return parse_toml(std::make_shared<base::SourceText>(base::SourceText{"a.toml", std::move(text)}));
}

TEST(HostileToml, HeaderWithoutANameIsRefusedAtItsLine) {
  const auto root = parse_hostile("a = 1\n\nb = 2\n[\nh = 1\nc = 2\n");
  ASSERT_FALSE(root.has_value());
  ASSERT_EQ(root.error().size(), 1u);
  EXPECT_EQ(root.error()[0].code, "syntax");
  EXPECT_EQ(root.error()[0].span.line, 4);
}

TEST(HostileToml, WideCharactersStandInStringsAndCommentsOnly) {
  EXPECT_TRUE(parse_hostile("x = \"\xc3\xa9\" # \xc3\xa9\n").has_value());
  EXPECT_TRUE(parse_hostile("x = '''\xc3\xa9\n\xc3\xa9'''\n").has_value());
  EXPECT_TRUE(parse_hostile("x = 'a\\' # \xc3\xa9\n").has_value());
  for (const std::string text : {"x = \xc3\xa9\n", "\xc3\xa9 = 1\n", "x = \"\"\"a\"\"\"\" \xc3\xa9\n"}) {
    const auto root = parse_hostile(text);
    ASSERT_FALSE(root.has_value()) << text;
    EXPECT_EQ(root.error()[0].span.line, 1) << text;
    EXPECT_NE(root.error()[0].message.find("ASCII"), std::string::npos) << text;
  }
}

TEST(HostileToml, CharactersThatTheParserTakesForNothingAreRefused) {
  EXPECT_FALSE(parse_hostile("a = [1, [2.5e32\"\"\"a\"\xc3\xa9\n").has_value());
  EXPECT_FALSE(parse_hostile("BBnaB\xef\xbb\xbd").has_value());
}

TEST(HostileCsv, ACellWithBlanksAtItsEndsSurvivesAWayThroughAFile) {
  for (const std::string cell : {" a", "a ", "\ta", "a\"b", "a,b", "a\nb", ""}) {
    const auto table = parse_csv("x,y\n" + csv_cell(cell) + ",1\n", "a.csv");
    ASSERT_TRUE(table.has_value()) << cell;
    EXPECT_EQ(table->cell(0, "x"), cell);
  }
}

}  // namespace
}  // namespace gigawatt::config
