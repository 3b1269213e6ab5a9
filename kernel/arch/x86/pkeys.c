/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * pkeys.c - the running thread's rights under protection keys: pkeys.h.
 *
 * WHAT        Reading and changing PKRU by key. Switching it is thread.c's, signal frames are fpu.c's.
 * LOCKING     PKRU is the running thread's: a switch in between takes it along.
 * TESTS       tests/guest/mm/pkey_test.c
 */
#include <arch/pkeys.h>
#include <linux/mman.h>

_Static_assert(PKRU_NO_ACCESS == PKEY_DISABLE_ACCESS && PKRU_NO_WRITE == PKEY_DISABLE_WRITE, "rights are the register's bits");

bool arch_pkey_allows(u32 key, bool write)
{
	u32 denied;

	if (!arch_has_pkeys())
		return true;
	denied = read_pkru() >> key * PKRU_BITS_PER_KEY;
	return !(denied & (write ? PKRU_NO_ACCESS | PKRU_NO_WRITE : PKRU_NO_ACCESS));
}

void arch_pkey_set_rights(u32 key, u32 rights)
{
	u32 shift = key * PKRU_BITS_PER_KEY;

	if (arch_has_pkeys())
		write_pkru((read_pkru() & ~((PKRU_NO_ACCESS | PKRU_NO_WRITE) << shift)) | rights << shift);
}

void arch_pkeys_reset(void)
{
	if (arch_has_pkeys())
		write_pkru(PKRU_INITIAL);
}
