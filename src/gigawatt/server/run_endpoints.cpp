#include <charconv>
#include <limits>
#include <sstream>

#include <fmt/format.h>

#include "gigawatt/ask/run_question.h"
#include "gigawatt/config/schema.h"
#include "gigawatt/server/body.h"
#include "gigawatt/server/run_series.h"
#include "gigawatt/server/seed.h"
#include "gigawatt/server/services.h"

namespace gigawatt::server {
namespace {

using results::Attachment;
using results::Store;

/// A run to be queued, as the command `run` asks it.
struct RunBody : ask::RunQuestion {
  std::optional<std::string> name, note;
  std::optional<std::int64_t> seed;
};

void fields(config::FieldVisitor& v, RunBody& b) {
  ask::run_fields(v, b, true);
  v(b.name, {.key = "name", .doc = "What to call the run."});
  v(b.note, {.key = "note", .doc = "What to keep beside it."});
  seed_field(v, b.seed);
}

/// What a user calls a run, and writes beside it.
struct TextsBody : ask::RunTexts {};

void fields(config::FieldVisitor& v, TextsBody& b) {
  v(b.name, {.key = "name", .doc = "What to call the run."});
  v(b.note, {.key = "note", .doc = "What to keep beside it, in place of what is there; empty: nothing."});
}

std::string texts_body_schema() { return config::json_schema<TextsBody>("texts", "A run's name and note"); }

std::string run_body_schema() { return config::json_schema<RunBody>("run", "A run to be simulated"); }

Response no_such_run() { return error_answer(404, "unknown_run", "there is no such run"); }

/// The run that the path names, or nothing.
std::shared_ptr<RunRecord> run_of(Services& s, const Call& call) {
  const std::string& text = call.parameters[0];
  std::int64_t id = 0;
  const char* end = text.data() + text.size();
  if (std::from_chars(text.data(), end, id).ptr != end) return nullptr;
  return s.runs.find(id);
}

/// Answers with `answer(id)` for a run that exists.
template <typename Answer>
Response about_run(Services& s, const Call& call, Answer answer) {
  const auto record = run_of(s, call);
  return record ? answer(record->info()) : no_such_run();
}

Response list(Services& s, const Call&) {
  Json runs = Json::array();
  for (const auto& run : s.runs.list()) runs.push_back(to_json(run));
  return json_answer({{"runs", std::move(runs)}});
}

Response show(Services& s, const Call& call) {
  return about_run(s, call, [](const RunInfo& run) { return json_answer(to_json(run)); });
}

/// A run whose batches could take more memory than a run may, were all of their jobs to wait, is refused at the door: one
/// that fails after minutes helps nobody.
base::Diagnostics check_batches(const scenario::ResolvedScenario& scenario, double most_bytes) {
  double jobs = 0;
  for (const auto& job : scenario.jobs)
    if (job.is_batch()) jobs += static_cast<double>(job.count);
  if (jobs * fleet::kWaitingJobBytes <= most_bytes) return {};
  return {base::error(
      "too-many-jobs",
      fmt::format(
          "the batches of the scenario have {:.0f} jobs: {:.2g} GB where all of them wait, and a run of "
          "this server may take {:.2g}",
          jobs, jobs * fleet::kWaitingJobBytes * 1e-9, most_bytes * 1e-9),
      "fewer jobs or a shorter period; a server started with a larger --run-memory; or gigawatt run")};
}

Response submit(Services& s, const Call& call) {
  const auto body = read_struct<RunBody>(parse_body(call.request.body));
  if (!body) return diagnostics_answer(body.error());
  if (const auto wrong = ask::wrong_texts({body->name, body->note}); !wrong.empty())
    return diagnostics_answer(wrong);
  auto inputs = ask::run_inputs(*body, s.knowledge);
  if (!inputs) return diagnostics_answer(inputs.error());
  if (const auto wrong = check_batches(inputs->scenario, s.runs.run_bytes()); !wrong.empty())
    return diagnostics_answer(wrong);
  RunOrder order;
  order.toml = body->set.empty() ? body->scenario.text : inputs->scenario.canonical;
  order.scenario = std::move(inputs->scenario);
  order.name = body->name.value_or("");
  order.note = body->note.value_or("");
  if (body->seed) order.seed = static_cast<std::uint64_t>(*body->seed);
  order.until = body->until;
  order.futures = static_cast<int>(body->runs);
  const auto id = s.runs.submit(std::move(order));
  if (!id) {
    const bool queue = id.error().why == SubmitRefusal::Why::kQueueFull;
    return error_answer(queue ? 429 : 507, queue ? "queue_full" : "store_full", id.error().message,
                        id.error().hint);
  }
  Response response = json_answer({{"id", *id}}, 202);
  response.headers.emplace_back("Location", fmt::format("/api/runs/{}", *id));
  return response;
}

Response describe(Services& s, const Call& call) {
  const auto record = run_of(s, call);
  if (!record) return no_such_run();
  const auto body = read_struct<TextsBody>(parse_body(call.request.body));
  if (!body) return diagnostics_answer(body.error());
  auto wrong = ask::wrong_texts(*body);
  if (!body->any()) wrong.push_back(base::error("missing-key", "nothing is to be changed", "name, note"));
  if (!wrong.empty()) return diagnostics_answer(wrong);
  const auto id = record->info().id;
  return s.runs.describe(id, *body) ? json_answer(to_json(record->info())) : no_such_run();
}

Response end(Services& s, const Call& call) {
  return about_run(s, call, [&](const RunInfo& run) {
    switch (s.runs.end(run.id)) {
      case RunQueue::Ended::kCancelled: return json_answer({{"id", run.id}, {"done", "cancelled"}});
      case RunQueue::Ended::kRemoved: return json_answer({{"id", run.id}, {"done", "removed"}});
      case RunQueue::Ended::kUnknown: break;
    }
    return no_such_run();
  });
}

Response document(Services& s, const Call& call) {
  return about_run(s, call, [&](const RunInfo& run) {
    auto text =
        s.runs.with_store([&](Store& store) { return store.attachment(run.id, Attachment::kDocument); });
    if (text) return text_answer(std::move(*text));
    return error_answer(is_over(run.state) ? 404 : 409, "no_document",
                        is_over(run.state) ? "nothing to show is stored of this run" : "the run is not over");
  });
}

Response toml(Services& s, const Call& call) {
  return about_run(s, call, [&](const RunInfo& run) {
    auto text = s.runs.with_store([&](Store& store) {
      auto own = store.attachment(run.id, Attachment::kScenario);
      return own ? std::move(*own) : store.canonical(run.id);
    });
    return json_answer({{"toml", std::move(text)}});
  });
}

Response series_index(Services& s, const Call& call) {
  return about_run(s, call, [&](const RunInfo& run) {
    return json_answer(
        series_index_json(s.runs.with_store([&](Store& store) { return store.series_of(run.id); })));
  });
}

Response series(Services& s, const Call& call) {
  return about_run(s, call, [&](const RunInfo& run) {
    const auto asked = read_series_question(call.request.query);
    if (!asked) return diagnostics_answer(asked.error());
    return s.runs.with_store([&](Store& store) {
      const auto index = store.series_of(run.id);
      const auto* row = find_series(index, *asked);
      if (row == nullptr)
        return error_answer(404, "unknown_series", "the run has no such series",
                            nearest_series(index, *asked));
      return json_answer(series_json(*asked, store.series(run.id, store_query(*asked))));
    });
  });
}

Response jobs_over_time(Services& s, const Call& call) {
  return about_run(s, call, [&](const RunInfo& run) {
    Response response;
    response.body = s.runs.with_store([&](Store& store) { return jobs_trace(store, run); });
    response.headers.emplace_back("Content-Disposition",
                                  fmt::format("attachment; filename=\"run-{}.trace.json\"", run.id));
    return response;
  });
}

constexpr Endpoint kRunEndpoints[] = {
    {"GET", "/api/runs", "Every run, newest first.", Deferred::Weight::kLight, list,
     "runs: id, scenario, title, name, note, hash, seed, futures, status, fraction, start, end, created, "
     "started, "
     "finished, error"},
    {"POST",
     "/api/runs",
     "Queues a run; 202 with its id, 429 when too many wait, 507 when too much is stored.",
     Deferred::Weight::kLight,
     submit,
     "id",
     run_body_schema,
     nullptr,
     "application/json",
     {429, "too many runs wait"}},
    {"GET", "/api/runs/{id}", "One run.", std::nullopt, show, "as in the list"},
    {"PATCH", "/api/runs/{id}", "Gives a run a name or a note.", Deferred::Weight::kLight, describe,
     "as in the list", texts_body_schema},
    {"DELETE", "/api/runs/{id}", "Cancels a run that waits or is simulated, removes one that is over.",
     Deferred::Weight::kLight, end, "id, done"},
    {"GET",
     "/api/runs/{id}/document",
     "What the report shows of a run.",
     Deferred::Weight::kLight,
     document,
     "the run document",
     nullptr,
     nullptr,
     "application/json",
     {409, "the run is not over"}},
    {"GET", "/api/runs/{id}/toml", "The scenario as its author wrote it.", Deferred::Weight::kLight, toml,
     "toml"},
    {"GET", "/api/runs/{id}/series/index", "The stored time series.", Deferred::Weight::kLight, series_index,
     "series: metric, entity, label, unit, points, from, to"},
    {"GET", "/api/runs/{id}/series", "One series, at most so many points.", Deferred::Weight::kLight, series,
     "metric, entity, label, unit, t (epoch ms), min, max, mean, low, high", nullptr, series_question_schema},
    {"GET", "/api/runs/{id}/trace", "The jobs over time.", Deferred::Weight::kHeavy, jobs_over_time,
     "a Chrome trace"},
};

}  // namespace

std::span<const Endpoint> run_endpoints() { return kRunEndpoints; }

}  // namespace gigawatt::server
