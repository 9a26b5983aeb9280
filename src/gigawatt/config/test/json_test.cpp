#include "gigawatt/config/json.h"

#include <gtest/gtest.h>

#include "gigawatt/config/toml.h"

namespace gigawatt::config {
namespace {

tl::expected<Node, base::Diagnostics> toml_of(std::string text) {
  return parse_toml(std::make_shared<base::SourceText>(base::SourceText{"x", std::move(text)}));
}

TEST(Json, AnObjectIsATable) {
  const auto root = toml_of(
      " \n{\"a\": {\"b\": [1, 2.5, \"x\", true, null]}, \"none\": null, \"big\": 18446744073709551615}");
  ASSERT_TRUE(root);
  ASSERT_EQ(root->members.size(), 2u);
  const Node* b = root->find("a")->find("b");
  ASSERT_EQ(b->items.size(), 5u);
  EXPECT_EQ(b->items[0].kind, Node::Kind::kInteger);
  EXPECT_EQ(b->items[0].integer, 1);
  EXPECT_EQ(b->items[0].real, 1);
  EXPECT_EQ(b->items[1].kind, Node::Kind::kFloat);
  EXPECT_EQ(b->items[2].text, "x");
  EXPECT_TRUE(b->items[3].boolean);
  EXPECT_EQ(root->find("big")->kind, Node::Kind::kFloat);
}

TEST(Json, MistakesHaveAPlace) {
  const auto root = toml_of("{\"a\": 1,\n \"b\" 2}");
  ASSERT_FALSE(root);
  EXPECT_EQ(root.error()[0].span.line, 2);
  EXPECT_EQ(root.error()[0].span.column, 6);
  for (const char* text : {"{", "{\"a\": 1e999}", "{} []", "{\"a\": \"\\ud800\"}", "{'a': 1}"})
    EXPECT_FALSE(toml_of(text)) << text;
  EXPECT_FALSE(toml_of("{\"a\":" + std::string(200, '[') + std::string(200, ']') + "}"));
}

}  // namespace
}  // namespace gigawatt::config
