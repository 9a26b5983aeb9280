#pragma once
/// What Python calls: a catalogue that stays loaded, and the questions that it answers.

#include <Python.h>

#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "arrow_out.h"
#include "gigawatt/ask/command.h"
#include "gigawatt/engine/inputs.h"
#include "gigawatt/sweep/plan.h"
#include "law.h"
#include "policy.h"
#include "values.h"

namespace gigawatt::python {

/// A sweep that is computed piece by piece (sweep/plan.h), with the knowledge that it is of.
struct SweepPlan {
  std::shared_ptr<const engine::Knowledge> knowledge;
  sweep::Plan plan;

  /// Claims the folder; the shards that are not complete in it.
  std::vector<std::size_t> missing(const std::string& folder) const;
  /// Computes a shard unless it is there, on this thread's core.
  void run_shard(std::size_t index, const std::string& folder) const;
};

/// A job log on a cluster.
struct ReplayArguments {
  std::string name,
      text;  ///< of a log in the format of `gigawatt import`; without a text, the path of one in any format
  std::string format;
  std::int64_t gpus = 0;
  std::string policy;
  int times = 1;
  std::uint64_t seed = 1;
  bool exact_estimates = false;
  std::vector<std::int64_t> topology;
};

/// Threads may share one: it is read only once it is loaded. Every function gives the interpreter's lock up while it works;
/// throws Wrong, PythonError and what the libraries throw.
class Session {
 public:
  /// `own`: a file or folder of `gigawatt calibrate --out`; empty: the shipped constants alone.
  Session(std::string data, std::string own);

  /// (answer as a dict or None, why not or None, notes). `law`: a failure model of a run; may be null.
  PyObject* ask(const std::string& command, PyObject* question, std::optional<std::uint64_t> seed,
                int threads, PythonLaw* law = nullptr);
  std::shared_ptr<const ArrowTable> step_table(results::Columns table, bool times, bool memory, int threads);
  /// (what `gigawatt replay --json` prints, the schedule). `function`: a policy in Python, or None.
  static std::pair<PyObject*, std::shared_ptr<const ArrowTable>> replay(const ReplayArguments& arguments,
                                                                        PyObject* function, PyObject* view,
                                                                        ClusterView* cluster);
  PyObject* catalog(const std::string& kind);
  PyObject* show(const std::string& name);
  /// `scenario`: in place of the file that the sweep's text names; `files`: of those that its sites name.
  SweepPlan sweep_plan(const std::string& name, const std::string& text,
                       const std::optional<std::string>& scenario, std::optional<std::uint64_t> seed,
                       engine::HourlyTexts files);
  /// Reads a scenario and throws what is wrong with it.
  void check_scenario(const std::string& text, const std::string& name,
                      const std::vector<std::string>& overrides);

 private:
  /// Loaded by whoever asks first.
  std::shared_ptr<const engine::Knowledge> knowledge();

  std::filesystem::path data_;
  std::string own_;
  std::mutex mutex_;
  std::shared_ptr<const engine::Knowledge> knowledge_;
  std::map<std::string, DocumentKeys, std::less<>> keys_;  ///< of every command; complete from the start
};

}  // namespace gigawatt::python
