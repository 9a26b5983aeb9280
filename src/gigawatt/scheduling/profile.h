#pragma once
/// Free units of a place over future time, as steps: what conservative backfill plans on. Private to this module.

#include <cstdint>
#include <vector>

#include "gigawatt/base/sim_time.h"

namespace gigawatt::scheduling {

class Profile {
 public:
  Profile(base::SimTime now, std::int64_t free) : steps_{{now, free}} {}

  std::int64_t at(base::SimTime t) const;
  /// Adds `units` (negative: takes them) during [from, to).
  void add(base::SimTime from, base::SimTime to, std::int64_t units);
  /// First time, not before the first step, from which `units` are free for `length`. Never comes: SimTime::max().
  base::SimTime earliest(std::int64_t units, base::Duration length) const;
  /// Forgets what is before `now`.
  void advance(base::SimTime now);

 private:
  struct Step {
    base::SimTime from;
    std::int64_t free = 0;
  };
  std::size_t cut(base::SimTime t);  // a step that begins at t

  std::vector<Step> steps_;  // ascending; the last holds for ever
};

}  // namespace gigawatt::scheduling
