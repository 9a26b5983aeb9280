"""A step a row: the values of `step` in the order of the rows, and what a table must not hold."""

import math
import random
import unittest

import gigawatt as gw
from support import STEP, needs

KEYS = ("step_time_s", "tokens_per_s_per_gpu", "mfu", "hfu")


def random_rows(count, seed=7):
    """Plans as a study would make them, many of which mean nothing."""
    draw = random.Random(seed)
    rows = []
    for _ in range(count):
        rows.append(dict(
            model=draw.choice(["llama3.1-8b", "llama3.1-70b", "deepseek-v3", "mixtral-8x7b"]),
            system=draw.choice(["h100-sxm", "gb200-nvl72", "mi300x"]), gpus=draw.choice([64, 256, 512]), seq=draw.choice([4096, 8192]),
            global_batch=draw.choice([512, 1024]), micro_batch=draw.choice([1, 2]), tp=draw.choice([1, 2, 8]), cp=draw.choice([1, 2]),
            pp=draw.choice([1, 2, 4]), vpp=draw.choice([1, 2]), ep=draw.choice([1, 8]), zero=draw.choice([0, 1, 2, 3]),
            recompute=draw.choice(["none", "selective", "full", "full:1", "modules:mlp"]), precision=draw.choice(["bf16", "fp8"]),
            schedule=draw.choice(["", "", "zero-bubble", "dualpipe"]), cuda_graph=draw.choice([True, False]),
            no_sequence_parallel=draw.choice([True, False]), offload_optimizer=draw.choice([False, False, True]),
            kind=draw.choice(["pretrain", "lora"])))
    return rows


class Values(unittest.TestCase):
    def test_rows_are_steps_to_the_last_bit(self):
        rows = random_rows(600)
        answers = gw.step_table(rows, times=True, memory=True)
        self.assertEqual(len(answers), len(rows))
        legal = 0
        for row, answer in zip(rows, answers):
            try:
                step = gw.step(**row)
            except (gw.Refused, gw.InputError) as refused:
                self.assertIsNone(answer["step_time_s"])
                self.assertIsNone(answer["fits"])
                self.assertIn(refused.reason if isinstance(refused, gw.Refused) else refused.diagnostics[0].message, answer["reason"])
                continue
            legal += 1
            self.assertIsNone(answer["reason"])
            self.assertEqual([answer[k] for k in KEYS], [step[k] for k in KEYS])
            self.assertEqual((answer["low_s"], answer["high_s"]), (step.interval.low, step.interval.high))
            self.assertEqual((answer["memory_gb"], answer["fits"]), (step.memory.peak_gb, step.memory.fits))
            self.assertEqual({k[5:]: v for k, v in answer.items() if k.startswith("time.")}, dict(step.time))
            self.assertEqual({k[7:]: v for k, v in answer.items() if k.startswith("memory.")}, dict(step.memory.by))
        self.assertGreater(legal, 40)

    def test_threads_and_order_change_nothing(self):
        rows = random_rows(3000, seed=3)
        whole = gw.step_table(rows).to_dict()
        self.assertEqual(gw.step_table(rows, threads=1).to_dict(), whole)
        self.assertEqual(gw.step_table(rows[::-1]).to_dict(), {k: v[::-1] for k, v in whole.items()})

    def test_defaults_constants_and_missing_values(self):
        short = {k: v for k, v in STEP.items() if k != "micro_batch"}
        expected = gw.step(**short).step_time_s
        self.assertEqual(gw.step_table(**short)["step_time_s"], [expected])
        self.assertEqual(gw.step_table({"tp": [8, 8]}, **{k: v for k, v in short.items() if k != "tp"})["step_time_s"], [expected] * 2)
        table = {**short, "micro_batch": [None, 1], "recompute": [None, "none"], "cuda_graph": [False, None]}
        self.assertEqual(gw.step_table(table)["step_time_s"], [expected] * 2)
        self.assertEqual(gw.step_table({**short, "tp": []}).to_dict()["step_time_s"], [])

    @needs("numpy")
    def test_arrays(self):
        import numpy as np
        expected = gw.step(**STEP).step_time_s
        for kind in (np.int8, np.uint8, np.int32, np.int64, np.uint64, np.float32, np.float64):
            self.assertEqual(gw.step_table({**STEP, "tp": np.array([8, 4], kind)})["step_time_s"][0], expected, kind)
        self.assertEqual(gw.step_table({**STEP, "model": np.array([STEP["model"]] * 2), "tp": np.array([[8, 0], [8, 0]])[:, 0],
                                        "cuda_graph": np.array([False, False])})["step_time_s"], [expected] * 2)
        self.assertEqual(gw.step_table({**STEP, "model": np.array([STEP["model"], None], dtype=object)[:1]})["step_time_s"], [expected])
        self.assertEqual(gw.step(**{**STEP, "tp": np.int64(8), "gpus": np.float64(512), "cuda_graph": np.bool_(False)}).step_time_s, expected)

    @needs("pandas", "polars", "pyarrow")
    def test_data_frames(self):
        import pandas
        import polars
        rows = random_rows(50)
        expected = gw.step_table(rows)
        for frame in (pandas.DataFrame(rows), polars.DataFrame(rows), pandas.DataFrame(rows).astype({"model": "category"})):
            self.assertEqual(gw.step_table(frame), expected)
        self.assertEqual(polars.DataFrame(gw.step_table(rows))["step_time_s"].to_list(), expected["step_time_s"])


