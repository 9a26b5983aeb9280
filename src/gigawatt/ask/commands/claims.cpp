#include "gigawatt/ask/commands/claims.h"

#include "gigawatt/ask/run_question.h"
#include "gigawatt/base/stop.h"
#include "gigawatt/report/json.h"
#include "gigawatt/report/text.h"

namespace gigawatt::ask {
namespace {

struct Question : RunQuestion {
  bool strict = false;
};

void fields(config::FieldVisitor& v, Question& q) {
  run_fields(v, q, true);
  v(q.strict, {.key = "strict", .doc = "The answer is no (exit code 3) when a claim is inconsistent."});
}

Answered answer(const Question& q, const Context& context) {
  const auto inputs = run_inputs(q, context.knowledge);
  if (!inputs) return tl::unexpected(inputs.error());
  const base::StopScope to_the_end(context.stop, true);
  const auto output = engine::run(*inputs, run_options(q, context));
  Answer out;
  out.json = {{"scenario", inputs->scenario.name},
              {"seed", output.seed},
              {"claims", report::claims_json(*inputs, output)}};
  out.text = [plain = report::claims_text(*inputs, output, false),
              colored = report::claims_text(*inputs, output, true)](bool color) {
    return color ? colored : plain;
  };
  if (output.claims.empty()) {
    out.text = nullptr;
    out.notes.push_back("this scenario carries no claims");
  }
  out.interrupted = output.interrupted;
  out.no = run_no(output, q.strict);
  return out;
}

}  // namespace

Command claims() {
  return make_command<answer>({.name = "claims",
                               .summary = "Only the claims of a scenario",
                               .answer = "what `gigawatt claims --json` prints",
                               .draws = true});
}

}  // namespace gigawatt::ask
