/* SPDX-License-Identifier: GPL-2.0-only */
/* crypto_calls.h - system calls that live here. */
#ifndef CRYPTO_CRYPTO_CALLS_H
#define CRYPTO_CRYPTO_CALLS_H

#include <lib/types.h>

long sys_getrandom(uaddr_t buf, size_t len, unsigned int flags);

#endif
