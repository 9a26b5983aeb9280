/// Every body that the API takes (tests/data/api_bodies: the path, then the body), with members changed, added, dropped.
/// Whatever is asked, the answer is JSON, says why where it is a refusal, never blames the server, and comes soon after the
/// end of its turn.

#include <ctime>
#include <fstream>
#include <map>
#include <set>
#include <sstream>

#include <gtest/gtest.h>

#include "gigawatt/base/random.h"
#include "gigawatt/server/test/door.h"

namespace gigawatt::server {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

struct Operation {
  std::string method;
  std::vector<std::string> keys;
};

/// By path, each operation that takes a body, as the server describes itself.
std::map<std::string, Operation> described_operations(test::Door& door) {
  std::map<std::string, Operation> out;
  const auto document = json::parse(door.ask("GET", "/api/openapi.json").bytes());
  for (const auto& [path, methods] : document.at("paths").items())
    for (const auto& [method, operation] : methods.items()) {
      if (method != "post" && method != "patch") continue;
      Operation& here = out[path];
      here.method = method == "post" ? "POST" : "PATCH";
      const json schema =
          operation.value("/requestBody/content/application~1json/schema"_json_pointer, json::object());
      const json properties = schema.value("properties", json::object());
      for (const auto& [key, unused] : properties.items()) here.keys.push_back(key);
    }
  return out;
}

class Mutator {
 public:
  explicit Mutator(std::uint64_t seed) : draw_(seed, random::Domain::kTest, 23) {}

  json changed(json body, const std::vector<std::string>& keys) {
    for (auto changes = 1 + draw_.below(3); changes > 0; --changes) change(body, keys);
    return body;
  }

 private:
  json odd_value() {
    static const std::array<json, 30> odd = {nullptr,
                                             true,
                                             -1,
                                             0,
                                             1,
                                             3,
                                             64,
                                             0.5,
                                             1e300,
                                             -1e300,
                                             1e-300,
                                             9007199254740993,
                                             INT64_MIN,
                                             UINT64_MAX,
                                             "",
                                             "a",
                                             std::string(1, '\0'),
                                             "1 GW",
                                             "NaN",
                                             "inf",
                                             "2026-02-30",
                                             "../../etc/passwd",
                                             "'; DROP TABLE run; --",
                                             std::string(400, '9'),
                                             json::array(),
                                             json::object(),
                                             json::array({json::array()}),
                                             json::array({1, "a", nullptr}),
                                             json(std::vector<double>(5000, 1.5)),
                                             {{"a", {{"b", json::object()}}}}};
    return odd[draw_.below(odd.size())];
  }

  std::string damaged(std::string text) {
    for (auto cuts = 1 + draw_.below(4); cuts > 0; --cuts) {
      const std::size_t at = draw_.below(text.size() + 1),
                        length = std::min<std::size_t>(1 + draw_.below(40), text.size() - at);
      switch (draw_.below(4)) {
        case 0: text.erase(at, length); break;
        case 1: text.insert(at, text.substr(at, length)); break;
        case 2: text.insert(at, 1, static_cast<char>(draw_.below(128))); break;
        default: text.insert(at, std::to_string(draw_.bits()));
      }
    }
    return text;
  }

  void change(json& body, const std::vector<std::string>& keys) {
    const bool add = !keys.empty() && (body.empty() || draw_.below(8) == 0);
    if (!add && body.empty()) return;
    const std::string key = add ? keys[draw_.below(keys.size())]
                                : std::next(body.begin(), static_cast<long>(draw_.below(body.size()))).key();
    json& member = body[key];
    const auto kind = draw_.below(8);
    const double factors[] = {-1, 0.5, 10, 1e6};
    if (kind == 0 && !add)
      body.erase(key);
    else if (kind < 4 && member.is_number())
      member = member.get<double>() * factors[draw_.below(std::size(factors))];
    else if (kind < 6 && member.is_string())
      member = damaged(member.get<std::string>());
    else if (kind < 6 && member.is_object())
      change(member, keys);
    else if (kind < 6 && member.is_array() && !member.empty())
      member[draw_.below(member.size())] = odd_value();
    else
      member = odd_value();
  }

  random::Stream draw_;
};

TEST(MutatedBodies, AreAnsweredOrRefusedForAReason) {
  test::Door door;
  const auto operations = described_operations(door);
  std::set<std::string> asked;
  std::map<int, int> statuses;
  std::uint64_t seed = 0;
  for (const auto& file : fs::directory_iterator(fs::path(GW_SOURCE_DIR) / "tests/data/api_bodies")) {
    std::ifstream in(file.path());
    std::string path, text;
    std::getline(in, path);
    std::getline(in, text);
    const auto operation = operations.find(path);
    ASSERT_NE(operation, operations.end()) << file.path();
    asked.insert(path);
    Mutator mutator(++seed);
    std::string where = path;
    if (const auto id = where.find("{id}"); id != std::string::npos) where.replace(id, 4, "1");
    for (int i = 0; i <= test::mutations(3); ++i) {
      const json body =
          i == 0 ? json::parse(text) : mutator.changed(json::parse(text), operation->second.keys);
      const std::string sent = body.dump(-1, ' ', false, json::error_handler_t::replace);
      const std::clock_t begin = std::clock();
      const Response response = door.ask(operation->second.method, where, {}, sent);
      ++statuses[response.status];
      EXPECT_EQ(test::complaint(response), "") << path << " " << sent.substr(0, 2000);
      EXPECT_LT(static_cast<double>(std::clock() - begin) / CLOCKS_PER_SEC, 20)
          << path << " " << sent.substr(0, 2000);
      EXPECT_LT(response.bytes().size(), 20'000'000U) << path << " " << sent.substr(0, 2000);
    }
  }
  for (const auto& [path, operation] : operations)
    EXPECT_TRUE(asked.contains(path)) << path << " has no body in tests/data/api_bodies";
  EXPECT_GT(statuses[200], 20);
  EXPECT_GT(statuses[400], 20);
  for (const auto& [status, count] : statuses) std::printf("%d answers with status %d\n", count, status);
}

}  // namespace
}  // namespace gigawatt::server
