#pragma once
/// What a simulated build-out leaves behind: the engine stores it, the report shows it. Plain data, no behavior.
///
/// Series are monthly buckets: bucket m covers [months[m], months[m + 1]), the last one ends at FleetResult::end.
/// Names say which value a bucket holds: `_end` at its end, `_mean` averaged over its time, `_peak` its largest,
/// none of these: summed over it. IT power is at the server and switch inlets, facility power at the site's meter;
/// each name says which. Units: W, J, USD, kg, m3, s, accelerator-hours.

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "gigawatt/base/sim_time.h"

namespace gigawatt::fleet {

using Series = std::vector<double>;
/// Series or values by name, in a fixed order.
using NamedSeries = std::vector<std::pair<std::string, Series>>;
using NamedValues = std::vector<std::pair<std::string, double>>;

/// Where accelerator-hours go; the parts sum to the hours owned (powered and accepted), checked in every run.
enum class HourUse : std::uint8_t {
  kUseful,      ///< steps that count; all that a pool of jobs (inference, research) holds
  kCheckpoint,  ///< stalled on writing checkpoints
  kLost,        ///< steps done again because of a failure, and a hang until it was noticed
  kRestart,     ///< evict, replace, initialize, load
  kIdle,        ///< powered, in no job (spares included), or held by a job that waits for a node
  kDown,        ///< broken, in repair
};
inline constexpr std::size_t kHourUses = 6;
inline constexpr std::array<std::string_view, kHourUses> kHourUseNames = {"useful",  "checkpoint", "lost",
                                                                          "restart", "idle",       "down"};
struct AcceleratorHours {
  std::array<double, kHourUses> hours{};

