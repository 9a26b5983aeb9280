#include "gigawatt/analysis/sample.h"

#include <array>
#include <bit>
#include <numeric>

#include "gigawatt/base/check.h"
#include "gigawatt/base/random.h"

namespace gigawatt::analysis {
namespace {

using Points = std::vector<std::vector<double>>;

/// Streams of designs lie apart from those of futures, which count from zero.
constexpr std::uint64_t kFirstStream = std::uint64_t{1} << 40;

random::Stream stream(std::uint64_t seed, std::size_t axis) {
  return {seed, random::Domain::kMonteCarlo, kFirstStream + axis};
}

Points latin_hypercube(std::size_t runs, std::size_t axes, std::uint64_t seed) {
  Points points(runs, std::vector<double>(axes));
  std::vector<std::size_t> strata(runs);
  for (std::size_t axis = 0; axis < axes; ++axis) {
    random::Stream draws = stream(seed, axis);
    std::iota(strata.begin(), strata.end(), std::size_t{0});
    for (std::size_t i = runs; i > 1; --i) std::swap(strata[i - 1], strata[draws.below(i)]);
    for (std::size_t i = 0; i < runs; ++i)
      points[i][axis] = (static_cast<double>(strata[i]) + draws.uniform()) / static_cast<double>(runs);
  }
  return points;
}

/// A primitive polynomial and the first direction numbers of an axis, as new-joe-kuo-6 lists them.
struct Direction {
  unsigned degree, coefficients;
  std::array<std::uint32_t, 7> first;
};
constexpr Direction kDirections[kSobolAxes - 1] = {
    {1, 0, {1}},
    {2, 1, {1, 3}},
    {3, 1, {1, 3, 1}},
    {3, 2, {1, 1, 1}},
    {4, 1, {1, 1, 3, 3}},
    {4, 4, {1, 3, 5, 13}},
    {5, 2, {1, 1, 5, 5, 17}},
    {5, 4, {1, 1, 5, 5, 5}},
    {5, 7, {1, 1, 7, 11, 19}},
    {5, 11, {1, 1, 5, 1, 1}},
    {5, 13, {1, 1, 1, 3, 11}},
    {5, 14, {1, 3, 5, 5, 31}},
    {6, 1, {1, 3, 3, 9, 7, 49}},
    {6, 13, {1, 1, 1, 15, 21, 21}},
    {6, 16, {1, 3, 1, 13, 27, 49}},
    {6, 19, {1, 1, 1, 15, 7, 5}},
    {6, 22, {1, 3, 1, 15, 13, 25}},
    {6, 25, {1, 1, 5, 5, 19, 61}},
    {7, 1, {1, 3, 7, 11, 23, 15, 103}},
    {7, 4, {1, 3, 7, 13, 13, 15, 69}},
};

std::array<std::uint32_t, 32> direction_words(std::size_t axis) {
  std::array<std::uint32_t, 32> v{};
  if (axis == 0) {
    for (unsigned i = 0; i < 32; ++i) v[i] = 1u << (31 - i);
    return v;
  }
  const Direction& d = kDirections[axis - 1];
  const unsigned s = d.degree;
  for (unsigned i = 0; i < 32; ++i) {
    if (i < s) {
      v[i] = d.first[i] << (31 - i);
      continue;
    }
    v[i] = v[i - s] ^ (v[i - s] >> s);
    for (unsigned k = 1; k < s; ++k)
      if ((d.coefficients >> (s - 1 - k)) & 1u) v[i] ^= v[i - k];
  }
  return v;
}

Points sobol(std::size_t runs, std::size_t axes, std::uint64_t seed) {
  GW_CHECK(axes <= kSobolAxes, "{} axes have direction numbers", kSobolAxes);
  Points points(runs, std::vector<double>(axes));
  for (std::size_t axis = 0; axis < axes; ++axis) {
    const auto v = direction_words(axis);
    std::uint32_t x = 0;
    const auto shift = static_cast<std::uint32_t>(stream(seed, axis).bits());
    for (std::size_t i = 0; i < runs; ++i) {
      points[i][axis] = static_cast<double>(x ^ shift) * 0x1p-32;
      x ^= v[static_cast<std::size_t>(std::countr_one(i))];  // Gray code order
    }
  }
  return points;
}

Points grid(std::size_t runs, std::size_t axes) {
  const std::size_t levels = grid_levels(runs, axes);
  GW_CHECK(levels > 0, "{} is no power of {} axes", runs, axes);
  Points points(runs, std::vector<double>(axes));
  for (std::size_t i = 0; i < runs; ++i) {
    std::size_t rest = i;
    for (std::size_t axis = axes; axis-- > 0; rest /= levels)
      points[i][axis] = (static_cast<double>(rest % levels) + 0.5) / static_cast<double>(levels);
  }
  return points;
}

Points saltelli(std::size_t samples, std::size_t axes, std::uint64_t seed) {
  const Points both =
      2 * axes <= kSobolAxes ? sobol(samples, 2 * axes, seed) : latin_hypercube(samples, 2 * axes, seed);
  Points points;
  for (const auto& row : both) {
    const auto middle = row.begin() + static_cast<std::ptrdiff_t>(axes);
    points.emplace_back(row.begin(), middle);
    points.emplace_back(middle, row.end());
    for (std::size_t axis = 0; axis < axes; ++axis) {
      points.emplace_back(row.begin(), middle);
      points.back()[axis] = row[axes + axis];
    }
  }
  return points;
}

}  // namespace

std::size_t grid_levels(std::size_t runs, std::size_t axes) {
  for (std::size_t levels = 1; levels <= runs; ++levels) {
    std::size_t power = 1;
    for (std::size_t axis = 0; axis < axes && power <= runs; ++axis) power *= levels;
    if (power == runs) return levels;
    if (power > runs) break;
  }
  return 0;
}

Points unit_points(SampleMethod method, std::size_t runs, std::size_t axes, std::uint64_t seed) {
  switch (method) {
    case SampleMethod::kLhs: return latin_hypercube(runs, axes, seed);
    case SampleMethod::kSobol: return sobol(runs, axes, seed);
    case SampleMethod::kGrid: return grid(runs, axes);
    case SampleMethod::kSaltelli: return saltelli(runs, axes, seed);
  }
  return {};
}

}  // namespace gigawatt::analysis
