#pragma once
/// Tables of others as columns: an Arrow stream (polars, pandas, pyarrow, duckdb), or a column at a time.

#include <Python.h>

#include "gigawatt/results/columns.h"

namespace gigawatt::python {

/// All batches of a PyCapsule "arrow_array_stream". Integers, floats, booleans, texts (plain, large, views, dictionaries)
/// and columns of nulls are read; another type is named and refused. Throws Wrong and PythonError.
results::Columns columns_of_stream(PyObject* capsule);

/// A list, a tuple, an object with the buffer protocol (numpy), or a single value, which then holds for all rows. Arrays of
/// objects and lists may mix None with one kind of value.
results::Column column_of(const std::string& name, PyObject* values);

}  // namespace gigawatt::python
