#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "gigawatt/ask/overwrite.h"
#include "gigawatt/base/nearest.h"
#include "gigawatt/catalog/schema.h"
#include "gigawatt/catalog/show.h"
#include "gigawatt/cli/commands.h"
#include "gigawatt/config/image.h"
#include "gigawatt/engine/shown_counts.h"
#include "gigawatt/engine/software_entries.h"
#include "gigawatt/scenario/load.h"
#include "gigawatt/sweep/schema.h"

namespace gigawatt::cli {
namespace {

int list(const catalog::Catalog& c, std::span<const catalog::Entry> software, const std::string& kind,
         const Common& common, Console& console) {
  auto kinds = catalog::kinds();
  kinds.emplace_back(engine::kSoftwareKind);
  if (!kind.empty() && std::find(kinds.begin(), kinds.end(), kind) == kinds.end())
    throw InputError(
        {base::error("unknown-kind", fmt::format("no kind '{}': {}", kind, fmt::join(kinds, ", ")),
                     base::did_you_mean(kind, kinds))});
  console.print(common.json ? catalog::list_json(c, kind, software).dump(2) + "\n"
                            : catalog::list_text(c, kind, software));
  return kDone;
}

void write_image(const std::string& file, const Common& common) {
  const auto problems = ask::overwritten({}, {{"image", file}}, data_directory());
  if (!problems.empty()) throw InputError(problems);
  auto& image = config::Image::of_process();
  image.record();
  knowledge(common);
  try {
    image.save(file);
  } catch (const std::exception& e) {
    throw OutputError(fmt::format("{}: {}", file, e.what()));
  }
}

}  // namespace

int catalog_command(const CatalogArguments& a, const Common& common, Console& console) {
  if (a.action == "image") return write_image(a.name, common), kDone;
  const auto known = knowledge(common);
  const auto software = engine::software_entries(known.software);
  if (a.action == "list") return list(known.catalog, software, a.name, common, console);
  if (common.json) {
    auto shown = catalog::show_json(known.catalog, a.name, software);
    if (!shown) throw InputError({base::error("unknown-name", shown.error().message())});
    engine::add_counts(*shown, known.catalog);
    console.print(shown->dump(2) + "\n");
  } else {
    const auto shown = catalog::show_text(known.catalog, a.name, software);
    if (!shown) throw InputError({base::error("unknown-name", shown.error().message())});
    console.print(*shown + engine::counts_text(known.catalog, a.name));
  }
  return kDone;
}

int schema_command(const std::string& what, const Common&, Console& console) {
  if (what == "scenario") return console.print(scenario::scenario_schema()), kDone;
  if (what == "sweep") return console.print(sweep::sweep_schema()), kDone;
  if (what == "catalog") return console.print(catalog::catalog_schema()), kDone;
  throw InputError(fmt::format("there is no schema of '{}': scenario, sweep, catalog", what));
}

}  // namespace gigawatt::cli
