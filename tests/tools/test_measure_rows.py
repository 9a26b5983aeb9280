"""tools/measure: the row format, files that a kill cut short, resuming, messages."""

import contextlib
import csv
import io
import pathlib
import signal
import subprocess
import sys
import tempfile
import unittest
import unittest.mock

ROOT = pathlib.Path(__file__).resolve().parents[2]
TOOL = ROOT / "tools" / "measure"
sys.path.insert(0, str(TOOL))

from gwmeasure import cases, cli, rows, runner
from gwmeasure.device import DeviceLost, Kernel, Unsupported
from gwmeasure.simulated import SimulatedDevice
from gwmeasure.torch_device import NoDevice

PROVENANCE = rows.Provenance("H100-80GB", "NVIDIA H100 80GB HBM3", "driver 550, CUDA 12.4, PyTorch 2.6", date="2026-01-02")
SOME_CASES = cases.single_gpu_cases(["memory", "launch", "power"], True, ["bf16"], ["flash"])


class FileTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.path = str(pathlib.Path(folder.name) / "rows.csv")

    def read(self):
        with open(self.path, newline="", encoding="utf-8") as file:
            return list(csv.DictReader(file, strict=True))

    def measure(self, device=None, todo=SOME_CASES, resume=True):
        said = []
        writer = rows.RowWriter(self.path, resume)
        with contextlib.closing(writer):
            outcome = runner.run(todo, device or SimulatedDevice(), writer, PROVENANCE, runner.QUICK, said.append)
        return outcome, said


class Format(FileTest):
    def test_the_columns_are_those_of_the_shipped_rows(self):
        with (ROOT / "data" / "validation" / "kernels.csv").open(newline="", encoding="utf-8") as file:
            self.assertEqual(next(csv.reader(file)), rows.COLUMNS)

    def test_a_row_reads_back_as_it_was_written(self):
        row = dict.fromkeys(rows.COLUMNS, "x") | {"shape/size": "M=1,N=2,K=3", "notes": 'a "quoted", remark; \u00b5s'}
        writer = rows.RowWriter(self.path)
        writer.write(row)
        writer.close()
        self.assertEqual(self.read(), [row])

    def test_a_line_break_in_a_cell_becomes_a_blank(self):
        line = rows.line_of(dict.fromkeys(rows.COLUMNS, "") | {"notes": "one\ntwo\r\x00three"})
        self.assertEqual(line.count("\n"), 1)
        self.assertIn("one two  three", line)

    def test_a_burst(self):
        case = cases.gemm_case(4096, 4096, 4096, "fp8")
        device = SimulatedDevice(overhead_s=0)
        burst = runner.procedures.measure_bursts(device, device.prepare(case))
        row = rows.burst_row(PROVENANCE, case, Kernel(None, note="kernel only: cast operands"), burst)
        self.assertEqual(row["id"], "m-h100_80gb-gemm-fp8-M_4096_N_4096_K_4096")
        self.assertEqual((row["kind"], row["gpu"], row["unit"], row["n_gpus"]), ("gemm", "H100-80GB", "TFLOPS", "1"))
        self.assertAlmostEqual(float(row["measured_value"]), 500, delta=0.01)
        # 2 * 4096^3 / 500e12 s; calibration takes the first "latency" of the notes.
        self.assertTrue(row["notes"].startswith("latency 274.878 us; kernel only"), row["notes"])
        for part in ("clock 2000 MHz", "power 100 W of 700 W", "NVIDIA H100 80GB HBM3", "driver 550", "PyTorch 2.6", "2026-01-02"):
            self.assertIn(part, row["notes"])

    def test_remarks_that_rule_a_row_out_are_only_there_when_meant(self):
        self.measure(todo=SOME_CASES + cases.gemm_cases(["bf16"], True))
        for row in self.read():
            for remark in ("superseded kernel", "host-bound", "trouble report", "kernel only", "inference kernel", "recalled"):
                self.assertNotIn(remark, row["notes"])

    def test_host_bound_and_unsteady_bursts_say_so(self):
        case = cases.gemm_case(128, 128, 128, "bf16")
        device = SimulatedDevice(host_launch_s=5e-3)
        self.measure(device, [case])
        self.assertIn("host-bound", self.read()[0]["notes"])
        summary = runner.procedures.Summary(1e-3, 0.5, 2, 30)
        burst = runner.procedures.Burst(summary, 4, False, SimulatedDevice().reading())
        self.assertIn("p10-p90 50.0%, unsteady, 2 outliers", rows.burst_row(PROVENANCE, case, Kernel(None), burst)["notes"])

    def test_bus_bandwidth(self):
        case = cases.collective_case("nccl", "all_reduce", 1 << 30, 8)
        # 1 GiB in 4 ms among 8: 2^30 * 7/4 / 4e-3.
        self.assertAlmostEqual(rows.value_of(case, 4e-3), 469.762048)
        row = PROVENANCE.row(case, rows.value_of(case, 4e-3), ["latency 4000 us"], "intra-node")
        self.assertEqual((row["kind"], row["shape/size"], row["n_gpus"], row["fabric"], row["unit"], row["measured_value"]),
                         ("nccl_all_reduce", "1073741824B", "8", "intra-node", "GB/s busbw", "469.76"))

    def test_decimals_have_no_exponent(self):
        self.assertEqual([rows.decimal(x) for x in (0, 1e-7, 123456.7, 0.000012345, 2.5)],
                         ["0", "0.0000001", "123457", "0.000012345", "2.5"])


