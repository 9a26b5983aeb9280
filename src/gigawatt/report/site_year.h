#pragma once
/// A site's year as JSON and as the lines of a terminal.

#include <string>
#include <vector>

#include <nlohmann/json_fwd.hpp>

#include "gigawatt/engine/site_hours.h"
#include "gigawatt/engine/site_question.h"

namespace gigawatt::report {

/// Totals, the bill, sources, marginal values, months, and series made small enough to draw: days, and duration curves of
/// 101 points.
nlohmann::ordered_json site_year_json(const engine::SiteAnswer& answer);
/// The years of a run's sites, without months and series.
nlohmann::ordered_json site_hours_json(const std::vector<engine::SiteHours>& hours);
std::string site_hours_text(const std::vector<engine::SiteHours>& hours, bool colour);
std::string site_year_text(const engine::SiteAnswer& answer, bool colour);

}  // namespace gigawatt::report
