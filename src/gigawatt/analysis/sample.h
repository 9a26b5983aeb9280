#pragma once
/// Points of the unit cube for a sampled sweep.
///
/// lhs: Latin hypercube (McKay, Beckman and Conover 1979). Of n points each of the n equal strata of every axis holds
/// exactly one, at a uniform place within.
/// sobol: Sobol's sequence with the direction numbers of Joe and Kuo (2008), shifted by a random word per axis (a digital
/// shift), which keeps that of 2^k points each of the 2^k strata of every axis holds exactly one.
/// grid: the midpoints of equal cells, n = levels^axes.
/// saltelli: the design of variance-based indices (sobol_indices.h). Of each of n samples the points A, B and, for each axis,
/// A with that coordinate of B: n (axes + 2) points, a sample's together. A and B are the halves of points with twice the axes,
/// Sobol's where there are direction numbers for so many, else a Latin hypercube.

#include <cstdint>
#include <string_view>
#include <vector>

namespace gigawatt::analysis {

enum class SampleMethod : std::uint8_t { kLhs, kSobol, kGrid, kSaltelli };
inline constexpr std::string_view kSampleMethods[] = {"lhs", "sobol", "grid", "saltelli"};

/// Axes for which there are direction numbers.
inline constexpr std::size_t kSobolAxes = 21;

/// Levels of a grid of `runs` points; 0: `runs` is no such power.
std::size_t grid_levels(std::size_t runs, std::size_t axes);

/// points[i][axis] in [0, 1). Sobol: at most kSobolAxes axes; grid: `runs` is a power (grid_levels); saltelli: `runs`
/// samples.
std::vector<std::vector<double>> unit_points(SampleMethod method, std::size_t runs, std::size_t axes,
                                             std::uint64_t seed);

}  // namespace gigawatt::analysis
