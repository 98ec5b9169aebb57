"""Another program that speaks the exchange, written from docs/exchange.md alone: it has a key, writes streams of entries
with hashes and seals, signs its requests. It can also write what no honest node would."""

import datetime
import hashlib
import json
import subprocess
import urllib.parse

from signing import Signer
from support import Client, check


def digest(data):
    return hashlib.sha256(data).hexdigest()


def text(thing):
    return json.dumps(thing, ensure_ascii=False, separators=(",", ":"))


def packed(data):
    return subprocess.run(["zstd", "-q", "-c", "--check"], input=data, capture_output=True, check=True).stdout


def unpacked(data):
    return subprocess.run(["zstd", "-q", "-d", "-c"], input=data, capture_output=True, check=True).stdout


def lines_of(bundle):
    """The lines of a stream of lines, checked as a receiver should: the first, the last, and no more."""
    data = unpacked(bundle)
    check(data.endswith(b"\n"), "the last line has no end")
    lines = data[:-1].split(b"\n")
    check(json.loads(lines[0])["caunoi"] == 1, "the first line", lines[0])
    check(lines[-1] == b'{"end":%d}' % (len(lines) - 1), "the last line", lines[-1], "of", len(lines))
    return lines


def stamp(seconds_ahead=0, counter=0, moment=None):
    moment = moment or datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(seconds=seconds_ahead)
    return moment.strftime("%Y-%m-%dT%H:%M:%S.") + f"{moment.microsecond // 1000:03d}Z/{counter}"


class Stream:
    def __init__(self, peer, audience):
        self.peer, self.audience = peer, audience
        self.name = f"{peer.key}/{audience}"
        self.entries, self.hash, self.at = [], "0" * 64, stamp()

    def add(self, kind, subject, body, author="", role="", at=None, prev=None, seq=None):
        """Append an entry; its line. at, prev and seq are right unless given."""
        self.at = at or stamp(counter=len(self.entries) % 60000)
        line = text({"stream": self.name, "seq": seq or len(self.entries) + 1, "at": self.at, "author": author,
                     "role": role, "kind": kind, "subject": subject, "prev": prev or self.hash, "body": body}).encode()
        self.hash = digest(line)
        self.entries.append(line)
        return line

    def seal(self, signer=None, hash=None, seq=None):
        head = (f'{{"seal":{text(self.name)},"seq":{seq or len(self.entries)},"hash":"{hash or self.hash}",'
                f'"at":"{self.at}"').encode()
        return head + b',"signature":"' + (signer or self.peer.signer).sign(head).hex().encode() + b'"}'

    def sealed(self):
        return [*self.entries, self.seal()]


class Peer:
    def __init__(self, seed, unit):
        self.signer = Signer(hashlib.sha256(seed.encode()).digest())
        self.key, self.unit = self.signer.public.hex(), unit
        self.former = ""

    def introduce(self, other):
        """The signature of this key that another one takes its place, shown from now on with the other's requests."""
        signature = self.signer.sign(f"caunoi rotate 1\n{self.key}\n{other.key}\n".encode()).hex()
        other.former = (self.former + "," if self.former else "") + f"{self.key} {signature}"
        return signature

    def stream(self, audience):
        return Stream(self, audience)

    def lines(self, *lines, for_unit="VN", end=None):
        """A stream of lines, packed."""
        first = text({"caunoi": 1, "node": self.key, "unit": self.unit, "for": for_unit}).encode()
        last = b'{"end":%d}' % (len(lines) + 1 if end is None else end)
        return packed(b"\n".join([first, *lines, last]) + b"\n")

    def ask(self, node, method, path, body=b"", seconds_ahead=0, signed_body=None, signer=None, to=None):
        """A signed request to a node. to: the key it is signed for, where that is another's."""
        at = (datetime.datetime.now(datetime.timezone(datetime.timedelta(hours=7))) +
              datetime.timedelta(seconds=seconds_ahead)).isoformat(timespec="milliseconds")
        signed = digest(body if signed_body is None else signed_body)
        signature = (signer or self.signer).sign(f"caunoi request 2\n{to or node.key}\n{path}\n{at}\n{signed}\n".encode())
        client = Client(node.address, seconds=60)
        answer = client.ask(method, path, body or None, {
            "Caunoi-Node": self.key, "Caunoi-At": at, "Caunoi-Signature": signature.hex(),
            **({"Caunoi-Body": signed} if body else {}),
            **({"Caunoi-Former": self.former} if self.former else {}),
            "Content-Type": "application/json" if path.startswith("/ledger/entries") else
                            "application/octet-stream" if path.startswith("/ledger/blob/") else "application/zstd"})
        client.close()
        return answer

    def push(self, node, *lines, **more):
        return self.ask(node, "POST", "/ledger/push", self.lines(*lines, **more))

    def positions(self, node, digest_held="0" * 64, total=0, wait=0, **more):
        query = urllib.parse.urlencode({"digest": digest_held, "total": total, "wait": wait})
        return self.ask(node, "GET", f"/ledger/positions?{query}", **more)

    def entries(self, node, want):
        return self.ask(node, "POST", "/ledger/entries", text({"want": want}).encode())
