#include "gigawatt/scheduling/profile.h"

#include <algorithm>

namespace gigawatt::scheduling {
namespace {

constexpr std::size_t kBlock = 128;  // steps at the most

}  // namespace

Profile::Profile(base::SimTime now, std::int64_t free) { blocks_.push_back({{{now, free}}, 0, free, free}); }

void Profile::measure(Block& block) {
  block.least = block.most = block.steps.front().free;
  for (const Step& step : block.steps) {
    block.least = std::min(block.least, step.free);
    block.most = std::max(block.most, step.free);
  }
  block.least += block.added;
  block.most += block.added;
}

bool Profile::next(Place& p) const {
  if (++p.step < blocks_[p.block].steps.size()) return true;
  p.step = 0;
  return ++p.block < blocks_.size();
}

Profile::Place Profile::find(base::SimTime t) const {
  const auto block = std::upper_bound(blocks_.begin(), blocks_.end(), t, [](base::SimTime x, const Block& b) {
    return x < b.steps.front().from;
  });
  if (block == blocks_.begin()) return {};
  const auto& steps = (block - 1)->steps;
  const auto step = std::upper_bound(steps.begin(), steps.end(), t,
                                     [](base::SimTime x, const Step& s) { return x < s.from; });
  return {static_cast<std::size_t>(block - blocks_.begin()) - 1,
          static_cast<std::size_t>(step - steps.begin()) - 1};
}

std::int64_t Profile::at(base::SimTime t) const { return free(find(t)); }

void Profile::cut(base::SimTime t) {
  const Place p = find(t);
  if (from(p) >= t) return;
  auto& steps = blocks_[p.block].steps;
  steps.insert(steps.begin() + static_cast<std::ptrdiff_t>(p.step) + 1, {t, steps[p.step].free});
  if (steps.size() <= kBlock) return;
  Block half;
  half.added = blocks_[p.block].added;
  const auto middle = steps.begin() + static_cast<std::ptrdiff_t>(steps.size() / 2);
  half.steps.assign(middle, steps.end());
  steps.erase(middle, steps.end());
  measure(blocks_[p.block]);
  measure(half);
  blocks_.insert(blocks_.begin() + static_cast<std::ptrdiff_t>(p.block) + 1, std::move(half));
}

void Profile::join(base::SimTime t) {
  const Place p = find(t);
  if (from(p) != t || (p.block == 0 && p.step == 0)) return;
  Place before = p;
  if (p.step > 0) {
    --before.step;
  } else {
    --before.block;
    before.step = blocks_[before.block].steps.size() - 1;
  }
  if (free(before) != free(p)) return;
  auto& steps = blocks_[p.block].steps;
  steps.erase(steps.begin() + static_cast<std::ptrdiff_t>(p.step));
  if (steps.empty())
    blocks_.erase(blocks_.begin() + static_cast<std::ptrdiff_t>(p.block));
  else
    measure(blocks_[p.block]);
}

void Profile::add(base::SimTime begin, base::SimTime end, std::int64_t units) {
  begin = std::max(begin, blocks_.front().steps.front().from);
  if (end <= begin || units == 0) return;
  cut(begin);
  cut(end);
  const Place first = find(begin);
  for (std::size_t b = first.block; b < blocks_.size() && blocks_[b].steps.front().from < end; ++b) {
    Block& block = blocks_[b];
    if (block.steps.front().from >= begin && block.steps.back().from < end) {
      block.added += units;
      block.least += units;
      block.most += units;
      continue;
    }
    for (Step& step : block.steps)
      if (step.from >= begin && step.from < end) step.free += units;
    measure(block);
  }
  // Inside all steps have moved alike: only at the ends can neighbors have become equal.
  join(end);
  join(begin);
}

base::SimTime Profile::always_from(std::int64_t units) const {
  for (std::size_t b = blocks_.size(); b-- > 0;) {
    const Block& block = blocks_[b];
    if (block.least >= units) continue;
    for (std::size_t s = block.steps.size(); s-- > 0;)
      if (block.steps[s].free + block.added < units) {
        Place p{b, s};
        return next(p) ? from(p) : base::SimTime::max();
      }
  }
  return blocks_.front().steps.front().from;
}

base::SimTime Profile::first_below(std::int64_t units) const {
  for (const Block& block : blocks_) {
    if (block.least >= units) continue;
    for (const Step& step : block.steps)
      if (step.free + block.added < units) return step.from;
  }
  return base::SimTime::max();
}

base::SimTime Profile::earliest(std::int64_t units, base::Duration length, std::size_t most_steps) const {
  std::size_t seen = 0;
  bool inside = false;  // a gap that begins at `start`
  base::SimTime start;
  for (const Block& block : blocks_) {
    if (inside && block.steps.front().from - start >= length) return start;
    // A block with room all through, or nowhere, is passed over whole.
    if (inside ? block.least >= units : block.most < units) continue;
    if (seen >= most_steps) return always_from(units);
    seen += block.steps.size();
    const std::int64_t needed = units - block.added;
    const Step* step = block.steps.data();
    const Step* const end = step + block.steps.size();
    for (;;) {
      if (!inside) {
        while (step != end && step->free < needed) ++step;
        if (step == end) break;
        inside = true;
        start = step->from;
      }
      while (step != end && step->free >= needed) ++step;
      if (step == end) break;
      if (step->from - start >= length) return start;
      inside = false;
    }
  }
  return inside ? start : base::SimTime::max();
}

void Profile::advance(base::SimTime now) {
  if (now < blocks_.front().steps.front().from) return;
  const Place p = find(now);
  blocks_.erase(blocks_.begin(), blocks_.begin() + static_cast<std::ptrdiff_t>(p.block));
  auto& steps = blocks_.front().steps;
  steps.erase(steps.begin(), steps.begin() + static_cast<std::ptrdiff_t>(p.step));
  steps.front().from = now;
  if (p.step > 0) measure(blocks_.front());
}

}  // namespace gigawatt::scheduling
