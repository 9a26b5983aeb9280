"""The checks of tools/ pass on a good tree and name what is wrong with a bad one."""

import pathlib
import sys
import tempfile
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "tools"))

import check_citations
import check_keys_read
import check_files
import check_layering
import check_local_names
import check_numbers


class TreeTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.root = pathlib.Path(folder.name)

    def write(self, path, text):
        file = self.root / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)

    def assert_one(self, problems, *parts):
        self.assertEqual(len(problems), 1, problems)
        for part in parts:
            self.assertIn(part, problems[0])


class Layering(TreeTest):
    TABLE = {"base": [], "units": ["base"], "config": ["units"], "site": ["base"], "finance": ["base"]}

    def problems(self):
        return check_layering.check(self.root, self.TABLE)

    def setUp(self):
        super().setUp()
        self.write("src/gigawatt/base/check.h", "#pragma once\n")
        self.write("src/gigawatt/base/CMakeLists.txt", "gw_module(base)\n")
        self.write("src/gigawatt/units/CMakeLists.txt", "gw_module(units DEPENDS base LINK fmt::fmt)\n")
        self.write("src/gigawatt/units/parse.cpp", '#include "gigawatt/units/parse.h"\n#include "gigawatt/base/check.h"\n')

    def test_a_module_may_use_what_its_row_lists_and_what_that_lists(self):
        self.write("src/gigawatt/config/CMakeLists.txt", "gw_module(config DEPENDS units)\n")
        self.write("src/gigawatt/config/read.cpp", '#include "gigawatt/base/check.h"\n#include "gigawatt/units/parse.h"\n')
        self.assertEqual(self.problems(), [])

    def test_an_include_upwards_is_named_with_its_line(self):
        self.write("src/gigawatt/base/check.h", '#pragma once\n\n#include "gigawatt/units/parse.h"\n')
        self.assert_one(self.problems(), "base/check.h:3", "'base' must not include 'units'")

    def test_an_include_sideways_is_refused(self):
        self.write("src/gigawatt/site/CMakeLists.txt", "gw_module(site DEPENDS base)\n")
        self.write("src/gigawatt/site/a.cpp", '#include "gigawatt/base/check.h"\n#include "gigawatt/finance/money.h"\n')
        self.assert_one(self.problems(), "'site' must not include 'finance'")

    def test_a_dependency_upwards_is_refused(self):
        self.write("src/gigawatt/base/CMakeLists.txt", "gw_module(base  # a comment: DEPENDS step\n  DEPENDS\n  units)\n")
        self.assert_one(self.problems(), "base/CMakeLists.txt", "must not depend on 'units'")

    def test_an_include_needs_a_link(self):
        self.write("src/gigawatt/units/CMakeLists.txt", "gw_module(units)\n")
        self.assert_one(self.problems(), "units/parse.cpp:2", "does not link")

    def test_the_tests_of_a_module_are_built(self):
        self.write("src/gigawatt/units/test/parse_test.cpp", "")
        self.write("CMakeLists.txt", "  gw_test_program(foundation base units)\n")
        self.assertEqual(self.problems(), [])
        self.write("CMakeLists.txt", "  gw_test_program(foundation base)\n")
        self.assert_one(self.problems(), "the tests of 'units'", "not to 0")

    def test_a_module_that_is_not_in_the_table_is_refused(self):
        self.write("src/gigawatt/misc/a.cpp", "")
        self.assert_one(self.problems(), "'misc' is not in the table")

    def test_a_row_lists_nothing_that_is_not_used(self):
        self.write("src/gigawatt/units/parse.cpp", "")
        self.assert_one(self.problems(), "'units' does not use 'base'")

    def test_a_private_header_stays_in_its_module(self):
        self.write("src/gigawatt/base/heap.h", "#pragma once\n/// A heap. Private to this\n/// module.\n#include <vector>\n")
        self.write("src/gigawatt/base/heap.cpp", '#include "gigawatt/base/heap.h"\n')
        self.assertEqual(self.problems(), [])
        self.write("src/gigawatt/units/print.cpp", '\n#include "gigawatt/base/heap.h"\n')
        self.assert_one(self.problems(), "units/print.cpp:2", "base/heap.h is private")

    def test_nobody_walks_around_the_table(self):
        self.write("src/gigawatt/base/a.cpp", '#include "../units/parse.h"\n')
        self.assert_one(self.problems(), "base/a.cpp:1", "from src/ on")

    def test_the_table_has_no_cycle(self):
        for module in check_layering.TABLE:
            self.assertNotIn(module, check_layering.closure(module, check_layering.TABLE))


