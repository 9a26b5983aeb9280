#include "gigawatt/catalog/catalog.h"

#include <filesystem>
#include <fstream>
#include <set>
#include <sstream>

#include <gtest/gtest.h>
#include <unistd.h>

#include "gigawatt/base/diagnostic.h"
#include "gigawatt/catalog/test/shipped.h"

namespace gigawatt::catalog {
namespace {

namespace fs = std::filesystem;

const fs::path kData = fs::path(GW_SOURCE_DIR) / "data";
using test::shipped;

/// A copy of the shipped data that a test may damage.
class DamagedData : public ::testing::Test {
 protected:
  void SetUp() override {
    folder_ = fs::temp_directory_path() / ("gigawatt-catalog-" + std::to_string(::getpid()) + "-" +
                                           ::testing::UnitTest::GetInstance()->current_test_info()->name());
    fs::remove_all(folder_);
    fs::copy(kData, folder_, fs::copy_options::recursive);
  }
  void TearDown() override { fs::remove_all(folder_); }

  void replace(const std::string& file, const std::string& from, const std::string& to) {
    std::ifstream in(folder_ / file);
    std::stringstream text;
    text << in.rdbuf();
    std::string content = text.str();
    const auto at = content.find(from);
    ASSERT_NE(at, std::string::npos) << from;
    content.replace(at, from.size(), to);
    std::ofstream(folder_ / file) << content;
  }

  base::Diagnostics diagnostics() const {
    const auto loaded = Catalog::load(folder_);
    return loaded ? base::Diagnostics{} : loaded.error();
  }

  /// The one diagnostic with this code; fails when there is none or more.
  base::Diagnostic only(const std::string& code) const {
    const auto all = diagnostics();
    EXPECT_EQ(all.size(), 1U) << base::render(all);
    if (all.empty()) return {};
    EXPECT_EQ(all.front().code, code) << base::render(all);
    return all.front();
  }

