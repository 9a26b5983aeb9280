#include "gigawatt/engine/site_question.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <memory>

#include <fmt/format.h>

#include "gigawatt/base/nearest.h"
#include "gigawatt/config/gzip.h"
#include "gigawatt/config/read.h"
#include "gigawatt/config/toml.h"
#include "gigawatt/fleet/prices.h"
#include "gigawatt/power/library.h"
#include "gigawatt/site/hourly_table.h"
#include "gigawatt/site/plants.h"

namespace gigawatt::engine {
namespace {

constexpr std::size_t kMostBytes = std::size_t{256} << 20;
constexpr double kJPerMwh = 3.6e9;
constexpr double kKgPerT = 1000;

const site::ColumnWish kLoad{.key = "IT load",
                             .names = {"it", "it_load", "load", "power"},
                             .unit = "MW",
                             .min = 0,
                             .max = 1e5,
                             .alone = true};
const site::ColumnWish kPrice{
    .key = "price",
    .names = {"price", "lmp", "price_usd_per_mwh", "day_ahead", "usd_per_mwh", "total_lmp_da", "total_lmp_rt",
              "lbmp", "settlement_point_price", "spp", "da_lmp", "rt_lmp", "energy_price", "clearing_price"},
    .unit = "USD/MWh",
    .min = -1e5,
    .max = 1e6,
    .alone = true};
const site::ColumnWish kCarbon{.key = "carbon intensity",
                               .names = {"avg_ci", "carbon", "carbon_intensity", "intensity", "ci", "co2"},
                               .unit = "g/kWh",
                               .min = 0,
                               .max = 5000,
                               .alone = true};
const site::ColumnWish kProfile{.key = "output over power",
                                .names = {"output", "profile", "capacity_factor", "p_max_pu"},
                                .unit = "1",
                                .min = 0,
                                .max = 1,
                                .alone = true};

/// Hour of the typical year of 8,760 hours.
std::size_t typical_hour(base::SimTime local) {
  constexpr std::array<std::size_t, 12> kDaysBefore = {0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334};
  const auto day = base::civil(local);
  const std::size_t in_month = day.month == 2 && day.day == 29 ? 28 : day.day;
  const auto midnight = base::SimTime::from_date(day.year, day.month, day.day);
  return (kDaysBefore[day.month - 1] + in_month - 1) * 24 +
         static_cast<std::size_t>((local.us - midnight.us) / kHourUs);
}

/// The values of a typical year at the hours of another span.
void repeat(std::vector<double>& v, const std::vector<std::size_t>& hours) {
  if (v.size() <= 1) return;
  std::vector<double> out(hours.size());
  for (std::size_t t = 0; t < hours.size(); ++t) out[t] = v[hours[t] % v.size()];
  v = std::move(out);
}

/// What making servers and shell took, and the share of it that falls on the hours of the answer.
void embody(SiteAnswer& a, const grid::Embodied& e) {
  const double seconds = a.hours() * 3600;
  const double servers = seconds / e.server_life_s, shell = seconds / e.shell_life_s;
  a.servers_t = a.design_it_w * e.server_kg_per_w / kKgPerT;
  a.shell_t = a.design_it_w * e.shell_kg_per_w / kKgPerT;
  a.embodied_servers_t = a.servers_t * servers;
  a.embodied_shell_t = a.shell_t * shell;
  a.embodied_water_m3 = a.design_it_w * (e.server_water_m3_per_w * servers + e.shell_water_m3_per_w * shell);
}

}  // namespace

struct PreparedSite::Parts {
  SiteAnswer base;  ///< everything but the year and its energy
  std::vector<double> it_w;
  site::CoolingPlant plant;
  power::ChainLibrary chains;
  grid::Supply supply;
  grid::SupplyUnits units;
  std::map<std::string, std::vector<double>> profiles;
  double fuel_t_per_mwh_heat = 0;
  bool marginal = true;
};

class SiteReader {
 public:
  SiteReader(const catalog::Catalog& catalog, const std::filesystem::path& data, const SiteQuestion& question)
      : c_(catalog), data_(data), q_(question) {}

