#include "gigawatt/engine/training_practice.h"

#include "gigawatt/config/read.h"
#include "gigawatt/config/toml.h"

namespace gigawatt::engine {

void fields(config::FieldVisitor& v, TrainingTotal& x) {
  v(x.model, {.key = "model", .doc = "Of the catalogue.", .required = true});
  v(x.system, {.key = "system", .doc = "Of the catalogue.", .required = true});
  v(x.precision, {.key = "precision", .doc = "Of the products."});
  v(x.tokens, {.key = "tokens", .doc = "Trained.", .required = true, .positive = true});
  v(x.accelerators, {.key = "accelerators", .doc = "At work.", .min = 1, .required = true});
  v(x.accelerator_hours,
    {.key = "accelerator_hours", .doc = "As published.", .required = true, .positive = true});
  v(x.source, {.key = "source", .doc = "Key of data/sources.toml.", .required = true});
}

void fields(config::FieldVisitor& v, TrainingPractice& x) {
  sourced(v, x.achieved_share,
          {.key = "achieved_share",
           .doc = "Accelerator-hours of the best plan, uninterrupted, over those that were used.",
           .required = true,
           .positive = true});
  sourced(v, x.sparse_batch,
          {.key = "sparse_batch",
           .doc = "Tokens of a step of a mixture of experts.",
           .required = true,
           .positive = true});
  sourced(v, x.spares,
          {.key = "spares", .doc = "Nodes beside a gang, as a share of it.", .min = 0, .required = true});
  v(x.totals, {.key = "total", .doc = "Published trainings."});
}

tl::expected<TrainingPractice, base::Diagnostics> load_training_practice(const std::filesystem::path& data) {
  const auto node = config::read_toml(data / "practice" / "training.toml");
  if (!node) return tl::unexpected(node.error());
  TrainingPractice out;
  base::Diagnostics problems;
  config::Reader(*node, problems).read(out);
  if (base::has_errors(problems)) return tl::unexpected(std::move(problems));
  return out;
}

}  // namespace gigawatt::engine
