// What is said of a job.

#include <limits>

#include "gigawatt/engine/figures.h"

namespace gigawatt::engine {
namespace {

using J = const fleet::JobResult&;
using results::Form;
using results::Metric;

constexpr double kNever = std::numeric_limits<double>::infinity();

bool completed(J j) { return j.status == fleet::JobStatus::kCompleted; }
bool timed(J j) { return j.step_time_s > 0; }
double where_positive(std::int64_t count) { return count > 0 ? static_cast<double>(count) : kNone; }

constexpr Figure<fleet::JobResult> kJobFigures[] = {
    {Metric::kAccelerators,
     [](J j) { return static_cast<double>(j.accelerators); },
     {.form = Form::kCount, .column = "GPUs", .place = 1}},
    {Metric::kStart,
     [](J j) { return date_figure(j.start, j.started); },
     {.scale = kMicroseconds, .form = Form::kDate, .column = "start", .place = 2}},
    {Metric::kEnd,
     [](J j) { return date_figure(j.end, completed(j)); },
     {.scale = kMicroseconds, .form = Form::kDate, .column = "end", .place = 3}},
    {Metric::kDuration,
     [](J j) { return completed(j) ? (j.end - j.start).to_days() : kNever; },
     {.in_json = false}},
    {Metric::kStepTime,
     [](J j) { return timed(j) ? j.step_time_s : kNone; },
     {.column = "step s", .place = 4},
     [](J j) {
       return timed(j) ? std::pair(j.step_time_low_s, j.step_time_high_s) : std::pair(kNone, kNone);
     }},
    {Metric::kMfu,
     [](J j) { return timed(j) ? j.mfu : kNone; },
     {.form = Form::kShare, .column = "MFU", .place = 5}},
    {Metric::kGoodput,
     [](J j) { return j.started ? j.goodput : kNone; },
     {.form = Form::kShare, .column = "useful", .place = 6}},
    {Metric::kInterruptions,
     [](J j) { return static_cast<double>(j.interruptions); },
     {.form = Form::kCount, .column = "stops", .place = 7}},
    {Metric::kLostHours, [](J j) { return j.hours[fleet::HourUse::kLost]; }, {}},
    {Metric::kTokens, [](J j) { return j.tokens_done; }, {}},
    {Metric::kCost, [](J j) { return j.cost_usd; }, {.column = "cost $", .place = 8}},
    {Metric::kEnergy, [](J j) { return j.facility_energy_j; }, {.scale = kJoulesPerMegawattHour}},
    {Metric::kCo2, [](J j) { return j.co2_kg; }, {.scale = kKilogramsPerTon}},
    {Metric::kMeanTimeToFailure,
     [](J j) {
       return j.interruptions > 0 ? j.running_s / 3600 / static_cast<double>(j.interruptions) : kNone;
     },
     {.omitted_if_none = true}},
    {Metric::kPlannedStops,
     [](J j) { return where_positive(j.planned_stops); },
     {.form = Form::kCount, .omitted_if_none = true}},
    {Metric::kSlowdowns,
     [](J j) { return where_positive(j.slowdowns); },
     {.form = Form::kCount, .omitted_if_none = true}},
    {Metric::kPreemptions,
     [](J j) { return where_positive(j.preemptions); },
     {.form = Form::kCount, .omitted_if_none = true}},
    {Metric::kWaitMean,
     [](J j) { return j.batch ? j.batch->wait_mean_s : kNone; },
     {.scale = kSecondsPerHour, .omitted_if_none = true}},
    {Metric::kWaitP95,
     [](J j) { return j.batch ? j.batch->wait_p95_s : kNone; },
     {.scale = kSecondsPerHour, .omitted_if_none = true}},
};

fleet::NamedValues in_gigabytes(J j) {
  fleet::NamedValues parts = j.memory_bytes;
  for (auto& [part, bytes] : parts) bytes /= 1e9;
  return parts;
}

constexpr Accounts<fleet::JobResult> kJobAccounts[] = {
    {results::Ledger::kAcceleratorHours, [](J j) { return named_hours(j.hours); }},
    {results::Ledger::kStepTime, [](J j) { return j.step_breakdown_s; }},
    {results::Ledger::kMemory, in_gigabytes},
    {results::Ledger::kFailures, [](J j) { return j.interruptions_by_cause; }},
};

}  // namespace

Tables<fleet::JobResult> job_tables() { return {kJobFigures, {}, {}, kJobAccounts}; }

}  // namespace gigawatt::engine
