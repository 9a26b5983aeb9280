#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "gigawatt/base/choice.h"
#include "gigawatt/config/csv.h"
#include "gigawatt/network/flow_programs.h"

namespace gigawatt::network {
namespace {

constexpr std::size_t kMostPrograms = 10'000;

/// The lines of a list of programs.
class List {
 public:
  List(const config::CsvTable& table, const std::string& file, const topology::Fabric& fabric, double hop_s,
       const ProgramRequest& usual)
      : table_(table), file_(file), fabric_(fabric), hop_s_(hop_s), usual_(usual) {}

  tl::expected<std::vector<RunningProgram>, base::Diagnostics> read() {
    for (const auto* needed : {"collective", "bytes"})
      if (table_.column(needed) < 0) wrong("missing-column", fmt::format("there is no column '{}'", needed));
    for (const auto& column : table_.header)
      if (std::find(kColumns.begin(), kColumns.end(), column) == kColumns.end())
        wrong("unknown-column",
              fmt::format("the column '{}' is none of {}", column, fmt::join(kColumns, ", ")));
    if (table_.rows.empty()) wrong("no-programs", "there is no program");
    if (table_.rows.size() > kMostPrograms)
      wrong("too-many", fmt::format("more than {} programs", kMostPrograms));
    if (!problems_.empty()) return tl::unexpected(problems_);
    std::vector<RunningProgram> out;
    for (row_ = 0; row_ < table_.rows.size(); ++row_)
      if (auto p = program()) out.push_back(*std::move(p));
    if (!problems_.empty()) return tl::unexpected(problems_);
    return out;
  }

 private:
  void wrong(std::string code, const std::string& message, std::string hint = {}) {
    const auto where = row_ < table_.rows.size() ? fmt::format("{}, program {}", file_, row_ + 1) : file_;
    problems_.push_back(base::error(std::move(code), fmt::format("{}: {}", where, message), std::move(hint)));
  }
  double number(std::string_view column, double otherwise, double least, double most) {
    const std::string& cell = table_.cell(row_, column);
    if (cell.empty()) return otherwise;
    double value = 0;
    const auto [end, error] = std::from_chars(cell.data(), cell.data() + cell.size(), value);
    if (error == std::errc() && end == cell.data() + cell.size() && value >= least && value <= most)
      return value;
    wrong("bad-number", fmt::format("{}: '{}' is no number from {:g} to {:g}", column, cell, least, most));
    return otherwise;
  }
  std::int64_t count(std::string_view column, std::int64_t otherwise, std::int64_t least) {
    const double n = number(column, static_cast<double>(otherwise), static_cast<double>(least),
                            static_cast<double>(fabric_.endpoints()));
    if (std::round(n) == n) return static_cast<std::int64_t>(n);
    wrong("bad-number", fmt::format("{}: {} is no whole number", column, n));
    return otherwise;
  }
  /// Index of a word in a list, or a problem.
  std::size_t choice(std::string_view column, const std::string& word,
                     std::span<const std::string_view> names) {
    const auto found = base::choose(column, word, names);
    if (!found) wrong(found.error().code, found.error().message, found.error().hint);
    return found.value_or(0);
  }

