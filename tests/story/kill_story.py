#!/usr/bin/env python3
"""Nodes are killed at random moments, one or both, while many people write and the nodes exchange; whatever was acknowledged is there afterwards, nothing is
half there, every hash, seal and table is right, and the exchange catches up by itself. Runs on both stores
(CAUNOI_TEST_STORE), in ./check too on each database by itself. Settings:

    ROUNDS       how often one or both are killed (6; `make soak` says how many it wants)
    RANDOM_SEED  to see a run again, as far as time allows

Nearly every line it reaches others reach under the sanitizers: ./check starts the program as it is shipped."""

import json
import os
import random
import signal
import subprocess
import threading
import time

from support import (PROGRAM, Client, _die_with_parent, check, check_equal, command_environment, run, tell,
                     tell_number, wait_until)

ROUNDS = int(os.environ.get("ROUNDS") or 6)
SEED = int(os.environ.get("RANDOM_SEED") or time.time_ns() % 1_000_000)
ROUNDS_OF_A_WORLD = 25  # the senders use up a month for each report
COMPLETE = {"1": "101", "1.2": "102", "6": "4000", "7": "200", "8": "300", "9": "2", "10": "310"}
MONTHS = [f"{year}-{month:02d}" for year in range(2019, 2026) for month in range(1, 13)]


class Writer(threading.Thread):
    """Types into one report of its own, again and again; remembers the last value the node said it holds."""

    def __init__(self, node, token, period):
        super().__init__(daemon=True)
        self.node, self.token, self.path = node, token, f"/forms/monthly/{node.unit}/{period}"
        self.acknowledged = self.tried = 0
        self.count = 0
        self.problem = None

    def run(self):
        client = Client(self.node.address, token=self.token)
        try:
            found = client.get(f"{self.path}.json").json()
            version = found["draft_version"]
            while True:
                self.tried += 1
                answer = client.send("PUT", self.path, {"base_version": version,
                                                        "cells": {"6": {"typed": str(self.tried)}}})
                if answer.status != 200:
                    self.problem = repr(answer)
                    return
                self.acknowledged, version = self.tried, answer.json()["draft_version"]
                self.count += 1
        except (OSError, ValueError, __import__("http.client").client.HTTPException):
            pass  # killed
        finally:
            client.close()

    def check(self, client):
        check(self.problem is None, "a draft was refused:", self.problem)
        typed = next(c["typed"] for c in client.get(f"{self.path}.json").json()["cells"] if c["cell"] == "6")
        held = int(float(typed or 0))
        check(self.acknowledged <= held <= self.tried,
              f"{self.path}: {held} is there; {self.acknowledged} was acknowledged, {self.tried} tried")
        self.acknowledged = self.tried = held


class Sender(threading.Thread):
    """An officer and a leader: report after report is filled in, submitted, sent."""

    def __init__(self, node, officer, leader, months):
        super().__init__(daemon=True)
        self.node, self.officer, self.leader, self.months = node, officer, leader, months
        self.sent, self.problem, self.under_way = [], None, None

    def run(self):
        officer = Client(self.node.address, token=self.officer)
        leader = Client(self.node.address, token=self.leader)
        try:
            while self.months:
                path = f"/forms/monthly/{self.node.unit}/{self.months[0]}"
                self.under_way = path
                now = officer.get(f"{path}.json").json()
                if now["state"] in ("empty", "draft"):
                    explained = {c: {"typed": v, "explanation": "như đã báo cáo"} for c, v in COMPLETE.items()}
                    self.need(officer.send("PUT", path, {"base_version": now["draft_version"], "cells": explained}))
                    self.need(officer.send("POST", f"{path}/submit"))
                if now["state"] != "sent":
                    answer = self.need(leader.send("POST", f"{path}/approve")).json()
                    self.sent.append((path, answer["receipt"]))
                self.months.pop(0)
        except (OSError, ValueError, __import__("http.client").client.HTTPException):
            pass
        finally:
            officer.close()
            leader.close()

    def need(self, answer):
        if answer.status != 200:
            self.problem = repr(answer)
            raise ValueError
        return answer

    def check(self, client):
        check(self.problem is None, "a report was refused:", self.problem)
        for path, receipt in self.sent[-5:]:
            found = client.get(f"{path}.json").json()
            check_equal((found["state"], found["version"], found["receipt"]), ("sent", 1, receipt), path)


