#!/usr/bin/env python3
"""Nodes are killed at random moments, one or both, while many people write and the nodes exchange; whatever was acknowledged is there afterwards, nothing is
half there, every hash, seal and table is right, and the exchange catches up by itself. So it is where one of the ministry's nodes is killed at a write, a sync or a
send of the decision between two versions of a file of definitions, and the other one while the decision comes to it: in a file, or over the network while it
serves, in turn for 25 decisions; in ./check on PostgreSQL the one, on SQLite the other. Runs on both stores
(CAUNOI_TEST_STORE), in ./check too on each database by itself. Settings:

    ROUNDS       how often one or both are killed (6; `make soak` says how many it wants); decisions once for ten of them (3)
    RANDOM_SEED  to see a run again, as far as time allows

Nearly every line it reaches others reach under the sanitizers: ./check starts the program as it is shipped."""

import csv
import http.client
import io
import json
import os
import random
import signal
import subprocess
import threading
import time

from faults import KILL_AFTER, KILL_BEFORE, KILL_HALF, Faults
from support import (PROGRAM, ROOT, STORE, Client, Failure, _die_with_parent, check, check_equal, command_environment, run, tell,
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
        except (OSError, ValueError, http.client.HTTPException):
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
        except (OSError, ValueError, http.client.HTTPException):
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


class Definitions:
    """Two nodes of the ministry write the same file of definitions without having seen each other, again and again: each says how small a figure may be, so all
    figures are placed again by the one that stands. The leader decides at the first one."""

    FILE = "indicators/trade.yaml"
    LEAST = "    least: 0\n"
    CALLS = "write sync send"
    LAST = 8
    KINDS = {KILL_BEFORE: "before", KILL_HALF: "half way through", KILL_AFTER: "after"}

    def __init__(self, world, faults, number, is_served):
        self.world, self.faults = world, faults
        self.pass_on = self.by_network if is_served else self.in_file
        self.first, self.second = world.nodes(**{f"first{number}": "VN", f"second{number}": "VN"})
        self.first.trust(self.second)
        self.second.trust(self.first)
        self.first.add_user("vu-truong", "director")
        self.token = self.first.token("vu-truong")
        self.text = (ROOT / "data" / self.FILE).read_text(encoding="utf-8")
        rows = [f"import_value,VN,{month},{300 + number}" for number, month in enumerate(MONTHS)]
        self.first.run("import", world.path("imports.csv", "\n".join(["indicator,unit,period,value", *rows]) + "\n"), expect=0)
        self.reasons = []  # of all decisions so far
        self.kills = self.hits = 0  # hits: at the call that was meant
        self.unharmed = 0  # after which it was decided

    def with_least(self, least):
        head, mark, tail = self.text.partition("  - id: import_value\n")
        check(mark and self.LEAST in tail, f"{self.FILE} says no more from which value on imports are a figure")
        return head + mark + tail.replace(self.LEAST, f"    least: {least}\n", 1)

    def load(self, node, least):
        path = self.world.folder / f"{node.name}-files" / self.FILE
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(self.with_least(least), encoding="utf-8")
        node.run("catalogue load", self.world.folder / f"{node.name}-files", "--reason", f"from {least} on", expect=0)

    def contradict(self, number):
        """Two versions that have not seen each other, both at both nodes; the conflict, and from which value on a figure may be by each."""
        leasts = [2 * number + 2, 2 * number + 3]
        for node, least in zip((self.first, self.second), leasts):
            self.load(node, least)
        self.world.carry(self.first, self.second)
        self.world.carry(self.second, self.first)
        found, = self.conflicts(self.first)
        check_equal([s["why"] for s in found["sides"]], [f"from {least} on" for least in leasts], "the versions")
        return found, leasts

    def conflicts(self, node, *more):
        return node.run("conflicts", "--json", *more, expect=0).json()["conflicts"]

    def decide(self, found, reason, environment=None, plan=None):
        """For the version that does not stand meanwhile. Whether the node said that it is decided. plan: what kills it,
        at the latest once it has said so."""
        self.first.serve(environment=environment)
        client = Client(self.first.address, token=self.token)
        client.get(f"/conflicts/{found['id']}.json")
        if plan is not None:
            self.faults.plan(self.CALLS, **plan)
        try:
            answer = client.send("POST", f"/conflicts/{found['id']}.json", {"choose": found["sides"][0]["entry"], "reason": reason})
            check_equal(answer.status, 303, f"the decision: {answer!r}")
            is_said = True
        except (OSError, http.client.HTTPException):
            check(plan is not None, "the connection was dropped")
            is_said = False
        client.close()
        self.faults.off()
        status = self.first.server.end(signal.SIGTERM if plan is None else signal.SIGKILL)
        check_equal(status, 0 if plan is None else -signal.SIGKILL, "how the node ended")
        self.kills += plan is not None
        return is_said

    def is_open(self, node):
        """After the program was killed, whether the conflict is; the node is sound either way."""
        node.wait_forgotten()
        node.check_sound()
        return self.conflicts(node) != []

    def check_stands(self, node, least):
        """The file is the version that says so, and every figure is there."""
        mark = "chr" if node.store else "char"
        words = "convert_from(text, 'UTF8')" if node.store else "CAST(text AS TEXT)"
        (text,), = node.sql(f"SELECT replace({words}, {mark}(10), '¶') FROM catalogue_file WHERE path = '{self.FILE}'")
        check(text.replace("¶", "\n") == self.with_least(least), f"the file at {node.name} is not the one from {least} on")
        values = [float(row["value"]) for row in csv.DictReader(io.StringIO(node.run("export", expect=0).out.lstrip("\ufeff")))]
        check_equal(sorted(values), [300.0 + i for i in range(len(MONTHS))], f"figures at {node.name}")

    def check_decided(self, node, least):
        self.check_stands(node, least)
        check_equal(self.conflicts(node), [], f"conflicts at {node.name}")
        settled = [(end["kind"], end["reason"]) for c in self.conflicts(node, "--all") for end in c["settled"]]
        check_equal(sorted(settled), sorted(("catalogue.settle", reason) for reason in self.reasons), f"decisions at {node.name}")

    def in_file(self, plan={}):
        """What the first node has comes to the second, which the plan kills. Whether the command that does it ended well."""
        bundle = self.world.path("decision.bundle")
        bundle.unlink(missing_ok=True)
        self.first.run("bundle", bundle, "--for", "VN", expect=0)
        self.faults.plan(self.CALLS, **plan)
        status = self.second.run("sync", bundle, environment=self.faults.environment()).status
        self.faults.off()
        check_equal(status, -signal.SIGKILL if self.faults.hits else 0, "how the exchange ended")
        self.kills += self.faults.hits
        return status == 0

    def by_network(self, plan={}):
        """So it does where the second one serves. It is killed at the latest when the first one is content."""
        self.second.serve(environment=self.faults.environment())
        self.faults.plan(self.CALLS, **plan)
        result = self.first.run("sync", self.second.address)
        self.faults.off()
        check(result.status == 0 or (self.faults.hits > 0 and result.status in (3, 4)), f"how the exchange ended: {result!r}")
        status = self.second.server.end(signal.SIGKILL if plan else signal.SIGTERM)
        check_equal(status, -signal.SIGKILL if plan else 0, "how the second node ended")
        self.kills += plan != {}
        return result.status == 0

    def round(self, number, plans):
        """The first node is killed while it decides, the second while the decision comes to it. How many calls each made."""
        found, (chosen, meanwhile) = self.contradict(number)
        reason = f"decision {number}"
        is_said = self.decide(found, reason, self.faults.environment(), plans[0])
        seen = [self.faults.seen]
        self.hits += self.faults.hits
        is_open = self.is_open(self.first)
        if is_open:
            check(not is_said, "the decision was acknowledged and is not there")
            self.check_stands(self.first, meanwhile)
            self.decide(found, reason)
        self.reasons.append(reason)
        self.check_decided(self.first, chosen)

        is_passed_on = self.pass_on(plans[1])
        self.hits += self.faults.hits
        seen.append(self.faults.seen)
        is_open_there = self.is_open(self.second)
        if is_open_there:
            check(not is_passed_on, "the exchange ended well without the decision")
            self.check_stands(self.second, meanwhile)
        self.pass_on()
        self.check_decided(self.second, chosen)
        check_equal(self.second.state("*"), self.first.state("*"), "the state of both")
        self.unharmed += (not is_open) + (not is_passed_on and not is_open_there)
        return seen

    def rounds(self, numbers, of):
        """Kill at a call, round `number` of so many, each in another way than the one before: every second time at one of the last, where all is decided,
        else at one of those spread over all."""
        before, totals = [self.round(i, [{}, {}]) for i in range(2)]
        for i, number in enumerate(numbers):
            if self.first.store:  # there each version that came before takes some calls more
                before, totals = totals, [2 * total - one for one, total in zip(before, totals)]
            action = list(self.KINDS)[number % len(self.KINDS)]
            plans = [{"at": total - number // 2 % self.LAST if number % 2 else 1 + (number + 1) * total // (of + 1), "action": action} for total in totals]
            try:
                self.round(i + 2, plans)
            except Exception as error:
                raise Failure(f"killed {self.KINDS[action]} call {' and '.join(str(plan['at']) for plan in plans)} of {totals}: {error}") from error
        check(self.hits >= len(numbers), f"{self.hits} of {2 * len(numbers)} calls were reached")


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

    with cases.case("a decision between two versions of a file of definitions that is killed, there or while it comes to the other node, is there as a whole or not at all"):
        of = max(3, ROUNDS // 10)
        faults = Faults(world)
        killed = unharmed = 0
        for begin in range(0, of, ROUNDS_OF_A_WORLD):
            definitions = Definitions(world, faults, begin, (begin // ROUNDS_OF_A_WORLD + (STORE == "sqlite")) % 2 == 1)
            definitions.rounds(range(begin, min(of, begin + ROUNDS_OF_A_WORLD)), of)
            killed += definitions.kills
            unharmed += definitions.unharmed
        tell_number(f"{killed} kills of decisions, after {unharmed} of which it was there")

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
