// What people bring: scripts, options of every kind, models, layouts, configurations of other trainers.
#include <array>

#include <gtest/gtest.h>

#include "gigawatt/interop/config_import.h"
#include "gigawatt/interop/shell_words.h"
#include "gigawatt/interop/test/support.h"
#include "gigawatt/workload/parameters.h"

namespace gigawatt::interop {
namespace {

constexpr const char* kLlamaOfOne =
    "--num-layers 32 --hidden-size 4096 --ffn-hidden-size 11008 --num-attention-heads 32 --seq-length 4096 "
    "--micro-batch-size 1 --bf16 --swiglu --untie-embeddings-and-output-weights --vocab-size 32000 ";
constexpr const char* kExperts =
    "--num-layers 48 --hidden-size 2048 --ffn-hidden-size 6144 --num-attention-heads 32 --kv-channels 128 "
    "--group-query-attention --num-query-groups 4 --num-experts 128 --moe-router-topk 8 --seq-length 4096 "
    "--micro-batch-size 1 --global-batch-size 256 --bf16 --swiglu --untie-embeddings-and-output-weights "
    "--vocab-size 151936 ";

MegatronImport imported_on_8(const std::string& text, std::int64_t gpus = 8) {
  return support::imported(text, gpus);
}
std::string refused_on_8(const std::string& text, std::int64_t gpus = 8) {
  return support::refusal(text, gpus);
}

bool holds(const std::vector<std::string>& list, std::string_view part) {
  for (const auto& item : list)
    if (item.find(part) != std::string::npos) return true;
  return false;
}

TEST(Shell, QuotesCommentsContinuationsAndVariables) {
  const std::vector<std::string> script{
      "#!/bin/bash\nexport OMP_NUM_THREADS=1\nNODES=4; GPUS=${GPUS_PER_NODE:-8}\nWORLD=$(($GPUS*$NODES))\n"
      "DIST=(\n  --nproc_per_node $GPUS  # of a node\n  --nnodes $NODES\n)\n"
      "ARGS=\"\\\n --lr 1e-4 \\\n --data-path $DATA\"\n"
      "MORE+=(--seq-length 4096)\nMORE+=(--bf16)\n"
      "mkdir -p logs --mode 7\n"
      "torchrun ${DIST[@]} \\\n  pretrain.py $ARGS \"${MORE[@]}\" \\\n"
      "  --world $WORLD --name 'a # b' | tee log.txt\n"};
  const auto read_words = shell_words(script);
  const std::vector<std::string> expected{
      "torchrun", "--nproc_per_node", "8",     "--nnodes",     "4",    "pretrain.py", "--lr",
      "1e-4",     "--data-path",      "$DATA", "--seq-length", "4096", "--bf16",      "--world",
      "32",       "--name",           "a # b"};
  EXPECT_EQ(read_words.words, expected);
  EXPECT_EQ(read_words.unset, (std::vector<std::string>{"DATA"}));
}

TEST(Shell, ACommentEndsItsLineAndNothingElse) {
  const auto plan =
      imported_on_8(std::string(kLlamaOfOne) +
                    "\n--tensor-model-parallel-size 2\n# --pipeline-model-parallel-size 4 (now)\n"
                    "--context-parallel-size 2\n")
          .plan;
  EXPECT_EQ(plan.tp, 2);
  EXPECT_EQ(plan.pp, 1);
  EXPECT_EQ(plan.cp, 2);
}

TEST(Options, AreWhatTheyDecide) {
  const auto r =
      imported_on_8(std::string(kLlamaOfOne) +
                    "--log-memory-to-tensorboard --deterministic-mode --dist-ckpt-strictness log_unexpected "
                    "--overlap-grad-reduce --decoupled-lr 5e-4 --cp-comm-type p2p");
  EXPECT_TRUE(holds(r.ignored, "--dist-ckpt-strictness"));
  EXPECT_TRUE(holds(r.unread, "--overlap-grad-reduce"));
  EXPECT_TRUE(holds(r.unread, "--cp-comm-type"));
  EXPECT_FALSE(holds(r.ignored, "--overlap-grad-reduce"));
  EXPECT_FALSE(holds(r.ignored, "--swiglu"));
  EXPECT_NE(refused_on_8(std::string(kLlamaOfOne) + "--log-memory-to-tensorbord").find("did you mean"),
            std::string::npos);
  EXPECT_NE(refused_on_8(std::string(kLlamaOfOne) + "--pipeline-model-parallel-size $PP")
                .find("does not set this variable"),
            std::string::npos);
}

TEST(Batch, GrowingOnesAreTakenAtTheirEnd) {
  const auto ramp =
      imported_on_8(std::string(kLlamaOfOne) + "--global-batch-size 64 --rampup-batch-size 16 16 1000000");
  EXPECT_EQ(ramp.global_batch, 64);
  EXPECT_TRUE(holds(ramp.notes, "ramp is not modeled"));
  const auto steps =
      imported_on_8(std::string(kLlamaOfOne) + "--step-batch-size-schedule 0:384,200B:768,400B:1152");
  EXPECT_EQ(steps.global_batch, 1152);
  EXPECT_TRUE(holds(steps.notes, "--step-batch-size-schedule"));
  EXPECT_TRUE(holds(imported_on_8(kLlamaOfOne).notes, "without --global-batch-size"));
}

catalog::Model of(const std::string& text) { return imported_on_8(text, 64).sizes; }

TEST(Models, AreTheCataloguesOnlyWhereEverySizeAgrees) {
  catalog::Model known = of(std::string(kExperts) + "--moe-ffn-hidden-size 768");
  known.name = "known";
  const std::array models{known};
  EXPECT_EQ(matching_model(models, known), &models[0]);
  for (const char* other :
       {"--moe-ffn-hidden-size 1536", "--moe-ffn-hidden-size 768 --moe-layer-freq ([0]*24+[1]*24)",
        "--moe-ffn-hidden-size 768 --moe-shared-expert-intermediate-size 4096",
        "--moe-ffn-hidden-size 768 --mtp-num-layers 1"}) {
    const auto match = match_model(models, of(std::string(kExperts) + other));
    EXPECT_EQ(match.model, nullptr) << other;
    ASSERT_EQ(match.nearest, &models[0]) << other;
    EXPECT_EQ(match.why_not.size(), 1U) << other;
  }
  // Norms and biases are no sizes.
  const auto match =
      match_model(models, of(std::string(kExperts) + "--moe-ffn-hidden-size 768 --normalization RMSNorm"));
  EXPECT_EQ(match.model, &models[0]);
  EXPECT_FALSE(match.differs.empty());
  EXPECT_FALSE(imported_on_8(std::string(kLlamaOfOne) + "--hybrid-layer-pattern M-M*").not_sayable.empty());
}

TEST(Models, OfLettersAreHybrids) {
  // The published sizes of Nemotron 3 Nano: 23 layers of a state space, 23 of experts, 6 of attention.
  const std::string nano =
      "--hybrid-layer-pattern MEMEM*EMEMEM*EMEMEM*EMEMEM*EMEMEM*EMEMEMEM*EMEMEMEME/*E/*E --hidden-size 2688 "
      "--num-attention-heads 32 --group-query-attention --num-query-groups 2 --kv-channels 128 "
      "--ffn-hidden-size 1856 "
      "--num-experts 128 --moe-router-topk 6 --moe-shared-expert-intermediate-size 3712 "
      "--moe-router-enable-expert-bias --mamba-num-heads 64 --mamba-head-dim 64 --squared-relu "
      "--disable-bias-linear "
      "--untie-embeddings-and-output-weights --position-embedding-type none --normalization RMSNorm "
      "--vocab-size 131072 "
      "--seq-length 8192 --micro-batch-size 1 --bf16 ";
  const auto read = import_megatron(std::vector<std::string>{nano}, 64);
  ASSERT_TRUE(read) << base::render(read.error());
  EXPECT_TRUE(read->not_sayable.empty());
  const auto count = workload::count_parameters(read->sizes);
  const std::int64_t corrections = 23 * 128;  // a bias per expert, which the published count leaves out
  EXPECT_EQ(count.total, 31'577'937'344 + corrections);
  EXPECT_EQ(count.active, 3'580'073'408 + corrections);
  EXPECT_TRUE(holds(read->notes, "2 prediction modules"));
  const auto gated = import_megatron(std::vector<std::string>{nano + "--swiglu"}, 64);
  ASSERT_TRUE(gated);
  EXPECT_FALSE(gated->not_sayable.empty());
  const auto other = import_megatron(std::vector<std::string>{nano + "--num-layers 50"}, 64);
  ASSERT_TRUE(other);  // the parser overrides it
  EXPECT_EQ(other->sizes.layers, 52);
}

TEST(Models, TakeTheParsersDefaults) {
  const auto plain =
      of("--num-layers 4 --hidden-size 1024 --num-attention-heads 16 --seq-length 512 --micro-batch-size 1");
  EXPECT_EQ(plain.ffn, 4096);
  EXPECT_FALSE(plain.ffn_gated);
  EXPECT_TRUE(plain.tied_embeddings);
  EXPECT_TRUE(plain.mlp_bias);
  EXPECT_EQ(plain.position, catalog::PositionKind::kLearned);
  const auto gated =
      of("--num-layers 4 --hidden-size 1024 --num-attention-heads 16 --seq-length 512 --micro-batch-size 1 "
         "--swiglu --window-size 127,0 --window-attn-skip-freq 2 --tokenizer-type GPT2BPETokenizer");
  EXPECT_EQ(gated.ffn, 2688);
  EXPECT_EQ(gated.window, 128);
  EXPECT_EQ(gated.full_attention_period, 2);
  EXPECT_EQ(gated.vocab, 50257);
}

TEST(Layouts, OfAnyCut) {
  const std::string deep =
      "--num-layers 61 --hidden-size 7168 --ffn-hidden-size 18432 --num-attention-heads 128 --seq-length "
      "4096 "
      "--micro-batch-size 1 --global-batch-size 8192 --bf16 --mtp-num-layers 1 --vocab-size 129280 "
      "--pipeline-model-parallel-size 16 --pipeline-model-parallel-layout ";
  const auto recipe = imported_on_8(deep + "Et|(tt|)*30mL", 1024);
  EXPECT_EQ(recipe.plan.vpp, 2);
  EXPECT_EQ(step::to_string(recipe.plan.cut), "1,2*30,0");
  const auto paper = imported_on_8(deep + "Et*3|(tt|)*29m|L", 1024);
  EXPECT_EQ(step::to_string(paper.plan.cut), "3,2*29,0m,0");
  EXPECT_EQ(paper.plan.cut.behind_mtp, 1);
  const auto uneven = imported_on_8(std::string(kLlamaOfOne) +
                                    "--pipeline-model-parallel-size 4 --decoder-first-pipeline-num-layers 6 "
                                    "--decoder-last-pipeline-num-layers 6 "
                                    "--num-virtual-stages-per-pipeline-rank 2 --global-batch-size 64");
  EXPECT_EQ(step::to_string(uneven.plan.cut), "3,5*2,3*2,5*2,3");
}

TEST(Checks, AreThoseOfMegatron) {
  EXPECT_NE(refused_on_8(std::string(kLlamaOfOne) + "--global-batch-size 60 --pipeline-model-parallel-size 4 "
                                                    "--num-layers-per-virtual-pipeline-stage 4")
                .find("groups of 4 leave 2"),
            std::string::npos);
  EXPECT_NE(refused_on_8(std::string(kLlamaOfOne) +
                         "--group-query-attention --num-query-groups 6 --tensor-model-parallel-size 4")
                .find("neither a multiple nor a divisor"),
            std::string::npos);
  EXPECT_NE(
      refused_on_8(
          "--num-layers 2 --hidden-size 64 --num-attention-heads 4 --seq-length 100 --micro-batch-size 1 "
          "--context-parallel-size 8")
          .find("twice context"),
      std::string::npos);
  EXPECT_TRUE(
      holds(imported_on_8(
                std::string(kExperts) + "--tensor-model-parallel-size 2 --expert-model-parallel-size 4", 16)
                .notes,
            "--sequence-parallel"));
}

/// As a catalogue would: two models by their names.
const catalog::Model* find_model(std::string_view name) {
  static const std::array<catalog::Model, 2> kModels = [] {
    std::array<catalog::Model, 2> models;
    models[0].name = "llama3-8b";
    models[1].name = "llama3.1-405b";
    models[0].layers = 32;
    models[1].layers = 126;
    return models;
  }();
  for (const auto& m : kModels)
    if (m.name == name || name == "org/" + m.name) return &m;
  return nullptr;
}

MegatronImport config_of(std::string_view framework, std::string_view text, std::int64_t gpus = 0) {
  auto result = import_config(framework, ConfigText{{std::string(text)}, "", ""}, gpus, find_model);
  if (!result) ADD_FAILURE() << base::render(result.error());
  return result.value_or(MegatronImport{});
}

TEST(Configs, NeMoAndMegatronBridge) {
  const auto yaml =
      config_of("nemo",
                "trainer:\n  num_nodes: 4\n  devices: 8\n  precision: bf16\nmodel:\n"
                "  micro_batch_size: 1\n  global_batch_size: 128\n  encoder_seq_length: 4096\n"
                "  tensor_model_parallel_size: 4  # of a node\n  pipeline_model_parallel_size: 2\n"
                "  virtual_pipeline_model_parallel_size: null\n  num_layers: 32\n  hidden_size: 4096\n"
                "  num_attention_heads: 32\n  num_query_groups: 8\n  activation: fast-swiglu\n"
                "  sequence_parallel: True\n  activations_checkpoint_granularity: selective\n"
                "  optim:\n    name: distributed_fused_adam\n    lr: 1e-4\n");
  EXPECT_EQ(yaml.gpus, 32);
  EXPECT_EQ(yaml.plan.tp, 4);
  EXPECT_EQ(yaml.plan.dp, 4);
  EXPECT_EQ(yaml.plan.zero_stage, 1);
  EXPECT_TRUE(yaml.plan.sequence_parallel);
  EXPECT_EQ(yaml.plan.recompute.kind, step::RecomputeKind::kSelective);
  EXPECT_EQ(yaml.sizes.kv_heads, 8);
  EXPECT_TRUE(yaml.sizes.ffn_gated);
  const auto overrides =
      config_of("nemo",
                "train.micro_batch_size=1 train.global_batch_size=64 model.seq_length=8192 "
                "model.tensor_model_parallel_size=2 model.recompute_granularity=selective "
                "'model.recompute_modules=[mlp,layernorm]' mixed_precision=bf16_with_mxfp8_mixed",
                16);
  EXPECT_EQ(overrides.plan.tp, 2);
  EXPECT_EQ(overrides.plan.precision, catalog::Precision::kMxfp8);
  EXPECT_EQ(step::to_string(overrides.plan.recompute), "modules:layernorm+mlp");
}

TEST(Configs, RecipesOfNeMo) {
  const std::string other =
      "def trainer(tp: int = 1, num_nodes: int = 1) -> Config:\n"
      "    strategy = run.Config(nl.MegatronStrategy, tensor_model_parallel_size=tp)\n"
      "    return run.Config(nl.Trainer, devices=8, num_nodes=num_nodes, plugins=bf16_mixed(), "
      "strategy=strategy)\n";
  const std::string recipe =
      "from nemo.recipes import other\n\ndef model():\n    conf = run.Config(Llama3Config8B)\n"
      "    return run.Config(LlamaModel, config=conf)\n\n"
      "def pretrain_recipe(num_nodes: int = 2, performance_mode: bool = False, fn=pretrain):\n"
      "    recipe = run.Partial(fn, model=model(), trainer=other.trainer(tp=4, num_nodes=num_nodes),\n"
      "        data=run.Config(MockDataModule, seq_length=8192, global_batch_size=64, micro_batch_size=1))\n"
      "    if performance_mode:\n        recipe.trainer.strategy.tensor_model_parallel_size = 8\n    return "
      "recipe\n\n"
      "def finetune_recipe(peft_scheme: str = 'lora'):\n    recipe = pretrain_recipe()\n"
      "    if peft_scheme.lower() in ['lora', 'dora']:\n        recipe.peft = "
      "run.Config(SCHEMES[peft_scheme.lower()])\n"
      "    return recipe\n";
  const auto pretrain =
      import_config("nemo", ConfigText{{recipe, other}, "pretrain_recipe", ""}, 0, find_model);
  ASSERT_TRUE(pretrain) << base::render(pretrain.error());
  EXPECT_EQ(pretrain->gpus, 16);
  EXPECT_EQ(pretrain->plan.tp, 4);
  EXPECT_EQ(pretrain->plan.dp, 4);
  EXPECT_EQ(pretrain->plan.precision, catalog::Precision::kBf16);
  EXPECT_EQ(pretrain->model_name, "llama3-8b");
  EXPECT_EQ(pretrain->kind, step::TrainingKind::kPretrain);
  const auto wider =
      import_config("nemo", ConfigText{{recipe, other}, "pretrain_recipe", "num_nodes=4"}, 0, find_model);
  ASSERT_TRUE(wider);
  EXPECT_EQ(wider->gpus, 32);
  const auto tuned = import_config("nemo", ConfigText{{recipe, other}, "finetune_recipe", ""}, 0, find_model);
  ASSERT_TRUE(tuned);
  EXPECT_EQ(tuned->kind, step::TrainingKind::kLora);
  std::string t5 = recipe;
  t5.replace(t5.find("Llama3Config8B"), 14, "T5Config3B");
  EXPECT_FALSE(import_config("nemo", ConfigText{{t5, other}, "pretrain_recipe", ""}, 0, find_model));
}

TEST(Configs, TorchtitanOldAndNew) {
  const auto toml =
      config_of("torchtitan",
                "[model]\nname = \"llama3\"\nflavor = \"8B\"\nconverters = [\"quantize.linear.float8\"]\n"
                "[training]\nlocal_batch_size = 2\nseq_len = 8192\n[parallelism]\n"
                "data_parallel_shard_degree = -1\ntensor_parallel_degree = 4\n"
                "[activation_checkpoint]\nmode = \"full\"\n",
                64);
  EXPECT_EQ(toml.plan.dp, 16);
  EXPECT_EQ(toml.plan.zero_stage, 3);
  EXPECT_EQ(toml.global_batch, 32);
  EXPECT_EQ(toml.plan.precision, catalog::Precision::kFp8);
  EXPECT_EQ(toml.plan.recompute.kind, step::RecomputeKind::kFull);
  EXPECT_EQ(toml.model_name, "llama3-8b");
  const auto python = config_of("torchtitan",
                                "def plan():\n    config = base()\n    config.training.local_batch_size = 8\n"
                                "    config.training.seq_len = 4096\n"
                                "    config.parallelism.pipeline_parallel_degree = 4\n"
                                "    config.parallelism.pipeline_parallel_microbatch_size = 2\n"
                                "    config.parallelism.data_parallel_shard_degree = 8\n"
                                "    config.activation_checkpoint = FullAC.Config()\n    return config\n");
  EXPECT_EQ(python.gpus, 32);
  EXPECT_EQ(python.plan.micro_batch, 2);
  EXPECT_EQ(python.global_batch, 64);
  EXPECT_EQ(python.plan.zero_stage, 2);
  const auto flags =
      config_of("torchtitan",
                "./run_train.sh --training.local_batch_size 1 --training.seq_len=2048 "
                "--parallelism.data_parallel_replicate_degree 2 --parallelism.data_parallel_shard_degree 4",
                8);
  EXPECT_EQ(flags.plan.dp, 8);
  EXPECT_EQ(flags.plan.shard_group, 4);
}

TEST(Configs, TorchtitanRecomputesEveryNthLayer) {
  const auto plan = [](const std::string& how) {
    return config_of("torchtitan",
                     "[model]\nname = \"llama3\"\nflavor = \"8B\"\n[training]\nlocal_batch_size = 2\n"
                     "seq_len = 8192\n[parallelism]\ndata_parallel_shard_degree = 8\n"
                     "pipeline_parallel_degree = 2\n[activation_checkpoint]\nmode = \"selective\"\n" +
                         how)
        .plan.recompute;
  };
  EXPECT_EQ(step::to_string(plan("selective_ac_option = \"op\"\n")), "selective");
  EXPECT_EQ(step::to_string(plan("selective_ac_option = \"4\"\n")), "full:4");  // 32 layers, 2 stages
  EXPECT_EQ(step::to_string(plan("selective_ac_option = 1\n")), "full");
  EXPECT_EQ(step::to_string(plan("")), "full:8");
}

TEST(Configs, MaxText) {
  const auto r = config_of("maxtext",
                           "model_name: llama2-70b\nper_device_batch_size: 4\nmax_target_length: 2048\n"
                           "ici_fsdp_parallelism: -1\ndcn_data_parallelism: 2\nici_tensor_parallelism: 4\n"
                           "remat_policy: full\n",
                           256);
  EXPECT_EQ(r.plan.tp, 4);
  EXPECT_EQ(r.plan.dp, 64);
  EXPECT_EQ(r.plan.shard_group, 32);
  EXPECT_EQ(r.global_batch, 1024);
  EXPECT_EQ(r.plan.micro_batch, 16);
  EXPECT_EQ(r.plan.zero_stage, 3);
  const auto none = import_config("maxtext", ConfigText{{"nothing here"}, "", ""}, 8);
  EXPECT_FALSE(none.has_value());
}

TEST(Configs, MaxTextPartsBeyondOrdinaryLayers) {
  const std::string latent =
      "decoder_block: deepseek\nattention_type: mla\nbase_num_decoder_layers: 2\nq_lora_rank: 1536\n"
      "base_emb_dim: 7168\nbase_num_query_heads: 128\nbase_num_kv_heads: 128\nuse_sft: true\n";
  const auto plain = config_of("maxtext", latent, 8);
  const auto indexed = config_of("maxtext", latent + "use_indexer: true\n", 8);
  EXPECT_EQ(plain.kind, step::TrainingKind::kSft);
  EXPECT_EQ(indexed.sizes.indexer.topk, 2048);
  // Queries of 64 heads of 128 from 1536, keys of 128 with a norm, a weight per head: as in DeepSeek-V3.2.
  EXPECT_EQ(workload::count_parameters(indexed.sizes).total - workload::count_parameters(plain.sizes).total,
            2 * (1536 * 64 * 128 + 7168 * 128 + 2 * 128 + 7168 * 64));
  EXPECT_FALSE(config_of("maxtext", latent + "engram_layers: [1]\n", 8).not_sayable.empty());
  EXPECT_FALSE(config_of("maxtext", latent + "mhc_expansion_rate: 4\n", 8).not_sayable.empty());
  EXPECT_TRUE(
      config_of("maxtext", latent + "mhc_expansion_rate: 1\nengram_layers: []\n", 8).not_sayable.empty());
}

/// base.yml's own model 1024 times larger: 128 layers of 16384, 256 heads of 128 and an FFN of 114688.
TEST(Configs, MaxTextScalesItsSizes) {
  const auto scaled = config_of("maxtext", "per_device_batch_size: 2\nglobal_parameter_scale: 1024\n", 256);
  EXPECT_TRUE(scaled.not_sayable.empty());
  EXPECT_EQ(scaled.sizes.hidden, 16384);
  const std::int64_t layer = 4LL * 16384 * 256 * 128 + 3LL * 16384 * 114688 + 2 * 16384;
  EXPECT_EQ(workload::count_parameters(scaled.sizes).total, 128 * layer + 2LL * 32000 * 16384 + 16384);
  EXPECT_EQ(config_of("maxtext", "per_device_batch_size: 2\nglobal_parameter_scale: 16\n", 8).sizes.heads,
            64);
  EXPECT_FALSE(
      config_of("maxtext", "per_device_batch_size: 2\nglobal_parameter_scale: 3\n", 8).not_sayable.empty());
}

/// Windows, chunks and biases are said by the kind of decoder: as GPT-OSS 20B and Llama 4 Maverick have them.
TEST(Configs, MaxTextDecodersBeyondTheirWidths) {
  const auto oss = config_of("maxtext",
                             "decoder_block: gpt_oss\nbase_emb_dim: 2880\nbase_num_query_heads: 64\n"
                             "base_num_kv_heads: 8\nhead_dim: 64\nsliding_window_size: 128\n"
                             "attention_bias: true\nattention_sink: true\nrouted_bias: true\nmlp_bias: true\n"
                             "base_mlp_dim: 2880\nbase_moe_mlp_dim: 2880\n"
                             "mlp_activations: [\"sigmoid\",\"linear\"]\nnum_experts: 32\n"
                             "num_experts_per_tok: 4\nbase_num_decoder_layers: 24\nvocab_size: 201088\n"
                             "logits_via_embedding: false\n",
                             8);
  EXPECT_EQ(workload::count_parameters(oss.sizes).total, 20914757184);  // its published count
  EXPECT_EQ(oss.sizes.window, 128);
  EXPECT_EQ(oss.sizes.full_attention_period, 2);
  const auto maverick = config_of("maxtext",
                                  "decoder_block: llama4\nbase_emb_dim: 5120\nbase_num_query_heads: 40\n"
                                  "base_num_kv_heads: 8\nbase_mlp_dim: 16384\nbase_moe_mlp_dim: 8192\n"
                                  "mlp_activations: [\"silu\",\"linear\"]\nnum_experts: 128\n"
                                  "shared_experts: 1\nnum_experts_per_tok: 1\nuse_qk_norm: true\n"
                                  "nope_layer_interval: 4\ninterleave_moe_layer_step: 2\n"
                                  "chunk_attn_window_size: 8192\nbase_num_decoder_layers: 48\n"
                                  "vocab_size: 202048\nlogits_via_embedding: false\n",
                                  8);
  EXPECT_EQ(workload::count_parameters(maverick.sizes).total, 400711848960);  // published, less its vision
  EXPECT_TRUE(maverick.sizes.chunked);
  EXPECT_TRUE(maverick.not_sayable.empty());
  const auto gpt = config_of("maxtext",
                             "decoder_block: gpt3\nbase_emb_dim: 12288\nbase_num_query_heads: 96\n"
                             "base_num_kv_heads: 96\nbase_mlp_dim: 49152\nbase_num_decoder_layers: 96\n"
                             "trainable_position_size: 2048\nmlp_activations: [\"gelu\"]\nvocab_size: 50257\n"
                             "logits_via_embedding: true\n",
                             8);
  // 12 h^2 + 13 h a layer, a norm of 2 h, 50257 + 2048 embeddings: the textbook's count of GPT-3.
  EXPECT_EQ(workload::count_parameters(gpt.sizes).total,
            96 * (12LL * 12288 * 12288 + 13 * 12288) + 2 * 12288 + (50257LL + 2048) * 12288);
  const std::string gemma =
      "base_mlp_dim: 14336\nhead_dim: 256\nmlp_activations: [\"gelu\",\"linear\"]\nbase_emb_dim: 3584\n"
      "base_num_query_heads: 16\nbase_num_kv_heads: 8\nvocab_size: 256000\nlogits_via_embedding: true\n"
      "sliding_window_size: 4096\nuse_post_attn_norm: true\nuse_post_ffw_norm: true\n";
  const auto two = config_of("maxtext", gemma + "decoder_block: gemma2\nbase_num_decoder_layers: 21\n", 8);
  EXPECT_EQ(workload::count_parameters(two.sizes).total, 9241705984);  // Gemma 2 9B, as published
  EXPECT_EQ(two.sizes.layers, 42);
  const auto three = config_of("maxtext", gemma + "decoder_block: gemma3\nbase_num_decoder_layers: 42\n", 8);
  EXPECT_EQ(workload::count_parameters(three.sizes).total, 9241705984 + 42 * 2 * 256);  // norms of q and k
  EXPECT_EQ(three.sizes.full_attention_period, 6);
}

TEST(Shell, TakesTheBranchThatAShellWouldTake) {
  const std::string script =
      "#SBATCH --nodes=4\n#SBATCH --gpus-per-node=8\nTP=${TP:-2}\n"
      "if [ -z \"$MBS\" ]; then MBS=4; else MBS=1; fi\n"
      "if [[ $TP -gt 1 && -n $TP ]]; then\n  SP=(--sequence-parallel)\nelse\n  SP=(--bf16)\nfi\n"
      "while [[ $# -gt 0 ]]; do\n  case $1 in\n    --tp|-t) TP=\"$2\"; shift 2;;\n    --no-such-option) "
      "X=1;;\n  esac\ndone\n"
      "case $TP in\n  1) PP=1;;\n  2|4) PP=2;;\n  *) PP=8;;\nesac\n"
      "cat <<EOF\n  usage: --no-such-option\nEOF\n"
      "run_cmd=\"python -u pretrain_gpt.py --seq-length 64 --micro-batch-size $MBS ${SP[@]} "
      "--tensor-model-parallel-size $TP --pipeline-model-parallel-size $PP\"\n"
      "srun -l --container-image x --container-mounts \"a:b\" bash -c \"${run_cmd}\"\n";
  const auto read = import_megatron(std::vector<std::string>{script}, 0);
  ASSERT_TRUE(read) << base::render(read.error());
  EXPECT_EQ(read->gpus, 32);
  EXPECT_EQ(read->plan.micro_batch, 4);
  EXPECT_EQ(read->plan.pp, 2);
  EXPECT_TRUE(read->plan.sequence_parallel);
}

TEST(Configs, PythonIsRunAsFarAsItSaysSomething) {
  const std::string registry =
      "from x import base as start\nTOKENS = 2 * 4096\n"
      "def llama3_8b() -> Config:\n    \"\"\"A sentence with = and ( in it.\"\"\"\n"
      "    return Trainer.Config(\n        hf_assets_path=\"./assets/llama3-8b\",  # a comment\n"
      "        training=TrainingConfig(local_batch_size=4 // 2, seq_len=TOKENS),\n"
      "        validator=Validator.Config(local_batch_size=1),\n"
      "        parallelism=ParallelismConfig(tensor_parallel_degree=4 if TOKENS > 1 else 1),\n"
      "        activation_checkpoint=FullAC.Config())\n\n"
      "def llama3_8b_float8(tp: int = 8):\n    config = llama3_8b()\n    "
      "config.parallelism.tensor_parallel_degree = tp\n"
      "    config.model_spec = registry(converters=[Float8LinearConverter.Config()])\n    return config\n\n"
      "def other():\n    return start()\n";
  const auto one =
      import_config("torchtitan", ConfigText{{registry}, "llama3_8b_float8", ""}, 64, find_model);
  ASSERT_TRUE(one) << base::render(one.error());
  EXPECT_EQ(one->plan.tp, 8);
  EXPECT_EQ(one->plan.micro_batch, 2);
  EXPECT_EQ(one->seq_len, 8192);
  EXPECT_EQ(one->plan.precision, catalog::Precision::kFp8);
  EXPECT_EQ(one->plan.recompute.kind, step::RecomputeKind::kFull);
  EXPECT_EQ(one->model_name, "llama3-8b");
  const auto which = import_config("torchtitan", ConfigText{{registry}, "", ""}, 64, find_model);
  ASSERT_FALSE(which);
  EXPECT_NE(base::render(which.error()).find("name one behind it: llama3_8b_float8, other"),
            std::string::npos)
      << base::render(which.error());
  // What another file sets is not made up.
  const auto elsewhere = import_config("torchtitan", ConfigText{{registry}, "other", ""}, 64, find_model);
  ASSERT_FALSE(elsewhere);
  EXPECT_NE(base::render(elsewhere.error()).find("the text calls base()"), std::string::npos)
      << base::render(elsewhere.error());
  const auto given = import_config(
      "torchtitan", ConfigText{{registry}, "other", "training.seq_len=64 --training.local_batch_size 2"}, 64,
      find_model);
  EXPECT_TRUE(given) << base::render(given.error());
}

TEST(Configs, RecipesOfSeveralFiles) {
  const std::string common =
      "def _common(cfg, *, layout=None):\n    if layout is not None:\n        "
      "cfg.model.pipeline_model_parallel_layout = layout\n"
      "    table = {(2, 1): [['embedding'] + ['decoder'] * 2, ['decoder', 'decoder', 'loss']]}\n"
      "    key = (cfg.model.pipeline_model_parallel_size, 1)\n"
      "    if key in table and layout is None:\n"
      "        cfg.model.pipeline_model_parallel_layout = [list(x) for x in table[key]]\n";
  const std::string recipe =
      "from .common import _common\nfrom .base import pretrain\n\n"
      "def llama31_405b_pretrain_64gpu_h100_bf16_config():\n    cfg = pretrain()\n"
      "    cfg.model = AutoBridge.from_hf_pretrained(\"org/llama3-8b\").to_provider()\n"
      "    cfg.mixed_precision = get_mixed_precision(\"bf16_with_mxfp8_mixed\")\n"
      "    cfg.model.num_layers = 4\n    cfg.model.hidden_size = 64\n    cfg.model.num_attention_heads = 8\n"
      "    cfg.model.seq_length = 4096\n    cfg.dataset.seq_length = cfg.model.seq_length\n"
      "    cfg.model.pipeline_model_parallel_size = 2\n    cfg.train.micro_batch_size = 1\n"
      "    cfg.train.global_batch_size = 128\n    cfg.ddp.use_megatron_fsdp = True\n"
      "    cfg.ddp.data_parallel_sharding_strategy = \"optim_grads_params\"\n    _common(cfg)\n    return "
      "cfg\n";
  const auto read = import_config("nemo", ConfigText{{recipe, common}, "", ""}, 0, find_model);
  ASSERT_TRUE(read) << base::render(read.error());
  EXPECT_EQ(read->gpus, 64);
  EXPECT_EQ(read->plan.pp, 2);
  EXPECT_EQ(read->plan.zero_stage, 3);
  EXPECT_EQ(read->plan.precision, catalog::Precision::kMxfp8);
  EXPECT_EQ(read->seq_len, 4096);
}

}  // namespace
}  // namespace gigawatt::interop
