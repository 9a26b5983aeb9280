#include "gigawatt/grid/site_energy.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <numeric>

#include <fmt/format.h>

#include "gigawatt/base/check.h"
#include "gigawatt/grid/recursion.h"
#include "gigawatt/units/scale.h"

namespace gigawatt::grid {
namespace {

using units::kMega;
constexpr double kJPerMwh = 3.6e9;
constexpr double kTPerKg = 1e-3;
constexpr double kHourUs = 3.6e9;
constexpr double kMonthS = 30.436875 * 86400, kYearS = 365.2425 * 86400;

double sum(const std::vector<double>& v) { return std::accumulate(v.begin(), v.end(), 0.0); }

/// A generator with the kind's numbers where the file gives none.
struct Generator {
  std::string name;
  bool nuclear = false;
  double unit_mw, rated_mw, heat_rate, no_load, min_load, ramp_mw_per_h, start_usd_per_mw, variable_usd,
      fuel_usd, cost_usd;
  double repaid_usd_per_mw_year;
};

Generator generator_of(const GeneratorSupply& g, const GeneratorKind& k, double interest) {
  Generator out;
  out.name = g.name.empty() ? g.kind : g.name;
  out.nuclear = k.fuel == "uranium";
  out.unit_mw = g.unit_w.value_or(k.unit_w) / kMega;
  out.rated_mw = out.unit_mw * static_cast<double>(g.units - g.spare) * (1 - g.outage);
  out.heat_rate = g.heat_rate.value_or(k.heat_rate);
  out.no_load = g.no_load.value_or(k.no_load);
  out.min_load = g.min_load.value_or(k.min_load);
  out.ramp_mw_per_h = g.ramp_w_per_s ? *g.ramp_w_per_s * 3600 / kMega : k.ramp_per_s * 3600 * out.rated_mw;
  out.start_usd_per_mw = g.start_usd_per_w.value_or(k.start_usd_per_w) * kMega;
  out.variable_usd = g.variable_usd_per_j.value_or(k.variable_usd_per_j) * kJPerMwh;
  out.fuel_usd = g.fuel_usd_per_j.value_or(0) * kJPerMwh;  // per MWh of heat
  out.cost_usd = out.fuel_usd * out.heat_rate + out.variable_usd;
  const double years = k.life_s / kYearS;
  const double recovery = years > 0 && interest > 0 ? interest / (1 - std::pow(1 + interest, -years))
                          : years > 0               ? 1 / years
                                                    : 0;
  out.repaid_usd_per_mw_year = (k.investment_usd_per_w * recovery + k.fixed_usd_per_w_s * kYearS) * kMega;
  return out;
}

class Year {
 public:
  Year(const Supply& supply, const SupplyUnits& units, const EnergyInputs& inputs)
      : s_(supply), u_(units), in_(inputs), hours_(inputs.load_mw.size()) {}

  tl::expected<EnergyYear, base::Diagnostics> run() {
    build();
    auto dispatched = dispatch(out_.problem);
    if (!dispatched) return tl::unexpected(dispatched.error());
    out_.dispatch = std::move(*dispatched);
    account();
    if (in_.marginal) marginals();
    return std::move(out_);
  }

 private:
  void add(std::string name, std::string kind, std::vector<double> limit, std::vector<double> cost,
           double ramp = kUnlimited) {
    out_.problem.sources.push_back({name, std::move(limit), std::move(cost), ramp});
    SourceYear& year = out_.sources.emplace_back();
    year.name = std::move(name);
    year.kind = std::move(kind);
  }

  void build() {
    out_.problem.load_mw = in_.load_mw;
    if (s_.grid) build_grid();
    for (const auto& g : s_.generators) {
      generators_.push_back(generator_of(g, *find(u_.generators, g.kind), u_.interest));
      const Generator& made = generators_.back();
      first_generator_ = generators_.size() == 1 ? out_.sources.size() : first_generator_;
      // A ramp that spans the whole rating within an hour never binds.
      add(made.name, "generator", {made.rated_mw}, {made.cost_usd},
          made.ramp_mw_per_h < made.rated_mw ? made.ramp_mw_per_h : kUnlimited);
    }
    for (const auto& c : s_.contracts) build_contract(c);
    for (const auto& r : s_.responses) {
      std::vector<double> limit(in_.load_mw);
      for (double& x : limit) x *= r.share;
      add("response", "response", std::move(limit), {r.price_usd_per_j * kJPerMwh});
    }
    lost_load_ = s_.unserved_usd_per_j.value_or(u_.unserved.price_usd_per_j) * kJPerMwh;
    add("unserved", "unserved", in_.load_mw, {lost_load_});
    for (const auto& b : s_.batteries) build_battery(b);
    if (s_.grid && s_.grid->export_w > 0) {
      std::vector<double> price(in_.price_usd_per_mwh);
      // The least bit less than what the grid takes: nothing is bought and sold in the same hour.
      constexpr double kTie_usd_per_mwh = 1e-6;
      for (double& x : price) x -= s_.grid->export_discount_usd_per_j * kJPerMwh + kTie_usd_per_mwh;
      export_mw_ = s_.grid->export_w / kMega;
      add_export(out_.problem, export_mw_, price);
      out_.sources.push_back({"export", "export"});
    }
  }

