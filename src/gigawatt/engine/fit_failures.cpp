#include "gigawatt/engine/fit_failures.h"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "gigawatt/units/scale.h"

namespace gigawatt::engine {
namespace {

using units::kDay_s;
using units::kHour_s;
constexpr const char* kSource = "own-fault-log";

tl::unexpected<base::Diagnostics> no_fit(std::string message, std::string hint = {}) {
  return tl::unexpected(base::Diagnostics{base::error("bad-fit", std::move(message), std::move(hint))});
}

std::string toml_text(std::string_view text) {
  std::string out = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') out += '\\';
    out += static_cast<unsigned char>(c) < 0x20 || c == 0x7f ? ' ' : c;
  }
  return out + "\"";
}

std::string key_name(std::string_view text) {
  std::string out;
  for (const char c : text) {
    const char lower = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    const bool word = (lower >= 'a' && lower <= 'z') || (lower >= '0' && lower <= '9');
    if (word)
      out += lower;
    else if (!out.empty() && out.back() != '-')
      out += '-';
  }
  while (!out.empty() && out.back() == '-') out.pop_back();
  return out.empty() ? "unknown" : out;
}

std::string rate_row(const reliability::CauseFit& c, double per_node) {
  const auto hourly = [&](double per_node_s) { return per_node_s * kHour_s / per_node; };
  return fmt::format(
      "{{ value = \"{:.4g} 1/h\", low = \"{:.4g} 1/h\", high = \"{:.4g} 1/h\", source = \"{}\", kind = "
      "\"measured\" }}",
      hourly(c.rate_per_node_s), hourly(c.low), hourly(c.high), kSource);
}

std::string measured(const std::string& value) {
  return fmt::format("{{ value = {}, source = \"{}\", kind = \"measured\" }}", value, kSource);
}

void say_incidents(FitFailuresAnswer& answer, const FitFailuresQuery& query, std::size_t lines) {
  const auto& i = answer.incidents;
  const auto& f = answer.fit;
  const auto say = [&](std::string text) { answer.notes.push_back(std::move(text)); };
  if (i.repeats > 0)
    say(fmt::format(
        "{} of {} lines follow one of the same node and cause within {:g} s and count as one with it; "
        "--count-all counts each",
        i.repeats, lines, query.merge_within_s));
  if (i.within > 0)
    say(fmt::format(
        "{} of {} lines began while their node was out of service already: they are no faults of a node in "
        "service; --count-all counts each",
        i.within, lines));
  if (i.open > 0)
    say(fmt::format(
        "{} repairs were not over: each holds its node until the end, and the law of repairs takes its "
        "length so far as a lower bound; the mean is one",
        i.open));
  if (i.unknown > 0) say(fmt::format("of {} faults the log does not say when the node was back", i.unknown));
  if (f.repairs_no_length > 0)
    say(fmt::format("{} repairs have no length: they count in mean and median, not in the law",
                    f.repairs_no_length));
  if (!f.exponential)
    say("too few gaps of positive length for a law of gaps (at least three)");
  else if (!f.weibull)
    say("the gaps are all alike: no Weibull law describes them");
  if (!f.repair.law && f.repair.samples > 0) say("repairs are too few, or all alike, for a law");
}

}  // namespace

tl::expected<FitFailuresAnswer, base::Diagnostics> fit_failure_log(const logs::FaultList& list,
                                                                   const FitFailuresQuery& query) {
  constexpr std::size_t kFewest = 10;
  if (list.faults.size() < kFewest)
    return no_fit(fmt::format("{} faults are too few for a fit; at least {}", list.faults.size(), kFewest),
                  list.problem_count == 0
                      ? ""
                      : fmt::format("{} of {} records were left out; the first: {}", list.problem_count,
                                    list.records, list.problems.front()));
  const auto named = static_cast<std::int64_t>(list.nodes.size());
  if (query.nodes > 0 && query.nodes < named)
    return no_fit(fmt::format("the log names {} nodes, more than the {} of --nodes", named, query.nodes));
  FitFailuresAnswer answer;
  answer.accelerators_per_node = query.accelerators_per_node;
  reliability::FaultSample sample;
  sample.causes = list.causes;
  sample.nodes = query.nodes > 0 ? query.nodes : named;
  if (query.nodes == 0)
    answer.notes.push_back(
        fmt::format("nodes are the {} that the log names: those without a fault are missing, and "
                    "rates are too high; give --nodes N",
                    named));
  const double span_s = list.to_s - std::min(list.from_s, list.format == "infinitehbd" ? 0.0 : list.from_s);
  const double shortest_s = list.faults.back().start_s - list.faults.front().start_s;
  sample.observed_s = query.observed_s > 0 ? query.observed_s : span_s;
  if (query.observed_s == 0)
    answer.notes.push_back(
        fmt::format("observed are the {:.1f} days from the log's beginning to its last event; give "
                    "--observed where it is longer",
                    span_s / kDay_s));
  if (sample.observed_s < shortest_s)
    return no_fit(
        fmt::format("--observed {:.1f} days is shorter than the log's {:.1f} days from first to last fault",
                    sample.observed_s / kDay_s, shortest_s / kDay_s));
  if (!(shortest_s > 0)) return no_fit("all faults began at one instant");
  const double begin_s = list.format == "infinitehbd" ? std::min(list.from_s, 0.0) : list.from_s;
  sample.until_s = std::max(begin_s + sample.observed_s, list.faults.back().start_s);
  std::vector<reliability::FaultRecord> lines;
  lines.reserve(list.faults.size());
  for (const logs::Fault& f : list.faults) lines.push_back({f.start_s, f.end_s, f.node, f.cause, false});
  answer.incidents =
      reliability::find_incidents(lines, list.knows_ends, !query.count_all, query.merge_within_s);
  sample.faults = std::move(answer.incidents.faults);
  answer.incidents.faults.clear();
  if (sample.faults.size() < kFewest)
    return no_fit(fmt::format("{} incidents in {} lines are too few for a fit; at least {}",
                              sample.faults.size(), list.faults.size(), kFewest),
                  "--count-all counts every line");
  answer.fit = reliability::fit_failures(sample, query.seed);
  say_incidents(answer, query, list.faults.size());
  return answer;
}

