#pragma once
/// Options of Megatron-LM with their values, as given. Private to this module.

#include <cstdint>
#include <map>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "gigawatt/base/diagnostic.h"
#include "gigawatt/interop/megatron_options.h"

namespace gigawatt::interop {

class MegatronArguments {
 public:
  using Values = std::vector<std::string>;

  explicit MegatronArguments(std::span<const std::string> texts);

  bool has(std::string_view name) const;
  /// The first value; "" where there is none.
  std::string text(std::string_view name) const;
  /// All values; empty where there are none.
  const Values& values(std::string_view name) const;
  /// A whole number from 1 (or `least`) to `most`; a problem, and `usual`, where it is none.
  std::int64_t number(std::string_view name, std::int64_t usual, std::int64_t most = 1'000'000'000,
                      std::int64_t least = 1);
  std::int32_t degree(std::string_view name);

  /// The Python file that is run, without its folder; empty: none is named.
  const std::string& program() const { return program_; }
  /// Processes that #SBATCH, srun, mpirun or deepspeed ask for; 0: nothing.
  std::int64_t of_scheduler() const { return of_scheduler_; }
  /// ZeRO's stage by a DeepSpeed configuration in the text; negative: there is none.
  int deepspeed_stage() const { return deepspeed_stage_; }
  /// Options that were given several times in one command, of which the last counts.
  const std::vector<std::string>& repeated() const { return repeated_; }

  void wrong(std::string code, std::string message, std::string hint = {});
  base::Diagnostics take_problems() { return std::move(problems_); }

  /// Options that were given and decide nothing here, as they are known to.
  std::vector<std::string> neutral() const;
  /// Options that were given, decide something, and that nobody has asked for.
  std::vector<std::string> unread() const;

 private:
  void scan(std::span<const std::string> words, std::size_t command);
  void take(const MegatronOption& option, const std::string& word, const Values& values, bool joined,
            std::size_t command);
  void ask_launcher(std::span<const std::string> words,
                    std::map<std::string, std::string, std::less<>>& asked);
  void read_deepspeed(const std::string& text);
  void ask_scheduler(const std::map<std::string, std::string, std::less<>>& asked);

  struct Given {
    Values values;
    std::size_t command = 0;
  };

  std::map<std::string, Given, std::less<>> given_;
  std::string program_;
  std::int64_t of_scheduler_ = 0;
  int deepspeed_stage_ = -1;
  std::vector<std::string> repeated_;
  std::vector<std::pair<std::string, Decides>> decides_;  // in the order of the text
  mutable std::set<std::string, std::less<>> asked_;
  std::set<std::string, std::less<>> unset_;
  base::Diagnostics problems_;
};

}  // namespace gigawatt::interop