  void build_grid() {
    const GridConnection& g = *s_.grid;
    double most = 10 * *std::max_element(in_.load_mw.begin(), in_.load_mw.end()) + 1;
    for (const auto& b : s_.batteries) most += b.power_w / kMega;
    std::vector<double> limit{g.limit_w ? *g.limit_w / kMega : most};
    if (!g.steps.empty()) {
      limit.assign(hours_, limit[0]);
      for (const LimitStep& step : g.steps)
        for (std::size_t t = 0; t < hours_; ++t)
          if (in_.first.us + static_cast<std::int64_t>(static_cast<double>(t) * kHourUs) >= step.from.us)
            limit[t] = step.limit_w / kMega;
    }
    std::vector<double> cost(in_.price_usd_per_mwh);
    for (double& x : cost) x += g.adder_usd_per_j * kJPerMwh;
    add("grid", "grid", std::move(limit), std::move(cost));
    months_.resize(hours_);
    for (std::size_t t = 0; t < hours_; ++t) {
      const auto day =
          base::civil({in_.first.us + static_cast<std::int64_t>(static_cast<double>(t) * kHourUs)});
      const auto begin = base::civil(in_.first);
      months_[t] = (day.year - begin.year) * 12 + static_cast<int>(day.month) - static_cast<int>(begin.month);
    }
    const double least = g.billed_share * g.contract_w / kMega;
    if (g.demand_usd_per_w_s > 0)
      out_.problem.peaks.push_back({0, g.demand_usd_per_w_s * kMonthS * kMega, least, months_});
    if (g.capacity_usd_per_w_s > 0)
      out_.problem.peaks.push_back(
          {0, g.capacity_usd_per_w_s * kYearS * kMega * static_cast<double>(hours_) / (kYearS / 3600), least,
           std::vector<int>(hours_, 0)});
  }

  void build_contract(const ContractSupply& c) {
    const ContractKind& kind = *find(u_.contracts, c.kind);
    const double price = c.price_usd_per_j.value_or(kind.price_usd_per_j) * kJPerMwh;
    std::vector<double> output(hours_, c.power_w / kMega);
    if (!c.profile.empty())
      scale(output, in_.profiles.at(c.profile));
    else if (c.kind == "solar")
      scale(output, solar_profile(*in_.weather, u_.renewables));
    else if (c.kind == "wind")
      scale(output, wind_profile(*in_.weather, u_.renewables));
    const std::string name = c.name.empty() ? c.kind : c.name;
    if (c.remote) {
      remote_.push_back({name, sum(output), price, 0});
      for (std::size_t t = 0; t < hours_; ++t)
        remote_.back().market_usd += output[t] * at(in_.price_usd_per_mwh, t);
      return;
    }
    prices_.push_back({out_.sources.size(), price, c.take_or_pay, c.carbon_kg_per_j * kJPerMwh * kTPerKg});
    add(name, "contract", std::move(output), {c.take_or_pay ? 0 : price});
  }

  void build_battery(const BatterySupply& b) {
    const BatteryKind& k = *find(u_.batteries, b.kind);
    const double one_way = std::sqrt(b.round_trip.value_or(k.round_trip));
    Storage s{.name = b.name.empty() ? b.kind : b.name,
              .charge_mw = b.power_w / kMega,
              .discharge_mw = b.power_w / kMega,
              .energy_mwh = b.energy_j / kJPerMwh,
              .charge_efficiency = one_way,
              .discharge_efficiency = one_way,
              .standing_loss = b.standing_loss.value_or(k.standing_loss),
              .wear_usd_per_mwh = b.wear_usd_per_j.value_or(k.wear_usd_per_j) * kJPerMwh,
              .start_mwh = b.start * b.energy_j / kJPerMwh,
              .end_mwh = b.start * b.energy_j / kJPerMwh,
              .cyclic = b.cyclic};
    out_.problem.storages.push_back(std::move(s));
  }

