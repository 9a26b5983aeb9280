#include "gigawatt/fleet/arrivals.h"

#include <algorithm>
#include <functional>

#include "gigawatt/fleet/integral.h"

namespace gigawatt::fleet {
namespace {

constexpr std::size_t kLeastHeld = 1024;  ///< of one batch, however many there are
constexpr std::uint32_t kStopPollDraws = 1u << 16;

}  // namespace

Arrivals::Arrivals(const FleetModel& model, std::size_t held)
    : model_(model), sources_(model.batches.size()) {
  if (sources_.empty()) return;
  const std::size_t each = std::max(kLeastHeld, held / sources_.size());
  for (std::size_t b = 0; b < sources_.size(); ++b)
    sources_[b].windows = static_cast<std::uint32_t>((model.batches[b].count + each - 1) / each);
}

void Arrivals::enter(std::size_t index, const std::stop_token& stop) {
  const BatchModel& batch = model_.batches[index];
  Source& source = sources_[index];
  const std::uint32_t window = source.window++;
  source.at = 0;
  source.ahead.clear();
  source.ahead.reserve(batch.count / source.windows + batch.count / source.windows / 8);
  // Windows part whole microseconds, so that arrivals at one instant are in one window.
  const Int128 span_us = Int128{base::Duration::seconds(batch.span_s).us} + 1;
  const auto part = [&](std::uint32_t w) {
    return batch.begin + base::Duration{static_cast<std::int64_t>(span_us * w / source.windows)};
  };
  const bool last = source.window == source.windows;
  const base::SimTime from = part(window), to = part(window + 1);
  for (std::uint32_t i = 0; i < batch.count; ++i) {
    if (i % kStopPollDraws == 0 && stop.stop_requested()) {
      source.window = source.windows;
      break;
    }
    const base::SimTime time = batch.arrival(model_.seed, i);
    if (time >= from && (last || time < to)) source.ahead.push_back({time, batch.first + i});
  }
  std::sort(source.ahead.begin(), source.ahead.end());
}

bool Arrivals::fill(std::size_t batch, const std::stop_token& stop) {
  Source& source = sources_[batch];
  while (source.at == source.ahead.size()) {
    if (source.window == source.windows) return false;
    enter(batch, stop);
  }
  return true;
}

void Arrivals::push(std::size_t batch) {
  Source& source = sources_[batch];
  heap_.emplace_back(source.ahead[source.at++], batch);
  std::push_heap(heap_.begin(), heap_.end(), std::greater<>());
}

std::optional<Arrival> Arrivals::next(const std::stop_token& stop) {
  if (!begun_) {
    begun_ = true;
    for (std::size_t b = 0; b < sources_.size(); ++b)
      if (fill(b, stop)) push(b);
  }
  if (heap_.empty() || stop.stop_requested()) return std::nullopt;
  std::pop_heap(heap_.begin(), heap_.end(), std::greater<>());
  const auto [arrival, batch] = heap_.back();
  heap_.pop_back();
  if (fill(batch, stop)) push(batch);
  return arrival;
}

}  // namespace gigawatt::fleet
