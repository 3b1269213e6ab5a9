/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * text.h - changing instructions.
 *
 * WHAT        text_poke_early() writes while only one CPU runs and text is still writable. text_poke() changes one
 *             instruction (up to 5 bytes, or more if nobody can be inside) of a running kernel: INT3 on the
 *             first byte, cross-call, the tail, cross-call, the first byte, cross-call. A CPU that meets
 *             the INT3 meanwhile acts as if the new instruction (nop, call or jmp) stood there.
 * INVARIANTS  I1  Text is never mapped writable and executable: writes go through a private page.
 * LOCKING     text_lock()/text_unlock() (the caller's: a mutex of the owner above); not from interrupts.
 */
#ifndef ARCH_TEXT_H
#define ARCH_TEXT_H

#include <lib/types.h>

#define TEXT_CALL_SIZE 5
#define TEXT_MAX_POKE 16

void text_poke_early(void *addr, const void *code, size_t len);
/* Replaces the instruction at @addr by the instruction @code of the same length. May sleep (waits for all
 * CPUs). */
void text_poke(void *addr, const void *code, size_t len);
/* Fills a fresh piece of the patch window (not executed by anyone yet). */
void text_fill(void *addr, const void *code, size_t len);
/* The bytes of a direct call or jump from @from to @to. */
void text_make_call(u8 code[TEXT_CALL_SIZE], const void *from, const void *to);
void text_make_jump(u8 code[TEXT_CALL_SIZE], const void *from, const void *to);
/* One nop (or several) filling @len bytes. */
void text_make_nops(u8 *code, size_t len);
/* Makes all CPUs drop prefetched instructions. */
void text_sync_all(void);

#endif
