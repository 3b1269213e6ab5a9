/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * pty.h - pseudo-terminal pairs, for the file system that names them.
 *
 * A pair is a slave (a struct tty_struct) and a master that only has files. The home that numbered it
 * (one devpts) takes the number back when the last user of either side is gone.
 */
#ifndef TTY_PTY_H
#define TTY_PTY_H

#include <lib/types.h>
#include <vfs/types.h>

struct pty;

struct pty_home {
	const struct pty_home_ops *ops;
};
struct pty_home_ops {
	/* The master was closed: take the slave's name away. May sleep. */
	void (*unlink)(struct pty_home *home, unsigned int index);
	/* Nobody uses the pair any more: the number is free, and so is the home itself. May sleep. */
	void (*release)(struct pty_home *home, unsigned int index);
	/* Where the slave's name is, for TIOCGPTPEER: @path gets references. @master is the master's file. */
	int (*peer_path)(struct pty_home *home, unsigned int index, struct file *master, struct path *path);
};

/*
 * A new pair, locked (TIOCSPTLCK), with one reference. @home is borrowed until ops->release, which is called
 * exactly once if this succeeds. ERR_PTR(-ENOMEM).
 */
struct pty *pty_create(struct pty_home *home, unsigned int index) __must_check;
struct pty *pty_get(struct pty *pty);
/* A reference if the pair is not going away: for lookups under the home's lock. */
bool __must_check pty_tryget(struct pty *pty);
void pty_put(struct pty *pty);

/* @file becomes the master; consumes the reference on success. */
int pty_open_master(struct pty *pty, struct file *file) __must_check;
/* Methods of a master's file; ->open is the home's. */
ssize_t pty_master_read(struct file *file, struct iter *to, loff_t *pos);
ssize_t pty_master_write(struct file *file, struct iter *from, loff_t *pos);
u32 pty_master_poll(struct file *file, struct poll_table *pt);
long pty_master_ioctl(struct file *file, unsigned int cmd, unsigned long arg);
void pty_master_release(struct inode *inode, struct file *file);
int pty_master_fasync(int fd, struct file *file, bool on);

#define PTY_NR_MAX (1u << 20) /* numbers there can be: minors of UNIX98_PTY_SLAVE_MAJOR */

/* The home registers how an opened slave node leads to its pair. One. */
struct pty_lookup_ops {
	/* A reference, or NULL: not a node of yours. */
	struct pty *(*lookup)(struct inode *inode);
};
void pty_register_lookup(const struct pty_lookup_ops *ops);

#endif
