#include "values.h"

#include <cmath>
#include <memory>

#include <fmt/format.h>

#include "gigawatt/ask/documents.h"
#include "gigawatt/config/empty_visitor.h"

namespace gigawatt::python {
namespace {

using config::Node;

constexpr int kDeepest = 64;

/// An owned reference.
struct Release {
  void operator()(PyObject* x) const { Py_XDECREF(x); }
};
using Owned = std::unique_ptr<PyObject, Release>;

Owned own(PyObject* x) {
  if (x == nullptr) throw PythonError{};
  return Owned(x);
}

std::string text_of(PyObject* unicode) {
  Py_ssize_t size = 0;
  const char* bytes = PyUnicode_AsUTF8AndSize(unicode, &size);
  if (bytes == nullptr) throw PythonError{};
  return {bytes, static_cast<std::size_t>(size)};
}

Node string_node(std::string text) {
  Node node;
  node.kind = Node::Kind::kString;
  node.text = std::move(text);
  return node;
}

Node number_node(double x) {
  Node node;
  node.kind = Node::Kind::kFloat;
  node.real = x;
  return node;
}

Node integer_node(PyObject* whole) {
  int overflow = 0;
  const long long x = PyLong_AsLongLongAndOverflow(whole, &overflow);
  if (overflow == 0 && x == -1 && PyErr_Occurred() != nullptr) throw PythonError{};
  if (overflow != 0) {
    const double real = PyLong_AsDouble(whole);
    PyErr_Clear();  // beyond double: an infinity, which no field allows
    return number_node(std::isfinite(real) && real != -1 ? real : HUGE_VAL * overflow);
  }
  Node node;
  node.kind = Node::Kind::kInteger;
  node.integer = x;
  node.real = static_cast<double>(x);
  return node;
}

bool is_named(PyObject* x, std::string_view part) {
  return std::string_view(Py_TYPE(x)->tp_name).find(part) != std::string_view::npos;
}

Owned called(PyObject* x, const char* method) { return own(PyObject_CallMethod(x, method, nullptr)); }

class Reading {
 public:
  explicit Reading(const DocumentKeys& documents) : documents_(documents) {}

  Node table(PyObject* dict, int depth) {
    if (depth > kDeepest) wrong("too-deep", fmt::format("values nest deeper than {} levels", kDeepest));
    Node node;
    // A copy: converting a value may run Python code that changes the dict.
    const Owned items = own(PyDict_Items(dict));
    for (Py_ssize_t i = 0; i < PyList_GET_SIZE(items.get()); ++i) {
      PyObject* pair = PyList_GET_ITEM(items.get(), i);
      PyObject* name = PyTuple_GET_ITEM(pair, 0);
      PyObject* value = PyTuple_GET_ITEM(pair, 1);
      if (value == Py_None) continue;
      if (!PyUnicode_Check(name)) wrong("wrong-kind", "keys must be texts");
      std::string key = text_of(name);
      Node read = member(key, value, depth);
      node.members.push_back({std::move(key), std::move(read)});
    }
    return node;
  }

 private:
  Node member(const std::string& key, PyObject* value, int depth) {
    if (documents_.outputs.contains(key)) {
      Node node = string_node(path_text(key, value));
      node.document = true;
      return node;
    }
    const bool entry = documents_.entries.contains(key);
    if (entry || documents_.inputs.contains(key)) return document(key, value, entry);
    Node node = convert(key, value, depth);
    if (documents_.texts.contains(key)) as_text(node);
    return node;
  }

  /// A number where a text is wanted means what it means on a command line.
  static void as_text(Node& node) {
    if (node.kind == Node::Kind::kInteger)
      node.text = fmt::format("{}", node.integer);
    else if (node.kind == Node::Kind::kFloat && std::isfinite(node.real))
      node.text = fmt::format("{}", node.real);
    else
      return;
    node.kind = Node::Kind::kString;
  }

  static std::string path_text(const std::string& key, PyObject* value) {
    const Owned path = own(PyOS_FSPath(value));
    if (!PyUnicode_Check(path.get())) wrong("wrong-kind", "'" + key + "' must be a path as text");
    return text_of(path.get());
  }

