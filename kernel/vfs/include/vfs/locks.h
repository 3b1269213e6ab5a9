/* SPDX-License-Identifier: GPL-2.0-only */
/* locks.h - POSIX, OFD and flock locks. The theory is in locks.c. */
#ifndef VFS_LOCKS_H
#define VFS_LOCKS_H

#include <lib/list.h>
#include <sync/spinlock.h>
#include <sync/wait.h>
#include <linux/fcntl.h>
#include <vfs/types.h>

#define FL_POSIX	1
#define FL_FLOCK	2
#define FL_SLEEP	128	/* a blocking request */
#define FL_OFDLCK	1024	/* owner is the open file */

#define OFFSET_MAX 0x7fffffffffffffffLL	/* fl_end of a lock to the end of the file, however far that is */

struct file_lock {
	struct list_head fl_list;	/* flc_lock: on its context */
	struct list_head fl_waiting;	/* blocked lock: in the graph of waiters */
	struct list_head fl_all;	/* all lock: for /proc/locks */
	void *fl_owner;			/* files_struct or file */
	void *fl_blocker;		/* blocked lock: owner of what we wait for */
	unsigned int fl_flags;
	unsigned char fl_type;		/* F_RDLCK, F_WRLCK, F_UNLCK */
	pid_t fl_pid;			/* -1 for OFD */
	struct file *fl_file;
	loff_t fl_start, fl_end;	/* inclusive */
};

struct file_lock_context {
	struct spinlock flc_lock;	/* rank FLC */
	struct list_head flc_flock;	/* flc_lock */
	struct list_head flc_posix;	/* flc_lock: by owner, then start */
	struct wait_queue_head flc_wait;	/* something was unlocked */
};

/* Apply a request to local state, without waiting: 0, -EAGAIN, -ENOLCK. Network file systems call it from ->lock. */
int posix_lock_file(struct file *file, struct file_lock *fl);
int flock_lock_file(struct file *file, struct file_lock *fl);
/* The same, waiting if FL_SLEEP: also -EDEADLK, -EPARK, -ERESTARTSYS. */
int posix_lock_file_wait(struct file *file, struct file_lock *fl);
/* Turn @fl into the lock that stands in its way, or F_UNLCK. */
void posix_test_lock(struct file *file, struct file_lock *fl);
/* close(): drop the POSIX locks of @owner; last fput: the open file's. */
void locks_remove_posix(struct file *file, void *owner);
void locks_remove_file(struct file *file);
void locks_free_context(struct inode *inode);
/* /proc/locks */
int locks_show(struct seq_file *m);

#endif
