#pragma once
/// How the prompts of a load go through iterations: chunks, and how many fit beside each other. Private to this module.

#include "gigawatt/serving/closed_form.h"

namespace gigawatt::serving {

struct PromptForm {
  double iterations = 1;  ///< that one prompt takes
  double length = 0;      ///< tokens in each
  double most = 1;        ///< prompts that fit into one iteration
  double groups = 1;      ///< of data-parallel attention, which take a prompt each
};

/// `beside`: sequences that decode in the same iterations, whose tokens count as well.
PromptForm prompt_form(const IterationModel& model, const ServingLoad& load, double beside = 0);

/// What each of `together` prompts adds to the iterations of `batch` decoding sequences.
double shared_prompt_seconds(const IterationModel& model, const ServingLoad& load, const PromptForm& form,
                             double together, double batch, double keys);

}  // namespace gigawatt::serving
