#!/usr/bin/env python3
"""Other nodes may write what no page here would let through: reports, decisions and acts in a case of a MiB each, one after another. A report, a case, a conflict and
receipts with any number of them open with the memory that a few of them take; a page shows the beginning of what is too long, says so, and leads to the entry,
which has all of it. Runs on both stores (CAUNOI_TEST_STORE).
It measures memory: ./check starts the program as it is shipped."""

import re

from peer import Peer
from support import check, check_contains, check_equal, tell

MEMO = """
workflow: memo
title: {vi: Ghi chép, en: Memo}
valid: {from: 2020-01-01}
source: Thông tư minh họa 1
unit: province
steps: [{vi: Ghi, en: Written}]
actors: [{id: office, title: {vi: Sở, en: Department}, roles: [specialist], relation: own}]
states:
  - {id: begun, title: {vi: Đang ghi, en: Begun}, kind: start, step: 1, untimed: không có thời hạn}
  - {id: done, title: {vi: Xong, en: Done}, kind: end, step: 1}
fields:
  - {id: words, title: {vi: Lời, en: Words}, kind: text}
  - {id: pages, title: {vi: Số trang, en: Pages}, kind: number, unit: {vi: trang, en: pages}}
open: {by: [office]}
actions:
  - {id: note, title: {vi: Ghi thêm, en: Add}, kind: record, from: [begun], by: [office], fields: [words, pages], source: Điều 1}
  - {id: finish, title: {vi: Kết thúc, en: Finish}, from: [begun], to: done, by: [office], source: Điều 1}
"""
TIMES = 5  # that each node sends
MANY = 24  # acts in a case
LENGTH = 650_000  # letters: nearly a MiB
REPORT = "report/monthly/42@2004-01-01/2026-10"
CASE = "A1B2C3D4E5"
MEMORY = 16 << 10  # KiB that the pages may take beside what the node holds already: all entries together would take several times as much


def long_text(number):
    return (f"lời thứ {number} " + "chữ " * LENGTH)[:LENGTH]


def held(server):
    with open(f"/proc/{server.process.pid}/status") as status:
        return next(int(line.split()[1]) for line in status if line.startswith("VmHWM:"))


class Sealed:
    """A stream with a seal after each fifth entry: no more may come without one."""

    def __init__(self, stream):
        self.stream, self.lines = stream, []

    def add(self, *what, **more):
        self.lines.append(self.stream.add(*what, **more))
        if len(self.stream.entries) % 5 == 0:
            self.lines.append(self.stream.seal())
        return self.stream.hash

    def bundle(self):
        lines, self.lines = [*self.lines, self.stream.seal()], []
        return self.stream.peer.lines(*lines)


