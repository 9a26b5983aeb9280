#include "gigawatt/scheduling/list_policy.h"

#include <algorithm>
#include <numeric>

#include "gigawatt/base/check.h"

namespace gigawatt::scheduling {
namespace {

// Watts are sums: a job must not wait for their last bit.
constexpr double kPowerTolerance = 1e-9;

bool fits_count(const Waiting& job, const Capacity& free) {
  for (const Option& option : job.options)
    if (option.units <= free.free(option.place)) return true;
  return false;
}

bool within(double it_w, double cap_w) { return it_w <= cap_w * (1 + kPowerTolerance); }

}  // namespace

bool ListPolicy::anything_fits(const View& view) const {
  return std::any_of(view.queue.begin(), view.queue.end(),
                     [&](const Waiting& job) { return fits_count(job, view.capacity); });
}

std::vector<std::uint32_t> ListPolicy::line(const View& view) const {
  std::vector<std::uint32_t> line(view.queue.size());
  std::iota(line.begin(), line.end(), 0U);
  const auto by = [&](auto key) {
    std::stable_sort(line.begin(), line.end(), [&](std::uint32_t a, std::uint32_t b) {
      return key(view.queue[a]) < key(view.queue[b]);
    });
  };
  switch (spec_.order) {
    case Order::kFifo: break;
    case Order::kPriority: by([](const Waiting& w) { return -std::int64_t{w.priority}; }); break;
    case Order::kFairShare:
      by([&](const Waiting& w) { return w.account < view.usage.size() ? view.usage[w.account] : 0.0; });
      break;
    case Order::kShortest:
      by([](const Waiting& w) {
        std::int64_t least = std::numeric_limits<std::int64_t>::max();
        for (const Option& option : w.options) least = std::min(least, option.expected_us);
        return least;
      });
      break;
  }
  return line;
}

bool ListPolicy::ready(const Waiting& job, Round& round) {
  const View& view = round.view;
  if (view.signal == nullptr || job.may_defer.us <= 0 || job.options.empty()) return true;
  const auto [entry, first] = deferred_.try_emplace(job.job);
  if (first)
    entry->second = view.signal->best_start(job.queued, job.queued + job.may_defer,
                                            base::Duration{job.options.front().expected_us});
  if (view.now >= entry->second) return true;
  auto& wake = round.decision.wake;
  wake = wake ? std::min(*wake, entry->second) : entry->second;
  return false;
}

bool ListPolicy::overtakes(const Option& option, Round& round, std::vector<Share>& shares,
                           bool& crosses) const {
  const Shadow& shadow = round.shadows[option.place];
  crosses = false;
  if (!shadow.set) return false;
  if (round.view.now + base::Duration{option.expected_us} <= shadow.time)
    return round.free.find(option.place, option.units, shares);
  crosses = true;
  if (option.units > shadow.left.free(option.place) || !within(option.it_w, shadow.left_w)) return false;
  Capacity both = round.free;
  both.limit(option.place, shadow.left);
  return both.find(option.place, option.units, shares);
}

void ListPolicy::start(std::uint32_t position, std::uint32_t option, std::vector<Share> shares,
                       Round& round) const {
  const Option& o = round.view.queue[position].options[option];
  round.free.take(o.place, shares);
  round.it_w += o.it_w;
  if (spec_.overtaking == Overtaking::kEasy)
    round.started.push_back({round.view.now + base::Duration{o.expected_us}, o.place, o.it_w, shares});
  round.decision.start.push_back({position, option, std::move(shares)});
}

bool ListPolicy::try_start(std::uint32_t position, Round& round) {
  const Waiting& job = round.view.queue[position];
  std::vector<Share> shares, best_shares;
  std::uint32_t best = UINT32_MAX;
  bool best_crosses = false;
  for (std::uint32_t o = 0; o < job.options.size(); ++o) {
    const Option& option = job.options[o];
    if (option.units > round.free.free(option.place)) continue;
    if (!within(round.it_w + option.it_w, round.view.it_cap_w)) continue;
    if (best != UINT32_MAX && option.expected_us >= job.options[best].expected_us) continue;
    bool crosses = false;
    const bool fits = round.closed[option.place] ? overtakes(option, round, shares, crosses)
                                                 : round.free.find(option.place, option.units, shares);
    if (!fits) continue;
    best = o;
    best_crosses = crosses;
    best_shares.swap(shares);
  }
  if (best == UINT32_MAX) return false;
  if (best_crosses) {
    Shadow& shadow = round.shadows[job.options[best].place];
    shadow.left.take(job.options[best].place, best_shares);
    shadow.left_w -= job.options[best].it_w;
  }
  start(position, best, std::move(best_shares), round);
  return true;
}

bool ListPolicy::try_preempt(std::uint32_t position, Round& round) const {
  const Waiting& job = round.view.queue[position];
  if (round.lowest >= job.priority) return false;
  std::vector<const Running*> victims;
  for (const auto& [key, running] : round.view.running.by_end())
    if (running.preemptible && running.priority < job.priority &&
        std::find(round.decision.preempt.begin(), round.decision.preempt.end(), running.job) ==
            round.decision.preempt.end())
      victims.push_back(&running);
  std::stable_sort(victims.begin(), victims.end(), [](const Running* a, const Running* b) {
    if (a->priority != b->priority) return a->priority < b->priority;
    if (a->start != b->start) return a->start > b->start;
    return a->job > b->job;
  });
  for (std::uint32_t o = 0; o < job.options.size(); ++o) {
    const Option& option = job.options[o];
    if (round.closed[option.place]) continue;  // that would put off who is reserved there
    Capacity free = round.free;
    double it_w = round.it_w;
    std::vector<std::uint32_t> stopped;
    std::vector<Share> shares;
    for (const Running* victim : victims) {
      if (victim->place != option.place) continue;
      free.give(victim->place, victim->shares);
      it_w -= victim->it_w;
      stopped.push_back(victim->job);
      if (!within(it_w + option.it_w, round.view.it_cap_w) || !free.find(option.place, option.units, shares))
        continue;
      round.free = std::move(free);
      round.it_w = it_w;
      auto& all = round.decision.preempt;
      all.insert(all.end(), stopped.begin(), stopped.end());
      start(position, o, std::move(shares), round);
      return true;
    }
  }
  return false;
}

ListPolicy::Shadow ListPolicy::shadow(const Option& option, const Round& round) const {
  Shadow s{.set = false, .time = round.view.now, .left = round.free, .left_w = 0};
  double it_w = round.it_w;
  std::vector<const Ending*> started;
  for (const Ending& e : round.started) started.push_back(&e);
  std::stable_sort(started.begin(), started.end(),
                   [](const Ending* a, const Ending* b) { return a->end < b->end; });
  const auto& running = round.view.running.by_end();
  const auto& stopped = round.decision.preempt;
  auto r = running.begin();
  auto n = started.begin();
  std::vector<Share> shares;
  const auto fits = [&] {
    return within(it_w + option.it_w, round.view.it_cap_w) && option.units <= s.left.free(option.place) &&
           s.left.find(option.place, option.units, shares);
  };
  bool enough = fits();
  while (!enough && (r != running.end() || n != started.end())) {
    // All that ends at one instant ends together.
    const bool of_started = r == running.end() || (n != started.end() && (*n)->end < r->first.first);
    base::SimTime end;
    std::uint32_t place = 0;
    if (of_started) {
      end = (*n)->end;
      place = (*n)->place;
      if (place == option.place) s.left.give(place, (*n)->shares);
      it_w -= (*n)->it_w;
      ++n;
    } else {
      end = r->first.first;
      place = r->second.place;
      if (std::find(stopped.begin(), stopped.end(), r->second.job) == stopped.end()) {
        if (place == option.place) s.left.give(place, r->second.shares);
        it_w -= r->second.it_w;
      }
      ++r;
    }
    s.time = std::max(s.time, end);
    const bool more = (r != running.end() && std::max(r->first.first, round.view.now) <= s.time) ||
                      (n != started.end() && (*n)->end <= s.time);
    if (more) continue;
    enough = fits();
  }
  if (!enough) return s;
  s.set = true;
  s.left.take(option.place, shares);
  s.left_w = round.view.it_cap_w - it_w - option.it_w;
  return s;
}

void ListPolicy::block(const Waiting& job, Round& round) const {
  if (spec_.overtaking != Overtaking::kEasy) {
    for (const Option& option : job.options) round.closed[option.place] = 1;
    return;
  }
  // Where it would be done first, unless a place has its reservation already.
  Shadow best;
  const Option* chosen = nullptr;
  for (const Option& option : job.options) {
    if (round.closed[option.place]) return;
    Shadow s = shadow(option, round);
    if (!s.set) continue;
    if (chosen != nullptr &&
        s.time + base::Duration{option.expected_us} >= best.time + base::Duration{chosen->expected_us})
      continue;
    best = std::move(s);
    chosen = &option;
  }
  if (chosen == nullptr) {
    // Not on what is in service now: where it could run once all of a place is, nobody overtakes it there.
    for (const Option& option : job.options)
      if (round.view.capacity.ever_fits(option.place, option.units)) round.closed[option.place] = 1;
    return;
  }
  round.closed[chosen->place] = 1;
  round.shadows[chosen->place] = std::move(best);
}

void ListPolicy::decide(const View& view, Decision& decision) {
  if (view.queue.empty()) return;
  if (!spec_.preempt && !anything_fits(view)) return;
  Round round{.view = view,
              .decision = decision,
              .free = view.capacity,
              .it_w = view.it_w,
              .started = {},
              .closed = std::vector<char>(view.capacity.places(), 0),
              .shadows = {},
              .lowest = std::numeric_limits<std::int64_t>::max()};
  round.shadows.resize(view.capacity.places());
  if (spec_.preempt)
    for (const auto& [key, running] : view.running.by_end())
      if (running.preemptible) round.lowest = std::min<std::int64_t>(round.lowest, running.priority);
  std::size_t open = view.capacity.places();
  const auto positions = spec_.order == Order::kFifo ? std::vector<std::uint32_t>{} : line(view);
  for (std::uint32_t i = 0; i < view.queue.size(); ++i) {
    const std::uint32_t position = positions.empty() ? i : positions[i];
    const Waiting& job = view.queue[position];
    // Most of a long queue: larger than what is free, behind those who hold the reservations.
    if (open == 0 && !spec_.preempt && !fits_count(job, round.free)) continue;
    if (!ready(job, round)) continue;
    if (try_start(position, round)) {
      deferred_.erase(job.job);
      continue;
    }
    if (spec_.preempt && try_preempt(position, round)) continue;
    block(job, round);
    open = 0;
    bool room = false;
    for (std::uint32_t p = 0; p < view.capacity.places(); ++p) {
      open += round.closed[p] ? 0 : 1;
      room = room || round.free.free(p) > 0;
    }
    if (!spec_.preempt && (!room || (open == 0 && spec_.overtaking == Overtaking::kNone)) &&
        view.signal == nullptr)
      return;
  }
}

}  // namespace gigawatt::scheduling
