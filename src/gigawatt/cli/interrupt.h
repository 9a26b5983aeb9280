#pragma once
/// Ctrl-C and SIGTERM as a stop token. Private to this module.
///
/// The signals are blocked in the thread that constructs this and in those it starts later; one thread waits for
/// them. The first asks for a clean stop; a second one, or ten seconds without an end, end the process at once.

#include <atomic>
#include <stop_token>
#include <thread>

namespace gigawatt::cli {

class Interrupt {
 public:
  Interrupt();
  ~Interrupt();
  Interrupt(const Interrupt&) = delete;
  Interrupt& operator=(const Interrupt&) = delete;

  std::stop_token token() const { return source_.get_token(); }
  int exit_code() const { return 128 + signal_.load(); }  ///< of the signal that came

 private:
  void wait(const std::stop_token& ending);

  std::stop_source source_;
  std::atomic<int> signal_ = 0;
  std::jthread thread_;
};

}  // namespace gigawatt::cli
