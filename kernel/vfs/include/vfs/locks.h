/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * locks.h - POSIX, OFD and flock locks.
 *
 * WHAT      Each inode that ever had a lock has a file_lock_context with two lists.
 *           POSIX locks belong to a descriptor table, OFD and flock locks to an open file.
 * LOCKING   flc_lock (rank FLC) per inode; file_lock_global (rank FLC_BLOCKED) for the graph
 *           of blocked owners, taken inside.
 */
#ifndef VFS_LOCKS_H
#define VFS_LOCKS_H

#include <lib/list.h>
#include <sync/spinlock.h>
#include <sync/wait.h>
#include <linux/fcntl.h>
#include <vfs/types.h>

#define FL_POSIX	1
#define FL_FLOCK	2
#define FL_ACCESS	8	/* F_GETLK: only ask */
#define FL_CLOSE	64	/* unlock on close */
#define FL_SLEEP	128	/* a blocking request */
#define FL_OFDLCK	1024	/* owner is the open file */

struct file_lock {
	struct list_head fl_list;	/* flc_lock */
	struct list_head fl_blocked_member;	/* in the blocker's fl_blocked_requests */
	struct list_head fl_blocked_requests;
	struct file_lock *fl_blocker;	/* file_lock_global */
	void *fl_owner;			/* files_struct or file */
	unsigned int fl_flags;
	unsigned char fl_type;		/* F_RDLCK, F_WRLCK, F_UNLCK */
	pid_t fl_pid;			/* init namespace's number; -1 for OFD */
	struct file *fl_file;
	loff_t fl_start, fl_end;	/* inclusive */
	struct wait_queue_head fl_wait;
};

struct file_lock_context {
	struct spinlock flc_lock;
	struct list_head flc_flock;
	struct list_head flc_posix;
};

struct file_lock *locks_alloc_lock(void);
void locks_free_lock(struct file_lock *fl);
void locks_init_lock(struct file_lock *fl);
/* Apply a request to local state; network file systems call these from ->lock. */
int posix_lock_file(struct file *file, struct file_lock *fl, struct file_lock *conflict);
int locks_lock_file_wait(struct file *file, struct file_lock *fl);
void posix_test_lock(struct file *file, struct file_lock *fl);
/* close(): drop the POSIX locks of @owner; last fput: the open file's. */
void locks_remove_posix(struct file *file, void *owner);
void locks_remove_file(struct file *file);
void locks_free_context(struct inode *inode);
/* /proc/locks */
int locks_show(struct seq_file *m);

#endif
