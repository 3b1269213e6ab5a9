/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * uaccess.h - memory of programs. Never a plain dereference.
 *
 * WHAT        Every function checks the range and copes with any fault. The plain ones may sleep (a page is read
 *             in); those ending in _nosleep fail instead, for use under locks.
 * ERRORS      Copies return the bytes NOT copied (0 is success), get/put 0 or -EFAULT.
 */
#ifndef ARCH_UACCESS_H
#define ARCH_UACCESS_H

#include <arch/memlayout.h>
#include <arch/thread.h>
#include <lib/types.h>

/* Is [addr, addr + size) within the user half? */
static inline bool user_range_ok(uaddr_t addr, size_t size)
{
	unsigned long a = uaddr_raw(addr);

	return size <= USER_END && a <= USER_END - size;
}
#define access_ok(addr, size) user_range_ok(addr, size)

/* Between these faults on user addresses fail at once instead of reading pages in. */
static inline void pagefault_disable(void)
{
	current_arch_thread()->pagefault_disabled++;
	barrier();
}
static inline void pagefault_enable(void)
{
	barrier();
	current_arch_thread()->pagefault_disabled--;
}
static inline bool pagefault_disabled(void)
{
	return current_arch_thread()->pagefault_disabled != 0;
}

size_t copy_from_user(void *dst, uaddr_t src, size_t n) __must_check;
size_t copy_to_user(uaddr_t dst, const void *src, size_t n) __must_check;
size_t clear_user(uaddr_t dst, size_t n) __must_check;
size_t copy_from_user_nosleep(void *dst, uaddr_t src, size_t n) __must_check;
size_t copy_to_user_nosleep(uaddr_t dst, const void *src, size_t n) __must_check;
size_t clear_user_nosleep(uaddr_t dst, size_t n) __must_check;

/* A string with its terminator into @dst of @size bytes. Its length without the terminator; @size when it
 * does not fit (no terminator then); -EFAULT. */
long strncpy_from_user(char *dst, uaddr_t src, size_t size) __must_check;
/* Length with terminator; more than @max when longer; 0 for a fault. */
size_t strnlen_user(uaddr_t src, size_t max) __must_check;

int get_user_u8(uaddr_t src, u8 *out) __must_check;
int get_user_u16(uaddr_t src, u16 *out) __must_check;
int get_user_u32(uaddr_t src, u32 *out) __must_check;
int get_user_u64(uaddr_t src, u64 *out) __must_check;
int put_user_u8(u8 val, uaddr_t dst) __must_check;
int put_user_u16(u16 val, uaddr_t dst) __must_check;
int put_user_u32(u32 val, uaddr_t dst) __must_check;
int put_user_u64(u64 val, uaddr_t dst) __must_check;
int get_user_u32_nosleep(uaddr_t src, u32 *out) __must_check;
int get_user_u64_nosleep(uaddr_t src, u64 *out) __must_check;
int put_user_u32_nosleep(u32 val, uaddr_t dst) __must_check;
int put_user_u64_nosleep(u64 val, uaddr_t dst) __must_check;

/* A whole object: sizeof decides. 0 or -EFAULT. */
#define get_user_obj(objp, src) (copy_from_user((objp), (src), sizeof(*(objp))) ? -EFAULT : 0)
#define put_user_obj(objp, dst) (copy_to_user((dst), (objp), sizeof(*(objp))) ? -EFAULT : 0)

/* Atomics on user words, for futex and rseq; the address must be aligned. All _nosleep. */
/* If the word is @old make it @new; what was there goes to *@seen. 0 or -EFAULT. */
int user_cmpxchg32_nosleep(uaddr_t addr, u32 old, u32 new, u32 *seen) __must_check;
int user_cmpxchg64_nosleep(uaddr_t addr, u64 old, u64 new, u64 *seen) __must_check;
/* FUTEX_OP_SET/ADD/OR/ANDN/XOR (0-4) with @arg; what was there goes to *@old. 0, -EFAULT, -ENOSYS. */
int user_futex_op_nosleep(int op, u32 arg, uaddr_t addr, u32 *old) __must_check;

/* Kernel memory that may not be there (probes, stack dumps): 0 or -EFAULT, never sleeps. */
int copy_from_kernel_nofault(void *dst, const void *src, size_t n) __must_check;
int copy_to_kernel_nofault(void *dst, const void *src, size_t n) __must_check;

#endif
