#pragma once
/// The trainers whose configurations import_config reads. Private to this module.

#include <cstdint>
#include <initializer_list>
#include <string>
#include <vector>

#include "gigawatt/interop/settings.h"

namespace gigawatt::interop {

struct TrainerConfig {
  Settings settings;
  std::string text;                  ///< as it is, for what stands in no setting
  std::string function;              ///< the Python function that was run; empty: none
  std::vector<std::string> outside;  ///< functions that it calls and the text does not hold
  std::string model;                 ///< as the caller says it; empty: as the configuration does
  std::int64_t gpus = 0;
  const ModelFinder& find;
};

using Imported = tl::expected<MegatronImport, base::Diagnostics>;

Imported import_nemo(TrainerConfig& config);
Imported import_torchtitan(TrainerConfig& config);
Imported import_maxtext(TrainerConfig& config);

/// The model of a kind of decoder whose layers differ in more than widths; why there is none: empty where the kind is
/// none of these.
tl::expected<catalog::Model, std::string> maxtext_family(Settings& settings, const std::string& block,
                                                         base::Diagnostics& problems);

/// An error for each setting that nearly is one that decides, and would be without effect.
base::Diagnostics refuse_misspelled(const Settings& settings, const std::set<std::string>& wanted,
                                    const std::function<bool(const std::string&)>& known = {});

/// Moves what changes time or memory and is not modeled from the ignored settings to the unread ones.
void tell_unmodeled(std::string_view framework, const Settings& settings, MegatronImport& read);

tl::unexpected<base::Diagnostics> cannot_import(std::string message, std::string hint = {});

base::Diagnostic import_warning(std::string code, std::string message, std::string hint = {});

/// Degrees that multiply to the accelerators, a batch that divides; else what is wrong with `problems` before it.
Imported finish_import(MegatronImport out, Settings& settings, base::Diagnostics problems);

/// What the rest of the accelerators are, where a degree is -1.
std::int64_t left_over(std::int64_t degree, std::int64_t gpus, std::int64_t others);

/// Of factors from 0 on; at most 1e12, which is more than anything that is asked about.
std::int64_t bounded_product(std::initializer_list<std::int64_t> factors);

/// A degree as a plan holds it.
std::int32_t as_degree(std::int64_t n);

}  // namespace gigawatt::interop
