#include "gigawatt/workload/hf_quantization.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "gigawatt/workload/hf_config.h"

namespace gigawatt::workload {
namespace {

std::optional<StoredBits> bits(const char* text) { return stored_bits(nlohmann::json::parse(text)); }

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

TEST(Quantization, SomePartsStayAsTheyWere) {
  EXPECT_EQ(bits(R"({"quant_method": "mxfp4"})"), (StoredBits{16, 4.25}));
  EXPECT_EQ(bits(R"({"quant_method": "fp8", "modules_to_not_convert": ["lm_head"]})"), (StoredBits{8, 8}));
  EXPECT_EQ(bits(R"({"quant_method": "compressed-tensors", "ignore": ["re:.*self_attn.*", "lm_head"],
      "config_groups": {"group_0": {"weights": {"num_bits": 4, "group_size": 32}}}})"),
            (StoredBits{16, 4.5}));
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
