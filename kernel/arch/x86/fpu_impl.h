/* SPDX-License-Identifier: GPL-2.0-only */
/* fpu_impl.h - the save area, and saving and loading at a switch. */
#ifndef ARCH_FPU_IMPL_H
#define ARCH_FPU_IMPL_H

#include <arch/fpu.h>
#include <arch/thread.h>

/* Layout of FXSAVE, and of XSAVE behind it. */
struct fpu_state {
	u16 fcw, fsw;
	u8 ftw, reserved1;
	u16 fop;
	u64 fip, fdp;
	u32 mxcsr, mxcsr_mask;
	u8 st[128], xmm[256], reserved2[48];
	u8 sw_reserved[48]; /* the kernel's in a signal frame */
	u64 xstate_bv, xcomp_bv, reserved3[6];
	u8 extended[];
};
ASSERT_OFFSET(struct fpu_state, mxcsr, 24);
ASSERT_OFFSET(struct fpu_state, sw_reserved, 464);
ASSERT_OFFSET(struct fpu_state, extended, 576);

/* Interrupts off; @t is switched away from / to. */
void fpu_switch_out(struct arch_thread *t);
void fpu_switch_in(struct arch_thread *t);

#endif
