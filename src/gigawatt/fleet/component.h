#pragma once
/// What the components of a fleet have in common: they know the model, which is constant, and the state, of which each
/// owns one part, and they reach each other through `Parts`. A component changes the parts of others by calling them;
/// the few counters that two of them keep together are said to be so in the state.

#include "gigawatt/base/sim_time.h"
#include "gigawatt/events/event_queue.h"
#include "gigawatt/fleet/model.h"

namespace gigawatt::fleet {

struct Parts;
struct State;

class Component {
 public:
  Component(const FleetModel& model, State& state, events::EventQueue& queue, Parts& parts)
      : model_(model), state_(state), parts_(parts), queue_(queue) {}
  Component(const Component&) = delete;
  Component& operator=(const Component&) = delete;

 protected:
  ~Component() = default;
  base::SimTime now() const { return queue_.now(); }
  /// What is known of a job; of a batch's job, which must be there, what those of its size have in common.
  const JobModel& job_model(std::uint32_t job) const;

  const FleetModel& model_;
  State& state_;
  Parts& parts_;
  events::EventQueue& queue_;
};

}  // namespace gigawatt::fleet
