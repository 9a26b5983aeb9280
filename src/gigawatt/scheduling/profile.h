#pragma once
/// Free units of a place over future time, as steps: what conservative backfill plans on. Private to this module.
///
/// The steps lie in blocks of a few hundred with the fewest and the most units of each, and with what has been added to
/// all of a block at once: a change of a long span and the search for a gap pass over whole blocks, so that both cost
/// about the number of blocks, not of steps.

#include <cstdint>
#include <vector>

#include "gigawatt/base/sim_time.h"

namespace gigawatt::scheduling {

class Profile {
 public:
  Profile(base::SimTime now, std::int64_t free);

  std::int64_t at(base::SimTime t) const;
  /// Once all that is planned is over.
  std::int64_t last() const { return blocks_.back().steps.back().free + blocks_.back().added; }
  /// Adds `units` (negative: takes them) during [from, to).
  void add(base::SimTime from, base::SimTime to, std::int64_t units);
  /// First time, not before the first step, from which `units` are free for `length`. Never comes: SimTime::max().
  /// Where it is not among about so many steps it is the time from which so many units stay free.
  base::SimTime earliest(std::int64_t units, base::Duration length, std::size_t most_steps) const;
  /// The first time at which less than `units` are free. Never comes: SimTime::max().
  base::SimTime first_below(std::int64_t units) const;
  /// Forgets what is before `now`.
  void advance(base::SimTime now);

 private:
  struct Step {
    base::SimTime from;
    std::int64_t free = 0;  // less what was added to its block
  };
  struct Block {
    std::vector<Step> steps;
    std::int64_t added = 0;
    std::int64_t least = 0, most = 0;  // with `added`
  };
  struct Place {
    std::size_t block = 0, step = 0;
  };

  static void measure(Block& block);
  std::int64_t free(Place p) const { return blocks_[p.block].steps[p.step].free + blocks_[p.block].added; }
  base::SimTime from(Place p) const { return blocks_[p.block].steps[p.step].from; }
  bool next(Place& p) const;
  base::SimTime always_from(std::int64_t units) const;
  /// The step that holds at `t`; the first where `t` is before it.
  Place find(base::SimTime t) const;
  /// Makes `t` the beginning of a step, where it lies behind the first.
  void cut(base::SimTime t);
  /// Joins the step that begins at `t` with the one before it, where both are equal.
  void join(base::SimTime t);

  std::vector<Block> blocks_;  // none empty
};

}  // namespace gigawatt::scheduling
