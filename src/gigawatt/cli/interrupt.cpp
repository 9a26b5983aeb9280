#include "gigawatt/cli/interrupt.h"

#include <pthread.h>
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <ctime>
#include <optional>

namespace gigawatt::cli {
namespace {

/// What a clean stop may take. Files are written under another name first and stores survive it, so that nothing is
/// lost but what was being computed.
constexpr auto kGrace = std::chrono::seconds(10);

sigset_t stop_signals() {
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGINT);
  sigaddset(&set, SIGTERM);
  return set;
}

}  // namespace

Interrupt::Interrupt() {
  const sigset_t set = stop_signals();
  pthread_sigmask(SIG_BLOCK, &set, nullptr);
  thread_ = std::jthread([this](const std::stop_token& ending) { wait(ending); });
}

Interrupt::~Interrupt() {
  thread_.request_stop();
  thread_.join();
  const sigset_t set = stop_signals();
  pthread_sigmask(SIG_UNBLOCK, &set, nullptr);
}

void Interrupt::wait(const std::stop_token& ending) {
  const sigset_t set = stop_signals();
  std::optional<std::chrono::steady_clock::time_point> latest;
  while (!ending.stop_requested()) {
    if (latest && std::chrono::steady_clock::now() > *latest) ::_exit(exit_code());
    const timespec patience{.tv_sec = 0, .tv_nsec = 20'000'000};
    const int signal = sigtimedwait(&set, nullptr, &patience);
    if (signal < 0) continue;
    if (source_.stop_requested()) ::_exit(128 + signal);
    signal_ = signal;
    latest = std::chrono::steady_clock::now() + kGrace;
    source_.request_stop();
  }
}

}  // namespace gigawatt::cli
