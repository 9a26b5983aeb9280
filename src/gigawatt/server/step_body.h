#pragma once
/// Questions about steps and plans as they come over HTTP. Models and systems are the catalogue's, or a config.json in
/// the body; a client names no files of this machine. Private to this module.

#include <string>
#include <string_view>
#include <vector>

#include <tl/expected.hpp>

#include "gigawatt/engine/step_query.h"
#include "gigawatt/engine/step_subject.h"
#include "gigawatt/search/search.h"

namespace gigawatt::server {

struct StepBody {
  std::string model, config_json;
  engine::StepQuery query;
};

struct AskedStep {
  StepBody body;
  engine::StepSubject subject;
};

tl::expected<AskedStep, base::Diagnostics> read_step(const engine::Knowledge& knowledge,
                                                     std::string_view body);
std::string step_body_schema();

struct AskedSearch {
  engine::StepSubject subject;
  step::StepRequest request;  ///< without the subject and the number of accelerators
  search::SearchOptions options;
  std::int64_t gpus = 0;            ///< 0: only the range was asked for
  std::vector<std::int64_t> sizes;  ///< of the range
};

tl::expected<AskedSearch, base::Diagnostics> read_search(const engine::Knowledge& knowledge,
                                                         std::string_view body);
std::string search_body_schema();

}  // namespace gigawatt::server
