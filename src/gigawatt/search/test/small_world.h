#pragma once
/// A chip, a server and small random models for search tests, written out so that no data file can move them.

#include <array>
#include <cmath>

#include "gigawatt/base/random.h"
#include "gigawatt/step/step.h"

namespace gigawatt::search::test {

struct SmallWorld {
  catalog::Accelerator accelerator;
  catalog::System system;
  catalog::Model model;
  step::SoftwareProfile software;
  step::Calibration calibration;
  step::StepRequest request;

  SmallWorld() {
    accelerator.name = "chip";
    accelerator.generation = "hopper";
    accelerator.memory_bytes.value = 80e9;
    accelerator.memory_bandwidth.value = 3.35e12;
    accelerator.scaleup_bandwidth.value = 450e9;
    accelerator.sm_count.value = 132;
    accelerator.peak_flops[static_cast<std::size_t>(catalog::Precision::kBf16)].value = 989e12;
    system.name = "server";
    system.accelerator = "chip";
    system.fabric = "infiniband";
    system.accelerators_per_node.value = 4;
    system.scaleup_domain.value = 4;
    system.scaleup_bandwidth.value = 450e9;
    system.nic_bandwidth.value = 50e9;
    model.name = "small";
    model.layers = 8;
    model.hidden = 4096;
    model.ffn = 14336;
    model.heads = 32;
    model.kv_heads = 8;
    model.head_dim = 128;
    model.vocab = 32000;
    step::ChipCalibration chip;
    chip.name = "chip";
    for (auto& g : chip.kernel.gemm) {
      g.max_efficiency = 0.8;
      g.k_ramp = 100;
      g.tile_ramp = 30;
      g.wave_strength = 0.5;
      g.stream_efficiency = 0.8;
    }
    chip.kernel.attention.max_efficiency = 0.6;
    chip.kernel.attention.length_ramp = 200;
    chip.kernel.attention.backward_ramp_ratio = 1;
    chip.kernel.attention.backward_ratio = 0.8;
    chip.kernel.overlap_exponent = 4;
    chip.kernel.throttle_s = 1e-3;
    chip.kernel.memory_efficiency = 0.85;
    for (auto* link : {&chip.network.scaleup, &chip.network.scaleout}) {
      link->base_s = 1e-5;
      link->latency_s = 2e-6;
      link->efficiency = 0.8;
      link->ramp_bytes = 1e6;
      link->exchange_base_s = 1e-5;
      link->exchange_efficiency = 0.7;
    }
    chip.network.ramp_exponent = 1;
    chip.network.eager_bandwidth = 5e9;
    calibration.chips.push_back(chip);
    request.model = &model;
    request.accelerator = &accelerator;
    request.system = &system;
    request.software = &software;
    request.gpus = 8;
    request.seq_len = 4096;
    request.global_batch = 16;
  }
  SmallWorld(const SmallWorld&) = delete;
  SmallWorld& operator=(const SmallWorld&) = delete;

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