class Country:
    """A ministry and a province under load."""

    def __init__(self, world, number):
        self.ministry, self.province = world.nodes(**{f"ministry{number}": "VN", f"province{number}": "42"})
        if number % 2 == 0:  # everything that comes is stored first and placed into the tables later
            self.ministry.set(place_at_once_bytes=0)
        self.ministry.trust(self.province)
        self.province.trust(self.ministry)
        for login, role in (("canbo", "specialist"), ("giamdoc", "director")):
            self.province.add_user(login, role)
        self.ministry.add_user("vu", "specialist")
        self.officer, self.leader = self.province.token("canbo"), self.province.token("giamdoc")
        self.reader = self.ministry.token("vu")
        self.months = [list(MONTHS[i::2]) for i in range(2)]
        self.counts = dict.fromkeys(("2026-01", "2026-02", "2026-03", "2026-04"), 0)
        self.ministry.serve()
        self.province.serve(self.ministry.address)
        self.sent = []
        self.total = self.kills = 0

    def kill(self, node):
        node.kill()
        self.kills += 1

    def round(self, victims, after, later):
        """People write at the province, which exchanges with the ministry; the victims die as they come. A ministry that dies first
        comes back while the province works on and brings it what it missed. The load ends with the province; all come back. What
        was acknowledged is there."""
        writers = [Writer(self.province, self.officer, period) for period in self.counts]
        senders = [Sender(self.province, self.officer, self.leader, months) for months in self.months]
        for w in writers:
            w.acknowledged = w.tried = self.counts[w.path[-7:]]
        for thread in writers + senders:
            thread.start()
        wait_until(lambda: any(w.count or w.problem for w in writers), 20, "the first write is acknowledged")
        time.sleep(after)
        self.kill(victims[0])
        if len(victims) == 1 and victims[0] is self.ministry:
            self.ministry.serve()
            time.sleep(later)
        for node in {self.province, *victims}:
            if node.server is not None:
                self.kill(node)
        for thread in writers + senders:
            thread.join(30)
            check(not thread.is_alive(), "a writer hangs after the node was killed")
        for node in (self.ministry, self.province):
            if node.server is None:
                node.serve(self.ministry.address if node is self.province else None)
        client = Client(self.province.address, token=self.officer)
        for thread in writers + senders:
            thread.check(client)
        client.close()
        for w in writers:
            self.counts[w.path[-7:]] = w.acknowledged
            self.total += w.count
        for s in senders:
            self.sent += s.sent
            self.total += 3 * len(s.sent)

    def check_all(self):
        """The exchange catches up; both nodes are sound and agree."""
        wait_until(lambda: self.province.state("42") == self.ministry.state("42"), 30, "both nodes hold the same")
        reader = Client(self.ministry.address, token=self.reader)
        for path, receipt in self.sent:
            check_equal(reader.get(f"{path}.json").json()["receipt"], receipt, f"{path} at the ministry")
        reader.close()
        for node in (self.province, self.ministry):
            node.stop()
            node.check_sound()


def store_of(world):
    """A database of its own for a node that is made by hand."""
    store = world.new_store()
    return ["--store", store] if store else []


def kill_command(arguments, after):
    """Start the program and kill it after a while; whether it had ended by itself."""
    process = subprocess.Popen([PROGRAM, *map(str, arguments)], stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                               stdin=subprocess.DEVNULL, env=command_environment(), preexec_fn=_die_with_parent)
    try:
        process.wait(after)
    except subprocess.TimeoutExpired:
        process.send_signal(signal.SIGKILL)
    out, err = process.communicate()
    check(process.returncode in (0, -signal.SIGKILL), f"exit status {process.returncode}: {err!r}")
    return process.returncode == 0


