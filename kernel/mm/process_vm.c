/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * process_vm.c - process_vm_readv(2) and process_vm_writev(2): copy between the caller's memory and another's.
 *
 * LOCKING     none held; the other mm is kept by a users reference.
 * ERRORS      as the manual page; a partial transfer returns its bytes.
 */
#include "mm_impl.h"

#include <arch/uaccess.h>
#include <mm/iter.h>
#include <mm/mm_calls.h>
#include <mm/mm_port.h>

/* One piece inside one remote page. Bytes, or -EFAULT. */
static ssize_t copy_piece(struct mm *mm, unsigned long addr, size_t len, struct iter *local, bool write)
{
	struct page *page = get_user_page(mm, addr, write ? FOLL_WRITE | FOLL_REMOTE : FOLL_REMOTE);
	size_t done;

	if (IS_ERR(page))
		return PTR_ERR(page);
	if (write) {
		done = copy_page_from_iter(page, offset_in_page(addr), len, local);
		if (folio_mapping(page_folio(page)))
			folio_mark_dirty(page_folio(page));
	} else {
		done = copy_page_to_iter(page, offset_in_page(addr), len, local);
	}
	put_page(page);
	return done == len ? (ssize_t)done : (done ? (ssize_t)done : -EFAULT);
}

static ssize_t copy_all(struct mm *mm, struct iter *local, struct iter *remote, bool write)
{
	ssize_t total = 0, ret = 0;

	while (iter_count(local) && iter_count(remote)) {
		unsigned long addr = (unsigned long)remote->iov->iov_base + remote->offset;
		size_t len = min(iter_single_seg_count(remote), iter_count(local));

		if (!len) { /* an empty segment */
			remote->iov++;
			remote->nr_segs--;
			remote->offset = 0;
			continue;
		}
		len = min(len, PAGE_SIZE - offset_in_page(addr));
		ret = copy_piece(mm, addr, len, local, write);
		if (ret < 0)
			break;
		iter_advance(remote, ret);
		total += ret;
		if ((size_t)ret < len)
			break;
	}
	return total ? total : ret;
}

static long process_vm(pid_t pid, uaddr_t lvec, u32 liovcnt, uaddr_t rvec, unsigned long riovcnt,
		       unsigned long flags, bool write)
{
	struct iovec lfast[ITER_FAST_SEGS], rfast[ITER_FAST_SEGS], *lheap, *rheap;
	struct iter local, remote;
	struct mm *mm;
	ssize_t ret;

	if (flags)
		return -EINVAL;
	ret = import_iovec(write ? ITER_SOURCE : ITER_DEST, lvec, liovcnt, lfast, &lheap, &local);
	if (ret < 0)
		return ret;
	if (!ret)
		goto out_local;
	ret = import_iovec(ITER_DEST, rvec, riovcnt, rfast, &rheap, &remote);
	if (ret < 0)
		goto out_local;
	if (!ret)
		goto out_remote; /* nothing is asked for: nobody is looked at */
	mm = process_get_mm(pid);
	if (IS_ERR(mm)) {
		ret = PTR_ERR(mm);
		goto out_remote;
	}
	ret = copy_all(mm, &local, &remote, write);
	mm_users_put(mm);
out_remote:
	kfree(rheap);
out_local:
	kfree(lheap);
	return ret;
}

long sys_process_vm_readv(pid_t pid, uaddr_t lvec, u32 liovcnt, uaddr_t rvec, unsigned long riovcnt,
			  unsigned long flags)
{
	return process_vm(pid, lvec, liovcnt, rvec, riovcnt, flags, false);
}

long sys_process_vm_writev(pid_t pid, uaddr_t lvec, u32 liovcnt, uaddr_t rvec, unsigned long riovcnt,
			   unsigned long flags)
{
	return process_vm(pid, lvec, liovcnt, rvec, riovcnt, flags, true);
}
