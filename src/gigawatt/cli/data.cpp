#include <cstdlib>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "gigawatt/base/version.h"
#include "gigawatt/cli/commands.h"
#include "gigawatt/config/image.h"

namespace gigawatt::cli {
namespace fs = std::filesystem;

fs::path data_directory() {
  std::error_code ignored;
  if (const char* given = std::getenv("GIGAWATT_DATA"); given != nullptr && *given != '\0') {
    if (!fs::is_directory(given, ignored))
      throw InputError(fmt::format("GIGAWATT_DATA={}: no such folder", given));
    return given;
  }
  const fs::path built = GIGAWATT_DEFAULT_DATA_DIR;
  if (fs::is_directory(built, ignored)) return built;
  const fs::path installed =
      fs::read_symlink("/proc/self/exe", ignored).parent_path() / "../share/gigawatt/data";
  if (fs::is_directory(installed, ignored)) return fs::canonical(installed);
  throw InputError(fmt::format("the data folder is missing: neither {} nor {} exists; set GIGAWATT_DATA",
                               built.string(), installed.lexically_normal().string()));
}

std::vector<catalog::FittedSet> own_constants(const Common& common) {
  if (common.calibration.empty()) return {};
  auto sets = catalog::read_own_sets(common.calibration);
  if (!sets) throw InputError(sets.error());
  return std::move(*sets);
}

namespace {

/// What the build made of the data's files (config/image.h): as good as they, and read at once.
void use_image() {
  auto& image = config::Image::of_process();
  std::error_code ignored;
  const auto program = fs::read_symlink("/proc/self/exe", ignored);
  if (image.size() == 0 && !image.recording()) image.load(program.parent_path() / "gigawatt.image");
}

}  // namespace

engine::Knowledge knowledge(const Common& common) {
  use_image();
  auto loaded = engine::load_knowledge(data_directory(), own_constants(common));
  if (!loaded) throw InputError(loaded.error());
  return std::move(*loaded);
}

int version_command(const Common& common, Console& console) {
  console.print(common.json
                    ? nlohmann::json{{"program", "gigawatt"}, {"version", base::version()}}.dump() + "\n"
                    : base::program_name() + "\n");
  return kDone;
}

}  // namespace gigawatt::cli
