/* SPDX-License-Identifier: GPL-2.0-only */
/* arch_selftest.h - selftest=arch, for boot. */
#ifndef ARCH_ARCH_SELFTEST_H
#define ARCH_ARCH_SELFTEST_H

/* 0, or -EIO after it said what is wrong. */
int arch_selftest(void);

#endif
