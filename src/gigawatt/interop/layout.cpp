#include "gigawatt/interop/layout.h"

#include <charconv>

#include <fmt/format.h>

namespace gigawatt::interop {
namespace {

constexpr std::size_t kMostCharacters = 65536;

std::string times(std::string_view what, std::int64_t count) {
  if (count == 0) return "";
  return count == 1 ? std::string(what) : fmt::format("{}*{}", what, count);
}

/// Writes every repeat out: "(tt|)*2" as "tt|tt|".
class Expander {
 public:
  explicit Expander(std::string_view text) : text_(text) {}

  tl::expected<std::string, std::string> run() {
    std::string out = sequence(0);
    if (error_.empty() && at_ < text_.size()) error_ = "a ')' without '('";
    if (!error_.empty()) return tl::unexpected(error_);
    return out;
  }

 private:
  std::string sequence(int depth) {
    std::string out;
    while (error_.empty() && at_ < text_.size() && text_[at_] != ')') {
      std::string item;
      const char c = text_[at_++];
      if (c == '(') {
        if (depth > 4) error_ = "parentheses deeper than four levels";
        item = sequence(depth + 1);
        if (error_.empty() && (at_ >= text_.size() || text_[at_++] != ')')) error_ = "a '(' without ')'";
      } else if (c == 'E' || c == 't' || c == 'm' || c == 'L' || c == '|') {
        item = c;
      } else if (c == ',') {
        continue;  // only for reading
      } else {
        error_ = fmt::format("'{}' means nothing: E, t, m, L, |, ( )*n", c);
      }
      repeat(item, out);
    }
    return out;
  }

  void repeat(const std::string& item, std::string& out) {
    std::size_t count = 1;
    if (at_ < text_.size() && text_[at_] == '*') {
      const char* end = text_.data() + text_.size();
      const auto [next, problem] = std::from_chars(text_.data() + at_ + 1, end, count);
      if (problem != std::errc{} || count == 0) error_ = "a '*' needs a number behind it";
      at_ = static_cast<std::size_t>(next - text_.data());
    }
    if (count > kMostCharacters || out.size() + count * item.size() > kMostCharacters)
      error_ = "more stages than any model has layers";
    for (std::size_t i = 0; error_.empty() && i < count; ++i) out += item;
  }

  std::string_view text_;
  std::size_t at_ = 0;
  std::string error_;
};

}  // namespace

std::vector<std::int64_t> layers_of(const step::StageLayout& layout) {
  std::vector<std::int64_t> out;
  for (std::int32_t c = 0; c < layout.chunks(); ++c)
    out.push_back(layout.chunk_begin(c + 1) - layout.chunk_begin(c));
  return out;
}

std::string layout_text(const std::vector<std::int64_t>& layers, std::int64_t mtp_layers) {
  std::string out;
  for (std::size_t i = 0; i < layers.size();) {
    const bool last = i + 1 == layers.size();
    std::size_t end = i + 1;
    while (i > 0 && end + 1 < layers.size() && layers[end] == layers[i]) ++end;
    std::string stage = (i == 0 ? "E" : "") + times("t", layers[i]);
    if (last) stage += times("m", mtp_layers) + "L";
    if (end - i > 1)
      out += fmt::format("({}|)*{}", stage, end - i);
    else
      out += stage + (last ? "" : "|");
    i = end;
  }
  return out;
}

tl::expected<std::vector<std::int64_t>, std::string> parse_layout(std::string_view text) {
  const auto expanded = Expander(text).run();
  if (!expanded) return tl::unexpected(expanded.error());
  std::vector<std::int64_t> layers{0};
  for (const char c : *expanded) {
    if (c == '|') layers.push_back(0);
    if (c == 't') ++layers.back();
  }
  return layers;
}

}  // namespace gigawatt::interop
