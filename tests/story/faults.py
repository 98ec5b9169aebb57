"""Calls of the program to the system that fail, or kill it, where a story wants it: the other half of faults.c.

    faults = Faults(world)
    faults.plan("memory")                    count only
    faults.run("verify", folder)             the program, under the plan
    faults.plan("write sync", at=3)          the third write or sync fails
    faults.plan("write", at=3, action=KILL_HALF)

A server that was started with `environment=faults.environment()` is met by each plan from then on.
"""

import ctypes
import mmap
import os
import pathlib
import subprocess

from support import check, run

CLASSES = {"memory": 1, "open": 2, "write": 4, "sync": 8, "name": 16, "read": 32, "send": 64, "receive": 128, "connect": 256}
FAIL, KILL_BEFORE, KILL_AFTER, KILL_HALF, SHORT = range(5)
SITES = 16384


class _Site(ctypes.Structure):
    _fields_ = [("hash", ctypes.c_uint64), ("first", ctypes.c_int64)]


class _Control(ctypes.Structure):
    _fields_ = [(name, ctypes.c_int64) for name in ("classes", "at", "count", "action", "wants_sites", "seen", "hits", "sites", "is_of_gnutls")]
    _fields_ += [("each", ctypes.c_int64 * 16), ("name", ctypes.c_char * 32), ("site", _Site * SITES)]


class Faults:
    def __init__(self, world, name="faults"):
        source = pathlib.Path(__file__).with_suffix(".c")
        self.library = world.folder / "faults.so"
        if not self.library.exists():
            done = subprocess.run([os.environ.get("CC") or "cc", "-std=gnu17", "-D_GNU_SOURCE", "-Wall", "-Wextra", "-Werror",
                                   "-shared", "-fPIC", "-O1", "-fno-omit-frame-pointer", "-o", self.library, source, "-ldl", "-lgcc_s"], capture_output=True)
            check(done.returncode == 0, done.stderr.decode())
        self.of_loader = world.folder / "faults.leaks"
        self.of_loader.write_text("leak:ld-linux\n")  # what the loader keeps of a library for good, and where the sanitizer does not look
        self.path = world.folder / f"{name}.control"
        self.path.write_bytes(bytes(ctypes.sizeof(_Control)))
        with open(self.path, "r+b") as file:
            self.control = _Control.from_buffer(mmap.mmap(file.fileno(), 0))

    def environment(self):
        # A leak is found by its exit status; the sanitizers' library need not be the first one.
        options = os.environ.get("ASAN_OPTIONS", "") + ":verify_asan_link_order=0:exitcode=99:allocator_may_return_null=1"
        return {"FAULTS": str(self.path), "LD_PRELOAD": str(self.library), "ASAN_OPTIONS": options.strip(":"),
                "LSAN_OPTIONS": f"suppressions={self.of_loader}:print_suppressions=0"}

    def plan(self, classes, at=0, count=1, action=FAIL, wants_sites=False):
        c = self.control
        c.at = 0  # nothing is hit halfway through the change
        c.classes = sum(CLASSES[name] for name in classes.split())
        c.count, c.action, c.wants_sites = count, action, wants_sites
        c.seen = c.hits = c.sites = c.is_of_gnutls = 0
        ctypes.memset(ctypes.addressof(c.each), 0, ctypes.sizeof(c.each))
        if wants_sites:
            ctypes.memset(ctypes.addressof(c.site), 0, ctypes.sizeof(c.site))
        c.at = at

    def off(self):
        self.plan("")

    @property
    def seen(self):
        return self.control.seen

    def seen_of(self, classes):
        """Calls of these kinds since the plan was made, whatever it meant."""
        return sum(self.control.each[CLASSES[name].bit_length() - 1] for name in classes.split())

    @property
    def hits(self):
        return self.control.hits

    @property
    def is_of_gnutls(self):
        """The call that was hit last: GnuTLS asked for it, itself or by what it rests on."""
        return bool(self.control.is_of_gnutls)

    @property
    def name(self):
        return self.control.name.decode()

    def sites(self):
        """The first call of each place in the program, told by who called whom."""
        check(self.control.sites < SITES // 2, "more places than there is room for")
        return sorted(s.first for s in self.control.site if s.hash)

    def run(self, *arguments, **more):
        return run(*arguments, environment=self.environment(), **more)
