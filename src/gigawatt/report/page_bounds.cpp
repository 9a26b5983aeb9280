#include "gigawatt/report/page_bounds.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <map>
#include <numeric>
#include <utility>

#include <fmt/format.h>

#include "gigawatt/report/json.h"
#include "gigawatt/units/parse.h"

namespace gigawatt::report {
namespace {

std::string grouped(std::size_t n) { return units::format_number(static_cast<double>(n), 1); }

/// What all jobs of a kind at a site have together.
struct Together {
  std::size_t jobs = 0;
  std::array<std::size_t, fleet::kJobStatusNames.size()> by_status{};
  fleet::AcceleratorHours hours;
  std::int64_t interruptions = 0;
  double it_j = 0, facility_j = 0, co2_kg = 0, water_m3 = 0, cost_usd = 0, tokens = 0;
  std::map<std::string, double> it_j_by_site;

  void add(const fleet::JobResult& j) {
    ++jobs;
    ++by_status[static_cast<std::size_t>(j.status)];
    for (std::size_t i = 0; i < fleet::kHourUses; ++i) hours.hours[i] += j.hours.hours[i];
    interruptions += j.interruptions;
    it_j += j.it_energy_j;
    facility_j += j.facility_energy_j;
    co2_kg += j.co2_kg;
    water_m3 += j.water_m3;
    cost_usd += j.cost_usd;
    tokens += j.tokens_done;
    for (const auto& [site, joules] : j.it_energy_j_by_site) it_j_by_site[site] += joules;
  }

  Json json(const std::string& kind, const std::string& site) const {
    std::string states;
    for (std::size_t i = 0; i < by_status.size(); ++i)
      if (by_status[i] > 0)
        states += fmt::format("{}{} {}", states.empty() ? "" : ", ", grouped(by_status[i]),
                              fleet::kJobStatusNames[i]);
    Json out = {{"name", fmt::format("other-{}{}{}", kind, site.empty() ? "" : "-", site)},
                {"title", fmt::format("{} smaller jobs ({})", grouped(jobs), states)},
                {"stands_for", jobs},
                {"kind", kind},
                {"site", text_or_null(site)},
                {"interruptions", interruptions},
                {"lost_gpu_hours", number(hours[fleet::HourUse::kLost])}};
    for (std::size_t i = 0; i < fleet::kHourUses; ++i)
      out["gpu_hours"][std::string(fleet::kHourUseNames[i])] = number(hours.hours[i]);
    if (hours.total() > 0 && kind == "training")
      out["goodput"] = number(hours[fleet::HourUse::kUseful] / hours.total());
    out["cost_usd"] = number(cost_usd);
    out["energy_mwh"] = number(facility_j / kMegawattHour);
    out["it_energy_mwh"] = number(it_j / kMegawattHour);
    for (const auto& [at, joules] : it_j_by_site)
      out["it_energy_mwh_by_site"][at] = number(joules / kMegawattHour);
    out["co2_t"] = number(co2_kg / kTonne);
    out["water_m3"] = number(water_m3);
    if (tokens > 0) out["tokens_done"] = number(tokens);
    return out;
  }
};

std::size_t shown_inputs(const scenario::ResolvedScenario& s) {
  return static_cast<std::size_t>(std::count_if(s.inputs.begin(), s.inputs.end(),
                                                [](const auto& leaf) { return shows_input(leaf.path); }));
}

}  // namespace

std::vector<std::size_t> largest_jobs(const fleet::FleetResult& result, std::size_t most) {
  std::vector<std::size_t> kept(result.jobs.size());
  std::iota(kept.begin(), kept.end(), std::size_t{0});
  if (kept.size() <= most) return kept;
  std::vector<double> hours;
  for (const auto& job : result.jobs) hours.push_back(job.hours.total());
  const auto larger = [&](std::size_t a, std::size_t b) {
    return hours[a] > hours[b] || (!(hours[b] > hours[a]) && a < b);
  };
  std::nth_element(kept.begin(), kept.begin() + static_cast<std::ptrdiff_t>(most), kept.end(), larger);
  kept.resize(most);
  std::sort(kept.begin(), kept.end());
  return kept;
}

Json other_jobs_json(const fleet::FleetResult& result, const std::vector<std::size_t>& shown) {
  std::map<std::pair<std::string, std::string>, Together> groups;
  for (std::size_t i = 0, next = 0; i < result.jobs.size(); ++i) {
    if (next < shown.size() && shown[next] == i) {
      ++next;
      continue;
    }
    groups[{result.jobs[i].kind, result.jobs[i].site}].add(result.jobs[i]);
  }
  Json list = Json::array();
  for (const auto& [key, group] : groups) list.push_back(group.json(key.first, key.second));
  return list;
}

bool shows_input(std::string_view path) {
  const auto open = path.find('[');
  if (open == std::string_view::npos || open > path.find('.')) return true;
  std::size_t index = 0;
  std::from_chars(path.data() + open + 1, path.data() + path.size(), index);
  return index < kMostPageEntries;
}

std::string left_out(const engine::Inputs& inputs, const engine::RunOutput& output) {
  const auto& r = output.nominal;
  std::string what;
  const auto say = [&](std::size_t shown, std::size_t all, std::string_view words) {
    if (shown < all)
      what += fmt::format("{}{} of {} {}", what.empty() ? "" : ", ", grouped(shown), grouped(all), words);
  };
  say(std::min(r.jobs.size(), kMostPageJobs), r.jobs.size(),
      "jobs (the largest; the others by kind and site)");
  say(shown_inputs(inputs.scenario), inputs.scenario.inputs.size(), "inputs");
  say(std::min(r.warnings.size(), kMostPageWarnings), r.warnings.size(), "warnings");
  if (what.empty()) return what;
  return "A page shows " + what +
         ". All of them are in the answer of --json, in a store (--out) and in Parquet files (--parquet).";
}

}  // namespace gigawatt::report
