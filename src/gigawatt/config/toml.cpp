#include "gigawatt/config/toml.h"

#include <algorithm>
#include <fstream>
#include <sstream>

// toml++ 3.3 asserts on some malformed keys ("[" at a line's end); a refusal is what the user must see instead.
namespace {
struct ParserDefect {};
[[noreturn]] void report_parser_defect() { throw ParserDefect{}; }
}  // namespace
#undef NDEBUG
#define TOML_ASSERT(condition) ((condition) ? void() : report_parser_defect())
#define TOML_EXCEPTIONS 1
#define TOML_ENABLE_FORMATTERS 0
#include <toml++/toml.h>

#include <fmt/format.h>

#include "gigawatt/base/sim_time.h"

namespace gigawatt::config {
namespace {

constexpr std::size_t kMaxTomlBytes = 16u << 20;
constexpr int kMaxDepth = 64;

using base::Diagnostic;
using base::Diagnostics;
using Source = std::shared_ptr<const base::SourceText>;

base::SourceSpan span_at(const Source& source, std::size_t offset) {
  const std::string_view before = std::string_view(source->text).substr(0, offset);
  const auto line = 1 + std::count(before.begin(), before.end(), '\n');
  const auto last = before.rfind('\n');
  const std::string_view line_start = before.substr(last == std::string_view::npos ? 0 : last + 1);
  const auto column = 1 + std::count_if(line_start.begin(), line_start.end(), [](char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; });
  return {source, static_cast<int>(line), static_cast<int>(column), 1};
}

Diagnostics one(const Source& source, std::size_t offset, std::string code, std::string message, std::string hint) {
  return {{std::move(code), base::Severity::kError, span_at(source, offset), std::move(message), std::move(hint)}};
}

base::SourceSpan to_span(const Source& source, const toml::source_region& region) {
  const int length = region.begin.line == region.end.line && region.end.column > region.begin.column
                         ? static_cast<int>(region.end.column - region.begin.column)
                         : 1;
  return {source, static_cast<int>(region.begin.line), static_cast<int>(region.begin.column), length};
}

std::string iso_date(const toml::date& d) {
  return fmt::format("{:04}-{:02}-{:02}", static_cast<int>(d.year), static_cast<int>(d.month), static_cast<int>(d.day));
}

Node convert(const Source& source, const toml::node& in) {
  Node out;
  out.span = to_span(source, in.source());
  if (const auto* table = in.as_table()) {
    out.kind = Node::Kind::kTable;
    for (const auto& [key, value] : *table) {
      Node child = convert(source, value);
      child.key_span = to_span(source, key.source());
      out.members.emplace_back(std::string(key.str()), std::move(child));
    }
    std::stable_sort(out.members.begin(), out.members.end(), [](const auto& a, const auto& b) {
      return std::pair(a.node.key_span.line, a.node.key_span.column) <
             std::pair(b.node.key_span.line, b.node.key_span.column);
    });
  } else if (const auto* array = in.as_array()) {
    out.kind = Node::Kind::kArray;
    for (const auto& item : *array) out.items.push_back(convert(source, item));
  } else if (const auto* text = in.as_string()) {
    out.kind = Node::Kind::kString;
    out.text = text->get();
  } else if (const auto* integer = in.as_integer()) {
    out.kind = Node::Kind::kInteger;
    out.integer = integer->get();
    out.real = static_cast<double>(out.integer);
  } else if (const auto* real = in.as_floating_point()) {
    out.kind = Node::Kind::kFloat;
    out.real = real->get();
  } else if (const auto* boolean = in.as_boolean()) {
    out.kind = Node::Kind::kBoolean;
    out.boolean = boolean->get();
  } else if (const auto* date = in.as_date()) {
    out.kind = Node::Kind::kDate;
    out.text = iso_date(date->get());
  } else if (const auto* date_time = in.as_date_time()) {
    out.kind = Node::Kind::kDate;
    const auto& time = date_time->get().time;
    out.text = fmt::format("{}T{:02}:{:02}:{:02}Z", iso_date(date_time->get().date), static_cast<int>(time.hour),
                           static_cast<int>(time.minute), static_cast<int>(time.second));
    const auto utc = base::parse_time(out.text);
    if (const auto& offset = date_time->get().offset; offset && utc)
      out.text = base::to_iso_datetime(*utc - base::Duration{offset->minutes * std::int64_t{60'000'000}});
  } else if (const auto* time_of_day = in.as_time()) {
    const auto& time = time_of_day->get();
    out.kind = Node::Kind::kDate;  // no day: the reader refuses it
    out.text = fmt::format("{:02}:{:02}:{:02}", static_cast<int>(time.hour), static_cast<int>(time.minute), static_cast<int>(time.second));
  }
  return out;
}

/// The first non-ASCII byte outside of strings and comments, where TOML allows none; toml++ 3.3 would run into
/// undefined behaviour when it asks whether such a character is white space.
std::size_t non_ascii_outside_strings(std::string_view text) {
  std::string_view closing;  // of the string that we are in: "\"", "'", three of them, or "\n" for a comment
  for (std::size_t i = text.starts_with("\xEF\xBB\xBF") ? 3 : 0; i < text.size(); ++i) {
    const std::string_view rest = text.substr(i);
    if (closing.empty()) {
      if (static_cast<unsigned char>(text[i]) >= 0x80) return i;
      for (const std::string_view quote : {"\"\"\"", "\'\'\'", "\"", "\'"})
        if (closing.empty() && rest.starts_with(quote)) closing = quote;
      if (text[i] == '#') closing = "\n";
      if (closing.size() == 3) i += 2;
    } else if (closing[0] == '"' && text[i] == '\\') {
      ++i;
    } else if (rest.starts_with(closing)) {
      i += closing.size() - 1;
      // Up to two more quotes belong to the text that the three close.
      while (closing.size() == 3 && i + 1 < text.size() && text[i + 1] == closing[0]) ++i;
      closing = {};
    } else if (text[i] == '\n' && closing.size() == 1) {
      closing = {};  // not closed on its line: the parser's error
    }
  }
  return std::string_view::npos;
}

/// The line at which the parser gives up: the shortest run of lines from the start that makes it do so.
int defect_line(std::string_view text) {
  std::vector<std::size_t> ends;
  for (std::size_t i = 0; i < text.size(); ++i)
    if (text[i] == '\n') ends.push_back(i + 1);
  ends.push_back(text.size());
  const auto gives_up = [&](std::size_t end) {
    try {
      (void)toml::parse(text.substr(0, end));
    } catch (const ParserDefect&) {
      return true;
    } catch (const toml::parse_error&) {
    }
    return false;
  };
  const auto first = std::partition_point(ends.begin(), ends.end(), [&](std::size_t end) { return !gives_up(end); });
  return static_cast<int>(first - ends.begin()) + 1;
}

// The parser recurses over brackets and dotted keys; bound both before it runs.
std::size_t too_deep_at(std::string_view text) {
  int depth = 0;
  int dots = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (c == '[' || c == '{') ++depth;
    if (c == ']' || c == '}') depth = std::max(0, depth - 1);
    dots = c == '\n' ? 0 : dots + (c == '.' ? 1 : 0);
    if (depth > kMaxDepth || dots > 4096) return i;
  }
  return std::string_view::npos;
}

}  // namespace

