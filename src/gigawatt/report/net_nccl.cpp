#include "gigawatt/report/net_nccl.h"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "gigawatt/report/text.h"
#include "gigawatt/units/parse.h"
#include "gigawatt/units/scale.h"

namespace gigawatt::report {
namespace {

constexpr double kMicro = 1e6;

nlohmann::ordered_json channels_json(const network::NcclGraph& g) {
  return {{"channels", g.channels},
          {"inside_GBps", g.inside},
          {"across_GBps", g.across},
          {"one_sided", g.pattern == network::NcclPattern::kTree}};
}

nlohmann::ordered_json option_json(const engine::NcclAnswer& a, const network::NcclOption& o) {
  return {{"algorithm", a.algorithms[o.algorithm]},
          {"protocol", network::kNcclProtocolNames[o.protocol]},
          {"latency_us", o.latency_us},
          {"bandwidth_GBps", o.bandwidth},
          {"time_us", o.time_us}};
}

std::string size_text(std::uint64_t bytes) {
  static constexpr const char* kUnits[] = {"B", "KiB", "MiB", "GiB", "TiB"};
  std::size_t unit = 0;
  while (bytes >= 1024 && bytes % 1024 == 0 && unit + 1 < std::size(kUnits)) bytes /= 1024, ++unit;
  return fmt::format("{} {}", bytes, kUnits[unit]);
}

}  // namespace

nlohmann::ordered_json nccl_json(const engine::NcclAnswer& a) {
  auto sizes = nlohmann::ordered_json::array();
  for (const auto& s : a.sizes) {
    auto entry = nlohmann::ordered_json{{"bytes", s.bytes}};
    entry.update(option_json(a, s.choice.chosen));
    entry["channels"] = s.choice.channels;
    entry["channel_limit"] = s.choice.channel_limit;
    entry["bus_bandwidth_GBps"] = s.bus_bandwidth / units::kGiga;
    auto options = nlohmann::ordered_json::array();
    for (const auto& o : s.choice.options) options.push_back(option_json(a, o));
    entry["options"] = std::move(options);
    sizes.push_back(std::move(entry));
  }
  return {{"version", a.version},
          {"system", a.system},
          {"host", a.host},
          {"collective", a.collective},
          {"ranks", a.nodes * a.gpus_per_node},
          {"nodes", a.nodes},
          {"gpus_per_node", a.gpus_per_node},
          {"nics_per_node", a.nics_per_node},
          {"channels", a.channels},
          {"rings", channels_json(a.rings)},
          {"trees", channels_json(a.trees)},
          {"multicast", a.multicast.channels > 0 ? channels_json(a.multicast) : nlohmann::ordered_json()},
          {"sizes", std::move(sizes)}};
}

std::string nccl_text(const engine::NcclAnswer& a, bool color) {
  std::string out = fmt::format(
      "NCCL {} on {} ({} host): {} of {} GPUs, {} nodes of {}\n"
      "rings {} x {:g} GB/s ({:g} between nodes), trees {} x {:g} ({:g}), {} channels{}\n\n",
      a.version, a.system, a.host, a.collective, a.nodes * a.gpus_per_node, a.nodes, a.gpus_per_node,
      a.rings.channels, a.rings.inside, a.rings.across, a.trees.channels, a.trees.inside, a.trees.across,
      a.channels,
      a.multicast.channels > 0 ? fmt::format(", multicast of {} heads", a.multicast.channels) : "");
  if (a.sizes.size() == 1) {
    const auto& s = a.sizes.front();
    const auto& o = s.choice.chosen;
    out += fmt::format("{}: {}, {}, {} channels, {:.6g} us, bus {} GB/s\n\n", size_text(s.bytes),
                       a.algorithms[o.algorithm], network::kNcclProtocolNames[o.protocol], s.choice.channels,
                       o.time_us, units::format_number(s.bus_bandwidth / units::kGiga));
    Table table({{"what it chose from", Table::Align::kLeft},
                 {"protocol", Table::Align::kLeft},
                 {"latency us"},
                 {"GB/s"},
                 {"us"}});
    for (const auto& option : s.choice.options)
      table.row({a.algorithms[option.algorithm], std::string(network::kNcclProtocolNames[option.protocol]),
                 fmt::format("{:.6g}", option.latency_us), fmt::format("{:.6g}", option.bandwidth),
                 fmt::format("{:.6g}", option.time_us)});
    return out + table.render(color);
  }
  Table table({{"bytes"},
               {"algorithm", Table::Align::kLeft},
               {"protocol", Table::Align::kLeft},
               {"channels"},
               {"us"},
               {"bus GB/s"}});
  for (const auto& s : a.sizes)
    table.row({size_text(s.bytes), a.algorithms[s.choice.chosen.algorithm],
               std::string(network::kNcclProtocolNames[s.choice.chosen.protocol]),
               fmt::format("{}", s.choice.channels), fmt::format("{:.6g}", s.choice.chosen.time_us),
               units::format_number(s.bus_bandwidth / units::kGiga)});
  return out + table.render(color);
}

std::string nccl_csv(const engine::NcclAnswer& a) {
  std::string out = "bytes,algorithm,protocol,channels,time_s\n";
  for (const auto& s : a.sizes)
    out += fmt::format("{},{},{},{},{:.9g}\n", s.bytes, a.algorithms[s.choice.chosen.algorithm],
                       network::kNcclProtocolNames[s.choice.chosen.protocol], s.choice.channels,
                       s.choice.chosen.time_us / kMicro);
  return out;
}

}  // namespace gigawatt::report
