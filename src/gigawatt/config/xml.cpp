#include "gigawatt/config/xml.h"

#include <memory>

#include <expat.h>

#include <fmt/format.h>

namespace gigawatt::config {
namespace {

constexpr std::size_t kMaxXmlBytes = 256u << 20;
constexpr std::size_t kMostNested = 64;
constexpr std::size_t kChunk = 1u << 20;

struct Builder {
  XML_Parser parser = nullptr;
  XmlElement root;
  std::vector<XmlElement*> open;
  std::string refused;

  void stop(std::string why) {
    if (refused.empty()) refused = std::move(why);
    XML_StopParser(parser, XML_FALSE);
  }
};

void on_start(void* user, const XML_Char* name, const XML_Char** attributes) {
  auto& b = *static_cast<Builder*>(user);
  if (b.open.size() >= kMostNested)
    return b.stop(fmt::format("elements are nested deeper than {}", kMostNested));
  XmlElement* e = &b.root;
  if (!b.open.empty()) e = &b.open.back()->children.emplace_back();
  e->name = name;
  e->line = static_cast<int>(XML_GetCurrentLineNumber(b.parser));
  for (; attributes[0] != nullptr; attributes += 2) e->attributes.emplace_back(attributes[0], attributes[1]);
  b.open.push_back(e);
}

void on_end(void* user, const XML_Char*) { static_cast<Builder*>(user)->open.pop_back(); }

void on_entity(void* user, const XML_Char* name, int, const XML_Char*, int, const XML_Char*, const XML_Char*,
               const XML_Char*, const XML_Char*) {
  static_cast<Builder*>(user)->stop(fmt::format("the entity '{}' is declared in the file", name));
}

}  // namespace

const std::string* XmlElement::find(std::string_view attribute) const {
  for (const auto& [key, value] : attributes)
    if (key == attribute) return &value;
  return nullptr;
}

std::string XmlElement::get(std::string_view attribute, std::string_view otherwise) const {
  const auto* found = find(attribute);
  return found != nullptr ? *found : std::string(otherwise);
}

base::Diagnostic xml_error(const std::string& file, int line, std::string code, std::string message,
                           std::string hint) {
  base::Diagnostic d = base::error(std::move(code), std::move(message), std::move(hint));
  d.span.source = std::make_shared<base::SourceText>(base::SourceText{file, {}});
  d.span.line = line;
  d.span.column = 1;
  return d;
}

tl::expected<XmlElement, base::Diagnostic> parse_xml(std::string_view text, const std::string& name) {
  if (text.size() > kMaxXmlBytes)
    return tl::unexpected(xml_error(name, 0, "bad-xml", "the file is larger than 256 MiB"));
  const std::unique_ptr<std::remove_pointer_t<XML_Parser>, decltype(&XML_ParserFree)> parser(
      XML_ParserCreate(nullptr), &XML_ParserFree);
  if (!parser) return tl::unexpected(xml_error(name, 0, "bad-xml", "no memory for the parser"));
  Builder b;
  b.parser = parser.get();
  XML_SetUserData(b.parser, &b);
  XML_SetElementHandler(b.parser, on_start, on_end);
  XML_SetEntityDeclHandler(b.parser, on_entity);
  for (std::size_t at = 0;; at += kChunk) {
    const std::size_t size = std::min(kChunk, text.size() - std::min(at, text.size()));
    const bool last = at + size >= text.size();
    if (XML_Parse(b.parser, text.data() + std::min(at, text.size()), static_cast<int>(size), last ? 1 : 0) ==
        XML_STATUS_ERROR) {
      const auto why = b.refused.empty() ? XML_ErrorString(XML_GetErrorCode(b.parser)) : b.refused;
      return tl::unexpected(
          xml_error(name, static_cast<int>(XML_GetCurrentLineNumber(b.parser)), "bad-xml", why));
    }
    if (last) break;
  }
  return std::move(b.root);
}

}  // namespace gigawatt::config
