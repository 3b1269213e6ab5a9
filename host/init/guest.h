/* SPDX-License-Identifier: GPL-2.0-only */
/* guest.h - the steps of the guest's first process, in the order in which main.c takes them. */
#ifndef INIT_GUEST_H
#define INIT_GUEST_H

#include <stddef.h>
#include <stdint.h>
#include "config.h"
#include "../protocol.h"

/* root.c: the first file systems; the root made of shares; the root of the command. */
void root_mount_early(void);
void root_enter(const struct config *config);
/* Write back what the command wrote to shares that are really writable. */
void root_flush(const struct config *config);

/* modules.c: load what the launcher packed, in its order. */
void modules_load(const struct config *config);

/* machine.c: host name, loop-back interface, clock. */
void machine_set_up(const struct config *config);
void machine_set_time(const struct message_time *now);

/* ports.c */
struct ports {
	int fd[NR_PORTS]; /* by enum port_number; -1: none */
};

/* Find and open the ports. False when this kernel offers none. */
int ports_open(struct ports *ports);

/* session.c: the command and what it is joined to. */
struct session {
	int pid;            /* of the command */
	int news_fd;        /* readable when there is news of the command */
	int terminal;       /* the pty's master, or -1 */
	int terminal_slave; /* kept open until the command has ended, or -1 */
	int feed[3]; /* our ends: [0] is written, [1] and [2] are read; -1: on the terminal */
	int exec_errno;
};

/* Start the command. @is_console: on the console's descriptors, without pipes. */
void session_start(struct session *session, const struct config *config, int is_console);
void session_resize(struct session *session, const struct message_window *window);
void session_signal(struct session *session, int signo);
/* Collect children and news. True when the command has ended, @status as a shell shows it; a stop
 * of the command is put into @stopped_by (0 otherwise). Does not wait. */
int session_news(struct session *session, uint32_t *status, uint32_t *stopped_by);

/* relay.c: move the bytes until the command has ended and everything is delivered. */
void relay_run(struct ports *ports, struct session *session, const struct config *config);

#endif
