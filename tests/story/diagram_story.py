#!/usr/bin/env python3
"""The diagram of a procedure, its page in words and its table say the same: every state, every way from one to another with who may take it, in
both languages, for each regime that is shipped and for one whose labels are full of signs that mean something elsewhere. Where Graphviz is not on
the machine the page does without. Runs on both stores (CAUNOI_TEST_STORE)."""

import html
import os
import re
import shutil
import xml.etree.ElementTree as tree
from pathlib import Path

from support import check, check_contains, check_equal, run, tell

HOSTILE = r"""
workflow: signs
title: {vi: 'Việc "khó" <b>& \n đủ \ dấu', en: 'Hard "signs" <i>& \N of \ all'}
valid: {from: 2020-01-01}
source: 'Thông tư "A" <&> \l 1'
unit: province
steps: [{vi: Một, en: One}]
actors:
  - {id: office, title: {vi: 'Sở "A" & <B>', en: 'Office "A" & <B>'}, roles: [specialist], relation: own}
  - {id: boss, title: {vi: 'Sếp \E', en: 'Boss \E'}, roles: [director], relation: own}
states:
  - {id: first, title: {vi: 'Đầu "tiên" \r', en: 'The "first" \r'}, kind: start, step: 1}
  - {id: node, title: {vi: 'Xét {a|b} <c>', en: 'Look at {a|b} <c>'}, step: 1}
  - {id: held, title: {vi: Tạm dừng, en: Held}, kind: suspended}
  - {id: end, title: {vi: "Xong; 'hết' -> &amp;", en: "Done; 'over' -> &amp;"}, kind: end}
limits:
  - {id: exam, title: {vi: 'Xét "hạn"', en: 'Exam "limit"'}, days: 10, count: working, runs_in: [first], stops_in: [node], source: 'Điều "1"'}
open: {by: [office]}
actions:
  - {id: take, title: {vi: 'Nhận "&" <x>', en: 'Take "&" <x>'}, from: [first], to: node, by: [office, boss], source: 'Điều <2>'}
  - {id: back, title: {vi: 'Trả \G lại', en: 'Give \G back'}, from: [node], to: end, by: [boss], source: Điều 3}
  - {id: more, title: {vi: 'Ghi "thêm"', en: 'Record "more"'}, kind: record, from: [node, end], by: [office], source: Điều 4}
  - {id: hold, title: {vi: Dừng, en: Hold}, kind: suspend, from: [first, node], to: held, by: [boss], source: Điều 5}
  - {id: on, title: {vi: Tiếp tục, en: Go on}, kind: continue, from: [held], by: [boss], source: Điều 5}
"""
SVG = "{http://www.w3.org/2000/svg}"
TOP = Path(__file__).resolve().parents[2]


def plain(text):
    """Without what a drawing does to lines."""
    return re.sub(r"\s+", " ", text.replace("\u00a0", " ")).strip()


def drawn(svg):
    """What is in a drawing: its label, states with their labels, ways (from, to, label)."""
    root = tree.fromstring(svg)
    states, ways, label = {}, [], ""
    for group in root.iter(f"{SVG}g"):
        lines = plain(" ".join("".join(t.itertext()) for t in group.findall(f"{SVG}text") + group.findall(f"{SVG}a/{SVG}text")))
        name = group.findtext(f"{SVG}title")
        if group.get("class") == "node":
            states[name] = lines
        elif group.get("class") == "edge":
            ways.append((*name.split("->"), lines))
        elif group.get("class") == "graph":
            label = lines
    return label, states, ways


def told(page):
    """What the page says in words: a state with its limits, and what may be done: title, where to, by whom."""
    body = re.search(r"<tbody>(.*?)</tbody>", page, re.S)[1]
    states = []
    for row in re.findall(r"<tr>(.*?)</tr>", body, re.S):
        title = html.unescape(re.search(r'<th scope="row"><span[^>]*>(.*?)</span>', row, re.S)[1])
        acts = [tuple(plain(html.unescape(x)) for x in found) for found in
                re.findall(r"<li><b>(.*?)</b>(?: → (.*?))?(?: \((?:leads back|quay lại)\))?<br><span[^>]*>(.*?) · ", row, re.S)]
        states.append((plain(title), acts))
    return states


