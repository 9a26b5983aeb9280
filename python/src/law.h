#pragma once
/// A failure model written in Python.
///
/// Whenever a population begins a stretch in which something may fail (reliability/failure_law.h), the function is called
/// with what is known of it (FailureView) and answers (seconds, kind), (seconds, kind, scope) or None. The view draws from
/// the population's own stream, so that the same seed gives the same run on any number of threads.

#include <Python.h>

#include <map>
#include <mutex>
#include <stop_token>
#include <string>
#include <thread>
#include <vector>

#include <nanobind/nanobind.h>

#include "gigawatt/reliability/failure_law.h"

namespace gigawatt::python {

/// Every function throws std::runtime_error outside of a call of the failure model.
class FailureView {
 public:
  std::string scope() const;  ///< "job", "idle" or "domain"
  std::string system() const { return std::string(population().system); }
  std::string site() const { return std::string(population().site); }
  double nodes() const { return population().nodes; }
  double accelerators() const { return population().accelerators; }
  double age_s() const { return population().age_s; }
  double now_s() const { return population().now_s; }
  /// (kind, scope, failures per second by the profile) of all that may happen to it.
  nanobind::list kinds() const;
  std::vector<std::string> profile() const;  ///< all kinds, also those that cannot happen to it
  /// Failures per second of a kind by the profile; 0: it cannot happen to this population.
  double rate(const std::string& kind) const;

  double uniform() { return stream().uniform(); }
  double exponential(double mean);
  double normal(double mean, double deviation);
  double lognormal(double median, double sigma);
  double weibull(double scale, double shape);

  void begin(const reliability::Population& population, random::Stream& stream);
  void end();

 private:
  const reliability::Population& population() const;
  random::Stream& stream() const;

  const reliability::Population* population_ = nullptr;
  random::Stream* stream_ = nullptr;
};

/// Calls a Python function. The first exception that it raises ends the run; `raise` hands it on.
class PythonLaw final : public reliability::FailureLaw {
 public:
  /// `function` is borrowed.
  explicit PythonLaw(PyObject* function) : function_(function) {}
  ~PythonLaw() override;  ///< the caller holds the interpreter's lock

  reliability::FailureModel::Failure next(const reliability::Population& population,
                                          random::Stream& stream) const override;

  std::stop_source& stop() { return stop_; }
  bool failed() const { return failure_ != nullptr; }
  /// Sets the exception; the caller holds the interpreter's lock.
  void raise();

 private:
  /// Of this thread, for a call alone.
  struct View {
    PyObject* object = nullptr;
    FailureView* content = nullptr;
  };

  View& view() const;
  void keep_failure(const reliability::Population& population) const;

  PyObject* function_;
  // Guarded by the interpreter's lock.
  mutable std::map<std::thread::id, View> views_;
  mutable PyObject* failure_ = nullptr;
  mutable std::stop_source stop_;
};

/// Keeps the interpreter's state of this thread, which is dear to make, for as long as it lives; calls take it up again.
class KeptThreadState {
 public:
  KeptThreadState() : made_(PyGILState_Ensure()), state_(PyEval_SaveThread()) {}
  ~KeptThreadState() {
    PyEval_RestoreThread(state_);
    PyGILState_Release(made_);
  }
  KeptThreadState(const KeptThreadState&) = delete;
  KeptThreadState& operator=(const KeptThreadState&) = delete;

 private:
  PyGILState_STATE made_;
  PyThreadState* state_;
};

}  // namespace gigawatt::python
