/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * vfs_calls.h - the system calls that this folder handles. Arguments are
 * decoded by the generated stubs (syscall/table.def); user pointers are uaddr_t.
 */
#ifndef VFS_VFS_CALLS_H
#define VFS_VFS_CALLS_H

#include <lib/types.h>

/* open.c, openat2 */
long sys_open(uaddr_t path, int flags, umode_t mode);
long sys_swapon(uaddr_t path, int flags);
long sys_swapoff(uaddr_t path);
long sys_openat(int dfd, uaddr_t path, int flags, umode_t mode);
long sys_openat2(int dfd, uaddr_t path, uaddr_t how, size_t size);
long sys_creat(uaddr_t path, umode_t mode);
long sys_close(unsigned int fd);
long sys_close_range(unsigned int first, unsigned int last, unsigned int flags);

/* read_write.c */
long sys_read(unsigned int fd, uaddr_t buf, size_t count);
long sys_write(unsigned int fd, uaddr_t buf, size_t count);
long sys_pread64(unsigned int fd, uaddr_t buf, size_t count, loff_t pos);
long sys_pwrite64(unsigned int fd, uaddr_t buf, size_t count, loff_t pos);
long sys_readv(unsigned int fd, uaddr_t vec, u32 vlen);
long sys_writev(unsigned int fd, uaddr_t vec, u32 vlen);
long sys_preadv(unsigned int fd, uaddr_t vec, u32 vlen, unsigned long pos_l,
		unsigned long pos_h);
long sys_pwritev(unsigned int fd, uaddr_t vec, u32 vlen, unsigned long pos_l,
		 unsigned long pos_h);
long sys_preadv2(unsigned int fd, uaddr_t vec, u32 vlen, unsigned long pos_l,
		 unsigned long pos_h, int flags);
long sys_pwritev2(unsigned int fd, uaddr_t vec, u32 vlen, unsigned long pos_l,
		  unsigned long pos_h, int flags);
long sys_lseek(unsigned int fd, loff_t offset, unsigned int whence);
long sys_sendfile(int out_fd, int in_fd, uaddr_t offset, size_t count);
long sys_copy_file_range(int fd_in, uaddr_t off_in, int fd_out, uaddr_t off_out, size_t len,
			 unsigned int flags);

/* stat.c */
long sys_stat(uaddr_t path, uaddr_t buf);
long sys_lstat(uaddr_t path, uaddr_t buf);
long sys_fstat(unsigned int fd, uaddr_t buf);
long sys_newfstatat(int dfd, uaddr_t path, uaddr_t buf, int flags);
long sys_statx(int dfd, uaddr_t path, unsigned int flags, unsigned int mask, uaddr_t buf);
long sys_readlink(uaddr_t path, uaddr_t buf, int bufsiz);
long sys_readlinkat(int dfd, uaddr_t path, uaddr_t buf, int bufsiz);
long sys_statfs(uaddr_t path, uaddr_t buf);
long sys_fstatfs(unsigned int fd, uaddr_t buf);
long sys_ustat(unsigned int dev, uaddr_t buf);
long sys_sysfs(int option, unsigned long arg1, unsigned long arg2);

/* namei_calls.c */
long sys_mkdir(uaddr_t path, umode_t mode);
long sys_mkdirat(int dfd, uaddr_t path, umode_t mode);
long sys_mknod(uaddr_t path, umode_t mode, unsigned int dev);
long sys_mknodat(int dfd, uaddr_t path, umode_t mode, unsigned int dev);
long sys_rmdir(uaddr_t path);
long sys_unlink(uaddr_t path);
long sys_unlinkat(int dfd, uaddr_t path, int flags);
long sys_symlink(uaddr_t target, uaddr_t path);
long sys_symlinkat(uaddr_t target, int dfd, uaddr_t path);
long sys_link(uaddr_t oldpath, uaddr_t newpath);
long sys_linkat(int olddfd, uaddr_t oldpath, int newdfd, uaddr_t newpath, int flags);
long sys_rename(uaddr_t oldpath, uaddr_t newpath);
long sys_renameat(int olddfd, uaddr_t oldpath, int newdfd, uaddr_t newpath);
long sys_renameat2(int olddfd, uaddr_t oldpath, int newdfd, uaddr_t newpath, unsigned int flags);

/* readdir.c */
long sys_getdents(unsigned int fd, uaddr_t buf, unsigned int count);
long sys_getdents64(unsigned int fd, uaddr_t buf, unsigned int count);

/* cwd.c */
long sys_chdir(uaddr_t path);
long sys_fchdir(unsigned int fd);
long sys_chroot(uaddr_t path);
long sys_getcwd(uaddr_t buf, unsigned long size);
long sys_umask(int mask);

