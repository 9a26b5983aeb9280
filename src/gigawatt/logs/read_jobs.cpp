#include "gigawatt/logs/read_jobs.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <sstream>

#include <fmt/format.h>

#include "gigawatt/base/nearest.h"
#include "gigawatt/logs/file_kind.h"
#include "gigawatt/logs/job_format.h"
#include "gigawatt/logs/lines.h"
#include "gigawatt/logs/slurm_columns.h"

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
std::string detect(std::string_view line) {
  if (line[0] == ';') return "swf";
  if (line[0] == '{' && line.find("collection_id") != std::string_view::npos) return "google";
  std::vector<std::string_view> words;
  split_blanks(line, words);
  if (words.size() == 18 && number(words[0])) return "swf";
  std::vector<std::string> names;
  if (const char separator = slurm_separator(line); separator != '\0' && separator != ',') {
    split_plain(line, separator, names);
    if (has_all(names, {"JobID", "Submit"}) || has_all(names, {"JobIDRaw", "Submit"}) ||
        looks_like_slurm_row(names))
      return "slurm";
  }
  CsvCells csv(csv_separator(line));
  if (!csv.split(line, names)) return "";
  for (std::string& name : names) name = lower(name);
  if (has_all(names, {"jobid", "submit"})) return "slurm";
  if (has_all(names, {"submit_s", "run_s", "units"})) return "jobs";
  if (has_all(names, {"timestamp", "duration", "num_gpus"})) return "philly";
  if (has_all(names, {"job_id", "gpu_num", "submit_time", "vc"})) return "helios";
  if (has_all(names, {"job_id", "gpu_num", "submit_time"})) return "acme";
  if (has_all(names, {"inst_num", "plan_gpu"}) || has_all(names, {"num_gpu", "creation_time"}) ||
      has_all(names, {"instance_sn", "gpu_request", "deletion_time"}) ||
      has_all(names, {"job_name", "gpu_request", "worker_num", "submit_time"}) ||
      has_all(names, {"instance_num", "plan_cpu", "start_time"}))
    return "alibaba";
  if (has_all(names, {"vmid", "vmcreated", "vmdeleted"})) return "azure";
  if (has_all(names, {"collection_id", "instance_index", "time", "type"})) return "google";
  if (names.size() == 13 &&
      std::all_of(names.begin() + 2, names.begin() + 4, [](const auto& n) { return whole(n); }))
    return "google";
  return headless_csv_format(names);
}

std::unique_ptr<JobFormat> make_format(const std::string& name, JobSink& sink) {
  if (name == "swf") return swf_format(sink);
  if (name == "slurm") return slurm_format(sink);
  if (name == "google") return google_format(sink);
  return csv_format(sink, name);
}

/// Hands out the elements of a list in JSON, of objects one after the other, or of the lists of an object whose first
/// key is one of those around Slurm's list of jobs. Whatever is wrong inside one is left to who reads it.
class Elements {
 public:
  explicit Elements(Lines& lines) : lines_(lines) {}

  /// `line` is the file's current one at first. False: no more.
  bool next(std::string_view& line, std::string& element, std::uint32_t& number) {
    element.clear();
    if (ended_) return false;
    do {
      for (; at_ < line.size(); ++at_) {
        if (element.empty()) number = lines_.number();
        if (take(line[at_], element)) {
          ++at_;
          return true;
        }
        if (element.size() > kLongest) break;
      }
      if (element.size() > kLongest) break;
      if (!element.empty() && !lines_.goes_on()) element.push_back('\n');
      at_ = 0;
    } while (lines_.next(line));
    ended_ = true;
    cut_off_ = depth_ > 0;
    return !element.empty() && !around_;  // what is left was cut off
  }

  bool around() const { return around_; }    ///< the elements are those of lists inside one object
  bool cut_off() const { return cut_off_; }  ///< the file ends inside of an object

 private:
  static constexpr std::size_t kLongest = 64u << 20;

  /// True where `c` ends an element.
  bool take(char c, std::string& element) {
    if (inside_quotes_) {
      element.push_back(c);
      if (escaped_)
        escaped_ = false;
      else if (c == '\\')
        escaped_ = true;
      else if (c == '"')
        inside_quotes_ = false;
      return false;
    }
    if (depth_ == 0 && c != '{') return false;  // brackets and commas of the list
    element.push_back(c);
    if (c == '"') inside_quotes_ = true;
    if (c == '{' || c == '[') open(c, element);
    if ((c != '}' && c != ']') || --depth_ > base()) return false;
    if (depth_ == base() && (!around_ || element.starts_with('{'))) return true;
    element.clear();
    return false;
  }

  void open(char c, std::string& element) {
    if (depth_ == 1 && !decided_) {
      decided_ = true;
      around_ = is_around(element);
    }
    if (around_ && depth_ == 1) list_ = c == '[';
    if (around_ && depth_ <= base()) element = depth_ == base() && list_ && c == '{' ? "{" : "";
    ++depth_;
  }

  /// `begin`: from the object's brace to the bracket behind its first key.
  static bool is_around(std::string_view begin) {
    const std::size_t quote = begin.find('"');
    if (quote == std::string_view::npos) return false;
    begin.remove_prefix(quote + 1);
    const std::string_view key = begin.substr(0, begin.find('"'));
    for (const std::string_view known : {"jobs", "meta", "errors", "warnings", "plugin"})
      if (key == known) return true;
    return false;
  }

