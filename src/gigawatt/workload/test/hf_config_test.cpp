#include "gigawatt/workload/hf_config.h"

#include <filesystem>
#include <fstream>
#include <map>
#include <sstream>
#include <string>

#include <gtest/gtest.h>

#include "gigawatt/catalog/catalog.h"
#include "gigawatt/workload/parameters.h"

namespace gigawatt::workload {
namespace {

namespace fs = std::filesystem;

const fs::path kFixtures = fs::path(GW_SOURCE_DIR) / "src/gigawatt/workload/test/fixtures/hf";

catalog::Model fixture(const std::string& name) {
  const auto model = read_hf_config(kFixtures / (name + ".json"));
  if (!model) throw std::runtime_error(base::render(model.error()));
  return *model;
}

std::string fixture_text(const std::string& name) {
  std::ifstream in(kFixtures / (name + ".json"));
  std::stringstream text;
  text << in.rdbuf();
  return text.str();
}

/// Numbers of weights in the published checkpoints.
struct Published {
  const char* name;
  std::int64_t total;
  std::int64_t active;  // 0: dense, or not published exactly
};

class HfConfig : public ::testing::TestWithParam<Published> {};

TEST_P(HfConfig, CountsThePublishedParameters) {
  const Published& published = GetParam();
  const ParameterCount count = count_parameters(fixture(published.name));
  EXPECT_EQ(count.total, published.total);
  if (published.active > 0) {
    EXPECT_EQ(count.active, published.active);
  }
}

INSTANTIATE_TEST_SUITE_P(
    Families, HfConfig,
    ::testing::Values(
        Published{"llama-7b", 6'738'415'616, 0}, Published{"llama-3.1-8b", 8'030'261'248, 0},
        Published{"mistral-7b-v0.1", 7'241'732'096, 0},
        Published{"mixtral-8x7b", 46'702'792'704, 12'879'925'248},
        // Text decoders: the checkpoints less 871,932,416 weights of vision and projector.
        Published{"llama-4-scout", 108'641'793'536 - 871'932'416, 0},
        Published{"llama-4-maverick", 401'583'781'376 - 871'932'416, 0},
        Published{"qwen2.5-0.5b", 494'032'768, 0}, Published{"qwen2.5-72b", 72'706'203'648, 0},
        Published{"qwen1.5-moe-a2.7b", 14'315'784'192, 0}, Published{"qwen3-8b", 8'190'735'360, 0},
        Published{"qwen3-30b-a3b", 30'532'122'624, 0},
        // The checkpoint holds no correction biases; DeepSeek-V3's and Kimi K2's hold one per expert.
        Published{"deepseek-v2-lite", 15'706'484'224, 0}, Published{"deepseek-v2", 235'741'434'880, 0},
        Published{"deepseek-v3", 671'026'419'200, 0}, Published{"kimi-k2", 1'026'408'232'448, 0},
        Published{"gpt2", 124'439'808, 0}, Published{"gpt-neox-20b", 20'554'567'680, 0},
        Published{"gemma-7b", 8'537'680'896, 0}, Published{"gemma-2-9b", 9'241'705'984, 0},
        Published{"gemma-3-1b", 999'885'952, 0}, Published{"gpt-oss-20b", 20'914'757'184, 0},
        Published{"phi-3-mini-4k", 3'821'079'552, 0},
        // The width that their configurations state is that of the state: there is no FFN.
        Published{"mamba-2.8b", 2'768'345'600, 0}, Published{"falcon-mamba-7b", 7'272'665'088, 0}),
    [](const auto& parameter) {
      std::string name = parameter.param.name;
      for (char& c : name)
        if (c == '-' || c == '.') c = '_';
      return name;
    });

TEST(HfConfigFamilies, CountsMinitronByHand) {
  // Nemotron: plain FFN, layer norms with bias, no other biases; published as 4.19 billion, 2.6 without embeddings.
  const std::int64_t h = 3072;
  const std::int64_t layer = 2 * h * 24 * 128 + 2 * h * 8 * 128 + 2 * h * 9216 + 2 * 2 * h;
  const auto count = count_parameters(fixture("minitron-4b"));
  EXPECT_EQ(count.total, 32 * layer + 2 * h + 2 * 256000 * h);
  EXPECT_NEAR(static_cast<double>(count.total), 4.19e9, 0.005e9);
}

TEST(HfConfigFamilies, FillsInWhatMultimodalGemmaLeavesOut) {
  // 8 heads and 4 key/value heads of 256, vocabulary 262,208: the class's defaults.
  const std::int64_t h = 2560;
  const std::int64_t layer = 2 * h * 8 * 256 + 2 * h * 4 * 256 + 2 * 256 + 3 * h * 10240 + 4 * h;
  const auto model = fixture("gemma-3-4b");
  EXPECT_EQ(count_parameters(model).total, 34 * layer + h + 262208 * h);
  EXPECT_EQ(model.window, 1024);
  EXPECT_EQ(model.full_attention_period, 6);
  EXPECT_EQ(model.family, "gemma3_text");
}

TEST(HfConfigFamilies, ReadsAttentionPatterns) {
  const auto scout = fixture("llama-4-scout");
  EXPECT_EQ(scout.window, 8192);
  EXPECT_EQ(scout.full_attention_period, 4);
  EXPECT_TRUE(scout.chunked);
  EXPECT_EQ(fixture("llama-4-maverick").full_attention_period, 4);  // no list: the class's default
  EXPECT_EQ(fixture("llama-4-maverick").moe.layer_period, 2);

  const auto oss = fixture("gpt-oss-20b");
  EXPECT_EQ(oss.window, 128);
  EXPECT_EQ(oss.full_attention_period, 2);
  EXPECT_FALSE(oss.chunked);

  const auto mistral = fixture("mistral-7b-v0.1");
  EXPECT_EQ(mistral.window, 4096);
  for (std::int64_t i = 0; i < mistral.layers; ++i) EXPECT_FALSE(is_full_attention_layer(mistral, i)) << i;
  EXPECT_EQ(fixture("mixtral-8x7b").window, 0);
  EXPECT_EQ(fixture("qwen2.5-0.5b").window, 0);  // present in the file, but switched off
}

/// A model from the catalogue and the one from its published file are the same architecture.
TEST(HfConfigFamilies, AgreesWithTheCatalogue) {
  const auto catalog = catalog::Catalog::load(fs::path(GW_SOURCE_DIR) / "data");
  ASSERT_TRUE(catalog) << base::render(catalog.error());
  const std::map<std::string, std::string> same = {{"llama-3.1-8b", "llama3.1-8b"},
                                                   {"mixtral-8x7b", "mixtral-8x7b"},
                                                   {"llama-4-scout", "llama4-scout"},
                                                   {"qwen3-8b", "qwen3-8b"},
                                                   {"llama-4-maverick", "llama4-maverick"},
                                                   {"qwen3-30b-a3b", "qwen3-30b-a3b"},
                                                   {"deepseek-v2", "deepseek-v2"},
                                                   {"deepseek-v3", "deepseek-v3"},
                                                   {"kimi-k2", "kimi-k2"},
                                                   {"qwen2.5-72b", "qwen2.5-72b"},
                                                   {"gpt-oss-20b", "gpt-oss-20b"}};
  for (const auto& [file, name] : same) {
    SCOPED_TRACE(file);
    const auto found = catalog->model(name);
    ASSERT_TRUE(found) << found.error().message();
    const catalog::Model imported = fixture(file);
    const catalog::Model& shipped = **found;
    EXPECT_EQ(imported.attention, shipped.attention);
    EXPECT_EQ(imported.position, shipped.position);
    EXPECT_EQ(imported.head_dim, shipped.head_dim);
    EXPECT_EQ(imported.window, shipped.window);
    EXPECT_EQ(imported.full_attention_period, shipped.full_attention_period);
    EXPECT_EQ(imported.chunked, shipped.chunked);
    EXPECT_EQ(imported.moe.topk, shipped.moe.topk);
    EXPECT_EQ(imported.moe.layer_period, shipped.moe.layer_period);
    const auto a = count_parameters(imported);
    const auto b = count_parameters(shipped);
    EXPECT_EQ(a.total, b.total);
    EXPECT_EQ(a.active, b.active);
    EXPECT_EQ(a.mtp, b.mtp);
    EXPECT_EQ(a.attention, b.attention);
    EXPECT_EQ(a.dense_ffn, b.dense_ffn);
  }
}

TEST(HfConfigName, ComesFromTheFileOrItsFolder) {
  const std::string text = fixture_text("llama-7b");
  EXPECT_EQ(import_hf_config(text, "models/Llama-7B/config.json")->name, "Llama-7B");
  EXPECT_EQ(import_hf_config(text, "llama.json")->name, "llama");
  EXPECT_EQ(import_hf_config(text, "llama-3.1")->name, "llama-3.1");
  EXPECT_EQ(import_hf_config(text, "config.json")->name, "llama");
}

/// The only diagnostic of a text, shown.
base::Diagnostic refused(const std::string& text) {
  const auto model = import_hf_config(text, "config.json");
  if (model) {
    ADD_FAILURE() << "accepted";
    return {};
  }
  EXPECT_EQ(model.error().size(), 1U) << base::render(model.error());
  return model.error().front();
}

std::string changed(const std::string& name, const std::string& from, const std::string& to) {
  std::string text = fixture_text(name);
  const auto at = text.find(from);
  if (at == std::string::npos) throw std::runtime_error("no " + from);
  return text.replace(at, from.size(), to);
}

TEST(HfConfigErrors, RefusesWhatIsNotJson) {
  const auto d = refused("{\n  \"model_type\": llama\n}");
  EXPECT_EQ(d.code, "not-json");
  EXPECT_EQ(d.span.line, 2);
  EXPECT_EQ(d.span.column, 17);
  EXPECT_EQ(refused("").message, "the text is empty");
  EXPECT_EQ(refused(" \n").message, "the text is empty");
  EXPECT_EQ(refused("\x7f"
                    "ELF\x02")
                .code,
            "not-json");
  EXPECT_EQ(refused("{\"a\": \"\xff\"}").code, "invalid-utf8");
  EXPECT_EQ(refused("{\"a\": 1e999}").code, "not-json");
  EXPECT_EQ(refused("[1, 2]").code, "wrong-kind");
  EXPECT_EQ(refused("7").code, "wrong-kind");
}

TEST(HfConfigErrors, SaysThatAFileIsTruncated) {
  const std::string text = fixture_text("llama-3.1-8b");
  const auto d = refused(text.substr(0, text.size() / 2));
  EXPECT_EQ(d.code, "not-json");
  EXPECT_EQ(d.message, "the text ends in the middle");
  EXPECT_GT(d.span.line, 5);
}

TEST(HfConfigErrors, NeverCrashesOnAnyTruncation) {
  for (const char* name : {"llama-4-scout", "gpt-oss-20b"}) {
    const std::string text = fixture_text(name);
    const std::size_t end = text.rfind('}');
    for (std::size_t n = 0; n <= end; ++n) EXPECT_FALSE(import_hf_config(text.substr(0, n), "x")) << n;
  }
}

TEST(HfConfigErrors, BoundsSizeAndDepth) {
  EXPECT_EQ(refused(std::string((4U << 20U) + 1, ' ')).code, "too-large");
  const auto deep = refused("{\"a\": " + std::string(100'000, '['));
  EXPECT_EQ(deep.code, "too-deep");
  EXPECT_EQ(deep.span.column, 6 + 64);
  // Brackets inside of a text do not count.
  EXPECT_EQ(refused("{\"a\": \"" + std::string(100, '[') + "\"}").code, "missing-key");
  EXPECT_EQ(refused("{\"a\": " + std::string(63, '[') + std::string(63, ']') + "}").code, "missing-key");
}

TEST(HfConfigErrors, NamesEveryMissingKey) {
  // Meta's own file has no class that would fill in.
  const auto model = import_hf_config(R"({"dim": 64, "n_layers": 2, "vocab_size": 100})", "params.json");
  ASSERT_FALSE(model);
  ASSERT_EQ(model.error().size(), 1U) << base::render(model.error());
  EXPECT_EQ(model.error().front().code, "missing-key");
  EXPECT_EQ(model.error().front().message, "'n_heads' is missing");
  EXPECT_EQ(refused("{}").message, "'model_type' is missing");
}

std::string notes_of(const std::string& text) {
  const auto read = import_hf(text, "config.json");
  if (!read) return base::render(read.error());
  std::string all;
  for (const auto& note : read->notes) {
    EXPECT_EQ(note.severity, base::Severity::kWarning);
    all += note.code + ": " + note.message + "\n";
  }
  return all;
}

TEST(HfConfigNotes, NamesClassDefaultsAndKeysThatItDoesNotKnow) {
  const std::string short_file =
      R"({"model_type": "llava", "text_config": {"model_type": "llama", "vocab_size": 32064}})";
  EXPECT_NE(notes_of(short_file)
                .find("class-default: left out, so the llama class's defaults: num_hidden_layers = 32, "
                      "hidden_size = 4096"),
            std::string::npos)
      << notes_of(short_file);
  EXPECT_EQ(count_parameters(import_hf(short_file, "x")->model).total, 6'738'939'904);
  EXPECT_EQ(notes_of(fixture_text("llama-3.1-8b")), "");
  EXPECT_EQ(notes_of(changed("llama-3.1-8b", "\"mlp_bias\"", "\"extra_width\": 7, \"mlp_bias\"")),
            "unknown-key: keys that the rules of llama do not know, taken to have no effect on sizes: "
            "extra_width\n");
  EXPECT_NE(
      notes_of(changed("llama-3.1-8b", "\"mlp_bias\"",
                       "\"quantization_config\": {\"quant_method\": \"gptq\", \"bits\": 4}, \"mlp_bias\""))
          .find("quantized (gptq)"),
      std::string::npos);
}

TEST(HfConfigFamilies, TakesTheHeadFromTheClass) {
  const auto with = [](const std::string& architecture) {
    return import_hf(changed("llama-3.1-8b", "LlamaForCausalLM", architecture), "x")->model;
  };
  EXPECT_EQ(count_parameters(with("LlamaForSequenceClassification")).head,
            2 * 4096);  // two labels unless said
  EXPECT_EQ(count_parameters(with("LlamaForTokenClassification")).head, 2 * 4096 + 2);
  EXPECT_EQ(count_parameters(with("LlamaModel")).head, 0);
  EXPECT_EQ(count_parameters(with("LlamaForCausalLM")).head, 128'256 * 4096);
}

TEST(HfConfigFamilies, TiesWhatIsTiedBesideTheLanguagePart) {
  const std::string text =
      R"("text_config": {"model_type": "qwen2", "hidden_size": 896, "intermediate_size": 4864,
    "num_attention_heads": 14, "num_hidden_layers": 24, "num_key_value_heads": 2, "vocab_size": 151936}})";
  const auto total = [&](const std::string& outer) {
    return count_parameters(import_hf("{\"model_type\": \"llava_onevision\", " + outer + text, "x")->model)
        .total;
  };
  EXPECT_EQ(total("\"tie_word_embeddings\": true, "), 494'032'768);
  EXPECT_EQ(total(""), 494'032'768 + 151'936 * 896);
}

TEST(HfConfigFamilies, ReadsWhatPythonWrites) {
  const auto a = import_hf(
      changed("llama-3.1-8b", "\"mlp_bias\"", "\"limit\": [0.0, Infinity, -Infinity, NaN], \"mlp_bias\""),
      "x");
  ASSERT_TRUE(a) << base::render(a.error());
  // Inside of a text they are words.
  EXPECT_TRUE(
      import_hf(changed("llama-3.1-8b", "\"mlp_bias\"", "\"_name\": \"NaN Infinity\", \"mlp_bias\""), "x"));
}

/// Layers of different sizes: one without attention, one whose FFN is a single matrix, by hand.
TEST(HfConfigFamilies, ReadsBlockConfigurations) {
  const auto m = import_hf(R"({"model_type": "nemotron-nas", "hidden_size": 96, "num_hidden_layers": 3,
    "num_attention_heads": 4, "vocab_size": 100, "block_configs": [
      {"attention": {"n_heads_in_group": 2}, "ffn": {"ffn_mult": 4.0}},
      {"attention": {"no_op": true, "n_heads_in_group": null}, "ffn": {"ffn_mult": 1.0}},
      {"attention": {"n_heads_in_group": 1}, "ffn": {"replace_with_linear": true, "ffn_mult": null}}]})",
                           "config.json");
  ASSERT_TRUE(m) << base::render(m.error());
  const std::int64_t h = 96;
  const std::int64_t first = 2 * h * h + 2 * h * 48 + 3 * h * 256 + 2 * h;
  const std::int64_t second = 3 * h * 256 + h;
  const std::int64_t third = 4 * h * h + h * h + 2 * h;
  EXPECT_EQ(count_parameters(m->model).total, first + second + third + h + 2 * 100 * h);
}

/// The same weights in Meta's file of Llama 3.1 8B.
TEST(HfConfigFamilies, ReadsParamsOfMeta) {
  const auto m =
      import_hf(R"({"dim": 4096, "n_layers": 32, "n_heads": 32, "n_kv_heads": 8, "vocab_size": 128256,
    "ffn_dim_multiplier": 1.3, "multiple_of": 1024, "norm_eps": 1e-05, "rope_theta": 500000.0})",
                "params.json");
  ASSERT_TRUE(m) << base::render(m.error());
  EXPECT_EQ(m->model.ffn, 14'336);
  EXPECT_EQ(count_parameters(m->model).total, 8'030'261'248);
}

TEST(HfConfigErrors, PointsAtWrongValues) {
  const auto text = refused(changed("llama-3.1-8b", "\"hidden_size\": 4096", "\"hidden_size\": \"4096\""));
  EXPECT_EQ(text.code, "wrong-kind");
  EXPECT_EQ(text.message, "'hidden_size' must be a whole number, not '4096'");
  EXPECT_GT(text.span.line, 1);
  EXPECT_EQ(text.span.column, 3);
  const auto negative =
      refused(changed("llama-3.1-8b", "\"num_hidden_layers\": 32", "\"num_hidden_layers\": -32"));
  EXPECT_EQ(negative.message, "'num_hidden_layers' must lie between 1 and 10000, not -32");
  EXPECT_EQ(refused(changed("llama-3.1-8b", "\"hidden_size\": 4096", "\"hidden_size\": 4096.5")).code,
            "wrong-kind");
  EXPECT_EQ(
      refused(changed("llama-3.1-8b", "\"vocab_size\": 128256", "\"vocab_size\": 18446744073709551615")).code,
      "out-of-bounds");
  EXPECT_EQ(refused(changed("llama-3.1-8b", "\"mlp_bias\": false", "\"mlp_bias\": 0")).code, "wrong-kind");
  EXPECT_EQ(refused(changed("llama-4-scout", "\"model_type\": \"llama4_text\"", "\"model_type\": [1]")).code,
            "wrong-kind");
}

TEST(HfConfigErrors, ChecksSizesAgainstEachOther) {
  EXPECT_EQ(
      refused(changed("llama-3.1-8b", "\"num_attention_heads\": 32", "\"num_attention_heads\": 30")).code,
      "inconsistent");
  EXPECT_EQ(
      refused(changed("llama-3.1-8b", "\"num_key_value_heads\": 8", "\"num_key_value_heads\": 7")).message,
      "7 key/value heads do not divide 32 heads");
  EXPECT_EQ(
      refused(changed("mixtral-8x7b", "\"num_experts_per_tok\": 2", "\"num_experts_per_tok\": 9")).message,
      "a token cannot visit 9 of 8 experts");
  EXPECT_EQ(
      refused(changed("deepseek-v3", "\"first_k_dense_replace\": 3", "\"first_k_dense_replace\": 62")).code,
      "inconsistent");
}

TEST(HfConfigErrors, BoundsTheTotal) {
  // Each size is allowed; together they would overflow a count.
  const auto d = refused(R"({"model_type": "mixtral", "hidden_size": 1000000, "num_hidden_layers": 10000,
    "num_attention_heads": 1000, "vocab_size": 32000, "intermediate_size": 10000000, "num_local_experts": 100000,
    "num_experts_per_tok": 2})");
  EXPECT_EQ(d.code, "out-of-bounds");
  EXPECT_NE(d.message.find("3.0e+22 parameters"), std::string::npos) << d.message;
}

TEST(HfConfigFamilies, ListsShapesWhereLayersDifferOtherwise) {
  const auto irregular = import_hf(changed("gpt-oss-20b", "\"full_attention\",\n    \"sliding_attention\"",
                                           "\"sliding_attention\",\n    \"sliding_attention\""),
                                   "x");
  ASSERT_TRUE(irregular) << base::render(irregular.error());
  EXPECT_EQ(irregular->model.shapes.size(), 2U);
  EXPECT_EQ(irregular->model.pattern.size(), 24U);
  EXPECT_EQ(count_parameters(irregular->model).total, 20'914'757'184);  // windows hold no weights
  const auto dense =
      import_hf(changed("qwen3-30b-a3b", "\"mlp_only_layers\": []", "\"mlp_only_layers\": [5]"), "x");
  ASSERT_TRUE(dense) << base::render(dense.error());
  const auto count = count_parameters(dense->model);
  EXPECT_EQ(count.dense_layers, 1);
  EXPECT_EQ(count.total, 30'532'122'624 - (128 * count.expert + count.router) + count.dense_ffn);
}

TEST(HfConfigFamilies, CountsKimiK3ByHand) {
  // Three layers of the delta rule and one of latent attention with a gate, the first dense, then 8 experts in a space
  // of 32; each block has a norm and a vector over earlier ones, the end has them too.
  const auto read = import_hf(
      R"({"model_type": "kimi_linear", "hidden_size": 64, "num_hidden_layers": 4, "num_attention_heads": 2,
          "num_key_value_heads": 2, "q_lora_rank": 24, "kv_lora_rank": 16, "qk_nope_head_dim": 8, "qk_rope_head_dim": 4,
          "v_head_dim": 8, "intermediate_size": 96, "first_k_dense_replace": 1, "moe_layer_freq": 1, "num_experts": 8,
          "num_experts_per_token": 2, "moe_intermediate_size": 32, "num_shared_experts": 1,
          "routed_expert_hidden_size": 32, "latent_moe_use_norm": true, "mla_use_output_gate": true,
          "attn_res_block_size": 2, "vocab_size": 100, "linear_attn_config": {"full_attn_layers": [4],
          "kda_layers": [1, 2, 3], "num_heads": 2, "head_dim": 16, "short_conv_kernel_size": 4}})",
      "k3.json");
  ASSERT_TRUE(read) << base::render(read.error());
  const std::int64_t delta =
      3 * 64 * 32 + 3 * 32 * 4 + (64 * 16 + 16 * 32) + 64 * 2 + 64 * 32 + 2 + 32 + 16 + 32 * 64;
  const std::int64_t latent = 64 * 24 + 24 + 24 * 2 * 12 + 64 * 20 + 16 + 16 * 2 * 16 + 64 * 16 + 16 * 64;
  const std::int64_t experts = 64 * 8 + 8 + 2 * 64 * 32 + 32 + 8 * 3 * 32 * 32 + 3 * 64 * 32;
  const std::int64_t total =
      2 * 100 * 64 + 3 * 64 + 3 * delta + latent + 4 * 6 * 64 + 3 * 64 * 96 + 3 * experts;  // 182,070
  EXPECT_EQ(count_parameters(read->model).total, total);
  EXPECT_EQ(count_parameters(read->model).active, total - 3 * 6 * 3 * 32 * 32);
}

TEST(HfConfigErrors, AQuantizationIsNoModel) {
  const auto read =
      import_hf(R"({"producer": {"name": "modelopt"}, "quantization": {"quant_algo": "NVFP4"}})",
                "hf_quant_config.json");
  ASSERT_FALSE(read);
  EXPECT_NE(base::render(read.error()).find("take the config.json beside it"), std::string::npos);
}

TEST(HfConfigErrors, AdaptersAndHeadsThatGuessAheadAreNoModels) {
  const auto adapter = import_hf(R"({"peft_type": "LORA", "r": 16})", "adapter_config.json");
  ASSERT_FALSE(adapter);
  EXPECT_NE(base::render(adapter.error()).find("config.json of its base model"), std::string::npos);
  EXPECT_EQ(refused(changed("llama-3.1-8b", "\"LlamaForCausalLM\"", "\"LlamaForCausalLMEagle3\"")).message,
            "LlamaForCausalLMEagle3 guesses ahead for another model and is none of its own");
  EXPECT_TRUE(import_hf(R"({"model_type": "eagle_chat", "architectures": ["Eagle2ChatModel"], "text_config":
                            {"model_type": "qwen2", "vocab_size": 128}})",
                        "a.json"));
  const auto gating = import_hf(
      changed("llama-3.1-8b", "\"LlamaForCausalLM\"", "\"LlamaForRewardModelWithGating\""), "a.json");
  ASSERT_TRUE(gating);
  EXPECT_NE(base::render(gating->notes).find("counted with the vocabulary's head"), std::string::npos);
  const auto mlx = import_hf(changed("llama-3.1-8b", "\"num_hidden_layers\"",
                                     "\"quantization\": {\"bits\": 4}, \"num_hidden_layers\""),
                             "a.json");
  ASSERT_TRUE(mlx);
  EXPECT_NE(base::render(mlx->notes).find("counted as 16 bits"), std::string::npos)
      << base::render(mlx->notes);
}

TEST(HfConfigErrors, RefusesLayersThatItDoesNotKnow) {
  EXPECT_EQ(refused(changed("gpt-oss-20b", "\"full_attention\"", "\"linear_attention\"")).message,
            "layers of type 'linear_attention' are not supported");
  EXPECT_EQ(refused(changed("gpt-oss-20b", "\"num_hidden_layers\": 24", "\"num_hidden_layers\": 36")).message,
            "'layer_types' has 24 entries for 36 layers");
}

/// Published: 560 billion, about 27 of them at work. Two thirds of the 768 experts have weights; 8 of 12 visits.
TEST(HfConfigFamilies, CountsLongcatFlashByHand) {
  const auto model = import_hf_config(R"({"model_type": "longcat_flash", "vocab_size": 131072})", "c.json");
  ASSERT_TRUE(model);
  const std::int64_t h = 6144;
  const std::int64_t attention =
      h * 1536 + 1536 + 1536 * 64 * 192 + h * 576 + 512 + 512 * 64 * 256 + 64 * 128 * h;
  const std::int64_t expert = 3 * h * 2048;
  const std::int64_t layer = 2 * (attention + 3 * h * 12288 + 2 * h) + 768 * h + 768;
  const std::int64_t rest = 2 * 131072 * h + h;
  const auto count = count_parameters(*model);
  EXPECT_EQ(count.total, 28 * (layer + 512 * expert) + rest);
  EXPECT_EQ(count.active, 28 * (layer + 8 * expert) + rest);
  EXPECT_NEAR(static_cast<double>(count.total), 560e9, 1e9);
  EXPECT_NEAR(static_cast<double>(count.active), 27e9, 1e9);
}

/// A whole with code of its own is called a model and holds a decoder with its head.
TEST(HfConfigFamilies, WholesCalledModelsKeepTheHeadOfWhatTheyHold) {
  const std::string sizes =
      R"("model_type": "qwen2", "hidden_size": 3584, "num_hidden_layers": 28, "num_attention_heads": 28,
      "num_key_value_heads": 4, "intermediate_size": 18944, "vocab_size": 151674, "tie_word_embeddings": false)";
  const auto count = [&](const std::string& whole, const std::string& part) {
    const auto read = import_hf("{" + whole + ", \"llm_config\": {" + part + sizes + "}}", "c.json");
    return read ? count_parameters(read->model).total : 0;
  };
  const std::int64_t head = std::int64_t{151674} * 3584;
  const std::string chat = R"("model_type": "internvl_chat", "architectures": ["InternVLChatModel"])";
  const std::int64_t full = count(chat, R"("architectures": ["Qwen2ForCausalLM"], )");
  EXPECT_EQ(full, 6'525'618'176 + 3584 + 2 * head);  // layers and last norm beside embedding and head
  EXPECT_EQ(count(chat, R"("architectures": ["Qwen2Model"], )"), full - head);
  EXPECT_EQ(count(chat + R"(, "auto_map": {"AutoModelForCausalLM": "m.InternVLChatModel"})", ""), full);
  EXPECT_EQ(count(chat, ""), full - head);
}

/// Published: 8.02 billion; 480 with 17 at work; 316 with 38 (321 with its eyes).
TEST(HfConfigFamilies, CountsFamiliesBesideTheLibrary) {
  const auto count = [](const char* text) {
    const auto read = import_hf(text, "c.json");
    EXPECT_TRUE(read) << base::render(read.error());
    return read ? count_parameters(read->model) : ParameterCount{};
  };
  EXPECT_EQ(count(R"({"model_type": "llada", "d_model": 4096, "n_layers": 32, "n_heads": 32, "n_kv_heads": 32,
                      "mlp_hidden_size": 12288, "embedding_size": 126464, "vocab_size": 126464,
                      "weight_tying": false, "include_bias": false})")
                .total,
            8'015'581'184);
  const auto arctic = count(
      R"({"model_type": "arctic", "hidden_size": 7168, "intermediate_size": 4864, "num_hidden_layers": 35,
                "num_attention_heads": 56, "num_key_value_heads": 8, "num_local_experts": 128,
                "num_experts_per_tok": 2, "vocab_size": 32000, "moe_layer_frequency": 1, "use_residual": true,
                "parallel_attn_mlp_res": true})");
  EXPECT_NEAR(static_cast<double>(arctic.total), 480e9, 2e9);
  EXPECT_NEAR(static_cast<double>(arctic.active), 17e9, 0.5e9);
  const auto step = count(R"({"model_type": "step3_text", "hidden_size": 7168, "intermediate_size": 18432,
                "num_hidden_layers": 61, "num_attention_heads": 64, "num_attention_groups": 1, "head_dim": 256,
                "share_q_dim": 2048, "moe_num_experts": 48, "moe_top_k": 3, "moe_intermediate_size": 5120,
                "share_expert_dim": 5120, "vocab_size": 128815})");
  EXPECT_NEAR(static_cast<double>(step.total), 316e9, 1e9);
  EXPECT_NEAR(static_cast<double>(step.active), 38e9, 1e9);
  const std::string sizes = R"(", "hidden_size": 4096, "num_hidden_layers": 36, "num_attention_heads": 32,
      "num_key_value_heads": 8, "head_dim": 128, "intermediate_size": 12288, "vocab_size": 151936})";
  for (const char* name : {"sdar", "Keye", "minicpmv\", \"version\": \"4.5"})
    EXPECT_EQ(count(("{\"model_type\": \"" + std::string(name) + sizes).c_str()).total, 8'190'735'360)
        << name;
}

/// A type that nobody knows is read by its class, and that is said.
TEST(HfConfigFamilies, AKnownClassStandsForAnUnknownType) {
  const auto read = import_hf(
      changed("llama-3.1-8b", "\"model_type\": \"llama\"", "\"model_type\": \"my_llama\""), "a.json");
  ASSERT_TRUE(read) << base::render(read.error());
  EXPECT_EQ(count_parameters(read->model).total, 8'030'261'248);
  EXPECT_NE(base::render(read->notes)
                .find("model_type 'my_llama' is not known: by its class the model is read "
                      "as llama"),
            std::string::npos)
      << base::render(read->notes);
}

/// Sizes that other families have and this one's class leaves alone are said by value, and whose code may use them.
TEST(HfConfigErrors, SizesThatTheRulesDoNotKnowAreNoDetail) {
  const std::string more = "\"kv_lora_rank\": 512, \"num_hidden_layers\"";
  const auto noted = import_hf(changed("llama-3.1-8b", "\"num_hidden_layers\"", more), "a.json");
  ASSERT_TRUE(noted) << base::render(noted.error());
  EXPECT_NE(base::render(noted->notes).find("kv_lora_rank = 512"), std::string::npos)
      << base::render(noted->notes);
  const auto own = import_hf(changed("llama-3.1-8b", "\"num_hidden_layers\"",
                                     "\"auto_map\": {\"AutoModelForCausalLM\": \"modeling_x.X\"}, " + more),
                             "a.json");
  ASSERT_TRUE(own);
  EXPECT_NE(base::render(own->notes).find("code beside the checkpoint (modeling_x.X) may use them"),
            std::string::npos)
      << base::render(own->notes);
}

TEST(HfConfigErrors, ListsWhatIsSupported) {
  const auto typo =
      refused(R"({"model_type": "lama", "architectures": ["LamaForCausalLM"], "hidden_size": 64})");
  EXPECT_EQ(typo.code, "unsupported-architecture");
  EXPECT_NE(typo.hint.find("did you mean 'llama'"), std::string::npos) << typo.hint;
  EXPECT_NE(typo.hint.find("deepseek_v2, deepseek_v3, deepseek_v32"), std::string::npos) << typo.hint;
  const auto mamba = refused(R"({"model_type": "my-ssm", "state_size": 128, "hidden_size": 64})");
  EXPECT_NE(mamba.message.find("state-space layers"), std::string::npos) << mamba.message;
  const auto t5 = refused(R"({"architectures": ["T5ForConditionalGeneration"], "is_encoder_decoder": true})");
  EXPECT_EQ(
      t5.message,
      "no rules for architecture 'T5ForConditionalGeneration': missing is an encoder beside the decoder");
  EXPECT_TRUE(import_hf_config(changed("llama-3.1-8b", "\"model_type\": \"llama\",", ""), "x"));
}

TEST(HfConfigErrors, SizesThatAreNullAreMissing) {
  const std::string begin = R"({"model_type": "llama", "hidden_size": 4096, "num_hidden_layers": 32,
      "num_attention_heads": 32, "vocab_size": 32000, )";
  const auto null = import_hf(begin + R"("intermediate_size": null})", "c.json");
  ASSERT_FALSE(null.has_value());
  EXPECT_NE(base::render(null.error()).find("'intermediate_size' is missing"), std::string::npos);
  // Python takes the last of two keys; that is said.
  const auto twice = import_hf(begin + R"("intermediate_size": 11008, "num_hidden_layers": 16})", "c.json");
  ASSERT_TRUE(twice.has_value());
  EXPECT_EQ(twice->model.layers, 16);
  ASSERT_EQ(twice->notes.size(), 1U);
  EXPECT_EQ(twice->notes[0].code, "repeated-key");
}

TEST(HfConfigErrors, FilesThatCannotBeRead) {
  EXPECT_EQ(read_hf_config(kFixtures / "none.json").error().front().code, "unreadable-file");
  EXPECT_EQ(read_hf_config(kFixtures).error().front().code, "unreadable-file");
}

}  // namespace
}  // namespace gigawatt::workload
