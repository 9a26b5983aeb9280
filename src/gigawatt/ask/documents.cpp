#include "gigawatt/ask/documents.h"

#include <algorithm>
#include <filesystem>

#include "gigawatt/config/toml.h"

namespace gigawatt::ask {
namespace {

constexpr std::size_t kMostBytes = std::size_t{1} << 30;

/// The file of a model in its folder; empty where there is none.
std::string model_in(const std::string& folder) {
  std::error_code none;
  for (const char* name : {"config.json", "params.json"}) {
    const auto inside = std::filesystem::path(folder) / name;
    if (std::filesystem::is_directory(folder, none) && std::filesystem::exists(inside, none))
      return inside.string();
  }
  return "";
}

}  // namespace

bool names_file(const std::string& text) {
  std::error_code none;
  if (!model_in(text).empty()) return true;
  // "meta-llama/Llama-3.1-8B" is a name that another catalogue gave; a file is one that is there.
  if (text.find('/') != std::string::npos &&
      (text.starts_with('/') || text.starts_with('.') || std::filesystem::exists(text, none)))
    return true;
  const std::string suffix = std::filesystem::path(text).extension().string();
  constexpr std::string_view kSuffixes[] = {".toml", ".json", ".xml", ".csv", ".txt", ".yaml", ".yml"};
  return std::find(std::begin(kSuffixes), std::end(kSuffixes), suffix) != std::end(kSuffixes);
}

tl::expected<config::Node, base::Diagnostic> document_argument(std::string path) {
  if (const std::string inside = model_in(path); !inside.empty()) path = inside;
  auto text = config::read_text_file(path, kMostBytes);
  if (!text) return tl::unexpected(text.error());
  config::Node node;
  node.kind = config::Node::Kind::kString;
  node.text = std::move(*text);
  node.document = true;
  node.span.source = std::make_shared<base::SourceText>(base::SourceText{path, {}});
  return node;
}

tl::expected<config::Node, base::Diagnostic> document_or_folder_argument(const std::string& path) {
  std::error_code none;
  if (!std::filesystem::is_directory(path, none)) return document_argument(path);
  config::Node node;
  node.kind = config::Node::Kind::kString;
  node.text = path;
  node.folder = true;
  return node;
}

}  // namespace gigawatt::ask
