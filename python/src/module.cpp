/// The extension module gigawatt._core. What it offers is dressed in python/gigawatt.

#include <cmath>

#include <nanobind/nanobind.h>
#include <nanobind/stl/optional.h>
#include <nanobind/stl/shared_ptr.h>
#include <nanobind/stl/string.h>
#include <nanobind/stl/vector.h>

#include <fmt/format.h>

#include "arrow_in.h"
#include "arrow_out.h"
#include "describe.h"
#include "gigawatt/base/check.h"
#include "gigawatt/base/version.h"
#include "gigawatt/config/csv.h"
#include "gigawatt/report/html.h"
#include "gigawatt/results/store.h"
#include "gigawatt/scenario/load.h"
#include "gigawatt/sweep/shard.h"
#include "session.h"

namespace nb = nanobind;

namespace gigawatt::python {
namespace {

/// The shared table as Python holds it.
struct Table {
  std::shared_ptr<const ArrowTable> content;
};

nb::object stolen(PyObject* x) { return nb::steal<nb::object>(x); }

/// gigawatt._errors.InputError with the rendered text and the diagnostics.
void raise(const Wrong& failure) {
  try {
    const nb::object type = nb::module_::import_("gigawatt._errors").attr("InputError");
    const nb::object error = type(base::render(failure.problems), stolen(diagnostics_of(failure.problems)));
    PyErr_SetObject(type.ptr(), error.ptr());
  } catch (nb::python_error& other) {
    other.restore();
  }
}

void translate(const std::exception_ptr& failure, void*) {
  try {
    std::rethrow_exception(failure);
  } catch (const PythonError&) {
    // it is set
  } catch (const Wrong& w) {
    raise(w);
  } catch (const results::StoreError& e) {
    PyErr_SetString(PyExc_OSError, e.what());
  } catch (const base::InternalError& e) {
    PyErr_SetString(PyExc_RuntimeError,
                    (std::string("internal error, please report it: ") + e.what()).c_str());
  }
}

nb::object commands() {
  nlohmann::ordered_json list = nlohmann::ordered_json::array();
  for (const auto& command : ask::commands()) list.push_back(describe(command));
  return stolen(object_of(list));
}

/// Of a stream's capsule, or of {name: values}; single values hold for all rows. `more`: further columns.
results::Columns columns_from(nb::handle source, const nb::dict& more = {}) {
  results::Columns out;
  const bool is_stream = PyCapsule_CheckExact(source.ptr()) != 0;
  if (is_stream) out = columns_of_stream(source.ptr());
  bool any = is_stream;
  const auto add = [&](const nb::dict& columns) {
    for (const auto& [name, values] : columns) {
      out.columns.push_back(column_of(nb::cast<std::string>(name), values.ptr()));
      const auto& column = out.columns.back();
      if (column.constant || any) continue;
      out.rows = column.size();
      any = true;
    }
  };
  if (!is_stream) add(nb::cast<nb::dict>(source));
  add(more);
  if (!any && !out.columns.empty()) out.rows = 1;
  for (const auto& column : out.columns)
    if (!column.constant && column.size() != out.rows)
      wrong("wrong-shape", "column '" + column.name + "' has " + std::to_string(column.size()) + " rows, '" +
                               out.columns.front().name + "' has " + std::to_string(out.rows));
  return out;
}

/// A column of constants as the rows that it stands for, which Arrow wants.
void expand(results::Column& column, std::size_t rows) {
  if (!column.constant) return;
  column.constant = false;
  const auto repeat = [rows](auto& values) {
    if (!values.empty()) values.assign(rows, values.front());
  };
  repeat(column.integers);
  repeat(column.numbers);
  repeat(column.words);
  repeat(column.missing);
}

std::string cell(const results::Column& c, std::size_t row) {
  using Kind = results::Column::Kind;
  if (c.is_missing(row)) return "";
  const std::size_t at = c.at(row);
  switch (c.kind) {
    case Kind::kText: return config::csv_cell(c.dictionary[static_cast<std::size_t>(c.words[at])]);
    case Kind::kNumber: return std::isnan(c.numbers[at]) ? "" : fmt::format("{}", c.numbers[at]);
    default: return std::to_string(c.integers[at]);
  }
}

std::string csv_of(nb::handle source) {
  const results::Columns table = columns_from(source);
  std::string out;
  for (const auto& c : table.columns) out += (out.empty() ? "" : ",") + config::csv_cell(c.name);
  out += "\n";
  for (std::size_t row = 0; row < table.rows; ++row)
    for (std::size_t i = 0; i < table.columns.size(); ++i)
      out += cell(table.columns[i], row) + (i + 1 < table.columns.size() ? "," : "\n");
  return out;
}

Table table_of(nb::handle source) {
  results::Columns table = columns_from(source);
  for (auto& column : table.columns) expand(column, table.rows);
  return {arrow_table(std::move(table))};
}

/// A column as an array.array or a list of Python values.
nb::object column_values(const Table& table, const std::string& name) {
  const results::Column* column = columns_of(*table.content).find(name);
  if (column == nullptr) throw nb::key_error(name.c_str());
  using Kind = results::Column::Kind;
  nb::list out;
  for (std::size_t row = 0; row < columns_of(*table.content).rows; ++row) {
    if (column->is_missing(row)) {
      out.append(nb::none());
      continue;
    }
    switch (column->kind) {
      case Kind::kInteger: out.append(column->integers[row]); break;
      case Kind::kBoolean: out.append(column->integers[row] != 0); break;
      case Kind::kNumber: out.append(column->numbers[row]); break;
      case Kind::kText: {
        const auto& text = column->dictionary[static_cast<std::size_t>(column->words[row])];
        out.append(nb::str(text.data(), text.size()));
      }
    }
  }
  return out;
}

std::vector<std::string> column_names(const Table& table) {
  std::vector<std::string> names;
  for (const auto& column : columns_of(*table.content).columns) names.push_back(column.name);
  return names;
}

nb::tuple replay(const std::string& name, const std::string& text, const std::string& format,
                 std::int64_t gpus, nb::handle policy, const std::string& policy_name, int times,
                 std::uint64_t seed, bool exact_estimates, const std::vector<std::int64_t>& topology) {
  const ReplayArguments arguments{name,  text, format,          gpus,    policy_name,
                                  times, seed, exact_estimates, topology};
  nb::object view;
  ClusterView* cluster = nullptr;
  if (!policy.is_none()) {
    view = nb::cast(ClusterView{}, nb::rv_policy::move);
    cluster = nb::cast<ClusterView*>(view);
  }
  auto [json, schedule] = Session::replay(arguments, policy.ptr(), view.ptr(), cluster);
  return nb::make_tuple(stolen(json), Table{std::move(schedule)});
}

}  // namespace
}  // namespace gigawatt::python

