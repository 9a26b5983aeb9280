#pragma once
/// The fitted laws of all chips: data/calibration/laws/<chip>.toml, written by tools/fit_kernel_laws.
///
/// A chip without measurements borrows the laws of the one whose data sheet is nearest (same generation first): terms
/// carry the data sheet, so that a law is a set of efficiencies.

#include <filesystem>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include <tl/expected.hpp>

#include "gigawatt/base/diagnostic.h"
#include "gigawatt/catalog/accelerator.h"
#include "gigawatt/kernels/law.h"

namespace gigawatt::config {
class FieldVisitor;
}

namespace gigawatt::kernels {

/// What a chip without measured kernels reaches of its data sheet, over what the chip reaches whose laws it borrows.
struct Borrower {
  std::string generation;
  std::string laws;  ///< canonical name of the lender
  double compute = 1;
  double memory = 1;
  catalog::Sourced experts{.value = 1,
                           .low = 1,
                           .high = 1,
                           .source = {},
                           .kind = {},
                           .reason = {}};  ///< of grouped products, beside the two above
  std::string source;
  bool known = false;  ///< it is written down; else ones stand for all that nobody measured
  double width =
      1;  ///< of what is predicted: the power to which the band of chips with laws of their own is raised
  double sms = 0;  ///< whose thread blocks the laws speak of: the lender's where nothing is known; 0: its own
};

void fields(config::FieldVisitor& v, Borrower& x);

/// The laws of one chip by name (`law_names` of call.h).
class ChipLaws {
 public:
  std::string chip;        ///< canonical name of the accelerator
  std::string generation;  ///< of the accelerator

  void set(std::string name, const Law& law) { laws_[std::move(name)] = law; }
  const Law* find(std::string_view name) const;
  /// The law of the first name that is known; nullptr: none.
  const Law* find_first(std::span<const std::string> names) const;
  const std::map<std::string, Law, std::less<>>& all() const { return laws_; }

 private:
  std::map<std::string, Law, std::less<>> laws_;
};

/// The laws that answer for a chip, and how the chip compares with the one they were measured on.
struct Lent {
  const ChipLaws* laws = nullptr;  ///< null: the book is empty
  Borrower borrowed;
};

class LawBook {
 public:
  /// Reads every TOML file of the folder, and `borrowed_laws.toml` beside it if there is one.
  static tl::expected<LawBook, base::Diagnostics> load(const std::filesystem::path& folder);

  void add(ChipLaws laws) { chips_.push_back(std::move(laws)); }
  /// The chip's own laws; nullptr: it has none.
  const ChipLaws* own(std::string_view chip) const;
  /// Its own, else those that its generation borrows, else those of its generation, else of the nearest bandwidth per
  /// FLOP; nullptr: the book is empty.
  const ChipLaws* nearest(const catalog::Accelerator& accelerator,
                          const std::vector<catalog::Accelerator>& accelerators) const;
  /// Both at once: what a prediction for the accelerator stands on.
  Lent lend(const catalog::Accelerator& accelerator,
            const std::vector<catalog::Accelerator>& accelerators) const;
  const std::vector<ChipLaws>& chips() const { return chips_; }
  /// How the accelerator compares with the chip of these laws; ones where nothing is known.
  Borrower borrower(const catalog::Accelerator& accelerator, const ChipLaws& laws) const;

 private:
  std::vector<ChipLaws> chips_;
  std::vector<Borrower> borrowers_;
  double known_width_ = 1, unknown_width_ = 1;
};

/// The file of one chip's laws.
std::string to_toml(const ChipLaws& laws, std::string_view provenance);

}  // namespace gigawatt::kernels
