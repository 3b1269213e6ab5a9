/* SPDX-License-Identifier: GPL-2.0-only */
/* vfs_impl.h - functions that the files of this folder call in each other and nobody else does. */
#ifndef VFS_VFS_IMPL_H
#define VFS_VFS_IMPL_H

#include <sync/thread.h>
#include <vfs/file.h>
#include <vfs/namei.h>

struct fs_context;
struct file_system_type;

/* The current system call's progress, without a function call. */
static inline struct call *this_call(void)
{
	return &current_thread()->call;
}

struct pipe_inode_info;

void names_init(void);
void file_init(void);
void fdtable_init(void);
void locks_init(void);
void anon_inode_init(void);
void fs_struct_init(void);
void seq_file_init(void);
void vfs_limits_init(void);
void libfs_init(void);

struct dentry *filename_create(int dfd, struct filename *name, struct path *path, unsigned int flags);
/* fcntl: descriptors */
int dup_from(struct file *file, unsigned int from, unsigned int flags);
void set_close_on_exec(unsigned int fd, bool set);
bool get_close_on_exec(unsigned int fd);
int copy_struct_from_user_size(void *dst, size_t ksize, uaddr_t src, size_t usize);
/* chmod and chown with everything around them, for the system calls and others. */
int chmod_common(const struct path *path, umode_t mode);
int chown_common(const struct path *path, uid_t uid, gid_t gid);
struct file_system_type *fs_type_at(unsigned int index);

/* fileattr.c: FS_IOC_GETFLAGS and its sisters. -ENOIOCTLCMD: the inode has no flags. */
long ioctl_getflags(struct file *file, uaddr_t arg);
long ioctl_setflags(struct file *file, uaddr_t arg);
long ioctl_fsgetxattr(struct file *file, uaddr_t arg);
long ioctl_fssetxattr(struct file *file, uaddr_t arg);

/* A write may go to @pos for @count bytes: RLIMIT_FSIZE, s_maxbytes. Bytes or -errno. */
ssize_t write_limits(struct file *file, loff_t pos, size_t count);
int rw_verify_area(bool write, struct file *file, loff_t pos, size_t count);
/* Charge a new pipe to the caller, perhaps with fewer than *@nr_slots. False: it may have none. */
bool pipe_charge(struct pipe_inode_info *pipe, u32 *nr_slots) __must_check;
/* Charge it for @nr_slots. False: too many, and the ring would grow. Mutex held. */
bool pipe_recharge_locked(struct pipe_inode_info *pipe, u32 nr_slots) __must_check;
/* After a change that did not happen: charge for the ring as it is. */
void pipe_restore_charge_locked(struct pipe_inode_info *pipe);
void pipe_uncharge(struct pipe_inode_info *pipe);
/* One pass of a call that moves @iter's bytes to or from a file without a position; what earlier passes moved is skipped. */
ssize_t transfer_stream(struct file *file, struct iter *iter);
/* The end of a call that copies between files: @ret with what earlier passes moved, counted as a read and a write. */
ssize_t copy_result(ssize_t ret);

long fcntl_setlk(unsigned int fd, struct file *file, unsigned int cmd, uaddr_t arg);
long fcntl_getlk(struct file *file, unsigned int cmd, uaddr_t arg);

#endif
