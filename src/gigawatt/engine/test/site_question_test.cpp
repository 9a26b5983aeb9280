#include <cmath>
#include <numeric>

#include <gtest/gtest.h>

#include "gigawatt/engine/site_question.h"
#include "gigawatt/engine/test/shipped.h"

namespace gigawatt::engine {
namespace {

using test::shipped;

SiteQuestion abilene() {
  SiteQuestion q;
  q.site = "stargate-abilene";
  q.it_w = 100e6;
  return q;
}

tl::expected<SiteAnswer, base::Diagnostics> ask(const SiteQuestion& q) {
  return site_question(shipped().catalog, test::kDataFolder, q);
}

std::string message(const SiteQuestion& q) {
  const auto a = ask(q);
  return a ? std::string() : base::render(a.error());
}

TEST(SiteQuestion, AYearBalancesFromTheServersToTheBill) {
  const auto a = ask(abilene());
  ASSERT_TRUE(a) << base::render(a.error());
  EXPECT_EQ(a->year.hours(), 8760u);
  const auto sum = [](const std::vector<double>& v) { return std::accumulate(v.begin(), v.end(), 0.0); };
  const double stages = sum(a->year.stage_loss_wh);
  EXPECT_NEAR(a->year.facility_wh(),
              a->year.it_wh() + stages + sum(a->year.chiller_w) + sum(a->year.fan_w) + sum(a->year.pump_w) +
                  a->year.house_w * 8760,
              1);
  EXPECT_NEAR(a->energy.grid_mwh, a->year.facility_wh() / 1e6, 1e-3);
  EXPECT_NEAR(a->energy.cost_usd, a->energy.grid_mwh * 48, 1);  // the catalogue's price
  EXPECT_GT(a->year.pue_mean(), 1.05);
  EXPECT_LT(a->year.pue_mean(), 1.25);
}

TEST(SiteQuestion, ReadsSeriesAndASupply) {
  auto q = abilene();
  q.it_w = 0;
  q.load = {"load.csv", "it_mw\n"};
  q.prices = {"price.csv", "price_usd_per_mwh\n"};
  for (int h = 0; h < 8760; ++h) {
    q.load.text += h % 24 < 12 ? "60\n" : "100\n";
    q.prices.text += h % 24 < 12 ? "10\n" : "90\n";
  }
  q.supply = {"s.toml", "[grid]\nlimit = \"105 MW\"\n[[battery]]\npower = \"20 MW\"\nenergy = \"80 MWh\"\n"};
  const auto a = ask(q);
  ASSERT_TRUE(a) << base::render(a.error());
  EXPECT_GT(a->energy.battery_discharge_mwh, 365 * 60);
  EXPECT_GT(a->energy.unserved_mwh, 0);  // the hottest hours need more than 105 MW and the battery
  EXPECT_NEAR(a->design_it_w, 100e6, 1);
  const std::string csv = site_csv(*a);
  EXPECT_EQ(std::count(csv.begin(), csv.end(), '\n'), 8761);
  EXPECT_EQ(csv.substr(0, 5), "time,");
}

TEST(SiteQuestion, NamesWhatIsWrong) {
  auto q = abilene();
  q.site = "stargate-abilen";
  EXPECT_NE(message(q).find("stargate-abilene"), std::string::npos);
  q = abilene();
  q.plant = "towers";
  EXPECT_NE(message(q).find("no cooling plant 'towers'"), std::string::npos);
  q = abilene();
  q.it_w = 0;
  EXPECT_NE(message(q).find("--it-mw"), std::string::npos);
  q = abilene();
  q.prices = {"p.csv", "price\n1\n2\n"};
  EXPECT_NE(message(q).find("p.csv has 2 hours where 8760 are due"), std::string::npos);
  q = abilene();
  q.it_w = 0;
  q.load = {"l.csv", "it_mwh\n1\n"};
  EXPECT_NE(message(q).find("not in the dimension"), std::string::npos);
  q = abilene();
  q.supply = {"s.toml", "[[contract]]\nkind = \"wind\"\npower = \"20 MW\"\nprofile = \"wind.csv\"\n"};
  EXPECT_NE(message(q).find("--profile"), std::string::npos);
  q = abilene();
  q.load = {"l.csv", "it_mw\n1\n"};
  EXPECT_NE(message(q).find("both given"), std::string::npos) << "a load of 100 MW stands already";
  q = abilene();
  q.normals = true;
  q.weather = {"w.csv", "hour\n"};
  EXPECT_NE(message(q).find("both given"), std::string::npos);
  q = abilene();
  q.profile = {"p.csv", "output\n1\n"};
  EXPECT_NE(message(q).find("no contract"), std::string::npos);
  q = abilene();
  q.design_it_w = 50e6;
  EXPECT_NE(message(q).find("halls built for 50.000 MW"), std::string::npos);
}

}  // namespace
}  // namespace gigawatt::engine
