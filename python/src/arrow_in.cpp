#include "arrow_in.h"

#include <cmath>
#include <cstring>
#include <limits>
#include <unordered_map>

#include <fmt/format.h>

#include "arrow_c.h"
#include "values.h"

namespace gigawatt::python {
namespace {

using results::Column;
using results::Columns;

/// Numbers texts as they come.
class Words {
 public:
  explicit Words(Column& column) : column_(column) {
    for (std::size_t i = 0; i < column.dictionary.size(); ++i)
      index_.emplace(column.dictionary[i], static_cast<std::int32_t>(i));
  }
  std::int32_t number(std::string_view text) {
    if (last_ >= 0 && column_.dictionary[static_cast<std::size_t>(last_)] == text) return last_;
    const auto [found, is_new] =
        index_.try_emplace(std::string(text), static_cast<std::int32_t>(column_.dictionary.size()));
    if (is_new) column_.dictionary.emplace_back(text);
    return last_ = found->second;
  }

 private:
  Column& column_;
  std::unordered_map<std::string, std::int32_t> index_;
  std::int32_t last_ = -1;
};

bool bit(const void* bits, std::int64_t i) {
  return (static_cast<const std::uint8_t*>(bits)[i / 8] >> (i % 8) & 1) != 0;
}

/// A batch's column, from its offset on.
struct Piece {
  const ArrowArray& array;
  std::int64_t length;
  std::int64_t offset;