NB_MODULE(_core, m) {
  using namespace gigawatt;
  using namespace gigawatt::python;
  nb::set_leak_warnings(false);  // interpreters that end in a hurry are not our users' concern
  nb::register_exception_translator(translate);
  m.attr("version") = std::string(base::version());
  m.def("commands", &commands);
  m.def("scenario_schema", [] { return scenario::scenario_schema(); });
  m.def("csv_of", &csv_of);
  m.def("table", &table_of);
  nb::class_<Table>(m, "Table")
      .def("__len__", [](const Table& t) { return columns_of(*t.content).rows; })
      .def_prop_ro("column_names", &column_names)
      .def("column", &column_values)
      .def("schema_capsule", [](const Table& t) { return stolen(schema_capsule(t.content)); })
      .def("stream_capsule", [](const Table& t) { return stolen(stream_capsule(t.content)); });
  m.def("replay", &replay, nb::arg("name"), nb::arg("text"), nb::arg("format"), nb::arg("gpus"),
        nb::arg("policy").none(), nb::arg("policy_name"), nb::arg("times"), nb::arg("seed"),
        nb::arg("exact_estimates"), nb::arg("topology"));
  nb::class_<ClusterView>(m, "ClusterView")
      .def_prop_ro("now_s", &ClusterView::now_s)
      .def_prop_ro("free", &ClusterView::free)
      .def_prop_ro("total", &ClusterView::total)
      .def_prop_ro("waiting", &ClusterView::waiting)
      .def_prop_ro("running", &ClusterView::running)
      .def_prop_ro("it_w", &ClusterView::it_w)
      .def_prop_ro("power_cap_w", &ClusterView::power_cap_w)
      .def("next", &ClusterView::next, nb::arg("position") = -1)
      .def("next_fitting", &ClusterView::next_fitting, nb::arg("position"), nb::arg("units"))
      .def("units", &ClusterView::units)
      .def("estimate_s", &ClusterView::estimate_s)
      .def("waited_s", &ClusterView::waited_s)
      .def("priority", &ClusterView::priority)
      .def("account", &ClusterView::account)
      .def("usage", &ClusterView::usage)
      .def("free_at_s", &ClusterView::free_at_s)
      .def("start", &ClusterView::start)
      .def("wake", &ClusterView::wake);
  nb::class_<FailureView>(m, "FailureView")
      .def_prop_ro("scope", &FailureView::scope)
      .def_prop_ro("system", &FailureView::system)
      .def_prop_ro("site", &FailureView::site)
      .def_prop_ro("nodes", &FailureView::nodes)
      .def_prop_ro("accelerators", &FailureView::accelerators)
      .def_prop_ro("age_s", &FailureView::age_s)
      .def_prop_ro("now_s", &FailureView::now_s)
      .def("kinds", &FailureView::kinds)
      .def("profile", &FailureView::profile)
      .def("rate", &FailureView::rate)
      .def("uniform", &FailureView::uniform)
      .def("exponential", &FailureView::exponential)
      .def("normal", &FailureView::normal)
      .def("lognormal", &FailureView::lognormal)
      .def("weibull", &FailureView::weibull);
  nb::class_<SweepPlan>(m, "SweepPlan")
      .def_prop_ro("question", [](const SweepPlan& p) { return p.plan.question; })
      .def_prop_ro("runs", [](const SweepPlan& p) { return p.plan.runs(); })
      .def_prop_ro("shards", [](const SweepPlan& p) { return p.plan.shards(); })
      .def_prop_ro("scenario_text", [](const SweepPlan& p) { return p.plan.scenario_text; })
      .def_prop_ro("files",
                   [](const SweepPlan& p) {
                     nb::dict out;
                     for (const auto& [name, text] : p.plan.files)
                       out[name.c_str()] = nb::bytes(text.data(), text.size());
                     return out;
                   })
      .def("missing", &SweepPlan::missing)
      .def("run_shard", &SweepPlan::run_shard)
      .def("shard_file", [](const SweepPlan&, const std::string& folder, std::size_t index) {
        return sweep::shard_file(folder, index).string();
      });
  nb::class_<Session>(m, "Session")
      .def(nb::init<std::string, std::string>(), nb::arg("data"), nb::arg("calibration") = "")
      .def(
          "ask",
          [](Session& s, const std::string& command, nb::handle question, std::optional<std::uint64_t> seed,
             int threads, nb::handle failure_model) {
            std::optional<PythonLaw> law;
            if (!failure_model.is_none()) law.emplace(failure_model.ptr());
            return stolen(s.ask(command, question.ptr(), seed, threads, law ? &*law : nullptr));
          },
          nb::arg("command"), nb::arg("question"), nb::arg("seed") = nb::none(), nb::arg("threads") = 0,
          nb::arg("failure_model") = nb::none())
      .def(
          "step_table",
          [](Session& s, nb::handle table, const nb::dict& more, bool times, bool memory, int threads) {
            return Table{s.step_table(columns_from(table, more), times, memory, threads)};
          },
          nb::arg("table"), nb::arg("more"), nb::arg("times") = false, nb::arg("memory") = false,
          nb::arg("threads") = 0)
      .def(
          "sweep_plan",
          [](Session& s, const std::string& name, const std::string& text,
             const std::optional<std::string>& scenario, std::optional<std::uint64_t> seed,
             const nb::dict& files) {
            engine::HourlyTexts texts;
            for (const auto& [file, content] : files) {
              const auto bytes = nb::cast<nb::bytes>(content);
              texts.emplace(nb::cast<std::string>(file), std::string(bytes.c_str(), bytes.size()));
            }
            return s.sweep_plan(name, text, scenario, seed, std::move(texts));
          },
          nb::arg("name"), nb::arg("text"), nb::arg("scenario") = nb::none(), nb::arg("seed") = nb::none(),
          nb::arg("files") = nb::dict())
      .def(
          "catalog", [](Session& s, const std::string& kind) { return stolen(s.catalog(kind)); },
          nb::arg("kind") = "")
      .def("show", [](Session& s, const std::string& name) { return stolen(s.show(name)); })
      .def("check_scenario", &Session::check_scenario);
}
