/* SPDX-License-Identifier: GPL-2.0-only */
/* raw_call.h - any call by its number, with six words: what comes back is the kernel's own answer, -errno included. */
#pragma once
#include <stdint.h>
#include <sys/syscall.h>

/* The child of a call that makes processes ends in the next instruction: it needs no stack, whatever it shares. */
static long raw_call(long nr, const uint64_t *a)
{
	register long r10 __asm__("r10") = (long)a[3];
	register long r8 __asm__("r8") = (long)a[4];
	register long r9 __asm__("r9") = (long)a[5];
	long is_fork = nr == SYS_fork || nr == SYS_vfork || nr == SYS_clone || nr == SYS_clone3;
	long result;

	__asm__ volatile("syscall\n\t"
			 "test %%rax, %%rax\n\t"
			 "jnz 1f\n\t"
			 "test %[fork], %[fork]\n\t"
			 "jz 1f\n\t"
			 "xor %%edi, %%edi\n\t"
			 "mov $60, %%eax\n\t"
			 "syscall\n\t"
			 "1:"
			 : "=a"(result)
			 : "a"(nr), "D"(a[0]), "S"(a[1]), "d"(a[2]), "r"(r10), "r"(r8), "r"(r9), [fork] "b"(is_fork)
			 : "rcx", "r11", "memory");
	return result;
}
