#pragma once
/// Measured kernels and collectives as rows of a CSV file, and what the models predict for them.
///
/// Columns: id, source, kind, gpu (a catalogue name or alias), shape/size, dtype, n_gpus, fabric, measured_value,
/// unit, notes; others are ignored. Kinds and shapes:
///   gemm, gemm_max_achievable    "M=8192,N=5120,K=5120" or "MxNxK=8192x5120x5120"
///   grouped_gemm                 "groups=4,M/group=8192,N=7168,K=2048"
///   attention_{fwd,bwd}_{causal,full}   "b=2,s=8192,h=32,kv=8,d=128"
///   memory_bound                 "bytes=1073741824" (read and written)
///   nccl_{all_reduce,all_gather,reduce_scatter,alltoall}, rccl_...   "8388608B", "8GiB": size as in nccl-tests
///   moe_{dispatch,combine}[_low_latency]   "4096 tok/GPU,hidden 7168,top-8"
/// Units: TFLOPS, ms, us, s, "GB/s", "GB/s busbw", "Gb/s busbw", "GB/s bottleneck". A time in the notes
/// ("latency 0.14 ms", "time 13 us") is preferred to the value, which is rounded. "kernel only" in the notes: the
/// casting of FP8/FP4 operands is not part of the time. dtype "fp8_block" and fp8 with 1x128/128x128 scales are
/// block-scaled FP8 (mxfp8). Fabric: "intra-node", or "N nodes" with "400 Gb/GPU" or "400Gb"; "RDMA": no scale-up.
/// Size of attention FLOPs: 4 s^2 d h b, half of it under a causal mask, 2.5 times backward.
///
/// A row that cannot be used is skipped with the reason: zero values without a time, an accelerator that is not
/// stated or not catalogued, a size that the source only recalls, a bandwidth that counts local traffic, or a remark in the notes: "superseded
/// kernel" (FlashAttention-2 on a chip with better: software profiles know it), "host-bound" (the time is the host's
/// launch floor), "trouble report" (the source asks why it is so slow), "single row of its fabric".

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "gigawatt/catalog/accelerator.h"
#include "gigawatt/config/csv.h"
#include "gigawatt/kernels/model.h"
#include "gigawatt/network/collectives.h"

namespace gigawatt::analysis {

struct KernelRow {
  enum class Kind : std::uint8_t { kGemm, kGroupedGemm, kAttention, kMemory, kCollective, kExchangeRate };

  std::string id;
  std::string source;
  std::string what;  ///< kind column, for reports
  Kind kind = Kind::kGemm;
  const catalog::Accelerator* chip = nullptr;
  catalog::Precision precision = catalog::Precision::kBf16;
  bool kernel_only = false;
  bool inference = false;  ///< attention rows that include rotary and key-value cache writes

  kernels::GemmShape gemm;
  kernels::GroupedGemmShape grouped;
  kernels::AttentionShape attention;
  kernels::Direction direction = kernels::Direction::kForward;
  double bytes = 0;  ///< memory-bound and collective

  network::Collective collective = network::Collective::kAllReduce;
  std::int64_t ranks = 1;
  std::int64_t ranks_per_domain = 1;
  double scaleout_bandwidth = 0;  ///< byte/s per accelerator; 0: not part of the row
  bool no_in_network = false;     ///< measured with NVLS switched off, or forced to ring

  double seconds = 0;  ///< measured; kExchangeRate: seconds per byte

  bool is_network() const { return kind == Kind::kCollective || kind == Kind::kExchangeRate; }
};

struct SkippedKernelRow {
  std::string id;
  std::string why;
};

struct KernelRows {
  std::vector<KernelRow> rows;
  std::vector<SkippedKernelRow> skipped;
};

/// `accelerators` must outlive the rows, which point into it.
KernelRows parse_kernel_rows(const config::CsvTable& table,
                             std::span<const catalog::Accelerator> accelerators);

/// Predicted time of a row that runs on one chip. `inference_passes`: memory passes over queries, keys and values
/// of rotary embedding and cache writes in an inference row.
double predict_kernel(const KernelRow& row, const kernels::KernelParameters& parameters,
                      double inference_passes);

/// Predicted time of a collective row (kExchangeRate: seconds per byte).
double predict_collective(const KernelRow& row, const network::NetworkParameters& parameters);

}  // namespace gigawatt::analysis
