#include "gigawatt/step/schedule_paths.h"

#include "gigawatt/base/real.h"

namespace gigawatt::step {
namespace {

using base::real;

/// There and back from rank r over all ranks behind it.
template <typename Seconds>
void behind(std::int32_t ranks, double delay, const Seconds& seconds, RankNumbers& out) {
  double sum = 0;
  for (std::int32_t r = ranks - 1; r >= 0; --r) {
    out[r] = sum;
    sum += seconds(r) + 2 * delay;
  }
}

}  // namespace

PathInput::PathInput(const ScheduleShape& shape, std::span<const StageSeconds> stages, double busy,
                     double delay_)
    : ranks(shape.ranks),
      chunks(shape.chunks),
      micro_batches(shape.micro_batches),
      group(group_size(ranks, chunks, micro_batches)),
      delay(delay_),
      forward(ranks * chunks),
      backward(ranks * chunks),
      weight(ranks * chunks) {
  for (std::int32_t i = 0; i < ranks * chunks; ++i) {
    const StageSeconds& s = stages[static_cast<std::size_t>(i)];
    forward[i] = s.forward + busy;
    backward[i] = s.backward + s.weight + busy;
    weight[i] = s.weight;
  }
}

double one_forward_one_backward_seconds(const PathInput& in) {
  const std::int32_t n = in.micro_batches;
  RankNumbers beyond(in.ranks);
  behind(in.ranks, in.delay, [&](std::int32_t r) { return in.both(r); }, beyond);
  double before = 0;
  double best = 0;
  double most_forward = 0;  // the fill may be held up by any rank on the way
  double most_backward = 0;
  for (std::int32_t r = 0; r < in.ranks; ++r) {
    const double t = in.both(r);
    const double there = beyond[r];
    const std::int32_t k = in.ranks - r - 1;
    most_forward = std::max(most_forward, in.forward[r]);
    most_backward = std::max(most_backward, in.backward[r]);
    if (n <= k + 1) {
      best = std::max(best, before + std::max({n * t, (n - 1) * most_forward + t + there,
                                               (n - 1) * most_backward + t + there}));
    } else {
      best = std::max(best, before + (n - k) * t + std::max(k * most_forward, there) +
                                std::max(k * most_backward, there));
      double cycle = t;
      for (std::int32_t s = r + 1; s < in.ranks && in.delay > 0; ++s) {
        cycle += in.both(s) + 2 * in.delay;
        best = std::max(best, before + 2 * (t + there) + real(n - k - 2) / (s - r + 1) * cycle);
      }
    }
    before += t + 2 * in.delay;
  }
  return best;
}

double zero_bubble_seconds(const PathInput& in) {
  const std::int32_t n = in.micro_batches;
  RankNumbers beyond(in.ranks);
  behind(in.ranks, in.delay, [&](std::int32_t r) { return in.forward[r] + in.data(r); }, beyond);
  double before = 0;
  double after = 0;  // from the rank's last backward to the end
  double best = 0;
  double most_forward = 0;
  double most_drain = 0;
  double most_backward = 0;
  for (std::int32_t r = 0; r < in.ranks; ++r) {
    const double f = in.forward[r];
    const double d = in.data(r);
    const double w = in.weight[r];
    const double there = beyond[r];
    const std::int32_t k = in.ranks - r - 1;
    const std::int32_t left = std::min(r + 1, n);  // weight gradients after the last backward
    after = r == 0 ? w : std::max(left * w, in.data(r - 1) + in.delay + after);
    most_forward = std::max(most_forward, f);
    most_drain = std::max(most_drain, d + w);
    most_backward = std::max(most_backward, (n - 1) * d + (n - left) * w);
    if (n <= k + 1) {
      const double last = d + most_backward;
      best = std::max(best, before + after +
                                std::max({n * f + n * d + (n - left) * w,
                                          (n - 1) * most_forward + f + there + d, f + there + last}));
    } else {
      const double drain = k * d + std::min(k, std::max(0, n - 1 - r)) *
                                       w;  // backwards between the last forward and the last backward
      const double fill = std::max(k * most_forward, there) - k * f;
      best = std::max(best, before + after + n * (f + d + w) - left * w + std::max(0.0, fill) +
                                std::max(0.0, std::max(k * most_drain, there) - drain));
      double cycle = f + d;
      for (std::int32_t s = r + 1; s < in.ranks && in.delay > 0; ++s) {
        cycle += in.forward[s] + in.data(s) + 2 * in.delay;
        const double turns = real(n - k - 2) * cycle + std::max(0, n - k - 1 - r) * w;
        best = std::max(best, before + after + 2 * (f + d + there) + turns / (s - r + 1));
      }
    }
    before += f + in.delay;
  }
  return best;
}

double dualpipe_seconds(const PathInput& in) {
  const std::int32_t p = in.ranks;
  const std::int32_t half = p / 2;
  const std::int32_t n = in.micro_batches / 2;  // of each direction
  // Chains through the ranks between r and its mirror image: forwards and data gradients alone, first backward of the
  // other direction until its return, pairs that run together.
  RankNumbers inner_forward(half);
  RankNumbers inner_data(half);
  RankNumbers first_return(half);
  RankNumbers inner_pairs(half);
  double forwards = 0;
  double data = 0;
  double returns = 0;
  double pairs = 0;
  for (std::int32_t r = half - 1; r >= 0; --r) {
    const std::int32_t m = p - 1 - r;
    inner_forward[r] = forwards;
    inner_data[r] = data;
    first_return[r] = returns;
    inner_pairs[r] = pairs;
    forwards += in.forward[r] + in.forward[m];
    data += in.data(r) + in.data(m);
    returns += (r == half - 1 ? in.backward[m] : in.data(m)) + in.forward[m] + in.backward[r];
    pairs += in.both(r) + in.both(m);
  }
  const auto wait = [](double chain, double own) { return std::max(0.0, chain - own); };
  double before = 0;
  double after = 0;
  double best = 0;
  double outer = 0;  // forward and data gradient of the other direction's last stages
  double joint = 0;  // backwards that run together with them
  for (std::int32_t r = 0; r < half; ++r) {
    const std::int32_t m = p - 1 - r;
    const std::int32_t inside = half - r - 1;
    const double hops = (p - 1 - 2 * r) * in.delay;
    const double f = in.forward[r];
    const double w = (in.weight[r] + in.weight[m]) / 2;
    const double b = in.backward[r] + in.backward[m];
    double waits = wait(inner_forward[r] + hops, 2 * inside * f);  // first forward of the other direction
    waits += wait(outer + 2 * r * in.delay,
                  r * (f + in.forward[m]) + (inside == 0 ? f : 0));  // its first backward
    const double zero_bubble_turns = inside == 0 ? 0
                                                 : inside * (in.weight[m] + in.forward[m]) +
                                                       (inside - 1) * in.data(m) + f + in.backward[m];
    waits += wait(first_return[r] + hops, zero_bubble_turns);  // first backward of the own direction
    waits +=
        wait(inner_pairs[r] + hops, inside * (in.forward[m] + b));  // last forward of the other direction
    if (r > 0)
      waits += wait(outer + in.weight[p - 1] + joint + 2 * r * in.delay,
                    r * b - (r - 1) * w);                            // its last backward
    waits += wait(inner_data[r] + hops, inside * (in.data(r) + w));  // last backward of the own direction
    after = r == 0 ? w : std::max((r + 1) * w, in.data(r - 1) + in.delay + after);
    const double own = in.both(r) + in.both(m);
    const double path = before + waits + n * own - (r + 1) * w + after;
    best = std::max(best, path);
    double cycle = 0;
    for (std::int32_t s = r; s < half && in.delay > 0; ++s) {
      cycle += in.both(s) + in.both(p - 1 - s);
      const double period = (cycle + (2 * (s - r) + (s == half - 1 ? 1 : 0)) * in.delay) / (s - r + 1);
      best = std::max(best, path + (n - p + r + 1) * (period - own));
    }
    before += f + in.delay;
    outer += in.forward[m] + in.data(m);
    joint += in.backward[r];
  }
  return best;
}

}  // namespace gigawatt::step
