#include "gigawatt/ask/commands/claims.h"

#include <memory>

#include "gigawatt/ask/run_question.h"
#include "gigawatt/base/stop.h"
#include "gigawatt/report/json.h"
#include "gigawatt/report/text.h"

namespace gigawatt::ask {
namespace {

struct ClaimsQuestion : RunQuestion {
  bool strict = false;
};

void fields(config::FieldVisitor& v, ClaimsQuestion& q) {
  run_fields(v, q, true);
  strict_field(v, q.strict);
}

Answered answer_claims(const ClaimsQuestion& q, const Context& context) {
  auto read = run_inputs(q, context.knowledge);
  if (!read) return tl::unexpected(std::move(read.error()));
  const auto inputs = std::make_shared<const engine::Inputs>(std::move(*read));
  const base::StopScope to_the_end(context.stop, true);
  const auto output =
      std::make_shared<const engine::RunOutput>(engine::run(*inputs, run_options(q, context)));
  Answer out;
  out.json = {{"scenario", inputs->scenario.name},
              {"seed", output->seed},
              {"claims", report::claims_json(*inputs, *output)}};
  if (output->claims.empty())
    out.notes.push_back("this scenario carries no claims");
  else
    out.text = [inputs, output](bool color) { return report::claims_text(*inputs, *output, color); };
  out.interrupted = output->interrupted;
  out.no = run_no(*output, q.strict);
  return out;
}

}  // namespace

Command claims() {
  return make_command<answer_claims>({.name = "claims",
                                      .summary = "Only the claims of a scenario",
                                      .answer = "what `gigawatt claims --json` prints",
                                      .draws = true});
}

}  // namespace gigawatt::ask
