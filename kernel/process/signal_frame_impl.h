/* SPDX-License-Identifier: GPL-2.0-only */
/* signal_frame_impl.h - pushing the frame a handler runs on, and taking it back. */
#pragma once

struct ksignal;
struct pt_regs;

/* Build the frame on the user stack and point @regs at the handler. 0 or -EFAULT, with @regs unchanged. */
int signal_frame_push(const struct ksignal *ksig, struct pt_regs *regs);
/* rt_sigreturn: load @regs from the frame. 0 or -EFAULT; @regs is harmless either way. */
int signal_frame_pop(struct pt_regs *regs);
/* sigaltstack() on values; @sp is the user stack pointer. 0, -EPERM, -EINVAL, -ENOMEM. */
int altstack_set(unsigned long ss_sp, u32 ss_flags, unsigned long ss_size, unsigned long sp);
