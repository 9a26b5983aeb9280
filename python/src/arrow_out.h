#pragma once
/// Columns as an Arrow stream: one record batch over the memory of the columns, which lives as long as its last reader.

#include <Python.h>

#include <memory>

#include "gigawatt/results/columns.h"

namespace gigawatt::python {

/// What Arrow adds to columns: offsets and joined bytes of texts, bitmaps of booleans and of missing values.
struct ArrowTable;

/// Numbers are not copied.
std::shared_ptr<const ArrowTable> arrow_table(results::Columns columns);

const results::Columns& columns_of(const ArrowTable& table);

/// PyCapsules "arrow_schema" and "arrow_array_stream" (new references; the PyCapsule interface).
PyObject* schema_capsule(const std::shared_ptr<const ArrowTable>& table);
PyObject* stream_capsule(const std::shared_ptr<const ArrowTable>& table);

}  // namespace gigawatt::python
