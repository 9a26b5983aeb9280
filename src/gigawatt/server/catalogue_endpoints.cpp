#include <algorithm>

#include <fmt/format.h>

#include "gigawatt/analysis/validate.h"
#include "gigawatt/base/hash.h"
#include "gigawatt/base/nearest.h"
#include "gigawatt/catalog/show.h"
#include "gigawatt/engine/shown_counts.h"
#include "gigawatt/engine/software_entries.h"
#include "gigawatt/report/validation_json.h"
#include "gigawatt/server/services.h"

namespace gigawatt::server {
namespace {

Response version(Services& s, const Call&) {
  // Two servers with the same hash know the same.
  const auto& hash =
      s.data_hash.get([&] { return base::hash_folder(s.data, [](const auto&) { return true; }); }).text();
  return json_answer({{"version", s.version},
                      {"data_hash", hash},
                      {"features", {"runs", "step", "search", "catalog", "validation"}}});
}

/// The members of an entry that a list shows: numbers and words, not tables.
Json figures(const Json& entry) {
  Json out = Json::object();
  for (const auto& [key, value] : entry.items()) {
    if (key == "name" || key == "title" || key == "aliases" || key == "source" || key == "reason") continue;
    if (value.is_object() && value.contains("value")) {
      out[key] = {{"value", value["value"]}};
      if (value.contains("unit")) out[key]["unit"] = value["unit"];
      out[key]["kind"] = value.value("kind", "vendor");
    } else if (value.is_primitive()) {
      out[key] = value;
    }
  }
  return out;
}

/// kind of the catalogue -> key of the answer.
constexpr std::pair<std::string_view, std::string_view> kLists[] = {
    {"accelerator", "chips"}, {"system", "systems"},   {"model", "models"},
    {"site", "sites"},        {"network", "networks"}, {"failures", "failures"},
    {"prices", "prices"},     {"carbon", "carbon"},    {"grid", "grids"},
    {"facility", "facility"}, {"fact", "facts"},       {engine::kSoftwareKind, "software"}};

std::string catalogue_document(const engine::Knowledge& knowledge) {
  const auto& catalog = knowledge.catalog;
  const auto software = engine::software_entries(knowledge.software);
  Json out = Json::object();
  for (const auto& [kind, key] : kLists) out[std::string(key)] = Json::array();
  for (auto& entry : catalog::entries_json(catalog, software)) {
    const auto kind = entry.at("kind").get<std::string>();
    const auto list =
        std::find_if(std::begin(kLists), std::end(kLists), [&](const auto& l) { return l.first == kind; });
    if (list == std::end(kLists)) continue;
    out[std::string(list->second)].push_back({{"kind", kind},
                                              {"name", entry["name"]},
                                              {"title", entry["title"]},
                                              {"aliases", entry["aliases"]},
                                              {"figures", figures(entry["entry"])}});
  }
  out["sources"] = Json::array();
  for (const auto& source : catalog.sources())
    out["sources"].push_back({{"key", source.key},
                              {"title", source.title},
                              {"citation", source.citation},
                              {"date", source.date},
                              {"licence", source.licence}});
  return out.dump(-1, ' ', false, Json::error_handler_t::replace);
}

Response catalogue(Services& s, const Call& call) {
  return s.catalog.get([&] { return catalogue_document(s.knowledge); }).answer(call.request);
}

Response catalogue_entry(Services& s, const Call& call) {
  std::string kind = call.parameters[0];
  for (const auto& [name, list] : kLists)
    if (kind == list) kind = name;
  auto kinds = catalog::kinds();
  kinds.emplace_back(engine::kSoftwareKind);
  if (std::find(kinds.begin(), kinds.end(), kind) == kinds.end())
    return error_answer(404, "unknown_kind", fmt::format("the catalogue has no kind '{}'", kind),
                        base::did_you_mean(kind, kinds));
  std::vector<catalog::Entry> software;
  if (kind == engine::kSoftwareKind) software = engine::software_entries(s.knowledge.software);
  auto found = catalog::show_json(s.knowledge.catalog, call.parameters[1], software);
  if (!found) return error_answer(404, "unknown_name", found.error().message());
  engine::add_counts(*found, s.knowledge.catalog);
  for (const auto& match : (*found)["matches"])
    if (match["kind"] == kind) return json_answer(match);
  return error_answer(404, "unknown_name", fmt::format("no {} is called '{}'", kind, call.parameters[1]));
}

Response validation(Services& s, const Call& call) {
  return s.validation.get([&] { return report::shipped_validation(s.knowledge, s.data).dump(); })
      .answer(call.request);
}

constexpr Endpoint kCatalogueEndpoints[] = {
    {"GET", "/api/version", "Program, data and what this server can do.", Deferred::Weight::kLight, version,
     "version, data_hash, features"},
    {"GET", "/api/catalog", "Everything known, as lists with key figures.", Deferred::Weight::kLight,
     catalogue,
     "chips, systems, models, sites, networks, failures, prices, carbon, grids, facility, facts, software, "
     "sources"},
    {"GET", "/api/catalog/{kind}/{name}", "One entry with every value's band, kind of evidence and source.",
     Deferred::Weight::kLight, catalogue_entry,
     "kind, name, entry, sources; of models their counted parameters"},
    {"GET", "/api/validation", "The step model against published runs; computed once.",
     Deferred::Weight::kHeavy, validation, "statistics of `gigawatt validate --json`, and rows"},
};

}  // namespace

std::span<const Endpoint> catalogue_endpoints() { return kCatalogueEndpoints; }

}  // namespace gigawatt::server
