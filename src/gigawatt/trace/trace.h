#pragma once
/// A timeline as a Chrome trace (the "Trace Event Format", JSON object form).
///
/// Tracks are threads of processes: a process per rank, a thread per stream ("compute", "tp comm"), shown in the order
/// of their numbers. Spans on one track must not overlap. Times are seconds, written as microseconds with a nanosecond's
/// resolution. In the file, processes count from 1 and thread numbers are unique: viewers hold a thread with the
/// number of its process for the main thread, whatever its name.

#include <cstdint>
#include <map>
#include <ostream>
#include <string_view>
#include <utility>

namespace gigawatt::trace {

struct Track {
  std::int32_t process = 0;
  std::int32_t thread = 0;
};

class ChromeTrace {
 public:
  /// Starts the document; `out` outlives the writer. A failed stream is the caller's to check after close().
  explicit ChromeTrace(std::ostream& out);
  ~ChromeTrace();
  ChromeTrace(const ChromeTrace&) = delete;
  ChromeTrace& operator=(const ChromeTrace&) = delete;

  void name_process(std::int32_t process, std::string_view name);
  void name_thread(Track track, std::string_view name);
  /// A span with a category, by which viewers color it.
  void span(Track track, std::string_view name, std::string_view category, double begin_s, double end_s);
  /// The value of a counter of a process from this time on; shown as "name unit".
  void counter(std::int32_t process, std::string_view name, std::string_view unit, double time_s,
               double value);
  /// Ends the document; called by the destructor too.
  void close();

 private:
  void begin_event(std::string_view phase, std::int32_t process, std::string_view name);
  void thread_event(std::string_view phase, Track track, std::string_view name);

  std::map<std::pair<std::int32_t, std::int32_t>, std::int64_t> threads_;  ///< their numbers in the file

  std::ostream& out_;
  bool first_ = true;
  bool closed_ = false;
};

}  // namespace gigawatt::trace