class Mistakes(unittest.TestCase):
    def refused(self, code, *fragments, **columns):
        with self.assertRaises(gw.InputError) as caught:
            gw.step_table({**STEP, **columns})
        self.assertIn(code, [d.code for d in caught.exception.diagnostics])
        for fragment in fragments:
            self.assertIn(fragment, str(caught.exception))

    def test_columns(self):
        self.refused("unknown-key", "'tpp'", "tp", tpp=[1])
        self.refused("wrong-kind", "'tp'", tp=["8"])
        self.refused("wrong-kind", "'model'", model=[1])
        self.refused("wrong-kind", "mixes", tp=[8, "8"])
        self.refused("wrong-kind", "bytes", model=b"llama")
        self.refused("wrong-kind", "'tp'", tp=[object()])
        self.refused("wrong-shape", "'pp'", tp=[8, 8], pp=[1, 2, 4])
        self.refused("out-of-range", "row 1", "and 1 more", tp=[8, 0, -1])
        self.refused("out-of-range", "1.5", tp=[1.5])
        self.refused("out-of-range", "nan", tp=[8.0, math.nan])
        self.refused("out-of-range", "inf", gpus=[math.inf])
        self.refused("out-of-range", gpus=[2**63])
        self.refused("out-of-range", cuda_graph=[2])
        self.refused("missing-key", "row 1", gpus=[512, None])
        self.refused("unknown-name", "llama3.1-70x", model=["llama3.1-70x", "llama3.1-70b"])
        with self.assertRaisesRegex(gw.InputError, "'system' is missing"):
            gw.step_table({k: v for k, v in STEP.items() if k != "system"})
        with self.assertRaises(TypeError):
            gw.step_table(3)

    def test_all_at_once(self):
        with self.assertRaises(gw.InputError) as caught:
            gw.step_table({**STEP, "tp": [0], "foo": [1], "model": ["x"]})
        self.assertEqual({d.code for d in caught.exception.diagnostics}, {"out-of-range", "unknown-key"})

    def test_words_that_mean_nothing_are_a_rows_own(self):
        answers = gw.step_table({**STEP, "recompute": ["none", "most"]})
        self.assertIn("recompute", answers["reason"][1])
        self.assertIsNotNone(answers["step_time_s"][0])

    @needs("numpy")
    def test_shapes(self):
        import numpy as np
        self.refused("wrong-shape", "2 dimensions", tp=np.ones((2, 2), int))
        self.refused("wrong-kind", tp=np.array([1 + 2j]))


class Speed(unittest.TestCase):
    @needs("numpy")
    def test_a_hundred_thousand_rows(self):
        import time
        import numpy as np
        draw = np.random.default_rng(1)
        n = 100_000
        table = dict(model="llama3.1-70b", system="h100-sxm", gpus=draw.choice([256, 512, 1024], n), seq=8192,
                     global_batch=draw.choice([512, 1024, 2048], n), tp=draw.choice([1, 2, 4, 8], n), pp=draw.choice([1, 2, 4, 8], n),
                     micro_batch=draw.choice([1, 2], n), zero=draw.choice([1, 2, 3], n))
        gw.step_table({**table})
        begin = time.process_time()
        gw.step_table(table, threads=1)
        spent = time.process_time() - begin
        # 300,000 rows a second and core are asked for; a busy machine gets a third of that.
        self.assertLess(spent, 1.0)


if __name__ == "__main__":
    unittest.main()
