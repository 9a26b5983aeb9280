#pragma once
/// A plan in the words of a training framework, to be pasted into a job. What the framework has no words for is told in
/// a comment at the top. Only parallelism, batch, precision and memory are said; the model's own sizes where the
/// framework takes them on its command line (Megatron-LM).
///
/// Megatron-LM: virtual stages by `--num-virtual-stages-per-pipeline-rank`; unequal cuts by
/// `--account-for-*-in-pipeline-split` where embedding and head count as a layer each, else by
/// `--pipeline-model-parallel-layout`; ZeRO-1 is the distributed optimizer, ZeRO-2 and 3 Megatron-FSDP's sharding
/// strategies, a sharding group `--num-distributed-optimizer-instances`.
/// torchtitan (0.3, a Python function that returns the configuration): FSDP shards parameters; ZeRO-2 keeps them after the forward pass (`fsdp_reshard_after_forward`). With a
/// pipeline the local batch is a rank's whole share, cut into micro-batches by the schedule.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "gigawatt/step/step.h"

namespace gigawatt::interop {

enum class Framework : std::uint8_t { kMegatron, kTorchtitan, kNemo };

/// "megatron", "torchtitan", "nemo".
std::optional<Framework> parse_framework(std::string_view name);
std::string_view to_string(Framework framework);

/// Why a framework's words would describe another model, or a run that it refuses: they are read back to see. Empty: they
/// say what is meant.
std::string cannot_emit(Framework framework, const step::StepRequest& request);

/// Of a legal plan that can be said. Ends in a newline.
std::string emit(Framework framework, const step::StepRequest& request);

/// One argument or two per element, in order, without comments.
std::vector<std::string> megatron_arguments(const step::StepRequest& request);

/// `gigawatt step ...` for the same question; options at their default are left out.
std::string gigawatt_command(const step::StepRequest& request, std::string_view model,
                             std::string_view system);

}  // namespace gigawatt::interop
