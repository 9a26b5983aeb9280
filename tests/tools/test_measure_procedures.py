"""tools/measure: what the procedures find on a simulated device whose truth is known."""

import pathlib
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "tools" / "measure"))

from gwmeasure import cases, procedures
from gwmeasure.procedures import BurstPlan, SustainedPlan
from gwmeasure.simulated import SimulatedDevice

OVERHEAD = 2e-6


def bursts(case, plan=BurstPlan(), **device):
    simulated = SimulatedDevice(overhead_s=OVERHEAD, **device)
    return procedures.measure_bursts(simulated, simulated.prepare(case), plan)


class Bursts(unittest.TestCase):
    def test_a_product_takes_its_flops_over_the_rate(self):
        b = bursts(cases.gemm_case(4096, 4096, 4096, "bf16"))
        self.assertAlmostEqual(b.seconds.median, 2 * 4096**3 / 500e12 + OVERHEAD, delta=1e-9)
        self.assertFalse(b.host_bound)

    def test_the_host_is_hidden_behind_the_flush(self):
        # 2 us on the device, 40 us on the host: only a long enough flush shows the device's time.
        case = cases.gemm_case(128, 128, 128, "bf16")
        b = bursts(case, host_launch_s=40e-6)
        self.assertAlmostEqual(b.seconds.median, OVERHEAD + 2 * 128**3 / 500e12, delta=1e-7)
        self.assertFalse(b.host_bound)

    def test_a_host_that_cannot_be_hidden_is_reported(self):
        b = bursts(cases.gemm_case(128, 128, 128, "bf16"), host_launch_s=5e-3)
        self.assertTrue(b.host_bound)
        self.assertGreater(b.seconds.median, 1e-4)

    def test_operands_come_from_memory(self):
        # Four sets of 3 MB would stay in a cache of 50 MB: a burst must not come back to one.
        case = cases.memory_case("add", 64, 8192)
        b = bursts(case)
        self.assertAlmostEqual(b.seconds.median, case.bytes / 3e12 + OVERHEAD, delta=1e-9)
        self.assertEqual(b.launches, 4)

    def test_long_kernels_are_repeated_less(self):
        b = bursts(cases.gemm_case(16384, 57344, 8192, "bf16"), BurstPlan(budget_s=0.2))
        self.assertEqual((b.launches, b.seconds.count), (1, 7))

    def test_outliers_do_not_move_the_median(self):
        case = cases.gemm_case(4096, 4096, 4096, "bf16")
        clean, noisy = bursts(case), bursts(case, outlier_every=11)
        self.assertAlmostEqual(noisy.seconds.median, clean.seconds.median, delta=1e-9)
        self.assertEqual(clean.seconds.outliers, 0)
        self.assertGreater(noisy.seconds.outliers, 0)

    def test_fixed_bursts_do_not_adapt(self):
        launched = []
        for rate in (1e12, 500e12):
            device = SimulatedDevice(rate=rate)
            procedures.measure_fixed(device, device.prepare(cases.collective_case("nccl", "all_reduce", 1 << 20, 8)), 20, 15)
            launched.append(device.launched)
        self.assertEqual(launched, [3 + 15 * 21] * 2)

    def test_launch_overhead_eager_and_as_a_graph(self):
        found = {}
        for case in cases.launch_cases():
            device = SimulatedDevice(host_launch_s=5e-6, overhead_s=OVERHEAD)
            found[case.kind] = procedures.measure_overhead(device, device.prepare(case)).seconds.median
        self.assertAlmostEqual(found["launch_eager"], 5e-6, delta=5e-8)
        self.assertAlmostEqual(found["launch_graph"], OVERHEAD, delta=5e-8)


class Sustained(unittest.TestCase):
    case = cases.gemm_case(8192, 8192, 8192, "bf16", sustained=True)

    def measure(self, plan=SustainedPlan(), duty=1.0, **device):
        simulated = SimulatedDevice(overhead_s=0, **device)
        return procedures.measure_sustained(simulated, simulated.prepare(self.case), duty, plan)

    def test_the_clock_settles_below_the_bursts(self):
        cold = 2 * 8192**3 / 500e12
        result = self.measure(hot_clock=0.7, heat_s=3.0)
        self.assertTrue(result.settled)
        self.assertGreater(result.duration_s, 5)
        self.assertAlmostEqual(result.seconds, cold / 0.7, delta=0.02 * cold)
        self.assertAlmostEqual(result.clock_mhz, 1400, delta=20)
        b = bursts(self.case, hot_clock=0.7, heat_s=3.0)
        self.assertLess(b.seconds.median, 1.1 * cold)

    def test_a_chip_that_does_not_settle_is_left_at_the_limit(self):
        result = self.measure(SustainedPlan(min_s=1, max_s=4, tolerance=1e-6), hot_clock=0.5, heat_s=50)
        self.assertFalse(result.settled)
        self.assertAlmostEqual(result.duration_s, 4, delta=0.5)

    def test_power_is_the_energy_counters(self):
        self.assertAlmostEqual(self.measure().power_w, 700, delta=5)
        half = self.measure(duty=0.5)
        self.assertAlmostEqual(half.power_w, 400, delta=10)

    def test_a_slow_sensor_does_not_let_the_device_rest(self):
        # nvidia-smi takes longer than a chunk would last.
        self.assertAlmostEqual(self.measure(reading_s=0.25).power_w, 700, delta=5)
        self.assertAlmostEqual(self.measure(reading_s=0.25, duty=0.5).power_w, 400, delta=20)

    def test_without_a_counter_readings_are_averaged(self):
        self.assertAlmostEqual(self.measure(energy_counter=False).power_w, 700, delta=1)

    def test_without_sensors_the_rate_decides(self):
        result = self.measure(sensors=False)
        self.assertTrue(result.settled)
        self.assertIsNone(result.power_w)
        self.assertIsNone(result.clock_mhz)

    def test_idle(self):
        device = SimulatedDevice()
        result = procedures.measure_idle(device, SustainedPlan(min_s=2, max_s=6))
        self.assertAlmostEqual(result.power_w, 100, delta=1)
        self.assertEqual(device.launched, 0)


if __name__ == "__main__":
    unittest.main()
