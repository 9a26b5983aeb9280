/// Any text as a command line of Megatron-LM: a plan with positive sizes, or diagnostics that can be shown.

#include <string>
#include <vector>

#include "fuzz.h"
#include "gigawatt/interop/megatron_import.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace gigawatt;
  using fuzz::require;
  if (size == 0) return 0;
  const std::vector<std::string> lines = {std::string(fuzz::as_text(data + 1, size - 1))};
  const auto read = interop::import_megatron(lines, data[0]);
  if (!read) {
    require(base::has_errors(read.error()), "a refused command line has an error");
    require(!base::render(read.error()).empty(), "an error can be shown");
    return 0;
  }
  require(read->gpus > 0 && read->seq_len > 0 && read->global_batch > 0, "sizes are positive");
  const step::ParallelPlan& p = read->plan;
  require(p.tp > 0 && p.cp > 0 && p.pp > 0 && p.dp > 0 && p.micro_batch > 0, "a plan's sizes are positive");
  return 0;
}
