#!/usr/bin/env python3
"""Everything a careless or hostile person may hand to a node: each is refused with the right status and a message that
says what, where and why; nothing is changed. Runs on both stores (CAUNOI_TEST_STORE)."""

import contextlib
import io
import json
import os
import resource
import shutil
import signal
import socket
import subprocess
import time
import zipfile

from forms import Person
from support import (PASSWORD, PROGRAM, Client, Node, check, check_contains, check_equal, command_environment, run,
                     tell, tell_number, wait_until)

HEAD = "indicator,unit,period,item,value\n"
REPORT = "/forms/monthly/42/2026-10"

# What a file holds, and parts of the message: where and why.
BAD_FILES = [
    ("broken UTF-8", HEAD.encode() + b"retail_sales,42,2026-01,,1\nretail_sal\xff\xfees,42,2026-02,,2\n", ["UTF-8"]),
    ("UTF-16, as some programs save", (HEAD + "retail_sales,42,2026-01,,1\n").encode("utf-16"), ["UTF-8"]),
    ("a decimal comma", HEAD + 'retail_sales,42,2026-01,,"1234,5"\n', ["row 2", "value", "comma"]),
    ("points between thousands", HEAD + "retail_sales,42,2026-01,,1.234.567\n", ["row 2", "value"]),
    ("thousands and decimal marks", HEAD + 'retail_sales,42,2026-01,,"1.234,5"\n', ["row 2", "value", "comma"]),
    ("a unit that did not exist on that date", HEAD + "retail_sales,02,2025-06,,1\nretail_sales,02,2025-07,,1\n",
     ["row 3", "unit", '"02"', "2025-07-31"]),
    ("a unit that never was", HEAD + "retail_sales,77777,2025-07,,1\n", ["row 2", "unit", "77777"]),
    ("an unknown indicator", HEAD + "retail_sale,42,2026-01,,1\n", ["row 2", "indicator", "retail_sale", '"retail_sales"?']),
    ("a cell twice", HEAD + "retail_sales,42,2026-01,,1\nexport_value,42,2026-01,,1\nretail_sales,42,2026-01,,2\n",
     ["row 4", "row 2"]),
    ("a cell twice, once by its root", HEAD + "export_value,42,2026-01,,1\nexport_value,42,2026-01,tong_tri_gia,1\n",
     ["row 3", "row 2"]),
    ("an item the classification does not have", HEAD + "iip_yoy,42,2026-01,ZZ,100\n", ["row 2", "item", "ZZ"]),
    ("an item where there is none", HEAD + "retail_sales,42,2026-01,C,100\n", ["row 2", "item"]),
    ("month 13", HEAD + "retail_sales,42,2026-13,,1\n", ["row 2", "period", "2026-13"]),
    ("quarter 5", HEAD + "retail_sales,42,2026-Q5,,1\n", ["row 2", "period"]),
    ("a period in words", HEAD + "retail_sales,42,tháng 1,,1\n", ["row 2", "period"]),
    ("year 0", HEAD + "retail_sales,42,0000-01,,1\n", ["row 2"]),
    ("beyond 64 bits", HEAD + "retail_sales,42,2026-01,,99999999999999999999\n", ["row 2", "value"]),
    ("just beyond 64 bits", HEAD + "promotion_projects_accepted,42,2026-01,,9223372036854775808\n", ["row 2", "value"]),
    ("beyond 64 bits once it is scaled", HEAD + "retail_sales,42,2026-01,,9223372036854775807\n", ["row 2", "value"]),
    ("a thousand digits", HEAD + "retail_sales,42,2026-01,," + "9" * 1000 + "\n", ["row 2", "value"]),
    ("an exponent", HEAD + "retail_sales,42,2026-01,,1e5\n", ["row 2", "value"]),
    ("not a number", HEAD + "retail_sales,42,2026-01,,NaN\n", ["row 2", "value"]),
    ("endless", HEAD + "retail_sales,42,2026-01,,inf\n", ["row 2", "value"]),
    ("hexadecimal", HEAD + "retail_sales,42,2026-01,,0x10\n", ["row 2", "value"]),
    ("Arabic digits", HEAD + "retail_sales,42,2026-01,,١٢\n", ["row 2", "value"]),
    ("nothing as value", HEAD + "retail_sales,42,2026-01,,\n", ["row 2", "value"]),
    ("two minus signs", HEAD + "grdp,42,2026-01,,--1\n", ["row 2", "value"]),
    ("below zero where that cannot be", HEAD + "retail_sales,42,2026-01,,-1\n", ["row 2", "value", "negative"]),
    ("more decimals than are kept", HEAD + "retail_sales,42,2026-01,,1.12345678901234\n", ["row 2", "value"]),
    ("half a project", HEAD + "promotion_projects_accepted,42,2026-01,,1.5\n", ["row 2", "value"]),
    ("a row too short", HEAD + "retail_sales,42,2026-01\n", ["row 2"]),
    ("a row too long", HEAD + "retail_sales,42,2026-01,,1,2,3\n", ["row 2"]),
    ("a quote that does not end", HEAD + 'retail_sales,42,2026-01,,"1\n', []),
    ("a zero byte", HEAD + "retail_sales,42,2026-01,,1\0\n", []),
    ("an unknown column", "indicator,unit,period,velue\nretail_sales,42,2026-01,1\n", ["velue"]),
    ("a column missing", "indicator,unit,period\nretail_sales,42,2026-01\n", ["value"]),
    ("a column twice", "indicator,unit,period,value,value\nretail_sales,42,2026-01,1,2\n", ["value", "twice"]),
    ("an empty file", "", ["empty"]),
    ("one line without end", "x" * 200_000, []),
    ("known in the future", "indicator,unit,period,value,known_from\nretail_sales,42,2026-01,1,2126-01-01\n",
     ["row 2", "known_from"]),
    ("known before the period", "indicator,unit,period,value,known_from\nretail_sales,42,2026-02,1,2026-01-31\n",
     ["row 2", "known_from", "lies before the period begins"]),
    ("a period to come", "indicator,unit,period,value\nretail_sales,42,2126-01,1\n",
     ["row 2", "period", "has not begun yet"]),
    ("known on 30 February", "indicator,unit,period,value,known_from\nretail_sales,42,2026-01,1,2026-02-30\n",
     ["row 2", "known_from"]),
    ("a status that is none", "indicator,unit,period,value,status\nretail_sales,42,2026-01,1,final\n", ["row 2", "status"]),
    ("good rows around a bad one", HEAD + "".join(f"retail_sales,42,{y}-01,,1\n" for y in range(2005, 2015)) +
     "retail_sales,42,2015-01,,x\n" + "".join(f"retail_sales,42,{y}-01,,1\n" for y in range(2016, 2020)), ["row 12"]),
]


