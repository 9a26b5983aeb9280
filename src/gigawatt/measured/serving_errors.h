#pragma once
/// Predictions of published serving rows, and their errors.
///
/// A prepared case holds the kernel tables of its plans, so that constants of engines can be varied quickly. The error
/// of a group (source and quantity) is the median of |predicted / measured - 1|; the macro median is the mean over
/// sources (the part of an id before '-') of the median over the source's rows of tokens/s/GPU, TTFT and TPOT each.

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "gigawatt/measured/serving_rows.h"

namespace gigawatt::measured {

struct PreparedPlan {
  Pool pool;
  std::shared_ptr<const serving::IterationModel> model;
};

/// What a case's predictions need, built once. Not copyable: plans point at the case's own model and fabric.
struct PreparedCase {
  ServingCase asked;
  std::unique_ptr<serving::ServedModel> model;
  std::unique_ptr<network::Fabric> fabric;
  std::vector<PreparedPlan> plans;
  std::optional<PreparedPlan> prefill;
  double transfer_bandwidth = 0;
  double server_requests = 0;  ///< simulated at least for each rate of a "Server" row; 0: the usual
};

struct ServingPrediction {
  std::string id;
  std::string quantity;
  std::string source;  ///< the part of the id before '-'
  double measured = 0;
  double predicted = 0;
  double low = 0;
  double high = 0;
};

struct ServingGroupError {
  std::string by;
  std::string value;
  std::string quantity;
  std::size_t n = 0;
  double median_abs_pct = 0;
  double p90_abs_pct = 0;
  double coverage_80 = 0;
};

struct ServingReport {
  std::size_t rows = 0;
  std::size_t predicted = 0;  ///< rows with at least one prediction
  std::vector<SkippedRow> skipped;
  std::vector<ServingPrediction> rows_out;
  std::vector<ServingGroupError> groups;
  std::map<std::string, double> macro_by_quantity;
  double macro_median_abs_pct = 0;  ///< of tokens_per_s_per_gpu
  double coverage_80 = 0;
};

/// The laws or the network constants of the chip may be missing: then a reason instead.
tl::expected<PreparedCase, std::string> prepare(const ServingCase& asked, const ServingBasis& basis);

/// The quantities of a case under the present constants of its engine, or why not.
tl::expected<std::map<std::string, double>, std::string> predict(const PreparedCase& prepared);

/// Drops all but the `most` plans with the highest throughput under the present constants.
void keep_best_plans(PreparedCase& prepared, std::size_t most);

ServingReport validate_serving(const ServingTable& table, const ServingBasis& basis);

}  // namespace gigawatt::measured
