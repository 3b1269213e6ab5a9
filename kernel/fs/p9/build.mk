# SPDX-License-Identifier: GPL-2.0-only
# 9p: host folders over 9P2000.L.
srcs := wire.c session.c client.c clunk.c fid.c fid_attr.c fid_data.c fid_names.c fid_xattr.c inode.c file.c dir.c super.c tests/liar.c
deps := lib arch/x86 sync time log pages sched mm vfs
public_deps := lib mm
host_srcs := wire.c
host_tests := wire_test.c
host_fuzz := wire_fuzz.c
