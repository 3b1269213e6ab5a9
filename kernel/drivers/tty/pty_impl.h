/* SPDX-License-Identifier: GPL-2.0-only */
/* pty_impl.h - a pseudo-terminal pair, for the two files that make it. */
#ifndef TTY_PTY_IMPL_H
#define TTY_PTY_IMPL_H

#include "tty_impl.h"
#include <tty/pty.h>

#define PTY_RING_SIZE 16384u

/* Bytes under way; positions run freely. */
struct pty_ring {
	u8 *bytes; /* __final: PTY_RING_SIZE */
	u32 tail, head;
};

struct pty {
	struct tty_struct slave;	/* its reference count is the pair's */
	struct pty_home *home;		/* __final */
	unsigned int index;		/* __final */
	struct pty_ring to_slave;	/* slave.lock: what the discipline had no room for */
	struct mutex out_lock;		/* rank TTY, depth 1: inside slave.lock */
	struct pty_ring to_master;	/* out_lock; positions are read without */
	u8 packet_status;		/* out_lock; read without: TIOCPKT_* not yet told */
	bool is_packet;			/* out_lock; read without */
	bool is_locked;			/* slave.lock; read without: TIOCSPTLCK */
	bool is_master_stopped;		/* slave.lock; read without: TCOOFF on the master */
	bool is_master_hung_up;		/* slave.lock; read without */
	bool is_slave_closed;		/* slave.lock; read without: was open, is not */
	struct wait_queue_head master_read_wait, master_write_wait;
	struct tty_turn master_write_turn;
	struct fasync_struct *master_fasync;
};

static inline u32 ring_used(const struct pty_ring *ring)
{
	return READ_ONCE(ring->head) - READ_ONCE(ring->tail);
}

static inline u32 ring_room(const struct pty_ring *ring)
{
	return PTY_RING_SIZE - ring_used(ring);
}

/* Append up to @len bytes; how many. */
u32 ring_put(struct pty_ring *ring, const u8 *bytes, size_t len);
/* The longest run at tail without wrapping: its length; *@run points to it. */
u32 ring_run(const struct pty_ring *ring, u8 **run);
void ring_drop(struct pty_ring *ring, u32 len);

void pty_wake_master_reader(struct pty *pty);
void pty_wake_master_writer(struct pty *pty);

#endif
