#include "gigawatt/report/failure_fit.h"

#include <cmath>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "gigawatt/report/replay.h"
#include "gigawatt/report/text.h"

namespace gigawatt::report {
namespace {

using Json = nlohmann::ordered_json;

constexpr double kHour_s = 3600;
constexpr double kDay_s = 86'400;

Json goodness(const reliability::Goodness& g) { return {{"ks_distance", g.distance}, {"ks_p", g.p}}; }

std::string law(const reliability::Goodness& g) {
  return fmt::format("KS {:.3f}, p {:.3f}{}", g.distance, g.p, g.p < 0.05 ? " (does not fit)" : "");
}

}  // namespace

Json failure_fit_json(const logs::FaultList& list, const engine::FitFailuresAnswer& answer) {
  const auto& f = answer.fit;
  const auto per_node = static_cast<double>(answer.accelerators_per_node);
  Json causes = Json::array();
  for (const auto& c : f.causes)
    causes.push_back({{"name", c.name},
                      {"count", c.count},
                      {"rate_per_accelerator_hour", c.rate_per_node_s * kHour_s / per_node},
                      {"low", c.low * kHour_s / per_node},
                      {"high", c.high * kHour_s / per_node},
                      {"repair_mean_h", c.repair_mean_s / kHour_s},
                      {"repair_median_h", c.repair_median_s / kHour_s}});
  return {
      {"format", list.format},
      {"records", list.records},
      {"problems", list.problem_count},
      {"problem_examples", list.problems},
      {"faults", f.faults},
      {"nodes", f.nodes},
      {"nodes_with_faults", f.lemons.nodes_with_faults},
      {"observed_days", f.observed_s / kDay_s},
      {"rate_per_node_day",
       {{"value", f.rate_per_node_s.value * kDay_s}, {"stderr", f.rate_per_node_s.standard_error * kDay_s}}},
      {"rate_per_accelerator_hour", f.rate_per_node_s.value * kHour_s / per_node},
      {"unavailability", f.unavailability},
      {"gaps",
       {{"better", f.weibull_better ? "weibull" : "exponential"},
        {"simultaneous", f.zero_gaps},
        {"variation", {{"value", f.gap_variation.value}, {"stderr", f.gap_variation.standard_error}}},
        {"exponential",
         {{"rate_per_h", f.exponential.rate_per_s.value * kHour_s},
          {"stderr", f.exponential.rate_per_s.standard_error * kHour_s},
          {"goodness", goodness(f.exponential.goodness)},
          {"log_likelihood", f.exponential.log_likelihood}}},
        {"weibull",
         {{"shape", f.weibull.shape.value},
          {"shape_stderr", f.weibull.shape.standard_error},
          {"scale_h", f.weibull.scale_s.value / kHour_s},
          {"scale_stderr_h", f.weibull.scale_s.standard_error / kHour_s},
          {"goodness", goodness(f.weibull.goodness)},
          {"log_likelihood", f.weibull.log_likelihood}}}}},
      {"lemons",
       {{"node_share", f.lemons.node_share},
        {"fault_share", f.lemons.fault_share},
        {"expected_by_chance", f.lemons.expected_share},
        {"p95_by_chance", f.lemons.highest_by_chance},
        {"dispersion", f.lemons.dispersion}}},
      {"repair",
       {{"samples", f.repair.samples},
        {"median_h", f.repair.median_s / kHour_s},
        {"mean_h", f.repair.mean_s / kHour_s},
        {"p95_h", f.repair.p95_s / kHour_s},
        {"log_mean_days", f.repair.log_mean.value - std::log(kDay_s)},
        {"log_mean_stderr", f.repair.log_mean.standard_error},
        {"log_sigma", f.repair.log_sigma.value},
        {"log_sigma_stderr", f.repair.log_sigma.standard_error},
        {"goodness", goodness(f.repair.goodness)}}},
      {"causes", causes},
      {"notes", answer.notes}};
}

std::string failure_fit_text(const logs::FaultList& list, const engine::FitFailuresAnswer& answer,
                             bool color) {
  const auto& f = answer.fit;
  const auto per_node = static_cast<double>(answer.accelerators_per_node);
  std::string out = fmt::format("{}: {} faults on {} of {} nodes in {:.1f} days\n", list.format, f.faults,
                                f.lemons.nodes_with_faults, f.nodes, f.observed_s / kDay_s);
  if (list.problem_count > 0)
    out +=
        fmt::format("  left out or odd: {} records (first: {})\n", list.problem_count, list.problems.front());
  for (const auto& note : answer.notes) out += "  note: " + note + "\n";
  out += fmt::format("\nrate        {:.4g} +- {:.2g} per node-day, {:.3g} per GPU-hour\n",
                     f.rate_per_node_s.value * kDay_s, f.rate_per_node_s.standard_error * kDay_s,
                     f.rate_per_node_s.value * kHour_s / per_node);
  out += fmt::format("down        {:.2f}% of node time\n", f.unavailability * 100);
  const auto& e = f.exponential;
  const auto& w = f.weibull;
  out += fmt::format("gaps        exponential: mean {} +- {}, {}\n", span_text(1 / e.rate_per_s.value),
                     span_text(e.rate_per_s.standard_error / e.rate_per_s.value / e.rate_per_s.value),
                     law(e.goodness));
  out += fmt::format("            Weibull: shape {:.3f} +- {:.3f}, scale {} +- {}, {}\n", w.shape.value,
                     w.shape.standard_error, span_text(w.scale_s.value), span_text(w.scale_s.standard_error),
                     law(w.goodness));
  out +=
      fmt::format("            {} describes them better{}\n", f.weibull_better ? "Weibull" : "exponential",
                  f.zero_gaps > 0 ? fmt::format("; {} faults began together with another", f.zero_gaps) : "");
  out += fmt::format("bursts      coefficient of variation of the gaps {:.2f} +- {:.2f}; 1 without bursts\n",
                     f.gap_variation.value, f.gap_variation.standard_error);
  out += fmt::format(
      "lemons      {:.0f}% of nodes have {:.1f}% of faults; equal nodes: {:.1f}%, at most {:.1f}%; "
      "dispersion {:.2f}\n",
      f.lemons.node_share * 100, f.lemons.fault_share * 100, f.lemons.expected_share * 100,
      f.lemons.highest_by_chance * 100, f.lemons.dispersion);
  if (f.repair.samples > 0)
    out += fmt::format(
        "repair      median {}, mean {}, 95% within {}\n            log-normal: ln(days) {:.3f} +- {:.3f}, "
        "sigma {:.3f} "
        "+- {:.3f}, {}\n",
        span_text(f.repair.median_s), span_text(f.repair.mean_s), span_text(f.repair.p95_s),
        f.repair.log_mean.value - std::log(kDay_s), f.repair.log_mean.standard_error,
        f.repair.log_sigma.value, f.repair.log_sigma.standard_error, law(f.repair.goodness));
  Table table({{"cause", Table::Align::kLeft},
               {"faults"},
               {"per 1e6 GPU-hours"},
               {"90% interval"},
               {"repair median"},
               {"repair mean"}});
  const double million = kHour_s / per_node * 1e6;
  for (const auto& c : f.causes)
    table.row({c.name, fmt::format("{}", c.count), fmt::format("{:.3g}", c.rate_per_node_s * million),
               fmt::format("{:.3g}-{:.3g}", c.low * million, c.high * million),
               c.repair_mean_s > 0 ? span_text(c.repair_median_s) : "",
               c.repair_mean_s > 0 ? span_text(c.repair_mean_s) : ""});
  return out + "\n" + table.render(color);
}

}  // namespace gigawatt::report
