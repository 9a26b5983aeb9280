#pragma once
/// The catalogue for people and for programs: lists of what it holds, and one entry with its numbers, bands and
/// sources. Numbers are in the unit that the entry's field table names, not in SI. `more`: entries of other modules,
/// shown after the catalogue's own.

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <tl/expected.hpp>

#include "gigawatt/catalog/catalog.h"
#include "gigawatt/catalog/entry.h"

namespace gigawatt::catalog {

/// Kinds that can be listed (kinds.h).
const std::vector<std::string>& kinds();

/// `{"entries": [{"kind", "name", "title", "aliases"}]}`; an empty `kind` lists all.
nlohmann::ordered_json list_json(const Catalog& catalog, std::string_view kind = "",
                                 std::span<const Entry> more = {});
/// The same list with each entry whole: `[{"kind", "name", "title", "aliases", "entry"}]`.
nlohmann::ordered_json entries_json(const Catalog& catalog, std::span<const Entry> more = {});
std::string list_text(const Catalog& catalog, std::string_view kind = "", std::span<const Entry> more = {});

/// Every entry of that name or alias (an accelerator and a system may share one):
/// `{"matches": [{"kind", "name", "entry": {...}, "sources": {key: {"title", "citation", "date", "licence"}}}]}`.
tl::expected<nlohmann::ordered_json, NotFound> show_json(const Catalog& catalog, std::string_view name,
                                                         std::span<const Entry> more = {});
tl::expected<std::string, NotFound> show_text(const Catalog& catalog, std::string_view name,
                                              std::span<const Entry> more = {});

/// Every leaf of `kind = "assumed"`: `[{"path": "system h20-sxm node_max_power", "value", "low", "high", "unit", "reason"}]`.
nlohmann::ordered_json assumed_json(const Catalog& catalog);

}  // namespace gigawatt::catalog
