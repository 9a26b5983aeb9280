/// A store that somebody has changed with DuckDB itself: served, and compared with a sound one. Refused with a reason, or
/// every answer about its runs is one that a sound server gives.
///
/// DuckDB has a checksum on each block, so bytes damaged at random only ever meet that (tests/server/test_mutations.py does
/// it); here are sound databases with impossible contents.

#include <unistd.h>

#include <array>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "gigawatt/base/random.h"
#include "gigawatt/results/compare.h"
#include "gigawatt/results/store.h"
#include "gigawatt/results/test/sql.h"
#include "gigawatt/server/test/door.h"

namespace gigawatt::server {
namespace {

namespace fs = std::filesystem;
using base::SimTime;
using nlohmann::json;

struct Table {
  std::string name;
  std::vector<std::string> columns;
};

class DamagedStore : public ::testing::Test {
 protected:
  void SetUp() override {
    folder_ = fs::temp_directory_path() / fmt::format("gigawatt_damaged_{}", getpid());
    fs::create_directories(folder_);
    write_sound();
    for (auto& row :
         results::test::sql(sound(),
                            "SELECT table_name, column_name FROM information_schema.columns ORDER BY "
                            "table_name, column_name")) {
      if (tables_.empty() || tables_.back().name != row[0]) tables_.push_back({row[0], {}});
      tables_.back().columns.push_back(row[1]);
    }
    ASSERT_GT(tables_.size(), 10U);
  }
  void TearDown() override { fs::remove_all(folder_); }

  fs::path sound() const { return folder_ / "sound.db"; }

  fs::path copy() const {
    const fs::path file = folder_ / "changed.db";
    fs::remove(file);
    fs::remove(fs::path(file) += ".wal");
    fs::copy_file(sound(), file);
    return file;
  }

