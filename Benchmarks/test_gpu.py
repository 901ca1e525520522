"""Protects what Benchmarks/gpu promises of machines that nobody watches: it ends in time, says what it left out, and keeps
what it has. Run by `python3 -m unittest discover --start-directory Benchmarks`."""

import json
import os
import sys
import tempfile
import unittest
from pathlib import Path

sys.dont_write_bytecode = True
import gpu_driver
from gpu_parts import Parts, attempt, lines_until
from gpu_table import Row, markdown
from timebox import Deadline, in_turn, write_whole
from whittle_tool import Failure, TooLong


class Clock:
    """Time that passes when it is told to."""

    def __init__(self):
        self.now = 0.0

    def __call__(self):
        return self.now

    def pass_by(self, seconds):
        self.now += seconds


class TimeTests(unittest.TestCase):
    def setUp(self):
        self.clock = Clock()
        self.deadline = Deadline(100, self.clock)

    def part(self, wanted, seen):
        """A part that takes what it wants, in measurements of a second, as long as there is time."""
        def rows(deadline):
            seen.append(deadline.left)
            for index in range(wanted):
                if deadline.is_over:
                    yield "cut"
                    return
                self.clock.pass_by(1)
                yield index
        return rows

    def test_greedy_parts_end_together_with_the_time(self):
        seen = []
        parts = [(name, share, self.part(1000, seen)) for name, share in [("a", 1), ("b", 2), ("c", 1)]]
        rows = list(in_turn(parts, self.deadline))
        self.assertLessEqual(self.clock.now, 100)
        self.assertEqual([name for name, row in rows if row == "cut"], ["a", "b", "c"])
        self.assertEqual(seen, [25, 50, 25])

    def test_what_a_part_leaves_is_there_for_the_next(self):
        seen = []
        list(in_turn([("a", 1, self.part(4, seen)), ("b", 1, self.part(4, seen))], self.deadline))
        self.assertEqual(seen, [50, 96])

    def test_no_measurement_is_begun_when_the_time_is_over(self):
        self.clock.pass_by(99.5)
        row = attempt("step", self.deadline, lambda seconds: self.fail("begun"))
        self.assertTrue(row.note.startswith("cut"))

    def test_a_command_is_stopped_and_what_it_printed_is_kept(self):
        script = "import time; print('{\"a\": 1}', flush=True); print('{\"b\"', end='', flush=True); time.sleep(60)"
        told, why = lines_until([sys.executable, "-c", script], Deadline(3))
        self.assertEqual(told, [{"a": 1}])
        self.assertTrue(why.startswith("cut"))


class RowTests(unittest.TestCase):
    def rows(self):
        def failing(error):
            def measure(_):
                raise error
            return attempt("batch 512", Deadline(10), measure)

        whole = Row("batch 256", 0.002, processor=0.5, note="fast|er")
        ways = [(False, "eager", 0.004), (False, "graph", 0.0025), (True, "eager", 0.001)]
        whole.torch = [{"tf32": tf32, "form": form, "seconds": seconds} for tf32, form, seconds in ways]
        whole.torch.append({"tf32": True, "failed": "out of memory"})
        return [("step", whole), ("step", failing(TooLong(10))), ("step", failing(Failure("exit code 1: no memory")))]

    def test_the_ratio_is_to_the_best_of_float32(self):
        self.assertAlmostEqual(self.rows()[0][1].ratio, 0.8)

    def test_what_is_missing_says_why(self):
        table = markdown(self.rows())
        self.assertIn("cut: not done after 10 s", table)
        self.assertIn("failed: exit code 1: no memory", table)
        self.assertNotIn("TF32, as a graph", table)
        self.assertEqual(len({line.count("|") for line in table.splitlines()}), 1)

    def test_only_a_failure_counts_as_one(self):
        self.assertEqual([row.failed for _, row in self.rows()], [False, False, True])

    def test_rows_are_json(self):
        for part, row in self.rows():
            self.assertEqual(json.loads(json.dumps(row.json(part)))["part"], "step")


class PartTests(unittest.TestCase):
    def test_a_whittle_that_does_not_start_makes_rows_and_no_end(self):
        class Missing:
            binary, device, device_name = "/nowhere/whittle", [], None

            def bench(self, *_, **__):
                raise Failure("cannot start /nowhere/whittle: No such file or directory")

        parts = Parts(Missing(), "gpu", None, None)
        found = {name for name, row in in_turn(parts.all[:-1], Deadline(100)) if row.failed or "cut" in row.note}
        self.assertEqual(found, {name for name, _, _ in parts.all[:-1]})


class FileTests(unittest.TestCase):
    def test_a_file_is_whole_or_as_it_was(self):
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder, "results.json")
            write_whole(path, "old")
            with self.assertRaises(TypeError):
                write_whole(path, None)
            self.assertEqual(path.read_text(), "old")

    def test_a_driver_is_announced_beside_those_of_the_system(self):
        with tempfile.TemporaryDirectory() as folder:
            library, vendors = Path(folder, "libnvidia-opencl.so.1"), Path(folder, "vendors")
            library.touch()
            vendors.mkdir()
            Path(vendors, "pocl.icd").write_text("libpocl.so.2\n")
            found = gpu_driver.find_libraries({}, ["/nowhere", folder])
            self.assertEqual(found, {"nvidia": str(library)})
            told = gpu_driver.announce(Path(folder, "icd"), found, vendors)
            self.assertEqual(sorted(os.listdir(told["OCL_ICD_VENDORS"])), ["nvidia.icd", "pocl.icd"])
            self.assertEqual(Path(folder, "icd/nvidia.icd").read_text().strip(), str(library))


if __name__ == "__main__":
    unittest.main()
