"""What the checks of this folder have in common: their command line and how they report."""

import argparse
import pathlib


def run(description, name, check):
    """Prints the problems that check(root) finds, one a line, and answers the exit code: 1 if there are any."""
    parser = argparse.ArgumentParser(description=description.splitlines()[0])
    parser.add_argument("--root", type=pathlib.Path, default=pathlib.Path(__file__).resolve().parent.parent)
    problems = check(parser.parse_args().root)
    for problem in problems:
        print(problem)
    print(f"{name}: {len(problems)} problems")
    return 1 if problems else 0
