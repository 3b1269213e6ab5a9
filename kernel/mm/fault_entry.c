/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * fault_entry.c - from the processor's page fault to a resolved address, a signal or a fixup.
 *
 * WHAT        mm_fault() is the loop around one fault: lock the VMA, handle, and where the handler could not go on, drop all
 *             locks, wait or reclaim, and come again. fault_page() is the port that entry code calls.
 * INVARIANTS  I1  Waits for folios happen with no lock held. A user-mode fault waits killable and parkable: on -EPARK it just
 *                 returns to the boundary, and the access faults again. A fault inside a system call's user copy waits killable as
 *                 a device wait, because the copy cannot be unwound.
 *             I2  Each round makes progress (a folio became ready, a spare page was fetched, somebody installed something).
 *                 A fault that finds no memory ends the round; oom_fault_failed() bounds how often it is made again.
 * LOCKING     vma read lock under RCU, else through mmap_lock for reading; mmap_lock for writing to grow a stack.
 * ERRORS      see mm/fault.h; signals: SEGV_MAPERR, SEGV_ACCERR, SEGV_PKUERR, BUS_ADRERR.
 */
#include "fault_impl.h"
#include "vma_impl.h"

#include <arch/arch_port.h>
#include <arch/extable.h>
#include <arch/ptregs.h>
#include <arch/uaccess.h>
#include <lib/uabi_signal.h>
#include <mm/mm_port.h>
#include <pages/alloc_policy.h>
#include <sched/cred.h>
#include <asm/resource.h>

/* May the stack VMA reach down to @addr? Limits as for any mapping, and the stack limit. */
static int stack_may_grow(struct mm *mm, struct vma *vma, unsigned long addr)
{
	unsigned long grow = (vma->vm_start - addr) >> PAGE_SHIFT;

	if (addr < mm_sysctl.mmap_min_addr)
		return -EPERM;
	if (vma->vm_prev && (vma->vm_prev->vm_flags & VM_ACCESS_FLAGS) &&
	    !(vma->vm_prev->vm_flags & VM_GROWSDOWN) && addr - vma->vm_prev->vm_end < STACK_GUARD_GAP)
		return -ENOMEM;
	if (vma->vm_prev && vma->vm_prev->vm_end > addr)
		return -ENOMEM;
	if (!may_expand_vm(mm, vma->vm_flags, grow))
		return -ENOMEM;
	if (vma->vm_end - addr > process_rlimit(RLIMIT_STACK))
		return -ENOMEM;
	if (mlock_future_check(mm, vma->vm_flags, grow))
		return -ENOMEM;
	return vma->vm_pgoff < grow ? -ENOMEM : 0;
}

/* Grow the stack above @addr down to it. 0, or -errno where there is no such stack. */
static int expand_stack(struct mm *mm, unsigned long addr)
{
	struct vma *vma;
	unsigned long grow;
	int err = -EFAULT;

	addr &= PAGE_MASK;
	mmap_write_lock(mm);
	vma = find_vma(mm, addr);
	if (!vma || !(vma->vm_flags & VM_GROWSDOWN))
		goto out;
	err = 0;
	if (vma->vm_start <= addr)
		goto out;
	err = stack_may_grow(mm, vma, addr);
	if (err)
		goto out;
	grow = (vma->vm_start - addr) >> PAGE_SHIFT;
	if (vma->vm_flags & VM_ACCOUNT)
		err = vm_enough_memory(mm, grow, capable(CAP_SYS_ADMIN));
	if (err)
		goto out;
	vma_set_bounds(vma, addr, vma->vm_end, vma->vm_pgoff - grow);
	vm_stat_account(mm, vma->vm_flags, grow);
	if (vma->vm_flags & VM_LOCKED)
		mm->locked_vm += grow;
out:
	mmap_write_unlock(mm);
	return err;
}

/* Read-lock the VMA of @addr the slow way, growing a stack where that helps. -EFAULT, -EINTR. */
static int lock_vma_slow(struct mm *mm, unsigned long addr, struct vma **out)
{
	struct vma *vma;
	int err;

	for (int tries = 0; tries < 2; tries++) {
		if (mmap_read_lock_killable(mm))
			return -EINTR;
		*out = vma_lock_mmap_held(mm, addr);
		vma = *out ? NULL : find_vma(mm, addr);
		err = vma && (vma->vm_flags & VM_GROWSDOWN) ? -EAGAIN : -EFAULT;
		mmap_read_unlock(mm);
		if (*out)
			return 0;
		if (err != -EAGAIN)
			return err;
		err = expand_stack(mm, addr);
		if (err)
			return -EFAULT;
	}
	return -EFAULT;
}

/* I1: wait for what the handler could not have. */
static int wait_for_folio(struct folio *folio, u32 flags)
{
	int err;

	if (flags & FAULT_FLAG_USER)
		err = folio_wait_locked_park(folio);
	else
		err = folio_wait_locked_killable(folio);
	folio_put(folio);
	return err;
}

static int fault_error(u32 ret)
{
	if (ret & VM_FAULT_SIGBUS)
		return -EIO;
	return -EFAULT;
}

