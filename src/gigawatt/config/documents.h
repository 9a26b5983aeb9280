#pragma once
/// Files as fields of a question. A command line names them by their path; a client of the HTTP API, which may name no
/// file of this machine, sends their text; Python takes either. What answers the question sees the text alone.

#include <string>

namespace gigawatt::config {

/// The text of a file that is read.
struct InputText {
  std::string name;  ///< what messages call it: the path, or the field's key
  std::string text;
  bool file =
      false;  ///< `name` is a path on this machine: files that the text names are looked for beside it

  bool given() const { return !name.empty(); }
};

/// The text of a file that is read, or a folder of them; only whoever may read folders of this machine can name one.
struct InputTextOrFolder : InputText {
  std::string folder;  ///< empty: `text` holds the file
};

/// An entry of the catalogue by its name, or a document in its place: a path on a command line, an object or the text of
/// one in a request.
struct NameOrText {
  std::string name;   ///< of the entry, or of the document in messages
  std::string text;   ///< the document; empty: `name` is to be looked up
  bool file = false;  ///< `name` is the document's path on this machine

  bool given() const { return !name.empty(); }
  bool is_document() const { return !text.empty(); }
};

/// A file to be written, by its path; only whoever may write on this machine has the field.
struct OutputFile {
  std::string path;

  bool given() const { return !path.empty(); }
};

/// What a command itself writes to while it works, by its path: a store of runs, to which it appends, or a folder.
struct OutputPlace {
  enum class Kind { kStore, kFolder };

  Kind kind = Kind::kStore;
  std::string path;

  bool given() const { return !path.empty(); }
};

}  // namespace gigawatt::config
