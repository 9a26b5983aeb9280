#include "gigawatt/results/store.h"

#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmath>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <set>
#include <string>

#include <gtest/gtest.h>

#include "gigawatt/results/duckdb_session.h"

namespace gigawatt::results {
namespace {

namespace fs = std::filesystem;

class StoreTest : public ::testing::Test {
 protected:
  void SetUp() override {
    folder_ = fs::temp_directory_path() / ("gigawatt_store_" + std::to_string(getpid()) + "_" +
                                           ::testing::UnitTest::GetInstance()->current_test_info()->name());
    fs::create_directories(folder_);
  }
  void TearDown() override { fs::remove_all(folder_); }
  fs::path file() const { return folder_ / "runs.db"; }

  static RunHeader header(const std::string& name = "tiny") {
    RunHeader h;
    h.scenario = name;
    h.title = "It's a test";
    h.seed = 18446744073709551615u;
    h.start = base::SimTime::from_date(2024, 1, 1);
    h.end = base::SimTime::from_date(2030, 1, 1);
    return h;
  }
  static std::string failure(const fs::path& path) {
    try {
      open_store(path);
    } catch (const StoreError& error) {
      return error.what();
    }
    return "";
  }
  std::string one(const std::string& sql) const {
    Session session(file());
    const auto rows = session.query(sql);
    return rows.size() == 1 ? rows[0][0] : "rows: " + std::to_string(rows.size());
  }

