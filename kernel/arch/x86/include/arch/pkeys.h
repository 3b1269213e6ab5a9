/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * pkeys.h - protection keys of user pages: a page's entry carries a key, the register PKRU says what each key lets a thread do.
 *
 * WHAT        A key is a number of four bits, 59 to 62 of an entry. PKRU has two bits a key: no access to data, no writes. The processor
 *             looks at them for every access to data of a user page, the kernel's own user copies included; never for fetching code.
 * INVARIANTS  I1  PKRU of the running thread is always in the register. Any program may change it at any time, so the register is what
 *                 counts; arch_thread.pkru is the value of a thread that is switched out.
 *             I2  A thread that never was a program has PKRU_INITIAL.
 * ERRORS      Where the processor has no keys, or nopku was said, every key but 0 is refused by mm, and these answer "allowed".
 */
#ifndef ARCH_PKEYS_H
#define ARCH_PKEYS_H

#include <arch/alternative.h>
#include <arch/cpufeature.h>
#include <arch/pgtable.h>

#define ARCH_PKEYS 16
#define PKRU_BITS_PER_KEY 2
#define PKRU_NO_ACCESS 1u
#define PKRU_NO_WRITE 2u
/* What a program starts and a signal handler runs with: key 0 alone may be used. */
#define PKRU_INITIAL 0x55555554u

static inline bool arch_has_pkeys(void)
{
	return cpu_has_patched(FEATURE_OSPKE);
}

/* Bits of an entry whose page has @key. */
static inline u64 arch_pkey_entry_bits(u32 key)
{
	return (u64)key << _PAGE_PKEY_SHIFT;
}

/* Only where arch_has_pkeys(). */
static __always_inline u32 read_pkru(void)
{
	u32 pkru, zero;

	asm volatile("rdpkru" : "=a"(pkru), "=d"(zero) : "c"(0));
	return pkru;
}

/* Writing is dear (the emulator lets go of all translations), and nearly always it would change nothing. */
static __always_inline void write_pkru(u32 pkru)
{
	if (unlikely(read_pkru() != pkru))
		asm volatile("wrpkru" : : "a"(pkru), "c"(0), "d"(0) : "memory");
}

/* May the running thread read (or write) data under @key? */
bool arch_pkey_allows(u32 key, bool write);
/* The running thread's rights under @key become @rights: PKEY_DISABLE_ACCESS, PKEY_DISABLE_WRITE. */
void arch_pkey_set_rights(u32 key, u32 rights);
/* The running thread has PKRU_INITIAL again. */
void arch_pkeys_reset(void);

#endif
