#pragma once
/// The command line described from its own definition: shell completions, the man page, the reference page. Private to
/// this module.

#include <string>
#include <string_view>
#include <vector>

namespace CLI {
class App;
}

namespace gigawatt::cli {

struct OptionText {
  std::vector<std::string> names;  ///< "--gpus", "-h"; the bare name of a positional argument
  std::string value;               ///< what follows: "INT"; empty for a flag
  std::string help;
  bool required = false;
  bool positional = false;
};

struct CommandText {
  std::string name;
  std::string help;
  std::vector<OptionText> options;
};

/// Every command with its options, in the order of their definition.
std::vector<CommandText> describe(const CLI::App& app);

/// Completion scripts: to be sourced by bash, or put into a folder of zsh's $fpath or of fish's completions.
std::string bash_completions(const std::vector<CommandText>& commands);
std::string zsh_completions(const std::vector<CommandText>& commands);
std::string fish_completions(const std::vector<CommandText>& commands);

/// gigawatt(1) in troff.
std::string man_page(const std::vector<CommandText>& commands, std::string_view version);

/// docs/reference/cli.md.
std::string markdown_reference(const std::vector<CommandText>& commands);

}  // namespace gigawatt::cli