std::string failures_toml(const FitFailuresAnswer& answer, const FitFailuresQuery& query,
                          const std::string& log, const std::string& program) {
  const auto& f = answer.fit;
  const auto per_node = static_cast<double>(answer.accelerators_per_node);
  const double n = static_cast<double>(f.faults);
  std::string out = fmt::format(
      "# Fitted by `{} fit failures` to {} faults of {} nodes in {:.1f} days; name the log's own source.\n",
      program, f.faults, f.nodes, f.observed_s / kDay_s);
  if (f.exponential && f.weibull)
    out += fmt::format(
        "# Gaps of the whole fleet: exponential p = {:.3f}; Weibull shape {:.3f} +- {:.3f}, scale {:.4g} h, "
        "p "
        "= {:.3f}.\n",
        f.exponential->goodness.p, f.weibull->shape.value, f.weibull->shape.standard_error,
        f.weibull->scale_s.value / kHour_s, f.weibull->goodness.p);
  for (const auto& note : answer.notes) out += fmt::format("# {}\n", note);
  out += fmt::format("name = {}\ntitle = {}\naccelerator = \"\"\naliases = []\n\n", toml_text(query.name),
                     toml_text("Fitted to " + log));
  const auto line = [&](const char* key, const std::string& value) {
    out += fmt::format("{} = {}\n", key, value);
  };
  line("accelerators", measured(fmt::format("{}", f.nodes * answer.accelerators_per_node)));
  line("accelerators_per_node", measured(fmt::format("{}", answer.accelerators_per_node)));
  line("observed", measured(fmt::format("\"{:.4g} days\"", f.observed_s / kDay_s)));
  const double rate = f.rate_per_node_s.value * kHour_s / per_node;
  constexpr double kNinety = 1.645;  // normal, for a count that is not small
  line("rate",
       fmt::format("{{ value = \"{:.4g} 1/h\", low = \"{:.4g} 1/h\", high = \"{:.4g} 1/h\", source = \"{}\", "
                   "kind = \"measured\" }}",
                   rate, std::max(0.0, rate * (1 - kNinety / std::sqrt(n))),
                   rate * (1 + kNinety / std::sqrt(n)), kSource));
  if (f.repair.mean_s > 0) {  // without ends nobody knows how long nodes were out of service
    line("unavailability", measured(fmt::format("{:.4g}", f.unavailability)));
    line("repair_mean", measured(fmt::format("\"{:.4g} days\"", f.repair.mean_s / kDay_s)));
    line("repair_median", measured(fmt::format("\"{:.4g} days\"", f.repair.median_s / kDay_s)));
    // A law with this mean and median may have a tail far beyond anything seen.
    line("repair_longest", measured(fmt::format("\"{:.4g} days\"", f.repair.longest_s / kDay_s)));
    line("repair_p95", measured(fmt::format("\"{:.4g} days\"", f.repair.p95_s / kDay_s)));
  }
  line("gap_variation", measured(fmt::format("{:.4g}", std::max(1.0, f.gap_variation.value))));
  if (f.lemons.fault_share > f.lemons.highest_by_chance) {
    line("lemon_node_share", measured(fmt::format("{:.4g}", f.lemons.node_share)));
    line("lemon_fault_share", measured(fmt::format("{:.4g}", f.lemons.fault_share)));
  }
  for (const auto& c : f.causes) {
    out += fmt::format("\n[[cause]]\nname = {}\ncomponent = {}\n", toml_text(key_name(c.name)),
                       toml_text(key_name(c.name)));
    line("count", measured(fmt::format("{}", c.count)));
    line("rate", rate_row(c, per_node));
    if (c.repair_mean_s > 0) {
      line("repair_mean", measured(fmt::format("\"{:.4g} days\"", c.repair_mean_s / kDay_s)));
      line("repair_median", measured(fmt::format("\"{:.4g} days\"", c.repair_median_s / kDay_s)));
    }
  }
  return out;
}

}  // namespace gigawatt::engine
