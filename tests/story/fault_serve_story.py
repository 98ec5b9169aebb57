#!/usr/bin/env python3
"""Calls of a served node to the system fail, or kill it, while people work on it and it exchanges with another: of the province where
reports are filled in, submitted and sent, and which asks; of the ministry, which answers. What was acknowledged is there
afterwards, nothing else is half there, a request is answered or its connection dropped, the node goes on by itself, and both come to hold
the same. On PostgreSQL (CAUNOI_TEST_STORE) the database ends the node's connections, at random and while it commits, there too of
the program with sanitizers. ./check runs it on each database by itself. Settings:

    FAULTS        how many calls of each kind fail, spread over all of them; "all": at each place of the program that makes such a call (who
                  called whom) the first one; without it one of every second kind, those of the one node and those of the other
    FAULTS_ONLY   the nodes to try, with commas: province, ministry
    RANDOM_SEED   where the database ends connections: to see a run again, as far as time allows
"""

import http.client
import itertools
import json
import os
import random
import signal
import subprocess
import threading
import time
import zlib

from faults import FAIL, KILL_AFTER, KILL_BEFORE, KILL_HALF, NEW_PLACE, SHORT, Faults
from peer import Peer, lines_of
from signing import Signer
from support import DATABASE, PSQL, STORE, Client, Failure, check, check_equal, tell, tell_number, wait_until

MANY = os.environ.get("FAULTS") or "a few"
ONLY = [name for name in (os.environ.get("FAULTS_ONLY") or "").split(",") if name]
SEED = int(os.environ.get("RANDOM_SEED") or time.time_ns() % 1_000_000)
ANSWER_S = 30  # a request that is not answered by then hangs
ALWAYS = 1 << 40
KILLS = (KILL_BEFORE, KILL_AFTER, KILL_HALF)
DISK, NET = "write sync name", "send receive connect"
ON_FILES = [("open read", FAIL, 1), (DISK, FAIL, 1), ("write", SHORT, 1), (DISK, FAIL, ALWAYS), (DISK, KILL_BEFORE, 1), (DISK, KILL_AFTER, 1),
            ("write", KILL_HALF, 1), ("sync", KILL_BEFORE, 1), ("sync", KILL_AFTER, 1)]
TRIALS = [("memory", FAIL, 1), (NET, FAIL, 1), ("send", KILL_BEFORE, 1), ("send", KILL_AFTER, 1), ("receive", KILL_BEFORE, 1)]
TRIALS += ON_FILES if STORE == "sqlite" else []
AT_END = [(DISK, FAIL, 1), (DISK, KILL_BEFORE, 1), (DISK, KILL_AFTER, 1), ("write", KILL_HALF, 1)] if STORE == "sqlite" else []
WORDS = {FAIL: "fails", SHORT: "is half done", KILL_BEFORE: "kills before", KILL_AFTER: "kills after", KILL_HALF: "kills half done"}
MONTHS = [f"{year}-{month:02d}" for year in range(2019, 2026) for month in range(1, 13)]
STATES = ["empty", "draft", "submitted", "sent"]
STEPS = [("PUT", "", "officer"), ("POST", "/submit", "officer"), ("POST", "/approve", "leader")]


class Report:
    """One report on its way. acknowledged: the state the node said it has; tried: the furthest asked for."""

    def __init__(self, month, number):
        self.path = f"/forms/monthly/42/{month}"
        self.acknowledged = self.tried = 0
        self.receipt = None
        self.cells = {"1": "101", "1.2": "102", "6": str(4000 + number), "7": str(number + 200), "8": "300", "9": "2", "10": "310"}

    def look(self, found):
        """Where it stands; what was acknowledged is there, and of what was not, all or nothing."""
        level = STATES.index(found["state"])
        check(self.acknowledged <= level <= self.tried, f"{self.path} is {found['state']}; {STATES[self.acknowledged]} was acknowledged, "
              f"{STATES[self.tried]} tried")
        typed = {c["cell"]: float((c["typed"] or "0").replace(",", "")) for c in found["cells"] if c["cell"] in self.cells}
        expected = {c: float(v) if level > 0 else 0 for c, v in self.cells.items()}
        check_equal(typed, expected, f"{self.path} ({found['state']})")
        if self.receipt:
            check_equal((found["receipt"], found["version"]), (self.receipt, 1), self.path)
        return level