def story(cases, world):
    ministry, = world.nodes(ministry="VN")
    path = world.folder / "catalogue/workflows/memo/2020.workflow"
    path.parent.mkdir(parents=True)
    path.write_text(MEMO)
    ministry.run("catalogue load", world.folder / "catalogue", expect=0)
    ministry.add_user("leader", "director")
    one, other, above = Peer("one", "42"), Peer("other", "42"), Peer("above", "VN")
    for peer in (one, other, above):
        ministry.trust(peer, peer.unit)

    def take(*streams, refused=0):
        for stream in streams:
            file = world.folder / "long.bundle"
            file.write_bytes(stream.bundle())
            said = ministry.run("sync", file, "--json", expect=0).json()
            check_equal((said["refused"], said["waiting"]), (refused, 0), f"what was taken: {said}")

    def pages(*addresses, kind="text/html"):
        """What they say, and by how much the most that the server held has grown."""
        ministry.serve()
        leader = ministry.signed_in("leader")
        leader.get("/forms", headers={"Accept": "text/html"})
        before = held(ministry.server)
        said = [leader.get(address, headers={"Accept": kind}, expect=200) for address in addresses]
        grown = held(ministry.server) - before
        ministry.stop()
        check(grown <= MEMORY, f"{addresses}: {grown} KiB more, at most {MEMORY}")
        return said

    streams = []
    with cases.case("a report sent again and again by two nodes that do not see each other, with long explanations, and returned each time with a long reason"):
        sent = []
        for peer in (one, other):
            streams.append(Sealed(peer.stream("42")))
            for version in range(1, TIMES + 1):
                of = streams[-1].add("report.send", REPORT, {
                    "version": version, "by": "Lan", "filled_by": "Hà", "explanations": {"6": long_text(version)}, "seen": {},
                    "figures": f"retail_sales,42,2026-10,,,{version}.{1 if peer is one else 2}\n"}, author="lan", role="director")
                sent.append((version, of))
        returns = Sealed(above.stream("42"))
        for version, of in sent:
            returns.add("report.return", REPORT, {"version": version, "of": of, "by": "Minh", "reason": long_text(version), "cells": "6"}, author="minh", role="specialist")
        take(*streams, returns)
        page, = pages("/forms/monthly/42/2026-10")
        check_contains(page.text, f"lời thứ {TIMES}", "the reason of the last return")
        check(len(page.text) < len(sent) * 12_000, "the page has more than the beginnings of its explanations and of all reasons")
        check_contains(page.text, "SHA-256", "that they are cut")
        check_equal(page.text.count("It is shown in part."), len(sent) + 2, "each reason, the one at the top and the explanation say that they are cut")
        ways = list(dict.fromkeys(re.findall(r'href="(/figures/entry/[0-9a-f]+)">All of it is in the entry', page.text)))
        check_equal(len(ways), len(sent) + 1, "ways to all of them")
        whole = ministry.serve().signed_in("leader").get(ways[0] + "/file", expect=200).text
        ministry.stop()
        check(any(long_text(version) in whole for version, _ in sent), "the entry has all of it")
        check_contains(page.text, f"({len(long_text(TIMES).encode())} byte", "the length of what was cut")
        check_equal(ministry.sql("SELECT COUNT(*), COUNT(told), MAX(LENGTH(told)) / 10000 FROM report_entry"), [("20", "20", "0")], "what the record reads again of each entry")
        pages("/forms/monthly/42/2026-10.json", "/forms/monthly/42/2026-10?version=3")

    with cases.case("their conflict, a receipt of one of them as page and PDF, and the entry itself"):
        number, = [c["id"] for c in ministry.run("conflicts", "--json", expect=0).json()["conflicts"]][:1]
        page, _ = pages(f"/conflicts/{number}", f"/conflicts/{number}.json")
        check(len(page.text) < 100_000 and "SHA-256" in page.text, "the conflict's page has all of its explanations")
        code = ministry.sql(f"SELECT receipt FROM report_version WHERE subject = '{REPORT}' ORDER BY version LIMIT 1")[0][0]
        page, _ = pages(f"/receipts/{code}", f"/receipts/{code}.pdf")
        check(len(page.text) < 100_000 and "SHA-256" in page.text, "the receipt's page has all of the explanation")
        pages(f"/figures/entry/{sent[0][1]}")

    with cases.case("a case with long words: each act counts, the page shows their beginning and the way to all of it"):
        memo = streams[0]
        memo.add("case.open", f"case/{CASE}", {"workflow": "memo", "case_unit": "42@2004-01-01", "title": "Ghi chép dài", "by": "Hà", "unit": "42@2004-01-01",
                                               "on": "2026-10-01"}, author="ha", role="specialist")
        for number in range(MANY):
            last = memo.add("case.act", f"case/{CASE}", {"action": "note", "fields": {"words": long_text(number), "pages": str(number)}, "by": "Hà", "unit": "42@2004-01-01",
                                                  "on": "2026-10-01"}, author="ha", role="specialist")
        memo.add("case.act", f"case/{CASE}", {"action": "note", "fields": {"words": 2 * long_text(MANY)}}, author="ha", role="specialist")
        take(memo, refused=1)  # longer than any act may be
        page, told = pages(f"/cases/{CASE}", f"/cases/{CASE}.json")
        check_equal(page.text.count('<a href="/figures/entry/'), MANY, "ways to the entries whose texts are cut")
        check_contains(page.text, "Its long texts are shown in part", "that they are cut")
        check(len(page.text) < MANY * 40_000, "the page has all of the texts")
        fields = told.json()["fields"]
        check_equal(str(fields["pages"]), str(MANY - 1), "what the last act recorded")
        check_equal(ministry.sql(f"SELECT COUNT(*) FROM case_event WHERE case_id = '{CASE}' AND fault = 0"), [(str(MANY + 1),)], "the acts that count")
        whole = ministry.serve().signed_in("leader").get(f"/figures/entry/{last}/file", expect=200)
        ministry.stop()
        check_contains(whole.text, long_text(MANY - 1), "the entry itself")

    with cases.case("figures and files of several MiB an entry come in a file and over the network, and say the same at both nodes"):
        bulk = Sealed(above.stream("*"))
        for number in range(2):
            lines = (f"retail_sales,42,{2010 + i // 12 % 10}-{i % 12 + 1:02d},,,{i * 7919 % 100000},,,20{20 + number}-01-{i % 28 + 1:02d}\n" for i in range(50_000))
            bulk.add("figures.report", f"bulk/{number}", {"source": "x", "status": "submitted", "figures": "".join(dict.fromkeys(lines))}, author="minh", role="admin")
            bulk.add("catalogue.file", f"catalogue/extra/{number}.csv", {"path": f"extra/{number}.csv", "text": "".join(f'a{i},"b"\n' for i in range(200_000))},
                     author="minh", role="admin")
        check(min(map(len, bulk.lines)) > 1 << 21, "entries of more than 2 MiB")
        ministry.run("sync", world.path("bulk.bundle", bulk.bundle()), expect=0)
        bureau = world.node("bureau", "VN")
        for node in (ministry, one, other, above):
            bureau.trust(node, "VN" if node is ministry else node.unit)
        ministry.trust(bureau)
        ministry.serve()
        bureau.run("sync", ministry.address, expect=0)
        ministry.stop()
        check_equal(bureau.state("*"), ministry.state("*"), "the state of both")
        check_equal(ministry.sql("SELECT COUNT(*) FROM catalogue_file WHERE path LIKE 'extra/%'"), [("2",)], "the files")


tell(story, "postgresql sqlite")
