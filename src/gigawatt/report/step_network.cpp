#include "gigawatt/report/step_network.h"

#include <algorithm>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "gigawatt/report/text.h"
#include "gigawatt/units/parse.h"
#include "gigawatt/units/scale.h"

namespace gigawatt::report {
namespace {

using Json = nlohmann::ordered_json;

using units::kGiga;
constexpr std::size_t kShownLinks = 5;

/// "dense gradients 80%, expert 20%": what makes up at least a hundredth, the most first.
std::string shares(const engine::NetworkReport& r, const engine::NetworkReport::Link& link) {
  std::vector<std::size_t> order;
  for (std::size_t k = 0; k < r.kinds.size(); ++k)
    if (link.share[k] >= 0.01) order.push_back(k);
  std::sort(order.begin(), order.end(), [&](auto a, auto b) { return link.share[a] > link.share[b]; });
  std::string out;
  for (const auto k : order)
    out += fmt::format("{}{} {:.0f}%", out.empty() ? "" : ", ", r.kinds[k].name, 100 * link.share[k]);
  return out;
}

}  // namespace

Json step_network_json(const engine::NetworkReport& r) {
  Json kinds = Json::array(), hottest = Json::array(), tiers = Json::array();
  for (const auto& k : r.kinds)
    kinds.push_back({{"kind", k.name},
                     {"pattern", k.pattern},
                     {"ranks", k.ranks},
                     {"ranks_per_domain", k.ranks_per_domain},
                     {"bytes_per_accelerator", k.bytes},
                     {"bandwidth_share", k.share},
                     {"slower_beside_others", k.slower},
                     {"term_closed_s", k.closed_s},
                     {"term_s", k.flow_s},
                     {"flows", k.flows},
                     {"classes", k.classes}});
  for (const auto& l : r.hottest) {
    Json by = Json::array();
    for (std::size_t k = 0; k < r.kinds.size(); ++k)
      if (l.share[k] > 0) by.push_back({{"kind", r.kinds[k].name}, {"share", l.share[k]}});
    hottest.push_back({{"link", l.name},
                       {"alike", l.alike},
                       {"tier", l.tier},
                       {"cables", l.cables},
                       {"capacity_GBps", l.capacity / kGiga},
                       {"bytes", l.bytes},
                       {"utilization", l.utilization},
                       {"by", by}});
  }
  for (const auto& t : r.tiers)
    tiers.push_back({{"tier", t.tier},
                     {"links", t.links},
                     {"bytes", t.bytes},
                     {"mean_utilization", t.mean_utilization},
                     {"most_utilization", t.most_utilization}});
  return {{"model", "flow"},
          {"fabric", r.fabric},
          {"routing", r.routing},
          {"step_time_closed_s", r.closed_step_s},
          {"change", r.step_s / r.closed_step_s - 1},
          {"kinds", kinds},
          {"busiest_links", hottest},
          {"tiers", tiers},
          {"solve_s", r.solve_s}};
}

std::string step_network_text(const engine::NetworkReport& r, bool color) {
  std::string out = fmt::format(
      "\nnetwork     flows on {}, {}\n            {} s by closed forms, {:+.1f}% by flows\n", r.fabric,
      r.routing, units::format_number(r.closed_step_s), 100 * (r.step_s / r.closed_step_s - 1));
  if (r.kinds.empty()) return out + "            nothing leaves the scale-up domains\n";
  Table kinds({{"kind", Table::Align::kLeft},
               {"ranks"},
               {"flows", Table::Align::kLeft},
               {"GB/step"},
               {"of the card"},
               {"beside others"},
               {"closed s"},
               {"flow s"}});
  for (const auto& k : r.kinds)
    kinds.row({k.name, fmt::format("{}", k.ranks), k.pattern, fmt::format("{:.3g}", k.bytes / kGiga),
               fmt::format("{:.1f}%", 100 * k.share), fmt::format("x{:.2f}", k.slower),
               fmt::format("{:.4f}", k.closed_s), fmt::format("{:.4f}", k.flow_s)});
  out += "\n" + kinds.render(color) + "\n";
  Table links({{"busiest links", Table::Align::kLeft, 34},
               {"alike"},
               {"GB/s"},
               {"GB"},
               {"used"},
               {"by", Table::Align::kLeft, 34, true}});
  for (std::size_t i = 0; i < std::min(kShownLinks, r.hottest.size()); ++i) {
    const auto& l = r.hottest[i];
    links.row({l.name, units::format_number(static_cast<double>(l.alike), 1),
               units::format_number(l.capacity / kGiga), fmt::format("{:.4g}", l.bytes / kGiga),
               fmt::format("{:.1f}%", 100 * l.utilization), shares(r, l)});
  }
  out += links.render(color);
  for (const auto& t : r.tiers)
    if (t.mean_utilization > 0 && t.most_utilization > 1.5 * t.mean_utilization)
      out += fmt::format("Links of tier {} carry unequal loads: the fullest has {:.1f} times the mean.\n",
                         t.tier, t.most_utilization / t.mean_utilization);
  return out;
}

}  // namespace gigawatt::report
