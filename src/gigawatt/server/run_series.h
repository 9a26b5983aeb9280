#pragma once
/// A run's series and jobs, as questions and answers of the API. Private to this module.
///
/// An entity is "fleet", "site:prometheus", "job:llama4".

#include <map>
#include <string>
#include <vector>

#include <tl/expected.hpp>

#include "gigawatt/results/store.h"
#include "gigawatt/server/answers.h"
#include "gigawatt/server/run_record.h"

namespace gigawatt::server {

struct SeriesQuestion {
  std::string metric, entity = "fleet", label, from, to;
  std::int64_t points = 1000;
  base::SimTime first{INT64_MIN}, end{INT64_MAX};  ///< of `from` and `to`
};

tl::expected<SeriesQuestion, base::Diagnostics> read_series_question(
    const std::map<std::string, std::string>& query);
std::string series_question_schema();

results::SeriesQuery store_query(const SeriesQuestion& question);
const results::SeriesRow* find_series(const std::vector<results::SeriesRow>& index,
                                      const SeriesQuestion& question);
/// "did you mean ..."
std::string nearest_series(const std::vector<results::SeriesRow>& index, const SeriesQuestion& question);

Json series_index_json(const std::vector<results::SeriesRow>& index);
Json series_json(const SeriesQuestion& question, const results::SeriesData& data);

/// Chrome trace: a process per site, a thread per job, IT power as a counter.
std::string jobs_trace(results::Store& store, const RunInfo& run);

}  // namespace gigawatt::server
