#include "gigawatt/engine/plan_memory.h"

#include <algorithm>
#include <array>
#include <cstdlib>
#include <fstream>

#include <fcntl.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "gigawatt/base/build_id.h"
#include "gigawatt/base/hash.h"
#include "gigawatt/engine/plan_object.h"

namespace gigawatt::engine {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kHashDigits = 16;
constexpr std::size_t kLongestLine = 1 << 16;

fs::path cache_folder() {
  if (const char* given = std::getenv("GIGAWATT_CACHE"); given != nullptr && *given != '\0')
    return std::string_view(given) == "off" ? fs::path() : fs::path(given);
  if (const char* cache = std::getenv("XDG_CACHE_HOME"); cache != nullptr && *cache == '/')
    return fs::path(cache) / "gigawatt";
  if (const char* home = std::getenv("HOME"); home != nullptr && *home == '/')
    return fs::path(home) / ".cache" / "gigawatt";
  return {};
}

std::string line_of(std::string_view question, const RememberedPlan& plan) {
  nlohmann::ordered_json json{{"question", question}};
  if (plan)
    json["plan"] = plan_json(*plan);
  else
    json["refusal"] = plan.error();
  const std::string text = json.dump();
  return base::hash_text(text) + " " + text + "\n";
}

/// The question and its plan; nothing when the line is not one that line_of wrote.
std::optional<std::pair<std::string, RememberedPlan>> parse_line(std::string_view line) {
  if (line.size() <= kHashDigits + 1 ||
      base::hash_text(line.substr(kHashDigits + 1)) != line.substr(0, kHashDigits))
    return std::nullopt;
  const auto json = nlohmann::json::parse(line.substr(kHashDigits + 1), nullptr, false);
  if (!json.is_object() || !json.contains("question")) return std::nullopt;
  auto question = json["question"].get<std::string>();
  if (json.contains("refusal"))
    return std::pair(std::move(question), RememberedPlan(tl::unexpected(json["refusal"].get<std::string>())));
  auto plan = plan_from_json(json.value("plan", nlohmann::json::object()).dump());
  if (!plan) return std::nullopt;
  return std::pair(std::move(question), RememberedPlan(std::move(*plan)));
}

/// One write of one line, which other processes' lines cannot part.
void append_line(const fs::path& file, const std::string& line) {
  const int descriptor = ::open(file.c_str(), O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0600);
  if (descriptor < 0) return;
  [[maybe_unused]] const auto written = ::write(descriptor, line.data(), line.size());
  ::close(descriptor);
}

std::int64_t nanoseconds(const timespec& t) {
  return std::int64_t{t.tv_sec} * 1'000'000'000 + std::int64_t{t.tv_nsec};
}

/// Files of a data folder that decide plans, by their names from the folder on.
bool decides(const fs::path& name) {
  constexpr std::array<std::string_view, 6> kFolders = {"calibration", "chips",    "models",
                                                        "networks",    "software", "systems"};
  return name.extension() == ".toml" &&
         std::find(kFolders.begin(), kFolders.end(), name.begin()->string()) != kFolders.end();
}

/// Whether a file that decides plans, or a folder of such, has changed since.
bool changed_since(const fs::path& data, std::int64_t since_ns) {
  std::error_code end_of_folder;
  for (fs::recursive_directory_iterator it(data, end_of_folder), end; !end_of_folder && it != end;
       it.increment(end_of_folder)) {
    struct stat status{};
    if (::lstat(it->path().c_str(), &status) != 0) return true;
    const bool counts = S_ISDIR(status.st_mode) || decides(it->path().lexically_relative(data));
    if (counts && nanoseconds(status.st_ctim) >= since_ns) return true;
  }
  return false;
}

}  // namespace

KnowledgeDigest::KnowledgeDigest(fs::path data, const std::vector<catalog::FittedSet>& own)
    : data_(std::move(data)), own_(catalog::write_fitted(own, "")) {
  // Files are stamped with a clock that ticks every few milliseconds.
  constexpr std::int64_t kTick_ns = 20'000'000;
  timespec now{};
  ::clock_gettime(CLOCK_REALTIME, &now);
  made_ns_ = nanoseconds(now) - kTick_ns;
}

const std::string& KnowledgeDigest::text() const {
  std::call_once(once_, [this] {
    std::string found = base::hash_text(base::hash_folder(data_, decides) + own_);
    if (!changed_since(data_, made_ns_)) text_ = std::move(found);
  });
  return text_;
}

PlanMemory& PlanMemory::of_process() {
  static PlanMemory memory(cache_folder());
  return memory;
}

PlanMemory::PlanMemory(fs::path folder) {
  if (folder.empty() || base::build_id().empty()) return;
  std::error_code failed;
  fs::create_directories(folder, failed);
  if (!failed) file_ = folder / fmt::format("plans-{}", base::hash_text(base::build_id()));
}

void PlanMemory::read_file() {
  if (read_) return;
  read_ = true;
  if (file_.empty()) return;
  std::ifstream in(file_, std::ios::binary);
  for (std::string line; std::getline(in, line);)
    if (line.size() <= kLongestLine)
      if (auto found = parse_line(line))
        plans_.insert_or_assign(std::move(found->first), std::move(found->second));
}

std::optional<RememberedPlan> PlanMemory::find(std::string_view question) {
  const std::lock_guard lock(mutex_);
  read_file();
  const auto found = plans_.find(question);
  return found == plans_.end() ? std::nullopt : std::optional(found->second);
}

void PlanMemory::keep(std::string_view question, const RememberedPlan& plan) {
  const std::lock_guard lock(mutex_);
  if (!plans_.emplace(std::string(question), plan).second) return;
  if (!file_.empty()) append_line(file_, line_of(question, plan));
}

RememberedPlan remembered_plan(const KnowledgeDigest* known, const std::string& question,
                               const std::function<RememberedPlan()>& search) {
  if (known == nullptr || known->text().empty()) return search();
  const std::string whole = fmt::format("{}, knowing {}", question, known->text());
  PlanMemory& memory = PlanMemory::of_process();
  if (auto found = memory.find(whole)) return *std::move(found);
  RememberedPlan plan = search();
  memory.keep(whole, plan);
  return plan;
}

}  // namespace gigawatt::engine
