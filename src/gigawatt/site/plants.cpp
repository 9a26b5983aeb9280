#include "gigawatt/site/plants.h"

#include <algorithm>
#include <memory>

#include "gigawatt/config/read.h"
#include "gigawatt/config/toml.h"

namespace gigawatt::site {
namespace {

tl::expected<CoolingPlant, base::Diagnostics> plant_of(
    const tl::expected<config::Node, base::Diagnostics>& node) {
  if (!node) return tl::unexpected(node.error());
  CoolingPlant plant;
  base::Diagnostics problems;
  config::Reader(*node, problems).read(plant);
  if (base::has_errors(problems)) return tl::unexpected(std::move(problems));
  return plant;
}

}  // namespace

tl::expected<CoolingPlant, base::Diagnostics> read_plant(const std::string& text, const std::string& name) {
  return plant_of(config::parse_toml(std::make_shared<base::SourceText>(base::SourceText{name, text})));
}

tl::expected<std::vector<CoolingPlant>, base::Diagnostics> load_plants(const std::filesystem::path& folder) {
  std::error_code error;
  std::vector<std::filesystem::path> files;
  for (std::filesystem::directory_iterator it(folder, error), end; !error && it != end; it.increment(error))
    if (it->path().extension() == ".toml") files.push_back(it->path());
  if (error || files.empty())
    return tl::unexpected(base::Diagnostics{
        base::error("unreadable-folder", "'" + folder.string() + "' holds no cooling plants")});
  std::sort(files.begin(), files.end());
  std::vector<CoolingPlant> out;
  base::Diagnostics problems;
  for (const auto& file : files) {
    auto plant = plant_of(config::read_toml(file));
    if (plant)
      out.push_back(std::move(*plant));
    else
      problems.insert(problems.end(), plant.error().begin(), plant.error().end());
  }
  if (!problems.empty()) return tl::unexpected(std::move(problems));
  return out;
}

}  // namespace gigawatt::site