  fs::path folder_;
};

TEST(Registry, NamesAreUniqueAndDescribed) {
  for (const auto list : {metrics(), series(), events(), ledgers()}) {
    std::set<std::string_view> names;
    for (const auto& d : list) {
      EXPECT_TRUE(names.insert(d.name).second) << d.name;
      EXPECT_FALSE(d.doc.empty()) << d.name;
    }
  }
  EXPECT_EQ(info(Metric::kWater).unit, "m3");
  EXPECT_EQ(info(Ledger::kMemory).name, "memory");
}

TEST_F(StoreTest, WhatIsWrittenIsReadBack) {
  {
    auto store = open_store(file());
    auto run = store->begin_run(header());
    EXPECT_EQ(run->id(), 1);
    run->metric(Metric::kEnergy, {"site", "o'hare"}, {10, 8, 12});
    run->point(Series::kCapex, {}, "chips", base::SimTime::from_date(2025, 2, 1), 5);
    run->event(Event::kMilestone, {"site", "a"}, base::SimTime::from_date(2026, 7, 15), "shell", 100);
    run->ledger(Ledger::kOpex, {}, "energy", 3);
    run->input({"site[0].power", "1 GW", "GW", "file", "press", 1e9, false});
    run->citation({"press", "A title", "https://example.org"});
    run->claim({"c1", "One gigawatt", "press", "facility_power", "at_least", "W", "undecidable", "", "why",
                1e9, 0.1, std::nan("")});
    run->finish(RunStatus::kComplete);
  }
  EXPECT_EQ(one("SELECT subject || ' ' || value || ' ' || low || ' ' || high FROM metric"),
            "o'hare 10.0 8.0 12.0");
  EXPECT_EQ(one("SELECT time::VARCHAR FROM series WHERE label = 'chips'"), "2025-02-01 00:00:00");
  EXPECT_EQ(one("SELECT description FROM event WHERE kind = 'milestone'"), "shell");
  EXPECT_EQ(one("SELECT account FROM ledger WHERE name = 'opex'"), "energy");
  EXPECT_EQ(one("SELECT si FROM input_leaf WHERE NOT assumed"), "1000000000.0");
  EXPECT_EQ(one("SELECT url FROM citation"), "https://example.org");
  EXPECT_EQ(one("SELECT count(*) FROM claim WHERE value IS NULL AND claimed = 1e9"), "1");
  EXPECT_EQ(one("SELECT title || status || seed FROM run"), "It's a testcomplete18446744073709551615");
  EXPECT_EQ(one("SELECT unit FROM quantity WHERE kind = 'metric' AND name = 'co2_t'"), "t");
}

TEST_F(StoreTest, RunsAreAppendedNeverReplaced) {
  for (int i = 1; i <= 3; ++i) {
    auto store = open_store(file());
    auto run = store->begin_run(header("s" + std::to_string(i)));
    EXPECT_EQ(run->id(), i);
    run->metric(Metric::kAccelerators, {}, i);
    run->finish(RunStatus::kComplete);
  }
  EXPECT_EQ(one("SELECT string_agg(scenario, ',' ORDER BY run_id) FROM run"), "s1,s2,s3");
  EXPECT_EQ(one("SELECT sum(value) FROM metric"), "6.0");
}

TEST_F(StoreTest, AFileIsOpenOnceInAProcess) {
  auto store = open_store(file());
  try {
    open_store(file());
    FAIL() << "two databases on one file write over each other";
  } catch (const StoreError& error) {
    EXPECT_NE(std::string(error.what()).find("has it open already"), std::string::npos) << error.what();
  }
  store.reset();
  EXPECT_NO_THROW(open_store(file()));
}

TEST_F(StoreTest, ARunGivenUpKeepsWhatWasCommitted) {
  auto store = open_store(file());
  {
    auto run = store->begin_run(header());
    run->metric(Metric::kAccelerators, {}, 1);
    run->commit();
    run->metric(Metric::kAccelerators, {}, 2);
  }
  EXPECT_EQ(store->runs().at(0).status, "interrupted");
  store.reset();
  EXPECT_EQ(one("SELECT sum(value) FROM metric"), "1.0");
}

TEST_F(StoreTest, AKilledProcessLeavesAReadableStore) {
  const pid_t child = fork();
  if (child == 0) {
    auto store = open_store(file());
    auto run = store->begin_run(header());
    run->metric(Metric::kAccelerators, {}, 1);
    run->commit();
    run->metric(Metric::kAccelerators, {}, 2);
    raise(SIGKILL);
  }
  int status = 0;
  ASSERT_EQ(waitpid(child, &status, 0), child);
  ASSERT_TRUE(WIFSIGNALED(status));
  auto store = open_store(file());
  ASSERT_EQ(store->runs().size(), 1u);
  EXPECT_EQ(store->runs()[0].status, "interrupted");
  auto run = store->begin_run(header());
  EXPECT_EQ(run->id(), 2);
  run->finish(RunStatus::kComplete);
  run.reset();
  store.reset();
  EXPECT_EQ(one("SELECT sum(value) FROM metric"), "1.0");
}

TEST_F(StoreTest, AFullDiskIsAnErrorAndEarlierRunsStay) {
  {
    auto store = open_store(file());
    auto run = store->begin_run(header("first"));
    run->metric(Metric::kAccelerators, {}, 1);
    run->finish(RunStatus::kComplete);
  }
  const auto size = fs::file_size(file());
  const pid_t child = fork();
  if (child == 0) {  // a limit on file size stands for a full disk: writes beyond it fail
    signal(SIGXFSZ, SIG_IGN);
    const rlimit limit{size, size};
    setrlimit(RLIMIT_FSIZE, &limit);
    try {
      auto store = open_store(file());
      auto run = store->begin_run(header("second"));
      for (int i = 0; i < 100'000; ++i) run->point(Series::kItLoad, {}, "", base::SimTime{i}, std::sqrt(i));
      run->finish(RunStatus::kComplete);
    } catch (const StoreError& error) {
      _exit(std::string(error.what()).find("runs.db") != std::string::npos ? 42 : 43);
    }
    _exit(0);
  }
  int status = 0;
  ASSERT_EQ(waitpid(child, &status, 0), child);
  ASSERT_TRUE(WIFEXITED(status)) << "signal " << WTERMSIG(status);
  EXPECT_EQ(WEXITSTATUS(status), 42);
  auto runs = open_store(file())->runs();
  ASSERT_GE(runs.size(), 1u);
  EXPECT_EQ(runs[0].scenario, "first");
  EXPECT_EQ(runs[0].status, "complete");
  EXPECT_EQ(one("SELECT sum(value) FROM metric WHERE run_id = 1"), "1.0");
}

TEST_F(StoreTest, OtherFilesAreRefusedUntouched) {
  std::ofstream(file()) << std::string(5000, 'x');
  EXPECT_NE(failure(file()).find("runs.db: cannot open"), std::string::npos) << failure(file());
  EXPECT_EQ(fs::file_size(file()), 5000u);

  const auto foreign = folder_ / "foreign.db";
  {
    Session(foreign).execute("CREATE TABLE mine (i INTEGER)");
  }
  EXPECT_NE(failure(foreign).find("something else"), std::string::npos) << failure(foreign);

  EXPECT_NE(failure(folder_ / "missing" / "runs.db").find("cannot open"), std::string::npos);
  EXPECT_NE(failure(folder_).find("cannot open"), std::string::npos);
}

TEST_F(StoreTest, AStoreOfAnotherVersionIsRefused) {
  open_store(file());
  {
    Session(file()).execute("UPDATE gigawatt_store SET schema_version = 99");
  }
  EXPECT_NE(failure(file()).find("format version is 99"), std::string::npos) << failure(file());
}

TEST_F(StoreTest, AHalfWrittenFileIsRefused) {
  {
    auto store = open_store(file());
    auto run = store->begin_run(header());
    for (int i = 0; i < 50'000; ++i) run->point(Series::kItLoad, {}, "", base::SimTime{i}, std::sqrt(i));
    run->finish(RunStatus::kComplete);
  }
  fs::resize_file(file(), 5000);
  EXPECT_NE(failure(file()).find("runs.db: cannot"), std::string::npos);
}

TEST_F(StoreTest, AViewInTheNameOfATableIsRefused) {
  open_store(file());
  {
    Session session(file());
    session.execute("ALTER TABLE attachment RENAME TO kept");
    session.execute("CREATE VIEW attachment AS SELECT 1::BIGINT AS run_id, 'scenario' AS kind, 'x' AS text");
  }
  EXPECT_NE(failure(file()).find("'attachment' is no table but a VIEW"), std::string::npos)
      << failure(file());
}

TEST_F(StoreTest, AStoreThatExistsReachesNoOtherFile) {
  open_store(file());
  const auto other = folder_ / "other.txt";
  std::ofstream(other) << "a line of another file\n";
  Session session(file());
  EXPECT_THROW(session.query("SELECT content FROM read_text(" + sql_text(other.string()) + ")"), StoreError);
  EXPECT_THROW(session.execute("COPY run TO " + sql_text((folder_ / "run.csv").string())), StoreError);
  EXPECT_THROW(session.execute("SET enable_external_access = true"), StoreError);
  EXPECT_THROW(session.execute("SET memory_limit = '1GB'"), StoreError);
}

TEST_F(StoreTest, ExportsParquet) {
  auto store = open_store(file());
  auto run = store->begin_run(header());
  run->metric(Metric::kAccelerators, {}, 7);
  run->finish(RunStatus::kComplete);
  store->export_parquet(folder_);
  store.reset();
  Session reader(folder_ / "reader.db");  // a store that exists may read no other file
  const auto rows = reader.query("SELECT value FROM " + sql_text((folder_ / "metric.parquet").string()));
  ASSERT_EQ(rows.size(), 1u);
  EXPECT_EQ(rows[0][0], "7.0");
}

TEST_F(StoreTest, ARunMayWaitForAnotherProcess) {
  {
    auto store = open_store(file());
    EXPECT_EQ(
        store->enqueue(header("later"), {{Attachment::kScenario, "it's text"}, {Attachment::kName, "n"}}), 1);
    EXPECT_EQ(store->runs().at(0).status, "queued");
    EXPECT_EQ(store->runs().at(0).started, "");
  }
  auto store = open_store(file());
  EXPECT_EQ(store->runs().at(0).status, "queued");
  EXPECT_EQ(store->attachment(1, Attachment::kScenario), "it's text");
  EXPECT_EQ(store->attachment(1, Attachment::kDocument), std::nullopt);
  auto run = store->begin_queued(1);
  EXPECT_EQ(store->runs().at(0).status, "running");
  run->metric(Metric::kAccelerators, {}, 1);
  // Others come and go while it is written.
  EXPECT_EQ(store->enqueue(header("next"), {}), 2);
  store->set_status(2, RunStatus::kFailed, "why it's so");
  run->attach(Attachment::kDocument, "{}");
  run->finish(RunStatus::kComplete);
  const auto rows = store->runs();
  EXPECT_EQ(rows.at(0).status + rows.at(1).status + rows.at(1).error, "completefailedwhy it's so");
  EXPECT_EQ(store->attachment(1, Attachment::kDocument), "{}");
  EXPECT_LE(rows.at(0).started, rows.at(0).finished);
  store->remove(1);
  EXPECT_EQ(store->runs().size(), 1u);
  EXPECT_EQ(store->attachment(1, Attachment::kDocument), std::nullopt);
}

TEST_F(StoreTest, NamesAndNotesCanBeChanged) {
  {
    auto store = open_store(file());
    ASSERT_EQ(store->enqueue(header("a"), {{Attachment::kScenario, "text"}, {Attachment::kName, "first"}}),
              1);
    ASSERT_EQ(store->enqueue(header("b"), {{Attachment::kName, "other"}}), 2);
    store->replace(1, {{Attachment::kName, "it's second"}, {Attachment::kNote, "one\ntwo"}});
    // While another run is written, too.
    auto run = store->begin_queued(2);
    run->metric(Metric::kAccelerators, {}, 1);
    store->replace(1, {{Attachment::kName, "third"}});
    store->replace(2, {{Attachment::kNote, "of the one that is written"}});
    run->finish(RunStatus::kComplete);
  }
  auto store = open_store(file());
  EXPECT_EQ(store->attachment(1, Attachment::kName), "third");
  EXPECT_EQ(store->attachment(1, Attachment::kNote), "one\ntwo");
  EXPECT_EQ(store->attachment(1, Attachment::kScenario), "text");
  EXPECT_EQ(store->attachment(2, Attachment::kName), "other");
  EXPECT_EQ(store->attachment(2, Attachment::kNote), "of the one that is written");
  store->replace(1, {{Attachment::kNote, ""}});
  EXPECT_EQ(store->attachment(1, Attachment::kNote), std::nullopt);
}

TEST_F(StoreTest, WhereThereIsNoIntervalThereIsNull) {
  {
    auto store = open_store(file());
    auto run = store->begin_run(header());
    run->metric(Metric::kAccelerators, {}, 7);
    Interval of_futures{5, 4, 6};
    of_futures.nominal = 9;
    run->metric(Metric::kEnergy, {}, of_futures);
    run->point(Series::kCo2, {}, "", base::SimTime{0}, 1);
    run->finish(RunStatus::kComplete);
  }
  EXPECT_EQ(
      one("SELECT count(*) FROM metric WHERE name = 'accelerators' AND low IS NULL AND high IS NULL AND "
          "nominal = 7"),
      "1");
  EXPECT_EQ(one("SELECT value || ' ' || nominal FROM metric WHERE name = 'energy_mwh'"), "5.0 9.0");
  EXPECT_EQ(one("SELECT count(*) FROM series WHERE low IS NULL AND high IS NULL"), "1");
  EXPECT_EQ(one("SELECT unit FROM quantity WHERE kind = 'metric' AND name = 'first_power_date'"),
            "s since 1970");
}

TEST_F(StoreTest, AStoreOfVersionThreeLosesItsIntervalsWithoutAWidth) {
  {
    auto store = open_store(file());
    auto run = store->begin_run(header());
    run->metric(Metric::kWaitMean, {"job", "a"},
                Interval{3, 3, 3});  // as version 3 wrote a figure without a band
    run->metric(Metric::kEnergy, {"job", "a"}, Interval{5, 4, 6});
    for (int day = 1; day <= 20; ++day)
      run->point(Series::kCo2, {"site", "a"}, "",
                 base::SimTime::from_date(2025, 1, static_cast<unsigned>(day)), Interval(day, day, day));
    run->claim({"c1", "One gigawatt", "press", "facility_power", "at_least", "W", "undecidable", "", "why",
                1e9, 0.1, Interval{2, 2, 2}});
    run->finish(RunStatus::kComplete);
  }
  {
    Session session(file());
    for (const char* table : {"metric", "series", "claim"})
      session.execute(std::string("ALTER TABLE ") + table + " DROP COLUMN nominal");
    session.execute("ALTER TABLE claim DROP COLUMN claimed_upper; DELETE FROM quantity");
    session.execute("UPDATE gigawatt_store SET schema_version = 3");
  }
  auto store = open_store(file());
  SeriesQuery all{"co2_t", "site", "a", "", base::SimTime{INT64_MIN}, base::SimTime{INT64_MAX}, 2};
  const auto data = store->series(1, all);
  ASSERT_EQ(data.mean.size(), 2u);
  EXPECT_TRUE(std::isnan(data.low[0]) && std::isnan(data.high[1]));
  auto run = store->begin_run(header("later"));  // and the next run goes into the same tables
  run->metric(Metric::kEnergy, {"job", "a"}, 1);
  run->finish(RunStatus::kComplete);
  run.reset();
  store.reset();
  EXPECT_EQ(
      one("SELECT value FROM metric WHERE run_id = 1 AND low IS NULL AND high IS NULL AND nominal = value"),
      "3.0");
  EXPECT_EQ(one("SELECT value FROM metric WHERE run_id = 1 AND low = 4 AND high = 6"), "5.0");
  EXPECT_EQ(one("SELECT count(*) FROM claim WHERE low IS NULL AND nominal = 2 AND claimed_upper IS NULL"),
            "1");
  EXPECT_EQ(one("SELECT count(*) > 50 FROM quantity"), "true");
}

TEST_F(StoreTest, AStoreOfVersionOneIsBroughtUpToDate) {
  {
    auto store = open_store(file());
    auto run = store->begin_run(header());
    for (int day = 1; day <= 3; ++day)
      run->point(Series::kCo2, {"site", "a"}, "",
                 base::SimTime::from_date(2025, 1, static_cast<unsigned>(day)), day);
    run->finish(RunStatus::kComplete);
  }
  {
    Session session(file());
    session.execute("DROP TABLE series_level; DROP TABLE series_extent; DROP TABLE attachment");
    session.execute("ALTER TABLE run DROP COLUMN error; ALTER TABLE run DROP COLUMN created_at");
    for (const char* table : {"metric", "series", "claim"})
      session.execute(std::string("ALTER TABLE ") + table + " DROP COLUMN nominal");
    session.execute("ALTER TABLE claim DROP COLUMN claimed_upper");
    session.execute("UPDATE gigawatt_store SET schema_version = 1");
  }
  auto store = open_store(file());
  ASSERT_EQ(store->runs().size(), 1u);
  EXPECT_NE(store->runs().at(0).created, "");
  const auto index = store->series_of(1);
  ASSERT_EQ(index.size(), 1u);
  EXPECT_EQ(index[0].points, 3);
  SeriesQuery all{"co2_t", "site", "a", "", base::SimTime{INT64_MIN}, base::SimTime{INT64_MAX}, 10};
  EXPECT_EQ(store->series(1, all).mean, (std::vector<double>{1, 2, 3}));
}

}  // namespace
}  // namespace gigawatt::results