/* fdtable_calls.c, fcntl.c, ioctl.c, locks.c */
long sys_dup(unsigned int fd);
long sys_dup2(unsigned int oldfd, unsigned int newfd);
long sys_dup3(unsigned int oldfd, unsigned int newfd, int flags);
long sys_fcntl(unsigned int fd, unsigned int cmd, unsigned long arg);
long sys_ioctl(unsigned int fd, unsigned int cmd, unsigned long arg);
long sys_flock(unsigned int fd, unsigned int cmd);

/* attr_calls.c */
long sys_access(uaddr_t path, int mode);
long sys_faccessat(int dfd, uaddr_t path, int mode);
long sys_faccessat2(int dfd, uaddr_t path, int mode, int flags);
long sys_chmod(uaddr_t path, umode_t mode);
long sys_fchmod(unsigned int fd, umode_t mode);
long sys_fchmodat(int dfd, uaddr_t path, umode_t mode);
long sys_chown(uaddr_t path, uid_t uid, gid_t gid);
long sys_lchown(uaddr_t path, uid_t uid, gid_t gid);
long sys_fchown(unsigned int fd, uid_t uid, gid_t gid);
long sys_fchownat(int dfd, uaddr_t path, uid_t uid, gid_t gid, int flags);
long sys_truncate(uaddr_t path, loff_t length);
long sys_ftruncate(unsigned int fd, loff_t length);
long sys_fallocate(int fd, int mode, loff_t offset, loff_t len);
long sys_utime(uaddr_t path, uaddr_t times);
long sys_utimes(uaddr_t path, uaddr_t times);
long sys_futimesat(int dfd, uaddr_t path, uaddr_t times);
long sys_utimensat(int dfd, uaddr_t path, uaddr_t times, int flags);

/* sync_calls.c */
long sys_fsync(unsigned int fd);
long sys_fdatasync(unsigned int fd);
long sys_sync(void);
long sys_syncfs(int fd);
long sys_sync_file_range(int fd, loff_t offset, loff_t nbytes, unsigned int flags);
long sys_readahead(int fd, loff_t offset, size_t count);
long sys_fadvise64(int fd, loff_t offset, size_t len, int advice);

/* xattr_calls.c */
long sys_setxattr(uaddr_t path, uaddr_t name, uaddr_t value, size_t size, int flags);
long sys_lsetxattr(uaddr_t path, uaddr_t name, uaddr_t value, size_t size, int flags);
long sys_fsetxattr(int fd, uaddr_t name, uaddr_t value, size_t size, int flags);
long sys_getxattr(uaddr_t path, uaddr_t name, uaddr_t value, size_t size);
long sys_lgetxattr(uaddr_t path, uaddr_t name, uaddr_t value, size_t size);
long sys_fgetxattr(int fd, uaddr_t name, uaddr_t value, size_t size);
long sys_listxattr(uaddr_t path, uaddr_t list, size_t size);
long sys_llistxattr(uaddr_t path, uaddr_t list, size_t size);
long sys_flistxattr(int fd, uaddr_t list, size_t size);
long sys_removexattr(uaddr_t path, uaddr_t name);
long sys_lremovexattr(uaddr_t path, uaddr_t name);
long sys_fremovexattr(int fd, uaddr_t name);

/* mount_calls.c, fsopen.c */
long sys_mount(uaddr_t dev_name, uaddr_t dir_name, uaddr_t type, unsigned long flags, uaddr_t data);
long sys_umount2(uaddr_t path, int flags);
long sys_pivot_root(uaddr_t new_root, uaddr_t put_old);
long sys_fsopen(uaddr_t name, unsigned int flags);
long sys_fsconfig(int fd, unsigned int cmd, uaddr_t key, uaddr_t value, int aux);
long sys_fsmount(int fs_fd, unsigned int flags, unsigned int attr_flags);
long sys_fspick(int dfd, uaddr_t path, unsigned int flags);
long sys_open_tree(int dfd, uaddr_t path, unsigned int flags);
long sys_move_mount(int from_dfd, uaddr_t from_path, int to_dfd, uaddr_t to_path,
		    unsigned int flags);
long sys_mount_setattr(int dfd, uaddr_t path, unsigned int flags, uaddr_t attr, size_t size);

/* handles: EOPNOTSUPP, no file system here exports them */
long sys_name_to_handle_at(int dfd, uaddr_t name, uaddr_t handle, uaddr_t mnt_id, int flag);
long sys_open_by_handle_at(int mountdirfd, uaddr_t handle, int flags);

#endif
