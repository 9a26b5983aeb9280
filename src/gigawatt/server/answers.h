#pragma once
/// The few shapes that every answer has. Private to this module.

#include <string>
#include <string_view>

#include <nlohmann/json.hpp>

#include "gigawatt/base/diagnostic.h"
#include "gigawatt/server/http.h"

namespace gigawatt::server {

using Json = nlohmann::ordered_json;

/// Text that is not UTF-8 (a file name in a message) is shown with replacement characters.
Response json_answer(const Json& document, int status = 200);

/// {"error": {"code", "message", "hint"?}}
Response error_answer(int status, std::string_view code, std::string_view message,
                      std::string_view hint = {});

/// 400 {"diagnostics": [...], "error": {...}}: the same error shape, with all mistakes beside it.
Response diagnostics_answer(const base::Diagnostics& diagnostics);

/// [{"severity", "code", "file", "line", "column", "length", "key", "message", "hint"}]; line 0: no place known.
Json diagnostics_json(const base::Diagnostics& diagnostics);

}  // namespace gigawatt::server