/* One round. 0: done. -EAGAIN: come again. Else the error. */
static int fault_once(struct mm *mm, unsigned long addr, u32 flags, struct page_source *src, struct fault_note *note)
{
	struct vma *vma = vma_lock_under_rcu(mm, addr);
	struct fault fault;
	u32 ret;

	if (unlikely(!vma)) {
		int err = lock_vma_slow(mm, addr, &vma);

		if (err)
			return err;
	}
	if (unlikely(!pkey_allows_fault(vma->vm_flags, flags))) {
		note->pkey = vm_flags_pkey(vma->vm_flags);
		vma_end_read(vma);
		return -EKEYREJECTED;
	}
	if (unlikely(!access_allowed(vma->vm_flags, flags))) {
		vma_end_read(vma);
		return -EACCES;
	}
	fault.vmf.vma = vma;
	fault.vmf.mm = mm;
	fault.vmf.address = addr & PAGE_MASK;
	fault.vmf.real_address = addr;
	fault.vmf.pgoff = vma_linear_index(vma, fault.vmf.address);
	fault.vmf.flags = flags;
	fault.vmf.folio = NULL;
	fault.vmf.wait_folio = NULL;
	fault.vmf.read_file = NULL;
	fault.src = *src;
	ret = handle_vma_fault(&fault);
	vma_end_read(vma);
	*src = fault.src;

	if (unlikely(ret & VM_FAULT_MAJOR))
		note->is_major = true;
	if (likely(!(ret & (VM_FAULT_ERROR | VM_FAULT_RETRY))))
		return 0;
	if (ret & VM_FAULT_RETRY) {
		int err = 0;

		if (fault.vmf.read_file)
			err = fault_read_in(&fault.vmf);
		else if (fault.vmf.wait_folio)
			err = wait_for_folio(fault.vmf.wait_folio, flags);
		return err ? err : -EAGAIN;
	}
	return ret & VM_FAULT_OOM ? -ENOMEM : fault_error(ret);
}

int mm_fault(struct mm *mm, unsigned long addr, u32 flags, struct fault_note *note)
{
	struct page_source src = { .gfp = GFP_FAULT, .spare = NULL };
	int err;

	for (;;) {
		err = fault_once(mm, addr, flags, &src, note);
		if (likely(!err))
			break;
		if (err == -ENOMEM && page_source_refill(&src))
			err = -EAGAIN;
		if (err != -EAGAIN)
			break;
		flags |= FAULT_FLAG_TRIED;
		if (thread_fatal_signal_pending(current_thread())) {
			err = -EINTR;
			break;
		}
	}
	if (unlikely(src.spare))
		folio_put(src.spare);
	count_vm_event(PGFAULT);
	return err;
}

int mm_fault_current(unsigned long addr, u32 flags)
{
	struct fault_note note = { 0 };

	return current_mm() ? mm_fault(current_mm(), addr, flags | FAULT_FLAG_SOFT, &note) : -EFAULT;
}

static u32 fault_flags(unsigned long error)
{
	u32 flags = 0;

	if (error & FAULT_WRITE)
		flags |= FAULT_FLAG_WRITE;
	if (error & FAULT_INSTR)
		flags |= FAULT_FLAG_EXEC;
	if (error & FAULT_PKEY)
		flags |= FAULT_FLAG_PKEY;
	return flags;
}

static void count_fault(bool is_major)
{
	if (is_major) {
		current->maj_flt++;
		count_vm_event(PGMAJFAULT);
	} else {
		current->min_flt++;
	}
}

/* What the signal frame will show of the fault. */
static void note_fault(unsigned long addr, unsigned long error)
{
	struct arch_thread *thread = current_arch_thread();

	thread->fault_addr = addr;
	thread->fault_error = error;
	thread->trap_nr = X86_TRAP_PF;
}

static void send_fault_signal(int sig, int code, unsigned long addr, unsigned long error)
{
	note_fault(addr, error);
	signal_force_fault(sig, code, uaddr(addr));
}

static void user_fault(unsigned long addr, unsigned long error)
{
	struct fault_note note = { 0 };
	u32 nr_refused = nr_alloc_refused();
	int err;

	if (unlikely(addr >= USER_END)) {
		send_fault_signal(SIGSEGV, SEGV_MAPERR, addr, error | FAULT_PRESENT);
		return;
	}
	err = mm_fault(current_mm(), addr, fault_flags(error) | FAULT_FLAG_USER, &note);
	count_fault(note.is_major);
	switch (err) {
	case 0:
		if (unlikely(current->nr_failed_faults))
			current->nr_failed_faults = 0;
		return;
	case -EPARK:  /* the exit path holds the task; then the access is made again */
	case -EINTR:  /* the exit path kills the task */
		return;
	case -ENOMEM: /* somebody is killed: try again, or die of its signal */
		oom_fault_failed(nr_alloc_refused() != nr_refused);
		return;
	case -EIO:
		send_fault_signal(SIGBUS, BUS_ADRERR, addr, error);
		return;
	case -EACCES:
		send_fault_signal(SIGSEGV, SEGV_ACCERR, addr, error);
		return;
	case -EKEYREJECTED:
		note_fault(addr, error);
		signal_force_pkey_fault(uaddr(addr), note.pkey);
		return;
	default:
		send_fault_signal(SIGSEGV, SEGV_MAPERR, addr, error);
	}
}

/* A fault in a user copy never kills: the copy fails, and the call has an error to return (-EFAULT, or what it makes of it). */
static void kernel_fault(struct pt_regs *regs, unsigned long addr, unsigned long error)
{
	struct fault_note note = { 0 };
	struct mm *mm = current_mm();
	int err = -EFAULT;

	if (mm && addr < USER_END) {
		err = mm_fault(mm, addr, fault_flags(error), &note);
		count_fault(note.is_major);
	}
	if (err && !fault_fixup(regs))
		fault_oops(regs, "page fault", addr, error);
}

void fault_page(struct pt_regs *regs, unsigned long addr, unsigned long error)
{
	if (user_mode(regs))
		user_fault(addr, error);
	else
		kernel_fault(regs, addr, error);
}
