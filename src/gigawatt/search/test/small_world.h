#pragma once
/// A small server and small random models for search tests, with the chip and the constants of the step model's tests.

#include <array>
#include <cmath>

#include "gigawatt/base/random.h"
#include "gigawatt/step/test/fixture.h"

namespace gigawatt::search::test {

struct SmallWorld : step::test::Fixture {
  SmallWorld() {
    system.accelerators_per_node.value = 4;
    system.scaleup_domain.value = 4;
    model.name = "small";
    model.layers = 8;
    model.hidden = 4096;
    model.ffn = 14336;
    model.heads = 32;
    model.vocab = 32000;
    request.gpus = 8;
    request.seq_len = 4096;
    request.global_batch = 16;
    request.plan = {};
  }

  /// Another model, memory, number of accelerators and batch: some spaces are empty, in some nothing fits.
  void draw(random::Stream& random) {
    const auto between = [&](std::int64_t low, std::int64_t high) {
      return low + static_cast<std::int64_t>(random.below(static_cast<std::uint64_t>(high - low + 1)));
    };
    model.layers = between(1, 9);
    model.tied_embeddings = random.below(2) == 0;
    model.window = random.below(4) == 0 ? 1024 : 0;
    model.full_attention_period = model.window > 0 ? 2 : 0;
    if (random.below(2) == 0) {
      model.moe = {.experts = 4, .topk = 2, .expert_ffn = 2048};
      model.moe.first_dense_layers = between(0, 1);
      model.moe.shared_ffn = between(0, 1) * 2048;
      model.mtp_layers = between(0, 1);
    }
    accelerator.memory_bytes.value = 1e9 * std::pow(2.0, 2 + 5 * random.uniform());
    system.host_memory.value = random.below(2) == 0 ? 0 : 4e9 * std::pow(2.0, 6 * random.uniform());
    software.p2p_overlap = random.uniform();
    software.ep_overlap = random.below(2) == 0 ? 0 : 0.9;
    software.graph_coverage = random.below(3) == 0 ? 1 : 0.8;
    software.fsdp_reduce_every_micro_batch = random.below(2) == 0;
    constexpr std::array<std::int64_t, 7> sizes = {1, 2, 4, 6, 8, 8, 12};
    request.gpus = sizes[random.below(sizes.size())];
    constexpr std::array<std::int64_t, 10> batches = {1, 2, 4, 6, 7, 8, 8, 12, 16, 24};
    request.global_batch = batches[random.below(batches.size())];
    request.seq_len = 1024 << between(0, 2);
    request.kind = random.below(5) == 0 ? step::TrainingKind::kLora : step::TrainingKind::kPretrain;
  }
};

}  // namespace gigawatt::search::test
