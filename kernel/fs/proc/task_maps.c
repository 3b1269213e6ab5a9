/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * task_maps.c - a process's memory: maps, smaps, pagemap, mem, auxv. Formats: proc(5).
 *
 * WHAT        maps and smaps are read record by record, a record an area, found anew by address each time: an address space that
 *             changes meanwhile gives a list that was true piece by piece.
 */
#include <arch/uaccess.h>
#include <lib/err.h>
#include <lib/errno.h>
#include <lib/string.h>
#include <mm/iter.h>
#include <mm/mempolicy.h>
#include <mm/mm.h>
#include <mm/mm_port.h>
#include <mm/pkeys.h>
#include <linux/capability.h>
#include <pages/page_alloc.h>
#include <pages/slab.h>
#include <process/access.h>
#include <sched/task.h>
#include <vfs/file.h>
#include <vfs/mount.h>
#include "proc_impl.h"

/* An open maps file holds the address space, not its memory. */
struct maps_file {
	struct mm *mm; /* counted by mm_get(); NULL: a kernel thread */
	struct vma_info info;
	bool has_info;
	bool with_usage;
	struct mempolicy *policy; /* numa_maps: the task's when it was opened; a reference or NULL */
};

static void *maps_at(struct maps_file *mf, unsigned long addr)
{
	if (mf->has_info)
		vma_info_put(&mf->info);
	mf->has_info = false;
	if (!mf->mm || !mm_users_get_not_zero(mf->mm))
		return NULL;
	mf->has_info = mm_vma_at(mf->mm, addr, &mf->info);
	if (!mf->has_info)
		mm_users_put(mf->mm);
	return mf->has_info ? mf : NULL;
}

/* A position is an address; -1 the end. */
static void *maps_start(struct seq_file *m, loff_t *pos)
{
	return *pos == -1 ? NULL : maps_at(m->private, *pos);
}

static void maps_stop(struct seq_file *m, void *v)
{
	struct maps_file *mf = m->private;

	if (!mf->has_info)
		return;
	vma_info_put(&mf->info);
	mf->has_info = false;
	mm_users_put(mf->mm);
}

static void *maps_next(struct seq_file *m, void *v, loff_t *pos)
{
	struct maps_file *mf = m->private;
	unsigned long end = mf->info.end;
	void *next;

	maps_stop(m, v);
	next = maps_at(mf, end);
	*pos = next ? (loff_t)mf->info.start : -1;
	return next;
}

static void maps_line(struct seq_file *m, const struct vma_info *info)
{
	const struct inode *inode = info->file ? file_inode(info->file) : NULL;
	dev_t dev = inode ? inode->i_sb->s_dev : 0;

	seq_setwidth(m, 73);
	seq_printf(m, "%08lx-%08lx %c%c%c%c %08llx %02x:%02x %llu ", info->start, info->end, info->flags & VM_READ ? 'r' : '-',
		   info->flags & VM_WRITE ? 'w' : '-', info->flags & VM_EXEC ? 'x' : '-', info->flags & VM_MAYSHARE ? 's' : 'p',
		   inode ? (unsigned long long)info->pgoff << PAGE_SHIFT : 0ull, MAJOR(dev), MINOR(dev),
		   inode ? (unsigned long long)inode->i_ino : 0ull);
	if (info->file) {
		seq_pad(m, ' ');
		seq_file_path(m, info->file, "\n");
	} else if (info->name[0]) {
		seq_pad(m, ' ');
		seq_puts(m, info->name);
	}
	seq_putc(m, '\n');
}

static void smaps_figures(struct seq_file *m, const struct vma_usage *u)
{
	seq_printf(m, "Rss:            %8lu kB\nPss:            %8lu kB\nPss_Dirty:      %8lu kB\n", u->rss >> 10, u->pss >> 10,
		   (u->private_dirty + u->shared_dirty) >> 10);
	seq_printf(m, "Shared_Clean:   %8lu kB\nShared_Dirty:   %8lu kB\nPrivate_Clean:  %8lu kB\nPrivate_Dirty:  %8lu kB\n",
		   u->shared_clean >> 10, u->shared_dirty >> 10, u->private_clean >> 10, u->private_dirty >> 10);
	seq_printf(m, "Referenced:     %8lu kB\nAnonymous:      %8lu kB\nLazyFree:              0 kB\nAnonHugePages:         0 kB\n",
		   u->referenced >> 10, u->anonymous >> 10);
	seq_puts(m, "ShmemPmdMapped:        0 kB\nFilePmdMapped:         0 kB\nShared_Hugetlb:        0 kB\n"
		    "Private_Hugetlb:       0 kB\n");
	seq_printf(m, "Swap:           %8lu kB\nSwapPss:               0 kB\nLocked:         %8lu kB\n", u->swap >> 10,
		   u->locked >> 10);
}

