#include "gigawatt/analysis/kernel_rows.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <optional>

#include <fmt/format.h>

#include "gigawatt/analysis/predict.h"

namespace gigawatt::analysis {
namespace {

using catalog::Precision;
using Kind = KernelRow::Kind;

constexpr double kBitsPerByte = 8;

/// Remarks in the notes that rule a row out.
constexpr std::pair<std::string_view, std::string_view> kUnusable[] = {
    {"superseded kernel", "not the chip's current kernel: software profiles describe it"},
    {"host-bound", "the time is the host's launch floor, not the kernel's"},
    {"trouble report", "the source reports it as a fault"},
    {"single row of its fabric", "one row cannot give the constants of its fabric"},
};

bool has_part(std::string_view text, std::string_view part) {
  return text.find(part) != std::string_view::npos;
}

std::optional<double> number(std::string_view text) {
  while (!text.empty() && text.front() == ' ') text.remove_prefix(1);
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end == text.data() || !std::isfinite(value)) return std::nullopt;
  return value;
}

/// Number after `key` ("M=" in "M=64,N=..."), where the key starts a word.
std::optional<double> after(std::string_view text, std::string_view key) {
  for (std::size_t at = text.find(key); at != std::string_view::npos; at = text.find(key, at + 1))
    if (at == 0 || text[at - 1] == ',' || text[at - 1] == ' ' || text[at - 1] == ';')
      return number(text.substr(at + key.size()));
  return std::nullopt;
}

/// Number that ends right before `word`: "400 Gb/GPU" -> 400.
std::optional<double> before(std::string_view text, std::string_view word) {
  std::size_t at = text.find(word);
  if (at == std::string_view::npos) return std::nullopt;
  while (at > 0 && text[at - 1] == ' ') --at;
  std::size_t begin = at;
  while (begin > 0 && (std::isdigit(static_cast<unsigned char>(text[begin - 1])) || text[begin - 1] == '.'))
    --begin;
  return number(text.substr(begin, at - begin));
}

/// Byte/s of an accelerator's scale-out link: "400 Gb/GPU", "RDMA 400Gb + NVLink", "4x100Gb Omni-Path".
std::optional<double> link_rate(std::string_view fabric) {
  auto gigabits = before(fabric, "Gb/GPU");
  if (!gigabits) gigabits = before(fabric, "Gb");
  if (!gigabits || *gigabits <= 0) return std::nullopt;
  return *gigabits * 1e9 / kBitsPerByte;
}

std::optional<double> time_in_notes(std::string_view notes) {
  for (const std::string_view word : {"latency ", "time "}) {
    const std::size_t at = notes.find(word);
    if (at == std::string_view::npos) continue;
    const std::string_view rest = notes.substr(at + word.size());
    const auto value = number(rest);
    if (!value || *value <= 0) continue;
    const std::string_view unit = rest.substr(std::min(rest.find(' ') + 1, rest.size()));
    if (unit.starts_with("ms")) return *value * 1e-3;
    if (unit.starts_with("us")) return *value * 1e-6;
  }
  return std::nullopt;
}

std::optional<double> size_in_bytes(std::string_view text) {
  const auto value = number(text);
  if (!value) return std::nullopt;
  constexpr std::pair<std::string_view, double> kUnits[] = {
      {"GiB", 1073741824.0}, {"MiB", 1048576.0}, {"KiB", 1024.0}, {"GB", 1e9},
      {"MB", 1e6},           {"kB", 1e3},        {"B", 1.0}};
  for (const auto& [unit, factor] : kUnits)
    if (text.ends_with(unit)) return *value * factor;
  return std::nullopt;
}

std::optional<Precision> precision_of(std::string_view dtype) {
  if (dtype == "fp8_block" || has_part(dtype, "1x128")) return Precision::kMxfp8;
  return catalog::parse_precision(dtype);
}

std::int64_t whole(std::optional<double> x) { return x && std::abs(*x) < 9e15 ? std::llround(*x) : 0; }

/// Fills shape and time of one row; the answer says why not, or is empty.
class RowParser {
 public:
  RowParser(const config::CsvTable& table, std::size_t index) : table_(table), index_(index) {}

