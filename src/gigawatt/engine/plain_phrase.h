#pragma once
/// Questions as people say them: "1 GW of GB300", "Llama 4 Maverick, 22T tokens, 60 days", "100,000 H100".
///
/// From the left: the longest run of words that is a name of the catalogue; else a figure with what it counts (a power, days,
/// weeks or months, tokens, accelerators, servers, racks; a bare count before a system counts accelerators, unless its name is
/// that of a server or a rack: "12 DGX B200", "10 GB200 NVL72"); else a word that begins a name.
/// Every word is used or named as unknown.

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

#include <fmt/format.h>
#include <tl/expected.hpp>

#include "gigawatt/base/diagnostic.h"
#include "gigawatt/base/nearest.h"
#include "gigawatt/catalog/catalog.h"

namespace gigawatt::engine {

struct PlainQuery;

/// Names that an entry goes by.
template <typename Entry>
std::vector<std::string> names_of(const Entry& e) {
  std::vector<std::string> all = {e.name, e.title};
  all.insert(all.end(), e.aliases.begin(), e.aliases.end());
  return all;
}

/// The entry that goes by this name, but for blanks, signs, capitals and a plural.
template <typename Entry>
const Entry* named(const std::vector<Entry>& entries, std::string_view text) {
  const std::string wanted = base::letters_and_digits(text);
  if (wanted.empty()) return nullptr;
  for (const auto& e : entries)
    for (const auto& name : names_of(e))
      if (base::letters_and_digits(name) == wanted) return &e;
  return wanted.size() > 1 && wanted.back() == 's' ? named(entries, wanted.substr(0, wanted.size() - 1))
                                                   : nullptr;
}

/// Whether a name begins so, and not with a part of a number: "l4" does not begin "l40s".
inline bool begins(const std::string& name, const std::string& wanted) {
  const auto digit = [](char c) { return c >= '0' && c <= '9'; };
  return name.starts_with(wanted) &&
         !(name.size() > wanted.size() && digit(wanted.back()) && digit(name[wanted.size()]));
}

/// The entry that a person means: by its name, else the one with the shortest name that begins so, which is noted.
template <typename Entry>
const Entry* meant(const std::vector<Entry>& entries, const std::string& text,
                   std::vector<std::string>& notes) {
  const std::string wanted = base::letters_and_digits(text);
  if (wanted.empty()) return nullptr;
  if (const Entry* e = named(entries, text)) return e;
  const Entry* first = nullptr;
  for (const auto& e : entries)
    if (begins(base::letters_and_digits(e.name), wanted) &&
        (first == nullptr || e.name.size() < first->name.size()))
      first = &e;
  if (first != nullptr) notes.push_back(fmt::format("'{}' is read as {}", text, first->name));
  return first;
}

/// The query with what its phrase says. Refused: a word that means nothing, a thing said twice (in the phrase, or there and
/// by an option).
tl::expected<PlainQuery, base::Diagnostics> read_phrase(const catalog::Catalog& catalog,
                                                        const PlainQuery& query);

}  // namespace gigawatt::engine
