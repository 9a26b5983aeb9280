#pragma once
/// Python values as the tables that questions are read from, and answers as Python values.

#include <Python.h>

#include <set>
#include <string>

#include <nlohmann/json.hpp>

#include "gigawatt/ask/command.h"
#include "gigawatt/config/node.h"

namespace gigawatt::python {

/// A Python exception is set; it travels through C++ as this.
struct PythonError {};

/// Wrong input; becomes gigawatt.InputError.
struct Wrong {
  base::Diagnostics problems;
};
[[noreturn]] void wrong(std::string code, std::string message, std::string hint = {});

/// Keys of a question by what their values may be, at any depth.
struct DocumentKeys {
  std::set<std::string, std::less<>> entries;  ///< a name of the catalogue, or a document in its place
  std::set<std::string, std::less<>> inputs;   ///< the text of a file
  std::set<std::string, std::less<>> folders;  ///< those of them that may be a folder
  std::set<std::string, std::less<>> outputs;  ///< paths of files to write
  std::set<std::string, std::less<>> texts;    ///< texts, which may be numbers: bytes "64MiB" or 1e9
};
DocumentKeys document_keys(const ask::Command& command);

/// A dict as a table. None means absent; numpy's scalars and arrays, dates, paths and whatever has `to_dict()` are taken as
/// what they mean. At the key of a document: a path is read, a dict (or what has `to_dict()`) is the document itself, a text
/// is one or names one as on the command line. Throws Wrong and PythonError; values are copied, so that whoever changes them
/// afterwards changes nothing here.
config::Node node_of(PyObject* dict, const DocumentKeys& documents);

/// A new reference; throws PythonError.
PyObject* object_of(const nlohmann::ordered_json& value);

/// [{code, severity, file, line, column, length, key, message, hint}]; a new reference.
PyObject* diagnostics_of(const base::Diagnostics& problems);

}  // namespace gigawatt::python
