# SPDX-License-Identifier: GPL-2.0-only
"""relocs.py IMAGE OUT.S: the absolute addresses in a linked image (--emit-relocs), as a table for kaslr.c.

Reads the ELF file itself: no tool's text output is parsed. Offsets are from image_start.
"""
import struct
import sys

from relocs_elf import cstr, read_sections, read_symbols

R_64, R_32, R_32S = 1, 10, 11
SHF_ALLOC, SHT_RELA = 2, 4
SHN_UNDEF, SHN_ABS = 0, 0xFFF1


def main():
    data = open(sys.argv[1], "rb").read()
    sections = read_sections(data)
    symbols, strtab = read_symbols(data, sections)
    start = next(v for v, _, n, _ in symbols if cstr(data, strtab + n) == "image_start")
    wide, narrow = set(), set()
    for sec in sections:
        if sec[1] != SHT_RELA or not sections[sec[7]][2] & SHF_ALLOC:
            continue
        for off in range(sec[4], sec[4] + sec[5], 24):
            where, info, _ = struct.unpack_from("<QQq", data, off)
            kind, sym = info & 0xFFFFFFFF, info >> 32
            if kind not in (R_64, R_32, R_32S) or symbols[sym][1] in (SHN_UNDEF, SHN_ABS):
                continue
            if kind == R_32 and symbols[sym][0] < 1 << 31:
                continue
            (wide if kind == R_64 else narrow).add(where - start)
    with open(sys.argv[2], "w") as out:
        out.write('\t.section .relocs.table, "aw"\n')
        out.write("\t.long %d, %d\n" % (len(wide), len(narrow)))
        for off in sorted(wide) + sorted(narrow):
            out.write("\t.long 0x%x\n" % off)


main()
