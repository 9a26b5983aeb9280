#pragma once
/// What failures cost a synchronous job: closed forms, for planning and to test the simulation against.
///
/// A job saves a checkpoint after every `interval_s` of useful work; saving stops it for `stall_s`, and the
/// checkpoint can be restored from `lag_s` after the stall (written in the background). Failures come at
/// `rate_per_s` (MTTF = 1 / rate); each costs `detection_s`, then a restart of `restart_s`, during which failures
/// strike again; then the work since the last usable checkpoint is done again.
///
/// ETTR (effective training time ratio) = useful time / time held.

namespace gigawatt::reliability {

struct CheckpointCosts {
  double interval_s = 0;
  double stall_s = 0;
  double lag_s = 0;
};

struct RecoveryCosts {
  double detection_s = 0;
  double restart_s = 0;
};

/// Young (CACM 17(9), 1974): sqrt(2 stall MTTF).
double young_interval_s(double stall_s, double mttf_s);

/// Daly's higher-order optimum (FGCS 22(3), 2006, eq. 37); MTTF itself where stall >= 2 MTTF.
double daly_interval_s(double stall_s, double mttf_s);

/// First order in rate x (recovery + interval): (1 - rate (u + d/2)) / (1 + w/d), with u = detection + restart
/// (Kokolis et al., arXiv 2410.21680, eq. 1-2, for N nodes of rate r each: rate = N r). Not below 0.
double ettr_first_order(double rate_per_s, const CheckpointCosts& checkpoint, const RecoveryCosts& recovery);

/// The renewal process itself, exact for exponential failures in an endless job: with c = d + w,
///     useful per failure  d exp(-rate lag) / (exp(rate c) - 1)
///     recovery            (detection + (1 - exp(-rate restart)) / rate) exp(rate restart)
///     ETTR                useful / (1/rate + recovery)
double ettr_renewal(double rate_per_s, const CheckpointCosts& checkpoint, const RecoveryCosts& recovery);

}  // namespace gigawatt::reliability
