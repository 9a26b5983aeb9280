#pragma once
/// What each framework says of a plan. Private to this module.

#include <string>
#include <vector>

#include "gigawatt/step/step.h"

namespace gigawatt::interop {

struct Words {
  std::vector<std::string> lines;
  std::vector<std::string> notes;  ///< what the framework cannot say
};

Words megatron_words(const step::StepRequest& request);
Words torchtitan_words(const step::StepRequest& request);
Words nemo_words(const step::StepRequest& request);

/// Name of a recompute module in Megatron-LM and Megatron-Bridge, in the order of the bits of step::RecomputeModule.
std::vector<std::string> recompute_modules(const step::RecomputePolicy& policy);

}  // namespace gigawatt::interop
