#include <algorithm>
#include <cctype>
#include <cmath>

#include <fmt/format.h>

#include "gigawatt/scenario/resolver.h"
#include "gigawatt/units/parse.h"

namespace gigawatt::scenario {
namespace {

/// Of all batches together: jobs are numbered in 32 bits, and a million takes seconds.
constexpr std::int64_t kMostBatchJobs = 1'000'000'000;

std::string joined_cycle(const std::vector<std::string>& names) {
  std::string out;
  for (const auto& name : names) out += (out.empty() ? "" : " -> ") + name;
  return out;
}

/// The batch that "8M tokens" stands for: of the whole numbers of sequences within a twentieth the one that halves most often,
/// the nearest of those; 0: there is none.
std::int64_t usual_batch(double sequences) {
  constexpr double kRoundly = 0.05;
  const auto most = static_cast<std::int64_t>(std::floor(sequences * (1 + kRoundly)));
  std::int64_t best = 0;
  for (std::int64_t unit = 1; unit <= most; unit *= 2) {
    const auto count = static_cast<std::int64_t>(std::llround(sequences / static_cast<double>(unit))) * unit;
    if (count > 0 && std::abs(static_cast<double>(count) - sequences) <= kRoundly * sequences) best = count;
  }
  return best;
}

}  // namespace

void Resolver::training_phase(const Job& job, TrainingPhase& phase, const std::string& path,
                              bool inline_phase) {
  const std::string where = inline_phase ? fmt::format("job '{}'", job.name)
                                         : fmt::format("phase '{}' of job '{}'", phase.name, job.name);
  if (inline_phase && phase.tokens <= 0)
    problems_.error(path, "missing-key", fmt::format("{} gives no tokens", where),
                    "give tokens, sequence and global_batch, or phases");
  if (inline_phase && phase.sequence <= 0)
    problems_.error(path, "missing-key", fmt::format("{} gives no sequence length", where),
                    "e.g. sequence = 8192");
  const bool tokens = phase.global_batch_tokens > 0, sequences = phase.global_batch > 0;
  if (tokens == sequences) {
    problems_.error(tokens ? path + ".global_batch" : path, tokens ? "two-batches" : "missing-key",
                    fmt::format(fmt::runtime(tokens ? "{} gives both global_batch and global_batch_tokens"
                                                    : "{} gives no global batch"),
                                where),
                    "give global_batch (sequences) or global_batch_tokens");
    return;
  }
  if (phase.sequence <= 0) return;
  const auto length = static_cast<double>(phase.sequence);
  if (tokens) {
    const double count = phase.global_batch_tokens / length;
    phase.global_batch = static_cast<std::int64_t>(std::round(count));
    const bool whole = count >= 1 && std::abs(count - std::round(count)) <= 1e-9 * count;
    if (const std::int64_t usual = whole ? 0 : usual_batch(count); !whole && usual == 0) {
      problems_.error(
          path + ".global_batch_tokens", "does-not-divide",
          fmt::format("{}: a batch of {:.0f} tokens is {:.6g} sequences of {}", where,
                      phase.global_batch_tokens, count, phase.sequence),
          fmt::format("a whole number of sequences, e.g. {:.0f}", std::max(1.0, std::round(count)) * length));
    } else if (!whole) {
      phase.global_batch = usual;
      warn(fmt::format("{}: a batch of {:.0f} tokens is {:.6g} sequences of {}: {} are taken, {:.0f} tokens",
                       where, phase.global_batch_tokens, count, phase.sequence, phase.global_batch,
                       static_cast<double>(phase.global_batch) * length));
      phase.global_batch_tokens = static_cast<double>(phase.global_batch) * length;
    }
  } else {
    phase.global_batch_tokens = static_cast<double>(phase.global_batch) * length;
  }
  const bool own = phase.plan.has_value() && !inline_phase;
  plan(job, phase, own ? *phase.plan : job.plan,
       own                               ? path + ".plan"
       : problems_.given(path + ".plan") ? path + ".plan"
                                         : path);
  if (!phase.plan) phase.plan = job.plan;
}

void Resolver::training(Job& job, const std::string& path) {
  if (job.model.empty() && !problems_.given(path + ".model"))
    problems_.error(path, "missing-key", fmt::format("job '{}' names no model", job.name));
  if (!job.phases.empty() &&
      (job.tokens > 0 || job.sequence > 0 || job.global_batch > 0 || job.global_batch_tokens > 0))
    problems_.error(
        path, "two-schedules",
        fmt::format("job '{}' has phases and also tokens, sequence or batch of its own", job.name),
        "move them into a phase");
  const bool inline_phase = job.phases.empty();
  if (inline_phase)
    job.phases.push_back({job.title.empty() ? job.name : job.title,
                          job.tokens,
                          job.sequence,
                          job.global_batch_tokens,
                          job.global_batch,
                          {}});
  for (std::size_t i = 0; i < job.phases.size(); ++i) {
    auto& phase = job.phases[i];
    if (phase.name.empty()) phase.name = fmt::format("phase {}", i + 1);
    training_phase(job, phase, inline_phase ? path : fmt::format("{}.phase[{}]", path, i), inline_phase);
  }
  if (inline_phase && !job.phases.empty()) {
    job.global_batch = job.phases[0].global_batch;
    job.global_batch_tokens = job.phases[0].global_batch_tokens;
  }
  if (job.kind == JobKind::kDistillation && job.teacher.empty() && !problems_.given(path + ".teacher"))
    problems_.error(path, "missing-key",
                    fmt::format("job '{}' is a distillation without a teacher", job.name),
                    "name a job of this scenario or a model of the catalogue");
  if (job.kind == JobKind::kTraining && !job.teacher.empty())
    problems_.error(path + ".teacher", "needless-key",
                    fmt::format("job '{}' is a training, but has a teacher", job.name),
                    "make it kind = \"distillation\"");
  if (job.min_accelerators && job.accelerators)
    problems_.error(path + ".min_accelerators", "needless-key",
                    fmt::format("job '{}' has a fixed number of accelerators", job.name),
                    "min_accelerators goes with accelerators = \"max\"");
  if (job.checkpoint && job.checkpoint->policy == IntervalPolicy::kFixed &&
      job.checkpoint->interval.si() <= 0)
    problems_.error(
        path + ".checkpoint", "missing-key",
        fmt::format("the checkpoint policy of job '{}' is fixed, but gives no interval", job.name),
        "e.g. interval = \"30 min\"");
  if (job.split) split(*job.split, job.name, path + ".split");
  if (job.end)
    problems_.error(path + ".end", "needless-key",
                    fmt::format("job '{}' is a training: it ends with its tokens", job.name));
  if (!job.demand.empty())
    problems_.error(path + ".demand", "needless-key",
                    fmt::format("job '{}' is a training and has no demand", job.name));
}

void Resolver::split(const JobSplit& split, const std::string& job, const std::string& path) {
  if (split.between.size() < 2 && !problems_.given(path))
    problems_.error(path, "too-few-sites", fmt::format("job '{}' is split over fewer than two sites", job),
                    "between = [\"prometheus\", \"hyperion\"]");
  for (std::size_t i = 0; i < split.between.size(); ++i)
    if (const auto site = catalog_.site(split.between[i]); !site)
      not_found(fmt::format("{}.between[{}]", path, i), site.error());
}

void Resolver::pool(Job& job, const std::string& path) {
  if (job.split)
    problems_.error(path + ".split", "needless-key",
                    fmt::format("job '{}' is a pool: only trainings are split", job.name));
  for (const char* key : {"detection", "restart"})
    if (problems_.given(fmt::format("{}.{}", path, key)))
      problems_.error(
          fmt::format("{}.{}", path, key), "needless-key",
          fmt::format("job '{}' is a pool: a failure takes a node from it and stops nothing", job.name));
  // A written-out scenario has each key with its default.
  const Job usual;
  for (const auto& [key, differs] : std::initializer_list<std::pair<const char*, bool>>{
           {"sequence", job.sequence != usual.sequence},
           {"global_batch", job.global_batch != usual.global_batch},
           {"precision", job.precision != usual.precision},
           {"cuda_graphs", job.cuda_graphs != usual.cuda_graphs},
           {"accelerators", job.accelerators.has_value()},
           {"min_accelerators", job.min_accelerators.has_value()},
           {"count", job.count != usual.count},
           {"plan", job.plan.best != usual.plan.best || job.plan.text != usual.plan.text}})
    if (differs)
      problems_.error(fmt::format("{}.{}", path, key), "needless-key",
                      fmt::format("job '{}' is a pool: nothing would read {}", job.name, key),
                      std::string(key) == "precision" ? "serving_precision is the format of its weights"
                                                      : "its size follows its demand, or its share");
  if (job.serving_precision && std::find(kServingPrecisions.begin(), kServingPrecisions.end(),
                                         *job.serving_precision) == kServingPrecisions.end())
    unknown(path + ".serving_precision", "format", *job.serving_precision,
            {kServingPrecisions.begin(), kServingPrecisions.end()});
  if (!job.phases.empty() || job.tokens > 0)
    problems_.error(path, "needless-key", fmt::format("job '{}' is a pool and trains no tokens", job.name));
  if (!job.teacher.empty())
    problems_.error(path + ".teacher", "needless-key",
                    fmt::format("job '{}' is a pool and has no teacher", job.name));
  if (job.kind == JobKind::kResearch) {
    if (job.share <= 0 && !problems_.given(path + ".share"))
      problems_.error(path, "missing-key", fmt::format("research job '{}' gives no share", job.name),
                      "e.g. share = \"10%\"");
    if (!job.demand.empty())
      problems_.error(path + ".demand", "needless-key",
                      fmt::format("research job '{}' takes a share, not a demand", job.name));
    return;
  }
  if (job.demand.empty() && !problems_.given(path + ".demand"))
    problems_.error(path, "missing-key", fmt::format("inference job '{}' has no demand", job.name),
                    "add [[job.demand]] entries");
  if (job.model_id.valid()) {
    const auto& model = **catalog_.model(s_.models[job.model_id.index()]);
    const std::int64_t window = model.max_positions > 0 ? model.max_positions : model.context;
    if (const auto asked = job.input_tokens + job.output_tokens; window > 0 && asked > window)
      problems_.error(path + ".input_tokens", "too-long",
                      fmt::format("job '{}' asks for {} + {} tokens, {} takes {}", job.name, job.input_tokens,
                                  job.output_tokens, model.name, window),
                      "prompt and answer together fit into its window");
  }
  for (std::size_t i = 0; i < job.demand.size(); ++i) {
    const DemandPoint& point = job.demand[i];
    const std::string at = fmt::format("{}.demand[{}]", path, i);
    const int measures = static_cast<int>(point.accelerators.has_value()) +
                         static_cast<int>(point.tokens_per_day.has_value()) +
                         static_cast<int>(point.users.has_value());
    if (measures != 1)
      problems_.error(at, measures > 1 ? "two-demands" : "missing-key",
                      fmt::format("demand {} of job '{}' gives {} of accelerators, tokens_per_day and users",
                                  i + 1, job.name, measures > 1 ? "more than one" : "none"));
    for (const auto& [tokens, key] :
         {std::pair(job.input_tokens, "input_tokens"), {job.output_tokens, "output_tokens"}})
      if (point.tokens_per_day && i == 0 && tokens <= 0 && !problems_.given(fmt::format("{}.{}", path, key)))
        problems_.error(path, "missing-key",
                        fmt::format("job '{}' serves tokens and gives no {}", job.name, key),
                        "how long a request is decides what an accelerator serves, e.g. input_tokens = 2000, "
                        "output_tokens = 500");
    if (point.tokens_per_day && job.model.empty())
      problems_.error(at + ".tokens_per_day", "missing-key",
                      fmt::format("job '{}' wants tokens but names no model", job.name));
    if (point.users && job.model.empty())
      problems_.error(at + ".users", "missing-key",
                      fmt::format("job '{}' has users but names no model", job.name));
    if (point.users && !job.user)
      problems_.error(at + ".users", "missing-key",
                      fmt::format("job '{}' has users but does not say what they ask for", job.name),
                      "e.g. user = { sessions = 1.5, requests = 4 }");
    if (i > 0 && point.date <= job.demand[i - 1].date)
      problems_.error(
          at + ".date", "out-of-order",
          fmt::format("demand {} of job '{}' ({}) is not after the one above ({})", i + 1, job.name,
                      base::to_iso_date(point.date), base::to_iso_date(job.demand[i - 1].date)));
  }
  served(job, path);
}

void Resolver::served(Job& job, const std::string& path) {
  bool in_tokens = false;
  bool in_accelerators = false;
  for (const DemandPoint& point : job.demand) (point.accelerators ? in_accelerators : in_tokens) = true;
  if (in_tokens && in_accelerators)
    problems_.error(
        path + ".demand", "two-demands",
        fmt::format("the demand of job '{}' is in accelerators at one point and in users or tokens at "
                    "another",
                    job.name));
  if (in_tokens && job.output_tokens < 1)
    problems_.error(path, "missing-key", fmt::format("job '{}' does not say how long an answer is", job.name),
                    "e.g. input_tokens = 2000 and output_tokens = 500");
  double shares = 0;
  for (const auto& region : job.shape.regions) shares += region.share;
  if (!job.shape.regions.empty() && std::abs(shares - 1) > 1e-6)
    problems_.error(path + ".shape.region", "wrong-sum",
                    fmt::format("the regions of job '{}' sum to {:.6g}, not to 1", job.name, shares));
}

void Resolver::batch(Job& job, const std::string& path) {
  const auto needs = [&](bool missing, std::string_view key, std::string_view hint) {
    if (missing && !problems_.given(fmt::format("{}.{}", path, key)))
      problems_.error(path, "missing-key", fmt::format("batch '{}' gives no {}", job.name, key),
                      std::string(hint));
  };
  batched_ += job.count;
  if (job.count > 0 && batched_ > kMostBatchJobs && batched_ - job.count <= kMostBatchJobs)
    problems_.error(
        path + ".count", "too-many-jobs",
        fmt::format("with batch '{}' the batches of the scenario have {} jobs", job.name, batched_),
        fmt::format("at most {} are simulated: take a shorter period or fewer, longer jobs", kMostBatchJobs));
  needs(job.count <= 0, "count", "how many jobs arrive, e.g. count = 10_000");
  needs(job.duration_median.si() <= 0, "duration_median", "e.g. duration_median = \"2 h\"");
  if (job.sizes.empty() && job.accelerators) job.sizes = {*job.accelerators};
  needs(job.sizes.empty(), "sizes", "accelerators of one job, e.g. sizes = [8, 64, 512]");
  if (!job.size_shares.empty() && job.size_shares.size() != job.sizes.size())
    problems_.error(path + ".size_shares", "wrong-length",
                    fmt::format("batch '{}' has {} sizes and {} shares", job.name, job.sizes.size(),
                                job.size_shares.size()),
                    "one share for each size");
  double sum = 0;
  for (const double share : job.size_shares) sum += share;
  if (!job.size_shares.empty() && std::abs(sum - 1) > 1e-6)
    problems_.error(path + ".size_shares", "wrong-sum",
                    fmt::format("the size shares of batch '{}' sum to {:.6g}, not to 1", job.name, sum));
  if (job.duration_mean.si() > 0 && job.duration_mean.si() < job.duration_median.si())
    problems_.error(path + ".duration_mean", "out-of-order",
                    fmt::format("the mean duration of batch '{}' is below its median", job.name),
                    "durations are log-normal: the mean is at least the median");
  if (!job.phases.empty() || job.tokens > 0)
    problems_.error(path, "needless-key",
                    fmt::format("job '{}' is a batch: its work is a duration, not tokens", job.name));
  if (!job.after.empty())
    problems_.error(path + ".after", "needless-key",
                    fmt::format("job '{}' is a batch: its jobs wait for no training", job.name),
                    "give it a start");
  if (!job.demand.empty() || job.share > 0)
    problems_.error(path, "needless-key", fmt::format("job '{}' is a batch and follows no demand", job.name));
}

void Resolver::software(Job& job, const std::string& path) {
  const auto same = [&](const std::string& known) {
    return std::equal(known.begin(), known.end(), job.software.begin(), job.software.end(),
                      [](unsigned char a, unsigned char b) { return std::tolower(a) == std::tolower(b); });
  };
  if (job.software.empty() || software_.empty()) return;
  const auto found = std::find_if(software_.begin(), software_.end(), same);
  if (found == software_.end()) return unknown(path + ".software", "software", job.software, software_);
  job.software = *found;
}

void Resolver::placement(const Job& job, const std::string& path) {
  const bool any_site = !job.site_id.valid(), any_system = !job.system_id.valid();
  if ((any_site && job.site != "any") || (any_system && job.system != "any")) return;  // already reported
  std::int64_t most = 0;
  bool powered = false;
  std::vector<std::string> here;
  for (const auto& [key, count] : capacity_) {
    if (!any_site && key.first != job.site_id) continue;
    powered = true;
    here.push_back(s_.systems[key.second.index()]);
    if (!any_system && key.second != job.system_id) continue;
    most = std::max(most, count);
  }
  const std::string at_site = problems_.given(path + ".site") ? path + ".site" : path;
  if (!powered)
    return problems_.error(
        at_site, "no-power",
        any_site ? "no site has accelerators or power"
                 : fmt::format("job '{}' is on site '{}', which has no phase with power and no fleet",
                               job.name, job.site),
        "give the site a phase, [[fleet]] or [[delivery]]");
  if (most == 0) {
    std::sort(here.begin(), here.end());
    here.erase(std::unique(here.begin(), here.end()), here.end());
    std::string hint;
    for (const auto& name : here) hint += (hint.empty() ? "it holds " : ", ") + name;
    return problems_.error(path + ".system", "no-such-system-here",
                           fmt::format("job '{}' wants {}, which {} never holds", job.name, job.system,
                                       any_site ? "any site" : "site '" + job.site + "'"),
                           hint);
  }
  std::int64_t wanted = job.accelerators.value_or(job.min_accelerators.value_or(0));
  for (const std::int64_t size : job.sizes) wanted = std::max(wanted, size);
  if ((job.is_training() || job.is_batch()) && wanted > most)
    problems_.error(path + (job.accelerators     ? ".accelerators"
                            : !job.sizes.empty() ? ".sizes"
                                                 : ".min_accelerators"),
                    "too-many-accelerators",
                    fmt::format("job '{}' wants {} accelerators, but {} holds more than {}", job.name, wanted,
                                any_site ? "no site ever" : "site '" + job.site + "' never", most));
  using catalog::Precision;
  for (const auto p : {Precision::kFp32, Precision::kTf32, Precision::kInt8})
    if (job.is_training() && job.precision == p)
      problems_.error(path + ".precision", "unsupported-precision",
                      fmt::format("no training here is in {}", catalog::to_string(p)),
                      "bf16, fp16, fp8, mxfp8, nvfp4");
  if (const auto* sys = system_of(job.system_id); sys && job.is_training()) {
    const auto& accelerator = catalog_.accelerator_of(*sys);
    if (accelerator.peak(job.precision) <= 0)
      problems_.error(path + ".precision", "unsupported-precision",
                      fmt::format("{} has no {} matrix units", sys->name, catalog::to_string(job.precision)));
  }
}

void Resolver::jobs() {
  std::set<std::string> names;
  for (std::size_t i = 0; i < s_.jobs.size(); ++i) {
    Job& job = s_.jobs[i];
    const std::string path = fmt::format("job[{}]", i);
    once(names, job.name, path + ".name", "two jobs are named");
    source_and_reason(job.assumed, job.reason, path);
    if (!job.model.empty()) job.model_id = model(job.model, path + ".model");
    if (job.site != "any") job.site_id = site(job.site, path + ".site");
    if (job.system != "any") job.system_id = system(job.system, path + ".system");
    software(job, path);
    if (job.title.empty()) job.title = job.name;
    if (job.start && *job.start >= s_.end && problems_.given("end"))
      problems_.error(path + ".start", "out-of-order",
                      fmt::format("job '{}' starts on {}, after the scenario's end ({})", job.name,
                                  base::to_iso_date(*job.start), base::to_iso_date(s_.end)));
    if (job.end && *job.end <= job.start.value_or(s_.start))
      problems_.error(
          path + ".end", "out-of-order",
          fmt::format("job '{}' ends ({}) before it starts", job.name, base::to_iso_date(*job.end)));
    if (job.is_training())
      training(job, path);
    else if (job.is_batch())
      batch(job, path);
    else
      pool(job, path);
    placement(job, path);
  }
  job_references();
  cycles();
}

void Resolver::job_references() {
  std::vector<std::string> names;
  for (const auto& job : s_.jobs) names.push_back(job.name);
  const auto find = [&](const std::string& name) {
    const auto at = std::find(names.begin(), names.end(), name);
    return at == names.end() ? JobId{} : JobId(static_cast<std::uint32_t>(at - names.begin()));
  };
  for (std::size_t i = 0; i < s_.jobs.size(); ++i) {
    Job& job = s_.jobs[i];
    const std::string path = fmt::format("job[{}]", i);
    for (std::size_t k = 0; k < job.after.size(); ++k) {
      const std::string at = fmt::format("{}.after[{}]", path, k);
      const JobId id = find(job.after[k]);
      if (!id.valid()) {
        unknown(at, "job", job.after[k], names);
      } else if (!s_.jobs[id.index()].is_training()) {
        problems_.error(at, "endless-predecessor",
                        fmt::format("job '{}' waits for '{}', {} that never finishes", job.name, job.after[k],
                                    s_.jobs[id.index()].is_batch() ? "a batch" : "a pool"));
      } else {
        job.after_ids.push_back(id);
      }
    }
    if (job.teacher.empty() || job.kind != JobKind::kDistillation) continue;
    job.teacher_job = find(job.teacher);
    if (job.teacher_job.valid()) {
      const Job& teacher = s_.jobs[job.teacher_job.index()];
      if (teacher.is_training()) continue;
      problems_.error(
          path + ".teacher", "wrong-teacher",
          fmt::format("the teacher of '{}' is '{}', which is no training", job.name, job.teacher));
      job.teacher_job = {};
    } else if (job.distillation == DistillationMode::kShared) {
      unknown(path + ".teacher", "job", job.teacher, names);
    } else if (catalog_.model(job.teacher)) {
      job.teacher_model = model(job.teacher, path + ".teacher");
    } else {
      std::vector<std::string> all = names;
      for (const auto& known : catalog_.models()) all.push_back(known.name);
      unknown(path + ".teacher", "job or model", job.teacher, all);
    }
  }
}

void Resolver::cycles() {
  // Depth-first over "waits for" and "is taught by"; each cycle is reported once, at its first job.
  enum class Mark : std::uint8_t { kNew, kOpen, kDone };
  std::vector<Mark> marks(s_.jobs.size(), Mark::kNew);
  std::vector<std::size_t> stack;
  const std::function<void(std::size_t)> visit = [&](std::size_t i) {
    if (marks[i] == Mark::kDone) return;
    if (marks[i] == Mark::kOpen) {
      std::vector<std::string> names;
      const auto first = std::find(stack.begin(), stack.end(), i);
      for (auto at = first; at != stack.end(); ++at) names.push_back(s_.jobs[*at].name);
      names.push_back(s_.jobs[i].name);
      const std::size_t last = stack.back();
      const bool teacher = s_.jobs[last].teacher_job == JobId(static_cast<std::uint32_t>(i));
      problems_.error(fmt::format("job[{}].{}", last, teacher ? "teacher" : "after"), "cycle",
                      fmt::format("jobs wait for each other: {}", joined_cycle(names)),
                      "a job cannot wait for, or be taught by, one that needs it");
      return;
    }
    marks[i] = Mark::kOpen;
    stack.push_back(i);
    for (const JobId id : s_.jobs[i].after_ids) visit(id.index());
    if (s_.jobs[i].teacher_job.valid()) visit(s_.jobs[i].teacher_job.index());
    stack.pop_back();
    marks[i] = Mark::kDone;
  };
  for (std::size_t i = 0; i < s_.jobs.size(); ++i) visit(i);
}

}  // namespace gigawatt::scenario
