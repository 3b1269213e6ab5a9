# SPDX-License-Identifier: GPL-2.0-only
# Terminals: the core, the one line discipline, pseudo-terminal pairs, terminals over character ports, /dev/console.
srcs := console.c hangup.c job_control.c n_tty_edit.c n_tty_input.c n_tty_output.c n_tty_read.c \
	port_tty.c pty.c pty_master.c termios.c tty.c tty_file.c tty_ioctl.c turn.c
deps := lib arch/x86 sync time log probe pages sched mm vfs process drivers/serial
public_deps := lib sync vfs