class Citations(TreeTest):
    def setUp(self):
        super().setUp()
        self.write("data/sources.toml", '[ds]\ntitle = "Data sheet"\nfiles = ["listed.csv"]\n[blog]\ntitle = "Blog"\n')

    def problems(self, text):
        self.write("data/chips/a.toml", text)
        return check_citations.check(self.root)

    def test_inline_and_enclosing_sources_cover(self):
        self.assertEqual(self.problems('name = "a"\nreleased = "2022-09-20"\n[peak]\nsource = "ds"\nbf16 = 1e15\n'
                                       '[power]\ntdp = { value = "700 W", source = "blog" }\n'), [])
        self.assertEqual(self.problems('source = "ds"\nlayers = 80\n[moe]\nexperts = [1, 2]\n'), [])

    def test_a_bare_number_is_named_with_its_path(self):
        self.assert_one(self.problems("[peak]\nbf16 = 1e15\n"), "data/chips/a.toml", "peak.bf16", "no source")

    def test_a_text_with_a_unit_is_a_number(self):
        for value in ('"3.35 TB/s"', '"60e9 USD"', '"5 %"', '"1.2"'):
            self.assert_one(self.problems(f"memory = {value}\n"), "memory", "no source")

    def test_numbers_in_arrays_of_tables_count(self):
        self.assert_one(self.problems('[[price]]\nsource = "ds"\nusd = 1\n[[price]]\nusd = 2\n'), "price[1].usd")

    def test_an_unknown_source_is_refused(self):
        self.assert_one(self.problems('tdp = { value = 700, source = "dss" }\n'), "'dss' is not in data/sources.toml")

    def test_an_assumed_value_needs_a_reason_and_a_range(self):
        self.assertEqual(self.problems('x = { value = 2, low = 1, high = 3, source = "ds", kind = "assumed", reason = "r" }\n'), [])
        self.assert_one(self.problems('x = { value = 2, low = 1, high = 3, source = "ds", kind = "assumed" }\n'), "reason")
        self.assert_one(self.problems('x = { value = 2, source = "ds", kind = "assumed", reason = "r" }\n'), "range")
        self.assert_one(self.problems('assumed = true\nsource = "ds"\nlayers = 3\n'), "reason")

    def test_a_value_outside_of_its_range_is_refused(self):
        self.assert_one(self.problems('x = { value = "4 W", low = "1 W", high = "3 W", source = "ds" }\n'), "outside")

    def test_structural_numbers_need_no_source(self):
        self.assertEqual(self.problems('version = 1\nname = "7"\n'), [])

    def test_tables_of_values_need_a_source_column(self):
        self.write("data/grid/a.csv", "hour,g\n0,1\n")
        self.assert_one(check_citations.check(self.root), "grid/a.csv", "source")
        self.write("data/grid/a.csv", "hour,g,source\n0,1,ds\n1,2,\n")
        self.assert_one(check_citations.check(self.root), "grid/a.csv", "records without a source: 2")
        self.write("data/grid/a.csv", "hour,g,source\n0,1,ds\n")
        self.write("data/listed.csv", "hour,g\n0,1\n")
        self.assertEqual(check_citations.check(self.root), [])

    def test_a_broken_file_and_a_missing_source_list_are_problems(self):
        self.assert_one(self.problems("x = \n"), "data/chips/a.toml")
        (self.root / "data/sources.toml").unlink()
        self.assertIn("data/sources.toml: missing", check_citations.check(self.root))


class KeysRead(TreeTest):
    def test_a_key_that_nothing_reads_is_a_problem(self):
        self.write("src/gigawatt/scenario/fields.cpp",
                   'v(s.pue, {.key = "pue", .doc = "x"});\nv(s.weather,\n  {.key = "weather", .doc = "y"});\n'
                   'v.choice(s.kind, kNames, {.key = "kind", .doc = "z"});\nv(s.note, {.key = "note"});\n')
        self.write("src/gigawatt/scenario/scenario.h", "use(s.weather);\n")
        self.write("src/gigawatt/fleet/a.cpp", "use(site.pue, site->kind);\n")
        self.write("src/gigawatt/fleet/test/a_test.cpp", "use(site.weather);\n")
        self.assert_one(check_keys_read.check(self.root), "fields.cpp", "'weather'")
        self.write("src/gigawatt/fleet/b.cpp", "use(site.weather);\n")
        self.assertEqual(check_keys_read.check(self.root), [])


