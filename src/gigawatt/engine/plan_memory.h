#pragma once
/// Plans that searches have found, remembered by their question: in the process, and in a file that later processes
/// of the same build read. A search of a scenario takes tenths of a second and is asked again by every run, claim,
/// override and shard of a sweep.
///
/// What is remembered is the plan (or why there is none), not its time: that is computed anew, so that an answer is
/// the same to the last bit with and without a memory. The question names all that decides the plan, the bytes of the
/// data files included (knowledge_digest), and each build of the program has a file of its own. The file may be
/// deleted at any time; lines that are cut off or damaged are passed over, and processes may append side by side.

#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <tl/expected.hpp>

#include "gigawatt/catalog/fitted.h"
#include "gigawatt/step/plan.h"

namespace gigawatt::engine {

/// A plan, or in words why no plan does.
using RememberedPlan = tl::expected<step::ParallelPlan, std::string>;

/// A digest of the chips, systems, models, software and constants in a data folder and of the user's own constants, as
/// they are when this is made: before they are read. It is computed when it is asked for, which most commands never do;
/// a file that has changed since tells by its time of change, which nobody can set.
class KnowledgeDigest {
 public:
  KnowledgeDigest(std::filesystem::path data, const std::vector<catalog::FittedSet>& own);

  /// 16 digits; empty where a file has changed since: what was read is not there any more. Any thread may ask.
  const std::string& text() const;

 private:
  std::filesystem::path data_;
  std::string own_;
  std::int64_t made_ns_ = 0;
  mutable std::once_flag once_;
  mutable std::string text_;
};

/// Any thread may use it.
class PlanMemory {
 public:
  /// The one of this process. Its folder is $GIGAWATT_CACHE, else gigawatt below $XDG_CACHE_HOME or ~/.cache;
  /// where that is "off" or cannot be written, the process alone remembers.
  static PlanMemory& of_process();

  /// `folder` empty: no file.
  explicit PlanMemory(std::filesystem::path folder);

  std::optional<RememberedPlan> find(std::string_view question);
  void keep(std::string_view question, const RememberedPlan& plan);

 private:
  void read_file();

  std::filesystem::path file_;
  std::mutex mutex_;  ///< of what follows
  bool read_ = false;
  std::map<std::string, RememberedPlan, std::less<>> plans_;
};

/// The plan that answers a question: as the process remembers it, else as `search` finds it. The question says all that
/// decides the plan beside what is `known`; where that is null or has changed, nothing is remembered.
RememberedPlan remembered_plan(const KnowledgeDigest* known, const std::string& question,
                               const std::function<RememberedPlan()>& search);

}  // namespace gigawatt::engine