std::string_view kind_name(Node::Kind kind) {
  switch (kind) {
    case Node::Kind::kTable: return "a table";
    case Node::Kind::kArray: return "an array";
    case Node::Kind::kString: return "a string";
    case Node::Kind::kInteger: return "an integer";
    case Node::Kind::kFloat: return "a number";
    case Node::Kind::kBoolean: return "a boolean";
    case Node::Kind::kDate: return "a date";
  }
  return "a value";
}

std::size_t first_invalid_utf8(std::string_view text) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const auto continuation = [&](std::size_t i) { return i < text.size() && (byte(i) & 0xC0) == 0x80; };
  for (std::size_t i = 0; i < text.size();) {
    const unsigned char c = byte(i);
    if (c < 0x80) {
      ++i;
    } else if (c >= 0xC2 && c <= 0xDF && continuation(i + 1)) {
      i += 2;
    } else if (c >= 0xE0 && c <= 0xEF && continuation(i + 1) && continuation(i + 2)) {
      const int code = (c & 0x0F) << 12 | (byte(i + 1) & 0x3F) << 6 | (byte(i + 2) & 0x3F);
      if (code < 0x800 || (code >= 0xD800 && code <= 0xDFFF)) return i;
      i += 3;
    } else if (c >= 0xF0 && c <= 0xF4 && continuation(i + 1) && continuation(i + 2) && continuation(i + 3)) {
      const int code = (c & 0x07) << 18 | (byte(i + 1) & 0x3F) << 12 | (byte(i + 2) & 0x3F) << 6 | (byte(i + 3) & 0x3F);
      if (code < 0x10000 || code > 0x10FFFF) return i;
      i += 4;
    } else {
      return i;
    }
  }
  return std::string_view::npos;
}

