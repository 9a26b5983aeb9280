#include "gigawatt/workload/hf_quantization.h"

#include <fmt/printf.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "gigawatt/workload/hf_config.h"

namespace gigawatt::workload {
namespace {

/// Four layers of width 64: 16,384 weights of attention (4 x 64 x 64); a dense FFN of 3 x 64 x 512 in the first, a shared
/// expert of 3 x 64 x 32 and four experts of as much in each other.
catalog::Model small() {
  catalog::Model m;
  m.layers = 4;
  m.hidden = 64;
  m.vocab = 100;
  m.ffn = 512;
  m.heads = m.kv_heads = 4;
  m.head_dim = 16;
  m.moe = {.experts = 4, .topk = 2, .expert_ffn = 32, .shared_ffn = 32, .first_dense_layers = 1};
  return m;
}
constexpr double kAttention = 16'384, kDense = 98'304, kShared = 6'144;
constexpr double kOthers = 4 * kAttention + kDense + 3 * kShared;

std::optional<StoredBits> bits(const char* text) { return stored_bits(nlohmann::json::parse(text), small()); }

catalog::WeightFormat format(const char* text) {
  const auto q = nlohmann::json::parse(text);
  return stored_format(q, *stored_bits(q, small()));
}

TEST(Quantization, FormatsInWhichACheckpointIsServed) {
  using catalog::WeightFormat;
  EXPECT_EQ(format(R"({"quant_method": "awq", "bits": 4, "group_size": 128})"), WeightFormat::kInt4);
  EXPECT_EQ(format(R"({"quant_method": "gptq", "bits": 8, "group_size": 128})"), WeightFormat::kInt8);
  EXPECT_EQ(format(R"({"quant_method": "bitsandbytes", "load_in_4bit": true})"), WeightFormat::kInt4);
  EXPECT_EQ(format(R"({"quant_method": "fp8", "weight_block_size": [128, 128]})"), WeightFormat::kFp8);
  EXPECT_EQ(format(R"({"quant_method": "mxfp4"})"), WeightFormat::kMxfp4);
  EXPECT_EQ(format(R"({"quant_method": "modelopt", "quant_algo": "NVFP4"})"), WeightFormat::kNvfp4);
  const char* group = R"({"quant_method": "compressed-tensors", "config_groups": {"group_0": {"weights":
      {"num_bits": %d, "type": "%s", "group_size": 128}}}})";
  EXPECT_EQ(format(fmt::sprintf(group, 4, "int").c_str()), WeightFormat::kInt4);
  EXPECT_EQ(format(fmt::sprintf(group, 4, "float").c_str()), WeightFormat::kNvfp4);
  EXPECT_EQ(format(fmt::sprintf(group, 8, "int").c_str()), WeightFormat::kInt8);
  EXPECT_EQ(format(fmt::sprintf(group, 8, "float").c_str()), WeightFormat::kFp8);
}

TEST(Quantization, BitsOfACodeAndOfItsScales) {
  // 4-bit codes, a scale of 32 bits for 64 of them; quantized again: 8 bits for 64, and 32 for 256 times 64.
  EXPECT_EQ(bits(R"({"quant_method": "bitsandbytes", "load_in_4bit": true})")->dense, 4.5);
  EXPECT_NEAR(
      bits(R"({"quant_method": "bitsandbytes", "load_in_4bit": true, "bnb_4bit_use_double_quant": true})")
          ->dense,
      4.127, 5e-4);
  EXPECT_EQ(bits(R"({"quant_method": "bitsandbytes", "load_in_8bit": true})")->dense, 8);
  // A scale of 16 bits and a zero point as wide as a code for 128 weights.
  EXPECT_EQ(bits(R"({"quant_method": "gptq", "bits": 4, "group_size": 128})")->dense, 4 + 20.0 / 128);
  EXPECT_EQ(bits(R"({"quant_method": "awq", "bits": 4, "group_size": 64, "zero_point": true})")->dense,
            4 + 20.0 / 64);
  EXPECT_EQ(bits(R"({"quant_method": "gptq", "bits": 8, "group_size": -1})")->dense, 8);
  EXPECT_EQ(bits(R"({"quant_method": "fp8", "weight_block_size": [128, 128]})")->dense, 8);
  EXPECT_EQ(bits(R"({"quant_method": "modelopt", "quant_algo": "NVFP4"})")->dense, 4.5);
  EXPECT_EQ(bits(R"({"quant_method": "compressed-tensors", "config_groups": {"group_0": {"weights":
      {"num_bits": 4, "group_size": 32}}}})")
                ->dense,
            4.5);
}

/// Where attention of `layers` layers and `more` other weights stay at 16 bits.
double spared(double width, double layers, double more = 0) {
  return width + (16 - width) * (layers * kAttention + more) / kOthers;
}

