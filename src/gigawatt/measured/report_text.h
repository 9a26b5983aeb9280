#pragma once
/// Reports of measured kernels and serving rows as JSON (the keys of docs/reference) and as tables for people.

#include <string>

#include <nlohmann/json_fwd.hpp>

#include "gigawatt/measured/kernel_folder.h"
#include "gigawatt/measured/serving_errors.h"

namespace gigawatt::measured {

nlohmann::ordered_json to_json(const KernelReport& report);
nlohmann::ordered_json to_json(const ServingReport& report);
std::string to_text(const KernelReport& report);
std::string to_text(const ServingReport& report);

/// Both questions as `gigawatt validate` asks them; messages call the rows `name`. `data`: the program's data folder.
tl::expected<KernelReport, base::Diagnostics> validate_kernels_of(const std::filesystem::path& folder,
                                                                  const std::filesystem::path& data,
                                                                  const catalog::Catalog& catalog);
tl::expected<ServingReport, base::Diagnostics> validate_serving_of(const config::CsvTable& rows,
                                                                   const std::string& name,
                                                                   const std::filesystem::path& data,
                                                                   const catalog::Catalog& catalog);

}  // namespace gigawatt::measured