  double operator[](HourUse use) const { return hours[static_cast<std::size_t>(use)]; }
  double& operator[](HourUse use) { return hours[static_cast<std::size_t>(use)]; }
  double total() const {
    double sum = 0;
    for (double h : hours) sum += h;
    return sum;
  }
};

/// A step of a site's build-out, as it came out in this run.
struct Milestone {
  std::string phase;  ///< name of the phase
  std::string step;   ///< a build step (scenario::kBuildStepNames) or "energized"
  base::SimTime date;
  double facility_w = 0;  ///< capacity that it adds, 0 for steps before energizing
  bool assumed = false;
};

struct SiteResult {
  std::string name;
  // Capacity and load.
  Series energized_facility_w_end;
  Series energized_it_w_end;  ///< what the energized facility power supports at the month's worst hour
  Series load_it_w_mean;
  Series load_facility_w_mean;
  Series load_facility_w_peak;
  Series accelerators_end;          ///< powered and accepted
  Series accelerators_waiting_end;  ///< delivered, no power yet
  NamedSeries accelerators_by_system_end;
  // Flows.
  Series it_energy_j;
  Series facility_energy_j;
  Series water_m3;
  Series co2_kg;
  Series capex_usd;
  Series opex_usd;
  NamedValues overhead_energy_j;  ///< facility minus IT, by part: "conversion", "cooling"
  // Whole run.
  double total_it_energy_j = 0;
  double total_facility_energy_j = 0;
  double total_water_m3 = 0;
  double total_co2_kg = 0;
  double total_capex_usd = 0;
  double total_opex_usd = 0;
  double pue = 0;  ///< facility energy / IT energy; 0 where no energy was used
  bool has_power = false;
  base::SimTime first_power;
  std::string limiting;  ///< what holds accelerators back at the end: "power", "chips", "demand", "none"
  std::vector<Milestone> milestones;
};

enum class JobStatus : std::uint8_t {
  kWaiting,  ///< never started within the run (JobResult::status_reason says for what)
  kRunning,  ///< still running at the end
  kCompleted,
  kStopped,  ///< given up: failures leave no progress
};
inline constexpr std::array<std::string_view, 4> kJobStatusNames = {"waiting", "running", "completed",
                                                                    "stopped"};

/// Site or system of a pool of jobs that holds nodes in more than one at the end.
inline constexpr std::string_view kSeveral = "several";

/// The jobs of a batch, counted.
struct BatchResult {
  std::int64_t jobs = 0;  ///< all; those not in one of the next three had not arrived
  std::int64_t waiting = 0;
  std::int64_t running = 0;
  std::int64_t completed = 0;
  std::int64_t stopped = 0;
  double wait_mean_s = 0;  ///< from arrival to start, of those that started
  double wait_p50_s = 0;
  double wait_p95_s = 0;
  double stretch_mean = 0;  ///< from arrival to end over the useful time, of those that completed
};

/// What a teacher costs its student, in FLOPs, bytes and time.
struct DistillationResult {
  std::string mode;
  /// Forward passes of the teacher on the student's tokens. fresh: on accelerators beside the student's; cached:
  /// once, by the teacher's gang; shared: none but those of the teacher's own training.
  double teacher_flops = 0;
  double student_flops = 0;
  double logit_bytes = 0;      ///< that go from teacher to student, stored first where they are cached
  double cache_writing_s = 0;  ///< cached: after the teacher's end
  double waited_s = 0;         ///< from the day on which the student could have begun without a teacher
};

struct JobResult {
  std::string name;
  std::string kind;  ///< "training", "distillation", "inference", "research", "batch"
  std::string model;
  std::string site;
  std::string system;
  std::string teacher;  ///< empty: none
  JobStatus status = JobStatus::kWaiting;
  std::string status_reason;
  bool started = false;
  base::SimTime start;
  base::SimTime end;              ///< completion, or the end of the run for a job still running
  std::int64_t accelerators = 0;  ///< held at the end (training: its gang)
  std::int64_t pods = 0;          ///< full-bisection islands that the gang spans
  // As computed by the step model, for the report.
  std::string plan;
  double step_time_s = 0;
  double step_time_low_s = 0;
  double step_time_high_s = 0;
  double mfu = 0;
  NamedValues step_breakdown_s;
  NamedValues memory_bytes;
  double memory_limit_bytes = 0;
  // Progress.
  double tokens_total = 0;  ///< asked
  double tokens_done = 0;
  double ideal_s = 0;  ///< duration without any interruption
  double goodput = 0;  ///< useful / held accelerator-hours
  double checkpoint_interval_s = 0;
  double checkpoint_stall_s = 0;
  AcceleratorHours hours;  ///< of what the job held; `kDown` stays 0 (a broken node leaves the gang)
  std::int64_t interruptions = 0;
  NamedValues interruptions_by_cause;
  double running_s = 0;            ///< from start to end, batches: of all their jobs together
  std::int64_t planned_stops = 0;  ///< for maintenance; not interruptions
  std::int64_t slowdowns = 0;      ///< that passed without a stop
  std::int64_t preemptions =
      0;  ///< for a job of higher priority, or where power or accelerators went; no interruptions
  NamedValues
      lost_hours_by_cause;  ///< lost, restart and idle hours by what brought them about: a failure's class,
                            ///< "start", "stragglers", "grid-call"
  // Bills.
  double it_energy_j = 0;
  NamedValues it_energy_j_by_site;  ///< of a pool of jobs that several sites share
  double facility_energy_j = 0;
  double co2_kg = 0;
  double water_m3 = 0;
  double cost_usd = 0;          ///< held hours at the cost of an accelerator-hour of that site and system
  std::size_t first_month = 0;  ///< index into FleetResult::months of the next one's first value
  Series accelerators_mean;     ///< held, by month, from the month of its start to that of its end
  std::optional<BatchResult> batch;
  std::optional<DistillationResult> distillation;
};

struct FleetSeries {
  NamedSeries accelerators_by_generation_end;
  NamedSeries accelerators_by_system_end;
  Series accelerators_end;
  Series energized_facility_w_end;
  Series load_it_w_mean;
  Series load_facility_w_mean;
  Series facility_energy_j;
  Series water_m3;
  Series co2_kg;
  NamedSeries capex_usd;     ///< by category
  NamedSeries opex_usd;      ///< by category
  Series partner_capex_usd;  ///< the part of capex_usd that partners of the sites pay
  Series own_capex_usd;      ///< the rest (finance::own_capex)
  Series capex_cumulative_usd_end;
  Series opex_cumulative_usd_end;
  Series depreciation_usd;
  Series book_value_usd_end;
  Series utilization;  ///< accelerator-hours held by jobs / owned; 0 where none are owned
  Series goodput;      ///< useful / held accelerator-hours of trainings; 0 in months without any. Work that a
                       ///< failure takes back is subtracted in the month of the failure
  Series failures;     ///< node failures and job interruptions
};

/// Two independent sums of the same thing; residual = |left - right| / max(|left|, |right|).
struct BalanceCheck {
  std::string name;
  std::string unit;
  double left = 0;
  double right = 0;
  double residual = 0;
  NamedValues parts;  ///< what one side adds up, where it is more than one line of the result
};

struct FleetResult {
  base::SimTime start;
  base::SimTime end;           ///< how far it got
  bool stopped_early = false;  ///< by `until` or the stop token
  std::vector<base::SimTime> months;
  std::vector<SiteResult> sites;
  std::vector<JobResult> jobs;
  FleetSeries fleet;
  AcceleratorHours hours;         ///< whole fleet
  NamedValues failures_by_cause;  ///< whole fleet, nodes outside of training included
  double availability = 1;        ///< accelerator-hours not in repair over those owned
  double worst_availability = 1;  ///< at the worst instant
  double cost_per_accelerator_hour_usd = 0;
  std::uint64_t events = 0;
  NamedValues depreciation_usd;  ///< over the run, by class of asset (finance::Capex)
  /// From what jobs were billed to what was spent: signed lines that sum to capital and operation together. Empty for
  /// a run that was stopped before its end.
  NamedValues bridge_usd;
  std::vector<BalanceCheck> balances;
  std::vector<std::string> warnings;
  bool failures_by_month = false;  ///< some pool's were drawn by month
};

}  // namespace gigawatt::fleet
