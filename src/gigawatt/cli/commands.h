#pragma once
/// One function per command; each answers an exit code and throws InputError, OutputError and what the libraries
/// throw. Private to this module.

#include <filesystem>
#include <string>
#include <vector>

#include "gigawatt/catalog/fitted_library.h"
#include "gigawatt/cli/arguments.h"
#include "gigawatt/cli/console.h"
#include "gigawatt/engine/inputs.h"

namespace gigawatt::cli {

/// $GIGAWATT_DATA, else the folder that the program was built with, else ../share/gigawatt/data beside it.
std::filesystem::path data_directory();

/// The user's own fitted constants (--calibration); empty where none are given. Throws InputError, as the next.
std::vector<catalog::FittedSet> own_constants(const Common& common);
engine::Knowledge knowledge(const Common& common);

int calibrate_command(const CalibrateArguments& arguments, const Common& common, Console& console);
int catalog_command(const CatalogArguments& arguments, const Common& common, Console& console);
int import_command(const ImportArguments& arguments, const Common& common, Console& console);
int serve_command(const ServeArguments& arguments, const Common& common, Console& console);
int schema_command(const std::string& what, const Common& common, Console& console);
int version_command(const Common& common, Console& console);

}  // namespace gigawatt::cli