def as_node(node):
    """Speaks as a node does, with its key."""
    peer = Peer(node.name, node.unit)
    peer.key, peer.signer = node.key, Signer(bytes.fromhex((node.folder / "key").read_text()[:64]))
    return peer


class Neighbour:
    """Another province's node asks the ministry for what it has and pushes to it, without the pauses of a node. acknowledged: how many of its
    entries the ministry said it has."""

    def __init__(self, pair):
        self.pair, self.peer = pair, Peer("a neighbour", "25")
        self.stream = self.peer.stream("25")
        self.acknowledged = 0

    def round(self):
        answer = self.pair.ask_as(self.peer, "GET", f"/ledger/positions?digest={'0' * 64}&total=0&wait=0")
        if answer is not None:
            held = answer.json()["positions"]
            seq = held.get(self.stream.name, 0)
            check(self.acknowledged <= seq <= len(self.stream.entries), f"the ministry holds {seq} of {len(self.stream.entries)} entries; it said {self.acknowledged}")
            answer = self.pair.ask_as(self.peer, "POST", "/ledger/entries", json.dumps({"want": dict.fromkeys(held, 0)}).encode())
            check(answer is None or lines_of(answer.body), "entries")
        self.pair.ask_as(self.peer, "GET", "/ledger/wanted?wait=0")
        if len(self.stream.entries) == self.acknowledged:
            month = MONTHS[self.acknowledged % len(MONTHS)]
            self.stream.add("figures.report", f"figures/{month}", {"figures": f"retail_sales,25,{month},,,{self.acknowledged}\n", "status": "submitted"})
        if self.pair.ask_as(self.peer, "POST", "/ledger/push", self.peer.lines(*self.stream.entries[self.acknowledged:], self.stream.seal())):
            self.acknowledged = len(self.stream.entries)


