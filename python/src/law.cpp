#include "law.h"

#include <cmath>
#include <limits>
#include <optional>
#include <stdexcept>

#include <fmt/format.h>
#include <nanobind/stl/string.h>

#include "raised.h"

namespace gigawatt::python {
namespace {

namespace nb = nanobind;
using reliability::FailureClass;
using reliability::FailureModel;
using reliability::FailureScope;
using reliability::Population;

constexpr FailureModel::Failure kNever{std::numeric_limits<double>::infinity(), 0};

const char* scope_name(FailureScope scope) {
  switch (scope) {
    case FailureScope::kAccelerator: return "accelerator";
    case FailureScope::kNode: return "node";
    case FailureScope::kJob: return "job";
    case FailureScope::kDomain: break;
  }
  return "domain";
}

const char* kind_name(Population::Kind kind) {
  switch (kind) {
    case Population::Kind::kJob: return "job";
    case Population::Kind::kIdle: return "idle";
    case Population::Kind::kDomains: break;
  }
  return "domain";
}

double units_of(const FailureClass& c, const Population& p) {
  switch (c.scope) {
    case FailureScope::kAccelerator: return p.accelerators;
    case FailureScope::kNode: return p.nodes;
    case FailureScope::kJob: return std::max(1.0, std::min(p.nodes, c.grows_to_nodes));
    case FailureScope::kDomain: break;
  }
  return std::max(1.0, p.nodes / static_cast<double>(std::max<std::int64_t>(1, c.domain_nodes)));
}

double rate_of(const FailureClass& c, const Population& p) {
  return p.may_have(c) && c.scale_s > 0 && std::isfinite(c.scale_s) ? units_of(c, p) / c.scale_s : 0;
}

std::string place(const Population& p) {
  return fmt::format("the failure model, asked {:.3f} days into the run for {} ({:.0f} nodes of {} at {})",
                     p.now_s / 86400,
                     p.kind == Population::Kind::kJob    ? "a job"
                     : p.kind == Population::Kind::kIdle ? "nodes in no job"
                                                         : "domains",
                     p.nodes, p.system, p.site);
}

double positive(double x, const char* what) {
  if (!(x > 0) || !std::isfinite(x))
    throw std::invalid_argument(fmt::format("{} must be positive and finite, not {}", what, x));
  return x;
}

/// What a function returned. Throws std::invalid_argument (ValueError), nb::type_error.
FailureModel::Failure read(PyObject* answer, const Population& p) {
  if (answer == Py_None) return kNever;
  const Py_ssize_t size = PyTuple_Check(answer) != 0 ? PyTuple_GET_SIZE(answer) : 0;
  if (size != 2 && size != 3)
    throw nb::type_error(fmt::format("{}: it returns (seconds, kind), (seconds, kind, scope) or None, not {}",
                                     place(p), Py_TYPE(answer)->tp_name)
                             .c_str());
  const double delay_s = PyFloat_AsDouble(PyTuple_GET_ITEM(answer, 0));
  if (PyErr_Occurred() != nullptr) throw nb::python_error();
  if (std::isnan(delay_s) || delay_s < 0)
    throw std::invalid_argument(fmt::format("{}: a failure after {} s", place(p), delay_s));
  const auto text = [&](Py_ssize_t i) {
    Py_ssize_t length = 0;
    const char* utf8 = PyUnicode_AsUTF8AndSize(PyTuple_GET_ITEM(answer, i), &length);
    if (utf8 == nullptr) throw nb::python_error();
    return std::string_view(utf8, static_cast<std::size_t>(length));
  };
  const std::string_view kind = text(1), scope = size == 3 ? text(2) : std::string_view();
  std::string known;
  for (std::uint32_t i = 0; i < p.classes.size(); ++i) {
    const FailureClass& c = p.classes[i];
    if (!p.may_have(c)) continue;
    if (c.name == kind && (scope.empty() || scope == scope_name(c.scope))) return {delay_s, i};
    known += fmt::format("{}{} ({})", known.empty() ? "" : ", ", c.name, scope_name(c.scope));
  }
  throw std::invalid_argument(fmt::format("{}: there is no kind '{}'{}; known are {}", place(p), kind,
                                          scope.empty() ? "" : fmt::format(" of scope '{}'", scope),
                                          known.empty() ? "none" : known));
}

}  // namespace

const Population& FailureView::population() const {
  if (population_ == nullptr)
    throw std::runtime_error("a failure view can be looked at during a call of the failure model alone");
  return *population_;
}

random::Stream& FailureView::stream() const { return population(), *stream_; }

std::string FailureView::scope() const { return kind_name(population().kind); }

nb::list FailureView::kinds() const {
  nb::list out;
  for (const FailureClass& c : population().classes)
    if (population().may_have(c))
      out.append(nb::make_tuple(c.name, scope_name(c.scope), rate_of(c, population())));
  return out;
}

std::vector<std::string> FailureView::profile() const {
  std::vector<std::string> out;
  for (const FailureClass& c : population().classes) out.push_back(c.name);
  return out;
}

double FailureView::rate(const std::string& kind) const {
  double sum = 0;
  for (const FailureClass& c : population().classes)
    if (c.name == kind) sum += rate_of(c, population());
  return sum;
}

double FailureView::exponential(double mean) { return stream().exponential(positive(mean, "the mean")); }
double FailureView::normal(double mean, double deviation) {
  return stream().normal(mean, positive(deviation, "the deviation"));
}
double FailureView::lognormal(double median, double sigma) {
  return stream().lognormal(positive(median, "the median"), positive(sigma, "sigma"));
}
double FailureView::weibull(double scale, double shape) {
  return stream().weibull(positive(scale, "the scale"), positive(shape, "the shape"));
}

void FailureView::begin(const Population& population, random::Stream& stream) {
  population_ = &population;
  stream_ = &stream;
}

void FailureView::end() {
  population_ = nullptr;
  stream_ = nullptr;
}

PythonLaw::~PythonLaw() {
  for (const auto& [thread, view] : views_) Py_XDECREF(view.object);
  Py_XDECREF(failure_);
}

PythonLaw::View& PythonLaw::view() const {
  View& mine = views_[std::this_thread::get_id()];
  if (mine.object == nullptr) {
    const nb::object made = nb::cast(FailureView{}, nb::rv_policy::move);
    mine.content = nb::cast<FailureView*>(made);
    mine.object = made.inc_ref().ptr();
  }
  return mine;
}

/// Takes the exception that is set; it says where the run stood.
void PythonLaw::keep_failure(const Population& population) const {
  PyObject* value = take_exception();
  if (failure_ != nullptr) {  // another thread's came first
    Py_XDECREF(value);
    return;
  }
  const std::string where = place(population);
  PyObject* noted = PyObject_CallMethod(value, "add_note", "s", where.c_str());
  if (noted == nullptr) PyErr_Clear();
  Py_XDECREF(noted);
  failure_ = value;
  stop_.request_stop();
}

FailureModel::Failure PythonLaw::next(const Population& population, random::Stream& stream) const {
  if (stop_.stop_requested()) return kNever;
  const PyGILState_STATE state = PyGILState_Ensure();
  FailureModel::Failure out = kNever;
  try {
    View& mine = view();
    mine.content->begin(population, stream);
    PyObject* answer = PyObject_CallOneArg(function_, mine.object);
    mine.content->end();
    if (answer == nullptr) throw nb::python_error();
    const nb::object held = nb::steal<nb::object>(answer);
    out = read(held.ptr(), population);
  } catch (nb::python_error& error) {
    error.restore();
    keep_failure(population);
  } catch (const nb::builtin_exception& error) {
    PyErr_SetString(PyExc_TypeError, error.what());
    keep_failure(population);
  } catch (const std::exception& error) {
    PyErr_SetString(PyExc_ValueError, error.what());
    keep_failure(population);
  }
  PyGILState_Release(state);
  return out;
}

void PythonLaw::raise() { PyErr_SetObject(reinterpret_cast<PyObject*>(Py_TYPE(failure_)), failure_); }

}  // namespace gigawatt::python
