/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * file.h - the open file and its methods.
 *
 * Memory of a struct file is reused only after a grace period, so a lookup by
 * descriptor takes a reference under RCU. A task whose descriptor table nobody
 * shares borrows without one: fdget() and fdput().
 */
#ifndef VFS_FILE_H
#define VFS_FILE_H

#include <lib/types.h>
#include <arch/atomic.h>
#include <sync/mutex.h>
#include <sync/rcu.h>
#include <sync/spinlock.h>
#include <lib/hlist.h>
#include <mm/filemap.h>
#include <linux/fcntl.h>
#include <vfs/types.h>

struct pid;
struct pipe_inode_info;
struct files_struct;


struct dir_context;
struct dir_context_ops {
	/* false: the buffer is full, stop. */
	bool (*emit)(struct dir_context *ctx, const char *name, int len, loff_t off, u64 ino,
		     unsigned int type);
};
struct dir_context {
	const struct dir_context_ops *ops;
	loff_t pos;
};

static inline bool dir_emit(struct dir_context *ctx, const char *name, int len, u64 ino,
			    unsigned int type)
{
	return ctx->ops->emit(ctx, name, len, ctx->pos, ino, type);
}
bool dir_emit_dot(struct file *file, struct dir_context *ctx);
bool dir_emit_dotdot(struct file *file, struct dir_context *ctx);
/* "." and ".." at positions 0 and 1. */
bool dir_emit_dots(struct file *file, struct dir_context *ctx);

#define FOP_NOWAIT_READ	 1
#define FOP_NOWAIT_WRITE 2

/*
 * read and write move bytes between @pos and the iterator; they advance both
 * and return bytes, or -errno. -EPARK is returned even after a partial
 * transfer: the iterator says how far it came, and the system call goes on from
 * there in its next pass. -ERESTARTSYS only if nothing was moved yet, else the
 * short count.
 */
struct file_operations {
	u8 nowait; /* FOP_NOWAIT_*: what RWF_NOWAIT may be asked of */
	loff_t (*llseek)(struct file *file, loff_t off, int whence);
	ssize_t (*read)(struct file *file, struct iter *to, loff_t *pos);
	ssize_t (*write)(struct file *file, struct iter *from, loff_t *pos);
	/* Directory i_rwsem held shared. */
	int (*iterate)(struct file *file, struct dir_context *ctx);
	u32 (*poll)(struct file *file, struct poll_table *pt);
	/* @arg may be a number or a user address: uaddr(arg). -ENOIOCTLCMD: unknown. */
	long (*ioctl)(struct file *file, unsigned int cmd, unsigned long arg);
	int (*mmap)(struct file *file, struct vma *vma);
	unsigned long (*get_unmapped_area)(struct file *file, unsigned long addr, unsigned long len,
					   unsigned long pgoff, unsigned long flags);
	int (*open)(struct inode *inode, struct file *file);
	int (*flush)(struct file *file);			/* each close() */
	void (*release)(struct inode *inode, struct file *file); /* last close; must not park */
	int (*fsync)(struct file *file, loff_t start, loff_t end, bool datasync);
	int (*fasync)(int fd, struct file *file, bool on);
	int (*lock)(struct file *file, int cmd, struct file_lock *fl);
	int (*flock)(struct file *file, int cmd, struct file_lock *fl);
	ssize_t (*splice_read)(struct file *in, loff_t *pos, struct pipe_inode_info *pipe,
			       size_t len, unsigned int flags);
	ssize_t (*splice_write)(struct pipe_inode_info *pipe, struct file *out, loff_t *pos,
				size_t len, unsigned int flags);
	long (*fallocate)(struct file *file, int mode, loff_t off, loff_t len);
	/* i_rwsem held: have memory for the first @len bytes, which are written next. 0 or -errno; with an error some is there. */
	int (*set_aside)(struct file *file, loff_t len);
	ssize_t (*copy_file_range)(struct file *in, loff_t pos_in, struct file *out, loff_t pos_out,
				   size_t len, unsigned int flags);
	int (*fadvise)(struct file *file, loff_t off, loff_t len, int advice);
	/* fcntl commands of the file's own (seals): -EINVAL what it does not know. */
	long (*fcntl)(struct file *file, unsigned int cmd, unsigned long arg);
	/* Lines for /proc/PID/fdinfo/N after pos, flags, mnt_id, ino. */
	void (*show_fdinfo)(struct seq_file *m, struct file *file);
};