class Pair:
    """A ministry and a province, both under a shim that does nothing yet."""

    def __init__(self, world, number, faults):
        names = {f"ministry{number}": "VN", f"province{number}": "42"}
        self.ministry, self.province = world.nodes(**names)
        self.nodes = {"ministry": self.ministry, "province": self.province}
        self.faults, self.sweeping, self.hits = faults, None, 0
        self.ministry.trust(self.province)
        self.province.trust(self.ministry)
        self.neighbour = Neighbour(self)
        self.ministry.trust(self.neighbour.peer)
        self.province.add_user("canbo", "specialist")
        self.province.add_user("giamdoc", "director")
        self.ministry.add_user("vu", "specialist")
        tokens = {"officer": (self.province, "canbo"), "leader": (self.province, "giamdoc"), "reader": (self.ministry, "vu")}
        tokens = {who: (node, node.token(login)) for who, (node, login) in tokens.items()}
        for node in (self.ministry, self.province):
            node.set(refusal_pause_most_s=0 if MANY == "all" else 1, stall_s=2)
        self.start("ministry")
        self.start("province")
        self.clients = {who: Client(node.address, token=token, seconds=ANSWER_S) for who, (node, token) in tokens.items()}
        self.months = list(MONTHS)
        self.answers = {}

    def start(self, name):
        self.nodes[name].serve(self.ministry.address if name == "province" else None, environment=self.faults[name].environment())

    def ask(self, who, method, path, thing=None, is_strict=False):
        """The answer, or None where it was an error, properly said, or the connection was dropped."""
        client = self.clients[who]
        self.arm()
        try:
            answer = client.get(path, expect=None) if method == "GET" else client.send(method, path, thing)
        except TimeoutError:
            raise Failure(f"{method} {path} got no answer in {ANSWER_S} s") from None
        except (OSError, http.client.HTTPException) as error:
            client.close()
            check(not is_strict, f"{method} {path}: {error!r}")
            self.count("dropped")
            return None
        self.count(answer.status)
        check(answer.status == 200 or (not is_strict and answer.status in (500, 503)), f"{method} {path}: {answer!r}")
        if answer.status != 200:  # a page, where there was no memory to see what was asked for
            check(answer.body.startswith(b"<!doctype html>") or answer.json()["error"]["message"], f"{method} {path}: {answer!r} says nothing")
            return None
        check(answer.body.startswith(b"{"), f"{method} {path}: {answer!r} is no JSON")
        return answer

    def ask_as(self, peer, method, path, body=b""):
        """The same of what one node asks the ministry."""
        self.arm()
        try:
            answer = peer.ask(self.ministry, method, path, body)
        except (OSError, http.client.HTTPException):
            self.count("dropped")
            return None
        self.count(answer.status)
        check(answer.status in (200, 204, 429, 500, 503), f"{method} {path}: {answer!r}")
        check(answer.status < 400 or answer.body, f"{method} {path}: {answer!r} says nothing")
        return answer if answer.status < 400 else None

    def carry(self):
        """Push to the ministry what it lacks of the province's, as the province does, but without its pauses."""
        held = {name: int(seq) for name, seq, _ in self.heads("ministry")}
        want = {name: held.get(name, 0) for name, seq, _ in self.heads("province") if name.startswith(self.province.key) and int(seq) > held.get(name, 0)}
        if want:
            lines = lines_of(as_node(self.ministry).entries(self.province, want).body)[1:-1]
            sender = as_node(self.province)
            self.ask_as(sender, "POST", "/ledger/push", sender.lines(*lines))

    def count(self, what):
        self.answers[what] = self.answers.get(what, 0) + 1

    def advance(self, report, is_strict):
        """Look, and ask for the next step."""
        found = self.ask("officer", "GET", f"{report.path}.json", is_strict=is_strict)
        if found is None:
            return
        found = found.json()
        level = report.acknowledged = report.look(found)
        if level == 3:
            report.receipt = found["receipt"]
            return
        method, tail, who = STEPS[level]
        thing = None
        if method == "PUT":
            thing = {"base_version": found["draft_version"],
                     "cells": {c: {"typed": v, "explanation": "như đã báo cáo"} for c, v in report.cells.items()}}
        report.tried = level + 1
        answer = self.ask(who, method, report.path + tail, thing, is_strict)
        if answer is not None:
            report.acknowledged = level + 1
            if level == 2:
                report.receipt = answer.json()["receipt"]

    def drive(self, report, is_strict, times=8):
        for _ in range(times):
            if report.acknowledged == 3 or not self.province.server.is_running:
                return
            self.advance(report, is_strict)

    def heads(self, name):
        return self.nodes[name].sql("SELECT name, seq, hash FROM ledger_stream WHERE audience IN ('42', '*') ORDER BY name")

    def are_equal(self):
        return self.heads("ministry") == self.heads("province")

    def revive(self, name, action):
        """A node that was killed by the plan comes back; no other way to end is right."""
        server, faults = self.nodes[name].server, self.faults[name]
        if action in KILLS and faults.hits:
            server.process.wait(30)
        faults.off()
        if not server.is_running:
            status = server.end()
            check(action in KILLS and status == -signal.SIGKILL, f"{name} ended with {status}; {self.nodes[name].log_tail(4000)}")
            self.start(name)
            for client in self.clients.values():
                client.close()

    def episode(self, name, kind, n, action, count=1):
        """A report from empty to the ministry, while a call of the node fails. How many did."""
        faults, node = self.faults[name], self.nodes[name]
        report = Report(self.months.pop(0), len(self.months))
        plan(faults, kind, n, action, count)
        self.drive(report, False)
        if count == 1:  # it goes on by itself
            wait_until(lambda: not node.server.is_running or (action in KILLS and faults.hits) or self.are_equal(), 30,
                       f"both nodes hold the same, or {name} is killed")
        hits = faults.hits
        self.counted = {k: faults.seen_of(k) for k, _, _ in TRIALS}
        self.revive(name, action)
        self.finish(report)
        return hits

    def sweep(self, name, kind, action):
        """A report from empty to the ministry, while at each request and in between a call of the node fails at a place where none did. How many
        did."""
        faults, node, report = self.faults[name], self.nodes[name], Report(self.months.pop(0), len(self.months))
        plan(faults, kind, None, action)
        self.sweeping, self.hits = (faults, kind, action), 0
        before = -1
        while name == "ministry" and self.hits > before:
            before = self.hits
            self.neighbour.round()
        self.drive(report, False, 10000)
        before = -1
        while self.hits > before:  # as long as it goes on failing
            before = self.hits
            if name == "ministry" and not self.are_equal():
                self.carry()
            wait_until(lambda: self.arm() or self.hits > before or not node.server.is_running or self.are_equal(), 30, "both nodes hold the same")
        self.sweeping = None
        self.hits += faults.hits
        self.revive(name, action)
        self.finish(report)
        return self.hits

    def arm(self):
        """The next call at a new place fails, where each is to have its turn."""
        if self.sweeping and self.sweeping[0].hits:
            self.hits += 1
            plan(self.sweeping[0], self.sweeping[1], None, self.sweeping[2])

    def finish(self, report):
        self.drive(report, True)
        check_equal(report.acknowledged, 3, f"the state of {report.path}")
        wait_until(self.are_equal, 30, "both nodes hold the same")
        report.look(self.ask("officer", "GET", f"{report.path}.json", is_strict=True).json())
        found = self.ask("reader", "GET", f"{report.path}.json", is_strict=True).json()
        check_equal(found["receipt"], report.receipt, f"{report.path} at the ministry")

    def ending(self, name, kind, n, action):
        """The node stops, and puts its log of writes into the database, while a call fails."""
        faults, server = self.faults[name], self.nodes[name].server
        report = Report(self.months.pop(0), len(self.months))
        self.finish(report)
        plan(faults, kind, n, action)
        status = server.end()
        allowed = (-signal.SIGKILL,) if action in KILLS and faults.hits else (0, 3)
        check(status in allowed, f"{name} ended with {status}; {self.nodes[name].log_tail(4000)}")
        self.counted = {k: faults.seen_of(k) for k, _, _ in AT_END}
        hits = faults.hits
        faults.off()
        self.start(name)
        for client in self.clients.values():
            client.close()
        self.finish(report)
        return hits

    def check_all(self):
        for name, node in self.nodes.items():
            check_equal(node.server.end(), 0, f"how {name} ended; {node.log_tail(3000)}")
        for client in self.clients.values():
            client.close()
        for node in self.nodes.values():
            node.check_sound()
        check_equal(self.ministry.state("42"), self.province.state("42"), "the state of the ministry and the province")


