#include "gigawatt/report/net.h"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "gigawatt/config/csv.h"
#include "gigawatt/network/flow_list.h"
#include "gigawatt/report/net_nccl.h"
#include "gigawatt/report/text.h"
#include "gigawatt/units/parse.h"
#include "gigawatt/units/scale.h"

namespace gigawatt::report {
namespace {

using Json = nlohmann::ordered_json;

using units::kGiga;

constexpr double kMicroseconds = 1e6;  // in a second

Json load_json(const topology::Fabric& fabric, const network::LinkLoad& l) {
  const auto known = fabric.link(l.link);
  return {{"link", fabric.link_name(l.link)},
          {"tier", known.tier},
          {"cables", known.cables},
          {"capacity_GBps", known.capacity / kGiga},
          {"bytes", l.bytes},
          {"flows", l.flows},
          {"utilization", l.utilization}};
}

/// No flow ran; the figures are NCCL's own of the largest size.
Json chosen_json(const engine::NcclAnswer& a) {
  const auto& last = a.sizes.back();
  const auto& chosen = last.choice.chosen;
  return {{"topology", fmt::format("NCCL {} on {}", a.version, a.system)},
          {"endpoints", a.nodes * a.gpus_per_node},
          {"model", "nccl"},
          {"routing", ""},
          {"makespan_s", chosen.time_us / kMicroseconds},
          {"flows", 0},
          {"classes", 0},
          {"events", 0},
          {"bus_bandwidth_GBps", last.bus_bandwidth / kGiga},
          {"lower_bound_s", 0.0},
          {"fairness", Json()},
          {"busiest_links", Json::array()},
          {"tiers", Json::array()},
          {"algorithm", a.algorithms[chosen.algorithm]},
          {"nccl", nccl_json(a)},
          {"solve_s", 0.0}};
}

/// White to red; what a busy link looks like at a glance.
std::string heat(double utilization) {
  const double x = std::clamp(utilization, 0.0, 1.0);
  const auto channel = [&](double cold, double hot) {
    return static_cast<int>(std::lround(cold + (hot - cold) * x));
  };
  return fmt::format("#{:02x}{:02x}{:02x}", channel(200, 200), channel(214, 30), channel(229, 30));
}

std::string escaped(const std::string& text) {
  std::string out;
  for (const char c : text)
    out += c == '<' ? "&lt;" : c == '>' ? "&gt;" : c == '&' ? "&amp;" : std::string(1, c);
  return out;
}

/// Programs by their time, then those that were left out with the reason.
Json tried_json(const engine::NetAnswer& a) {
  Json out = Json::array();
  for (const auto& t : a.tried) {
    const bool ran = t.seconds >= 0;
    const double bus = ran && t.seconds > 0 ? a.collective_bytes * a.bus_factor / t.seconds / kGiga : 0;
    out.push_back({{"algorithm", network::kAlgorithmNames[static_cast<std::size_t>(t.algorithm)]},
                   {"seconds", ran ? Json(t.seconds) : Json()},
                   {"bus_bandwidth_GBps", ran ? Json(bus) : Json()},
                   {"left_out", ran ? Json() : Json(t.left_out)}});
  }
  return out;
}

/// "double-tree 13.3 us, ring 128 us; not in-network: ...".
std::string tried_text(const engine::NetAnswer& a) {
  std::string ran, out;
  for (const auto& t : a.tried) {
    const auto name = network::kAlgorithmNames[static_cast<std::size_t>(t.algorithm)];
    if (t.seconds >= 0)
      ran += fmt::format("{}{} {:.6g} s", ran.empty() ? "" : ", ", name, t.seconds);
    else
      out += fmt::format("             not {}: {}\n", name, t.left_out);
  }
  return fmt::format("{}{}\n{}", a.library.empty() ? "fastest of   " : "chosen of    ", ran, out);
}

}  // namespace

Json net_json(const engine::NetAnswer& a) {
  if (a.nccl) return chosen_json(*a.nccl);
  const auto& f = a.flows;
  Json out = {{"topology", a.fabric->describe()},
              {"endpoints", a.fabric->endpoints()},
              {"model", a.model},
              {"routing", a.routing},
              {"makespan_s", f.outcome.makespan_s},
              {"flows", f.flows},
              {"classes", f.classes},
              {"events", f.outcome.events},
              {"bus_bandwidth_GBps", a.algorithm.empty() ? Json() : Json(a.bus_bandwidth / kGiga)},
              {"lower_bound_s", f.lower_bound_s},
              {"fairness", a.algorithm.empty() ? Json(f.fairness) : Json()}};
  Json busiest = Json::array(), tiers = Json::array();
  for (const auto& l : f.busiest) busiest.push_back(load_json(*a.fabric, l));
  for (const auto& t : f.tiers)
    tiers.push_back(
        {{"tier", t.link}, {"links", t.flows}, {"bytes", t.bytes}, {"mean_utilization", t.utilization}});
  out["busiest_links"] = std::move(busiest);
  out["tiers"] = std::move(tiers);
  if (!a.algorithm.empty()) {
    out["algorithm"] = a.algorithm;
    if (!a.library.empty()) {
      out["library"] = a.library;
      out["protocol"] = a.protocol;
      out["channels"] = a.channels;
    }
    Json phases = Json::array();
    for (const auto& p : a.phases)
      phases.push_back({{"name", p.name},
                        {"seconds", p.seconds},
                        {"repeats", p.repeats},
                        {"flows", p.flows},
                        {"classes", p.classes}});
    out["phases"] = std::move(phases);
    if (!a.tried.empty()) out["tried"] = tried_json(a);
  }
  if (!a.programs.empty()) {
    Json programs = Json::array();
    for (const auto& p : a.programs) {
      const double seconds = p.finish_s - p.start_s;
      programs.push_back({{"name", p.name},
                          {"start_s", p.start_s},
                          {"finish_s", p.finish_s},
                          {"seconds", seconds},
                          {"alone_s", p.alone_s},
                          {"slower", p.alone_s > 0 ? seconds / p.alone_s : 1},
                          {"bytes", p.bytes},
                          {"flows", p.flows}});
    }
    out["programs"] = std::move(programs);
    out["fairness"] = Json();
  }
  if (a.rerouted + a.waited > 0) {
    out["rerouted"] = a.rerouted;
    out["waited"] = a.waited;
  }
  out["solve_s"] = f.solve_s;
  return out;
}

std::string net_text(const engine::NetAnswer& a, bool color) {
  if (a.nccl) return nccl_text(*a.nccl, color);
  const auto& f = a.flows;
  const auto count = [](std::uint64_t n) { return units::format_number(static_cast<double>(n), 1); };
  std::string out =
      fmt::format("{}\n{} flows in {} classes, {} events, model {}, routing {}{}\n\n", a.fabric->describe(),
                  count(f.flows), count(f.classes), count(f.outcome.events), a.model, a.routing,
                  a.algorithm.empty() ? "" : ", " + a.algorithm);
  out += fmt::format("makespan     {:.9g} s", f.outcome.makespan_s);
  out +=
      f.lower_bound_s > 0 ? fmt::format("   (no less than {:.6g} s on these ways)\n", f.lower_bound_s) : "\n";
  if (!a.algorithm.empty())
    out += fmt::format("bus          {} GB/s\n", units::format_number(a.bus_bandwidth / kGiga));
  if (!a.library.empty())
    out += fmt::format("library      {}, protocol {}, {} channels\n", a.library, a.protocol, a.channels);
  if (!a.tried.empty()) out += tried_text(a);
  if (a.algorithm.empty() && a.programs.empty())
    out += fmt::format("fairness     {:.3f} (Jain's index of mean rates)\n", f.fairness);
  if (a.rerouted + a.waited > 0)
    out += fmt::format("failures     {} flows rerouted, {} waited\n", a.rerouted, a.waited);
  if (!a.programs.empty()) {
    Table programs(
        {{"program", Table::Align::kLeft}, {"start s"}, {"finish s"}, {"took s"}, {"alone s"}, {"slower"}});
    for (const auto& p : a.programs)
      programs.row({p.name, fmt::format("{:.6g}", p.start_s), fmt::format("{:.6g}", p.finish_s),
                    fmt::format("{:.6g}", p.finish_s - p.start_s), fmt::format("{:.6g}", p.alone_s),
                    fmt::format("x{:.2f}", p.alone_s > 0 ? (p.finish_s - p.start_s) / p.alone_s : 1)});
    out += "\n" + programs.render(color);
  }
  Table table({{"busiest links", Table::Align::kLeft, 56}, {"GB/s"}, {"GB"}, {"used"}});
  for (const auto& l : f.busiest)
    table.row({a.fabric->link_name(l.link), units::format_number(a.fabric->link(l.link).capacity / kGiga),
               fmt::format("{:.4g}", l.bytes / kGiga), fmt::format("{:.1f}%", 100 * l.utilization)});
  if (!f.busiest.empty()) out += "\n" + table.render(color);
  if (a.phases.size() > 1) {
    Table phases({{"phase", Table::Align::kLeft}, {"repeats"}, {"s each"}, {"flows"}, {"classes"}});
    for (std::size_t i = 0; i < std::min<std::size_t>(a.phases.size(), 12); ++i) {
      const auto& p = a.phases[i];
      phases.row({p.name, fmt::format("{:.0f}", p.repeats), fmt::format("{:.6g}", p.seconds), count(p.flows),
                  count(p.classes)});
    }
    out += "\n" + phases.render(color);
  }
  return out;
}

std::string net_csv(const engine::NetAnswer& a) {
  if (a.nccl) return nccl_csv(*a.nccl);
  if (!a.programs.empty()) {
    std::string out = "program,start_s,finish_s,alone_s\n";
    for (const auto& p : a.programs)
      out += fmt::format("{},{:.12g},{:.12g},{:.12g}\n", config::csv_cell(p.name), p.start_s, p.finish_s,
                         p.alone_s);
    return out;
  }
  if (a.algorithm.empty()) return network::flows_csv(*a.fabric, a.requests, a.flows.finish_s);
  std::string out = "phase,repeats,start_s,finish_s\n";
  double at = 0;
  for (const auto& p : a.phases) {
    out += fmt::format("{},{},{:.12g},{:.12g}\n", p.name, p.repeats, at, at + p.repeats * p.seconds);
    at += p.repeats * p.seconds;
  }
  return out;
}

std::string net_svg(const engine::NetAnswer& a) {
  constexpr int kWidth = 900, kRow = 70, kLeft = 150;
  const auto& tiers = a.flows.tiers;
  const int height =
      kRow * static_cast<int>(tiers.size() + 1) + 40 + 18 * static_cast<int>(a.flows.busiest.size());
  std::string out = fmt::format(
      "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {} {}\" font-family=\"sans-serif\" "
      "font-size=\"12\">\n"
      "<title>{}</title>\n<rect width=\"100%\" height=\"100%\" fill=\"white\"/>\n",
      kWidth, height, escaped(a.fabric->describe()));
  int y = kRow * static_cast<int>(tiers.size());
  for (const auto& t : tiers) {
    // A tier is a band as wide as the square root of its links, so that millions still fit.
    const double share = std::min(1.0, std::sqrt(static_cast<double>(t.flows)) / 40);
    const double width = 40 + share * (kWidth - kLeft - 180);
    out +=
        fmt::format("<rect x=\"{}\" y=\"{}\" width=\"{:.1f}\" height=\"26\" fill=\"{}\" stroke=\"#555\"/>\n",
                    kLeft, y - 13, width, heat(t.utilization));
    out += fmt::format(
        "<text x=\"10\" y=\"{}\">tier {}</text>\n<text x=\"{:.1f}\" y=\"{}\">{} links, {:.1f}% used</text>\n",
        y + 4, t.link, kLeft + width + 8, y + 4, t.flows, 100 * t.utilization);
    double hottest = 0;
    for (const auto& l : a.flows.busiest)
      if (a.fabric->link(l.link).tier == static_cast<int>(t.link)) hottest = std::max(hottest, l.utilization);
    if (hottest > 0)
      out += fmt::format("<rect x=\"{}\" y=\"{}\" width=\"12\" height=\"26\" fill=\"{}\" stroke=\"#555\"/>\n",
                         kLeft, y - 13, heat(hottest));
    y -= kRow;
  }
  y = kRow * static_cast<int>(tiers.size()) + 50;
  out += fmt::format("<text x=\"10\" y=\"{}\" font-weight=\"bold\">busiest links</text>\n", y);
  for (const auto& l : a.flows.busiest) {
    y += 18;
    out += fmt::format("<rect x=\"10\" y=\"{}\" width=\"{:.1f}\" height=\"12\" fill=\"{}\"/>\n", y - 10,
                       1 + 128 * std::min(1.0, l.utilization), heat(l.utilization));
    out += fmt::format("<text x=\"{}\" y=\"{}\">{} ({:.1f}%)</text>\n", kLeft, y,
                       escaped(a.fabric->link_name(l.link)), 100 * l.utilization);
  }
  return out + "</svg>\n";
}

}  // namespace gigawatt::report
