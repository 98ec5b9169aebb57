"""Two network namespaces and the wire between them, which loses, delays, slows down, repeats and reorders packets as told.

Each namespace has a TUN device; a thread carries packets from one to the other. The kernels' own means (netem) are not on
every machine, and a wire of one's own can be cut at a given byte. Nothing has a name outside this process, so nothing is
left behind however it ends. Needs root.

A second part moves a program's clock: a small library, loaded before it, adds to what the system says."""

import ctypes
import datetime
import fcntl
import heapq
import os
import pathlib
import random
import select
import struct
import subprocess
import threading
import time

_libc = ctypes.CDLL(None, use_errno=True)
_NEWNET = 0x40000000
_TUNSETIFF, _TUN_WITHOUT_HEAD = 0x400454CA, 0x1001


def _checked(result, what):
    if result != 0:
        raise OSError(ctypes.get_errno(), what)


class Place:
    """A network namespace with the address 10.9.0.N at its end of the wire."""

    def __init__(self, number):
        self.address = f"10.9.0.{number}"
        self._run(self._make)

    def _run(self, function):
        """In a thread of its own, which may leave for another namespace."""
        problems, results = [], []

        def body():
            try:
                results.append(function())
            except Exception as error:
                problems.append(error)

        thread = threading.Thread(target=body)
        thread.start()
        thread.join()
        if problems:
            raise problems[0]
        return results[0]

    def _make(self):
        _checked(_libc.unshare(_NEWNET), "a network namespace")
        self.namespace = os.open("/proc/thread-self/ns/net", os.O_RDONLY | os.O_CLOEXEC)
        self.end = os.open("/dev/net/tun", os.O_RDWR | os.O_CLOEXEC | os.O_NONBLOCK)
        fcntl.ioctl(self.end, _TUNSETIFF, struct.pack("16sH22x", b"wire", _TUN_WITHOUT_HEAD))
        for command in ("link set lo up", f"addr add {self.address}/24 dev wire", "link set wire up"):
            subprocess.run(["ip", *command.split()], check=True)

    def enter(self):
        """For a process about to begin: let it live here."""
        _checked(_libc.setns(self.namespace, _NEWNET), "entering a namespace")

    def inside(self, function):
        """What a function answers that runs here."""
        def body():
            self.enter()
            return function()
        return self._run(body)

    def close(self):
        os.close(self.end)
        os.close(self.namespace)


class Way:
    """One direction of the wire. Seconds, bits a second, shares of 1."""

    def __init__(self):
        self.heal()
        self.bytes = 0

    def heal(self):
        self.is_cut = False
        self.cut_after = None  # bytes
        self.delay = self.loss = self.twice = self.late = 0.0
        self.rate = None
        self.free_at = 0.0


class Wire:
    def __init__(self, seed=1):
        self.places = [Place(1), Place(2)]
        self.ways = [Way(), Way()]  # from the first place, from the second
        self.random = random.Random(seed)
        self.is_closed = False
        self.thread = threading.Thread(target=self._carry, daemon=True)
        self.thread.start()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.is_closed = True
        self.thread.join()
        for place in self.places:
            place.close()

    def heal(self):
        for way in self.ways:
            way.heal()

    def set(self, *directions, **settings):
        """Settings for one or both ways: 0 from the first place, 1 from the second."""
        for i in directions or (0, 1):
            for name, value in settings.items():
                setattr(self.ways[i], name, value)

    def _due(self, way, packet, now):
        """When copies of the packet arrive."""
        way.bytes += len(packet)
        if way.cut_after is not None and way.bytes > way.cut_after:
            for other in self.ways:  # the line is gone
                other.is_cut = True
        if way.is_cut or self.random.random() < way.loss:
            return []
        at = now + way.delay
        if way.rate:
            way.free_at = max(way.free_at, now) + len(packet) * 8 / way.rate
            if way.free_at > now + 4:  # what a modem does not keep
                way.free_at -= len(packet) * 8 / way.rate
                return []
            at += way.free_at - now
        if self.random.random() < way.late:
            at += self.random.uniform(0.002, 0.02)
        return [at] + ([at + self.random.uniform(0, 0.005)] if self.random.random() < way.twice else [])

    def _carry(self):
        ends = [place.end for place in self.places]
        waiting, count = [], 0
        while not self.is_closed:
            now = time.monotonic()
            while waiting and waiting[0][0] <= now:
                _, _, to, packet = heapq.heappop(waiting)
                try:
                    os.write(ends[to], packet)
                except OSError:
                    pass  # its queue is full: lost, as on any wire
            timeout = min(0.05, waiting[0][0] - now) if waiting else 0.05
            for end in select.select(ends, [], [], max(0, timeout))[0]:
                i = ends.index(end)
                try:
                    packet = os.read(end, 65536)
                except BlockingIOError:
                    continue
                for at in self._due(self.ways[i], packet, time.monotonic()):
                    count += 1
                    heapq.heappush(waiting, (at, count, 1 - i, packet))


# ---- clocks -----------------------------------------------------------------------------------------------------------


class Clock:
    """A program's clock that can be put forward and back while it runs."""

    def __init__(self, folder, name):
        self.file = folder / f"{name}.clock"
        self.file.write_bytes(struct.pack("l", 0))
        self.environment = {"CLOCK_OF_STORY": str(self.file)}
        if "CLOCK_AHEAD" not in os.environ:  # by at.sh the library is there already
            library = folder / "clock.so"
            if not library.exists():
                subprocess.run(["cc", "-shared", "-fPIC", "-O1", "-o", library, pathlib.Path(__file__).with_name("clock.c")], check=True)
            self.environment |= {"LD_PRELOAD": str(library), "ASAN_OPTIONS": os.environ.get("ASAN_OPTIONS", "") + ":verify_asan_link_order=0"}

    def show(self, day, hour=12, minute=0):
        """That time in Vietnam."""
        there = datetime.datetime.fromisoformat(f"{day}T{hour:02d}:{minute:02d}:00+07:00")
        self.set((there - datetime.datetime.now(datetime.timezone.utc)).total_seconds() / 3600)

    def set(self, hours):
        with open(self.file, "r+b") as f:
            f.write(struct.pack("l", int(hours * 3600)))
