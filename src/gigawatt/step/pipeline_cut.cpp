#include "gigawatt/step/pipeline_cut.h"

#include <algorithm>
#include <charconv>

#include <fmt/format.h>

namespace gigawatt::step {
namespace {

constexpr std::size_t kMostCharacters = 65536;

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
      } else if (c == ',' || c == ' ') {
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

tl::expected<PipelineCut, std::string> parse_letters(std::string_view text) {
  const auto expanded = Expander(text).run();
  if (!expanded) return tl::unexpected(expanded.error());
  std::vector<std::int64_t> layers{0};
  std::int64_t mtp_chunk = -1;
  for (const char c : *expanded) {
    if (c == '|') layers.push_back(0);
    if (c == 't') ++layers.back();
    const auto here = static_cast<std::int64_t>(layers.size()) - 1;
    if (c == 'm') {
      if (mtp_chunk >= 0 && mtp_chunk != here)
        return tl::unexpected(std::string("its multi-token-prediction modules sit in two chunks"));
      mtp_chunk = here;
    }
  }
  const auto last = static_cast<std::int64_t>(layers.size()) - 1;
  return make_cut(layers, mtp_chunk < 0 ? 0 : last - mtp_chunk);
}

tl::expected<PipelineCut, std::string> parse_numbers(std::string_view text) {
  std::vector<std::int64_t> layers;
  std::int64_t mtp_chunk = -1;
  const auto wrong = [&](std::string_view part) {
    return tl::unexpected(fmt::format("'{}' is no number of layers, such as 3, 2*29 or 0m", part));
  };
  while (true) {
    const std::size_t comma = text.find(',');
    const std::string_view part = text.substr(0, comma);
    const char* end = part.data() + part.size();
    std::int64_t count = 1, n = 0;
    auto [next, problem] = std::from_chars(part.data(), end, n);
    if (problem != std::errc{} || n < 0 || n > kMostLayers) return wrong(part);
    if (next != end && *next == '*') {
      const auto [after, bad] = std::from_chars(next + 1, end, count);
      if (bad != std::errc{} || count < 1 || count > kMostLayers) return wrong(part);
      next = after;
    }
    layers.insert(layers.end(), static_cast<std::size_t>(count), n);
    if (next != end && *next == 'm') {
      mtp_chunk = static_cast<std::int64_t>(layers.size()) - 1;
      ++next;
    }
    if (next != end || layers.size() > kMostCharacters) return wrong(part);
    if (comma == std::string_view::npos) break;
    text.remove_prefix(comma + 1);
  }
  const auto last = static_cast<std::int64_t>(layers.size()) - 1;
  return make_cut(layers, mtp_chunk < 0 ? 0 : last - mtp_chunk);
}

}  // namespace

std::int64_t PipelineCut::chunks() const {
  std::int64_t sum = 0;
  for (const Run& run : runs) sum += run.chunks;
  return sum;
}

std::int64_t PipelineCut::layers() const {
  std::int64_t sum = 0;
  for (const Run& run : runs) sum += std::int64_t{run.chunks} * run.layers;
  return sum;
}

std::int64_t PipelineCut::layers_before(std::int64_t chunk) const {
  std::int64_t sum = 0;
  for (const Run& run : runs) {
    const std::int64_t here = std::min<std::int64_t>(run.chunks, chunk);
    sum += here * run.layers;
    chunk -= here;
  }
  return sum;
}

std::vector<std::int64_t> PipelineCut::layers_of_chunks() const {
  std::vector<std::int64_t> out;
  for (const Run& run : runs) out.insert(out.end(), run.chunks, run.layers);
  return out;
}

tl::expected<PipelineCut, std::string> make_cut(const std::vector<std::int64_t>& layers,
                                                std::int64_t behind_mtp) {
  PipelineCut cut;
  std::size_t runs = 0;
  // As many as either form can write again.
  if (layers.empty() || layers.size() > static_cast<std::size_t>(kMostLayers))
    return tl::unexpected(std::string("it has no chunks, or too many"));
  for (std::size_t i = 0; i < layers.size();) {
    std::size_t end = i + 1;
    while (end < layers.size() && layers[end] == layers[i]) ++end;
    if (runs == cut.runs.size())
      return tl::unexpected(
          fmt::format("it changes the number of layers more than {} times", cut.runs.size() - 1));
    if (layers[i] < 0 || layers[i] > kMostLayers)
      return tl::unexpected(fmt::format("a chunk of {} layers", layers[i]));
    cut.runs[runs++] = {static_cast<std::uint16_t>(layers[i]), static_cast<std::uint16_t>(end - i)};
    i = end;
  }
  cut.behind_mtp = static_cast<std::uint16_t>(behind_mtp);
  return cut;
}

tl::expected<PipelineCut, std::string> parse_cut(std::string_view text) {
  if (text.empty()) return tl::unexpected(std::string("it is empty"));
  const bool numbers = text[0] >= '0' && text[0] <= '9';
  return numbers ? parse_numbers(text) : parse_letters(text);
}

std::string to_string(const PipelineCut& cut) {
  std::string out;
  std::int64_t left = cut.chunks();
  const auto add = [&](std::int64_t layers, std::int64_t count, bool mtp) {
    if (count == 0) return;
    out += fmt::format("{}{}", out.empty() ? "" : ",", layers);
    if (count > 1) out += fmt::format("*{}", count);
    if (mtp) out += 'm';
  };
  for (const PipelineCut::Run& run : cut.runs) {
    // The modules' chunk stands by itself, so that "m" speaks of one chunk; in the last it goes without saying.
    const std::int64_t behind = left - run.chunks;
    const bool here = cut.behind_mtp > 0 && cut.behind_mtp >= behind && cut.behind_mtp < left;
    if (here) {
      const std::int64_t before = left - cut.behind_mtp - 1;
      add(run.layers, before, false);
      add(run.layers, 1, true);
      add(run.layers, run.chunks - before - 1, false);
    } else {
      add(run.layers, run.chunks, false);
    }
    left = behind;
  }
  return out;
}

}  // namespace gigawatt::step
