// What a student reads of its teacher, and how long a cache of it takes to write.
#include "gigawatt/fleet/build_model.h"

namespace gigawatt::fleet {
namespace {

// Logits kept for each token where the scenario names no number: the fifty largest hold nearly all of the mass of a
// trained teacher's distribution (Peng et al., arXiv 2410.16215, keep at most 100). Value and index: two and four bytes.
constexpr double kLogitsPerToken = 50;
constexpr double kBytesPerLogit = 2 + 4;

}  // namespace

void ModelBuilder::distillation(std::uint32_t j) {
  const scenario::Job& job = scenario_.jobs[j];
  JobModel& student = model_.jobs[j];
  student.distillation = job.distillation;
  student.logit_bytes_per_token =
      kBytesPerLogit * (job.cached_logits > 0 ? static_cast<double>(job.cached_logits) : kLogitsPerToken);
  if (job.distillation != scenario::DistillationMode::kCached || !job.teacher_job.valid()) return;
  const JobModel& teacher = model_.jobs[job.teacher_job.index()];
  if (teacher.gangs.empty() || student.gangs.empty()) return;
  // The teacher's gang makes one forward pass over the student's tokens, at the rate of its training.
  const GangOption& gang = teacher.gangs.back();
  double trained = 0;  // FLOP
  for (std::size_t p = 0; p < gang.phases.size(); ++p)
    trained += gang.phase_tokens[p] * gang.phases[p]->model_flops_per_token;
  const GangOption& option = student.gangs.front();
  double forward = 0;
  for (std::size_t p = 0; p < option.phases.size(); ++p)
    forward += option.phase_tokens[p] * option.phases[p]->teacher_flops_per_token;
  if (!(trained > 0)) return;
  student.cache_writing_s =
      base::Duration{gang.useful_us}.to_seconds() * gang.train_share * forward / trained;
  student.delay = student.delay + base::Duration::seconds(student.cache_writing_s);
}

}  // namespace gigawatt::fleet
