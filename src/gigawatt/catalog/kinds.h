#pragma once
/// The kinds of entries that the catalogue holds: what each is called and where its files lie. A further kind is its
/// struct with a field table, one line of names here, and its place in `Kinds`; reading, looking up by name, lists, `show`
/// and the server's pages come from that.

#include <cstddef>
#include <string_view>
#include <tuple>
#include <vector>

#include "gigawatt/catalog/accelerator.h"
#include "gigawatt/catalog/carbon_table.h"
#include "gigawatt/catalog/facility_defaults.h"
#include "gigawatt/catalog/failure_table.h"
#include "gigawatt/catalog/model.h"
#include "gigawatt/catalog/network_table.h"
#include "gigawatt/catalog/price_table.h"
#include "gigawatt/catalog/reference_fact.h"
#include "gigawatt/catalog/site.h"
#include "gigawatt/catalog/source.h"
#include "gigawatt/catalog/system.h"

namespace gigawatt::catalog {

struct KindNames {
  std::string_view word;         ///< in messages: "no failure table 'x'"
  std::string_view listed = "";  ///< in lists; "": not listed
  std::string_view folder = "";  ///< of data/, one file an entry; "": part of another kind's entries
};

template <typename T>
inline constexpr KindNames kKind{};
template <>
inline constexpr KindNames kKind<Accelerator>{"accelerator", "accelerator", "chips"};
template <>
inline constexpr KindNames kKind<System>{"system", "system", "systems"};
template <>
inline constexpr KindNames kKind<Network>{"network", "network", "networks"};
template <>
inline constexpr KindNames kKind<Model>{"model", "model", "models"};
template <>
inline constexpr KindNames kKind<Site>{"site", "site", "sites"};
template <>
inline constexpr KindNames kKind<FailureTable>{"failure table", "failures", "failures"};
template <>
inline constexpr KindNames kKind<PriceTable>{"price table", "prices", "prices"};
template <>
inline constexpr KindNames kKind<CarbonTable>{"carbon table", "carbon", "carbon"};
template <>
inline constexpr KindNames kKind<GridTable>{"grid table", "", "grids"};
template <>
inline constexpr KindNames kKind<FacilityDefaults>{"facility", "facility", "facility"};
template <>
inline constexpr KindNames kKind<ReferenceTable>{"fact table", "", "facts"};
template <>
inline constexpr KindNames kKind<GridRegion>{"grid region", "grid"};
template <>
inline constexpr KindNames kKind<ReferenceFact>{"fact", "fact"};
template <>
inline constexpr KindNames kKind<CarbonRegion>{"carbon region"};
template <>
inline constexpr KindNames kKind<Generator>{"generator"};
template <>
inline constexpr KindNames kKind<CoolingKind>{"cooling kind"};
template <>
inline constexpr KindNames kKind<Source>{"source"};

/// Where the entries of a kind without files stand: a list in each entry of another kind.
template <typename T>
inline constexpr std::nullptr_t kPartOf = nullptr;
template <>
inline constexpr auto kPartOf<GridRegion> = &GridTable::grids;
template <>
inline constexpr auto kPartOf<ReferenceFact> = &ReferenceTable::facts;
template <>
inline constexpr auto kPartOf<CarbonRegion> = &CarbonTable::regions;
template <>
inline constexpr auto kPartOf<Generator> = &CarbonTable::generators;
template <>
inline constexpr auto kPartOf<CoolingKind> = &FacilityDefaults::cooling;

/// In the order of lists; a kind stands behind the one that it is part of. Sources have a file of their own.
using Kinds = std::tuple<Accelerator, System, Network, Model, Site, FailureTable, PriceTable, CarbonTable,
                         GridTable, GridRegion, FacilityDefaults, ReferenceTable, ReferenceFact, CarbonRegion,
                         Generator, CoolingKind, Source>;

/// A tuple of what `Each` makes of every kind.
template <template <typename> typename Each, typename Tuple = Kinds>
struct OfKindsImpl;
template <template <typename> typename Each, typename... Kind>
struct OfKindsImpl<Each, std::tuple<Kind...>> {
  using type = std::tuple<Each<Kind>...>;
};
template <template <typename> typename Each>
using OfKinds = typename OfKindsImpl<Each>::type;

}  // namespace gigawatt::catalog
