#pragma once
/// Which input would turn a claim's verdict, and to what it would have to change.
///
/// With x computed, A the allowed values and e their nearest end, the verdict turns where x becomes e. The quantity
/// decides through which input: the phase whose date decides a capacity, the delivery that needs the least relative
/// change, what the scenario does not build, the time of a step, a reference fact, a rival's date. Everything else
/// stays as it is, and a quantity is taken as linear in its input, which all of these are.

#include <optional>
#include <string>

#include "gigawatt/analysis/claims.h"
#include "gigawatt/engine/claim_value.h"

namespace gigawatt::engine {

struct Turn {
  std::string input;  ///< path of a key, or what it is called where no key holds it
  std::string from, to;
  std::string text;  ///< "turns if ..."
};

/// Empty: no single input turns it.
std::optional<Turn> turning_input(const scenario::Claim& claim, double value, analysis::AllowedRange allowed,
                                  const fleet::FleetResult& result, const ClaimInputs& inputs);

}  // namespace gigawatt::engine
