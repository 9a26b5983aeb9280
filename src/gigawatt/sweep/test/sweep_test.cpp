#include <cmath>
#include <fstream>
#include <set>

#include <gtest/gtest.h>

#include "gigawatt/analysis/sample.h"
#include "gigawatt/base/parallel.h"
#include "gigawatt/base/sim_time.h"
#include "gigawatt/engine/run.h"
#include "gigawatt/engine/test/shipped.h"
#include "gigawatt/scenario/load.h"
#include "gigawatt/sweep/merge.h"
#include "gigawatt/sweep/sensitivity.h"
#include "gigawatt/sweep/shard.h"

namespace gigawatt::sweep {
namespace {

namespace fs = std::filesystem;

using engine::test::kDataFolder;
using engine::test::shipped;
const std::string kHead = "version = 1\nscenario = \"single-rack.toml\"\n";

tl::expected<Plan, base::Diagnostics> planned(const std::string& text) {
  return plan(shipped(), {GW_SOURCE_DIR "/scenarios/sweep.toml", text, std::nullopt, data_hash(kDataFolder)});
}

std::string codes(const tl::expected<Plan, base::Diagnostics>& plan) {
  std::string out;
  if (!plan)
    for (const auto& problem : plan.error()) out += problem.code + " ";
  return out;
}

/// A folder of its own, gone afterwards.
struct Folder {
  fs::path path = fs::path(testing::TempDir()) /
                  testing::UnitTest::GetInstance()->current_test_info()->name() / fs::path("out");
  Folder() { fs::remove_all(path.parent_path()); }
  ~Folder() { fs::remove_all(path.parent_path()); }
};

const std::string kSmall = kHead +
                           "seeds = [1, 2]\n[vary]\n\"site.lab.pue\" = [1.1, 1.2]\njob.chat.utilization = "
                           "[\"50%\", \"60%\", \"1.5 MW\"]\n";

TEST(Plan, IsTheGridOfListsPointsAndSeeds) {
  const auto p = planned(kHead + R"(seeds = [3, 4, 5]
[vary]
"site.lab.pue" = [1.1, 1.2]
job.chat.utilization = ["50%", "60%"]
[sample]
method = "lhs"
runs = 7
[sample.ranges]
"site.lab.peak_overhead" = [1.25, 1.4]
)");
  ASSERT_TRUE(p) << codes(p);
  EXPECT_EQ(p->runs(), 3u * 2 * 2 * 7);
  EXPECT_EQ(p->shards(), 42u);
  EXPECT_EQ(p->seed(0), 3u);
  EXPECT_EQ(p->seed(1), 4u);
  EXPECT_EQ(p->overrides(p->point(0))[0], "site.lab.pue=1.1");
  EXPECT_EQ(p->overrides(p->point(83))[0], "site.lab.pue=1.2");
  EXPECT_EQ(p->overrides(p->point(83))[1], "job.chat.utilization=\"60%\"");
  EXPECT_TRUE(p->keys[0].numeric);
  EXPECT_FALSE(p->keys[1].numeric);
}

TEST(Plan, RangesKeepTheirUnitAndWholeNumbersStayWhole) {
  const auto p = planned(kHead + R"([sample]
method = "lhs"
runs = 10
[sample.ranges]
"site.lab.phase.room.facility_power" = ["150 kW", "0.2 MW"]
"job.small-model.priority" = [1, 3]
)");
  ASSERT_TRUE(p) << codes(p);
  EXPECT_EQ(p->keys[0].unit, "kW");
  std::set<double> priorities;
  for (const auto& point : p->points) {
    EXPECT_GE(point[0].number, 150);
    EXPECT_LE(point[0].number, 200);
    EXPECT_EQ(point[0].text, "\"" + point[0].shown + " kW\"");
    priorities.insert(point[1].number);
  }
  EXPECT_EQ(priorities, (std::set<double>{1, 2, 3}));
}

TEST(Plan, NamesMistakes) {
  EXPECT_EQ(codes(planned("version = 2\nscenario = \"single-rack.toml\"\n")), "out-of-range ");
  EXPECT_EQ(codes(planned(kHead + "[vary]\n\"site.lab.puee\" = [1.1]\n")), "unknown-key ");
  EXPECT_EQ(codes(planned(kHead + "[vary]\n\"site.lap.pue\" = [1.1]\n")), "bad-override ");
  EXPECT_EQ(codes(planned(kHead + "[vary]\nseed = [1]\n")), "bad-value ");
  EXPECT_EQ(codes(planned(kHead + "seeds = [1, 1]\n")), "bad-value ");
  EXPECT_EQ(codes(planned(kHead + "vari = 1\n")), "unknown-key ");
  EXPECT_EQ(
      codes(planned(kHead +
                    "[sample]\nmethod = \"grid\"\nruns = 10\n[sample.ranges]\n\"site.lab.pue\" = [1.1, 1.2]\n"
                    "\"site.lab.peak_overhead\" = [1.3, 1.4]\n")),
      "bad-value ");
  EXPECT_EQ(
      codes(planned(kHead + "[sample]\nruns = 4\n[sample.ranges]\n\"site.lab.pue\" = [\"1 kW\", \"2 s\"]\n")),
      "wrong-unit ");
}

/// How many points each of `strata` equal parts of an axis holds.
std::vector<int> counts(const std::vector<std::vector<double>>& points, std::size_t axis,
                        std::size_t strata) {
  std::vector<int> out(strata);
  for (const auto& point : points)
    ++out.at(static_cast<std::size_t>(point[axis] * static_cast<double>(strata)));
  return out;
}

TEST(Sample, EachStratumOfAnAxisHoldsOnePoint) {
  const auto lhs = analysis::unit_points(analysis::SampleMethod::kLhs, 37, 5, 1);
  const auto sobol = analysis::unit_points(analysis::SampleMethod::kSobol, 64, analysis::kSobolAxes, 1);
  for (std::size_t axis = 0; axis < 5; ++axis) EXPECT_EQ(counts(lhs, axis, 37), std::vector<int>(37, 1));
  for (std::size_t axis = 0; axis < analysis::kSobolAxes; ++axis)
    EXPECT_EQ(counts(sobol, axis, 64), std::vector<int>(64, 1));
  EXPECT_EQ(lhs, analysis::unit_points(analysis::SampleMethod::kLhs, 37, 5, 1));
  EXPECT_NE(lhs, analysis::unit_points(analysis::SampleMethod::kLhs, 37, 5, 2));
}

/// The first axes of Sobol's sequence are a (0, 2)-net: of 16 points each of the 4 x 4 cells holds one.
TEST(Sample, SobolFillsThePlane) {
  const auto points = analysis::unit_points(analysis::SampleMethod::kSobol, 16, 2, 7);
  std::set<std::pair<int, int>> cells;
  for (const auto& p : points) cells.emplace(static_cast<int>(p[0] * 4), static_cast<int>(p[1] * 4));
  EXPECT_EQ(cells.size(), 16u);
}

TEST(Sample, GridHasMidpoints) {
  const auto points = analysis::unit_points(analysis::SampleMethod::kGrid, 4, 2, 0);
  EXPECT_EQ(points, (std::vector<std::vector<double>>{{.25, .25}, {.25, .75}, {.75, .25}, {.75, .75}}));
  EXPECT_EQ(analysis::grid_levels(10, 2), 0u);
  EXPECT_EQ(analysis::grid_levels(27, 3), 3u);
}

/// "carried" takes the range that the catalogue or the scenario gives a key; the manifest says which.
TEST(Carried, ARangeOfTheSourceIsSampled) {
  const auto p = planned(kHead + R"([sample]
method = "lhs"
runs = 40
[sample.ranges]
"site[0].electricity_price" = "carried"
"prices.accelerator_life" = "carried"
"job.chat.utilization" = [0.4, 0.8]
)");
  ASSERT_TRUE(p) << codes(p);
  EXPECT_EQ(p->keys[0].path, "site.lab.electricity_price");
  const auto& life = p->keys[1];
  ASSERT_TRUE(life.range);
  EXPECT_EQ(life.unit, "years");
  EXPECT_NEAR(life.range->key.low, 5, 1e-9);
  EXPECT_NEAR(life.range->key.high, 6, 1e-9);
  double least = 10, most = 0;
  for (const auto& point : p->points) {
    least = std::min(least, point[1].number);
    most = std::max(most, point[1].number);
    EXPECT_EQ(point[1].text, "\"" + point[1].shown + " years\"");
  }
  EXPECT_LT(least, 5.03);  // the outer fortieths hold one point each
  EXPECT_GT(most, 5.97);
  const Folder folder;
  ASSERT_TRUE(claim_shards(folder.path, *p));
  const std::string manifest = read_bytes(folder.path / "manifest.json");
  EXPECT_NE(manifest.find("\"source\": \"meta-10k\""), std::string::npos) << manifest;
}

TEST(Carried, AllThatCarryOneAndAListOfEndsAndValue) {
  const auto p = planned(kHead + R"([vary]
"prices.accelerator_life" = "carried"
[sample]
runs = 5
carried = "all"
)");
  ASSERT_TRUE(p) << codes(p);
  EXPECT_EQ(p->keys[0].path, "prices.accelerator_life");
  ASSERT_EQ(p->runs(), 15u);
  EXPECT_EQ(p->point(0)[0].text, "\"5 years\"");
  EXPECT_EQ(p->point(5)[0].text, "\"5.5 years\"");
  EXPECT_EQ(p->point(10)[0].text, "\"6 years\"");
  EXPECT_GT(p->keys.size(), 5u);
  EXPECT_EQ(std::count_if(p->keys.begin(), p->keys.end(),
                          [](const Key& key) { return key.path == "prices.accelerator_life"; }),
            1);
  const Folder folder;
  const auto report = run_local(shipped(), *p, {folder.path});
  ASSERT_TRUE(report) << base::render(report.error());
  EXPECT_EQ(report->failed, 0u) << report->first_failure;
}

TEST(Carried, CountsOfOneSourceMoveTogether) {
  const auto p =
      plan(shipped(), {GW_SOURCE_DIR "/scenarios/sweep.toml",
                       "version = 1\nscenario = \"fleet-1300k-one-year.toml\"\n[sample]\nruns = 4\n"
                       "carried = [\"prices.*\", \"failures.*\"]\n",
                       std::nullopt, data_hash(kDataFolder)});
  ASSERT_TRUE(p) << codes(p);
  for (const auto& key : p->keys)
    EXPECT_TRUE(key.path.starts_with("prices.") || key.path.starts_with("failures."));
  Plan two;  // a key with another that moves with it
  engine::CarriedRange range;
  range.key = {"fleet.a.accelerators", 80, 100, 120};
  range.with = {{"fleet.b.accelerators", 800, 1000, 1200}};
  range.whole = true;
  two.keys = {{"fleet.a.accelerators", true, "", range}};
  Value value;
  value.text = "90";
  value.share = 0.25;
  EXPECT_EQ(two.overrides({value}),
            (std::vector<std::string>{"fleet.a.accelerators=90", "fleet.b.accelerators=900"}));
}

TEST(Carried, NamesMistakes) {
  const std::string sample = "[sample]\nruns = 4\n";
  EXPECT_EQ(codes(planned(kHead + sample + "carried = \"site.nowhere.*\"\n")), "no-range ");
  EXPECT_EQ(codes(planned(kHead + "[vary]\n\"job.chat.priority\" = \"carried\"\n")), "no-range ");
  EXPECT_EQ(codes(planned(kHead + "[vary]\n\"site.lab.pue\" = \"caried\"\n")), "wrong-kind ");
  EXPECT_EQ(codes(planned(kHead + "[vary]\n\"prices.accelerator_life\" = \"carried\"\n" + sample +
                          "[sample.ranges]\n\"prices.accelerator_life\" = [\"5 years\", \"7 years\"]\n")),
            "bad-value ");
  EXPECT_EQ(codes(planned(kHead + sample)), "missing-key ");
}

TEST(Sweep, ARunIsTheRunOfItsInputsAndAFailedOneIsCounted) {
  const Folder folder;
  const auto p = planned(kSmall);
  ASSERT_TRUE(p) << codes(p);
  const auto report = run_local(shipped(), *p, {folder.path});
  ASSERT_TRUE(report) << base::render(report.error());
  EXPECT_EQ(report->runs, 12u);
  EXPECT_EQ(report->failed, 4u);  // a power is no utilization
  EXPECT_NE(report->first_failure.find("utilization"), std::string::npos) << report->first_failure;

  const auto table = *results::read_parquet(folder.path / "results.parquet");
  const auto text = [&](const char* column, std::size_t row) {
    const auto& c = *table.column(column);
    return c.dictionary[static_cast<std::size_t>(c.words[row])];
  };
  const std::size_t run = 3;  // pue 1.1, utilization 60%, seed 2
  auto scenario = scenario::load(GW_SOURCE_DIR "/scenarios/single-rack.toml", shipped().catalog,
                                 {"site.lab.pue=1.1", "job.chat.utilization=60%"});
  engine::RunOptions options;
  options.seed = 2;
  const auto alone = engine::run({shipped(), *scenario}, options);
  const auto* energy =
      alone.frame.find(alone.frame.subject(results::SubjectKind::kFleet), results::Metric::kEnergy);
  std::size_t found = 0;
  for (std::size_t r = 0; r < table.rows; ++r) {
    if (table.column("run")->numbers[r] != run) continue;
    EXPECT_EQ(table.column("seed")->numbers[r], 2);
    EXPECT_EQ(table.column("site.lab.pue")->numbers[r], 1.1);
    EXPECT_EQ(text("job.chat.utilization", r), "60%");
    if (text("subject_kind", r) != "fleet" || text("metric", r) != energy->declaration().name) continue;
    EXPECT_EQ(table.column("value")->numbers[r], alone.frame.value(*energy, results::Statistic::kNominal));
    ++found;
  }
  EXPECT_EQ(found, 1u);
}

/// A scenario with a site by the hour, whose price file holds one price.
std::string hourly_lab(const fs::path& folder, int price) {
  fs::create_directories(folder);
  std::ofstream prices(folder / "prices.csv");
  prices << "time,price_usd_per_mwh\n";
  for (int h = 0; h < 8760; ++h)
    prices << base::to_iso_datetime(base::SimTime::from_date(2026, 1, 1) +
                                    base::Duration::seconds(3600.0 * h))
           << "," << price << "\n";
  std::ofstream(folder / "lab.toml") << R"(version = 1
name = "lab"
start = 2026-01-01
end = 2027-01-01
[[site]]
name = "lab"
kind = "existing"
catalog = "prometheus"
[site.weather]
[site.prices]
file = "prices.csv"
[[fleet]]
name = "lab"
system = "h100-sxm"
accelerators = 800
date = 2025-06-01
site = "lab"
)";
  return "version = 1\nscenario = \"lab.toml\"\n[vary]\n\"fleet.lab.accelerators\" = [800, 1600]\n";
}

TEST(Sweep, ASiteByTheHourHasTheFiguresOfItsRun) {
  const Folder folder;
  const fs::path inputs = folder.path.parent_path() / "in";
  const auto text = hourly_lab(inputs, 50);
  const auto p = plan(shipped(), {(inputs / "sweep.toml").string(), text, 1, data_hash(kDataFolder)});
  ASSERT_TRUE(p) << codes(p);
  EXPECT_EQ(p->files.size(), 1u);
  const auto report = run_local(shipped(), *p, {folder.path});
  ASSERT_TRUE(report) << base::render(report.error());
  EXPECT_EQ(report->failed, 0u) << report->first_failure;

  auto alone = *engine::load_inputs(inputs / "lab.toml", kDataFolder);
  const auto frame = engine::run(alone).frame;
  const auto* cost = frame.find(frame.subject(results::SubjectKind::kSite, 0), results::Metric::kHourlyCost);
  ASSERT_NE(cost, nullptr);
  const double usd = frame.value(*cost, results::Statistic::kNominal);
  EXPECT_GT(usd, 0);
  const auto table = *results::read_parquet(folder.path / "results.parquet");
  const auto& metric = *table.column("metric");
  std::vector<double> values;
  for (std::size_t r = 0; r < table.rows; ++r)
    if (metric.dictionary[static_cast<std::size_t>(metric.words[r])] == cost->declaration().name)
      values.push_back(table.column("value")->numbers[r]);
  ASSERT_EQ(values.size(), 2u);
  EXPECT_EQ(values[0], usd);
  EXPECT_NEAR(values[1], 2 * usd, 0.01 * usd);  // but for what fails when

  // Another price is another question, and a worker without the file answers the same from the text that it was sent.
  const auto sent = plan(shipped(), {(inputs / "elsewhere/sweep.toml").string(), text, 1,
                                     data_hash(kDataFolder), p->scenario_text, p->files});
  ASSERT_TRUE(sent) << codes(sent);
  EXPECT_EQ(sent->question, p->question);
  hourly_lab(inputs, 51);
  const auto dearer = plan(shipped(), {(inputs / "sweep.toml").string(), text, 1, data_hash(kDataFolder)});
  ASSERT_TRUE(dearer) << codes(dearer);
  EXPECT_NE(dearer->question, p->question);
}

TEST(Sweep, BytesDependOnNeitherThreadsNorInterruptions) {
  const Folder folder;
  const auto p = planned(kSmall);
  ASSERT_TRUE(p) << codes(p);
  const fs::path one = folder.path / "one", two = folder.path / "two";
  {
    const base::ThreadLimit limit(1);
    ASSERT_TRUE(run_local(shipped(), *p, {one}));
  }
  {
    const base::ThreadLimit limit(2);
    ASSERT_TRUE(run_local(shipped(), *p, {two}));
  }
  const std::string bytes = read_bytes(one / "results.parquet");
  EXPECT_EQ(bytes, read_bytes(two / "results.parquet"));
  fs::remove(shard_file(one, 5));
  fs::remove(one / "results.parquet");
  std::ofstream(one / "shards" / "000005.parquet.1.part") << "half of it";
  const auto again = run_local(shipped(), *p, {one});
  ASSERT_TRUE(again) << base::render(again.error());
  EXPECT_EQ(again->kept, p->shards() - 1);
  EXPECT_EQ(bytes, read_bytes(one / "results.parquet"));
}

TEST(Sweep, RefusesWhatItDidNotWrite) {
  const Folder folder;
  const auto p = planned(kSmall);
  ASSERT_TRUE(p) << codes(p);
  ASSERT_TRUE(run_local(shipped(), *p, {folder.path}));
  const auto other = run_local(shipped(), *planned(kHead + "seeds = [9]\n"), {folder.path});
  ASSERT_FALSE(other);
  EXPECT_EQ(other.error().front().code, "other-sweep");

  std::string shard = read_bytes(shard_file(folder.path, 2));
  shard[shard.size() / 2] ^= 1;
  write_whole(shard_file(folder.path, 2), shard);
  const auto altered = run_local(shipped(), *p, {folder.path});
  ASSERT_FALSE(altered);
  EXPECT_EQ(altered.error().front().code, "altered-shard");
  EXPECT_NE(altered.error().front().message.find("000002.parquet"), std::string::npos);

  fs::remove(shard_file(folder.path, 2));
  const auto missing = merge(folder.path, *p);
  ASSERT_FALSE(missing);
  EXPECT_EQ(missing.error().front().code, "missing-shard");

  std::string manifest = read_bytes(folder.path / "manifest.json");
  manifest.replace(manifest.find("gigawatt "), 9, "gigawatt 9");
  write_whole(folder.path / "manifest.json", manifest);
  const auto version = run_local(shipped(), *p, {folder.path});
  ASSERT_FALSE(version);
  EXPECT_NE(version.error().front().message.find("written by"), std::string::npos);
}

/// The energy of a rack goes with its PUE and its use, not with what energy costs; the bill with all three.
TEST(Sensitivity, SaysWhichInputsAFigureComesFrom) {
  const auto p = planned(kHead + R"(seeds = [1]
[sample]
method = "saltelli"
runs = 32
[sample.ranges]
"site.lab.pue" = [1.1, 1.24]
"site.lab.electricity_price" = ["50 USD/MWh", "90 USD/MWh"]
"job.chat.utilization" = ["40%", "80%"]
)");
  ASSERT_TRUE(p) << codes(p);
  EXPECT_EQ(p->runs(), saltelli_points(32, 3));
  EXPECT_EQ(p->runs(), 32u * 5 + 7);
  const Folder folder;
  ASSERT_TRUE(run_local(shipped(), *p, {folder.path}));
  const auto found = sensitivities(folder.path, *p, {"site.lab.energy_mwh", "opex_usd"});
  ASSERT_TRUE(found) << base::render(found.error());
  ASSERT_EQ(found->size(), 2u);
  const auto& energy = found->front().metric == "energy_mwh" ? found->front() : found->back();
  const auto& bill = found->front().metric == "energy_mwh" ? found->back() : found->front();
  EXPECT_EQ(energy.indices.inputs[1].total.value, 0);
  EXPECT_EQ(energy.indices.inputs[1].first.value, 0);
  EXPECT_EQ(energy.tornado[1].low, energy.tornado[1].high);
  EXPECT_GT(energy.indices.inputs[0].total.value, 0.1);
  EXPECT_GT(energy.indices.inputs[2].total.value, 0.3);
  EXPECT_LT(energy.tornado[0].low, energy.middle);
  EXPECT_GT(energy.tornado[0].high, energy.middle);
  EXPECT_GT(bill.indices.inputs[1].total.value, 0.5);
  EXPECT_EQ(energy.dropped, 0u);
  EXPECT_EQ(energy.indices.stages.back().samples, 32u);
  const auto unknown = sensitivities(folder.path, *p, {"site.lab.energy"});
  ASSERT_FALSE(unknown);
  EXPECT_NE(unknown.error().front().hint.find("energy_mwh"), std::string::npos);
  EXPECT_NE(
      codes(planned(kHead + "[vary]\n\"site.lab.pue\" = [1.1]\n[sample]\nmethod = \"saltelli\"\nruns = 4\n"
                            "[sample.ranges]\n\"site.lab.peak_overhead\" = [1.25, 1.4]\n"))
          .find("not-together"),
      std::string::npos);
}

}  // namespace
}  // namespace gigawatt::sweep
