#include "gigawatt/step/software_features.h"

#include <algorithm>
#include <cctype>

#include <fmt/format.h>

#include "gigawatt/base/nearest.h"
#include "gigawatt/base/words.h"
#include "gigawatt/config/read.h"
#include "gigawatt/config/toml.h"
#include "gigawatt/step/calibration.h"

namespace gigawatt::step {

void fields(config::FieldVisitor& v, FabricWords& f) {
  std::size_t kind = fabric_index(f.name);
  v.choose(kind, kFabricNames, {.key = "name", .doc = "Kind of scale-out fabric.", .required = true});
  f.name = kFabricNames[kind];
  v(f.phrases, {.key = "phrases", .doc = "How people write it: whole words, any case.", .required = true});
}

namespace {

/// Reads fields of a profile into a profile that has values already.
struct Behavior {
  SoftwareProfile profile;
};

void fields(config::FieldVisitor& v, Behavior& b) { behavior_fields(v, b.profile); }

struct FeatureText {
  SoftwareFeature feature;
  Behavior set;
};

void fields(config::FieldVisitor& v, FeatureText& f) {
  v(f.feature.name, {.key = "name", .doc = "Name in the column \"features\".", .required = true});
  v(f.feature.doc, {.key = "doc", .doc = "What it is.", .required = true});
  v(f.feature.phrases, {.key = "phrases", .doc = "How people write it: whole words, any case."});
  v(f.feature.unless, {.key = "unless", .doc = "Phrases that say the contrary."});
  v(f.set, {.key = "set", .doc = "Fields of a software profile.", .required = true});
}

struct ReleaseText {
  std::string after;
};

void fields(config::FieldVisitor& v, ReleaseText& r) {
  v(r.after,
    {.key = "after", .doc = "Phrase before the number that stands for a release.", .required = true});
}

struct WordsText {
  std::string source;
  std::vector<FeatureText> features;
  std::vector<FabricWords> fabrics;
  std::vector<ReleaseText> releases;
};

void fields(config::FieldVisitor& v, WordsText& w) {
  v(w.source, {.key = "source", .doc = "Where these words stand.", .required = true});
  v(w.features, {.key = "feature", .doc = "Features of software that runs name.", .required = true});
  v(w.fabrics, {.key = "fabric", .doc = "Kinds of scale-out fabric.", .required = true});
  v(w.releases, {.key = "release", .doc = "Where notes hold a release."});
}

using base::lower;

bool is_word(char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0; }

/// Whether `text` (in small letters) holds `phrase` as whole words.
bool holds(const std::string& text, std::string_view phrase) {
  const std::string wanted = lower(phrase);
  for (auto at = text.find(wanted); at != std::string::npos; at = text.find(wanted, at + 1)) {
    const auto end = at + wanted.size();
    if ((at == 0 || !is_word(text[at - 1])) && (end == text.size() || !is_word(text[end]))) return true;
  }
  return false;
}

bool holds_any(const std::string& text, const std::vector<std::string>& phrases) {
  return std::any_of(phrases.begin(), phrases.end(), [&](const auto& p) { return holds(text, p); });
}

}  // namespace

tl::expected<SoftwareProfile, std::string> SoftwareWords::with(SoftwareProfile profile,
                                                               std::span<const std::string> names) const {
  Behavior behavior{std::move(profile)};
  for (const auto& name : names) {
    const auto at =
        std::find_if(features.begin(), features.end(), [&](const auto& f) { return f.name == name; });
    if (at == features.end()) {
      std::vector<std::string> known;
      for (const auto& f : features) known.push_back(f.name);
      const auto near = base::nearest_names(name, known);
      return tl::unexpected(
          fmt::format("feature \"{}\" is not known{}", name,
                      near.empty() ? "" : fmt::format(" (did you mean \"{}\"?)", near.front())));
    }
    base::Diagnostics none;  // the fields were checked when the file was read
    config::Reader(at->set, none).read(behavior);
  }
  return behavior.profile;
}

std::vector<std::string> SoftwareWords::features_in(std::string_view text) const {
  const std::string small = lower(text);
  std::vector<std::string> names;
  for (const auto& f : features)
    if (holds_any(small, f.phrases) && !holds_any(small, f.unless)) names.push_back(f.name);
  return names;
}

std::string SoftwareWords::fabric_in(std::string_view text) const {
  const std::string small = lower(text);
  const auto at = std::find_if(fabrics.begin(), fabrics.end(),
                               [&](const auto& f) { return holds_any(small, f.phrases); });
  return at == fabrics.end() ? std::string() : at->name;
}

std::string SoftwareWords::release_in(std::string_view text) const {
  for (const auto& phrase : release_after) {
    auto at = text.find(phrase);
    if (at == std::string_view::npos) continue;
    at += phrase.size();
    auto end = at;
    while (end < text.size() &&
           (std::isdigit(static_cast<unsigned char>(text[end])) != 0 || text[end] == '.'))
      ++end;
    return std::string(text.substr(at, end - at));
  }
  return {};
}

tl::expected<SoftwareWords, base::Diagnostics> read_features(const std::filesystem::path& file) {
  const auto node = config::read_toml(file);
  if (!node) return tl::unexpected(node.error());
  base::Diagnostics problems;
  WordsText text;
  config::Reader(*node, problems).read(text);
  if (base::has_errors(problems)) return tl::unexpected(std::move(problems));
  SoftwareWords words;
  words.source = text.source;
  const auto& tables = node->find("feature")->items;
  for (std::size_t i = 0; i < text.features.size(); ++i) {
    words.features.push_back(std::move(text.features[i].feature));
    words.features.back().set = *tables[i].find("set");
  }
  words.fabrics = std::move(text.fabrics);
  for (auto& r : text.releases) words.release_after.push_back(std::move(r.after));
  return words;
}

}  // namespace gigawatt::step
