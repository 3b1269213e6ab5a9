# SPDX-License-Identifier: GPL-2.0-only
# AF_UNIX: sockets between the programs of one machine, with descriptor passing and credentials.
srcs := unix_connect.c unix_dgram.c unix_family.c unix_gc.c unix_msg.c unix_name.c unix_poll.c unix_report.c unix_stream.c
deps := lib arch/x86 sync time log pages sched security mm crypto vfs process net
public_deps := lib vfs
