"""Another program that speaks the exchange, written from docs/exchange.md alone: it has a key, writes streams of entries
with hashes and seals, signs its requests. It can also write what no honest node would."""

import contextlib
import ctypes
import datetime
import hashlib
import http.client
import http.server
import json
import threading
import urllib.parse

from signing import Signer
from support import Client, check


def digest(data):
    return hashlib.sha256(data).hexdigest()


def text(thing):
    return json.dumps(thing, ensure_ascii=False, separators=(",", ":"))


# A process for each piece of the exchange would cost more than the exchange.
_zstd = ctypes.CDLL("libzstd.so.1")
for _name, _result, _arguments in (
        ("createCCtx", ctypes.c_void_p, []), ("freeCCtx", ctypes.c_size_t, [ctypes.c_void_p]),
        ("CCtx_setParameter", ctypes.c_size_t, [ctypes.c_void_p, ctypes.c_int, ctypes.c_int]),
        ("compress2", ctypes.c_size_t, [ctypes.c_void_p, ctypes.c_char_p, ctypes.c_size_t, ctypes.c_char_p, ctypes.c_size_t]),
        ("compressBound", ctypes.c_size_t, [ctypes.c_size_t]),
        ("decompress", ctypes.c_size_t, [ctypes.c_char_p, ctypes.c_size_t, ctypes.c_char_p, ctypes.c_size_t]),
        ("isError", ctypes.c_uint, [ctypes.c_size_t]), ("getErrorCode", ctypes.c_int, [ctypes.c_size_t]),
        ("getErrorName", ctypes.c_char_p, [ctypes.c_size_t])):
    _call = getattr(_zstd, f"ZSTD_{_name}")
    _call.restype, _call.argtypes = _result, _arguments
_CONTENT_SIZE, _CHECKSUM = 200, 201  # ZSTD_c_contentSizeFlag, ZSTD_c_checksumFlag
_NO_ROOM = 70  # ZSTD_error_dstSize_tooSmall


def _length(said):
    check(not _zstd.ZSTD_isError(said), "zstd:", (_zstd.ZSTD_getErrorName(said) or b"").decode())
    return said


def packed(data):
    """A frame as of a stream: with a checksum, without its size."""
    context = _zstd.ZSTD_createCCtx()
    _length(_zstd.ZSTD_CCtx_setParameter(context, _CONTENT_SIZE, 0))
    _length(_zstd.ZSTD_CCtx_setParameter(context, _CHECKSUM, 1))
    room = ctypes.create_string_buffer(_zstd.ZSTD_compressBound(len(data)))
    length = _length(_zstd.ZSTD_compress2(context, room, len(room), data, len(data)))
    _zstd.ZSTD_freeCCtx(context)
    return room.raw[:length]


def unpacked(data):
    """What all frames hold; a failure where one is damaged or cut off."""
    size = 16 * len(data) + 65536
    while True:
        room = ctypes.create_string_buffer(size)
        said = _zstd.ZSTD_decompress(room, size, data, len(data))
        if not _zstd.ZSTD_isError(said) or _zstd.ZSTD_getErrorCode(said) != _NO_ROOM:
            return ctypes.string_at(room, _length(said))
        size *= 4


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

    def receipt(self):
        """The file of the receipt of the newest entry, under a seal at it; made from docs/exchange.md alone."""
        bits = int(self.hash[:14], 16) >> 6
        signs = "".join("0123456789ABCDEFGHJKMNPQRSTVWXYZ"[bits >> 5 * i & 31] for i in range(9, -1, -1))
        head = text({"caunoi_proof": 1, "name": f"{signs[:5]}-{signs[5:]}", "entry": self.hash, "entries": 1}).encode()
        return b"\n".join([head, self.entries[-1], self.seal()]) + b"\n"


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

    def headers(self, node, path, signed=digest(b""), seconds_ahead=0, signer=None, to=None):
        """What signs a request to a node. signed: the hash of its body; to: the key it is signed for, where that is another's."""
        at = (datetime.datetime.now(datetime.timezone(datetime.timedelta(hours=7))) +
              datetime.timedelta(seconds=seconds_ahead)).isoformat(timespec="milliseconds")
        signature = (signer or self.signer).sign(f"caunoi request 2\n{to or node.key}\n{path}\n{at}\n{signed}\n".encode())
        return {"Caunoi-Node": self.key, "Caunoi-At": at, "Caunoi-Signature": signature.hex(),
                **({"Caunoi-Former": self.former} if self.former else {})}

    def ask(self, node, method, path, body=b"", signed_body=None, **more):
        """A signed request to a node; more: as above."""
        signed = digest(body if signed_body is None else signed_body)
        client = Client(node.address, seconds=60)
        answer = client.ask(method, path, body or None, {
            **self.headers(node, path, signed, **more),
            **({"Caunoi-Body": signed} if body else {}),
            "Content-Type": "application/json" if path.startswith("/ledger/entries") else
                            "application/octet-stream" if path.startswith("/ledger/blob/") else "application/zstd"})
        client.close()
        return answer

    def push(self, node, *lines, seconds_ahead=0, **more):
        return self.ask(node, "POST", "/ledger/push", self.lines(*lines, **more), seconds_ahead=seconds_ahead)

    def positions(self, node, digest_held="0" * 64, total=0, wait=0, **more):
        query = urllib.parse.urlencode({"digest": digest_held, "total": total, "wait": wait})
        return self.ask(node, "GET", f"/ledger/positions?{query}", **more)

    def entries(self, node, want, **more):
        return self.ask(node, "POST", "/ledger/entries", text({"want": want, **more}).encode())


class Thief(Peer):
    """Somebody with the key file of a node."""

    def __init__(self, node):
        self.signer = Signer(bytes.fromhex((node.folder / "key").read_text().splitlines()[0])[:32])
        self.key, self.unit, self.former = self.signer.public.hex(), node.unit, ""


class Between:
    """Stands between a node that asks and one that answers, and passes on what they say; before a request it may do something (before: its path). posted: what was
    sent along."""

    def __init__(self, node, before):
        to = urllib.parse.urlsplit(node.address)
        posted = self.posted = []

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def log_message(self, *_):
                pass

            def do_GET(self):
                self.pass_on()

            def do_POST(self):
                posted.append(self.rfile.read(int(self.headers["Content-Length"])))
                self.pass_on(posted[-1])

            def pass_on(self, body=None):
                before(self.path)
                there = http.client.HTTPConnection(to.hostname, to.port, timeout=60)
                there.request(self.command, self.path, body, dict(self.headers))
                answer = there.getresponse()
                data = answer.read()
                self.send_response(answer.status)
                for name, value in answer.getheaders():
                    if name.lower() not in ("content-length", "transfer-encoding", "connection", "date", "server"):
                        self.send_header(name, value)
                if answer.status != 204:
                    self.send_header("Content-Length", str(len(data)))
                there.close()
                with contextlib.suppress(OSError):  # who asked may be gone
                    self.end_headers()
                    self.wfile.write(data)

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.server.handle_error = lambda *_: None  # who asked is killed
        self.address = f"http://127.0.0.1:{self.server.server_address[1]}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def close(self):
        self.server.shutdown()
        self.server.server_close()
