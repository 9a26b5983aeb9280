#include "gigawatt/base/stop.h"

#include <utility>

namespace gigawatt::base {
namespace {

thread_local const StopScope* innermost_scope = nullptr;

}  // namespace

StopScope::StopScope(std::stop_token token, bool patient)
    : token_(std::move(token)), patient_(patient), before_(std::exchange(innermost_scope, this)) {}

StopScope::~StopScope() { innermost_scope = before_; }

const StopScope* StopScope::innermost() { return innermost_scope; }

std::stop_token current_stop() {
  return innermost_scope != nullptr ? innermost_scope->token() : std::stop_token();
}

void heed_stop() {
  const StopScope* scope = innermost_scope;
  if (scope != nullptr && !scope->patient() && scope->token().stop_requested()) throw Stopped();
}

}  // namespace gigawatt::base
