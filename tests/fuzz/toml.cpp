/// Any bytes through the TOML reader and a field table: a value or diagnostics that can be shown, and positions
/// that lie inside the text.

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "fuzz.h"
#include "gigawatt/config/read.h"
#include "gigawatt/config/toml.h"

namespace {

using gigawatt::base::Diagnostics;
using gigawatt::base::SourceText;
using gigawatt::config::FieldVisitor;
using gigawatt::config::Node;
using gigawatt::fuzz::require;

struct Phase {
  std::string name;
  double power = 0;
  gigawatt::base::SimTime start;
};

void fields(FieldVisitor& v, Phase& p) {
  v(p.name, {.key = "name", .doc = "Name.", .required = true});
  v(p.power, {.key = "power", .doc = "Power.", .unit = "MW", .min = 0});
  v(p.start, {.key = "start", .doc = "Start."});
}

struct Site {
  std::string name;
  std::int64_t seed = 0;
  bool assumed = false;
  std::optional<double> share;
  std::vector<Phase> phases;
  std::map<std::string, double> prices;
};

void fields(FieldVisitor& v, Site& s) {
  v(s.name, {.key = "name", .doc = "Name."});
  v(s.seed, {.key = "seed", .doc = "Seed.", .min = 0, .max = 1e9});
  v(s.assumed, {.key = "assumed", .doc = "Assumed."});
  v(s.share, {.key = "share", .doc = "Share.", .max = 1});
  v(s.phases, {.key = "phase", .doc = "Phases."});
  v(s.prices, {.key = "price", .doc = "Prices.", .unit = "USD"});
}

void check_spans(const Node& node, int lines) {
  require(node.span.line >= 0 && node.span.line <= lines + 1, "a value lies inside the text");
  for (const auto& [key, member] : node.members) check_spans(member, lines);
  for (const auto& item : node.items) check_spans(item, lines);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  auto source =
      std::make_shared<SourceText>(SourceText{"fuzz.toml", std::string(gigawatt::fuzz::as_text(data, size))});
  int lines = 1;
  for (const char c : source->text) lines += c == '\n';

  const auto root = gigawatt::config::parse_toml(source);
  if (!root) {
    require(gigawatt::base::has_errors(root.error()), "a refused file has an error");
    require(!gigawatt::base::render(root.error()).empty(), "an error can be shown");
    return 0;
  }
  check_spans(*root, lines);
  Diagnostics diagnostics;
  Site site;
  gigawatt::config::Reader(*root, diagnostics).read(site);
  require(gigawatt::base::has_errors(diagnostics) || (site.seed >= 0 && site.share.value_or(0) <= 1),
          "what is read without an error keeps its bounds");
  require(diagnostics.empty() || !gigawatt::base::render(diagnostics).empty(), "diagnostics can be shown");
  return 0;
}
