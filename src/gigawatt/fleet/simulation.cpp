#include "gigawatt/fleet/simulation.h"

#include <algorithm>

#include "gigawatt/base/check.h"

namespace gigawatt::fleet {
namespace {

constexpr std::uint64_t kStopPollEvents = 64;

}  // namespace

EnergyMix energy_mix(const SiteModel& site, base::SimTime from, base::SimTime to, double load_w) {
  return energy_mix(site.offers, {price_at(site.electricity_usd_per_j, from), site.carbon_kg_per_j},
                    site.carbon_usd_per_kg, from, to, load_w);
}

Simulation::Simulation(const FleetModel& model, std::optional<base::SimTime> until,
                       std::vector<Meter*> meters, std::stop_token stop, double most_bytes)
    : model_(model),
      parts_(model_, state_, std::move(meters)),
      end_(until ? std::min(*until, model.end) : model.end) {
  GW_CHECK(end_ > model.start, "the run ends at {}, before its start", base::to_iso_date(end_));
  stopped_early_ = end_ < model.end;
  state_.clock.queue = events::EventQueue(model.start);
  parts_.sites.begin();
  parts_.pools.begin();
  parts_.books.begin();
  const auto& months = model_.money.months();
  for (std::uint32_t m = 1; m < months.count(); ++m)
    parts_.clock.schedule(months.starts[m], EventKind::kMonthEnd, m);
  for (std::uint32_t i = 0; i < model_.plan.size(); ++i)
    parts_.clock.schedule(std::max(model_.plan[i].time, model_.start), EventKind::kPlan, i);
  parts_.line.begin(std::move(stop), most_bytes);
  for (Meter* meter : parts_.board.meters()) meter->begin(parts_.sites);
}

void Simulation::restore(State state) {
  state_ = std::move(state);
  parts_.line.restore();
}

void Simulation::handle(const events::Event& event) {
  switch (static_cast<EventKind>(event.kind)) {
    case EventKind::kMonthEnd: parts_.books.close_month(); return;
    case EventKind::kPlan:
      if (event.data != 0) return parts_.sites.on_posted(event.entity);
      return parts_.sites.on_plan(model_.plan[event.entity]);
    case EventKind::kRepair: parts_.pools.on_repair(event.entity, event.data); return;
    case EventKind::kGang: parts_.gangs.on_gang(event.entity); return;
    case EventKind::kBackground: parts_.pools.on_background(event.entity); return;
    case EventKind::kReady: parts_.line.on_ready(event.entity); return;
    case EventKind::kDemand: parts_.demand.on_demand(event.entity); return;
    case EventKind::kDispatch: return event.data == 0 ? parts_.line.dispatch() : parts_.line.woken();
    case EventKind::kDomain: parts_.pools.on_domain(event.entity); return;
  }
}

void Simulation::run_to(base::SimTime time) {
  for (auto next = state_.clock.queue.next_time(); next && *next <= time;
       next = state_.clock.queue.next_time())
    handle(*state_.clock.queue.pop());
}

bool Simulation::run(const std::stop_token& stop,
                     const std::function<void(base::SimTime, double, std::uint64_t)>& progress) {
  const double span_s = (end_ - model_.start).to_seconds();
  std::size_t month = state_.books.month;
  bool stopped = false;
  for (auto next = state_.clock.queue.next_time(); next && *next < end_;
       next = state_.clock.queue.next_time()) {
    handle(*state_.clock.queue.pop());
    if (state_.clock.queue.popped() % kStopPollEvents == 0 && stop.stop_requested()) {
      stopped = true;
      break;
    }
    if (state_.books.month != month) {
      month = state_.books.month;
      if (progress)
        progress(now(), (now() - model_.start).to_seconds() / span_s, state_.clock.queue.popped());
      if (stop.stop_requested()) {
        stopped = true;
        break;
      }
    }
  }
  if (stopped) {
    stopped_early_ = true;
    end_ = now();
  }
  // Close the last, perhaps partial month at end_ with a last event, so that the clock stands there.
  parts_.clock.schedule(end_, EventKind::kMonthEnd, 0);
  while (state_.clock.queue.now() < end_ || state_.books.record.end < end_) handle(*state_.clock.queue.pop());
  return !stopped;
}

}  // namespace gigawatt::fleet
