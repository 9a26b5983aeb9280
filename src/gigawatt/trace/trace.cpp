#include "gigawatt/trace/trace.h"

#include <cmath>
#include <string>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "gigawatt/base/check.h"

namespace gigawatt::trace {
namespace {

constexpr std::int64_t kFirstThread = 1'000'000;  // above any number of processes

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

void ChromeTrace::begin_event(std::string_view phase, std::int32_t process, std::string_view name) {
  out_ << (first_ ? "\n" : ",\n");
  first_ = false;
  out_ << fmt::format(R"({{"ph":"{}","pid":{},"name":{})", phase, process + 1, quoted(name));
}

void ChromeTrace::thread_event(std::string_view phase, Track track, std::string_view name) {
  const auto [number, fresh] =
      threads_.try_emplace({track.process, track.thread}, kFirstThread + threads_.size());
  begin_event(phase, track.process, name);
  out_ << fmt::format(R"(,"tid":{})", number->second);
}

void ChromeTrace::name_process(std::int32_t process, std::string_view name) {
  begin_event("M", process, "process_name");
  out_ << fmt::format(R"(,"args":{{"name":{}}}}})", quoted(name));
  begin_event("M", process, "process_sort_index");
  out_ << fmt::format(R"(,"args":{{"sort_index":{}}}}})", process);
}

void ChromeTrace::name_thread(Track track, std::string_view name) {
  thread_event("M", track, "thread_name");
  out_ << fmt::format(R"(,"args":{{"name":{}}}}})", quoted(name));
  thread_event("M", track, "thread_sort_index");
  out_ << fmt::format(R"(,"args":{{"sort_index":{}}}}})", track.thread);
}

void ChromeTrace::span(Track track, std::string_view name, std::string_view category, double begin_s,
                       double end_s) {
  GW_CHECK(begin_s >= 0 && end_s >= begin_s, "span from {} to {}", begin_s, end_s);
  thread_event("X", track, name);
  // From rounded begin to rounded end, so that spans which touch do not overlap by a nanosecond.
  const double begin_ns = std::round(begin_s * 1e9);
  out_ << fmt::format(R"(,"cat":{},"ts":{:.3f},"dur":{:.3f}}})", quoted(category), begin_ns / 1e3,
                      (std::round(end_s * 1e9) - begin_ns) / 1e3);
}

void ChromeTrace::counter(std::int32_t process, std::string_view name, std::string_view unit, double time_s,
                          double value) {
  begin_event("C", process, name);
  out_ << fmt::format(R"(,"ts":{:.3f},"args":{{{}:{}}}}})", std::round(time_s * 1e9) / 1e3, quoted(unit),
                      value);
}

}  // namespace gigawatt::trace
