/* SPDX-License-Identifier: GPL-2.0-only */
/* uaccess_impl.h - the assembler copies. Bytes not copied; ranges are checked by the caller. */
#ifndef ARCH_UACCESS_IMPL_H
#define ARCH_UACCESS_IMPL_H

#include <lib/types.h>

size_t copy_user(void *dst, const void *src, size_t n);
size_t clear_user_raw(void *dst, size_t n);

#endif
