#pragma once
/// Requests and answers as the API sees them: no sockets, no library.

#include <atomic>
#include <functional>
#include <map>
#include <memory>
#include <stop_token>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace gigawatt::server {

struct Request {
  std::string method;                          ///< "GET"
  std::string path;                            ///< percent-decoded, begins with '/'
  std::map<std::string, std::string> query;    ///< percent-decoded; of a key given twice the last
  std::map<std::string, std::string> headers;  ///< names in lower case
  std::string body;

  std::string_view header(const std::string& name) const {
    const auto it = headers.find(name);
    return it == headers.end() ? std::string_view{} : std::string_view(it->second);
  }
};

struct Response {
  int status = 200;
  std::string type = "application/json";
  std::string body;
  std::string_view embedded;  ///< instead of `body`: bytes that live as long as the program
  std::vector<std::pair<std::string, std::string>> headers;

  std::string_view bytes() const { return embedded.empty() ? std::string_view(body) : embedded; }
};

/// What a stream of server-sent events has to say; any thread may feed it, one reads.
class EventSource {
 public:
  struct Chunk {
    std::string text;   ///< whole events, ready to be sent; empty: nothing new
    bool last = false;  ///< nothing follows
  };
  virtual ~EventSource() = default;
  virtual Chunk next() = 0;
  /// `wake` is called, from any thread, when next() may have something new.
  virtual void on_news(std::function<void()> wake) = 0;
};

/// What a piece of work is given. The token is asked to stop when the client has gone, or the server must end: the
/// answer is then read by nobody; or when its turn is over (turns.h): then what was found until then is the answer.
struct Turn {
  /// Why it ended before its work did.
  struct End {
    std::atomic<int> after_s = 0;      ///< 0: it did not
    std::atomic<bool> memory = false;  ///< rather than for its length
  };
  std::stop_token stop{};
  const End* end = nullptr;

  int ended_after_s() const { return end == nullptr ? 0 : end->after_s.load(); }
  bool ended_for_memory() const { return end != nullptr && end->memory; }
};

/// Work that is not done on the network's thread.
struct Deferred {
  enum class Weight {
    kLight,  ///< milliseconds
    kHeavy   ///< longer: takes turns with others of its kind, so that it holds up nothing else
  };
  Weight weight = Weight::kLight;
  std::function<Response(const Turn&)> run;
};

using Answer = std::variant<Response, Deferred, std::shared_ptr<EventSource>>;

/// Answers requests. Called on the network's thread; what takes time comes back as Deferred.
class Handler {
 public:
  virtual ~Handler() = default;
  virtual Answer answer(Request request) = 0;
};

}  // namespace gigawatt::server
