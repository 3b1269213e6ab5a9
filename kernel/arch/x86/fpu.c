/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * fpu.c - saving and loading floating point and vector registers.
 *
 * WHAT        Each user thread has an area for XSAVE. A switch saves eagerly and loads unless this CPU still holds that
 *             area's registers; signal frames are written and read by XSAVE and XRSTOR on user memory.
 * INVARIANTS  I1  fpu_owner is the area whose registers this CPU holds, if area's thread says fpu_cpu == this CPU; kernel
 *                 use of the registers clears it.
 *             I2  Areas use the standard (not compacted) format; their header's reserved words are 0.
 *             I3  Areas and switches leave PKRU out: it is always the running thread's (pkeys.h). Only frames hold it.
 * LOCKING     preemption (or interrupts) off around every use of the registers.
 */
#include <arch/alternative.h>
#include <arch/arch_port.h>
#include <arch/extable.h>
#include <arch/irqflags.h>
#include <arch/msr.h>
#include <arch/pkeys.h>
#include <arch/preempt.h>
#include <arch/uaccess.h>
#include <lib/assert.h>
#include <lib/errno.h>
#include <lib/string.h>
#include "cpu_impl.h"
#include "fpu_impl.h"

#define XFEATURE_FP 0x1ull
#define XFEATURE_SSE 0x2ull
#define XFEATURE_AVX 0x4ull
#define XFEATURE_AVX512 0xe0ull
#define MAGIC1 0x46505853u
#define MAGIC2 0x46505845u
#define FXSAVE_SIZE 512
#define MXCSR_DEFAULT 0x1f80

/* What a signal frame says about itself, at sw_reserved. */
struct fpu_sw_bytes {
	u32 magic1, extended_size;
	u64 xfeatures;
	u32 xstate_size, padding[7];
};
ASSERT_SIZE(struct fpu_sw_bytes, 48);

u32 fpu_state_size = FXSAVE_SIZE, fpu_user_frame_size = FXSAVE_SIZE;
u64 fpu_xfeatures = XFEATURE_FP | XFEATURE_SSE;

/* XCR0 without PKRU: what areas hold. */
static struct {
	u64 features;
} fpu_area = { XFEATURE_FP | XFEATURE_SSE };

DEFINE_PERCPU(struct fpu_state *, fpu_owner);

/* Registers after a reset: XSAVE's header says that every set is as it begins. */
static struct fpu_state fpu_reset __aligned(64);

void fpu_init_this_cpu(void)
{
	asm volatile("fninit");
	if (cpu_has(FEATURE_XSAVE))
		asm volatile("xsetbv" : : "a"((u32)fpu_xfeatures), "d"(0), "c"(0));
	if (cpu_has(FEATURE_OSPKE))
		write_pkru(PKRU_INITIAL);
	this_cpu_write(fpu_owner, NULL);
}

/* Bytes of an area for what XCR0 enables. */
static u32 xsave_bytes(void)
{
	u32 a, b, c, d;

	cpuid(13, 0, &a, &b, &c, &d);
	return b;
}

void fpu_init(void)
{
	u32 a, b, c, d, mxcsr_mask;

	if (cpu_has(FEATURE_XSAVE)) {
		cpuid(13, 0, &a, &b, &c, &d);
		fpu_xfeatures |= a & XFEATURE_AVX;
		if ((a & (XFEATURE_AVX512 | XFEATURE_AVX)) == (XFEATURE_AVX512 | XFEATURE_AVX))
			fpu_xfeatures |= XFEATURE_AVX512;
	}
	fpu_init_this_cpu();
	if (cpu_has(FEATURE_XSAVE)) {
		fpu_area.features = fpu_xfeatures;
		fpu_state_size = ALIGN(xsave_bytes(), 64);
		if (cpu_has(FEATURE_OSPKE)) {
			fpu_xfeatures |= XFEATURE_PKRU;
			fpu_init_this_cpu();
		}
		fpu_user_frame_size = xsave_bytes() + sizeof(u32);
	}
	asm volatile("fxsave %0" : "=m"(fpu_reset));
	mxcsr_mask = fpu_reset.mxcsr_mask ? fpu_reset.mxcsr_mask : 0xffbf;
	fpu_reset = (struct fpu_state){ .fcw = 0x37f, .mxcsr = MXCSR_DEFAULT, .mxcsr_mask = mxcsr_mask };
}

static void save_regs(struct fpu_state *state)
{
	u32 lo = (u32)fpu_area.features, hi = fpu_area.features >> 32;

	if (!cpu_has_patched(FEATURE_XSAVE)) {
		asm volatile("fxsave64 %0" : "+m"(*state));
		return;
	}
	asm volatile(ALTERNATIVE("xsave64 (%[p])", "xsaveopt64 (%[p])", %c[f])
		     : : [p] "D"(state), "a"(lo), "d"(hi), [f] "i"(FEATURE_XSAVEOPT) : "memory");
}

