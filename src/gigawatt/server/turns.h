#pragma once
/// Long questions take turns.
///
/// A few threads, which give way to everything else, work on one question each, so that the system's scheduler hands the
/// processors round between them: a small question asked beside three endless ones has its answer after four times its
/// own time. More questions than threads wait, a bounded number of them; a thread that is free takes the next of the
/// client that has fewest at work, then of the one that was served longest ago, then the one that came first.
///
/// A turn has a bound: `longest` in any case, and while others wait (`round` / (1 + those who wait)), at least `shortest`.
/// Then the question is asked to stop, and what it had found is its answer. So whoever waits has a thread after about
/// round / threads, however many are before it. While the process has more memory than it should, no turn begins beside
/// another, and the one that began last is ended: it is the one whose memory grows.

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "gigawatt/server/http.h"

namespace gigawatt::server {

struct TurnLimits {
  std::size_t threads = 4;
  std::size_t waiting = 64;
  std::chrono::milliseconds longest{600'000};
  std::chrono::milliseconds round{20'000};
  std::chrono::milliseconds shortest{1'000};
  double memory_bytes = 3e9;  ///< of the whole process
};

class Turns {
 public:
  explicit Turns(const TurnLimits& limits = {});
  ~Turns() { end(); }
  Turns(const Turns&) = delete;
  Turns& operator=(const Turns&) = delete;

  /// Asks everything to stop and waits for it; what has not begun is dropped, and nothing more is taken.
  void end();

  /// False: too many wait. `stop` is asked to stop by the client's leaving or here, at the end of the turn.
  bool take(std::string client, std::stop_source stop, std::function<void(const Turn&)> work);

 private:
  using Clock = std::chrono::steady_clock;
  struct Work {
    std::string client;
    std::stop_source stop;
    std::function<void(const Turn&)> run;
    Clock::time_point begun;
    Turn::End end;
  };
  struct Client {
    std::size_t at_work = 0;
    std::uint64_t served = 0;  ///< when last, by count
  };

  void serve();
  void watch();
  void watch_memory();           ///< under the lock
  std::shared_ptr<Work> next();  ///< under the lock; of those who wait, at least one
  std::chrono::milliseconds bound() const;
  static void end_turn(Work& work, bool memory);

  TurnLimits limits_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<std::shared_ptr<Work>> waiting_;
  std::vector<std::shared_ptr<Work>> at_work_;
  std::map<std::string, Client> clients_;
  std::uint64_t served_ = 0;
  bool ending_ = false;
  bool short_of_memory_ = false;
  std::vector<std::thread> threads_;
  std::thread clock_;
};

}  // namespace gigawatt::server
