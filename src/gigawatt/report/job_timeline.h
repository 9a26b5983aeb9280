#pragma once
/// The jobs of a run as a Chrome (Perfetto) trace: a process per site, a track per job, counters of what each site
/// has in service and draws. Times are seconds since the run's start.

#include <string>

#include "gigawatt/engine/run.h"

namespace gigawatt::report {

std::string job_timeline(const engine::RunOutput& output);

}  // namespace gigawatt::report