  tl::expected<PreparedSite, base::Diagnostics> read(bool needs_load) {
    refuse_both();
    find_site();
    if (!problems_.empty()) return tl::unexpected(std::move(problems_));
    read_weather();
    auto plant = find_plant();
    auto power = power::load_power(data_);
    take(power);
    auto units = grid::load_units(data_ / "supply" / "units.toml");
    take(units);
    if (!problems_.empty()) return tl::unexpected(std::move(problems_));
    find_chain(power->chains);
    if (needs_load) read_load();
    read_prices();
    read_supply(*units);
    if (!problems_.empty()) return tl::unexpected(std::move(problems_));
    auto parts = std::make_shared<PreparedSite::Parts>();
    parts->base = std::move(out_);
    parts->it_w = std::move(it_w_);
    parts->plant = std::move(*plant);
    parts->chains = std::move(power->chains);
    parts->supply = std::move(supply_);
    parts->units = std::move(*units);
    parts->profiles = std::move(profiles_);
    parts->marginal = q_.marginal;
    if (const auto kg_per_j = fleet::fuel_carbon_kg_per_j(c_, fleet::kGasFuel))
      parts->fuel_t_per_mwh_heat = *kg_per_j * kJPerMwh / kKgPerT;
    return PreparedSite(std::move(parts));
  }

 private:
  void wrong(std::string code, std::string message, std::string hint = {}) {
    problems_.push_back(base::error(std::move(code), std::move(message), std::move(hint)));
  }
  template <typename T>
  bool take(const tl::expected<T, base::Diagnostics>& x) {
    if (!x) problems_.insert(problems_.end(), x.error().begin(), x.error().end());
    return x.has_value();
  }

  /// One of two answers to the same question would be taken in silence.
  void refuse_both() {
    const auto both = [&](bool one, bool other, std::string_view names) {
      if (one && other)
        wrong("given-twice", fmt::format("{} are both given: one of them says it", names), "leave one out");
    };
    both(q_.it_w > 0, q_.load.given(), "a constant IT load (it_mw) and a load by the hour (load)");
    both(q_.normals, q_.weather.given(), "monthly normals (normals) and a weather file (weather)");
    both(q_.price_usd_per_j.has_value(), q_.prices.given(),
         "a constant price (price) and prices by the hour (prices)");
    both(!q_.plant.empty(), q_.plant_file.given(), "a cooling plant's name and a file of one");
  }

  void find_site() {
    if (q_.described) {
      site_ = *q_.described;
    } else if (q_.site_file.given()) {
      const auto node = config::parse_toml(
          std::make_shared<base::SourceText>(base::SourceText{q_.site_file.name, q_.site_file.text}));
      if (!take(node)) return;
      read_own_site(*node);
    } else if (const auto known = c_.site(q_.site)) {
      site_ = **known;
    } else {
      wrong("unknown-site", known.error().message(), "`gigawatt catalog list` shows all; or give a file");
      return;
    }
    out_.name = site_.name;
    out_.declared_pue = site_.pue;
    out_.declared_wue_m3_per_j = site_.wue;
  }

  /// A file of a site needs what its hours are computed from: a name, a cooling kind, and weather here or in the question.
  /// What the catalogue knows of its other sites may be left out; price and carbon are those of its grid then.
  void read_own_site(const config::Node& node) {
    config::Reader reader(node, problems_);
    const bool plant = !q_.plant.empty() || q_.plant_file.given();
    reader.require_only(plant ? std::vector<std::string_view>{"name"}
                              : std::vector<std::string_view>{"name", "cooling"});
    reader.read(site_);
    scenario::Scenario now;
    now.start = base::SimTime::from_date(q_.year, 1, 1);
    scenario::Site terms;
    terms.grid = site_.grid;
    if (node.find("electricity_price") != nullptr)
      terms.electricity_price.emplace(site_.electricity_usd_per_j);
    if (node.find("carbon_intensity") != nullptr) terms.carbon_intensity.emplace(site_.carbon_kg_per_j);
    if (!site_.grid.empty() && !c_.grid(site_.grid))
      wrong("unknown-name", c_.grid(site_.grid).error().message());
    take_grid_terms(site_, now, c_, terms);
  }

  std::optional<std::string> inflated(const NamedText& file) {
    auto text = config::inflate_text(file.text, file.name, kMostBytes);
    if (text) return std::move(*text);
    problems_.push_back(text.error());
    return std::nullopt;
  }

  void read_weather() {
    if (q_.weather.given()) {
      if (const auto text = inflated(q_.weather)) set_weather(site::read_weather(*text, q_.weather.name));
      out_.weather = q_.weather.name;
      return;
    }
    const auto file = data_ / "weather" / (site_.weather + ".epw.gz");
    if (!q_.normals && !site_.weather.empty() && std::filesystem::exists(file)) {
      const auto text = config::read_maybe_gzip(file, kMostBytes);
      if (!text)
        problems_.push_back(text.error());
      else
        set_weather(site::read_weather(*text, site_.weather));
      out_.weather = site_.weather;
      return;
    }
    if (site_.climate.dry_bulb_c.size() != 12 || site_.climate.dew_point_c.size() != 12) {
      if (problems_.empty())
        wrong("no-weather",
              fmt::format("site '{}' has neither a weather file nor monthly normals", site_.name),
              "--weather FILE.epw");
      return;
    }
    out_.air = site::weather_of_normals(site_, site::typical_day(c_.facility()));
    out_.weather = "monthly normals";
    notes(out_.air.notes);
  }

