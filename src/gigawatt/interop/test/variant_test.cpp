// Megatron-LM's variants of attention, lists of modules, and lambdas in Python's configurations.
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "gigawatt/interop/config_import.h"
#include "gigawatt/interop/test/support.h"
#include "gigawatt/workload/parameters.h"

namespace gigawatt::interop {
namespace {

MegatronImport variant(const std::string& text, std::int64_t gpus = 8) {
  return support::imported(text, gpus);
}
std::string refused_variant(const std::string& text) { return support::refusal(text, 8); }

const std::string kNext =
    "--num-layers 48 --hidden-size 2048 --ffn-hidden-size 5120 --num-attention-heads 16 --kv-channels 256 "
    "--group-query-attention --num-query-groups 2 --num-experts 512 --moe-router-topk 10 "
    "--moe-ffn-hidden-size 512 "
    "--moe-shared-expert-intermediate-size 512 --moe-shared-expert-gate --qk-layernorm --disable-bias-linear "
    "--normalization RMSNorm --swiglu --position-embedding-type rope --untie-embeddings-and-output-weights "
    "--vocab-size 151936 --seq-length 4096 --micro-batch-size 1 --global-batch-size 64 --bf16 "
    "--attention-output-gate --experimental-attention-variant gated_delta_net ";

/// Its own defaults are those of Qwen3-Next 80B: 79,674,391,296 weights, 3,874,929,408 of them at work.
TEST(Variants, GatedDeltaNetsAreQwen3Next) {
  const MegatronImport with = variant(kNext + "--linear-attention-freq 4");
  EXPECT_TRUE(with.not_sayable.empty());
  EXPECT_TRUE(with.unread.empty());
  const auto count = workload::count_parameters(with.sizes);
  EXPECT_EQ(count.total, 79'674'391'296);
  EXPECT_EQ(count.active, 3'874'929'408);
  const auto listed = variant(kNext + "--linear-attention-freq ([1]*3+[0])*12");
  EXPECT_EQ(listed.sizes.pattern, with.sizes.pattern);
  EXPECT_EQ(listed.sizes.shapes, with.sizes.shapes);
  EXPECT_NE(refused_variant(kNext + "--linear-attention-freq [1]*3").find("a list such as"),
            std::string::npos);
  EXPECT_NE(refused_variant(kNext + "--linear-num-key-heads 5").find("no multiple of"), std::string::npos);
  EXPECT_FALSE(variant(kNext + "--experimental-attention-variant gdn2").not_sayable.empty());
}

/// Two layers of latent attention; by hand, an indexer of 4 heads of 32 for queries of rank 64.
TEST(Variants, AnIndexerIsCounted) {
  const std::string base =
      "--num-layers 2 --hidden-size 256 --num-attention-heads 4 --multi-latent-attention --q-lora-rank 64 "
      "--kv-lora-rank 32 --qk-head-dim 16 --qk-pos-emb-head-dim 8 --v-head-dim 16 --disable-bias-linear "
      "--seq-length 4096 --micro-batch-size 1 --global-batch-size 8 --vocab-size 1000 --bf16 ";
  const auto plain = workload::count_parameters(variant(base).sizes).total;
  const auto with =
      variant(base +
              "--experimental-attention-variant dsa --dsa-indexer-n-heads 4 --dsa-indexer-head-dim 32 "
              "--dsa-indexer-topk 512");
  EXPECT_TRUE(with.not_sayable.empty());
  EXPECT_EQ(workload::count_parameters(with.sizes).total - plain,
            2 * (64 * 4 * 32 + 256 * 32 + 2 * 32 + 256 * 4));
  EXPECT_EQ(with.sizes.indexer.topk, 512);
  EXPECT_FALSE(variant(base + "--experimental-attention-variant dsa").not_sayable.empty());
}

TEST(Modules, AreListsWithCommasToo) {
  const std::string base =
      "--num-layers 4 --hidden-size 256 --num-attention-heads 4 --seq-length 4096 --micro-batch-size 1 "
      "--vocab-size 1000 --bf16 --recompute-granularity selective --recompute-modules ";
  const auto both = static_cast<std::uint8_t>(step::kRecomputeCoreAttention | step::kRecomputeMlp);
  for (const char* list : {"core_attn mlp", "core_attn,mlp", "\"core_attn, mlp\"", "core_attn,mlp,"}) {
    const auto policy = variant(base + list).plan.recompute;
    EXPECT_EQ(policy.kind, step::RecomputeKind::kModules) << list;
    EXPECT_EQ(policy.modules, both) << list;
  }
  EXPECT_EQ(variant(base + "core_attn").plan.recompute.kind, step::RecomputeKind::kSelective);
  const auto other = variant(base + "mhc");
  EXPECT_EQ(other.plan.recompute.kind, step::RecomputeKind::kNone);
  ASSERT_FALSE(other.notes.empty());
  EXPECT_NE(refused_variant(base + "core_attn,nonsense").find("no module 'nonsense'"), std::string::npos);
}

/// A lambda ends at the comma or bracket behind it, wherever its parameters' colon and its own commas are.
TEST(Python, LambdasEndWhereTheirArgumentDoes) {
  ConfigText text;
  text.files = {
      "def sft() -> Trainer.Config:\n"
      "    def process(sample):\n"
      "        return [sample]\n"
      "    return Trainer.Config(\n"
      "        dataset=Data.Config(filters=(lambda a, b=1: {a: 'x, y'}[b],), map=lambda s: s),\n"
      "        training=TrainingConfig(local_batch_size=2, seq_len=2048),\n"
      "    )\n"};
  const auto read_config = import_config("torchtitan", text, 8);
  ASSERT_TRUE(read_config) << base::render(read_config.error());
  EXPECT_EQ(read_config->seq_len, 2048);
  EXPECT_EQ(read_config->plan.micro_batch, 2);
}

std::int64_t maxtext_total(const std::string& text) {
  ConfigText config;
  config.files = {text};
  const auto read_config = import_config("maxtext", config, 8);
  if (!read_config) {
    ADD_FAILURE() << base::render(read_config.error());
    return 0;
  }
  EXPECT_TRUE(read_config->not_sayable.empty()) << read_config->not_sayable.front();
  return workload::count_parameters(read_config->sizes).total;
}

/// Published sizes, and what the models of the Transformers library have.
TEST(MaxText, BlocksWhoseLayersDiffer) {
  EXPECT_EQ(
      maxtext_total("decoder_block: qwen3_next\nbase_emb_dim: 2048\nbase_num_decoder_layers: 48\n"
                    "base_num_query_heads: 16\nbase_num_kv_heads: 2\nhead_dim: 256\nvocab_size: 151936\n"
                    "base_mlp_dim: 512\nbase_moe_mlp_dim: 512\nnum_experts: 512\nshared_experts: 1\n"
                    "num_experts_per_tok: 10\ninhomogeneous_layer_cycle_interval: 4\n"),
      79'674'391'296);
  EXPECT_EQ(
      maxtext_total("decoder_block: qwen3_5\nbase_emb_dim: 2048\nbase_num_decoder_layers: 40\n"
                    "base_num_query_heads: 16\nbase_num_kv_heads: 2\nhead_dim: 256\nvocab_size: 248320\n"
                    "base_mlp_dim: 512\nbase_moe_mlp_dim: 512\nnum_experts: 256\nshared_experts: 1\n"
                    "num_experts_per_tok: 8\n"),
      34'660'610'688);
  EXPECT_EQ(maxtext_total("decoder_block: olmo3\nbase_emb_dim: 4096\nbase_num_query_heads: 32\n"
                          "base_num_kv_heads: 32\nbase_mlp_dim: 11008\nbase_num_decoder_layers: 32\n"
                          "head_dim: 128\nsliding_window_size: 4096\nvocab_size: 100278\n"),
            7'298'011'136);
  EXPECT_EQ(maxtext_total("decoder_block: gemma4\nbase_emb_dim: 2816\nbase_num_query_heads: 16\n"
                          "base_num_kv_heads: 8\nbase_mlp_dim: 2112\nbase_moe_mlp_dim: 704\nhead_dim: 256\n"
                          "base_num_decoder_layers: 30\nglobal_head_dim: 512\nglobal_num_kv_heads: 2\n"
                          "vocab_size: 262144\nlogits_via_embedding: true\nsliding_window_size: 1024\n"
                          "share_kv_projections: true\nnum_experts: 128\nnum_experts_per_tok: 8\n"),
            25'233'141'760);
  std::string ratios = "[0, 0";
  for (int i = 2; i < 43; ++i) ratios += i % 2 == 0 ? ", 4" : ", 128";
  EXPECT_EQ(
      maxtext_total("decoder_block: deepseek4\nbase_emb_dim: 4096\nbase_num_query_heads: 64\n"
                    "base_num_kv_heads: 1\nbase_num_decoder_layers: 43\nbase_moe_mlp_dim: 2048\n"
                    "vocab_size: 129280\nhead_dim: 512\nmhc_expansion_rate: 4\nattention_type: compressed\n"
                    "num_experts: 256\nnum_experts_per_tok: 6\nshared_experts: 1\nq_lora_rank: 1024\n"
                    "o_groups: 8\no_lora_rank: 1024\nsliding_window_size: 128\ncompress_ratios: " +
                    ratios + "]\n"),
      284'332'230'231 + 256 * 40);  // with the correction biases of 40 layers
}

}  // namespace
}  // namespace gigawatt::interop
