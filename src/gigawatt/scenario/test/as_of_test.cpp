#include "gigawatt/scenario/as_of.h"

#include <algorithm>
#include <cmath>

#include "gigawatt/base/random.h"
#include "gigawatt/scenario/test/support.h"

namespace gigawatt::scenario {
namespace {

using base::SimTime;

constexpr double kMonth = 365.2425 / 12 * 86400;

TEST(AsOf, DatesBeforeItAreHistory) {
  const SimTime today = SimTime::from_date(2026, 11, 1), past = SimTime::from_date(2026, 3, 1);
  EXPECT_EQ(drawn_date(past, today, 0.3, 2), past);
  EXPECT_EQ(drawn_date(today, today, 0.3, -2), today);
}

TEST(AsOf, ALaterDateSpreadsWithItsDistance) {
  const SimTime today = SimTime::from_date(2026, 11, 1), later = SimTime::from_date(2027, 11, 1);
  EXPECT_EQ(drawn_date(later, today, 0.3, 0), later);
  EXPECT_NEAR((drawn_date(later, today, 0.3, 1) - today).to_days(), 365 * std::exp(0.3), 1e-6);
  EXPECT_EQ(drawn_date(later, std::nullopt, 0.3, 1), later);  // without a day, dates are as they are written
}

TEST(AsOf, AStepUnderWayIsNotOverYet) {
  ResolvedStep step;
  step.lead_s = 12 * kMonth;
  step.sigma = 0.3;
  const SimTime ready = SimTime::from_date(2026, 1, 1), today = SimTime::from_date(2026, 11, 1);
  const double run_s = (today - ready).to_seconds();
  double least = 1e18;
  std::vector<double> leads;
  for (int i = 1; i < 2000; ++i) {
    leads.push_back(drawn_lead(step, ready, today, random::normal_quantile(i / 2000.0)));
    least = std::min(least, leads.back());
  }
  EXPECT_GE(least, run_s * (1 - 1e-9));
  // By hand: P(lead > run) = 1 - Phi(ln(304/365.2425)/0.3) = 0.7296; three quarters of what is left lie below the quantile 0.2704 + 0.75 * 0.7296.
  const double over = random::normal_cdf(std::log(run_s / step.lead_s) / 0.3);
  EXPECT_NEAR(1 - over, 0.7296, 2e-4);
  EXPECT_NEAR(leads[1499], step.lead_s * std::exp(0.3 * random::normal_quantile(over + (1 - over) * 0.75)),
              1);
  EXPECT_EQ(drawn_lead(step, ready, today, 0), step.lead_s);  // the run without delays keeps the median
  // Without a day, and where the median is over already, leads are drawn whole.
  EXPECT_DOUBLE_EQ(drawn_lead(step, ready, std::nullopt, -2), step.lead_s * std::exp(-0.6));
  EXPECT_DOUBLE_EQ(drawn_lead(step, ready - base::Duration::seconds(6 * kMonth), today, -1),
                   step.lead_s * std::exp(-0.3));
}

ResolvedScenario with_phase(const std::string& phase) {
  const auto s =
      load_text(std::string(kHead) +
                    "as_of = 2026-11-01\n[[site]]\nname = \"a\"\nsystem = \"h100-sxm\"\n"
                    "[[site.phase]]\nname = \"p\"\nsource = \"news\"\nfacility_power = \"20 MW\"\n" +
                    phase,
                "t.toml", knowledge());
  EXPECT_TRUE(s) << base::render(s.error());
  return *s;
}

TEST(AsOf, ExpiredForecastsAreListed) {
  EXPECT_TRUE(with_phase("acceptance = { date = 2026-10-01 }\n").expired.empty());
  EXPECT_TRUE(with_phase("acceptance = { date = 2026-12-01, forecast = true }\n").expired.empty());
  const auto dated = with_phase("acceptance = { date = 2026-10-01, forecast = true }\n");
  ASSERT_EQ(dated.expired.size(), 1u);
  EXPECT_EQ(dated.expired[0].what, "a, p");
  EXPECT_EQ(dated.expired[0].source, "news");
  EXPECT_EQ(dated.expired[0].date, SimTime::from_date(2026, 10, 1));
  const auto led = with_phase(
      "permit = { date = 2025-01-01 }\nshell = { lead = \"9 months\" }\nsubstation = { lead = "
      "\"9 months\" }\npower = { lead = \"2 months\" }\ncooling = { lead = \"1 month\" }\n");
  EXPECT_EQ(led.expired.size(), 1u);  // a lead time is a forecast by itself
  EXPECT_SAYS(
      phase_messages("facility_power = \"20 MW\"\nshell = { lead = \"9 months\", forecast = true }\nstart = "
                     "2025-01-01\n"),
      "'site[0].phase[0].shell' has no date that could be a forecast");
}

TEST(AsOf, HistoryHasNoSpreadInAnyFuture) {
  const auto s = with_phase(
      "shell = { date = 2026-06-01 }\npower = { lead = \"9 months\", sigma = 0.3 }\ncooling = { "
      "date = 2026-09-01 }\nsubstation = { date = 2026-05-01 }\n");
  const Phase& phase = s.sites[0].phases[0];
  std::array<double, kBuildStepCount> late;
  late.fill(1.5);
  const auto dates = build_dates(phase, late);
  EXPECT_EQ(dates.done[static_cast<std::size_t>(BuildStep::kShell)], SimTime::from_date(2026, 6, 1));
  EXPECT_EQ(dates.done[static_cast<std::size_t>(BuildStep::kCooling)], SimTime::from_date(2026, 9, 1));
  EXPECT_GT(dates.done[static_cast<std::size_t>(BuildStep::kPower)], phase.planned_energized);
}

}  // namespace
}  // namespace gigawatt::scenario
