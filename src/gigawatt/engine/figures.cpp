#include "gigawatt/engine/figures.h"

#include <limits>

namespace gigawatt::engine {
namespace {

template <typename Of>
void fill(results::Frame& frame, const Tables<Of>& tables, const Of& subject) {
  for (const auto& f : tables.figures) {
    const auto stated = f.stated ? std::optional(f.stated(subject)) : std::nullopt;
    frame.metric(f.metric, f.pick(subject), f.look, stated);
  }
  for (const auto& h : tables.histories) frame.series(h.series, {}, h.pick(subject), h.look);
  for (const auto& c : tables.categories)
    for (const auto& [category, values] : c.pick(subject)) frame.series(c.series, category, values, c.look);
  for (const auto& a : tables.accounts)
    for (const auto& [account, value] : a.pick(subject)) frame.account(a.ledger, account, value);
}

}  // namespace

double date_figure(base::SimTime time, bool reached) {
  return reached ? static_cast<double>(time.us) : std::numeric_limits<double>::infinity();
}

double last_month(const fleet::Series& series) { return series.empty() ? 0 : series.back(); }

fleet::NamedValues named_hours(const fleet::AcceleratorHours& hours) {
  fleet::NamedValues out;
  for (std::size_t i = 0; i < fleet::kHourUses; ++i)
    out.emplace_back(std::string(fleet::kHourUseNames[i]), hours.hours[i]);
  return out;
}

results::Frame frame_of(const fleet::FleetResult& result, const std::vector<HourTotals>& hours) {
  results::Frame frame(result.months);
  frame.begin(results::SubjectKind::kRun, "");
  frame.metric(results::Metric::kEvents, static_cast<double>(result.events), {.form = results::Form::kCount});
  frame.begin(results::SubjectKind::kFleet, "");
  fill(frame, fleet_tables(), result);
  for (std::size_t i = 0; i < result.sites.size(); ++i) {
    frame.begin(results::SubjectKind::kSite, result.sites[i].name);
    fill(frame, site_tables(), result.sites[i]);
    for (const auto& total : hours)
      if (total.site == i) fill(frame, hour_tables(), total);
  }
  for (const auto& job : result.jobs) {
    frame.begin(results::SubjectKind::kJob, job.name);
    fill(frame, job_tables(), job);
  }
  return frame;
}

}  // namespace gigawatt::engine
