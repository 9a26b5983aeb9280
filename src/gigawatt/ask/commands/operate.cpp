#include "gigawatt/ask/commands/operate.h"

#include "gigawatt/engine/own_model.h"
#include "gigawatt/report/operate.h"

namespace gigawatt::ask {
namespace {

Answered answer_operate(const engine::OperateQuery& asked, const Context& context) {
  engine::OperateQuery query = asked;
  query.seed = context.seed.value_or(query.seed);
  query.stop = context.stop;
  query.progress = context.progress;
  base::Diagnostics read;
  const auto own = engine::with_own_model(context.knowledge, query.model, read);
  if (!own) return tl::unexpected(own.error());
  const auto found = engine::operate(*own ? **own : context.knowledge, query);
  Answer out;
  for (const auto& note : read) out.notes.push_back(note.message);
  if (!found && found.error().front().code == engine::kNoProgress) {
    out.no = No{found.error().front().message, found.error().front().hint, true};
    return out;
  }
  if (!found) return tl::unexpected(found.error());
  out.interrupted = found->interrupted;
  out.json = report::operate_json(query, *found);
  out.text = [query, found = *found](bool color) { return report::operate_text(query, found, color); };
  if (found->base.unfinished >= 0.5) out.no = No{"the training does not finish in most futures", ""};
  return out;
}

}  // namespace

Command operate() {
  return make_command<answer_operate>(
      {.name = "operate",
       .summary = "A reliability plan for one training: checkpoints, spares, when it is done",
       .answer = "what `gigawatt operate --json` prints",
       .draws = true});
}

}  // namespace gigawatt::ask