  int base() const { return around_ ? 2 : 0; }

  Lines& lines_;
  std::size_t at_ = 0;
  int depth_ = 0;
  bool inside_quotes_ = false;
  bool escaped_ = false;
  bool decided_ = false, around_ = false;
  bool list_ = false;  ///< of the lists inside the object, in one of which we are
  bool cut_off_ = false;
  bool ended_ = false;  ///< of the file, or an element that is too long
};

/// What is wrong with a file whose first element this is; nothing where it is a job of Philly's.
std::optional<std::string> no_job(const std::string& element) {
  if (element.find("\"attempts\"") != std::string::npos || element.find("\"jobid\"") != std::string::npos)
    return std::nullopt;
  if (element.find("\"job_state\"") != std::string::npos)
    return "this looks like `squeue --json` or `scontrol --json`, which list what waits and runs now: ask "
           "for "
           "sacct --json";
  const std::string kind = file_kind(element);
  return kind.empty() ? "this JSON is no list of jobs as Philly's cluster_job_log or `sacct --json` is"
                      : "this looks like " + kind;
}

/// Philly's list of jobs, or Slurm's; what is wrong with the whole file, if anything.
std::optional<std::string> read_json(Lines& lines, std::string_view line, JobSink& sink) {
  Elements elements(lines);
  std::string element;
  std::uint32_t number = 0;
  bool first = true;
  std::unique_ptr<JobFormat> slurm;
  while (elements.next(line, element, number)) {
    const auto row = first || slurm ? slurm_json_line(element) : std::nullopt;
    const bool says_state = element.find("\"job_state\"") != std::string::npos;
    if (first && !row && elements.around() && !says_state) continue;  // errors and warnings
    if (first && !row)
      if (auto problem = no_job(element)) return problem;
    if (first && row) {
      slurm = slurm_format(sink);
      sink.list().format = "slurm";
      (void)slurm->line(number, slurm_json_header());
    }
    first = false;
    if (!slurm)
      philly_job(sink, number, element);
    else if (row || !elements.around() || element.find("\"job_id\"") != std::string::npos)
      (void)slurm->line(number, row.value_or("no job"));
  }
  if (first) return "this JSON holds no job";
  if (elements.around() && elements.cut_off())
    sink.list().notes.emplace_back("the file ends inside of its list of jobs: it may be cut off");
  sink.finish(false);
  return std::nullopt;
}

std::string what_it_looks_like(std::string_view line, std::string_view otherwise) {
  const std::string kind = file_kind(line);
  return kind.empty() ? std::string(otherwise) : "this looks like " + kind;
}

tl::expected<JobList, base::Diagnostics> read(std::istream& in, const std::string& name,
                                              const ReadOptions& options) {
  JobList list;
  JobSink sink(list, options);
  std::unique_ptr<JobFormat> format;
  Lines lines(in);
  if (const int first = in.peek(); first == '{' || first == '[')
    lines.give_pieces();  // JSON without line feeds
  std::string_view line;
  list.format = options.format;
  bool read_as_json = false;
  while (lines.next(line)) {
    if (line.find_first_not_of(" \t") == std::string_view::npos) continue;
    if (!format && line[0] == '#' && !line.starts_with("#!")) continue;  // a remark before the header
    if (!format) {
      if (const auto how = packed_with(line); !how.empty())
        return fail(name, 0, fmt::format("the file is packed with {}", how), "unpack it first");
      if (list.format.empty()) list.format = detect(line);
      const bool json = line[0] == '[' || line[0] == '{';
      if (json && list.format != "google") {
        if (!list.format.empty() && list.format != "philly" && list.format != "slurm")
          return fail(name, 0, "the file is JSON", "the log is read as CSV: one line a job, with a header");
        const std::string wanted = list.format;
        list.format = "philly";
        if (auto problem = read_json(lines, line, sink)) return fail(name, 0, std::move(*problem));
        if (!wanted.empty() && wanted != list.format)
          return fail(name, 0, fmt::format("this is a log of {}, not of {}", list.format, wanted));
        read_as_json = true;
        break;
      }
      if (list.format.empty())
        return fail(name, lines.number(), what_it_looks_like(line, "this is no job log that is known"),
                    fmt::format("known: {}; name it with --format", fmt::join(kJobFormats, ", ")));
      format = make_format(list.format, sink);
    }
    const std::string beginning(lines.number() == 1 ? line.substr(0, 4096) : std::string_view());
    if (auto problem = format->line(lines.number(), line)) {
      const std::string kind = file_kind(beginning);
      return fail(name, lines.number(), std::move(*problem), kind.empty() ? "" : "this looks like " + kind);
    }
  }
  if (!format && !read_as_json) return fail(name, 0, "the file is empty");
  if (format) format->finish();
  const auto& broken = list.quality.of(Finding::kBroken);
  if (broken.count * 2 > list.quality.lines)
    return fail(name, broken.examples[0].first,
                fmt::format("{} of {} lines cannot be read as {}; the first: {}", broken.count,
                            list.quality.lines, list.format, broken.examples[0].second),
                "times are dates such as 2024-05-01 10:00:00, with or without a time zone, or seconds");
  if (!read_as_json && lines.unterminated() && broken.count > 0 && broken.last_line == lines.number())
    list.notes.emplace_back("the last line has no end and cannot be read: the file may be cut off");
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
