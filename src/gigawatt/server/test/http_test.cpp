#include <gtest/gtest.h>

#include "gigawatt/server/assets.h"
#include "gigawatt/server/body.h"
#include "gigawatt/server/target.h"

namespace gigawatt::server {
namespace {

TEST(Target, DecodesPathAndQuery) {
  const auto t = parse_target("/api/a%20b/c+d?x=1%2B2&y=a+b&x=3&flag&#z");
  ASSERT_TRUE(t);
  EXPECT_EQ(t->path, "/api/a b/c+d");
  EXPECT_EQ(t->query.at("x"), "3");
  EXPECT_EQ(t->query.at("y"), "a b");
  EXPECT_EQ(t->query.at("flag"), "");
  EXPECT_EQ(segments("/api/runs/7").size(), 3u);
  EXPECT_EQ(segments("/").size(), 1u);
}

TEST(Target, RefusesWhatLeadsElsewhere) {
  for (const char* text : {"", "api", "http://x/", "*", "/..", "/a/../b", "/./a", "/%2e%2e/a", "/a/%2E%2e",
                           "/%2", "/%zz", "/a%00", "/a%0ab", "/%ff", "/a\\..\\b", "/?x=%0d%0a", "/%c3%28"})
    EXPECT_FALSE(parse_target(text)) << text;
}

TEST(Body, BecomesATableThatFieldTablesRead) {
  const std::string documents[] = {"f"};
  const auto node =
      parse_body(R"({"a": {"b": [1, 2.5, "x", true, null]}, "n": null, "f": {"k": {"v": 1}}})", documents);
  ASSERT_TRUE(node);
  EXPECT_EQ(node->find("n"), nullptr);  // null is absent
  EXPECT_EQ(node->find("f")->text, R"({"k":{"v":1}})");
  const auto& list = node->find("a")->find("b")->items;
  EXPECT_EQ(list.at(0).integer, 1);
  EXPECT_EQ(list.at(0).real, 1);  // a quantity without a unit may be written whole
  EXPECT_EQ(list.at(1).real, 2.5);
  EXPECT_EQ(list.at(2).text, "x");
  EXPECT_TRUE(list.at(3).boolean);
}

TEST(Body, RefusesWhatIsNoObject) {
  for (const std::string& text :
       {std::string(""), std::string("[1]"), std::string("{"), std::string("{\"a\": 1e999}"),
        std::string("\xff{}"), std::string(100'000, '['), std::string("{} x")}) {
    const auto node = parse_body(text);
    EXPECT_FALSE(node) << text.substr(0, 20);
  }
  std::string deep;
  for (int i = 0; i < 40; ++i) deep += "{\"a\":";
  deep += "1" + std::string(40, '}');
  EXPECT_EQ(parse_body(deep).error().front().code, "too-deep");
}

constexpr Asset kAssets[] = {{"assets/a-1.js", "plain"},
                             {"assets/a-1.js.br", "br"},
                             {"assets/a-1.js.gz", "gz"},
                             {"index.html", "<html>"}};

Request get(std::string path, std::map<std::string, std::string> headers = {}) {
  Request r;
  r.method = "GET";
  r.path = std::move(path);
  r.headers = std::move(headers);
  return r;
}

std::string header(const Response& r, std::string_view name) {
  for (const auto& [key, value] : r.headers)
    if (key == name) return value;
  return "";
}

TEST(Assets, ClientsGetWhatTheyUnderstand) {
  const auto with = [](const char* accepted) {
    return std::string(asset_answer(get("/assets/a-1.js", {{"accept-encoding", accepted}}), kAssets).bytes());
  };
  EXPECT_EQ(with(""), "plain");
  EXPECT_EQ(with("gzip"), "gz");
  EXPECT_EQ(with("gzip, deflate, br"), "br");
  EXPECT_EQ(with("gzip, br;q=0"), "gz");
  EXPECT_EQ(with("br;q=0.0, gzip;q=0.5"), "gz");
  EXPECT_EQ(with("brotli"), "plain");
  const auto packed = asset_answer(get("/assets/a-1.js", {{"accept-encoding", "br"}}), kAssets);
  EXPECT_EQ(header(packed, "Content-Encoding"), "br");
  EXPECT_EQ(packed.type, "text/javascript; charset=utf-8");
  EXPECT_NE(header(packed, "Cache-Control").find("immutable"), std::string::npos);
}

TEST(Assets, ThePageIsAskedForAgainAndDeepLinksLeadToIt) {
  const auto index = asset_answer(get("/"), kAssets);
  EXPECT_EQ(index.bytes(), "<html>");
  EXPECT_EQ(header(index, "Cache-Control"), "no-cache");
  EXPECT_EQ(asset_answer(get("/", {{"if-none-match", header(index, "ETag")}}), kAssets).status, 304);
  EXPECT_EQ(asset_answer(get("/runs/7/jobs"), kAssets).bytes(), "<html>");
  EXPECT_EQ(asset_answer(get("/assets/b.js"), kAssets).status, 404);
  EXPECT_EQ(asset_answer(get("/assets/a-1.js.br"), kAssets).status, 404);
  EXPECT_EQ(asset_answer(get("/robots.txt"), kAssets).status, 404);
  auto post = get("/");
  post.method = "POST";
  EXPECT_EQ(asset_answer(post, kAssets).status, 405);
}

}  // namespace
}  // namespace gigawatt::server
