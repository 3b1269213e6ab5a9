/* SPDX-License-Identifier: GPL-2.0-only */
/* unix_report.h - what /proc shows of Unix sockets, and the settings of the family. */
#ifndef UNIX_UNIX_REPORT_H
#define UNIX_UNIX_REPORT_H

#include <vfs/types.h>

/* The text of /proc/net/unix. */
int unix_report_show(struct seq_file *m);

/* net.unix.max_dgram_qlen: how many datagrams may wait in a new socket. */
struct unix_limits {
	int max_dgram_qlen;
};
extern struct unix_limits unix_limits;

/* Boot. */
void unix_init(void);

#endif
