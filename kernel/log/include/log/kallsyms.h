/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * kallsyms.h - names of the image's own functions and objects, local ones included. symbol_lookup() (lib/lib_port.h) is the
 * way from an address to a name.
 */
#pragma once

#include <lib/types.h>

/* Where @name is; 0 when there is no such symbol. Of several local ones the lowest. */
unsigned long symbol_address(const char *name);
/* How many symbols there are, and the @nr-th by address: type letter as nm prints it. */
u32 symbol_count(void);
const char *symbol_nth(u32 nr, unsigned long *addr, char *type);
