#include "gigawatt/ask/overwrite.h"

#include <algorithm>
#include <fstream>

#include <fmt/format.h>

namespace gigawatt::ask {
namespace {

namespace fs = std::filesystem;

/// A path that no spelling hides.
fs::path real(const std::string& path) {
  std::error_code code;
  const auto canonical = fs::weakly_canonical(path, code);
  return code ? fs::path(path) : canonical;
}

bool same_file(const std::string& a, const std::string& b) {
  std::error_code code;
  return real(a) == real(b) || (fs::equivalent(a, b, code) && !code);  // hard links have two names
}

bool lies_in(const fs::path& path, const fs::path& folder) {
  return std::mismatch(folder.begin(), folder.end(), path.begin(), path.end()).first == folder.end();
}

/// DuckDB's files say so after the checksum of their first block.
bool is_store(const std::string& path) {
  std::error_code code;
  if (!fs::is_regular_file(path, code)) return false;
  std::ifstream in(path, std::ios::binary);
  char head[12] = {};
  return in.read(head, sizeof head) && std::string_view(head + 8, 4) == "DUCK";
}

}  // namespace

std::string option_of(std::string_view key) {
  std::string name = "--" + std::string(key);
  std::replace(name.begin(), name.end(), '_', '-');
  return name;
}

void NamedFiles::input_text(config::InputText& x, const config::Field&) {
  if (x.file) read.push_back(x.name);
}
void NamedFiles::input_text_or_folder(config::InputTextOrFolder& x, const config::Field& f) {
  if (x.folder.empty())
    input_text(x, f);
  else
    read.push_back(x.folder);
}
void NamedFiles::name_or_text(config::NameOrText& x, const config::Field&) {
  if (x.file) read.push_back(x.name);
}
void NamedFiles::output_file(config::OutputFile& x, const config::Field& f) {
  if (x.given()) written.push_back({option_of(f.key), x.path});
}
void NamedFiles::output_place(config::OutputPlace& x, const config::Field& f) {
  using Kind = NamedPath::Kind;
  if (x.given())
    written.push_back({option_of(f.key), x.path,
                       x.kind == config::OutputPlace::Kind::kStore ? Kind::kStore : Kind::kFolder});
}

base::Diagnostics overwritten(const std::vector<std::string>& inputs, const std::vector<NamedPath>& outputs,
                              const fs::path& data_folder) {
  base::Diagnostics problems;
  const auto refuse = [&problems](std::string why) {
    problems.push_back(base::error("would-overwrite", std::move(why), "name another file"));
  };
  std::vector<const NamedPath*> given;
  for (const auto& out : outputs)
    if (!out.path.empty()) given.push_back(&out);
  if (given.empty()) return problems;
  const fs::path data = real(data_folder.string());
  for (std::size_t i = 0; i < given.size(); ++i) {
    const auto& out = *given[i];
    for (const auto& in : inputs)
      if (!in.empty() && same_file(in, out.path))
        refuse(fmt::format("{} {} would overwrite what is read", out.option, out.path));
    if (!data_folder.empty() && lies_in(real(out.path), data))
      refuse(fmt::format("{} {} lies in the data folder, which is read", out.option, out.path));
    if (out.kind == NamedPath::Kind::kFile && is_store(out.path))
      refuse(fmt::format("{} {} would overwrite a store of runs", out.option, out.path));
    for (std::size_t j = 0; j < i; ++j)
      if (same_file(given[j]->path, out.path) && real(out.path).string().rfind("/dev/", 0) != 0)
        refuse(fmt::format("{} and {} name the same file, {}", given[j]->option, out.option, out.path));
  }
  return problems;
}

}  // namespace gigawatt::ask
