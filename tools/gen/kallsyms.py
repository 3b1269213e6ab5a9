# SPDX-License-Identifier: GPL-2.0-only
"""kallsyms.py IMAGE OUT.S: the image's own symbol table, local symbols included.

Format (kernel/log/kallsyms.c): u32 magic, count, bytes of names; count u32 offsets from image_start, ascending;
count u32 offsets into the names; names: one type letter as nm has it, the name, a zero byte.
"""
import struct
import sys

from relocs_elf import cstr, read_sections, read_symbols

SHF_WRITE, SHF_ALLOC, SHF_EXEC, SHT_NOBITS = 1, 2, 4, 8


def letter(section, info):
    flags, kind = section[2], section[1]
    if flags & SHF_EXEC:
        c = "t"
    elif kind == SHT_NOBITS:
        c = "b"
    else:
        c = "d" if flags & SHF_WRITE else "r"
    return c.upper() if info >> 4 else c


def wanted(name, info):
    if not name or info & 15 in (3, 4):  # sections, files
        return False
    return not name.startswith((".L", "__kcfi_typeid_", "$", "__cfi_"))


def main():
    data = open(sys.argv[1], "rb").read()
    sections = read_sections(data)
    symbols, strtab = read_symbols(data, sections)
    by_name = {cstr(data, strtab + n): v for v, _, n, _ in symbols}
    start, end = by_name["image_start"], by_name["image_tail_start"]
    found = {}
    for value, shndx, n, info in symbols:
        name = cstr(data, strtab + n)
        if not 0 < shndx < len(sections) or not start <= value < end or not wanted(name, info):
            continue
        found[(value, not info & 15, name)] = letter(sections[shndx], info) + name
    rows = [(key[0] - start, found[key]) for key in sorted(found)]
    names, at = [], 0
    with open(sys.argv[2], "w") as out:
        out.write('\t.section .kallsyms.table, "a"\n\t.balign 8\n')
        out.write("\t.long 0x4d59534b, %d, %d\n" % (len(rows), sum(len(r[1]) + 1 for r in rows)))
        for off, _ in rows:
            out.write("\t.long 0x%x\n" % off)
        for _, name in rows:
            out.write("\t.long %d\n" % at)
            at += len(name) + 1
        for _, name in rows:
            out.write('\t.asciz "%s"\n' % name)


main()
