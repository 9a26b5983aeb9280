#include <array>
#include <cmath>
#include <stop_token>

#include <fmt/format.h>

#include "gigawatt/base/check.h"
#include "gigawatt/base/stop.h"
#include "gigawatt/solver/highs_library.h"
#include "gigawatt/solver/solve.h"

namespace gigawatt::solver {
namespace {

constexpr std::array<std::string_view, 5> kStatusNames = {"optimal", "feasible", "infeasible", "unbounded",
                                                          "no-solution"};

/// HiGHS takes an option or a change silently or with kHighsStatusError; an error here is our bug.
void must(HighsInt status) { GW_CHECK(status != kHighsStatusError, "HiGHS refused a change of the model"); }

/// Called by HiGHS now and then while it works: ends it where the caller's scope is asked to stop.
void interrupt(int, const char*, const HighsCallbackDataOut*, HighsCallbackDataIn* in, void* token) {
  if (static_cast<const std::stop_token*>(token)->stop_requested()) in->user_interrupt = 1;
}

const char* method_name(Method method) {
  switch (method) {
    case Method::kSimplex: return "simplex";
    case Method::kInteriorPoint: return "ipx";
    case Method::kChoose: break;
  }
  return "choose";
}

}  // namespace

std::string_view to_string(Status status) { return kStatusNames[static_cast<std::size_t>(status)]; }

double Solution::gap() const {
  const double distance = objective - bound;
  if (!solved() || distance <= 0) return 0;
  return objective == 0 ? kInfinity : distance / std::abs(objective);
}

struct Session::Impl {
  void* highs = highs_api().create();
  int columns = 0, rows = 0;
  bool mixed_integer = false;
  std::stop_token stop;  ///< of the scope in which it is solved

  Impl() {
    must(highs_api().setBoolOptionValue(highs, "output_flag", 0));
    must(highs_api().setIntOptionValue(highs, "threads", 1));
    must(highs_api().setStringOptionValue(highs, "parallel", "off"));
    must(highs_api().setCallback(highs, interrupt, &stop));
    for (const HighsInt kind :
         {kHighsCallbackSimplexInterrupt, kHighsCallbackIpmInterrupt, kHighsCallbackMipInterrupt})
      must(highs_api().startCallback(highs, kind));
  }
  ~Impl() { highs_api().destroy(highs); }
  Impl(const Impl&) = delete;
  Impl& operator=(const Impl&) = delete;

