#include "gigawatt/report/failure_fit.h"

#include <cmath>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "gigawatt/report/replay.h"
#include "gigawatt/report/text.h"
#include "gigawatt/units/scale.h"

namespace gigawatt::report {
namespace {

using Json = nlohmann::ordered_json;

using units::kDay_s;
using units::kHour_s;

Json goodness(const reliability::Goodness& g) { return {{"ks_distance", g.distance}, {"ks_p", g.p}}; }

Json exponential_json(const std::optional<reliability::ExponentialFit>& e) {
  if (!e) return nullptr;
  return {{"rate_per_h", e->rate_per_s.value * kHour_s},
          {"stderr", e->rate_per_s.standard_error * kHour_s},
          {"goodness", goodness(e->goodness)},
          {"log_likelihood", e->log_likelihood}};
}

Json weibull_json(const std::optional<reliability::WeibullFit>& w) {
  if (!w) return nullptr;
  return {{"shape", w->shape.value},
          {"shape_stderr", w->shape.standard_error},
          {"scale_h", w->scale_s.value / kHour_s},
          {"scale_stderr_h", w->scale_s.standard_error / kHour_s},
          {"goodness", goodness(w->goodness)},
          {"log_likelihood", w->log_likelihood}};
}

Json repair_json(const reliability::FailureFit& f) {
  const auto& r = f.repair;
  const bool any = r.samples + r.open + f.repairs_no_length > 0;
  const auto hours = [&](double seconds) { return any ? Json(seconds / kHour_s) : Json(nullptr); };
  const auto of_law = [&](double value) { return r.law ? Json(value) : Json(nullptr); };
  return {{"samples", r.samples},
          {"open", r.open},
          {"no_length", f.repairs_no_length},
          {"mean_is_lower_bound", r.open > 0},
          {"median_h", hours(r.median_s)},
          {"mean_h", hours(r.mean_s)},
          {"p95_h", hours(r.p95_s)},
          {"log_mean_days", of_law(r.log_mean.value - std::log(kDay_s))},
          {"log_mean_stderr", of_law(r.log_mean.standard_error)},
          {"log_sigma", of_law(r.log_sigma.value)},
          {"log_sigma_stderr", of_law(r.log_sigma.standard_error)},
          {"goodness", r.law ? Json(goodness(r.goodness)) : Json(nullptr)}};
}

std::string law(const reliability::Goodness& g) {
  return fmt::format("KS {:.3f}, p {:.3f}{}", g.distance, g.p, g.p < 0.05 ? " (does not fit)" : "");
}

}  // namespace

Json failure_fit_json(const logs::FaultList& list, const engine::FitFailuresAnswer& answer) {
  const auto& f = answer.fit;
  const auto per_node = static_cast<double>(answer.accelerators_per_node);
  Json causes = Json::array();
  for (const auto& c : f.causes)
    causes.push_back(
        {{"name", c.name},
         {"count", c.count},
         {"rate_per_accelerator_hour", c.rate_per_node_s * kHour_s / per_node},
         {"low", c.low * kHour_s / per_node},
         {"high", c.high * kHour_s / per_node},
         {"repairs", c.repairs},
         {"repairs_no_length", c.repairs_no_length},
         {"repair_mean_h", c.repairs > 0 ? Json(c.repair_mean_s / kHour_s) : Json(nullptr)},
         {"repair_median_h", c.repairs > 0 ? Json(c.repair_median_s / kHour_s) : Json(nullptr)}});
  Json reasons = Json::object();
  for (const auto& [reason, n] : list.reasons) reasons[reason] = n;
  auto notes = list.notes;
  notes.insert(notes.end(), answer.notes.begin(), answer.notes.end());
  return {
      {"format", list.format},
      {"records", list.records},
      {"problem_reasons", reasons},
      {"problems", list.problem_count},
      {"problem_examples", list.problems},
      {"faults", f.faults},
      {"repeats", answer.incidents.repeats},
      {"within_outage", answer.incidents.within},
      {"open_repairs", answer.incidents.open},
      {"unknown_ends", answer.incidents.unknown},
      {"nodes", f.nodes},
      {"nodes_with_faults", f.lemons.nodes_with_faults},
      {"observed_days", f.observed_s / kDay_s},
      {"rate_per_node_day",
       {{"value", f.rate_per_node_s.value * kDay_s}, {"stderr", f.rate_per_node_s.standard_error * kDay_s}}},
      {"rate_per_accelerator_hour", f.rate_per_node_s.value * kHour_s / per_node},
      {"unavailability", list.knows_ends ? Json(f.unavailability) : Json(nullptr)},
      {"gaps",
       {{"better", !f.exponential ? Json(nullptr) : Json(f.weibull_better ? "weibull" : "exponential")},
        {"simultaneous", f.zero_gaps},
        {"variation", {{"value", f.gap_variation.value}, {"stderr", f.gap_variation.standard_error}}},
        {"exponential", exponential_json(f.exponential)},
        {"weibull", weibull_json(f.weibull)}}},
      {"lemons",
       {{"node_share", f.lemons.node_share},
        {"fault_share", f.lemons.fault_share},
        {"expected_by_chance", f.lemons.expected_share},
        {"p95_by_chance", f.lemons.highest_by_chance},
        {"dispersion", f.lemons.dispersion}}},
      {"repair", repair_json(f)},
      {"causes", causes},
      {"notes", notes}};
}

std::string failure_fit_text(const logs::FaultList& list, const engine::FitFailuresAnswer& answer,
                             bool color) {
  const auto& f = answer.fit;
  const auto per_node = static_cast<double>(answer.accelerators_per_node);
  std::string out = fmt::format("{}: {} faults on {} of {} nodes in {:.1f} days\n", list.format, f.faults,
                                f.lemons.nodes_with_faults, f.nodes, f.observed_s / kDay_s);
  if (list.problem_count > 0) {
    std::string reasons;
    for (const auto& [reason, n] : list.reasons)
      reasons += fmt::format("{}{} {}", reasons.empty() ? "" : ", ", n, reason);
    out += fmt::format("  left out or odd: {} records: {} (first: {})\n", list.problem_count, reasons,
                       list.problems.front());
  }
  for (const auto& note : list.notes) out += "  note: " + note + "\n";
  for (const auto& note : answer.notes) out += "  note: " + note + "\n";
  out += fmt::format("\nrate        {:.4g} +- {:.2g} per node-day, {:.3g} per GPU-hour\n",
                     f.rate_per_node_s.value * kDay_s, f.rate_per_node_s.standard_error * kDay_s,
                     f.rate_per_node_s.value * kHour_s / per_node);
  out += list.knows_ends ? fmt::format("down        {:.2f}% of node time\n", f.unavailability * 100)
                         : "down        not known: the log has no ends\n";
  if (f.exponential) {
    const auto& e = *f.exponential;
    out += fmt::format("gaps        exponential: mean {} +- {}, {}\n", span_text(1 / e.rate_per_s.value),
                       span_text(e.rate_per_s.standard_error / e.rate_per_s.value / e.rate_per_s.value),
                       law(e.goodness));
  }
  if (f.weibull) {
    const auto& w = *f.weibull;
    out += fmt::format("            Weibull: shape {:.3f} +- {:.3f}, scale {} +- {}, {}\n", w.shape.value,
                       w.shape.standard_error, span_text(w.scale_s.value),
                       span_text(w.scale_s.standard_error), law(w.goodness));
    out += fmt::format(
        "            {} describes them better{}\n", f.weibull_better ? "Weibull" : "exponential",
        f.zero_gaps > 0 ? fmt::format("; {} faults began together with another", f.zero_gaps) : "");
  }
  out += fmt::format("bursts      coefficient of variation of the gaps {:.2f} +- {:.2f}; 1 without bursts\n",
                     f.gap_variation.value, f.gap_variation.standard_error);
  out += fmt::format(
      "lemons      {:.0f}% of nodes have {:.1f}% of faults; equal nodes: {:.1f}%, at most {:.1f}%; "
      "dispersion {:.2f}\n",
      f.lemons.node_share * 100, f.lemons.fault_share * 100, f.lemons.expected_share * 100,
      f.lemons.highest_by_chance * 100, f.lemons.dispersion);
  const auto& r = f.repair;
  if (r.samples + r.open + f.repairs_no_length > 0)
    out += fmt::format("repair      median {}, mean {}{}, 95% within {}\n", span_text(r.median_s),
                       r.open > 0 ? "at least " : "", span_text(r.mean_s), span_text(r.p95_s));
  if (r.law)
    out += fmt::format("            log-normal: ln(days) {:.3f} +- {:.3f}, sigma {:.3f} +- {:.3f}, {}\n",
                       r.log_mean.value - std::log(kDay_s), r.log_mean.standard_error, r.log_sigma.value,
                       r.log_sigma.standard_error, law(r.goodness));
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
               c.repairs > 0 ? span_text(c.repair_median_s) : "",
               c.repairs > 0 ? span_text(c.repair_mean_s) : ""});
  return out + "\n" + table.render(color);
}

}  // namespace gigawatt::report
