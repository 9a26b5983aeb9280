#include "policy.h"

#include <algorithm>
#include <cmath>
#include <stdexcept>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "raised.h"

namespace gigawatt::python {
namespace {

constexpr double kMicro = 1e-6;
constexpr double kPowerTolerance = 1e-9;  // as scheduling::ListPolicy: watts are sums
using scheduling::Queue;

double seconds(base::SimTime t) { return static_cast<double>(t.us) * kMicro; }

std::optional<std::int64_t> found(std::uint32_t position) {
  return position == Queue::kEnd ? std::nullopt : std::optional<std::int64_t>(position);
}

std::uint32_t behind(std::int64_t position) {
  if (position < -1 || position >= static_cast<std::int64_t>(Queue::kEnd))
    throw std::out_of_range(fmt::format("there is no position {}", position));
  return static_cast<std::uint32_t>(position + 1);
}

}  // namespace

void ClusterView::begin(const scheduling::View& view, scheduling::Decision& decision) {
  view_ = &view;
  decision_ = &decision;
  taken_ = 0;
  it_w_ = view.it_w;
}

void ClusterView::end() {
  view_ = nullptr;
  decision_ = nullptr;
}

const scheduling::View& ClusterView::view() const {
  if (view_ == nullptr) throw std::runtime_error("the cluster can be looked at during a decision alone");
  return *view_;
}

const scheduling::Waiting& ClusterView::job(std::int64_t position) const {
  const auto& queue = view().queue;
  if (position < 0 || queue.next(behind(position - 1)) != position)
    throw std::out_of_range(fmt::format("nobody waits at position {}", position));
  return queue[static_cast<std::uint32_t>(position)];
}

double ClusterView::now_s() const { return seconds(view().now); }
std::int64_t ClusterView::free() const { return view().capacity.free(0) - taken_; }
std::int64_t ClusterView::total() const { return view().capacity.total(0); }
std::size_t ClusterView::waiting() const { return view().queue.size(); }
std::size_t ClusterView::running() const { return view().running.size(); }
double ClusterView::it_w() const { return view(), it_w_; }
double ClusterView::power_cap_w() const { return view().it_cap_w; }

std::optional<std::int64_t> ClusterView::next(std::int64_t position) const {
  return found(view().queue.next(behind(position)));
}

std::optional<std::int64_t> ClusterView::next_fitting(std::int64_t position, std::int64_t units) const {
  return found(view().queue.next_fitting(behind(position), units));
}

std::int64_t ClusterView::units(std::int64_t position) const { return job(position).options[0].units; }
double ClusterView::estimate_s(std::int64_t position) const {
  return static_cast<double>(job(position).options[0].expected_us) * kMicro;
}
double ClusterView::waited_s(std::int64_t position) const {
  return (view().now - job(position).queued).to_seconds();
}
std::int64_t ClusterView::priority(std::int64_t position) const { return job(position).priority; }
std::int64_t ClusterView::account(std::int64_t position) const { return job(position).account; }

double ClusterView::usage(std::int64_t account) const {
  const auto usage = view().usage;
  return account >= 0 && static_cast<std::size_t>(account) < usage.size()
             ? usage[static_cast<std::size_t>(account)]
             : 0;
}

std::optional<double> ClusterView::free_at_s(std::int64_t units) const {
  std::int64_t free = this->free();
  if (free >= units) return now_s();
  // Those that this decision starts end too.
  std::vector<std::pair<base::SimTime, std::int64_t>> ends;
  for (const auto& start : decision_->start) {
    const auto& option = view().queue[start.position].options[0];
    ends.emplace_back(view().now + base::Duration{option.expected_us}, option.units);
  }
  std::sort(ends.begin(), ends.end());
  auto own = ends.begin();
  const auto& by_end = view().running.by_end();
  for (auto other = by_end.begin(); other != by_end.end() || own != ends.end();) {
    const bool is_own = other == by_end.end() || (own != ends.end() && own->first < other->first.first);
    const base::SimTime end = is_own ? own->first : other->first.first;
    free += is_own ? own++->second : other++->second.units;
    if (free >= units) return std::max(now_s(), seconds(end));
  }
  return std::nullopt;
}

bool ClusterView::start(std::int64_t position) {
  const scheduling::Waiting& waiting = job(position);
  const auto at = static_cast<std::uint32_t>(position);
  for (const auto& start : decision_->start)
    if (start.position == at)
      throw std::out_of_range(fmt::format("the job at position {} has been started already", position));
  const scheduling::Option& option = waiting.options[0];
  if (option.units > free() || it_w_ + option.it_w > view().it_cap_w * (1 + kPowerTolerance)) return false;
  if (decision_->start.empty()) capacity_ = view().capacity;
  scheduling::Start start{at, 0, {}};
  if (!capacity_.find(option.place, option.units, start.shares)) return false;
  capacity_.take(option.place, start.shares);
  taken_ += option.units;
  it_w_ += option.it_w;
  decision_->start.push_back(std::move(start));
  return true;
}

void ClusterView::wake(double at_s) {
  if (!std::isfinite(at_s) || std::abs(at_s) > 1e12)
    throw std::out_of_range("wake: a time in seconds on the log's clock");
  const base::SimTime at{static_cast<std::int64_t>(at_s / kMicro)};
  if (at <= view().now) throw std::out_of_range("wake: a time that has passed");
  decision_->wake = decision_->wake ? std::min(*decision_->wake, at) : at;
}

void PythonPolicy::decide(const scheduling::View& view, scheduling::Decision& decision) {
  if (failure_ != nullptr || view.queue.empty()) return;
  enter();
  cluster_.begin(view, decision);
  PyObject* returned = PyObject_CallOneArg(function_, view_);
  cluster_.end();
  if (returned == nullptr) {
    failure_ = take_exception();
    decision.clear();
    stop_.request_stop();
  }
  Py_XDECREF(returned);
  thread_ = PyEval_SaveThread();
}

// The interpreter keeps a state for each of its threads, which is dear to make and cheap to take up again.
void PythonPolicy::enter() {
  if (thread_ != nullptr)
    PyEval_RestoreThread(thread_);
  else
    made_ = PyGILState_Ensure();
  thread_ = nullptr;
}

void PythonPolicy::finish() {
  if (thread_ == nullptr) return;
  enter();
  PyGILState_Release(made_);
}

void PythonPolicy::raise() { PyErr_SetObject(reinterpret_cast<PyObject*>(Py_TYPE(failure_)), failure_); }

}  // namespace gigawatt::python