class Country:
    """Pairs of nodes, one after another: the months of a pair are used up."""

    def __init__(self, world):
        self.world, self.number, self.pair = world, 0, None
        self.answers = {}
        self.faults = {name: Faults(world, name) for name in ("ministry", "province")}

    def fresh(self):
        if self.pair is not None:
            self.pair.check_all()
            for what, many in self.pair.answers.items():
                self.answers[what] = self.answers.get(what, 0) + many
        self.number += 1
        self.pair = Pair(self.world, self.number, self.faults)

    def one(self):
        if self.pair is None or len(self.pair.months) < 3:
            self.fresh()
        return self.pair


def trials(name, all_of_them):
    return all_of_them if MANY != "a few" else all_of_them[::2] if name == "province" else all_of_them[1::2]


def plan(faults, kind, n, action, count=1):
    """The n-th call fails; without n the first one at a place where none did."""
    if n is None:
        faults.plan(kind, action=action, count=count, mode=NEW_PLACE)
    else:
        faults.plan(kind, at=n, action=action, count=count)


def chosen(name, total):
    """Which calls fail: the same ones in each run, as far as threads allow; how many there are differs a little."""
    if MANY == "all":
        return itertools.repeat(None)
    if MANY == "a few":
        return [1 + zlib.crc32(name.encode()) % (total - total // 3)]
    count = min(total, int(MANY))
    return [1 + zlib.crc32(f"{name} {i}".encode()) % (total // count) + (total // count) * i for i in range(count)]


def try_each(cases, country, name):
    faults, counts, problems, tried, reached = country.faults[name], {}, [], 0, 0

    def attempt(what, n, work):
        """Whether there is more to try."""
        nonlocal tried, reached
        tried += 1
        try:
            hits = work(country.one())
            reached += hits
            return n is not None or hits > 0
        except Exception as error:
            problems.append(f"{what}, {faults.name}: {type(error).__name__} {error}"[:1500] + f" ({faults.callers()})")
            print(f"# {problems[-1]}", flush=True)
            for server in list(country.world.servers):
                server.end(signal.SIGKILL)
            country.pair = None
            return n is not None or len(problems) < 20

    with cases.case(f"calls of the {name} fail, or kill it, while reports are sent: what was acknowledged is there"):
        for _ in range(2):
            country.one().episode(name, "memory", 0, FAIL)  # what is read once is read now
        counts = country.pair.counted
        for kind, action, count in trials(name, TRIALS):
            faults.forget_places()
            for n in chosen(f"{name} {kind} {action} {count}", counts[kind]):
                is_swept = n is None and count == 1 and action not in KILLS
                if not attempt(f"{name}: call {n or 'at a new place'} of {counts[kind]} ({kind}) {WORDS[action]}{', as do all after it' if count > 1 else ''}", n,
                               lambda pair: pair.sweep(name, kind, action) if is_swept else pair.episode(name, kind, n, action, count)):
                    break
        check(not problems, f"{len(problems)} of {tried}:", " | ".join(problems[:3]))
        check(reached, f"none of {tried} calls were reached")
    if AT_END:
        with cases.case(f"calls of the {name} fail, or kill it, while it ends"):
            problems.clear()
            country.one().ending(name, DISK, 0, FAIL)
            ends = country.pair.counted
            for kind, action, _ in trials(name, AT_END):
                faults.forget_places()
                for n in chosen(f"{name} end {kind} {action}", ends[kind]):
                    if not attempt(f"{name}: call {n or 'at a new place'} of {ends[kind]} ({kind}) {WORDS[action]} at the end", n,
                                   lambda pair: pair.ending(name, kind, n, action)):
                        break
            check(not problems, f"{len(problems)} of them:", " | ".join(problems[:3]))
    print(f"# {name}: {reached} calls in {tried} trials; " + ", ".join(f"{total} {kind}" for kind, total in counts.items()), flush=True)
    return reached


class Terminator(threading.Thread):
    """The database ends a node's connections, again and again: whatever they do, or those that commit."""

    TEXT = """
DO $$
DECLARE one int; ended int := 0;
BEGIN
        PERFORM setseed({seed});
        FOR i IN 1..{rounds} LOOP
                PERFORM pg_sleep(random() * {pause});
                PERFORM pg_stat_clear_snapshot();
                SELECT pid INTO one FROM pg_stat_activity WHERE application_name = '{name}' AND {which} ORDER BY random() LIMIT 1;
                IF one IS NOT NULL THEN
                        ended := ended + pg_terminate_backend(one)::int;
                        EXIT WHEN ended >= {most};
                        PERFORM pg_sleep(0.3);
                END IF;
        END LOOP;
        RAISE NOTICE 'ended %', ended;
END $$"""

    def __init__(self, node, which, most, rounds, pause, seed):
        super().__init__(daemon=True)
        self.ended = 0
        self.text = self.TEXT.format(name=node._schema(), which=which, most=most, rounds=rounds, pause=pause, seed=seed)

    def run(self):
        done = subprocess.run([PSQL, "-q", "-v", "ON_ERROR_STOP=1", "-d", DATABASE, "-c", self.text], capture_output=True, timeout=300)
        self.error = done.stderr.decode()
        if "ended " in self.error:
            self.ended = int(self.error.rpartition("ended ")[2].split()[0])


def terminate(cases, country):
    chance = random.Random(SEED)
    print(f"# RANDOM_SEED={SEED}")
    rounds = 60 if MANY == "all" else 2 if MANY == "a few" else 3 * int(MANY)
    total = 0
    for name in ("province", "ministry"):
        for which, rule, times, pause in (("whatever they do", "true", rounds, 0.1),
                                          ("while they commit", "state = 'active' AND query ILIKE 'COMMIT%'", rounds * 150, 0.001),
                                          ("in a transaction", "state = 'idle in transaction'", rounds * 20, 0.002)):
            with cases.case(f"the database ends connections of the {name}, {which}: it goes on with new ones"):
                pair = country.one()
                ending = Terminator(pair.nodes[name], rule, rounds, times, pause, chance.uniform(-1, 1))
                ending.start()
                reports = []
                while ending.is_alive():
                    if len(pair.months) < 3:
                        break
                    report = Report(pair.months.pop(0), len(pair.months))
                    pair.drive(report, False, 60)
                    reports.append(report)
                ending.join(300)
                check(not ending.is_alive() and "ERROR" not in ending.error, ending.error)
                pair.revive(name, FAIL)
                for report in reports:
                    pair.finish(report)
                total += ending.ended
                print(f"# {ending.ended} ended")
    check(total > 0, "no connection was ended")
    tell_number(f"{total} connections ended by the database")


def story(cases, world):
    country = Country(world)
    tried = 0
    for name in ("province", "ministry"):
        if not ONLY or name in ONLY:
            tried += try_each(cases, country, name)
    if STORE != "sqlite":
        terminate(cases, country)
    with cases.case("both nodes are sound and hold the same at last"):
        country.fresh()
    answers = ", ".join(f"{many} × {what}" for what, many in sorted(country.answers.items(), key=str))
    tell_number(f"{tried} calls failed or killed; answers: {answers}")


if __name__ == "__main__":
    tell(story)