struct flag_name {
	unsigned long flag;
	const char *name;
};

/* In the order of Linux's bits, which is the order of the line. */
static const struct flag_name flag_names[] = {
	{ VM_READ, "rd" },	  { VM_WRITE, "wr" },	   { VM_EXEC, "ex" },	    { VM_SHARED, "sh" },
	{ VM_MAYREAD, "mr" },	  { VM_MAYWRITE, "mw" },   { VM_MAYEXEC, "me" },    { VM_MAYSHARE, "ms" },
	{ VM_GROWSDOWN, "gd" },	  { VM_PFNMAP, "pf" },	   { VM_LOCKED, "lo" },	    { VM_IO, "io" },
	{ VM_SEQ_READ, "sr" },	  { VM_RAND_READ, "rr" },  { VM_DONTCOPY, "dc" },   { VM_DONTEXPAND, "de" },
	{ VM_LOCKONFAULT, "lf" }, { VM_ACCOUNT, "ac" },	   { VM_NORESERVE, "nr" },  { VM_WIPEONFORK, "wf" },
	{ VM_DONTDUMP, "dd" },	  { VM_HUGEPAGE, "hg" },   { VM_NOHUGEPAGE, "nh" }, { VM_MERGEABLE, "mg" },
};

static void smaps_flags(struct seq_file *m, unsigned long flags)
{
	seq_puts(m, "VmFlags: ");
	for (size_t i = 0; i < ARRAY_SIZE(flag_names); i++)
		if (flags & flag_names[i].flag)
			seq_printf(m, "%s ", flag_names[i].name);
	seq_putc(m, '\n');
}

static int maps_show(struct seq_file *m, void *v)
{
	struct maps_file *mf = m->private;
	struct vma_usage usage = { 0 };

	maps_line(m, &mf->info);
	if (!mf->with_usage)
		return 0;
	mm_range_usage(mf->mm, mf->info.start, mf->info.end, &usage);
	seq_printf(m, "Size:           %8lu kB\nKernelPageSize:        4 kB\nMMUPageSize:           4 kB\n",
		   (mf->info.end - mf->info.start) >> 10);
	smaps_figures(m, &usage);
	seq_puts(m, "THPeligible:    0\n");
	if (mm_has_pkeys())
		seq_printf(m, "ProtectionKey:  %8u\n", vm_flags_pkey(mf->info.flags));
	smaps_flags(m, mf->info.flags);
	return 0;
}

static const struct seq_operations maps_seq_ops = { .start = maps_start, .stop = maps_stop, .next = maps_next,
						    .show = maps_show };

/* The address space of the inode's process for looking, counted by mm_get(). NULL: it has none. */
static struct mm *inode_mm(struct inode *inode, enum access_mode mode)
{
	struct task *task = proc_get_task(inode);
	struct mm *mm;

	if (!task)
		return ERR_PTR(-ESRCH);
	mm = process_mm_access(task, mode);
	put_task(task);
	if (IS_ERR_OR_NULL(mm))
		return mm;
	mm_get(mm);
	mm_users_put(mm);
	return mm;
}

static int maps_open_with(struct inode *inode, struct file *file, const struct seq_operations *ops, bool with_usage)
{
	struct mm *mm = inode_mm(inode, ACCESS_READ_FSCREDS);
	struct maps_file *mf;

	if (IS_ERR(mm))
		return PTR_ERR(mm);
	mf = seq_open_private(file, ops, sizeof(*mf));
	if (!mf) {
		if (mm)
			mm_put(mm);
		return -ENOMEM;
	}
	mf->mm = mm;
	mf->with_usage = with_usage;
	return 0;
}

static int maps_open(struct inode *inode, struct file *file)
{
	return maps_open_with(inode, file, &maps_seq_ops, false);
}

static int smaps_open(struct inode *inode, struct file *file)
{
	return maps_open_with(inode, file, &maps_seq_ops, true);
}

