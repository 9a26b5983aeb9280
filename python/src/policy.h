#pragma once
/// A scheduling policy written in Python.
///
/// Whenever something changes, the function is called with the cluster as it is now (ClusterView) and starts or stops jobs
/// through it. The view reads the simulator's own state, nothing is copied, so that a decision costs about a microsecond more
/// than in C++. It is valid during the call alone.

#include <Python.h>

#include <optional>
#include <stop_token>
#include <string>

#include "gigawatt/scheduling/policy.h"

namespace gigawatt::python {

/// What a policy sees and does. Every function throws std::runtime_error outside of a decision, std::out_of_range for a position
/// where nobody waits.
class ClusterView {
 public:
  double now_s() const;       ///< seconds on the log's clock
  std::int64_t free() const;  ///< units, less what this decision has taken
  std::int64_t total() const;
  std::size_t waiting() const;  ///< jobs in line
  std::size_t running() const;
  double it_w() const;         ///< power drawn now, with what this decision starts
  double power_cap_w() const;  ///< infinite: none
  /// The first position behind `position` where a job waits (-1: from the front), in order of arrival; empty: none.
  std::optional<std::int64_t> next(std::int64_t position) const;
  /// The same, of jobs that need at most `units`.
  std::optional<std::int64_t> next_fitting(std::int64_t position, std::int64_t units) const;

  std::int64_t units(std::int64_t position) const;
  double estimate_s(std::int64_t position) const;
  double waited_s(std::int64_t position) const;
  std::int64_t priority(std::int64_t position) const;
  std::int64_t account(std::int64_t position) const;
  double usage(std::int64_t account) const;  ///< unit-seconds that it has used, decayed
  /// When so many units will be free by the estimates of what runs, in seconds on the log's clock; empty: never.
  std::optional<double> free_at_s(std::int64_t units) const;

  /// False where it does not fit (units, power).
  bool start(std::int64_t position);
  /// Asks again at that time, whatever happens.
  void wake(double at_s);

  void begin(const scheduling::View& view, scheduling::Decision& decision);
  void end();

 private:
  const scheduling::View& view() const;
  const scheduling::Waiting& job(std::int64_t position) const;

  const scheduling::View* view_ = nullptr;
  scheduling::Decision* decision_ = nullptr;
  scheduling::Capacity capacity_;
  std::int64_t taken_ = 0;
  double it_w_ = 0;
};

/// Calls a Python function. The first exception that it raises ends the replay; `raise` hands it on.
class PythonPolicy final : public scheduling::Policy {
 public:
  /// `view`: the Python object of `cluster`. Both references are borrowed.
  PythonPolicy(PyObject* function, PyObject* view, ClusterView& cluster)
      : function_(function), view_(view), cluster_(cluster) {}
  ~PythonPolicy() override { Py_XDECREF(failure_); }

  void decide(const scheduling::View& view, scheduling::Decision& decision) override;
  bool reads_usage() const override { return true; }

  /// On the thread that asked for decisions, when it asks for no more.
  void finish();

  std::stop_source& stop() { return stop_; }
  bool failed() const { return failure_ != nullptr; }
  /// Sets the exception; the caller holds the interpreter's lock.
  void raise();

 private:
  void enter();

  PyThreadState* thread_ = nullptr;  ///< between decisions
  PyGILState_STATE made_{};
  PyObject* function_;
  PyObject* view_;
  ClusterView& cluster_;
  std::stop_source stop_;
  PyObject* failure_ = nullptr;
};

}  // namespace gigawatt::python