  Node file(const std::string& key, const std::string& path) const {
    auto node = documents_.folders.contains(key) ? ask::document_or_folder_argument(path)
                                                 : ask::document_argument(path);
    if (!node) throw Wrong{{node.error()}};
    return std::move(*node);
  }

  /// What writes itself as TOML (a Scenario): its text, under the path of the file that it came from; files that the text
  /// names are looked for beside that, or in the working folder.
  static Node written(const std::string& key, PyObject* value) {
    Node node = string_node(text_of(called(value, "to_toml").get()));
    const Owned path = own(PyObject_GetAttrString(value, "path"));
    node.document = true;
    node.span.source = std::make_shared<base::SourceText>(
        base::SourceText{path.get() == Py_None ? key : path_text(key, path.get()), {}});
    return node;
  }

  Node document(const std::string& key, PyObject* value, bool entry) {
    if (PyUnicode_Check(value)) {
      std::string text = text_of(value);
      const bool is_text = text.find_first_of("{[\n") != std::string::npos;
      if (is_text || (entry && !ask::names_file(text))) return string_node(std::move(text));
      return file(key, text);
    }
    if (PyList_Check(value)) {
      Node list;
      list.kind = Node::Kind::kArray;
      for (Py_ssize_t i = 0; i < PyList_Size(value); ++i)
        list.items.push_back(document(key, own(PySequence_GetItem(value, i)).get(), entry));
      return list;
    }
    if (PyObject_HasAttrString(value, "__fspath__")) return file(key, path_text(key, value));
    if (PyObject_HasAttrString(value, "to_toml")) return written(key, value);
    Owned dict;
    if (PyDict_Check(value)) {
      Py_INCREF(value);
      dict = own(value);
    } else if (PyObject_HasAttrString(value, "to_dict")) {
      dict = called(value, "to_dict");
    } else {
      wrong("wrong-kind",
            fmt::format("'{}' is of type {}, but a name, a path, a dict or a configuration is wanted", key,
                        Py_TYPE(value)->tp_name));
    }
    const Owned json = own(PyImport_ImportModule("gigawatt._text"));
    return string_node(text_of(own(PyObject_CallMethod(json.get(), "document", "O", dict.get())).get()));
  }

  Node convert(const std::string& key, PyObject* value, int depth) {
    if (PyBool_Check(value)) {
      Node node;
      node.kind = Node::Kind::kBoolean;
      node.boolean = value == Py_True;
      return node;
    }
    if (PyLong_Check(value)) return integer_node(value);
    if (PyFloat_Check(value)) return number_node(PyFloat_AS_DOUBLE(value));
    if (PyUnicode_Check(value)) return string_node(text_of(value));
    if (PyDict_Check(value)) return table(value, depth + 1);
    if (PyList_Check(value) || PyTuple_Check(value)) return list(key, value, depth);
    return other(key, value, depth);
  }

  Node list(const std::string& key, PyObject* value, int depth) {
    if (depth > kDeepest) wrong("too-deep", fmt::format("values nest deeper than {} levels", kDeepest));
    Node node;
    node.kind = Node::Kind::kArray;
    const Owned items = own(PySequence_List(value));
    for (Py_ssize_t i = 0; i < PyList_GET_SIZE(items.get()); ++i)
      node.items.push_back(convert(key, PyList_GET_ITEM(items.get(), i), depth + 1));
    return node;
  }

  /// What is not of Python itself.
  Node other(const std::string& key, PyObject* value, int depth) {
    if (is_named(value, "numpy.bool")) {
      Node node;
      node.kind = Node::Kind::kBoolean;
      node.boolean = PyObject_IsTrue(value) == 1;
      return node;
    }
    if (PyObject_HasAttrString(value, "tolist")) {
      const Owned plain = called(value, "tolist");
      if (Py_TYPE(plain.get()) != Py_TYPE(value)) return convert(key, plain.get(), depth + 1);
    }
    if (PyObject_HasAttrString(value, "isoformat")) {
      Node node = string_node(text_of(called(value, "isoformat").get()));
      node.kind = Node::Kind::kDate;
      return node;
    }
    if (PyObject_HasAttrString(value, "__fspath__")) return string_node(path_text(key, value));
    if (PyIndex_Check(value)) return integer_node(own(PyNumber_Index(value)).get());
    if (PyObject_HasAttrString(value, "to_dict")) {
      const Owned dict = called(value, "to_dict");
      if (PyDict_Check(dict.get())) return table(dict.get(), depth + 1);
    }
    wrong("wrong-kind", fmt::format("'{}' is of type {}, which no key takes", key, Py_TYPE(value)->tp_name),
          "texts, numbers, booleans, dates, lists and dicts are taken");
  }

