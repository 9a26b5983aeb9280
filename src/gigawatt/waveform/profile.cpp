#include "gigawatt/waveform/profile.h"

#include <algorithm>
#include <cmath>

#include "gigawatt/base/check.h"

namespace gigawatt::waveform {
namespace {

using step::TimeTerm;

/// Seconds of a piece of work by activity.
using Seconds = std::array<double, kDoings>;

double& at(Seconds& s, Doing d) { return s[static_cast<std::size_t>(d)]; }

double total(const Seconds& s) {
  double sum = 0;
  for (const double x : s) sum += x;
  return sum;
}

double energy(const Seconds& s, const Levels& levels) {
  double joules = 0;
  for (std::size_t d = 0; d < kDoings; ++d) joules += s[d] * levels.watts[d];
  return joules;
}

/// What one stage's forward, backward and weight gradient consist of.
struct StageWork {
  std::array<Seconds, 3> work{};  ///< by step::Work
};

StageWork stage_work(const step::LayerCost& c, double send_busy_s, bool scale_out_sends) {
  StageWork out;
  const Doing sends = scale_out_sends ? Doing::kScaleOut : Doing::kScaleUp;
  Seconds& f = out.work[static_cast<std::size_t>(step::Work::kForward)];
  at(f, Doing::kProducts) = c.forward_products;
  at(f, Doing::kAttention) = c.forward_attention;
  at(f, Doing::kHost) = c.launch_forward;
  at(f, Doing::kScaleUp) = c.tp_forward + c.cp_forward + c.ep_forward;
  at(f, sends) += send_busy_s;
  Seconds& b = out.work[static_cast<std::size_t>(step::Work::kBackward)];
  at(b, Doing::kProducts) = c.backward_products - c.weight_gradient + c.recompute;
  at(b, Doing::kAttention) = c.backward_attention;
  at(b, Doing::kHost) = c.launch_backward;
  at(b, Doing::kScaleUp) = c.tp_backward + c.cp_backward + c.ep_backward;
  at(b, sends) += send_busy_s;
  at(out.work[static_cast<std::size_t>(step::Work::kWeight)], Doing::kProducts) = c.weight_gradient;
  return out;
}

/// Compute takes longer at a lower clock.
void slow(Seconds& s, double clock) {
  at(s, Doing::kProducts) /= clock;
  at(s, Doing::kAttention) /= clock;
}

/// One change of the sum over ranks.
struct PowerChange {
  double at_s;
  double by_w;
};

class Builder {
 public:
  Builder(const step::PricedSchedule& schedule, const step::StepResult& result, const Levels& levels,
          bool scale_out)
      : schedule_(schedule), result_(result), levels_(levels) {
    for (const step::LayerCost& cost : schedule.stages)
      work_.push_back(stage_work(cost, schedule.send_busy_s, scale_out));
    tail_ = {{{result.time[TimeTerm::kDpComm], levels[scale_out ? Doing::kScaleOut : Doing::kScaleUp]},
              {result.time[TimeTerm::kOptimizer], levels[Doing::kOptimizer]},
              {result.time[TimeTerm::kHost], levels[Doing::kHost]},
              {result.time[TimeTerm::kJitter], levels[Doing::kWaiting]}}};
    for (const auto& [seconds, watts] : tail_) tail_s_ += seconds;
  }

  Profile build(std::int32_t only_rank) {
    step::ScheduleInput input = schedule_.input;
    const double free_makespan = step::simulate_schedule(input).makespan_s;
    const double scale = (result_.step_time_s - tail_s_) / free_makespan;
    for (std::size_t s = 0; s < work_.size(); ++s) slow_stage(work_[s], input.stages[s]);
    const step::Timeline timeline = step::simulate_schedule(input);
    Profile out;
    out.levels = levels_;
    out.spread_s = result_.time[TimeTerm::kJitter];
    const double body = timeline.makespan_s * scale;
    out.period_s = body + tail_s_;
    collect(timeline, input, scale, only_rank);
    assemble(out, body, only_rank < 0 ? schedule_.input.ranks : 1);
    out.mean_w = mean_w(input, scale, body, only_rank) / out.period_s;
    return out;
  }

