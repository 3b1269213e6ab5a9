/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * sys.h - system calls without a C library.
 *
 * WHAT        The guest's first process runs before anything else does, on kernels of any age and
 *             state, so it asks them for nothing that it does not need: no libc start-up, no
 *             thread-local storage, no locale. Each call returns its result or -errno.
 */
#ifndef INIT_SYS_H
#define INIT_SYS_H

#include <stddef.h>
#include <stdint.h>
#include <asm/unistd.h>

static inline long sys6(long nr, long a, long b, long c, long d, long e, long f)
{
	register long r10 __asm__("r10") = d;
	register long r8 __asm__("r8") = e;
	register long r9 __asm__("r9") = f;
	long result;

	__asm__ volatile("syscall"
			 : "=a"(result)
			 : "a"(nr), "D"(a), "S"(b), "d"(c), "r"(r10), "r"(r8), "r"(r9)
			 : "rcx", "r11", "memory");
	return result;
}

#define SYS_ARGS_(nr, a, b, c, d, e, f, ...)                                                       \
	sys6(nr, (long)(a), (long)(b), (long)(c), (long)(d), (long)(e), (long)(f))
/* SYS(name, arguments...): the missing ones are 0. */
#define SYS(name, ...) SYS_ARGS_(__NR_##name, ##__VA_ARGS__, 0, 0, 0, 0, 0, 0)

#endif
