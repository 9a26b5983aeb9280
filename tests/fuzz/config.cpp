/// Any text as a configuration of another trainer, Python too, as a layout, as words of a shell: a plan with positive sizes, or
/// diagnostics that can be shown; a layout reads back as it was written.

#include <string>

#include "fuzz.h"
#include "gigawatt/interop/config_import.h"
#include "gigawatt/step/pipeline_cut.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace gigawatt;
  using fuzz::require;
  if (size < 2) return 0;
  const std::string_view text = fuzz::as_text(data + 2, size - 2);
  if (data[0] % 4 == 3) {
    const auto cut = step::parse_cut(text);
    if (!cut) {
      require(!cut.error().empty(), "a refusal says why");
      return 0;
    }
    require(cut->chunks() > 0 && cut->layers() >= 0, "a layout has chunks");
    require(cut->layers_before(cut->chunks()) == cut->layers(), "layers add up");
    const auto again = step::parse_cut(step::to_string(*cut));
    require(again && again->layers_of_chunks() == cut->layers_of_chunks(),
            "what was written is read as it was");
    require(again->behind_mtp == cut->behind_mtp, "the modules stay where they were");
    return 0;
  }
  constexpr const char* kFrameworks[] = {"nemo", "torchtitan", "maxtext"};
  const auto read = interop::import_config(kFrameworks[data[0] % 4], {{std::string(text)}, "", ""}, data[1]);
  if (!read) {
    require(base::has_errors(read.error()), "a refused configuration has an error");
    require(!base::render(read.error()).empty(), "an error can be shown");
    return 0;
  }
  require(read->gpus > 0 && read->seq_len != 0 && read->global_batch > 0, "sizes are there");
  const step::ParallelPlan& p = read->plan;
  require(p.tp > 0 && p.cp > 0 && p.pp > 0 && p.dp > 0 && p.micro_batch > 0, "a plan's sizes are positive");
  return 0;
}
