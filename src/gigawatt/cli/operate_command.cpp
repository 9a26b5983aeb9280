#include "gigawatt/cli/operate_command.h"

#include <fmt/format.h>
#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

#include "gigawatt/cli/commands.h"
#include "gigawatt/cli/interrupt.h"
#include "gigawatt/report/operate.h"

namespace gigawatt::cli {

void operate_options(CLI::App& sub, engine::OperateQuery& q) {
  constexpr std::int64_t kMost = std::int64_t{1} << 40;
  sub.add_option("--model", q.model, "Model of the catalogue")->required();
  sub.add_option("--system", q.system, "System of the catalogue")->required();
  sub.add_option("--gpus", q.gpus, "Accelerators of the training")
      ->required()
      ->check(CLI::Range(std::int64_t{1}, kMost));
  sub.add_option("--tokens", q.tokens, "Tokens to train, such as 15e12")
      ->required()
      ->check(CLI::Range(1.0, 1e18));
  sub.add_option("--seq", q.seq, "Tokens of a sequence")
      ->check(CLI::Range(std::int64_t{1}, kMost))
      ->capture_default_str();
  sub.add_option("--global-batch", q.global_batch, "Sequences of a step")
      ->check(CLI::Range(std::int64_t{1}, kMost))
      ->capture_default_str();
  sub.add_option("--plan", q.plan, "\"TP8 PP16 VPP8 DP128 MB1 SP\", or best")->capture_default_str();
  sub.add_option("--precision", q.precision, "bf16, fp16, fp8, mxfp8, nvfp4 ...")->capture_default_str();
  sub.add_option("--software", q.software, "Software profile of the catalogue");
  sub.add_option("--failures", q.failures, "Failure profile of the catalogue")->capture_default_str();
  sub.add_option("--spares", q.spares, "Spare nodes; default: as many as needed")
      ->check(CLI::Range(std::int64_t{0}, std::int64_t{100'000'000}));
  sub.add_option("--shortage", q.accepted_shortage, "Share of time in which the spares may not suffice")
      ->check(CLI::Range(1e-9, 0.999))
      ->capture_default_str();
  sub.add_option("--start", q.start, "First day")->capture_default_str();
  sub.add_option("--futures", q.futures, "Simulated futures that percentiles come from")
      ->check(CLI::Range(1, 100'000))
      ->capture_default_str();
  sub.add_option("--set", q.set, "Change a key of the scenario behind it: --set checkpoint.async=false")
      ->allow_extra_args(false);
}

int operate_command(engine::OperateQuery q, const Common& common, Console& console) {
  const Interrupt interrupt;
  q.seed = common.seed.value_or(1);
  q.stop = interrupt.token();
  q.progress = [&console](std::string_view what, double done) { console.progress(what, done); };
  const auto known = knowledge(common);
  const auto answer = engine::operate(known, q);
  console.end_progress();
  if (!answer && answer.error().front().code == engine::kNoProgress) {
    console.error(fmt::format("no: {}\n", answer.error().front().message));
    return kNo;
  }
  if (!answer) throw InputError(answer.error());
  if (answer->interrupted) return interrupt.exit_code();
  console.print(common.json ? report::operate_json(q, *answer).dump(2) + "\n"
                            : report::operate_text(q, *answer, console.colour()));
  if (answer->base.unfinished < 0.5) return kDone;
  console.error("no: the training does not finish in most futures\n");
  return kNo;
}

}  // namespace gigawatt::cli
