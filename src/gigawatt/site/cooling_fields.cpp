#include "gigawatt/config/fields.h"
#include "gigawatt/site/cooling.h"

namespace gigawatt::site {

using catalog::sourced;

void fields(config::FieldVisitor& v, Chiller& x) {
  v.choice(x.sink, kChillerSinkNames, {.key = "sink", .doc = "What takes the condenser's heat."});
  sourced(v, x.share,
          {.key = "share", .doc = "Capacity over the circuit's design heat.", .min = 0, .max = 3});
  sourced(v, x.eir, {.key = "eir", .doc = "Electricity per heat at the rating point.", .min = 0, .max = 2});
  sourced(v, x.rated_chilled_c,
          {.key = "rated_chilled_c", .doc = "Chilled water at the rating point, Celsius."});
  sourced(v, x.rated_sink_c,
          {.key = "rated_sink_c", .doc = "Outdoor air or condenser water at the rating point, Celsius."});
  sourced(v, x.evaporator_approach_k,
          {.key = "evaporator_approach", .doc = "Chilled water above the refrigerant, K.", .min = 0});
  sourced(v, x.condenser_approach_k,
          {.key = "condenser_approach", .doc = "Refrigerant above the sink, K.", .min = 0});
  sourced(v, x.min_lift_k,
          {.key = "min_lift", .doc = "Least distance of the refrigerant's temperatures, K.", .min = 0});
  sourced(v, x.loss_lift_k, {.key = "loss_lift", .doc = "Lift that stands for losses at none, K.", .min = 0});
  sourced(v, x.c0, {.key = "c0", .doc = "Part load: constant."});
  sourced(v, x.c1, {.key = "c1", .doc = "Part load: linear."});
  sourced(v, x.c2, {.key = "c2", .doc = "Part load: square."});
}

void fields(config::FieldVisitor& v, Circuit& x) {
  v.choice(x.cooler, kFreeCoolerNames, {.key = "cooler", .doc = "What cools without a compressor."});
  sourced(v, x.supply_c,
          {.key = "supply_c", .doc = "To the load, Celsius.", .min = -10, .max = 80, .required = true});
  sourced(v, x.supply_max_c,
          {.key = "supply_max_c", .doc = "The warmest that the load bears, Celsius.", .min = -10, .max = 80});
  sourced(v, x.range_k,
          {.key = "range",
           .doc = "Return above supply at design heat, K.",
           .min = 1,
           .max = 60,
           .required = true});
  sourced(
      v, x.approach_k,
      {.key = "approach", .doc = "Supply above the cooler's sink at design heat, K.", .min = 0, .max = 40});
  sourced(v, x.fan_share,
          {.key = "fan_share", .doc = "Fan power at full flow, of the heat.", .min = 0, .max = 1});
  sourced(v, x.min_flow, {.key = "min_flow", .doc = "Least flow of the cooler.", .min = 0, .max = 1});
  sourced(v, x.effectiveness, {.key = "effectiveness", .doc = "Of evaporative media.", .min = 0, .max = 1});
  sourced(v, x.pump_share,
          {.key = "pump_share", .doc = "Pumps and indoor fans, of the design heat.", .min = 0, .max = 1});
  sourced(v, x.pump_exponent,
          {.key = "pump_exponent",
           .doc = "Of their power over load: 0 constant, 3 variable flow.",
           .min = 0,
           .max = 3});
  v(x.chiller, {.key = "chiller", .doc = "What takes the rest."});
}

void fields(config::FieldVisitor& v, CoolingPlant& x) {
  v(x.name, {.key = "name", .doc = "Canonical name.", .required = true});
  v(x.title, {.key = "title", .doc = "What it is.", .required = true});
  sourced(v, x.liquid_share,
          {.key = "liquid_share", .doc = "Of the IT heat that cold plates take.", .min = 0, .max = 1});
  sourced(v, x.cycles,
          {.key = "cycles", .doc = "Cycles of concentration of tower water.", .min = 1.1, .max = 100});
  sourced(v, x.drift,
          {.key = "drift", .doc = "Of the water that falls through the tower.", .min = 0, .max = 0.01});
  sourced(v, x.lag_s, {.key = "lag", .doc = "Time constant of halls and loops.", .unit = "min", .min = 0});
  sourced(v, x.house_water,
          {.key = "house_water",
           .doc = "Refilling of closed loops and people, per heat.",
           .unit = "L/kWh",
           .min = 0});
  sourced(v, x.house_share,
          {.key = "house_share",
           .doc = "Lighting, offices, controls, of the design IT power.",
           .min = 0,
           .max = 0.2});
  v(x.liquid, {.key = "liquid", .doc = "Circuit of the cold plates."});
  v(x.air, {.key = "air", .doc = "Circuit of the air-cooled rest.", .required = true});
}

}  // namespace gigawatt::site
