/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * io_ports.h - which I/O ports a thread may touch from user mode: the bitmap in the TSS.
 *
 * WHAT        A thread with ports names its bitmap, or all ports (iopl 3). The copy in the CPU's TSS is made when such a thread
 *             comes to run and the copy there is another; for all other threads the TSS hides it.
 * INVARIANTS  I1  seq is unique to the contents: the TSS copy with the same number is the same.
 *             I2  A bitmap that any thread may be switched to with is not changed, but replaced or given a new seq by the only
 *                 thread that has it, which then calls arch_io_ports_update().
 * LOCKING     A thread's own fields: the thread itself; the switch reads them with interrupts off.
 */
#ifndef ARCH_IO_PORTS_H
#define ARCH_IO_PORTS_H

#include <lib/types.h>

#define IO_PORTS 65536

struct thread;

struct io_ports {
	u64 seq;                     /* arch_io_ports_new_seq() */
	u64 forbidden[IO_PORTS / 64];
};

/* A number for contents that no TSS has a copy of. */
u64 arch_io_ports_new_seq(void);
/* What @thread, which is the caller or does not run, may touch: @ports (borrowed until replaced; NULL: none), at @iopl 3 all.
 * The running thread has it at once. */
void arch_io_ports_set(struct thread *thread, const struct io_ports *ports, u32 iopl);
const struct io_ports *arch_io_ports(struct thread *thread);
u32 arch_iopl(struct thread *thread);

/* May the running thread read the CPU's counter (RDTSC)? From now on, and what it forks. */
void arch_tsc_allow(bool is_allowed);
bool arch_tsc_is_allowed(void);

#endif
