#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""Damaged and hostile initramfs archives and kernel command lines, each booted: what the kernel made of them, or its clear last word.

usage: boot_inputs.py [--kernel FILE] [--linux] [NAME...]

Every row is one boot, of an archive that holds BusyBox and an /init which lists what there is and powers off, with one thing wrong. A
row's words must stand on the console, in this order; "panic" rows must end in a panic that says them, "refused" rows in one line of QEMU's.
The rules are those of Linux (Documentation/driver-api/early-userspace/buffer-format.rst, and as seen on Debian's kernel: --linux takes
the words of its messages); rows where ours differs by intent give both, with the reason. Prints a line for each failed row and closes
with `N passed, N failed`.
"""
import argparse
import gzip
import os
import re
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "harness"))
import machine

INIT = b"""#!/bin/ash
echo "== started as $0" "$@"
env | sort | sed 's/^/env /'
for f in $(find /t /x* | sort); do
    if [ -L $f ]; then echo "link $f $(readlink $f)"
    elif [ -d $f ]; then echo "dir $f"
    elif [ -f $f ]; then echo "file $f $(stat -c '%a %h %s' $f) $(head -c 20 $f)"
    elif [ -e $f ]; then echo "node $f $(stat -c '%F %t %T' $f)"
    fi
done
echo == end
poweroff -f
"""
FILE, DIRECTORY, LINK, CHAR, FIFO = 0o100644, 0o40755, 0o120777, 0o20600, 0o10600
MEMORY = 96
BOOTS, PANIC, REFUSED, HANGS = "boots", "panic", "refused", "hangs"
ROWS = []


def entry(name, data=b"", mode=FILE, ino=0, nlink=1, magic=b"070701", size=None, namesize=None, rdev=(0, 0), raw=None):
    name = name.encode() if isinstance(name, str) else name
    fields = [ino, mode, 0, 0, nlink, 0, len(data) if size is None else size, 0, 0, *rdev,
              len(name) + 1 if namesize is None else namesize, 0]
    header = magic + (raw or b"".join(b"%08x" % f for f in fields))
    head = header + name + b"\0"
    return head + bytes(-len(head) % 4) + data + bytes(-len(data) % 4)


TRAILER = entry("TRAILER!!!", mode=0)
APPLETS = ("ash", "env", "sort", "sed", "find", "readlink", "stat", "head", "poweroff", "echo")


def base(init=INIT, mode=0o100755):
    with open("/bin/busybox", "rb") as f:
        parts = [entry("bin", mode=DIRECTORY), entry("bin/busybox", f.read(), 0o100755)]
    parts += [entry("dev", mode=DIRECTORY), entry("t", mode=DIRECTORY), entry("t/first", b"1")]
    parts += [entry(f"bin/{a}", b"busybox", LINK) for a in APPLETS]
    return b"".join(parts) + (entry("init", init, mode) if init else b"")


def row(name, archive, *words, how=BOOTS, append="", linux=None, absent=(), **kw):
    """@linux: (how, words) where Debian's kernel ends otherwise."""
    ROWS.append((name, archive, how, words, append, linux, absent, kw))


LAST = entry("t/last", b"2")
KEPT = "file /t/last 644 1 1 2"
NO_FIRST = "no first program found"
NO_ROOT = (PANIC, ["Unable to mount root fs"])


