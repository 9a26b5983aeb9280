"""tools/measure: FLOPs and bytes against figures worked out by hand and against published rows; cases; names; sensors."""

import csv
import pathlib
import re
import sys
import tomllib
import types
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tools" / "measure"))

from gwmeasure import cases, collectives, formulas, names, sensors, summary


def published_rows(kind):
    """(row, seconds) of shipped rows of a kind that state a latency."""
    with (ROOT / "data" / "validation" / "kernels.csv").open(newline="", encoding="utf-8") as file:
        for row in csv.DictReader(file):
            latency = re.match(r"latency ([\d.]+) (us|ms);", row["notes"])
            if row["kind"] == kind and latency and float(latency[1]) > 0:
                yield row, float(latency[1]) * {"us": 1e-6, "ms": 1e-3}[latency[2]]


def numbers(shape):
    return {key: int(value) for key, value in re.findall(r"(\w+)=(\d+)", shape)}


class Formulas(unittest.TestCase):
    def test_by_hand(self):
        self.assertEqual(formulas.gemm_flops(2, 3, 5), 60)
        self.assertEqual(formulas.gemm_bytes(2, 3, 5, "bf16"), 2 * (10 + 15 + 6))
        self.assertEqual(formulas.gemm_bytes(2, 3, 5, "fp8"), 10 + 15 + 2 * 6)
        # 2 sequences of 8, 4 heads of 16: 4 * 2 * 4 * 64 * 16.
        self.assertEqual(formulas.attention_flops(2, 8, 4, 16, False, False), 32768)
        self.assertEqual(formulas.attention_flops(2, 8, 4, 16, True, False), 16384)
        self.assertEqual(formulas.attention_flops(2, 8, 4, 16, True, True), 40960)
        # q and o of 1024 elements, k and v of 256: 2 bytes each; backward touches eight tensors.
        self.assertEqual(formulas.attention_bytes(2, 8, 4, 1, 16, False), 2 * (1024 + 1024 + 256 + 256))
        self.assertEqual(formulas.attention_bytes(2, 8, 4, 1, 16, True), 2 * (4 * 1024 + 4 * 256))

    def test_bytes_of_memory_bound_operators(self):
        # 12 elements of 2 bytes; the weight of the norm has 4.
        for operator, expected in {"copy": 48, "softmax": 48, "add": 72, "swiglu": 72, "rmsnorm": 48 + 8}.items():
            self.assertEqual(formulas.memory_bytes(operator, 3, 4), expected, operator)
        # 3 tokens, 2 heads of 2: 24 bytes in, 24 out, 12 of cosine, 12 of sine.
        self.assertEqual(formulas.memory_bytes("rotary", 3, 4, heads=2), 24 + 24 + 12 + 12)
        with self.assertRaises(ValueError):
            formulas.memory_bytes("dropout", 3, 4)

    def test_train_step(self):
        # 1 layer, hidden 2, ffn 3, vocabulary 5: 16 + 18 + 10 = 44 weights; 7 tokens; scores 4 * 49 * 2 / 2 = 196.
        self.assertEqual(formulas.train_step_flops(1, 2, 3, 5, 7, 1), 3 * (2 * 44 * 7 + 196))

    def test_published_products(self):
        checked = 0
        for row, seconds in published_rows("gemm"):
            p = numbers(row["shape/size"])
            self.assertAlmostEqual(formulas.gemm_flops(p["M"], p["N"], p["K"]) / seconds * 1e-12 / float(row["measured_value"]),
                                   1, delta=0.01, msg=row["id"])
            checked += 1
        self.assertGreater(checked, 1000)

    def test_published_attention(self):
        checked = 0
        for row, seconds in published_rows("attention_fwd_causal"):
            p = numbers(row["shape/size"])
            flops = formulas.attention_flops(p["b"], p["s"], p["h"], p["d"], True, False)
            self.assertAlmostEqual(flops / seconds * 1e-12 / float(row["measured_value"]), 1, delta=0.01, msg=row["id"])
            checked += 1
        self.assertGreater(checked, 100)

    def test_published_collectives(self):
        for collective in cases.COLLECTIVES:
            checked = 0
            for row, seconds in published_rows(f"nccl_{collective}"):
                size, printed = int(row["shape/size"].rstrip("B")), float(row["measured_value"])
                busbw = size / seconds * formulas.bus_factor(collective, int(row["n_gpus"])) * 1e-9
                self.assertAlmostEqual(busbw, printed, delta=0.006 + 0.01 * printed, msg=row["id"])
                checked += 1
            self.assertGreater(checked, 50, collective)
        with self.assertRaises(ValueError):
            formulas.bus_factor("broadcast", 8)


