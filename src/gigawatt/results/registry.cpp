#include "gigawatt/results/registry.h"

namespace gigawatt::results {
namespace {

#define GW_ENTRY(id, name, unit, doc) Declaration{name, unit, doc},
constexpr Declaration kMetricTable[] = {
#define GW_METRIC GW_ENTRY
#include "gigawatt/results/declarations.def"
#undef GW_METRIC
};
constexpr Declaration kSeriesTable[] = {
#define GW_SERIES GW_ENTRY
#include "gigawatt/results/declarations.def"
#undef GW_SERIES
};
constexpr Declaration kEventTable[] = {
#define GW_EVENT GW_ENTRY
#include "gigawatt/results/declarations.def"
#undef GW_EVENT
};
constexpr Declaration kLedgerTable[] = {
#define GW_LEDGER GW_ENTRY
#include "gigawatt/results/declarations.def"
#undef GW_LEDGER
};
#undef GW_ENTRY

}  // namespace

const Declaration& info(Metric metric) { return kMetricTable[static_cast<std::size_t>(metric)]; }
const Declaration& info(Series series) { return kSeriesTable[static_cast<std::size_t>(series)]; }
const Declaration& info(Event event) { return kEventTable[static_cast<std::size_t>(event)]; }
const Declaration& info(Ledger ledger) { return kLedgerTable[static_cast<std::size_t>(ledger)]; }

std::span<const Declaration> metrics() { return kMetricTable; }
std::span<const Declaration> series() { return kSeriesTable; }
std::span<const Declaration> events() { return kEventTable; }
std::span<const Declaration> ledgers() { return kLedgerTable; }

}  // namespace gigawatt::results