 private:
  /// What slows the compute of a stage slows its slots as much.
  void slow_stage(StageWork& w, step::StageSeconds& seconds) const {
    const std::array<double*, 3> parts = {&seconds.forward, &seconds.backward, &seconds.weight};
    for (std::size_t k = 0; k < parts.size(); ++k) {
      const double before = total(w.work[k]);
      slow(w.work[k], levels_.clock);
      *parts[k] += total(w.work[k]) - before;
    }
  }

  double slot_energy(const step::ScheduleInput& input, std::int32_t stage, std::size_t work) const {
    const Seconds& s = work_[static_cast<std::size_t>(stage)].work[work];
    const step::StageSeconds& seconds = input.stages[static_cast<std::size_t>(stage)];
    const double length = std::array{seconds.forward, seconds.backward, seconds.weight}[work];
    return energy(s, levels_) + (length - total(s)) * levels_[Doing::kWaiting];
  }

  void collect(const step::Timeline& timeline, const step::ScheduleInput& input, double scale,
               std::int32_t only_rank) {
    const double wait = levels_[Doing::kWaiting];
    for (const step::Slot& slot : timeline.slots) {
      if (only_rank >= 0 && slot.rank != only_rank) continue;
      const double length = slot.end_s - slot.begin_s;
      if (length <= 0) continue;
      const auto stage = static_cast<std::size_t>(slot.stage);
      double joules = slot_energy(input, slot.stage, static_cast<std::size_t>(slot.work));
      // A backward is whole, or its weight gradient has a slot of its own.
      const step::StageSeconds& seconds = input.stages[stage];
      if (slot.work == step::Work::kBackward && length - seconds.backward > seconds.weight / 2)
        joules += slot_energy(input, slot.stage, static_cast<std::size_t>(step::Work::kWeight));
      const double above = joules / length - wait;
      changes_.push_back({slot.begin_s * scale, above});
      changes_.push_back({slot.end_s * scale, -above});
    }
    std::sort(changes_.begin(), changes_.end(), [](const PowerChange& a, const PowerChange& b) {
      return a.at_s != b.at_s ? a.at_s < b.at_s : a.by_w < b.by_w;
    });
  }

  void assemble(Profile& out, double body, std::int32_t ranks) const {
    const double wait = levels_[Doing::kWaiting];
    double sum = 0;
    out.from_s.push_back(0);
    out.watts.push_back(wait);
    for (const PowerChange& c : changes_) {
      sum += c.by_w;
      if (c.at_s > out.from_s.back()) {
        out.from_s.push_back(c.at_s);
        out.watts.push_back(0);
      }
      out.watts.back() = wait + sum / ranks;
    }
    double from = body;
    for (const auto& [seconds, watts] : tail_) {
      if (seconds <= 0) continue;
      if (from > out.from_s.back()) {
        out.from_s.push_back(from);
        out.watts.push_back(watts);
      } else {
        out.watts.back() = watts;
      }
      from += seconds;
    }
  }

  /// Energy of a step over ranks, without the schedule's times.
  double mean_w(const step::ScheduleInput& input, double scale, double body, std::int32_t only_rank) const {
    double joules = 0, busy = 0;
    const auto stages = static_cast<std::int32_t>(input.stages.size());
    const bool both_ways = input.schedule == step::Schedule::kDualPipe;
    for (std::int32_t s = 0; s < stages; ++s) {
      const step::StageSeconds& seconds = input.stages[static_cast<std::size_t>(s)];
      const double length = seconds.forward + seconds.backward + seconds.weight;
      double each = 0;
      for (std::size_t k = 0; k < 3; ++k) each += slot_energy(input, s, k);
      // DualPipe: half of the micro-batches run a rank's own stage, half its mirror's.
      double share = 1;
      if (only_rank >= 0) {
        const bool own = s % input.ranks == only_rank;
        const bool mirror = input.ranks - 1 - s == only_rank;
        share = both_ways ? 0.5 * (own ? 1 : 0) + 0.5 * (mirror ? 1 : 0) : (own ? 1 : 0);
      }
      joules += share * input.micro_batches * each;
      busy += share * input.micro_batches * length;
    }
    const double ranks = only_rank < 0 ? input.ranks : 1;
    double tail = 0;
    for (const auto& [seconds, watts] : tail_) tail += seconds * watts;
    return joules * scale / ranks + (body - busy * scale / ranks) * levels_[Doing::kWaiting] + tail;
  }

