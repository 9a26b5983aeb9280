#pragma once
/// What NCCL's kernels reach on an accelerator beside what NCCL itself reckons with (nccl_constants.h), as data:
/// data/nccl/measured.toml, fitted to published measurements inside of one domain by tools/nccl/fit_kernels.py.
///
/// Units are NCCL's own: microseconds, GB/s of 1e9 byte/s; sizes in byte of a rank (buffer over ranks of a domain).

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include <tl/expected.hpp>

#include "gigawatt/base/diagnostic.h"

namespace gigawatt::config {
class FieldVisitor;
}

namespace gigawatt::network {

/// Of a generation of accelerators; see nccl_library.h for the equations.
struct NcclKernelRates {
  std::vector<std::string> names;  ///< of the catalogue
  double start = 0;                ///< launch and rendezvous
  double ll_hop = 0;               ///< a step of protocol LL
  double ll_channel = 0;           ///< GB/s that one channel moves by LL
  double simple_start = 0;         ///< of protocol Simple, beside `start`
  double simple_hop = 0;           ///< a step of it, as long as no data hide it
  double link_share = 0;           ///< of the data sheet's bandwidth, very large buffers
  double ramp_bytes = 0;           ///< a rank's part at which half of it is reached
  double nvls_start = 0;
  double nvls_share = 0;  ///< the same where switches reduce; 0: they cannot
  double nvls_ramp_bytes = 0;
  double exchange_start = 0;  ///< of an all-to-all
  double exchange_share = 0;
  /// What LL128 is chosen for takes Simple's time (NCCL 2.29 on Blackwell between 8 and 32 MiB).
  bool ll128_as_simple = false;
  /// Of the cards' time, what the kernels of NVLS below a tree need besides for copying what cards carry.
  double card_copy = 0;
};

struct NcclKernels {
  std::string source;
  double ramp_exponent = 0;    ///< q: bandwidth falls by 1 + (ramp_bytes / part)^q
  double copy_share = 0;       ///< a rank's copy of its own part over sending it
  double own_share = 0;        ///< the same of an all-to-all
  double ll128_slowdown = 1;   ///< of NCCL's own reckoning of LL128
  double eager_bandwidth = 0;  ///< GB/s to a peer, small all-to-alls
  double card_share = 0;       ///< of a network card's rate, headers and NCCL's proxies taken off
  std::vector<NcclKernelRates> generations;

  const NcclKernelRates* generation(std::string_view name) const;
};

void fields(config::FieldVisitor& v, NcclKernels& x);

tl::expected<NcclKernels, base::Diagnostics> load_nccl_kernels(const std::filesystem::path& data);

}  // namespace gigawatt::network
