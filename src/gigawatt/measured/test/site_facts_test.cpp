#include <cmath>
#include <cstdlib>

#include <map>

#include <gtest/gtest.h>

#include "gigawatt/base/quantile.h"
#include "gigawatt/config/toml.h"
#include "gigawatt/engine/test/shipped.h"
#include "gigawatt/measured/site_facts.h"

namespace gigawatt::measured {
namespace {

using engine::test::kDataFolder;
using engine::test::shipped;

FactReport compared(const std::string& rows) {
  const auto report = compare_facts("id,topic,subject,quantity,value,unit,date\n" + rows, "facts.csv",
                                    shipped(), kDataFolder);
  EXPECT_TRUE(report) << base::render(report.error());
  return *report;
}

const catalog::Accelerator* hardware_chip(const std::string& name) {
  for (const auto& chip : shipped().catalog.accelerators())
    if (chip.name == name) return &chip;
  return nullptr;
}

double ratio(const std::string& row) {
  const auto report = compared(row + "\n");
  EXPECT_TRUE(report.rows.back().computed.has_value()) << row;
  return report.rows.back().computed ? report.rows.back().ratio() : 0;
}

TEST(SiteFacts, WordsAreRead) {
  const auto& catalog = shipped().catalog;
  EXPECT_EQ(chip_in("qwen 3 32b on 8xb200, chat", catalog)->name, "b200-180");
  EXPECT_EQ(chip_in("gb200 (1200 w) kernel power", catalog)->name, "gb200");
  EXPECT_EQ(chip_in("no accelerator", catalog), nullptr);
  EXPECT_EQ(model_in("qwen 3 235b a22b instruct fp8", catalog)->name, "qwen3-235b-a22b");
  EXPECT_EQ(count_of("4xh100 nodes", "h100"), 4);
  EXPECT_EQ(count_of("resonance study, 100k h100", "h100"), 100'000);
  EXPECT_EQ(count_of("100,000 h100", "h100"), 100'000);
  EXPECT_EQ(count_of("h100", "h100"), std::nullopt);
}

TEST(SiteFacts, ANumberIsNoPartOfAName) {
  EXPECT_EQ(number_before("4xh100 nodes, lora on 16 nodes", " nodes"), 16);
  EXPECT_EQ(number_before("charge for 500 mw", "mw"), 500);
  EXPECT_EQ(number_before("correlation 0, 25 000 copies", " copies"), 25000);
  EXPECT_EQ(number_before("12,500 nodes, 7, 500 mw", " nodes"), 12500);
  EXPECT_EQ(number_before("12,500 nodes, 7, 500 mw", " mw"), 500);
  EXPECT_EQ(number_before("h100 nodes", " nodes"), std::nullopt);
}

TEST(SiteFacts, SitesByTheirAcceleratorsAreWithinTenPercent) {
  const std::string rows =
      "a,buildout,xAI Colossus 1,H100 equivalents,25000,H100e,2024-08-11\n"
      "b,buildout,xAI Colossus 1,facility power,44,MW,2024-08-11\n"
      "c,buildout,xAI Colossus 1,H100 equivalents,100000,H100e,2024-09-02\n"
      "d,buildout,xAI Colossus 1,facility power,174,MW,2024-09-02\n"
      "e,buildout,xAI Colossus 1,H100 equivalents,200000,H100e,2025-02-17\n"
      "f,buildout,xAI Colossus 1,facility power,349,MW,2025-02-17\n"
      "g,buildout,xAI Colossus 1,H100 equivalents,275796,H100e,2025-07-22\n"
      "h,buildout,xAI Colossus 1,facility power,424,MW,2025-07-22\n"
      "i,buildout,Stargate Abilene,H100 equivalents,127337,H100e,2025-06-28\n"
      "j,buildout,Stargate Abilene,facility power,147,MW,2025-06-28\n";
  const auto report = compared(rows);
  int computed = 0;
  for (const auto& row : report.rows) {
    if (row.fact.unit != "MW") continue;
    ASSERT_TRUE(row.computed) << row.fact.id;
    EXPECT_NEAR(row.ratio(), 1, 0.1) << row.fact.id;
    ++computed;
  }
  EXPECT_EQ(computed, 5);
  EXPECT_NEAR(ratio("k,cost,1 GW AI DC,NVL72 racks,5930,count,2025"), 1, 0.1);
}

TEST(SiteFacts, EmissionsOfModelCards) {
  EXPECT_NEAR(ratio("a,validation,Llama 3.1,GPU hours,39.3e6,H100-h,2024-07\n"
                    "b,validation,Llama 3.1,location-based emissions,11390,tCO2eq,2024-07"),
              1, 0.1);
  EXPECT_NEAR(ratio("a,validation,Llama 4,GPU hours,7.38e6,H100-h,2025-04\n"
                    "b,validation,Llama 4,location-based emissions,1999,tCO2eq,2025-04"),
              1, 0.1);
  const auto market = compared("a,validation,Llama 4,market-based emissions,0,tCO2eq,2025-04\n");
  EXPECT_EQ(market.rows[0].computed->value, 0);
}

TEST(SiteFacts, SwingsAndStores) {
  EXPECT_NEAR(ratio("a,power,POLCA training,power swing,37.5,% of provisioned in 2 s,2023"), 1, 0.15);
  EXPECT_NEAR(ratio("a,power,GB300 smoothing,peak grid reduction,30,%,2025"), 1, 0.15);
  EXPECT_NEAR(
      ratio("a,smoothing,\"Resonance study, 100k H100\",square-wave amplitude at the grid side,66.7,MW,2025"),
      1, 0.15);
}

TEST(SiteFacts, ClausesOfGridCodesAreThoseOfTheLimits) {
  const std::string ercot = "a,grid-limit,ERCOT NOGRR 282 voltage ride-through,";
  const auto report = compared(ercot + "min ride-through at 0.20-0.50 pu,0.25,s,2026\n" + ercot +
                               "min ride-through at 0.25-0.50 pu,0.25,s,2026\n"
                               "b,grid-limit,ERCOT power variation limit,peak-to-peak at most,10,MW,2026\n"
                               "c,grid-limit,ERCOT NOGRR 282 recovery and scope,current limit,125,%,2026\n"
                               "d,grid-limit,Nobody's code,scope above,10,MW,2026\n");
  ASSERT_EQ(report.rows.size(), 5U);
  EXPECT_EQ(report.rows[0].computed->value, 0.25);
  EXPECT_TRUE(report.rows[0].computed->input);
  EXPECT_FALSE(report.rows[1].computed) << "no such band";
  EXPECT_EQ(report.rows[2].computed->value, 10);
  EXPECT_FALSE(report.rows[3].computed) << "not what recovery says";
  EXPECT_FALSE(report.rows[4].computed);
}

TEST(SiteFacts, WhatIsNotComputedSaysWhy) {
  const auto report = compared(
      "a,grid-queue,ERCOT,large-load requests,410,GW,2026\nb,grid-limit,ERCOT,filed,2025-11-14,date,2026\n");
  ASSERT_EQ(report.rows.size(), 1U);
  EXPECT_EQ(report.texts, 1U);
  EXPECT_FALSE(report.rows[0].computed);
  EXPECT_NE(why_not(report.rows[0].fact).find("grid operator"), std::string::npos);
}

TEST(SiteFacts, ASweepOfKernelsComesNearItsPublishedMedian) {
  EXPECT_NEAR(
      ratio(
          "a,kernel-power,\"H200 SXM (700 W) kernel power, vllm 0.22.0\",\"MoE layer, median\",594.0,W,2026"),
      1, 0.15);
  EXPECT_NEAR(ratio("a,kernel-power,\"H200 SXM (700 W) kernel power, vllm 0.22.0\",\"MLA decode module, "
                    "median\",193.3,W,2026"),
              1, 0.15);
}

/// The swings of a training lie between a fifth of a hertz and three (arXiv 2508.14318).
TEST(SiteFacts, ATrainingSwingsWhereOperatorsSeeIt) {
  EXPECT_NEAR(ratio("a,power,training swing spectrum,main band (low),0.2,Hz,2025"), 1, 0.15);
  EXPECT_NEAR(ratio("a,power,training swing spectrum,main band (high),3,Hz,2025"), 1, 0.3);
}

/// Each published cost by its source's own assumptions, which are a column.
TEST(CostFacts, CostsByTheirSourcesAssumptions) {
  const auto file =
      config::read_text_file(kDataFolder / "validation" / "cost_facts.csv", std::size_t{1} << 20);
  ASSERT_TRUE(file);
  const auto report = compare_facts(*file, "cost_facts.csv", shipped(), kDataFolder);
  ASSERT_TRUE(report) << base::render(report.error());
  std::map<std::string, int> computed, within;
  for (const auto& row : report->rows) {
    if (!row.computed) continue;
    const std::string kind = row.fact.topic == "cost" ? "gigawatt" : row.fact.quantity;
    ++computed[kind];
    within[kind] += std::abs(row.ratio() - 1) <= 0.1;
  }
  EXPECT_GE(computed["gigawatt"], 14);
  EXPECT_GE(within["gigawatt"],
            computed["gigawatt"] - 1);  // Abilene's accelerators are dearer than the catalogue's
  EXPECT_GE(computed["cloud training cost"], 15);
  EXPECT_EQ(within["cloud training cost"], computed["cloud training cost"]);
  EXPECT_EQ(within["hardware acquisition cost"], computed["hardware acquisition cost"]);
}

/// By hand: 1 GW over racks of 250 kW at the meter is 4,000 racks, at 10 MUSD each 40 billion, per GW of IT 1.2 times that.
TEST(CostFacts, AssumptionsAreReadAndCounted) {
  const auto by = [](const std::string& assumes) {
    return compare_facts(
        "id,topic,subject,quantity,value,unit,assumes\na,cost,1 GW of somebody,total,48,USD billion,"
        "\"" +
            assumes + "\"\n",
        "facts.csv", shipped(), kDataFolder);
  };
  const auto report =
      by("system = gb200-nvl72; rack = 10 MUSD; rack_power = 250 kW; facility_per_it = 1.2; power = IT; "
         "includes = racks");
  ASSERT_TRUE(report) << base::render(report.error());
  ASSERT_TRUE(report->rows[0].computed);
  EXPECT_NEAR(report->rows[0].computed->value, 48, 1e-9);
  EXPECT_FALSE(by("includes = unknown")->rows[0].computed);
  const auto wrong = by("racks_power = 250 kW");
  ASSERT_FALSE(wrong);
  EXPECT_NE(base::render(wrong.error()).find("rack_power"), std::string::npos);
}

/// Published costs of trainings: within 1.5 times, the median within 20%; of a gigawatt by the inputs of its note within 10%.
TEST(CostFacts, TrainingsCostWhatIsPublished) {
  const auto file =
      config::read_text_file(kDataFolder / "validation" / "cost_facts.csv", std::size_t{1} << 20);
  ASSERT_TRUE(file);
  const auto report = compare_facts(*file, "cost_facts.csv", shipped(), kDataFolder);
  ASSERT_TRUE(report) << base::render(report.error());
  std::vector<double> errors;
  for (const auto& row : report->rows) {
    if (row.fact.quantity.find("amortized") == std::string::npos || !row.computed) continue;
    EXPECT_GT(row.ratio(), 1 / 1.5) << row.fact.subject;
    EXPECT_LT(row.ratio(), 1.5) << row.fact.subject;
    errors.push_back(std::abs(row.ratio() - 1));
  }
  EXPECT_GE(errors.size(), 14u);
  EXPECT_LT(base::quantile_of(errors, 0.5), 0.2);
}

TEST(CostFacts, GigawattsCostWhatTheirNotesSay) {
  const auto report = compared(
      "a,cost,1 GW AI DC (Bernstein),total,35,USD billion,2025\n"
      "b,cost,1 GW AI DC (Bernstein),NVL72 racks,5930,count,2025\n"
      "c,cost,1 GW AI DC (Bernstein),cost per rack,5.9,USD million,2025\n"
      "d,cost,AI data centre (Epoch),capital per GW of server power,44,USD billion/GW,2026-07\n"
      "e,cost,1 GW AI DC of Vera Rubin (Bernstein),total,47,USD billion,2026-06\n");
  for (const auto& row : report.rows) {
    if (row.fact.id == "c") continue;
    ASSERT_TRUE(row.computed) << row.fact.id;
    EXPECT_NEAR(row.ratio(), 1, 0.1) << row.fact.id;
  }
}

/// By hand: 100 accelerators of 30,000 USD, a year and a half after they could be had, for 1,000 hours.
TEST(CostFacts, HardwareLosesValueWithAge) {
  const auto report = compared(
      "a,cost-validation,M,amortized hardware capex + energy,1,USD,\n"
      "b,cost-validation,M,hardware acquisition cost,3000000,USD,\n"
      "c,run-validation,M,chips,100,count,2022-07-01\n"
      "d,run-validation,M,training time,1000,h,2022-07-01\n"
      "e,run-validation,M,training power draw,0,W,2022-07-01\n"
      "f,run-validation,M,training hardware,NVIDIA A100 SXM4 80 GB,text,2022-07-01\n");
  const auto& chip = *hardware_chip("a100-sxm4-80");
  const double end =
      ((*base::parse_time("2022-07-01") - *base::parse_time(chip.released)).to_days() - 150) / 365.25;
  const double start = end - 1000 / 24.0 / 365.25;
  const double lost = 3e6 * (std::pow(10, -0.14 * start) - std::pow(10, -0.14 * end));
  ASSERT_TRUE(report.rows[0].computed);
  EXPECT_NEAR(report.rows[0].computed->value, lost, 1e-9 * lost);
}

}  // namespace
}  // namespace gigawatt::measured
