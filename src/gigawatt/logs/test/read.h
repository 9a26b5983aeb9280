#pragma once

#include <string>
#include <string_view>

#include <gtest/gtest.h>

#include "gigawatt/logs/read_jobs.h"

namespace gigawatt::logs::test {

/// The jobs of a log; what is refused fails the test.
inline JobList good(std::string_view text, ReadOptions options = {}) {
  auto list = parse_jobs(text, "log", options);
  if (!list) ADD_FAILURE() << base::render(list.error());
  return list.value_or(JobList{});
}

/// Why a log is refused, or "accepted".
inline std::string bad(std::string_view text, ReadOptions options = {}) {
  const auto list = parse_jobs(text, "log", options);
  return list ? "accepted" : base::render(list.error());
}

}  // namespace gigawatt::logs::test
