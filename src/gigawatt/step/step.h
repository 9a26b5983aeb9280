#pragma once
/// Time and memory of one training step of one model under one parallel plan, in closed form.
///
///   step = (micro-batches of the slowest stage) + bubble + exposed communication + optimizer + jitter
///
/// The terms of `TimeBreakdown` sum to `step_time_s`. Theory: docs/models/step.md, docs/models/memory.md.

#include <array>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include <tl/expected.hpp>

#include "gigawatt/catalog/accelerator.h"
#include "gigawatt/catalog/model.h"
#include "gigawatt/catalog/system.h"
#include "gigawatt/step/calibration.h"
#include "gigawatt/step/plan.h"
#include "gigawatt/step/software.h"

namespace gigawatt::network {
class FlowNetwork;
}

namespace gigawatt::step {

struct StepNetwork;

enum class TrainingKind : std::uint8_t { kPretrain, kSft, kLora };

/// What is asked. The pointed-to catalogue entries must outlive the call.
struct StepRequest {
  const catalog::Model* model = nullptr;
  const catalog::Accelerator* accelerator = nullptr;
  const catalog::System* system = nullptr;
  const SoftwareProfile* software = nullptr;
  std::int64_t gpus = 1;
  std::int64_t seq_len = 4096;
  std::int64_t global_batch = 1;  ///< sequences per step
  TrainingKind kind = TrainingKind::kPretrain;
  double frozen_bits = 16;         ///< that a frozen weight of a layer's dense part is stored in (LoRA)
  double frozen_expert_bits = 16;  ///< the same of an expert's
  std::int64_t packed_tokens =
      0;  ///< mean length of the samples packed into one sequence, each attending to itself only; 0: one document
  ParallelPlan plan;
  /// Of its scale-out bandwidth that the slowest accelerator's card keeps: every collective that leaves a domain waits
  /// for it.
  double card_share = 1;
  /// Times collectives by their flows on a fabric (network/flow_collectives.h); null: by closed forms.
  const network::FlowNetwork* flows = nullptr;
};

enum class TimeTerm : std::uint8_t {
  kCompute,    ///< linear layers and memory-bound kernels, forward and backward
  kAttention,  ///< attention cores, forward and backward
  kRecompute,  ///< forward work done again
  kLaunch,     ///< device idle because the host issues kernels too slowly
  kTpComm,
  kCpComm,
  kEpComm,
  kPpBubble,
  kPpComm,
  kDpComm,
  kOptimizer,
  kJitter,  ///< waiting for the slowest rank
  kHost,    ///< per-step host work and synchronization
  kCount,
};
inline constexpr std::size_t kTimeTerms = static_cast<std::size_t>(TimeTerm::kCount);
inline constexpr std::array<std::string_view, kTimeTerms> kTimeTermNames = {
    "compute",   "attention", "recompute", "launch",    "tp_comm", "cp_comm", "ep_comm",
    "pp_bubble", "pp_comm",   "dp_comm",   "optimizer", "jitter",  "host"};

struct TimeBreakdown {
  std::array<double, kTimeTerms> seconds{};

  double& operator[](TimeTerm t) { return seconds[static_cast<std::size_t>(t)]; }
  double operator[](TimeTerm t) const { return seconds[static_cast<std::size_t>(t)]; }
  double total() const;
};

enum class MemoryPart : std::uint8_t {
  kWeights,
  kGradients,
  kOptimizer,  ///< main weights and moments
  kActivations,
  kLogits,   ///< head output, loss and their gradients
  kBuffers,  ///< communication and FSDP gather buffers, temporary work space
  kReserve,  ///< device context, allocator fragmentation, static buffers of CUDA graphs
  kCount,
};
inline constexpr std::size_t kMemoryParts = static_cast<std::size_t>(MemoryPart::kCount);
inline constexpr std::array<std::string_view, kMemoryParts> kMemoryPartNames = {
    "weights", "gradients", "optimizer", "activations", "logits", "buffers", "reserve"};

/// Memory of the rank that needs most; `part` sums to `peak_bytes`.
struct MemoryBreakdown {
  std::array<double, kMemoryParts> bytes{};
  double peak_bytes = 0;       ///< as a process sees it: everything, reserve included
  double allocated_bytes = 0;  ///< what tensors use (max_allocated): without the reserve part
  double limit_bytes = 0;
  double host_bytes = 0;        ///< that it keeps in its host's memory
  double host_limit_bytes = 0;  ///< what the host offers each accelerator; infinite where it is not known
  bool fits = false;
  std::int32_t peak_stage = 0;

  double operator[](MemoryPart p) const { return bytes[static_cast<std::size_t>(p)]; }
  double& operator[](MemoryPart p) { return bytes[static_cast<std::size_t>(p)]; }
};

struct StepResult {
  double step_time_s = 0;
  double low_s = 0;  ///< 80% interval, from cross-validated residuals of the regime
  double high_s = 0;
  double tokens_per_s_per_gpu = 0;
  double mfu = 0;  ///< model FLOPs with full attention / dense peak of the plan's precision
  double mfu_causal = 0;
  double hfu = 0;          ///< FLOPs executed, recompute included, causal attention, over the same peak
  double model_flops = 0;  ///< per step, full attention
  TimeBreakdown time;
  MemoryBreakdown memory;
  std::int32_t micro_batches = 0;
  std::shared_ptr<const StepNetwork> network;  ///< what flows met (step_network.h); null by closed forms
};

enum class PlanErrorCode : std::uint8_t {
  kBadArgument,
  kRanksDoNotMultiply,  ///< tp cp pp dp != gpus
  kBatchDoesNotDivide,
  kHeadsDoNotDivide,
  kLayersDoNotDivide,
  kTooManyStages,
  kExpertsDoNotDivide,
  kSequenceDoesNotDivide,
  kPrecisionUnsupported,
};

/// Why a plan is illegal, and the nearest change that would make it legal.
struct PlanError {
  PlanErrorCode code = PlanErrorCode::kBadArgument;
  std::string message;
  std::string hint;
};

/// The plan's legality alone (no costs).
tl::expected<void, PlanError> check_plan(const StepRequest& request);

/// Which interval band speaks for a run: "mixture-of-experts", "dense-node" (one server), "dense-cluster" (to 512
/// accelerators), "dense-large".
std::string_view regime_of(const StepRequest& request);

/// Tokens of a micro-batch that one rank of a tensor and context group has.
double tokens_of_rank(const StepRequest& request);

/// What makes the band of a run wider than its regime's (`IntervalWidening`): the factor on its logarithm.
double widening_of(const StepRequest& request, const Calibration& calibration);

/// Memory alone, without the cost of timing: what a search asks first. Equal to `evaluate(...)->memory`.
tl::expected<MemoryBreakdown, PlanError> evaluate_memory(const StepRequest& request,
                                                         const Calibration& calibration);

/// One step. A plan that does not fit in memory is not an error: `memory.fits` is false.
tl::expected<StepResult, PlanError> evaluate(const StepRequest& request, const Calibration& calibration);

}  // namespace gigawatt::step
