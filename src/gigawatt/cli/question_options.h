#pragma once
/// A question's field table as options of a command line, and what was given as the table that the question is read
/// from. Private to this module.
///
/// The key "global_batch" is the option --global-batch; tables inside a question are laid flat. Lists are parted at
/// commas, unless their field says `verbatim`, and an option may be given several times. A document (config/documents.h)
/// is named by its path; the name of a catalogue's entry is one that has no '/' and no suffix of a file.

#include <deque>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "gigawatt/config/empty_visitor.h"
#include "gigawatt/config/node.h"

namespace CLI {
class App;
class Option;
}  // namespace CLI

namespace gigawatt::cli {

class QuestionOptions final : public config::EmptyVisitor {
 public:
  /// Adds an option for each field that is visited. The app must outlive this.
  explicit QuestionOptions(CLI::App& app) : app_(app) {}

  /// What was given, once the app has parsed; documents are read. Throws InputError.
  config::Node node() const;

  struct File {
    std::string key, path;
  };
  std::vector<File> outputs() const;  ///< files to be written, that were asked for

  void text(std::string& x, const config::Field& f) override;
  void boolean(bool& x, const config::Field& f) override;
  void integer(std::int64_t& x, const config::Field& f) override;
  void number(double& x, const config::Field& f) override;
  void time(base::SimTime& x, const config::Field& f) override;
  void choose(std::size_t& x, std::span<const std::string_view> names, const config::Field& f) override;
  void any_quantity(config::AnyQuantity& x, const config::Field& f) override;
  void integer_or_word(std::optional<std::int64_t>& x, std::string_view word,
                       const config::Field& f) override;
  bool begin_table(const config::Field& f) override;
  void end_table(const config::Field& f) override;
  void integer_range(config::IntegerRange& x, const config::Field& f) override;
  void input_text(config::InputText& x, const config::Field& f) override;
  void input_text_or_folder(config::InputTextOrFolder& x, const config::Field& f) override;
  void name_or_text(config::NameOrText& x, const config::Field& f) override;
  void output_file(config::OutputFile& x, const config::Field& f) override;
  void output_place(config::OutputPlace& x, const config::Field& f) override;

 protected:
  bool present(const config::Field& f, bool has_value) override;
  std::size_t begin_list(const config::Field& f, std::size_t size) override;
  void end_list(const config::Field& f) override;

 private:
  enum class Kind { kText, kFlag, kInteger, kNumber, kInput, kInputOrFolder, kNameOrInput, kOutput, kPlace };
  struct Entry {
    Kind kind = Kind::kText;
    std::vector<std::string> path;  ///< of tables, then the key
    bool list = false;
    std::string one;
    std::vector<std::string> many;
    bool flag = false;
    CLI::Option* option = nullptr;
  };

  Entry& add(Kind kind, const config::Field& f, std::string type, const std::string& initial);
  /// Adds `check` (an error's text, or "") to the values of an option.
  static void check(Entry& entry, std::function<std::string(const std::string&)> check);

  CLI::App& app_;
  std::deque<Entry> entries_;  ///< their addresses stay
  std::vector<std::string> tables_;
  const config::Field* list_ = nullptr;  ///< the field of the list that is being visited
  bool optional_ = false;                ///< the next value stands in an optional: it has no default
};

}  // namespace gigawatt::cli
