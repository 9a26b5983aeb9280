// How the fleet is run: the policy, who shares what, the power cap, the signal.
#include "gigawatt/fleet/build_model.h"

namespace gigawatt::fleet {
namespace {}  // namespace

void ModelBuilder::operations() {
  const scenario::Operations& o = scenario_.operations;
  model_.policy = scenario::kSchedulerPolicyNames[static_cast<std::size_t>(o.scheduler)];
  if (o.it_power_cap) model_.it_power_cap_w = o.it_power_cap->si();
  model_.wait_warning = base::Duration::seconds(o.wait_warning.si());
  if (o.signal_by_hour.empty()) return;
  std::vector<scheduling::SignalStep> steps;
  // From the midnight before the start, one day longer than the run.
  const base::CivilDate day = base::civil(model_.start);
  const base::SimTime first = base::SimTime::from_date(day.year, day.month, day.day);
  const auto hours = static_cast<std::size_t>((model_.end - first).to_hours()) + 48;
  for (std::size_t h = 0; h < hours; ++h)
    steps.push_back({first + base::Duration{static_cast<std::int64_t>(h) * kOneHour.us},
                     o.signal_by_hour[h % o.signal_by_hour.size()]});
  model_.signal.emplace(std::move(steps));
}

std::uint32_t ModelBuilder::account(const std::string& name) {
  const auto [entry, fresh] = accounts_.try_emplace(name, static_cast<std::uint32_t>(accounts_.size()));
  if (fresh) {
    const auto share = scenario_.operations.shares.find(name);
    model_.account_shares.resize(accounts_.size(), 1);
    model_.account_shares[entry->second] = share == scenario_.operations.shares.end() ? 1 : share->second;
  }
  return entry->second;
}

}  // namespace gigawatt::fleet
