/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * percpu.h - variables of which each CPU has its own copy.
 *
 * WHAT        DEFINE_PERCPU puts the variable into the section .data..percpu of the image: the
 *             *template*. Each CPU owns a copy of it, its *area*. GS.base holds (area - template), so
 *             %gs:variable is this CPU's copy, and per_cpu() adds percpu_offset[cpu] to the address.
 * INVARIANTS  I1  After percpu_init() nobody touches the template itself: a plain use of the
 *                 variable's name in C is a bug (the template is mapped read-only).
 *             I2  this_cpu_*() on a scalar is one instruction, so it is safe against interrupts and
 *                 preemption; this_cpu_ptr() needs preemption disabled while the pointer is used.
 */
#ifndef ARCH_PERCPU_H
#define ARCH_PERCPU_H

#include <lib/types.h>

#define NR_CPUS 64

#define DEFINE_PERCPU(type, name) \
	__attribute__((section(".data..percpu"))) __typeof__(type) name
#define DECLARE_PERCPU(type, name) extern __typeof__(type) name

struct thread;

/* Distance from the template to each CPU's area; 0 for a CPU that is not registered. */
extern unsigned long percpu_offset[NR_CPUS];

DECLARE_PERCPU(unsigned long, this_cpu_offset);
DECLARE_PERCPU(int, cpu_number);
/* Bytes of one CPU's area. */
size_t percpu_area_size(void);
DECLARE_PERCPU(struct thread *, current_thread_ptr);

#define __percpu_op(size, op, args...)                                       \
	({                                                                   \
		switch (size) {                                              \
		case 1: asm volatile(op "b " args); break;                   \
		case 2: asm volatile(op "w " args); break;                   \
		case 4: asm volatile(op "l " args); break;                   \
		case 8: asm volatile(op "q " args); break;                   \
		}                                                            \
	})

/* The bits of any scalar or pointer, as an integer of 64 bits. */
#define __percpu_bits(v) ((u64)(v))

#define this_cpu_read(var)                                                   \
	({                                                                   \
		u64 pc_v = 0;                                                \
		switch (sizeof(var)) {                                       \
		case 1: asm volatile("movzbl %%gs:%1, %k0" : "=r"(pc_v) : "m"(var)); break; \
		case 2: asm volatile("movzwl %%gs:%1, %k0" : "=r"(pc_v) : "m"(var)); break; \
		case 4: asm volatile("movl %%gs:%1, %k0" : "=r"(pc_v) : "m"(var)); break;   \
		case 8: asm volatile("movq %%gs:%1, %q0" : "=r"(pc_v) : "m"(var)); break;   \
		}                                                            \
		(__typeof__(var))pc_v;                                       \
	})

#define this_cpu_write(var, val)                                             \
	do {                                                                 \
		u64 pc_w = __percpu_bits(val);                               \
		switch (sizeof(var)) {                                       \
		case 1: asm volatile("movb %b1, %%gs:%0" : "+m"(var) : "r"(pc_w)); break; \
		case 2: asm volatile("movw %w1, %%gs:%0" : "+m"(var) : "r"(pc_w)); break; \
		case 4: asm volatile("movl %k1, %%gs:%0" : "+m"(var) : "r"(pc_w)); break; \
		case 8: asm volatile("movq %q1, %%gs:%0" : "+m"(var) : "r"(pc_w)); break; \
		}                                                            \
	} while (0)

#define __percpu_rmw(op, var, val)                                           \
	do {                                                                 \
		u64 pc_w = __percpu_bits(val);                               \
		switch (sizeof(var)) {                                       \
		case 1: asm volatile(op "b %b1, %%gs:%0" : "+m"(var) : "r"(pc_w) : "cc"); break; \
		case 2: asm volatile(op "w %w1, %%gs:%0" : "+m"(var) : "r"(pc_w) : "cc"); break; \
		case 4: asm volatile(op "l %k1, %%gs:%0" : "+m"(var) : "r"(pc_w) : "cc"); break; \
		case 8: asm volatile(op "q %q1, %%gs:%0" : "+m"(var) : "r"(pc_w) : "cc"); break; \
		}                                                            \
	} while (0)