tl::expected<Node, Diagnostics> parse_toml(Source source) {
  const std::string& text = source->text;
  if (text.size() > kMaxTomlBytes)
    return tl::unexpected(one(source, 0, "file-too-large", fmt::format("the file has {} bytes", text.size()), "at most 16 MiB are read"));
  if (const auto bad = first_invalid_utf8(text); bad != std::string::npos)
    return tl::unexpected(one(source, bad, "bad-encoding", fmt::format("byte 0x{:02x} is not valid UTF-8", static_cast<unsigned char>(text[bad])),
                              "save the file as UTF-8"));
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto c = static_cast<unsigned char>(text[i]);
    const bool stray_return = c == '\r' && (i + 1 >= text.size() || text[i + 1] != '\n');
    if (stray_return || c == 0x7f || (c < 0x20 && c != '\t' && c != '\n' && c != '\r'))
      return tl::unexpected(one(source, i, "control-character", fmt::format("control character 0x{:02x}", c), "only tab and line ends are allowed"));
  }
  if (const auto deep = too_deep_at(text); deep != std::string_view::npos)
    return tl::unexpected(one(source, deep, "too-deep", "brackets are nested too deeply", fmt::format("at most {} levels", kMaxDepth)));
  if (const auto stray = non_ascii_outside_strings(text); stray != std::string_view::npos)
    return tl::unexpected(one(source, stray, "syntax", "a character outside of ASCII", "such characters stand in quotes or comments only"));

  Diagnostic d{"syntax", base::Severity::kError, {source, 0, 0, 1}, "", "see https://toml.io for the syntax"};
  try {
    return convert(source, toml::parse(std::string_view(text), std::string_view(source->name)));
  } catch (const toml::parse_error& error) {
    d.span = to_span(source, error.source());
    d.message = std::string(error.description());
  } catch (const ParserDefect&) {
    d.span.line = defect_line(text);
    d.span.column = 1;
    d.message = "a key or a table's header is malformed";
  }
  return tl::unexpected(Diagnostics{std::move(d)});
}

tl::expected<std::string, Diagnostic> read_text_file(const std::filesystem::path& path, std::size_t max_bytes) {
  const auto fail = [&](std::string message) {
    Diagnostic d = base::error("unreadable-file", std::move(message));
    d.span.source = std::make_shared<base::SourceText>(base::SourceText{path.string(), {}});
    return tl::unexpected(std::move(d));
  };
  std::error_code code;
  const auto status = std::filesystem::status(path, code);
  if (!std::filesystem::exists(status)) return fail("no such file");
  if (std::filesystem::is_directory(status)) return fail("is a directory, not a file");
  std::ifstream in(path, std::ios::binary);
  if (!in) return fail("cannot be opened for reading");
  std::string text;
  char buffer[1 << 16];
  while (in.read(buffer, sizeof buffer) || in.gcount() > 0) {
    text.append(buffer, static_cast<std::size_t>(in.gcount()));
    if (text.size() > max_bytes) return fail(fmt::format("is larger than {} bytes", max_bytes));
  }
  if (in.bad()) return fail("could not be read to its end");
  return text;
}

tl::expected<Node, Diagnostics> read_toml(const std::filesystem::path& path) {
  auto text = read_text_file(path, kMaxTomlBytes);
  if (!text) return tl::unexpected(Diagnostics{text.error()});
  return parse_toml(std::make_shared<base::SourceText>(base::SourceText{path.string(), std::move(*text)}));
}

}  // namespace gigawatt::config
