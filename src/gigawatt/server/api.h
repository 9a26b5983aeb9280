#pragma once
/// The HTTP API and the page: guards, finds the endpoint, answers. Contract: docs/guide/serve.md and the OpenAPI
/// document that the server gives out.

#include <filesystem>
#include <memory>
#include <string>

#include "gigawatt/engine/inputs.h"
#include "gigawatt/server/guard.h"
#include "gigawatt/server/http.h"
#include "gigawatt/server/run_queue.h"

namespace gigawatt::server {

struct ApiOptions {
  GuardRules guard;
  std::filesystem::path data;
  std::filesystem::path scenarios;
  std::string version;  ///< "0.1.0"
};

class Api final : public Handler {
 public:
  /// All outlive the API.
  Api(const engine::Knowledge& knowledge, RunQueue& runs, ApiOptions options);
  ~Api() override;

  Answer answer(Request request) override;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace gigawatt::server
