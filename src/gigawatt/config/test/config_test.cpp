#include <algorithm>
#include <set>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "gigawatt/config/fields.h"
#include "gigawatt/config/leaves.h"
#include "gigawatt/config/override.h"
#include "gigawatt/config/read.h"
#include "gigawatt/config/schema.h"
#include "gigawatt/config/toml.h"
#include "gigawatt/units/parse.h"

namespace gigawatt::config {
namespace {

enum class Color { kRed, kGreen };
constexpr std::array<std::string_view, 2> kColors = {"red", "green"};

struct Part {
  std::string name;
  units::Power power{2e6};
  std::optional<units::Time> lead;
};
struct Root {
  std::int64_t version = 0;
  std::string name;
  bool flag = true;
  double ratio = 0.5;
  base::SimTime start;
  Color color = Color::kGreen;
  std::vector<Part> parts;
  std::vector<std::string> tags;
  std::map<std::string, units::Money> prices;
  std::optional<std::int64_t> count;
  AnyQuantity any;
  Part inner;
};

void fields(FieldVisitor& v, Part& p) {
  v(p.name, {.key = "name", .doc = "A name.", .required = true});
  v(p.power, {.key = "power", .doc = "A power.", .unit = "MW", .max = 5e6, .positive = true});
  v(p.lead, {.key = "lead", .doc = "A lead time.", .unit = "months", .min = 0});
}
void fields(FieldVisitor& v, Root& r) {
  v(r.version, {.key = "version", .doc = "Format.", .min = 1, .max = 3, .required = true});
  v(r.name, {.key = "name", .doc = "A name."});
  v(r.flag, {.key = "flag", .doc = "A switch."});
  v(r.ratio, {.key = "ratio", .doc = "A ratio.", .unit = "%", .min = 0, .max = 1});
  v(r.start, {.key = "start", .doc = "A day."});
  v.choice(r.color, kColors, {.key = "color", .doc = "A color."});
  v(r.parts, {.key = "part", .doc = "Parts."});
  v(r.tags, {.key = "tag", .doc = "Tags.", .one_or_list = true});
  v(r.prices, {.key = "price", .doc = "Prices.", .unit = "USD", .min = 0});
  v.integer_or(r.count, "max", {.key = "count", .doc = "How many.", .min = 1});
  v(r.any, {.key = "any", .doc = "A number of any kind."});
  v(r.inner, {.key = "inner", .doc = "A table."});
}

Node document_of(const std::string& text) {
  const auto node = parse_toml(std::make_shared<base::SourceText>(base::SourceText{"t.toml", text}));
  EXPECT_TRUE(node) << (node ? "" : base::render(node.error()));
  return node.value_or(Node{});
}

struct Outcome {
  Root root;
  std::string messages;
  SpanMap spans;
};
Outcome read(const std::string& text, const std::vector<std::string>& overrides = {}) {
  Outcome out;
  base::Diagnostics diagnostics;
  Node node = document_of(text);
  for (const auto& o : overrides) apply_override(node, o, diagnostics);
  Reader reader(node, diagnostics);
  reader.read(out.root);
  out.messages = base::render(diagnostics);
  out.spans = reader.spans();
  return out;
}

constexpr const char* kGood = R"(
version = 2
name = "a \"quoted\" näme"
flag = false
ratio = "25%"
start = 2026-07-15
color = "red"
tag = "one"
any = "1.5 GW"
count = 1.3e6
inner = { name = "in" }
[price]
"h100.x" = "30 kUSD"
b200 = "40e3 USD"
[[part]]
name = "p"
power = "1.25 MW"
lead = "14 months"
[[part]]
name = "q"
)";

TEST(Reader, ReadsEveryKindOfField) {
  const auto [r, messages, spans] = read(kGood);
  EXPECT_EQ(messages, "");
  EXPECT_EQ(r.version, 2);
  EXPECT_EQ(r.name, "a \"quoted\" näme");
  EXPECT_FALSE(r.flag);
  EXPECT_DOUBLE_EQ(r.ratio, 0.25);
  EXPECT_EQ(r.start, base::SimTime::from_date(2026, 7, 15));
  EXPECT_EQ(r.color, Color::kRed);
  EXPECT_EQ(r.tags, std::vector<std::string>{"one"});
  EXPECT_EQ(r.any.si, 1.5e9);
  EXPECT_EQ(r.any.dimension, units::kPower);
  EXPECT_EQ(r.count, 1'300'000);
  EXPECT_EQ(r.inner.name, "in");
  EXPECT_EQ(r.prices.at("h100.x").si(), 30e3);
  ASSERT_EQ(r.parts.size(), 2u);
  EXPECT_EQ(r.parts[0].power.si(), 1.25e6);
  EXPECT_DOUBLE_EQ(r.parts[0].lead->si(), 14 * 30.436875 * 86400);
  EXPECT_EQ(r.parts[1].power.si(), 2e6);
  EXPECT_FALSE(r.parts[1].lead);
  EXPECT_EQ(spans.at("part[0].power").line, 17);
  EXPECT_EQ(spans.at("part[0].power").column, 9);
}

TEST(Reader, ReportsAllMistakesAtOnceEachWithItsPlace) {
  const auto out = read(R"(version = 7
nmae = "x"
ratio = 1.5
color = "gren"
count = "many"
start = "tomorrow"
flag = 1
any = "3 foo"
tag = [1]
[[part]]
power = 3
[[part]]
name = "p"
power = "-1 MW"
lead = "3 kg"
[[part]]
name = ""
power = inf
[price]
x = "1 W"
)");
  for (const char* expected : {"t.toml:1:11: error: 'version' is 7 [out-of-range]\n 1 | version = 7\n   |    "
                               "       ^\n   = allowed: 1 to 3\n",
                               "t.toml:2:1: error: unknown key 'nmae' [unknown-key]\n 2 | nmae = \"x\"\n   | "
                               "^~~~\n   = did you mean 'name'?\n",
                               "'ratio' is 150% [out-of-range]",
                               "allowed: 0% to 100%",
                               "'color' is \"gren\" [unknown-value]",
                               "allowed: red, green; did you mean 'green'?",
                               "'count' is \"many\" [unknown-value]",
                               "allowed: a whole number, or \"max\"",
                               "'start' is \"tomorrow\", which is no date [bad-date]",
                               "'flag' is an integer, but true or false is wanted [wrong-kind]",
                               "'any': unknown unit 'foo' [bad-quantity]",
                               "'tag[0]' is an integer, but a string is wanted",
                               "'part[0].name' is missing [missing-key]",
                               "'part[0].power' has no unit [missing-unit]",
                               "write it as text with a unit, e.g. \"120 MW\"; units: W, kW, MW, GW",
                               "'part[1].power' is -1 MW [out-of-range]",
                               "'part[1].lead' is \"3 kg\", which is not a quantity in months [wrong-unit]",
                               "'part[2].name' is empty [empty]",
                               "allowed: more than 0, at most 5 MW",
                               "'part[2].power' is not a finite number [not-finite]",
                               "'price.x' is \"1 W\", which is not a quantity in USD [wrong-unit]"})
    EXPECT_NE(out.messages.find(expected), std::string::npos) << expected << "\n--- in ---\n" << out.messages;
}

TEST(Reader, AcceptsOneElementOrAListWhereTheFieldSaysSo) {
  EXPECT_EQ(read("version = 1\ntag = [\"a\", \"b\"]\n").root.tags.size(), 2u);
  EXPECT_NE(read("version = 1\npart = \"x\"\n").messages.find("'part' is a string, but an array is wanted"),
            std::string::npos);
  EXPECT_FALSE(read("version = 1\ncount = \"max\"\n").root.count);
}

TEST(Toml, TurnsDatesWithOffsetsIntoUtc) {
  EXPECT_EQ(read("version = 1\nstart = 2026-01-01T01:30:00+02:00\n").root.start,
            base::parse_time("2025-12-31T23:30:00Z"));
  EXPECT_NE(read("version = 1\nstart = 07:30:00\n").messages.find("is \"07:30:00\", which is no date"),
            std::string::npos);
}

TEST(Toml, RefusesHostileTextWithAPosition) {
  const auto message = [](std::string text) {
    const auto node =
        parse_toml(std::make_shared<base::SourceText>(base::SourceText{"t.toml", std::move(text)}));
    return node ? std::string("accepted") : base::render(node.error());
  };
  EXPECT_NE(message("a = 1\nb = \"\xff\"\n").find("t.toml:2:6: error: byte 0xff is not valid UTF-8"),
            std::string::npos);
  EXPECT_NE(message("a = 1\r b = 2").find("t.toml:1:6: error: control character 0x0d"), std::string::npos);
  EXPECT_NE(message("a = \"\x01\"").find("control character 0x01"), std::string::npos);
  EXPECT_NE(message(std::string("a = \"") + '\0' + "\"").find("control character 0x00"), std::string::npos);
  EXPECT_NE(message("a = " + std::string(1000, '[')).find("nested too deeply"), std::string::npos);
  EXPECT_NE(message("a = 1\na = 2\n").find("t.toml:2:"), std::string::npos);
  EXPECT_NE(message("a = \"unfinished").find("error:"), std::string::npos);
  EXPECT_NE(message("[half").find("error:"), std::string::npos);
  EXPECT_NE(message(std::string((16u << 20) + 1, ' ')).find("at most 16 MiB"), std::string::npos);
}

TEST(Toml, SaysWhyAFileCannotBeRead) {
  EXPECT_NE(base::render(read_toml("/nonexistent/x.toml").error()).find("x.toml: error: no such file"),
            std::string::npos);
  EXPECT_NE(base::render(read_toml("/").error()).find("is a directory, not a file"), std::string::npos);
}

TEST(Leaves, ListWhatTheStructHolds) {
  const auto list = leaves(read(kGood).root);
  const auto find = [&](std::string_view path) -> const Leaf& {
    for (const auto& leaf : list)
      if (leaf.path == path) return leaf;
    ADD_FAILURE() << "no leaf " << path;
    return list.front();
  };
  EXPECT_EQ(find("part[0].power").value, "1.25");
  EXPECT_EQ(find("part[0].power").unit, "MW");
  EXPECT_EQ(find("part[0].power").si, 1.25e6);
  EXPECT_EQ(find("part[0].lead").value, "14");
  EXPECT_EQ(find("ratio").value, "25");
  EXPECT_EQ(find("color").value, "red");
  EXPECT_EQ(find("start").value, "2026-07-15");
  EXPECT_EQ(find("price.h100.x").si, 30e3);
  EXPECT_EQ(find("any").unit, "J/s");
  EXPECT_EQ(find("tag[0]").value, "one");
  EXPECT_EQ(find("flag").value, "false");
}

TEST(Leaves, HaveThePathsUnderWhichTheReaderFoundThem) {
  const auto out = read(kGood);
  std::set<std::string> paths;
  for (const auto& leaf : leaves(out.root)) paths.insert(leaf.path);
  for (const auto& [path, span] : out.spans) {
    const bool leaf_or_table =
        paths.contains(path) ||
        std::any_of(paths.begin(), paths.end(), [&](const auto& p) { return p.starts_with(path); });
    EXPECT_TRUE(leaf_or_table) << path;
  }
}

TEST(Canonical, IsSortedSiAndReadsBackToItself) {
  const Root root = read(kGood).root;
  const std::string text = canonical(root);
  EXPECT_EQ(text,
            "any = \"1500000000 J/s\"\n"
            "color = \"red\"\n"
            "count = 1300000\n"
            "flag = false\n"
            "inner = { name = \"in\", power = \"2000000 J/s\" }\n"
            "name = \"a \\\"quoted\\\" näme\"\n"
            "part = [{ lead = \"36816444 s\", name = \"p\", power = \"1250000 J/s\" }, { name = \"q\", power "
            "= \"2000000 J/s\" }]\n"
            "price = { b200 = \"40000 USD\", \"h100.x\" = \"30000 USD\" }\n"
            "ratio = 0.25\n"
            "start = \"2026-07-15T00:00:00Z\"\n"
            "tag = [\"one\"]\n"
            "version = 2\n");
  const auto again = read(text);
  EXPECT_EQ(again.messages, "");
  EXPECT_EQ(canonical(again.root), text);
}

TEST(Canonical, KeepsEveryBitOfANumber) {
  Root root = read("version = 1\ninner = { name = \"x\" }\n").root;
  for (double x = 1e-300; x < 1e300; x *= 1.7320508e7) {
    root.any = {x, units::kMoney / units::kEnergy, ""};
    const auto again = read(canonical(root));
    ASSERT_EQ(again.messages, "");
    ASSERT_EQ(again.root.any.si, x);
    ASSERT_EQ(again.root.any.dimension, units::kMoney / units::kEnergy);
  }
}

TEST(SiUnit, ReadsBackToItsDimensionWithFactorOne) {
  for (const auto& d : {units::kPower, units::kBandwidth, units::kMoney / units::kPower, units::kFrequency,
                        units::kVolume / units::kEnergy, units::kMass, units::kPower / units::kTime}) {
    const auto unit = units::parse_unit(si_unit(d));
    ASSERT_TRUE(unit) << si_unit(d);
    EXPECT_EQ(unit->dimension, d);
    EXPECT_EQ(unit->factor, 1.0);
  }
  EXPECT_EQ(si_unit(units::kNone), "");
}

TEST(Override, ReachesKeysEntriesByNameAndIndexAndWins) {
  const auto out = read(kGood, {"ratio=0.75", "part.q.power=3 MW", "part[0].name=renamed",
                                "inner.lead = \"1 month\"", "price.\"h100.x\"=5 USD", "count=max"});
  EXPECT_EQ(out.messages, "");
  EXPECT_EQ(out.root.ratio, 0.75);
  EXPECT_EQ(out.root.parts[1].power.si(), 3e6);
  EXPECT_EQ(out.root.parts[0].name, "renamed");
  EXPECT_TRUE(out.root.inner.lead);
  EXPECT_EQ(out.root.prices.at("h100.x").si(), 5);
  EXPECT_FALSE(out.root.count);
  EXPECT_EQ(out.spans.at("ratio").source->name, kOverrideSource);
  EXPECT_EQ(out.spans.at("part[0].power").source->name, "t.toml");
}

TEST(Override, PointsAtItsOwnMistakes) {
  const auto message = [](const char* assignment) { return read(kGood, {assignment}).messages; };
  EXPECT_NE(message("part.p.power=1 kg").find("<override>:1:14: error: 'part[0].power' is \"1 kg\""),
            std::string::npos)
      << message("part.p.power=1 kg");
  EXPECT_NE(message("part.x.power=1 W").find("no entry is named 'x' [bad-override]"), std::string::npos);
  EXPECT_NE(message("part[7].power=1 W").find("entries are [0] to [1]"), std::string::npos);
  EXPECT_NE(message("nonsense").find("an override is written key=value"), std::string::npos);
  EXPECT_NE(message("ratoi=1").find("unknown key 'ratoi'"), std::string::npos);
  EXPECT_NE(message("version.x=1").find("'version' is an integer, not a table"), std::string::npos);
  EXPECT_NE(message("inner..x=1").find("a key is missing here"), std::string::npos);
  EXPECT_NE(message("part.=1").find("no entry is named ''"), std::string::npos);
}

TEST(Schema, SaysWhatTheTableSays) {
  const auto schema = nlohmann::json::parse(json_schema<Root>("root.json", "Root"));
  EXPECT_EQ(schema["$schema"], "https://json-schema.org/draft/2020-12/schema");
  EXPECT_EQ(schema["required"], nlohmann::json::array({"version"}));
  EXPECT_EQ(schema["additionalProperties"], false);
  const auto& p = schema["properties"];
  EXPECT_EQ(p["version"]["type"], "integer");
  EXPECT_EQ(p["version"]["maximum"], 3);
  EXPECT_EQ(p["ratio"]["default"], 0.5);
  EXPECT_EQ(p["ratio"]["maximum"], 1);
  EXPECT_EQ(p["color"]["enum"], nlohmann::json::array({"red", "green"}));
  EXPECT_EQ(p["color"]["default"], "green");
  EXPECT_EQ(p["part"]["items"]["properties"]["power"]["x-unit"], "MW");
  EXPECT_EQ(p["part"]["items"]["properties"]["power"]["default"], "2 MW");
  EXPECT_EQ(p["part"]["items"]["required"], nlohmann::json::array({"name"}));
  EXPECT_FALSE(p["part"]["items"]["properties"]["lead"].contains("default"));
  EXPECT_EQ(p["tag"]["anyOf"][1]["type"], "array");
  EXPECT_EQ(p["price"]["additionalProperties"]["x-unit"], "USD");
  EXPECT_EQ(p["count"]["anyOf"][1]["const"], "max");
  EXPECT_EQ(p["inner"]["properties"]["name"]["type"], "string");
}

TEST(Reference, HasARowForEveryKeyAndATableForEveryTable) {
  const std::string page = reference_page<Root>("Title", "Words.");
  for (const char* line :
       {"# Title\n", "| `version` | whole number | **required** | ≥ 1, ≤ 3 | Format. |",
        "| `ratio` | in % | `\"50%\"` | ≥ 0%, ≤ 100% | A ratio. |",
        "| `color` | `red`, `green` | `\"green\"` |  | A color. |", "## `[[part]]`\n\nParts.\n",
        "| `power` | in MW | `\"2 MW\"` | > 0 MW, ≤ 5 MW | A power. |", "## `[inner]`\n",
        "| `count` | whole number or `\"max\"` | `\"max\"` | ≥ 1 | How many. |", "| `tag` | text or list |"})
    EXPECT_NE(page.find(line), std::string::npos) << line << "\n" << page;
}

}  // namespace
}  // namespace gigawatt::config
