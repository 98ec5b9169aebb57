#!/usr/bin/env python3
"""coverage.py REPORT - from gcovr's JSON, line and branch coverage of the modules that must be right, and each place in
them that no test reaches, with the reason docs/coverage.md gives for it.

Exits with 1 where a module is below the least that page asks for, or a reason on it applies to nothing any more."""

import collections
import json
import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parents[1]
PAGE = ROOT / "docs" / "coverage.md"
NEAR = 3  # lines before a place that may say why it is not reached


def tables():
    """The page's two tables: the least per module, the reasons."""
    least, reasons = {}, []
    for line in PAGE.read_text().splitlines():
        cells = [c.strip() for c in re.split(r"(?<!\\)\|", line)[1:-1]]
        if len(cells) == 3 and re.fullmatch(r"[\d.]+ %", cells[1]):
            least[cells[0].strip("`")] = tuple(float(c.split()[0]) for c in cells[1:])
        elif len(cells) == 3 and cells[1].startswith("`"):
            reasons.append((cells[0].strip("`"), re.compile(cells[1].strip("`").replace("\\|", "|")), cells[2]))
    return least, reasons


def places(lines):
    """Runs of lines that were never reached; lines without code between them belong to the run."""
    run = []
    for line in sorted(lines, key=lambda l: l["line_number"]):
        if line.get("gcovr/noncode"):
            continue
        if line["count"] == 0:
            run.append(line["line_number"])
        elif run:
            yield run
            run = []
    if run:
        yield run


def percent(part, whole):
    return 100 * part / whole if whole else 100


def main(report):
    least, reasons = tables()
    numbers = {module: collections.Counter() for module in least}
    by_reason, unexplained = collections.Counter(), []
    for file in json.loads(pathlib.Path(report).read_text())["files"]:
        path = file["file"]
        module = next((m for m in least if path.startswith(m)), None)
        if module is None:
            continue
        count = numbers[module]
        source = (ROOT / path).read_text().splitlines()
        for line in file["lines"]:
            if not line.get("gcovr/noncode"):
                count["lines"] += 1
                count["lines reached"] += line["count"] > 0
            for branch in line["branches"]:
                count["branches"] += 1
                count["branches taken"] += branch["count"] > 0
        for run in places(file["lines"]):
            text = "\n".join(source[max(0, run[0] - 1 - NEAR):run[0] - 1] + ["> " + line for line in source[run[0] - 1:run[-1]]])
            found = next((r for r in reasons if path.startswith(r[0]) and r[1].search(text)), None)
            if found:
                by_reason[found] += len(run)
            else:
                unexplained.append((path, run, source[run[0] - 1].strip()))

    is_good = True
    print(f"{'module':<18} {'lines':>16} {'branches':>16}")
    for module, count in numbers.items():
        lines, branches = (percent(count["lines reached"], count["lines"]), percent(count["branches taken"], count["branches"]))
        below = "   below " + " and ".join(f"{x} %" for x in least[module]) if (lines, branches) < least[module] or branches < least[module][1] else ""
        is_good &= not below
        print(f"{module:<18} {count['lines']:>7} {lines:>6.1f} % {count['branches']:>7} {branches:>6.1f} %{below}")
    print("\nlines not reached, and why")
    for reason in reasons:
        print(f"{by_reason[reason]:>5}  {reason[0]}: {reason[2]}")
        if not by_reason[reason]:
            print(f"       no line any more: remove it from {PAGE.relative_to(ROOT)}")
            is_good = False
    print(f"{sum(len(run) for _, run, _ in unexplained):>5}  without a reason:")
    for path, run, text in unexplained:
        print(f"       {path}:{run[0]}" + (f"-{run[-1]}" if run[-1] > run[0] else "") + f"  {text[:80]}")
    return 0 if is_good else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
