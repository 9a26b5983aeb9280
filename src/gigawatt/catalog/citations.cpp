#include "gigawatt/catalog/citations.h"

#include <algorithm>
#include <optional>

#include <fmt/format.h>

#include "gigawatt/base/nearest.h"
#include "gigawatt/units/parse.h"

namespace gigawatt::catalog {
namespace {

using config::Node;

struct Checker {
  const std::vector<std::string>& sources;
  base::Diagnostics& diagnostics;

  void report(const base::SourceSpan& span, std::string code, std::string message, std::string hint) {
    diagnostics.push_back(
        {std::move(code), base::Severity::kError, span, std::move(message), std::move(hint)});
  }

  void check_source(const Node& key) {
    if (key.kind == Node::Kind::kString && std::binary_search(sources.begin(), sources.end(), key.text))
      return;
    report(key.span, "unknown-source", fmt::format("no source '{}' in sources.toml", key.text.substr(0, 80)),
           base::did_you_mean(key.text, sources));
  }

  /// The number of a leaf in SI; nothing where it is not a number (its field table reports that).
  static std::optional<double> si(const Node* node) {
    if (!node) return std::nullopt;
    if (node->kind == Node::Kind::kInteger || node->kind == Node::Kind::kFloat) return node->real;
    if (node->kind != Node::Kind::kString) return std::nullopt;
    const auto parsed = units::parse_quantity(node->text);
    if (!parsed) return std::nullopt;
    return parsed->si;
  }

  void check_leaf(const Node& table, const Node& value) {
    const Node* low = table.find("low");
    const Node* high = table.find("high");
    const auto x = si(&value);
    const auto lo = si(low);
    const auto hi = si(high);
    if (x && ((lo && *lo > *x) || (hi && *hi < *x)))
      report(value.span, "band-order", "the value lies outside its band", "wanted: low <= value <= high");
    const Node* kind = table.find("kind");
    if (!kind || kind->text != "assumed") return;
    const Node* reason = table.find("reason");
    if (!low || !high || !reason || reason->text.empty())
      report(kind->span, "assumed-without-reason", "an assumed value needs low, high and a reason",
             "add them, or cite a document");
  }

  void check(const Node& node, bool cited) {
    if (node.kind == Node::Kind::kTable) {
      if (const Node* source = node.find("source")) {
        check_source(*source);
        cited = true;
      }
      if (const Node* value = node.find("value"); value && !value->is_table()) {
        if (!cited)
          report(value->span, "uncited", "a number without a source",
                 "add source = \"...\" with a key of sources.toml");
        check_leaf(node, *value);
        return;
      }
      for (const auto& [name, member] : node.members) check(member, cited);
    } else if (node.kind == Node::Kind::kArray) {
      for (const auto& item : node.items) check(item, cited);
    } else if (!cited && (node.kind == Node::Kind::kInteger || node.kind == Node::Kind::kFloat)) {
      report(node.span, "uncited", "a number without a source",
             "write { value = ..., source = \"...\" }, or give its table a source");
    }
  }
};

}  // namespace

void check_citations(const Node& root, const std::vector<std::string>& sources,
                     base::Diagnostics& diagnostics) {
  Checker{sources, diagnostics}.check(root, false);
}

}  // namespace gigawatt::catalog