class Numbers(TreeTest):
    def problems(self, code, ledger=""):
        self.write("src/gigawatt/site/a.cpp", code)
        self.write(check_numbers.LEDGER, ledger)
        return check_numbers.check(self.root)

    def test_a_number_of_the_world_is_named_with_its_line(self):
        self.assert_one(self.problems("int two() { return 2; }\ndouble price() { return 1.37; }\n"), "site/a.cpp:2", "1.37", "data/")

    def test_units_bounds_and_round_numbers_are_none(self):
        self.assertEqual(self.problems('v(x, {.key = "a", .doc = "At 1.37.", .max = 0.93});  // 1.37\n'
                                       "constexpr int kMostRows = 12345;\ndouble s = 3600 * 1e-9 * 4096 * 365.2425;\n"), [])

    def test_a_reason_in_the_ledger_allows_it_for_its_file_alone(self):
        self.assertEqual(self.problems("double x = 1.37;\n", "site/a.cpp: 1.37: a coefficient of somebody's law\n"), [])
        self.write("src/gigawatt/site/b.cpp", "double x = 1.37;\n")
        self.assert_one(check_numbers.check(self.root), "site/b.cpp:1")

    def test_a_reason_for_nothing_is_named(self):
        self.assert_one(self.problems("int x;\n", "site/a.cpp: 1.37: gone\n"), "holds no 1.37")
        self.assert_one(self.problems("int x;\n", "site/c.cpp: 1.37: gone\n"), "site/c.cpp", "no file")


class LocalNames(TreeTest):
    def problems(self, first, second):
        for name, body in (("a", first), ("b", second)):
            self.write(f"src/gigawatt/step/{name}.cpp", f"namespace {{\n\n{body}\n\n}}  // namespace\n")
        return check_local_names.check(self.root)

    def test_a_name_of_two_sources_is_refused_with_its_line(self):
        for body in ("double real(int x) {\n  return x;\n}", "constexpr int kMost = 3;", "struct Part {\n};"):
            self.assert_one(self.problems(body, body), "step/b.cpp:3", "step/a.cpp")

    def test_tests_of_one_program_are_one_batch(self):
        for module in ("step", "site"):
            self.write(f"src/gigawatt/{module}/test/a_test.cpp", "namespace {\n\nstruct Part {\n};\n\n}  // namespace\n")
        self.assertEqual(check_local_names.check(self.root), [])
        self.write("CMakeLists.txt", "  gw_test_program(physics step site)\n")
        self.assert_one(check_local_names.check(self.root), "step/test/a_test.cpp", "site/test/a_test.cpp")

    def test_overloads_are_one_name(self):
        self.assert_one(self.problems("void say(int x) {\n}", "void say(const char* x) {\n}"), "'say'")

    def test_a_local_name_is_not_used_elsewhere(self):
        self.assert_one(self.problems("double depth(int x) {\n  return x;\n}", "double rounds() {\n  return depth(3);\n}"),
                        "step/b.cpp:4", "a local name of src/gigawatt/step/a.cpp")
        self.assertEqual(self.problems("double depth(int x) {\n  return x;\n}", "double rounds(const T& t) {\n  return t.depth(3);\n}"), [])

    def test_names_of_their_own_and_aliases_of_one_type_pass(self):
        self.assertEqual(self.problems("struct Part {\n};", "struct Whole {\n};"), [])
        self.assertEqual(self.problems("using Json = nlohmann::json;", "using Json = nlohmann::json;"), [])
        self.assert_one(self.problems("using Row = int;", "using Row = long;"), "'Row'")


class Files(TreeTest):
    def test_long_sources_are_refused_and_long_data_is_not(self):
        self.write("src/a.cpp", "x\n" * 601)
        self.write("src/b.cpp", "x\n" * 600)
        self.write("data/c.csv", "x\n" * 601)
        self.write("web/src/app/answers.ts", "x\n" * 601)
        self.assert_one(check_files.check(self.root), "src/a.cpp", "601 lines")

    def test_paths_and_hosts_of_one_machine_are_refused(self):
        self.write("good.txt", "see docs/work/plan.md, $ROOT/root/x and https://example.org/registry/a\n")
        self.assertEqual(check_files.check(self.root), [])
        self.write("bad.txt", "one\ncd /" + "root/x\n")
        self.assert_one(check_files.check(self.root), "bad.txt:2", "absolute path")
        self.write("bad.txt", "https://registry." + "example.org/a\n")
        self.assert_one(check_files.check(self.root), "bad.txt:1", "registry")


if __name__ == "__main__":
    unittest.main()
