#pragma once
/// What goes into an output file: a text, or a function that writes it piece by piece, so that a large file never stands
/// in memory as a whole.

#include <functional>
#include <ostream>
#include <string>
#include <utility>

namespace gigawatt::ask {

class FileContent {
 public:
  using Writer = std::function<void(std::ostream&)>;

  FileContent() = default;
  FileContent(std::string text) : text_(std::move(text)) {}
  /// `writer` may be called after the question has been answered: it owns what it needs.
  explicit FileContent(Writer writer) : writer_(std::move(writer)) {}

  void write(std::ostream& out) const {
    if (writer_)
      writer_(out);
    else
      out << text_;
  }

 private:
  std::string text_;
  Writer writer_;
};

}  // namespace gigawatt::ask