# What src/gigawatt/analysis/kernel_rows.h says of each kind's shape.
SHAPES = {
    "gemm": r"M=\d+,N=\d+,K=\d+",
    "attention_fwd_causal": r"b=\d+,s=\d+,h=\d+,kv=\d+,d=\d+",
    "memory_bound": r"bytes=\d+,op=\w+,rows=\d+,columns=\d+",
    "nccl_all_reduce": r"\d+B",
}
SHAPES |= {k: SHAPES["attention_fwd_causal"] for k in ("attention_fwd_full", "attention_bwd_causal", "attention_bwd_full")}
SHAPES |= {f"nccl_{c}": SHAPES["nccl_all_reduce"] for c in cases.COLLECTIVES}


class Cases(unittest.TestCase):
    def all_cases(self, quick):
        return cases.single_gpu_cases(cases.GROUPS, quick, ["bf16", "fp16", "fp8"], ["flash", "cudnn"]) + [
            c for n in cases.rank_counts(8) for c in cases.collective_cases("nccl", n, quick)]

    def test_every_case_has_its_own_row(self):
        for quick in (False, True):
            slugs = [c.slug for c in self.all_cases(quick)]
            self.assertEqual(len(slugs), len(set(slugs)))
            self.assertFalse([s for s in slugs if not re.fullmatch(r"[\w.-]+", s)])

    def test_quick_is_a_fraction(self):
        self.assertLess(len(self.all_cases(True)), len(self.all_cases(False)) / 3)
        self.assertEqual({c.group for c in self.all_cases(True)}, set(cases.GROUPS))

    def test_shapes_are_those_that_calibration_reads(self):
        for case in self.all_cases(False):
            self.assertEqual(case.calibrated, case.kind in SHAPES, case.kind)
            if case.calibrated:
                self.assertRegex(case.shape, f"^{SHAPES[case.kind]}$")
                self.assertIn(case.unit, ("TFLOPS", "GB/s", "GB/s busbw"))

    def test_groups_and_precisions_are_chosen(self):
        chosen = cases.single_gpu_cases(["gemm"], True, ["fp16"], ["flash"])
        self.assertEqual({(c.group, c.dtype) for c in chosen}, {("gemm", "fp16")})
        self.assertIn("M=8192,N=8192,K=8192", [c.shape for c in chosen])

    def test_attention_has_both_directions_masks_gqa_and_head_dims(self):
        made = cases.attention_cases(["flash"], False)
        self.assertEqual({c.kind for c in made}, {f"attention_{d}_{m}" for d in ("fwd", "bwd") for m in ("causal", "full")})
        self.assertEqual({c.parameters["d"] for c in made}, {64, 128, 256})
        self.assertEqual({c.parameters["h"] > c.parameters["kv"] for c in made}, {True, False})

    def test_memory_bytes_stand_in_the_shape(self):
        case = cases.memory_case("add", 4096, 8192)
        self.assertEqual(case.bytes, 3 * 2 * 4096 * 8192)
        self.assertTrue(case.shape.startswith("bytes=201326592,"))

    def test_collective_sizes_divide_by_the_ranks(self):
        for ranks in (2, 6, 8):
            for case in cases.collective_cases("rccl", ranks, False):
                self.assertEqual(case.parameters["size"] % (2 * ranks), 0)
                self.assertGreater(case.parameters["size"], 0)

    def test_rank_counts(self):
        self.assertEqual([cases.rank_counts(n) for n in (0, 1, 2, 6, 8)], [[], [], [2], [2, 4, 6], [2, 4, 8]])


