#include "gigawatt/scheduling/conservative_policy.h"

#include <algorithm>
#include <limits>
#include <optional>
#include <utility>
#include <vector>

namespace gigawatt::scheduling {
namespace {

constexpr base::Duration kInstant{1};

base::Duration length_of(const Option& option) {
  return base::Duration{std::max<std::int64_t>(option.expected_us, 1)};
}

/// Of a job that should be over.
base::SimTime believed_end(base::SimTime start, base::SimTime now) {
  return now + std::max(now - start, kInstant);
}

}  // namespace

void ConservativePolicy::apply(const Waiting& job, const Reservation& reservation, std::int64_t sign) {
  if (reservation.start == base::SimTime::max()) return;
  const Option& o = job.options[reservation.option];
  profiles_[o.place].add(reservation.start, reservation.start + length_of(o), sign * o.units);
}

void ConservativePolicy::reserve(const Waiting& job) {
  // Where it fits nowhere, with the fewest units.
  Reservation best{base::SimTime::max(), 0, job.options[0].place, job.options[0].units, job.queued};
  base::SimTime best_end = base::SimTime::max();
  for (std::uint32_t o = 0; o < job.options.size(); ++o) {
    const Option& option = job.options[o];
    const base::SimTime start = profiles_[option.place].earliest(option.units, length_of(option), kMostSteps);
    const bool fits = start != base::SimTime::max();
    if (fits ? start + length_of(option) >= best_end
             : best.start != base::SimTime::max() || option.units >= best.units)
      continue;
    best = {start, o, option.place, option.units, job.queued};
    if (fits) best_end = start + length_of(option);
  }
  reserve_at(job, best);
}

void ConservativePolicy::reserve_at(const Waiting& job, const Reservation& reservation) {
  apply(job, reservation, -1);
  forget(job.job);
  reservations_[job.job] = reservation;
  by_start_.insert({reservation.start, reservation.queued, job.job});
  by_size_[{reservation.place, reservation.units}].insert(
      {0, job.queued, job.job}, {reservation.start.us, length_of(job.options[reservation.option]).us});
  if (reservation.start == base::SimTime::max()) wide_.insert({reservation.units, job.job});
}

void ConservativePolicy::forget(std::uint32_t job) {
  const auto found = reservations_.find(job);
  if (found == reservations_.end()) return;
  const Reservation& r = found->second;
  by_start_.erase({r.start, r.queued, job});
  wide_.erase({r.units, job});
  const auto size = by_size_.find({r.place, r.units});
  size->second.erase({0, r.queued, job});
  if (size->second.empty()) by_size_.erase(size);
  reservations_.erase(found);
}

void ConservativePolicy::believe(std::uint32_t job, const Believed& running) {
  running_[job] = running;
  ends_[running.place].insert({running.end, job});
}

/// It is over, or never ran: gives back what it was thought to hold longer.
void ConservativePolicy::disbelieve(std::uint32_t job, base::SimTime now) {
  const auto found = running_.find(job);
  if (found == running_.end()) return;
  const Believed& planned = found->second;
  ends_[planned.place].erase({planned.end, job});
  profiles_[planned.place].add(now, planned.end, planned.units);
  running_.erase(found);
}

/// Those who came since the last decision stand behind all others, but for jobs that could not start.
void ConservativePolicy::reserve_new(const View& view) {
  const auto reserve_one = [&](const Waiting& job) {
    if (reservations_.contains(job.job)) return;
    disbelieve(job.job, view.now);
    reserve(job);
  };
  const auto order = view.queue.orders().find(0);
  if (view.queue.ordering() == Ordering::kIndexed && order != view.queue.orders().end())
    for (const auto* key = order->second.next(&newest_, {}); key != nullptr;
         key = order->second.next(&newest_, {})) {
      newest_ = *key;
      reserve_one(view.queue[view.queue.position_of(key->job)]);
    }
  if (reservations_.size() == view.queue.size()) return;
  for (auto p = view.queue.next(0); p != Queue::kEnd; p = view.queue.next(p + 1)) reserve_one(view.queue[p]);
}

void ConservativePolicy::rebuild(const View& view) {
  profiles_.clear();
  running_.clear();
  ends_.assign(view.capacity.places(), {});
  totals_.clear();
  reservations_.clear();
  by_start_.clear();
  by_size_.clear();
  wide_.clear();
  put_off_ = 0;
  newest_ = {};
  newest_.queued = {std::numeric_limits<std::int64_t>::min()};
  departures_ = view.running.departures();
  for (std::uint32_t p = 0; p < view.capacity.places(); ++p) {
    profiles_.emplace_back(view.now, view.capacity.free(p));
    totals_.push_back(view.capacity.total(p));
  }
  for (const auto& [key, running] : view.running.by_end()) {
    base::SimTime end = running.expected_end;
    if (end <= view.now) end = believed_end(running.start, view.now);
    profiles_[running.place].add(end, base::SimTime::max(), running.units);
    believe(running.job, {running.place, running.units, running.start, end});
  }
  for (auto p = view.queue.next(0); p != Queue::kEnd; p = view.queue.next(p + 1)) reserve(view.queue[p]);
}

/// False: too many have ended to know who did.
bool ConservativePolicy::see_departures(const View& view) {
  const auto departed = view.running.departed_since(departures_);
  if (!departed) return false;
  departures_ = view.running.departures();
  for (const std::uint32_t job : *departed) disbelieve(job, view.now);
  return true;
}

void ConservativePolicy::see_overruns(const View& view) {
  for (Ends& ends : ends_)
    while (!ends.empty() && ends.begin()->first <= view.now) {
      const std::uint32_t job = ends.begin()->second;
      Believed running = running_.at(job);
      ends.erase(ends.begin());
      running.end = believed_end(running.start, view.now);
      profiles_[running.place].add(view.now, running.end, -running.units);
      believe(job, running);
    }
}

/// What is free beyond what was planned, or less, is so from now on. False: the plan is of another fleet, or line.
bool ConservativePolicy::see_capacity(const View& view) {
  if (reservations_.size() > view.queue.size()) return false;
  std::vector<std::int64_t> starting(profiles_.size(), 0);
  for (auto planned = by_start_.begin(); planned != by_start_.end() && planned->start <= view.now;
       ++planned) {
    if (!view.queue.waits(planned->job)) return false;
    const Reservation& r = reservations_.at(planned->job);
    starting[r.place] += r.units;
  }
  bool more = false;
  for (std::uint32_t p = 0; p < profiles_.size(); ++p) {
    if (totals_[p] != view.capacity.total(p)) return false;
    const std::int64_t beyond = view.capacity.free(p) - profiles_[p].at(view.now) - starting[p];
    profiles_[p].add(view.now, base::SimTime::max(), beyond);
    more = more || beyond > 0;
  }
  if (more) reserve_wide(view);
  return true;
}

/// Those who did not fit in what was in service, in the order of the queue.
void ConservativePolicy::reserve_wide(const View& view) {
  std::int64_t most = 0;
  for (const Profile& profile : profiles_) most = std::max(most, profile.last());
  std::vector<std::pair<base::SimTime, std::uint32_t>> fit;
  for (auto wide = wide_.begin(); wide != wide_.end() && wide->first <= most; ++wide)
    fit.emplace_back(reservations_.at(wide->second).queued, wide->second);
  std::sort(fit.begin(), fit.end());
  for (const auto& [queued, job] : fit) reserve(view.queue[view.queue.position_of(job)]);
}

/// Where there is too little for those whose time has come, the last of these in line wait until enough of the running
/// jobs will have ended.
void ConservativePolicy::put_off(const View& view) {
  const auto short_of = [&](std::uint32_t place) { return profiles_[place].at(view.now) < 0; };
  bool any = false;
  for (std::uint32_t p = 0; p < profiles_.size(); ++p) any = any || short_of(p);
  if (!any) return;
  std::vector<std::pair<base::SimTime, std::uint32_t>> due, late;
  for (auto planned = by_start_.begin(); planned != by_start_.end() && planned->start <= view.now; ++planned)
    due.emplace_back(planned->queued, planned->job);
  std::sort(due.rbegin(), due.rend());
  for (const auto& [queued, number] : due) {
    if (!short_of(reservations_.at(number).place)) continue;
    apply(view.queue[view.queue.position_of(number)], reservations_.at(number), +1);
    late.emplace_back(queued, number);
  }
  put_off_ += late.size();
  struct Room {
    Ends::const_iterator next;
    std::int64_t units = 0;
    base::SimTime from;
  };
  std::vector<Room> rooms;
  for (std::uint32_t p = 0; p < profiles_.size(); ++p)
    rooms.push_back({ends_[p].begin(), profiles_[p].at(view.now), view.now});
  for (auto job = late.rbegin(); job != late.rend(); ++job) {
    const Waiting& waiting = view.queue[view.queue.position_of(job->second)];
    Reservation r = reservations_.at(job->second);
    Room& room = rooms[r.place];
    for (; room.units < r.units && room.next != ends_[r.place].end(); ++room.next) {
      room.units += running_.at(room.next->second).units;
      room.from = room.next->first;
    }
    if (room.units < r.units) {
      reserve(waiting);
      continue;
    }
    room.units -= r.units;
    r.start = room.from;
    reserve_at(waiting, r);
  }
}

/// Starts the job at a position of the queue as it is reserved; the profile has its units already.
void ConservativePolicy::start(const View& view, Decision& decision, std::uint32_t position) {
  const Waiting& job = view.queue[position];
  const std::uint32_t option = reservations_.at(job.job).option;
  const Option& o = job.options[option];
  believe(job.job, {o.place, o.units, view.now, view.now + length_of(o)});
  forget(job.job);
  decision.start.push_back({position, option, {{0, o.units}}});
}

/// Starts those whose time has come, in the order of the queue.
void ConservativePolicy::start_due(const View& view, Decision& decision) {
  std::vector<std::pair<base::SimTime, std::uint32_t>> due;
  for (auto planned = by_start_.begin(); planned != by_start_.end() && planned->start <= view.now; ++planned)
    due.emplace_back(planned->queued, planned->job);
  std::sort(due.begin(), due.end());
  std::uint32_t at = 0;  // without an index, from one to the next
  for (const auto& [queued, number] : due) {
    if (view.queue.ordering() != Ordering::kArrival) {
      at = view.queue.position_of(number);
    } else {
      for (at = view.queue.next(at); view.queue[at].job != number; at = view.queue.next(at + 1)) {
      }
    }
    start(view, decision, at);
  }
}

/// Starts in the order of the queue whoever can without putting off a reservation, before its own time.
void ConservativePolicy::start_what_fits(const View& view, Decision& decision) {
  for (;;) {
    std::optional<OrderedIndex::Key> first;
    std::uint32_t place = std::numeric_limits<std::uint32_t>::max();
    std::int64_t free = 0;
    for (const auto& [size, jobs] : by_size_) {
      if (size.first != place) free = profiles_[place = size.first].at(view.now);
      if (size.second > free) continue;
      const base::SimTime until = profiles_[place].first_below(size.second);
      const std::int64_t within = until == base::SimTime::max() ? until.us : (until - view.now).us;
      const auto* found = jobs.next(nullptr, {.within_us = within, .always = until.us});
      if (found != nullptr && (!first || *found < *first)) first = *found;
    }
    if (!first) return;
    const std::uint32_t position = view.queue.position_of(first->job);
    const Waiting& job = view.queue[position];
    Reservation now = reservations_.at(first->job);
    apply(job, now, +1);
    now.start = view.now;
    apply(job, now, -1);
    start(view, decision, position);
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
      return length_of(a) < length_of(b);
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

bool ConservativePolicy::plan_holds(const View& view) {
  // Without an index who is still there cannot be told.
  if (stale_ || view.queue.ordering() != Ordering::kIndexed || profiles_.size() != view.capacity.places())
    return false;
  for (Profile& profile : profiles_) profile.advance(view.now);
  if (!see_departures(view)) return false;
  see_overruns(view);
  if (!see_capacity(view)) return false;
  put_off(view);
  return put_off_ <= view.queue.size() + view.running.size();
}

void ConservativePolicy::decide(const View& view, Decision& decision) {
  if (start_all(view, decision)) return;
  const bool indexed = view.queue.ordering() == Ordering::kIndexed;
  if (plan_holds(view)) {
    reserve_new(view);
  } else {
    stale_ = false;
    rebuild(view);
  }
  start_due(view, decision);
  if (indexed) start_what_fits(view, decision);
  // Not every reservation begins where a job ends: one that made room may have started since.
  const auto planned = by_start_.begin();
  if (planned != by_start_.end() && planned->start != base::SimTime::max()) decision.wake = planned->start;
}

}  // namespace gigawatt::scheduling