struct fown_struct {
	struct pid *pid;	/* owned: whom SIGIO goes to */
	int pid_type;		/* F_OWNER_* */
	kuid_t uid, euid;
	int signum;
};

struct file {
	fmode_t f_mode;			/* __final after open */
	u32 f_flags;			/* O_*; f_lock */
	const struct file_operations *f_op;	/* __final after open */
	atomic_long_t f_count;
	struct inode *f_inode;		/* __final */
	struct address_space *f_mapping;	/* __final */
	void *private_data;
	loff_t f_pos;			/* f_pos_lock where FMODE_ATOMIC_POS */
	struct path f_path;		/* __final, owned */
	const struct cred *f_cred;	/* owned: who opened */
	struct mutex f_pos_lock;	/* rank FILE_POS */
	struct spinlock f_lock;		/* rank FILE: f_flags, f_owner, f_ep */
	struct fown_struct f_owner;
	struct hlist_head f_ep;		/* epoll watches of this file */
	struct file_ra_state f_ra;	/* the read-ahead's own (mm) */
	u64 f_version;
	u32 f_wb_err;
	void *f_security;
	union {
		struct rcu_head f_rcu;
		struct list_head f_delayed;
	};
};

/* A borrowed or referenced file: what fdget() gives. */
struct fd {
	struct file *file;
	unsigned int flags;
};
#define FDPUT_FPUT	1
#define FDPUT_POS_UNLOCK 2

static inline struct inode *file_inode(const struct file *file) { return file->f_inode; }
static inline struct dentry *file_dentry(const struct file *file) { return file->f_path.dentry; }

static inline struct file *get_file(struct file *file)
{
	atomic_long_inc(&file->f_count);
	return file;
}
static inline bool get_file_rcu(struct file *file) { return atomic_long_inc_not_zero(&file->f_count); }
static inline long file_count(const struct file *file) { return atomic_long_read(&file->f_count); }

/* Give a reference back; the last one closes: ->release, locks, path. May sleep. */
void fput(struct file *file);
/* The same from contexts that hold locks: a kernel thread does the closing. */
void fput_deferred(struct file *file);

/* --- descriptors of current --- */

struct fd fdget(unsigned int fd);	/* without O_PATH files */
struct fd fdget_raw(unsigned int fd);	/* any */
struct fd fdget_pos(unsigned int fd);	/* with f_pos locked if it is shared */
static inline void fdput(struct fd f)
{
	if (unlikely(f.flags & FDPUT_FPUT))
		fput(f.file);
}
void fdput_pos(struct fd f);
/* With a reference; NULL. */
struct file *fget(unsigned int fd);
struct file *fget_raw(unsigned int fd);
/* Another task's descriptor (proc, pidfd_getfd, kcmp), with a reference. */
struct file *fget_task(struct task *task, unsigned int fd);

/* Reserve a number below RLIMIT_NOFILE with O_CLOEXEC from @flags: -EMFILE. Then fd_install() or put_unused_fd(). */
int get_unused_fd_flags(unsigned int flags);
void put_unused_fd(unsigned int fd);
/* Publish; consumes the reference on @file. */
void fd_install(unsigned int fd, struct file *file);
/* The usual pair for received files: returns the number. Does not consume. */
int receive_fd(struct file *file, unsigned int o_flags);
/* Close current's descriptor @fd. */
int close_fd(unsigned int fd);

/* --- making files --- */

/* A file on a pseudo file system: @inode consumed on success. */
struct file *alloc_file_pseudo(struct inode *inode, struct vfsmount *mnt, const char *name,
			       unsigned int flags, const struct file_operations *fops);
