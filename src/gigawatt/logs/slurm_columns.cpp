#include "gigawatt/logs/slurm_columns.h"

#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "gigawatt/logs/job_format.h"
#include "gigawatt/logs/lines.h"

namespace gigawatt::logs {
namespace {

constexpr std::array<std::string_view, 16> kStates = {
    "COMPLETED", "FAILED",   "CANCELLED", "TIMEOUT",   "NODE_FAIL", "OUT_OF_MEMORY",
    "PREEMPTED", "REQUEUED", "RUNNING",   "PENDING",   "SUSPENDED", "BOOT_FAIL",
    "DEADLINE",  "REVOKED",  "RESIZING",  "COMPLETING"};

bool is_number_of_job(std::string_view text) {
  if (text.empty() || text[0] < '0' || text[0] > '9') return false;
  return text.find_first_not_of("0123456789_+[]-%,.abcehinrtx") == std::string_view::npos;
}

bool is_date(std::string_view text) {
  return text == "Unknown" || text == "None" || (text.size() >= 10 && text[4] == '-' && timestamp(text));
}

bool is_state(std::string_view text) {
  const auto word = text.substr(0, text.find(' '));
  return std::find(kStates.begin(), kStates.end(), word) != kStates.end();
}

bool is_tres(std::string_view text) {
  return text.find("gres/gpu") != std::string_view::npos || text.find("cpu=") != std::string_view::npos;
}

bool is_duration(std::string_view text) {
  return text == "UNLIMITED" || text == "Partition_Limit" ||
         (text.find(':') != std::string_view::npos && slurm_duration_us(text));
}

tl::unexpected<std::string> unclear(std::string_view why) {
  return tl::unexpected(
      fmt::format("this looks like `sacct` without its header line, and {}; put the header in front, such as "
                  "JobID|User|Submit|Start|End|Timelimit|AllocTRES|NodeList|State",
                  why));
}

}  // namespace

char slurm_separator(std::string_view line) {
  for (const char c : {'|', '\t', ';', ','})
    if (line.find(c) != std::string_view::npos) return c;
  return '\0';
}

bool looks_like_slurm_row(const std::vector<std::string>& cells) {
  return !cells.empty() && is_number_of_job(cells[0]) &&
         std::count_if(cells.begin(), cells.end(), is_date) >= 3 &&
         std::any_of(cells.begin(), cells.end(), [](const auto& c) { return is_state(c) || is_tres(c); });
}

tl::expected<std::vector<std::string>, std::string> guess_slurm_columns(
    const std::vector<std::string>& cells) {
  if (!looks_like_slurm_row(cells))
    return tl::unexpected(
        std::string("the first line names no column JobID, and is no line of `sacct` either"));
  std::vector<std::string> columns(cells.size());
  if (columns.size() > 1 && cells.back().empty()) columns.pop_back();
  std::vector<std::size_t> dates, durations;
  std::size_t tres = 0, states = 0;
  columns[0] = "JobID";
  for (std::size_t i = 1; i < columns.size(); ++i) {
    if (is_date(cells[i])) {
      dates.push_back(i);
    } else if (is_duration(cells[i])) {
      durations.push_back(i);
    } else if (is_tres(cells[i])) {
      columns[i] = "AllocTRES";
      ++tres;
    } else if (is_state(cells[i])) {
      columns[i] = "State";
      ++states;
    } else if (cells[i] == "None assigned") {
      columns[i] = "NodeList";
    }
  }
  if (dates.size() != 3 && dates.size() != 4)
    return unclear(
        fmt::format("{} of its columns are dates (Submit, Start and End are three)", dates.size()));
  if (tres != 1) return unclear(fmt::format("{} of its columns are resources (AllocTRES is one)", tres));
  if (states > 1) return unclear("several of its columns are states");
  constexpr std::string_view kThree[] = {"Submit", "Start", "End"};
  constexpr std::string_view kFour[] = {"Submit", "Eligible", "Start", "End"};
  std::optional<base::SimTime> before;
  for (std::size_t k = 0; k < dates.size(); ++k) {
    columns[dates[k]] = dates.size() == 3 ? kThree[k] : kFour[k];
    const auto at = timestamp(cells[dates[k]]);
    if (at && before && *at < *before) return unclear("its dates do not follow one another");
    if (at) before = at;
  }
  const auto start = timestamp(cells[dates[dates.size() - 2]]);
  const auto end = timestamp(cells[dates.back()]);
  std::size_t limits = 0;
  for (const std::size_t i : durations) {
    const auto us = elapsed_us(cells[i]);
    const bool elapsed = us && start && end && *us == (*end - *start).us && durations.size() > 1;
    columns[i] = elapsed ? "Elapsed" : "Timelimit";
    if (!elapsed) ++limits;
  }
  if (limits > 1) return unclear("several of its columns are durations");
  return columns;
}

}  // namespace gigawatt::logs