  const DocumentKeys& documents_;
};

}  // namespace

void wrong(std::string code, std::string message, std::string hint) {
  throw Wrong{{base::error(std::move(code), std::move(message), std::move(hint))}};
}

DocumentKeys document_keys(const ask::Command& command) {
  struct Visitor final : config::EmptyVisitor {
    DocumentKeys keys;
    static void keep(std::set<std::string, std::less<>>& to, const config::Field& f) {
      to.emplace(f.key);
      if (!f.alias.empty()) to.emplace(f.alias);
    }
    void name_or_text(config::NameOrText&, const config::Field& f) override { keep(keys.entries, f); }
    void text(std::string&, const config::Field& f) override { keep(keys.texts, f); }
    void input_text(config::InputText&, const config::Field& f) override { keep(keys.inputs, f); }
    void input_text_or_folder(config::InputTextOrFolder& x, const config::Field& f) override {
      input_text(x, f);
      keep(keys.folders, f);
    }
    void output_file(config::OutputFile&, const config::Field& f) override { keep(keys.outputs, f); }
    void output_place(config::OutputPlace&, const config::Field& f) override { keep(keys.outputs, f); }
  } visitor;
  command.visit(visitor);
  return std::move(visitor.keys);
}

Node node_of(PyObject* dict, const DocumentKeys& documents) {
  if (!PyDict_Check(dict)) wrong("wrong-kind", "a question is a dict");
  return Reading(documents).table(dict, 0);
}

PyObject* object_of(const nlohmann::ordered_json& value) {
  using Type = nlohmann::ordered_json::value_t;
  const auto text = [](const std::string& s) {
    return own(PyUnicode_DecodeUTF8(s.data(), static_cast<Py_ssize_t>(s.size()), "replace"));
  };
  switch (value.type()) {
    case Type::object: {
      Owned dict = own(PyDict_New());
      for (const auto& [key, member] : value.items()) {
        const Owned name = text(key), item = own(object_of(member));
        if (PyDict_SetItem(dict.get(), name.get(), item.get()) != 0) throw PythonError{};
      }
      return dict.release();
    }
    case Type::array: {
      Owned list = own(PyList_New(static_cast<Py_ssize_t>(value.size())));
      for (std::size_t i = 0; i < value.size(); ++i)
        PyList_SET_ITEM(list.get(), static_cast<Py_ssize_t>(i), object_of(value[i]));
      return list.release();
    }
    case Type::string: return text(value.get_ref<const std::string&>()).release();
    case Type::boolean: return PyBool_FromLong(value.get<bool>() ? 1 : 0);
    case Type::number_integer: return own(PyLong_FromLongLong(value.get<std::int64_t>())).release();
    case Type::number_unsigned: return own(PyLong_FromUnsignedLongLong(value.get<std::uint64_t>())).release();
    case Type::number_float: {
      // JSON has no infinity and no NaN: there the command line prints null.
      const double x = value.get<double>();
      if (std::isfinite(x)) return own(PyFloat_FromDouble(x)).release();
      [[fallthrough]];
    }
    default: Py_RETURN_NONE;
  }
}

PyObject* diagnostics_of(const base::Diagnostics& problems) {
  nlohmann::ordered_json list = nlohmann::ordered_json::array();
  for (const auto& d : problems)
    list.push_back({{"code", d.code},
                    {"severity", d.severity == base::Severity::kError ? "error" : "warning"},
                    {"file", d.span.source ? d.span.source->name : ""},
                    {"line", d.span.line},
                    {"column", d.span.column},
                    {"length", d.span.length},
                    {"key", base::underlined(d.span)},
                    {"message", d.message},
                    {"hint", d.hint}});
  return object_of(list);
}

}  // namespace gigawatt::python
