#pragma once
/// Where fitted constants are looked up: the shipped folder (data/calibration), and sets of the user's own, which
/// go before it. A file is read once, however many chips ask for it; one library serves one thread.

#include <concepts>
#include <filesystem>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <tl/expected.hpp>

#include "gigawatt/base/diagnostic.h"
#include "gigawatt/catalog/fitted.h"

namespace gigawatt::catalog {

class FittedLibrary {
 public:
  template <typename Path>
    requires std::convertible_to<Path, std::filesystem::path>
  FittedLibrary(Path&& folder) : folder_(std::forward<Path>(folder)) {}  // NOLINT: a folder is a library

  FittedLibrary(std::filesystem::path folder, std::vector<FittedSet> own)
      : folder_(std::move(folder)), own_(std::move(own)) {}

  /// `kind`/default.toml with the constants of the first candidate that exists laid over it: of the user's own sets,
  /// else the file `kind`/<candidate>.toml. `name` of the answer says which one that was. A value outside its bounds
  /// is an error. The answer lives as long as the library.
  const tl::expected<FittedSet, base::Diagnostics>& find(std::string_view kind,
                                                         std::span<const std::string> candidates) const;

  /// The set of a kind of which there is one: the user's own, else `kind`.toml.
  tl::expected<FittedSet, base::Diagnostics> only(std::string_view kind) const;

  const std::filesystem::path& folder() const { return folder_; }

 private:
  using Set = tl::expected<FittedSet, base::Diagnostics>;

  const FittedSet* own(std::string_view kind, std::string_view name) const;
  const Set& shipped(const std::filesystem::path& file) const;

  std::filesystem::path folder_;
  std::vector<FittedSet> own_;
  const Set& laid_over_default(const std::string& name, const FittedSet& set, const FittedSet& base) const;

  mutable std::map<std::filesystem::path, Set> shipped_;  ///< what has been read
  mutable std::map<std::string, Set> found_;              ///< by kind and name, laid over its kind's default
};

/// The sets of a user's own calibration: a file (`read_fitted_file`), or every TOML file below a folder that holds
/// sets. Nothing there is an error.
tl::expected<std::vector<FittedSet>, base::Diagnostics> read_own_sets(const std::filesystem::path& path);

}  // namespace gigawatt::catalog
