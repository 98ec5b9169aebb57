#!/usr/bin/env python3
"""coverage.py REPORT - from llvm-cov's JSON, line and branch coverage of the modules that must be right; and each place in them that no test
reaches, each condition that never was true or never false, with the reason docs/coverage.md gives for it.

Exits with 1 where a module is below the least that page asks for, something has no reason, or a reason applies to nothing any more (but those
"by chance")."""

import bisect
import collections
import json
import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parents[1]
PAGE = ROOT / "docs" / "coverage.md"

LineRule = collections.namedtuple("LineRule", "where before lines why")
LinePlace = collections.namedtuple("LinePlace", "where text why")
BranchRule = collections.namedtuple("BranchRule", "where statement condition never why")
BranchPlace = collections.namedtuple("BranchPlace", "where function condition never why")
Place = collections.namedtuple("Place", "path numbers before statements")
Branch = collections.namedtuple("Branch", "path line function statement condition never")


# ---- the page -------------------------------------------------------------------------------------------------------------


def cells_of(line):
    return [c.strip().strip("`").replace("\\|", "|") for c in re.split(r"(?<!\\)\|", line)[1:-1]]


def tables():
    """The page's tables: the least per module, and whether its branches have reasons; reasons for lines and for branches, by rule and by place."""
    least, for_lines, for_branches = {}, [], []
    for line in PAGE.read_text().splitlines():
        cells = cells_of(line)
        if len(cells) == 4 and re.fullmatch(r"[\d.]+ %", cells[1]):
            least[cells[0]] = (*(float(c.split()[0]) for c in cells[1:3]), cells[3] == "each has its reason")
        elif not cells or not cells[0].startswith("src"):
            continue
        elif cells[-2] in ("true", "false"):
            if cells[1].endswith("()"):
                for_branches.append(BranchPlace(cells[0], cells[1].removesuffix("()"), *cells[2:]))
            else:
                for_branches.append(BranchRule(cells[0], re.compile(cells[1]), re.compile(cells[2]), *cells[3:]))
        elif len(cells) == 4:
            for_lines.append(LineRule(cells[0], re.compile(cells[1]), re.compile(cells[2]), cells[3]))
        else:
            for_lines.append(LinePlace(*cells))
    return least, for_lines, for_branches


def applies_to_place(reason, place):
    if not place.path.startswith(reason.where):
        return False
    if isinstance(reason, LinePlace):
        return reason.text in f"{place.before} > {place.statements[0]}"
    found = [reason.lines.fullmatch(statement) for statement in place.statements]
    return (reason.before.search(place.before) and all(found)
            and ("key" not in reason.lines.groupindex or any(match["key"] for match in found)))


def applies_to_branch(reason, branch):
    if not branch.path.startswith(reason.where) or reason.never != branch.never:
        return False
    if isinstance(reason, BranchPlace):
        return (reason.function, reason.condition) == (branch.function, branch.condition)
    return reason.statement.search(branch.statement) and reason.condition.fullmatch(branch.condition)


# ---- the source -----------------------------------------------------------------------------------------------------------


class Source:
    """A file's lines, and which of them end what they say."""

    def __init__(self, path):
        self.path = path
        self.lines = (ROOT / path).read_text().splitlines()
        self.code, self.functions, is_remark, is_macro = [], [], False, False
        for number, line in enumerate(self.lines):
            code = re.sub(r"/\*.*?\*/", "", ("/*" if is_remark else "") + line)
            is_remark = "/*" in code
            code = code.partition("/*")[0].strip()
            if is_macro or code.startswith("#"):
                is_macro, code = line.endswith("\\"), ""
            self.code.append(code)
            name = re.match(r"(?:\w+[ *]+)+\**(\w+)\(", line)
            if name and not code.endswith(";"):
                self.functions.append((number + 1, name[1]))

    def says_something(self, number):
        return re.search(r"\w", self.code[number - 1].replace("else", "")) is not None

    def is_end(self, number):
        return not self.code[number - 1] or self.code[number - 1].endswith((";", "{", "}", ":"))

    def statement_at(self, number):
        """The lines that make one statement, or its head, around one; without a `{`."""
        first = last = number
        while first > 1 and not self.is_end(first - 1) and not re.match(r"(if|for|while|else if|} else if|return|switch)\b", self.code[first - 1]):
            first -= 1
        while last < len(self.lines) and not self.is_end(last) and not is_balanced(" ".join(self.code[first - 1:last])):
            last += 1
        return " ".join(self.code[first - 1:last])

    def statements(self, numbers):
        """Lines as what they say, one text for a statement of several lines."""
        begun = []
        for number in numbers:
            begun.append(self.lines[number - 1].strip())
            if self.is_end(number) or number == numbers[-1]:
                yield " ".join(begun)
                begun = []

    def text(self, line, column, end_line, end_column):
        if line == end_line: # columns are of bytes
            return self.lines[line - 1].encode()[column - 1:end_column - 1].decode()
        between = [self.lines[line - 1].encode()[column - 1:].decode(), *self.lines[line:end_line - 1],
                   self.lines[end_line - 1].encode()[:end_column - 1].decode()]
        return " ".join(part.strip() for part in between)

    def function_at(self, line):
        at = bisect.bisect_right(self.functions, (line, "\uffff"))
        return self.functions[at - 1][1] if at else ""


def is_balanced(text):
    return text.count("(") == text.count(")")