  fs::path folder_;
};

TEST(CatalogTest, LoadsEverything) {
  const auto loaded = Catalog::load(kData);
  ASSERT_TRUE(loaded.has_value()) << base::render(loaded.error());
  EXPECT_GE(loaded->accelerators().size(), 27U);
  EXPECT_GE(loaded->systems().size(), 27U);
  EXPECT_GE(loaded->models().size(), 39U);
  EXPECT_EQ(loaded->sites().size(), 10U);
  EXPECT_GE(loaded->sources().size(), 100U);
}

TEST(CatalogTest, HoldsEveryContractName) {
  const auto& c = shipped();
  for (const char* name :
       {"llama3.1-8b", "llama3.1-70b", "llama3.1-405b", "llama4-scout", "llama4-maverick", "llama4-behemoth",
        "gpt3-175b", "mt-nlg-530b", "mixtral-8x7b", "mixtral-8x22b", "deepseek-v3", "qwen3-30b-a3b",
        "qwen3-235b-a22b", "gpt-oss-120b", "grok-1", "nemotron4-340b"}) {
    const auto model = c.model(name);
    ASSERT_TRUE(model.has_value()) << name;
    EXPECT_EQ((*model)->name, name);
  }
  for (const char* name : {"a100-sxm", "h100-sxm", "h200-sxm", "h800-sxm", "b200-sxm", "b300-sxm",
                           "gb200-nvl72", "gb300-nvl72", "mi300x", "mi355x"}) {
    const auto system = c.system(name);
    ASSERT_TRUE(system.has_value()) << name;
    EXPECT_EQ((*system)->name, name);
  }
}

TEST(CatalogTest, KnowsTheNamesOfMeasurementFiles) {
  for (const char* name : {"A100-80GB", "H100-80GB", "GB200", "GB300", "B200", "A100-40GB", "H100-96GB-HBM2e",
                           "B300", "H200", "V100-32GB", "L40S", "H800-80GB", "H20", "MI300X", "MI355X",
                           "MI325X", "GH200", "h100_sxm", "NVIDIA B200-SXM-180GB"})
    EXPECT_TRUE(shipped().accelerator(name).has_value()) << name;
}

TEST(CatalogTest, ReadsUnits) {
  const auto* h100 = *shipped().accelerator("h100-80gb");
  EXPECT_DOUBLE_EQ(h100->peak(Precision::kBf16), 989.4e12);
  EXPECT_DOUBLE_EQ(h100->memory_bandwidth, 3.35e12);
  EXPECT_DOUBLE_EQ(h100->memory_bytes, 79.11 * 1073741824.0);
  EXPECT_DOUBLE_EQ(h100->scaleup_bandwidth, 450e9);
  EXPECT_EQ(h100->peak(Precision::kNvfp4), 0);
  const auto* rack = *shipped().system("gb200-nvl72");
  EXPECT_DOUBLE_EQ(rack->nic_bandwidth, 50e9);
  EXPECT_NEAR(rack->node_max_w * 18, 132e3, 10);
  EXPECT_EQ(shipped().accelerator_of(*rack).name, "gb200");
}

// A dense peak cannot exceed what the format's width allows over the next wider one by more than the known steps
// (FP4 of Blackwell Ultra is three times FP8): catches a sparse figure in place of a dense one.
TEST(CatalogTest, PeaksAreDense) {
  for (const auto& a : shipped().accelerators()) {
    const double bf16 = a.peak(Precision::kBf16);
    if (bf16 == 0) continue;
    EXPECT_LE(a.peak(Precision::kFp8), 4.4 * bf16) << a.name;
    if (a.vendor == "NVIDIA" && a.peak(Precision::kFp8) > 0 && a.generation != "rubin") {
      EXPECT_NEAR(a.peak(Precision::kFp8) / bf16, 2, 0.05) << a.name;
    }
    if (a.vendor == "NVIDIA" && a.peak(Precision::kTf32) > 0) {
      EXPECT_NEAR(bf16 / a.peak(Precision::kTf32), 2, 0.05) << a.name;
    }
  }
}

// SMs x clock x FLOP per cycle gives the dense peak; the factor is fixed by the architecture.
TEST(CatalogTest, PeakMatchesUnitsAndClock) {
  const std::pair<const char*, double> flop_per_cycle[] = {
      {"a100-sxm4-80", 2048}, {"h100-sxm-80", 4096}, {"h200-sxm-141", 4096}, {"b200-180", 8192},
      {"gb200", 8192},        {"mi300x", 2048},      {"mi355x", 4096},       {"l40s", 1024}};
  for (const auto& [name, factor] : flop_per_cycle) {
    const auto* a = *shipped().accelerator(name);
    EXPECT_NEAR(a->sm_count * a->boost_clock_hz * factor / a->peak(Precision::kBf16), 1, 0.02) << name;
  }
}

TEST(CatalogTest, NamesAndAliasesIgnoreCase) {
  EXPECT_EQ((*shipped().model("LLAMA3.1-405B"))->name, "llama3.1-405b");
  EXPECT_EQ((*shipped().model("meta-llama/llama-3.1-405b"))->name, "llama3.1-405b");
  EXPECT_EQ((*shipped().site("Meta Prometheus"))->name, "prometheus");
}

TEST(CatalogTest, TypoGivesNearestNames) {
  const auto missing = shipped().model("llama3.1-405");
  ASSERT_FALSE(missing.has_value());
  ASSERT_FALSE(missing.error().nearest.empty());
  EXPECT_EQ(missing.error().nearest.front(), "llama3.1-405b");
  EXPECT_NE(missing.error().message().find(
                "no model 'llama3.1-405' in the catalogue: did you mean 'llama3.1-405b'"),
            std::string::npos)
      << missing.error().message();
  const auto system = shipped().system("h100-sxn");
  ASSERT_FALSE(system.has_value());
  EXPECT_EQ(system.error().nearest.front(), "h100-sxm");
  EXPECT_TRUE(shipped().model("entirely different thing").error().nearest.empty());
}

TEST(CatalogTest, CopiesShareEntries) {
  const Catalog copy = shipped();
  EXPECT_EQ(*copy.model("grok-1"), *shipped().model("grok-1"));
}

TEST(CatalogTest, PriceInForce) {
  const auto* h100 = *shipped().accelerator("H100");
  EXPECT_EQ(price_at(*h100, "2024-06-30")->usd, 26500);
  EXPECT_EQ(price_at(*h100, "2024-01-01")->date, "2024-01-01");
  EXPECT_EQ(price_at(*h100, "2010-01-01")->date, h100->price.front().date);
  const auto* table = *shipped().prices("electricity");
  EXPECT_NEAR(electricity_at(*table, "pjm-aep", "2023-12-31")->wholesale_usd_per_j * 3.6e9, 31.08, 1e-9);
  EXPECT_EQ(electricity_at(*table, "nowhere", "2023-12-31"), nullptr);
}

TEST(CatalogTest, EveryGridHasPricesAndCarbon) {
  const auto* table = *shipped().prices("electricity");
  for (const auto& grid : shipped().grids()) {
    EXPECT_NE(electricity_at(*table, grid.price_region, "2026-01-01"), nullptr) << grid.name;
    EXPECT_TRUE(shipped().carbon_region(grid.carbon_region).has_value()) << grid.name;
  }
}

TEST(CatalogTest, Llama3FailureRates) {
  const auto* table = *shipped().failures("llama3-405b");
  const double exposure_s = 16384.0 * 54 * 86400;
  EXPECT_NEAR(table->rate * exposure_s, 419, 0.1);
  double count = 0;
  double rate = 0;
  for (const auto& cause : table->causes) {
    count += cause.count;
    rate += cause.rate;
  }
  EXPECT_EQ(count, 419);
  EXPECT_NEAR(rate / table->rate, 1, 1e-3);
  EXPECT_NEAR(1 / (table->rate * 16384) / 3600, 3.093, 0.002);  // published: one every three hours
}

TEST(CatalogTest, DefaultFailureCausesSumToTheRate) {
  const auto* table = *shipped().failures("default");
  double rate = 0;
  for (const auto& cause : table->causes) rate += cause.rate;
  EXPECT_NEAR(rate / table->rate, 1, 1e-3);
}

TEST(CatalogTest, RepairQuantilesGiveThePublishedMean) {
  const auto& repair = (*shipped().failures("infinitehbd"))->repair;
  ASSERT_EQ(repair.probability.size(), repair.quantile_days.size());
  double mean = 0;
  for (std::size_t i = 1; i < repair.probability.size(); ++i) {
    EXPECT_GT(repair.probability[i], repair.probability[i - 1]);
    EXPECT_GE(repair.quantile_days[i], repair.quantile_days[i - 1]);
    mean += (repair.probability[i] - repair.probability[i - 1]) *
            (repair.quantile_days[i] + repair.quantile_days[i - 1]) / 2;
  }
  EXPECT_NEAR(mean, 5.54, 1.5);  // trapezia over ten points of a long tail
}

TEST(CatalogTest, SiteCapacityInForce) {
  const auto* site = *shipped().site("colossus-1");
  EXPECT_EQ(capacity_at(*site, "2023-01-01"), nullptr);
  EXPECT_DOUBLE_EQ(capacity_at(*site, "2024-10-01")->facility_w, 181e6);
  EXPECT_DOUBLE_EQ(capacity_at(*site, "2024-10-01")->facility_w.low, 174e6);
  for (const auto& s : shipped().sites())
    for (const auto& c : s.capacity) {
      EXPECT_LE(c.it_w.low, c.it_w.value) << s.name << " " << c.date;
      EXPECT_LE(c.it_w, c.facility_w) << s.name << " " << c.date;
    }
}

// Published power per accelerator at the meter (Epoch AI clusters and timelines) against node + network times the
// facility's overhead, 1.08 (yearly mean of a good site) to 1.4 (design hour, wide). The ranges overlap, and the
// central figure with the default design overhead of 1.3 lies within 20% of the published range.
TEST(CatalogTest, PowerAtTheMeterMeetsPublishedBands) {
  struct Case {
    const char* system;
    double low_w, high_w;  // published
  };
  for (const auto& [name, low_w, high_w] : {Case{"a100-sxm", 830, 830}, Case{"h100-sxm", 1427, 1740},
                                            Case{"gb200-nvl72", 2402, 2950}, Case{"trainium2", 956, 956}}) {
    const auto* s = *shipped().system(name);
    const auto per_accelerator = [&](double node_w, double network_w) {
      return node_w / s->accelerators_per_node + network_w;
    };
    EXPECT_LE(per_accelerator(s->node_max_w.low, s->network_w_per_accelerator.low) * 1.08, high_w) << name;
    EXPECT_GE(per_accelerator(s->node_max_w.high, s->network_w_per_accelerator.high) * 1.4, low_w) << name;
    const double central = per_accelerator(s->node_max_w, s->network_w_per_accelerator);
    EXPECT_LE(central * 1.08, high_w * 1.2) << name;
    EXPECT_GE(central * 1.3, low_w * 0.8) << name;
  }
}

TEST(CatalogTest, BandsAreOrderedAndAssumedOnesExplained) {
  const auto check = [](const Sourced& x, const std::string& what) {
    EXPECT_LE(x.low, x.value) << what;
    EXPECT_GE(x.high, x.value) << what;
    if (x.value != 0) {
      EXPECT_FALSE(x.source.empty()) << what;
    }
    if (x.kind == SourceKind::kAssumed) {
      EXPECT_FALSE(x.reason.empty()) << what;
    }
  };
  for (const auto& s : shipped().systems())
    for (const auto* x : {&s.accelerators_per_node, &s.scaleup_domain, &s.scaleup_bandwidth, &s.nic_bandwidth,
                          &s.nics_per_node, &s.switches_per_accelerator, &s.node_max_w, &s.node_idle_w,
                          &s.network_w_per_accelerator, &s.node_price_usd, &s.network_usd_per_accelerator,
                          &s.pod_accelerators, &s.pod_oversubscription})
      check(*x, s.name);
  for (const auto& a : shipped().accelerators()) {
    for (const auto* x : {&a.memory_bytes, &a.memory_bandwidth, &a.tdp_w, &a.idle_w, &a.scaleup_bandwidth,
                          &a.sm_count, &a.boost_clock_hz, &a.l2_bytes})
      check(*x, a.name);
    for (const auto& x : a.peak_flops) check(x, a.name);
    EXPECT_LT(a.idle_w.value, a.tdp_w.value) << a.name;
  }
}

TEST(CatalogTest, NodePowerCoversItsAccelerators) {
  for (const auto& s : shipped().systems()) {
    const auto& a = shipped().accelerator_of(s);
    EXPECT_GE(s.node_max_w, s.accelerators_per_node * a.tdp_w) << s.name;
    EXPECT_GE(s.node_idle_w.value, s.accelerators_per_node * a.idle_w) << s.name;
    EXPECT_LT(s.node_idle_w.value, s.node_max_w.value) << s.name;
  }
}

TEST_F(DamagedData, RefusesSizesThatCannotBeCounted) {
  replace("models/mixtral-8x7b.toml", "\nlayers = 32", "\nlayers = 10000000");
  const auto d = only("inconsistent-model");
  EXPECT_NE(d.message.find("e+16 parameters"), std::string::npos) << d.message;
}

TEST_F(DamagedData, UnknownKeyNamesFileLineAndNearest) {
  replace("chips/gb200.toml", "memory_bandwidth =", "memory_bandwith =");
  const auto all = diagnostics();
  ASSERT_EQ(all.size(), 2U) << base::render(all);  // the unknown key, and the missing one
  const std::string text = base::render(all);
  EXPECT_NE(text.find("gb200.toml:11:1"), std::string::npos) << text;
  EXPECT_NE(text.find("did you mean 'memory_bandwidth'"), std::string::npos) << text;
}

TEST_F(DamagedData, WrongUnit) {
  replace("chips/gb200.toml", "\"1200 W\"", "\"1200 GB\"");
  const auto d = only("wrong-unit");
  EXPECT_GT(d.span.line, 0);
  EXPECT_NE(d.span.source->name.find("gb200.toml"), std::string::npos);
}

TEST_F(DamagedData, UncitedNumber) {
  replace("chips/gb200.toml", "tdp = { value = \"1200 W\", source = \"nvidia-gb200-ds\" }",
          "tdp = { value = \"1200 W\" }");
  EXPECT_NE(only("uncited").span.line, 0);
}

TEST_F(DamagedData, UnknownSource) {
  replace("chips/gb200.toml", "tdp = { value = \"1200 W\", source = \"nvidia-gb200-ds\" }",
          "tdp = { value = \"1200 W\", source = \"nvidia-gb20-ds\" }");
  EXPECT_NE(only("unknown-source").hint.find("nvidia-gb200-ds"), std::string::npos);
}

TEST_F(DamagedData, BandOutOfOrder) {
  replace("systems/gb200-nvl72.toml", "low = \"6.667 kW\"", "low = \"7.667 kW\"");
  only("band-order");
}

TEST_F(DamagedData, AssumedWithoutReason) {
  replace("systems/h20-sxm.toml", "low = \"5000 W\", ", "");
  only("assumed-without-reason");
}

TEST_F(DamagedData, SystemOfUnknownAccelerator) {
  replace("systems/gb200-nvl72.toml", "accelerator = \"gb200\"", "accelerator = \"gb20\"");
  EXPECT_NE(only("unknown-name").hint.find("gb200"), std::string::npos);
}

TEST_F(DamagedData, AliasTakenTwice) {
  replace("chips/gb300.toml", "aliases = [\"GB300\"", "aliases = [\"gb200\"");
  EXPECT_NE(only("name-twice").message.find("gb300"), std::string::npos);
}

TEST_F(DamagedData, CapacityOutOfOrder) {
  replace("sites/hyperion.toml", "date = \"2028-01-01\"", "date = \"2038-01-01\"");
  only("date-order");
}

TEST_F(DamagedData, BrokenToml) {
  std::ofstream(folder_ / "models/grok-1.toml") << "name = \"grok-1\nlayers = [";
  const auto all = diagnostics();
  ASSERT_FALSE(all.empty());
  EXPECT_NE(base::render(all).find("grok-1.toml:1"), std::string::npos) << base::render(all);
}

TEST_F(DamagedData, AllMistakesAtOnce) {
  replace("chips/gb200.toml", "\"1200 W\"", "\"1200 GB\"");
  replace("models/grok-1.toml", "kv_heads = 8", "kv_heads = 7");
  replace("sites/prometheus.toml", "cooling = \"liquid-chiller\"", "cooling = \"liquid-chillr\"");
  EXPECT_EQ(diagnostics().size(), 3U) << base::render(diagnostics());
}

TEST_F(DamagedData, MissingFolder) {
  fs::remove_all(folder_ / "models");
  only("unreadable-folder");
}

TEST(CatalogLoad, NoData) {
  const auto loaded = Catalog::load(fs::path(GW_SOURCE_DIR) / "no-such-folder");
  ASSERT_FALSE(loaded.has_value());
  EXPECT_TRUE(base::has_errors(loaded.error()));
}

}  // namespace
}  // namespace gigawatt::catalog
