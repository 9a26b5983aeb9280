#pragma once
/// Why there is no plan, and what is nearest.
///
/// A conflict is a set of the question's constraints that cannot hold together, none of which can be left out: found by
/// leaving out one after the other and keeping those without which a plan exists (a deletion filter). The constraints
/// that a person can change last (dates, lead times) are tried first, so that budgets and targets stay in the set.

#include <optional>
#include <vector>

#include <tl/expected.hpp>

#include "gigawatt/planner/plan.h"

namespace gigawatt::planner {

/// A constraint of the question: all groups of a kind and subject.
struct Constraint {
  GroupKind kind = GroupKind::kBudget;
  int subject = 0;
};

struct Conflict {
  std::vector<Constraint> constraints;
  bool irreducible = true;  ///< false: time ended first
};

tl::expected<Conflict, base::Diagnostic> find_conflict(const Problem& problem, double time_limit_s = 60);

/// The most that can be reached of a target's quantity with the other targets kept, or without them where they cannot be
/// kept; empty: nothing can be planned at all. Of a problem without targets too little is known: empty.
struct Nearest {
  Target target;  ///< as asked
  double reachable = 0;
  std::vector<Constraint> holding;  ///< of which more would reach further
};
tl::expected<std::optional<Nearest>, base::Diagnostic> nearest(const Problem& problem,
                                                               const Conflict& conflict,
                                                               const Options& options);

}  // namespace gigawatt::planner
