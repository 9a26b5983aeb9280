#include "gigawatt/base/stop.h"

#include <utility>

namespace gigawatt::base {
namespace {

thread_local const std::stop_token* innermost = nullptr;

}  // namespace

StopScope::StopScope(std::stop_token token)
    : token_(std::move(token)), before_(std::exchange(innermost, &token_)) {}

StopScope::~StopScope() { innermost = before_; }

std::stop_token current_stop() { return innermost != nullptr ? *innermost : std::stop_token(); }

void heed_stop() {
  if (innermost != nullptr && innermost->stop_requested()) throw Stopped();
}

}  // namespace gigawatt::base
