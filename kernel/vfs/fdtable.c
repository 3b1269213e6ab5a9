/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * fdtable.c - descriptors: tables and how they grow, reserving numbers, finding a file by number, closing.
 *             Copies for fork are made in fdtable_copy.c; the calls on descriptors are in fdtable_calls.c.
 *
 * WHAT        files_struct points to an fdtable: pointers and bitmaps of one size. It grows by a new fdtable; the old one
 *             is freed after a grace period.
 * INVARIANTS  T1  A bit in open_fds is set for each number in use, reserved ones (pointer NULL) included.
 *             T2  No number below next_fd is free.
 *             T3  With count == 1 only the task itself changes the table, so it reads without reference or RCU.
 * LOCKING     file_lock for every change. Readers: T3 or RCU, then the count, then the slot again (file.c F1).
 * ERRORS      -EBADF, -EMFILE (RLIMIT_NOFILE), -ENOMEM.
 * TESTS       tests/guest/vfs/files_test.c
 */
#include <lib/assert.h>
#include <lib/bitmap.h>
#include <lib/string.h>
#include <pages/slab.h>
#include <sched/task.h>
#include <vfs/fdtable.h>
#include <vfs/file.h>
#include <vfs/inode.h>
#include <vfs/locks.h>
#include <vfs/vfs_port.h>
#include <linux/resource.h>
#include "fdtable_impl.h"
#include "vfs_impl.h"

struct fd_tables {
	struct kmem_cache *cache;	/* __final */
};
static struct fd_tables fd_tables;

static const struct object_type files_type = { .name = "files_struct", .owner = "vfs", .id = 0x305, .version = 1 };

/* --- tables --- */

void fdtable_free(struct fdtable *fdt)
{
	kvfree(fdt->fd);
	kvfree(fdt->open_fds);
	kfree(fdt);
}

static void fdtable_free_work(struct work *work)
{
	fdtable_free(container_of(work, struct fdtable, work));
}

static const struct work_ops fdtable_work_ops = { .name = "fdtable", .run = fdtable_free_work };

static void fdtable_reclaim(struct rcu_head *head)
{
	struct fdtable *fdt = container_of(head, struct fdtable, rcu);

	/* kvfree() of large tables may sleep */
	work_init(&fdt->work, &fdtable_work_ops);
	work_queue(&fdt->work);
}

static const struct rcu_ops fdtable_rcu_ops = { .name = "fdtable", .reclaim = fdtable_reclaim };

struct fdtable *fdtable_create(unsigned int nr)
{
	struct fdtable *fdt;
	char *maps;

	nr = (nr / 128 + 1) * 128;
	while (nr & (nr - 1))
		nr += nr & -nr;
	fdt = kzalloc(sizeof(*fdt), GFP_KERNEL);
	if (!fdt)
		return NULL;
	fdt->max_fds = nr;
	fdt->fd = kvcalloc(nr, sizeof(struct file *), GFP_KERNEL);
	maps = kvzalloc(2 * fdtable_map_bytes(nr) + fdtable_full_bytes(nr), GFP_KERNEL);
	fdt->open_fds = (unsigned long *)maps;
	if (!fdt->fd || !maps) {
		fdtable_free(fdt);
		return NULL;
	}
	fdt->close_on_exec = (unsigned long *)(maps + fdtable_map_bytes(nr));
	fdt->full_fds_bits = (unsigned long *)(maps + 2 * fdtable_map_bytes(nr));
	return fdt;
}

struct files_struct *files_alloc(void)
{
	struct files_struct *files = kmem_cache_alloc(fd_tables.cache, GFP_KERNEL);

	if (!files)
		return NULL;
	atomic_set(&files->count, 1);
	spin_lock_init(&files->file_lock, RANK_FILES);
	files->next_fd = 0;
	files->fdt = &files->fdtab;
	files->fdtab.max_fds = NR_OPEN_DEFAULT;
	files->fdtab.fd = files->fd_array;
	files->fdtab.close_on_exec = files->close_on_exec_init;
	files->fdtab.open_fds = files->open_fds_init;
	files->fdtab.full_fds_bits = files->full_fds_bits_init;
	return files;
}

void files_free(struct files_struct *files)
{
	kmem_cache_free(fd_tables.cache, files);
}

struct files_struct *files_create(void)
{
	struct files_struct *files = files_alloc();

	if (!files)
		return NULL;
	files->close_on_exec_init[0] = 0;
	files->open_fds_init[0] = 0;
	files->full_fds_bits_init[0] = 0;
	memset(files->fd_array, 0, sizeof(files->fd_array));
	return files;
}

