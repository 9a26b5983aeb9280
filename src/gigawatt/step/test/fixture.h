#pragma once
/// Chips, models and constants that the step model's tests share, written out so that no data file can move them.

#include "gigawatt/step/step.h"

namespace gigawatt::step::test {

inline catalog::Accelerator h100() {
  catalog::Accelerator a;
  a.name = "h100-test";
  a.generation = "hopper";
  a.memory_bytes.value = 80e9;
  a.memory_bandwidth.value = 3.35e12;
  a.scaleup_bandwidth.value = 450e9;
  a.sm_count.value = 132;
  const auto peak = [&](catalog::Precision p, double flops) {
    a.peak_flops[static_cast<std::size_t>(p)].value = flops;
  };
  peak(catalog::Precision::kFp32, 67e12);
  peak(catalog::Precision::kBf16, 989e12);
  peak(catalog::Precision::kFp16, 989e12);
  peak(catalog::Precision::kFp8, 1979e12);
  return a;
}

inline catalog::System server() {
  catalog::System s;
  s.name = "h100-server";
  s.accelerator = "h100-test";
  s.fabric = "infiniband";
  s.accelerators_per_node.value = 8;
  s.scaleup_domain.value = 8;
  s.scaleup_bandwidth.value = 450e9;
  s.nic_bandwidth.value = 50e9;
  return s;
}

inline catalog::Model llama70b() {
  catalog::Model m;
  m.name = "llama-70b";
  m.layers = 80;
  m.hidden = 8192;
  m.ffn = 28672;
  m.heads = 64;
  m.kv_heads = 8;
  m.head_dim = 128;
  m.vocab = 128256;
  return m;
}

inline catalog::Model moe() {
  catalog::Model m = llama70b();
  m.name = "moe";
  m.layers = 16;
  m.hidden = 4096;
  m.ffn = 8192;
  m.heads = 32;
  m.moe = {.experts = 64, .topk = 4, .expert_ffn = 2048};
  return m;
}

inline Calibration constants() {
  ChipCalibration chip;
  chip.name = "h100-test";
  chip.generation = "hopper";
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
  chip.kernel.memory_overhead_s = 2e-6;
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
  Calibration c;
  c.chips.push_back(chip);
  return c;
}

/// A legal request that tests change; the structs live as long as the fixture.
struct Fixture {
  catalog::Accelerator accelerator = h100();
  catalog::System system = server();
  catalog::Model model = llama70b();
  SoftwareProfile software;
  Calibration calibration = constants();
  StepRequest request;

  Fixture() {
    request.model = &model;
    request.accelerator = &accelerator;
    request.system = &system;
    request.software = &software;
    request.gpus = 64;
    request.seq_len = 8192;
    request.global_batch = 128;
    request.plan.tp = 4;
    request.plan.pp = 4;
    request.plan.dp = 4;
    request.plan.sequence_parallel = true;
  }
  Fixture(const Fixture&) = delete;
  Fixture& operator=(const Fixture&) = delete;

  StepResult run() const { return evaluate(request, calibration).value(); }
};

}  // namespace gigawatt::step::test
