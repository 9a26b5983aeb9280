#pragma once
/// How far programs of flows under a library (network/nccl_library.h), as `gigawatt net --collective` runs them, are from
/// measured collectives: rows of Ampere, Hopper and Blackwell on switches.
///
/// A row inside of one domain runs on the domain's switch, others on a folded Clos with the row's cards. Groups: all rows,
/// accelerators and ranks, source, collective, size.

#include "gigawatt/analysis/kernel_errors.h"

namespace gigawatt::analysis {

/// `data`: the folder with `nccl/`. Rows of other accelerators have no part in it.
tl::expected<std::vector<KernelGroupError>, base::Diagnostics> library_errors(
    const KernelRows& rows, const std::filesystem::path& data);

}  // namespace gigawatt::analysis
