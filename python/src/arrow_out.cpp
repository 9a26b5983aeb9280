#include "arrow_out.h"

#include <cstring>
#include <vector>

#include "arrow_c.h"
#include "values.h"

namespace gigawatt::python {

struct ArrowTable {
  struct Extra {
    std::vector<std::int64_t> offsets;
    std::string bytes;
    std::vector<std::uint8_t> bits;   ///< of booleans
    std::vector<std::uint8_t> valid;  ///< empty: all are
    std::int64_t nulls = 0;
  };
  results::Columns columns;
  std::vector<Extra> extra;
};

namespace {

using results::Column;
using Shared = std::shared_ptr<const ArrowTable>;

ArrowTable::Extra extra_of(const Column& column, std::size_t rows) {
  ArrowTable::Extra out;
  if (!column.missing.empty()) {
    out.valid.assign((rows + 7) / 8, 0);
    for (std::size_t i = 0; i < rows; ++i)
      if (column.missing[i] == 0)
        out.valid[i / 8] |= static_cast<std::uint8_t>(1u << (i % 8));
      else
        ++out.nulls;
    if (out.nulls == 0) out.valid.clear();
  }
  if (column.kind == Column::Kind::kBoolean) {
    out.bits.assign((rows + 7) / 8, 0);
    for (std::size_t i = 0; i < rows; ++i)
      if (column.integers[i] != 0) out.bits[i / 8] |= static_cast<std::uint8_t>(1u << (i % 8));
  }
  if (column.kind == Column::Kind::kText) {
    out.offsets.reserve(rows + 1);
    out.offsets.push_back(0);
    for (std::size_t i = 0; i < rows; ++i) {
      if (!column.is_missing(i)) out.bytes += column.dictionary[static_cast<std::size_t>(column.words[i])];
      out.offsets.push_back(static_cast<std::int64_t>(out.bytes.size()));
    }
  }
  return out;
}

const char* format_of(Column::Kind kind) {
  switch (kind) {
    case Column::Kind::kInteger: return "l";
    case Column::Kind::kNumber: return "g";
    case Column::Kind::kBoolean: return "b";
    case Column::Kind::kText: return "U";
  }
  return "n";
}

/// What an ArrowSchema owns.
struct SchemaHolder {
  std::string name;
  std::vector<ArrowSchema> children;
  std::vector<ArrowSchema*> pointers;
};

void release_schema(ArrowSchema* schema) {
  auto* holder = static_cast<SchemaHolder*>(schema->private_data);
  for (auto& child : holder->children)
    if (child.release != nullptr) child.release(&child);
  delete holder;
  schema->release = nullptr;
}

void fill_schema(ArrowSchema& out, const char* format, const std::string& name, std::int64_t flags) {
  auto* holder = new SchemaHolder{name, {}, {}};
  out = {format, holder->name.c_str(), nullptr, flags, 0, nullptr, nullptr, release_schema, holder};
}

void fill_schema(ArrowSchema& out, const ArrowTable& table) {
  fill_schema(out, "+s", "", 0);
  auto* holder = static_cast<SchemaHolder*>(out.private_data);
  holder->children.resize(table.columns.columns.size());
  for (std::size_t i = 0; i < holder->children.size(); ++i) {
    const Column& column = table.columns.columns[i];
    fill_schema(holder->children[i], format_of(column.kind), column.name, kArrowNullable);
    holder->pointers.push_back(&holder->children[i]);
  }
  out.n_children = static_cast<std::int64_t>(holder->children.size());
  out.children = holder->pointers.data();
}

/// What an ArrowArray owns: the table it points into. Consumers may move the children out and keep them alone.
struct ArrayHolder {
  Shared table;
  std::vector<const void*> buffers;
  std::vector<ArrowArray> children;
  std::vector<ArrowArray*> pointers;
};

void release_array(ArrowArray* array) {
  auto* holder = static_cast<ArrayHolder*>(array->private_data);
  for (auto& child : holder->children)
    if (child.release != nullptr) child.release(&child);
  delete holder;
  array->release = nullptr;
}

void fill_array(ArrowArray& out, ArrayHolder* holder, std::size_t rows, std::int64_t nulls) {
  out = {};
  out.length = static_cast<std::int64_t>(rows);
  out.null_count = nulls;
  out.n_buffers = static_cast<std::int64_t>(holder->buffers.size());
  out.buffers = holder->buffers.data();
  out.release = release_array;
  out.private_data = holder;
}

void fill_column(ArrowArray& out, const Shared& table, std::size_t index) {
  const Column& column = table->columns.columns[index];
  const ArrowTable::Extra& extra = table->extra[index];
  const void* valid = extra.valid.empty() ? nullptr : extra.valid.data();
  auto* holder = new ArrayHolder{table, {valid}, {}, {}};
  switch (column.kind) {
    case Column::Kind::kInteger: holder->buffers.push_back(column.integers.data()); break;
    case Column::Kind::kNumber: holder->buffers.push_back(column.numbers.data()); break;
    case Column::Kind::kBoolean: holder->buffers.push_back(extra.bits.data()); break;
    case Column::Kind::kText:
      holder->buffers.push_back(extra.offsets.data());
      holder->buffers.push_back(extra.bytes.data());
      break;
  }
  fill_array(out, holder, table->columns.rows, extra.nulls);
}

void fill_array(ArrowArray& out, const Shared& table) {
  auto* holder = new ArrayHolder{table, {nullptr}, {}, {}};
  holder->children.resize(table->columns.columns.size());
  for (std::size_t i = 0; i < holder->children.size(); ++i) {
    fill_column(holder->children[i], table, i);
    holder->pointers.push_back(&holder->children[i]);
  }
  fill_array(out, holder, table->columns.rows, 0);
  out.n_children = static_cast<std::int64_t>(holder->children.size());
  out.children = holder->pointers.data();
}

struct StreamHolder {
  Shared table;
  bool given = false;
};

StreamHolder& held(ArrowArrayStream* stream) { return *static_cast<StreamHolder*>(stream->private_data); }

int stream_schema(ArrowArrayStream* stream, ArrowSchema* out) {
  fill_schema(*out, *held(stream).table);
  return 0;
}

int stream_next(ArrowArrayStream* stream, ArrowArray* out) {
  *out = {};  // released: the end
  if (!held(stream).given) fill_array(*out, held(stream).table);
  held(stream).given = true;
  return 0;
}

const char* stream_error(ArrowArrayStream*) { return nullptr; }

void release_stream(ArrowArrayStream* stream) {
  delete static_cast<StreamHolder*>(stream->private_data);
  stream->release = nullptr;
}

template <typename Struct>
PyObject* capsule(Struct* content, const char* name, PyCapsule_Destructor destructor) {
  PyObject* out = PyCapsule_New(content, name, destructor);
  if (out == nullptr) {
    content->release(content);
    delete content;
    throw PythonError{};
  }
  return out;
}

/// A consumer that took the content has set `release` to null.
template <typename Struct>
void destroy(PyObject* capsule, const char* name) {
  auto* content = static_cast<Struct*>(PyCapsule_GetPointer(capsule, name));
  if (content->release != nullptr) content->release(content);
  delete content;
}

}  // namespace

std::shared_ptr<const ArrowTable> arrow_table(results::Columns columns) {
  auto table = std::make_shared<ArrowTable>();
  table->columns = std::move(columns);
  for (const auto& column : table->columns.columns)
    table->extra.push_back(extra_of(column, table->columns.rows));
  return table;
}

const results::Columns& columns_of(const ArrowTable& table) { return table.columns; }

PyObject* schema_capsule(const Shared& table) {
  auto* schema = new ArrowSchema;
  fill_schema(*schema, *table);
  return capsule(schema, "arrow_schema", [](PyObject* c) { destroy<ArrowSchema>(c, "arrow_schema"); });
}

PyObject* stream_capsule(const Shared& table) {
  auto* stream = new ArrowArrayStream{stream_schema, stream_next, stream_error, release_stream,
                                      new StreamHolder{table, false}};
  return capsule(stream, "arrow_array_stream",
                 [](PyObject* c) { destroy<ArrowArrayStream>(c, "arrow_array_stream"); });
}

}  // namespace gigawatt::python
