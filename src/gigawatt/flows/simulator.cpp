#include "gigawatt/flows/simulator.h"

#include <algorithm>
#include <cmath>

#include "gigawatt/base/check.h"
#include "gigawatt/base/stop.h"

namespace gigawatt::flows {
namespace {

/// Rounding of times grows with them.
constexpr double kRelativeTie = 1e-12;

template <typename T>
void pop(std::vector<T>& heap) {
  std::pop_heap(heap.begin(), heap.end());
  heap.pop_back();
}

}  // namespace

void Simulator::push(std::vector<Due>& heap, Due due) {
  heap.push_back(due);
  std::push_heap(heap.begin(), heap.end());
}

double Simulator::rate(Ticket flow) const {
  const Pending& p = pending_[flow];
  return p.state == State::kMoving ? fair_.rate(p.active) : 0;
}

std::span<const Hop> Simulator::way(const Pending& p) const {
  const bool lent = p.way < lent_.size();
  return {lent ? lent_.data() + p.way : ways_.data() + (p.way - lent_.size()), p.hops};
}

void Simulator::lend(std::span<const Hop> hops, std::size_t flows) {
  GW_CHECK(pending_.empty(), "{} flows were added before hops were lent", pending_.size());
  lent_ = hops;
  pending_.reserve(flows);
  starts_.reserve(flows);
  fair_.expect(flows, hops.size());
}

Ticket Simulator::add(const FlowSpec& spec, std::span<const Hop> hops) {
  const std::uint64_t first = lent_.size() + ways_.size();
  ways_.insert(ways_.end(), hops.begin(), hops.end());
  return add(spec, first, static_cast<std::uint32_t>(hops.size()));
}

Ticket Simulator::add(const FlowSpec& spec, std::uint64_t first, std::uint32_t count) {
  GW_CHECK(spec.start_s >= now_ && pending_.size() < UINT32_MAX, "a flow starts at {} s, before {} s",
           spec.start_s, now_);
  const auto id = static_cast<Ticket>(pending_.size());
  Pending p;
  p.remaining = spec.bytes;
  p.penalty = spec.penalty;
  p.cap = spec.cap;
  p.way = first;
  p.hops = count;
  pending_.push_back(p);
  push(starts_, {spec.start_s + spec.delay_s, id, 0});
  return id;
}

void Simulator::set_capacity_at(double time_s, LinkId link, double capacity) {
  changes_.push_back({time_s, change_order_++, capacity, link});
  std::push_heap(changes_.begin(), changes_.end());
}

void Simulator::call_at(double time_s, std::uint32_t what) {
  changes_.push_back({time_s, change_order_++, 0, -1 - static_cast<std::int64_t>(what)});
  std::push_heap(changes_.begin(), changes_.end());
}

void Simulator::reroute(Ticket flow, std::span<const Hop> hops, double delay_s) {
  Pending& p = pending_[flow];
  if (p.state == State::kDone) return;
  if (p.state == State::kMoving) {
    p.remaining = std::max(0.0, p.remaining - fair_.rate(p.active) * (now_ - p.updated_s));
    fair_.remove_flow(p.active);
    p.active = -1;
    push(starts_, {now_ + delay_s, flow, ++p.version});
    p.state = State::kWaiting;
  }
  p.way = lent_.size() + ways_.size();
  p.hops = static_cast<std::uint32_t>(hops.size());
  ways_.insert(ways_.end(), hops.begin(), hops.end());
}

void Simulator::drop_stale(std::vector<Due>& heap) {
  while (!heap.empty() && heap.front().version != pending_[heap.front().flow].version) pop(heap);
}

double Simulator::next_time() {
  drop_stale(ends_);
  drop_stale(starts_);
  double t = kUnbounded;
  if (!ends_.empty()) t = std::min(t, ends_.front().time_s);
  if (!starts_.empty()) t = std::min(t, starts_.front().time_s);
  if (!changes_.empty()) t = std::min(t, changes_.front().time_s);
  return t;
}

void Simulator::end_flows(double until, Listener& listener) {
  batch_.clear();
  for (drop_stale(ends_); !ends_.empty() && ends_.front().time_s <= until; drop_stale(ends_)) {
    batch_.push_back(ends_.front());
    ++pending_[ends_.front().flow].version;
    pop(ends_);
  }
  std::sort(batch_.begin(), batch_.end(), [](const Due& a, const Due& b) { return a.flow < b.flow; });
  for (const Due& due : batch_) {
    Pending& p = pending_[due.flow];
    p.state = State::kDone;
    fair_.remove_flow(p.active);
    ++outcome_.finished;
    outcome_.makespan_s = std::max(outcome_.makespan_s, due.time_s);
  }
  // A copy: what the listener adds may end at once.
  const std::vector<Due> done = std::move(batch_);
  for (const Due& due : done) listener.finished(due.flow, due.time_s);
  batch_ = done;
}

void Simulator::change_links(double until, Listener& listener) {
  while (!changes_.empty() && changes_.front().time_s <= until) {
    const Change c = changes_.front();
    pop(changes_);
    if (c.link >= 0)
      fair_.set_capacity(static_cast<LinkId>(c.link), c.capacity);
    else
      listener.called(static_cast<std::uint32_t>(-1 - c.link), now_);
  }
}

void Simulator::start_flows(double until, Listener& listener) {
  for (drop_stale(starts_); !starts_.empty() && starts_.front().time_s <= until; drop_stale(starts_)) {
    const Due due = starts_.front();
    pop(starts_);
    Pending& p = pending_[due.flow];
    if (p.remaining <= 0) {
      p.state = State::kDone;
      ++p.version;
      ++outcome_.finished;
      outcome_.makespan_s = std::max(outcome_.makespan_s, due.time_s);
      listener.finished(due.flow, due.time_s);
      continue;
    }
    p.active = fair_.add_flow(way(p), p.penalty, p.cap);
    p.state = State::kMoving;
    p.updated_s = due.time_s;
    ++p.version;
    if (static_cast<std::size_t>(p.active) >= ticket_of_.size())
      ticket_of_.resize(static_cast<std::size_t>(p.active) + 1);
    ticket_of_[static_cast<std::size_t>(p.active)] = due.flow;
  }
}

/// New rates, and with them new finishes.
void Simulator::update_rates() {
  fair_.solve();
  const auto changed = fair_.changed();
  const auto before = fair_.rates_before();
  const bool bulk = changed.size() > ends_.size() / 4;
  for (std::size_t i = 0; i < changed.size(); ++i) {
    const Ticket ticket = ticket_of_[static_cast<std::size_t>(changed[i])];
    Pending& p = pending_[ticket];
    p.remaining = std::max(0.0, p.remaining - before[i] * (now_ - p.updated_s));
    p.updated_s = std::max(p.updated_s, now_);
    const double rate = fair_.rate(changed[i]);
    ++p.version;
    if (!(rate > 0)) continue;
    const Due due{p.updated_s + p.remaining / rate, ticket, p.version};
    if (bulk)
      ends_.push_back(due);
    else
      push(ends_, due);
  }
  if (!bulk) return;
  std::erase_if(ends_, [&](const Due& d) { return d.version != pending_[d.flow].version; });
  std::make_heap(ends_.begin(), ends_.end());
}

Outcome Simulator::run(Listener& listener) {
  outcome_ = {};
  for (double t = next_time(); t < kUnbounded; t = next_time()) {
    base::heed_stop();
    ++outcome_.events;
    now_ = t;
    const double until = t + std::max(tolerance_, t * kRelativeTie);
    end_flows(until, listener);
    change_links(until, listener);
    start_flows(until, listener);
    update_rates();
  }
  for (const Pending& p : pending_) outcome_.stalled += p.state == State::kDone ? 0 : 1;
  outcome_.filled = fair_.filled();
  return outcome_;
}

}  // namespace gigawatt::flows
