#pragma once
/// How far a claim's computed value may be off by what sources disagree on, apart from the spread of futures.
///
/// Independent parts are added in quadrature, parts of one cause linearly; each is an 80% range:
///
///     counts            low and high of [[fleet]] and [[delivery]] entries (one cause: the source's method)
///     power of a site   the catalogue's published capacity at that date, low to high
///     step times        the step model's interval, which futures draw; energy and emissions also the band of the PUE
///     money of a year   other_capex low to high; prices of the systems bought; counts of what was delivered
///     stops, goodput    the chance of a count: 1.28 sqrt(n)
///     first at a power  dates at which the low and the high published capacity of each site gets there
///     ratios            the fact's own range

#include "gigawatt/engine/claim_value.h"

namespace gigawatt::engine {

struct Band {
  double low = 0;
  double high = 0;
};

/// Around `value`, what claim_value() gave for `result`; SI, as there. `steps_drawn`: the spread of futures, to which this
/// is added, holds what the step model gets wrong (futures.h).
Band sourced_band(const scenario::Claim& claim, double value, const fleet::FleetResult& result,
                  const ClaimInputs& inputs, bool steps_drawn = false);

}  // namespace gigawatt::engine
