#pragma once
/// Terms of kernels of linear attention and state-space layers: a short convolution over the sequence, and a recurrence
/// over a state of fixed size (gated delta rule, Kimi delta attention, Mamba-2), in chunks over a prompt or token by token.

#include "gigawatt/kernels/device.h"
#include "gigawatt/kernels/law.h"

namespace gigawatt::kernels {

struct RecurrentCall {
  bool convolution = false;
  bool prompt = false;  ///< chunks of a whole prompt; false: token by token
  double batch = 1;
  double length = 1;       ///< tokens a sequence
  double tokens = 0;       ///< over all sequences; at least batch * length
  double channels = 0;     ///< of the convolution
  double token_bytes = 0;  ///< read and written per token by the recurrence
  double state_bytes = 0;  ///< of one sequence, read and written
  double token_flops = 0;
  double heads = 0;
};

Terms recurrent_terms(const Device& device, const RecurrentCall& call);

}  // namespace gigawatt::kernels
