#include "gigawatt/base/nearest.h"

#include <algorithm>
#include <cctype>

namespace gigawatt::base {
namespace {

constexpr std::size_t kMaxCompared = 64;  // names are short; a hostile one is cut

std::string folded(std::string_view text) {
  std::string out(text.substr(0, kMaxCompared));
  std::transform(out.begin(), out.end(), out.begin(),
                 [](unsigned char c) { return c == '_' ? '-' : static_cast<char>(std::tolower(c)); });
  return out;
}

// Optimal string alignment: insert, delete, replace, swap of neighbors cost one each.
std::size_t edit_distance(const std::string& a, const std::string& b) {
  std::vector<std::vector<std::size_t>> d(a.size() + 1, std::vector<std::size_t>(b.size() + 1));
  for (std::size_t i = 0; i <= a.size(); ++i) d[i][0] = i;
  for (std::size_t j = 0; j <= b.size(); ++j) d[0][j] = j;
  for (std::size_t i = 1; i <= a.size(); ++i)
    for (std::size_t j = 1; j <= b.size(); ++j) {
      d[i][j] =
          std::min({d[i - 1][j] + 1, d[i][j - 1] + 1, d[i - 1][j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1)});
      if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
        d[i][j] = std::min(d[i][j], d[i - 2][j - 2] + 1);
    }
  return d[a.size()][b.size()];
}

}  // namespace

std::vector<std::string> nearest_names(std::string_view name, const std::vector<std::string>& candidates,
                                       std::size_t limit) {
  const std::string wanted = folded(name);
  std::vector<std::pair<std::size_t, std::string>> scored;
  for (const auto& candidate : candidates) {
    const std::string other = folded(candidate);
    const bool contained =
        wanted.size() >= 3 && (other.find(wanted) != std::string::npos ||
                               (other.size() >= 3 && wanted.find(other) != std::string::npos));
    const auto [shortest, longest] = std::minmax({wanted.size(), other.size()});
    const std::size_t allowed = longest <= 4 ? 1 : std::max<std::size_t>(2, longest / 3);
    if (longest - shortest > allowed && !contained) continue;  // each letter too many costs one
    std::size_t distance = edit_distance(wanted, other);
    if (contained) distance = std::min<std::size_t>(distance, 2);
    if (distance <= allowed) scored.emplace_back(distance, candidate);
  }
  std::stable_sort(scored.begin(), scored.end(),
                   [](const auto& a, const auto& b) { return a.first < b.first; });
  std::vector<std::string> out;
  for (const auto& [distance, candidate] : scored) {
    if (out.size() == limit) break;
    out.push_back(candidate);
  }
  return out;
}

std::string did_you_mean(std::string_view name, const std::vector<std::string>& candidates) {
  const auto names = nearest_names(name, candidates);
  std::string out;
  for (std::size_t i = 0; i < names.size(); ++i)
    out += (i == 0 ? "did you mean '" : i + 1 == names.size() ? " or '" : ", '") + names[i] + "'";
  return out.empty() ? out : out + "?";
}

std::string letters_and_digits(std::string_view name) {
  std::string out;
  for (const char c : name)
    if (std::isalnum(static_cast<unsigned char>(c)))
      out += static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return out;
}

}  // namespace gigawatt::base