def workbook(rows=(), **parts):
    """A small workbook; parts replace or add files: name with _ for / and . as in the list below."""
    sheet = "".join("<row>" + "".join(f'<c t="inlineStr"><is><t>{cell}</t></is></c>' for cell in row) + "</row>" for row in rows)
    files = {
        "[Content_Types].xml": '<?xml version="1.0"?><Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
                               '<Default Extension="xml" ContentType="application/xml"/><Default Extension="rels" ContentType='
                               '"application/vnd.openxmlformats-package.relationships+xml"/></Types>',
        "_rels/.rels": '<?xml version="1.0"?><Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
                       '<Relationship Id="rId1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/'
                       'officeDocument" Target="xl/workbook.xml"/></Relationships>',
        "xl/workbook.xml": '<?xml version="1.0"?><workbook xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main" '
                           'xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"><sheets>'
                           '<sheet name="S" sheetId="1" r:id="rId1"/></sheets></workbook>',
        "xl/_rels/workbook.xml.rels": '<?xml version="1.0"?><Relationships xmlns="http://schemas.openxmlformats.org/package/2006/'
                                      'relationships"><Relationship Id="rId1" Type="http://schemas.openxmlformats.org/'
                                      'officeDocument/2006/relationships/worksheet" Target="worksheets/sheet1.xml"/>'
                                      '</Relationships>',
        "xl/worksheets/sheet1.xml": '<?xml version="1.0"?><worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/'
                                    f'main"><sheetData>{sheet}</sheetData></worksheet>',
    }
    files.update(parts)
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as z:
        for name, content in files.items():
            z.writestr(name, content)
    return out.getvalue()


GOOD_ROWS = [["indicator", "unit", "period", "value"], ["retail_sales", "42", "2026-01", "5"]]
SHEET = "xl/worksheets/sheet1.xml"


