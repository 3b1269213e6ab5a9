# SPDX-License-Identifier: GPL-2.0-only
# The socket layer: socket files, families, messages with their control data, the system calls of sockets.
srcs := msg_calls.c msghdr.c scm.c sock.c socket.c socket_calls.c socket_file.c sockopt.c
deps := lib arch/x86 sync time log pages sched security mm crypto vfs process
public_deps := lib arch/x86 sync time mm sched vfs
