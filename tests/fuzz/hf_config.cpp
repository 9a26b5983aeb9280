/// Any bytes through the reader of config.json: a model that can be counted without overflow, or diagnostics that
/// can be shown.

#include <string>

#include "fuzz.h"
#include "gigawatt/workload/flops.h"
#include "gigawatt/workload/hf_config.h"
#include "gigawatt/workload/parameters.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using gigawatt::fuzz::require;
  const auto model = gigawatt::workload::import_hf_config(std::string(gigawatt::fuzz::as_text(data, size)),
                                                          "dir/config.json");
  if (!model) {
    require(gigawatt::base::has_errors(model.error()), "a refused file has an error");
    require(!gigawatt::base::render(model.error()).empty(), "an error can be shown");
    return 0;
  }
  const auto count = gigawatt::workload::count_parameters(*model);
  require(count.total > 0 && count.active > 0 && count.active <= count.total,
          "what is accepted has parameters");
  require(count.total <= 10'000'000'000'000'000, "and not absurdly many");
  require(count.dense_layers + count.moe_layers == model->layers, "each layer is of one kind");
  const auto flops = gigawatt::workload::flops_per_token(*model, 4096);
  require(flops.model_full >= flops.model_causal && flops.model_causal > 0, "its work is positive");
  return 0;
}
