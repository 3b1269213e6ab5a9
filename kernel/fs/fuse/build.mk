# SPDX-License-Identifier: GPL-2.0-only
# FUSE: the client of a server on the host, reached over virtio.
srcs := wire.c conn.c forget.c handle.c inode.c attr.c names.c data.c file.c dir.c xattr.c export.c super.c
deps := lib arch/x86 sync time log pages sched mm vfs
public_deps := lib mm
host_srcs := wire.c
host_tests := wire_test.c
host_fuzz := wire_fuzz.c