def story(cases, world):
    chance = random.Random(SEED)
    print(f"# RANDOM_SEED={SEED} ROUNDS={ROUNDS}")
    started, kills, total, left, number = time.monotonic(), 0, 0, ROUNDS, 0

    while left > 0:
        rounds = min(left, ROUNDS_OF_A_WORLD)
        left -= rounds
        number += 1
        country = Country(world, number)
        name = f"{rounds} times one node or both are killed under load: what was acknowledged is there"
        with cases.case(name if number == 1 else f"{name} ({number})"):
            for i in range(rounds):
                both = [country.ministry, country.province]
                victims = chance.choice([both[:1], both[1:], both, both[::-1]])
                try:
                    country.round(victims, chance.uniform(0, 0.4), chance.uniform(0, 0.4))
                except Exception as error:
                    raise type(error)(f"round {i + 1}, {' and '.join(v.name for v in victims)} killed: {error}") from error
        with cases.case("the exchange catches up, both nodes are sound and agree" + (f" ({number})" if number > 1 else "")):
            country.check_all()
        total += country.total
        kills += country.kills
    tell_number(f"{kills} kills, {total} acknowledged writes")

    node = world.node("importer", "42")
    before = node.state()
    months = [f"{year}-{month:02d}" for year in range(2005, 2026) for month in range(1, 13)]
    rows = ["indicator,unit,period,value"]
    rows += [f"{name},42,{month},{number}" for name in ("retail_sales", "export_value", "import_value", "iip_yoy")
             for number, month in enumerate(months)]
    path = world.path("many.csv", "\n".join(rows) + "\n")

    with cases.case("an import that is killed is there as a whole or not at all"):
        started = time.monotonic()
        node.run("import", path, "--dry-run", expect=0)
        took = time.monotonic() - started
        for i in range(max(6, ROUNDS // 2)):
            ended = kill_command(["import", node.folder, path], chance.uniform(0, took * 1.6))
            node.check_sound()
            count = len(node.run("export", expect=0).out.splitlines()) - 1
            check(count in (0, len(rows) - 1), f"{count} of {len(rows) - 1} rows are there")
            check(count or not ended, "the import ended well, but nothing is there")
            if count == 0:
                check_equal(node.state(), before, "the state")
                continue
            node = world.node(f"importer{i}", "42")
            before = node.state()

    with cases.case("an init that is killed makes a whole node or none"):
        started = time.monotonic()
        run("init", world.folder / "whole", "--unit", "42", *store_of(world), expect=0)
        took = time.monotonic() - started
        for i in range(max(8, ROUNDS // 2)):
            place = world.folder / f"begun{i}"
            ended = kill_command(["init", place, "--unit", "42", *store_of(world)], chance.uniform(0, took * 1.2))
            result = run("state", place)
            if result.status == 0:
                check_equal(result.out.strip(), run("state", world.folder / "whole", expect=0).out.strip(), "the state")
                run("verify", place, expect=0)
            else:
                check(result.status == 1 and not ended, f"half a node: {result!r}")

    with cases.case("a rebuild that is killed leaves the node as it was"):
        node.run("import", path, expect=0)
        before = node.state()
        for i in range(max(4, ROUNDS // 4)):
            kill_command(["rebuild", node.folder], chance.uniform(0, 0.15))
            check_equal(node.state(), before, "the state")
        node.check_sound()

    with cases.case("a backup that is killed leaves no backup that is not whole"):
        if not node.store:
            for i in range(max(4, ROUNDS // 4)):
                target = world.folder / f"backup{i}"
                if kill_command(["backup", node.folder, target], chance.uniform(0, 0.2)) or target.exists():
                    run("restore", target, world.folder / f"restored{i}", expect=0)
                    check_equal(run("state", world.folder / f"restored{i}", expect=0).out.strip(), before, "the state")


if __name__ == "__main__":
    tell(story)
