/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * uabi.h - the part of the user ABI that linux-libc-dev leaves to the C library, each thing defined once, with size and
 * offset asserts. What Debian's kernel headers do define is included from them.
 */
#ifndef LIB_UABI_H
#define LIB_UABI_H

#include <lib/uabi_file.h>
#include <lib/uabi_signal.h>
#include <lib/uabi_socket.h>

#endif
