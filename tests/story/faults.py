"""Calls of the program to the system that fail, or kill it, where a story wants it: the other half of faults.c.

    faults = Faults(world)
    faults.plan("memory")                    count only
    faults.run("verify", folder)             the program, under the plan
    faults.plan("write sync", at=3)          the third write or sync fails
    faults.plan("write", at=3, action=KILL_HALF)
    faults.forget_places()
    faults.plan("memory", mode=NEW_PLACE)    the first call fails at a place (who called whom) that was not met since places were forgotten;
                                             none (hits == 0) when all have had their turn
    for _ in faults.each_place("memory"):    such plans until one hits nothing

A server that was started with `environment=faults.environment()` is met by each plan from then on.
"""

import ctypes
import mmap
import os
import pathlib
import subprocess

from support import PROGRAM, check, run

CLASSES = {"memory": 1, "open": 2, "write": 4, "sync": 8, "name": 16, "read": 32, "send": 64, "receive": 128, "connect": 256, "statement": 512}
FAIL, KILL_BEFORE, KILL_AFTER, KILL_HALF, SHORT = range(5)
BY_NUMBER, LEARN, NEW_PLACE = range(3)
PLACES = 65536
FRAMES = 14


class _Control(ctypes.Structure):
    _fields_ = [(name, ctypes.c_int64) for name in ("classes", "at", "count", "action", "mode", "from_", "seen", "hits", "places", "is_of_gnutls", "is_of_openssl", "is_of_geos", "is_of_loader")]
    _fields_ += [("each", ctypes.c_int64 * 16), ("name", ctypes.c_char * 32), ("callers", ctypes.c_uint64 * FRAMES), ("place", ctypes.c_uint64 * PLACES)]


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
        self.of_gnutls = world.folder / "faults.leaks-gnutls"
        self.of_gnutls.write_text("leak:ld-linux\nleak:libgnutls\nleak:libtasn1\nleak:libhogweed\n")
        self.met, self.using = {}, None
        self.path = world.folder / f"{name}.control"
        self.path.write_bytes(bytes(ctypes.sizeof(_Control)))
        with open(self.path, "r+b") as file:
            self.control = _Control.from_buffer(mmap.mmap(file.fileno(), 0))

    def environment(self, of_libraries=False):
        """of_libraries: what GnuTLS loses is no leak of the program."""
        # A leak is found by its exit status; the sanitizers' library need not be the first one; where a loaded library keeps what is each thread's own
        # the sanitizer guesses, sometimes wrongly, and ends.
        options = os.environ.get("ASAN_OPTIONS", "") + ":verify_asan_link_order=0:exitcode=99:allocator_may_return_null=1:intercept_tls_get_addr=0"
        return {"FAULTS": str(self.path), "LD_PRELOAD": f"{self.library} {os.environ.get('LD_PRELOAD', '')}".strip(), "ASAN_OPTIONS": options.strip(":"),
                "LSAN_OPTIONS": f"suppressions={self.of_gnutls if of_libraries else self.of_loader}:print_suppressions=0"}

    def plan(self, classes, at=0, count=1, action=FAIL, mode=BY_NUMBER, start=0):
        c = self.control
        c.mode = BY_NUMBER
        c.at = 0  # nothing is hit halfway through the change
        c.classes = sum(CLASSES[name] for name in classes.split())
        c.count, c.action = count, action
        c.seen = c.hits = c.is_of_gnutls = c.is_of_openssl = c.is_of_geos = c.is_of_loader = 0
        ctypes.memset(ctypes.addressof(c.each), 0, ctypes.sizeof(c.each))
        c.from_ = start  # places are looked at from this call on
        c.at, c.mode = at, mode

    def off(self):
        """None fails any more; what was counted stays."""
        self.control.classes, self.control.mode = 0, BY_NUMBER

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
    def is_of_openssl(self):
        return bool(self.control.is_of_openssl)

    @property
    def is_of_geos(self):
        return bool(self.control.is_of_geos)

    @property
    def is_of_loader(self):
        return bool(self.control.is_of_loader)

    @property
    def name(self):
        return self.control.name.decode()

    def callers(self):
        """Who called the call that was hit last, as far as it is of the program itself."""
        addresses = [hex(a) for a in self.control.callers if a]
        told = subprocess.run(["addr2line", "-f", "-s", "-e", PROGRAM, *addresses], capture_output=True, text=True).stdout.split("\n")
        return " < ".join(f"{name} {place}" for name, place in zip(told[::2], told[1::2]) if name != "??")

    def forget_places(self):
        self.use_places(None)

    def use_places(self, name):
        """From now on places are those that were met under this name; of a new one, and of None, there are none."""
        self.off()
        c = self.control
        if self.using is not None:
            self.met[self.using] = c.places, bytes(c.place)
        c.places, met = self.met.get(name, (0, bytes(ctypes.sizeof(c.place))))
        ctypes.memmove(c.place, met, len(met))
        self.using = name

    def each_place(self, classes, **how):
        start, is_last = 0, False
        while not is_last:
            self.plan(classes, mode=NEW_PLACE, start=start, **how)
            yield
            is_last = start == 0 and not self.hits
            # The next new place mostly comes later than the one before; at last it is looked for from the beginning.
            start = max(0, self.hit_at - 1000) if self.hits else 0
            check(self.control.places < PLACES // 2, "more places than there is room for")

    @property
    def hit_at(self):
        """The number of the call that was hit first."""
        return self.control.at

    def run(self, *arguments, **more):
        return run(*arguments, environment=self.environment(), **more)
