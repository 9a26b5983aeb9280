#include "gigawatt/logs/read_jobs.h"

#include <cerrno>
#include <cstring>
#include <fstream>
#include <sstream>

#include <fmt/format.h>

#include "gigawatt/base/nearest.h"
#include "gigawatt/logs/job_format.h"
#include "gigawatt/logs/lines.h"

namespace gigawatt::logs {
namespace {

tl::unexpected<base::Diagnostics> fail(const std::string& name, std::uint32_t line, std::string message,
                                       std::string hint = {}) {
  if (line > 0) message = fmt::format("line {}: {}", line, message);
  base::Diagnostic d = base::error("bad-log", std::move(message), std::move(hint));
  d.span.source = std::make_shared<base::SourceText>(base::SourceText{name, {}});
  return tl::unexpected(base::Diagnostics{std::move(d)});
}

bool has_all(const std::vector<std::string>& names, std::initializer_list<std::string_view> wanted) {
  for (const auto name : wanted)
    if (std::find(names.begin(), names.end(), name) == names.end()) return false;
  return true;
}

/// What a first line looks like; "" where nothing is known that begins so.
std::string detect(const std::string& line) {
  if (line[0] == ';') return "swf";
  std::vector<std::string_view> words;
  split_blanks(line, words);
  if (words.size() == 18 && number(words[0])) return "swf";
  std::vector<std::string> names;
  if (line.find('|') != std::string::npos) {
    split_plain(line, '|', names);
    return has_all(names, {"JobID", "Submit"}) ? "slurm" : "";
  }
  CsvCells csv;
  if (!csv.split(line, names)) return "";
  if (has_all(names, {"submit_s", "run_s", "units"})) return "jobs";
  if (has_all(names, {"timestamp", "duration", "num_gpus"})) return "philly";
  if (has_all(names, {"job_id", "gpu_num", "submit_time", "vc"})) return "helios";
  if (has_all(names, {"job_id", "gpu_num", "submit_time"})) return "acme";
  if (has_all(names, {"inst_num", "plan_gpu"}) || has_all(names, {"num_gpu", "creation_time"}))
    return "alibaba";
  return "";
}

std::string packed(const std::string& line) {
  if (line.starts_with("\x1f\x8b")) return "gzip";
  if (line.starts_with("\xfd"
                       "7zXZ"))
    return "xz";
  if (line.starts_with("BZh")) return "bzip2";
  if (line.starts_with("\x28\xb5\x2f\xfd")) return "zstd";
  return "";
}

tl::expected<JobList, base::Diagnostics> read(std::istream& in, const std::string& name,
                                              const ReadOptions& options) {
  JobList list;
  JobSink sink(list, options);
  std::unique_ptr<JobFormat> format;
  Lines lines(in);
  std::string line;
  list.format = options.format;
  while (lines.next(line)) {
    if (line.find_first_not_of(" \t") == std::string::npos) continue;
    if (!format) {
      if (const auto how = packed(line); !how.empty())
        return fail(name, 0, fmt::format("the file is packed with {}", how), "unpack it first");
      if (line[0] == '[' || line[0] == '{')
        return fail(name, 0, "the file is JSON", "the log is read as CSV: one line a job, with a header");
      if (list.format.empty()) list.format = detect(line);
      if (list.format.empty())
        return fail(name, lines.number(), "this is no job log that is known",
                    fmt::format("known: {}; name it with --format", fmt::join(kJobFormats, ", ")));
      if (list.format == "swf")
        format = swf_format(sink);
      else if (list.format == "slurm")
        format = slurm_format(sink);
      else
        format = csv_format(sink, list.format);
    }
    if (auto problem = format->line(lines.number(), line))
      return fail(name, lines.number(), std::move(*problem));
  }
  if (!format) return fail(name, 0, "the file is empty");
  sink.finish();
  const auto& broken = list.quality.of(Finding::kBroken);
  if (broken.count * 2 > list.quality.lines)
    return fail(name, broken.examples[0].first,
                fmt::format("{} of {} lines cannot be read as {}; the first: {}", broken.count,
                            list.quality.lines, list.format, broken.examples[0].second));
  return list;
}

}  // namespace

tl::expected<JobList, base::Diagnostics> read_jobs(const std::filesystem::path& file,
                                                   const ReadOptions& options) {
  std::error_code ignored;
  if (std::filesystem::is_directory(file, ignored))
    return fail(file.string(), 0, "this is a folder, not a file");
  errno = 0;
  std::ifstream in(file, std::ios::binary);
  if (!in) return fail(file.string(), 0, fmt::format("cannot be opened: {}", std::strerror(errno)));
  return read(in, file.string(), options);
}

tl::expected<JobList, base::Diagnostics> parse_jobs(std::string_view text, const std::string& name,
                                                    const ReadOptions& options) {
  std::istringstream in{std::string(text)};
  return read(in, name, options);
}

}  // namespace gigawatt::logs
