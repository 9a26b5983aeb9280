#pragma once
/// The books: what each job held, drew and cost, month by month, and the result with its balances.
///
/// Hours and IT energy are exact integers (accelerator-microseconds, milliwatt-microseconds), kept by whoever spends
/// them; at a month's end they are closed, facility energy, water, carbon and money are billed to the jobs by their
/// share of the site's IT energy, and series get their next point. result() proves that nothing was lost or counted
/// twice.

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "gigawatt/finance/money.h"
#include "gigawatt/fleet/batch_ledger.h"
#include "gigawatt/fleet/by_job.h"
#include "gigawatt/fleet/component.h"
#include "gigawatt/fleet/energy_mix.h"
#include "gigawatt/fleet/integral.h"
#include "gigawatt/fleet/result.h"
#include "gigawatt/fleet/tally.h"

namespace gigawatt::fleet {

struct JobState {
  JobStatus status = JobStatus::kWaiting;
  std::string reason;
  bool started = false;
  base::SimTime start;
  base::SimTime end;
  std::uint32_t waits_for = 0;                   ///< jobs still to complete, or to start
  base::SimTime ready_at;                        ///< known so far
  std::array<CountTime, kHourUses> node_time{};  ///< accelerator-microseconds by use
  CountTime held = 0;                            ///< accelerator-microseconds, counted apart
  MilliwattTime it_energy = 0;
  Tally<std::int64_t> interruptions;  ///< by cause of the node kind
  std::int64_t slowdowns = 0;
  std::int64_t preemptions = 0;
  Tally<CountTime> lost_to;  ///< accelerator-microseconds by Blame, then by cause
  // Since the last month end.
  CountTime month_held = 0;
  CountTime month_useful = 0;
  std::vector<MilliwattTime> month_energy;  ///< by option of a pool of jobs; one entry for a gang
  std::vector<CountTime> month_node_time;   ///< the same, node-microseconds
  // Bills, from month ends.
  double facility_j = 0;
  double co2_kg = 0;
  double water_m3 = 0;
  std::vector<double> elastic_it_j;  ///< billed, by option of a pool of jobs; empty for gangs
  double energy_usd = 0;
  double held_usd = 0;
  std::size_t first_month = 0;
  Series accelerators_mean;
};

struct BooksState {
  // Those of a batch's job exist from its start until the month of its end is closed.
  ByJob<JobState> jobs;
  std::vector<BatchLedger> batches;   ///< by number of the batch, over its jobs that have left
  std::vector<std::uint32_t> active;  ///< jobs whose month must be closed
  std::size_t month = 0;
  std::uint64_t month_failures = 0;
  double unassigned_facility_j = 0;  ///< of nodes in no job
  double billed_energy_usd = 0;      ///< to jobs: energy, water, carbon
  double billed_held_usd = 0;        ///< to jobs: capital, staff, maintenance
  finance::MoneyBook money{finance::Months{}, 0};
  FleetResult record;  ///< series of the months that are over
};

class Books : public Component {
 public:
  using Component::Component;
  void begin();
  void add_job(std::uint32_t job);
  void close_month();
  FleetResult result(bool stopped_early) const;

 private:
  void depart(std::uint32_t job);  ///< a batch's job is over and its months are closed
  void account_all();
  void bill_jobs();
  void record_month();
  double month_seconds() const;
  EnergyMix energy_mix_of(std::uint32_t site) const;  ///< USD/J, mean of the month

  // result.cpp, result_batch.cpp
  void fill_job(std::uint32_t job, JobResult& result) const;
  std::vector<std::uint32_t> members() const;    ///< jobs of batches that are there, by number
  void fill_batches(FleetResult& result) const;  ///< adds the jobs of batches up
  std::string waiting_reason(std::uint32_t job) const;
  void fill_fleet(FleetResult& result) const;
  void warn(FleetResult& result) const;
  void bridge(FleetResult& result) const;  ///< from what jobs were billed to what was spent
  void check_balances(FleetResult& result) const;
};

}  // namespace gigawatt::fleet
