#include "gigawatt/cli/console.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <ostream>
#include <streambuf>
#include <vector>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace gigawatt::cli {
namespace {

/// 0, or the errno that stopped it.
int write_all(int descriptor, std::string_view text) {
  while (!text.empty()) {
    const ssize_t n = ::write(descriptor, text.data(), text.size());
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return errno;
    text.remove_prefix(static_cast<std::size_t>(n));
  }
  return 0;
}

/// Writes to a descriptor in pieces; keeps the errno that stopped it.
class DescriptorBuffer final : public std::streambuf {
 public:
  explicit DescriptorBuffer(int descriptor) : descriptor_(descriptor), piece_(std::size_t{1} << 16) {
    setp(piece_.data(), piece_.data() + piece_.size());
  }
  int error() const { return error_; }

 protected:
  int_type overflow(int_type c) override {
    if (sync() != 0) return traits_type::eof();
    if (!traits_type::eq_int_type(c, traits_type::eof())) sputc(traits_type::to_char_type(c));
    return traits_type::not_eof(c);
  }
  std::streamsize xsputn(const char* text, std::streamsize size) override {
    if (size < epptr() - pptr()) return std::streambuf::xsputn(text, size);
    if (sync() != 0) return 0;
    error_ = write_all(descriptor_, {text, static_cast<std::size_t>(size)});
    return error_ == 0 ? size : 0;
  }
  int sync() override {
    if (error_ == 0) error_ = write_all(descriptor_, {pbase(), static_cast<std::size_t>(pptr() - pbase())});
    setp(piece_.data(), piece_.data() + piece_.size());
    return error_ == 0 ? 0 : -1;
  }

 private:
  int descriptor_;
  int error_ = 0;
  std::vector<char> piece_;
};

bool wants_colour(int descriptor) {
  const char* none = std::getenv("NO_COLOR");
  const char* term = std::getenv("TERM");
  return ::isatty(descriptor) == 1 && (none == nullptr || *none == '\0') &&
         (term == nullptr || std::string_view(term) != "dumb");
}

}  // namespace

Console::Console(const Common& common)
    : quiet_(common.quiet),
      colour_(!common.json && wants_colour(STDOUT_FILENO)),
      bar_(!common.quiet && ::isatty(STDERR_FILENO) == 1) {}

void Console::print(std::string_view text) {
  end_progress();
  const int error = write_all(STDOUT_FILENO, text);
  if (error != 0 && error != EPIPE)
    throw OutputError(fmt::format("cannot write to standard output: {}", std::strerror(error)));
}

void Console::print_json(const nlohmann::ordered_json& document) {
  end_progress();
  DescriptorBuffer buffer(STDOUT_FILENO);
  std::ostream out(&buffer);
  using Writer = nlohmann::detail::serializer<nlohmann::ordered_json>;
  Writer(nlohmann::detail::output_adapter<char>(out), ' ', nlohmann::json::error_handler_t::replace)
      .dump(document, true, false, 2);
  out << '\n' << std::flush;
  if (buffer.error() != 0 && buffer.error() != EPIPE)
    throw OutputError(fmt::format("cannot write to standard output: {}", std::strerror(buffer.error())));
}

void Console::note(std::string_view text) {
  if (!quiet_) error(fmt::format("{}\n", text));
}

void Console::error(std::string_view text) {
  end_progress();
  write_all(STDERR_FILENO, text);
}

void Console::progress(std::string_view what, double done) {
  if (!bar_) return;
  const int permille = static_cast<int>(done * 1000);
  if (bar_shown_ && permille == last_permille_ && what == last_what_) return;
  last_permille_ = permille;
  last_what_ = what;
  constexpr int kWidth = 24;
  const int filled = std::min(kWidth, static_cast<int>(done * kWidth));
  write_all(STDERR_FILENO,
            fmt::format("\r\x1b[K[{}{}] {:3.0f}% {}", std::string(static_cast<std::size_t>(filled), '#'),
                        std::string(static_cast<std::size_t>(kWidth - filled), '.'), done * 100,
                        what.substr(0, 60)));
  bar_shown_ = true;
}

void Console::end_progress() {
  if (bar_shown_) write_all(STDERR_FILENO, "\r\x1b[K");
  bar_shown_ = false;
}

OutputFile::OutputFile(std::string path) : path_(std::move(path)) {
  struct stat status{};
  const bool exists = ::stat(path_.c_str(), &status) == 0;
  if (!exists || S_ISREG(status.st_mode)) temporary_ = fmt::format("{}.{}.tmp", path_, ::getpid());
  // An existing file must be writable itself: a rename would go around its protection.
  if (exists && !temporary_.empty() && ::access(path_.c_str(), W_OK) != 0)
    throw OutputError(fmt::format("{}: cannot write: {}", path_, std::strerror(errno)));
  const std::string& target = temporary_.empty() ? path_ : temporary_;
  descriptor_ =
      ::open(target.c_str(), O_WRONLY | O_CLOEXEC | (temporary_.empty() ? 0 : O_CREAT | O_TRUNC), 0666);
  if (descriptor_ < 0) throw OutputError(fmt::format("{}: cannot write: {}", path_, std::strerror(errno)));
}

OutputFile::~OutputFile() {
  if (descriptor_ < 0) return;
  ::close(descriptor_);
  if (!temporary_.empty()) ::unlink(temporary_.c_str());
}

void OutputFile::write(std::string_view text) {
  write([text](std::ostream& out) { out << text; });
}

void OutputFile::write(const std::function<void(std::ostream&)>& writer) {
  DescriptorBuffer buffer(descriptor_);
  std::ostream out(&buffer);
  writer(out);
  out.flush();
  int error = buffer.error();
  if (error == 0 && ::close(descriptor_) != 0)
    error = errno;
  else if (error != 0)
    ::close(descriptor_);
  descriptor_ = -1;
  if (error == 0 && !temporary_.empty() && ::rename(temporary_.c_str(), path_.c_str()) != 0) error = errno;
  if (error == 0) return;
  if (!temporary_.empty()) ::unlink(temporary_.c_str());
  throw OutputError(fmt::format("{}: cannot write: {}", path_, std::strerror(error)));
}

}  // namespace gigawatt::cli