  /// Two runs that are over and one that waits, whose scenario is none.
  void write_sound() const {
    const auto store = results::open_store(sound());
    results::RunHeader header;
    header.scenario = "tiny";
    header.start = SimTime::from_date(2025, 1, 1);
    header.end = SimTime::from_date(2026, 1, 1);
    header.created = "2026-07-15T06:30:00Z";
    for (int i = 0; i < 2; ++i) {
      const auto run = store->begin_run(header);
      const SimTime day = SimTime::from_date(2025, 2, 1);
      run->metric(results::Metric::kEnergy, {"site", "lab"}, {10, 8, 12});
      for (int hour = 0; hour < 200; ++hour)
        run->point(results::Series::kItLoad, {}, "", SimTime{day.us + 3'600'000'000LL * hour}, hour);
      run->event(results::Event::kJobStart, {"job", "j"}, day, "lab", 1);
      run->event(results::Event::kJobEnd, {"job", "j"}, SimTime::from_date(2025, 3, 1), "", 1);
      run->ledger(results::Ledger::kOpex, {}, "energy", 3);
      run->input({"site[0].power", "1 GW", "GW", "file", "press", 1e9, false});
      run->citation({"press", "A page", "https://example.org"});
      results::ClaimRow claim;
      claim.id = "c";
      claim.claimed = 1;
      run->claim(claim);
      run->attach(results::Attachment::kScenario, "version = 1\n");
      run->attach(results::Attachment::kDocument, "{}");
      run->attach(results::Attachment::kName, "a run");
      run->commit();
      run->finish(results::RunStatus::kComplete);
    }
    store->enqueue(header, {{results::Attachment::kScenario, "version = 1\n"}});
  }

  /// What is wrong with the answers; "" where all is well or the store is refused.
  static std::string answers(const fs::path& file) {
    try {
      test::Door door(file);
      std::string wrong;
      const auto ask = [&](std::string method, const std::string& path,
                           std::map<std::string, std::string> query = {}, std::string body = {}) {
        Response response = door.ask(std::move(method), path, std::move(query), std::move(body));
        if (const auto why = test::complaint(response); !why.empty()) wrong += path + ": " + why + "\n";
        return json::parse(response.bytes(), nullptr, false);
      };
      const json list = ask("GET", "/api/runs");
      for (const auto& run : list.value("runs", json::array())) {
        const std::string path = "/api/runs/" + run.at("id").dump();
        for (const char* part : {"", "/document", "/toml", "/trace"}) ask("GET", path + part);
        const json index = ask("GET", path + "/series/index");
        for (const auto& series : index.value("series", json::array()))
          for (const char* points : {"1000", "3"})
            ask("GET", path + "/series",
                {{"metric", series.value("metric", "")},
                 {"entity", series.value("entity", "")},
                 {"label", series.value("label", "")},
                 {"points", points}});
        ask("PATCH", path, {}, R"({"name": "another"})");
      }
      ask("DELETE", "/api/runs/1");
      return wrong;
    } catch (const results::StoreError& error) {
      return std::string(error.what()).empty() ? "refused without a reason" : "";
    }
  }

  /// Comparing throws nothing but StoreError.
  static void compared(const fs::path& a, const fs::path& b) {
    try {
      results::compare(a, 0, b, 0);
    } catch (const results::StoreError&) {
    }
  }

  fs::path folder_;
  std::vector<Table> tables_;
};

constexpr std::array<const char*, 24> kOddCells = {"NULL",
                                                   "0",
                                                   "-1",
                                                   "1",
                                                   "3",
                                                   "9223372036854775807",
                                                   "-9223372036854775808",
                                                   "18446744073709551615",
                                                   "'NaN'::DOUBLE",
                                                   "'inf'::DOUBLE",
                                                   "'-inf'::DOUBLE",
                                                   "1e308",
                                                   "''",
                                                   "'x'",
                                                   "'queued'",
                                                   "'running'",
                                                   "'complete'",
                                                   "'document'",
                                                   "'it''s <b>'",
                                                   "repeat('long ', 20000)",
                                                   "chr(7)",
                                                   "'infinity'::TIMESTAMP",
                                                   "'-infinity'::TIMESTAMP",
                                                   "make_timestamp(9223372036854775806)"};
constexpr std::array<const char*, 10> kOtherTypes = {"VARCHAR",   "BIGINT",       "DOUBLE",   "BLOB",
                                                     "TIMESTAMP", "HUGEINT",      "BIGINT[]", "BOOLEAN",
                                                     "DATE",      "DECIMAL(38,2)"};

std::string change_in_sql(random::Stream& draw, const std::vector<Table>& tables) {
  const Table& table = tables[draw.below(tables.size())];
  const std::string t = fmt::format("\"{}\"", table.name);
  const std::string c = fmt::format("\"{}\"", table.columns[draw.below(table.columns.size())]);
  const char* cell = kOddCells[draw.below(kOddCells.size())];
  switch (draw.below(12)) {
    case 0:
    case 1: return fmt::format("UPDATE {} SET {} = {}", t, c, cell);
    case 2:
    case 3: return fmt::format("UPDATE {} SET {} = {} WHERE rowid = {}", t, c, cell, draw.below(4));
    case 4:
      return fmt::format("ALTER TABLE {} ALTER {} TYPE {}", t, c,
                         kOtherTypes[draw.below(kOtherTypes.size())]);
    case 5: return fmt::format("ALTER TABLE {} DROP COLUMN {}", t, c);
    case 6: return fmt::format("ALTER TABLE {} RENAME COLUMN {} TO other", t, c);
    case 7: return fmt::format("DELETE FROM {} WHERE rowid % 4 = {}", t, draw.below(4));
    case 8: return fmt::format("INSERT INTO {0} SELECT * FROM {0} LIMIT {1}", t, draw.below(200));
    case 9:  // the same table without its constraints
      return fmt::format("CREATE TABLE copy AS FROM {0}; DROP TABLE {0}; ALTER TABLE copy RENAME TO {0}", t);
    case 10: return fmt::format("DROP TABLE {0}; CREATE VIEW {0} AS SELECT {1} AS {2}", t, cell, c);
    default: return fmt::format("CREATE MACRO {}(a) AS {}", draw.below(2) == 0 ? "sum" : "epoch_ms", cell);
  }
}

TEST_F(DamagedStore, ASoundOneIsServed) {
  EXPECT_EQ(answers(copy()), "");
  EXPECT_EQ(results::test::sql(sound(), "SELECT count(*) FROM run").at(0).at(0), "3");
}

TEST_F(DamagedStore, ATimeThatIsNoneIsNoPointOfASeries) {
  for (const char* time :
       {"NULL", "'infinity'::TIMESTAMP", "'-infinity'::TIMESTAMP", "make_timestamp(9223372036854775806)"})
    for (const char* table : {"series", "event"}) {
      const fs::path file = copy();
      results::test::sql(file, fmt::format("UPDATE {} SET time = {}", table, time));
      EXPECT_EQ(answers(file), "") << table << " " << time;
    }
}

TEST_F(DamagedStore, IsRefusedOrAnsweredFor) {
  for (int i = 0; i < test::mutations(20); ++i) {
    random::Stream draw(1, random::Domain::kTest, static_cast<std::uint64_t>(i));
    const fs::path file = copy();
    std::string made;
    for (auto changes = 1 + draw.below(3); changes > 0; --changes) {
      const std::string change = change_in_sql(draw, tables_);
      try {
        results::test::sql(file, change);
        made += change + "; ";
      } catch (const results::StoreError&) {  // what the database refuses is no change
      }
    }
    compared(file, sound());
    EXPECT_EQ(answers(file), "") << i << ": " << made;
  }
}

}  // namespace
}  // namespace gigawatt::server
