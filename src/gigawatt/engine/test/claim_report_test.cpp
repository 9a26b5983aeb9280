#include "gigawatt/engine/claim_report.h"

#include <gtest/gtest.h>

#include "gigawatt/catalog/catalog.h"
#include "gigawatt/engine/figures.h"

namespace gigawatt::engine {
namespace {

using base::SimTime;
using scenario::Claim;
using scenario::ClaimQuantity;
using scenario::ClaimRelation;

/// Two sites over 2026: "a" grows from 100 to 1,000 MW in July, "b" stays at 500 MW.
class ClaimReportTest : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    auto loaded = catalog::Catalog::load(std::string(GW_SOURCE_DIR) + "/data");
    ASSERT_TRUE(loaded) << base::render(loaded.error());
    catalog_ = std::make_unique<catalog::Catalog>(*loaded);
  }
  static void TearDownTestSuite() { catalog_.reset(); }

  void SetUp() override {
    result_.start = SimTime::from_date(2026, 1, 1);
    result_.end = SimTime::from_date(2027, 1, 1);
    for (unsigned m = 1; m <= 12; ++m) result_.months.push_back(SimTime::from_date(2026, m, 1));
    result_.sites.resize(2);
    result_.fleet.energized_facility_w_end.resize(12);
    scenario_.sites.resize(2);
    for (std::size_t i = 0; i < 2; ++i) {
      result_.sites[i].name = scenario_.sites[i].name = i == 0 ? "a" : "b";
      for (std::size_t m = 0; m < 12; ++m) {
        const double w = i == 1 ? 500e6 : m < 6 ? 100e6 : 1000e6;
        result_.sites[i].energized_facility_w_end.push_back(w);
        result_.fleet.energized_facility_w_end[m] += w;
      }
    }
    result_.sites[0].milestones = {{"one", "substation", SimTime::from_date(2026, 3, 1), 0, false},
                                   {"one", "shell", SimTime::from_date(2026, 7, 20), 0, false},
                                   {"one", "energized", SimTime::from_date(2026, 7, 20), 900e6, false}};
    result_.fleet.capex_usd = {{"shell", std::vector<double>(12, 5e9)},
                               {"power", std::vector<double>(12, 1e8)}};
    result_.fleet.own_capex_usd = std::vector<double>(12, 5.1e9);
  }

  static Claim power_claim(SimTime at, double w, ClaimRelation relation = ClaimRelation::kAtLeast) {
    Claim c;
    c.id = "c";
    c.quantity = ClaimQuantity::kSiteFacilityPower;
    c.site_id = scenario::SiteId(0);
    c.at = at;
    c.relation = relation;
    c.value.si = w;
    c.tolerance = 0.01;
    return c;
  }
  ClaimResult judged(const Claim& claim,
                     const std::vector<std::vector<std::optional<double>>>& futures = {}) {
    scenario_.claims = {claim};
    return judge_claims(result_, frame_of(result_), futures, {scenario_, *catalog_}).at(0);
  }

  static std::unique_ptr<catalog::Catalog> catalog_;
  fleet::FleetResult result_;
  scenario::ResolvedScenario scenario_;
};
std::unique_ptr<catalog::Catalog> ClaimReportTest::catalog_;

TEST_F(ClaimReportTest, PowerThatComesAfterTheDayDoesNotCount) {
  const auto on = [&](unsigned day) {
    return judged(power_claim(SimTime::from_date(2026, 7, day), 1e9)).estimate->value;
  };
  EXPECT_DOUBLE_EQ(on(10), 100);
  EXPECT_DOUBLE_EQ(on(19), 100);
  EXPECT_DOUBLE_EQ(on(20), 1000);
  EXPECT_DOUBLE_EQ(on(31), 1000);
  // No more than the month brought, though the supply let less in.
  result_.sites[0].energized_facility_w_end[6] = 300e6;
  EXPECT_DOUBLE_EQ(on(10), 100);
  EXPECT_DOUBLE_EQ(on(20), 300);
  Claim all = power_claim(SimTime::from_date(2026, 7, 10), 1e9);
  all.quantity = ClaimQuantity::kFacilityPower;
  all.site_id = {};
  EXPECT_DOUBLE_EQ(judged(all).estimate->value, 1500 - 200);  // the fleet's series as it stood
}

TEST_F(ClaimReportTest, CapacityIsThatOfTheMonthsEnd) {
  EXPECT_EQ(month_of(result_, SimTime::from_date(2026, 7, 1)), 5u);  // the instant that ends June
  EXPECT_EQ(month_of(result_, SimTime::from_date(2026, 7, 2)), 6u);
  EXPECT_EQ(month_of(result_, SimTime::from_date(2026, 1, 1)), 0u);
  EXPECT_EQ(month_of(result_, SimTime::from_date(2027, 1, 1)), 11u);
  EXPECT_EQ(month_of(result_, SimTime::from_date(2027, 1, 2)), std::nullopt);
  EXPECT_EQ(judged(power_claim(SimTime::from_date(2026, 6, 15), 1e9)).verdict,
            analysis::Verdict::kInconsistent);
  const auto later = judged(power_claim(SimTime::from_date(2026, 12, 31), 1e9));
  EXPECT_EQ(later.verdict, analysis::Verdict::kConsistent);
  EXPECT_DOUBLE_EQ(later.estimate->value, 1000);
  EXPECT_EQ(later.unit, "MW");
}

