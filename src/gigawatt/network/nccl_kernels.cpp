#include "gigawatt/network/nccl_kernels.h"

#include <algorithm>

#include "gigawatt/config/fields.h"
#include "gigawatt/config/read.h"
#include "gigawatt/config/toml.h"

namespace gigawatt::network {

void fields(config::FieldVisitor& v, NcclKernelRates& x) {
  const auto time = [&](double& member, std::string_view key, std::string_view doc) {
    v(member, {.key = key, .doc = doc, .min = 0, .required = true});
  };
  const auto positive = [&](double& member, std::string_view key, std::string_view doc) {
    v(member, {.key = key, .doc = doc, .required = true, .positive = true});
  };
  v(x.names, {.key = "names", .doc = "Generations of the catalogue.", .required = true});
  time(x.start, "start", "Launch and rendezvous, us.");
  time(x.ll_hop, "ll_hop", "A step of LL in the domain, us.");
  positive(x.ll_channel, "ll_channel", "A channel by LL, GB/s.");
  time(x.simple_start, "simple_start", "Of Simple beside start, us.");
  time(x.simple_hop, "simple_hop", "A step of Simple in the domain, us.");
  positive(x.link_share, "link_share", "Of the data sheet's bandwidth, very large buffers.");
  time(x.ramp_bytes, "ramp_bytes", "A rank's part at which half of it is reached.");
  time(x.nvls_start, "nvls_start", "Of NVLS beside start, us.");
  time(x.nvls_share, "nvls_share", "Of the data sheet's bandwidth where switches reduce; 0: they cannot.");
  time(x.nvls_ramp_bytes, "nvls_ramp_bytes", "A rank's part at which half of that is reached.");
  time(x.exchange_start, "exchange_start", "Of an all-to-all beside start, us.");
  positive(x.exchange_share, "exchange_share", "Of the data sheet's bandwidth, all-to-all.");
  v(x.ll128_as_simple, {.key = "ll128_as_simple", .doc = "LL128 takes the time of Simple."});
  time(x.card_copy, "card_copy", "Of the cards' time, that kernels of NVLS below a tree need besides.");
}

void fields(config::FieldVisitor& v, NcclKernels& x) {
  const auto positive = [&](double& member, std::string_view key, std::string_view doc) {
    v(member, {.key = key, .doc = doc, .required = true, .positive = true});
  };
  v(x.source, {.key = "source", .doc = "Key of sources.toml.", .required = true});
  positive(x.ramp_exponent, "ramp_exponent", "Bandwidth falls by 1 + (ramp_bytes / part)^q.");
  positive(x.copy_share, "copy_share", "A rank's copy of its own part over sending it.");
  positive(x.own_share, "own_share", "The same of an all-to-all.");
  positive(x.ll128_slowdown, "ll128_slowdown", "Of NCCL's own reckoning of LL128.");
  positive(x.eager_bandwidth, "eager_bandwidth", "To a peer in small all-to-alls, GB/s.");
  positive(x.card_share, "card_share", "Of a network card's rate.");
  v(x.generations, {.key = "generation", .doc = "Of accelerators.", .required = true});
}

const NcclKernelRates* NcclKernels::generation(std::string_view name) const {
  for (const auto& g : generations)
    if (std::find(g.names.begin(), g.names.end(), name) != g.names.end()) return &g;
  return nullptr;
}

tl::expected<NcclKernels, base::Diagnostics> load_nccl_kernels(const std::filesystem::path& data) {
  const auto node = config::read_toml(data / "nccl" / "measured.toml");
  if (!node) return tl::unexpected(node.error());
  NcclKernels kernels;
  base::Diagnostics problems;
  config::Reader(*node, problems).read(kernels);
  if (base::has_errors(problems)) return tl::unexpected(std::move(problems));
  return kernels;
}

}  // namespace gigawatt::network