def archives():
    good = base() + LAST + TRAILER
    row("whole", good, "== started as /init", "file /t/first 644 1 1 1", KEPT, "== end", absent=["damaged", "failed:"])
    # ---- cut short
    row("cut in a header", base() + LAST[:50], "damaged", "== started", "== end", absent=["/t/last"], linux=(BOOTS, ["== end"]))
    row("cut in a name", base() + LAST[:112], "damaged", "== end", absent=["/t/last"], linux=(BOOTS, ["== end"]))
    # Linux makes the file at its full length and says nothing; ours leaves out what it has not got.
    row("cut in the data", base() + entry("t/long", b"x" * 5000)[:2000], "damaged", "== end", absent=["/t/long"],
        linux=(BOOTS, ["file /t/long 644 1 5000", "== end"]))
    row("cut before the trailer", base() + LAST, KEPT, "== end", absent=["damaged"])
    row("cut within BusyBox", good[:100000], "damaged", NO_FIRST, how=PANIC, linux=NO_ROOT)
    row("empty", b"", NO_FIRST, how=PANIC, linux=NO_ROOT)
    row("zeros", bytes(8192), NO_FIRST, how=PANIC, linux=NO_ROOT)
    row("a trailer alone", TRAILER, NO_FIRST, how=PANIC, linux=NO_ROOT)
    # ---- not an archive
    row("random bytes", bytes((i * 73 + 11) % 256 for i in range(9000)), "damaged at byte 0", NO_FIRST, how=PANIC, linux=NO_ROOT)
    row("text", b"This is no archive.\n" * 300, "damaged at byte 0", NO_FIRST, how=PANIC, linux=NO_ROOT)
    row("the old format", b"070707" + good[6:], "damaged at byte 0", NO_FIRST, how=PANIC, linux=NO_ROOT)
    row("the binary format", b"\xc7\x71" + good[2:], "damaged at byte 0", NO_FIRST, how=PANIC, linux=NO_ROOT)
    # The launcher unpacks; this kernel does not.
    row("packed", gzip.compress(good), "packed by gzip at byte 0", NO_FIRST, how=PANIC, linux=(BOOTS, [KEPT, "== end"]))
    row("packed and damaged", gzip.compress(good)[:70000], "packed by gzip", NO_FIRST, how=PANIC, linux=NO_ROOT)
    row("packed junk behind", good + gzip.compress(b"junk" * 50), KEPT.split()[0], "== end", linux=(BOOTS, [KEPT, "== end"]))
    row("a compressor's name and nothing else", b"\x28\xb5\x2f\xfd" + bytes(100), "packed by zstd", NO_FIRST, how=PANIC, linux=NO_ROOT)
    # ---- headers
    damage = (BOOTS, ["failed: no cpio magic", "== started", "== end"])
    row("a wrong magic in the middle", base() + entry("t/bad", b"x", magic=b"070703") + LAST, "damaged", "== end",
        absent=["/t/last", "/t/bad"], linux=damage)
    row("letters that are no digits", base() + entry("t/bad", b"x", raw=b"0000000g" * 13) + LAST, "damaged", "== end",
        absent=["/t/last"], linux=(BOOTS, ["== end"]))
    row("checksums", base() + entry("t/sum", b"x", magic=b"070702") + LAST, KEPT, "file /t/sum 644 1 1 x", "== end")
    row("data of 4 GiB", base() + entry("t/huge", b"x", size=0xffffffff) + LAST, "damaged", "== end", absent=["/t/last", "/t/huge"],
        linux=(BOOTS, ["== end"]))
    row("data of 2 GiB", base() + entry("t/huge", b"x", size=0x7fffffff) + LAST, "damaged", "== end", absent=["/t/last", "/t/huge"],
        linux=(BOOTS, ["== end"]))
    row("a name of 4 GiB", base() + entry("t/bad", b"x", namesize=0xffffffff) + LAST, "damaged", "== end", absent=["/t/last"],
        linux=(BOOTS, ["== end"]))
    row("no name", base() + entry("t/bad", b"x", namesize=0) + LAST, "damaged", "== end", linux=(BOOTS, ["== end"]))
    row("a name without its end", base() + entry("t/bad", b"x", namesize=5) + LAST, "== end", linux=(BOOTS, ["== end"]))
    row("a name of 5,000 bytes", base() + entry("t/" + "n" * 5000, b"x") + LAST, KEPT, "== end", absent=["nnnn"])
    row("a component of 300 bytes", base() + entry("t/" + "n" * 300, b"x") + LAST, KEPT, "== end", absent=["file /t/nnnn"])
    row("a path of 4,000 bytes", base() + entry("t/" + "d/" * 1999, mode=DIRECTORY) + LAST, KEPT, "== end")
    # ---- names
    row("an absolute name", base() + entry("/t/absolute", b"a") + LAST, "file /t/absolute 644 1 1 a", KEPT, "== end")
    row("dots", base() + entry("../../t/../t/./dots", b"a") + LAST, "file /t/dots 644 1 1 a", KEPT, "== end")
    row("the root itself", base() + entry(".", mode=DIRECTORY) + entry("..", mode=DIRECTORY) + entry("/", mode=DIRECTORY) + LAST,
        KEPT, "== end", absent=["damaged"])
    row("the root as a file", base() + entry("..", b"a") + entry("/", b"a") + LAST, KEPT, "== end")
    row("a NUL in the name", base() + entry("t/cut\0off", b"a") + LAST, "file /t/cut 644 1 1 a", KEPT, "== end")
    # Linux drops what has no directory; ours makes it.
    row("a missing directory", base() + entry("t/none/file", b"a") + LAST, "dir /t/none", KEPT, "== end", linux=(BOOTS, [KEPT, "== end"]))
    row("a file below a file", base() + entry("t/first/below", b"a") + LAST, "file /t/first 644 1 1 1", KEPT, "== end")
    # ---- kinds
    row("device nodes", base() + entry("t/null", mode=CHAR, rdev=(1, 3)) + entry("t/pipe", mode=FIFO)
        + entry("t/much", mode=CHAR, rdev=(0xffffffff, 0xffffffff)) + LAST,
        KEPT, "node /t/null character special file 1 3", "node /t/pipe fifo 0 0", "== end")
    row("a kind that does not exist", base() + entry("t/bad", mode=0o030644) + entry("t/zero", mode=0) + LAST, KEPT, "== end",
        absent=["/t/bad", "/t/zero"])
    row("a directory with data", base() + entry("t/bad", b"data", mode=DIRECTORY) + LAST, KEPT, "== end", absent=["/t/bad"])
    row("a node with data", base() + entry("t/bad", b"data", mode=CHAR) + LAST, KEPT, "== end", absent=["/t/bad"])
    row("a link to 5,000 bytes", base() + entry("t/bad", b"x" * 5000, mode=LINK) + LAST, KEPT, "== end", absent=["/t/bad"])
    row("a link to nothing", base() + entry("t/bad", b"", mode=LINK) + LAST, "link /t/bad ", KEPT, "== end")
    # ---- one name twice
    row("a file over a link", base() + entry("x1", b"old") + entry("t/name", b"/x1", LINK) + entry("t/name", b"new") + LAST,
        KEPT, "file /t/name 644 1 3 new", "file /x1 644 1 3 old", "== end")
    row("a link over a file", base() + entry("t/name", b"old") + entry("t/name", b"/x1", LINK) + LAST, KEPT, "link /t/name /x1", "== end")
    row("a file over a directory", base() + entry("t/name", mode=DIRECTORY) + entry("t/name", b"new") + LAST,
        KEPT, "file /t/name 644 1 3 new", "== end")
    row("a file over a full directory", base() + entry("t/d", mode=DIRECTORY) + entry("t/d/in", b"in") + entry("t/d", b"new") + LAST,
        "dir /t/d", "file /t/d/in 644 1 2 in", KEPT, "== end")
    row("a directory over a file", base() + entry("t/name", b"old") + entry("t/name", mode=DIRECTORY) + LAST, KEPT, "dir /t/name", "== end")
    row("a longer file, then a shorter", base() + entry("t/name", b"a" * 9999) + entry("t/name", b"b") + LAST,
        KEPT, "file /t/name 644 1 1 b", "== end")
    row("a link in the way", base() + entry("t/dir", b"/", LINK) + entry("t/dir/x2", b"a") + LAST, "file /x2 644 1 1 a", "== end")
    row("links in a circle", base() + entry("t/a", b"b", LINK) + entry("t/b", b"a", LINK) + entry("t/a/c", b"a") + LAST,
        "link /t/a b", "link /t/b a", KEPT, "== end")
    # ---- hard links
    row("hard links", base() + entry("t/h1", b"same", ino=7, nlink=2) + entry("t/h2", b"", ino=7, nlink=2) + LAST,
        "file /t/h1 644 2 4 same", "file /t/h2 644 2 4 same", KEPT, "== end")
    row("hard links, the data last", base() + entry("t/h1", b"", ino=7, nlink=2) + entry("t/h2", b"same", ino=7, nlink=2) + LAST,
        "file /t/h1 644 2 4 same", "file /t/h2 644 2 4 same", "== end")
    row("hard links to a number of another archive", base() + entry("t/h1", b"one", ino=7, nlink=2) + TRAILER
        + entry("t/h2", b"two", ino=7, nlink=2) + LAST, "file /t/h1 644 1 3 one", "file /t/h2 644 1 3 two", "== end")
    row("a hard link to itself", base() + entry("t/h1", b"one", ino=7, nlink=9) + entry("t/h1", b"", ino=7, nlink=9) + LAST,
        KEPT, "== end")
    row("a hard link to what became a directory", base() + entry("t/h1", b"one", ino=7, nlink=2) + entry("t/h1", mode=DIRECTORY)
        + entry("t/h2", b"", ino=7, nlink=2) + LAST, "dir /t/h1", KEPT, "== end")
    # Linux drops both: the first for its directory, the second for the first.
    row("hard links in a missing directory", base() + entry("t/none/h1", b"", ino=7, nlink=2) + entry("t/none/h2", b"same", ino=7, nlink=2)
        + LAST, "file /t/none/h1 644 2 4 same", "file /t/none/h2 644 2 4 same", KEPT, "== end", linux=(BOOTS, [KEPT, "== end"]))
    row("a hard link over a file", base() + entry("t/h2", b"old") + entry("t/h1", b"one", ino=7, nlink=2) + entry("t/h2", b"", ino=7, nlink=2)
        + LAST, "file /t/h1 644 2 3 one", "file /t/h2 644 2 3 one", KEPT, "== end")
    # Linux opens the fifo to write to it, and waits for a reader for ever.
    row("a hard link to what became a fifo", base() + entry("t/h1", b"one", ino=7, nlink=2) + entry("t/h1", mode=FIFO)
        + entry("t/h2", b"two", ino=7, nlink=2) + LAST, "node /t/h1 fifo", KEPT, "== end", absent=["/t/h2"], linux=(HANGS, []))
    # ---- behind the end
    row("zeros behind", good + bytes(5000), KEPT, "== end", absent=["damaged"])
    row("garbage behind", good + b"garbage", "damaged", KEPT, "== end", linux=(BOOTS, ["unpacking failed", KEPT, "== end"]))
    row("another archive behind", good + bytes(512) + entry("t/more", b"3") + TRAILER, KEPT, "file /t/more 644 1 1 3", "== end")
    row("a damaged archive behind", good + bytes(512) + entry("t/more", b"3")[:40], "damaged", KEPT, "== end", absent=["/t/more"],
        linux=(BOOTS, [KEPT, "== end"]))
    # ---- bits
    for at, bit in ((7, 1), (20, 2), (60, 3), (96, 0), (101, 4), (112, 5)):
        flipped = bytearray(base() + LAST + entry("t/end", b"4"))
        flipped[len(base()) + at] ^= 1 << bit
        row(f"bit {bit} of byte {at}", bytes(flipped), "== started", "== end")
    # ---- more than there is
    many = b"".join(entry(f"t/f{i}", b"m" * 400) for i in range(20000))
    row("8,000 files", base() + b"".join(entry(f"many{i}", b"m") for i in range(8000)) + LAST, KEPT, "== end", absent=["error"])
    row("20,000 files, more than this memory's tmpfs may have", base() + b"".join(entry(f"many{i}", b"m") for i in range(20000)) + LAST,
        "error -28", "20017 entries", "== end", linux=(BOOTS, ["== end"]))
    row("more than memory, unpacked", base() + many + entry("t/big", b"b" * (25 << 20)) + LAST, "== started", memory=72, listed=False,
        linux=(BOOTS, []))
    row("larger than memory", good + bytes(200 << 20), "", how=REFUSED, memory=64)
    # ---- the first program
    row("init is a directory", base(None) + entry("init", mode=DIRECTORY), "cannot run /init: error -13", NO_FIRST, how=PANIC, linux=NO_ROOT)
    row("init is not executable", base(INIT, FILE) + LAST, "cannot run /init: error -13", NO_FIRST, how=PANIC, linux=NO_ROOT)
    row("init is empty", base(b"") + entry("init", b"", 0o100755), "cannot run /init: error -8", NO_FIRST, how=PANIC, linux=(PANIC, ["No working init found"]))
    row("init wants what is not there", base(b"#!/nothing\n"), NO_FIRST, how=PANIC, linux=(PANIC, ["No working init found"]))
    row("init is a link to itself", base(None) + entry("init", b"init", LINK), "cannot run /init: error -40", NO_FIRST, how=PANIC, linux=NO_ROOT)
    row("init is a device", base(None) + entry("init", mode=CHAR | 0o777, rdev=(1, 3)), "cannot run /init: error -13", NO_FIRST, how=PANIC, linux=NO_ROOT)
    row("no console", base().replace(b"dev\0", b"d00\0") + LAST, KEPT, "== end")