  std::string parse(KernelRow& r) {
    const std::string& what = cell("kind");
    r.what = what;
    for (const auto& [remark, why] : kUnusable)
      if (has_part(notes(), remark)) return std::string(why);
    r.kernel_only = has_part(notes(), "kernel only");
    if (what == "gemm" || what == "gemm_max_achievable") return gemm(r);
    if (what == "grouped_gemm") return grouped(r);
    if (what.starts_with("attention_")) return attention(r);
    if (what == "memory_bound") return memory(r);
    if (what.starts_with("nccl_") || what.starts_with("rccl_")) return collective(r);
    if (what.starts_with("moe_")) return exchange(r);
    return fmt::format("unknown kind '{}'", what);
  }

 private:
  const std::string& cell(std::string_view name) const { return table_.cell(index_, name); }
  const std::string& notes() const { return cell("notes"); }
  const std::string& shape() const { return cell("shape/size"); }
  std::optional<double> value() const { return number(cell("measured_value")); }

  std::string precision(KernelRow& r) {
    const auto p = precision_of(cell("dtype"));
    if (!p) return fmt::format("unknown dtype '{}'", cell("dtype"));
    r.precision = *p;
    return {};
  }

  /// Time from the notes, or from a value in a time unit, TFLOPS or GB/s.
  std::string time(KernelRow& r, double flops, double bytes) {
    if (const auto t = time_in_notes(notes())) {
      r.seconds = *t;
      return {};
    }
    const auto v = value();
    const std::string& unit = cell("unit");
    if (!v || *v <= 0) return "measured value is missing or zero";
    if (unit == "TFLOPS")
      r.seconds = flops / (*v * 1e12);
    else if (unit == "s")
      r.seconds = *v;
    else if (unit == "ms")
      r.seconds = *v * 1e-3;
    else if (unit == "us")
      r.seconds = *v * 1e-6;
    else if (unit == "GB/s" || unit == "GB/s busbw")
      r.seconds = bytes / (*v * 1e9);
    else if (unit == "Gb/s busbw")
      r.seconds = bytes * kBitsPerByte / (*v * 1e9);
    else
      return fmt::format("unknown unit '{}'", unit);
    return r.seconds > 0 ? std::string{} : "no size to derive a time from";
  }

  std::string gemm(KernelRow& r) {
    r.kind = Kind::kGemm;
    if (shape().starts_with("MxNxK=")) {
      const std::string_view text = std::string_view(shape()).substr(6);
      const std::size_t first = text.find('x'),
                        second = first == std::string_view::npos ? first : text.find('x', first + 1);
      if (second == std::string_view::npos) return "shape is not MxNxK";
      r.gemm = {whole(number(text)), whole(number(text.substr(first + 1))),
                whole(number(text.substr(second + 1))), 1};
    } else {
      r.gemm = {whole(after(shape(), "M=")), whole(after(shape(), "N=")), whole(after(shape(), "K=")),
                std::max<std::int64_t>(1, whole(after(shape(), "batch=")))};
    }
    if (r.gemm.m <= 0 || r.gemm.n <= 0 || r.gemm.k <= 0) return "shape lacks M, N or K";
    if (auto why = precision(r); !why.empty()) return why;
    return time(r,
                2.0 * static_cast<double>(r.gemm.batch) * static_cast<double>(r.gemm.m) *
                    static_cast<double>(r.gemm.n) * static_cast<double>(r.gemm.k),
                0);
  }

  std::string grouped(KernelRow& r) {
    r.kind = Kind::kGroupedGemm;
    const auto groups = after(shape(), "groups="), rows = after(shape(), "M/group=");
    r.grouped = {whole(groups), groups && rows ? *groups * *rows : 0, whole(after(shape(), "N=")),
                 whole(after(shape(), "K=")), 1};
    if (r.grouped.groups <= 0 || r.grouped.total_rows <= 0 || r.grouped.n <= 0 || r.grouped.k <= 0)
      return "shape lacks groups, M/group, N or K";
    if (auto why = precision(r); !why.empty()) return why;
    return time(
        r, 2.0 * r.grouped.total_rows * static_cast<double>(r.grouped.n) * static_cast<double>(r.grouped.k),
        0);
  }