def story(cases, world):
    node = world.node("ministry", "VN")
    folder = world.folder / "signs/workflows/signs/1.workflow"
    folder.parent.mkdir(parents=True)
    folder.write_text(HOSTILE)
    node.run("catalogue load", world.folder / "signs", expect=0)
    node.serve()
    regimes = [("signs", "2020-01-01")]
    for path in sorted((TOP / "data/workflows").glob("*/*.workflow")):
        regimes.append((path.parent.name, re.search(r"^valid: \{from: (\S+?)[,}]", path.read_text(), re.M)[1]))
    has_dot = shutil.which("dot") is not None

    def compare(workflow, on, language):
        client = node.client(language=language)
        at = f"/cases/workflows/{workflow}"
        rows = client.get(f"{at}.json?on={on}").json()["rows"]
        page = client.get(f"{at}?on={on}", headers={"Accept": "text/html"}).text
        label, states, ways = drawn(client.get(f"{at}.svg?on={on}").body)
        where = f"{workflow} of {on} in {language}"
        check_contains(label, plain(html.unescape(re.search(r"<h1>(.*?)</h1>", page, re.S)[1])), f"the title over {where}")
        words = told(page)
        check_equal(len(states), len(words), f"states drawn of {where}")
        by_id = {}
        for row in rows:
            by_id.setdefault(row["state"], []).append(row)
        for state, acts in by_id.items():
            titles = [t for t, a in words if a and states[state].startswith(t) and [x[0] for x in a] == [plain(r["title"]) for r in acts]]
            check(titles, f"{where}: the state {state} ({states[state]}) stands in the words with {[r['title'] for r in acts]}")
            for row, (title, to, by) in zip(acts, next(a for t, a in words if t in titles and [x[0] for x in a] == [plain(r["title"]) for r in acts])):
                targets = row["to"].split(", ") if row["to"] else []
                check_equal(by, plain(row["by"]), f"{where}: who may {row['action']} in {state}")
                check_equal(to, ", ".join(max((t for t, _ in words if states[x].startswith(t)), key=len) for x in targets), f"{where}: where {row['action']} leads from {state}")
        expected = sorted((row["state"], to, plain(f"{row['title']} ({row['by']})")) for row in rows for to in row["to"].split(", ") if to)
        for row in rows:
            if not row["to"]:
                check_contains(states[row["state"]], plain(f"\u21bb {row['title']} ({row['by']})"), f"what leaves {where} where it is stands in its box")
        check_equal(sorted(ways), expected, f"ways drawn of {where}")
        return len(states), len(ways)

    with cases.case("each state and each way of every procedure is drawn, with its label as it is, and the page says the same in words"):
        if has_dot:
            counts = [compare(workflow, on, language) for workflow, on in regimes for language in ("vi", "en")]
            check(len(counts) >= 30 and all(s > 1 and w > 1 for s, w in counts), f"compared: {counts}")

    with cases.case("signs of other languages are letters in a label: of text, of HTML, of Graphviz"):
        rows = node.client(language="en").get("/cases/workflows/signs.json").json()["rows"]
        check_equal([r["to"] for r in rows if r["action"] == "on"], ["first, node"], "what goes on leads back to both")
        for text in (r'The "first" \r', "Look at {a|b} <c>", "Done; 'over' -> &amp;"):
            page = node.client(language="en").get("/cases/workflows/signs", headers={"Accept": "text/html"}).text
            check_contains(html.unescape(page), text, "the page")
        check("<c>" not in page and "<i>&" not in page, "a label became part of the page")
        check_contains(page, "stands still", "a state in which the limit stands still")
        text = run("workflow", "draw", world.folder / "signs", "signs", expect=0).out
        check_contains(text, r'"first" [shape=box, style=bold, label="The \"first\" \\r\n10 working days"]', "the language of Graphviz")

    with cases.case("without Graphviz the page has words alone, and says so where the drawing is asked for"):
        node.stop()
        path = os.environ["PATH"]
        os.environ["PATH"] = str(world.folder)
        try:
            node.serve()
        finally:
            os.environ["PATH"] = path
        page = node.client(language="en").get("/cases/workflows/signs", headers={"Accept": "text/html"}).text
        check("signs.svg" not in page, "the page offers a drawing")
        check_contains(node.client(language="en").get("/cases/workflows/signs.svg", expect=404).text, "graphviz", "why there is none")


if __name__ == "__main__":
    tell(story, "sqlite")
