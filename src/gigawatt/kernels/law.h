#pragma once
/// Time of one call of a serving kernel as a norm of physical terms, and the fit of its few constants.
///
/// A kernel does several things at once: it reads weights, multiplies, moves activations, walks a sequence, waits
/// for a last wave of thread blocks. Each of them alone would take a time that the data sheet and the shape give: a
/// *term*, in seconds at the data sheet's rates (bytes over bandwidth, FLOPs over peak, whole waves of tiles), or a
/// count times a nominal unit (a launch of 1 us). The kernel takes
///
///     t = (sum over i of (c_i term_i)^p)^(1/p),     c_i >= 0,  p in {1, 1.5, 2, 3}
///
/// c_i: how much slower than the data sheet this part of the kernel is (1/efficiency); p: how well the parts overlap
/// (1: one after the other; large: the slowest decides). For a fixed p the fit is linear in c_i^p and convex, so that
/// it has one answer and needs no start values:
///
///     minimize sum over calls of w_k (sum_i c_i^p (term_ik / t_k)^p - 1)^2,   weights w_k = 1 / max(|log error|, 3%)
///
/// which is least squares on the relative error, re-weighted towards the median error (Lawson-Hanson non-negativity,
/// solved by coordinate descent on the normal equations). Terms that the calls do not need get c_i = 0. The p with the
/// smallest mean error is kept. Because the terms carry the chip's data sheet, constants of one chip are a fair guess
/// for another of its generation.
///
/// Units: seconds. Pure; no allocation in `seconds`.
/// Source of the form: Williams, Waterman, Patterson, Roofline (CACM 2009), with a smooth maximum; Lawson and Hanson,
/// Solving Least Squares Problems (1974), for the non-negative fit.

#include <array>
#include <cstddef>
#include <span>
#include <string_view>
#include <vector>

namespace gigawatt::kernels {

/// The terms of one call, in a fixed order per family of kernels.
struct Terms {
  static constexpr std::size_t kCapacity = 14;
  struct Term {
    const char* name = "";
    double seconds = 0;
  };
  std::array<Term, kCapacity> list{};
  std::size_t count = 0;

  /// Terms are never negative; one that is not a number counts as absent.
  void add(const char* name, double seconds);
  std::span<const Term> all() const { return {list.data(), count}; }
};

/// The fitted constants of one kernel.
struct Law {
  double exponent = 1;
  std::array<double, Terms::kCapacity> slowness{};  ///< c_i, in the order of the family's terms
  std::size_t calls = 0;                            ///< measured calls behind it
  double median_error_pct = 0;                      ///< on those calls

  double seconds(const Terms& terms) const;
};

/// Fits the constants to measured `seconds` (all positive). `terms` and `seconds` have the same length, at least one.
Law fit_law(std::span<const Terms> terms, std::span<const double> seconds);

}  // namespace gigawatt::kernels
