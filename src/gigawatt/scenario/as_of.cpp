#include "gigawatt/scenario/as_of.h"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "gigawatt/base/random.h"
#include "gigawatt/scenario/resolver.h"

namespace gigawatt::scenario {

base::SimTime drawn_date(base::SimTime date, std::optional<base::SimTime> as_of, double sigma,
                         double deviate) {
  if (!as_of || date <= *as_of || deviate == 0) return date;
  return *as_of + base::Duration::seconds((date - *as_of).to_seconds() * std::exp(sigma * deviate));
}

double drawn_lead(const ResolvedStep& step, base::SimTime ready, std::optional<base::SimTime> as_of,
                  double deviate) {
  const double run_s = as_of ? (*as_of - ready).to_seconds() : 0;
  const bool under_way = run_s > 0 && run_s < step.lead_s && step.sigma > 0 && deviate != 0;
  if (!under_way) return step.lead_s * std::exp(step.sigma * deviate);
  const double over = random::normal_cdf(std::log(run_s / step.lead_s) / step.sigma);
  const double p = over + (1 - over) * random::normal_cdf(deviate);
  return step.lead_s * std::exp(step.sigma * random::normal_quantile(std::min(p, 1 - 1e-15)));
}

/// A date that lies ahead spreads as the catalogue's lead of such a step does.
void Resolver::spread_of_dates(ResolvedStep& step, std::size_t index) const {
  if (!step.date || !s_.as_of || *step.date <= *s_.as_of) return;
  for (const auto& known : catalog_.facility().build_steps)
    if (known.name == kBuildStepNames[index]) step.sigma = known.sigma.value;
}

void Resolver::expired_forecasts() {
  if (!s_.as_of) return;
  const base::SimTime today = *s_.as_of;
  const std::array<double, kBuildStepCount> median{};
  for (const Site& site : s_.sites)
    for (const Phase& phase : site.phases) {
      bool modeled = false;
      for (const auto& step : phase.resolved) modeled = modeled || step.modeled;
      if (!modeled) continue;  // it has no order of building, and that is an error already
      const BuildDates dates = build_dates(phase, median);
      // Of the steps of a phase the last one is named: it stands for the opening that was expected.
      std::optional<std::size_t> last;
      for (std::size_t i = 0; i < kBuildStepCount; ++i) {
        const bool forecast = phase.steps[i].forecast || !phase.resolved[i].date;
        if (phase.resolved[i].modeled && forecast && dates.done[i] <= today &&
            (!last || dates.done[i] >= dates.done[*last]))
          last = i;
      }
      if (!last || dates.in_service > today) continue;
      s_.expired.push_back({fmt::format("{}, {}", site.name, phase.title.empty() ? phase.name : phase.title),
                            dates.in_service,
                            phase.steps[*last].source.empty() ? phase.source : phase.steps[*last].source});
    }
  for (const Delivery& delivery : s_.deliveries)
    for (const DeliveryPart& part : delivery.schedule)
      if (part.forecast && part.date <= today)
        s_.expired.push_back({fmt::format("{}, {} accelerators", delivery.name, part.accelerators), part.date,
                              delivery.source});
  std::stable_sort(s_.expired.begin(), s_.expired.end(),
                   [](const auto& a, const auto& b) { return a.date < b.date; });
}

}  // namespace gigawatt::scenario
