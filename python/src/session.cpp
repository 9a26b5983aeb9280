#include "session.h"

#include <fstream>
#include <optional>

#include <fmt/format.h>

#include "gigawatt/analysis/validation_text.h"
#include "gigawatt/base/nearest.h"
#include "gigawatt/base/parallel.h"
#include "gigawatt/catalog/fitted_library.h"
#include "gigawatt/catalog/show.h"
#include "gigawatt/engine/replay.h"
#include "gigawatt/engine/site_hours.h"
#include "gigawatt/engine/software_entries.h"
#include "gigawatt/engine/step_table.h"
#include "gigawatt/logs/read_jobs.h"
#include "gigawatt/report/replay.h"
#include "gigawatt/scenario/load.h"
#include "gigawatt/sweep/merge.h"
#include "gigawatt/sweep/shard.h"
#include "unlocked.h"

namespace gigawatt::python {
namespace {

template <typename T>
T good(tl::expected<T, base::Diagnostics> value) {
  if (!value) throw Wrong{std::move(value.error())};
  return std::move(*value);
}

template <typename T>
T good(tl::expected<T, base::Diagnostic> value) {
  if (!value) throw Wrong{{std::move(value.error())}};
  return std::move(*value);
}

void write_file(const std::string& path, const ask::FileContent& content) {
  std::ofstream out(path, std::ios::binary | std::ios::trunc);
  content.write(out);
  out.close();
  if (!out) wrong("cannot-write", path + ": cannot be written");
}

const ask::Command& command_named(const std::string& name) {
  std::vector<std::string> names;
  for (const auto& command : ask::commands()) {
    if (command.name == name) return command;
    names.emplace_back(command.name);
  }
  wrong("unknown-name", fmt::format("there is no command '{}'", name), base::did_you_mean(name, names));
}

/// (answer, (reason, hint, code, refused) or None, notes).
PyObject* answered(const ask::Answer& answer) {
  nlohmann::ordered_json no = nullptr;
  if (answer.no)
    no = {{"reason", answer.no->reason},
          {"hint", answer.no->hint},
          {"code", answer.no->code},
          {"refused", answer.no->refused}};
  PyObject* out = PyTuple_New(3);
  if (out == nullptr) throw PythonError{};
  try {
    PyTuple_SET_ITEM(out, 0, object_of(answer.json));
    PyTuple_SET_ITEM(out, 1, object_of(no));
    PyTuple_SET_ITEM(out, 2, object_of(nlohmann::ordered_json(answer.notes)));
  } catch (...) {
    Py_DECREF(out);
    throw;
  }
  return out;
}

}  // namespace

Session::Session(std::string data, std::string own) : data_(std::move(data)), own_(std::move(own)) {
  for (const auto& command : ask::commands()) keys_.emplace(command.name, document_keys(command));
}

std::shared_ptr<const engine::Knowledge> Session::knowledge() {
  const std::lock_guard lock(mutex_);
  if (knowledge_) return knowledge_;
  std::vector<catalog::FittedSet> sets;
  if (!own_.empty()) sets = good(catalog::read_own_sets(own_));
  return knowledge_ =
             std::make_shared<const engine::Knowledge>(good(engine::load_knowledge(data_, std::move(sets))));
}

PyObject* Session::ask(const std::string& name, PyObject* question, std::optional<std::uint64_t> seed,
                       int threads, PythonLaw* law) {
  const ask::Command& command = command_named(name);
  const config::Node table = node_of(question, keys_.find(name)->second);
  const auto work = [&](std::stop_token stop) {
    const auto known = knowledge();
    const base::ThreadLimit limit(threads);
    // Both Ctrl-C and a failure model that raises end the work.
    std::stop_source either;
    const std::stop_callback asked(stop, [&] { either.request_stop(); });
    std::optional<std::stop_callback<std::function<void()>>> failed;
    std::optional<KeptThreadState> kept;
    if (law != nullptr) {
      failed.emplace(law->stop().get_token(), [&] { either.request_stop(); });
      kept.emplace();
    }
    return command.ask(table, ask::Context{.knowledge = *known,
                                           .data = data_,
                                           .seed = seed,
                                           .stop = either.get_token(),
                                           .constants = own_,
                                           .law = law});
  };
  auto found = command.weight == ask::Weight::kLight ? run_short(work) : run_long(work);
  if (law != nullptr && law->failed()) {
    law->raise();
    throw PythonError{};
  }
  const auto answer = good(std::move(found));
  for (const auto& [key, content] : answer.files)
    if (const config::Node* path = table.find(key)) write_file(path->text, content);
  return answered(answer);
}

std::shared_ptr<const ArrowTable> Session::step_table(results::Columns table, bool times, bool memory,
                                                      int threads) {
  return run_long([&](std::stop_token stop) {
    const auto known = knowledge();
    const base::ThreadLimit limit(threads);
    return arrow_table(good(engine::step_table(*known, table, {times, memory, std::move(stop)})));
  });
}

namespace {

/// Each stretch in which a job ran.
results::Columns empty_schedule() {
  results::Columns out;
  for (const auto& [name, kind] : {std::pair{"job", results::Column::Kind::kText},
                                   {"start_s", results::Column::Kind::kNumber},
                                   {"end_s", results::Column::Kind::kNumber},
                                   {"units", results::Column::Kind::kInteger}}) {
    results::Column column;
    column.name = name;
    column.kind = kind;
    out.columns.push_back(std::move(column));
  }
  return out;
}

struct Replayed {
  nlohmann::ordered_json json;
  results::Columns schedule;
};

Replayed run_replay(const ReplayArguments& a, PythonPolicy* own, std::stop_token stop) {
  const logs::ReadOptions reading{a.format, {}, 0};
  const auto list =
      good(a.text.empty() ? logs::read_jobs(a.name, reading) : logs::parse_jobs(a.text, a.name, reading));
  engine::ReplayQuery query;
  query.units = a.gpus;
  query.policy = a.policy;
  query.own = own;
  query.times = a.times;
  query.seed = a.seed;
  query.levels = a.topology;
  query.options.exact_estimates = a.exact_estimates;
  // Both Ctrl-C and a policy that raises end the replay.
  std::stop_source either;
  const std::stop_callback asked(stop, [&] { either.request_stop(); });
  std::optional<std::stop_callback<std::function<void()>>> failed;
  if (own != nullptr) failed.emplace(own->stop().get_token(), [&] { either.request_stop(); });
  query.options.stop = either.get_token();
  const auto jobs = engine::replay_jobs(list, a.times, a.seed);
  Replayed out{{}, empty_schedule()};
  auto& columns = out.schedule.columns;
  query.options.span = [&](std::uint32_t job, base::SimTime start, base::SimTime end,
                           std::span<const scheduling::Share>) {
    columns[0].words.push_back(static_cast<std::int32_t>(columns[0].dictionary.size()));
    columns[0].dictionary.push_back(list.jobs[jobs[job].tag].id);
    columns[1].numbers.push_back(static_cast<double>(start.us) * 1e-6);
    columns[2].numbers.push_back(static_cast<double>(end.us) * 1e-6);
    columns[3].integers.push_back(jobs[job].units);
    ++out.schedule.rows;
  };
  struct Finish {
    PythonPolicy* policy;
    ~Finish() {
      if (policy != nullptr) policy->finish();
    }
  } finish{own};
  const auto answer = good(engine::replay_log(list, jobs, query));
  out.json = report::replay_json(list, query, answer);
  return out;
}

}  // namespace

std::pair<PyObject*, std::shared_ptr<const ArrowTable>> Session::replay(const ReplayArguments& arguments,
                                                                        PyObject* function, PyObject* view,
                                                                        ClusterView* cluster) {
  std::optional<PythonPolicy> own;
  if (cluster != nullptr) own.emplace(function, view, *cluster);
  auto done = run_long(
      [&](std::stop_token stop) { return run_replay(arguments, own ? &*own : nullptr, std::move(stop)); });
  if (own && own->failed()) {
    own->raise();
    throw PythonError{};
  }
  return {object_of(done.json), arrow_table(std::move(done.schedule))};
}

SweepPlan Session::sweep_plan(const std::string& name, const std::string& text,
                              const std::optional<std::string>& scenario, std::optional<std::uint64_t> seed,
                              engine::HourlyTexts files) {
  return run_long([&](std::stop_token) {
    auto known = knowledge();
    auto plan =
        good(sweep::plan(*known, {name, text, seed, sweep::data_hash(data_), scenario, std::move(files)}));
    return SweepPlan{std::move(known), std::move(plan)};
  });
}

std::vector<std::size_t> SweepPlan::missing(const std::string& folder) const {
  return run_short([&](std::stop_token) { return good(sweep::claim_shards(folder, plan)); });
}

void SweepPlan::run_shard(std::size_t index, const std::string& folder) const {
  if (index >= plan.shards()) wrong("out-of-range", fmt::format("there is no shard {}", index));
  run_long([&](std::stop_token stop) {
    const base::ThreadLimit limit(1);
    return good(sweep::run_shards(*knowledge, plan, {folder, std::move(stop), {}}, {index}));
  });
}

PyObject* Session::catalog(const std::string& kind) {
  const auto known = knowledge();
  auto kinds = catalog::kinds();
  kinds.emplace_back(engine::kSoftwareKind);
  if (!kind.empty() && std::find(kinds.begin(), kinds.end(), kind) == kinds.end())
    wrong("unknown-kind", fmt::format("no kind '{}'", kind), base::did_you_mean(kind, kinds));
  return object_of(catalog::list_json(known->catalog, kind, engine::software_entries(known->software)));
}

PyObject* Session::show(const std::string& name) {
  const auto known = knowledge();
  const auto software = engine::software_entries(known->software);
  const auto shown = catalog::show_json(known->catalog, name, software);
  if (!shown) wrong("unknown-name", shown.error().message());
  return object_of(*shown);
}

void Session::check_scenario(const std::string& text, const std::string& name,
                             const std::vector<std::string>& overrides) {
  const auto known = knowledge();
  good(scenario::load_text(text, name, known->catalog, overrides, engine::software_names(known->software)));
}

}  // namespace gigawatt::python
