/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * fdtable_copy.c - a table of descriptors of one's own: what fork, exec and unshare make of a shared one.
 *
 * WHAT        The copy has the size that the descriptors in use need. Memory is got without the lock; when more were opened meanwhile, it
 *             is got again.
 * INVARIANTS  A number that is only reserved (T1 of fdtable.c) is free in the copy: its file never comes.
 * LOCKING     file_lock of the table that is copied. The copy is nobody else's yet.
 * ERRORS      -ENOMEM.
 * TESTS       tests/guest/vfs/files_test.c
 */
#include <sched/task.h>
#include "fdtable_impl.h"

/* How much of @fdt a copy needs, cut at @max. */
static unsigned int used_fds(const struct fdtable *fdt, unsigned int max)
{
	unsigned int words = fdt->max_fds / BITS_PER_LONG;

	while (words > 1 && !fdt->open_fds[words - 1])
		words--;
	return min(words * BITS_PER_LONG, round_up(max, BITS_PER_LONG) ? : BITS_PER_LONG);
}

static struct fdtable *table_for_copy(struct files_struct *new, struct files_struct *old, unsigned int max)
{
	struct fdtable *fdt = &new->fdtab;
	unsigned int need;

	spin_lock(&old->file_lock);
	while ((need = used_fds(old->fdt, max)) > fdt->max_fds) {
		spin_unlock(&old->file_lock);
		if (fdt != &new->fdtab)
			fdtable_free(fdt);
		fdt = fdtable_create(need - 1);
		if (!fdt)
			return NULL;
		spin_lock(&old->file_lock);
	}
	return fdt;	/* with old->file_lock held */
}

struct files_struct *dup_fd(struct files_struct *old, unsigned int max_fds, int *error)
{
	struct files_struct *new = files_alloc();
	struct fdtable *from, *to;
	unsigned int i, nr;

	*error = -ENOMEM;
	if (!new)
		return NULL;
	to = table_for_copy(new, old, max_fds);
	if (!to) {
		files_free(new);
		return NULL;
	}
	from = old->fdt;
	nr = used_fds(from, max_fds);
	fdtable_copy_maps(to, from, nr);
	for (i = 0; i < nr; i++) {
		struct file *file = from->fd[i];

		if (file && i < max_fds) {
			to->fd[i] = get_file(file);
			continue;
		}
		to->fd[i] = NULL;
		if (test_bit(i, to->open_fds)) {	/* reserved by another thread, or cut off */
			__clear_bit(i, to->open_fds);
			__clear_bit(i / BITS_PER_LONG, to->full_fds_bits);
			__clear_bit(i, to->close_on_exec);
		}
	}
	spin_unlock(&old->file_lock);
	if (to->max_fds > nr)
		memset(to->fd + nr, 0, (to->max_fds - nr) * sizeof(struct file *));
	new->fdt = to;
	*error = 0;
	return new;
}

int unshare_files(void)
{
	struct task *task = current;
	struct files_struct *old = task->files, *new;
	int err;

	if (!old || atomic_read(&old->count) == 1)
		return 0;
	new = dup_fd(old, NR_OPEN_MAX, &err);
	if (!new)
		return err;
	task_lock(task);
	task->files = new;
	task_unlock(task);
	put_files_struct(old);
	return 0;
}
