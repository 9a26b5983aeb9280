#include "gigawatt/server/guard.h"

#include <gtest/gtest.h>

namespace gigawatt::server {
namespace {

Request request(std::string path, std::map<std::string, std::string> headers) {
  Request r;
  r.method = "GET";
  r.path = std::move(path);
  r.headers = std::move(headers);
  return r;
}

int status(const Request& r, const GuardRules& rules) {
  const auto refusal = refuse(r, rules);
  return refusal ? refusal->status : 200;
}

TEST(Guard, HostsAreAddressesLocalhostAndWhatTheUserNames) {
  const GuardRules rules{"", {"twin.example"}, 8080};
  for (const char* host : {"127.0.0.1:8080", "localhost:8080", "LOCALHOST:8080", "[::1]:8080",
                           "10.1.2.3:8080", "twin.example", "Twin.Example:443"})
    EXPECT_EQ(status(request("/api/runs", {{"host", host}}), rules), 200) << host;
  for (const char* host : {"", "evil.example", "evil.example:8080", "127.0.0.1:80", "127.0.0.1",
                           "localhost.evil:8080", "1.2.3:8080", "[::1", "x.twin.example"})
    EXPECT_EQ(status(request("/api/runs", {{"host", host}}), rules), 421) << host;
}

TEST(Guard, OriginsAreOurOwn) {
  const GuardRules rules{"", {}, 8080};
  const auto with = [&](const char* origin) {
    return status(request("/api/runs", {{"host", "localhost:8080"}, {"origin", origin}}), rules);
  };
  EXPECT_EQ(with("http://localhost:8080"), 200);
  EXPECT_EQ(with("https://localhost:8080"), 200);
  for (const char* origin :
       {"null", "http://localhost:8081", "http://localhost", "http://127.0.0.1:8080", "file://"})
    EXPECT_EQ(with(origin), 403) << origin;
}

TEST(Guard, TheTokenGuardsTheApiButNotThePage) {
  const GuardRules rules{"secret", {}, 8080};
  const auto with = [&](const char* path, const char* given) {
    return status(request(path, {{"host", "localhost:8080"}, {"authorization", given}}), rules);
  };
  EXPECT_EQ(with("/api/runs", "Bearer secret"), 200);
  EXPECT_EQ(with("/api/runs", "bearer secret"), 200);
  for (const char* given :
       {"", "secret", "Bearer", "Bearer ", "Bearer secre", "Bearer secrets", "Basic secret"})
    EXPECT_EQ(with("/api/runs", given), 401) << given;
  EXPECT_EQ(with("/api", "x"), 401);
  EXPECT_EQ(with("/assets/a.js", ""), 200);
}

TEST(Guard, ComparisonIsEquality) {
  const std::string texts[] = {"", "a", "b", "ab", "ba", "aa", "abab", "abc"};
  for (const auto& a : texts)
    for (const auto& b : texts)
      EXPECT_EQ(equal_in_constant_time(a, b), a == b && !b.empty()) << a << " " << b;
}

}  // namespace
}  // namespace gigawatt::server