class Collectives(unittest.TestCase):
    def test_place_in_a_torchrun_job(self):
        environment = {"RANK": "9", "WORLD_SIZE": "16", "LOCAL_RANK": "1", "LOCAL_WORLD_SIZE": "8"}
        self.assertEqual(collectives.torchrun_place(environment), collectives.Place(9, 16, 1, 2))
        self.assertIsNone(collectives.torchrun_place({}))
        self.assertIsNone(collectives.torchrun_place({**environment, "WORLD_SIZE": "x"}))

    def test_fabric_as_calibration_reads_it(self):
        self.assertEqual(collectives.fabric_name(1, None), "intra-node")
        self.assertEqual(collectives.fabric_name(2, 400.0), "2 nodes, 400 Gb/GPU")

    def test_a_ring_is_marked_as_without_switch_reductions(self):
        self.assertEqual(collectives.environment_remarks({"NCCL_ALGO": "Ring"}), ["NCCL_ALGO=Ring", "NVLS off"])
        self.assertEqual(collectives.environment_remarks({"NCCL_NVLS_ENABLE": "0", "PATH": "x"}), ["NCCL_NVLS_ENABLE=0"])


class Names(unittest.TestCase):
    def test_drivers_names(self):
        for device, name in {"NVIDIA H100 80GB HBM3": "H100-80GB", "NVIDIA A100-SXM4-40GB": "A100-40GB",
                             "NVIDIA H200": "H200", "AMD Instinct MI300X": "MI300X", "NVIDIA B200": "B200",
                             "Tesla V100-SXM2-32GB": "V100-32GB", "NVIDIA GH200 480GB": "GH200"}.items():
            self.assertEqual(names.catalogue_name(device), name)

    def test_other_boards_are_not_taken_for_them(self):
        for device in ("NVIDIA H100 PCIe", "NVIDIA H100 NVL", "NVIDIA H200 NVL", "NVIDIA H100 80GB HBM3 MIG 1g.10gb", ""):
            self.assertIsNone(names.catalogue_name(device))

    def test_the_catalogue_has_each_name(self):
        known = {alias for path in (ROOT / "data" / "chips").glob("*.toml")
                 for alias in tomllib.loads(path.read_text(encoding="utf-8"))["aliases"]}
        self.assertLessEqual({name for _, name in names._DEVICES}, known)


class Summaries(unittest.TestCase):
    def test_median_spread_and_outliers(self):
        s = summary.summarize([1.0, 1.01, 0.99, 1.0, 9.0])
        self.assertEqual((s.median, s.outliers, s.count), (1.0, 1, 5))
        # Sorted 0.99 1 1 1.01 9: 10th percentile 0.994, 90th 1.01 + 0.6 * 7.99.
        self.assertAlmostEqual(s.spread, 1.01 + 0.6 * 7.99 - 0.994)

    def test_equal_samples_have_no_outliers(self):
        self.assertEqual(summary.summarize([2.0] * 9), summary.Summary(2.0, 0.0, 0, 9))
        self.assertEqual(summary.summarize([1.0] * 8 + [1.01]).outliers, 0)  # within 2%

    def test_nothing_to_summarize(self):
        with self.assertRaises(ValueError):
            summary.summarize([])


class Sensors(unittest.TestCase):
    def test_smi_output(self):
        self.assertEqual(sensors.parse_smi("1980, 612.34, 54, 700.00\n", 4), [1980, 612.34, 54, 700])
        self.assertEqual(sensors.parse_smi("1980, [N/A], 54\n", 4), [1980, None, 54, None])
        self.assertEqual(sensors.parse_smi("", 2), [None, None])

    def test_smi_is_asked_for_the_right_device(self):
        asked = []

        def run(command, **options):
            asked.append(command)
            return types.SimpleNamespace(stdout="550.54\n" if "driver_version" in command[1] else "1000, 300, 40, 700\n")

        smi = sensors.NvidiaSmi(("GPU-abc", 0), run)
        self.assertEqual(smi.driver, "driver 550.54")
        self.assertEqual(smi.read().power_w, 300)
        self.assertTrue(all(command[-2:] == ["-i", "GPU-abc"] for command in asked))

    def test_a_failing_smi_gives_an_empty_reading(self):
        smi = sensors.NvidiaSmi((None, 3), lambda command, **options: types.SimpleNamespace(stdout="550\n"))

        def fail(command, **options):
            raise OSError("gone")

        smi._run = fail
        self.assertEqual(smi.read(), sensors.Reading())

    def test_visible_devices(self):
        self.assertEqual(sensors.visible_index(1, "4,6"), (None, 6))
        self.assertEqual(sensors.visible_index(0, "GPU-abc"), ("GPU-abc", 0))
        self.assertEqual(sensors.visible_index(2, ""), (None, 2))


if __name__ == "__main__":
    unittest.main()
