#include "gigawatt/logs/job_format.h"

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <utility>

#include <fmt/format.h>

namespace gigawatt::logs {
namespace {

std::string named(const LoggedJob& job) { return job.id.empty() ? "" : "job " + job.id; }

}  // namespace

JobSink::JobSink(JobList& list, const ReadOptions& options)
    : list_(list),
      options_(options),
      last_submit_{std::numeric_limits<std::int64_t>::min()},
      last_instant_{std::numeric_limits<std::int64_t>::min()} {
  account("");
  cluster("");
}

bool JobSink::complete(std::uint32_t line, std::size_t cells, std::size_t wanted) {
  if (cells == wanted) return true;
  finding(Finding::kBroken, line, fmt::format("{} cells instead of {}", cells, wanted));
  return false;
}

std::uint32_t JobSink::index(std::string_view name, Index& of, std::vector<std::string>& names) {
  if (const auto found = of.find(name); found != of.end()) return found->second;
  const auto number = static_cast<std::uint32_t>(names.size());
  names.emplace_back(name);
  of.emplace(std::string(name), number);
  return number;
}

bool JobSink::set_units(LoggedJob& job, double units) {
  constexpr double kMost = 1e9;
  // Shares are multiples of a hundredth or a thousandth: the last bits of their sums make no whole unit.
  constexpr double kShareBits = 1e-9;
  if (!(units > 0)) {
    finding(Finding::kNoUnits, job.line, named(job), 0);
    return false;
  }
  if (units > kMost) {
    finding(Finding::kBroken, job.line, fmt::format("job {} of {:g} {}s", job.id, units, list_.unit));
    return false;
  }
  job.units = static_cast<std::int64_t>(std::ceil(units - kShareBits * units));
  fraction_ = std::max(0.0, static_cast<double>(job.units) - units);
  if (fraction_ <= kShareBits * units) fraction_ = 0;
  return true;
}

void JobSink::add(LoggedJob job) {
  const std::int64_t most = options_.cluster_units > 0 ? options_.cluster_units : list_.cluster_units;
  const double rounded_up = std::exchange(fraction_, 0);
  last_instant_ = std::max(last_instant_, job.submit);
  if (job.run_us < 0)
    return finding(Finding::kImpossible, job.line,
                   fmt::format("{}ran {:g} s", job.id.empty() ? "" : "job " + job.id + " ",
                               static_cast<double>(job.run_us) * 1e-6));
  if (most > 0 && job.units > most)
    return finding(Finding::kMissingMachine, job.line,
                   fmt::format("job {} of {} {}s, the cluster has {}", job.id, job.units, list_.unit, most),
                   job.unit_s());
  if (rounded_up > 0)
    finding(
        Finding::kFraction, job.line,
        fmt::format("job {} of {:g} {}s", job.id, static_cast<double>(job.units) - rounded_up, list_.unit),
        rounded_up * static_cast<double>(job.run_us) * 1e-6);
  if (job.estimate_us > 0 && job.run_us > job.estimate_us)
    finding(Finding::kOverEstimate, job.line, named(job), job.unit_s());
  if (job.submit < last_submit_) finding(Finding::kUnsorted, job.line, named(job), job.unit_s());
  last_submit_ = std::max(last_submit_, job.submit);
  if (job.wait_us >= 0)
    last_instant_ =
        std::max(last_instant_, job.submit + base::Duration{job.held_us + job.wait_us + job.run_us});
  list_.jobs.push_back(std::move(job));
}

void JobSink::unfinished(const LoggedJob& job, base::SimTime start) {
  finding(Finding::kNotEnded, job.line, named(job), 0);
  last_instant_ = std::max(last_instant_, start);
  open_units_ += static_cast<double>(job.units);
  open_unit_s_ += static_cast<double>(job.units) * (start - base::SimTime{0}).to_seconds();
}

void JobSink::add(LoggedJob job, std::optional<base::SimTime> start, std::optional<base::SimTime> end,
                  std::optional<std::int64_t> ran_us, std::int64_t suspended_us) {
  constexpr base::Duration kClockStep{3'600'000'000};
  if (!start) return finding(Finding::kNotRun, job.line, named(job), 0);
  if (!end) return unfinished(job, *start);
  const std::int64_t clock_us = (*end - *start).us - suspended_us;
  if (!ran_us && *end < *start)
    return finding(Finding::kImpossible, job.line, fmt::format("job {} ends before it starts", job.id));
  if (!ran_us && clock_us < 0)
    return finding(Finding::kImpossible, job.line,
                   fmt::format("job {} was suspended for longer than it was there", job.id));
  job.run_us = ran_us.value_or(clock_us);
  // A second of rounding is no change of the clock.
  const bool clock_changed = ran_us && std::abs(*ran_us - clock_us) > 1'000'000;
  if (*start < job.submit && !(clock_changed && job.submit - *start <= kClockStep))
    return finding(Finding::kImpossible, job.line,
                   fmt::format("job {} starts {:g} s before it was submitted", job.id,
                               (job.submit - *start).to_seconds()),
                   job.unit_s());
  if (clock_changed)
    finding(Finding::kClock, job.line,
            fmt::format("job {} ran {} s, its times are {} s apart", job.id, *ran_us / 1'000'000,
                        clock_us / 1'000'000),
            job.unit_s());
  if (suspended_us > 0)
    finding(Finding::kSuspended, job.line, fmt::format("job {} for {} s", job.id, suspended_us / 1'000'000),
            job.unit_s());
  if (*start >= job.submit) {
    job.held_us = std::clamp<std::int64_t>(job.held_us, 0, (*start - job.submit).us);
    job.wait_us = (*start - job.submit).us - job.held_us;
  } else {
    job.held_us = 0;  // the clock was changed in between: how long it waited is not known
  }
  last_instant_ = std::max(last_instant_, *end);
  add(std::move(job));
}

bool JobSink::same(const LoggedJob& a, const LoggedJob& b, bool by_number) const {
  if (a.cluster != b.cluster || a.id != b.id) return false;
  if (by_number) return true;
  if (a.submit != b.submit) return false;
  if (a.wait_us < 0 || b.wait_us < 0) return true;
  // Runs of one submission that follow one another are a job that was put back; records of one run overlap.
  const auto from = [](const LoggedJob& j) { return j.held_us + j.wait_us; };
  const LoggedJob& first = from(a) <= from(b) ? a : b;
  const LoggedJob& second = from(a) <= from(b) ? b : a;
  return from(second) < from(first) + first.run_us || from(second) == from(first);
}

void JobSink::drop_duplicates(bool by_number) {
  // By hash, then by the name itself: a set of a million names would take more room than the jobs.
  std::vector<std::pair<std::size_t, std::uint32_t>> order;
  order.reserve(list_.jobs.size());
  for (std::uint32_t i = 0; i < list_.jobs.size(); ++i) {
    const LoggedJob& job = list_.jobs[i];
    if (job.id.empty()) continue;
    std::size_t hash = std::hash<std::string>()(job.id);
    if (!by_number) hash ^= static_cast<std::size_t>(job.submit.us) * 0x9E3779B97F4A7C15ULL;
    order.emplace_back(hash, i);
  }
  std::sort(order.begin(), order.end());
  std::vector<std::uint32_t> twice;
  for (std::size_t i = 0; i < order.size(); ++i)
    for (std::size_t j = i; j-- > 0 && order[j].first == order[i].first;) {
      if (same(list_.jobs[order[j].second], list_.jobs[order[i].second], by_number)) {
        twice.push_back(order[i].second);
        break;
      }
      several_runs_ = true;
    }
  if (twice.empty()) return;
  std::sort(twice.begin(), twice.end());
  for (const std::uint32_t i : twice)
    finding(Finding::kDuplicate, list_.jobs[i].line, named(list_.jobs[i]), list_.jobs[i].unit_s());
  std::size_t kept = 0;
  std::size_t next = 0;
  for (std::uint32_t i = 0; i < list_.jobs.size(); ++i) {
    if (next < twice.size() && twice[next] == i) {
      ++next;
      continue;
    }
    if (kept != i) list_.jobs[kept] = std::move(list_.jobs[i]);
    ++kept;
  }
  list_.jobs.resize(kept);
}

namespace {

/// A wait that the log counts from the submission counts from the end of the job before, where that is later.
void hold_until_end(const LoggedJob& before, LoggedJob& job) {
  if (before.wait_us < 0 || job.wait_us < 0) return;
  const base::SimTime end = before.submit + base::Duration{before.held_us + before.wait_us + before.run_us};
  job.held_us = std::clamp<std::int64_t>((end - job.submit).us + job.think_us, 0, job.wait_us);
  job.wait_us -= job.held_us;
}

}  // namespace

/// Of several runs of one submission a later one waits from the end of the one before, not while that ran.
void JobSink::hold_later_runs() {
  if (!several_runs_) return;
  std::unordered_map<std::string, LoggedJob*> before;
  std::vector<LoggedJob*> jobs;
  for (LoggedJob& job : list_.jobs)
    if (!job.id.empty() && job.wait_us >= 0) jobs.push_back(&job);
  const auto from = [](const LoggedJob& j) { return j.submit.us + j.held_us + j.wait_us; };
  std::stable_sort(jobs.begin(), jobs.end(),
                   [&](const LoggedJob* a, const LoggedJob* b) { return from(*a) < from(*b); });
  for (LoggedJob* job : jobs) {
    const std::string key = fmt::format("{}/{}/{}", job->cluster, job->submit.us, job->id);
    const auto [entry, fresh] = before.try_emplace(key, job);
    if (fresh) continue;
    const LoggedJob& last = *entry->second;
    const std::int64_t start = from(*job) - job->submit.us;
    job->held_us = std::clamp<std::int64_t>(from(last) + last.run_us - job->submit.us, job->held_us, start);
    job->wait_us = start - job->held_us;
    entry->second = job;
  }
}

void JobSink::resolve_dependencies(bool waits_from_submission) {
  if (depends_.empty()) return;
  Index wanted;
  for (const auto& [line, on] : depends_) wanted.emplace(on, LoggedJob::kNone);
  std::unordered_map<std::uint32_t, std::string_view> by_line;
  for (const auto& [line, on] : depends_) by_line.emplace(line, on);
  std::uint64_t lost = 0;
  for (std::uint32_t i = 0; i < list_.jobs.size(); ++i) {
    LoggedJob& job = list_.jobs[i];
    if (const auto waits = by_line.find(job.line); waits != by_line.end()) {
      // Jobs come in the order of submission: the last of this number before this one.
      job.after = wanted.find(waits->second)->second;
      if (job.after == LoggedJob::kNone) ++lost;
      if (waits_from_submission && job.after != LoggedJob::kNone) hold_until_end(list_.jobs[job.after], job);
    }
    if (const auto found = wanted.find(job.id); found != wanted.end()) found->second = i;
  }
  if (lost > 0)
    list_.notes.push_back(
        fmt::format("{} jobs name a preceding job that is not among those kept before them: they count as "
                    "submitted when the log "
                    "says",
                    lost));
}

void JobSink::name_clusters() {
  std::vector<char> used(list_.clusters.size(), 0);
  for (const LoggedJob& job : list_.jobs) used[job.cluster] = 1;
  if (std::count(used.begin(), used.end(), 1) < 2) return;
  for (LoggedJob& job : list_.jobs)
    if (job.cluster != 0) job.id = list_.clusters[job.cluster] + "/" + job.id;
}

bool JobSink::one_clock(std::uint32_t line, std::initializer_list<std::string_view> instants) {
  Clock kind = Clock::kBlank;
  for (const std::string_view text : instants) {
    if (blank(text)) continue;
    const Clock one = clock_of(text);
    if (one == Clock::kNumber && text == "0") continue;  // stands for none in some logs
    if (kind != Clock::kBlank && one != kind) {
      finding(Finding::kBroken, line,
              one == Clock::kNumber || kind == Clock::kNumber
                  ? "some of its times are dates and others numbers"
                  : "some of its times have a time zone and others have none");
      return false;
    }
    kind = one;
  }
  ++clocks_[static_cast<std::size_t>(kind)];
  return true;
}

/// Lines that count by different clocks, and times that lie too far apart for one log.
void JobSink::say_clocks() {
  const std::uint64_t numbers = clocks_[1], local = clocks_[2], zoned = clocks_[3];
  if (local > 0 && zoned > 0)
    list_.notes.push_back(fmt::format(
        "{} lines have times with a time zone and {} without: these are taken as UTC", zoned, local));
  if (numbers > 0 && local + zoned > 0)
    list_.notes.push_back(
        fmt::format("{} lines have dates and {} have numbers, which are taken as seconds since 1970",
                    local + zoned, numbers));
  constexpr double kLongestLog_s = 20.0 * 366 * 86'400;
  if (list_.jobs.empty()) return;
  const LoggedJob &first = list_.jobs.front(), &last = list_.jobs.back();
  if (const double span_s = (last.submit - first.submit).to_seconds(); span_s > kLongestLog_s)
    list_.notes.push_back(fmt::format(
        "the submissions lie {:.0f} years apart: the earliest is that of line {}, the latest of line {}",
        span_s / (365.25 * 86'400), first.line, last.line));
}

void JobSink::count_unfinished() {
  if (open_units_ <= 0) return;
  const double until_s = (last_instant_ - base::SimTime{0}).to_seconds();
  list_.quality.findings[static_cast<std::size_t>(Finding::kNotEnded)].unit_s +=
      std::max(0.0, open_units_ * until_s - open_unit_s_);
}

void JobSink::finish(bool by_number) {
  drop_duplicates(by_number);
  hold_later_runs();
  const auto earlier = [](const LoggedJob& a, const LoggedJob& b) { return a.submit < b.submit; };
  if (!std::is_sorted(list_.jobs.begin(), list_.jobs.end(), earlier))  // most logs are
    std::stable_sort(list_.jobs.begin(), list_.jobs.end(), earlier);
  resolve_dependencies(by_number);
  name_clusters();
  say_clocks();
  count_unfinished();
  list_.quality.kept = list_.jobs.size();
}

bool blank(std::string_view text) {
  constexpr std::string_view kBlanks[] = {"",    "None", "none", "Unknown", "N/A", "NaN",
                                          "nan", "null", "NULL", "\\N",     "-"};
  return std::find(std::begin(kBlanks), std::end(kBlanks), text) != std::end(kBlanks);
}

Fate fate(std::string_view state) {
  std::string word;
  for (const char c : state.substr(0, state.find_first_of(" +")))
    word.push_back(c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c);
  constexpr std::string_view kNotRun[] = {"PENDING", "WAITING", "QUEUED", "REVOKED", "READY", "CONFIGURING"};
  constexpr std::string_view kNotEnded[] = {"RUNNING", "SUSPENDED", "STOPPED"};
  if (std::find(std::begin(kNotRun), std::end(kNotRun), word) != std::end(kNotRun)) return Fate::kNotRun;
  if (std::find(std::begin(kNotEnded), std::end(kNotEnded), word) != std::end(kNotEnded))
    return Fate::kNotEnded;
  return Fate::kRan;
}

Header::Header(const std::vector<std::string>& names) : written_(names) {
  std::unordered_map<std::string, std::size_t> first;
  for (const std::string& name : names) {
    const std::size_t begin = std::min(name.find_first_not_of(" \t"), name.size());
    names_.push_back(lower(name.substr(begin, name.find_last_not_of(" \t") + 1 - begin)));
    const auto [entry, fresh] = first.try_emplace(names_.back(), names_.size() - 1);
    if (!fresh && !names_.back().empty()) twins_.emplace_back(entry->second, names_.size() - 1);
  }
}

std::optional<std::string> Header::torn(const std::vector<std::string>& cells,
                                        const std::vector<std::string_view>& used) const {
  for (const auto& [a, b] : twins_)
    if (cells[a] != cells[b] && std::find(used.begin(), used.end(), names_[a]) != used.end())
      return written_[a];
  return std::nullopt;
}

bool Header::again(const std::vector<std::string>& cells) const {
  if (cells.size() != written_.size() || cells.empty()) return false;
  if (cells == written_) return true;
  if (std::find(written_.begin(), written_.end(), cells[0]) == written_.end()) return false;
  auto a = cells, b = written_;
  std::sort(a.begin(), a.end());
  std::sort(b.begin(), b.end());
  return a == b;
}

std::size_t Header::find(std::string_view name) const {
  const auto found = std::find(names_.begin(), names_.end(), name);
  return found == names_.end() ? std::string::npos : static_cast<std::size_t>(found - names_.begin());
}

std::optional<std::string> Header::missing(std::string_view format,
                                           const std::vector<std::string_view>& required) const {
  std::vector<std::string_view> absent;
  for (const auto name : required)
    if (find(name) == std::string::npos) absent.push_back(name);
  if (absent.empty()) return std::nullopt;
  std::string present = fmt::format("{}", fmt::join(written_, ", "));
  for (char& c : present)  // of a file that is no text
    if (static_cast<unsigned char>(c) < ' ' || static_cast<unsigned char>(c) > '~') c = '?';
  if (present.size() > 400) present = present.substr(0, 400) + " ...";
  return fmt::format("a {} log needs the columns {}; this one has no {} but {}", format,
                     fmt::join(required, ", "), fmt::join(absent, ", "), present);
}

}  // namespace gigawatt::logs
