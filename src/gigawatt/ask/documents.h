#pragma once
/// Documents that a person names on a machine of their own (config/documents.h): what is a path, what is a name, and the
/// file's text as a question takes it. For faces that may read files; the HTTP API may not.

#include <string>

#include <tl/expected.hpp>

#include "gigawatt/base/diagnostic.h"
#include "gigawatt/config/node.h"

namespace gigawatt::ask {

/// A path rather than a name of the catalogue: what is there as a path, or is written as one.
bool names_file(const std::string& text);

/// The text of a file, marked as a document. A folder stands for the config.json in it, as saved models do.
tl::expected<config::Node, base::Diagnostic> document_argument(std::string path);

/// The same, but a folder is the folder itself (config::InputTextOrFolder).
tl::expected<config::Node, base::Diagnostic> document_or_folder_argument(const std::string& path);

}  // namespace gigawatt::ask
