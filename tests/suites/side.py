# SPDX-License-Identifier: GPL-2.0-only
"""One command on either kernel, and Linux's side of a comparison as it is recorded.

A record is a JSON file in tests/expected/SUITE/ that holds what Linux answered, `hash` (of the test) and `kernel` (the Debian
package whose kernel answered). It counts only while the test still has that hash.
"""
import json
import os
import subprocess

DEBIAN = "build/debian/generic/boot/vmlinuz"
ENV = {"LC_ALL": "C", "HOME": "/root", "PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"}
LAUNCHER_FAILED = 125
TIME_LIMIT = 124


def run(kernel, command, limit, env=(), cpus=2):
    """status, stdout, stderr of @command, run as the VM's root on `ours` or `debian`; a caller's make is not seen inside.

    From the environment: SHARE names the kind of share (9p, virtiofs; the command chooses without it), IMAGE another image of our
    kernel than the one beside the command, and TIMES how many times longer than usual that one may take.
    """
    if kernel == "ours":
        limit *= int(os.environ.get("TIMES", 1))
    args = ["build/perennial", "run", "--timeout", str(limit), "--cpus", str(cpus), "--user", "root"]
    for name, value in {**ENV, **dict(env)}.items():
        args += ["--env", f"{name}={value}"]
    if kernel == "debian":
        args += ["--kernel", DEBIAN]
    elif os.environ.get("IMAGE"):
        args += ["--kernel", os.environ["IMAGE"]]
    if os.environ.get("SHARE"):
        args += ["--share", os.environ["SHARE"]]
    outside = {k: v for k, v in os.environ.items() if "MAKE" not in k}
    try:
        result = subprocess.run(args + ["--"] + command, stdin=subprocess.DEVNULL, capture_output=True,
                                timeout=limit + 100, env=outside)
    except subprocess.TimeoutExpired as late:
        return {"status": TIME_LIMIT, "out": (late.stdout or b"").decode("latin1"),
                "err": (late.stderr or b"").decode("latin1") + "the launcher did not come back\n"}
    return {"status": result.returncode, "out": result.stdout.decode("latin1"), "err": result.stderr.decode("latin1")}


def kernel_package():
    """The Debian package that build/debian/generic was unpacked from, with its version."""
    with open("build/debian/generic/package") as f:
        return f.read().strip()


def load(suite, name, test_hash):
    """What Linux answered, or None if this very test was never recorded."""
    try:
        with open(f"tests/expected/{suite}/{name}") as f:
            want = json.load(f)
    except FileNotFoundError:
        return None
    return want if want["hash"] == test_hash else None


def save(suite, name, test_hash, answer):
    os.makedirs(f"tests/expected/{suite}", exist_ok=True)
    with open(f"tests/expected/{suite}/{name}", "w") as f:
        json.dump({**answer, "hash": test_hash, "kernel": kernel_package()}, f, indent=1)
        f.write("\n")
