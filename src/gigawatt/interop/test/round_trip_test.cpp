#include <sstream>

#include <gtest/gtest.h>

#include "gigawatt/base/random.h"
#include "gigawatt/interop/config_import.h"
#include "gigawatt/interop/emit.h"
#include "gigawatt/interop/layout.h"
#include "gigawatt/interop/megatron_import.h"
#include "gigawatt/step/step.h"

namespace gigawatt::interop {
namespace {

using random::Stream;

catalog::Model llama405b() {
  catalog::Model m;
  m.name = "llama3.1-405b";
  std::tie(m.layers, m.hidden, m.ffn, m.heads, m.kv_heads, m.head_dim, m.vocab) =
      std::tuple(126, 16384, 53248, 128, 8, 128, 128256);
  return m;
}

catalog::Model deepseek() {
  catalog::Model m;
  m.name = "deepseek-v3";
  std::tie(m.layers, m.hidden, m.ffn, m.heads, m.kv_heads, m.head_dim, m.vocab) =
      std::tuple(61, 7168, 18432, 128, 128, 192, 129280);
  m.attention = catalog::AttentionKind::kMla;
  m.mla = {1536, 512, 128, 64, 128};
  m.moe = {.experts = 256, .topk = 8, .expert_ffn = 2048, .shared_ffn = 2048, .first_dense_layers = 3};
  m.mtp_layers = 1;
  return m;
}

struct Case {
  catalog::Model model;
  catalog::Accelerator chip;
  catalog::System system;
  step::SoftwareProfile software;
  step::StepRequest request;
};

std::int32_t power(Stream& random, int most) {
  return 1 << random.below(static_cast<std::uint64_t>(most + 1));
}

void draw(Stream& random, Case& c) {
  c.model = random.below(2) == 0 ? llama405b() : deepseek();
  c.chip.memory_bandwidth.value = 1e12;
  c.chip.peak_flops[static_cast<std::size_t>(catalog::Precision::kBf16)].value = 1e15;
  auto& r = c.request;
  auto& p = r.plan;
  p.tp = power(random, 3);
  p.cp = power(random, 1);
  p.pp = power(random, 4);
  if (p.pp > 1) p.vpp = static_cast<std::int32_t>(1 + random.below(3));
  p.dp = power(random, 5);
  if (c.model.is_moe()) {
    p.ep = power(random, 3);
    p.etp = power(random, 1);
  }
  p.schedule = p.vpp > 1 ? step::Schedule::kInterleaved : step::Schedule::k1f1b;
  p.micro_batch = power(random, 1);
  p.zero_stage = static_cast<std::int32_t>(random.below(4));
  if (p.zero_stage > 0 && p.dp > 2 && random.below(3) == 0) p.shard_group = p.dp * p.cp / 2;
  p.sequence_parallel = p.tp > 1 && random.below(2) == 0;
  const auto recompute =
      std::array{"none", "selective", "full", "full:3", "modules:mlp+layernorm"}[random.below(5)];
  p.recompute = *step::parse_recompute(recompute);
  using catalog::Precision;
  p.precision = std::array{Precision::kBf16, Precision::kFp16, Precision::kFp8, Precision::kMxfp8,
                           Precision::kNvfp4}[random.below(5)];
  p.flash_attention = random.below(4) != 0;
  p.cuda_graph = random.below(2) == 0;
  p.offload_optimizer = random.below(4) == 0;
  p.offload_activations = random.below(4) == 0;
  r.gpus = std::int64_t{p.tp} * p.cp * p.pp * p.dp;
  r.seq_len = 8192;
  r.global_batch = std::int64_t{p.dp} * p.micro_batch * p.pp * 4;
  r.model = &c.model;
  r.accelerator = &c.chip;
  r.system = &c.system;
  r.software = &c.software;
}

TEST(Megatron, APlanComesBackAsItWentOut) {
  Stream random(7, random::Domain::kTest, 0);
  int tried = 0;
  for (int i = 0; i < 4000 && tried < 1000; ++i) {
    Case c;
    draw(random, c);
    if (!step::check_plan(c.request)) continue;
    ++tried;
    const auto arguments = megatron_arguments(c.request);
    const auto back = import_megatron(arguments, c.request.gpus);
    ASSERT_TRUE(back) << base::render(back.error()) << step::to_string(c.request.plan);
    step::ParallelPlan expected = c.request.plan;
    step::ParallelPlan got = back->plan;
    // The cut comes back as the layers that it means.
    EXPECT_EQ(layers_of(step::layout_of(c.model, got)), layers_of(step::layout_of(c.model, expected)))
        << step::to_string(expected);
    expected.first_layers = expected.last_layers = got.first_layers = got.last_layers = 0;
    EXPECT_EQ(got, expected) << step::to_string(got) << " from " << step::to_string(expected);
    EXPECT_EQ(back->global_batch, c.request.global_batch);
    EXPECT_EQ(back->seq_len, 8192);
    const std::array models = {llama405b(), deepseek()};
    ASSERT_NE(matching_model(models, back->sizes), nullptr);
    EXPECT_EQ(matching_model(models, back->sizes)->name, c.model.name);
  }
  EXPECT_GT(tried, 500);
}

/// What of a plan is said by other frameworks too, once it is through their words.
step::ParallelPlan through(Framework framework, const Case& c) {
  const std::string name = framework == Framework::kNemo ? "nemo" : "torchtitan";
  const ModelFinder find = [&](std::string_view asked) { return asked == c.model.name ? &c.model : nullptr; };
  const auto back = import_config(name, ConfigText{{emit(framework, c.request)}, "", "", c.model.name},
                                  c.request.gpus, find);
  if (!back) {
    ADD_FAILURE() << base::render(back.error()) << step::to_string(c.request.plan) << "\n"
                  << emit(framework, c.request);
    return {};
  }
  EXPECT_EQ(back->global_batch, c.request.global_batch);
  EXPECT_EQ(back->seq_len, c.request.seq_len);
  EXPECT_EQ(back->model_name, c.model.name);
  step::ParallelPlan plan = back->plan;
  EXPECT_EQ(layers_of(step::layout_of(c.model, plan)), layers_of(step::layout_of(c.model, c.request.plan)))
      << step::to_string(c.request.plan) << "\n"
      << emit(framework, c.request);
  plan.first_layers = c.request.plan.first_layers;
  plan.last_layers = c.request.plan.last_layers;
  plan.cut = c.request.plan.cut;
  return plan;
}

TEST(Emit, NeMoReadsWhatItWasGiven) {
  Stream random(11, random::Domain::kTest, 0);
  int tried = 0;
  for (int i = 0; i < 3000 && tried < 500; ++i) {
    Case c;
    draw(random, c);
    if (!step::check_plan(c.request)) continue;
    ++tried;
    const step::ParallelPlan got = through(Framework::kNemo, c);
    EXPECT_EQ(got, c.request.plan) << step::to_string(got) << " from " << step::to_string(c.request.plan)
                                   << "\n"
                                   << emit(Framework::kNemo, c.request);
    if (HasFailure()) break;
  }
  EXPECT_GT(tried, 300);
}

TEST(Emit, TorchtitanReadsWhatItWasGiven) {
  Stream random(12, random::Domain::kTest, 0);
  int tried = 0;
  for (int i = 0; i < 6000 && tried < 500; ++i) {
    Case c;
    draw(random, c);
    // What torchtitan has no words for, and says so.
    auto& p = c.request.plan;
    p.etp = 1;
    p.zero_stage = random.below(2) == 0 ? 2 : 3;
    p.offload_activations = false;
    p.flash_attention = true;
    p.cuda_graph = p.cuda_graph && p.pp == 1;
    if (p.precision == catalog::Precision::kFp16) p.precision = catalog::Precision::kBf16;
    if (p.recompute.kind == step::RecomputeKind::kModules) p.recompute = *step::parse_recompute("selective");
    p.recompute.full_layers = 0;
    if (p.shard_group > 0 && p.shard_group <= p.cp) p.shard_group = 0;
    if (std::int64_t{p.dp} * p.cp == 1) p.zero_stage = 0;
    if (p.dp == 1 && p.cp > 1) p.shard_group = 0;
    if (!step::check_plan(c.request)) continue;
    const std::string text = emit(Framework::kTorchtitan, c.request);
    if (text.find("module_fqns_per_model_part") != std::string::npos) continue;
    ++tried;
    const step::ParallelPlan got = through(Framework::kTorchtitan, c);
    EXPECT_EQ(got, p) << step::to_string(got) << " from " << step::to_string(p) << "\n" << text;
    if (HasFailure()) break;
  }
  EXPECT_GT(tried, 200);
}

TEST(Emit, RefusesAModelWhoseLayersDiffer) {
  Case c;
  c.model = llama405b();
  c.request.model = &c.model;
  c.request.gpus = 8;
  c.request.plan.dp = 8;
  c.request.seq_len = 4096;
  c.request.global_batch = 8;
  EXPECT_EQ(cannot_emit(Framework::kMegatron, c.request), "");
  c.model.shapes.emplace_back(c.model);
  c.model.shapes.emplace_back(c.model);
  c.model.shapes.back().ffn = 1024;
  for (int i = 0; i < 126; ++i) c.model.pattern.push_back(i % 2);
  const std::string why = cannot_emit(Framework::kMegatron, c.request);
  EXPECT_NE(why.find("its layers differ in shape; these describe 405.85 billion parameters, not 244.14"),
            std::string::npos)
      << why;
  EXPECT_EQ(cannot_emit(Framework::kNemo, c.request), "");
}

TEST(Megatron, ReadsAPastedScript) {
  const std::vector<std::string> pasted = {
      "torchrun --nproc_per_node 8 --nnodes=16 pretrain_gpt.py \\\n --num-layers 80 --hidden-size 8192 "
      "--num-attention-heads 64 \\\n"
      " --group-query-attention --num-query-groups 8 --ffn-hidden-size 28672 --seq-length 8192 "
      "--micro-batch-size 1 \\\n"
      " --global-batch-size 512 --tensor-model-parallel-size 4 --sequence-parallel "
      "--pipeline-model-parallel-size 4 \\\n"
      " --num-layers-per-virtual-pipeline-stage 5 --bf16 --use-distributed-optimizer --lr 1.5e-4 --data-path "
      "'0.5 a 0.5 b'"};
  const auto read = import_megatron(pasted, 0);
  ASSERT_TRUE(read) << base::render(read.error());
  EXPECT_EQ(read->gpus, 128);
  EXPECT_EQ(read->plan.dp, 8);
  EXPECT_EQ(read->plan.vpp, 4);
  EXPECT_EQ(read->plan.schedule, step::Schedule::kInterleaved);
  EXPECT_EQ(read->plan.zero_stage, 1);
  EXPECT_EQ(read->ignored, (std::vector<std::string>{"--lr", "--data-path"}));
  step::StepRequest request;
  request.gpus = read->gpus;
  request.seq_len = read->seq_len;
  request.global_batch = read->global_batch;
  request.plan = read->plan;
  EXPECT_EQ(gigawatt_command(request, "llama3-70b", "h100-sxm"),
            "gigawatt step --model llama3-70b --system h100-sxm --gpus 128 --seq 8192 --global-batch 512 "
            "--tp 4 --pp 4 --vpp 4");
}

std::string mistakes(std::vector<std::string> arguments, std::int64_t gpus = 64) {
  for (const char* usual : {"--seq-length", "4096", "--micro-batch-size", "1", "--bf16"})
    arguments.emplace_back(usual);
  const auto read = import_megatron(arguments, gpus);
  return read ? "" : base::render(read.error());
}

TEST(Megatron, SaysWhatIsWrong) {
  EXPECT_EQ(mistakes({}), "");
  const auto holds = [](const std::string& text, std::string_view part) {
    return text.find(part) != std::string::npos;
  };
  EXPECT_TRUE(
      holds(mistakes({"--tensor-model-paralel-size", "8"}), "did you mean '--tensor-model-parallel-size'"));
  EXPECT_TRUE(
      holds(mistakes({"--tensor-model-parallel-size", "eight"}), "--tensor-model-parallel-size is 'eight'"));
  EXPECT_TRUE(holds(mistakes({"--tensor-model-parallel-size"}), "is '--seq-length'") ||
              holds(mistakes({"--tensor-model-parallel-size"}), "needs a value"));
  EXPECT_TRUE(holds(mistakes({"--tensor-model-parallel-size", "3"}), "64 accelerators do not divide"));
  EXPECT_TRUE(holds(mistakes({"--global-batch-size", "100"}), "not a multiple"));
  EXPECT_TRUE(holds(mistakes({"--fp16"}), "--bf16 and --fp16"));
  EXPECT_TRUE(holds(mistakes({"--recompute-granularity", "full"}), "needs --recompute-method"));
  EXPECT_TRUE(holds(mistakes({"--encoder-num-layers", "12"}), "only decoders are modeled"));
  const auto last = import_megatron(
      std::vector<std::string>{"--seq-length 64 --micro-batch-size 2 --micro-batch-size 4"}, 8);
  ASSERT_TRUE(last) << base::render(last.error());
  EXPECT_EQ(last->plan.micro_batch, 4);
  EXPECT_TRUE(holds(last->notes.front(), "the last counts: --micro-batch-size (2, then 4)"));
  const auto two = import_megatron(
      std::vector<std::string>{
          "a.py --seq-length 64 --micro-batch-size 2\na.py --seq-length 64 --micro-batch-size 4\n"},
      8);
  ASSERT_FALSE(two);
  EXPECT_TRUE(holds(base::render(two.error()), "given twice with different values"));
  EXPECT_TRUE(holds(mistakes({"--pipeline-model-parallel-layout", "Ett|(tt|"}), "a '(' without ')'"));
  EXPECT_TRUE(holds(mistakes({"--num-layers", "7", "--pipeline-model-parallel-size", "2"}),
                    "7 layers do not divide into 2 stages"));
  EXPECT_TRUE(holds(mistakes({}, 0), "the number of accelerators is not said"));
}

TEST(Megatron, FindsTheNewestModelOfTheSizesUnlessTheVocabularySaysWhich) {
  std::array models = {llama405b(), llama405b()};
  models[0].released = "2024-07-23";
  models[1].released = "2023-07-18";
  models[1].vocab = 32000;
  catalog::Model sizes = llama405b();
  sizes.vocab = 0;
  EXPECT_EQ(matching_model(models, sizes), &models[0]);
  sizes.vocab = 32000;
  EXPECT_EQ(matching_model(models, sizes), &models[1]);
  sizes.layers = 125;
  EXPECT_EQ(matching_model(models, sizes), nullptr);
}

TEST(Layout, WritesRepeatsAndReadsThem) {
  EXPECT_EQ(layout_text({3, 4, 4, 4, 1}, 1), "Et*3|(t*4|)*3tmL");
  EXPECT_EQ(layout_text({2, 2}, 0), "Et*2|t*2L");
  EXPECT_EQ(layout_text({4, 0}, 0), "Et*4|L");
  using Layers = std::vector<std::int64_t>;
  EXPECT_EQ(step::parse_cut("Et*3|(t*4|)*3tmL")->layers_of_chunks(), (Layers{3, 4, 4, 4, 1}));
  EXPECT_EQ(step::parse_cut("Et|t|(tt|)*2mL")->layers_of_chunks(), (Layers{1, 1, 2, 2, 0}));
  const auto paper = *step::parse_cut("Et*3|(tt|)*29m|L");
  EXPECT_EQ(paper.chunks(), 32);
  EXPECT_EQ(paper.layers(), 61);
  EXPECT_EQ(paper.behind_mtp, 1);
  EXPECT_EQ(step::to_string(paper), "3,2*29,0m,0");
  EXPECT_EQ(*step::parse_cut("3,2*29,0m,0"), paper);
  EXPECT_EQ(layout_text(paper.layers_of_chunks(), 1, 1), "Et*3|(t*2|)*29m|L");
  for (const char* wrong : {"Et|x", "((((((((t))))))))", "t*99999999999", "t)", "3,", "3;2", "", "Em|tmL",
                            "1,2,1,2,1,2,1,2,1,2,1,2,1,2"})
    EXPECT_FALSE(step::parse_cut(wrong)) << wrong;
}

Case published_flags() {
  Case c;
  c.model = llama405b();
  auto& r = c.request;
  r.model = &c.model;
  r.gpus = 16384;
  r.seq_len = 8192;
  r.global_batch = 2048;
  r.plan = *step::parse_plan("TP8 PP16 VPP8 DP128 MB1 ZeRO2 SP interleaved");
  return c;
}

TEST(Emit, SaysThePublishedPlanOfLlama3) {
  Case c = published_flags();
  c.request.model = &c.model;
  const std::string megatron = emit(Framework::kMegatron, c.request);
  for (const char* part :
       {"--tensor-model-parallel-size 8 ", "--pipeline-model-parallel-size 16 ",
        "--num-virtual-stages-per-pipeline-rank 8 ", "--account-for-embedding-in-pipeline-split ",
        "--data-parallel-sharding-strategy optim_grads ", "--num-query-groups 8 "})
    EXPECT_NE(megatron.find(part), std::string::npos) << part << "\n" << megatron;
  const std::string titan = emit(Framework::kTorchtitan, c.request);
  for (const char* part :
       {"config_registry import llama3_405b as base\n", "def plan():\n    config = base()\n",
        "parallelism.pipeline_parallel_schedule = \"Interleaved1F1B\"\n", "training.local_batch_size = 16\n",
        "data_parallel_shard_degree = 128\n", "pipeline_parallel_layers_per_stage = 1\n",
        "fsdp_reshard_after_forward = \"never\"\n"})
    EXPECT_NE(titan.find(part), std::string::npos) << part << "\n" << titan;
  const std::string nemo = emit(Framework::kNemo, c.request);
  for (const char* part : {"model.virtual_pipeline_model_parallel_size=8 ", "mixed_precision=bf16_mixed ",
                           "train.global_batch_size=2048 "})
    EXPECT_NE(nemo.find(part), std::string::npos) << part << "\n" << nemo;
}

TEST(Emit, TellsWhatAFrameworkCannotSay) {
  Case c = published_flags();
  c.request.model = &c.model;
  c.request.plan.vpp = 1;
  c.request.plan.schedule = step::Schedule::kDualPipe;
  c.request.global_batch = 128 * 32;
  for (const auto framework : {Framework::kMegatron, Framework::kTorchtitan, Framework::kNemo})
    EXPECT_NE(emit(framework, c.request).find("# "), std::string::npos) << to_string(framework);
  EXPECT_EQ(parse_framework("nemo"), Framework::kNemo);
  EXPECT_FALSE(parse_framework("deepspeed"));
}

}  // namespace
}  // namespace gigawatt::interop
