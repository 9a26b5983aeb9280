// Slurm's host lists: "rack[1-2]n[01-04],login" names nine nodes.
#include <fmt/format.h>

#include "gigawatt/logs/lines.h"
#include "gigawatt/logs/read_jobs.h"

namespace gigawatt::logs {
namespace {

/// What stands between brackets, "01-03,7", written out. False: malformed, or more than `most`.
bool ranges_of(std::string_view text, std::size_t most, std::vector<std::string>& out) {
  std::vector<std::string> ranges;
  split_plain(text, ',', ranges);
  for (const std::string& range : ranges) {
    const std::size_t dash = range.find('-');
    const std::string from = range.substr(0, dash);
    const std::string to = dash == std::string::npos ? from : range.substr(dash + 1);
    const auto first = whole(from);
    const auto last = whole(to);
    if (!first || !last || *first < 0 || *last < *first || static_cast<std::size_t>(*last - *first) >= most)
      return false;
    for (std::int64_t i = *first; i <= *last; ++i) out.push_back(fmt::format("{:0{}}", i, from.size()));
    if (out.size() > most) return false;
  }
  return true;
}

/// One item of the list: text and brackets in turn; the first bracket counts slowest.
bool item_of(std::string_view text, std::size_t most, std::vector<std::string>& names) {
  std::vector<std::string> all{""};
  while (!text.empty()) {
    const std::size_t open = text.find('[');
    const std::string_view plain = text.substr(0, open);
    if (plain.find(']') != std::string_view::npos) return false;
    std::vector<std::string> middle{""};
    if (open == std::string_view::npos) {
      text = {};
    } else {
      const std::size_t close = text.find(']', open);
      if (close == std::string_view::npos) return false;
      middle.clear();
      if (!ranges_of(text.substr(open + 1, close - open - 1), most, middle)) return false;
      text.remove_prefix(close + 1);
    }
    if (all.size() * middle.size() > most) return false;
    std::vector<std::string> longer;
    longer.reserve(all.size() * middle.size());
    for (const std::string& head : all)
      for (const std::string& tail : middle) longer.push_back(fmt::format("{}{}{}", head, plain, tail));
    all = std::move(longer);
  }
  if (all.size() + names.size() > most) return false;
  names.insert(names.end(), all.begin(), all.end());
  return true;
}

}  // namespace

std::optional<std::vector<std::string>> expand_host_list(std::string_view list, std::size_t most) {
  std::vector<std::string> names;
  while (!list.empty()) {
    std::size_t end = 0;  // the next comma that stands outside brackets
    for (bool inside = false; end < list.size() && (inside || list[end] != ','); ++end)
      inside = list[end] == '[' || (inside && list[end] != ']');
    const std::string_view item = list.substr(0, end);
    if (item.empty() || !item_of(item, most, names)) return std::nullopt;
    const bool more = end < list.size();
    list.remove_prefix(more ? end + 1 : end);
    if (more && list.empty()) return std::nullopt;
  }
  return names;
}

}  // namespace gigawatt::logs