TEST_F(ClaimReportTest, TheDayComesFromTheMilestoneAndTheBindingFromItsLastStep) {
  EXPECT_EQ(reaches(result_.sites[0], result_, 1e9), SimTime::from_date(2026, 7, 20));
  EXPECT_EQ(reaches(result_.sites[0], result_, 2e9), std::nullopt);
  const auto r = judged(power_claim(SimTime::from_date(2026, 12, 31), 1e9));
  EXPECT_EQ(r.binding, analysis::Binding::kShells);
  EXPECT_NE(r.explanation.find("2026-07-20"), std::string::npos) << r.explanation;
}

TEST_F(ClaimReportTest, FuturesWidenTheInterval) {
  std::vector<std::vector<std::optional<double>>> futures;
  for (int i = 0; i <= 10; ++i) futures.push_back({0.9e9 + 0.02e9 * i});
  auto claim = power_claim(SimTime::from_date(2026, 12, 31), 1.07e9);
  const auto r = judged(claim, futures);
  EXPECT_NEAR(r.estimate->low, 920, 1e-9);
  EXPECT_NEAR(r.estimate->high, 1080, 1e-9);
  EXPECT_EQ(r.verdict, analysis::Verdict::kUndecidable);
  // The value is the futures' median, and what the run without delays gives stands beside it.
  EXPECT_NEAR(r.estimate->value, 1000, 1e-9);
  EXPECT_NEAR(judged(claim, {{0.5e9}, {0.6e9}, {0.7e9}}).estimate->value, 600, 1e-9);
  EXPECT_NEAR(*judged(claim, {{0.5e9}, {0.6e9}, {0.7e9}}).nominal, 1000, 1e-9);
  EXPECT_NE(judged(claim, {{0.5e9}, {0.6e9}}).explanation.find("without delays it"), std::string::npos);
}

TEST_F(ClaimReportTest, AnIntervalIsOnlyClaimedWhereSomethingGivesOne) {
  const auto claim = power_claim(SimTime::from_date(2026, 12, 31), 1e9);
  EXPECT_FALSE(judged(claim).has_interval);
  EXPECT_TRUE(judged(claim, {{1e9}, {1e9}}).has_interval);  // all futures agree
  EXPECT_TRUE(judged(claim, {{1e9}, {2e9}}).has_interval);
  std::vector<std::vector<std::optional<double>>> many(30, {1e9});
  many[0] = {2e9};
  EXPECT_FALSE(judged(claim, many).has_interval);  // one of thirty moves no percentile
}

TEST_F(ClaimReportTest, YearlySpendingSumsItsCategoriesAndPartialYearsAreUndecidable) {
  Claim c;
  c.quantity = ClaimQuantity::kCapexYear;
  c.at = SimTime::from_date(2026, 6, 1);
  c.relation = ClaimRelation::kRange;
  c.value.si = 60e9;
  c.upper = config::AnyQuantity{65e9, {}, ""};
  c.tolerance = 0;
  const auto r = judged(c);
  EXPECT_NEAR(r.estimate->value, 61.2e9, 1);
  EXPECT_EQ(r.verdict, analysis::Verdict::kConsistent);
  EXPECT_EQ(r.binding, analysis::Binding::kMoney);
  c.at = SimTime::from_date(2027, 1, 1);
  EXPECT_EQ(judged(c).verdict, analysis::Verdict::kUndecidable);
}

TEST_F(ClaimReportTest, BeyondTheEndNothingIsDecided) {
  const auto r = judged(power_claim(SimTime::from_date(2030, 1, 1), 1e9));
  EXPECT_EQ(r.verdict, analysis::Verdict::kUndecidable);
  EXPECT_FALSE(r.estimate);
  EXPECT_NE(r.explanation.find("2027-01-01"), std::string::npos) << r.explanation;
}

TEST_F(ClaimReportTest, FirstMeansAheadOfEveryRival) {
  Claim c;
  c.quantity = ClaimQuantity::kFirstToCapacity;
  c.site_id = scenario::SiteId(0);
  c.value.si = 400e6;
  c.rivals = {"b"};
  const auto behind = judged(c);  // b has 500 MW from the first month
  EXPECT_EQ(behind.verdict, analysis::Verdict::kInconsistent);
  EXPECT_LT(behind.estimate->value, -6);
  c.value.si = 600e6;  // b never gets there
  EXPECT_EQ(judged(c).verdict, analysis::Verdict::kConsistent);
}

