#include "gigawatt/trace/trace.h"

#include <string>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "gigawatt/base/check.h"

namespace gigawatt::trace {
namespace {

std::string quoted(std::string_view text) {
  return nlohmann::json(text).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

}  // namespace

ChromeTrace::ChromeTrace(std::ostream& out) : out_(out) {
  out_ << "{\"displayTimeUnit\":\"ms\",\"traceEvents\":[";
}

ChromeTrace::~ChromeTrace() { close(); }

void ChromeTrace::close() {
  if (!closed_) out_ << "\n]}\n";
  closed_ = true;
}

void ChromeTrace::begin_event(std::string_view phase, Track track, std::string_view name) {
  out_ << (first_ ? "\n" : ",\n");
  first_ = false;
  out_ << fmt::format(R"({{"ph":"{}","pid":{},"tid":{},"name":{})", phase, track.process, track.thread,
                      quoted(name));
}

void ChromeTrace::name_process(std::int32_t process, std::string_view name) {
  begin_event("M", {process, 0}, "process_name");
  out_ << fmt::format(R"(,"args":{{"name":{}}}}})", quoted(name));
}

void ChromeTrace::name_thread(Track track, std::string_view name) {
  begin_event("M", track, "thread_name");
  out_ << fmt::format(R"(,"args":{{"name":{}}}}})", quoted(name));
}

void ChromeTrace::span(Track track, std::string_view name, std::string_view category, double begin_s,
                       double end_s) {
  GW_CHECK(begin_s >= 0 && end_s >= begin_s, "span from {} to {}", begin_s, end_s);
  begin_event("X", track, name);
  out_ << fmt::format(R"(,"cat":{},"ts":{:.3f},"dur":{:.3f}}})", quoted(category), begin_s * 1e6,
                      (end_s - begin_s) * 1e6);
}

void ChromeTrace::counter(std::int32_t process, std::string_view name, double time_s, double value) {
  begin_event("C", {process, 0}, name);
  out_ << fmt::format(R"(,"ts":{:.3f},"args":{{"value":{}}}}})", time_s * 1e6, value);
}

}  // namespace gigawatt::trace