  struct Span {
    double seconds, watts;
  };

  const step::PricedSchedule& schedule_;
  const step::StepResult& result_;
  Levels levels_;
  std::vector<StageWork> work_;
  std::array<Span, 4> tail_{};
  double tail_s_ = 0;
  std::vector<PowerChange> changes_;
};

/// FLOP/s over the BF16 peak while an accelerator computes, the mean over the job.
double compute_share(const step::StepRequest& request, const step::StepResult& result) {
  const double compute =
      result.time[TimeTerm::kCompute] + result.time[TimeTerm::kAttention] + result.time[TimeTerm::kRecompute];
  if (compute <= 0) return 0;
  const double peak = request.accelerator->peak(request.plan.precision);
  const double bf16 = request.accelerator->peak(catalog::Precision::kBf16);
  return std::min(1.0, result.hfu * result.step_time_s / compute) * peak / (bf16 > 0 ? bf16 : peak);
}

}  // namespace

std::vector<double> Profile::energy_j() const {
  std::vector<double> sum(from_s.size() + 1, 0.0);
  for (std::size_t i = 0; i < from_s.size(); ++i)
    sum[i + 1] = sum[i] + watts[i] * ((i + 1 < from_s.size() ? from_s[i + 1] : period_s) - from_s[i]);
  return sum;
}

Levels levels(const power::PowerLibrary& library, const std::vector<catalog::Accelerator>& chips,
              const step::StepRequest& request, double compute_share, double cap) {
  const catalog::Accelerator& chip = *request.accelerator;
  const catalog::System& system = *request.system;
  const power::PowerLaws& laws = library.accelerators;
  const power::PowerLaw& law = laws.of(chip, chips);
  const power::ActivityLevels& a = library.activity;
  const auto watts = [&](const power::Activity& activity) {
    return chip.tdp_w * power::under_cap(laws, law, activity, cap, a.clock_law()).share;
  };
  const auto memory = [](double share) {
    power::Activity x;
    x.memory = std::min(1.0, share);
    return x;
  };
  power::Activity products = memory(a.training_memory);
  products[power::arithmetic_of(request.plan.precision)] = compute_share;
  power::Activity attention = memory(a.training_memory);
  attention[power::Arithmetic::kAttention16] = compute_share;

  Levels out;
  out[Doing::kIdle] = chip.idle_w;
  out[Doing::kWaiting] = watts(memory(a.spin_memory));
  out[Doing::kHost] = watts(power::Activity{});
  out[Doing::kProducts] = watts(products);
  out[Doing::kAttention] = watts(attention);
  out[Doing::kScaleUp] = watts(memory(a.link_copies * system.scaleup_bandwidth / chip.memory_bandwidth));
  out[Doing::kScaleOut] = watts(memory(a.link_copies * system.nic_bandwidth / chip.memory_bandwidth));
  out[Doing::kOptimizer] = watts(memory(a.optimizer_memory));
  out.clock = power::under_cap(laws, law, products, cap, a.clock_law()).clock;
  return out;
}

tl::expected<Profile, step::PlanError> step_profile(const step::StepRequest& request,
                                                    const step::Calibration& calibration,
                                                    const power::PowerLibrary& library,
                                                    const std::vector<catalog::Accelerator>& chips,
                                                    const step::StepResult& result,
                                                    const ProfileOptions& options) {
  const auto schedule = step::priced_schedule(request, calibration);
  if (!schedule) return tl::unexpected(schedule.error());
  const bool scale_out = static_cast<double>(request.gpus) > request.system->scaleup_domain;
  const Levels levels =
      waveform::levels(library, chips, request, compute_share(request, result), options.cap);
  return Builder(*schedule, result, levels, scale_out).build(options.only_rank);
}

}  // namespace gigawatt::waveform
