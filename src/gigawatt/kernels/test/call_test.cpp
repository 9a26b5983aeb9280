#include "gigawatt/kernels/call.h"

#include <cmath>
#include <map>

#include <gtest/gtest.h>

#include "gigawatt/kernels/serving_kernels.h"

namespace gigawatt::kernels {
namespace {

class MapRow final : public CallRow {
 public:
  std::map<std::string, double, std::less<>> numbers;
  std::map<std::string, std::string, std::less<>> texts;
  double number(std::string_view column) const override {
    const auto at = numbers.find(column);
    return at == numbers.end() ? std::nan("") : at->second;
  }
  std::string_view text(std::string_view column) const override {
    const auto at = texts.find(column);
    return at == texts.end() ? std::string_view() : at->second;
  }
};

Device call_device() {
  Device d;
  d.peak16 = 1e15;
  d.peak8 = d.peak4 = 2e15;
  d.bandwidth = 4e12;
  d.sms = 100;
  d.link = 4e11;
  return d;
}

TEST(Call, ReadsAProductAsTheProductItIs) {
  MapRow row;
  row.numbers = {{"m", 16}, {"n", 4096}, {"k", 1024}, {"latency", 0.02}};
  row.texts = {
      {"gemm_dtype", "fp8"}, {"kernel_source", "deepgemm"}, {"framework", "SGLang"}, {"op_name", "gemm"}};
  const auto terms = call_terms("gemm", row, call_device());
  ASSERT_TRUE(terms.has_value());
  const Terms expected = product_terms(call_device(), 16, 4096, 1024, Format::kFp8);
  for (std::size_t i = 0; i < expected.count; ++i)
    EXPECT_EQ(terms->list[i].seconds, expected.list[i].seconds);
  EXPECT_DOUBLE_EQ(measured_seconds(row), 2e-5);
  const auto names = law_names("gemm", row);
  EXPECT_EQ(names[0], "gemm | gemm fp8 | deepgemm SGLang");
  EXPECT_EQ(names[1], "gemm | gemm fp8");
  EXPECT_EQ(names[2], "gemm");
}

TEST(Call, RefusesUnknownOperationsAndRowsThatLackWhatTheyNeed) {
  MapRow row;
  row.numbers = {{"num_tokens", 64}, {"topk", 8}};
  EXPECT_FALSE(call_terms("no_such_operation", row, call_device()).has_value());
  EXPECT_FALSE(call_terms("moe", row, call_device()).has_value());
  EXPECT_EQ(measured_seconds(row), 0);
  row.numbers["num_experts"] = 128;
  row.numbers["hidden_size"] = 1024;
  row.numbers["inter_size"] = 512;
  EXPECT_TRUE(call_terms("moe", row, call_device()).has_value());
}

TEST(Call, EveryKnownOperationAnswersForAnEmptyRowWithoutHarm) {
  const MapRow empty;
  for (const auto operation : known_operations()) {
    const auto terms = call_terms(operation, empty, call_device());
    if (!terms) continue;
    for (const auto& t : terms->all()) {
      EXPECT_TRUE(std::isfinite(t.seconds)) << operation << " " << t.name;
    }
  }
}

TEST(Call, TimesInMicrosecondsAreThoseOfDispatchAndCombination) {
  MapRow row;
  row.numbers = {{"dispatch_avg_t_us", 30}, {"combine_avg_t_us", 50}};
  EXPECT_NEAR(measured_seconds(row), 80e-6, 1e-12);
}

}  // namespace
}  // namespace gigawatt::kernels