int fdtable_expand_locked(struct files_struct *files, unsigned int nr)
{
	struct fdtable *old = files->fdt, *new;

	if (nr < old->max_fds)
		return 0;
	if (nr >= (unsigned int)READ_ONCE(vfs_limits.nr_open))
		return -EMFILE;
	spin_unlock(&files->file_lock);
	new = fdtable_create(nr);
	spin_lock(&files->file_lock);
	if (!new)
		return -ENOMEM;
	old = files->fdt;
	if (nr < old->max_fds) {
		spin_unlock(&files->file_lock);
		fdtable_free(new);
		spin_lock(&files->file_lock);
		return 1;
	}
	fdtable_copy_maps(new, old, old->max_fds);
	memcpy(new->fd, old->fd, old->max_fds * sizeof(struct file *));
	rcu_assign_pointer(files->fdt, new);
	if (old != &files->fdtab)
		call_rcu(&old->rcu, &fdtable_rcu_ops);
	return 1;
}

/* --- numbers --- */

void fdtable_mark_open(struct fdtable *fdt, unsigned int fd, bool cloexec)
{
	__set_bit(fd, fdt->open_fds);
	if (!~fdt->open_fds[fd / BITS_PER_LONG])
		__set_bit(fd / BITS_PER_LONG, fdt->full_fds_bits);
	if (cloexec)
		__set_bit(fd, fdt->close_on_exec);
	else
		__clear_bit(fd, fdt->close_on_exec);
}

static void mark_free(struct files_struct *files, unsigned int fd)
{
	struct fdtable *fdt = files->fdt;

	__clear_bit(fd, fdt->open_fds);
	__clear_bit(fd / BITS_PER_LONG, fdt->full_fds_bits);
	if (fd < files->next_fd)
		files->next_fd = fd;	/* T2 */
}

static unsigned int find_free(const struct fdtable *fdt, unsigned int start)
{
	unsigned long word = start / BITS_PER_LONG;
	unsigned long free = ~fdt->open_fds[word] & (~0UL << (start % BITS_PER_LONG));

	if (likely(free))
		return word * BITS_PER_LONG + __builtin_ctzl(free);
	word = find_next_zero_bit(fdt->full_fds_bits, fdt->max_fds / BITS_PER_LONG, word + 1);
	return find_next_zero_bit(fdt->open_fds, fdt->max_fds, word * BITS_PER_LONG);
}

int alloc_fd(unsigned int start, unsigned int end, unsigned int flags)
{
	struct files_struct *files = current->files;
	unsigned int fd;
	int err;

	spin_lock(&files->file_lock);
	do {
		fd = max(start, files->next_fd);
		if (fd < files->fdt->max_fds)
			fd = find_free(files->fdt, fd);
		err = -EMFILE;
		if (fd >= end)
			goto out;
		err = fdtable_expand_locked(files, fd);
		if (err < 0)
			goto out;
	} while (err);
	if (start <= files->next_fd)
		files->next_fd = fd + 1;	/* T2 */
	fdtable_mark_open(files->fdt, fd, flags & O_CLOEXEC);
	err = fd;
out:
	spin_unlock(&files->file_lock);
	return err;
}

int get_unused_fd_flags(unsigned int flags)
{
	return alloc_fd(0, vfs_rlimit(RLIMIT_NOFILE), flags);
}

void put_unused_fd(unsigned int fd)
{
	struct files_struct *files = current->files;

	spin_lock(&files->file_lock);
	mark_free(files, fd);
	spin_unlock(&files->file_lock);
}

void fd_install(unsigned int fd, struct file *file)
{
	struct files_struct *files = current->files;

	if (likely(atomic_read(&files->count) == 1)) {	/* T3 */
		rcu_assign_pointer(files->fdt->fd[fd], file);
		return;
	}
	spin_lock(&files->file_lock);
	KASSERT(!files->fdt->fd[fd]);
	rcu_assign_pointer(files->fdt->fd[fd], file);
	spin_unlock(&files->file_lock);
}

int receive_fd(struct file *file, unsigned int o_flags)
{
	int fd = get_unused_fd_flags(o_flags);

	if (fd >= 0)
		fd_install(fd, get_file(file));
	return fd;
}

/* --- finding --- */

static struct file *files_get_rcu(struct files_struct *files, unsigned int fd)
{
	for (;;) {
		struct fdtable *fdt = rcu_dereference(files->fdt);
		struct file *file = fdtable_file_at(fdt, fd);

		if (!file)
			return NULL;
		if (!get_file_rcu(file))
			continue;
		/* the memory may be another file by now (file.c F1), or the slot another's */
		if (likely(fdtable_file_at(rcu_dereference(files->fdt), fd) == file))
			return file;
		rcu_read_unlock();
		fput(file);
		rcu_read_lock();
	}
}

static struct file *files_get(struct files_struct *files, unsigned int fd, fmode_t refuse)
{
	struct file *file;

	rcu_read_lock();
	file = files_get_rcu(files, fd);
	rcu_read_unlock();
	if (file && unlikely(file->f_mode & refuse)) {
		fput(file);
		return NULL;
	}
	return file;
}

struct file *fget(unsigned int fd)
{
	return files_get(current->files, fd, FMODE_PATH);
}

struct file *fget_raw(unsigned int fd)
{
	return files_get(current->files, fd, 0);
}

