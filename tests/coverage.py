#!/usr/bin/env python3
"""coverage.py REPORT - from gcovr's JSON, line and branch coverage of the modules that must be right, and each place in
them that no test reaches, with the reason docs/coverage.md gives for it.

Exits with 1 where a module is below the least that page asks for, a place has no reason, or a reason applies to nothing any more (but those "by chance")."""

import collections
import json
import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parents[1]
PAGE = ROOT / "docs" / "coverage.md"

Reason = collections.namedtuple("Reason", "where before lines why")
Place = collections.namedtuple("Place", "path numbers before lines")


def cells_of(line):
    return [c.strip().strip("`").replace("\\|", "|") for c in re.split(r"(?<!\\)\|", line)[1:-1]]


def tables():
    """The page's tables: the least per module; reasons by rule and by place."""
    least, reasons = {}, []
    for line in PAGE.read_text().splitlines():
        cells = cells_of(line)
        if len(cells) == 3 and re.fullmatch(r"[\d.]+ %", cells[1]):
            least[cells[0]] = tuple(float(c.split()[0]) for c in cells[1:])
        elif len(cells) == 4 and cells[0].startswith("src"):
            reasons.append(Reason(cells[0], re.compile(cells[1]), re.compile(cells[2]), cells[3]))
        elif len(cells) == 3 and cells[0].startswith("src/"):
            reasons.append(Reason(cells[0], None, cells[1], cells[2]))
    return least, reasons


def places(path, lines, source):
    """Lines after one another that were never reached, with what stands before them from the last line that was."""
    numbers, reached = [], 0

    def place():
        before = " ".join(line.strip() for line in source[max(reached - 1, 0):numbers[0] - 1])
        return Place(path, numbers, before, [source[n - 1].strip() for n in numbers])

    for line in sorted(lines, key=lambda l: l["line_number"]):
        if line.get("gcovr/noncode"):
            continue
        if line["count"] == 0:
            numbers.append(line["line_number"])
            continue
        if numbers:
            yield place()
            numbers = []
        reached = line["line_number"]
    if numbers:
        yield place()


def applies(reason, place):
    if not place.path.startswith(reason.where):
        return False
    if reason.before is None:
        return reason.lines in f"{place.before} > {place.lines[0]}"
    found = [reason.lines.fullmatch(line) for line in place.lines]
    return (reason.before.search(place.before) and all(found)
            and ("key" not in reason.lines.groupindex or any(match["key"] for match in found)))


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
        for line in file["lines"]:
            if not line.get("gcovr/noncode"):
                count["lines"] += 1
                count["lines reached"] += line["count"] > 0
            for branch in line["branches"]:
                count["branches"] += 1
                count["branches taken"] += branch["count"] > 0
        for place in places(path, file["lines"], (ROOT / path).read_text().splitlines()):
            found = next((r for r in reasons if applies(r, place)), None)
            if found:
                by_reason[found] += len(place.numbers)
            else:
                unexplained.append(place)

    is_good = not unexplained
    print(f"{'module':<18} {'lines':>16} {'branches':>16}")
    for module, count in numbers.items():
        found = (percent(count["lines reached"], count["lines"]), percent(count["branches taken"], count["branches"]))
        is_below = any(f < l for f, l in zip(found, least[module]))
        is_good &= not is_below
        print(f"{module:<18} {count['lines']:>7} {found[0]:>6.1f} % {count['branches']:>7} {found[1]:>6.1f} %"
              + (f"   below {least[module][0]:g} % and {least[module][1]:g} %" if is_below else ""))
    print("\nlines not reached, and why")
    for reason in reasons:
        what = f" {reason.lines}" if reason.before is None else ""
        print(f"{by_reason[reason]:>5}  {reason.where}{what}: {reason.why}")
        if not by_reason[reason] and not reason.why.startswith("by chance"):
            print(f"       no line any more: remove it from {PAGE.relative_to(ROOT)}")
            is_good = False
    print(f"{sum(len(p.numbers) for p in unexplained):>5}  without a reason")
    for place in unexplained:
        print(f"       {place.path}:{place.numbers[0]}-{place.numbers[-1]}  after  {place.before[-110:]}")
        for line in place.lines[:12]:
            print(f"              > {line[:130]}")
    return 0 if is_good else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
