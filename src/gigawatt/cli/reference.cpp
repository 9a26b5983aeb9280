#include "gigawatt/cli/reference.h"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <CLI/CLI.hpp>

namespace gigawatt::cli {
namespace {

constexpr std::string_view kTitle = "digital twin of AI superclusters, from watts to tokens";
constexpr std::string_view kExitCodes[] = {"0: done", "1: the input was wrong", "2: usage",
                                           "3: the work was done and the answer is no"};

std::string replaced(std::string text, std::string_view what, std::string_view with) {
  for (std::size_t at = text.find(what); at != std::string::npos; at = text.find(what, at + with.size()))
    text.replace(at, what.size(), with);
  return text;
}

/// Inside single quotes of a shell.
std::string quoted(const std::string& text) { return "'" + replaced(text, "'", "'\\''") + "'"; }

/// Text of a man page: no line starts a request, hyphens stay hyphens.
std::string troff(std::string text) {
  text = replaced(replaced(std::move(text), "\\", "\\e"), "-", "\\-");
  return text.starts_with('.') || text.starts_with('\'') ? "\\&" + text : text;
}

std::string long_name(const OptionText& option) {
  for (const auto& name : option.names)
    if (name.starts_with("--")) return name;
  return option.names.front();
}

/// The type that CLI11 prints, without its checks: "INT:INT in [0 - 4096]" is "INT".
std::string value_name(const CLI::Option& option) {
  const std::string type = option.get_type_size() == 0 ? "" : option.get_type_name();
  return type.substr(0, type.find(':'));
}

OptionText describe(const CLI::Option& option) {
  OptionText text;
  text.positional = option.get_positional();
  if (text.positional) text.names.push_back(option.get_name(true));
  for (const auto& name : option.get_lnames()) text.names.push_back("--" + name);
  for (const auto& name : option.get_snames()) text.names.push_back("-" + name);
  text.value = value_name(option);
  text.help = option.get_description();
  text.required = option.get_required();
  return text;
}

}  // namespace

std::vector<CommandText> describe(const CLI::App& app) {
  std::vector<CommandText> commands;
  for (const CLI::App* sub : app.get_subcommands({})) {
    CommandText command{sub->get_name(), sub->get_description(), {}};
    for (const CLI::Option* option : sub->get_options()) command.options.push_back(describe(*option));
    commands.push_back(std::move(command));
  }
  return commands;
}

std::string bash_completions(const std::vector<CommandText>& commands) {
  std::string names, cases;
  for (const auto& c : commands) {
    names += (names.empty() ? "" : " ") + c.name;
    std::string options;
    for (const auto& o : c.options)
      if (!o.positional) options += (options.empty() ? "" : " ") + long_name(o);
    cases += fmt::format("    {}) words='{}' ;;\n", c.name, options);
  }
  return fmt::format(
      "_gigawatt() {{\n"
      "  local current=${{COMP_WORDS[COMP_CWORD]}} words=''\n"
      "  COMPREPLY=()\n"
      "  if ((COMP_CWORD == 1)); then\n"
      "    mapfile -t COMPREPLY < <(compgen -W '{} --help --version' -- \"$current\")\n"
      "    return\n"
      "  fi\n"
      "  [[ $current == -* ]] || return  # file names, by the shell\n"
      "  case ${{COMP_WORDS[1]}} in\n{}  esac\n"
      "  mapfile -t COMPREPLY < <(compgen -W \"$words\" -- \"$current\")\n"
      "}}\n"
      "complete -o default -F _gigawatt gigawatt\n",
      names, cases);
}

std::string zsh_completions(const std::vector<CommandText>& commands) {
  const auto bare = [](std::string text) { return replaced(replaced(std::move(text), "[", "("), "]", ")"); };
  std::string names, cases;
  for (const auto& c : commands) {
    names += fmt::format("    {}\n", quoted(fmt::format("{}:{}", c.name, replaced(c.help, ":", "\\:"))));
    cases += fmt::format("    {}) _arguments", c.name);
    for (const auto& o : c.options)
      if (!o.positional)
        cases += " \\\n      " + quoted(fmt::format("{}[{}]{}", long_name(o), bare(o.help),
                                                    o.value.empty() ? "" : ":" + o.value + ":_files"));
    cases += " \\\n      '*:file:_files' ;;\n";
  }
  return fmt::format(
      "#compdef gigawatt\n_gigawatt() {{\n  local -a commands=(\n{}  )\n"
      "  if ((CURRENT == 2)); then\n    _describe command commands\n    return\n  fi\n"
      "  local command=$words[2]\n  shift words\n  ((CURRENT--))\n  case $command in\n{}  "
      "esac\n}}\n_gigawatt \"$@\"\n",
      names, cases);
}

std::string fish_completions(const std::vector<CommandText>& commands) {
  std::string out;
  for (const auto& c : commands) {
    out += fmt::format("complete -c gigawatt -n __fish_use_subcommand -a {} -d {}\n", c.name, quoted(c.help));
    for (const auto& o : c.options)
      if (!o.positional)
        out += fmt::format("complete -c gigawatt -n '__fish_seen_subcommand_from {}' -l {}{} -d {}\n", c.name,
                           long_name(o).substr(2), o.value.empty() ? "" : " -r", quoted(o.help));
  }
  return out;
}

std::string man_page(const std::vector<CommandText>& commands, std::string_view version) {
  std::string out = fmt::format(
      ".TH GIGAWATT 1 \"\" \"{}\"\n.SH NAME\ngigawatt \\- {}\n.SH SYNOPSIS\n.B gigawatt\n.I "
      "command\n[options]\n",
      version, troff(std::string(kTitle)));
  for (const auto& c : commands) {
    out += fmt::format(".SH {}\n{}.\n", troff(c.name), troff(c.help));
    for (const auto& o : c.options)
      out += fmt::format(".TP\n\\fB{}\\fR{}\n{}{}\n", troff(fmt::format("{}", fmt::join(o.names, ", "))),
                         o.value.empty() ? "" : fmt::format(" \\fI{}\\fR", troff(o.value)), troff(o.help),
                         o.required ? " (required)" : "");
  }
  out += ".SH EXIT STATUS\n";
  for (const auto code : kExitCodes) out += fmt::format(".TP\n{}\n{}\n", code.substr(0, 1), code.substr(3));
  return out +
         ".SH ENVIRONMENT\n.TP\nGIGAWATT_DATA\nfolder of the catalogue and the fitted "
         "constants\n.TP\nNO_COLOR\nno colours\n";
}

std::string markdown_reference(const std::vector<CommandText>& commands) {
  const auto cell = [](const std::string& text) { return replaced(text, "|", "\\|"); };
  std::string out = fmt::format(
      "<!-- Written by \"gigawatt reference markdown\". -->\n# Command line\n\n`gigawatt`: {}. Everywhere "
      "`--json` prints one JSON "
      "document on standard output and nothing else there; messages go to standard error. Exit codes: ",
      kTitle);
  out += fmt::format("{}.\n", fmt::join(kExitCodes, "; "));
  for (const auto& c : commands) {
    out += fmt::format("\n## gigawatt {}\n\n{}.\n\n| option | value | meaning |\n|---|---|---|\n", c.name,
                       c.help);
    for (const auto& o : c.options)
      out += fmt::format("| `{}`{} | {} | {} |\n", fmt::join(o.names, "`, `"),
                         o.required ? " (required)" : "", cell(o.value), cell(o.help));
  }
  return out;
}

}  // namespace gigawatt::cli
