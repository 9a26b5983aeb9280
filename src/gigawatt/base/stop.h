#pragma once
/// Ends a computation from wherever it is. Who asks a question opens a StopScope; whatever is computed in it, on this
/// thread and on those of its parallel loops, calls heed_stop() now and then, which throws Stopped once the token asks to
/// stop. What has a part to show takes the token itself and returns what it found; all else unwinds to the scope's owner.
///
///     const base::StopScope scope(token);
///     try { return answer(question); } catch (const base::Stopped&) { return given_up(); }
///
/// A call costs two loads. Once in a microsecond of work is often enough and cheap enough.

#include <exception>
#include <stop_token>

namespace gigawatt::base {

class Stopped : public std::exception {
 public:
  const char* what() const noexcept override { return "stopped before there was an answer"; }
};

class StopScope {
 public:
  /// `patient`: heed_stop() lets everything come to its end; only who asks current_stop() is told.
  explicit StopScope(std::stop_token token, bool patient = false);
  ~StopScope();
  StopScope(const StopScope&) = delete;
  StopScope& operator=(const StopScope&) = delete;

  /// The innermost of this thread; null where there is none.
  static const StopScope* innermost();
  const std::stop_token& token() const { return token_; }
  bool patient() const { return patient_; }

 private:
  std::stop_token token_;
  bool patient_;
  const StopScope* before_;
};

/// The token of the innermost scope of this thread; one that never stops where there is none.
std::stop_token current_stop();

/// Throws Stopped where the innermost scope of this thread is asked to stop and is not patient.
void heed_stop();

}  // namespace gigawatt::base
