#include "gigawatt/scheduling/list_policy.h"

#include <algorithm>

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

std::int64_t ListPolicy::most_free(const View& view, const Capacity& free) {
  std::int64_t most = 0;
  for (std::uint32_t p = 0; p < free.places(); ++p) {
    std::int64_t units = free.free(p);
    for (const Yielding& y : view.yielding)
      if (y.place == p) units += y.units;
    most = std::max(most, units);
  }
  return most;
}

Ordering ListPolicy::ordering() const {
  switch (spec_.order) {
    case Order::kPriority: return Ordering::kPriority;
    case Order::kFairShare: return Ordering::kAccount;
    case Order::kShortest: return Ordering::kShortest;
    case Order::kFifo: break;
  }
  return Ordering::kArrival;
}

ListPolicy::Walk::Walk(const View& view, Order order) : view_(view), by_arrival_(order == Order::kFifo) {
  const auto used = [&](std::uint32_t account) {
    return account < view.usage.size() ? view.usage[account] : 0.0;
  };
  const Ordering kept = view.queue.ordering();
  if (by_arrival_) return;
  if (order == Order::kFairShare && kept == Ordering::kAccount) {
    for (const auto& [account, line] : view.queue.orders())
      if (!line.empty()) accounts_.push_back({used(account), &line, nullptr, false});
    std::stable_sort(accounts_.begin(), accounts_.end(),
                     [](const Account& a, const Account& b) { return a.usage < b.usage; });
    return;
  }
  const bool ordered = (order == Order::kPriority && kept == Ordering::kPriority) ||
                       (order == Order::kShortest && kept == Ordering::kShortest);
  if (ordered) {
    const auto found = view.queue.orders().find(0);
    if (found != view.queue.orders().end()) order_ = &found->second;
    return;
  }
  sort_line(order);
}

void ListPolicy::Walk::sort_line(Order order) {
  const Queue& queue = view_.queue;
  line_.reserve(queue.size());
  for (std::uint32_t p = queue.next(0); p != Queue::kEnd; p = queue.next(p + 1)) line_.push_back(p);
  const auto by = [&](auto key) {
    std::stable_sort(line_.begin(), line_.end(),
                     [&](std::uint32_t a, std::uint32_t b) { return key(queue[a]) < key(queue[b]); });
  };
  if (order == Order::kPriority) by([](const Waiting& w) { return -std::int64_t{w.priority}; });
  if (order == Order::kFairShare)
    by([&](const Waiting& w) { return w.account < view_.usage.size() ? view_.usage[w.account] : 0.0; });
  if (order == Order::kShortest)
    by([](const Waiting& w) {
      std::int64_t least = std::numeric_limits<std::int64_t>::max();
      for (const Option& option : w.options) least = std::min(least, option.expected_us);
      return least;
    });
}

std::uint32_t ListPolicy::Walk::next(const OrderedIndex::Room& room) {
  const Queue& queue = view_.queue;
  if (by_arrival_) {
    const std::uint32_t p =
        queue.next_fitting(at_, std::min(room.units, Queue::kMostUnits), room.within_us, room.always);
    at_ = p == Queue::kEnd ? p : p + 1;
    return p;
  }
  if (order_ != nullptr) {
    last_ = order_->next(last_, room);
    if (last_ == nullptr) {
      order_ = nullptr;
      return Queue::kEnd;
    }
    return queue.position_of(last_->job);
  }
  if (!accounts_.empty()) return next_of_accounts(room);
  return at_ < line_.size() ? line_[at_++] : Queue::kEnd;
}

