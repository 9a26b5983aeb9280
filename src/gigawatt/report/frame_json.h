#pragma once
/// A frame's records as JSON. Private to this module.
///
/// Keys are the declared names. Where futures ran, the value of a key is their median, with `<key>_low` and
/// `<key>_high` beside it (10th and 90th percentile, null where the figure has none), and `nominal` holds the same
/// keys of the run without delays. A figure whose band the physics state (a step time) has no such keys: its band
/// has names of its own.

#include <functional>
#include <initializer_list>
#include <string_view>

#include "gigawatt/report/json_parts.h"
#include "gigawatt/results/frame.h"

namespace gigawatt::report {

/// A number, a whole number or a date as its form asks; null where there is none.
Json figure_json(const results::Frame& frame, const results::Record& record, results::Statistic statistic,
                 std::size_t month = 0);

/// Adds the metrics of a subject, one statistic or the median with its interval; `after` may add what follows one.
using After = std::function<void(const results::Record&, Json&)>;
void add_metrics(Json& out, const results::Frame& frame, const results::Frame::Named& subject,
                 results::Statistic statistic, const After& after = {});
void add_metrics_with_intervals(Json& out, const results::Frame& frame, const results::Frame::Named& subject,
                                const After& after = {});
/// `nominal`, where futures ran.
void add_nominal(Json& out, const results::Frame& frame, const results::Frame::Named& subject);

/// Months of a series; of several futures the median with its interval and the nominal values.
void add_series(Json& out, const results::Frame& frame, const results::Record& record, std::string_view key);

/// What the metrics of a kind of subject are: name, unit, description, form, in the order of their keys.
Json declared_json(const results::Frame& frame, results::SubjectKind kind);

}  // namespace gigawatt::report
