#pragma once
/// Which inputs a result's spread comes from: variance-based indices (Sobol 1993; design and first index of
/// Saltelli et al. 2010, total index of Jansen 1999).
///
///     S_i  = V(E(f | x_i)) / V(f)            by x_i alone
///     ST_i = 1 - V(E(f | x_~i)) / V(f)       by x_i and all that it does together with others
///
/// From two independent samples A and B of n points and, for each input i, the points of A with the i-th coordinate of B
/// (AB_i):
///
///     S_i  = sum_k (f(B)_k - m) (f(AB_i)_k - f(A)_k) / (n V),     ST_i = sum_k (f(A)_k - f(AB_i)_k)^2 / (2 n V)
///
/// both exactly 0 of an input that does nothing; mean m and V over A and B together. Confidence: the samples drawn again with replacement (bootstrap), the 5th and 95th percentile of
/// 400 draws. Convergence: the same over the first quarter and the first half of the samples. A result that does not vary has
/// no indices.

#include <cstdint>
#include <optional>
#include <vector>

namespace gigawatt::analysis {

/// Results of the design, by sample; `mixed[i][k]` is f(AB_i)_k.
struct SobolSample {
  std::vector<double> a, b;
  std::vector<std::vector<double>> mixed;
};

struct SobolIndex {
  double value = 0, low = 0, high = 0;  ///< 90% interval
};

struct SobolInput {
  SobolIndex first, total;
};

struct SobolStage {
  std::size_t samples = 0;
  std::vector<double> first, total;  ///< by input
};

struct SobolIndices {
  std::size_t samples = 0;
  double mean = 0, deviation = 0;
  std::vector<SobolInput> inputs;  ///< empty: the result does not vary, or there are fewer than two samples
  std::vector<SobolStage> stages;  ///< ascending numbers of samples, the last has all

  /// Largest half width of a total index: how far the indices are from settled.
  double widest() const;
};

SobolIndices sobol_indices(const SobolSample& sample, std::uint64_t seed);

}  // namespace gigawatt::analysis
