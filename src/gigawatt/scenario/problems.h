#pragma once
/// Collects what resolution finds wrong, each at the place in the text that a path of keys came from.

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

#include "gigawatt/base/diagnostic.h"
#include "gigawatt/config/read.h"

namespace gigawatt::scenario {

class Problems {
 public:
  /// `found` are the reader's: a value that it refused is not complained about again.
  Problems(base::Diagnostics& found, const config::SpanMap& spans)
      : diagnostics_(found), spans_(spans), reader_count_(found.size()) {}

  /// Who has made as many mistakes is not helped by more, and finding the nearest name for each takes its time.
  static constexpr std::size_t kMost = 1000;
  bool full() const { return diagnostics_.size() - reader_count_ >= kMost; }

  void error(const std::string& path, std::string code, std::string message, std::string hint = {}) {
    if (full()) return;
    const base::SourceSpan span = span_of(path);
    for (std::size_t i = 0; i < reader_count_; ++i) {
      const auto& other = diagnostics_[i].span;
      if (given(path) && other.source == span.source && other.line == span.line &&
          other.column == span.column)
        return;
    }
    diagnostics_.push_back(
        {std::move(code), base::Severity::kError, span, std::move(message), std::move(hint)});
  }

  /// True where the reader refused a value at this path or below: what follows from its absence is no news.
  bool refused(const std::string& path) const {
    if (reader_count_ == 0) return false;
    for (auto at = spans_.lower_bound(path); at != spans_.end() && at->first.starts_with(path); ++at) {
      const auto& [known, span] = *at;
      if (known.size() > path.size() && known[path.size()] != '.' && known[path.size()] != '[') continue;
      for (std::size_t i = 0; i < reader_count_; ++i) {
        const auto& other = diagnostics_[i].span;
        if (other.source == span.source && other.line == span.line && other.column == span.column)
          return true;
      }
    }
    return false;
  }

  bool given(const std::string& path) const { return spans_.contains(path); }

  /// The span of a path, or of the nearest table around it.
  base::SourceSpan span_of(std::string path) const {
    while (true) {
      if (const auto found = spans_.find(path); found != spans_.end()) return found->second;
      const auto cut = path.find_last_of(".[");
      if (cut == std::string::npos) break;
      path.resize(cut);
    }
    return spans_.empty() ? base::SourceSpan{} : base::SourceSpan{spans_.begin()->second.source, 0, 0, 1};
  }

 private:
  base::Diagnostics& diagnostics_;
  const config::SpanMap& spans_;
  std::size_t reader_count_;
};

}  // namespace gigawatt::scenario
