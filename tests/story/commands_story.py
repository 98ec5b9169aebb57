#!/usr/bin/env python3
"""What scripts rely on: every command with its help, exit status and JSON; import, export, bundles, backups; making nodes
and accounts. Runs on both stores (CAUNOI_TEST_STORE).
Nearly every line it reaches others reach under the sanitizers: ./check starts the program as it is shipped."""

import csv
import io
import json
import os
import re
import zipfile

import peer as exchange
from support import DATABASE, check, check_contains, check_equal, run, tell, wait_until

HEAD = "indicator,unit,period,item,value\n"
FIGURES = HEAD + "".join(f"retail_sales,42,2026-{m:02d},,{4000 + m}.25\n" for m in range(1, 10)) + \
    "export_value,42,2026-01,tong_tri_gia,200.125\nexport_value,42,2026-01,sat_thep,55.5\niip_yoy,42,2026-01,C,109.8\n"

# The commands others rely on; a command may be added, none may go.
COMMANDS = ["init", "serve", "user add", "user list", "user disable", "user passwd", "user token", "trust", "trust list",
            "trust revoke", "import", "export", "sync", "bundle", "conflicts", "verify", "rebuild", "state", "backup", "restore",
            "catalogue check", "demo", "key", "receipt", "help", "man"]


