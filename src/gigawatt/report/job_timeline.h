#pragma once
/// The jobs of a run as a Chrome (Perfetto) trace: a process per site, a track per job, counters of what each site
/// has in service and draws. Times are seconds since the run's start.

#include <ostream>
#include <string>

#include "gigawatt/engine/run.h"

namespace gigawatt::report {

/// Of more jobs than a viewer opens (100,000) the largest.
void write_job_timeline(const engine::RunOutput& output, std::ostream& out);

/// What it does not draw, in words; empty where it draws everything.
std::string timeline_left_out(const engine::RunOutput& output);

}  // namespace gigawatt::report
