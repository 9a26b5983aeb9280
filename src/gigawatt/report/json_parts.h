#pragma once
/// Small conversions shared by the two JSON forms. Private to this module.

#include <cmath>
#include <string>

#include <nlohmann/json.hpp>

#include "gigawatt/engine/run.h"

namespace gigawatt::report {

using Json = nlohmann::ordered_json;

inline constexpr double kMegawatt = 1e6;
inline constexpr double kMegawattHour = 3.6e9;
inline constexpr double kTonne = 1e3;

/// null for what is not a finite number.
inline Json number(double value) { return std::isfinite(value) ? Json(value) : Json(nullptr); }

inline Json scaled(const fleet::Series& series, double unit) {
  Json out = Json::array();
  for (double v : series) out.push_back(number(v / unit));
  return out;
}

inline double last(const fleet::Series& series) { return series.empty() ? 0 : series.back(); }

inline Json date_or_null(bool known, base::SimTime t) {
  return known && t != base::SimTime::max() ? Json(base::to_iso_date(t)) : Json(nullptr);
}

inline Json text_or_null(const std::string& text) { return text.empty() ? Json(nullptr) : Json(text); }

/// {low, high} of one figure, for runs with futures.
inline Json band(double low, double high) { return {{"low", number(low)}, {"high", number(high)}}; }

/// What the figures of a site and a job are called in both forms.
Json site_json(const fleet::SiteResult& site);
Json job_json(const fleet::JobResult& job);

}  // namespace gigawatt::report
