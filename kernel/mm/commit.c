/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * commit.c - how much memory has been promised to private writable mappings, and how much may be.
 *
 * WHAT        vm.overcommit_memory: 0 refuses a single request that can never be met; 1 refuses nothing; 2 keeps the sum of all
 *             promises below a share of memory.
 * INVARIANTS  mm_state.committed == sum of the pages of all VM_ACCOUNT VMAs and accounted shared objects.
 */
#include "mm_impl.h"

#include <pages/page_alloc.h>
#include <sched/cred.h>

void vm_acct_memory(long pages)
{
	atomic_long_add(pages, &mm_state.committed);
}

long vm_committed(void)
{
	return atomic_long_read(&mm_state.committed);
}

unsigned long vm_commit_limit(void)
{
	if (mm_sysctl.overcommit_kbytes)
		return mm_sysctl.overcommit_kbytes >> (PAGE_SHIFT - 10);
	return nr_managed_pages() * mm_sysctl.overcommit_ratio / 100;
}

int vm_enough_memory(struct mm *mm, long pages, bool cap_sys_admin)
{
	unsigned long limit;

	vm_acct_memory(pages);
	if (mm_sysctl.overcommit_memory == 1)
		return 0;
	if (mm_sysctl.overcommit_memory == 0) {
		if ((unsigned long)pages <= nr_managed_pages())
			return 0;
		goto refuse;
	}
	limit = vm_commit_limit();
	if (!cap_sys_admin && limit > mm_sysctl.admin_reserve_kbytes >> (PAGE_SHIFT - 10))
		limit -= mm_sysctl.admin_reserve_kbytes >> (PAGE_SHIFT - 10);
	if (mm)
		limit -= min(limit, min(mm->total_vm / 32, mm_sysctl.user_reserve_kbytes >> (PAGE_SHIFT - 10)));
	if ((unsigned long)vm_committed() < limit)
		return 0;
refuse:
	vm_unacct_memory(pages);
	return -ENOMEM;
}