  static void scale(std::vector<double>& output, const std::vector<double>& profile) {
    GW_CHECK(profile.size() == output.size(), "{} hours of profile", profile.size());
    for (std::size_t t = 0; t < output.size(); ++t) output[t] *= profile[t];
  }

  void bill(std::string line, double usd) {
    if (usd == 0) return;
    out_.bill_usd.emplace_back(std::move(line), usd);
    out_.cost_usd += usd;
  }

  void account() {
    const Problem& p = out_.problem;
    double grid_energy = 0;
    for (std::size_t i = 0; i < p.sources.size(); ++i) {
      SourceYear& y = out_.sources[i];
      const auto& mw = out_.dispatch.source_mw[i];
      y.mwh = sum(mw);
      for (std::size_t t = 0; t < hours_; ++t) y.available_mwh += at(p.sources[i].limit_mw, t);
      if (y.kind == "grid")
        grid_energy = grid_account(y, mw);
      else if (y.kind == "contract")
        out_.curtailed_mwh += y.available_mwh - y.mwh, out_.renewable_mwh += y.mwh;
      else if (y.kind == "response")
        out_.responded_mwh += y.mwh;
      else if (y.kind == "export")
        y.mwh = out_.exported_mwh =
            y.available_mwh - y.mwh;  // the buyer stands for what is not sold (add_export)
      else if (y.kind == "unserved")
        unserved_account(mw);
    }
    bill("grid_energy", grid_energy);
    for (std::size_t k = 0; k < generators_.size(); ++k)
      generator_account(generators_[k], first_generator_ + k);
    for (const auto& c : prices_) {
      SourceYear& y = out_.sources[c.source];
      y.usd = c.price_usd * (c.take_or_pay ? y.available_mwh : y.mwh);
      y.levelised_usd_per_mwh = y.mwh > 0 ? y.usd / y.mwh : 0;
      bill("contract_" + y.name, y.usd);
      y.co2_t = y.mwh * c.t_per_mwh;
      out_.co2_location_t += y.co2_t;
      contract_co2_t_ += y.co2_t;
    }
    double wear = 0;
    for (std::size_t k = 0; k < p.storages.size(); ++k) {
      out_.battery_charge_mwh += sum(out_.dispatch.charge_mw[k]);
      out_.battery_discharge_mwh += sum(out_.dispatch.discharge_mw[k]);
      wear += p.storages[k].wear_usd_per_mwh * sum(out_.dispatch.discharge_mw[k]);
    }
    bill("battery_wear", wear);
    if (!s_.grid) return;
    peaks_account();
    if (export_mw_ > 0) {
      double usd = 0;
      const auto& sold = p.sources.back();
      for (std::size_t t = 0; t < hours_; ++t)
        usd += (export_mw_ - out_.dispatch.source_mw.back()[t]) * at(sold.cost_usd_per_mwh, t);
      bill("export", -usd);
    }
    for (const auto& r : remote_) {
      out_.remote_mwh += r.mwh;
      bill("contract_" + r.name, r.price_usd * r.mwh - r.market_usd);
    }
    const double certified = std::min(out_.remote_mwh, out_.grid_mwh);
    out_.co2_market_t = out_.co2_location_t - contract_co2_t_ -
                        (out_.grid_mwh > 0 ? grid_co2_t_ * certified / out_.grid_mwh : 0);
  }

  double grid_account(SourceYear& y, const std::vector<double>& mw) {
    out_.grid_mwh = y.mwh;
    for (std::size_t t = 0; t < hours_; ++t) {
      y.usd += mw[t] * at(out_.problem.sources[0].cost_usd_per_mwh, t);
      grid_co2_t_ += mw[t] * at(in_.carbon_t_per_mwh, t);
      const auto month = static_cast<std::size_t>(months_[t]);
      if (out_.grid_highest_mw.size() <= month) out_.grid_highest_mw.resize(month + 1);
      out_.grid_highest_mw[month] = std::max(out_.grid_highest_mw[month], mw[t]);
    }
    y.co2_t = grid_co2_t_;
    if (!s_.grid->limit_w && s_.grid->steps.empty()) y.available_mwh = 0;  // as much as wanted
    out_.co2_location_t += grid_co2_t_;
    out_.co2_market_t = out_.co2_location_t;
    y.levelised_usd_per_mwh = y.mwh > 0 ? y.usd / y.mwh : 0;
    return y.usd;
  }

