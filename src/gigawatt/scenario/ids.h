#pragma once
/// Indexes of a resolved scenario: each counts within the vector named beside it.

#include "gigawatt/base/id.h"

namespace gigawatt::scenario {

using SiteId = base::Id<struct SiteTag>;      ///< ResolvedScenario::sites
using SystemId = base::Id<struct SystemTag>;  ///< ResolvedScenario::systems
using ModelId = base::Id<struct ModelTag>;    ///< ResolvedScenario::models
using JobId = base::Id<struct JobTag>;        ///< ResolvedScenario::jobs

}  // namespace gigawatt::scenario
