/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * fpu.h - floating point and vector registers of user threads.
 *
 * WHAT        Each user thread has a save area, sized by CPUID at boot. Saving and loading is eager: at
 *             switches, and skipped when this CPU still holds what the thread saved last.
 * INVARIANTS  I1  The kernel itself is compiled without vector instructions; code that wants them stands
 *                 between fpu_begin() and fpu_end().
 *             I2  What a program hands to sigreturn or ptrace is checked before it is loaded: a bad area is
 *                 refused, never a fault in the kernel.
 */
#ifndef ARCH_FPU_H
#define ARCH_FPU_H

#include <lib/types.h>

struct thread;

/* Bytes of a thread's area, and of the frame a signal handler sees (with its trailing magic number). */
extern u32 fpu_state_size, fpu_user_frame_size;
/* Register sets that programs have (XCR0). PKRU is one; it is not in a thread's area but switched by thread.c. */
extern u64 fpu_xfeatures;
#define XFEATURE_PKRU 0x200u

/* CPUID and XCR0; on the boot CPU first, then on each. */
void fpu_init(void);
void fpu_init_this_cpu(void);

/* Gives @thread a fresh area (reset registers). 0 or -ENOMEM. */
int fpu_thread_init(struct thread *thread) __must_check;
/* Copies the running thread's registers to @child, which has an area. */
void fpu_thread_copy(struct thread *child);
/* The running thread's registers, PKRU too, as a new program or a signal handler expects them. */
void fpu_thread_reset(void);
void fpu_thread_fini(struct thread *thread);

/* After #MF (16) or #XF (19): which exceptions are raised and not masked, bits 0-5 as in MXCSR. */
u32 fpu_raised_exceptions(int vector);

/* The kernel uses vector registers in between; preemption is disabled meanwhile. */
void fpu_begin(void);
void fpu_end(void);

/* Writes the running thread's registers to @frame (64-byte aligned, fpu_user_frame_size bytes) in the layout
 * that signal handlers expect. 0 or -EFAULT. */
int fpu_save_to_user_frame(uaddr_t frame) __must_check;
/* Loads them from there; NULL frame: reset. 0, or -EFAULT/-EINVAL with the registers reset. */
int fpu_restore_from_user_frame(uaddr_t frame) __must_check;

#endif
