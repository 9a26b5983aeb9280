#pragma once
/// Which fitted laws answer for an operation in an engine.

#include <span>
#include <string_view>
#include <vector>

#include "gigawatt/kernels/law_book.h"
#include "gigawatt/serving/engine.h"

namespace gigawatt::serving {

/// Of an operation that consists of several kernels: those whose names begin with `word`, or all others.
struct KernelPart {
  std::string_view word;  ///< empty: all
  bool others = false;
};

/// The laws of the engine asked for; of modules of several kernels also those of other engines for the same formats.
struct LawChoice {
  std::vector<const kernels::Law*> own;
  std::vector<const kernels::Law*> others;

  bool empty() const { return own.empty(); }
  void add(const LawChoice& more);
};

/// Laws of `operation` whose names hold one of `formats` (empty: any; "fp8 bfloat16": these words in a row) and the
/// engine's word; where there is none, those of any engine, then of any format. Never empty if the operation was measured on the chip at all.
LawChoice choose_laws(const kernels::ChipLaws& laws, std::string_view operation,
                      std::span<const std::string_view> formats, std::string_view engine,
                      const KernelPart& part = {});

/// The fastest own law on these terms, but no more than `engine_spread` times the fastest of the others (engine.h); 0 without laws. A law that claims more than the data sheet's FLOP/s was fitted to other
/// shapes and does not count; where all do, the answer is the share `reached` of the data sheet's rate.
double fastest(const LawChoice& laws, const kernels::Terms& terms, const ServingPhysics& physics);

}  // namespace gigawatt::serving
