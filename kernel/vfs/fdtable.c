/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * fdtable.c - descriptors: finding a file by number, reserving numbers, copying and closing tables.
 *
 * WHAT        files_struct points to an fdtable: pointers and bitmaps of one size. It grows by a new fdtable; the old one
 *             is freed after a grace period.
 * INVARIANTS  T1  A bit in open_fds is set for each number in use, reserved ones (pointer NULL) included.
 *             T2  No number below next_fd is free.
 *             T3  With count == 1 only the task itself changes the table, so it reads without reference or RCU.
 * LOCKING     file_lock for every change. Readers: T3 or RCU, then the count, then the slot again (file.c F1).
 * ERRORS      -EBADF, -EMFILE (RLIMIT_NOFILE), -ENOMEM, -EBUSY (dup2 onto a reserved number).
 * TESTS       tests/guest/vfs/files_test.c
 */
#include <lib/assert.h>
#include <lib/bitmap.h>
#include <lib/err.h>
#include <lib/string.h>
#include <pages/slab.h>
#include <sched/task.h>
#include <sync/call.h>
#include <vfs/fdtable.h>
#include <vfs/file.h>
#include <vfs/inode.h>
#include <vfs/locks.h>
#include <vfs/vfs_calls.h>
#include <vfs/vfs_port.h>
#include <linux/close_range.h>
#include <linux/resource.h>
#include "vfs_impl.h"

#define FD_HARD_MAX (1024U * 1024U)	/* /proc/sys/fs/nr_open */

struct fd_tables {
	struct kmem_cache *cache;	/* __final */
};
static struct fd_tables fd_tables;

static const struct object_type files_type = { .name = "files_struct", .owner = "vfs", .id = 0x305, .version = 1 };

/* --- tables --- */

static void fdtable_free(struct fdtable *fdt)
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

static size_t bitmap_bytes(unsigned int nr)
{
	return BITS_TO_LONGS(nr) * sizeof(long);
}

static size_t full_bytes(unsigned int nr)
{
	return bitmap_bytes(BITS_TO_LONGS(nr));
}

/* A table for at least @nr + 1 descriptors. */
static struct fdtable *fdtable_create(unsigned int nr)
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
	maps = kvzalloc(2 * bitmap_bytes(nr) + full_bytes(nr), GFP_KERNEL);
	fdt->open_fds = (unsigned long *)maps;
	if (!fdt->fd || !maps) {
		fdtable_free(fdt);
		return NULL;
	}
	fdt->close_on_exec = (unsigned long *)(maps + bitmap_bytes(nr));
	fdt->full_fds_bits = (unsigned long *)(maps + 2 * bitmap_bytes(nr));
	return fdt;
}

static void copy_maps(struct fdtable *to, const struct fdtable *from, unsigned int nr)
{
	memcpy(to->open_fds, from->open_fds, bitmap_bytes(nr));
	memcpy(to->close_on_exec, from->close_on_exec, bitmap_bytes(nr));
	memcpy(to->full_fds_bits, from->full_fds_bits, full_bytes(nr));
}

static struct files_struct *files_alloc(void)
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

/* file_lock is held; dropped meanwhile. 0: @nr fits now and nothing was dropped; 1: look again; -errno. */
static int expand_locked(struct files_struct *files, unsigned int nr)
{
	struct fdtable *old = files->fdt, *new;

	if (nr < old->max_fds)
		return 0;
	if (nr >= FD_HARD_MAX)
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
	copy_maps(new, old, old->max_fds);
	memcpy(new->fd, old->fd, old->max_fds * sizeof(struct file *));
	rcu_assign_pointer(files->fdt, new);
	if (old != &files->fdtab)
		call_rcu(&old->rcu, &fdtable_rcu_ops);
	return 1;
}

/* --- numbers --- */

static void mark_open(struct fdtable *fdt, unsigned int fd, bool cloexec)
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

