#include "gigawatt/base/hash.h"

#include <algorithm>
#include <fstream>
#include <iterator>
#include <vector>

#include <xxhash.h>

#include <fmt/format.h>

namespace gigawatt::base {

namespace fs = std::filesystem;

std::string hash_text(std::string_view bytes) {
  return fmt::format("{:016x}", XXH64(bytes.data(), bytes.size(), 0));
}

std::string hash_folder(const fs::path& folder, const std::function<bool(const fs::path&)>& takes) {
  std::vector<fs::path> names;
  std::error_code end_of_folder;
  for (fs::recursive_directory_iterator it(folder, end_of_folder), end; !end_of_folder && it != end;
       it.increment(end_of_folder)) {
    const fs::path name = it->path().lexically_relative(folder);
    if (it->is_regular_file() && takes(name)) names.push_back(name);
  }
  std::sort(names.begin(), names.end());
  std::string all;
  for (const auto& name : names) {
    std::ifstream in(folder / name, std::ios::binary);
    const std::string bytes{std::istreambuf_iterator<char>(in), {}};
    all += fmt::format("{} {}\n", name.generic_string(), hash_text(bytes));
  }
  return hash_text(all);
}

}  // namespace gigawatt::base