def bombs():
    """Workbooks made to hurt: name, bytes."""
    head = ('<?xml version="1.0"?><worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>')
    yield "a workbook that unpacks a thousandfold", workbook(**{SHEET: head + "<row>" + " " * 150_000_000})
    row = "<row><c><v>1</v></c></row>"
    yield "a workbook of millions of rows", workbook(**{SHEET: head + row * 1_500_000 + "</sheetData></worksheet>"})
    laughs = '<!DOCTYPE l [<!ENTITY a "ha">' + "".join(
        f'<!ENTITY {b} "{"&" + a + ";" * 1}{("&" + a + ";") * 9}">' for a, b in zip("abcdefghij", "bcdefghijk")) + "]>"
    yield "entities inside entities", workbook(**{SHEET: '<?xml version="1.0"?>' + laughs + head.partition("?>")[2] +
                                                  "<row><c t='inlineStr'><is><t>&k;</t></is></c></row></sheetData></worksheet>"})
    yield "a file of this machine as entity", workbook(**{SHEET: '<?xml version="1.0"?><!DOCTYPE l [<!ENTITY x SYSTEM "file:///etc/'
                                                          'passwd">]>' + head.partition("?>")[2] + "<row><c t='inlineStr'><is><t>&x;"
                                                          "</t></is></c></row></sheetData></worksheet>"})
    yield "a hundred thousand levels of elements", workbook(**{SHEET: head + "<row>" * 100_000})
    yield "ten thousand parts", workbook(GOOD_ROWS, **{f"xl/junk{i}.xml": "x" for i in range(10_000)})
    yield "a cell of a megabyte", workbook([GOOD_ROWS[0], ["retail_sales", "42", "2026-01", "9" * 1_000_000]])
    yield "a row number beyond any sheet", workbook(**{SHEET: head + '<row r="999999999999"><c r="ZZZZZZ1"><v>1</v></c></row>'
                                                       "</sheetData></worksheet>"})
    good = workbook(GOOD_ROWS)
    yield "a workbook cut in half", good[:len(good) // 2]
    at = good.find(b"retail") if b"retail" in good else len(good) // 3
    yield "a workbook with wrong bytes", good[:at] + bytes(reversed(good[at:at + 60])) + good[at + 60:]
    yield "a zip that is no workbook", zip_of({"a.txt": "hello"})
    yield "a workbook without its sheet", workbook(**{"xl/_rels/workbook.xml.rels": "<x/>"})
    yield "an encrypted or old workbook", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 5000
    yield "names that lead out of the folder", workbook(**{"../../../../tmp/caunoi-was-here": "x", SHEET: "<x/>"})


def zip_of(files):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as z:
        for name, content in files.items():
            z.writestr(name, content)
    return out.getvalue()


def memory(node):
    """Bytes resident now."""
    with open(f"/proc/{node.server.process.pid}/statm") as f:
        return int(f.read().split()[1]) * os.sysconf("SC_PAGESIZE")


def multipart(content, name="figures.csv", **fields):
    mark = "----story"
    body = b"".join(f'--{mark}\r\nContent-Disposition: form-data; name="{k}"\r\n\r\n{v}\r\n'.encode() for k, v in fields.items())
    body += (f'--{mark}\r\nContent-Disposition: form-data; name="file"; filename="{name}"\r\n'
             f"Content-Type: application/octet-stream\r\n\r\n").encode() + content + f"\r\n--{mark}--\r\n".encode()
    return body, {"Content-Type": f"multipart/form-data; boundary={mark}"}


def raw(node, data, seconds=20, more=()):
    """Bytes to a node; what comes back before it hangs up."""
    with contextlib.closing(socket.create_connection(("127.0.0.1", node.port), timeout=seconds)) as s:
        answer = b""
        try:
            s.sendall(data)
            for piece in more:
                s.sendall(piece)
        except OSError:
            pass  # it may hang up while we still send
        try:
            while True:
                piece = s.recv(65536)
                if not piece:
                    break
                answer += piece
        except OSError:
            pass
        return answer


def status_of(answer):
    return int(answer.split(b" ", 2)[1]) if answer.startswith(b"HTTP/1.") else None


def limit_files(node, size):
    """From now on the node's process can make no file grow beyond size (None: any)."""
    most = resource.RLIM_INFINITY if size is None else size
    resource.prlimit(node.server.process.pid, resource.RLIMIT_FSIZE, (most, resource.RLIM_INFINITY))


def story(cases, world):
    ministry, hatinh, commune = world.nodes(ministry="VN", hatinh="42", commune="18073")
    hatinh.add_user("can-bo", "specialist")
    hatinh.add_user("xa", "commune", unit="18073")
    hatinh.add_user("quan-tri", "admin")
    token = hatinh.token("can-bo")
    state = {n: n.state() for n in (ministry, hatinh, commune)}

    def unchanged(node):
        check_equal(node.state(), state[node], f"state of {node.name}")

    # ---- files ------------------------------------------------------------------------------------------------------

    for name, content, parts in BAD_FILES:
        with cases.case(f"import refuses {name}"):
            path = world.path("bad.csv", content)
            result = ministry.run("import", path)
            check_equal(result.status, 1, f"exit status; {result!r}")
            for part in parts:
                check_contains(result.err, part, "the message")
            check(result.out == "", "something on standard output:", result.out)
            check_message(result)
    with cases.case("after all these files the node is as it was"):
        unchanged(ministry)
        check_equal(ministry.run("export", expect=0).out.count("\n"), 1, "lines of the export")

    with cases.case("of many bad rows the first thousand are listed, then a count"):
        path = world.path("many.csv", HEAD + "retail_sales,42,2026-01,,x\n" * 2500)
        result = ministry.run("import", path, expect=1)
        check_equal(result.err.count("error: row"), 1000, "rows listed")
        check_contains(result.err, "1500 more", "the count")
        found = ministry.run("import", path, "--json", expect=1)
        check_equal((found.json()["bad_count"], len(found.json()["bad"])), (2500, 1000), "as JSON")
        unchanged(ministry)

    with cases.case("a source that is too long, or holds what cannot be seen, is refused by its limit or character"):
        path = world.path("sourced.csv", "indicator,unit,period,value\nretail_sales,42,2024-01,12\n")
        for source, why in (("n" * 9000, "9000 bytes, and at most 400"), ("Cục\u202ethống kê", "U+202E"), ("a\u200bb", "U+200B")):
            check_contains(ministry.run("import", path, "--source", source, expect=1).err, why, "the message")
            check_contains(ministry.run("iip import", "weights", path, "--source", source, expect=1).err, why, "the message of iip import")
        unchanged(ministry)

    with cases.case("the publisher's tables are checked the same way"):
        path = world.path("iip.csv", "release,period,code,name_vi,measure,unit,value\n2025-02,2025-02,TOTAL,x,yoy,%,abc\n"
                                     "2025-13,2025-02,TOTAL,x,yoy,%,100\n2025-02,2025-02,QQQ,x,yoy,%,100\n")
        result = ministry.run("import", path, "--table", "iip", expect=1)
        for part in ("row 2", "row 3", "row 4", "release", "QQQ"):
            check_contains(result.err, part, "the message")
        check(ministry.run("import", path, "--table", "nonsense").status in (1, 2), "an unknown table")
        unchanged(ministry)

    with cases.case("a node reports for its own territory only: a province for another, a commune for its province"):
        path = world.path("other.csv", HEAD + "retail_sales,42,2026-01,,1\nretail_sales,25,2026-01,,1\n")
        check_contains(hatinh.run("import", path, expect=1).err, "territory", "the message")
        check_contains(hatinh.run("import", world.path("vn.csv", HEAD + "retail_sales,VN,2026-01,,1\n"), expect=1).err,
                       "territory", "the message")
        check_contains(commune.run("import", world.path("p.csv", HEAD + "retail_sales,42,2026-01,,1\n"), expect=1).err,
                       "territory", "the message")
        unchanged(hatinh), unchanged(commune)
        commune.run("import", world.path("c.csv", HEAD + "retail_sales,18073,2026-01,,1\n"), expect=0)

    with cases.case("a file that is not there, a folder, a device, and no right to read"):
        check_equal(ministry.run("import", world.folder / "nowhere.csv").status, 1, "no such file")
        check(ministry.run("import", world.folder).status in (1, 3), "a folder")
        check(ministry.run("import", "/dev/null").status == 1, "a device")
        unchanged(ministry)

    made_to_hurt = list(bombs())
    for name, content in made_to_hurt:
        with cases.case(f"import refuses {name}"):
            path = world.path("bomb.xlsx", content)
            started = time.monotonic()
            result = ministry.run("import", path)
            took = time.monotonic() - started
            check_equal(result.status, 1, f"exit status; {result!r}")
            check_message(result)
            check(took < 20, f"it took {took:.1f} s")
            check("root:" not in result.err, "it read a file of this machine")
            check(not os.path.exists("/tmp/caunoi-was-here"), "a file outside was written")
    with cases.case("after all these workbooks the node is as it was, and a good one is taken"):
        unchanged(ministry)
        ministry.run("import", world.path("good.xlsx", workbook(GOOD_ROWS)), expect=0)
        check(ministry.state() != state[ministry], "nothing was imported")
        ministry.check_sound()

    # ---- over HTTP ----------------------------------------------------------------------------------------------------

    def patient():
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)  # a full disk is an error, not a death; see the case below

    hatinh.serve(prepare=patient)
    officer = Client(hatinh.address, token=token)

    with cases.case("what is wrong in a workbook is named with its sheet"):
        bad_rows = [GOOD_ROWS[0], ["retail_sales", "42", "2026-13", "5"]]
        check_contains(ministry.run("import", world.path("bad.xlsx", workbook(bad_rows)), expect=1).err, 'sheet "S"', "the command")
        body, head = multipart(workbook(bad_rows), "a.xlsx")
        answer = officer.ask("POST", "/import.json", body, head).json()
        check_equal([(bad["sheet"], bad["row"], bad["column"]) for bad in answer["bad"]], [("S", 2, "period")], "the answer")
        unchanged(hatinh)

    with cases.case("an upload is refused like a file, row by row"):
        for name, content, parts in BAD_FILES[:12]:
            content = content if isinstance(content, bytes) else content.encode()
            body, head = multipart(content)
            answer = officer.ask("POST", "/import.json", body, head)
            check_equal(answer.status, 422, f"{name}: {answer!r}")
            text = json.dumps(answer.json(), ensure_ascii=False)
            for part in parts[1:]:
                if not part.startswith("row") and '"' not in part:
                    check_contains(text, part, name)
        unchanged(hatinh)

    with cases.case("an uploaded workbook made to hurt is refused, and the node keeps its size"):
        before = memory(hatinh)
        for name, content in made_to_hurt:
            body, head = multipart(content, "a.xlsx")
            answer = officer.ask("POST", "/import.json", body, head)
            check(answer.status in (413, 422), f"{name}: {answer!r}")
            body, head = multipart(content, "a.xlsx")
            answer = officer.ask("POST", f"{REPORT}/upload.json", body, head)
            check(answer.status in (413, 422), f"{name} as a form: {answer!r}")
        grown = memory(hatinh) - before
        tell_number(f"memory after {2 * len(made_to_hurt)} bombs +{grown >> 20} MiB")
        check(grown < 300 << 20, f"memory grew by {grown >> 20} MiB")
        unchanged(hatinh)

    with cases.case("an upload of 2 GB is refused: at once where it says so, at the limit where it does not"):
        head = (f"POST /import.json HTTP/1.1\r\nHost: 127.0.0.1:{hatinh.port}\r\nAuthorization: Bearer {token}\r\n"
                "Content-Type: application/octet-stream\r\n")
        started = time.monotonic()
        answer = raw(hatinh, (head + f"Content-Length: {2 << 30}\r\n\r\n").encode())
        check_equal(status_of(answer), 413, "the status of a declared length")
        check(time.monotonic() - started < 5, "the refusal took long")
        answer = raw(hatinh, (head + "Content-Length: 99999999999999999999999\r\n\r\n").encode())
        check(status_of(answer) in (400, 413), f"the status of a length beyond numbers: {answer[:80]!r}")
        sent = 0

        def flood():
            nonlocal sent
            piece = b"100000\r\n" + b"x" * (1 << 20) + b"\r\n"
            while sent < 2 << 30:
                yield piece
                sent += 1 << 20

        answer = raw(hatinh, (head + "Transfer-Encoding: chunked\r\n\r\n").encode(), more=flood())
        check(status_of(answer) in (413, None), f"the status of an endless body: {answer[:100]!r}")
        check(sent < 200 << 20, f"{sent >> 20} MiB were taken")
        spool = hatinh.folder / "spool"
        wait_until(lambda: not spool.exists() or not list(spool.iterdir()), 5, "what had arrived is removed")
        check_equal(officer.get("/health").json()["status"], "ok", "health")
        unchanged(hatinh)

    with cases.case("a report refuses what is no report: names, periods, places, texts, numbers"):
        def put(cells, path=REPORT, base=0):
            return officer.send("PUT", path, {"base_version": base, "cells": cells}).status

        check_equal(put({"99": {"typed": "1"}}), 422, "a cell that is not in the form")
        check_equal(put({"6": {"typed": 5}}), 422, "a number where a text is due")
        check_equal(put({"6": "5"}), 422, "a cell that is no object")
        check_equal(put([]), 422, "a list of cells")
        check_equal(put({"6": {"typed": "9" * 300}}), 413, "a long number")
        check_equal(put({"6": {"explanation": "x" * 5000}}), 413, "a long explanation")
        check_equal(put({"6": {"typed": "a\u0007b"}}), 422, "a control character")
        check_equal(put({"6": {"typed": "1"}}, base=99), 422, "a version that is not yet")
        check_equal(put({"6": {"typed": "1"}}, base=-1), 422, "a version below zero")
        check_equal(put({"6": {"typed": "1"}}, base="x"), 422, "a version that is no number")
        for path, allowed in (("/forms/monthly/42/2026-13", (400, 404, 422)), ("/forms/nothing/42/2026-10", (404, 422)),
                              ("/forms/monthly/25/2026-10", (403,)), ("/forms/monthly/VN/2026-10", (403, 404, 422)),
                              ("/forms/monthly/00000/2026-10", (403, 404, 422)), ("/forms/monthly/42/2026-Q1", (400, 404, 422)),
                              ("/forms/monthly/42/2099-01", (404, 409, 422)), ("/forms/monthly/42/1850-01", (404, 409, 422)),
                              ("/forms/monthly/18073/2026-10", (403, 404, 409, 422))):
            status = put({"6": {"typed": "1"}}, path)
            check(status in allowed, f"PUT {path}: {status}")
        for body in (b"", b"{", b"[]", b"null", b'{"cells":{},"cells":{},"base_version":0}', b'\xff{"a":1}', b"1e999",
                     b'{"base_version":0,"cells":{"6":{"typed":"\xc3\x28"}}}', b"[" * 100_000,
                     b'{"base_version":99999999999999999999,"cells":{}}', b'{"base_version":0,"cells":{"6":{"typed":"\\u0000"}}}'):
            answer = officer.ask("PUT", REPORT, body, {"Content-Type": "application/json"})
            check(answer.status in (400, 422), f"{body[:60]!r}: {answer!r}")
            check("message" in answer.json()["error"], f"{body[:60]!r}: {answer!r}")
        answer = raw(hatinh, (f"PUT {REPORT} HTTP/1.1\r\nHost: 127.0.0.1:{hatinh.port}\r\nAuthorization: Bearer {token}\r\n"
                              f"Content-Type: application/json\r\nContent-Length: {2 << 20}\r\n\r\n").encode())
        check_equal(status_of(answer), 413, "the status of a body of 2 MiB")
        unchanged(hatinh)

    with cases.case("addresses that are none, methods that are not offered, headers that lie"):
        for path, allowed in (("/nothing", 404), ("/forms/monthly/42/2026-10/eat", 404), ("/assets/../key", 404),
                              ("/assets/%2e%2e/key", 404), ("/%00", 400), ("/%ff", 400), ("/%zz", 400), ("/figures?from=x", 422),
                              ("/figures.json?indicator=x", 422), ("/figures.json?unit=42&compare=x", 422),
                              ("/figures.json?known=yesterday", 422), ("/figures.json?boundary=x", 422),
                              ("/figures.json?from=2021-01&to=2021-Q1", 422), ("/figures.json?from=2021-02&to=2021-01", 422),
                              ("/tables.csv?indicator=iip_yoy&from=2021-02&to=2021-01", 422), ("/quality.json?from=2021-02&to=2021-01", 422),
                              ("/analysis/outliers.json?indicator=iip_yoy&from=2021-02&to=2021-01", 422), (f"/figures?x={'y' * 20_000}", 200)):
            status = officer.get(path, expect=None).status
            check_equal(status, allowed, f"GET {path[:60]}")
        first, soon = (officer.get(f"{REPORT}.json?known=1970-01-01T00:00:0{second}Z", expect=None) for second in (0, 1))
        check_equal((first.status, first.body), (soon.status, soon.body), "the moment that clocks count from is none of now")
        check_equal(officer.ask("DELETE", REPORT).status, 405, "DELETE")
        officer.close()
        check_equal(hatinh.client(token="cn_wrong").get("/todo.json", expect=None).status, 401, "a wrong token")
        host = f"Host: 127.0.0.1:{hatinh.port}\r\n"
        for head, status in ((f"GET / HTTP/1.1\r\n\r\n", 400), (f"GET / HTTP/1.1\r\n{host}{host}\r\n", 400),
                             (f"POST /sign-in HTTP/1.1\r\n{host}Content-Length: 1\r\nContent-Length: 2\r\n\r\nxx", 400),
                             (f"POST /sign-in HTTP/1.1\r\n{host}Content-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
                              400),
                             (f"GET / HTTP/1.1\r\n{host}X: {'y' * 60_000}\r\n\r\n", (413, 431)),
                             (f"GET /figures?x={'y' * 60_000} HTTP/1.1\r\n{host}\r\n", 414),
                             ("\x00\x01\x02\r\n\r\n", None), ("GET\r\n\r\n", None), ("\r\n" * 50, None)):
            found = status_of(raw(hatinh, head.encode("latin-1"), seconds=1))
            check(found == status or (isinstance(status, tuple) and found in status) or (status is None and found in (None, 400)),
                  f"{head[:60]!r}: {found}")
        check_equal(hatinh.client().get("/health").json()["status"], "ok", "health")

    with cases.case("text that is code stays text, on pages, in CSV and in workbooks"):
        nasty = '<script>alert(1)</script>"\'><img src=x onerror=alert(1)>'
        officer.send("PUT", REPORT, {"base_version": 0, "cells": {"6": {"typed": "=1+1", "explanation": "=cmd|' /C calc'!A1"},
                                                                  "7": {"typed": nasty[:150]}}}, expect=200)
        page = officer.get(REPORT, headers={"Accept": "text/html"}).text
        check("<script>alert" not in page and "<img src=x" not in page, "the page holds it as code")
        check_contains(page, "&lt;script&gt;", "the page")
        for line in officer.get(f"{REPORT}.csv").text.splitlines():
            check(not any(c.strip('"').startswith(("=", "@")) for c in line.split(",")), "a formula in the CSV:", line)
        with zipfile.ZipFile(io.BytesIO(officer.get(f"{REPORT}.xlsx").body)) as z:
            check(not any(b"<f>1+1" in z.read(n) or b"<f>cmd" in z.read(n) for n in z.namelist()), "a formula in the workbook")
        policy = officer.get("/overview").headers["Content-Security-Policy"]
        check("default-src 'none'" in policy and "script-src 'self'" in policy and "unsafe" not in policy, "the policy:", policy)
        state[hatinh] = hatinh.state()

    with cases.case("a form that is refused comes back with what was typed, whatever it is for, and never with a password"):
        evil = '"><script>alert(1)</script>\'</textarea>&amp;'
        clerk, admin = Person(hatinh, "can-bo", "en"), Person(hatinh, "quan-tri", "en")

        def refused(who, page, action, values, status, marked, by_hand=True):
            """Sent twice: a page that was refused still knows where it stands."""
            form = who.look(page).form_for(action).fill(values)
            for _ in range(2):
                answer = who.press(form, expect=status, by_hand=by_hand)
                check_equal(answer.marked, marked, f"inputs of {action} that are marked: {answer.alerts}")
                check("<script>alert" not in answer.html, f"{action}: what was typed is read as HTML")
                again = answer.form_for(action)
                form = again.fill({name: value for name, value in values.items() if again[name].kind in ("password", "file")})
            return answer

        stranger = Person.__new__(Person)
        stranger.client, stranger.language = hatinh.client(language="en"), "en"
        page = stranger.press(stranger.look("/sign-in?to=/cases").form_for("/sign-in").fill({"login": evil, "password": "not this one"}), expect=401)
        check_equal((stranger.came_back(page.forms[0], page), page.form_for("/sign-in")["login"].value, page.form_for("/sign-in")["to"].value), (1, evil, "/cases"), "signing in")
        check("not this one" not in page.html and page.html.count("<title>Error: ") == 1, "the page:", page.html[:500])
        refused(clerk, "/password", "/password", {"current": PASSWORD, "new": "a good new one", "again": "another new one"}, 422, 1)
        refused(admin, "/admin/users", "/admin/users", {"login": "Not A Login", "name": evil, "role": "head", "unit": "42", "password": "hoa mai vang no"}, 422, 1)
        refused(admin, "/admin/users", "/admin/users", {"login": "fine", "name": evil, "role": "head", "unit": "00000"}, 422, 1)
        refused(clerk, "/import", "/import", {"table": "iip", "file": ("wrong.csv", b"no,such\ncolumn,1\n"), "dry_run": True}, 422, 0)
        refused(clerk, "/iip/import?unit=42", "/iip/import", {"kind": "weights", "from": "next year" + evil, "base": "2015", "file": ("weights.csv", b"code\n")}, 422, 1)
        refused(clerk, "/clusters/new?unit=18073", "/clusters", {"unit": "00000", "field-name": evil}, 422, 1)
        refused(clerk, f"{REPORT}", f"{REPORT}/attachments", {"file": ("virus.pdf", b"MZ\x90\x00")}, 422, 1)
        refused(clerk, f"{REPORT}", f"{REPORT}/attachments", {"file": ("bao-cao\u202efdp.csv", b"a,b\n")}, 422, 1)
        answer = clerk.client.ask("POST", "/clusters", "csrf=0&field-name=from+elsewhere", {"Content-Type": "application/x-www-form-urlencoded", "Accept": "text/html"}, 403)
        check("from elsewhere" not in answer.text, "what no page of the node has sent is put into one")

        def asked_to_sign_in(who, page, action, values):
            """The session has ended while the form was filled in: the page to sign in, which takes the form along."""
            form = who.look(page).form_for(action).fill(values)
            session = who.client.cookies.pop("session")
            return form, session, who.press(form, expect=401, by_hand=True)

        form, _, page = asked_to_sign_in(clerk, "/clusters/new?unit=18073", "/clusters", {"unit": "18073", "field-name": evil})
        check("<script>alert" not in page.html, "what was typed is read as HTML")
        page = clerk.press(page.form_for("/sign-in").fill({"login": "can-bo", "password": "not this one"}), expect=401)
        page = clerk.press(page.form_for("/sign-in").fill({"login": "can-bo", "password": PASSWORD}), expect=409)
        clerk.came_back(form, page)
        check("the form has not been sent yet" in page.text, "nothing was done with it:", page.text[:400])
        check_equal(clerk.press(page.form_for("/clusters"), expect=422, by_hand=True).marked, 1, "sent again with the mark of the new session: what is missing is marked")
        _, session, page = asked_to_sign_in(admin, "/admin/users", "/admin/users", {"login": "fine", "name": evil, "role": "head", "unit": "42", "password": "hoa mai vang no"})
        check("hoa mai vang no" not in page.html and "typed.login" in page.html, "a password is never carried")
        other = admin.press(page.form_for("/sign-in").fill({"login": "can-bo", "password": PASSWORD}), expect=409)
        check("filled in under another account" in other.text and "alert(1)" not in other.html and "fine" not in other.html, "what another account typed is shown:", other.text[:600])
        check("/sign-out" in other.html, "who signed in is signed in:", other.text[:300])
        form = clerk.look("/clusters/new?unit=18073").form_for("/clusters").fill({"unit": "18073", "field-name": evil})
        admin.client.cookies["session"] = session
        clerk.client.cookies["session"] = Person(hatinh, "can-bo", "en").client.cookies["session"]
        clerk.came_back(form, clerk.press(form, expect=403, by_hand=True))  # the mark of a session before this one
        clerk.client.cookies["session"] = session  # another account in the same browser
        check("alert(1)" not in clerk.press(form, expect=403, by_hand=True).html, "what was typed under one account is shown to another")
        clerk.client.cookies["session"] = Person(hatinh, "can-bo", "en").client.cookies["session"]
        for cookies in ({}, {"session": clerk.client.cookies["session"]}):
            stranger.client.cookies = {"lang": "en", **cookies}
            answer = stranger.client.ask("POST", "/clusters", "csrf=0&field-name=from+elsewhere",
                                         {"Content-Type": "application/x-www-form-urlencoded", "Accept": "text/html", "Origin": "http://evil.example"}, 403)
            check("from elsewhere" not in answer.text, "what another site sends is put into a page")
        state[hatinh] = hatinh.state()

    with cases.case("what a role may not do is refused on every address, also with a right guess"):
        commune_user = hatinh.signed_in("xa")
        for method, path in (("PUT", REPORT), ("POST", f"{REPORT}/submit"), ("POST", f"{REPORT}/approve"),
                             ("POST", f"{REPORT}/return")):
            check_equal(commune_user.send(method, path, {"base_version": 0, "cells": {"6": {"typed": "1"}},
                                                         "reason": "xxx"}).status, 403, f"{method} {path} by a commune")
            check(hatinh.client().send(method, path).status in (401, 403), f"{method} {path} by nobody")
        commune_user.get(f"{REPORT}.json", expect=403)
        commune_user.get("/admin/users.json", expect=403)
        officer.get("/admin/users.json", expect=403)
        body, head = multipart(b"x")
        check_equal(commune_user.ask("POST", "/import.json", body, {**head, "X-CSRF-Token": commune_user.csrf}).status, 403,
                    "import by a commune")
        unchanged(hatinh)

    with cases.case("whoever guesses passwords has to wait, longer each time"):
        statuses = []
        guesser = hatinh.client()
        for _ in range(8):
            answer = guesser.post_form("/sign-in", {"csrf": guesser.read_mark("/sign-in"), "login": "quan-tri",
                                                    "password": "12345678"}, expect=None)
            statuses.append(answer.status)
        check(429 in statuses and statuses[0] == 401, "the answers:", statuses)
        answer = guesser.post_form("/sign-in", {"csrf": guesser.read_mark("/sign-in"), "login": "quan-tri",
                                                "password": PASSWORD}, expect=None)
        check_equal(answer.status, 429, "the right password while waiting")

    # ---- the machine --------------------------------------------------------------------------------------------------

    with cases.case("a second process on the same node is refused and told which one works there"):
        number = str(hatinh.server.process.pid)
        for arguments in (("serve", "--listen", "127.0.0.1:0"), ("import", world.path("x.csv", HEAD)),
                          ("user add", "x1", "--role", "specialist"), ("rebuild",), ("trust", "0" * 64, "--unit", "VN"),
                          ("sync", "http://127.0.0.1:1")):
            result = hatinh.run(*arguments, given="password 1\n")
            check_equal(result.status, 3, f"{arguments[0]}: {result!r}")
            check_contains(result.err, number, arguments[0])
        for arguments in (("state",), ("verify",), ("export",), ("rebuild", "--check"), ("key",), ("user list",), ("trust list",)):
            hatinh.run(*arguments, expect=0)

    if not hatinh.store:
        with cases.case("a full disk: each write is refused, reading goes on, and afterwards everything works again"):
            version = officer.get(f"{REPORT}.json").json()["draft_version"]
            before = hatinh.state()
            largest = max(os.path.getsize(f) for f in hatinh.folder.iterdir() if f.is_file())
            limit_files(hatinh, min(largest, os.path.getsize(hatinh.folder / "ledger.db-wal")))
            statuses = set()
            for i in range(5):
                answer = officer.send("PUT", REPORT, {"base_version": version, "cells": {"8": {"typed": str(i)}}})
                statuses.add(answer.status)
                check_contains(answer.json().get("error", {}), "message", "the answer")
            check_equal(statuses, {503}, "the answers")
            body, head = multipart(b"x" * (8 << 20))
            check_equal(officer.ask("POST", "/import.json", body, head).status, 503, "an upload")
            check_equal(officer.get(f"{REPORT}.json").json()["draft_version"], version, "the version")
            officer.get("/overview")
            check_equal(hatinh.state(), before, "the state")
            limit_files(hatinh, None)
            officer.send("PUT", REPORT, {"base_version": version, "cells": {"8": {"typed": "5"}}}, expect=200)
            check_equal(officer.get(f"{REPORT}.json").json()["draft_version"], version + 1, "the version")
            hatinh.check_sound()

        with cases.case("a full disk on the command line: an import and an init leave nothing behind"):
            before = commune.state()
            months = [f"{y}-{m:02d}" for y in range(2005, 2026) for m in range(1, 13)]
            path = world.path("big.csv", HEAD + "".join(f"{i},18073,{m},,{n}\n" for i in ("retail_sales", "export_value",
                              "import_value", "electricity_generated") for n, m in enumerate(months)))

            def small(size):
                def set_limit():
                    patient()
                    resource.setrlimit(resource.RLIMIT_FSIZE, (size, resource.RLIM_INFINITY))
                return set_limit

            for size in (4096, 20_000, 60_000):
                result = commune.run("import", path, prepare=small(size))
                check_equal(result.status, 3, f"{size} bytes: {result!r}")
                check_message(result)
                check_equal(commune.state(), before, "the state")
            commune.check_sound()
            commune.run("import", path, expect=0)
            for size in (0, 100, 4096, 100_000, 1_000_000):
                place = world.folder / f"full{size}"
                result = run("init", place, "--unit", "42", prepare=small(size))
                check_equal(result.status, 3, f"{size} bytes: {result!r}")
                check(not place.exists(), "something is left:", list(place.iterdir()) if place.exists() else "")
            target = world.folder / "small-backup"
            result = commune.run("backup", target, prepare=small(10_000))
            check_equal(result.status, 3, f"backup: {result!r}")
            check(not [p for p in world.folder.iterdir() if p.name.startswith("small-backup")], "something is left")

    hatinh.stop()

    with cases.case("no right to read the node: exit status 3; no node: 1; a node without its key or settings: said so"):
        def nobody():
            os.setgroups([])
            os.setuid(65534)

        if os.getuid() == 0:
            hidden = shutil.copytree(hatinh.folder, world.folder / "hidden")
            os.chmod(world.folder, 0o755)
            os.chmod(hidden, 0)
            program = world.folder / "program"
            shutil.copy(PROGRAM, program)
            result = run_as(program, nobody, "state", hidden)
            check_equal(result.returncode, 3, f"unreadable: {result!r}")
        for command in ("state", "verify", "serve", "export", "key", "user list"):
            result = run(*command.split(), world.folder / "nowhere")
            check_equal(result.status, 1, f"{command} without a node: {result!r}")
            check_contains(result.err, "is not a node", command)
        check(not (world.folder / "nowhere").exists(), "a folder was made")
        check_equal(run("state", world.path("a-file", "x")).status, 1, "a file instead of a node")
        for missing, status in (("key", (1, 3, 4)), ("settings", (1,))):
            broken = shutil.copytree(hatinh.folder, world.folder / f"without-{missing}")
            os.remove(broken / missing)
            result = run("state", broken)
            check(result.status in status, f"without {missing}: {result!r}")
            check_message(result)
        broken = shutil.copytree(hatinh.folder, world.folder / "wrong-key")
        world.damaged.add(broken)
        (broken / "key").write_text("zz" * 64 + "\n")
        check_equal(run("state", broken).status, 4, "a damaged key")

    # ---- damage -------------------------------------------------------------------------------------------------------

    if not hatinh.store:
        text = {"line": "CAST(replace(CAST(line AS TEXT), 'can-bo', 'can-bp') AS BLOB)"}
        own = "stream = (SELECT id FROM ledger_stream WHERE audience = '42')"
        damages = [
            ("a changed entry", f"UPDATE ledger_entry SET line = {text['line']} WHERE {own} AND seq = 1", "verify"),
            ("a changed entry and its hash", f"UPDATE ledger_entry SET line = {text['line']}, hash = zeroblob(32) WHERE {own}"
                                             " AND seq = 1", "verify"),
            ("a missing entry", f"DELETE FROM ledger_entry WHERE {own} AND seq = 1", "verify"),
            ("a missing newest entry", "DELETE FROM ledger_entry WHERE id = (SELECT MAX(id) FROM ledger_entry)", "verify"),
            ("a changed seal", f"UPDATE ledger_seal SET line = replace(line, '\"signature\":\"', '\"signature\":\"0') WHERE {own}",
             "verify"),
            ("missing seals", "DELETE FROM ledger_seal", "verify"),
            ("a wrong head", "UPDATE ledger_stream SET hash = substr(hash, 2) || substr(hash, 1, 1) WHERE seq > 0", "verify"),
            ("a wrong kind beside an entry", f"UPDATE ledger_entry SET kind = 'x.y' WHERE {own} AND seq = 1", "verify"),
            ("a wrong subject beside an entry", f"UPDATE ledger_entry SET subject = 'x' WHERE {own} AND seq = 1", "verify"),
            ("a wrong time beside an entry", f"UPDATE ledger_entry SET at = at + 1 WHERE {own} AND seq = 1", "verify"),
            ("an entry nobody has", "UPDATE ledger_stream SET seq = seq + 1 WHERE audience = '42'", "verify"),
            ("a changed figure", "UPDATE figure SET value = value + 1", "rebuild --check"),
            ("a missing figure", "DELETE FROM figure", "rebuild --check"),
            ("a changed total", "UPDATE figure_total SET sum_low = sum_low + 1", "rebuild --check"),
            ("an account that nobody made", "UPDATE account SET role = 'admin'", "rebuild --check"),
            ("a report that nobody sent", "UPDATE report_draft SET state = 3", "rebuild --check"),
        ]
        hatinh.run("import", world.path("c.csv", HEAD + "retail_sales,18073,2026-01,,1\n"), expect=0)
        for name, sql, command in damages:
            with cases.case(f"{command} finds {name}"):
                node = copy_of(world, hatinh)
                node.sql(sql)
                result = node.run(*words(command))
                check_equal(result.status, 4, repr(result))
                check_message(result)
                if command != "verify":
                    check_equal(node.run("verify").status, 0, "verify, where only derived tables differ")
                    node.run("rebuild", expect=0)
                    check_equal(node.state(), hatinh.state(), "the state after a rebuild")
                else:
                    world.damaged.add(node.folder)

        with cases.case("a database file with wrong bytes is no reason to crash"):
            size = os.path.getsize(hatinh.folder / "ledger.db")
            statuses = set()
            for at in (0, 20, 4096, 8192 + 8, size // 3 // 4096 * 4096, size // 2 // 4096 * 4096, size - 4096):
                node = copy_of(world, hatinh)
                world.damaged.add(node.folder)
                with open(node.folder / "ledger.db", "r+b") as f:
                    f.seek(at)
                    f.write(b"\xa5" * 600)
                for command in ("verify", "state", "rebuild --check", "export"):
                    result = node.run(*words(command))
                    check(0 <= result.status <= 4, f"{command} with wrong bytes at {at}: {result!r}")
                    result.status == 0 or check_message(result)
                    statuses.add((command, result.status))
            for at in (0, 100, 4096, size // 2):
                node = copy_of(world, hatinh)
                world.damaged.add(node.folder)
                os.truncate(node.folder / "ledger.db", at)
                result = node.run("verify")
                check(result.status in (3, 4), f"verify of {at} bytes: {result!r}")
            check(("verify", 4) in statuses, "verify never found damage:", statuses)


def run_as(program, become, *arguments):
    """Another user's run of a copy of the program: the source may lie where that user cannot look."""
    return subprocess.run([str(program), *map(str, arguments)], capture_output=True, timeout=60, preexec_fn=become,
                          env=command_environment(), cwd="/")


def words(command):
    """A command and its switch: "rebuild --check"."""
    name, _, switch = command.partition(" ")
    return (name, switch) if switch else (name,)


def check_message(result):
    """A message for people, after what the log may say."""
    lines = [line for line in result.err.splitlines() if not line.startswith("{")]
    check(lines and lines[0].startswith("error: ") and len(lines[0]) > 20, f"the message: {result!r}")


def copy_of(world, node):
    """The same node once more, to be damaged."""
    place = world.folder / f"copy{len(list(world.folder.glob('copy*')))}"
    twin = Node(world, place.name, node.unit)
    shutil.copytree(node.folder, place)
    twin.folder = place
    return twin


if __name__ == "__main__":
    tell(story, "postgresql sqlite sqlite")