  std::string attention(KernelRow& r) {
    r.kind = Kind::kAttention;
    auto& a = r.attention;
    a = {whole(after(shape(), "b=")),
         whole(after(shape(), "h=")),
         whole(after(shape(), "kv=")),
         whole(after(shape(), "s=")),
         whole(after(shape(), "s=")),
         whole(after(shape(), "d=")),
         0,
         r.what.ends_with("_causal"),
         whole(after(shape(), "window="))};
    if (a.batch <= 0 || a.heads <= 0 || a.q_len <= 0 || a.head_dim <= 0) return "shape lacks b, s, h or d";
    if (a.kv_heads <= 0) a.kv_heads = a.heads;
    r.direction = has_part(r.what, "_bwd") ? kernels::Direction::kBackward : kernels::Direction::kForward;
    r.inference = has_part(notes(), "inference kernel");
    if (auto why = precision(r); !why.empty()) return why;
    const auto s = static_cast<double>(a.q_len);
    const double flops = 4.0 * s * s * static_cast<double>(a.head_dim * a.heads * a.batch) *
                         (a.causal ? 0.5 : 1.0) * (r.direction == kernels::Direction::kBackward ? 2.5 : 1.0);
    return time(r, flops, 0);
  }

  std::string memory(KernelRow& r) {
    r.kind = Kind::kMemory;
    r.bytes = after(shape(), "bytes=").value_or(0);
    if (r.bytes <= 0) return "shape lacks bytes";
    return time(r, 0, r.bytes);
  }

  /// Where the ranks sit: "N nodes" splits them, else all share one scale-up domain.
  std::string placement(KernelRow& r) {
    r.ranks = whole(number(cell("n_gpus")));
    if (r.ranks < 2) return "n_gpus is missing or below 2";
    const std::string& fabric = cell("fabric");
    const std::int64_t nodes = has_part(fabric, " nodes") ? whole(before(fabric, " nodes")) : 1;
    if (nodes < 1 || r.ranks % nodes != 0) return "ranks do not divide by nodes";
    r.ranks_per_domain = r.ranks / nodes;
    if (nodes > 1) {
      const auto rate = link_rate(fabric);
      if (!rate) return "scale-out bandwidth is not stated";
      r.scaleout_bandwidth = *rate;
    } else if (has_part(fabric, "multi-node")) {
      return "fabric is not stated";
    }
    return {};
  }

  std::string collective(KernelRow& r) {
    r.kind = Kind::kCollective;
    const std::string_view name = std::string_view(r.what).substr(5);
    if (name == "all_reduce")
      r.collective = network::Collective::kAllReduce;
    else if (name == "all_gather")
      r.collective = network::Collective::kAllGather;
    else if (name == "reduce_scatter")
      r.collective = network::Collective::kReduceScatter;
    else if (name == "alltoall")
      r.collective = network::Collective::kAllToAll;
    else
      return fmt::format("unknown collective '{}'", name);
    if (has_part(shape(), "recalled")) return "the message size is only recalled by the source";
    r.bytes = size_in_bytes(shape()).value_or(0);
    if (r.bytes <= 0) return "size is not readable";
    if (auto why = placement(r); !why.empty()) return why;
    r.no_in_network =
        has_part(notes(), "NVLS_ENABLE=0") || has_part(notes(), "NVLS off") || notes() == "Ring";
    return time(r, 0, r.bytes * network::bus_factor(r.collective, r.ranks));
  }

  std::string exchange(KernelRow& r) {
    if (has_part(cell("unit"), "logical")) return "bandwidth counts traffic inside the rank";
    r.scaleout_bandwidth = link_rate(cell("fabric")).value_or(0);
    r.ranks = whole(number(cell("n_gpus")));
    if (r.ranks < 2) return "n_gpus is missing or below 2";
    r.collective = network::Collective::kAllToAll;
    if (cell("unit") == "GB/s bottleneck") {
      const auto v = value();
      if (!v || *v <= 0) return "measured value is missing or zero";
      r.kind = Kind::kExchangeRate;
      r.seconds = 1 / (*v * 1e9);
      return {};
    }
    r.kind = Kind::kCollective;
    const auto tokens = before(shape(), " tok/GPU"), hidden = after(shape(), "hidden "),
               top = after(shape(), "top-");
    if (!tokens || !hidden || !top) return "shape lacks tok/GPU, hidden or top-k";
    if (auto why = precision(r); !why.empty()) return why;
    // FP8 tokens travel with one 32-bit scale per 128 elements.
    const double width = r.precision == Precision::kFp8 ? 1 + 4.0 / 128 : 2.0;
    r.bytes = *tokens * *hidden * *top * width;
    if (r.scaleout_bandwidth <= 0) return "scale-out bandwidth is not stated";
    return time(r, 0, r.bytes);
  }

