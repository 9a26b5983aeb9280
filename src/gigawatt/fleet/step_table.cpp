#include "gigawatt/fleet/step_table.h"

#include <algorithm>

namespace gigawatt::fleet {

void StepTable::add(scenario::JobId job, std::size_t phase, scenario::SystemId system, StepEntry entry) {
  auto& entries = steps_[{job, phase, system}];
  const auto smaller = [](const StepEntry& a, const StepEntry& b) { return a.accelerators < b.accelerators; };
  entries.insert(std::upper_bound(entries.begin(), entries.end(), entry, smaller), std::move(entry));
}

void StepTable::set(scenario::JobId job, scenario::SystemId system, ServingEntry entry) {
  serving_[{job, system}] = entry;
}

void StepTable::refuse(scenario::JobId job, scenario::SystemId system, std::string reason) {
  refused_[{job, system}] = std::move(reason);
}

const std::vector<StepEntry>& StepTable::steps(scenario::JobId job, std::size_t phase,
                                               scenario::SystemId system) const {
  static const std::vector<StepEntry> kNone;
  const auto found = steps_.find({job, phase, system});
  return found == steps_.end() ? kNone : found->second;
}

StepTable StepTable::stretched(const std::function<double(scenario::JobId, const StepEntry&)>& factor) const {
  StepTable out = *this;
  for (auto& [key, entries] : out.steps_)
    for (StepEntry& entry : entries) {
      const double by = factor(std::get<0>(key), entry);
      entry.step_time_s *= by;
      entry.mfu /= by;
      for (auto& [part, seconds] : entry.breakdown_s) seconds *= by;
    }
  return out;
}

const ServingEntry* StepTable::serving(scenario::JobId job, scenario::SystemId system) const {
  const auto found = serving_.find({job, system});
  return found == serving_.end() ? nullptr : &found->second;
}

const std::string* StepTable::refusal(scenario::JobId job, scenario::SystemId system) const {
  const auto found = refused_.find({job, system});
  return found == refused_.end() ? nullptr : &found->second;
}

}  // namespace gigawatt::fleet
