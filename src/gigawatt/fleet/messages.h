#pragma once
/// What the components of a fleet tell each other, and whoever listens.
///
///   capacity  a site says what it may draw from now on: phases come into service, the supply changes
///   load      somebody says that nodes at a site draw more or less, and what they do
///   fate      a node fails or comes back, a job begins, is interrupted, goes on or ends
///
/// Sites take loads and give capacity; pools, gangs and the demand of pools of jobs take capacity and give loads; the
/// line heeds the fates of jobs. A `Meter` hears all of them, in the order in which they happen, and changes nothing:
/// what does not feed back (a site's physics by the hour, bills, waveforms) is computed from what it writes down. What
/// does feed back (hot hours, curtailment, a price) is posted through `Posts` as the supply of a site from a date on.

#include <cstdint>
#include <vector>

#include "gigawatt/base/sim_time.h"

namespace gigawatt::fleet {

/// What nodes do that draw power.
enum class Activity : std::uint8_t { kIdle, kDown, kTraining, kServing };

struct Load {
  std::uint32_t site = 0;
  std::int64_t delta_milliw = 0;  ///< IT power, at the server and switch inlets
  Activity by = Activity::kIdle;
};

struct Capacity {
  std::uint32_t site = 0;
  double facility_w = 0;  ///< energized at the meter, as far as the supply goes
  double it_w = 0;        ///< that accelerators may draw; infinite where nothing limits it
};

struct Fate {
  enum class Kind : std::uint8_t {
    kStarted,      ///< a job, for the first time
    kInterrupted,  ///< a gang stands still
    kEnded,        ///< a job: completed, or given up
    kNodesFail,    ///< nodes of a pool go to repair
    kNodesReturn,  ///< and come back
  };
  Kind kind = Kind::kStarted;
  std::uint32_t who = 0;  ///< number of the job, or of the pool
  std::int64_t nodes = 0;
};

/// Where somebody outside of the fleet says what feeds back.
class Posts {
 public:
  virtual ~Posts() = default;
  /// The most that a site may draw at its meter from an instant on that is not past; nodes beyond it are switched off.
  virtual void supply(std::uint32_t site, double facility_w, base::SimTime from) = 0;
};

/// Hears every message. Nothing that it does changes the run, but for what it posts.
class Meter {
 public:
  virtual ~Meter() = default;
  virtual void begin(Posts&) {}
  virtual void on(const Load&, base::SimTime) {}
  virtual void on(const Capacity&, base::SimTime) {}
  virtual void on(const Fate&, base::SimTime) {}
};

/// Tells the meters. Without one a message costs a comparison.
class Board {
 public:
  explicit Board(std::vector<Meter*> meters) : meters_(std::move(meters)) {}
  template <typename Message>
  void tell(const Message& message, base::SimTime now) const {
    if (!meters_.empty()) [[unlikely]]
      for (Meter* meter : meters_) meter->on(message, now);
  }
  const std::vector<Meter*>& meters() const { return meters_; }

 private:
  std::vector<Meter*> meters_;
};

}  // namespace gigawatt::fleet
