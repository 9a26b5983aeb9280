// A batch: what its jobs have in common, and how each gets its own arrival, size and length.
#include <algorithm>
#include <cmath>

#include "gigawatt/base/random.h"
#include "gigawatt/fleet/build_model.h"
#include "gigawatt/fleet/simulation.h"

namespace gigawatt::fleet {
namespace {

// Streams of a batch's jobs lie apart from those of jobs and pools, and of other batches.
constexpr std::uint64_t kBatchEntity = std::uint64_t{1} << 40;
constexpr double kBytesPerParameter = 2 + 4 + 8;  // weights, main weights, two moments in 4 bytes

}  // namespace

void ModelBuilder::batch(std::uint32_t j) {
  const scenario::Job& job = scenario_.jobs[j];
  const base::SimTime begin = model_.jobs[j].earliest;
  const double span_s = (std::min(model_.jobs[j].latest, model_.end) - begin).to_seconds();
  const double median_s = job.duration_median.si();
  const double sigma =
      job.duration_mean.si() > median_s ? reliability::lognormal_sigma(job.duration_mean.si(), median_s) : 0;
  const catalog::Model* known = job.model_id.valid() ? *catalog_.model(job.model) : nullptr;
  const double bytes = known != nullptr ? kBytesPerParameter * known->published_total : 0;

  // Everything that depends on the size alone is planned once a size and pool.
  std::vector<std::vector<GangOption>> options(job.sizes.size());
  for (std::size_t s = 0; s < job.sizes.size(); ++s) {
    for (std::uint32_t p = 0; p < model_.pools.size(); ++p) {
      if (!eligible(job, p)) continue;
      GangOption option;
      option.pool = p;
      option.accelerators = job.sizes[s];
      option.nodes = whole_nodes(p, job.sizes[s]);
      option.useful_us = base::Duration::seconds(median_s).us;
      plan_checkpoints(job, option, bytes, 0, 1);
      gang_power(option, 1);
      options[s].push_back(std::move(option));
    }
  }
  std::vector<double> up_to;  // cumulative shares of the sizes
  for (std::size_t s = 0; s < job.sizes.size(); ++s)
    up_to.push_back((up_to.empty() ? 0 : up_to.back()) + (job.size_shares.empty()
                                                              ? 1 / static_cast<double>(job.sizes.size())
                                                              : job.size_shares[s]));

  if (options.front().empty()) {
    model_.jobs[j].refusal = "no system that it may use";
    return;
  }
  BatchModel batch;
  batch.row = j;
  batch.first = model_.batches.empty() ? static_cast<std::uint32_t>(scenario_.jobs.size())
                                       : model_.batches.back().first + model_.batches.back().count;
  batch.count = static_cast<std::uint32_t>(job.count);
  batch.begin = begin;
  batch.span_s = span_s;
  batch.median_s = median_s;
  batch.sigma = sigma;
  batch.up_to = std::move(up_to);
  for (auto& of_size : options) {
    JobModel member;
    member.kind = scenario::JobKind::kBatch;
    member.batch = j;
    member.priority = model_.jobs[j].priority;
    member.gangs = std::move(of_size);
    member.account = model_.jobs[j].account;
    member.may_defer = model_.jobs[j].may_defer;
    member.yields = model_.jobs[j].yields;
    batch.by_size.push_back(std::move(member));
  }
  model_.batches.push_back(std::move(batch));
}

std::uint64_t BatchModel::entity(std::uint32_t i) const { return kBatchEntity * (row + 1) + i; }

base::SimTime BatchModel::arrival(std::uint64_t seed, std::uint32_t i) const {
  // Given their number, the arrivals of a Poisson process are independent and uniform.
  random::Stream stream(seed, random::Domain::kArrival, entity(i));
  return begin + base::Duration::seconds(stream.uniform() * span_s);
}

Member BatchModel::draw(std::uint64_t seed, std::uint32_t index, std::uint32_t i) const {
  random::Stream stream(seed, random::Domain::kArrival, entity(i));
  Member member;
  member.batch = index;
  member.arrival = begin + base::Duration::seconds(stream.uniform() * span_s);
  const auto at = std::upper_bound(up_to.begin(), up_to.end() - 1, stream.uniform() * up_to.back());
  member.size = static_cast<std::uint32_t>(at - up_to.begin());
  const double useful_s = std::max(1.0, sigma > 0 ? stream.lognormal(median_s, sigma) : median_s);
  member.useful_us = base::Duration::seconds(useful_s).us;
  member.stretch = useful_s / median_s;
  return member;
}

std::uint32_t FleetModel::batch_of(std::uint32_t job) const {
  const auto after =
      std::upper_bound(batches.begin(), batches.end(), job,
                       [](std::uint32_t number, const BatchModel& b) { return number < b.first; });
  return static_cast<std::uint32_t>(after - batches.begin()) - 1;
}

}  // namespace gigawatt::fleet
