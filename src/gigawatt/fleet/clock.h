#pragma once
/// The calendar: what happens when, and in which order at one instant.

#include <cstdint>

#include "gigawatt/fleet/component.h"

namespace gigawatt::fleet {

/// Order of events at one instant: a month is closed before anything of the next one happens, capacity and nodes come
/// before those who ask for them, and jobs are placed last, once everything else is known.
enum class EventKind : std::uint16_t {
  kMonthEnd,
  kPlan,  ///< number of an item of the plan; with data 1, of a posted supply
  kRepair,
  kGang,
  kBackground,
  kReady,
  kDemand,
  kDispatch,
  kDomain  ///< a whole domain fails
};

struct ClockState {
  events::EventQueue queue;
};

class Clock : public Component {
 public:
  using Component::Component;
  events::Handle schedule(base::SimTime time, EventKind kind, std::uint32_t entity, std::int64_t data = 0) {
    return queue_.schedule({.time = time,
                            .priority = static_cast<std::uint8_t>(kind),
                            .kind = static_cast<std::uint16_t>(kind),
                            .entity = entity,
                            .data = data});
  }
  void cancel(events::Handle handle) { queue_.cancel(handle); }
  bool pending(events::Handle handle) const { return queue_.pending(handle); }
};

}  // namespace gigawatt::fleet