static inline struct fd fdget_mode(unsigned int fd, fmode_t refuse)
{
	struct files_struct *files = current->files;
	struct file *file;

	if (likely(atomic_read(&files->count) == 1)) {	/* T3 */
		file = fdtable_file_at(files->fdt, fd);
		if (!file || unlikely(file->f_mode & refuse))
			return (struct fd){ NULL, 0 };
		return (struct fd){ file, 0 };
	}
	file = files_get(files, fd, refuse);
	return (struct fd){ file, file ? FDPUT_FPUT : 0 };
}

struct fd fdget(unsigned int fd)
{
	return fdget_mode(fd, FMODE_PATH);
}

struct fd fdget_raw(unsigned int fd)
{
	return fdget_mode(fd, 0);
}

struct fd fdget_pos(unsigned int fd)
{
	struct fd f = fdget_mode(fd, FMODE_PATH);

	if (f.file && (f.file->f_mode & FMODE_ATOMIC_POS) && file_count(f.file) > 1) {
		f.flags |= FDPUT_POS_UNLOCK;
		mutex_lock(&f.file->f_pos_lock);
	}
	return f;
}

void fdput_pos(struct fd f)
{
	if (f.flags & FDPUT_POS_UNLOCK)
		mutex_unlock(&f.file->f_pos_lock);
	fdput(f);
}

struct file *fget_task(struct task *task, unsigned int fd)
{
	struct file *file = NULL;

	task_lock(task);
	if (task->files)
		file = files_get(task->files, fd, 0);
	task_unlock(task);
	return file;
}

struct file *task_lookup_next_fd_get(struct task *task, unsigned int *fd)
{
	struct file *file = NULL;

	task_lock(task);
	if (task->files) {
		rcu_read_lock();
		for (; *fd < rcu_dereference(task->files->fdt)->max_fds; (*fd)++) {
			file = files_get_rcu(task->files, *fd);
			if (file)
				break;
		}
		rcu_read_unlock();
	}
	task_unlock(task);
	return file;
}

unsigned int files_max_fds(struct task *task)
{
	unsigned int n = 0;

	task_lock(task);
	if (task->files)
		n = READ_ONCE(task->files->fdt)->max_fds;
	task_unlock(task);
	return n;
}

bool fd_close_on_exec(struct task *task, unsigned int fd)
{
	bool set = false;

	task_lock(task);
	if (task->files) {
		rcu_read_lock();
		if (fd < rcu_dereference(task->files->fdt)->max_fds)
			set = test_bit(fd, rcu_dereference(task->files->fdt)->close_on_exec);
		rcu_read_unlock();
	}
	task_unlock(task);
	return set;
}

/* --- closing --- */

struct file *pick_file_locked(struct files_struct *files, unsigned int fd)
{
	struct file *file = fdtable_file_at(files->fdt, fd);

	if (!file)
		return NULL;
	rcu_assign_pointer(files->fdt->fd[fd], NULL);
	mark_free(files, fd);
	return file;
}

struct file *pick_file(struct files_struct *files, unsigned int fd)
{
	struct file *file;

	spin_lock(&files->file_lock);
	file = pick_file_locked(files, fd);
	spin_unlock(&files->file_lock);
	return file;
}

int close_fd(unsigned int fd)
{
	struct files_struct *files = current->files;
	struct file *file = pick_file(files, fd);

	return file ? filp_close(file, files) : -EBADF;
}

static void close_all(struct files_struct *files)
{
	struct fdtable *fdt = files->fdt;
	unsigned int word, bit;

	for (word = 0; word < fdt->max_fds / BITS_PER_LONG; word++) {
		unsigned long open = fdt->open_fds[word];

		for (; open; open &= open - 1) {
			struct file *file;

			bit = __builtin_ctzl(open);
			file = xchg(&fdt->fd[word * BITS_PER_LONG + bit], NULL);
			if (file)
				filp_close(file, files);
		}
	}
}

void put_files_struct(struct files_struct *files)
{
	if (!atomic_dec_and_test(&files->count))
		return;
	close_all(files);
	if (files->fdt != &files->fdtab)
		fdtable_free(files->fdt);
	files_free(files);
}

void exit_files(struct task *task)
{
	struct files_struct *files = task->files;

	if (!files)
		return;
	task_lock(task);
	task->files = NULL;
	task_unlock(task);
	put_files_struct(files);
}

void do_close_on_exec(struct files_struct *files)
{
	unsigned int word;

	spin_lock(&files->file_lock);
	for (word = 0; word < files->fdt->max_fds / BITS_PER_LONG; word++) {
		unsigned long set = files->fdt->close_on_exec[word] & files->fdt->open_fds[word];

		files->fdt->close_on_exec[word] = 0;
		for (; set; set &= set - 1) {
			struct file *file = pick_file_locked(files, word * BITS_PER_LONG + __builtin_ctzl(set));

			if (!file)
				continue;
			spin_unlock(&files->file_lock);
			filp_close(file, files);
			spin_lock(&files->file_lock);
		}
	}
	spin_unlock(&files->file_lock);
}

void fdtable_init(void)
{
	fd_tables.cache = kmem_cache_create(&files_type, sizeof(struct files_struct), 64, SLAB_PANIC);
}
