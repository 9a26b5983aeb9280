/// Any bytes as an entry of the catalogue, of the kind that the first byte picks: read by its field table and shown
/// again, or diagnostics. A model that is accepted can be counted.

#include <memory>
#include <string>
#include <vector>

#include "fuzz.h"
#include "gigawatt/catalog/catalog.h"
#include "gigawatt/catalog/citations.h"
#include "gigawatt/catalog/json_writer.h"
#include "gigawatt/config/read.h"
#include "gigawatt/config/toml.h"
#include "gigawatt/workload/parameters.h"

namespace {

using namespace gigawatt;  // NOLINT(google-build-using-namespace): a program of one file
using fuzz::require;

void check(const catalog::Model& m) {
  if (catalog::parameter_bound(m) > catalog::kMaxParameters || m.layers > 100'000) return;
  const auto count = workload::count_parameters(m);
  require(count.total >= 0 && static_cast<double>(count.total) <= catalog::parameter_bound(m),
          "the bound holds");
}

template <typename T>
void read(const config::Node& node) {
  static const std::vector<std::string> kSources = {"hf-llama", "vendor"};
  base::Diagnostics diagnostics;
  T entry;
  config::Reader reader(node, diagnostics);
  reader.read(entry);
  catalog::check_citations(node, kSources, diagnostics);
  require(diagnostics.empty() || !base::render(diagnostics).empty(), "diagnostics can be shown");
  if (base::has_errors(diagnostics)) return;
  catalog::JsonWriter writer;
  fields(writer, entry);
  require(!writer.take().dump().empty(), "an entry can be shown");
  if constexpr (std::is_same_v<T, catalog::Model>) check(entry);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  auto source = std::make_shared<base::SourceText>(
      base::SourceText{"fuzz.toml", std::string(fuzz::as_text(data + 1, size - 1))});
  const auto root = config::parse_toml(source);
  if (!root) {
    require(!base::render(root.error()).empty(), "an error can be shown");
    return 0;
  }
  switch (data[0]) {
    case 'C': read<catalog::Accelerator>(*root); break;
    case 'Y': read<catalog::System>(*root); break;
    case 'M': read<catalog::Model>(*root); break;
    case 'N': read<catalog::Network>(*root); break;
    case 'S': read<catalog::Site>(*root); break;
    case 'F': read<catalog::FailureTable>(*root); break;
    case 'P': read<catalog::PriceTable>(*root); break;
    case 'G': read<catalog::CarbonTable>(*root); break;
    case 'D': read<catalog::FacilityDefaults>(*root); break;
    default: break;
  }
  return 0;
}
