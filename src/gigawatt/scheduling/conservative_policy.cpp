#include "gigawatt/scheduling/conservative_policy.h"

#include <algorithm>
#include <limits>
#include <utility>
#include <vector>

namespace gigawatt::scheduling {
namespace {

constexpr base::Duration kInstant{1};

}  // namespace

void ConservativePolicy::apply(const Waiting& job, const Reservation& reservation, std::int64_t sign) {
  if (reservation.start == base::SimTime::max()) return;
  const Option& o = job.options[reservation.option];
  profiles_[o.place].add(reservation.start,
                         reservation.start + base::Duration{std::max<std::int64_t>(o.expected_us, 1)},
                         sign * o.units);
}

void ConservativePolicy::reserve(const Waiting& job) {
  Reservation best{base::SimTime::max(), 0, job.queued};
  base::SimTime best_end = base::SimTime::max();
  for (std::uint32_t o = 0; o < job.options.size(); ++o) {
    const base::Duration length{std::max<std::int64_t>(job.options[o].expected_us, 1)};
    const base::SimTime start = profiles_[job.options[o].place].earliest(job.options[o].units, length);
    if (start == base::SimTime::max() || start + length >= best_end) continue;
    best = {start, o, job.queued};
    best_end = start + length;
  }
  apply(job, best, -1);
  forget(job.job);
  reservations_[job.job] = best;
  by_start_.insert({best.start, best.queued, job.job});
}

void ConservativePolicy::forget(std::uint32_t job) {
  const auto found = reservations_.find(job);
  if (found == reservations_.end()) return;
  by_start_.erase({found->second.start, found->second.queued, job});
  reservations_.erase(found);
}

/// Those who came since the last decision stand behind all others, but for jobs that were put back.
void ConservativePolicy::reserve_new(const View& view) {
  const auto order = view.queue.orders().find(0);
  if (view.queue.ordering() == Ordering::kIndexed && order != view.queue.orders().end())
    for (const auto* key = order->second.next(&newest_, {}); key != nullptr;
         key = order->second.next(&newest_, {})) {
      newest_ = *key;
      if (!reservations_.contains(key->job)) reserve(view.queue[view.queue.position_of(key->job)]);
    }
  if (reservations_.size() == view.queue.size()) return;
  for (auto p = view.queue.next(0); p != Queue::kEnd; p = view.queue.next(p + 1))
    if (!reservations_.contains(view.queue[p].job)) reserve(view.queue[p]);
}

void ConservativePolicy::rebuild(const View& view) {
  profiles_.clear();
  running_.clear();
  reservations_.clear();
  by_start_.clear();
  newest_ = {};
  newest_.queued = {std::numeric_limits<std::int64_t>::min()};
  for (std::uint32_t p = 0; p < view.capacity.places(); ++p)
    profiles_.emplace_back(view.now, view.capacity.free(p));
  for (const auto& [key, running] : view.running.by_end()) {
    // One that runs longer than estimated may end at any moment.
    const base::SimTime end = std::max(running.expected_end, view.now + kInstant);
    profiles_[running.place].add(end, base::SimTime::max(), running.units);
    running_[running.job] = {running.place, running.units, end};
  }
  for (auto p = view.queue.next(0); p != Queue::kEnd; p = view.queue.next(p + 1)) reserve(view.queue[p]);
}

bool ConservativePolicy::ended_early(const View& view) {
  std::erase_if(running_, [&](const auto& entry) { return entry.second.end <= view.now; });
  if (running_.size() <= view.running.size()) return false;
  std::unordered_map<std::uint32_t, bool> there;
  for (const auto& [key, running] : view.running.by_end()) there[running.job] = true;
  bool early = false;
  std::erase_if(running_, [&](const auto& entry) {
    const auto& [job, planned] = entry;
    if (there.contains(job)) return false;
    profiles_[planned.place].add(view.now, planned.end, planned.units);
    return early = true;
  });
  return early;
}

void ConservativePolicy::compress(const View& view) {
  for (auto p = view.queue.next(0); p != Queue::kEnd; p = view.queue.next(p + 1)) {
    const Waiting& job = view.queue[p];
    const auto found = reservations_.find(job.job);
    if (found == reservations_.end()) continue;
    // It cannot begin earlier where it would not even fit at any instant before.
    const Reservation& planned = found->second;
    if (job.options.size() == 1 && planned.start != base::SimTime::max() &&
        profiles_[job.options[0].place].most_before(planned.start) < job.options[0].units)
      continue;
    apply(job, planned, +1);
    reserve(job);
  }
}

bool ConservativePolicy::consistent(const View& view) const {
  if (profiles_.size() != view.capacity.places() || reservations_.size() > view.queue.size()) return false;
  if (view.queue.ordering() != Ordering::kIndexed) return false;  // who is still there cannot be told
  std::vector<std::int64_t> starting(profiles_.size(), 0);
  for (auto planned = by_start_.begin(); planned != by_start_.end() && planned->start <= view.now;
       ++planned) {
    if (!view.queue.waits(planned->job)) return false;
    const Waiting& job = view.queue[view.queue.position_of(planned->job)];
    const Option& o = job.options[reservations_.at(planned->job).option];
    starting[o.place] += o.units;
  }
  for (std::uint32_t p = 0; p < profiles_.size(); ++p)
    if (profiles_[p].at(view.now) + starting[p] != view.capacity.free(p)) return false;
  return true;
}

/// Starts those whose time has come, in the order of the queue, and asks to be called for the next.
void ConservativePolicy::start_due(const View& view, Decision& decision) {
  std::vector<std::pair<base::SimTime, std::uint32_t>> due;
  auto planned = by_start_.begin();
  for (; planned != by_start_.end() && planned->start <= view.now; ++planned)
    due.emplace_back(planned->queued, planned->job);
  // Not every reservation begins where a job ends: one that made room may have moved forward since. The end of a job
  // that runs longer than estimated is an event of its own.
  while (planned != by_start_.end() && planned->start <= view.now + kInstant) ++planned;
  if (planned != by_start_.end() && planned->start != base::SimTime::max()) decision.wake = planned->start;
  std::sort(due.begin(), due.end());
  std::uint32_t at = 0;  // without an index, from one to the next
  for (const auto& [queued, number] : due) {
    std::uint32_t position = 0;
    if (view.queue.ordering() != Ordering::kArrival) {
      position = view.queue.position_of(number);
    } else {
      for (at = view.queue.next(at); view.queue[at].job != number; at = view.queue.next(at + 1)) {
      }
      position = at;
    }
    const Waiting& job = view.queue[position];
    const std::uint32_t option = reservations_.at(number).option;
    const Option& o = job.options[option];
    running_[number] = {o.place, o.units,
                        view.now + base::Duration{std::max<std::int64_t>(o.expected_us, 1)}};
    forget(number);
    decision.start.push_back({position, option, {{0, o.units}}});
  }
}

bool ConservativePolicy::start_all(const View& view, Decision& decision) {
  // Where nobody holds a reservation and all who wait fit now, each where it ends first, there is nothing to plan.
  if (!reservations_.empty()) return false;
  std::vector<std::int64_t> free;
  for (std::uint32_t p = 0; p < view.capacity.places(); ++p) free.push_back(view.capacity.free(p));
  for (auto i = view.queue.next(0); i != Queue::kEnd; i = view.queue.next(i + 1)) {
    const auto& options = view.queue[i].options;
    const auto best = std::min_element(options.begin(), options.end(), [](const Option& a, const Option& b) {
      return std::max<std::int64_t>(a.expected_us, 1) < std::max<std::int64_t>(b.expected_us, 1);
    });
    if (best == options.end() || best->units > free[best->place]) {
      decision.clear();
      return false;
    }
    free[best->place] -= best->units;
    decision.start.push_back({i, static_cast<std::uint32_t>(best - options.begin()), {{0, best->units}}});
  }
  stale_ = true;
  return true;
}

void ConservativePolicy::decide(const View& view, Decision& decision) {
  if (start_all(view, decision)) return;
  for (Profile& profile : profiles_) profile.advance(view.now);
  const bool early = ended_early(view);
  if (stale_ || !consistent(view)) {
    stale_ = false;
    // Capacity has changed, or a job runs longer than estimated: nothing that was planned need hold.
    rebuild(view);
  } else {
    if (early) compress(view);
    reserve_new(view);
  }
  start_due(view, decision);
}

}  // namespace gigawatt::scheduling
