#!/usr/bin/env python3
"""Calls of a command to the system fail in turn, or kill it: memory, opening, reading, writing, syncing, naming of files. Where one fails the
command does its work nevertheless, rightly, or ends with status 3 and says why; nothing is half done, nothing leaks. Where it is killed
what it was about is there as a whole or not at all. Either way the same command succeeds afterwards with the same result. Where the nodes
are on PostgreSQL (in make soak) what goes to the server and comes from it fails, too, and failures of which nothing was committed, and up to ten others that left a node
as it was, come before the command is done once more. Settings:

    FAULTS        how many calls of each kind fail or kill, spread over all of them; "all": at each place of the program that makes such
                  a call (who called whom) the first one; on PostgreSQL, where each trial takes a database, one for all operations;
                  unset: one of each kind, and of the ways to be killed each command has one, in turn
    FAULTS_ONLY   the names of the operations to try, with commas, in their order
"""

import atexit
import csv
import hashlib
import io
import itertools
import json
import os
import re
import select
import shutil
import signal
import subprocess
import time
import urllib.parse
import zipfile
import zlib

from bad_input_story import workbook
from faults import FAIL, KILL_AFTER, KILL_BEFORE, KILL_HALF, LEARN, SHORT, Faults
from peer import Peer
from support import DATABASE, PATIENCE, PROGRAM, PSQL, ROOT, SHIPPED, Client, Result, check, check_equal, command_environment, rows_of, run, tell, tell_number, wait_until

MANY = os.environ.get("FAULTS")
ONLY = [name for name in (os.environ.get("FAULTS_ONLY") or "").split(",") if name]
DISK = "write sync name"
TRIALS = [("memory", FAIL), ("open read", FAIL), (DISK, FAIL), (DISK, SHORT), (DISK, KILL_BEFORE), (DISK, KILL_AFTER), (DISK, KILL_HALF)]
NET = [("send", FAIL), ("receive", FAIL), ("receive", SHORT), ("connect", FAIL)]
if DATABASE:
    TRIALS += [("send", FAIL), ("receive", FAIL), ("connect", FAIL), ("send", KILL_BEFORE), ("send", KILL_AFTER)]
    NET = [("receive", SHORT)]
NET_TRIALS = TRIALS + NET
KILLS = [KILL_BEFORE, KILL_AFTER, KILL_HALF]
ACTIONS = {FAIL: "fails", SHORT: "is half done", KILL_BEFORE: "kills before", KILL_AFTER: "kills after", KILL_HALF: "kills half done"}
OTHER_KEY = "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a"  # of RFC 8032
# How a program ends where GnuTLS 3.7 gets no memory for a certificate and its crash is not what the program says (web/tls.c): the loader ends it for
# what each thread has of its own; libtasn1 4.19 forgets some, which the sanitizer tells at the end. So does OpenSSL 3.0 with a name, where it first hears it
# and gets no memory to list it.
ENDS_OF_GNUTLS, END_OF_OPENSSL = (127, 99), 99
# And where a library is loaded later, or GEOS begins, and gets no memory (docs/decisions.md).
END_BY_LOADER, END_OF_GEOS = 127, -6
# On PostgreSQL a copy of a node takes longer than all the rest. What a failure, or a kill, has left as it was is what the next call fails on; that the
# command succeeds afterwards, with the same result, is seen after so many of them, and after the last.
ONCE_MORE_EACH = 10 if DATABASE else 1
COMPLETE = {"1": "101", "1.2": "102", "6": "4000", "7": "200", "8": "300", "9": "2", "10": "310"}


