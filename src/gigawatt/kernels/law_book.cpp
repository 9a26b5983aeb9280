#include "gigawatt/kernels/law_book.h"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "gigawatt/config/read.h"
#include "gigawatt/config/toml.h"

namespace gigawatt::kernels {
namespace {

struct LawRecord {
  std::string name;
  double exponent = 1;
  std::int64_t calls = 0;
  double median_error_pct = 0;
  std::vector<double> slowness;
};

struct ChipRecord {
  std::string chip;
  std::string generation;
  std::string source;
  std::string provenance;
  std::vector<LawRecord> laws;
};

struct BorrowerRecord {
  std::vector<Borrower> borrowers;
  catalog::Sourced known_width, unknown_width;
};

void fields(config::FieldVisitor& v, BorrowerRecord& x) {
  v(x.borrowers, {.key = "borrower", .doc = "Generations that borrow."});
  sourced(v, x.known_width,
          {.key = "known_width", .doc = "Power of the band of those.", .min = 1, .max = 5, .required = true});
  sourced(v, x.unknown_width,
          {.key = "unknown_width", .doc = "The same of all others.", .min = 1, .max = 5, .required = true});
}

void fields(config::FieldVisitor& v, LawRecord& x) {
  v(x.name, {.key = "name", .doc = "Operation, formats and kernel.", .required = true});
  v(x.exponent, {.key = "exponent", .doc = "Norm of the terms.", .min = 1, .required = true});
  v(x.calls, {.key = "calls", .doc = "Measured calls behind it.", .min = 0});
  v(x.median_error_pct, {.key = "median_error_pct", .doc = "Median error on them, percent.", .min = 0});
  v(x.slowness, {.key = "slowness", .doc = "Factor of each term.", .min = 0, .required = true});
}

void fields(config::FieldVisitor& v, ChipRecord& x) {
  v(x.chip, {.key = "chip", .doc = "Accelerator of the catalogue.", .required = true});
  v(x.generation, {.key = "generation", .doc = "Its generation.", .required = true});
  v(x.source, {.key = "source", .doc = "Key of the measurements.", .required = true});
  v(x.provenance, {.key = "provenance", .doc = "How and from what the laws were fitted."});
  v(x.laws, {.key = "law", .doc = "One law a kernel."});
}

}  // namespace

void fields(config::FieldVisitor& v, Borrower& x) {
  v(x.generation, {.key = "generation", .doc = "Generation of the chips that borrow.", .required = true});
  v(x.laws, {.key = "laws", .doc = "Accelerator whose laws they borrow.", .required = true});
  v(x.compute,
    {.key = "compute", .doc = "Reached share of the peak over the lender's.", .min = 0.05, .max = 2});
  v(x.memory, {.key = "memory", .doc = "The same of memory bandwidth.", .min = 0.05, .max = 2});
  sourced(v, x.experts,
          {.key = "experts", .doc = "The same of grouped products, beside both.", .min = 0.05, .max = 2});
  v(x.source, {.key = "source", .doc = "Key of the measurements.", .required = true});
}

const Law* ChipLaws::find(std::string_view name) const {
  const auto it = laws_.find(name);
  return it == laws_.end() ? nullptr : &it->second;
}

const Law* ChipLaws::find_first(std::span<const std::string> names) const {
  for (const auto& name : names)
    if (const Law* law = find(name)) return law;
  return nullptr;
}

tl::expected<LawBook, base::Diagnostics> LawBook::load(const std::filesystem::path& folder) {
  std::vector<std::filesystem::path> files;
  std::error_code failed;
  for (const auto& entry : std::filesystem::directory_iterator(folder, failed))
    if (entry.path().extension() == ".toml") files.push_back(entry.path());
  if (files.empty())
    return tl::unexpected(
        base::Diagnostics{base::error("no-laws", fmt::format("{}: no fitted laws there", folder.string()),
                                      "tools/fit_kernel_laws writes them")});
  std::sort(files.begin(), files.end());
  LawBook book;
  base::Diagnostics problems;
  for (const auto& file : files) {
    const auto node = config::read_toml(file);
    if (!node) return tl::unexpected(node.error());
    ChipRecord record;
    config::Reader(*node, problems).read(record);
    ChipLaws laws;
    laws.chip = record.chip;
    laws.generation = record.generation;
    for (const auto& r : record.laws) {
      Law law;
      law.exponent = r.exponent;
      law.calls = static_cast<std::size_t>(r.calls);
      law.median_error_pct = r.median_error_pct;
      for (std::size_t i = 0; i < std::min(r.slowness.size(), law.slowness.size()); ++i)
        law.slowness[i] = r.slowness[i];
      laws.set(r.name, law);
    }
    book.add(std::move(laws));
  }
  if (const auto file = folder.parent_path() / "borrowed_laws.toml"; std::filesystem::exists(file, failed)) {
    const auto node = config::read_toml(file);
    if (!node) return tl::unexpected(node.error());
    BorrowerRecord record;
    config::Reader(*node, problems).read(record);
    book.borrowers_ = std::move(record.borrowers);
    book.known_width_ = record.known_width;
    book.unknown_width_ = record.unknown_width;
  }
  if (base::has_errors(problems)) return tl::unexpected(problems);
  return book;
}

Borrower LawBook::borrower(const catalog::Accelerator& accelerator, const ChipLaws& laws) const {
  if (laws.chip != accelerator.name)
    for (const auto& b : borrowers_)
      if (b.generation == accelerator.generation && b.laws == laws.chip) {
        Borrower out = b;
        out.known = true;
        return out;
      }
  return {};
}

Lent LawBook::lend(const catalog::Accelerator& accelerator,
                   const std::vector<catalog::Accelerator>& accelerators) const {
  const ChipLaws* laws = nearest(accelerator, accelerators);
  if (laws == nullptr) return {};
  Lent lent{laws, borrower(accelerator, *laws)};
  // A chip of one or two large cores would leave all but one of them idle under laws that count blocks in waves.
  if (laws->chip == accelerator.name || laws->generation == accelerator.generation) return lent;
  lent.borrowed.width = lent.borrowed.known ? known_width_ : unknown_width_;
  if (!lent.borrowed.known)
    for (const auto& other : accelerators)
      if (other.name == laws->chip) lent.borrowed.sms = other.sm_count;
  return lent;
}

const ChipLaws* LawBook::own(std::string_view chip) const {
  for (const auto& laws : chips_)
    if (laws.chip == chip) return &laws;
  return nullptr;
}

const ChipLaws* LawBook::nearest(const catalog::Accelerator& accelerator,
                                 const std::vector<catalog::Accelerator>& accelerators) const {
  if (const ChipLaws* mine = own(accelerator.name)) return mine;
  for (const auto& b : borrowers_)
    if (b.generation == accelerator.generation)
      if (const ChipLaws* lent = own(b.laws)) return lent;
  const auto intensity = [](const catalog::Accelerator& a) {
    return std::log(std::max(a.peak(catalog::Precision::kBf16), 1.0) /
                    std::max(a.memory_bandwidth.value, 1.0));
  };
  const ChipLaws* best = nullptr;
  double least = 0;
  for (const auto& laws : chips_)
    for (const auto& other : accelerators) {
      if (other.name != laws.chip) continue;
      constexpr double kOtherGeneration = 100;  // any chip of the same generation is nearer
      const double away =
          std::abs(intensity(other) - intensity(accelerator)) +
          (laws.generation == accelerator.generation ? 0 : kOtherGeneration) +
          (other.vendor == accelerator.vendor || other.vendor == "NVIDIA" ? 0 : kOtherGeneration);
      if (best == nullptr || away < least) {
        best = &laws;
        least = away;
      }
    }
  return best;
}

std::string to_toml(const ChipLaws& laws, std::string_view provenance) {
  std::string out = fmt::format(
      "# Written by tools/fit_kernel_laws; do not edit. The terms behind `slowness` are in kernels/*.h.\n"
      "chip = \"{}\"\ngeneration = \"{}\"\nsource = \"kernel-calls-2026\"\nprovenance = \"{}\"\n",
      laws.chip, laws.generation, provenance);
  for (const auto& [name, law] : laws.all()) {
    std::size_t used = law.slowness.size();
    while (used > 1 && law.slowness[used - 1] == 0) --used;
    std::string list;
    for (std::size_t i = 0; i < used; ++i)
      list += fmt::format("{}{:.5g}", i == 0 ? "" : ", ", law.slowness[i]);
    out += fmt::format(
        "\n[[law]]\nname = \"{}\"\nexponent = {}\ncalls = {}\nmedian_error_pct = {:.1f}\nslowness = [{}]\n",
        name, law.exponent, law.calls, law.median_error_pct, list);
  }
  return out;
}

}  // namespace gigawatt::kernels