class Files(FileTest):
    def test_an_existing_file_is_not_overwritten(self):
        self.measure()
        before = pathlib.Path(self.path).read_bytes()
        with self.assertRaisesRegex(rows.RowsError, "--resume"):
            rows.RowWriter(self.path)
        self.assertEqual(pathlib.Path(self.path).read_bytes(), before)

    def test_resume_measures_only_what_is_missing(self):
        self.measure(todo=SOME_CASES[:5])
        device = SimulatedDevice()
        outcome, _ = self.measure(device)
        self.assertEqual((outcome.present, outcome.written), (5, len(SOME_CASES) - 5))
        self.assertEqual(device.released, len(SOME_CASES) - 5)
        self.assertEqual([r["id"] for r in self.read()], [PROVENANCE.row_id(c) for c in SOME_CASES])

    def test_a_file_cut_at_any_byte_is_continued(self):
        self.measure(todo=SOME_CASES[:2])
        whole = pathlib.Path(self.path).read_bytes()
        for cut in range(len(whole)):
            pathlib.Path(self.path).write_bytes(whole[:cut])
            writer = rows.RowWriter(self.path, resume=True)
            missing = [c for c in SOME_CASES[:2] if PROVENANCE.row_id(c) not in writer.done]
            writer.close()
            self.assertEqual(len(missing), 2 - max(0, whole[:cut].count(b"\n") - 1), cut)
            self.assertEqual(len(self.read()), 2 - len(missing), cut)
        self.measure(todo=SOME_CASES[:2])
        self.assertEqual(pathlib.Path(self.path).read_bytes(), whole)

    def test_another_file_is_left_alone(self):
        for content in (b"a,b\n1,2\n", b"notes of mine", b"\xff\xfe\n", rows.HEADER + b'm,"open\n'):
            pathlib.Path(self.path).write_bytes(content)
            with self.assertRaisesRegex(rows.RowsError, "nothing was changed"):
                rows.RowWriter(self.path, resume=True)
            self.assertEqual(pathlib.Path(self.path).read_bytes(), content)

    def test_two_runs_do_not_share_a_file(self):
        with contextlib.closing(rows.RowWriter(self.path)):
            with self.assertRaisesRegex(rows.RowsError, "another run"):
                rows.RowWriter(self.path, resume=True)

    def test_a_killed_run_keeps_what_it_reported(self):
        program = f"""
import os, signal, sys
sys.path.insert(0, {str(TOOL)!r})
from gwmeasure import cases, rows, runner
from gwmeasure.simulated import SimulatedDevice
said = []
def say(text):
    print(text, flush=True)
    said.append(text)
    if len(said) == 4:
        os.kill(os.getpid(), signal.SIGKILL)
todo = cases.single_gpu_cases(["memory"], True, ["bf16"], ["flash"])
runner.run(todo, SimulatedDevice(), rows.RowWriter({self.path!r}), rows.Provenance("simulated", "", ""), runner.QUICK, say)
"""
        done = subprocess.run([sys.executable, "-B", "-c", program], capture_output=True, text=True, timeout=60)
        self.assertEqual(done.returncode, -signal.SIGKILL, done.stderr)
        reported = done.stdout.splitlines()
        self.assertEqual(len(reported), 4)
        for line, row in zip(reported, self.read(), strict=True):
            self.assertTrue(line.endswith(f"{row['measured_value']} {row['unit']}"), line)


