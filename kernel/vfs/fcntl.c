/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * fcntl.c - fcntl and ioctl: flags of descriptors and files, owners for SIGIO, and the ioctls that every file has.
 *
 * WHAT        Commands that concern the table of descriptors, the open file, or neither and go to the file's own method.
 * LOCKING     f_lock: f_flags. The list of SIGIO registrations: rank FASYNC, interrupts off.
 * TESTS       tests/guest/vfs/files_test.c
 */
#include <lib/err.h>
#include <lib/uabi.h>
#include <arch/uaccess.h>
#include <pages/slab.h>
#include <sched/cred.h>
#include <security/security.h>
#include <vfs/inode.h>
#include <vfs/super.h>
#include <vfs/vfs_calls.h>
#include <vfs/vfs_port.h>
#include <asm/ioctls.h>
#include <linux/fs.h>
#include "vfs_impl.h"

#define SETFL_MASK (O_APPEND | O_NONBLOCK | O_NDELAY | O_DIRECT | O_NOATIME)

static int setfl(unsigned int fd, struct file *file, unsigned long arg)
{
	struct inode *inode = file_inode(file);
	int err = 0;

	if (((arg ^ file->f_flags) & O_APPEND) && IS_APPEND(inode))
		return -EPERM;
	if ((arg & O_NOATIME) && !(file->f_flags & O_NOATIME) && !inode_owner_or_capable(inode))
		return -EPERM;
	if ((arg & O_DIRECT) && !S_ISFIFO(inode->i_mode) && !(file->f_mode & FMODE_CAN_DIRECT))
		return -EINVAL;
	if (((arg ^ file->f_flags) & FASYNC) && file->f_op->fasync) {
		err = file->f_op->fasync(fd, file, arg & FASYNC);
		if (err < 0)
			return err;
	}
	spin_lock(&file->f_lock);
	file->f_flags = (arg & SETFL_MASK) | (file->f_flags & ~(SETFL_MASK | FASYNC)) |
			(file->f_op->fasync ? arg & FASYNC : file->f_flags & FASYNC);
	spin_unlock(&file->f_lock);
	return 0;
}

static long get_owner_ex(struct file *file, uaddr_t arg)
{
	struct f_owner_ex owner;

	vfs_get_owner(file, &owner);
	return put_user_obj(&owner, arg);
}

static long set_owner_ex(struct file *file, uaddr_t arg)
{
	struct f_owner_ex owner;

	if (get_user_obj(&owner, arg))
		return -EFAULT;
	if (owner.type < F_OWNER_TID || owner.type > F_OWNER_PGRP)
		return -EINVAL;
	return vfs_set_owner(file, &owner);
}

static long set_owner(struct file *file, int who)
{
	struct f_owner_ex owner = { .type = F_OWNER_PID, .pid = who };

	if (who == INT_MIN)
		return -EINVAL;
	if (who < 0) {
		owner.type = F_OWNER_PGRP;
		owner.pid = -who;
	}
	return vfs_set_owner(file, &owner);
}

static long get_owner(struct file *file)
{
	struct f_owner_ex owner;

	vfs_get_owner(file, &owner);
	return owner.type == F_OWNER_PGRP ? -owner.pid : owner.pid;
}

/* How long what is written will live: kept with the inode for who asks; nothing acts on it. */
static long get_rw_hint(struct file *file, uaddr_t arg)
{
	return put_user_u64(READ_ONCE(file_inode(file)->i_write_hint), arg);
}

static long set_rw_hint(struct file *file, uaddr_t arg)
{
	u64 hint;

	if (get_user_u64(arg, &hint))
		return -EFAULT;
	if (hint > RWH_WRITE_LIFE_EXTREME)
		return -EINVAL;
	WRITE_ONCE(file_inode(file)->i_write_hint, hint);
	return 0;
}