static void load_regs(const struct fpu_state *state)
{
	u32 lo = (u32)fpu_area.features, hi = fpu_area.features >> 32;

	if (cpu_has_patched(FEATURE_XSAVE))
		asm volatile("xrstor64 (%0)" : : "D"(state), "a"(lo), "d"(hi) : "memory");
	else
		asm volatile("fxrstor64 %0" : : "m"(*state));
}

void fpu_switch_out(struct arch_thread *t)
{
	save_regs(t->fpu);
	t->fpu_cpu = smp_processor_id();
	this_cpu_write(fpu_owner, t->fpu);
}

void fpu_switch_in(struct arch_thread *t)
{
	if (this_cpu_read(fpu_owner) == t->fpu && t->fpu_cpu == (u32)smp_processor_id())
		return;
	load_regs(t->fpu);
	this_cpu_write(fpu_owner, t->fpu);
}

static void set_reset(struct fpu_state *state)
{
	memset(state, 0, fpu_state_size);
	memcpy(state, &fpu_reset, min(sizeof(fpu_reset), (size_t)fpu_state_size));
}

int fpu_thread_init(struct thread *thread)
{
	struct fpu_state *state = fpu_state_alloc(fpu_state_size);

	if (!state)
		return -ENOMEM;
	set_reset(state);
	arch_thread(thread)->fpu_cpu = ~0u;
	smp_store_release(&arch_thread(thread)->fpu, state);
	return 0;
}

void fpu_thread_fini(struct thread *thread)
{
	struct arch_thread *t = arch_thread(thread);
	struct fpu_state *state = t->fpu;

	preempt_disable();
	t->fpu = NULL;
	if (this_cpu_read(fpu_owner) == state)
		this_cpu_write(fpu_owner, NULL);
	preempt_enable();
	fpu_state_free(state);
}

void fpu_thread_copy(struct thread *child)
{
	struct arch_thread *c = arch_thread(child);

	preempt_disable();
	if (current_arch_thread()->fpu) {
		/* XSAVEOPT may leave out what it believes unchanged in another area: save here, then copy. */
		save_regs(current_arch_thread()->fpu);
		memcpy(c->fpu, current_arch_thread()->fpu, fpu_state_size);
	} else {
		set_reset(c->fpu);
	}
	c->fpu_cpu = ~0u;
	preempt_enable();
}

/* All but PKRU. The thread's area is behind until the next switch saves to it. */
static void reset_regs(void)
{
	struct arch_thread *t = current_arch_thread();

	if (!t->fpu)
		return;
	preempt_disable();
	load_regs(&fpu_reset);
	this_cpu_write(fpu_owner, t->fpu);
	preempt_enable();
}

void fpu_thread_reset(void)
{
	reset_regs();
	arch_pkeys_reset();
}

void fpu_begin(void)
{
	struct arch_thread *t = current_arch_thread();

	preempt_disable();
	KASSERT(!in_interrupt());
	if (t->fpu && this_cpu_read(fpu_owner) != NULL)
		save_regs(t->fpu);
	this_cpu_write(fpu_owner, NULL);
}

void fpu_end(void)
{
	struct arch_thread *t = current_arch_thread();

	if (t->fpu) {
		load_regs(t->fpu);
		this_cpu_write(fpu_owner, t->fpu);
	}
	preempt_enable();
}

/* XSAVE straight to user memory. The header's reserved words must be 0 before. */
static int save_to_user(unsigned long frame)
{
	u32 lo = (u32)fpu_xfeatures, hi = fpu_xfeatures >> 32;
	int err = 0;

	if (cpu_has(FEATURE_XSAVE))
		asm volatile(ALTERNATIVE("", "stac", %c[f]) "1: xsave64 (%[p])\n2:\n"
			     ALTERNATIVE("", "clac", %c[f])
			     ".pushsection .text.fixup, \"ax\"\n3: movl %[e], %[r]\n\tjmp 2b\n.popsection\n"
			     EX_TABLE("1b", "3b")
			     : [r] "+r"(err) : [p] "D"(frame), "a"(lo), "d"(hi), [e] "i"(-EFAULT),
			       [f] "i"(FEATURE_SMAP) : "memory");
	else
		asm volatile(ALTERNATIVE("", "stac", %c[f]) "1: fxsave64 (%[p])\n2:\n"
			     ALTERNATIVE("", "clac", %c[f])
			     ".pushsection .text.fixup, \"ax\"\n3: movl %[e], %[r]\n\tjmp 2b\n.popsection\n"
			     EX_TABLE("1b", "3b")
			     : [r] "+r"(err) : [p] "D"(frame), [e] "i"(-EFAULT), [f] "i"(FEATURE_SMAP)
			     : "memory");
	return err;
}