def story(cases, world):
    # ---- help, usage ----------------------------------------------------------------------------------------------

    with cases.case("every command has its help in both languages, and stands in the manual"):
        manual = run("man", expect=0).out.replace("\\-", "-")
        listed = run("--help", expect=0).out
        for name in COMMANDS:
            check_contains(listed, f"\n  {name} ", "the list of commands")
            check_contains(manual, name, "the manual")
            texts = [run(*name.split(), "--help", language=language, expect=0).out for language in ("vi", "en")]
            check(texts[0] != texts[1], name, "has one text for both languages")
            check(all(f"caunoi {name}" in t for t in texts), f"caunoi {name} is not in its help")
            check_equal(run("help", *name.split(), expect=0).out, texts[1], f"help {name}")
        for name in set(re.findall(r"^  ([a-z]+(?: [a-z]+)?)  +", listed, re.M)):
            check(run(*name.split(), "--help").status == 0, name, "has no help")

    with cases.case("wrong usage ends with 2, says what was meant, and as JSON is JSON"):
        for arguments in ((), ("improt", "x"), ("init",), ("init", "a", "b", "--unit", "42"), ("init", world.folder / "x"),
                          ("init", world.folder / "x", "--unti", "42"), ("init", world.folder / "x", "--unit"),
                          ("serve",), ("state", "x", "--audience"), ("verify", "x", "y"), ("user", "dance", "x"),
                          ("export", "x", "--format", "pdf", "y", "z")):
            result = run(*arguments)
            if not arguments and result.status == 0:
                continue  # without arguments the help is as good
            check_equal(result.status, 2, f"{arguments}: {result!r}")
            check(result.err.startswith("error: "), f"{arguments}: {result!r}")
        check_contains(run("improt", "x").err, "import", "the message")
        check_contains(run("init", "x", "--unti", "42").err, "--unit", "the message")
        problem = json.loads(run("init", "--json").err)["error"]
        check_equal(problem["code"], "usage", "the code")
        check(not (world.folder / "x").exists(), "a folder was made")
        check_contains(run("init", language="vi").err, "lỗi: ", "the message in Vietnamese")

    # ---- making nodes -----------------------------------------------------------------------------------------------

    with cases.case("a node is made once: the second time it is refused untouched"):
        node = world.node("hatinh", "42")
        before = {p.name: (p.stat().st_mtime_ns, p.stat().st_size) for p in node.folder.iterdir()}
        result = node.run("init", "--unit", "42", expect=1)
        check_contains(result.err, "already a node", "the message")
        check_equal(node.run("init", "--unit", "25").status, 1, "another unit")
        check_equal({p.name: (p.stat().st_mtime_ns, p.stat().st_size) for p in node.folder.iterdir()}, before, "the files")
        check_equal(node.run("key", expect=0).out, f"node {node.key}\n", "the key")
        check_equal(os.stat(node.folder / "key").st_mode & 0o077, 0, "who else may read the key")

    with cases.case("a node for a unit that is none leaves nothing"):
        for unit in ("99", "00", "4", "abc", "VN2", "99999", "42; DROP TABLE", "", "001"):  # 001: a district, until 2025-06-30
            place = world.folder / "nothing"
            result = run("init", place, "--unit", unit)
            check(result.status in (1, 2) and result.err.startswith("error: "), f"{unit!r}: {result!r}")
            check(not place.exists(), f"{unit!r}: something is left")
        check_contains(run("init", world.folder / "former", "--unit", "02", expect=0).out, "unit 02 is no more", "a province until 2025-06-30")
        filled = world.folder / "filled"
        filled.mkdir()
        (filled / "mine.txt").write_text("mine")
        run("init", filled, "--unit", "99", expect=1)
        check_equal([p.name for p in filled.iterdir()], ["mine.txt"], "what lies in the folder")
        check(run("init", world.folder / "no" / "such" / "place", "--unit", "42").status == 3, "a place that is not there")
        check_equal(run("init", world.folder / "s", "--unit", "42", "--store", "mysql://x").status, 2, "another database")
        check_equal(run("init", world.folder / "s", "--unit", "42", "--store", "postgresql://nobody@127.0.0.1:1/x").status, 3,
                    "a database that does not answer")
        check(not (world.folder / "s").exists(), "something is left")

    # ---- accounts -----------------------------------------------------------------------------------------------------

    with cases.case("an account gets a password that is printed once and nowhere kept"):
        out = node.run("user add", "can-bo", "--role", "specialist", "--unit", "42", expect=0).out
        password = re.search(r"^password (\S+)$", out, re.M)
        check(password, "no password was printed:", out)
        password = password.group(1)
        check(len(password) >= 12, "a short password:", password)
        check(password not in node.run("user list", expect=0).out, "the list shows the password")
        if not node.store:
            check(not any(password.encode() in p.read_bytes() for p in node.folder.iterdir()), "it is kept in the clear")
        result = node.run("user add", "can-bo", "--role", "specialist", "--unit", "42", given="another password\n", expect=1)
        check_contains(result.err, "can-bo", "the message")
        for arguments in (("Can Bo", "--role", "specialist"), ("x", "--role", "specialist"), ("can2", "--role", "king"),
                          ("can2", "--role", "specialist", "--unit", "25"), ("can2", "--role", "specialist", "--unit", "VN"),
                          ("../../x", "--role", "admin")):
            check_equal(node.run("user add", *arguments, given="long password\n").status, 1, f"{arguments}")
        check_equal(node.run("user add", "can2", "--role", "specialist", given="short\n").status, 1, "a short password")
        listed = node.run("user list", "--json", expect=0).json()["users"]
        check_equal([(u["login"], u["role"], u["unit"], u["disabled"]) for u in listed], [("can-bo", "specialist", "42", False)],
                    "the list")

    with cases.case("a password, a token and an account end when they are changed or disabled"):
        node.add_user("quan-tri", "admin")
        token = node.token("can-bo")
        node.serve()
        client = node.client().sign_in("can-bo", password)
        node.client(token=token).get("/todo.json")
        node.stop()
        node.run("user passwd", "can-bo", given="mật khẩu mới 123\n", expect=0)
        node.serve()
        client.close()
        check_equal(client.get("/forms.json", expect=None).status, 401, "the session of the old password")
        node.client().sign_in("can-bo", "mật khẩu mới 123")
        node.stop()
        node.run("user disable", "can-bo", expect=0)
        node.serve()
        check_equal(node.client(token=token).get("/forms.json", expect=None).status, 401, "the token of a disabled account")
        c = node.client()
        c.post_form("/sign-in", {"csrf": c.read_mark("/sign-in"), "login": "can-bo", "password": "mật khẩu mới 123"}, expect=401)
        node.stop()

    # ---- import, export -----------------------------------------------------------------------------------------------

    with cases.case("a dry run tells what would happen and changes nothing"):
        path = world.path("figures.csv", FIGURES)
        before = node.state()
        result = node.run("import", path, "--dry-run", "--json", expect=0).json()
        check_equal((result["rows"], result["figures"], result["imported"]), (12, 12, False), "the result")
        check_equal(node.state(), before, "the state")
        check_equal(len(node.run("export", expect=0).out.splitlines()), 1, "lines of the export")
        result = node.run("import", path, "--json", expect=0).json()
        check_equal((result["rows"], result["figures"], result["imported"]), (12, 12, True), "the result")
        check(node.state() != before, "nothing was imported")

    with cases.case("CSV, JSON and XLSX hold the same figures, and what goes out comes in again"):
        rows = list(csv.DictReader(io.StringIO(node.run("export", "--format", "csv", expect=0).out)))
        as_json = node.run("export", "--format", "json", expect=0).json()["rows"]
        described = node.run("export", "--format", "csvw", "--indicator", "retail_sales", expect=0).json()
        check_equal((described["url"], [c["titles"] for c in described["tableSchema"]["columns"]]), ("figures.csv", list(rows[0])), "what the file is about")
        check({"unit_en", "licence", "known", "definition", "source_en"} <= {p["schema:propertyID"] for p in described["schema:additionalProperty"]}, "what it says", described)
        keys = ("indicator", "unit", "period", "item", "status")
        check_equal([[r[k] for k in keys] + [float(r["value"])] for r in rows],
                    [[r[k] for k in keys] + [float(r["value"])] for r in as_json], "CSV and JSON")
        check_equal(len(rows), 12, "rows")
        book = node.run_bytes("export", "--format", "xlsx")
        with zipfile.ZipFile(io.BytesIO(book)) as z:
            sheet = "".join(z.read(n).decode() for n in z.namelist() if "sheet1" in n or "sharedStrings" in n)
        for row in rows:
            number = float(row["value"])
            check(re.search(rf"<v>{re.escape(f'{number:g}')}</v>", sheet), f"{number:g} is not in the workbook")
        twin = world.node("twin", "42")
        plain = io.StringIO()
        writer = csv.DictWriter(plain, ["indicator", "unit", "period", "item", "partner", "value", "status"],
                                extrasaction="ignore")
        writer.writeheader()
        writer.writerows(rows)
        twin.run("import", world.path("again.csv", plain.getvalue()), expect=0)
        again = list(csv.DictReader(io.StringIO(twin.run("export", expect=0).out)))
        check_equal([[r[k] for k in keys] + [r["value"]] for r in again], [[r[k] for k in keys] + [r["value"]] for r in rows],
                    "the same figures from the other node")
        one = node.run("export", "--indicator", "retail_sales", "--from", "2026-02", "--to", "2026-03", expect=0).out
        check_equal(len(one.splitlines()), 3, "lines for two months")
        for arguments in (("--indicator", "nothing"), ("--from", "x"), ("--format", "pdf"), ("--compare", "x"), ("--known", "x")):
            check(node.run("export", *arguments).status in (1, 2), f"export {arguments}")

    with cases.case("the same file again is another version with the same values"):
        before = [r["value"] for r in csv.DictReader(io.StringIO(node.run("export", expect=0).out))]
        node.run("import", path, expect=0)
        check_equal([r["value"] for r in csv.DictReader(io.StringIO(node.run("export", expect=0).out))], before, "the values")
        node.check_sound()

    with cases.case("what prints results prints JSON when asked"):
        for command in (("key",), ("state",), ("verify",), ("rebuild", "--check"), ("user list",), ("trust list",),
                        ("export", "--format", "json")):
            out = node.run(*command, "--json", expect=0).out
            try:
                json.loads(out)
            except ValueError:
                check(False, f"{command}: {out!r}")

    # ---- nodes without a network --------------------------------------------------------------------------------------

    ministry = world.node("ministry", "VN")
    ministry.trust(node)
    node.trust(ministry)

    with cases.case("a bundle carries a province's entries on a stick; once more is harmless"):
        stick = world.folder / "stick.zst"
        node.run("bundle", stick, "--for", "VN", expect=0)
        lines = exchange.lines_of(stick.read_bytes())
        check_equal(json.loads(lines[0]), {"caunoi": 1, "node": node.key, "unit": "42", "for": "VN"}, "the first line")
        check(not any(b'"-"' in line or f"{node.key}/-".encode() in line for line in lines), "a local entry left the node")
        before = ministry.state()
        dry = ministry.run("sync", stick, "--dry-run", "--json", expect=0).json()
        check_equal(ministry.state(), before, "the state after a dry run")
        taken = ministry.run("sync", stick, "--json", expect=0).json()
        check_equal((taken["received"], taken["refused"], taken["waiting"]), (dry["received"], 0, 0), "what was taken")
        check(taken["received"] > 0, "nothing was taken")
        check_equal(ministry.state("42"), node.state("42"), "state --audience 42")
        after = ministry.state()
        again = ministry.run("sync", stick, "--json", expect=0).json()
        check_equal((again["received"], again["known"]), (0, taken["received"]), "the second time")
        check_equal(ministry.state(), after, "the state after the second time")
        out = ministry.run("export", "--indicator", "retail_sales", "--unit", "42", expect=0).out
        check_equal(len(out.splitlines()), 10, "lines of the export")

    with cases.case("a bundle that was cut off, changed, or is for somebody else is refused; nothing is changed"):
        whole = stick.read_bytes()
        for name, data in (("half", whole[:len(whole) // 2]), ("without its last byte", whole[:-1]), ("empty", b""),
                           ("one byte changed", whole[:-40] + bytes([whole[-40] ^ 1]) + whole[-39:]),
                           ("something else", b"hello"), ("a folder of zeros", b"\0" * 5000)):
            result = ministry.run("sync", world.path("bad.zst", data))
            check_equal(result.status, 1, f"{name}: {result!r}")
            check_equal(ministry.state(), after, f"the state after {name}")
        text = exchange.unpacked(whole)
        changed = text.replace(b"4001.25", b"9001.25")
        check(changed != text, "the figure is not in the bundle as it was written")
        result = ministry.run("sync", world.path("bad.zst", exchange.packed(changed)))
        check_equal(result.status, 1, f"a changed figure: {result!r}")
        check_equal(ministry.state(), after, "the state")
        stranger = world.node("stranger", "25")
        result = stranger.run("sync", stick)
        check_equal(result.status, 1, f"a stranger: {result!r}")
        check(ministry.run("sync", world.folder / "nowhere.zst").status == 1, "a file that is not there")
        os.mkfifo(world.folder / "pipe.zst")
        for path in (world.folder / "pipe.zst", world.folder, "/dev/stdin"):
            check_contains(ministry.run("sync", path, given="from a pipe", expect=1).err, "is no regular file", path)
        check(not list(world.folder.glob("*.part")), "something is left")

    with cases.case("the answer travels back the same way, and only what is new"):
        back = world.folder / "back.zst"
        ministry.run("bundle", back, "--for", "42", expect=0)
        result = stranger.run("sync", back)
        check(result.status == 1 and "this bundle is for unit 42, this node is of unit 25" in result.err, "one for somebody else", result)
        node.run("sync", back, expect=0)
        position = int(re.search(r"position (\d+)", node.run("bundle", stick.with_name("a.zst"), "--for", "VN", expect=0).out)
                       .group(1))
        node.run("import", world.path("more.csv", HEAD + "import_value,42,2026-01,tong_tri_gia,7\n"), expect=0)
        small = world.folder / "small.zst"
        node.run("bundle", small, "--for", "VN", "--after", position, expect=0)
        entries = [json.loads(line) for line in exchange.lines_of(small.read_bytes())[1:-1]]
        check_equal([e["kind"] for e in entries if "kind" in e], ["figures.report"], "what is in it")
        ministry.run("sync", small, expect=0)
        check_equal(ministry.state("42"), node.state("42"), "state --audience 42")
        check_equal(ministry.state("*"), node.state("*"), "state of what is public")
        for none in ("x", "-1", "1.5"):
            check_contains(node.run("bundle", world.folder / "none.zst", "--for", "VN", "--after", none, expect=2).err, "is not a position", none)
        for unit in ("99", "", 'a","for":"VN', "000000000000000000000"):
            result = node.run("bundle", world.folder / "none.zst", "--for", unit)
            check(result.status in (1, 2), f"{unit!r}: {result!r}")
        check(not list(world.folder.glob("none.zst*")), "something is left")

    with cases.case("a command that makes a file replaces nothing that stands there, and follows no link"):
        writer = world.node("writer", "42")
        attached = writer.run("blob add", world.path("attached.txt", "phụ lục"), expect=0).out.split()[0]
        makes = {"bundle": lambda path: ("bundle", path, "--for", "VN"), "blob get": lambda path: ("blob get", attached, path),
                 "receipt": lambda path: ("receipt", "0000000000", "--out", path), "backup": lambda path: ("backup", path)}
        if DATABASE:
            del makes["backup"]
        there = world.folder / "there"
        there.mkdir()
        kept = there / "kept"
        kept.write_text("mine")
        (there / "folder").mkdir()
        (there / "link").symlink_to(kept)
        (there / "loose").symlink_to(there / "nowhere")
        os.mkfifo(there / "pipe")
        before = {p.name: (p.lstat().st_ino, p.lstat().st_mode, p.lstat().st_mtime_ns) for p in there.iterdir()}
        for name, arguments in makes.items():
            for path in (kept, there / "folder", there / "link", there / "loose", there / "pipe"):
                result = writer.run(*arguments(path), expect=1)
                check_contains(result.err, f'"{path}" exists already; nothing was changed', f"{name} to {path.name}")
        check_equal({p.name: (p.lstat().st_ino, p.lstat().st_mode, p.lstat().st_mtime_ns) for p in there.iterdir()}, before, "what stands there")
        check_equal(kept.read_text(), "mine", "what is in it")

    with cases.case("one exchange over the network from the command line; a dry run sends and takes nothing"):
        node.run("import", world.path("more.csv", HEAD + "import_value,42,2026-02,tong_tri_gia,8\n"), expect=0)
        ministry.serve()
        before = ministry.state()
        node.run("sync", ministry.address, "--dry-run", expect=0)
        check_equal(ministry.state(), before, "the state after a dry run")
        done = node.run("sync", ministry.address, "--json", expect=0).json()
        check_equal(done["sent"], 1, "entries sent")
        check(done["bytes_out"] > 0, "no bytes:", done)
        check_equal(ministry.state("42"), node.state("42"), "state --audience 42")
        result = stranger.run("sync", ministry.address)
        check_equal(result.status, 1, f"a stranger: {result!r}")
        check_contains(result.err, "enrolled", "the message")
        ministry.stop()
        result = node.run("sync", ministry.address)
        check_equal(result.status, 3, f"nobody there: {result!r}")
        check_equal(node.run("sync", "ftp://x").status in (1, 2, 3), True, "another protocol")

    with cases.case("trust can be given, listed, taken back; wrong keys are refused"):
        listed = ministry.run("trust list", "--json", expect=0).json()
        check_equal([(t["node"], t["unit"]) for t in listed], [(node.key, "42")], "the list")
        for key, unit, status in (("0" * 63, "25", 1), ("x" * 64, "25", 1), (ministry.key, "25", 1), (node.key, "42", 1),
                                  (stranger.key, "99", 1), ("", "25", 1)):
            result = ministry.run("trust", key, "--unit", unit)
            check_equal(result.status, status, f"{key} {unit}: {result!r}")
        check_equal(ministry.run("trust revoke", stranger.key).status, 1, "a node nobody enrolled")
        check_contains(ministry.run("trust revoke", ministry.key, expect=1).err, "the key of this node itself", "itself")
        ministry.run("trust revoke", node.key, expect=0)
        result = ministry.run("sync", stick)  # what is known stays; new entries would be kept, not applied
        check(result.status in (0, 1), f"{result!r}")
        check_equal(ministry.run("verify").status, 0, "verify")

    # ---- copies ---------------------------------------------------------------------------------------------------------

    if not node.store:
        with cases.case("a backup, taken while the node serves, comes back as the same node"):
            node.serve()
            copy = world.folder / "copy.caunoi"
            node.run("backup", copy, expect=0)
            check_equal(os.stat(copy).st_mode & 0o077, 0, "who else may read it")
            state = node.state()
            node.stop()
            check_equal(node.run("backup", copy).status, 1, "a second time to the same file")
            restored = world.folder / "restored"
            run("restore", copy, restored, expect=0)
            check_equal(run("state", restored, expect=0).out.strip(), state, "the state")
            check_equal(run("key", restored, expect=0).out, f"node {node.key}\n", "the key")
            run("verify", restored, expect=0)
            check_equal(run("restore", copy, restored).status, 1, "onto a node that is there")
            for name, data in (("half", copy.read_bytes()[:5000]), ("no", b"hello"), ("empty", b"")):
                bad, place = world.path("bad.caunoi", data), world.folder / "from-bad"
                result = run("restore", bad, place)
                check(result.status in (1, 4), f"{name}: {result!r}")
                check(not place.exists(), f"{name}: something is left")

    with cases.case("the shipped definitions are right, and a wrong file is named with its line"):
        from support import ROOT
        data = ROOT / "data"
        wrong = world.folder / "definitions"
        wrong.mkdir()
        (wrong / "x.yaml").write_text("indicators:\n  - id: a\n    name: [\n")
        result = run("catalogue", "check", wrong)
        check_equal(result.status, 1, repr(result))
        check(re.search(r"x\.yaml:\d+", result.err + result.out), "no place in the message:", repr(result))
        check(data.is_dir(), "no data folder")

    with cases.case("everything is sound at the end"):
        for n in (node, ministry, twin, stranger):
            n.check_sound()


if __name__ == "__main__":
    tell(story, "sqlite postgresql")
