#pragma once
/// The exception that a function of the user's raised.

#include <Python.h>

namespace gigawatt::python {

/// Takes the exception that is set, with its traceback; the caller owns it. The interpreter's lock is held.
inline PyObject* take_exception() {
  PyObject *type = nullptr, *value = nullptr, *trace = nullptr;
  PyErr_Fetch(&type, &value, &trace);
  PyErr_NormalizeException(&type, &value, &trace);
  if (trace != nullptr) PyException_SetTraceback(value, trace);
  Py_XDECREF(type);
  Py_XDECREF(trace);
  return value;
}

}  // namespace gigawatt::python
