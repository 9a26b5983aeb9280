#pragma once
/// What the program says and where. Private to this module.

#include <functional>
#include <iosfwd>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>

#include <nlohmann/json_fwd.hpp>

#include "gigawatt/base/diagnostic.h"
#include "gigawatt/cli/arguments.h"

namespace gigawatt::cli {

inline constexpr int kDone = 0;
inline constexpr int kWrong = 1;
inline constexpr int kUsage = 2;
inline constexpr int kNo = 3;
inline constexpr int kInterrupted = 130;

/// The input was wrong: ends the command with exit code 1.
class InputError : public std::runtime_error {
 public:
  explicit InputError(const base::Diagnostics& diagnostics) : std::runtime_error(base::render(diagnostics)) {}
  explicit InputError(const std::string& message) : std::runtime_error("error: " + message + "\n") {}
};

/// A file or standard output could not be written.
class OutputError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

class Console {
 public:
  explicit Console(const Common& common);

  /// To standard output. A reader that has gone away is no error; any other failure throws OutputError.
  void print(std::string_view text);
  /// The same for a document, piece by piece.
  void print_json(const nlohmann::ordered_json& document);
  /// One line to standard error unless --quiet.
  void note(std::string_view text);
  /// To standard error, always.
  void error(std::string_view text);
  /// A bar on standard error where that is a terminal; otherwise nothing.
  void progress(std::string_view what, double done);
  void end_progress();

  bool colour() const { return colour_; }  ///< for text on standard output

 private:
  bool quiet_;
  bool colour_;
  bool bar_;
  bool bar_shown_ = false;
  int last_permille_ = -1;
  std::string last_what_;
};

/// A file that is complete or not there: written beside its name, then renamed. The constructor proves that the
/// place can be written to, so that a long run does not end in vain.
class OutputFile {
 public:
  explicit OutputFile(std::string path);
  ~OutputFile();
  OutputFile(const OutputFile&) = delete;
  OutputFile& operator=(const OutputFile&) = delete;

  void write(std::string_view text);
  /// The same, piece by piece.
  void write(const std::function<void(std::ostream&)>& writer);

 private:
  std::string path_;
  std::string temporary_;  ///< empty: written in place (a device or pipe)
  int descriptor_ = -1;
};

}  // namespace gigawatt::cli