  void set_weather(tl::expected<site::Weather, base::Diagnostics> weather) {
    if (!take(weather)) return;
    out_.air = std::move(*weather);
    notes(out_.air.notes);
  }

  void notes(const std::vector<std::string>& more) {
    out_.notes.insert(out_.notes.end(), more.begin(), more.end());
  }

  std::optional<site::CoolingPlant> find_plant() {
    if (q_.plant_file.given()) {
      auto plant = site::read_plant(q_.plant_file.text, q_.plant_file.name);
      if (!take(plant)) return std::nullopt;
      out_.plant = plant->name;
      return std::move(*plant);
    }
    const auto plants = site::load_plants(data_ / "cooling");
    if (!take(plants)) return std::nullopt;
    const std::string wanted = q_.plant.empty() ? site_.cooling : q_.plant;
    std::vector<std::string> names;
    for (const auto& plant : *plants) {
      if (plant.name == wanted) {
        out_.plant = wanted;
        return plant;
      }
      names.push_back(plant.name);
    }
    wrong("unknown-plant", fmt::format("no cooling plant '{}' is known", wanted),
          fmt::format("{}; there are {}", base::did_you_mean(wanted, names), fmt::join(names, ", ")));
    return std::nullopt;
  }

  void find_chain(const power::ChainLibrary& library) {
    const power::Chain* chain = q_.chain.empty() ? &library.chains.front() : library.chain(q_.chain);
    if (chain != nullptr) {
      out_.chain = chain->name;
      return;
    }
    std::vector<std::string> names;
    for (const auto& known : library.chains) names.push_back(known.name);
    wrong("unknown-chain", fmt::format("no conversion chain '{}' is known", q_.chain),
          base::did_you_mean(q_.chain, names));
  }

