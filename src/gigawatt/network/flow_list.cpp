#include "gigawatt/network/flow_list.h"

#include <charconv>
#include <cmath>
#include <memory>
#include <numeric>

#include <fmt/format.h>

#include "gigawatt/base/nearest.h"
#include "gigawatt/base/random.h"
#include "gigawatt/base/words.h"
#include "gigawatt/network/flow_limits.h"

namespace gigawatt::network {
namespace {

constexpr std::size_t kMostColumns = 256;
constexpr std::size_t kMostNames = 2000;  ///< that a hint is looked for in

std::string_view trim(std::string_view s) {
  while (!s.empty() && (s.front() == ' ' || s.front() == '\t')) s.remove_prefix(1);
  while (!s.empty() && (s.back() == ' ' || s.back() == '\t' || s.back() == '\r')) s.remove_suffix(1);
  return base::without_quotes(s);
}

class Reader {
 public:
  Reader(std::string_view text, const std::string& name, const topology::Fabric& fabric)
      : text_(text),
        source_(std::make_shared<base::SourceText>(base::SourceText{name, {}})),
        fabric_(fabric) {}

  tl::expected<std::vector<FlowRequest>, base::Diagnostics> read() {
    if (text_.starts_with("\xEF\xBB\xBF")) text_.remove_prefix(3);
    bool header = false;
    while (!text_.empty()) {
      ++line_;
      const auto end = text_.find('\n');
      const auto line = text_.substr(0, end);
      text_.remove_prefix(end == std::string_view::npos ? text_.size() : end + 1);
      if (trim(line).empty()) continue;
      split(line);
      if (!header) {
        header = true;
        if (!read_header()) return tl::unexpected(problems_);
      } else {
        read_row();
      }
    }
    if (!header) problem("no-header", "the file has no header line", "src,dst,bytes,start_s");
    if (unshown_ > 0)
      problems_.push_back(base::error("bad-flow", fmt::format("{} more bad lines", unshown_)));
    if (!problems_.empty()) return tl::unexpected(problems_);
    return std::move(out_);
  }

 private:
  void problem(std::string code, std::string message, std::string hint = {}) {
    if (problems_.size() >= kMostProblems) {
      ++unshown_;
      return;
    }
    auto d = base::error(std::move(code), std::move(message), std::move(hint));
    d.span.source = source_;
    d.span.line = line_;
    d.span.column = 1;
    problems_.push_back(std::move(d));
  }
  void split(std::string_view line) {
    cells_.clear();
    for (;;) {
      const auto at = line.find(',');
      cells_.push_back(trim(line.substr(0, at)));
      if (at == std::string_view::npos || cells_.size() >= kMostColumns) return;
      line.remove_prefix(at + 1);
    }
  }
  bool read_header() {
    for (std::size_t i = 0; i < cells_.size(); ++i)
      for (std::size_t k = 0; k < 4; ++k)
        if (cells_[i] == kColumns[k]) {
          if (column_[k] != kNone)
            problem("duplicate-column", fmt::format("the column '{}' stands twice", cells_[i]));
          column_[k] = i;
        }
    columns_ = cells_.size();
    for (std::size_t k = 0; k < 3; ++k)
      if (column_[k] == kNone)
        problem("missing-column", fmt::format("there is no column '{}'", kColumns[k]),
                "src,dst,bytes,start_s");
    return problems_.empty();
  }
  std::optional<std::int64_t> endpoint(std::size_t k) {
    const auto name = cells_[column_[k]];
    if (const auto id = fabric_.endpoint(name)) return id;
    std::string hint;
    if (hints_++ < 3) {
      std::vector<std::string> names;
      for (std::int64_t e = 0; e < std::min<std::int64_t>(fabric_.endpoints(), kMostNames); ++e)
        names.push_back(fabric_.endpoint_name(e));
      hint = base::did_you_mean(name, names);
      if (hint.empty())
        hint =
            fmt::format("there are {} endpoints, from '{}'", fabric_.endpoints(), fabric_.endpoint_name(0));
    }
    problem("unknown-endpoint", fmt::format("{}: there is no endpoint '{}'", kColumns[k], name), hint);
    return std::nullopt;
  }
  std::optional<double> number(std::size_t k, bool may_miss) {
    if (column_[k] == kNone) return 0.0;
    const auto cell = cells_[column_[k]];
    if (cell.empty() && may_miss) return 0.0;
    double value = 0;
    const auto [end, error] = std::from_chars(cell.data(), cell.data() + cell.size(), value);
    if (error == std::errc() && end == cell.data() + cell.size() && std::isfinite(value) && value >= 0 &&
        value <= 1e24)
      return value;
    problem("bad-number", fmt::format("{}: '{}' is no number from 0 to 1e24", kColumns[k], cell));
    return std::nullopt;
  }
  void read_row() {
    if (cells_.size() != columns_)
      return problem("bad-row", fmt::format("{} cells, the header has {}", cells_.size(), columns_));
    const auto src = endpoint(0), dst = endpoint(1);
    const auto bytes = number(2, false), start = number(3, true);
    if (src && dst && bytes && start) out_.push_back({*src, *dst, *bytes, *start});
  }

  static constexpr std::size_t kNone = static_cast<std::size_t>(-1);
  static constexpr std::string_view kColumns[4] = {"src", "dst", "bytes", "start_s"};
  std::string_view text_;
  std::shared_ptr<base::SourceText> source_;
  const topology::Fabric& fabric_;
  int line_ = 0;
  int hints_ = 0;
  std::size_t columns_ = 0;
  std::size_t column_[4] = {kNone, kNone, kNone, kNone};
  std::vector<std::string_view> cells_;
  std::size_t unshown_ = 0;
  base::Diagnostics problems_;
  std::vector<FlowRequest> out_;
};

}  // namespace

tl::expected<std::vector<FlowRequest>, base::Diagnostics> parse_flows(std::string_view text,
                                                                      const std::string& name,
                                                                      const topology::Fabric& fabric) {
  return Reader(text, name, fabric).read();
}

std::vector<FlowRequest> random_permutation(std::int64_t n, double bytes, std::uint64_t seed) {
  std::vector<std::int64_t> to(static_cast<std::size_t>(n));
  std::iota(to.begin(), to.end(), 0);
  random::Stream stream(seed, random::Domain::kTraffic, 0);
  // Sattolo's shuffle: one cycle through all endpoints, so that nobody is its own partner.
  for (auto i = static_cast<std::size_t>(n); i-- > 1;) std::swap(to[i], to[stream.below(i)]);
  std::vector<FlowRequest> out;
  out.reserve(to.size());
  for (std::size_t i = 0; i < to.size(); ++i) out.push_back({static_cast<std::int64_t>(i), to[i], bytes, 0});
  return out;
}

std::string flows_csv(const topology::Fabric& fabric, std::span<const FlowRequest> requests,
                      std::span<const double> finish_s) {
  std::string out = "src,dst,bytes,start_s,finish_s\n";
  for (std::size_t i = 0; i < requests.size(); ++i)
    out += fmt::format("{},{},{},{},{:.12g}\n", fabric.endpoint_name(requests[i].src),
                       fabric.endpoint_name(requests[i].dst), requests[i].bytes, requests[i].start_s,
                       finish_s[i]);
  return out;
}

}  // namespace gigawatt::network
