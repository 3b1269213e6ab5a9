/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * pv.h - the operations table (law 6): whatever a hypervisor may want to intervene in.
 *
 * WHAT        struct pv_ops has one pointer per line of pv_ops.def. A call site is an indirect call of 6
 *             bytes plus a record {where, operation, length}. At boot a back end fills the table, then the
 *             patcher (paravirt/patch.c) turns each site into a direct call, an inlined instruction or a nop.
 * INVARIANTS  I1  Every operation keeps all registers but rax and the flags, so a site costs its caller
 *                 nothing; back-end functions carry __pvcall, which makes the compiler do that.
 *             I2  Patched once, before a second CPU runs; the table is read-only afterwards.
 *             I3  Sites and table work before they are patched: the table starts as the native one.
 * SEE         docs/adr/0006-operations-table.md
 */
#ifndef ARCH_PV_H
#define ARCH_PV_H

#include <arch/cpumask.h>
#include <arch/pgtypes.h>
#include <lib/types.h>

struct desc_ptr;
struct tlb_flush;

/* A back-end function: preserves every register except rax. */
#define __pvcall __attribute__((no_caller_saved_registers))

#define PV_OP(name, ret, args) ret (*name) args __pvcall;
struct pv_ops {
#include <arch/pv_ops.def>
};
#undef PV_OP

#define PV_OP(name, ret, args) PV_##name,
enum pv_op_nr {
#include <arch/pv_ops.def>
	PV_NR_OPS
};
#undef PV_OP

extern struct pv_ops pv_ops;

/* One call site; entries lie between pv_sites_start and pv_sites_end. */
struct pv_site {
	s32 site; /* address of the site, relative to this field */
	u8 op;
	u8 len;
	u16 flags; /* PV_SITE_JUMP */
};
#define PV_SITE_JUMP 1

extern const struct pv_site pv_sites_start[], pv_sites_end[];

/* The longest inline form of an operation. */
struct pv_inline {
	u8 len;
	u8 code[5];
};

#define __PV_CALL                                                            \
	"771: call *%c[pv_slot](%%rip)\n"                                    \
	".pushsection .pv_sites, \"a\"\n"                                    \
	".long 771b - .\n.byte %c[pv_nr], 6\n.short 0\n"                     \
	".popsection\n"
#define __PV_SLOT(op) [pv_slot] "i"(&pv_ops.op), [pv_nr] "i"(PV_##op)

#define PV_VOID0(op) \
	asm volatile(__PV_CALL : : __PV_SLOT(op) : "memory", "cc", "rax")
#define PV_VOID1(op, a)                                                      \
	({                                                                   \
		register u64 pv_a asm("rdi") = (u64)(a);                     \
		asm volatile(__PV_CALL : "+r"(pv_a) : __PV_SLOT(op) : "memory", "cc", "rax"); \
	})
#define PV_VOID2(op, a, b)                                                   \
	({                                                                   \
		register u64 pv_a asm("rdi") = (u64)(a);                     \
		register u64 pv_b asm("rsi") = (u64)(b);                     \
		asm volatile(__PV_CALL : "+r"(pv_a), "+r"(pv_b) : __PV_SLOT(op) : "memory", "cc", "rax"); \
	})
#define PV_CALL0(op)                                                         \
	({                                                                   \
		u64 pv_r;                                                    \
		asm volatile(__PV_CALL : "=a"(pv_r) : __PV_SLOT(op) : "memory", "cc"); \
		pv_r;                                                        \
	})
#define PV_CALL1(op, a)                                                      \
	({                                                                   \
		u64 pv_r;                                                    \
		register u64 pv_a asm("rdi") = (u64)(a);                     \
		asm volatile(__PV_CALL : "=a"(pv_r), "+r"(pv_a) : __PV_SLOT(op) : "memory", "cc"); \
		pv_r;                                                        \
	})
#define PV_CALL2(op, a, b)                                                   \
	({                                                                   \
		u64 pv_r;                                                    \
		register u64 pv_a asm("rdi") = (u64)(a);                     \
		register u64 pv_b asm("rsi") = (u64)(b);                     \
		asm volatile(__PV_CALL : "=a"(pv_r), "+r"(pv_a), "+r"(pv_b)  \
			     : __PV_SLOT(op) : "memory", "cc");              \
		pv_r;                                                        \
	})
/* A pure function of its argument: may be moved and merged by the compiler. */
#define PV_PURE1(op, a)                                                      \
	({                                                                   \
		u64 pv_r;                                                    \
		asm(__PV_CALL : "=a"(pv_r) : __PV_SLOT(op), "D"((u64)(a)) : "cc"); \
		pv_r;                                                        \
	})

static __always_inline unsigned long pv_irq_save(void) { return PV_CALL0(irq_save); }
static __always_inline unsigned long pv_irq_flags(void) { return PV_CALL0(irq_flags); }
static __always_inline void pv_irq_disable(void) { PV_VOID0(irq_disable); }
static __always_inline void pv_irq_enable(void) { PV_VOID0(irq_enable); }
static __always_inline void pv_halt(void) { PV_VOID0(halt); }
static __always_inline void pv_safe_halt(void) { PV_VOID0(safe_halt); }
static __always_inline void pv_io_delay(void) { PV_VOID0(io_delay); }
static __always_inline u64 pv_clock_read(void) { return PV_CALL0(clock_read); }
static __always_inline void pv_send_ipi(int cpu, int vector) { PV_VOID2(send_ipi, cpu, vector); }
static __always_inline void pv_send_ipi_mask(const cpumask_t *mask, int vector)
{
	PV_VOID2(send_ipi_mask, mask, vector);
}
/*
 * A lock's slow path: set @held[1], then sleep while @held[0] is set; it may return earlier, at the latest after pv_lock_kick(). Called with
 * interrupts off; @with_irqs lets them in while it sleeps.
 */
static __always_inline void pv_lock_wait(u8 *held, bool with_irqs) { PV_VOID2(lock_wait, held, with_irqs); }
static __always_inline void pv_lock_kick(int cpu) { PV_VOID1(lock_kick, cpu); }
static __always_inline bool pv_vcpu_is_preempted(int cpu) { return PV_CALL1(vcpu_is_preempted, cpu); }

#endif
