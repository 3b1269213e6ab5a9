/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * pkeys.c - which protection keys an address space has given out, and the one that makes memory execute-only.
 *
 * WHAT        pkey_alloc(2), pkey_free(2), and the key an area gets. Rights under a key are the thread's (arch/pkeys.h); the key of a page
 *             is its area's, in bits of vm_flags, so that areas with different keys are never joined.
 * INVARIANTS  I1  Only keys that were given out reach an area, and without keys in the processor none but 0 ever is.
 *             I2  The execute-only key is given out to the kernel: a program can neither free it nor name it.
 *             I3  A key that is freed while areas have it stays theirs; who gets it next gets them, too (pkeys(7)).
 * LOCKING     mm->pkeys_given, mm->execute_only_pkey: mmap_lock for writing.
 * ERRORS      As the manual pages: -EINVAL, -ENOSPC.
 * TESTS       tests/guest/mm/pkey_test.c
 */
#include <mm/pkeys.h>
#include "mm_impl.h"

#include <arch/pkeys.h>
#include <mm/mm_calls.h>

#define ALL_KEYS ((1u << ARCH_PKEYS) - 1)
#define NO_KEY (-1)

bool mm_has_pkeys(void)
{
	return arch_has_pkeys();
}

void mm_pkeys_init(struct mm *mm)
{
	mm->pkeys_given = arch_has_pkeys() ? 1 : 0;
	mm->execute_only_pkey = NO_KEY;
}

void mm_pkeys_dup(struct mm *child, const struct mm *parent)
{
	child->pkeys_given = parent->pkeys_given;
	child->execute_only_pkey = parent->execute_only_pkey;
}

bool mm_pkey_is_given(const struct mm *mm, int key)
{
	return key >= 0 && key < ARCH_PKEYS && key != mm->execute_only_pkey && (mm->pkeys_given >> key & 1);
}

/* The lowest key that is left, or NO_KEY. The caller has the rights @rights under it. */
static int give_key(struct mm *mm, u32 rights)
{
	int key;

	if (!arch_has_pkeys() || mm->pkeys_given == ALL_KEYS)
		return NO_KEY;
	key = __builtin_ctz(~(u32)mm->pkeys_given);
	mm->pkeys_given |= 1u << key;
	arch_pkey_set_rights(key, rights);
	return key;
}

/* The key of execute-only memory, or NO_KEY. */
static int execute_only_key(struct mm *mm)
{
	if (mm->execute_only_pkey == NO_KEY)
		mm->execute_only_pkey = give_key(mm, PKRU_NO_ACCESS);
	else if (arch_pkey_allows(mm->execute_only_pkey, false)) /* this thread could read, by its own doing */
		arch_pkey_set_rights(mm->execute_only_pkey, PKRU_NO_ACCESS);
	return mm->execute_only_pkey;
}

u32 mm_pkey_for_map(struct mm *mm, unsigned long prot)
{
	return prot == PROT_EXEC ? max(execute_only_key(mm), 0) : 0;
}

static bool is_execute_only(const struct vma *vma)
{
	return (vma->vm_flags & VM_ACCESS_FLAGS) == VM_EXEC && (int)vm_flags_pkey(vma->vm_flags) == vma->vm_mm->execute_only_pkey;
}

u32 mm_pkey_for_protect(const struct vma *vma, unsigned long prot, int key)
{
	if (key >= 0)
		return key;
	if (prot == PROT_EXEC) {
		key = execute_only_key(vma->vm_mm);
		if (key > 0)
			return key;
	} else if (is_execute_only(vma)) {
		return 0;
	}
	return vm_flags_pkey(vma->vm_flags);
}

long sys_pkey_alloc(unsigned long flags, unsigned long rights)
{
	struct mm *mm = current_mm();
	int key;

	if (flags || (rights & ~(unsigned long)(PKRU_NO_ACCESS | PKRU_NO_WRITE)))
		return -EINVAL;
	mmap_write_lock(mm);
	key = give_key(mm, rights);
	mmap_write_unlock(mm);
	return key == NO_KEY ? -ENOSPC : key;
}

long sys_pkey_free(int pkey)
{
	struct mm *mm = current_mm();
	long ret = -EINVAL;

	mmap_write_lock(mm);
	if (mm_pkey_is_given(mm, pkey)) {
		mm->pkeys_given &= ~(1u << pkey);
		ret = 0;
	}
	mmap_write_unlock(mm);
	return ret;
}