static int alloc_fd(unsigned int start, unsigned int end, unsigned int flags)
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
		err = expand_locked(files, fd);
		if (err < 0)
			goto out;
	} while (err);
	if (start <= files->next_fd)
		files->next_fd = fd + 1;	/* T2 */
	mark_open(files->fdt, fd, flags & O_CLOEXEC);
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

static struct file *file_at(const struct fdtable *fdt, unsigned int fd)
{
	if (fd >= fdt->max_fds)
		return NULL;
	return rcu_dereference(fdt->fd[array_index_nospec(fd, fdt->max_fds)]);
}

static struct file *files_get_rcu(struct files_struct *files, unsigned int fd)
{
	for (;;) {
		struct fdtable *fdt = rcu_dereference(files->fdt);
		struct file *file = file_at(fdt, fd);

		if (!file)
			return NULL;
		if (!get_file_rcu(file))
			continue;
		/* the memory may be another file by now (file.c F1), or the slot another's */
		if (likely(file_at(rcu_dereference(files->fdt), fd) == file))
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
		file = file_at(files->fdt, fd);
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

/* Take the file out of the table: the table's reference is the caller's now. file_lock held. */
static struct file *pick_file_locked(struct files_struct *files, unsigned int fd)
{
	struct file *file = file_at(files->fdt, fd);

	if (!file)
		return NULL;
	rcu_assign_pointer(files->fdt->fd[fd], NULL);
	mark_free(files, fd);
	return file;
}

static struct file *pick_file(struct files_struct *files, unsigned int fd)
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

long sys_close(unsigned int fd)
{
	struct files_struct *files = current->files;
	struct file *file = call_resumed() ? call_take(0) : NULL;
	int err = 0;

	if (!file)
		file = pick_file(files, fd);
	if (!file)
		return -EBADF;
	if (file->f_op->flush) {
		err = file->f_op->flush(file);
		if (err == -EPARK) {
			call_keep(0, file);	/* out of the table already: the next pass goes on with it */
			return err;
		}
	}
	if (likely(!(file->f_mode & FMODE_PATH)) && file->f_inode->i_flctx)
		locks_remove_posix(file, files);
	fput(file);
	/* the descriptor is gone: calling close() again would be wrong */
	if (err == -ERESTARTSYS || err == -ERESTARTNOINTR || err == -ERESTARTNOHAND)
		err = -EINTR;
	return err;
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
	kmem_cache_free(fd_tables.cache, files);
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

/* --- copying --- */

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
		kmem_cache_free(fd_tables.cache, new);
		return NULL;
	}
	from = old->fdt;
	nr = used_fds(from, max_fds);
	copy_maps(to, from, nr);
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
	new = dup_fd(old, FD_HARD_MAX, &err);
	if (!new)
		return err;
	task_lock(task);
	task->files = new;
	task_unlock(task);
	put_files_struct(old);
	return 0;
}

/* --- dup, close_range --- */

/* Put @file (borrowed) at @fd, closing what was there. file_lock is held and dropped. */
static int replace_locked(struct files_struct *files, struct file *file, unsigned int fd, unsigned int flags)
{
	struct file *old = files->fdt->fd[fd];

	if (!old && test_bit(fd, files->fdt->open_fds)) {
		spin_unlock(&files->file_lock);
		return -EBUSY;
	}
	get_file(file);
	rcu_assign_pointer(files->fdt->fd[fd], file);
	mark_open(files->fdt, fd, flags & O_CLOEXEC);
	spin_unlock(&files->file_lock);
	if (old)
		filp_close(old, files);
	return fd;
}

static int dup_to(unsigned int oldfd, unsigned int newfd, unsigned int flags)
{
	struct files_struct *files = current->files;
	struct file *file;
	int err;

	if (newfd >= vfs_rlimit(RLIMIT_NOFILE))
		return -EBADF;
	spin_lock(&files->file_lock);
	err = expand_locked(files, newfd);
	if (err < 0) {
		spin_unlock(&files->file_lock);
		return err == -EMFILE ? -EBADF : err;
	}
	file = file_at(files->fdt, oldfd);
	if (!file) {
		spin_unlock(&files->file_lock);
		return -EBADF;
	}
	return replace_locked(files, file, newfd, flags);
}

long sys_dup3(unsigned int oldfd, unsigned int newfd, int flags)
{
	if (flags & ~O_CLOEXEC)
		return -EINVAL;
	if (oldfd == newfd)
		return -EINVAL;
	return dup_to(oldfd, newfd, flags);
}

long sys_dup2(unsigned int oldfd, unsigned int newfd)
{
	if (unlikely(oldfd == newfd)) {
		struct fd f = fdget_raw(oldfd);

		if (!f.file)
			return -EBADF;
		fdput(f);
		return oldfd;
	}
	return dup_to(oldfd, newfd, 0);
}

long sys_dup(unsigned int oldfd)
{
	struct file *file = fget_raw(oldfd);
	int fd;

	if (!file)
		return -EBADF;
	fd = get_unused_fd_flags(0);
	if (fd < 0)
		fput(file);
	else
		fd_install(fd, file);
	return fd;
}

int dup_from(struct file *file, unsigned int from, unsigned int flags)
{
	unsigned long max = vfs_rlimit(RLIMIT_NOFILE);
	int fd;

	if (from >= max)
		return -EINVAL;
	fd = alloc_fd(from, max, flags);
	if (fd >= 0)
		fd_install(fd, get_file(file));
	return fd;
}

void set_close_on_exec(unsigned int fd, bool set)
{
	struct files_struct *files = current->files;

	spin_lock(&files->file_lock);
	if (fd < files->fdt->max_fds) {
		if (set)
			__set_bit(fd, files->fdt->close_on_exec);
		else
			__clear_bit(fd, files->fdt->close_on_exec);
	}
	spin_unlock(&files->file_lock);
}

bool get_close_on_exec(unsigned int fd)
{
	struct fdtable *fdt;
	bool set;

	rcu_read_lock();
	fdt = rcu_dereference(current->files->fdt);
	set = fd < fdt->max_fds && test_bit(fd, fdt->close_on_exec);
	rcu_read_unlock();
	return set;
}

static void range_cloexec(struct files_struct *files, unsigned int first, unsigned int last)
{
	spin_lock(&files->file_lock);
	last = min(last, files->fdt->max_fds - 1);
	if (first <= last)
		bitmap_set(files->fdt->close_on_exec, first, last - first + 1);
	spin_unlock(&files->file_lock);
}

static void range_close(struct files_struct *files, unsigned int first, unsigned int last)
{
	unsigned int fd;

	for (fd = first; fd <= last; fd++) {
		struct file *file;

		spin_lock(&files->file_lock);
		if (fd >= files->fdt->max_fds) {
			spin_unlock(&files->file_lock);
			return;
		}
		fd = find_next_bit(files->fdt->open_fds, files->fdt->max_fds, fd);
		file = fd <= last ? pick_file_locked(files, fd) : NULL;
		spin_unlock(&files->file_lock);
		if (file)
			filp_close(file, files);
		if (fd == UINT_MAX)
			return;
	}
}

long sys_close_range(unsigned int first, unsigned int last, unsigned int flags)
{
	if (flags & ~(CLOSE_RANGE_UNSHARE | CLOSE_RANGE_CLOEXEC))
		return -EINVAL;
	if (first > last)
		return -EINVAL;
	if (flags & CLOSE_RANGE_UNSHARE) {
		int err = unshare_files();

		if (err)
			return err;
	}
	if (flags & CLOSE_RANGE_CLOEXEC)
		range_cloexec(current->files, first, last);
	else
		range_close(current->files, first, last);
	return 0;
}

void fdtable_init(void)
{
	fd_tables.cache = kmem_cache_create(&files_type, sizeof(struct files_struct), 64, SLAB_PANIC);
}
