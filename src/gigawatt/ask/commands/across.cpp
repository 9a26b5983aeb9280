#include "gigawatt/ask/commands/across.h"

#include <fmt/format.h>

#include "gigawatt/engine/across.h"
#include "gigawatt/report/text.h"
#include "gigawatt/units/parse.h"
#include "gigawatt/units/scale.h"

namespace gigawatt::ask {
namespace {

using units::kGiga;
constexpr double kTera = 1e12;

using AcrossQuestion = engine::AcrossQuery;

/// Accelerators whose work the split loses.
double lost_accelerators(const engine::AcrossAnswer& a, const network::SplitCost& cost) {
  return static_cast<double>(a.gpus) * (1 - 1 / cost.slowdown);
}

nlohmann::ordered_json to_json(const engine::AcrossAnswer& a) {
  nlohmann::ordered_json rows = nlohmann::ordered_json::array(), needed = nlohmann::ordered_json::object();
  for (const auto& r : a.rows) {
    rows.push_back({{"scheme", r.scheme},
                    {"distance_km", r.distance_km},
                    {"capacity_tbps", r.capacity_tbps},
                    {"latency_s", r.latency_s},
                    {"exchange_s", r.cost.exchange_s},
                    {"step_time_s", r.cost.step_s},
                    {"slowdown", r.cost.slowdown}});
    if (a.gpus > 0) rows.back()["lost_accelerators"] = lost_accelerators(a, r.cost);
    needed[r.scheme] = r.cost.bandwidth_needed * 8 / kTera;
  }
  const auto& t = a.training;
  nlohmann::ordered_json out = {{"sites", t.sites},
                                {"gradient_gb", t.gradient_bytes / kGiga},
                                {"step_time_s", t.step_s},
                                {"overlap", t.overlap},
                                {"inner_steps", t.inner_steps}};
  if (!a.plan.empty()) {
    out["gpus"] = a.gpus;
    out["plan"] = a.plan;
    out["micro_batches"] = t.micro_batches;
    out["activation_gb"] = t.activation_bytes / kGiga;
  }
  out["bandwidth_needed_tbps"] = needed;
  out["rows"] = rows;
  return out;
}

std::string to_text(const engine::AcrossAnswer& a, bool color) {
  using report::Table;
  const auto& t = a.training;
  std::string text = fmt::format("{} sites, {} GB of gradients, a step of {} s at one site{}\n\n", t.sites,
                                 units::format_number(t.gradient_bytes / kGiga, 1),
                                 units::format_number(t.step_s), a.plan.empty() ? "" : "; " + a.plan);
  std::vector<Table::Column> columns = {
      {"scheme", Table::Align::kLeft}, {"km"}, {"Tbit/s"}, {"exchange s"}, {"step s"}, {"slower"}};
  if (a.gpus > 0) columns.push_back({"accelerators lost"});
  Table table(columns);
  for (const auto& r : a.rows) {
    std::vector<std::string> cells = {r.scheme,
                                      fmt::format("{:.4g}", r.distance_km),
                                      fmt::format("{:g}", r.capacity_tbps),
                                      fmt::format("{:.3g}", r.cost.exchange_s),
                                      fmt::format("{:.4g}", r.cost.step_s),
                                      fmt::format("{:.1f}%", 100 * (r.cost.slowdown - 1))};
    if (a.gpus > 0) cells.push_back(units::format_number(lost_accelerators(a, r.cost), 1));
    table.row(cells);
  }
  text += table.render(color) + "\n";
  std::string last;
  for (const auto& r : a.rows) {
    if (r.scheme == last) continue;
    last = r.scheme;
    text += fmt::format("{} loses less than 1% to capacity from {} Tbit/s on\n", r.scheme,
                        units::format_number(r.cost.bandwidth_needed * 8 / kTera));
  }
  return text;
}

Answered answer_across(const AcrossQuestion& q, const Context& context) {
  auto found = engine::answer_across(context.knowledge, q);
  if (!found) return tl::unexpected(found.error());
  Answer out;
  out.json = to_json(*found);
  out.notes = found->notes;
  out.text = [found = *std::move(found)](bool color) { return to_text(found, color); };
  return out;
}

}  // namespace

Command across() {
  return make_command<answer_across>(
      {.name = "across",
       .summary = "Training split over sites: step time by distance and capacity",
       .answer = "sites, gradient_gb, step_time_s, bandwidth_needed_tbps, rows"});
}

}  // namespace gigawatt::ask
