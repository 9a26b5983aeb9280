#pragma once
/// Solving a model: once (`solve`), or again and again with changed numbers (`Session`), each time from the last basis.
///
/// A linear program ends optimal with values, duals and reduced costs. The dual of a row is the change of the objective
/// per unit of its active bound; where several bases are optimal it is only one of the values between the two one-sided
/// derivatives, so nobody should be shown a single dual as a price: change the bound both ways in a session instead.
///
/// Throws base::Stopped where the caller's StopScope is asked to stop.
///
/// A mixed-integer program ends with the best solution found and the bound that proves how good it is; duals are empty.
/// `start` hands in a known solution (values of all columns). A time limit makes the answer depend on the machine; all
/// else is deterministic, on one thread.

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <tl/expected.hpp>

#include "gigawatt/base/diagnostic.h"
#include "gigawatt/solver/model.h"

namespace gigawatt::solver {

enum class Status {
  kOptimal,     ///< proven, within the gap asked for
  kFeasible,    ///< stopped at a limit with a solution
  kInfeasible,  ///< no solution exists
  kUnbounded,   ///< the objective has no lower bound
  kNoSolution,  ///< stopped at a limit without a solution
};
std::string_view to_string(Status status);

enum class Method { kChoose, kSimplex, kInteriorPoint };

struct Options {
  double time_limit_s = kInfinity;
  double relative_gap = 1e-6;  ///< of a mixed-integer program: (objective - bound) / |objective|
  Method method = Method::kChoose;
  double heuristic_effort =
      0.05;  ///< share of the work on a mixed-integer program that looks for solutions, not bounds
  std::vector<double> start;  ///< values of all columns, or empty
};

struct Solution {
  Status status = Status::kNoSolution;
  double objective = 0;
  double bound = 0;          ///< no solution is below it
  std::vector<double> x;     ///< empty where there is no solution
  std::vector<double> dual;  ///< by row; linear programs only
  std::vector<double> reduced_cost;
  std::int64_t iterations = 0;
  std::int64_t nodes = 0;

  bool solved() const { return status == Status::kOptimal || status == Status::kFeasible; }
  /// (objective - bound) / |objective|; 0 where they meet.
  double gap() const;
};

/// A model inside the solver. Changes are cheap; the next solve starts from the last basis.
class Session {
 public:
  /// A number that the solver would misread is a diagnostic ("bad-program").
  static tl::expected<Session, base::Diagnostic> open(const Model& model);
  Session(Session&&) noexcept;
  Session& operator=(Session&&) noexcept;
  ~Session();

  void set_cost(int column, double cost);
  void set_bounds(int column, double low, double high);
  void set_row(int row, double low, double high);

  /// An answer of the solver that is none of the statuses is a diagnostic ("solver-failed").
  tl::expected<Solution, base::Diagnostic> solve(const Options& options = {});

 private:
  struct Impl;
  explicit Session(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

tl::expected<Solution, base::Diagnostic> solve(const Model& model, const Options& options = {});

/// "HiGHS 1.15.1".
std::string solver_version();

}  // namespace gigawatt::solver
