#pragma once
/// What a page, a timeline and a terminal show of a run that has very much. Private to this module.
///
/// A page opens in a second or two with a few megabytes of JSON. Of more jobs than that the largest are shown, those that
/// held most accelerator-hours, and the others stand together: one entry for all of a kind at a site, with the sums of
/// their hours, energy and money, so that totals stay whole. Of the inputs the first entries of each list are shown
/// (`job[0]` to `job[199]`). What is left out is said in the warnings of the page, and is in the store, in Parquet and in
/// the JSON of `--json`.

#include <string>
#include <string_view>
#include <vector>

#include "gigawatt/engine/run.h"
#include "gigawatt/report/json_parts.h"

namespace gigawatt::report {

inline constexpr std::size_t kMostPageJobs = 1000;
inline constexpr std::size_t kMostPageEntries = 200;  ///< of each list of the scenario whose inputs are shown
inline constexpr std::size_t kMostPageWarnings = 100;
inline constexpr std::size_t kMostTimelineJobs = 100'000;
inline constexpr std::size_t kMostTerminalRows = 50;

/// The indices of the jobs that held most accelerator-hours, in the order of the scenario; of equal ones the first.
std::vector<std::size_t> largest_jobs(const fleet::FleetResult& result, std::size_t most);

/// The jobs that `shown` (ascending) leaves out, as an entry for each kind and site. Figures are those of the nominal
/// run.
Json other_jobs_json(const fleet::FleetResult& result, const std::vector<std::size_t>& shown);

/// Whether an input belongs to one of the first entries of its list: "job[199].model" does, "job[200].model" does not.
bool shows_input(std::string_view path);

}  // namespace gigawatt::report