class Runs(FileTest):
    def test_what_is_not_supported_is_skipped_with_the_reason(self):
        outcome, said = self.measure(SimulatedDevice(unsupported=("memory_bound",)))
        self.assertEqual(outcome.skipped, 12)
        self.assertEqual(outcome.written, len(SOME_CASES) - 12)
        self.assertIn("skipped, bf16 memory_bound is not supported", said[0])

    def test_power_needs_a_sensor(self):
        outcome, said = self.measure(SimulatedDevice(sensors=False), [c for c in SOME_CASES if c.group == "power"])
        self.assertEqual((outcome.written, outcome.skipped), (0, 3))
        self.assertIn("no power sensor", said[0])

    def test_the_same_run_writes_the_same_file(self):
        self.measure()
        first = pathlib.Path(self.path).read_bytes()
        pathlib.Path(self.path).unlink()
        self.measure()
        self.assertEqual(pathlib.Path(self.path).read_bytes(), first)

    def test_a_lost_device_ends_the_run_and_keeps_the_rows(self):
        class Dying(SimulatedDevice):
            def prepare(self, case):
                if self.released == 3:
                    raise DeviceLost("unspecified launch failure")
                return super().prepare(case)

        with self.assertRaises(DeviceLost):
            self.measure(Dying())
        self.assertEqual(len(self.read()), 3)


