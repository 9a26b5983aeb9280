#include "gigawatt/catalog/show.h"

#include <cstdlib>
#include <set>

#include <fmt/format.h>

#include "gigawatt/catalog/catalog_data.h"
#include "gigawatt/catalog/entry.h"
#include "gigawatt/units/parse.h"

namespace gigawatt::catalog {
namespace {

using Json = nlohmann::ordered_json;

template <typename T>
void collect(std::vector<Entry>& out, const Catalog& catalog) {
  if constexpr (!kKind<T>.listed.empty())
    for (const auto& x : catalog.all<T>()) {
      Entry entry = entry_of(std::string(kKind<T>.listed), x.name, x.title, x);
      if constexpr (requires { x.aliases; }) entry.aliases = x.aliases;
      out.push_back(std::move(entry));
    }
}

template <typename... T>
void collect_kinds(std::vector<Entry>& out, const Catalog& catalog, const std::tuple<T...>*) {
  (collect<T>(out, catalog), ...);
}

std::vector<Entry> collect_all(const Catalog& c, std::span<const Entry> more = {}) {
  std::vector<Entry> out;
  collect_kinds(out, c, static_cast<const Kinds*>(nullptr));
  out.insert(out.end(), more.begin(), more.end());
  return out;
}

template <typename... T>
std::vector<std::string> listed_kinds(const std::tuple<T...>*) {
  std::vector<std::string> names;
  for (const auto name : {kKind<T>.listed...})
    if (!name.empty()) names.emplace_back(name);
  return names;
}

bool has_name(const Entry& entry, const std::string& lower) {
  if (lower_case(entry.name) == lower) return true;
  for (const auto& alias : entry.aliases)
    if (lower_case(alias) == lower) return true;
  return false;
}

void find_sources(const Json& node, std::set<std::string>& keys) {
  if (node.is_object())
    for (const auto& [key, value] : node.items())
      if (key == "source" && value.is_string()) keys.insert(value.get<std::string>());
  if (node.is_structured())
    for (const auto& value : node) find_sources(value, keys);
}

Json sources_json(const Catalog& catalog, const Json& entry) {
  std::set<std::string> keys;
  find_sources(entry, keys);
  Json out = Json::object();
  for (const auto& key : keys)
    if (const auto source = catalog.source(key))
      out[key] = {{"title", (*source)->title},
                  {"citation", (*source)->citation},
                  {"date", (*source)->date},
                  {"licence", (*source)->licence}};
  return out;
}

std::string number_text(const Json& x) {
  return x.is_number() ? units::format_number(x.get<double>(), 6) : x.get<std::string>();
}

/// "80 GB (79 to 81; assumed: reason) [source]"
std::string leaf_text(const Json& leaf) {
  std::string text = number_text(leaf["value"]);
  if (leaf.contains("unit")) text += " " + leaf["unit"].get<std::string>();
  std::string note;
  if (leaf.contains("low") && leaf.contains("high") && leaf["low"] != leaf["high"])
    note = number_text(leaf["low"]) + " to " + number_text(leaf["high"]);
  const std::string kind = leaf.value("kind", "vendor");
  if (kind != "vendor") note += (note.empty() ? "" : "; ") + kind;
  if (leaf.contains("reason")) note += (note.empty() ? "" : "; ") + leaf["reason"].get<std::string>();
  if (!note.empty()) text += " (" + note + ")";
  if (leaf.contains("source")) text += " [" + leaf["source"].get<std::string>() + "]";
  return text;
}

std::string scalar_text(const Json& x) {
  if (x.is_string()) return x.get<std::string>();
  // A year is no quantity: four digits stay together.
  if (x.is_number_integer() && std::abs(x.get<std::int64_t>()) < 10'000) return x.dump();
  if (x.is_number_integer()) return units::format_number(x.get<double>(), 15);
  if (x.is_number()) return units::format_number(x.get<double>(), 6);
  return x.dump();
}

void write_text(const Json& node, const std::string& indent, std::string& out);

void write_member(const std::string& key, const Json& value, const std::string& indent, std::string& out) {
  if (value.is_object() && value.contains("value")) {
    out += fmt::format("{}{:<30} {}\n", indent, key, leaf_text(value));
  } else if (value.is_object()) {
    out += fmt::format("{}{}\n", indent, key);
    write_text(value, indent + "  ", out);
  } else if (value.is_array() && !value.empty() && value.front().is_object()) {
    for (const auto& item : value) {
      out += fmt::format("{}{}\n", indent, key);
      write_text(item, indent + "  ", out);
    }
  } else if (value.is_array()) {
    std::string joined;
    for (const auto& item : value) joined += (joined.empty() ? "" : ", ") + scalar_text(item);
    out += fmt::format("{}{:<30} {}\n", indent, key, joined);
  } else {
    out += fmt::format("{}{:<30} {}\n", indent, key, scalar_text(value));
  }
}

void write_text(const Json& node, const std::string& indent, std::string& out) {
  for (const auto& [key, value] : node.items()) write_member(key, value, indent, out);
}

void find_assumed(const Json& node, const std::string& path, Json& out) {
  if (node.is_object() && node.value("kind", "") == "assumed" && node.contains("value")) {
    Json leaf = {{"path", path}, {"value", node["value"]}, {"low", node["low"]}, {"high", node["high"]}};
    if (node.contains("unit")) leaf["unit"] = node["unit"];
    leaf["reason"] = node.value("reason", "");
    out.push_back(std::move(leaf));
    return;
  }
  if (node.is_object())
    for (const auto& [key, value] : node.items()) find_assumed(value, path + " " + key, out);
  else if (node.is_array())
    for (std::size_t i = 0; i < node.size(); ++i) find_assumed(node[i], fmt::format("{}[{}]", path, i), out);
}

}  // namespace

const std::vector<std::string>& kinds() {
  static const std::vector<std::string> names = listed_kinds(static_cast<const Kinds*>(nullptr));
  return names;
}

Json list_json(const Catalog& catalog, std::string_view kind, std::span<const Entry> more) {
  Json entries = Json::array();
  for (const auto& entry : collect_all(catalog, more))
    if (kind.empty() || kind == entry.kind)
      entries.push_back(
          {{"kind", entry.kind}, {"name", entry.name}, {"title", entry.title}, {"aliases", entry.aliases}});
  return {{"entries", std::move(entries)}};
}

Json entries_json(const Catalog& catalog, std::span<const Entry> more) {
  Json entries = Json::array();
  for (auto& entry : collect_all(catalog, more))
    entries.push_back({{"kind", entry.kind},
                       {"name", entry.name},
                       {"title", entry.title},
                       {"aliases", entry.aliases},
                       {"entry", std::move(entry.json)}});
  return entries;
}

std::string list_text(const Catalog& catalog, std::string_view kind, std::span<const Entry> more) {
  std::string out;
  std::string previous;
  for (const auto& entry : collect_all(catalog, more)) {
    if (!kind.empty() && kind != entry.kind) continue;
    if (entry.kind != previous) out += fmt::format("{}{}\n", out.empty() ? "" : "\n", entry.kind);
    out += fmt::format("  {:<32} {}\n", entry.name, entry.title);
    previous = entry.kind;
  }
  return out;
}

tl::expected<Json, NotFound> show_json(const Catalog& catalog, std::string_view name,
                                       std::span<const Entry> more) {
  const std::string lower = lower_case(name);
  Json matches = Json::array();
  NameIndex index{"entry", {}, {}};
  for (auto& entry : collect_all(catalog, more)) {
    index.names.push_back(entry.name);
    if (!has_name(entry, lower)) continue;
    Json sources = sources_json(catalog, entry.json);
    matches.push_back({{"kind", entry.kind},
                       {"name", entry.name},
                       {"entry", std::move(entry.json)},
                       {"sources", std::move(sources)}});
  }
  if (matches.empty()) return tl::unexpected(not_found("entry", name, index));
  return Json{{"matches", std::move(matches)}};
}

tl::expected<std::string, NotFound> show_text(const Catalog& catalog, std::string_view name,
                                              std::span<const Entry> more) {
  const auto json = show_json(catalog, name, more);
  if (!json) return tl::unexpected(json.error());
  std::string out;
  for (const auto& match : (*json)["matches"]) {
    out += fmt::format("{}{} {}\n", out.empty() ? "" : "\n", match["kind"].get<std::string>(),
                       match["name"].get<std::string>());
    write_text(match["entry"], "  ", out);
    out += "  sources\n";
    for (const auto& [key, source] : match["sources"].items())
      out += fmt::format("    {:<28} {}; {} ({})\n", key, source["title"].get<std::string>(),
                         source["citation"].get<std::string>(), source["date"].get<std::string>());
  }
  return out;
}

Json assumed_json(const Catalog& catalog) {
  Json out = Json::array();
  for (const auto& entry : collect_all(catalog)) find_assumed(entry.json, entry.kind + " " + entry.name, out);
  return out;
}

}  // namespace gigawatt::catalog
