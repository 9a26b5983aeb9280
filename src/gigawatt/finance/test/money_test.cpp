#include "gigawatt/finance/money.h"

#include <numeric>

#include <gtest/gtest.h>

#include "gigawatt/base/check.h"
#include "gigawatt/base/random.h"

namespace gigawatt::finance {
namespace {

using base::SimTime;

Months year2025() { return Months::covering(SimTime::from_date(2025, 1, 1), SimTime::from_date(2026, 1, 1)); }
double sum(const std::vector<double>& v) { return std::accumulate(v.begin(), v.end(), 0.0); }

TEST(Months, CoverTheRun) {
  const Months m = Months::covering(SimTime::from_date(2025, 1, 15), SimTime::from_date(2025, 3, 10));
  ASSERT_EQ(m.count(), 3u);
  EXPECT_EQ(m.end_of(0), SimTime::from_date(2025, 2, 1));
  EXPECT_EQ(m.end_of(2), SimTime::from_date(2025, 3, 10));
  EXPECT_EQ(m.index(SimTime::from_date(2025, 2, 1)), 1u);
  EXPECT_EQ(m.index({SimTime::from_date(2025, 2, 1).us - 1}), 0u);
}

TEST(MoneyBook, SpreadsByTimeAndLeavesOutWhatLiesOutside) {
  MoneyBook book(year2025(), 1);
  // 59 of 120 days lie in January and February 2025.
  book.capex(0, Capex::kShell, 120, SimTime::from_date(2025, 1, 1) - base::Duration::seconds(61 * 86400.0),
             SimTime::from_date(2025, 3, 1));
  EXPECT_NEAR(book.capex_by_category(Capex::kShell)[0], 31, 1e-9);
  EXPECT_NEAR(book.capex_by_category(Capex::kShell)[1], 28, 1e-9);
  EXPECT_NEAR(sum(book.capex_by_site(0)), 59, 1e-9);
  book.capex(0, Capex::kLand, 7, SimTime::from_date(2025, 12, 31), SimTime::from_date(2025, 12, 31));
  EXPECT_EQ(book.capex_by_category(Capex::kLand)[11], 7);
  book.capex(0, Capex::kLand, 7, SimTime::from_date(2026, 1, 1), SimTime::from_date(2026, 1, 1));
  EXPECT_EQ(sum(book.capex_by_category(Capex::kLand)), 7);
}

TEST(MoneyBook, TotalsBySiteAndByCategoryAgree) {
  random::Stream random(4, random::Domain::kTest, 0);
  MoneyBook book(year2025(), 5);
  for (int i = 0; i < 1000; ++i) {
    const SimTime from =
        SimTime::from_date(2025, 1, 1) + base::Duration::seconds(random.uniform() * 300 * 86400);
    const SimTime to = from + base::Duration::seconds(random.uniform() * 400 * 86400);
    book.capex(random.below(5), static_cast<Capex>(random.below(kCapexNames.size())), random.uniform() * 1e9,
               from, to);
  }
  double by_category = 0;
  double by_site = 0;
  for (std::size_t c = 0; c < kCapexNames.size(); ++c)
    by_category += sum(book.capex_by_category(static_cast<Capex>(c)));
  for (std::size_t s = 0; s < 5; ++s) by_site += sum(book.capex_by_site(s));
  EXPECT_NEAR(by_category / by_site, 1, 1e-12);
}

TEST(Depreciation, IsStraightLine) {
  const Asset asset{.usd = 365, .in_service = SimTime::from_date(2025, 2, 1), .life_s = 365 * 86400.0};
  const Depreciation d = depreciate({&asset, 1}, year2025());
  EXPECT_EQ(d.charge_usd[0], 0);
  EXPECT_NEAR(d.charge_usd[1], 28, 1e-9);
  EXPECT_NEAR(d.book_value_usd_end[11], 365 - 334, 1e-9);
}

TEST(CapitalRecovery, MeetsTheAnnuityTable) {
  EXPECT_DOUBLE_EQ(capital_recovery(0, 5), 0.2);
  EXPECT_NEAR(capital_recovery(0.08, 5), 0.2504565, 1e-6);
  EXPECT_NEAR(capital_recovery(0.08, 25), 0.0936788, 1e-6);
  EXPECT_THROW(capital_recovery(0.08, 0), base::InternalError);
}

TEST(AcceleratorPrice, HoldsUntilTheNextPoint) {
  catalog::Accelerator a;
  EXPECT_EQ(accelerator_price_usd(a, SimTime::from_date(2024, 1, 1)), 0);
  a.price.resize(2);
  a.price[0].date = "2023-01-01";
  a.price[0].usd.value = 35000;
  a.price[1].date = "2024-01-01";
  a.price[1].usd.value = 26500;
  EXPECT_EQ(accelerator_price_usd(a, SimTime::from_date(2022, 1, 1)), 35000);
  EXPECT_EQ(accelerator_price_usd(a, SimTime::from_date(2023, 12, 31)), 35000);
  EXPECT_EQ(accelerator_price_usd(a, SimTime::from_date(2024, 1, 1)), 26500);
}

}  // namespace
}  // namespace gigawatt::finance
