#pragma once
/// Two stored runs side by side: what was asked differently, and what came out differently. Stores are only read.

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

namespace gigawatt::results {

struct ComparedRun {
  std::string file;
  std::int64_t id = 0;
  std::string scenario, hash, program, status;
  std::string seed;
  std::string from, to;  ///< period
};

/// Text where one of the two has none is empty; a number is NaN then.
struct InputDifference {
  std::string path, a, b, unit;
};
struct NumberDifference {
  std::string name, unit, subject_kind, subject;
  double a = 0, b = 0;
  double relative = 0;  ///< (b - a) / max(|a|, |b|); 1 or -1 where one is missing or zero
};
struct ClaimDifference {
  std::string id, verdict_a, verdict_b;
  double a = 0, b = 0;
};

struct Comparison {
  ComparedRun a, b;
  std::vector<InputDifference> inputs;    ///< by path
  std::vector<NumberDifference> metrics;  ///< the largest relative difference first
  std::vector<NumberDifference>
      series;  ///< the largest difference of a point, per series; a and b are that point's
  std::vector<ClaimDifference> claims;
  std::uint64_t equal_metrics = 0;
  std::uint64_t equal_series = 0;
};

/// Run 0: the last one of its file. Values whose relative difference is at most `tolerance` are equal. Throws
/// StoreError where a file is no store of this version or has no such run.
Comparison compare(const std::filesystem::path& a, std::int64_t run_a, const std::filesystem::path& b,
                   std::int64_t run_b, double tolerance = 0);

}  // namespace gigawatt::results
