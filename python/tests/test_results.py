"""Answers as objects; tables through the Arrow PyCapsule interface."""

import copy
import json
import pickle
import unittest

import gigawatt as gw
from support import STEP, needs


class Results(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.step = gw.step(**STEP)

    def test_attributes_and_items(self):
        self.assertEqual(self.step.memory.peak_gb, self.step["memory"]["peak_gb"])
        self.assertIn("step_time_s", dir(self.step))
        self.assertEqual(json.loads(self.step.json()), self.step.to_dict())
        with self.assertRaisesRegex(AttributeError, "did you mean 'step_time_s'"):
            self.step.step_time
        self.assertIn("step_time_s=", repr(self.step))
        self.assertIn("<table>", self.step._repr_html_())
        self.assertEqual(dict(self.step), self.step.to_dict())

    def test_copies_and_pickles(self):
        for again in (pickle.loads(pickle.dumps(self.step)), copy.deepcopy(self.step), copy.copy(self.step)):
            self.assertEqual(again, self.step)
            self.assertEqual(again.no, self.step.no)
        table = gw.Table([{"a": 1, "b": "x"}, {"a": None, "b": "ü"}])
        self.assertEqual(pickle.loads(pickle.dumps(table)), table)

    def test_markup_is_escaped(self):
        self.assertNotIn("<b>", gw.Table([{"<b>": "<b>"}])._repr_html_())
        self.assertNotIn("<i>", gw.Result({"k": "<i>"}, "x", "no <i>")._repr_html_())

    def test_records_as_columns(self):
        rows = [{"plan": {"tp": 8}, "x": 1, "ok": True, "list": [1, 2]}, {"plan": {"tp": 4}, "x": 2.5, "ok": None}]
        table = gw.Table(rows)
        self.assertEqual(table.column_names, ["plan.tp", "x", "ok", "list"])
        self.assertEqual(table["x"], [1.0, 2.5])
        self.assertEqual(table["ok"], [True, None])
        self.assertEqual(table["list"], ["[1, 2]", None])
        self.assertEqual([row["plan.tp"] for row in table], [8, 4])
        self.assertEqual(len(gw.Table([])), 0)


ROWS = [{"i": 1, "x": 0.5, "t": "ein", "b": True}, {"i": None, "x": None, "t": None, "b": None},
        {"i": -(2**62), "x": 1e300, "t": "a text that is longer than twelve bytes, ü", "b": False}]


class Arrow(unittest.TestCase):
    """Out to each library and back in gives what went out."""

    def setUp(self):
        self.table = gw.Table(ROWS)

    @needs("pyarrow")
    def test_pyarrow(self):
        import pyarrow as pa
        arrow = pa.table(self.table)
        self.assertEqual(arrow.to_pylist(), ROWS)
        self.assertEqual([str(f.type) for f in arrow.schema], ["int64", "double", "large_string", "bool"])
        self.assertEqual(gw.Table(arrow), self.table)
        self.assertEqual(gw.Table(arrow.slice(1)).to_dict(), gw.Table(ROWS[1:]).to_dict())
        self.assertEqual(pa.schema(self.table), arrow.schema)
        arrow.validate(full=True)

    @needs("pyarrow")
    def test_every_type_that_is_read(self):
        import pyarrow as pa
        for kind in (pa.int8(), pa.uint8(), pa.int16(), pa.uint16(), pa.int32(), pa.uint32(), pa.int64(), pa.uint64(), pa.float32(),
                     pa.float64()):
            values = pa.chunked_array([pa.array([1, None], kind), pa.array([7], kind)])
            self.assertEqual(gw.Table(pa.table({"v": values}))["v"], [1, None, 7], kind)
        for kind in (pa.string(), pa.large_string(), pa.string_view(), pa.dictionary(pa.int8(), pa.string())):
            values = pa.chunked_array([pa.array(["x", None, "longer than twelve bytes"]).cast(kind), pa.array(["x"]).cast(kind)])
            self.assertEqual(gw.Table(pa.table({"v": values}))["v"], ["x", None, "longer than twelve bytes", "x"], kind)
        self.assertEqual(gw.Table(pa.table({"v": pa.nulls(2)}))["v"], [None, None])
        self.assertEqual(gw.Table(pa.table({"v": pa.array([True, None, False])}))["v"], [True, None, False])
        with self.assertRaisesRegex(gw.InputError, "'v' has the Arrow type"):
            gw.Table(pa.table({"v": pa.array([[1]])}))
        with self.assertRaisesRegex(gw.InputError, "too large"):
            gw.Table(pa.table({"v": pa.array([2**64 - 1], pa.uint64())}))

    @needs("polars")
    def test_polars(self):
        import polars
        frame = polars.DataFrame(self.table)
        self.assertEqual(frame.to_dicts(), ROWS)
        self.assertEqual(gw.Table(frame), self.table)
        self.assertEqual(gw.Table(frame.with_columns(polars.col("t").cast(polars.Categorical)))["t"], self.table["t"])

    @needs("pandas", "pyarrow")
    def test_pandas(self):
        import pandas
        frame = self.table.to_pandas()
        self.assertEqual(list(frame.columns), ["i", "x", "t", "b"])
        self.assertEqual(gw.Table(pandas.DataFrame({"a": [1, 2], "t": ["x", None]})).to_dict(), {"a": [1, 2], "t": ["x", None]})

    @needs("duckdb", "pyarrow")
    def test_duckdb_in_the_same_process(self):
        import duckdb
        rows = self.table  # noqa: F841  named in the query
        self.assertEqual(duckdb.sql("SELECT count(*), max(x) FROM rows").fetchall(), [(3, 1e300)])
        self.assertEqual(gw.Table(duckdb.sql("SELECT 3 AS a, 'x' AS b")).to_dict(), {"a": [3], "b": ["x"]})

    @needs("pyarrow")
    def test_memory_outlives_the_table(self):
        import gc
        import pyarrow as pa
        arrow = pa.table(gw.Table({"x": [float(i) for i in range(1000)]}))
        column = arrow["x"]
        del arrow
        gc.collect()
        self.assertEqual(sum(column.to_pylist()), 499500)

    def test_a_capsule_that_nobody_reads_is_freed(self):
        for _ in range(100):
            self.table.__arrow_c_stream__()
            self.table.__arrow_c_schema__()


class Plots(unittest.TestCase):
    @needs("matplotlib")
    def test_what_is_drawn(self):
        import matplotlib
        matplotlib.use("Agg")
        axes = gw.step(**STEP).plot()
        self.assertGreater(len(axes.patches), 3)
        found = gw.search(model="llama3.1-8b", system="h100-sxm", gpus=64, seq=8192, global_batch=256, top=3)
        self.assertTrue(found.plot().has_data())
        self.assertTrue(gw.run(gw.example("single-rack")).plot().has_data())


if __name__ == "__main__":
    unittest.main()
