/* SPDX-License-Identifier: GPL-2.0-only */
/* kasan_impl.h - the functions that the compiler calls. */
#ifndef ARCH_KASAN_IMPL_H
#define ARCH_KASAN_IMPL_H

#include <lib/types.h>

#define DECLARE_CHECKS(n)                                 \
	void __asan_load##n##_noabort(unsigned long addr); \
	void __asan_store##n##_noabort(unsigned long addr);
DECLARE_CHECKS(1)
DECLARE_CHECKS(2)
DECLARE_CHECKS(4)
DECLARE_CHECKS(8)
DECLARE_CHECKS(16)
#undef DECLARE_CHECKS
void __asan_loadN_noabort(unsigned long addr, size_t size);
void __asan_storeN_noabort(unsigned long addr, size_t size);
void __asan_handle_no_return(void);

#endif
