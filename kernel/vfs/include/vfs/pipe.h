/* SPDX-License-Identifier: GPL-2.0-only */
/* pipe.h - the ring of page pieces between a writer and a reader; splice moves the pieces themselves. */
#ifndef VFS_PIPE_H
#define VFS_PIPE_H

#include <lib/types.h>
#include <mm/iter.h>
#include <pages/page.h>
#include <sync/mutex.h>
#include <sync/wait.h>
#include <vfs/types.h>

#define PIPE_DEF_BUFFERS 16	/* pages of a fresh pipe, as on Linux */
#define PIPE_MAX_SIZE	 1048576 /* fs.pipe-max-size as the machine starts */

#define PIPE_BUF_CAN_MERGE 0x01 /* the page is the pipe's own: writers may append */
#define PIPE_BUF_PACKET	   0x02 /* O_DIRECT: one read takes one buffer */

/* A piece of a page. Owns one reference on it. */
struct pipe_buffer {
	struct page *page;
	u32 offset;
	u32 len;
	u32 flags; /* PIPE_BUF_* */
};

struct pipe_inode_info {
	struct mutex mutex; /* rank PIPE; everything below */
	struct wait_queue_head rd_wait, wr_wait;
	u32 head;	/* next free slot; head - tail <= ring_size, both run freely */
	u32 tail;	/* oldest piece */
	u32 ring_size;	/* slots; power of two */
	u32 readers, writers;
	u32 files;	/* opens that hold the object; inode->i_lock */
	struct user_struct *user; /* owned: who made it; final */
	u32 nr_charged;		  /* slots that count among the user's */
	u32 r_counter, w_counter; /* opens ever: a FIFO's open waits for the other side's to change */
	struct page *spare;	  /* a page kept for the next write */
	struct pipe_buffer *bufs; /* ring_size slots */
	struct fasync_struct *fasync_readers, *fasync_writers;
};

static inline bool pipe_is_empty(const struct pipe_inode_info *pipe)
{
	return READ_ONCE(pipe->head) == READ_ONCE(pipe->tail);
}

static inline bool pipe_is_full(const struct pipe_inode_info *pipe)
{
	return READ_ONCE(pipe->head) - READ_ONCE(pipe->tail) >= READ_ONCE(pipe->ring_size);
}

static inline struct pipe_buffer *pipe_slot(const struct pipe_inode_info *pipe, u32 index)
{
	return &pipe->bufs[index & (pipe->ring_size - 1)];
}

extern const struct file_operations pipe_fops;

/* The pipe behind @file, or NULL when it is none. Borrowed. */
struct pipe_inode_info *pipe_of_file(struct file *file);

/* A pipe charged to the caller. NULL: no memory, or the user has too many pages in pipes. */
struct pipe_inode_info *pipe_create(void);
void pipe_destroy(struct pipe_inode_info *pipe);
/* Give back one opener's hold on the inode's pipe; the last one destroys it. */
void pipe_put(struct inode *inode, struct pipe_inode_info *pipe);
/* Drop a buffer's page; the slot is free afterwards. pipe->mutex held. */
void pipe_buffer_release(struct pipe_buffer *buf);

/*
 * Wait until the pipe has data / room, mutex not held. 0, -EAGAIN (@is_nonblock), -EPARK, -ERESTARTSYS; also 0 when the other
 * side is gone: test again under the mutex.
 */
int pipe_wait_readable(struct pipe_inode_info *pipe, bool is_nonblock);
int pipe_wait_writable(struct pipe_inode_info *pipe, bool is_nonblock);
/* After bytes or room appeared: wakes the other side. */
void pipe_wake_readers(struct pipe_inode_info *pipe);
void pipe_wake_writers(struct pipe_inode_info *pipe);

/* What opening a named pipe's inode installs; its ->open waits for the other side as POSIX says. */
extern const struct file_operations fifo_fops;
/* A pair of files: fds[0] reads, fds[1] writes. @flags: O_CLOEXEC, O_NONBLOCK, O_DIRECT. */
int pipe_create_files(struct file **files, int flags) __must_check;
/* Boot: the slab cache, then (after the VFS) the file system that pipe(2)'s inodes live on. */
void pipe_cache_init(void);
void pipefs_init(void);

#endif