  /// A column of a file, turned to the site's year; a file of a few hours stays as it is.
  std::vector<double> series(const NamedText& file, const site::ColumnWish& wish, bool dates = false) {
    const auto text = inflated(file);
    if (!text) return {};
    const auto table = site::read_hourly_table(*text, file.name, std::span(&wish, 1));
    if (!take(table)) return {};
    notes(table->notes);
    if (dates && table->has_time && !dated_) {
      const auto local =
          table->first +
          base::Duration{
              table->absolute ? static_cast<std::int64_t>(std::llround(out_.air.utc_offset_h * 3.6e9)) : 0};
      year_ = base::civil(local + base::Duration{86'400'000'000}).year;
      dated_ = true;
    }
    auto values = table->aligned(0, out_.air.hours(), out_.air.utc_offset_h, file.name, out_.notes);
    if (values) return std::move(*values);
    problems_.push_back(values.error());
    return {};
  }

  void read_load() {
    if (q_.load.given())
      it_w_ = series(q_.load, kLoad, true);
    else
      it_w_.assign(out_.air.hours(), q_.it_w);
    if (!q_.load.given() && q_.it_w <= 0)
      wrong("no-load", "the site has no IT load", "--it-mw X or --load FILE.csv");
    if (it_w_.empty()) return;
    const double highest = *std::max_element(it_w_.begin(), it_w_.end());
    out_.design_it_w = q_.design_it_w > 0 ? q_.design_it_w : highest;
    if (highest <= 0) wrong("no-load", "the IT load is zero in every hour", "--it-mw X or --load FILE.csv");
    if (highest > out_.design_it_w * (1 + 1e-9))
      wrong("load-above-design",
            fmt::format("the load reaches {:.3f} MW in halls built for {:.3f} MW", highest / 1e6,
                        out_.design_it_w / 1e6),
            "raise --design-it-mw, or leave it out");
  }

  void read_prices() {
    year_ = dated_ ? year_ : q_.year;
    if (q_.prices.given()) {
      for (const double usd_per_j : series(q_.prices, kPrice, true))
        out_.price_usd_per_mwh.push_back(usd_per_j * kJPerMwh);
    } else {
      const double price = q_.price_usd_per_j.value_or(static_cast<double>(site_.electricity_usd_per_j));
      out_.price_usd_per_mwh = {price * kJPerMwh};
      if (price == 0 && !q_.price_usd_per_j)
        out_.notes.push_back("no price of electricity is known: energy from the grid costs nothing");
    }
    if (q_.carbon.given()) {
      for (const double kg_per_j : series(q_.carbon, kCarbon))
        out_.carbon_t_per_mwh.push_back(kg_per_j * kJPerMwh / kKgPerT);
    } else {
      out_.carbon_t_per_mwh = {site_.carbon_kg_per_j * kJPerMwh / kKgPerT};
    }
    out_.first = base::SimTime::from_date(year_, out_.air.first_month, out_.air.first_day);
  }

  void read_supply(const grid::SupplyUnits& units) {
    if (!q_.supply.given())
      supply_.grid.emplace();
    else if (auto supply = grid::read_supply(q_.supply.text, q_.supply.name, units); take(supply))
      supply_ = std::move(*supply);
    else
      return;
    for (const auto& contract : supply_.contracts) read_profile(contract);
    if (q_.profile.given() && profiles_.empty())
      wrong("not-used", fmt::format("no contract of the supply follows the profile {}", q_.profile.name),
            "[[contract]] with profile = \"FILE.csv\" in the file of --supply");
  }

  /// A contract's profile: the file that was handed in, under whatever name the supply file calls it.
  void read_profile(const grid::ContractSupply& contract) {
    if (contract.profile.empty()) {
      if (contract.kind == "solar" && out_.air.ghi_w_per_m2.empty())
        wrong("no-profile", "solar: the weather has no radiation", "give a profile by --profile FILE.csv");
      if (contract.kind == "wind" && out_.air.wind_m_per_s.empty())
        wrong("no-profile", "wind: the weather has no wind", "give a profile by --profile FILE.csv");
      return;
    }
    if (!q_.profile.given()) {
      wrong("no-profile",
            fmt::format("contract '{}' follows the profile '{}'", contract.kind, contract.profile),
            "hand the file in: --profile FILE.csv, a column of output over power");
      return;
    }
    site::ColumnWish wish = kProfile;
    const std::string column = contract.profile;
    wish.names.insert(wish.names.begin(), std::string_view(column));
    profiles_[contract.profile] = series(q_.profile, wish);
  }

  const catalog::Catalog& c_;
  const std::filesystem::path& data_;
  const SiteQuestion& q_;
  catalog::Site site_;
  std::vector<double> it_w_;
  grid::Supply supply_;
  std::map<std::string, std::vector<double>> profiles_;
  int year_ = 0;
  bool dated_ = false;
  base::Diagnostics problems_;
  SiteAnswer out_;
};

void take_grid_terms(catalog::Site& site, const scenario::Scenario& scenario, const catalog::Catalog& catalog,
                     const scenario::Site& terms) {
  if (const auto prices = fleet::electricity_prices(scenario, catalog, terms); !prices.empty())
    site.electricity_usd_per_j.value = fleet::price_at(prices, scenario.start);
  if (terms.carbon_intensity || catalog.grid(terms.grid))
    site.carbon_kg_per_j.value = fleet::energy_extras(scenario, catalog, terms).carbon_kg_per_j;
}

tl::expected<PreparedSite, base::Diagnostics> PreparedSite::prepare(const catalog::Catalog& catalog,
                                                                    const std::filesystem::path& data,
                                                                    const SiteQuestion& question) {
  return SiteReader(catalog, data, question).read(question.load.given() || question.it_w > 0);
}

double PreparedSite::utc_offset_h() const { return parts_->base.air.utc_offset_h; }

GasFuel PreparedSite::gas() const {
  const auto* gas = grid::find(parts_->units.fuels, fleet::kGasFuel);
  return {gas != nullptr ? static_cast<double>(gas->price_usd_per_j) : 0,
          parts_->fuel_t_per_mwh_heat * kKgPerT / kJPerMwh};
}

tl::expected<SiteAnswer, base::Diagnostics> PreparedSite::answer() const {
  return answer(parts_->it_w, parts_->base.first, parts_->base.design_it_w, nullptr);
}

tl::expected<SiteAnswer, base::Diagnostics> PreparedSite::answer(std::vector<double> it_w,
                                                                 base::SimTime first, double design_it_w,
                                                                 const grid::Supply* supply) const {
  const Parts& p = *parts_;
  SiteAnswer out = p.base;
  auto profiles = p.profiles;
  if (it_w.size() != out.air.hours() || first != out.first) {
    std::vector<std::size_t> hours(it_w.size());
    for (std::size_t t = 0; t < hours.size(); ++t)
      hours[t] = typical_hour({first.us + static_cast<std::int64_t>(t) * kHourUs});
    for (auto* v :
         {&out.air.dry_bulb_c, &out.air.wet_bulb_c, &out.air.relative_humidity, &out.air.pressure_pa,
          &out.air.ghi_w_per_m2, &out.air.wind_m_per_s, &out.price_usd_per_mwh, &out.carbon_t_per_mwh})
      repeat(*v, hours);
    for (auto& [name, values] : profiles) repeat(values, hours);
  }
  out.first = first;
  out.design_it_w = design_it_w;
  const grid::Supply& supplied = supply != nullptr ? *supply : p.supply;
  out.called = grid::apply_calls(supplied.calls, std::move(it_w), design_it_w, first);
  out.year = site::site_year(out.air, out.called.it_w, design_it_w, p.plant,
                             losses_of(p.chains, *p.chains.chain(out.chain), design_it_w));
  grid::EnergyInputs in;
  for (const double w : out.year.facility_w) in.load_mw.push_back(w / 1e6);
  in.price_usd_per_mwh = out.price_usd_per_mwh;
  in.carbon_t_per_mwh = out.carbon_t_per_mwh;
  in.weather = &out.air;
  in.first = first;
  in.profiles = std::move(profiles);
  in.marginal = p.marginal;
  in.fuel_t_per_mwh_heat = p.fuel_t_per_mwh_heat;
  auto energy = grid::energy_year(supplied, p.units, in);
  if (!energy) return tl::unexpected(std::move(energy.error()));
  out.energy = std::move(*energy);
  embody(out, p.units.embodied);
  return out;
}

site::Losses losses_of(const power::ChainLibrary& library, const power::Chain& chain, double design_it_w) {
  const auto built = std::make_shared<power::BuiltChain>(library, chain, design_it_w);
  site::Losses out;
  for (const auto& link : chain.links) {
    out.stages.push_back(link.stage);
    out.indoors.push_back(link.stage.find("transformer") == std::string::npos);
  }
  out.at = [built](double it_w, std::span<double> loss_w) { built->losses(it_w, loss_w); };
  return out;
}

tl::expected<SiteAnswer, base::Diagnostics> site_question(const catalog::Catalog& catalog,
                                                          const std::filesystem::path& data,
                                                          const SiteQuestion& question) {
  const auto site = SiteReader(catalog, data, question).read(true);
  if (!site) return tl::unexpected(site.error());
  return site->answer();
}

std::string site_csv(const SiteAnswer& a) {
  std::string out =
      "time,dry_bulb_c,wet_bulb_c,it_mw,facility_mw,pue,throttled_mw,water_m3,price_usd_per_mwh,carbon_g_per_"
      "kwh";
  const auto& d = a.energy.dispatch;
  const auto& p = a.energy.problem;
  for (const auto& s : p.sources) out += fmt::format(",{}_mw", s.name);
  for (const auto& s : p.storages) out += fmt::format(",{0}_charge_mw,{0}_discharge_mw,{0}_mwh", s.name);
  if (!d.price_low.empty()) out += ",marginal_low_usd_per_mwh,marginal_high_usd_per_mwh";
  out += '\n';
  const auto value = [](const std::vector<double>& v, std::size_t t) { return v.size() == 1 ? v[0] : v[t]; };
  for (std::size_t t = 0; t < a.year.hours(); ++t) {
    out += fmt::format(
        "{},{:.2f},{:.2f},{:.6g},{:.6g},{:.5f},{:.6g},{:.6g},{:.6g},{:.6g}",
        base::to_iso_datetime({a.first.us + static_cast<std::int64_t>(t) * 3'600'000'000}).substr(0, 16),
        a.air.dry_bulb_c[t], a.air.wet_bulb_c[t], a.year.it_w[t] / 1e6, a.year.facility_w[t] / 1e6,
        a.year.it_w[t] > 0 ? a.year.facility_w[t] / a.year.it_w[t] : 0, a.year.throttled_w[t] / 1e6,
        a.year.water_m3[t], value(a.price_usd_per_mwh, t), value(a.carbon_t_per_mwh, t) * 1000);
    for (std::size_t i = 0; i < d.source_mw.size(); ++i)
      out += fmt::format(",{:.6g}", a.energy.given_mw(i, t));
    for (std::size_t k = 0; k < p.storages.size(); ++k)
      out += fmt::format(",{:.6g},{:.6g},{:.6g}", d.charge_mw[k][t], d.discharge_mw[k][t],
                         d.state_mwh[k][t + 1]);
    if (!d.price_low.empty()) out += fmt::format(",{:.6g},{:.6g}", d.price_low[t], d.price_high[t]);
    out += '\n';
  }
  return out;
}

}  // namespace gigawatt::engine