  bool valid(std::int64_t i) const {
    return array.n_buffers == 0 || array.buffers[0] == nullptr || bit(array.buffers[0], offset + i);
  }
  template <typename T>
  const T* buffer(int which) const {
    return static_cast<const T*>(array.buffers[which]) + offset;
  }
};

template <typename T>
void append_numbers(const Piece& piece, Column& column) {
  const T* values = piece.buffer<T>(1);
  for (std::int64_t i = 0; i < piece.length; ++i) {
    if constexpr (std::is_floating_point_v<T>)
      column.numbers.push_back(static_cast<double>(values[i]));
    else
      column.integers.push_back(static_cast<std::int64_t>(values[i]));
  }
}

void append_unsigned(const Piece& piece, Column& column) {
  const auto* values = piece.buffer<std::uint64_t>(1);
  for (std::int64_t i = 0; i < piece.length; ++i) {
    if (piece.valid(i) && values[i] > static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max()))
      wrong("out-of-range", fmt::format("column '{}': {} is too large", column.name, values[i]));
    column.integers.push_back(static_cast<std::int64_t>(values[i]));
  }
}

template <typename Offset>
std::string_view text_at(const ArrowArray& array, std::int64_t i) {
  const auto* offsets = static_cast<const Offset*>(array.buffers[1]);
  return {static_cast<const char*>(array.buffers[2]) + offsets[i],
          static_cast<std::size_t>(offsets[i + 1] - offsets[i])};
}

/// Of the type "vu": 16 bytes each, short texts inline, long ones in one of the data buffers.
std::string_view view_at(const ArrowArray& array, std::int64_t i) {
  const char* view = static_cast<const char*>(array.buffers[1]) + 16 * i;
  std::int32_t size = 0, buffer = 0, at = 0;
  std::memcpy(&size, view, 4);
  if (size <= 12) return {view + 4, static_cast<std::size_t>(size)};
  std::memcpy(&buffer, view + 8, 4);
  std::memcpy(&at, view + 12, 4);
  return {static_cast<const char*>(array.buffers[2 + buffer]) + at, static_cast<std::size_t>(size)};
}

using TextAt = std::string_view (*)(const ArrowArray&, std::int64_t);

TextAt text_reader(std::string_view format) {
  if (format == "u") return text_at<std::int32_t>;
  if (format == "U") return text_at<std::int64_t>;
  if (format == "vu") return view_at;
  return nullptr;
}

void append_texts(const Piece& piece, TextAt at, Column& column) {
  Words words(column);
  for (std::int64_t i = 0; i < piece.length; ++i)
    column.words.push_back(piece.valid(i) ? words.number(at(piece.array, piece.offset + i)) : 0);
}

template <typename Index>
void append_indexed(const Piece& piece, const std::vector<std::int32_t>& numbers, Column& column) {
  const Index* values = piece.buffer<Index>(1);
  for (std::int64_t i = 0; i < piece.length; ++i) {
    const auto at = static_cast<std::size_t>(values[i]);
    if (piece.valid(i) && at >= numbers.size())
      wrong("bad-table", fmt::format("column '{}': an index beyond its dictionary", column.name));
    column.words.push_back(piece.valid(i) ? numbers[at] : 0);
  }
}

void append_dictionary(const ArrowSchema& schema, const Piece& piece, TextAt at, Column& column) {
  const ArrowArray& dictionary = *piece.array.dictionary;
  Words words(column);
  std::vector<std::int32_t> numbers;
  const Piece texts{dictionary, dictionary.length, dictionary.offset};
  for (std::int64_t i = 0; i < dictionary.length; ++i)
    numbers.push_back(texts.valid(i) ? words.number(at(dictionary, dictionary.offset + i))
                                     : words.number(""));
  switch (*schema.format) {
    case 'c': return append_indexed<std::int8_t>(piece, numbers, column);
    case 'C': return append_indexed<std::uint8_t>(piece, numbers, column);
    case 's': return append_indexed<std::int16_t>(piece, numbers, column);
    case 'S': return append_indexed<std::uint16_t>(piece, numbers, column);
    case 'i': return append_indexed<std::int32_t>(piece, numbers, column);
    case 'I': return append_indexed<std::uint32_t>(piece, numbers, column);
    case 'l': return append_indexed<std::int64_t>(piece, numbers, column);
    default: return append_indexed<std::uint64_t>(piece, numbers, column);
  }
}

Column::Kind kind_of(const ArrowSchema& schema) {
  const std::string_view format = schema.dictionary != nullptr ? schema.dictionary->format : schema.format;
  if (text_reader(format) != nullptr) return Column::Kind::kText;
  if (schema.dictionary == nullptr && format.size() == 1) {
    if (format == "b") return Column::Kind::kBoolean;
    if (format == "f" || format == "g") return Column::Kind::kNumber;
    if (std::string_view("cCsSiIlL").find(format) != std::string_view::npos) return Column::Kind::kInteger;
    if (format == "n") return Column::Kind::kText;
  }
  wrong("wrong-kind",
        fmt::format("column '{}' has the Arrow type '{}', which is not read", schema.name, format),
        "integers, floats, booleans and texts are");
}

void append(const ArrowSchema& schema, const ArrowArray& array, std::int64_t offset, std::int64_t length,
            Column& column) {
  const Piece piece{array, length, array.offset + offset};
  const std::size_t before = column.size();
  const std::string_view format = schema.format;
  if (schema.dictionary != nullptr)
    append_dictionary(schema, piece, text_reader(schema.dictionary->format), column);
  else if (const TextAt at = text_reader(format))
    append_texts(piece, at, column);
  else
    switch (format[0]) {
      case 'c': append_numbers<std::int8_t>(piece, column); break;
      case 'C': append_numbers<std::uint8_t>(piece, column); break;
      case 's': append_numbers<std::int16_t>(piece, column); break;
      case 'S': append_numbers<std::uint16_t>(piece, column); break;
      case 'i': append_numbers<std::int32_t>(piece, column); break;
      case 'I': append_numbers<std::uint32_t>(piece, column); break;
      case 'l': append_numbers<std::int64_t>(piece, column); break;
      case 'L': append_unsigned(piece, column); break;
      case 'f': append_numbers<float>(piece, column); break;
      case 'g': append_numbers<double>(piece, column); break;
      case 'b':
        for (std::int64_t i = 0; i < length; ++i)
          column.integers.push_back(bit(array.buffers[1], piece.offset + i) ? 1 : 0);
        break;
      default: column.words.insert(column.words.end(), static_cast<std::size_t>(length), 0); break;
    }
  const bool all_null = format == "n";
  if (!all_null && (array.null_count == 0 || array.n_buffers == 0 || array.buffers[0] == nullptr) &&
      column.missing.empty())
    return;
  column.missing.resize(before, 0);
  for (std::int64_t i = 0; i < length; ++i) column.missing.push_back(all_null || !piece.valid(i) ? 1 : 0);
}

/// Releases what a stream handed out.
template <typename Struct>
struct Held : Struct {
  Held() : Struct{} {}
  ~Held() {
    if (this->release != nullptr) this->release(this);
  }
  Held(const Held&) = delete;
  Held& operator=(const Held&) = delete;
};

void expect(int code, ArrowArrayStream& stream) {
  if (code == 0) return;
  const char* what = stream.get_last_error(&stream);
  wrong("bad-table",
        fmt::format("the table cannot be read: {}", what != nullptr ? what : "no reason is given"));
}

}  // namespace