  double number(const char* info) const {
    double value = 0;
    highs_api().getDoubleInfoValue(highs, info, &value);
    return value;
  }
  HighsInt integer(const char* info) const {
    HighsInt value = 0;
    highs_api().getIntInfoValue(highs, info, &value);
    return value;
  }
  tl::expected<Status, base::Diagnostic> status() const;
  void read(Solution& out) const;
};

tl::expected<Status, base::Diagnostic> Session::Impl::status() const {
  const bool feasible = integer("primal_solution_status") == kHighsSolutionStatusFeasible;
  const HighsInt answer = highs_api().getModelStatus(highs);
  switch (answer) {
    case kHighsModelStatusOptimal:
    case kHighsModelStatusModelEmpty: return Status::kOptimal;
    case kHighsModelStatusInfeasible: return Status::kInfeasible;
    case kHighsModelStatusUnbounded: return Status::kUnbounded;
    case kHighsModelStatusTimeLimit:
    case kHighsModelStatusIterationLimit:
    case kHighsModelStatusSolutionLimit:
    case kHighsModelStatusInterrupt:
      return feasible && mixed_integer ? Status::kFeasible : Status::kNoSolution;
    default: break;
  }
  return tl::unexpected(base::error("solver-failed", fmt::format("HiGHS ends with its status {}", answer),
                                    "scale the units of the model towards 1"));
}

void Session::Impl::read(Solution& out) const {
  out.x.resize(static_cast<std::size_t>(columns));
  out.reduced_cost.resize(static_cast<std::size_t>(columns));
  out.dual.resize(static_cast<std::size_t>(rows));
  std::vector<double> activity(static_cast<std::size_t>(rows));
  must(highs_api().getSolution(highs, out.x.data(), out.reduced_cost.data(), activity.data(),
                               out.dual.data()));
  out.objective = number("objective_function_value");
  out.bound = mixed_integer ? number("mip_dual_bound") : out.objective;
  if (mixed_integer) {
    out.dual.clear();
    out.reduced_cost.clear();
    std::int64_t nodes = 0;
    highs_api().getInt64InfoValue(highs, "mip_node_count", &nodes);
    out.nodes = nodes;
  }
}

/// Of HiGHS's presolve, bit 9: the substitution in equations of two columns. In HiGHS 1.15.1 it can cut off the best
/// solution of a mixed-integer program, which then ends "optimal" with a worse one (findings/highs-doubleton.sh).
constexpr HighsInt kDoubletonEquations = 1 << 9;

Session::Session(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Session::Session(Session&&) noexcept = default;
Session& Session::operator=(Session&&) noexcept = default;
Session::~Session() = default;

tl::expected<Session, base::Diagnostic> Session::open(const Model& model) {
  if (auto defect = model.defect(); !defect.empty())
    return tl::unexpected(base::error("bad-program", std::move(defect),
                                      "bounds, costs and coefficients must be finite, below 1e15, and "
                                      "coefficients above 1e-9: choose larger or smaller units"));
  auto impl = std::make_unique<Impl>();
  impl->columns = model.columns();
  impl->rows = model.rows();
  impl->mixed_integer = model.mixed_integer();
  if (impl->mixed_integer)
    must(highs_api().setIntOptionValue(impl->highs, "presolve_rule_off", kDoubletonEquations));
  const auto a = model.by_columns();
  const auto entries = static_cast<HighsInt>(a.row.size());
  must(highs_api().passModel(
      impl->highs, model.columns(), model.rows(), entries, 0, kHighsMatrixFormatColwise, 0,
      kHighsObjSenseMinimize, model.offset(), model.cost().data(), model.low().data(), model.high().data(),
      model.row_low().data(), model.row_high().data(), a.start.data(), a.row.data(), a.value.data(), nullptr,
      nullptr, nullptr, model.mixed_integer() ? model.integrality().data() : nullptr));
  return Session(std::move(impl));
}

void Session::set_cost(int column, double cost) {
  must(highs_api().changeColsCostByRange(impl_->highs, column, column, &cost));
}

void Session::set_bounds(int column, double low, double high) {
  must(highs_api().changeColBounds(impl_->highs, column, low, high));
}

void Session::set_row(int row, double low, double high) {
  must(highs_api().changeRowBounds(impl_->highs, row, low, high));
}

tl::expected<Solution, base::Diagnostic> Session::solve(const Options& options) {
  Impl& s = *impl_;
  base::heed_stop();
  s.stop = base::current_stop();
  must(highs_api().setDoubleOptionValue(s.highs, "time_limit", options.time_limit_s));
  must(highs_api().setDoubleOptionValue(s.highs, "mip_rel_gap", options.relative_gap));
  must(highs_api().setDoubleOptionValue(s.highs, "mip_heuristic_effort", options.heuristic_effort));
  must(highs_api().setStringOptionValue(s.highs, "solver", method_name(options.method)));
  if (!options.start.empty()) {
    GW_CHECK(options.start.size() == static_cast<std::size_t>(s.columns), "{} values for {} columns",
             options.start.size(), s.columns);
    must(highs_api().setSolution(s.highs, options.start.data(), nullptr, nullptr, nullptr));
  }
  if (highs_api().run(s.highs) == kHighsStatusError)
    return tl::unexpected(base::error("solver-failed", "HiGHS gives up on the program"));
  if (highs_api().getModelStatus(s.highs) == kHighsModelStatusUnboundedOrInfeasible) {
    // Presolve has seen that one of the two holds; the simplex method without it tells which.
    must(highs_api().setStringOptionValue(s.highs, "presolve", "off"));
    highs_api().run(s.highs);
    must(highs_api().setStringOptionValue(s.highs, "presolve", "choose"));
  }
  base::heed_stop();
  const auto status = s.status();
  if (!status) return tl::unexpected(status.error());
  Solution out;
  out.status = *status;
  out.iterations = s.integer("simplex_iteration_count") + s.integer("ipm_iteration_count");
  if (out.solved()) s.read(out);
  return out;
}

tl::expected<Solution, base::Diagnostic> solve(const Model& model, const Options& options) {
  auto session = Session::open(model);
  if (!session) return tl::unexpected(session.error());
  return session->solve(options);
}

std::string solver_version() { return fmt::format("HiGHS {}", highs_api().version()); }

}  // namespace gigawatt::solver