  void unserved_account(const std::vector<double>& mw) {
    const double rounding = 1e-6 * *std::max_element(in_.load_mw.begin(), in_.load_mw.end());
    out_.unserved_mwh = sum(mw);
    for (std::size_t t = 0; t < hours_; ++t) {
      if (mw[t] <= rounding) continue;
      if (out_.unserved_hours == 0) out_.unserved_first_hour = static_cast<double>(t);
      out_.unserved_hours += 1;
      out_.unserved_worst_mw = std::max(out_.unserved_worst_mw, mw[t]);
    }
  }

  void generator_account(const Generator& g, std::size_t source) {
    SourceYear& y = out_.sources[source];
    const auto& mw = out_.dispatch.source_mw[source];
    double before = 0, heat_mwh = 0;
    for (std::size_t t = 0; t < hours_; ++t) {
      const double running = std::ceil(mw[t] / g.unit_mw - 1e-9);
      y.starts += std::max(0.0, running - before);
      y.running_unit_hours += running;
      y.low_hours += running > 0 && mw[t] < (1 - 1e-9) * g.min_load * running * g.unit_mw;
      heat_mwh += g.heat_rate * (g.no_load * running * g.unit_mw + (1 - g.no_load) * mw[t]);
      before = running;
    }
    const double starts = y.starts * g.unit_mw * g.start_usd_per_mw, fuel = heat_mwh * g.fuel_usd,
                 variable = y.mwh * g.variable_usd;
    y.usd = starts + fuel + variable;
    y.co2_t = g.nuclear ? 0 : heat_mwh * in_.fuel_t_per_mwh_heat;
    out_.co2_location_t += y.co2_t;
    out_.co2_market_t += y.co2_t;
    (g.nuclear ? out_.nuclear_mwh : out_.gas_mwh) += y.mwh;
    const double year = static_cast<double>(hours_) * 3600 / kYearS;
    if (y.mwh > 0) y.levelised_usd_per_mwh = (y.usd + g.repaid_usd_per_mw_year * g.rated_mw * year) / y.mwh;
    bill("fuel_" + g.name, fuel);
    bill("starts_" + g.name, starts);
    bill("variable_" + g.name, variable);
  }

  void peaks_account() {
    const GridConnection& g = *s_.grid;
    double demand = 0, highest = 0;
    const double least = g.billed_share * g.contract_w / kMega;
    for (const double mw : out_.grid_highest_mw) {
      demand += std::max(least, mw) * g.demand_usd_per_w_s * kMonthS * kMega;
      highest = std::max(highest, mw);
    }
    bill("demand_charge", demand);
    bill("capacity_charge",
         std::max(least, highest) * g.capacity_usd_per_w_s * kMega * 3600 * static_cast<double>(hours_));
  }

  /// Savings by one MW more and losses by one MW less of each thing that has a size.
  void marginals() {
    std::vector<std::string> names;
    std::vector<std::function<void(Problem&)>> changes;  // one more, one less, by name
    const auto of_source = [&](std::size_t i, std::string name) {
      names.push_back(std::move(name));
      for (const double mw : {1.0, -1.0})
        changes.emplace_back([i, mw](Problem& p) {
          for (double& x : p.sources[i].limit_mw) x = std::max(0.0, x + mw);
        });
    };
    const auto of_battery = [&](std::string name, double power, double energy) {
      names.push_back(std::move(name));
      for (const double sign : {1.0, -1.0})
        changes.emplace_back([power, energy, sign](Problem& p) {
          Storage& b = p.storages[0];
          b.charge_mw = std::max(0.0, b.charge_mw + sign * power);
          b.discharge_mw = std::max(0.0, b.discharge_mw + sign * power);
          b.energy_mwh = std::max(b.energy_mwh / 2, b.energy_mwh + sign * energy);
          b.start_mwh = std::min(b.start_mwh, b.energy_mwh);
          b.end_mwh = std::min(b.end_mwh, b.energy_mwh);
        });
    };
    if (s_.grid) of_source(0, "grid_mw");
    for (std::size_t k = 0; k < generators_.size(); ++k)
      of_source(first_generator_ + k, k == 0 ? "gas_mw" : generators_[k].name + "_mw");
    if (out_.problem.storages.size() == 1) {
      of_battery("battery_mw", 1, 0);
      of_battery("battery_mwh", 0, 1);
    }
    const auto moved = varied_costs(out_.problem, out_.dispatch, changes);
    for (std::size_t k = 0; k < names.size(); ++k)
      out_.marginals.push_back({names[k], -moved[2 * k].value_or(0), moved[2 * k + 1].value_or(0)});
  }

