/* SPDX-License-Identifier: GPL-2.0-only */
/* cred_impl.h - between the files that change credentials. */
#pragma once

struct cred;

/* Install @new (consumed); what the old program could not be asked about any more follows. */
void install_creds(struct cred *new, const struct cred *old);
/* prctl's part about capabilities and securebits. -ENOSYS: not an option of this file. */
/* Options of other files; -ENOSYS for options that are not theirs. */
long prctl_task(int option, unsigned long arg2, unsigned long arg3, unsigned long arg4, unsigned long arg5);
long prctl_syscall_gate(int option, unsigned long arg2, unsigned long arg3, unsigned long arg4, unsigned long arg5);
long prctl_capability(int option, unsigned long arg2, unsigned long arg3, unsigned long arg4, unsigned long arg5);
/* prctl_mm.c: PR_SET_MM. */
long prctl_set_mm(unsigned long which, unsigned long value, unsigned long arg4, unsigned long arg5);
