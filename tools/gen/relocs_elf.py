# SPDX-License-Identifier: GPL-2.0-only
"""relocs_elf.py: the little of ELF64 that relocs.py and kallsyms.py read."""
import struct

SHT_SYMTAB = 2


def read_sections(data):
    (shoff,) = struct.unpack_from("<Q", data, 0x28)
    shentsize, shnum = struct.unpack_from("<HH", data, 0x3A)
    return [struct.unpack_from("<IIQQQQIIQQ", data, shoff + i * shentsize) for i in range(shnum)]


def read_symbols(data, sections):
    """(value, section index, name offset) for each symbol, and the string table's offset."""
    for sec in sections:
        if sec[1] == SHT_SYMTAB:
            out = []
            for off in range(sec[4], sec[4] + sec[5], 24):
                name, info, _, shndx, value, _ = struct.unpack_from("<IBBHQQ", data, off)
                out.append((value, shndx, name, info))
            return out, sections[sec[6]][4]
    raise SystemExit("relocs.py: no symbol table")


def cstr(data, off):
    return data[off:data.index(b"\0", off)].decode()
