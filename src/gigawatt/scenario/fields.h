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

void fields(config::FieldVisitor& v, StepInput& s);
void fields(config::FieldVisitor& v, Phase& p);
void fields(config::FieldVisitor& v, Supply& s);
void fields(config::FieldVisitor& v, GridCalls& g);
void fields(config::FieldVisitor& v, Site& s);
void fields(config::FieldVisitor& v, CheckpointTier& t);
void fields(config::FieldVisitor& v, CheckpointPolicy& c);
void fields(config::FieldVisitor& v, TrainingPhase& p);
void fields(config::FieldVisitor& v, DemandPoint& d);
void fields(config::FieldVisitor& v, Job& j);
void fields(config::FieldVisitor& v, Claim& c);
void fields(config::FieldVisitor& v, BudgetYear& b);
void fields(config::FieldVisitor& v, FleetItem& f);
void fields(config::FieldVisitor& v, DeliveryPart& d);
void fields(config::FieldVisitor& v, Delivery& d);
void fields(config::FieldVisitor& v, Operations& o);
void fields(config::FieldVisitor& v, FailureSettings& f);
void fields(config::FieldVisitor& v, PriceSettings& p);
void fields(config::FieldVisitor& v, Scenario& s);

}  // namespace gigawatt::scenario