def line_counts(segments):
    """How often each line was run: the most of what begins on it and of what goes on from before it, as llvm-cov counts; but a gap between
    two statements (after an assert it never counts) is none of the line where it ends."""
    counts, last = {}, None
    by_line = collections.defaultdict(list)
    for segment in segments:
        by_line[segment[0]].append(segment)
    for line in range(segments[0][0], segments[-1][0] + 1):
        here = by_line.get(line, [])
        is_gap = last is not None and last[5]
        begins = [s[2] for i, s in enumerate(here) if s[3] and not s[5] and (s[4] or (is_gap and i == 0))]
        goes_on = [last[2]] if last and last[3] and not (is_gap and begins) else []
        is_skipped = bool(here) and not here[0][3] and here[0][4]
        if not is_skipped and (begins or goes_on):
            counts[line] = max(begins + goes_on)
        if here:
            last = here[-1]
    return counts


def places(source, counts):
    """Lines after one another that were never reached, with what stands before them from the last line that was."""
    numbers, reached = [], 0

    def place():
        before = " ".join(line.strip() for line in source.lines[max(reached - 1, 0):numbers[0] - 1])
        return reached, Place(source.path, numbers, before, list(source.statements(numbers)))

    for line, count in sorted(counts.items()):
        if not source.says_something(line):
            continue
        if count == 0:
            numbers.append(line)
            continue
        if numbers:
            yield place()
            numbers = []
        reached = line
    if numbers:
        yield place()


def branches(source, file, led):
    """Conditions that were asked and never true, or never false; but those that lead to the lines of a place, which has its own reason."""
    for line, column, end_line, end_column, was_true, was_false, *_ in sorted(file["branches"]):
        if (was_true == 0) == (was_false == 0) or (was_true == 0 and any(a <= line <= b for a, b in led)):
            continue
        yield Branch(source.path, line, source.function_at(line), source.statement_at(line), source.text(line, column, end_line, end_column),
                     "true" if was_true == 0 else "false")


# ---- the report -----------------------------------------------------------------------------------------------------------


def explain(what, found, reasons, applies, amount, tell):
    """Tells of each reason what it is for, then what has none; whether all have one, and each reason is for something."""
    by_reason, unexplained = collections.Counter(), []
    for one in found:
        reason = next((r for r in reasons if applies(r, one)), None)
        if reason:
            by_reason[reason] += amount(one)
        else:
            unexplained.append(one)
    is_good = not unexplained
    print(f"\n{what}, and why")
    for reason in reasons:
        print(f"{by_reason[reason]:>5}  {reason.where} {named(reason)}: {reason.why}")
        if not by_reason[reason] and not reason.why.startswith("by chance"):
            print(f"       nothing any more: remove it from {PAGE.name}")
            is_good = False
    by_rule = sum(n for reason, n in by_reason.items() if isinstance(reason, (LineRule, BranchRule)))
    print(f"{sum(by_reason.values()):>5}  with a reason, {by_rule} of them by a rule")
    print(f"{sum(map(amount, unexplained)):>5}  without a reason")
    for one in unexplained:
        tell(one)
    return is_good


def named(reason):
    match reason:
        case LinePlace():
            return reason.text
        case BranchPlace():
            return f"{reason.function}: {reason.condition} never {reason.never}"
        case BranchRule():
            return f"{reason.condition.pattern} never {reason.never}"
    return reason.lines.pattern


def tell_place(place):
    print(f"       {place.path}:{place.numbers[0]}-{place.numbers[-1]}  after  {place.before[-110:]}")
    for statement in place.statements[:12]:
        print(f"              > {statement[:130]}")


def tell_branch(branch):
    print(f"       {branch.path}:{branch.line}  {branch.function}: {branch.statement} > {branch.condition}  never {branch.never}")


def percent(part, whole):
    return 100 * part / whole if whole else 100


def main(report):
    least, for_lines, for_branches = tables()
    numbers = {module: collections.Counter() for module in least}
    all_places, all_branches = [], []
    for file in json.loads(pathlib.Path(report).read_text())["data"][0]["files"]:
        path = file["filename"].removeprefix(f"{ROOT}/")
        module = next((m for m in least if path.startswith(m)), None)
        if module is None:
            continue
        source, count = Source(path), numbers[module]
        counts = line_counts(file["segments"])
        said = [n for line, n in counts.items() if source.says_something(line)]
        count["lines"] += len(said)
        count["lines reached"] += sum(n > 0 for n in said)
        for branch in file["branches"]:
            count["branches"] += 2
            count["branches taken"] += (branch[4] > 0) + (branch[5] > 0)
        found = list(places(source, counts))
        all_places += [place for _, place in found]
        here = list(branches(source, file, [(reached, place.numbers[-1]) for reached, place in found]))
        count["never"] += len(here)
        all_branches += here if least[module][2] else []

    is_good = True
    print(f"{'module':<18} {'lines':>16} {'branches':>18} {'never taken where lines are reached':>37}")
    for module, count in numbers.items():
        found = (percent(count["lines reached"], count["lines"]), percent(count["branches taken"], count["branches"]))
        is_below = any(f < l for f, l in zip(found, least[module]))
        is_good &= not is_below
        print(f"{module:<18} {count['lines']:>7} {found[0]:>6.1f} % {count['branches']:>9} {found[1]:>6.1f} % {count['never']:>37}"
              + (f"   below {least[module][0]:g} % and {least[module][1]:g} %" if is_below else ""))
    is_good &= explain("lines not reached", all_places, for_lines, applies_to_place, lambda place: len(place.numbers), tell_place)
    is_good &= explain("branches not taken", all_branches, for_branches, applies_to_branch, lambda branch: 1, tell_branch)
    return 0 if is_good else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
