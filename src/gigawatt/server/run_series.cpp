#include "gigawatt/server/run_series.h"

#include <algorithm>
#include <charconv>
#include <set>
#include <sstream>

#include <fmt/format.h>

#include "gigawatt/base/nearest.h"
#include "gigawatt/config/schema.h"
#include "gigawatt/results/registry.h"
#include "gigawatt/server/body.h"
#include "gigawatt/trace/trace.h"

namespace gigawatt::server {
namespace {

constexpr double kMostPoints = 20'000;

std::string_view unit_of(std::string_view metric) {
  for (const auto& d : results::series())
    if (d.name == metric) return d.unit;
  return "";
}

std::string entity_of(const results::SeriesRow& row) {
  return row.subject.empty() ? row.subject_kind : row.subject_kind + ":" + row.subject;
}

/// A date as scenarios write it, or milliseconds since 1970.
std::optional<base::SimTime> time_of(const std::string& text) {
  std::int64_t ms = 0;
  const char* end = text.data() + text.size();
  // Four digits are a year.
  if (text.size() > 4 && std::from_chars(text.data(), end, ms).ptr == end && ms > INT64_MIN / 1000 &&
      ms < INT64_MAX / 1000)
    return base::SimTime{ms * 1000};
  return base::parse_time(text);
}

Json numbers(const std::vector<double>& values) {
  Json out = Json::array();
  for (const double v : values) out.push_back(std::isfinite(v) ? Json(v) : Json(nullptr));
  return out;
}

}  // namespace

static void fields(config::FieldVisitor& v, SeriesQuestion& q) {
  v(q.metric, {.key = "metric", .doc = "Name of the series.", .required = true});
  v(q.entity, {.key = "entity", .doc = "fleet, site:NAME, job:NAME."});
  v(q.label, {.key = "label", .doc = "Generation or category, where the series has them."});
  v(q.from, {.key = "from", .doc = "First moment: a date, or milliseconds since 1970."});
  v(q.to, {.key = "to", .doc = "End, exclusive."});
  v(q.points, {.key = "points", .doc = "At most so many points.", .min = 1, .max = kMostPoints});
}

tl::expected<SeriesQuestion, base::Diagnostics> read_series_question(
    const std::map<std::string, std::string>& query) {
  auto asked = read_struct<SeriesQuestion>(query_node(query, "points"));
  if (!asked) return asked;
  base::Diagnostics problems;
  const auto read = [&](const char* key, const std::string& text, base::SimTime& out) {
    if (text.empty()) return;
    if (const auto time = time_of(text))
      out = *time;
    else
      problems.push_back(base::error("wrong-kind",
                                     fmt::format("'{}' is no date: '{}'", key, text.substr(0, 40)),
                                     "2026-07-15, 2026-07-15T06:30:00Z, or milliseconds since 1970"));
  };
  read("from", asked->from, asked->first);
  read("to", asked->to, asked->end);
  if (!problems.empty()) return tl::unexpected(std::move(problems));
  return asked;
}

std::string series_question_schema() {
  return config::json_schema<SeriesQuestion>("series", "Part of a series");
}

results::SeriesQuery store_query(const SeriesQuestion& q) {
  const auto colon = std::min(q.entity.find(':'), q.entity.size());
  return {q.metric,
          q.entity.substr(0, colon),
          q.entity.substr(std::min(colon + 1, q.entity.size())),
          q.label,
          q.first,
          q.end,
          q.points};
}

const results::SeriesRow* find_series(const std::vector<results::SeriesRow>& index, const SeriesQuestion& q) {
  const auto it = std::find_if(index.begin(), index.end(), [&](const auto& row) {
    return row.name == q.metric && row.label == q.label && entity_of(row) == q.entity;
  });
  return it == index.end() ? nullptr : &*it;
}

std::string nearest_series(const std::vector<results::SeriesRow>& index, const SeriesQuestion& q) {
  std::set<std::string> metrics, entities, labels;
  for (const auto& row : index) {
    metrics.insert(row.name);
    if (row.name != q.metric) continue;
    entities.insert(entity_of(row));
    if (entity_of(row) == q.entity) labels.insert(row.label);
  }
  const auto hint = [](const std::string& given, const std::set<std::string>& known) {
    const std::vector<std::string> names(known.begin(), known.end());
    const std::string near = base::did_you_mean(given, names);
    return near.empty() ? fmt::format("known: {}", fmt::join(names, ", ")) : near;
  };
  if (!metrics.contains(q.metric)) return hint(q.metric, metrics);
  if (!entities.contains(q.entity)) return hint(q.entity, entities);
  return "label: " + hint(q.label, labels);
}

Json series_index_json(const std::vector<results::SeriesRow>& index) {
  Json list = Json::array();
  for (const auto& row : index) {
    Json entry = {{"metric", row.name}, {"entity", entity_of(row)}};
    if (!row.label.empty()) entry["label"] = row.label;
    entry["unit"] = unit_of(row.name);
    entry["points"] = row.points;
    entry["from"] = base::to_iso_datetime(row.first);
    entry["to"] = base::to_iso_datetime(row.last);
    list.push_back(std::move(entry));
  }
  return {{"series", std::move(list)}};
}

Json series_json(const SeriesQuestion& q, const results::SeriesData& data) {
  Json times = Json::array();
  for (const double ms : data.epoch_ms)
    times.push_back(std::isfinite(ms) ? Json(static_cast<std::int64_t>(ms)) : Json(nullptr));
  return {{"metric", q.metric},        {"entity", q.entity},         {"label", q.label},
          {"unit", unit_of(q.metric)}, {"t", std::move(times)},      {"min", numbers(data.min)},
          {"max", numbers(data.max)},  {"mean", numbers(data.mean)}, {"low", numbers(data.low)},
          {"high", numbers(data.high)}};
}

std::string jobs_trace(results::Store& store, const RunInfo& run) {
  const auto seconds = [&](base::SimTime t) { return (t - run.start).to_seconds(); };
  const base::SimTime end =
      run.state == RunState::kDone || !run.simulated_until ? run.end : *run.simulated_until;
  struct Job {
    std::string name, site;
    base::SimTime start, end;
  };
  std::vector<Job> jobs;
  std::map<std::string, std::size_t> numbers;
  for (const auto& event : store.events(run.id)) {
    if (event.kind == results::info(results::Event::kJobStart).name) {
      numbers[event.subject] = jobs.size();
      jobs.push_back({event.subject, event.description, event.time, end});
    }
    if (event.kind != results::info(results::Event::kJobEnd).name) continue;
    if (const auto job = numbers.find(event.subject); job != numbers.end())
      jobs[job->second].end = event.time;
  }
  std::ostringstream out;
  trace::ChromeTrace trace(out);
  std::map<std::string, std::int32_t> sites;
  for (const auto& job : jobs) sites.try_emplace(job.site, static_cast<std::int32_t>(sites.size()) + 1);
  for (const auto& [site, process] : sites) trace.name_process(process, site.empty() ? "fleet" : site);
  std::int32_t thread = 0;
  for (const auto& job : jobs) {
    const trace::Track track{sites[job.site], ++thread};
    trace.name_thread(track, job.name);
    trace.span(track, job.name, "job", seconds(job.start), seconds(job.end));
  }
  results::SeriesQuery power{std::string(results::info(results::Series::kItLoad).name),
                             "fleet",
                             "",
                             "",
                             base::SimTime{INT64_MIN},
                             base::SimTime{INT64_MAX},
                             static_cast<std::int64_t>(kMostPoints)};
  const auto data = store.series(run.id, power);
  if (!data.mean.empty()) trace.name_process(0, "fleet");
  for (std::size_t i = 0; i < data.mean.size(); ++i)
    trace.counter(0, "IT power", "MW", data.epoch_ms[i] / 1e3 - static_cast<double>(run.start.us) / 1e6,
                  data.mean[i]);
  trace.close();
  return out.str();
}

}  // namespace gigawatt::server