static void maps_release(struct inode *inode, struct file *file)
{
	struct maps_file *mf = seq_file_of(file)->private;

	if (mf->mm)
		mm_put(mf->mm);
	mempolicy_put(mf->policy);
	seq_release_private(inode, file);
}

static const struct file_operations maps_fops = { .llseek = seq_lseek, .read = seq_read, .open = maps_open,
						  .release = maps_release };
static const struct file_operations smaps_fops = { .llseek = seq_lseek, .read = seq_read, .open = smaps_open,
						   .release = maps_release };
const struct proc_node_ops task_maps_ops = { .fops = &maps_fops };
const struct proc_node_ops task_smaps_ops = { .fops = &smaps_fops };

/* --- numa_maps ----------------------------------------------------------------------------------------- */

static void numa_figures(struct seq_file *m, const struct numa_usage *u)
{
	if (u->anon)
		seq_printf(m, " anon=%lu", u->anon);
	if (u->dirty)
		seq_printf(m, " dirty=%lu", u->dirty);
	if (u->pages != u->anon && u->pages != u->dirty)
		seq_printf(m, " mapped=%lu", u->pages);
	if (u->mapcount_max > 1)
		seq_printf(m, " mapmax=%lu", u->mapcount_max);
	if (u->active < u->pages)
		seq_printf(m, " active=%lu", u->active);
	if (u->writeback)
		seq_printf(m, " writeback=%lu", u->writeback);
	for (int nid = 0; nid < MAX_NUMNODES; nid++)
		if (u->node[nid])
			seq_printf(m, " N%d=%lu", nid, u->node[nid]);
	seq_puts(m, " kernelpagesize_kB=4");
}

static int numa_maps_show(struct seq_file *m, void *v)
{
	struct maps_file *mf = m->private;
	struct numa_usage usage;
	char name[64];

	if (!mm_numa_usage(mf->mm, mf->info.start, &usage))
		return 0; /* it went just now */
	mempolicy_name(usage.policy ? usage.policy : mf->policy, name, sizeof(name));
	mempolicy_put(usage.policy);
	seq_printf(m, "%08lx %s", mf->info.start, name);
	if (mf->info.file) {
		seq_puts(m, " file=");
		seq_file_path(m, mf->info.file, "\n\t= ");
	} else if (!strcmp(mf->info.name, "[heap]")) {
		seq_puts(m, " heap");
	} else if (!strcmp(mf->info.name, "[stack]")) {
		seq_puts(m, " stack");
	}
	if (usage.pages)
		numa_figures(m, &usage);
	seq_putc(m, '\n');
	return 0;
}

static const struct seq_operations numa_maps_seq_ops = { .start = maps_start, .stop = maps_stop, .next = maps_next,
							 .show = numa_maps_show };

static int numa_maps_open(struct inode *inode, struct file *file)
{
	int err = maps_open_with(inode, file, &numa_maps_seq_ops, false);
	struct task *task = err ? NULL : proc_get_task(inode);

	if (!task)
		return err;
	((struct maps_file *)seq_file_of(file)->private)->policy = task_policy_get(task);
	put_task(task);
	return 0;
}

static const struct file_operations numa_maps_fops = { .llseek = seq_lseek, .read = seq_read, .open = numa_maps_open,
						       .release = maps_release };
const struct proc_node_ops task_numa_maps_ops = { .fops = &numa_maps_fops };

static int smaps_rollup_show(struct seq_file *m, struct task *task)
{
	struct mm *mm = get_task_mm(task);
	struct vma_usage sum = { 0 };
	unsigned long first = 0, end = 0;
	struct vma_info info;

	if (!mm)
		return -ESRCH;
	while (mm_vma_at(mm, end, &info)) {
		if (!first)
			first = info.start;
		end = info.end;
		mm_range_usage(mm, info.start, info.end, &sum);
		vma_info_put(&info);
	}
	mm_users_put(mm);
	seq_printf(m, "%08lx-%08lx ---p 00000000 00:00 0                          [rollup]\n", first, end);
	smaps_figures(m, &sum);
	return 0;
}
const struct proc_node_ops task_smaps_rollup_ops = { .show = smaps_rollup_show };

static int auxv_show(struct seq_file *m, struct task *task)
{
	struct mm *mm = get_task_mm(task);
	u32 words = 0;

	if (!mm)
		return 0;
	do
		words += 2;
	while (words < MM_SAVED_AUXV_WORDS && mm->saved_auxv[words - 2]);
	seq_write(m, mm->saved_auxv, words * sizeof(mm->saved_auxv[0]));
	mm_users_put(mm);
	return 0;
}
const struct proc_node_ops task_auxv_ops = { .show = auxv_show };