  struct Priced {
    std::size_t source;
    double price_usd;
    bool take_or_pay;
    double t_per_mwh;
  };
  struct Remote {
    std::string name;
    double mwh, price_usd, market_usd;
  };

  const Supply& s_;
  const SupplyUnits& u_;
  const EnergyInputs& in_;
  std::size_t hours_;
  EnergyYear out_;
  std::vector<Generator> generators_;
  std::size_t first_generator_ = 0;
  std::vector<Priced> prices_;
  std::vector<Remote> remote_;
  std::vector<int> months_;
  double export_mw_ = 0, lost_load_ = 0, grid_co2_t_ = 0, contract_co2_t_ = 0;
};

}  // namespace

tl::expected<EnergyYear, base::Diagnostics> energy_year(const Supply& supply, const SupplyUnits& units,
                                                        const EnergyInputs& inputs) {
  GW_CHECK(!inputs.load_mw.empty(), "no hours");
  return Year(supply, units, inputs).run();
}

Called apply_calls(const std::vector<DemandCall>& calls, std::vector<double> it_w, double design_it_w,
                   base::SimTime first) {
  Called out;
  const auto hours = static_cast<std::int64_t>(it_w.size());
  for (const DemandCall& call : calls) {
    const auto begin =
        static_cast<std::int64_t>(std::floor(static_cast<double>((call.from - first).us) / kHourUs));
    const auto end = begin + static_cast<std::int64_t>(std::ceil(call.length_s / 3600));
    double owed = 0;
    out.outside += end <= 0 || begin >= hours;
    for (auto t = std::max<std::int64_t>(0, begin); t < std::min(hours, end); ++t) {
      double& it = it_w[static_cast<std::size_t>(t)];
      const double stays = call.kind == CallKind::kPause ? 0 : std::min(it, call.to * design_it_w);
      (call.kind == CallKind::kShift ? owed : out.lost_wh) += it - stays;
      it = stays;
      ++out.hours;
    }
    const double shifted = owed;
    for (auto t = std::max<std::int64_t>(0, end); t < hours && owed > 0; ++t) {
      double& it = it_w[static_cast<std::size_t>(t)];
      const double more = std::clamp(design_it_w - it, 0.0, owed);
      it += more;
      owed -= more;
    }
    out.shifted_wh += shifted - owed;
    out.unreturned_wh += owed;
  }
  out.it_w = std::move(it_w);
  return out;
}

std::vector<double> solar_profile(const site::Weather& weather, const Renewables& kind) {
  constexpr double kFullSun = 1000,
                   kRatedCell_c = 25;  // W/m2 and C: the conditions at which modules are rated
  std::vector<double> out;
  for (std::size_t t = 0; t < weather.ghi_w_per_m2.size(); ++t) {
    const double sun = kind.solar_tracking * weather.ghi_w_per_m2[t];
    const double cell_c = weather.dry_bulb_c[t] + kind.solar_rise_k_per_w_per_m2 * sun;
    const double modules = sun / kFullSun * (1 - kind.solar_loss_per_k * (cell_c - kRatedCell_c));
    out.push_back(std::clamp(kind.solar_modules * (1 - kind.solar_system_loss) * modules, 0.0, 1.0));
  }
  return out;
}

std::vector<double> wind_profile(const site::Weather& weather, const Renewables& kind) {
  const double from = kind.wind_cut_in, rated = kind.wind_rated, to = kind.wind_cut_out;
  std::vector<double> out;
  for (const double at_ten_m : weather.wind_m_per_s) {
    const double v = kind.wind_hub_factor * at_ten_m;
    const double cubic = (v * v * v - from * from * from) / (rated * rated * rated - from * from * from);
    out.push_back(v < from || v > to ? 0 : (1 - kind.wind_system_loss) * std::min(1.0, cubic));
  }
  return out;
}

}  // namespace gigawatt::grid
