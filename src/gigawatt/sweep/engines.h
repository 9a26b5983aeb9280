#pragma once
/// Engines that compute the shards of a sweep on other machines. They leave complete shards in the sweep's folder; what is
/// merged has the same bytes as if all had been computed here.
///
///   slurm   DIR/slurm/shards.sh is an array script: each task computes one shard. It is submitted with `sbatch --wait`, again
///           for what is missing afterwards, and the shards are merged here. The folder must be seen by all nodes.
///   ray     `python -m gigawatt._ray_engine` drives a Ray cluster; shards come back through Ray, so that no folder need be shared.

#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <span>
#include <stop_token>
#include <string>

#include <tl/expected.hpp>

#include "gigawatt/base/diagnostic.h"
#include "gigawatt/sweep/plan.h"

namespace gigawatt::sweep {

struct Elsewhere {
  std::filesystem::path folder;
  std::filesystem::path sweep;        ///< the sweep's file
  std::filesystem::path data;         ///< the data folder
  std::optional<std::uint64_t> seed;  ///< that the sweep was asked with
  std::string address;                ///< of the Ray cluster; empty: this machine
  std::stop_token stop{};
};

/// The array script of a sweep; `$SLURM_ARRAY_TASK_ID` is the shard.
std::string slurm_script(const Elsewhere& where, const std::string& program);

/// "0,3-5" as Slurm's --array takes it.
std::string array_indices(std::span<const std::size_t> shards);

/// Until all shards are there, or nothing is gained by another attempt. A stop ends the jobs and is no error.
tl::expected<void, base::Diagnostics> run_on_slurm(const Plan& plan, const Elsewhere& where);
tl::expected<void, base::Diagnostics> run_on_ray(const Plan& plan, const Elsewhere& where);

}  // namespace gigawatt::sweep