/* --- mem and pagemap ----------------------------------------------------------------------------------- */

static int mm_file_open(struct inode *inode, struct file *file, enum access_mode mode)
{
	struct mm *mm = inode_mm(inode, mode);

	if (IS_ERR(mm))
		return PTR_ERR(mm);
	file->private_data = mm;
	file->f_mode |= FMODE_PREAD | FMODE_PWRITE | FMODE_LSEEK;
	return 0;
}

static int mem_open(struct inode *inode, struct file *file)
{
	return mm_file_open(inode, file, ACCESS_ATTACH_FSCREDS);
}

static int pagemap_open(struct inode *inode, struct file *file)
{
	return mm_file_open(inode, file, ACCESS_READ_FSCREDS);
}

static void mm_file_release(struct inode *inode, struct file *file)
{
	if (file->private_data)
		mm_put(file->private_data);
}

/* Move bytes between @iter and the other address space through a page of ours. */
static ssize_t mem_rw(struct file *file, struct iter *iter, loff_t *pos, bool is_write)
{
	struct mm *mm = file->private_data;
	void *page;
	ssize_t done = 0;

	if (!mm || !mm_users_get_not_zero(mm))
		return 0;
	page = (void *)get_free_page(GFP_KERNEL);
	while (page && iter_count(iter)) {
		size_t step = min_t(size_t, iter_count(iter), PAGE_SIZE), got;

		if (is_write) {
			step = copy_from_iter(page, step, iter);
			got = access_remote_vm(mm, *pos, page, step, FOLL_WRITE | FOLL_FORCE);
		} else {
			got = access_remote_vm(mm, *pos, page, step, FOLL_FORCE);
			got = copy_to_iter(page, got, iter);
		}
		if (!got) {
			if (!done)
				done = -EIO;
			break;
		}
		*pos += got;
		done += got;
		if (got < step)
			break;
	}
	if (!page)
		done = -ENOMEM;
	else
		free_page(page);
	mm_users_put(mm);
	return done;
}

static ssize_t mem_read(struct file *file, struct iter *to, loff_t *pos)
{
	return mem_rw(file, to, pos, false);
}

static ssize_t mem_write(struct file *file, struct iter *from, loff_t *pos)
{
	return mem_rw(file, from, pos, true);
}

/* Any 64-bit address is a position. */
static loff_t mem_llseek(struct file *file, loff_t off, int whence)
{
	if (whence == 1)
		off += file->f_pos;
	else if (whence)
		return -EINVAL;
	file->f_pos = off;
	return off;
}

static const struct file_operations mem_fops = { .llseek = mem_llseek, .read = mem_read, .write = mem_write,
						 .open = mem_open, .release = mm_file_release };
const struct proc_node_ops task_mem_ops = { .fops = &mem_fops };

#define PAGEMAP_BATCH 64

static ssize_t pagemap_read(struct file *file, struct iter *to, loff_t *pos)
{
	struct mm *mm = file->private_data;
	u64 words[PAGEMAP_BATCH];
	ssize_t done = 0;

	if ((*pos | iter_count(to)) % sizeof(u64))
		return -EINVAL;
	if (!mm || !mm_users_get_not_zero(mm))
		return 0;
	while (iter_count(to)) {
		unsigned long addr = (*pos / sizeof(u64)) << PAGE_SHIFT;
		u32 nr = min_t(size_t, iter_count(to) / sizeof(u64), PAGEMAP_BATCH);
		size_t got;

		if (addr >= USER_END)
			break;
		nr = min_t(u64, nr, (USER_END - addr + PAGE_SIZE - 1) >> PAGE_SHIFT);
		mm_pagemap(mm, addr, nr, process_capable(CAP_SYS_ADMIN), words);
		got = copy_to_iter(words, nr * sizeof(u64), to);
		*pos += got;
		done += got;
		if (got < nr * sizeof(u64)) {
			done = done ? done : -EFAULT;
			break;
		}
	}
	mm_users_put(mm);
	return done;
}

static const struct file_operations pagemap_fops = { .llseek = mem_llseek, .read = pagemap_read, .open = pagemap_open,
						     .release = mm_file_release };
const struct proc_node_ops task_pagemap_ops = { .fops = &pagemap_fops };