TEST_F(ClaimReportTest, AReactorIsComparedByTheCataloguesFact) {
  Claim c;
  c.quantity = ClaimQuantity::kRatioTo;
  c.of = ClaimQuantity::kSiteFacilityPower;
  c.site_id = scenario::SiteId(0);
  c.at = SimTime::from_date(2026, 12, 31);
  c.reference = "reactor-net-power";
  c.value.si = 1;
  const auto r = judged(c);
  EXPECT_DOUBLE_EQ(r.estimate->value, 1);
  EXPECT_DOUBLE_EQ(r.estimate->low, 1000.0 / 1250);
  EXPECT_DOUBLE_EQ(r.estimate->high, 1000.0 / 900);
}

TEST_F(ClaimReportTest, MoreAcceleratorsThanTheMeterFeeds) {
  scenario_.systems = {"h100-sxm"};
  scenario_.sites[0].peak_overhead = 1.3;
  Claim c;
  c.quantity = ClaimQuantity::kRequiredPower;
  c.site_id = scenario::SiteId(0);
  c.system_id = scenario::SystemId(0);
  c.system = "h100-sxm";
  c.accelerators = 1.3e6;
  c.relation = ClaimRelation::kAtMost;
  c.value.si = 1e9;
  const auto r = judged(c);
  // A server of eight draws 10.2 kW and more: 1.3 million accelerators need at least 1.3e6 / 8 * 10.2 kW * 1.3.
  EXPECT_GT(r.estimate->value, 1.3e6 / 8 * 10.2e-3 * 1.3 * 0.98);
  EXPECT_EQ(r.verdict, analysis::Verdict::kInconsistent);
  EXPECT_EQ(r.binding, analysis::Binding::kPower);
}

TEST_F(ClaimReportTest, TheCompanysCapitalHoldsWhatIsNotBuiltAndNotWhatPartnersPay) {
  Claim c;
  c.quantity = ClaimQuantity::kCapexYear;
  c.at = SimTime::from_date(2026, 6, 1);
  c.relation = ClaimRelation::kAtMost;
  c.value.si = 70e9;
  c.tolerance = 0;
  scenario::OtherCapex other;
  other.year = 2026;
  other.capex = units::Money(10e9);
  other.low = units::Money(7e9);
  other.high = units::Money(14e9);
  scenario_.other_capex = {other};
  result_.fleet.partner_capex_usd = std::vector<double>(12, 0.1e9);
  result_.fleet.own_capex_usd = std::vector<double>(12, 5e9);
  const auto r = judged(c);  // 61.2 built, 1.2 paid by partners
  EXPECT_NEAR(r.estimate->value, 70e9, 1);
  EXPECT_NEAR(r.estimate->low, 67e9, 1);
  EXPECT_NEAR(r.estimate->high, 74e9, 1);
  c.value.si = 68e9;
  const auto turned = judged(c);
  EXPECT_EQ(turned.verdict, analysis::Verdict::kUndecidable);
  ASSERT_TRUE(turned.turn);
  EXPECT_EQ(turned.turn->input, "other_capex.2026.capex");
  EXPECT_EQ(turned.turn->to, "8 GUSD");
}

TEST_F(ClaimReportTest, OwnedAreThoseInServiceAndThoseThatWait) {
  result_.sites[0].accelerators_end = std::vector<double>(12, 600);
  result_.sites[1].accelerators_waiting_end = std::vector<double>(12, 200);
  scenario::FleetItem item;
  item.name = "old";
  item.accelerators = 800;
  item.date = SimTime::from_date(2025, 1, 1);
  item.low = 0.75;
  item.high = 1.5;
  scenario_.fleet = {item};
  Claim c;
  c.quantity = ClaimQuantity::kAcceleratorsOwned;
  c.at = SimTime::from_date(2026, 12, 31);
  c.value.si = 700;
  const auto owned = judged(c);
  EXPECT_DOUBLE_EQ(owned.estimate->value, 800);
  EXPECT_DOUBLE_EQ(owned.estimate->low, 600);
  EXPECT_DOUBLE_EQ(owned.estimate->high, 1200);
  scenario_.fleet[0].rent = scenario::AcceleratorRent(1);
  EXPECT_DOUBLE_EQ(judged(c).estimate->value, 0);  // all of them are somebody else's
  scenario_.fleet[0].rent.reset();
  c.quantity = ClaimQuantity::kOperatingShare;
  c.value.si = 0.75;
  const auto share = judged(c);
  EXPECT_DOUBLE_EQ(share.estimate->value, 0.75);
  EXPECT_DOUBLE_EQ(share.estimate->low, 0.5);   // half as many more
  EXPECT_DOUBLE_EQ(share.estimate->high, 1.0);  // a quarter fewer
  ASSERT_TRUE(share.turn);                      // 600 in service are 67.5% of 889
  EXPECT_EQ(share.turn->from, "200");
  EXPECT_EQ(share.turn->to, "289");
}

}  // namespace
}  // namespace gigawatt::engine
