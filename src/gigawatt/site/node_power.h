#pragma once
/// IT power of a node by what it does, at the node's inlets (power supplies included), plus its share of the
/// scale-out switches and optics, which draw the same at any load.
///
/// A training step alternates between computing at `compute` and waiting for others' data at `wait`, both as
/// fractions of the server's rated maximum, so its mean follows from the share of the step that computes:
///
///     P = max(idle, rated (wait + (compute - wait) share)) + network
///
/// The two levels come from two published figures of training servers: their typical mean draw over the rating, and
/// the swing of the draw inside a step over the rating (POLCA, arXiv 2308.12908). A server that hangs in a collective
/// spins at `wait`; one that initializes, loads or copies a checkpoint draws idle power.

#include "gigawatt/catalog/facility_defaults.h"
#include "gigawatt/catalog/system.h"

namespace gigawatt::site {

struct LoadLevels {
  double compute = 1;
  double wait = 1;
};

/// `typical`: mean over rating of a training server; `swing`: computing minus waiting, over rating.
LoadLevels load_levels(double typical, double swing, double compute_share);
LoadLevels load_levels(const catalog::FacilityDefaults& defaults);

struct NodePower {
  double idle_server_it_w = 0;
  double rated_server_it_w = 0;
  double network_it_w = 0;

  double idle_it_w() const { return idle_server_it_w + network_it_w; }
  double max_it_w() const { return rated_server_it_w + network_it_w; }
  /// At a fraction of the rated power, never below idle.
  double at_it_w(double fraction) const;
  double training_it_w(const LoadLevels& levels, double compute_share) const;
  /// A pool that computes for a share of the time and idles for the rest.
  double serving_it_w(const LoadLevels& levels, double utilization) const;
};

NodePower node_power(const catalog::System& system);

}  // namespace gigawatt::site