static long fcntl_file(unsigned int fd, struct file *file, unsigned int cmd, unsigned long arg)
{
	switch (cmd) {
	case F_DUPFD:
		return dup_from(file, arg, 0);
	case F_DUPFD_CLOEXEC:
		return dup_from(file, arg, O_CLOEXEC);
	case F_GETFD:
		return get_close_on_exec(fd) ? FD_CLOEXEC : 0;
	case F_SETFD:
		set_close_on_exec(fd, arg & FD_CLOEXEC);
		return 0;
	case F_GETFL:
		return file->f_flags;
	case F_SETFL:
		return setfl(fd, file, arg);
	case F_GETLK:
	case F_OFD_GETLK:
		return fcntl_getlk(file, cmd, uaddr(arg));
	case F_SETLK:
	case F_SETLKW:
	case F_OFD_SETLK:
	case F_OFD_SETLKW:
		return fcntl_setlk(fd, file, cmd, uaddr(arg));
	case F_GETOWN:
		return get_owner(file);
	case F_SETOWN:
		return set_owner(file, (int)arg);
	case F_GETOWN_EX:
		return get_owner_ex(file, uaddr(arg));
	case F_SETOWN_EX:
		return set_owner_ex(file, uaddr(arg));
	case F_GETSIG:
		return file->f_owner.signum;
	case F_SETSIG:
		if (arg > 64)
			return -EINVAL;
		file->f_owner.signum = arg;
		return 0;
	case F_SETPIPE_SZ:
	case F_GETPIPE_SZ:
		return S_ISFIFO(file_inode(file)->i_mode) && file->f_op->fcntl ? file->f_op->fcntl(file, cmd, arg) : -EBADF;
	case F_GET_RW_HINT:
		return get_rw_hint(file, uaddr(arg));
	case F_SET_RW_HINT:
		return set_rw_hint(file, uaddr(arg));
	case F_ADD_SEALS:
		if (!(file->f_mode & FMODE_WRITE))
			return -EPERM;
		fallthrough;
	case F_GET_SEALS:
		return file->f_op->fcntl ? file->f_op->fcntl(file, cmd, arg) : -EINVAL;
	case F_NOTIFY: /* no events: the watches that there are end, and there never are any */
		return arg & ~DN_MULTISHOT ? -EINVAL : 0;
	case F_GETLEASE:
	case F_SETLEASE:
	default:
		return -EINVAL;
	}
}

/* What works on O_PATH descriptors. */
static bool path_fd_allows(unsigned int cmd)
{
	return cmd == F_DUPFD || cmd == F_DUPFD_CLOEXEC || cmd == F_GETFD || cmd == F_SETFD || cmd == F_GETFL;
}

long sys_fcntl(unsigned int fd, unsigned int cmd, unsigned long arg)
{
	struct fd f = fdget_raw(fd);
	long ret = -EBADF;

	if (!f.file)
		return -EBADF;
	if (likely(!(f.file->f_mode & FMODE_PATH)) || path_fd_allows(cmd))
		ret = fcntl_file(fd, f.file, cmd, arg);
	fdput(f);
	return ret;
}

/* --- ioctl --- */

static int ioctl_fionbio(struct file *file, uaddr_t arg)
{
	u32 on;

	if (get_user_u32(arg, &on))
		return -EFAULT;
	spin_lock(&file->f_lock);
	if (on)
		file->f_flags |= O_NONBLOCK;
	else
		file->f_flags &= ~O_NONBLOCK;
	spin_unlock(&file->f_lock);
	return 0;
}

static int ioctl_fioasync(unsigned int fd, struct file *file, uaddr_t arg)
{
	u32 on;

	if (get_user_u32(arg, &on))
		return -EFAULT;
	if (!on == !(file->f_flags & FASYNC))
		return 0;
	if (!file->f_op->fasync)
		return -ENOTTY;
	return setfl(fd, file, on ? file->f_flags | FASYNC : file->f_flags & ~FASYNC);
}

static long ioctl_regular(struct file *file, unsigned int cmd, uaddr_t arg)
{
	struct inode *inode = file_inode(file);
	loff_t left = i_size_read(inode) - file->f_pos;

	if (cmd == FIONREAD)
		return put_user_u32(left, arg);
	return -ENOIOCTLCMD;
}

