# SPDX-License-Identifier: GPL-2.0-only
# lib: pure data structures, strings, assert. No kernel state; the same sources are compiled for the host.
srcs := bitmap.c calendar.c chacha20.c cmdline.c cpio.c crc32.c elf_parse.c hash.c idr.c kstrtox.c memory.c \
	mount_opts.c printf.c rbtree.c sort.c string.c uuid.c warn_once.c xarray.c xarray_find.c
deps :=
public_deps :=
host_srcs := $(filter-out memory.c,$(srcs))
host_tests := $(patsubst kernel/lib/tests/%,%,$(wildcard kernel/lib/tests/*_test.c))
host_fuzz := $(patsubst kernel/lib/tests/%,%,$(wildcard kernel/lib/tests/*_fuzz.c))
