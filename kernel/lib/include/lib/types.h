/* SPDX-License-Identifier: GPL-2.0-only */
/* types.h - integers with names, ids that do not mix, and the heads of the linked structures. */
#ifndef LIB_TYPES_H
#define LIB_TYPES_H

#include <lib/compiler.h>

#ifdef HOST_TEST
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>
#else
#include <stdbool.h>
#include <stddef.h>
#endif
#include <linux/types.h>

typedef __u8 u8;
typedef __u16 u16;
typedef __u32 u32;
typedef __u64 u64;
typedef __s8 s8;
typedef __s16 s16;
typedef __s32 s32;
typedef __s64 s64;

#ifndef HOST_TEST
typedef long ssize_t;
typedef long long loff_t;
typedef long off_t;
typedef int pid_t;
typedef unsigned int uid_t;
typedef unsigned int gid_t;
typedef unsigned int mode_t;
typedef unsigned long ino_t;
typedef int clockid_t;
typedef int key_t;
typedef long suseconds_t;
typedef long clock_t;
typedef int timer_t;
typedef u32 dev_t; /* 12 bits of major, 20 of minor */
typedef u8 uint8_t;
typedef u16 uint16_t;
typedef u32 uint32_t;
typedef u64 uint64_t;
typedef s8 int8_t;
typedef s16 int16_t;
typedef s32 int32_t;
typedef s64 int64_t;
typedef unsigned long uintptr_t;
typedef long intptr_t;
typedef unsigned int uint;
typedef unsigned long ulong;
#endif

typedef u16 umode_t;
typedef u64 sector_t;
typedef unsigned long pgoff_t; /* an offset in a file, in pages */
typedef u64 blkcnt_t_k; /* blocks of 512 bytes, as st_blocks counts */
typedef u64 phys_addr_t;
typedef u64 dma_addr_t;
typedef unsigned int gfp_t;
typedef unsigned int fmode_t;
typedef s64 ktime_t;
typedef s64 time64_t;

/* Little and big endian values of the wire and the disk come from linux/types.h: __le32, __be16, ... */

#define U8_MAX ((u8)~0U)
#define U16_MAX ((u16)~0U)
#define U32_MAX ((u32)~0U)
#define U64_MAX ((u64)~0ULL)
#define S8_MAX ((s8)(U8_MAX >> 1))
#define S16_MAX ((s16)(U16_MAX >> 1))
#define S32_MAX ((s32)(U32_MAX >> 1))
#define S64_MAX ((s64)(U64_MAX >> 1))
#define S32_MIN ((s32)(-S32_MAX - 1))
#define S64_MIN ((s64)(-S64_MAX - 1))
#ifndef INT_MAX
#define INT_MAX ((int)(~0U >> 1))
#define INT_MIN (-INT_MAX - 1)
#define UINT_MAX (~0U)
#define LONG_MAX ((long)(~0UL >> 1))
#define LONG_MIN (-LONG_MAX - 1)
#define ULONG_MAX (~0UL)
#define LLONG_MAX ((long long)(~0ULL >> 1))
#define LLONG_MIN (-LLONG_MAX - 1)
#define ULLONG_MAX (~0ULL)
#endif
#ifndef SIZE_MAX
#define SIZE_MAX (~(size_t)0)
#endif
#ifndef SSIZE_MAX
#define SSIZE_MAX ((ssize_t)(SIZE_MAX >> 1))
#endif

/*
 * Device numbers. Inside the kernel 12 bits of major and 20 of minor; "new" is what statx and mknod carry
 * in 32 bits, "huge" what struct stat's 64-bit fields carry (the same bits, wide enough for both).
 */
#define MINORBITS 20
#define MINORMASK ((1U << MINORBITS) - 1)
#define MAJOR(dev) ((unsigned int)((dev) >> MINORBITS))
#define MINOR(dev) ((unsigned int)((dev) & MINORMASK))
#define MKDEV(ma, mi) ((dev_t)(((u32)(ma) << MINORBITS) | ((u32)(mi) & MINORMASK)))

static inline u32 new_encode_dev(dev_t dev)
{
	u32 major = MAJOR(dev), minor = MINOR(dev);

	return (minor & 0xff) | (major << 8) | ((minor & ~0xffU) << 12);
}

static inline dev_t new_decode_dev(u32 dev)
{
	return MKDEV((dev >> 8) & 0xfff, (dev & 0xff) | ((dev >> 12) & 0xfff00));
}

static inline u64 huge_encode_dev(dev_t dev)
{
	return new_encode_dev(dev);
}

static inline dev_t huge_decode_dev(u64 dev)
{
	return new_decode_dev((u32)dev);
}

/* A user address is a struct, so that it cannot be dereferenced by mistake. */
typedef struct {
	unsigned long v;
} uaddr_t;

#define UADDR_NULL ((uaddr_t){ 0 })

static inline uaddr_t uaddr(unsigned long v)
{
	return (uaddr_t){ v };
}

static inline unsigned long uaddr_raw(uaddr_t a)
{
	return a.v;
}

static inline uaddr_t uaddr_add(uaddr_t a, unsigned long bytes)
{
	return (uaddr_t){ a.v + bytes };
}

static inline bool uaddr_is_null(uaddr_t a)
{
	return a.v == 0;
}

/* Kernel user and group ids: what a user namespace has already mapped. -1 is nobody at all. */
typedef struct {
	u32 val;
} kuid_t;

typedef struct {
	u32 val;
} kgid_t;

#define KUIDT_INIT(value) ((kuid_t){ (value) })
#define KGIDT_INIT(value) ((kgid_t){ (value) })
#define GLOBAL_ROOT_UID KUIDT_INIT(0)
#define GLOBAL_ROOT_GID KGIDT_INIT(0)
#define INVALID_UID KUIDT_INIT((u32)-1)
#define INVALID_GID KGIDT_INIT((u32)-1)

static inline u32 __kuid_val(kuid_t uid)
{
	return uid.val;
}

static inline u32 __kgid_val(kgid_t gid)
{
	return gid.val;
}

static inline bool uid_eq(kuid_t a, kuid_t b)
{
	return a.val == b.val;
}

static inline bool gid_eq(kgid_t a, kgid_t b)
{
	return a.val == b.val;
}

static inline bool uid_valid(kuid_t uid)
{
	return uid.val != (u32)-1;
}

static inline bool gid_valid(kgid_t gid)
{
	return gid.val != (u32)-1;
}

struct list_head {
	struct list_head *next;
	struct list_head *prev;
};

struct hlist_node {
	struct hlist_node *next;
	struct hlist_node **pprev;
};

struct hlist_head {
	struct hlist_node *first;
};

/* How an object is freed after a grace period: sync/rcu.h defines the table. */
struct rcu_ops;

struct rcu_head {
	struct rcu_head *next;
	const struct rcu_ops *ops;
};

#endif