std::uint32_t ListPolicy::Walk::next_of_accounts(const OrderedIndex::Room& room) {
  while (tied_ < accounts_.size()) {
    Account* first = nullptr;
    std::size_t end = tied_;
    for (; end < accounts_.size() && accounts_[end].usage == accounts_[tied_].usage; ++end) {
      Account& account = accounts_[end];
      if (!account.looked) {
        account.head = account.line->next(account.head, room);
        account.looked = true;
      }
      if (account.head != nullptr && (first == nullptr || *account.head < *first->head)) first = &account;
    }
    if (first != nullptr) {
      first->looked = false;
      const std::uint32_t job = first->head->job;
      return view_.queue.position_of(job);
    }
    tied_ = end;
  }
  return Queue::kEnd;
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
  crosses = false;
  if (round.shadows.empty()) return false;
  const Shadow& shadow = round.shadows[option.place];
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
  if (!round.lowest) {  // looked up once, and only where somebody does not fit
    round.lowest = std::numeric_limits<std::int64_t>::max();
    for (const auto& [key, running] : round.view.running.by_end())
      if (running.preemptible && running.start < round.view.now)  // not at the instant of its start
        round.lowest = std::min<std::int64_t>(*round.lowest, running.priority);
  }
  if (*round.lowest >= job.priority) return false;
  std::vector<const Running*> victims;
  for (const auto& [key, running] : round.view.running.by_end())
    if (running.preemptible && running.priority < job.priority && running.start < round.view.now &&
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

OrderedIndex::Room ListPolicy::room(const Round& round, bool all_closed) const {
  // Once every place is closed only those count that fit beside the reservations: the rest of a long queue is passed
  // over by its index. Nobody is stopped for a job on a closed place. Those that wait for a better signal have to be
  // seen, so that they are called when it comes.
  if (!all_closed || (round.view.signal != nullptr && spec_.order != Order::kFifo)) return {};
  OrderedIndex::Room room{most_free(round.view, round.free), -1, 0};
  for (const Shadow& shadow : round.shadows) {
    if (!shadow.set) continue;
    room.within_us = std::max(room.within_us, (shadow.time - round.view.now).us);
    for (std::uint32_t p = 0; p < shadow.left.places(); ++p)
      room.always = std::max(room.always, shadow.left.free(p));
  }
  return room;
}

/// Nobody fits, and nobody is important enough to stop somebody.
bool ListPolicy::nothing_to_do(const View& view) const {
  if (view.queue.next_fitting(0, most_free(view, view.capacity)) != Queue::kEnd) return false;
  if (!spec_.preempt) return true;
  if (view.signal != nullptr || view.queue.ordering() != Ordering::kPriority) return false;
  const auto order = view.queue.orders().find(0);
  const auto* first = order == view.queue.orders().end() ? nullptr : order->second.next(nullptr, {});
  return first == nullptr || -first->first <= view.running.lowest_preemptible();
}

void ListPolicy::lend(const Waiting& job, Round& round) {
  round.lent.assign(round.free.places(), 0);
  for (const Yielding& y : round.yielding) {
    if (y.priority >= job.priority || y.units == 0) continue;
    round.lent[y.place] += y.units;
    round.free.give(y.place, {{0, y.units}});
  }
}

void ListPolicy::take_back(Round& round) {
  // What is free goes before what has to be given back.
  for (std::uint32_t p = 0; p < round.lent.size(); ++p) {
    if (round.lent[p] == 0) continue;
    std::int64_t used = std::max<std::int64_t>(0, round.lent[p] - round.free.free(p));
    const std::int64_t back = round.lent[p] - used;
    if (back > 0) round.free.take(p, {{0, back}});
    for (Yielding& y : round.yielding) {
      if (y.place != p || used == 0) continue;
      const std::int64_t gone = std::min(used, y.units);
      y.units -= gone;
      used -= gone;
    }
  }
}

void ListPolicy::consider(std::uint32_t position, Round& round) {
  const Waiting& job = round.view.queue[position];
  if (!ready(job, round)) return;
  if (try_start(position, round)) {
    deferred_.erase(job.job);
    return;
  }
  if (spec_.preempt && try_preempt(position, round)) return;
  block(job, round);
}

void ListPolicy::decide(const View& view, Decision& decision) {
  if (view.queue.empty() || nothing_to_do(view)) return;
  free_ = view.capacity;
  const std::size_t places = view.capacity.places();
  Round round{.view = view,
              .decision = decision,
              .free = free_,
              .it_w = view.it_w,
              .started = {},
              .closed = std::vector<char>(places, 0),
              .shadows = std::vector<Shadow>(spec_.overtaking == Overtaking::kEasy ? places : 0),
              .lowest = {},
              .yielding = {view.yielding.begin(), view.yielding.end()},
              .lent = {}};
  bool all_closed = false;
  Walk walk(view, spec_.order);
  for (std::uint32_t position = walk.next({}); position != Queue::kEnd;
       position = walk.next(room(round, all_closed))) {
    const Waiting& job = view.queue[position];
    // Most of a long queue: larger than what is free, behind those who hold the reservations.
    const bool may_stop = spec_.preempt && !all_closed;
    if (!all_closed || may_stop || !round.yielding.empty() || fits_count(job, round.free)) {
      if (round.yielding.empty()) {
        consider(position, round);
      } else {
        lend(job, round);
        consider(position, round);
        take_back(round);
      }
      all_closed = std::all_of(round.closed.begin(), round.closed.end(), [](char c) { return c != 0; });
      const bool any_free = most_free(view, round.free) > 0;
      if ((!spec_.preempt || all_closed) &&
          (!any_free || (all_closed && spec_.overtaking == Overtaking::kNone)) && view.signal == nullptr)
        return;
    }
  }
}

}  // namespace gigawatt::scheduling
