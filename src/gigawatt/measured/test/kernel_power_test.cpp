#include "gigawatt/measured/kernel_power.h"

#include <cmath>
#include <map>
#include <string>

#include <gtest/gtest.h>

#include "gigawatt/catalog/catalog.h"
#include "gigawatt/power/library.h"

namespace gigawatt::measured {
namespace {

class Row final : public kernels::CallRow {
 public:
  std::map<std::string, double, std::less<>> numbers;
  std::map<std::string, std::string, std::less<>> texts;
  double number(std::string_view column) const override {
    const auto it = numbers.find(column);
    return it == numbers.end() ? std::nan("") : it->second;
  }
  std::string_view text(std::string_view column) const override {
    const auto it = texts.find(column);
    return it == texts.end() ? std::string_view() : it->second;
  }
};

// Rows of the measured tables, with their time and power on B200 (a limit of 1,000 W) and GB200 (1,200 W).
struct Measured {
  const char* gpu;
  const char* op;
  Row row;
  double limit_w, seconds, watts;
};

TEST(KernelPower, RowsOfTheTablesComeOutWithinAFifth) {
  const std::string data = std::string(GW_SOURCE_DIR) + "/data";
  const auto catalog = catalog::Catalog::load(data);
  const auto library = power::load_power(data);
  ASSERT_TRUE(catalog && library);
  Row large;
  large.numbers = {{"m", 32768}, {"n", 16384}, {"k", 16384}};
  large.texts = {{"gemm_dtype", "bfloat16"}};
  const Measured rows[] = {
      // 17.6 TFLOP in about 12 ms: at the limit, as every large product.
      {"gb200", "gemm", large, 1200, 0.0120, 1166},
      {"b200-180", "gemm", large, 1000, 0.0130, 985},
  };
  for (const Measured& m : rows) {
    const auto chip = catalog->accelerator(m.gpu);
    ASSERT_TRUE(chip) << m.gpu;
    const auto work = kernel_work(m.op, m.row);
    ASSERT_TRUE(work);
    const double share =
        power::shown_share(library->accelerators, library->accelerators.of(**chip, catalog->accelerators()),
                           activity_of(*work, **chip, m.seconds), m.op, m.seconds);
    EXPECT_NEAR(share * m.limit_w, m.watts, 0.2 * m.watts) << m.gpu;
  }
}

TEST(KernelPower, WorkIsCountedFromTheShape) {
  Row row;
  row.numbers = {{"m", 10}, {"n", 20}, {"k", 30}};
  row.texts = {{"gemm_dtype", "fp8"}};
  const auto product = kernel_work("gemm", row);
  ASSERT_TRUE(product);
  EXPECT_EQ(product->flops[static_cast<std::size_t>(power::Arithmetic::kFp8)], 2 * 10 * 20 * 30);
  EXPECT_EQ(product->bytes, 10 * 30 + 20 * 30 + 2 * 10 * 20);
  Row decode;
  decode.numbers = {{"batch_size", 2}, {"num_heads", 8}, {"num_key_value_heads", 2},
                    {"head_dim", 64},  {"step", 99},     {"window_size", 0}};
  decode.texts = {{"kv_cache_dtype", "bfloat16"}, {"attn_dtype", "bfloat16"}};
  const auto attention = kernel_work("generation_attention", decode);
  ASSERT_TRUE(attention);
  EXPECT_EQ(attention->flops[static_cast<std::size_t>(power::Arithmetic::kAttention16)],
            4.0 * 2 * 8 * 64 * 100);
  EXPECT_EQ(attention->bytes, 2.0 * 64 * (4 * 8 + 2 * 2 * 2 * 100));
}

TEST(KernelPower, WhatIsUnknownOrIncompleteIsNotGuessed) {
  EXPECT_FALSE(kernel_work("gemm", Row{}));
  EXPECT_FALSE(kernel_work("tarot", Row{}));
}

}  // namespace
}  // namespace gigawatt::measured
