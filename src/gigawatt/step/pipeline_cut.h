#pragma once
/// A cut of the layers over pipeline chunks that follows no rule, as a plan says it.
///
/// Chunks come in the order of the forward pass: chunk i sits on rank i mod p. Runs of equal chunks are kept, at most
/// twelve of them (a published layout has up to six), so that a plan stays a plain value. A chunk may be empty: one that
/// holds only the multi-token-prediction modules, or only the loss. The text is Megatron-LM's: "E" embedding, "t" a layer,
/// "m" a multi-token-prediction module, "L" the loss, "|" between chunks, "x*3" and "(...)*3" for repeats;
/// "Et*3|(tt|)*29m|L" is 3 layers, 29 chunks of 2, one for the module and one for the loss. A plain list "3,2*29,0m,0"
/// says the same.

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include <tl/expected.hpp>

namespace gigawatt::step {

inline constexpr std::int64_t kMostLayers = 4096;  ///< of a model that is cut into stages

struct PipelineCut {
  struct Run {
    std::uint16_t layers = 0;  ///< of each chunk
    std::uint16_t chunks = 0;  ///< 0: no more runs

    bool operator==(const Run&) const = default;
  };
  std::array<Run, 12> runs{};
  std::uint16_t behind_mtp = 0;  ///< chunks behind the one with the multi-token-prediction modules

  bool operator==(const PipelineCut&) const = default;

  /// Nothing is said: the usual cut.
  bool empty() const { return runs[0].chunks == 0; }
  std::int64_t chunks() const;
  std::int64_t layers() const;
  /// Layers before a chunk; of all chunks where `chunk` is their number or more.
  std::int64_t layers_before(std::int64_t chunk) const;
  std::vector<std::int64_t> layers_of_chunks() const;
};

/// Nothing where there are more than twelve runs, or none.
tl::expected<PipelineCut, std::string> make_cut(const std::vector<std::int64_t>& layers,
                                                std::int64_t behind_mtp = 0);

/// Either form above.
tl::expected<PipelineCut, std::string> parse_cut(std::string_view text);
/// "3,2*29,0m,0".
std::string to_string(const PipelineCut& cut);

}  // namespace gigawatt::step
