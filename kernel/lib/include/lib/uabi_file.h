/* SPDX-License-Identifier: GPL-2.0-only */
/* uabi_file.h - files and directories as system calls carry them: struct stat, linux_dirent64, DT_*, rusage. */
#ifndef LIB_UABI_FILE_H
#define LIB_UABI_FILE_H

#include <lib/types.h>

#ifdef HOST_TEST
#include <dirent.h>
#include <fcntl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/uio.h>
#else

#include <linux/fcntl.h>
#include <linux/resource.h>
#include <linux/stat.h>
#include <linux/times.h>
#include <linux/uio.h>
#include <linux/utsname.h>

/* asm/stat.h has a field called __unused. */
#pragma push_macro("__unused")
#undef __unused
#include <asm/stat.h>
#pragma pop_macro("__unused")

ASSERT_SIZE(struct stat, 144);
ASSERT_OFFSET(struct stat, st_nlink, 16);
ASSERT_OFFSET(struct stat, st_mode, 24);
ASSERT_OFFSET(struct stat, st_rdev, 40);
ASSERT_OFFSET(struct stat, st_size, 48);
ASSERT_OFFSET(struct stat, st_atime, 72);
ASSERT_OFFSET(struct stat, st_ctime_nsec, 112);
ASSERT_SIZE(struct rusage, 144);
ASSERT_SIZE(struct tms, 32);
ASSERT_SIZE(struct new_utsname, 390);
ASSERT_SIZE(struct iovec, 16);

#define S_IRWXUGO (S_IRWXU | S_IRWXG | S_IRWXO)
#define S_IALLUGO (S_ISUID | S_ISGID | S_ISVTX | S_IRWXUGO)
#define S_IRUGO (S_IRUSR | S_IRGRP | S_IROTH)
#define S_IWUGO (S_IWUSR | S_IWGRP | S_IWOTH)
#define S_IXUGO (S_IXUSR | S_IXGRP | S_IXOTH)

/* d_type of a directory entry: the format bits of the mode, shifted down by 12. */
#define DT_UNKNOWN 0
#define DT_FIFO 1
#define DT_CHR 2
#define DT_DIR 4
#define DT_BLK 6
#define DT_REG 8
#define DT_LNK 10
#define DT_SOCK 12
#define DT_WHT 14

#define UIO_MAXIOV_LIMIT 1024

/* lseek, access, flock live in the C library's headers. */
#ifndef SEEK_SET
#define SEEK_SET 0
#define SEEK_CUR 1
#define SEEK_END 2
#define SEEK_DATA 3
#define SEEK_HOLE 4
#endif
#define F_OK 0
#define X_OK 1
#define W_OK 2
#define R_OK 4


#endif /* HOST_TEST */

/* S_DT turns a mode into a DT_*. */
#define S_DT(mode) (((mode) >> 12) & 15)

/* getdents64: records of d_reclen bytes, aligned to 8. */
struct linux_dirent64 {
	u64 d_ino;
	s64 d_off;
	u16 d_reclen;
	u8 d_type;
	char d_name[];
};
ASSERT_OFFSET(struct linux_dirent64, d_reclen, 16);
ASSERT_OFFSET(struct linux_dirent64, d_type, 18);
ASSERT_OFFSET(struct linux_dirent64, d_name, 19);

/* getdents, the old one: d_type is the last byte of the record. */
struct linux_dirent {
	unsigned long d_ino;
	unsigned long d_off;
	u16 d_reclen;
	char d_name[];
};
ASSERT_OFFSET(struct linux_dirent, d_name, 18);

/* select: 1024 bits. */
#define UABI_FD_SETSIZE 1024

/* The sixth argument of pselect6. */
struct uabi_sigset_arg {
	u64 set_ptr;
	u64 set_size;
};
ASSERT_SIZE(struct uabi_sigset_arg, 16);

/* ustat and friends are absent; sysinfo comes from linux/sysinfo.h, statfs from asm/statfs.h. */

#endif
