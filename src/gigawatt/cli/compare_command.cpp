#include "gigawatt/cli/compare_command.h"

#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

#include "gigawatt/report/compare.h"

namespace gigawatt::cli {

void compare_options(CLI::App& sub, CompareArguments& a) {
  sub.add_option("a", a.a, "Store of the first run (gigawatt run --out)")->required();
  sub.add_option("b", a.b, "Store of the second; may be the same file")->required();
  constexpr std::int64_t kMost = std::int64_t{1} << 40;
  sub.add_option("--run-a", a.run_a, "Number of the first run; default: the last of its file")
      ->check(CLI::Range(std::int64_t{1}, kMost));
  sub.add_option("--run-b", a.run_b, "Number of the second run; default: the last of its file")
      ->check(CLI::Range(std::int64_t{1}, kMost));
  sub.add_option("--tolerance", a.tolerance, "Relative difference up to which figures are equal")
      ->check(CLI::Range(0.0, 1.0));
  sub.add_option("--rows", a.rows, "Differences of each kind to show")
      ->check(CLI::Range(1, 100'000))
      ->capture_default_str();
}

int compare_command(const CompareArguments& a, const Common& common, Console& console) {
  const auto comparison = results::compare(a.a, a.run_a, a.b, a.run_b, a.tolerance);
  console.print(common.json ? report::compare_json(comparison).dump(2) + "\n"
                            : report::compare_text(comparison, a.rows, console.colour()));
  return kDone;
}

}  // namespace gigawatt::cli