Columns columns_of_stream(PyObject* capsule) {
  auto* stream = static_cast<ArrowArrayStream*>(PyCapsule_GetPointer(capsule, "arrow_array_stream"));
  if (stream == nullptr) throw PythonError{};
  if (stream->release == nullptr) wrong("bad-table", "the table's stream has been read already");
  Held<ArrowSchema> schema;
  expect(stream->get_schema(stream, &schema), *stream);
  if (std::string_view(schema.format) != "+s")
    wrong("wrong-kind", "the stream holds no table with named columns");
  Columns out;
  for (std::int64_t i = 0; i < schema.n_children; ++i) {
    Column column;
    column.name = schema.children[i]->name != nullptr ? schema.children[i]->name : "";
    column.kind = kind_of(*schema.children[i]);
    out.columns.push_back(std::move(column));
  }
  for (;;) {
    Held<ArrowArray> batch;
    expect(stream->get_next(stream, &batch), *stream);
    if (batch.release == nullptr) break;
    for (std::int64_t i = 0; i < batch.n_children; ++i)
      append(*schema.children[i], *batch.children[i], batch.offset, batch.length,
             out.columns[static_cast<std::size_t>(i)]);
    out.rows += static_cast<std::size_t>(batch.length);
  }
  return out;
}

namespace {

template <typename T>
void copy_buffer(const Py_buffer& view, Column& column) {
  const std::size_t rows = static_cast<std::size_t>(view.shape[0]);
  const char* at = static_cast<const char*>(view.buf);
  for (std::size_t i = 0; i < rows; ++i, at += view.strides[0]) {
    T value;
    std::memcpy(&value, at, sizeof value);
    if constexpr (std::is_floating_point_v<T>)
      column.numbers.push_back(static_cast<double>(value));
    else
      column.integers.push_back(static_cast<std::int64_t>(value));
  }
}

/// False: not a buffer of plain numbers.
bool read_buffer(PyObject* values, Column& column) {
  if (!PyObject_CheckBuffer(values) || PyBytes_Check(values) || PyByteArray_Check(values)) return false;
  Py_buffer view;
  if (PyObject_GetBuffer(values, &view, PyBUF_STRIDES | PyBUF_FORMAT) != 0) {
    PyErr_Clear();  // numpy has none for texts
    return false;
  }
  const std::string_view format = view.format != nullptr ? view.format : "B";
  const int dimensions = view.ndim;
  bool read = dimensions == 1;
  const char type = format.size() == 1 ? format[0] : '\0';
  if (read) {
    column.kind = type == 'f' || type == 'd' ? Column::Kind::kNumber
                  : type == '?'              ? Column::Kind::kBoolean
                                             : Column::Kind::kInteger;
    switch (type) {
      case 'b': copy_buffer<signed char>(view, column); break;
      case 'B': copy_buffer<unsigned char>(view, column); break;
      case '?': copy_buffer<bool>(view, column); break;
      case 'h': copy_buffer<short>(view, column); break;
      case 'H': copy_buffer<unsigned short>(view, column); break;
      case 'i': copy_buffer<int>(view, column); break;
      case 'I': copy_buffer<unsigned>(view, column); break;
      case 'l':
      case 'q':
      case 'n': copy_buffer<std::int64_t>(view, column); break;
      case 'L':
      case 'Q':
      case 'N': copy_buffer<std::uint64_t>(view, column); break;
      case 'f': copy_buffer<float>(view, column); break;
      case 'd': copy_buffer<double>(view, column); break;
      default: read = false;
    }
  }
  PyBuffer_Release(&view);
  if (dimensions > 1)
    wrong("wrong-shape",
          fmt::format("column '{}' has {} dimensions, one is wanted", column.name, dimensions));
  return read;
}

Column::Kind kind_of(const std::string& name, PyObject* value) {
  if (PyBool_Check(value)) return Column::Kind::kBoolean;
  if (PyFloat_Check(value)) return Column::Kind::kNumber;
  if (PyUnicode_Check(value)) return Column::Kind::kText;
  if (PyLong_Check(value) || PyIndex_Check(value)) return Column::Kind::kInteger;
  wrong("wrong-kind", fmt::format("column '{}' holds a value of type {}", name, Py_TYPE(value)->tp_name),
        "texts, numbers and booleans are taken");
}

void append_value(PyObject* value, Column& column, Words& words) {
  switch (column.kind) {
    case Column::Kind::kText: {
      Py_ssize_t size = 0;
      const char* bytes = PyUnicode_AsUTF8AndSize(value, &size);
      if (bytes == nullptr) throw PythonError{};
      column.words.push_back(words.number({bytes, static_cast<std::size_t>(size)}));
      return;
    }
    case Column::Kind::kNumber: {
      const double x = PyFloat_AsDouble(value);
      if (x == -1 && PyErr_Occurred() != nullptr) throw PythonError{};
      column.numbers.push_back(x);
      return;
    }
    default: {
      PyObject* whole = PyNumber_Index(value);
      if (whole == nullptr) throw PythonError{};
      const long long x = PyLong_AsLongLong(whole);
      Py_DECREF(whole);
      if (x == -1 && PyErr_Occurred() != nullptr) {
        PyErr_Clear();
        wrong("out-of-range", fmt::format("column '{}' holds a number beyond 64 bits", column.name));
      }
      column.integers.push_back(x);
    }
  }
}

void append_missing(Column& column) {
  column.missing.resize(column.size(), 0);
  column.missing.push_back(1);
  if (column.kind == Column::Kind::kText)
    column.words.push_back(0);
  else if (column.kind == Column::Kind::kNumber)
    column.numbers.push_back(std::nan(""));
  else
    column.integers.push_back(0);
}

/// The kind that all values share; whole numbers among others with a point are numbers.
Column::Kind common_kind(const std::string& name, PyObject* const* items, Py_ssize_t count) {
  bool any = false;
  Column::Kind kind = Column::Kind::kText;
  for (Py_ssize_t i = 0; i < count; ++i) {
    if (items[i] == Py_None) continue;
    const Column::Kind own = kind_of(name, items[i]);
    if (!any || (kind == Column::Kind::kInteger && own == Column::Kind::kNumber)) {
      kind = own;
    } else if (own != kind && !(kind == Column::Kind::kNumber && own == Column::Kind::kInteger)) {
      wrong("wrong-kind", fmt::format("column '{}' mixes kinds of values: row {} is of type {}", name, i,
                                      Py_TYPE(items[i])->tp_name));
    }
    any = true;
  }
  return kind;
}

void read_items(PyObject* sequence, Column& column) {
  PyObject* list = PySequence_List(sequence);
  if (list == nullptr) throw PythonError{};
  try {
    const Py_ssize_t count = PyList_GET_SIZE(list);
    PyObject* const* items = count > 0 ? &PyList_GET_ITEM(list, 0) : nullptr;
    column.kind = common_kind(column.name, items, count);
    Words words(column);
    for (Py_ssize_t i = 0; i < count; ++i) {
      if (items[i] == Py_None)
        append_missing(column);
      else
        append_value(items[i], column, words);
    }
    if (!column.missing.empty()) column.missing.resize(column.size(), 0);
    if (column.kind == Column::Kind::kText && column.dictionary.empty()) column.dictionary.emplace_back();
  } catch (...) {
    Py_DECREF(list);
    throw;
  }
  Py_DECREF(list);
}

}  // namespace

Column column_of(const std::string& name, PyObject* values) {
  Column column;
  column.name = name;
  if (PyUnicode_Check(values) || PyBool_Check(values) || PyFloat_Check(values) || PyLong_Check(values) ||
      values == Py_None) {
    column.constant = true;
    PyObject* one = PyList_New(1);
    if (one == nullptr) throw PythonError{};
    Py_INCREF(values);
    PyList_SET_ITEM(one, 0, values);
    try {
      read_items(one, column);
    } catch (...) {
      Py_DECREF(one);
      throw;
    }
    Py_DECREF(one);
    return column;
  }
  if (read_buffer(values, column)) return column;
  column = {};
  column.name = name;
  if (!PySequence_Check(values) || PyBytes_Check(values) || PyByteArray_Check(values))
    wrong("wrong-kind", fmt::format("column '{}' is of type {}", name, Py_TYPE(values)->tp_name),
          "an array, a list or a single value");
  read_items(values, column);
  return column;
}

}  // namespace gigawatt::python
