#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""The fast paths of the allocators name no symbol of reservations: nobody pays for them who does not reserve.

usage: fastpath.py [--objects FOLDER]

Looks at the disassembly, with the names that its calls and loads refer to. Proves itself on a function that must name one.
Closes with `N passed, N failed`.
"""
import argparse
import os
import re
import subprocess
import sys

FAST = {
    "pages/page_alloc.o": ["alloc_pages", "alloc_pages_node", "alloc_pages_nodes", "alloc_folio", "free_pages", "folio_free"],
    "pages/page_stack.o": ["page_stack_alloc", "page_stack_free"],
    "pages/magazine.o": ["kmem_cache_alloc", "kmem_cache_free"],
}
SLOW = ("pages/page_alloc.o", "alloc_pages_narrow")
OURS = re.compile(r"reserve|standing|promise")


def names(path, function):
    """What @function refers to; None: it is not there."""
    out = subprocess.run(["objdump", "-dr", "--disassemble=" + function, path], capture_output=True, text=True).stdout
    if "<%s>:" % function not in out:
        return None
    return set(re.findall(r"R_X86_64_\w+\s+([\w.]+)", out))


def main():
    parser = argparse.ArgumentParser(usage=__doc__)
    parser.add_argument("--objects", default="build/release/kernel")
    args = parser.parse_args()
    passed = failed = 0
    for file, functions in FAST.items():
        for function in functions:
            found = names(os.path.join(args.objects, file), function)
            ok = found is not None and not any(OURS.search(name) for name in found)
            passed, failed = passed + ok, failed + (not ok)
            if not ok:
                print("FAIL %s: %s" % (function, "not there" if found is None else sorted(found)))
    slow = names(os.path.join(args.objects, SLOW[0]), SLOW[1]) or set()
    ok = any(OURS.search(name) for name in slow)
    print("%d passed, %d failed" % (passed + ok, failed + (not ok)))
    return 1 if failed or not ok else 0


sys.exit(main())
