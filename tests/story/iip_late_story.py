#!/usr/bin/env python3
"""Late reports and corrections at served nodes, while others read: each page tells what is in, and in the end all that a node tells is what a program that begins
anew computes from the same entries; also after an exchange that brings several, and after a thousand reports of any month that change what is hidden."""

import csv
import io
import json
import random
import re
import threading

from support import check, check_equal, tell, wait_until

MONTHS = [f"{year}-{month:02d}" for year in (2023, 2024) for month in range(1, 13)]
PRODUCTS = [f"p{n}" for n in range(6)]
MAKERS = [(f"{unit}-{n}", unit, PRODUCTS[n % 6]) for unit, count in (("42", 40), ("40", 30), ("38", 20)) for n in range(count)]
HEAD = "month,establishment,product,measure,quantity\n"


def weights(chance):
    lines = ["code,parent,name,measure,weight,base_quantity", "TOTAL,,Whole,,1,", "B,TOTAL,B,,30,", "C,TOTAL,C,,70,"]
    return "\n".join(lines + [f"{p},{'B' if n < 2 else 'C'},{p},t,{chance.randrange(1, 50)},{chance.randrange(20000, 90000)}" for n, p in enumerate(PRODUCTS)])


def story(cases, world):
    chance = random.Random(11)
    ministry, province = world.node("ministry", "VN"), world.node("ha-tinh", "42")
    ministry.trust(province)
    province.trust(ministry)
    for unit in ("VN", "42", "40", "38"):
        ministry.run("iip import", "weights", world.path("w.csv", weights(chance)), "--unit", unit, "--from", "2023-01", "--base", "2023", expect=0)
    for unit in ("42", "40", "38"):
        node, makers = province if unit == "42" else ministry, [m for m in MAKERS if m[1] == unit]
        sample = "establishment,name,product,from,to\n" + "".join(f"{maker},{maker},{p},2023-01,\n" for maker, _, p in makers)
        output = HEAD + "".join(f"{month},{maker},{p},t,{chance.randrange(100, 1000)}\n" for maker, _, p in makers for month in MONTHS
                                if chance.random() > (0.3 if month == MONTHS[-1] else 0.05))
        node.run("iip import", "sample", world.path("s.csv", sample), "--unit", unit, expect=0)
        node.run("iip import", "output", world.path("o.csv", output), "--unit", unit, expect=0)
    for node in (ministry, province):
        node.add_user("lan", "admin")
        node.serve(upstream=None if node is ministry else ministry.address)
    writer, reader = ministry.signed_in("lan"), ministry.signed_in("lan")
    asked = [f"/iip{why}.json?unit={unit}&month={month}{more}" for unit in ("VN", "42", "40", "38") for month in (MONTHS[-1], MONTHS[-2], MONTHS[3])
             for why, more in (("", ""), ("", "&full=1"), ("/why", "&node=C&compare=mom"))]

    def told(client, address):
        """Where the index is being computed for somebody else that is said after a while, and it is asked again."""
        answer = wait_until(lambda: (a := client.ask("GET", address)).status != 429 and a, 60, f"an answer of {address}")
        check_equal(answer.status, 200, f"status of {address}")
        return answer

    def send(unit, text, client=writer, kind="output", **more):
        fields = {"kind": kind, "unit": unit, **more, 'file"; filename="o.csv': text}
        body = "".join(f'--b\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n' for name, value in fields.items()) + "--b--\r\n"
        return client.ask("POST", "/iip/import.json", body.encode(), {"Content-Type": "multipart/form-data; boundary=b", "X-CSRF-Token": client.csrf,
                                                                      "Accept": "application/json"}, expect=200)

    def some_line(unit, month):
        maker, _, product = chance.choice([m for m in MAKERS if m[1] == unit])
        return f"{month},{maker},{product},t,{chance.choice((0, chance.randrange(0, 2000), chance.randrange(0, 40000)))}\n"

    def line(unit, month=None):
        return some_line(unit, month or chance.choice(MONTHS[-4:]))

    def reported(client, unit):
        return int(next(r for r in csv.DictReader(io.StringIO(told(client, f"/iip.csv?unit={unit}&month={MONTHS[-1]}").text.lstrip("\ufeff"))))["reported"])

    def is_as_from_nothing(node, client, what):
        before = {address: told(client, address).text for address in asked if node is ministry or "unit=42" in address}
        node.stop()
        writer.close()
        node.serve(upstream=None if node is ministry else ministry.address)
        for address, text in before.items():
            now, then = (json.loads(re.sub(r"heard last at \d+:\d+", "heard", one)) for one in (told(client, address).text, text))  # a minute may have passed
            check_equal(now, then, f"{what}: {address} of a program that begins anew")

    wait_until(lambda: reported(reader, "42") > 0, 60, "the ministry has the province's reports")

    with cases.case("a late report is on the next page"):
        before, country = reported(reader, "40"), reported(reader, "VN")
        rows = list(csv.DictReader(io.StringIO(reader.get(f"/iip/form.csv?unit=40&month={MONTHS[-1]}", expect=200).text.lstrip("\ufeff"))))
        missing = next(r for r in rows if not r["quantity"])
        send("40", HEAD + f"{MONTHS[-1]},{missing['establishment']},{missing['product']},t,777\n")
        check_equal((reported(reader, "40"), reported(reader, "VN")), (before + 1, country + 1), "reports of the month")

    with cases.case("while several read, late reports and corrections come one after another; in the end all is as computed from nothing"):
        wrong, done = [], threading.Event()

        def read(seed):
            mine, own = random.Random(seed), ministry.signed_in("lan")
            while not done.is_set():
                address = mine.choice(asked)
                answer = own.ask("GET", address)
                if answer.status not in (200, 429):
                    wrong.append((address, answer.status, answer.text[:300]))

        readers = [threading.Thread(target=read, args=(seed,)) for seed in range(3)]
        for thread in readers:
            thread.start()
        try:
            for _ in range(25):
                send(unit := chance.choice(("40", "38")), HEAD + line(unit))
                told(reader, chance.choice(asked))
        finally:
            done.set()
            for thread in readers:
                thread.join()
        check(not wrong, "answers", wrong[:3])
        is_as_from_nothing(ministry, reader, "after 25 reports")

    with cases.case("an exchange brings several entries at once"):
        official = province.signed_in("lan")
        told(official, asked[0].replace("VN", "42"))
        for month in (MONTHS[-1], MONTHS[-1], MONTHS[-3], MONTHS[2]):
            send("42", HEAD + line("42", month), official)
        send("42", HEAD + f"{MONTHS[-1]},42-0,p0,t,54321.125\n", official)
        for node, client in ((ministry, reader), (province, official)):
            wait_until(lambda: "54321.125" in client.get(f"/iip/form.csv?unit=42&month={MONTHS[-1]}", expect=200).text, 60, f"{node.name} has the last report")
            is_as_from_nothing(node, client, node.name)

    with cases.case("a thousand late reports and corrections of any month, and first ones of new months: all is as computed from nothing"):
        known, patterns, begun = list(MONTHS), set(), [f"2025-{month:02d}" for month in range(1, 5)]

        def pattern(unit):
            rows = csv.DictReader(io.StringIO(told(reader, f"/iip.csv?unit={unit}&month={MONTHS[-1]}").text.lstrip("\ufeff")))
            return unit, tuple(row["note"] for row in rows)

        for step in range(1, 201):
            if step % 50 == 25:
                known.append(begun[step // 50])
                asked.extend(f"/iip.json?unit={unit}&month={known[-1]}&full=1" for unit in ("VN", "40"))
            unit = chance.choice(("40", "38"))
            lines = {line.rsplit(",", 2)[0]: line for line in (some_line(unit, known[-1] if step % 50 == 25 else chance.choice(known)) for _ in range(5))}
            send(unit, HEAD + "".join(lines.values()))
            told(reader, chance.choice(asked))
            patterns |= {pattern("VN"), pattern(unit)}
            if step % 50 == 0:
                is_as_from_nothing(ministry, reader, f"after {step} files of five reports")
        check(len(patterns) > 20, "what is hidden changed", len(patterns))

    with cases.case("weights of another kind are told from the next page on as well"):
        send("40", weights(chance), kind="weights", **{"from": "2023-01", "base": "2023"})
        send("40", HEAD + line("40", MONTHS[-1]))
        is_as_from_nothing(ministry, reader, "after other weights")


if __name__ == "__main__":
    tell(story, "postgresql sqlite")
