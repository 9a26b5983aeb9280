#pragma once
/// Schedulers by definition, second by second on a grid, without the arithmetic of the real ones: what fits is found
/// by trying. For small cases only.

#include <algorithm>
#include <cstdint>
#include <map>
#include <vector>

namespace gigawatt::scheduling::brute {

struct Job {
  int submit = 0, run = 0, estimate = 0, units = 0;
};

inline constexpr int kHorizon = 400;

/// Use of units by second, as the estimates say: `running` are jobs with their starts.
inline std::vector<int> use(const std::vector<Job>& jobs, const std::map<int, int>& running, int now) {
  std::vector<int> used(kHorizon, 0);
  for (const auto& [job, start] : running) {
    // A job that outlives its estimate is thought to be over at the very next moment.
    const int end = std::max(start + jobs[static_cast<std::size_t>(job)].estimate, now);
    for (int t = now; t < std::max(end, now + 1) && t < kHorizon; ++t)
      if (t < end || t == now) used[static_cast<std::size_t>(t)] += jobs[static_cast<std::size_t>(job)].units;
  }
  return used;
}

/// First second from `now` on at which a job of this size would fit, if nothing else started.
inline int first_fit(const std::vector<Job>& jobs, const std::map<int, int>& running, int now, int units,
                     int total) {
  const std::vector<int> used = use(jobs, running, now);
  for (int t = now; t < kHorizon; ++t) {
    bool fits = true;
    for (int u = t; u < kHorizon && fits; ++u) fits = used[static_cast<std::size_t>(u)] + units <= total;
    if (fits) return t;
  }
  return kHorizon;
}

/// Starts of all jobs under FIFO or EASY. Jobs in the order of submission.
inline std::vector<int> list_schedule(const std::vector<Job>& jobs, int total, bool easy) {
  std::vector<int> start(jobs.size(), -1);
  std::map<int, int> running;
  for (int now = 0; now < kHorizon; ++now) {
    std::erase_if(running, [&](const auto& r) {
      return r.second + jobs[static_cast<std::size_t>(r.first)].run <= now;
    });
    std::vector<int> queue;
    for (int j = 0; j < static_cast<int>(jobs.size()); ++j)
      if (jobs[static_cast<std::size_t>(j)].submit <= now && start[static_cast<std::size_t>(j)] < 0)
        queue.push_back(j);
    const auto free = [&] {
      int left = total;
      for (const auto& [job, since] : running) left -= jobs[static_cast<std::size_t>(job)].units;
      return left;
    };
    const auto go = [&](int job) {
      running[job] = now;
      start[static_cast<std::size_t>(job)] = now;
    };
    std::size_t i = 0;
    while (i < queue.size() && jobs[static_cast<std::size_t>(queue[i])].units <= free()) go(queue[i++]);
    if (i == queue.size() || !easy) continue;
    const Job& head = jobs[static_cast<std::size_t>(queue[i])];
    const int promised = first_fit(jobs, running, now, head.units, total);
    for (++i; i < queue.size(); ++i) {
      if (jobs[static_cast<std::size_t>(queue[i])].units > free()) continue;
      auto with = running;
      with[queue[i]] = now;
      if (first_fit(jobs, with, now, head.units, total) <= promised) go(queue[i]);
    }
  }
  return start;
}

/// Conservative backfill with exact or too long estimates: reservations stand, and who can start at once without putting one
/// off does, the first in line first.
inline std::vector<int> conservative(const std::vector<Job>& jobs, int total) {
  std::vector<int> start(jobs.size(), -1), reserved(jobs.size(), -1);
  std::map<int, int> running;
  for (int now = 0; now < kHorizon; ++now) {
    std::erase_if(running, [&](const auto& r) {
      return r.second + jobs[static_cast<std::size_t>(r.first)].run <= now;
    });
    const auto place = [&](int job) {
      std::vector<int> used = use(jobs, running, now);
      for (int other = 0; other < static_cast<int>(jobs.size()); ++other) {
        const int from = reserved[static_cast<std::size_t>(other)];
        if (other == job || from < 0 || start[static_cast<std::size_t>(other)] >= 0) continue;
        for (int t = from; t < std::min(kHorizon, from + jobs[static_cast<std::size_t>(other)].estimate); ++t)
          used[static_cast<std::size_t>(t)] += jobs[static_cast<std::size_t>(other)].units;
      }
      const Job& j = jobs[static_cast<std::size_t>(job)];
      for (int t = now; t < kHorizon; ++t) {
        bool fits = true;
        for (int u = t; u < std::min(kHorizon, t + j.estimate) && fits; ++u)
          fits = used[static_cast<std::size_t>(u)] + j.units <= total;
        if (fits) return t;
      }
      return kHorizon;
    };
    for (int j = 0; j < static_cast<int>(jobs.size()); ++j) {
      const auto i = static_cast<std::size_t>(j);
      if (jobs[i].submit <= now && start[i] < 0 && reserved[i] < 0) reserved[i] = place(j);
    }
    for (int j = 0; j < static_cast<int>(jobs.size()); ++j) {
      const auto i = static_cast<std::size_t>(j);
      if (reserved[i] != now || start[i] >= 0) continue;
      start[i] = now;
      running[j] = now;
    }
    for (int j = 0; j < static_cast<int>(jobs.size()); ++j) {
      const auto i = static_cast<std::size_t>(j);
      if (jobs[i].submit > now || start[i] >= 0 || place(j) != now) continue;
      start[i] = reserved[i] = now;
      running[j] = now;
      j = -1;  // its reservation may have made room for one before it
    }
  }
  return start;
}

}  // namespace gigawatt::scheduling::brute