def command_lines():
    good = base() + LAST + TRAILER

    def line(name, append, *words, **kw):
        row(name, good, *words, append=append, **kw)

    line("unknown words", "strange odd=1 x.y=z", "== started as /init strange", "env odd=1", "== end", absent=["env x.y"])
    line("two dashes", "-- a b=c quiet", "== started as /init a b=c quiet", "== end")
    line("no closing quote", 'open="never closed', "env open=never closed", "== end")
    line("quotes alone", '"" "=" = ""=""', "== started", "== end")
    line("equals alone", "= == =x", "== started", "== end")
    line("control characters", "a\tb\x01c \x7f\x80\xff", "== started", "== end")
    line("4 KiB", "w=" + "x" * 4096, "only the first 2047 bytes", "== started", "== end", linux=(BOOTS, ["== started", "== end"]))
    line("60 words", " ".join(f"word{i}" for i in range(60)), "== started as /init word0 word1", "== end",
         linux=(PANIC, ["Too many boot init vars"]))  # ours leaves out what is more
    line("a name of 1,500 bytes", "n" * 1500, "== started as /init nnnn", "== end")
    line("absurd numbers", "loglevel=99999999999999999999 panic=99999999999999999999 maxcpus=-5 nr_cpus=99999999999 mem=-1",
         "== started", "== end", linux=(BOOTS, []))
    line("numbers that are words", "loglevel=x panic=x nr_cpus=x maxcpus=x tsc_early_khz=x still_stress=x", "== started", "== end",
         linux=(BOOTS, []))
    line("empty settings", "loglevel= panic= nr_cpus= console= root= pci= pv= mitigations= oops=", "== started", "== end", linux=(BOOTS, []))
    line("no processors", "nr_cpus=0", "== started", "== end", linux=(BOOTS, []))
    line("a clock of nothing", "tsc_early_khz=0", "== started", "== end", linux=(BOOTS, []))
    line("a console that is not there", "console=ttyS7 console=nosuch", "", linux=(BOOTS, []))
    line("rdinit that is not there", "rdinit=/nothing", "cannot run /nothing: error -2", NO_FIRST, how=PANIC, linux=NO_ROOT)
    line("rdinit that cannot be executed", "rdinit=/t/first", "cannot run /t/first: error -13", NO_FIRST, how=PANIC, linux=NO_ROOT)
    line("rdinit that is a directory", "rdinit=/t", "cannot run /t: error -13", NO_FIRST, how=PANIC, linux=NO_ROOT)
    line("rdinit of 1,000 bytes", "rdinit=/" + "d/" * 500, "cannot run /d/d", NO_FIRST, how=PANIC, linux=NO_ROOT)
    line("rdinit of 300 bytes in one", "rdinit=/" + "d" * 300, "error -36", NO_FIRST, how=PANIC, linux=NO_ROOT)
    line("rdinit and init", "rdinit=/nothing init=/none", "panic: cannot run /none: error -2", how=PANIC, linux=NO_ROOT)
    line("init with an init there", "init=/nothing", "== started as /init", "== end", absent=["init=/nothing\nenv"])
    line("rdinit twice", "rdinit=/nothing rdinit=/init", "== started as /init", "== end")
    line("a relative rdinit", "rdinit=init", "== started as init", "== end")
    line("crash of no kind", "crash=nothing", "crash=nothing did not crash|unknown", how=PANIC, linux=(BOOTS, ["== end"]))


