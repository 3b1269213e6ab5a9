# SPDX-License-Identifier: GPL-2.0-only
"""image_size.py MAP: how much memory each folder's code and data take in the linked image, from lld's map file."""
import re
import sys

INPUT = re.compile(r"^\s*([0-9a-f]+)\s+([0-9a-f]+)\s+([0-9a-f]+)\s+\d+\s{9}(\S+\.o):\((\S+)\)$")
OUTPUT = re.compile(r"^\s*([0-9a-f]+)\s+([0-9a-f]+)\s+([0-9a-f]+)\s+\d+\s(\.\S+)$")
KINDS = (("text", (".text", ".noinstr", ".entry", ".head", ".altinstr")), ("bss", (".bss", ".init")))


def kind_of(section):
    for kind, prefixes in KINDS:
        if section.startswith(prefixes):
            return kind
    return "data"


def folder_of(path):
    parts = path.split("/kernel/", 1)
    return parts[1].rsplit("/", 1)[0].removesuffix("/tests") if len(parts) == 2 else "tables"


def main():
    folders, outputs = {}, {}
    for line in open(sys.argv[1]):
        m = INPUT.match(line)
        if m and int(m[1], 16) >> 63:
            row = folders.setdefault(folder_of(m[4]), {"text": 0, "data": 0, "bss": 0})
            row[kind_of(m[5])] += int(m[3], 16)
            continue
        m = OUTPUT.match(line)
        if m and int(m[1], 16) >> 63:
            outputs[m[4]] = int(m[3], 16)
    print("%-20s %8s %8s %8s %8s" % ("folder", "text", "data", "bss", "KiB"))
    for name in sorted(folders, key=lambda n: -sum(folders[n].values())):
        row = folders[name]
        print("%-20s %8d %8d %8d %8.1f" % (name, row["text"], row["data"], row["bss"], sum(row.values()) / 1024))
    freed = outputs.get(".relocs", 0) + outputs.get(".init_bss", 0)
    total = sum(outputs.values())
    print("image %d KiB, of which %d KiB are freed after boot: %d KiB resident"
          % (total // 1024, freed // 1024, (total - freed) // 1024))


main()
