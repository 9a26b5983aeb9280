#pragma once
/// A dispatch as a linear program for the solver: the whole year, or a window of it.

#include <memory>
#include <span>
#include <utility>
#include <vector>

#include "gigawatt/grid/dispatch.h"
#include "gigawatt/solver/solve.h"

namespace gigawatt::grid {

/// Hours [begin, end) of a problem.
struct Window {
  std::size_t begin = 0, end = 0;
  std::vector<double> state_mwh;  ///< by storage, at the start
  std::vector<double> before_mw;  ///< by source, in the hour before; empty: no ramp into the first hour
  std::vector<double>
      caps;  ///< by period of the first peak charge, which is then not charged; empty: charged
  /// Cost of the future over the end state of the only storage, as corners of a convex function; empty: the problem's end.
  std::vector<std::pair<double, double>> future;
};

Window whole(const Problem& problem);

struct WindowAnswer {
  double objective = 0;  ///< future included
  std::vector<double>
      cap_saving;  ///< by hour of the window: what one more MW of the capped source would save
};

/// Solves a window and writes its hours into `out` (whose vectors have the problem's lengths); a diagnostic says where no
/// dispatch exists.
tl::expected<WindowAnswer, base::Diagnostics> solve_window(const Problem& problem, const Window& window,
                                                           Dispatch& out);

/// A window that is solved again and again with other numbers, each time from the last basis.
class WindowProgram {
 public:
  /// A program that the solver would misread is a diagnostic.
  static tl::expected<WindowProgram, base::Diagnostics> open(const Problem& problem, const Window& window);
  WindowProgram(WindowProgram&&) noexcept;
  WindowProgram& operator=(WindowProgram&&) noexcept;
  ~WindowProgram();

  /// Solves with the limits of a problem of the same shape, and with the caps, the states and the outputs before of a window
  /// of the same hours. Costs, loads and the value of the future stay.
  tl::expected<WindowAnswer, base::Diagnostics> solve(const Problem& problem, const Window& window,
                                                      Dispatch& out);

 private:
  struct Impl;
  explicit WindowProgram(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

/// Vectors of the right lengths, zero.
Dispatch blank(const Problem& problem);

}  // namespace gigawatt::grid