  const config::CsvTable& table_;
  std::size_t index_;
};

}  // namespace

KernelRows parse_kernel_rows(const config::CsvTable& table,
                             std::span<const catalog::Accelerator> accelerators) {
  KernelRows out;
  for (std::size_t i = 0; i < table.rows.size(); ++i) {
    KernelRow r;
    r.id = table.cell(i, "id").empty() ? fmt::format("row {}", i + 1) : table.cell(i, "id");
    r.source = table.cell(i, "source");
    std::string why;
    r.chip = find_accelerator(accelerators, table.cell(i, "gpu"));
    if (!r.chip)
      why = fmt::format("accelerator '{}' is not in the catalogue", table.cell(i, "gpu"));
    else
      why = RowParser(table, i).parse(r);
    if (why.empty())
      out.rows.push_back(std::move(r));
    else
      out.skipped.push_back({r.id, why});
  }
  return out;
}

double predict_kernel(const KernelRow& row, const kernels::KernelParameters& parameters,
                      double inference_passes) {
  const kernels::ChipModel chip = kernels::make_chip_model(*row.chip, parameters);
  switch (row.kind) {
    case Kind::kGemm:
    case Kind::kGroupedGemm: {
      const bool dense = row.kind == Kind::kGemm;
      const double t = dense ? kernels::gemm_seconds(chip, row.gemm, row.precision)
                             : kernels::grouped_gemm_seconds(chip, row.grouped, row.precision);
      if (!row.kernel_only) return t;
      const auto& g = parameters.of(row.precision);
      const double rows = dense ? static_cast<double>(row.gemm.m * row.gemm.batch) : row.grouped.total_rows;
      const double elements = rows * static_cast<double>(dense ? row.gemm.k : row.grouped.k);
      // Without casting: neither its traffic nor its launch, which leaves the overhead of a 16-bit product.
      const double launch = g.overhead_s - std::min(g.overhead_s, parameters.of(Precision::kBf16).overhead_s);
      return t - g.quantise_bytes * elements / (chip.memory_bandwidth * g.stream_efficiency) - launch;
    }
    case Kind::kAttention: {
      const auto& a = row.attention;
      const double t = kernels::attention_seconds(chip, a, row.direction, true, row.precision);
      if (!row.inference) return t;
      const double bytes =
          2.0 * static_cast<double>(a.batch * a.q_len * (a.heads + 2 * a.kv_heads) * a.head_dim);
      return t + inference_passes * bytes / (chip.memory_bandwidth * parameters.memory_efficiency);
    }
    case Kind::kMemory: return kernels::memory_bound_seconds(chip, row.bytes);
    default: return 0;
  }
}

double predict_collective(const KernelRow& row, const network::NetworkParameters& parameters) {
  topology::Cluster cluster;
  cluster.accelerators = row.ranks;
  cluster.domain_size = row.ranks_per_domain;
  cluster.scaleup_bandwidth = row.chip->scaleup_bandwidth.value;
  cluster.scaleout_bandwidth = row.scaleout_bandwidth;
  network::NetworkParameters p = parameters;
  if (row.no_in_network) p.in_network_efficiency = 0;
  const network::Fabric fabric = network::make_fabric(cluster, p);
  if (row.kind == Kind::kExchangeRate)
    return 1 / (row.scaleout_bandwidth > 0 ? fabric.scaleout.exchange_bandwidth
                                           : fabric.scaleup.exchange_bandwidth);
  return network::collective_seconds(row.collective, fabric, network::place_group(fabric, row.ranks, 1),
                                     row.bytes);
}

}  // namespace gigawatt::analysis