#define __percpu_unary(op, var)                                              \
	do {                                                                 \
		switch (sizeof(var)) {                                       \
		case 1: asm volatile(op "b %%gs:%0" : "+m"(var) : : "cc"); break; \
		case 2: asm volatile(op "w %%gs:%0" : "+m"(var) : : "cc"); break; \
		case 4: asm volatile(op "l %%gs:%0" : "+m"(var) : : "cc"); break; \
		case 8: asm volatile(op "q %%gs:%0" : "+m"(var) : : "cc"); break; \
		}                                                            \
	} while (0)

#define this_cpu_add(var, val) __percpu_rmw("add", var, val)
#define this_cpu_sub(var, val) __percpu_rmw("sub", var, val)
#define this_cpu_or(var, val) __percpu_rmw("or", var, val)
#define this_cpu_and(var, val) __percpu_rmw("and", var, val)
#define this_cpu_inc(var) __percpu_unary("inc", var)
#define this_cpu_dec(var) __percpu_unary("dec", var)

/* Exchange; the old value. Like cmpxchg atomic on this CPU only (no lock prefix there). */
#define this_cpu_xchg(var, val)                                              \
	({                                                                   \
		__typeof__(var) pc_old = this_cpu_read(var), pc_seen;        \
		__typeof__(var) pc_new = (val);                              \
		for (;;) {                                                   \
			pc_seen = this_cpu_cmpxchg(var, pc_old, pc_new);     \
			if (pc_seen == pc_old)                               \
				break;                                       \
			pc_old = pc_seen;                                    \
		}                                                            \
		pc_old;                                                      \
	})

/* If the variable is @old make it @new; what it was before. 4 and 8 bytes. */
#define this_cpu_cmpxchg(var, old, new)                                      \
	({                                                                   \
		u64 pc_o = __percpu_bits(old), pc_n = __percpu_bits(new);    \
		_Static_assert(sizeof(var) == 4 || sizeof(var) == 8, "this_cpu_cmpxchg size"); \
		if (sizeof(var) == 4)                                        \
			asm volatile("cmpxchgl %k2, %%gs:%1"                 \
				     : "+a"(pc_o), "+m"(var) : "r"(pc_n) : "cc", "memory"); \
		else                                                         \
			asm volatile("cmpxchgq %q2, %%gs:%1"                 \
				     : "+a"(pc_o), "+m"(var) : "r"(pc_n) : "cc", "memory"); \
		(__typeof__(var))pc_o;                                       \
	})

/* Add and return the new value. */
#define this_cpu_add_return(var, val)                                        \
	({                                                                   \
		u64 pc_v = __percpu_bits(val), pc_d = pc_v;                  \
		_Static_assert(sizeof(var) == 4 || sizeof(var) == 8, "this_cpu_add_return size"); \
		if (sizeof(var) == 4)                                        \
			asm volatile("xaddl %k0, %%gs:%1" : "+r"(pc_v), "+m"(var) : : "cc", "memory"); \
		else                                                         \
			asm volatile("xaddq %q0, %%gs:%1" : "+r"(pc_v), "+m"(var) : : "cc", "memory"); \
		(__typeof__(var))(pc_v + pc_d);                              \
	})

/* Keeps the compiler from knowing the address, so that objects of percpu pointers may be moved. */
#define __percpu_shift(ptr, off)                                             \
	({                                                                   \
		unsigned long pc_p = (unsigned long)(ptr);                   \
		asm("" : "+r"(pc_p));                                        \
		(__typeof__(ptr))(pc_p + (off));                             \
	})

/* Address of this CPU's copy of *@ptr (@ptr points into the template). Preemption is off. */
#define this_cpu_ptr(ptr) __percpu_shift(ptr, this_cpu_read(this_cpu_offset))
/* Address of @cpu's copy of *@ptr. */
#define per_cpu_ptr(ptr, cpu) __percpu_shift(ptr, percpu_offset[cpu])
/* @cpu's copy of a variable, as an lvalue. */
#define per_cpu(var, cpu) (*per_cpu_ptr(&(var), cpu))

/* Number of the running CPU. Steady only while preemption is disabled. */
#define smp_processor_id() this_cpu_read(cpu_number)

/* The running thread. Constant for the thread that asks, so the compiler may keep it. */
static inline struct thread *current_thread(void)
{
	struct thread *thread;

	asm("movq %%gs:%c1, %0" : "=r"(thread) : "i"(&current_thread_ptr));
	return thread;
}

/* Moves the boot CPU off the template into an area of its own. Once, early. */
void percpu_init(void);
/* Makes the area of @cpu (a copy of the pristine template). 0 or -ENOMEM. */
int percpu_create_area(int cpu) __must_check;

#endif