/* Another file on the same path and inode (@base borrowed). */
struct file *alloc_file_clone(struct file *base, unsigned int flags,
			      const struct file_operations *fops);
/* Open @path with @flags as @cred: for kernel users and stacked file systems. */
struct file *dentry_open(const struct path *path, unsigned int flags, const struct cred *cred);
/* A stacked file system's own open of the real @inode under the visible @path. */
struct file *open_with_fake_path(const struct path *path, unsigned int flags, struct inode *inode,
				 const struct cred *cred);
struct file *filp_open(const char *name, int flags, umode_t mode);
int filp_close(struct file *file, struct files_struct *files);

/* ->atomic_open helpers */
int finish_open(struct file *file, struct dentry *dentry);
int finish_no_open(struct file *file, struct dentry *dentry);
/* ->tmpfile helper: after d_mark_tmpfile-like instantiation. */
int finish_open_simple(struct file *file, int error);

/* ->open helpers */
int nonseekable_open(struct inode *inode, struct file *file);
int stream_open(struct inode *inode, struct file *file);
int generic_file_open(struct inode *inode, struct file *file);

/* --- input and output --- */

ssize_t vfs_read_iter(struct file *file, struct iter *to, loff_t *pos);
ssize_t vfs_write_iter(struct file *file, struct iter *from, loff_t *pos);
ssize_t kernel_read(struct file *file, void *buf, size_t count, loff_t *pos);
ssize_t kernel_write(struct file *file, const void *buf, size_t count, loff_t *pos);
loff_t vfs_llseek(struct file *file, loff_t off, int whence);
long vfs_ioctl(struct file *file, unsigned int cmd, unsigned long arg);
int vfs_fsync(struct file *file, bool datasync);
int vfs_fsync_datasync_range(struct file *file, loff_t start, loff_t end, bool datasync);
/* The common ->fsync: pages, then attributes. */
int generic_file_fsync(struct file *file, loff_t start, loff_t end, bool datasync);
int vfs_fallocate(struct file *file, int mode, loff_t off, loff_t len);
int vfs_truncate(const struct path *path, loff_t length);
int do_truncate(struct dentry *dentry, loff_t length, unsigned int time_attrs, struct file *file);
int iterate_dir(struct file *file, struct dir_context *ctx);

/* Methods of files with a page cache: checks, i_rwsem, privileges, times, O_SYNC around mm's filemap. */
ssize_t generic_file_read(struct file *file, struct iter *to, loff_t *pos);
ssize_t generic_file_write(struct file *file, struct iter *from, loff_t *pos);
/* Their parts, for methods that differ: i_rwsem held; bytes allowed (the iter is cut), 0 or -errno. */
ssize_t generic_write_checks(struct file *file, struct iter *from, loff_t *pos);
/* O_DSYNC and RWF_*SYNC after @count bytes were written: @count or -errno. No lock held. */
ssize_t generic_write_sync(struct file *file, loff_t start, ssize_t count, int rwf);

loff_t no_llseek(struct file *file, loff_t off, int whence);
loff_t noop_llseek(struct file *file, loff_t off, int whence);
loff_t default_llseek(struct file *file, loff_t off, int whence);
loff_t generic_file_llseek(struct file *file, loff_t off, int whence);
loff_t generic_file_llseek_size(struct file *file, loff_t off, int whence, loff_t max, loff_t eof);
loff_t fixed_size_llseek(struct file *file, loff_t off, int whence, loff_t size);

/* What opening a FIFO's node uses: defined with pipes. */
extern const struct file_operations fifo_fops;

/* --- SIGIO --- */

/* One registration of a file with a driver for asynchronous notice. */
struct fasync_struct {
	int fa_fd;
	struct fasync_struct *fa_next;
	struct file *fa_file;
	struct rcu_head fa_rcu;
};
int fasync_helper(int fd, struct file *file, int on, struct fasync_struct **list);
void kill_fasync(struct fasync_struct **list, int sig, int band);

#endif
