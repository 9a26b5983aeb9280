#include "gigawatt/interop/layout.h"

#include <fmt/format.h>

namespace gigawatt::interop {
namespace {

std::string times(std::string_view what, std::int64_t count) {
  if (count == 0) return "";
  return count == 1 ? std::string(what) : fmt::format("{}*{}", what, count);
}

}  // namespace

std::vector<std::int64_t> layers_of(const step::StageLayout& layout) {
  std::vector<std::int64_t> out;
  for (std::int32_t c = 0; c < layout.chunks(); ++c)
    out.push_back(layout.chunk_begin(c + 1) - layout.chunk_begin(c));
  return out;
}

void say_cut(const catalog::Model& model, const step::PipelineCut& cut, step::ParallelPlan& p) {
  const auto chunks = cut.layers_of_chunks();
  const auto same = [&](std::int64_t first, std::int64_t last) {
    p.first_layers = static_cast<std::int32_t>(first);
    p.last_layers = static_cast<std::int32_t>(last);
    return cut.behind_mtp == 0 && layers_of(step::layout_of(model, p)) == chunks;
  };
  if (same(0, 0) || (chunks.front() > 0 && same(chunks.front(), 0)) ||
      (chunks.back() > 0 &&
       (same(0, chunks.back()) || (chunks.front() > 0 && same(chunks.front(), chunks.back())))))
    return;
  p.first_layers = p.last_layers = 0;
  p.cut = cut;
}

std::string layout_text(const std::vector<std::int64_t>& layers, std::int64_t mtp_layers,
                        std::int64_t behind_mtp) {
  std::string out;
  const std::size_t mtp_chunk = layers.size() - 1 - static_cast<std::size_t>(behind_mtp);
  const auto plain = [&](std::size_t i) {
    return i > 0 && i + 1 < layers.size() && (mtp_layers == 0 || i != mtp_chunk);
  };
  for (std::size_t i = 0; i < layers.size();) {
    const bool last = i + 1 == layers.size();
    std::size_t end = i + 1;
    while (plain(i) && plain(end) && end < layers.size() && layers[end] == layers[i]) ++end;
    std::string stage = (i == 0 ? "E" : "") + times("t", layers[i]);
    if (i == mtp_chunk) stage += times("m", mtp_layers);
    if (last) stage += "L";
    if (end - i > 1)
      out += fmt::format("({}|)*{}", stage, end - i);
    else
      out += stage + (last ? "" : "|");
    i = end;
  }
  return out;
}

}  // namespace gigawatt::interop
