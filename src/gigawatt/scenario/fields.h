#pragma once
/// The field tables of the scenario format: the one place that says what keys there are, in which unit and what
/// they mean. Reading, the JSON Schema, the canonical form, the list of inputs and the reference page follow.

#include "gigawatt/config/fields.h"
#include "gigawatt/scenario/scenario.h"

namespace gigawatt::scenario {

// Bounds that keep every sum and date representable; far beyond anything real. SI.
inline constexpr double kMaxYears = 100 * 365.2425 * 86400;
inline constexpr double kMaxPower = 1e12;
inline constexpr double kMaxEnergy = 1e21;
inline constexpr double kMaxMoney = 1e15;
inline constexpr double kMaxAccelerators = 1e8;

// What no place has had, with room: beyond it a unit was mixed up. Evaporation of all heat takes 1.5 L/kWh of IT;
// lignite emits 1.2 kg/kWh; wholesale caps lie at 5 to 20 USD/kWh and no year's mean near them.
inline constexpr double kMaxWue = 50 * 1e-3 / 3.6e6;             // 50 L/kWh
inline constexpr double kMaxCarbonIntensity = 5 / 3.6e6;         // 5 kg/kWh
inline constexpr double kMaxElectricityPrice = 10'000 / 3.6e9;   // 10,000 USD/MWh
inline constexpr double kMaxConstructionCost = 200;              // USD/W
inline constexpr double kMaxAcceleratorPrice = 1e7;              // USD
inline constexpr double kMaxCarbonPrice = 10'000 / 1e3;          // 10,000 USD/t
inline constexpr double kShortestLife = 0.5 * 365.2425 * 86400;  // half a year

// Every table that states facts has these three keys.
inline constexpr std::string_view kSourceDoc =
    "Where the figures of this table come from, in words or as a key of the data's source list.";
inline constexpr std::string_view kAssumedDoc =
    "True when this is an assumption rather than a published fact; `reason` then says why.";
inline constexpr std::string_view kReasonDoc = "Why it is assumed so. Required with `assumed`.";

void fields(config::FieldVisitor& v, StepInput& s);
void fields(config::FieldVisitor& v, Phase& p);
void fields(config::FieldVisitor& v, Supply& s);
void fields(config::FieldVisitor& v, GridCalls& g);
void fields(config::FieldVisitor& v, Partner& p);
void fields(config::FieldVisitor& v, Site& s);
void fields(config::FieldVisitor& v, CheckpointTier& t);
void fields(config::FieldVisitor& v, CheckpointPolicy& c);
void fields(config::FieldVisitor& v, TrainingPhase& p);
void fields(config::FieldVisitor& v, DemandPoint& d);
void fields(config::FieldVisitor& v, Job& j);
void fields(config::FieldVisitor& v, Claim& c);
void fields(config::FieldVisitor& v, BudgetYear& b);
void fields(config::FieldVisitor& v, OtherCapex& c);
void fields(config::FieldVisitor& v, FleetItem& f);
void fields(config::FieldVisitor& v, DeliveryPart& d);
void fields(config::FieldVisitor& v, Delivery& d);
void fields(config::FieldVisitor& v, Operations& o);
void fields(config::FieldVisitor& v, FailureSettings& f);
void fields(config::FieldVisitor& v, PriceSettings& p);
void fields(config::FieldVisitor& v, Scenario& s);

}  // namespace gigawatt::scenario
