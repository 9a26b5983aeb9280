#pragma once
/// History and forecast.
///
/// A scenario may say up to which day things are known, `as_of`. A date until then is history: every future has it.
/// A later date is a forecast, and its distance from as_of is log-normal with the spread of such a step. A lead time
/// whose step is still under way is known not to be over: it is drawn from what lies beyond as_of. What a source
/// expected for a day before as_of, and of which the scenario has no observation, is an expired forecast.
/// Without `as_of` dates have no spread, and leads are drawn whole.

#include <optional>

#include "gigawatt/base/sim_time.h"
#include "gigawatt/scenario/site.h"

namespace gigawatt::scenario {

/// The date of a forecast in a future with this standard normal deviate; dates until `as_of` stay.
base::SimTime drawn_date(base::SimTime date, std::optional<base::SimTime> as_of, double sigma,
                         double deviate);

/// Lead in s of an undated step that may begin at `ready` (site.h has the equation). A deviate of 0 is the median.
double drawn_lead(const ResolvedStep& step, base::SimTime ready, std::optional<base::SimTime> as_of,
                  double deviate);

}  // namespace gigawatt::scenario