TEST(Quantization, SomePartsStayAsTheyWere) {
  EXPECT_EQ(bits(R"({"quant_method": "mxfp4"})"), (StoredBits{16, 4.25}));
  EXPECT_EQ(bits(R"({"quant_method": "fp8", "modules_to_not_convert": ["lm_head"]})"), (StoredBits{8, 8}));
  const auto all = bits(R"({"quant_method": "compressed-tensors", "ignore": ["re:.*self_attn.*", "lm_head"],
      "config_groups": {"group_0": {"weights": {"num_bits": 4, "group_size": 32}}}})");
  EXPECT_DOUBLE_EQ(all->dense, spared(4.5, 4));
  EXPECT_EQ(all->expert, 4.5);
  // Kimi K2.5: all but the experts.
  const auto but_experts = bits(R"({"quant_method": "compressed-tensors", "ignore": ["lm_head",
      "re:.*self_attn.*", "re:.*shared_experts.*", "re:.*mlp\\.(gate|up|gate_up|down)_proj.*"],
      "config_groups": {"group_0": {"weights": {"num_bits": 4, "group_size": 32}}}})");
  EXPECT_DOUBLE_EQ(but_experts->dense, 16);
  EXPECT_EQ(but_experts->expert, 4.5);
}

TEST(Quantization, ALayerThatIsNamedIsOneOfMany) {
  // One layer's attention among four; its norms and the router weigh nothing.
  EXPECT_DOUBLE_EQ(bits(R"({"quant_method": "modelopt", "quant_algo": "NVFP4", "ignore":
      ["model.layers.2.self_attn*", "model.layers.0.self_attn.q_a_layernorm", "model.layers.1.mlp.gate"]})")
                       ->dense,
                   spared(4.5, 1));
  // A whole layer: the first has the dense FFN.
  EXPECT_DOUBLE_EQ(
      bits(R"({"quant_method": "modelopt", "quant_algo": "NVFP4", "exclude_modules": ["model.layers.0*"]})")
          ->dense,
      spared(4.5, 1, kDense));
  // A quarter of the experts: one layer of three has 16 bits.
  EXPECT_DOUBLE_EQ(
      bits(
          R"({"quant_method": "modelopt", "quant_algo": "NVFP4", "ignore": ["model.layers.3.mlp.experts*"]})")
          ->expert,
      4.5 + 11.5 / 3);
  // One of four equal projections of all layers.
  EXPECT_DOUBLE_EQ(bits(R"({"quant_method": "fp8", "ignored_layers": ["o_proj"]})")->dense, spared(8, 1));
  EXPECT_DOUBLE_EQ(bits(R"({"quant_method": "fp8", "ignored_layers": ["self_attn.o_proj"]})")->dense,
                   spared(8, 1));
}

TEST(Quantization, SingleWidthsOfSingleLayers) {
  const auto mixed =
      bits(R"({"quant_method": "modelopt", "quant_algo": "MIXED_PRECISION", "quantized_layers": {
      "model.layers.0.mlp.gate_proj": {"quant_algo": "FP8"}, "model.layers.0.mlp.up_proj": {"quant_algo": "FP8"},
      "model.layers.0.mlp.down_proj": {"quant_algo": "FP8"},
      "model.layers.1.mlp.experts": {"quant_algo": "W4A16_NVFP4"},
      "model.layers.2.mlp.experts": {"quant_algo": "NVFP4"}, "lm_head": {"quant_algo": "NVFP4"}}})");
  EXPECT_DOUBLE_EQ(mixed->dense, 16 - 8 * kDense / kOthers);
  EXPECT_DOUBLE_EQ(mixed->expert, (16 + 4.5 + 4.5) / 3);
  EXPECT_FALSE(bits(R"({"quant_method": "modelopt", "quantized_layers": {"a": {"quant_algo": "ODD"}}})"));
}

TEST(Quantization, WhatIsNotKnownIsNot) {
  for (const char* text :
       {"{}", "[]", R"({"quant_method": "vptq"})", R"({"quant_method": 4})",
        R"({"quant_method": "compressed-tensors"})", R"({"quant_method": "gptq", "bits": 99})",
        R"({"quant_method": "compressed-tensors", "config_groups": {"a": 1}})"})
    EXPECT_FALSE(bits(text)) << text;
}

TEST(Quantization, AFileSaysIt) {
  const std::string llama =
      R"({"model_type": "llama", "hidden_size": 64, "intermediate_size": 128, "num_hidden_layers": 2,
          "num_attention_heads": 4, "num_key_value_heads": 4, "vocab_size": 100)";
  const auto plain = import_hf(llama + "}", "llama.json");
  ASSERT_TRUE(plain);
  EXPECT_EQ(plain->stored, StoredBits{});
  const auto narrow =
      import_hf(llama + R"(, "quantization_config": {"quant_method": "gptq", "bits": 4, "group_size": 128}})",
                "l.json");
  ASSERT_TRUE(narrow);
  EXPECT_EQ(narrow->stored.dense, 4.15625);
  EXPECT_EQ(narrow->model.ffn, plain->model.ffn);
  EXPECT_NE(base::render(narrow->notes).find("4.156 bits a weight"), std::string::npos);
}

}  // namespace
}  // namespace gigawatt::workload
