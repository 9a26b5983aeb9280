#pragma once
/// Longest paths of the schedules, one function each; theory in schedule_time.h. Private to this module.

#include <algorithm>
#include <array>
#include <cstddef>
#include <memory>
#include <span>

#include "gigawatt/step/schedule_time.h"

namespace gigawatt::step {

/// Numbers that live on the stack while they are few. Not initialized.
template <std::size_t kInline>
class Numbers {
 public:
  explicit Numbers(std::int64_t count) {
    if (static_cast<std::size_t>(count) > kInline)
      heap_ = std::make_unique_for_overwrite<double[]>(static_cast<std::size_t>(count));
    data_ = heap_ ? heap_.get() : inline_;
  }
  Numbers(const Numbers&) = delete;
  Numbers& operator=(const Numbers&) = delete;

  double& operator[](std::int32_t i) { return data_[i]; }
  double operator[](std::int32_t i) const { return data_[i]; }
  double* data() { return data_; }
  const double* data() const { return data_; }

 private:
  double inline_[kInline];  // NOLINT(modernize-avoid-c-arrays): must stay uninitialized
  std::unique_ptr<double[]> heap_;
  double* data_;
};

using RankNumbers = Numbers<72>;
using ChunkNumbers = Numbers<256>;

/// A schedule's times with the busy share of the sends in every operation. `forward` and `data` (data gradient) carry
/// the sends, `backward` is data gradient and weight gradient.
struct PathInput {
  PathInput(const ScheduleShape& shape, std::span<const StageSeconds> stages, double busy, double delay);

  std::int32_t ranks;
  std::int32_t chunks;
  std::int32_t micro_batches;
  std::int32_t group;
  double delay;
  ChunkNumbers forward;
  ChunkNumbers backward;
  ChunkNumbers weight;

  double data(std::int32_t stage) const { return backward[stage] - weight[stage]; }
  double both(std::int32_t stage) const { return forward[stage] + backward[stage]; }
};

double one_forward_one_backward_seconds(const PathInput& in);
double interleaved_seconds(const PathInput& in);
double zero_bubble_seconds(const PathInput& in);
double dualpipe_seconds(const PathInput& in);

}  // namespace gigawatt::step