  std::optional<RunningProgram> program() {
    const std::size_t before = problems_.size();
    RunningProgram p;
    p.name = table_.cell(row_, "name");
    p.hop_s = hop_s_;
    p.start_s = number("start_s", 0, 0, 1e9);
    const std::string& word = table_.cell(row_, "collective");
    if (p.name.empty()) p.name = fmt::format("{} {}", row_ + 1, word);
    const double bytes = number("bytes", 0, 0, 1e24);
    if (table_.cell(row_, "bytes").empty()) wrong("missing-value", "bytes are missing");
    const std::int64_t first = count("first", 0, 0), stride = count("stride", 1, 1);
    const std::int64_t room = std::max<std::int64_t>(0, fabric_.endpoints() - first + stride - 1) / stride;
    const std::int64_t ranks = count("ranks", room, 1);
    const double times = number("times", 1, 1, 1e9);
    if (ranks > room)
      wrong("too-many-ranks", fmt::format("{} ranks from endpoint {} at a distance of {} on a fabric of {}",
                                          ranks, first, stride, fabric_.endpoints()));
    if (problems_.size() > before) return std::nullopt;
    if (word == "write" || word == "read")
      p.phases = transfer(word == "write", ranks, bytes);
    else
      p.phases = collective(word, ranks, bytes, first, stride);
    if (problems_.size() > before) return std::nullopt;
    for (auto& phase : p.phases) {
      phase.repeats *= times;
      const auto place = [&](std::int64_t& end) { end = end < ranks ? first + end * stride : end - ranks; };
      for (auto& f : phase.flows) place(f.src), place(f.dst);
      for (auto& w : phase.waits) place(w.src), place(w.dst);
    }
    return p;
  }
  /// Endpoints of the storage stand behind the ranks until all are placed.
  FlowProgram transfer(bool write, std::int64_t ranks, double bytes) {
    const std::int64_t to = count("to", -1, 0), most = count("to_ranks", 1, 1);
    if (to < 0) wrong("missing-value", "to: which endpoint is the storage?");
    if (to >= 0 && to + most > fabric_.endpoints())
      wrong("too-many-ranks", fmt::format("storage from endpoint {} to {} on a fabric of {}", to,
                                          to + most - 1, fabric_.endpoints()));
    FlowPhase phase;
    phase.name = write ? "write" : "read";
    for (std::int64_t i = 0; i < ranks; ++i) {
      const std::int64_t storage = ranks + to + i % most;
      phase.flows.push_back(write ? FlowRequest{i, storage, bytes, 0} : FlowRequest{storage, i, bytes, 0});
    }
    return {phase};
  }
  /// Ranks that share a domain of the fabric, where the first stands at the beginning of one.
  std::int64_t ranks_of_domain(std::int64_t first, std::int64_t stride) const {
    const std::int64_t d = usual_.domain;
    return d > 1 && first % d == 0 && d % stride == 0 ? d / stride : 1;
  }
  FlowProgram collective(const std::string& word, std::int64_t ranks, double bytes, std::int64_t first,
                         std::int64_t stride) {
    ProgramRequest r = usual_;
    std::vector<std::string_view> names(std::begin(kCollectiveNames), std::end(kCollectiveNames));
    names.insert(names.end(), {"write", "read"});
    const std::string& algorithm = table_.cell(row_, "algorithm");
    r.collective = static_cast<Collective>(choice("collective", word, names));
    r.algorithm =
        static_cast<Algorithm>(choice("algorithm", algorithm.empty() ? "auto" : algorithm, kAlgorithmNames));
    r.ranks = ranks;
    r.bytes = bytes;
    r.domain = count("domain", 0, 0);
    if (r.domain == 0) r.domain = ranks_of_domain(first, stride);
    r = on_fabric(fabric_, r);
    if (first != 0 || stride != 1) r.torus.clear();  // no block of it
    if (r.algorithm == Algorithm::kAuto && r.ranks >= 2) {
      FlowOptions spread;
      spread.routing = Routing::kSpray;
      if (const auto fastest = run_collective(fabric_, r, spread, hop_s_)) r.algorithm = fastest->algorithm;
    }
    auto program = make_program(r);
    if (program) return *std::move(program);
    wrong("no-program", program.error());
    return {};
  }

  static constexpr std::array<std::string_view, 12> kColumns = {
      "name",  "collective", "algorithm", "ranks", "first", "stride",
      "bytes", "start_s",    "domain",    "times", "to",    "to_ranks"};
  const config::CsvTable& table_;
  const std::string& file_;
  const topology::Fabric& fabric_;
  double hop_s_;
  const ProgramRequest& usual_;
  std::size_t row_ = static_cast<std::size_t>(-1);
  base::Diagnostics problems_;
};

}  // namespace

tl::expected<std::vector<RunningProgram>, base::Diagnostics> parse_programs(std::string_view text,
                                                                            const std::string& name,
                                                                            const topology::Fabric& fabric,
                                                                            double hop_s,
                                                                            const ProgramRequest& usual) {
  const auto table = config::parse_csv(text, name);
  if (!table) return tl::unexpected(base::Diagnostics{table.error()});
  return List(*table, name, fabric, hop_s, usual).read();
}

}  // namespace gigawatt::network