static long ioctl_common(unsigned int fd, struct file *file, unsigned int cmd, unsigned long arg)
{
	struct inode *inode = file_inode(file);
	u64 qsize = i_size_read(inode);

	switch (cmd) {
	case FIOCLEX:
		set_close_on_exec(fd, true);
		return 0;
	case FIONCLEX:
		set_close_on_exec(fd, false);
		return 0;
	case FIONBIO:
		return ioctl_fionbio(file, uaddr(arg));
	case FIOASYNC:
		return ioctl_fioasync(fd, file, uaddr(arg));
	case FIOQSIZE:
		if (!S_ISDIR(inode->i_mode) && !S_ISREG(inode->i_mode) && !S_ISLNK(inode->i_mode))
			return -ENOTTY;
		return put_user_u64(qsize, uaddr(arg));
	case FIGETBSZ:
		return put_user_u32(inode->i_sb->s_blocksize, uaddr(arg));
	case FS_IOC_GETFLAGS:
		return ioctl_getflags(file, uaddr(arg));
	case FS_IOC_SETFLAGS:
		return ioctl_setflags(file, uaddr(arg));
	case FS_IOC_FSGETXATTR:
		return ioctl_fsgetxattr(file, uaddr(arg));
	case FS_IOC_FSSETXATTR:
		return ioctl_fssetxattr(file, uaddr(arg));
	case FICLONE:
	case FICLONERANGE:
	case FIDEDUPERANGE:
		return -EOPNOTSUPP;
	default:
		return S_ISREG(inode->i_mode) ? ioctl_regular(file, cmd, uaddr(arg)) : -ENOIOCTLCMD;
	}
}

long vfs_ioctl(struct file *file, unsigned int cmd, unsigned long arg)
{
	long ret = file->f_op->ioctl ? file->f_op->ioctl(file, cmd, arg) : -ENOTTY;

	return ret == -ENOIOCTLCMD ? -ENOTTY : ret;
}

long sys_ioctl(unsigned int fd, unsigned int cmd, unsigned long arg)
{
	struct fd f = fdget(fd);
	long ret;

	if (!f.file)
		return -EBADF;
	ret = ioctl_common(fd, f.file, cmd, arg);
	if (ret == -ENOIOCTLCMD)
		ret = vfs_ioctl(f.file, cmd, arg);
	fdput(f);
	return ret;
}

/* --- SIGIO: who wants to hear of a file --- */

static void fasync_reclaim(struct rcu_head *head)
{
	kfree(container_of(head, struct fasync_struct, fa_rcu));
}

static const struct rcu_ops fasync_rcu_ops = { .name = "fasync", .reclaim = fasync_reclaim };

struct fasync_lists {
	struct spinlock lock;	/* rank FASYNC: all lists of registrations */
};
static struct fasync_lists fasync = { SPINLOCK_INIT(RANK_FASYNC) };

static int fasync_remove(struct file *file, struct fasync_struct **list)
{
	struct fasync_struct **p, *fa = NULL;
	unsigned long flags;

	spin_lock_irqsave(&fasync.lock, flags);
	for (p = list; (fa = *p); p = &fa->fa_next) {
		if (fa->fa_file != file)
			continue;
		WRITE_ONCE(*p, fa->fa_next);
		fa->fa_file = NULL;
		break;
	}
	spin_unlock_irqrestore(&fasync.lock, flags);
	if (!fa)
		return 0;
	call_rcu(&fa->fa_rcu, &fasync_rcu_ops);
	return 1;
}

int fasync_helper(int fd, struct file *file, int on, struct fasync_struct **list)
{
	struct fasync_struct *fresh, *fa;
	unsigned long flags;

	if (!on)
		return fasync_remove(file, list);
	fresh = kzalloc(sizeof(*fresh), GFP_KERNEL);
	if (!fresh)
		return -ENOMEM;
	spin_lock_irqsave(&fasync.lock, flags);
	for (fa = *list; fa; fa = fa->fa_next) {
		if (fa->fa_file == file) {
			fa->fa_fd = fd;
			break;
		}
	}
	if (!fa) {
		fresh->fa_file = file;
		fresh->fa_fd = fd;
		fresh->fa_next = *list;
		rcu_assign_pointer(*list, fresh);
	}
	spin_unlock_irqrestore(&fasync.lock, flags);
	if (fa)
		kfree(fresh);
	return fa ? 0 : 1;
}

void kill_fasync(struct fasync_struct **list, int sig, int band)
{
	struct fasync_struct *fa;
	unsigned long flags;

	if (!READ_ONCE(*list))
		return;
	spin_lock_irqsave(&fasync.lock, flags);
	for (fa = *list; fa; fa = fa->fa_next)
		vfs_send_sigio(fa->fa_file, fa->fa_fd, band);
	spin_unlock_irqrestore(&fasync.lock, flags);
}
