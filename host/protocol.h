/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * protocol.h - what the launcher and the guest's first process say to each other.
 *
 * WHAT        Four virtio-serial ports join host and guest. Three carry the bytes of the command's
 *             stdin, stdout and stderr, untouched. The fourth, "control", carries messages: a
 *             header of 8 bytes and then its payload, both directions, little endian.
 *             What is known before the guest starts (arguments, environment, ids, shares) is in
 *             the file CONFIG_PATH of the initramfs: records "key=value", each ended by a NUL.
 * INVARIANTS  I1  A stream has no end in the virtio protocol, so each side tells the other how many
 *                 bytes it sent in all (STDIN_END, EXIT); the receiver is done when it has them.
 *             I2  The guest sends EXIT once; after it nothing but the rest of the streams moves.
 *             I3  Each SIGNAL and each ASK is answered by HERE, so that the host can tell a command that
 *                 goes on from a guest that is dead.
 *             I4  The guest powers off only after BYE, which the host sends when it has everything.
 */
#ifndef PERENNIAL_PROTOCOL_H
#define PERENNIAL_PROTOCOL_H

#include <stdint.h>

#define CONFIG_PATH  "/perennial/config"
#define MODULES_PATH "/perennial/modules/"

/* Port numbers on the one virtio-serial device; port 0 is reserved for a console by QEMU. */
enum port_number {
	PORT_CONTROL = 1,
	PORT_STDIN = 2,
	PORT_STDOUT = 3,
	PORT_STDERR = 4,
	NR_PORTS = 5,
};

#define PORT_NAME_PREFIX "org.perennial."

enum message_type {
	/* guest to host */
	MSG_HELLO = 1, /* payload: kernel release, not terminated */
	MSG_NOTE,      /* payload: one line for the person, not terminated */
	MSG_FAIL,      /* as NOTE, and the guest gives up: a launcher error */
	MSG_NO_SHARE,  /* as FAIL: nothing can be executed through the share; try the other kind */
	MSG_STARTED,   /* the command was started */
	MSG_STOPPED,   /* payload: struct message_signal, which stopped the command */
	MSG_EXIT,      /* payload: struct message_exit */
	MSG_HERE,      /* the answer to each SIGNAL and ASK */
	/* host to guest */
	MSG_TIME = 32,   /* payload: struct message_time */
	MSG_WINDOW,      /* payload: struct message_window */
	MSG_SIGNAL,      /* payload: struct message_signal */
	MSG_STDIN_END,   /* payload: struct message_total */
	MSG_OUTPUT_GONE, /* payload: struct message_total, the port whose reader is gone */
	MSG_BYE,
	MSG_ASK, /* is anybody there? */
};

#define MESSAGE_MAX 512

struct message_header {
	uint32_t type;
	uint32_t len_bytes;
};

struct message_signal {
	uint32_t signo;
};

struct message_total {
	uint64_t value;
};

struct message_time {
	uint64_t sec;
	uint64_t nsec;
};

struct message_window {
	uint16_t rows, columns, xpixels, ypixels;
};

struct message_exit {
	uint32_t status;     /* as a shell shows it: code, or 128 + signal */
	uint32_t exec_errno; /* not 0: the command could not be executed */
	uint64_t nr_stdout_bytes;
	uint64_t nr_stderr_bytes;
};

_Static_assert(sizeof(struct message_header) == 8, "wire format");
_Static_assert(sizeof(struct message_exit) == 24, "wire format");

/* Which of the command's descriptors 0, 1, 2 are the guest's terminal (config key "tty"). */
#define TTY_BIT(fd) (1u << (fd))

/* Without ports the guest says the status on its console, after this word. */
#define CONSOLE_EXIT_MARK "perennial: exit status "

#endif
