#include <cmath>
#include <filesystem>

#include <gtest/gtest.h>

#include "gigawatt/catalog/catalog.h"
#include "gigawatt/workload/parameters.h"
#include "gigawatt/workload/test/shipped.h"

namespace gigawatt::workload {
namespace {

using catalog::test::shipped;
using test::model;

/// As published, within the rounding that the file states; an exact file must be met to the last parameter.
TEST(CatalogueModels, MeetTheirPublishedCounts) {
  int exact = 0;
  std::vector<std::string> unpublished;
  for (const catalog::Model& m : shipped().models()) {
    SCOPED_TRACE(m.name);
    const ParameterCount count = count_parameters(m);
    if (m.published_total.value <= 0) {  // a publisher that gives a configuration alone
      EXPECT_GT(count.total, 0);
      unpublished.push_back(m.name);
      continue;
    }
    EXPECT_LE(std::abs(static_cast<double>(count.total) - m.published_total),
              m.published_tolerance * m.published_total)
        << count.total << " counted, " << std::llround(m.published_total) << " published";
    exact += m.published_tolerance == 0;
    if (m.published_active.value <= 0) continue;
    // Publishers differ in whether the table of token embeddings, which is only looked up, counts as active.
    const double with = static_cast<double>(count.active);
    const double without = static_cast<double>(count.active - count.embedding);
    const double allowed = m.published_active_tolerance * m.published_active;
    EXPECT_TRUE(std::abs(with - m.published_active) <= allowed ||
                std::abs(without - m.published_active) <= allowed)
        << count.active << " counted (" << count.active - count.embedding << " without embedding), "
        << std::llround(m.published_active) << " published";
  }
  EXPECT_EQ(unpublished, std::vector<std::string>{"minimax-m3"});
  EXPECT_GE(exact, 20) << "most open models publish every weight";
}

TEST(CatalogueModels, PartsAddUp) {
  for (const catalog::Model& m : shipped().models()) {
    SCOPED_TRACE(m.name);
    const ParameterCount c = count_parameters(m);
    if (!m.shapes
             .empty()) {  // layers differ: the sum over all of them; what lies outside of layers is the rest
      std::int64_t layers = 0;
      for (std::int64_t i = 0; i < m.layers; ++i) layers += layer_parameters(m, kind_of_layer(m, i)).total();
      EXPECT_EQ(c.total - layers, c.embedding + c.head + c.final_norm + m.outer_weights + m.outer_vectors);
      EXPECT_EQ(c.dense_layers + c.moe_layers, m.layers);
      continue;
    }
    const std::int64_t dense = c.dense_layers * (c.attention + c.norms + c.dense_ffn);
    const std::int64_t moe =
        c.moe_layers * (c.attention + c.norms + c.router + c.shared_expert + m.moe.experts * c.expert);
    EXPECT_EQ(c.embedding + c.head + c.final_norm + dense + moe, c.total);
    EXPECT_EQ(c.total - c.active, c.moe_layers * (m.moe.experts - m.moe.topk) * c.expert);
    EXPECT_EQ(c.dense_layers + c.moe_layers, m.layers);
  }
}

TEST(CatalogueModels, BoundHoldsAndIsNear) {
  for (const catalog::Model& m : shipped().models()) {
    SCOPED_TRACE(m.name);
    const ParameterCount c = count_parameters(m);
    EXPECT_GE(catalog::parameter_bound(m), static_cast<double>(c.total + c.mtp));
    EXPECT_LE(catalog::parameter_bound(m), 4 * static_cast<double>(c.total + c.mtp));
  }
}

TEST(CatalogueModels, NamedTotals) {
  EXPECT_EQ(count_parameters(model("llama3.1-405b")).total, 405'853'388'800);
  EXPECT_EQ(count_parameters(model("llama3.1-70b")).total, 70'553'706'496);
  EXPECT_EQ(count_parameters(model("mixtral-8x22b")).total, 140'620'634'112);
  EXPECT_EQ(count_parameters(model("qwen3-235b-a22b")).total, 235'093'634'560);
}

TEST(CatalogueModels, DeepSeekByHand) {
  // arXiv 2412.19437, section 4.2: h 7168, 128 heads of 128 + 64, latents 1536 and 512, 256 experts of 2048.
  const std::int64_t h = 7168;
  const std::int64_t queries = h * 1536 + 1536 + std::int64_t{1536} * 128 * 192;
  const std::int64_t keys_values = h * (512 + 64) + 512 + std::int64_t{512} * 128 * 256;
  const std::int64_t attention = queries + keys_values + h * 128 * 128;
  const std::int64_t expert = 3 * h * 2048;
  const std::int64_t moe = 256 * expert + expert + 256 * h + 256;
  const ParameterCount c = count_parameters(model("deepseek-v3"));
  EXPECT_EQ(c.attention, attention);
  EXPECT_EQ(c.expert, expert);
  EXPECT_EQ(c.total, 2 * 129280 * h + h + 61 * (attention + 2 * h) + 3 * (3 * h * 18432) + 58 * moe);
  // One layer, the 2h -> h projection, three norms. The checkpoint's 14 billion hold embedding and head once more.
  EXPECT_EQ(c.mtp, attention + 2 * h + moe + 2 * h * h + 3 * h);
  EXPECT_NEAR(static_cast<double>(c.mtp + 2 * 129280 * h), 14e9, 0.6e9);
}

TEST(CatalogueModels, AreFoundByTheNamesOfReleasedVariants) {
  const auto catalog = catalog::Catalog::load(std::filesystem::path(GW_SOURCE_DIR) / "data");
  ASSERT_TRUE(catalog) << base::render(catalog.error());
  const auto name = [&](std::string_view asked) {
    const auto found = catalog->model(asked);
    return found ? (*found)->name : "";
  };
  EXPECT_EQ(name("meta-llama/Llama-3.1-8B"), "llama3.1-8b");
  EXPECT_EQ(name("meta-llama/Llama-3.1-8B-Instruct"), "llama3.1-8b");
  EXPECT_EQ(name("nvidia/Llama-3.1-405B-Instruct-FP8"), "llama3.1-405b");
  EXPECT_EQ(name("Qwen/Qwen3-30B-A3B-Instruct-2507"), "qwen3-30b-a3b");
  EXPECT_EQ(name("deepseek-ai/DeepSeek-R1"), "deepseek-v3");
  EXPECT_EQ(name("deepseek-ai/DeepSeek-V3-0324"), "deepseek-v3");
  EXPECT_EQ(name("mistralai/Mixtral-8x7B-Instruct-v0.1"), "mixtral-8x7b");
  // Other sizes by like names are other models.
  EXPECT_EQ(name("deepseek-ai/DeepSeek-R1-Distill-Llama-70B"), "");
  EXPECT_EQ(name("mistralai/Mixtral-8x22B-Instruct-v0.3"), "");
  EXPECT_EQ(name("Qwen/Qwen3-30B-A3"), "");
}

}  // namespace
}  // namespace gigawatt::workload
