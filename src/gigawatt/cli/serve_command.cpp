#include <sys/stat.h>

#include <fstream>

#include <fmt/format.h>

#include "gigawatt/base/version.h"
#include "gigawatt/cli/commands.h"
#include "gigawatt/cli/interrupt.h"
#include "gigawatt/config/toml.h"
#include "gigawatt/server/serve.h"

namespace gigawatt::cli {
namespace {

constexpr std::size_t kLongestToken = 4096;

std::string read_token(const std::string& file) {
  auto text = config::read_text_file(file, kLongestToken);
  if (!text) throw InputError({text.error()});
  while (!text->empty() && (text->back() == '\n' || text->back() == '\r')) text->pop_back();
  if (const auto wrong = server::check_token(*text); !wrong.empty())
    throw InputError(fmt::format("--token-file {}: {}", file, wrong));
  return std::move(*text);
}

bool others_can_read(const std::string& file) {
  struct stat status{};
  return ::stat(file.c_str(), &status) == 0 && (status.st_mode & (S_IRGRP | S_IROTH)) != 0;
}

}  // namespace

int serve_command(const ServeArguments& a, const Common& common, Console& console) {
  const Interrupt interrupt;
  server::ServeOptions options;
  if (!a.listen.empty()) options.address = a.listen;
  options.port = a.port;
  options.store = a.db;
  options.data = data_directory();
  options.hosts = a.hosts;
  options.program = base::program_name();
  options.version = base::version();
  options.quota = {static_cast<std::size_t>(a.max_runs), a.max_store_gb * 1e9};
  options.limits = {std::chrono::seconds(a.run_seconds), a.run_memory_gb * 1e9};
  if (!a.token_file.empty()) options.token = read_token(a.token_file);
  if (options.token.empty() && !server::is_loopback(options.address))
    throw InputError(
        fmt::format("--listen {}: other machines can reach this address, so --token-file FILE is needed (a "
                    "file with a secret line)",
                    options.address));
  const auto known = knowledge(common);
  if (!a.token_file.empty() && others_can_read(a.token_file))
    console.note(fmt::format("warning: others on this machine can read --token-file {}: chmod 600 {}",
                             a.token_file, a.token_file));
  server::serve(known, options, interrupt.token(), [&](const std::string& url) {
    if (a.db.empty()) console.note("runs are kept until the server stops; --db FILE.db keeps them");
    console.note(fmt::format("serving {} (Ctrl-C stops)", url));
  });
  console.note("stopped");
  return kDone;
}

}  // namespace gigawatt::cli