class CommandLine(FileTest):
    def run_cli(self, *arguments):
        """(exit code, standard error); handlers of signals are left as they are."""
        error = io.StringIO()
        with contextlib.redirect_stderr(error), unittest.mock.patch.object(cli.signal, "signal"), \
                unittest.mock.patch.dict("os.environ", clear=True):
            code = cli.main(["--out", self.path, *arguments])
        return code, error.getvalue()

    def assert_one_line(self, result, *parts):
        code, error = result
        self.assertEqual(code, 1)
        self.assertEqual(error.count("\n"), 1, error)
        self.assertTrue(error.startswith("error: "), error)
        for part in parts:
            self.assertIn(part, error)

    def test_a_dry_run_is_marked(self):
        code, error = self.run_cli("--simulate", "--only", "memory", "--quick")
        self.assertEqual(code, 0, error)
        self.assertIn("12 rows written", error)
        for row in self.read():
            self.assertEqual((row["confidence"], row["gpu"]), ("simulated", "simulated"))

    def test_bad_options(self):
        self.assert_one_line(self.run_cli("--only", "gemm,magic"), "'magic'", "attention")
        self.assert_one_line(self.run_cli("--only", ""), "--only")
        self.assert_one_line(self.run_cli("--fast"), "--fast")
        self.assert_one_line(self.run_cli("--device", "-1"), "--device")
        self.assert_one_line(self.run_cli("--fabric-gbps", "nan"), "--fabric-gbps")
        self.assertFalse(pathlib.Path(self.path).exists())

    def test_a_place_that_cannot_be_written(self):
        self.path += "/below/rows.csv"
        self.assert_one_line(self.run_cli("--simulate", "--only", "memory"), "cannot write", "No such file or directory")

    def test_without_torch(self):
        with unittest.mock.patch.dict(sys.modules, {"torch": None}):
            self.assert_one_line(self.run_cli(), "PyTorch is not installed")
            self.assert_one_line(self.run_cli("--only", "collectives"), "PyTorch is not installed")
        self.assertFalse(pathlib.Path(self.path).exists())

    def test_without_a_gpu(self):
        torch = unittest.mock.Mock()
        torch.cuda.is_available.return_value = False
        with unittest.mock.patch.dict(sys.modules, {"torch": torch}):
            self.assert_one_line(self.run_cli(), "sees no NVIDIA or AMD GPU")

    def test_collectives_need_two_gpus(self):
        torch = unittest.mock.Mock()
        torch.cuda.device_count.return_value = 1
        with unittest.mock.patch.dict(sys.modules, {"torch": torch}):
            self.assert_one_line(self.run_cli("--only", "collectives"), "two GPUs")

    def test_an_interrupted_run_says_how_to_continue(self):
        with unittest.mock.patch.object(cli, "run", side_effect=KeyboardInterrupt):
            code, error = self.run_cli()
        self.assertEqual(code, 130)
        self.assertIn("--resume", error)

    def test_a_failure_of_pytorch_is_one_line(self):
        with unittest.mock.patch.object(cli, "run", side_effect=RuntimeError("rank 1:\nTraceback\nNCCL error: unhandled")):
            self.assert_one_line(self.run_cli(), "NCCL error: unhandled")

    def test_a_mistake_of_ours_is_not_hidden(self):
        with unittest.mock.patch.object(cli, "run", side_effect=KeyError("x")), self.assertRaises(KeyError):
            self.run_cli()

    def test_a_gpu_that_cannot_be_used(self):
        torch = unittest.mock.Mock()
        torch.cuda.device_count.return_value = 2
        torch.cuda.set_device.side_effect = RuntimeError("CUDA error: busy\nCompile with ...")
        with unittest.mock.patch.dict(sys.modules, {"torch": torch}):
            self.assert_one_line(self.run_cli("--device", "1"), "GPU 1 cannot be used: CUDA error: busy")
            self.assert_one_line(self.run_cli("--device", "2"), "PyTorch sees 2")

    def test_the_list_needs_no_device(self):
        listed = io.StringIO()
        with contextlib.redirect_stdout(listed):
            code, _ = self.run_cli("--list", "--quick")
        self.assertEqual(code, 0)
        self.assertIn("gemm fp8 M=8192,N=8192,K=8192", listed.getvalue().splitlines())
        self.assertIn("nccl_all_reduce bf16 1073741824B on 8 GPUs", listed.getvalue().splitlines())


class Guard(unittest.TestCase):
    """The real device's handling of errors, with PyTorch replaced."""

    def device(self):
        from gwmeasure.torch_device import TorchDevice
        device = object.__new__(TorchDevice)
        device._torch = unittest.mock.Mock()
        return device

    def test_an_unsupported_case(self):
        def fail():
            raise RuntimeError("No available kernel. Aborting execution.\nmore")

        with self.assertRaisesRegex(Unsupported, r"^No available kernel. Aborting execution.$"):
            self.device().guarded(fail)

    def test_a_broken_device(self):
        device = self.device()
        device._torch.cuda.synchronize.side_effect = RuntimeError("CUDA error: an illegal memory access")

        def fail():
            raise RuntimeError("CUDA error")

        with self.assertRaisesRegex(DeviceLost, "illegal memory access"):
            device.guarded(fail)

    def test_other_errors_pass(self):
        for error in (NoDevice("x"), Unsupported("y"), KeyError("z")):
            with self.assertRaises(type(error)):
                self.device().guarded(unittest.mock.Mock(side_effect=error))


if __name__ == "__main__":
    unittest.main()