def tsc_khz():
    """Linux cannot always measure it on a busy machine (host/clock.c)."""
    with open("/proc/cpuinfo") as f:
        return int(float(re.search(r"cpu MHz\s*: (\S+)", f.read())[1]) * 1000)


def run_row(opt, archive, append, memory=MEMORY, listed=True):
    with tempfile.NamedTemporaryFile() as f:
        f.write(archive)
        f.flush()
        limit = 90 if opt.linux else 30
        words = f"tsc_early_khz={tsc_khz()} {append}" if opt.linux else append
        args = machine.qemu_args(opt.kernel, f.name, "microvm", 1, (max(memory, 192) if opt.linux else memory), words)
        return machine.boot(args, limit)


def judge(how, words, absent, text, timed_out):
    if timed_out or how == HANGS: # Linux alone is known to
        return "time limit" if how != HANGS else None if timed_out else "it ended"
    panics = re.search(r"panic:|Kernel panic", text)
    if how == REFUSED:
        return None if "qemu" in text and not re.search("== started", text) else "QEMU did not refuse it"
    if how == PANIC and not panics:
        return "no panic"
    if how == PANIC and "end of panic" not in text and "Kernel Offset" not in text:
        return "the panic has no end"
    if re.search(r"BUG|WARN|general protection|page fault at|assertion", text):
        return "the kernel complains of itself"
    at = 0
    for word in words:
        m = re.compile(word.replace("(", r"\(")).search(text, at if word.startswith("==") else 0)
        if not m:
            return f"no {word!r}"
        at = m.end() if word.startswith("==") else at
    for word in absent:
        if word in text.partition("== started")[2 if word.startswith("/") else 0] or (not word.startswith("/") and word in text):
            return f"{word!r} is there"
    return None


def main():
    parser = argparse.ArgumentParser(usage=__doc__)
    parser.add_argument("--kernel", default="build/perennial.elf")
    parser.add_argument("--linux", action="store_true")
    parser.add_argument("--verbose", action="store_true")
    parser.add_argument("names", nargs="*")
    opt = parser.parse_args()
    archives()
    command_lines()
    passed = failed = 0
    for name, archive, how, words, append, linux, absent, kw in ROWS:
        if opt.names and name not in opt.names:
            continue
        if opt.linux and linux:
            how, words = linux
            absent = ()
        if opt.linux:
            absent = [a for a in absent if a.startswith("/")]
        text, timed_out = run_row(opt, archive, append, **kw)
        problem = judge(how, words, absent, text, timed_out)
        passed += not problem
        failed += bool(problem)
        if problem or opt.verbose:
            print(f"{'FAIL' if problem else 'ok'} {name}: {problem}", flush=True)
            print("\n".join("  | " + line for line in text.splitlines()[-25:]))
    print(f"{passed} passed, {failed} failed")
    sys.exit(1 if failed or not passed else 0)


if __name__ == "__main__":
    main()
