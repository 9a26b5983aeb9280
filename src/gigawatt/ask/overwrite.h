#pragma once
/// Outputs never overwrite inputs: what is written is compared with what is read before anything is opened.

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "gigawatt/base/diagnostic.h"
#include "gigawatt/config/empty_visitor.h"

namespace gigawatt::ask {

/// A path that a question names for something to be written.
struct NamedPath {
  std::string option;  ///< as the face spells it: "--report"
  std::string path;    ///< empty: not given
  enum class Kind { kFile, kStore, kFolder } kind = Kind::kFile;
};

/// "global_batch" -> "--global-batch".
std::string option_of(std::string_view key);

/// The files of this machine that a question names, once its field table has been visited.
class NamedFiles final : public config::EmptyVisitor {
 public:
  std::vector<std::string> read;
  std::vector<NamedPath> written;

  void input_text(config::InputText& x, const config::Field& f) override;
  void input_text_or_folder(config::InputTextOrFolder& x, const config::Field& f) override;
  void name_or_text(config::NameOrText& x, const config::Field& f) override;
  void output_file(config::OutputFile& x, const config::Field& f) override;
  void output_place(config::OutputPlace& x, const config::Field& f) override;

 protected:
  bool present(const config::Field&, bool has_value) override { return has_value; }
  std::size_t begin_list(const config::Field&, std::size_t size) override { return size; }
};

/// An error for each output that is one of the inputs (by any spelling or link), lies in the data folder, is the same
/// file as another output, or is a file that would replace a store of runs. An empty data folder is none. A store is
/// appended to and may exist.
base::Diagnostics overwritten(const std::vector<std::string>& inputs, const std::vector<NamedPath>& outputs,
                              const std::filesystem::path& data_folder);

}  // namespace gigawatt::ask
