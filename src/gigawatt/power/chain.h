#pragma once
/// The conversion chain between the servers' inlets and the meter, stage by stage, and what each stage loses at the
/// load it carries.
///
/// Curve. A stage is published by its efficiency at a few loads. With x = output / rating and loss share
/// L(x) = x (1 / efficiency(x) - 1), L is drawn straight between the published loads and on beyond them (never below
/// zero), so that a stage loses power at no load too, as transformers and UPS do.
/// Affine. Some models publish `in = (out + constant) / efficiency` for one unit (ExaDigiT RAPS, Frontier).
///
/// Redundancy. `needed` units carry the rated load and `installed` share it: N (1 of 1), N+1 (n of n + 1), 2N (1 of 2),
/// block redundant (3 of 4). More installed units mean a lower load on each, and another efficiency.
///
/// Every stage is rated for the capacity that passes it. Input less output is the loss, exactly, stage by stage;
/// `convert` checks that the losses make the difference between the meter and the servers.

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "gigawatt/catalog/sourced.h"

namespace gigawatt::power {

struct LoadPoint {
  double load = 0;  ///< of the rating
  catalog::Sourced efficiency;
};

struct Stage {
  std::string name, title, source;
  std::vector<LoadPoint> points;                    ///< ascending by load; empty: affine
  catalog::Sourced constant_w, efficiency, unit_w;  ///< affine, of one unit with the output rating `unit_w`
  catalog::Sourced hold_up_s;                       ///< at full load after the input is lost; 0: none

  /// Loss of units with a rating in sum of `rating_w` that deliver `out_w` together.
  double loss_w(double out_w, double rating_w) const;
};

struct Link {
  std::string stage;
  std::int64_t needed = 1, installed = 1;
};

/// From the servers to the meter.
struct Chain {
  std::string name, title, source;
  std::vector<Link> links;
  std::string ride_through;  ///< what its supplies and UPS do in a dip, by name
};

struct StageLoad {
  std::string name;
  double out_w = 0, loss_w = 0;
  double load = 0;  ///< of the rating of the installed units
};

struct Converted {
  double it_w = 0;     ///< at the servers' inlets
  double input_w = 0;  ///< at the meter, without cooling
  std::vector<StageLoad> stages;

  double loss_w() const { return input_w - it_w; }
};

/// Stages by name, chains of them.
struct ChainLibrary {
  std::vector<Stage> stages;
  std::vector<Chain> chains;

  const Stage* stage(std::string_view name) const;
  const Chain* chain(std::string_view name) const;
};

void fields(config::FieldVisitor& v, LoadPoint& x);
void fields(config::FieldVisitor& v, Stage& x);
void fields(config::FieldVisitor& v, Link& x);
void fields(config::FieldVisitor& v, Chain& x);
void fields(config::FieldVisitor& v, ChainLibrary& x);

/// A chain built for one capacity: rated once, converted as often as wanted.
class BuiltChain {
 public:
  /// `capacity_it_w`: what the servers may draw; the chain's stages must be in the library.
  BuiltChain(const ChainLibrary& library, const Chain& chain, double capacity_it_w);

  Converted convert(double it_w) const;
  double input_w(double it_w) const;
  /// The loss of each stage, from the servers outwards, without an allocation.
  void losses(double it_w, std::span<double> loss_w) const;
  double capacity_it_w() const { return capacity_it_w_; }

 private:
  struct Rated {
    const Stage* stage;
    double rating_w;  ///< of the installed units together
  };
  std::vector<Rated> stages_;
  double capacity_it_w_;
};

/// A breaker of thermal-magnetic kind: it carries its continuous share for ever and trips after
/// seconds_at_double / ((load^2 - 1) / 3) above its rating (constant heat, I^2 t).
struct Breaker {
  double rating_w = 0;
  double continuous_share = 0.8;
  double seconds_at_double = 0;
};

/// Time at which a series of equal steps trips the breaker, or a negative number where it never does.
double trips_at_s(const Breaker& breaker, const std::vector<double>& watts, double dt_s);

}  // namespace gigawatt::power
