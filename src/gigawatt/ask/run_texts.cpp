#include "gigawatt/ask/run_texts.h"

#include <algorithm>

#include <fmt/format.h>

#include "gigawatt/config/toml.h"

namespace gigawatt::ask {
namespace {

std::size_t characters(const std::string& utf8) {
  return static_cast<std::size_t>(std::count_if(
      utf8.begin(), utf8.end(), [](char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; }));
}

bool blank(const std::string& text) { return text.find_first_not_of(" \t\r\n") == std::string::npos; }

void check(const char* key, const std::string& text, std::size_t longest, bool lines,
           base::Diagnostics& out) {
  if (const auto at = config::first_invalid_utf8(text); at < text.size()) {
    out.push_back(base::error("invalid-utf8", fmt::format("'{}' is not UTF-8 from byte {} on", key, at + 1)));
    return;
  }
  for (const char c : text) {
    const auto code = static_cast<unsigned char>(c);
    if ((code >= 0x20 && code != 0x7F) || (lines && (c == '\n' || c == '\t' || c == '\r'))) continue;
    const bool line = c == '\n' || c == '\r';
    out.push_back(base::error("control-character",
                              line ? fmt::format("'{}' has more than one line", key)
                                   : fmt::format("'{}' has the control character U+{:04X}", key, code),
                              line ? "one line; what is longer goes to the note" : "letters, digits, signs"));
    return;
  }
  if (const auto count = characters(text); count > longest)
    out.push_back(base::error("too-long", fmt::format("'{}' has {} characters", key, count),
                              fmt::format("at most {}", longest)));
}

}  // namespace

base::Diagnostics wrong_texts(const RunTexts& texts) {
  base::Diagnostics out;
  if (texts.name && blank(*texts.name))
    out.push_back(base::error("empty", "'name' is empty", "what the run is to be called"));
  else if (texts.name)
    check("name", *texts.name, kLongestName, false, out);
  if (texts.note) check("note", *texts.note, kLongestNote, true, out);
  return out;
}

results::Store::Attachments attachments(const RunTexts& texts) {
  results::Store::Attachments out;
  if (texts.name) out.emplace_back(results::Attachment::kName, *texts.name);
  if (texts.note)
    out.emplace_back(results::Attachment::kNote,
                     blank(*texts.note) ? std::string_view() : std::string_view(*texts.note));
  return out;
}

}  // namespace gigawatt::ask
