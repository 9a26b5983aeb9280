#include "gigawatt/ask/commands/serving.h"

namespace gigawatt::ask {
namespace {

Answered answer_serving(const engine::ServingQuery& q, const Context& context) {
  auto found = engine::answer_serving(q, context.knowledge, context.seed.value_or(1));
  Answer out;
  if (!found) {
    if (!found.error().wrong.empty()) return tl::unexpected(std::move(found.error().wrong));
    const bool refused = found.error().nearest.is_null();
    if (!refused) out.json = {{"nearest", std::move(found.error().nearest)}};
    out.no = No{found.error().no, "", refused, "infeasible"};
    return out;
  }
  out.json = std::move(found->json);
  out.text = [text = std::move(found->text)](bool) { return text; };
  return out;
}

}  // namespace

Command serving() {
  return make_command<answer_serving>(
      {.name = "serving",
       .summary = "An inference pool: throughput, latency, energy and cost, or the best plan",
       .answer = "what `gigawatt serving --json` prints",
       .draws = true});
}

}  // namespace gigawatt::ask
