#include "gigawatt/sweep/engines.h"

#include <unistd.h>

#include <cstdlib>

#include <fmt/format.h>

#include "gigawatt/sweep/merge.h"
#include "gigawatt/sweep/process.h"
#include "gigawatt/sweep/shard.h"

namespace gigawatt::sweep {
namespace {

namespace fs = std::filesystem;

/// Inside single quotes of a shell.
std::string quoted(const std::string& text) {
  std::string out = "'";
  for (const char c : text) out += c == '\'' ? std::string("'\\''") : std::string(1, c);
  return out + "'";
}

std::string environment(const char* name, const std::string& otherwise) {
  const char* value = std::getenv(name);
  return value != nullptr && *value != '\0' ? value : otherwise;
}

/// This program; inside of Python's process the one that $GIGAWATT_BINARY names.
std::string program() {
  std::error_code problem;
  const fs::path self = fs::read_symlink("/proc/self/exe", problem);
  const bool is_gigawatt = self.filename().string().starts_with("gigawatt");
  return environment("GIGAWATT_BINARY", is_gigawatt ? self.string() : "gigawatt");
}

base::Diagnostics failed(std::string code, std::string message, std::string hint) {
  return {base::error(std::move(code), std::move(message), std::move(hint))};
}

/// The number of the job that was submitted, for scancel.
std::string job_of(const fs::path& file) {
  std::error_code problem;
  if (!fs::exists(file, problem)) return "";
  const std::string text = read_bytes(file);
  return text.substr(0, text.find_first_not_of("0123456789_"));
}

}  // namespace

std::string slurm_script(const Elsewhere& where, const std::string& program) {
  const auto absolute = [](const fs::path& path) { return fs::absolute(path).lexically_normal().string(); };
  return fmt::format(
      "#!/bin/bash\n"
      "# Written by gigawatt sweep --engine slurm. A task computes one shard; one that was computed is left "
      "as it is, so\n"
      "# that tasks may be requeued and run twice. Partition, account and time limit: SBATCH_PARTITION and "
      "the like.\n"
      "#SBATCH --job-name=gigawatt-sweep\n"
      "#SBATCH --ntasks=1\n"
      "#SBATCH --requeue\n"
      "#SBATCH --open-mode=append\n"
      "#SBATCH --output={}/slurm/%a.log\n"
      "export GIGAWATT_DATA={}\n"
      "exec {} sweep {} --out {} --shards \"$SLURM_ARRAY_TASK_ID\" --threads \"${{SLURM_CPUS_PER_TASK:-1}}\" "
      "--quiet{} "
      ">/dev/null\n",
      absolute(where.folder), quoted(absolute(where.data)), quoted(program), quoted(absolute(where.sweep)),
      quoted(absolute(where.folder)), where.seed ? fmt::format(" --seed {}", *where.seed) : "");
}

std::string array_indices(std::span<const std::size_t> shards) {
  std::string out;
  for (std::size_t i = 0; i < shards.size();) {
    std::size_t end = i + 1;
    while (end < shards.size() && shards[end] == shards[end - 1] + 1) ++end;
    out += out.empty() ? "" : ",";
    out += end - i > 1 ? fmt::format("{}-{}", shards[i], shards[end - 1]) : fmt::format("{}", shards[i]);
    i = end;
  }
  return out;
}

tl::expected<void, base::Diagnostics> run_on_slurm(const Plan& plan, const Elsewhere& where) {
  auto missing = claim_shards(where.folder, plan);
  if (!missing) return tl::unexpected(missing.error());
  const fs::path own = where.folder / "slurm", script = own / "shards.sh", submitted = own / "job.txt";
  std::error_code problem;
  fs::create_directories(own, problem);
  write_whole(script, slurm_script(where, program()));
  while (!missing->empty()) {
    const int code = run_process(
        {{"sbatch", "--parsable", "--wait", "--array=" + array_indices(*missing), script.string()},
         {},
         submitted},
        where.stop);
    if (where.stop.stop_requested()) {
      if (const auto job = job_of(submitted); !job.empty()) run_process({{"scancel", job}, {}, {}}, {});
      return {};
    }
    if (code == kNotStarted)
      return tl::unexpected(
          failed("no-slurm", "sbatch is not on this machine",
                 fmt::format("where it is: sbatch --array={} {}, then this command with --merge-only",
                             array_indices(*missing), script.string())));
    auto left = claim_shards(where.folder, plan);
    if (!left) return tl::unexpected(left.error());
    if (left->size() == missing->size())
      return tl::unexpected(failed("shards-failed",
                                   fmt::format("no task finished a shard (sbatch ended with {}); missing: {}",
                                               code, array_indices(*left)),
                                   fmt::format("what the tasks said is in {}", own.string())));
    missing = std::move(left);
  }
  return {};
}

tl::expected<void, base::Diagnostics> run_on_ray(const Plan& plan, const Elsewhere& where) {
  const auto missing = claim_shards(where.folder, plan);
  if (!missing) return tl::unexpected(missing.error());
  if (missing->empty()) return {};
  const std::string python = environment("GIGAWATT_PYTHON", "python3");
  Process driver{
      {python, "-m", "gigawatt._ray_engine", "--sweep", where.sweep.string(), "--out", where.folder.string(),
       "--address", where.address, "--parent", fmt::format("{}", ::getpid())},
      {{"GIGAWATT_DATA", where.data.string()}},
      {}};
  if (where.seed) driver.command.insert(driver.command.end(), {"--seed", fmt::format("{}", *where.seed)});
  if (const std::string own = environment("GIGAWATT_PYTHON_PATH", ""); !own.empty()) {
    const std::string others = environment("PYTHONPATH", "");
    driver.environment.emplace_back("PYTHONPATH", others.empty() ? own : own + ":" + others);
  }
  const int code = run_process(driver, where.stop);
  if (code == 0 || where.stop.stop_requested()) return {};
  return tl::unexpected(failed(
      "ray-failed", fmt::format("the Ray driver ended with {}", code),
      fmt::format("it needs the Python packages gigawatt and ray in '{}' (GIGAWATT_PYTHON names another)",
                  python)));
}

}  // namespace gigawatt::sweep