def plans(faults, name, kind, action, first, total):
    """Make one plan after another, as the settings say: the same ones in each run. When all are made, the last one hit nothing."""
    if MANY == "all":
        faults.use_places((kind, action) if DATABASE else None)
        if first > 1:
            faults.plan(kind, mode=LEARN)
            faults.run("--version", expect=0)
        yield from faults.each_place(kind, action=action)
        return
    count = min(total - first + 1, int(MANY or 1))
    begin = zlib.crc32(f"{name} {kind} {action}".encode()) % max(1, (total - first + 1) // count)
    for i in range(count):
        faults.plan(kind, at=first + begin + (total - first + 1) // count * i, action=action)
        yield


class Databases:
    """On PostgreSQL each copy of a node has a database of its own, made from that of the node."""

    made = {}  # by the folder of the copy
    asked = None  # a client that stays

    @staticmethod
    def _say(statement, address=DATABASE):
        subprocess.run([PSQL, "-q", "-v", "ON_ERROR_STOP=1", "-d", address, "-c", "SET client_min_messages = warning", "-c", statement], check=True, capture_output=True, timeout=120)

    @classmethod
    def make(cls, folder, like="template0"):
        """The address of a new one."""
        name = f"fault{os.getpid()}_{len(cls.made)}"
        for left in range(20, -1, -1):  # the server may not have noticed yet that a program which worked with it is gone
            try:
                cls._say(f"CREATE DATABASE {name} TEMPLATE {like}")
                break
            except subprocess.CalledProcessError:
                check(left > 0, f"{like} cannot be copied")
                time.sleep(0.1)
        cls.made[folder] = name
        return cls.named(DATABASE, name)

    @classmethod
    def empty(cls, folder):
        cls._say("DROP SCHEMA public CASCADE; CREATE SCHEMA public", cls.named(DATABASE, cls.made[folder]))

    @classmethod
    def _ask(cls, statement):
        """The number that one answers with, told by a client that stays."""
        if cls.asked is None:
            cls.asked = subprocess.Popen([PSQL, "-qAtX", "-d", DATABASE], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        cls.asked.stdin.write(statement.encode() + b";\n")
        cls.asked.stdin.flush()
        return int(cls.asked.stdout.readline())

    @classmethod
    def mark(cls):
        """The same as long as nobody has begun to write on the server."""
        return cls._ask("SELECT pg_snapshot_xmax(pg_current_snapshot())") if DATABASE else None

    @classmethod
    def was_written(cls, since):
        """Whether something that was begun since a mark was committed: else all is as it was."""
        def count(how):
            return cls._ask(f"SELECT COUNT(*) FROM generate_series({since}, {cls.mark()} - 1::bigint) AS one (id) WHERE pg_xact_status(id::text::xid8) = '{how}'")

        if not DATABASE or cls.mark() == since:
            return False
        wait_until(lambda: count("in progress") == 0, 30, "what the program had asked for ends")
        return count("committed") > 0

    @staticmethod
    def named(address, name):
        parts = urllib.parse.urlsplit(address)
        return urllib.parse.urlunsplit(parts._replace(path="/" + name))

    @classmethod
    def end(cls):
        cls.drop()
        if cls.asked:
            cls.asked.communicate(timeout=120)

    @classmethod
    def drop(cls, below=None):
        for folder, name in cls.made.items():
            if name and (below is None or below in folder.parents):
                cls._say(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
                cls.made[folder] = None


atexit.register(Databases.end)


# A copy has what other nodes of the story have beside it no more: copies of it are quick. And it would take itself for one that was put back from a dump.
OWN_ALONE = """
DO $$
DECLARE other text;
BEGIN
        FOR other IN SELECT nspname FROM pg_namespace WHERE nspname NOT IN (current_schema, 'public', 'information_schema') AND nspname !~ '^pg_' LOOP
                EXECUTE 'DROP SCHEMA ' || quote_ident(other) || ' CASCADE';
        END LOOP;
        DELETE FROM ledger_meta WHERE name = 'identity';
END $$"""


def copy_node(source, target):
    shutil.copytree(source, target, ignore=shutil.ignore_patterns("lock", "*-shm"))
    if DATABASE:
        settings = (source / "settings").read_text()
        address = re.search("^store *= *(.*)$", settings, re.M).group(1)
        name = urllib.parse.urlsplit(address).path[1:]
        Databases.make(target, name)
        (target / "settings").write_text(settings.replace(address, Databases.named(address, Databases.made[target])))
        rows_of(target, OWN_ALONE)


def clear(place):
    shutil.rmtree(place)
    Databases.drop(place)


def files_below(folder):
    return sorted(str(p.relative_to(folder)) for p in folder.rglob("*"))


def bytes_below(folder):
    """What lies there, but for locks and what SQLite shares between processes."""
    return {str(p.relative_to(folder)): p.read_bytes() if p.is_file() else None for p in folder.rglob("*") if not p.name.endswith(("lock", "-shm"))}


class Operation:
    """A command in a place of its own. prepare makes the place and gives the arguments; look reads what the command did."""

    def __init__(self, name, prepare, look, unchanged=None, makes=None, is_told=False, trials=TRIALS, run=run):
        self.name, self.prepare, self.look, self.unchanged = name, prepare, look, unchanged
        self.trials, self.run = trials, run
        self.makes = makes      # the file or node it makes
        self.is_told = is_told  # all it does is to print


def try_each(world, faults, libraries, op, kills, problems):
    numbers = itertools.count()
    tried = 0

    def fresh():
        place = world.folder / f"{op.name.replace(' ', '-')}{next(numbers)}"
        place.mkdir()
        return place, op.prepare(place)

    place, arguments = fresh()
    state = op.unchanged(place) if op.unchanged else None
    faults.plan("memory")  # none fails: what the command does, and how many calls that takes
    result = op.run(*arguments, expect=0, environment=faults.environment())
    counts = {kind: faults.seen_of(kind) for kind, _ in op.trials}
    faults.off()
    right = op.look(place, result)
    clear(place)
    for kind, action in op.trials:
        if action in KILLS and action not in kills:
            continue
        total, first = counts[kind], libraries + 1 if kind == "memory" else 1
        if total < first:
            continue
        place, failed = None, 0
        for _ in plans(faults, op.name, kind, action, first, total):
            if place is None:
                place, arguments = fresh()
                failed, is_touched = 0, True
            if is_touched:
                before, mark = bytes_below(place), Databases.mark()
            where, is_touched, is_spent = f"{op.name}: ({kind}) {ACTIONS[action]}", True, True
            try:
                result = op.run(*arguments, environment=faults.environment())
                where = f"{op.name}: call {faults.hit_at} of {total} ({kind}) {ACTIONS[action]}, {faults.name if faults.hits else 'not reached'}"
                is_touched = bytes_below(place) != before or Databases.was_written(mark)
                is_killed = result.status == -9
                is_well = not is_killed and went_well(op, result, place, right, was_ended_by_library(op, faults, result))
                if is_touched and not is_well:
                    is_spent = judge_killed(op, place, state, right) if is_killed else judge_failed(op, result, place, before, state, right)
                    if not is_spent:
                        failed += 1
                        is_spent = not op.unchanged or failed >= ONCE_MORE_EACH
                        if is_spent:
                            judge_once_more(op, place, arguments, right, failed)
                elif not is_well:
                    failed += Databases.mark() != mark
            except Exception as error:
                is_spent = True
                problems.append(f"{where}: {type(error).__name__} {error}"[:1200] + f" ({faults.callers()})")
                print(f"# {problems[-1]}", flush=True)
            tried += faults.hits > 0
            if is_touched and is_spent:  # what it did not touch, it finds as it was, and so does the next one
                clear(place)
                place = None
        if place is not None:
            if failed:
                faults.off()
                try:
                    judge_once_more(op, place, arguments, right, failed)
                except Exception as error:
                    problems.append(f"{op.name}: ({kind}) {ACTIONS[action]}, at last: {type(error).__name__} {error}"[:1200])
                    print(f"# {problems[-1]}", flush=True)
            clear(place)
    print(f"# {op.name}: {tried} of " + ", ".join(f"{total} {kind}" for kind, total in counts.items()), flush=True)
    return tried


def was_ended_by_library(op, faults, result):
    if faults.is_of_loader and result.status == END_BY_LOADER and result.err == "out of memory\n":
        return True
    if faults.is_of_geos and result.status == END_OF_GEOS and "std::bad_alloc" in result.err:
        return True
    return op.run is serve_once and (faults.is_of_gnutls and result.status in ENDS_OF_GNUTLS or faults.is_of_openssl and result.status == END_OF_OPENSSL)


def went_well(op, result, place, right, is_ended_by_library):
    """Whether it did; else it says why not."""
    if result.status == 0:
        check_equal(op.look(place, result), right, "the result of a command that went well")
        return True
    if not is_ended_by_library:
        check(result.status == 3 or (op.trials is NET_TRIALS and result.status == 4), f"{result!r}")
        check("error: " in result.err, f"no message: {result!r}")
    return False


def judge_failed(op, result, place, before, state, right):
    """Whether what the command is about is done: without being told, or what it told of comes after the work, or it says that it is done and the next
    opening tidies up. Else all is as it was."""
    if "standard output" in result.err or "finishes it" in result.err or result.out:
        if not op.is_told:
            check_equal(op.look(place, result), right, "what was done without being told")
        return True
    if "may or may not have been kept" in result.err and op.unchanged and op.unchanged(place) != state:
        check_equal(op.look(place, result), right, "what was kept, as the program says it may be")
        return True
    # A vault is made before what is first sealed under it, and kept for that.
    left = [f for f in bytes_below(place) if f not in before and not f.endswith(("-wal", "/vault"))]
    check(not left, "files are left behind:", left)
    if op.unchanged:
        check_equal(op.unchanged(place), state, "the state after the failure")
    return False


def judge_killed(op, place, state, right):
    """Whether what the command is about is done, as a whole."""
    made = (place / op.makes).exists() if op.makes else False
    if made and op.makes == "node":
        made = (place / "node" / "settings").exists()
        if not made:
            shutil.rmtree(place / "node")  # as the program says
    if made:
        check_equal(op.look(place, None), right, "what stands there after the kill")
        return True
    if op.unchanged and op.unchanged(place) != state:
        check(not op.is_told and not op.makes, "the state has changed")
        check_equal(op.look(place, None), right, "what was done before the kill")
        return True
    return False


def judge_once_more(op, place, arguments, right, failed):
    again = op.run(*arguments, program=SHIPPED)
    if op.makes == "node" and "holds the ledger of a node already" in again.err:
        Databases.empty(place / "node")  # as the program says
        again = op.run(*arguments, program=SHIPPED)
    check(again.status == 0, f"once more, after {failed} failures: {again!r}")
    check_equal(op.look(place, again), right, f"the result once more, after {failed} failures")


def serve_once(*arguments, program=PROGRAM, environment=None, expect=None):
    """`caunoi serve` until it says where it listens, then SIGTERM."""
    server = subprocess.Popen([program, *map(str, arguments)], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                              env={**command_environment(), **(environment or {})})
    is_told = select.select([server.stdout], [], [], 20 * PATIENCE)[0]  # else it serves, and could not say where
    told = server.stdout.readline() if is_told else b""
    if told or not is_told:
        server.send_signal(signal.SIGTERM)
    out, err = server.communicate(timeout=120)
    result = Result(server.returncode, told + out, err.decode(errors="replace"))
    check(expect is None or result.status == expect, f"{result!r}")
    check("with this certificate" not in result.err, "blamed on the certificate:", result.err)
    return result


def operations(world):
    """A ministry and a province that know each other; what each command does there."""
    ministry, province = world.nodes(ministry="VN", province="42")
    for a, b in ((ministry, province), (province, ministry)):
        a.trust(b)
    rows = ["indicator,unit,period,value"]
    rows += [f"{name},42,{year}-{month:02d},{year + month}" for name in ("retail_sales", "export_value")
             for year in (2024, 2025) for month in range(1, 13)]
    table = world.path("many.csv", "\n".join(rows) + "\n")
    book = world.path("many.xlsx", workbook([row.split(",") for row in rows[:9]]))
    with open(ROOT / "data/demo/promotion/2021.jsonl", encoding="utf-8") as lines:
        budget, scheme = next(lines), next(line for line in lines if '"promotion_national"' in line)
    scheme = world.path("scheme.jsonl", scheme)
    run("case", "import", ministry.folder, world.path("budget.jsonl", budget), expect=0, program=SHIPPED)
    with open(ROOT / "data/demo/clusters-42.json", encoding="utf-8") as all_clusters:
        clusters = world.path("cluster.json", json.dumps({"clusters": json.load(all_clusters)["clusters"][:1]}))
    province.add_user("canbo", "specialist")
    province.add_user("giamdoc", "director")
    officer_token, leader_token = province.token("canbo"), province.token("giamdoc")
    province.serve()
    officer, leader = Client(province.address, token=officer_token), Client(province.address, token=leader_token)
    path = "/forms/monthly/42/2025-03"
    explained = {c: {"typed": v, "explanation": "như đã báo cáo"} for c, v in COMPLETE.items()}
    officer.send("PUT", path, {"base_version": officer.get(f"{path}.json").json()["draft_version"], "cells": explained}, expect=200)
    officer.send("POST", f"{path}/submit", expect=200)
    receipt = leader.send("POST", f"{path}/approve", expect=200).json()["receipt"]
    officer.close()
    leader.close()
    province.stop()
    bundle, backup, paper = world.folder / "to-ministry", world.folder / "backup", world.folder / "paper"
    province.run("bundle", bundle, "--for", "VN", expect=0)
    if not DATABASE:
        province.run("backup", backup, expect=0)
    province.run("receipt", receipt, "--out", paper, expect=0)
    printed = world.folder / "printed"  # a ministry that also has a case to print
    copy_node(ministry.folder, printed)
    run("case", "import", printed, scheme, expect=0, program=SHIPPED)
    attached = world.folder / "attached"
    copy_node(province.folder, attached)
    annex = world.path("phu-luc.csv", "mã,giá trị\n" + "1,2\n" * 9000)
    run("blob", "add", attached, annex, expect=0, program=SHIPPED)
    attachment = run("blob", "list", attached, "--json", expect=0, program=SHIPPED).json()[0]["id"]
    weights = world.path("weights.csv", "code,parent,name,measure,weight,base_quantity\nTOTAL,,Whole,,1,\nC,TOTAL,Manufacturing,,1,\np,C,Product,t,100,1200\n")
    merger = world.path("merger.csv", "old,new,share,date,act,basis,kind,name_vi,name_en,parent\n"
                        "40,40,1,2026-03-01,Nghị quyết (minh họa),,tinh,Nghệ Tĩnh,Nghệ Tĩnh,VN\n42,40,1,2026-03-01,Nghị quyết (minh họa),,,,,\n")
    certificate, secret = world.path("tls.pem"), world.path("tls.key")
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2", "-subj", "/CN=127.0.0.1",
                    "-keyout", secret, "-out", certificate], check=True, capture_output=True, timeout=60)
    other = Peer("elsewhere", "42")
    about_clusters, about_case = world.folder / "about-clusters", world.folder / "about-case"
    stream = other.stream("42")
    stream.add("cluster.report", "cluster-report/01/8MEQE0M6T5-T1/2026", {"form": "01", "about": "8MEQE0M6T5-T1", "title": "Nhà máy gỗ", "period": "2026", "cells": {"revenue": "120.500000", "labour": "310.000000"},
                                                                        "remark": "đếm lại", "unit": "18073@2025-07-01", "by": "Kế toán"}, "ke-toan", "enterprise")
    about_clusters.write_bytes(stream.receipt())
    stream.add("case.act", "case/8MEQE0M6T5", {"action": "publish", "on": "2026-09-02", "documents": {"notice": {"number": "2/TB", "on": "2026-09-02"}}, "fields": {"area_ha": "42.5"}, "reason": "Đủ",
                                              "of": {"workflow": "cluster_establishment", "received": "2026-09-01", "title": "Cụm 42 ha"}, "by": "Xã", "unit": "18073@2025-07-01"}, "xa", "commune")
    about_case.write_bytes(stream.receipt())
    copies = {node: world.folder / f"{node.name}-before" for node in (ministry, province)}  # what they say of themselves is with the other from here on
    for node, folder in copies.items():
        copy_node(node.folder, folder)
    province.serve()
    ministry.run("sync", province.address, expect=0)

    def copy(node):
        def prepare(place):
            copy_node(copies.get(node, node), place / "node")
            return place / "node"
        return prepare

    def state(place):
        run("verify", place / "node", expect=0, program=SHIPPED)
        return run("state", place / "node", expect=0, program=SHIPPED).out

    def table_of(place):
        rows = list(csv.DictReader(run("export", place / "node", expect=0, program=SHIPPED).out.splitlines()))
        for row in rows:
            del row["known_from"], row["entry"]  # when it came to be known, and how: each time another
        return rows

    def on(node, *command, tail=()):
        made = copy(node)
        return lambda place: [*command, made(place), *[place / t[1:] if str(t).startswith("@") else t for t in tail]]

    def output(place, result):
        return result.out

    def what_came(place, result):
        return re.sub("[0-9]+ bytes", "bytes", result.out)  # a question may have been asked again

    def new_state(place, result):
        return state(place)

    def new_table(place, result):
        run("verify", place / "node", expect=0, program=SHIPPED)
        return table_of(place)

    def bytes_of(name):
        return lambda place, result: (place / name).read_bytes()

    def bodies_of(kind):
        def look(place, result):
            """What differs each time, as identifiers and hashes hold the moment, is told by its place."""
            run("verify", place / "node", expect=0, program=SHIPPED)
            line = "convert_from(line, 'UTF8')" if DATABASE else "CAST(line AS TEXT)"
            lines = [line for line, in rows_of(place / "node", f"SELECT {line} FROM ledger_entry WHERE kind LIKE '{kind}' ORDER BY id")]
            places = {hashlib.sha256(line.encode()).hexdigest(): f"entry {n}" for n, line in enumerate(lines)}
            bodies = (json.dumps(json.loads(line)["body"], sort_keys=True) for line in lines)
            return [re.sub("[0-9A-Z]{10}", "ID", re.sub("[0-9a-f]{64}", lambda found: places.get(found[0], found[0]), body)) for body in bodies]
        return look

    def sheet(place, result):
        with zipfile.ZipFile(io.BytesIO(result.raw)) as book:
            return book.read("xl/worksheets/sheet1.xml")

    def drawn(place, result):
        check(result.raw.startswith(b"%PDF-") and result.raw.endswith(b"%%EOF\n"), "a whole document")
        return re.sub(rb"/(CreationDate|ModDate) \([^)]*\)", b"", result.raw)

    def accounts(place, result):
        return run("user", "list", place / "node", expect=0, program=SHIPPED).out

    def told_by(*command, drop=()):
        def look(place, result):
            run("verify", place / "node", expect=0, program=SHIPPED)
            found = run(*command, place / "node", "--json", expect=0, program=SHIPPED).json()
            return [{k: v for k, v in one.items() if k not in drop} if isinstance(one, dict) else one for one in found]
        return look

    attachments = told_by("blob", "list", drop=("id", "node", "added", "erased_at"))

    def erased(place, result):
        return attachments(place, result), [f for f in files_below(place) if attachment in f]

    def has_new_key(place, result):
        run("verify", place / "node", expect=0, program=SHIPPED)
        return run("key", place / "node", expect=0, program=SHIPPED).out.strip() != province.key

    def restored(place, result):
        run("restore", place / "copy", place / "again", expect=0, program=SHIPPED)
        return run("state", place / "again", expect=0, program=SHIPPED).out

    def init(place):
        return ["init", place / "node", "--unit", "42", *(["--store", Databases.make(place / "node")] if DATABASE else [])]

    on_files = [] if DATABASE else [  # of PostgreSQL its own programs make copies
        Operation("backup", on(province, "backup", tail=("@copy",)), restored, state, makes="copy"),
        Operation("restore", lambda place: ["restore", backup, place / "node"], new_state, makes="node"),
    ]
    return [
        Operation("init", init, new_state, makes="node"),
        Operation("import", on(province, "import", tail=(table,)), new_table, state),
        Operation("bundle", on(province, "bundle", tail=("@bundle", "--for", "VN")), bytes_of("bundle"), state, makes="bundle"),
        Operation("sync FILE", on(ministry, "sync", tail=(bundle,)), new_state, state),
        # What came before a failure stays, and the rest comes after it.
        Operation("sync ADDRESS", on(ministry, "sync", tail=(province.address,)), new_state, trials=NET_TRIALS),
        *on_files,
        Operation("verify", on(province, "verify"), output, state, is_told=True),
        Operation("rebuild", on(province, "rebuild"), new_state, state),
        Operation("rebuild --check", on(province, "rebuild", tail=("--check",)), output, state, is_told=True),
        Operation("receipt", on(province, "receipt", tail=(receipt, "--out", "@paper")), bytes_of("paper"), state, makes="paper"),
        Operation("import XLSX", on(province, "import", tail=(book,)), new_table, state),
        Operation("export XLSX", on(province, "export", tail=("--format", "xlsx")), sheet, state, is_told=True),
        Operation("state", on(province, "state"), output, state, is_told=True),
        Operation("sync --dry-run", on(ministry, "sync", tail=(province.address, "--dry-run")), what_came, state, is_told=True, trials=NET_TRIALS),
        Operation("catalogue check", lambda place: ["catalogue", "check", ROOT / "data"], output, is_told=True),
        Operation("user add", on(province, "user", "add", tail=("nguoimoi", "--role", "specialist", "--generate")), accounts, state),
        Operation("case import", on(ministry, "case", "import", tail=(scheme,)), bodies_of("case.%"), state),
        Operation("case print", on(printed, "case", "print", tail=("promotion_national", "contract")), drawn, state, is_told=True),
        Operation("cluster import", on(province, "cluster", "import", tail=(clusters, "--as", "canbo")), bodies_of("cluster.%"), state),
        Operation("iip import", on(province, "iip", "import", tail=("weights", weights, "--from", "2024-01", "--base", "2024")), bodies_of("iip.%"), state),
        Operation("blob add", on(province, "blob", "add", tail=(annex,)), attachments, state),
        Operation("blob get", on(attached, "blob", "get", tail=(attachment, "@annex")), bytes_of("annex"), state, makes="annex"),
        Operation("blob erase", on(attached, "blob", "erase", tail=(attachment, "--why", "minh họa", "--basis", "Luật (minh họa)")), erased, state),
        Operation("key --rotate", on(province, "key", tail=("--rotate",)), has_new_key, state),
        Operation("trust", on(ministry, "trust", tail=(OTHER_KEY, "--unit", "25")), told_by("trust", "list"), state),
        Operation("trust revoke", on(ministry, "trust", "revoke", tail=(province.key,)), told_by("trust", "list"), state),
        Operation("units record", on(ministry, "units", "record", tail=(merger,)), told_by("units", "recorded"), state),
        Operation("succeed", on(ministry, "succeed", tail=("--unit", "40", "--from", "40,42", "--act", "Nghị quyết (minh họa)", "--day", "2025-07-01", "--node", province.key)),
                  told_by("succeed", "list", drop=("succession", "effect")), state),
        Operation("serve with TLS", on(province, "serve", tail=("--listen", "127.0.0.1:0", "--tls-cert", certificate, "--tls-key", secret)), new_state, state, run=serve_once),
        Operation("receipt --key", lambda place: ["receipt", "--key", province.key, paper], output, is_told=True),
        Operation("receipt --key of clusters", lambda place: ["receipt", "--key", other.key, about_clusters], output, is_told=True),
        Operation("receipt --key of a case", lambda place: ["receipt", "--key", other.key, about_case], output, is_told=True),
    ]


def story(cases, world):
    faults = Faults(world)
    faults.plan("memory")
    faults.run("--version", expect=0)
    libraries = faults.seen  # what the libraries need to start: where that fails, nothing has begun
    tried = 0
    each = [(op, kill) for op, kill in zip(operations(world), itertools.cycle(KILLS)) if not ONLY or op.name in ONLY]
    for op, kill in sorted(each, key=lambda one: ONLY.index(one[0].name) if ONLY else 0):
        with cases.case(f"calls of {op.name} fail, or kill it"):
            problems = []
            tried += try_each(world, faults, libraries, op, KILLS if MANY else [kill], problems)
            check(not problems, f"{len(problems)} of them:", " | ".join(problems[:3]))
    tell_number(f"{tried} calls failed or killed")


if __name__ == "__main__":
    tell(story)
