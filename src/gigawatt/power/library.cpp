#include "gigawatt/power/library.h"

#include <algorithm>

#include <fmt/format.h>

#include "gigawatt/config/fields.h"
#include "gigawatt/config/read.h"
#include "gigawatt/config/toml.h"

namespace gigawatt::power {
namespace {

struct ActivityFile {
  ActivityLevels levels;
};
void fields(config::FieldVisitor& v, ActivityFile& x) {
  v(x.levels, {.key = "activity", .doc = "What accelerators do beside computing.", .required = true});
}

struct DeviceFile {
  std::vector<StorageDevice> storage;
  std::vector<RideThroughDevice> ride_through;
  BreakerKind breakers;
};
void fields(config::FieldVisitor& v, DeviceFile& x) {
  v(x.storage, {.key = "storage", .doc = "Devices that take up a swing."});
  v(x.ride_through, {.key = "ride_through", .doc = "Supplies and UPS in a dip."});
  v(x.breakers, {.key = "breaker", .doc = "Breakers.", .required = true});
}

template <typename T>
void read(const std::filesystem::path& path, T& x, base::Diagnostics& problems) {
  const auto node = config::read_toml(path);
  if (!node)
    problems.insert(problems.end(), node.error().begin(), node.error().end());
  else
    config::Reader(*node, problems).read(x);
}

void check_chains(const PowerLibrary& all, const std::filesystem::path& path, base::Diagnostics& problems) {
  const ChainLibrary& library = all.chains;
  const auto wrong = [&](const std::string& message) {
    problems.push_back(base::error("power-chain", fmt::format("{}: {}", path.string(), message)));
  };
  for (const Stage& stage : library.stages) {
    for (std::size_t i = 1; i < stage.points.size(); ++i)
      if (stage.points[i].load <= stage.points[i - 1].load)
        wrong(fmt::format("stage '{}': its loads do not ascend", stage.name));
    if (stage.points.empty() && (stage.efficiency <= 0 || stage.unit_w <= 0))
      wrong(fmt::format("stage '{}' has neither points nor efficiency and unit", stage.name));
  }
  for (const Chain& chain : library.chains) {
    if (all.design(chain.ride_through) == nullptr)
      wrong(fmt::format("chain '{}' rides through with '{}', which does not exist", chain.name,
                        chain.ride_through));
    for (const Link& link : chain.links) {
      if (library.stage(link.stage) == nullptr)
        wrong(fmt::format("chain '{}' names a stage '{}' that does not exist", chain.name, link.stage));
      if (link.installed < link.needed)
        wrong(fmt::format("chain '{}': {} of {} units of '{}'", chain.name, link.installed, link.needed,
                          link.stage));
    }
  }
}

template <typename T>
const T* named(const std::vector<T>& list, std::string_view name) {
  const auto it = std::find_if(list.begin(), list.end(), [&](const T& x) { return x.name == name; });
  return it == list.end() ? nullptr : &*it;
}

}  // namespace

const StorageDevice* PowerLibrary::device(std::string_view name) const { return named(storage, name); }
const RideThroughDevice* PowerLibrary::design(std::string_view name) const {
  return named(ride_through, name);
}

tl::expected<PowerLibrary, base::Diagnostics> load_power(const std::filesystem::path& data_dir) {
  const auto folder = data_dir / "power";
  base::Diagnostics problems;
  PowerLibrary library;
  ActivityFile activity;
  DeviceFile devices;
  read(folder / "accelerators.toml", library.accelerators, problems);
  read(folder / "activity.toml", activity, problems);
  read(folder / "chains.toml", library.chains, problems);
  read(folder / "devices.toml", devices, problems);
  library.activity = activity.levels;
  library.storage = std::move(devices.storage);
  library.ride_through = std::move(devices.ride_through);
  library.breakers = devices.breakers;
  check_chains(library, folder / "chains.toml", problems);
  if (base::has_errors(problems)) return tl::unexpected(std::move(problems));
  return library;
}

void fields(config::FieldVisitor& v, ActivityLevels& x) {
  sourced(v, x.training_memory,
          {.key = "training_memory",
           .doc = "Of the bandwidth beside products.",
           .min = 0,
           .max = 1,
           .required = true});
  sourced(v, x.optimizer_memory,
          {.key = "optimizer_memory",
           .doc = "Of the bandwidth, optimizer.",
           .min = 0,
           .max = 1,
           .required = true});
  sourced(v, x.link_copies,
          {.key = "link_copies", .doc = "Memory bytes for each byte on a link.", .min = 0, .required = true});
  sourced(v, x.spin_memory,
          {.key = "spin_memory", .doc = "Of the bandwidth, polling.", .min = 0, .max = 1, .required = true});
  sourced(v, x.clock_exponent,
          {.key = "clock_exponent",
           .doc = "Dynamic power with the clock.",
           .min = 1,
           .max = 5,
           .required = true});
  sourced(v, x.clock_knee,
          {.key = "clock_knee",
           .doc = "Clock below which the voltage stays.",
           .min = 0,
           .max = 1,
           .required = true});
  sourced(v, x.host_follow_s,
          {.key = "supply_follow",
           .doc = "Until supplies follow a load.",
           .unit = "ms",
           .min = 0,
           .required = true});
  sourced(
      v, x.cooling_follow_s,
      {.key = "cooling_follow", .doc = "Until the plant follows.", .unit = "s", .min = 0, .required = true});
  sourced(v, x.beside_servers,
          {.key = "beside_servers",
           .doc = "Switches, storage and other servers, of the IT power of a training cluster.",
           .min = 0,
           .max = 0.9,
           .required = true});
}

void fields(config::FieldVisitor& v, BreakerKind& x) {
  sourced(v, x.continuous,
          {.key = "continuous", .doc = "Carried for ever.", .min = 0.1, .max = 1, .required = true});
  sourced(v, x.seconds_at_double,
          {.key = "seconds_at_double",
           .doc = "Until it trips at twice.",
           .unit = "s",
           .min = 0,
           .required = true});
}

void fields(config::FieldVisitor& v, StorageDevice& x) {
  v(x.name, {.key = "name", .doc = "Canonical name.", .required = true});
  v(x.title, {.key = "title", .doc = "What it is.", .required = true});
  sourced(v, x.energy_per_accelerator_j,
          {.key = "energy_per_accelerator", .doc = "Where it sits in the rack.", .unit = "J", .min = 0});
  sourced(v, x.efficiency,
          {.key = "efficiency", .doc = "There and back.", .min = 0.1, .max = 1, .required = true});
  sourced(v, x.usable,
          {.key = "usable", .doc = "Share of its energy.", .min = 0.01, .max = 1, .required = true});
  sourced(v, x.hours,
          {.key = "duration", .doc = "Energy over power as sold.", .unit = "s", .min = 0, .required = true});
  sourced(v, x.usd_per_j, {.key = "price", .doc = "Per energy.", .unit = "USD/kWh", .min = 0});
}

void fields(config::FieldVisitor& v, RideThroughDevice& x) {
  v(x.name, {.key = "name", .doc = "Canonical name.", .required = true});
  v(x.title, {.key = "title", .doc = "What it is.", .required = true});
  v(x.ups, {.key = "ups", .doc = "Whether a UPS stands before the supplies."});
  const auto pu = [&](catalog::Sourced& y, std::string_view key, bool required) {
    sourced(v, y, {.key = key, .doc = "Voltage, per unit.", .min = 0, .max = 2, .required = required});
  };
  const auto time = [&](catalog::Sourced& y, std::string_view key, bool required) {
    sourced(v, y, {.key = key, .doc = "Time.", .unit = "s", .min = 0, .required = required});
  };
  pu(x.supply_under_voltage, "supply_under_voltage", true);
  time(x.supply_hold_up_s, "supply_hold_up", true);
  time(x.supply_restart_s, "supply_restart", true);
  pu(x.ups_under_voltage, "ups_under_voltage", false);
  pu(x.ups_over_voltage, "ups_over_voltage", false);
  time(x.ups_transfer_s, "ups_transfer", false);
  time(x.ups_back_s, "ups_back", false);
  time(x.ups_walk_in_s, "ups_walk_in", false);
  sourced(v, x.ups_counted, {.key = "ups_counted", .doc = "Transfers that keep it on battery.", .min = 0});
  time(x.ups_window_s, "ups_window", false);
  time(x.ups_autonomy_s, "ups_autonomy", false);
}

}  // namespace gigawatt::power
