#pragma once
/// Small conversions shared by the two JSON forms. Private to this module.

#include <cmath>
#include <string>

#include <nlohmann/json.hpp>

#include "gigawatt/engine/run.h"
#include "gigawatt/results/frame.h"

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

inline Json text_or_null(const std::string& text) { return text.empty() ? Json(nullptr) : Json(text); }

/// What is said of the n-th site or job in both forms: its figures from the frame, texts from the nominal run.
Json site_json(const results::Frame& frame, std::size_t n, const fleet::SiteResult& nominal);
Json job_json(const results::Frame& frame, std::size_t n, const fleet::JobResult& nominal);

}  // namespace gigawatt::report
