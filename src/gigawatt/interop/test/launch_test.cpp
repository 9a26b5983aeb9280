// Launchers around Megatron-LM, DeepSpeed's stages, words that a copy has changed, keys that are nearly right.
#include <gtest/gtest.h>

#include "gigawatt/interop/config_import.h"
#include "gigawatt/interop/test/support.h"
#include "gigawatt/workload/parameters.h"

namespace gigawatt::interop {
namespace {

const std::string kLlama =
    "--num-layers 32 --hidden-size 4096 --ffn-hidden-size 11008 --num-attention-heads 32 --seq-length 4096 "
    "--micro-batch-size 1 --global-batch-size 128 --bf16 --swiglu --vocab-size 32000 ";

MegatronImport launched(const std::string& text, std::int64_t gpus = 0) {
  return support::imported(text, gpus);
}
std::string refused_on_64(const std::string& text) { return support::refusal(text, 64); }

std::string config_refusal(std::string_view framework, const std::string& text, std::int64_t gpus = 64) {
  const auto result = import_config(framework, ConfigText{{text}, "", ""}, gpus);
  return result ? "accepted" : base::render(result.error());
}

TEST(Launchers, SayHowManyProcessesThereAre) {
  EXPECT_EQ(launched("srun -N 4 --ntasks-per-node=8 python pretrain_gpt.py " + kLlama).gpus, 32);
  EXPECT_EQ(
      launched("#!/bin/bash\n#SBATCH --nodes=16\nsrun --ntasks-per-node=8 bash -c \"python pretrain_gpt.py " +
               kLlama + "\"\n")
          .gpus,
      128);
  EXPECT_EQ(launched("mpirun -np 32 python pretrain_gpt.py " + kLlama).gpus, 32);
  EXPECT_EQ(launched("deepspeed --num_nodes 2 --num_gpus 8 pretrain_gpt.py " + kLlama).gpus, 16);
  EXPECT_EQ(launched("deepspeed --num_gpus 8 pretrain_gpt.py " + kLlama).gpus, 8);
  // srun starts torchrun once a node: the inner launcher counts.
  EXPECT_EQ(launched("srun -N 4 --ntasks-per-node=1 torchrun --nnodes 4 --nproc_per_node 8 pretrain_gpt.py " +
                     kLlama)
                .gpus,
            32);
}

TEST(DeepSpeed, TheStageIsThatOfItsConfiguration) {
  const std::string on = kLlama + "--deepspeed --deepspeed_config ds.json ";
  EXPECT_EQ(launched(on + "--zero-stage 3", 64).plan.zero_stage, 3);
  const auto unknown = launched(on, 64);
  EXPECT_EQ(unknown.plan.zero_stage, 0);
  ASSERT_FALSE(unknown.notes.empty());
  EXPECT_NE(unknown.notes.back().find("--zero-stage"), std::string::npos);
  const std::string written =
      "cat <<EOT > ds.json\n{ \"zero_optimization\": { \"stage\": 2 } }\nEOT\npython pretrain_gpt.py " + on;
  EXPECT_EQ(launched(written + "\n", 64).plan.zero_stage, 2);
  EXPECT_NE(refused_on_64(written + "--zero-stage 1\n").find("DeepSpeed's configuration says 2"),
            std::string::npos);
  EXPECT_EQ(launched(kLlama + "--checkpoint-activations", 64).plan.recompute.kind,
            step::RecomputeKind::kFull);
  for (const auto& option : launched(on + "--zero-stage 1", 64).ignored)
    EXPECT_EQ(option.find("deepspeed"), std::string::npos) << option;
}

TEST(Layers, OfExpertsAndWindowsThatFollowNoPeriod) {
  const std::string sizes =
      "--num-layers 8 --hidden-size 1024 --num-attention-heads 16 --ffn-hidden-size 4096 --seq-length 2048 "
      "--micro-batch-size 1 --global-batch-size 64 --bf16 --vocab-size 32000 --position-embedding-type rope "
      "--disable-bias-linear --normalization RMSNorm --num-experts 8 ";
  const auto few = launched(sizes + "--moe-layer-freq ([0]*1+[1]*3)*2", 64);
  EXPECT_TRUE(few.not_sayable.empty());
  ASSERT_EQ(few.sizes.pattern.size(), 8U);
  const auto all = workload::count_parameters(launched(sizes, 64).sizes).total;
  // Two of eight layers have one FFN of two matrices instead of eight of them and a router.
  EXPECT_EQ(all - workload::count_parameters(few.sizes).total, 2 * (7 * 2 * 1024 * 4096 + 8 * 1024));
  const auto windows = launched(sizes + "--window-size 127,0 --window-attn-skip-freq [1,1,0,1,1,1,0,1]", 64);
  EXPECT_TRUE(windows.not_sayable.empty());
  int full = 0;
  for (std::int64_t i = 0; i < 8; ++i)
    full += workload::shape_of(windows.sizes, workload::kind_of_layer(windows.sizes, i)).window == 0 ? 1 : 0;
  EXPECT_EQ(full, 2);
  EXPECT_EQ(workload::count_parameters(windows.sizes).total, all);
}

TEST(Recompute, InGroupsOfLayers) {
  const auto plan = launched(
      kLlama + "--recompute-granularity full --recompute-method uniform --recompute-num-layers 4", 64);
  EXPECT_EQ(step::to_string(plan.plan.recompute), "full/4");
  EXPECT_TRUE(plan.unread.empty());
  EXPECT_EQ(step::parse_recompute("full/4").value(), plan.plan.recompute);
  EXPECT_EQ(step::to_string(
                launched(kLlama + "--checkpoint-activations --checkpoint-num-layers 2", 64).plan.recompute),
            "full/2");
}

TEST(Words, ThatACopyHasChanged) {
  EXPECT_EQ(launched("\xEF\xBB\xBF" + kLlama, 64).sizes.layers, 32);
  EXPECT_NE(refused_on_64(kLlama + "\xE2\x80\x93tensor-model-parallel-size 2").find("begins with a dash"),
            std::string::npos);
}

TEST(Keys, NearlyRightOnesAreRefused) {
  const std::string titan =
      "[model]\nname = \"llama3\"\nflavor = \"8B\"\n[training]\nlocal_batch_size = 2\nseq_len = 8192\n"
      "[parallelism]\n";
  EXPECT_EQ(config_refusal("torchtitan", titan + "tensor_parallel_degree = 2\n"), "accepted");
  EXPECT_NE(config_refusal("torchtitan", titan + "tensor_paralel_degree = 2\n")
                .find("did you mean 'tensor_parallel_degree'"),
            std::string::npos);
  const std::string nemo =
      "model:\n  micro_batch_size: 1\n  global_batch_size: 256\n  encoder_seq_length: 4096\n  num_layers: "
      "32\n"
      "  hidden_size: 4096\n  num_attention_heads: 32\n";
  EXPECT_EQ(config_refusal("nemo", nemo + "  tensor_model_parallel_size: 2\n"), "accepted");
  EXPECT_NE(
      config_refusal("nemo", nemo + "  tensor_model_paralel_size: 2\n").find("tensor_model_parallel_size"),
      std::string::npos);
  EXPECT_NE(
      config_refusal("maxtext", "model_name: llama2-7b\nper_device_batch_size: 4\nici_fsdp_paralelism: 8\n")
          .find("ici_fsdp_parallelism"),
      std::string::npos);
}

TEST(Keys, RefersToOthers) {
  const std::string text =
      "trainer:\n  num_nodes: 4\n  devices: ${oc.env:GPUS,8}\nmodel:\n  micro_batch_size: 1\n"
      "  global_batch_size: 256\n  encoder_seq_length: 4096\n  num_layers: 32\n  hidden_size: 4096\n"
      "  num_attention_heads: 32\n  tensor_model_parallel_size: ${trainer.num_nodes}\n";
  const auto result = import_config("nemo", ConfigText{{text}, "", ""}, 0);
  ASSERT_TRUE(result.has_value()) << base::render(result.error());
  EXPECT_EQ(result->gpus, 32);
  EXPECT_EQ(result->plan.tp, 4);
  bool said = false;
  for (const auto& note : result->notes) said = said || note.find("trainer.devices = 8") != std::string::npos;
  EXPECT_TRUE(said);
}

TEST(Keys, ThatChangeTimeOrMemoryAreNotCalledNeutral) {
  const std::string titan =
      "[model]\nname = \"llama3\"\nflavor = \"8B\"\n[training]\nlocal_batch_size = 2\nseq_len = 8192\n"
      "[compile]\nenable = true\n[activation_checkpoint]\nmode = \"selective\"\nselective_ac_option = "
      "\"op\"\n"
      "per_op_sac_force_recompute_mm_shapes_by_fqns = [\"moe.router.gate\"]\n";
  const auto usual = import_config("torchtitan", ConfigText{{titan}, "", ""}, 64);
  ASSERT_TRUE(usual.has_value());
  EXPECT_EQ(usual->unread, (std::vector<std::string>{"compile.enable"}));
  const auto other = import_config(
      "torchtitan",
      ConfigText{{titan}, "", "--activation_checkpoint.per_op_sac_force_recompute_mm_shapes_by_fqns=[a]"},
      64);
  ASSERT_TRUE(other.has_value());
  EXPECT_EQ(other->unread.size(), 2U);
  const std::string nemo =
      "model:\n  micro_batch_size: 1\n  global_batch_size: 256\n  encoder_seq_length: 4096\n  num_layers: "
      "32\n"
      "  hidden_size: 4096\n  num_attention_heads: 32\n  fsdp: True\n";
  EXPECT_EQ(import_config("nemo", ConfigText{{nemo}, "", ""}, 64).value().plan.zero_stage, 3);
  EXPECT_EQ(import_config("nemo", ConfigText{{nemo + "  fsdp_sharding_strategy: grad\n"}, "", ""}, 64)
                .value()
                .plan.zero_stage,
            2);
}

TEST(Experts, HaveToDivideTheRanksOfAStage) {
  const std::string text =
      "[model]\nname = \"deepseek_v3\"\nflavor = \"671B\"\n[training]\nlocal_batch_size = 1\nseq_len = 4096\n"
      "[parallelism]\nexpert_parallel_degree = 16\n";
  EXPECT_NE(config_refusal("torchtitan", text, 8).find("does not divide the 8 ranks"), std::string::npos);
  EXPECT_EQ(config_refusal("torchtitan", text, 64), "accepted");
}

}  // namespace
}  // namespace gigawatt::interop
