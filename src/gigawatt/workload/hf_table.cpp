#include "gigawatt/workload/hf_table.h"

#include <cctype>
#include <memory>

#include "embedded/hf_defaults.h"
#include "embedded/hf_families.h"
#include "gigawatt/base/check.h"
#include "gigawatt/config/toml.h"

namespace gigawatt::workload {
namespace {

using config::Node;

nlohmann::json json_of(const Node& node) {
  switch (node.kind) {
    case Node::Kind::kInteger: return node.integer;
    case Node::Kind::kFloat: return node.real;
    case Node::Kind::kBoolean: return node.boolean;
    case Node::Kind::kArray: {
      auto list = nlohmann::json::array();
      for (const Node& item : node.items) list.push_back(json_of(item));
      return list;
    }
    case Node::Kind::kTable: {
      auto table = nlohmann::json::object();
      for (const auto& [key, value] : node.members) table[key] = json_of(value);
      return table;
    }
    case Node::Kind::kString:
    case Node::Kind::kDate: break;
  }
  return node.text;
}

std::string with_underscores(std::string_view name) {
  std::string out(name);
  for (char& c : out)
    if (c == '-') c = '_';
  return out;
}

/// A rule is a text in the language of rules, or a plain number or truth.
std::string rule_of(const Node& node) {
  return node.kind == Node::Kind::kString ? node.text : json_of(node).dump();
}

void read_entry(HfFamily& family, const std::string& key, const Node& node) {
  if (key == "like")
    family.like = node.text;
  else if (key == "text")
    family.text = node.text;
  else if (key == "text_only")
    family.text_only = node.boolean;
  else if (key == "classes")
    for (const Node& item : node.items) family.classes.push_back(item.text);
  else if (key == "keys")
    for (const Node& item : node.items) family.keys.insert(item.text);
  else if (key == "names")
    for (const auto& [other, own] : node.members) family.other_names[other] = own.text;
  else if (key == "defaults")
    family.defaults = json_of(node);
  else
    family.rules[key] = rule_of(node);
}

/// The names in a rule.
void collect_names(const std::string& rule, std::set<std::string>& names) {
  const auto part = [](char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_'; };
  for (std::size_t at = 0; at < rule.size();) {
    const std::size_t begin = at;
    while (at < rule.size() && part(rule[at])) ++at;
    if (at > begin) names.insert(rule.substr(begin, at - begin));
    if (at == begin) ++at;
  }
}

}  // namespace

HfTable::HfTable(std::string_view rules_toml, std::string_view defaults_json) {
  const auto root = config::parse_toml(
      std::make_shared<const base::SourceText>(base::SourceText{"families.toml", std::string(rules_toml)}));
  GW_CHECK(root, "the table of families: {}", root ? "" : base::render(root.error()));
  for (const auto& [name, node] : root->members) {
    if (name == "neutral") {
      for (const Node& key : node.items) neutral_.insert(key.text);
      continue;
    }
    if (name == "missing") {
      for (const auto& [type, what] : node.members) missing_[type] = what.text;
      continue;
    }
    HfFamily& family = families_[name];
    family.name = name;
    for (const auto& [key, value] : node.members) read_entry(family, key, value);
  }
  const auto defaults = nlohmann::json::parse(defaults_json);
  version_ = defaults.at("transformers").get<std::string>();
  for (const auto& [name, entry] : defaults.at("families").items()) {
    if (entry.contains("text")) {
      texts_[name] = entry.at("text").get<std::string>();
      if (!entry.value("tie", true)) untied_.insert(name);
      if (entry.contains("defaults")) text_defaults_[name] = entry.at("defaults");
      continue;
    }
    auto found = families_.find(name);
    if (found == families_.end()) found = families_.find(with_underscores(name));
    if (found == families_.end() || !entry.contains("defaults")) continue;
    HfFamily& family = found->second;
    family.library = true;
    nlohmann::json merged = entry.at("defaults");
    merged.update(family.defaults);
    family.defaults = std::move(merged);
    if (entry.contains("names"))
      for (const auto& [other, own] : entry.at("names").items())
        family.other_names.try_emplace(other, own.get<std::string>());
  }
  for (const auto& [name, family] : families_)
    for (const auto& [rule, text] : family.rules) collect_names(text, asked_);
  for (auto& [name, family] : families_) take_over(family, 0);
}

void HfTable::take_over(HfFamily& family, int depth) {
  if (family.name == "decoder" || family.rules.contains("taken")) return;
  GW_CHECK(depth < 16, "the family '{}' is like itself", family.name);
  const auto from = families_.find(family.like.empty() ? "decoder" : family.like);
  GW_CHECK(from != families_.end(), "the family '{}' is like '{}', which is not there", family.name,
           family.like);
  take_over(from->second, depth + 1);
  for (const auto& [key, rule] : from->second.rules) family.rules.try_emplace(key, rule);
  for (const auto& [other, own] : from->second.other_names)
    if (!family.library) family.other_names.try_emplace(other, own);
  if (!family.library)
    for (const auto& [key, value] : from->second.defaults.items())
      // Switches, not sizes: a class that we do not have may fill in other ones.
      if (!family.defaults.contains(key) && !(value.is_number_integer() && value.get<std::int64_t>() > 1))
        family.defaults[key] = value;
  family.keys.insert(from->second.keys.begin(), from->second.keys.end());
  family.rules["taken"] = "true";
}

const HfTable& HfTable::shipped() {
  static const HfTable table(embedded::hf_families(), embedded::hf_defaults());
  return table;
}

std::string HfTable::missing(std::string_view model_type) const {
  const auto found = missing_.find(with_underscores(model_type));
  return found == missing_.end() ? "" : found->second;
}

const HfFamily* HfTable::find(std::string_view model_type) const {
  if (model_type == "decoder") return nullptr;
  for (const std::string& tried : {std::string(model_type), with_underscores(model_type)}) {
    const auto found = families_.find(tried);
    if (found != families_.end() && found->second.text.empty()) return &found->second;
  }
  constexpr std::string_view kText = "_text";  // language part of a multimodal model
  return model_type.ends_with(kText) ? find(model_type.substr(0, model_type.size() - kText.size())) : nullptr;
}

const HfFamily* HfTable::find_class(std::string_view architecture) const {
  for (const auto& [name, family] : families_)
    for (const std::string& known : family.classes)
      if (known == architecture) return find(family.text.empty() ? name : family.text);
  return nullptr;
}

const nlohmann::json& HfTable::text_defaults(std::string_view model_type) const {
  static const nlohmann::json kNone = nlohmann::json::object();
  const auto found = text_defaults_.find(std::string(model_type));
  return found == text_defaults_.end() ? kNone : found->second;
}

bool HfTable::text_only(std::string_view model_type) const {
  const auto found = families_.find(std::string(model_type));
  return found != families_.end() && found->second.text_only;
}

const HfFamily* HfTable::text_family(std::string_view model_type) const {
  const auto own = families_.find(std::string(model_type));
  if (own != families_.end() && !own->second.text.empty()) return find(own->second.text);
  const auto found = texts_.find(std::string(model_type));
  return found == texts_.end() ? nullptr : find(found->second);
}

}  // namespace gigawatt::workload
