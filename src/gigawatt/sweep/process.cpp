#include "gigawatt/sweep/process.h"

#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <cstdlib>
#include <string_view>
#include <thread>

namespace gigawatt::sweep {
namespace {

constexpr int kSignalled = 128;
constexpr auto kPause = std::chrono::milliseconds(50);

std::vector<std::string> environment_of(const Process& process) {
  std::vector<std::string> out;
  for (char** entry = environ; *entry != nullptr; ++entry) {
    const std::string_view text = *entry;
    bool replaced = false;
    for (const auto& [name, value] : process.environment)
      replaced = replaced || text.substr(0, text.find('=')) == name;
    if (!replaced) out.emplace_back(text);
  }
  for (const auto& [name, value] : process.environment) out.push_back(name + "=" + value);
  return out;
}

std::vector<char*> pointers(std::vector<std::string>& texts) {
  std::vector<char*> out;
  for (auto& text : texts) out.push_back(text.data());
  out.push_back(nullptr);
  return out;
}

}  // namespace

int run_process(const Process& process, const std::stop_token& stop) {
  auto command = process.command;
  auto environment = environment_of(process);
  posix_spawn_file_actions_t files;
  posix_spawn_file_actions_init(&files);
  posix_spawn_file_actions_addopen(&files, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
  if (process.output.empty())
    posix_spawn_file_actions_adddup2(&files, STDERR_FILENO, STDOUT_FILENO);
  else
    posix_spawn_file_actions_addopen(&files, STDOUT_FILENO, process.output.c_str(),
                                     O_WRONLY | O_CREAT | O_TRUNC, 0644);
  // Signals that this process blocks (to wait for them on a thread) reach the child as usual.
  posix_spawnattr_t attributes;
  posix_spawnattr_init(&attributes);
  sigset_t none;
  sigemptyset(&none);
  posix_spawnattr_setsigmask(&attributes, &none);
  posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK);
  pid_t child = 0;
  const int problem = posix_spawnp(&child, command.front().c_str(), &files, &attributes,
                                   pointers(command).data(), pointers(environment).data());
  posix_spawn_file_actions_destroy(&files);
  posix_spawnattr_destroy(&attributes);
  if (problem != 0) return kNotStarted;
  bool asked = false;
  int status = 0;
  while (waitpid(child, &status, WNOHANG) == 0) {
    if (stop.stop_requested() && !asked) {
      kill(child, SIGTERM);
      asked = true;
    }
    std::this_thread::sleep_for(kPause);
  }
  return WIFEXITED(status) ? WEXITSTATUS(status) : kSignalled + WTERMSIG(status);
}

}  // namespace gigawatt::sweep
