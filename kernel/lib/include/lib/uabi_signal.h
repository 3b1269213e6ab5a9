/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * uabi_signal.h - signals as user space sees them: the action, the stack, siginfo, and the frame that a handler runs on.
 *
 * The frame, from the handler's stack pointer upwards (x86-64 psABI: rsp + 8 is 16-byte aligned on entry):
 *
 *	offset  size  what
 *	     0     8  return address: sa_restorer, which calls rt_sigreturn
 *	     8   304  struct ucontext (flags, link, stack, registers, signal mask)
 *	   312   128  siginfo
 *	          ..  FXSAVE or XSAVE image, 64-byte aligned, where ucontext.fpstate points
 */
#ifndef LIB_UABI_SIGNAL_H
#define LIB_UABI_SIGNAL_H

#include <lib/types.h>

#ifdef HOST_TEST
#include <signal.h>
#else

#include <asm/siginfo.h>
#include <asm/signal.h>

#define _NSIG 64

ASSERT_SIZE(siginfo_t, 128);
ASSERT_OFFSET(siginfo_t, si_code, 8);
ASSERT_OFFSET(siginfo_t, si_pid, 16);
ASSERT_OFFSET(siginfo_t, si_status, 24);

#ifndef SI_KERNEL
#define SI_KERNEL 0x80
#endif

/* asm/ucontext.h cannot be included alone; its constants: */
#define UABI_UC_FP_XSTATE 0x1UL
#define UABI_UC_SIGCONTEXT_SS 0x2UL
#define UABI_UC_STRICT_RESTORE_SS 0x4UL

#endif /* HOST_TEST */

/* Bit signo - 1. */
#define SIGMASK(signo) (1ULL << ((signo)-1))

/* rt_sigaction. */
struct user_sigaction {
	u64 handler; /* SIG_DFL 0, SIG_IGN 1, or an address */
	u64 flags;
	u64 restorer;
	u64 mask;
};
ASSERT_SIZE(struct user_sigaction, 32);

/* sigaltstack. */
struct user_sigaltstack {
	u64 sp;
	s32 flags;
	u32 __pad0;
	u64 size;
};
ASSERT_SIZE(struct user_sigaltstack, 24);

/* The registers in the order of struct sigcontext. */
struct user_sigcontext {
	u64 r8, r9, r10, r11, r12, r13, r14, r15;
	u64 rdi, rsi, rbp, rbx, rdx, rax, rcx, rsp, rip;
	u64 rflags;
	u16 cs, gs, fs, ss;
	u64 err;
	u64 trapno;
	u64 oldmask;
	u64 cr2;
	u64 fpstate; /* user address of the FXSAVE or XSAVE image, 0 for none */
	u64 reserved1[8];
};
ASSERT_SIZE(struct user_sigcontext, 256);
ASSERT_OFFSET(struct user_sigcontext, rip, 128);
ASSERT_OFFSET(struct user_sigcontext, cs, 144);
ASSERT_OFFSET(struct user_sigcontext, ss, 150);
ASSERT_OFFSET(struct user_sigcontext, err, 152);
ASSERT_OFFSET(struct user_sigcontext, fpstate, 184);

struct user_ucontext {
	u64 uc_flags;
	u64 uc_link;
	struct user_sigaltstack uc_stack;
	struct user_sigcontext uc_mcontext;
	u64 uc_sigmask;
};
ASSERT_SIZE(struct user_ucontext, 304);
ASSERT_OFFSET(struct user_ucontext, uc_mcontext, 40);
ASSERT_OFFSET(struct user_ucontext, uc_sigmask, 296);

struct rt_sigframe {
	u64 pretcode;
	struct user_ucontext uc;
	u8 info[128];
};
ASSERT_SIZE(struct rt_sigframe, 440);
ASSERT_OFFSET(struct rt_sigframe, uc, 8);
ASSERT_OFFSET(struct rt_sigframe, info, 312);

/* In bytes 464..511 of the FXSAVE image: says that an XSAVE image follows. */
struct user_fpx_sw {
	u32 magic1;	   /* UABI_FP_XSTATE_MAGIC1, or 0: FXSAVE only */
	u32 extended_size; /* of everything with magic2 */
	u64 xfeatures;
	u32 xstate_size;
	u32 padding[7];
};
ASSERT_SIZE(struct user_fpx_sw, 48);
#define UABI_FPX_SW_OFFSET 464
#define UABI_FP_XSTATE_MAGIC1 0x46505853U
#define UABI_FP_XSTATE_MAGIC2 0x46505845U /* in the 4 bytes after the XSAVE image */

#endif