static int load_from_user(unsigned long frame, u64 mask)
{
	u32 lo = (u32)mask, hi = mask >> 32;
	int err = 0;

	asm volatile(ALTERNATIVE("", "stac", %c[f]) "1: xrstor64 (%[p])\n2:\n"
		     ALTERNATIVE("", "clac", %c[f])
		     ".pushsection .text.fixup, \"ax\"\n3: movl %[e], %[r]\n\tjmp 2b\n.popsection\n"
		     EX_TABLE("1b", "3b")
		     : [r] "+r"(err) : [p] "D"(frame), "a"(lo), "d"(hi), [e] "i"(-EFAULT),
		       [f] "i"(FEATURE_SMAP) : "memory");
	return err;
}

static int load_legacy_from_user(unsigned long frame)
{
	int err = 0;

	asm volatile(ALTERNATIVE("", "stac", %c[f]) "1: fxrstor64 (%[p])\n2:\n"
		     ALTERNATIVE("", "clac", %c[f])
		     ".pushsection .text.fixup, \"ax\"\n3: movl %[e], %[r]\n\tjmp 2b\n.popsection\n"
		     EX_TABLE("1b", "3b")
		     : [r] "+r"(err) : [p] "D"(frame), [e] "i"(-EFAULT), [f] "i"(FEATURE_SMAP) : "memory");
	return err;
}

int fpu_save_to_user_frame(uaddr_t frame)
{
	struct fpu_sw_bytes sw = { .magic1 = MAGIC1, .extended_size = fpu_user_frame_size,
				   .xfeatures = fpu_xfeatures,
				   .xstate_size = fpu_user_frame_size - sizeof(u32) };

	if (!access_ok(frame, fpu_user_frame_size))
		return -EFAULT;
	if (cpu_has(FEATURE_XSAVE) && clear_user(uaddr_add(frame, FXSAVE_SIZE), 64))
		return -EFAULT;
	if (save_to_user(uaddr_raw(frame)))
		return -EFAULT;
	if (!cpu_has(FEATURE_XSAVE))
		return 0;
	if (copy_to_user(uaddr_add(frame, offsetof(struct fpu_state, sw_reserved)), &sw, sizeof(sw)))
		return -EFAULT;
	return put_user_u32(MAGIC2, uaddr_add(frame, fpu_user_frame_size - sizeof(u32)));
}

/* Does the frame hold more than FXSAVE's part, of a kind we know? */
static bool frame_is_extended(uaddr_t frame, u64 *xfeatures)
{
	struct fpu_sw_bytes sw;
	u32 magic2;

	if (get_user_obj(&sw, uaddr_add(frame, offsetof(struct fpu_state, sw_reserved))))
		return false;
	if (sw.magic1 != MAGIC1 || sw.xstate_size < offsetof(struct fpu_state, extended) ||
	    sw.xstate_size > fpu_user_frame_size - sizeof(u32) || sw.xstate_size > sw.extended_size)
		return false;
	if (get_user_u32(uaddr_add(frame, sw.xstate_size), &magic2) || magic2 != MAGIC2)
		return false;
	*xfeatures = sw.xfeatures & fpu_xfeatures;
	return true;
}

/* The frame is read with the rights that PKRU gives now. A frame that leaves PKRU out means its value after a reset: 0. */
static int load_frame(uaddr_t frame)
{
	u64 xfeatures = 0;
	int err;

	if (!access_ok(frame, fpu_user_frame_size) || (uaddr_raw(frame) & 63))
		return -EFAULT;
	reset_regs();
	if (cpu_has(FEATURE_XSAVE) && frame_is_extended(frame, &xfeatures))
		err = load_from_user(uaddr_raw(frame), xfeatures);
	else
		err = load_legacy_from_user(uaddr_raw(frame));
	if (!err && arch_has_pkeys() && !(xfeatures & XFEATURE_PKRU))
		write_pkru(0);
	return err;
}

int fpu_restore_from_user_frame(uaddr_t frame)
{
	int err = uaddr_is_null(frame) ? 0 : load_frame(frame);

	if (err || uaddr_is_null(frame))
		fpu_thread_reset();
	return err;
}

u32 fpu_raised_exceptions(int vector)
{
	u16 status, control;
	u32 mxcsr;

	if (vector == X86_TRAP_MF) {
		asm volatile("fnstsw %0" : "=m"(status));
		asm volatile("fnstcw %0" : "=m"(control));
		return status & ~control & 0x3f;
	}
	asm volatile("stmxcsr %0" : "=m"(mxcsr));
	return mxcsr & ~(mxcsr >> 7) & 0x3f;
}
