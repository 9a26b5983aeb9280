#pragma once
/// A cooling plant, hour by hour: electricity, water, and how much of the heat it can carry.
///
/// Heat leaves on two circuits, a liquid one (cold plates) and air (the rest). Each has a free cooler and may have a chiller.
///
/// Free cooler. At design heat Q_d and full flow it holds the supply `approach` A above its sink, with a range R between
/// return and supply; heat per flow is proportional to the distance between return and sink (an exchanger of constant
/// effectiveness), so heat q (of Q_d) at a sink T needs the flow
///
///     x = q (A + R) / (supply + R - T),        fans draw f Q_d max(x, x_min)^3   (affinity law)
///
/// The sink is the dry bulb (dry cooler, outside air), the wet bulb (tower), or in between (evaporative media of
/// effectiveness e: T_db - e (T_db - T_wb)). x > 1: the cooler runs full and the chiller takes the rest, or all
/// of the heat where that draws less.
///
/// Chiller. Electricity per heat from its rating point, proportional to the lift between the refrigerant's temperatures
/// plus a constant that stands for losses at no lift, over part load z as fitted curves have it:
///
///     EIR = EIR_rated ((lift + loss_lift) / T_evaporator) / (rated ones) (c0 + c1 z + c2 z^2) / z,     lift >= min_lift
///
/// loss_lift and min_lift follow the published curve of a scroll chiller over outdoor temperatures within 2%.
///
/// Evaporation. Tower air leaves saturated at the mean water temperature; of the heat that it takes up, latent is
/// (W_out - W_in) h_fg / (h_out - h_in). Make-up covers evaporation, bleed E / (cycles - 1), and drift. Evaporative media
/// take what the air gains in moisture.
///
/// Limits. The load bears supply up to `supply_max`; beyond what cooler and chiller carry at that temperature, IT must
/// draw less, and by how much is an output. Heat reaches the plant through the mass of halls and loops, a first-order lag
/// of time constant tau, exact over each hour:
///
///     mean of the hour = Q + (S - Q) (tau/dt) (1 - exp(-dt/tau)),    S <- Q + (S - Q) exp(-dt/tau)
///
/// Numbers of plants are in data/cooling; sources there.

#include <array>
#include <string>
#include <string_view>
#include <vector>

#include "gigawatt/catalog/sourced.h"

namespace gigawatt::config {
class FieldVisitor;
}

namespace gigawatt::site {

enum class FreeCooler { kNone, kOutsideAir, kEvaporativeAir, kDryCooler, kTower };
inline constexpr std::array<std::string_view, 5> kFreeCoolerNames = {"none", "outside-air", "evaporative-air",
                                                                     "dry-cooler", "tower"};
enum class ChillerSink { kNone, kAir, kTower };
inline constexpr std::array<std::string_view, 3> kChillerSinkNames = {"none", "air", "tower"};

struct Chiller {
  ChillerSink sink = ChillerSink::kNone;
  catalog::Sourced share;                          ///< capacity over the circuit's design heat
  catalog::Sourced eir;                            ///< electricity per heat at the rating point
  catalog::Sourced rated_chilled_c, rated_sink_c;  ///< rating point
  catalog::Sourced evaporator_approach_k, condenser_approach_k;
  catalog::Sourced min_lift_k, loss_lift_k;
  catalog::Sourced c0, c1, c2;  ///< part load
};

struct Circuit {
  FreeCooler cooler = FreeCooler::kNone;
  catalog::Sourced supply_c, supply_max_c, range_k, approach_k;
  catalog::Sourced fan_share;      ///< fan power at full flow, of the design heat
  catalog::Sourced min_flow;       ///< of the cooler
  catalog::Sourced effectiveness;  ///< of evaporative media
  catalog::Sourced pump_share;     ///< pumps and indoor fans, of the design heat
  catalog::Sourced pump_exponent;  ///< of their power over load: 0 constant flow, 3 variable flow
  Chiller chiller;
};

struct CoolingPlant {
  std::string name, title;
  catalog::Sourced liquid_share;  ///< of IT heat that the cold plates take
  catalog::Sourced cycles;        ///< of concentration of tower water
  catalog::Sourced drift;         ///< of the water that falls through the tower
  catalog::Sourced lag_s;         ///< time constant
  catalog::Sourced house_water;   ///< refilling closed loops, people; m3 per J of heat
  catalog::Sourced house_share;   ///< lighting, offices, controls, of the design IT power
  Circuit liquid, air;
};

void fields(config::FieldVisitor& v, Chiller& x);
void fields(config::FieldVisitor& v, Circuit& x);
void fields(config::FieldVisitor& v, CoolingPlant& x);

struct OutdoorAir {
  double dry_bulb_c = 15, wet_bulb_c = 12, relative_humidity = 0.7, pressure_pa = 101325;
};

/// What an hour takes; power in W, water in m3/s.
struct CoolingHour {
  double fan_w = 0, pump_w = 0, chiller_w = 0;
  double water_m3_per_s = 0;
  double capability = 1;  ///< share of the heat that can be carried, at most 1

  double power_w() const { return fan_w + pump_w + chiller_w; }
};

/// One plant built for a heat.
class Cooling {
 public:
  Cooling(const CoolingPlant& plant, double design_heat_w);

  /// `heat_w` at the plant in this hour.
  CoolingHour hour(double heat_w, const OutdoorAir& air) const;

  double lag_s() const { return lag_s_; }

  /// A circuit's numbers, plain.
  struct Loop {
    FreeCooler cooler;
    ChillerSink sink;
    double share, supply_c, supply_max_c, range_k, approach_k, fan_share, min_flow, effectiveness, pump_share,
        pump_exponent;
    double chiller_share, eir, evaporator_approach_k, condenser_approach_k, min_lift_k, loss_lift_k,
        rated_lift_over_evaporator, c0, c1, c2;
  };

 private:
  void add(const Loop& loop, double heat_w, const OutdoorAir& air, CoolingHour& total) const;
  CoolingHour free_part(const Loop& loop, double free, double reach, double sink,
                        const OutdoorAir& air) const;
  CoolingHour chilled_part(const Loop& loop, double chilled, bool tower_runs, const OutdoorAir& air) const;
  double tower_water(double heat_w, double water_c, double range_k, const OutdoorAir& air) const;

  std::array<Loop, 2> loops_;
  double design_heat_w_, cycles_, drift_, lag_s_, house_water_m3_per_j_;
};

/// A circuit for a share of the heat.
Cooling::Loop plain_loop(const Circuit& circuit, double share);

/// Electricity of a chiller per heat at part load z and temperatures; exposed for its check against rated curves.
double chiller_eir(const Cooling::Loop& loop, double z, double supply_c, double sink_c);

}  // namespace gigawatt::site
