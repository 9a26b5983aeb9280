/// Any bytes as the body of a request, read into a question that has every kind of field: a question whose numbers lie
/// within their bounds, or diagnostics that can be shown.
///
/// Bytes changed at random are seldom JSON. So most changes are made to a body that was read: a member gets a value that
/// nobody would think of, goes, or comes.

#include "gigawatt/server/body.h"

#include <array>
#include <cmath>
#include <random>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "fuzz.h"
#include "gigawatt/config/fields.h"

namespace {

using namespace gigawatt;  // NOLINT(google-build-using-namespace): a program of one file
using fuzz::require;
using nlohmann::json;

struct Part {
  std::string name;
  double share = 0;
};

void fields(config::FieldVisitor& v, Part& p) {
  v(p.name, {.key = "name", .doc = "A name.", .required = true});
  v(p.share, {.key = "share", .doc = "A share.", .min = 0, .max = 1});
}

struct Question {
  config::NameOrText model;
  config::InputText scenario;
  config::InputTextOrFolder rows;
  config::OutputFile out;
  std::string name;
  std::int64_t gpus = 1;
  config::IntegerRange range;
  double seconds = 1, watts = 1;
  bool flag = false;
  base::SimTime until;
  config::AnyQuantity quantity;
  std::optional<std::int64_t> most;
  std::optional<double> limit;
  std::vector<double> several;
  std::vector<std::string> set;
  std::vector<Part> parts;
  std::map<std::string, double> shares;
  Part part;
};

void fields(config::FieldVisitor& v, Question& q) {
  v(q.model, {.key = "model", .doc = "A name or a document.", .alias = "config_json"});
  v(q.scenario, {.key = "scenario", .doc = "A file's text.", .alias = "toml"});
  v(q.rows, {.key = "rows", .doc = "A file's text, or a folder."});
  v(q.out, {.key = "out", .doc = "A file."});
  v(q.name, {.key = "name", .doc = "A name."});
  v(q.gpus, {.key = "gpus", .doc = "A number.", .min = 1, .max = 1e9});
  v(q.range, {.key = "gpus_range", .doc = "From, to.", .min = 1, .max = 1e9});
  v(q.seconds, {.key = "seconds", .doc = "A time.", .unit = "s", .min = 0, .max = 1e7, .bare_unit = true});
  v(q.watts, {.key = "power", .doc = "A power.", .unit = "MW", .max = 1e12, .positive = true});
  v(q.flag, {.key = "flag", .doc = "A flag."});
  v(q.until, {.key = "until", .doc = "A date."});
  v(q.quantity, {.key = "quantity", .doc = "A quantity."});
  v.integer_or(q.most, "max", {.key = "most", .doc = "A number, or max.", .min = 1, .max = 1e6});
  v(q.limit, {.key = "limit", .doc = "A number or none.", .min = 0, .max = 10});
  v(q.several, {.key = "several", .doc = "One or several.", .min = -5, .max = 5, .one_or_list = true});
  v(q.set, {.key = "set", .doc = "Texts."});
  v(q.parts, {.key = "parts", .doc = "Tables."});
  v(q.shares, {.key = "shares", .doc = "A map.", .min = 0, .max = 1});
  v(q.part, {.key = "part", .doc = "A table."});
}

constexpr std::array kKeys = {"model", "config_json", "scenario",   "toml",    "rows",    "out",
                              "name",  "gpus",        "gpus_range", "seconds", "power",   "flag",
                              "until", "quantity",    "most",       "limit",   "several", "set",
                              "parts", "shares",      "part",       "share",   "seed",    "x"};

json odd_value(std::mt19937& random) {
  static const std::array<json, 28> odd = {nullptr,
                                           true,
                                           -1,
                                           0,
                                           1,
                                           3,
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
                                           "max",
                                           "4 s",
                                           json::array(),
                                           json::object(),
                                           json::array({json::array()}),
                                           json::array({1, "a", nullptr}),
                                           {{"name", {{"share", json::object()}}}},
                                           std::string(400, '9')};
  return odd[random() % odd.size()];
}

extern "C" std::size_t LLVMFuzzerMutate(std::uint8_t* data, std::size_t size, std::size_t most);

/// One member changed, or a part of it.
void change(json& body, std::mt19937& random) {
  const bool add = body.empty() || random() % 8 == 0;
  const std::string key = add ? kKeys[random() % kKeys.size()]
                              : std::next(body.begin(), static_cast<long>(random() % body.size())).key();
  json& member = body[key];
  const auto kind = random() % 8;
  if (kind == 0 && !add) {
    body.erase(key);
  } else if (kind < 3 && member.is_number()) {
    const double factor[] = {-1, 0.5, 10, 1e6};
    member = member.get<double>() * factor[random() % std::size(factor)];
  } else if (kind < 6 && member.is_string()) {
    std::string text = member.get<std::string>();
    const std::size_t size = text.size();
    text.resize(size + 64);
    text.resize(LLVMFuzzerMutate(reinterpret_cast<std::uint8_t*>(text.data()), size, text.size()));
    member = text;
  } else if (kind < 6 && member.is_object()) {
    change(member, random);
  } else if (kind < 6 && member.is_array() && !member.empty()) {
    member[random() % member.size()] = odd_value(random);
  } else {
    member = odd_value(random);
  }
}

void check(const Question& q) {
  require(q.gpus >= 1 && q.gpus <= 1'000'000'000, "a number lies within its bounds");
  require(q.seconds >= 0 && q.seconds <= 1e7 && q.watts > 0 && q.watts <= 1e12,
          "a quantity lies within its bounds");
  require(!q.most || (*q.most >= 1 && *q.most <= 1'000'000), "a number or a word lies within its bounds");
  require(!q.limit || (*q.limit >= 0 && *q.limit <= 10), "what may be absent lies within its bounds");
  for (const double x : q.several) require(x >= -5 && x <= 5, "each of a list lies within its bounds");
  for (const auto& [name, x] : q.shares) require(x >= 0 && x <= 1, "each of a map lies within its bounds");
  for (const auto& part : q.parts)
    require(part.share >= 0 && part.share <= 1, "what a table holds lies within its bounds");
  require(std::isfinite(q.quantity.si), "a quantity is a number");
}

}  // namespace

extern "C" std::size_t LLVMFuzzerCustomMutator(std::uint8_t* data, std::size_t size, std::size_t most,
                                               unsigned seed) {
  std::mt19937 random(seed);
  json body = json::parse(fuzz::as_text(data, size), nullptr, false);
  if (random() % 8 == 0 || !body.is_object()) return LLVMFuzzerMutate(data, size, most);
  for (auto changes = 1 + random() % 3; changes > 0; --changes) change(body, random);
  const std::string text = body.dump(-1, ' ', false, json::error_handler_t::ignore);
  if (text.size() > most) return LLVMFuzzerMutate(data, size, most);
  std::copy(text.begin(), text.end(), data);
  return text.size();
}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const std::string documents[] = {"model", "config_json", "scenario", "toml"};
  const auto question =
      server::read_struct<Question>(server::parse_body(fuzz::as_text(data, size), documents));
  if (question) {
    check(*question);
    return 0;
  }
  require(base::has_errors(question.error()), "a refused body has an error");
  require(!base::render(question.error()).empty(), "an error can be shown");
  return 0;
}
