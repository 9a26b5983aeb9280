#pragma once
/// The registry of everything that a run stores: one declaration each, in declarations.def, gives the enumerator,
/// the name in the store and in JSON, the unit and the description (table `quantity` of the store).

#include <cstdint>
#include <span>
#include <string_view>

namespace gigawatt::results {

#define GW_ENUMERATOR(id, name, unit, doc) id,
enum class Metric : std::uint16_t {
#define GW_METRIC GW_ENUMERATOR
#include "gigawatt/results/declarations.def"
#undef GW_METRIC
};
enum class Series : std::uint16_t {
#define GW_SERIES GW_ENUMERATOR
#include "gigawatt/results/declarations.def"
#undef GW_SERIES
};
enum class Event : std::uint16_t {
#define GW_EVENT GW_ENUMERATOR
#include "gigawatt/results/declarations.def"
#undef GW_EVENT
};
enum class Ledger : std::uint16_t {
#define GW_LEDGER GW_ENUMERATOR
#include "gigawatt/results/declarations.def"
#undef GW_LEDGER
};
#undef GW_ENUMERATOR

struct Declaration {
  std::string_view name;
  std::string_view unit;  ///< "" for counts and ratios
  std::string_view doc;
};

const Declaration& info(Metric metric);
const Declaration& info(Series series);
const Declaration& info(Event event);
const Declaration& info(Ledger ledger);

std::span<const Declaration> metrics();
std::span<const Declaration> series();
std::span<const Declaration> events();
std::span<const Declaration> ledgers();

}  // namespace gigawatt::results
