// The search against the plans that people published: what it finds is never more than 3% slower than theirs, by the
// step model. (Whether it is faster on a machine only a measurement can say; see docs/models/search.md.)

#include <gtest/gtest.h>

#include <map>
#include <string>

#include "gigawatt/analysis/predict.h"
#include "gigawatt/engine/inputs.h"
#include "gigawatt/search/search.h"

namespace gigawatt::engine {
namespace {

constexpr int kRowsPerModel = 1;  ///< on one kind of accelerator; the first in the file

TEST(PublishedPlans, AreReachedWithinThreePercent) {
  const std::string data = GW_SOURCE_DIR "/data";
  const auto known = load_knowledge(data);
  ASSERT_TRUE(known) << base::render(known.error());
  const auto table = analysis::read_runs(data + "/validation/runs.csv");
  ASSERT_TRUE(table);
  const analysis::Knowledge basis{known->catalog.accelerators(), known->catalog.systems(),
                                  known->catalog.models(), &known->software, &known->calibration};
  std::map<std::string, int> seen;
  int compared = 0;
  double worst = 0;
  for (const auto& row : table->rows) {
    if (++seen[row.model.name + row.accelerator] > kRowsPerModel) continue;
    const auto run = analysis::resolve(row, basis);
    if (!run) continue;
    const auto theirs = analysis::predict(*run, known->calibration);
    if (!theirs || !theirs->result.memory.fits) continue;
    search::SearchOptions options;
    options.top = 1;
    options.pareto = false;
    options.constraints.precision = {theirs->plan.precision};
    options.constraints.sequence_parallel = search::Choice::kEither;
    const auto ours = search::search(run->request(theirs->plan), known->calibration, options);
    ASSERT_FALSE(ours.best.empty()) << row.id;
    const double ratio = ours.best[0].step_time_s / theirs->result.step_time_s;
    EXPECT_LE(ratio, 1.03) << row.id << ": " << step::to_string(theirs->plan) << " against "
                           << step::to_string(ours.best[0].plan);
    worst = std::max(worst, ratio);
    ++compared;
  }
  EXPECT_GT(compared, 20);
  RecordProperty("compared", compared);
  RecordProperty("worst_ratio", std::to_string(worst));
}

}  // namespace
}  // namespace gigawatt::engine
