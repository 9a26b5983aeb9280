#pragma once
/// Why a search has nothing to offer, and the nearest change after which it has.

#include <optional>
#include <string>

#include "gigawatt/search/search.h"

namespace gigawatt::search {

/// What is wrong with the question itself, whatever the plan: sizes out of range, missing data.
std::optional<step::PlanError> bad_arguments(const step::StepRequest& request);

/// For a question without a legal plan: which list of the user, which batch or which number of accelerators stands in
/// the way. The hint names the nearest question that has an answer.
step::PlanError why_nothing_is_legal(const step::StepRequest& request, const Constraints& constraints);

/// For a search in which nothing fits: the change with the least effect on the question after which something fits
/// (more accelerators, a lifted constraint); empty where none was found. Runs further searches.
std::string nearest_fit(const step::StepRequest& request, const step::Calibration& calibration,
                        const SearchOptions& options);

}  // namespace gigawatt::search
