/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * locks.c - advisory locks on files.
 *
 * WHAT        Each inode that ever had a lock has a file_lock_context (what fcntl(2) says of them: locks_fcntl.c). A POSIX lock covers a range and belongs to a descriptor table;
 *             an OFD lock covers a range and belongs to an open file; a flock covers the file and belongs to an open file.
 * INVARIANTS  L1  Ranges of one owner on flc_posix are disjoint, ascending and adjacent in the list; neighbours of one type do
 *                 not touch (they are merged).
 *             L2  Locks of different owners overlap only if all of them are read locks.
 *             L3  An owner that waits is in the graph of waiters with the owner it waits for; a request that would close a
 *                 circle in it is refused with -EDEADLK. OFD locks take no part.
 * LOCKING     flc_lock > locks.all_lock; locks.blocked_lock > flc_lock. A wait is a level wait on flc_wait: the request is tried again.
 * LIFECYCLE   a lock lives from its request to unlock, close of a descriptor (POSIX) or last close (OFD, flock).
 * ERRORS      -EAGAIN, -ENOLCK (no memory), -EDEADLK, -EINVAL, -EBADF.
 * TESTS       tests/guest/vfs/locks_test.c
 */
#include <lib/err.h>
#include <lib/string.h>
#include <lib/uabi.h>
#include <pages/slab.h>
#include <sched/task.h>
#include <vfs/fdtable.h>
#include <vfs/file.h>
#include <vfs/inode.h>
#include <vfs/locks.h>
#include <vfs/seq_file.h>
#include <vfs/super.h>
#include <vfs/vfs_calls.h>
#include <vfs/vfs_port.h>
#include "vfs_impl.h"

#define DEADLOCK_DEPTH 10	/* owners followed; a longer chain is taken for none */
#define LOCK_SH 1
#define LOCK_EX 2
#define LOCK_NB 4
#define LOCK_UN 8
#define LOCK_MAND 32

struct lock_table {
	struct spinlock blocked_lock;	/* rank FLC_BLOCKED: the graph of waiters */
	struct list_head blocked;
	struct spinlock all_lock;	/* rank FLC_ALL */
	struct list_head all;
	struct kmem_cache *cache, *contexts;	/* __final */
};
static struct lock_table locks = {
	.blocked_lock = SPINLOCK_INIT(RANK_FLC_BLOCKED),
	.blocked = LIST_HEAD_INIT(locks.blocked),
	.all_lock = SPINLOCK_INIT(RANK_FLC_ALL),
	.all = LIST_HEAD_INIT(locks.all),
};

static const struct object_type lock_type = { .name = "file_lock", .owner = "vfs", .id = 0x309, .version = 1 };
static const struct object_type context_type = {
	.name = "file_lock_context", .owner = "vfs", .id = 0x30a, .version = 1,
};

void locks_init(void)
{
	locks.cache = kmem_cache_create(&lock_type, sizeof(struct file_lock), 0, SLAB_PANIC);
	locks.contexts = kmem_cache_create(&context_type, sizeof(struct file_lock_context), 0, SLAB_PANIC);
}

/* --- contexts --- */

static struct file_lock_context *get_context(struct inode *inode)
{
	struct file_lock_context *ctx = READ_ONCE(inode->i_flctx), *fresh;

	if (ctx)
		return ctx;
	fresh = kmem_cache_alloc(locks.contexts, GFP_KERNEL);
	if (!fresh)
		return NULL;
	spin_lock_init(&fresh->flc_lock, RANK_FLC);
	INIT_LIST_HEAD(&fresh->flc_flock);
	INIT_LIST_HEAD(&fresh->flc_posix);
	init_waitqueue_head(&fresh->flc_wait);
	if (__atomic_compare_exchange_n(&inode->i_flctx, &ctx, fresh, false, __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST))
		return fresh;
	kmem_cache_free(locks.contexts, fresh);
	return ctx;
}

void locks_free_context(struct inode *inode)
{
	kmem_cache_free(locks.contexts, inode->i_flctx);
	inode->i_flctx = NULL;
}

/* --- single locks --- */

static struct file_lock *lock_alloc(void)
{
	return kmem_cache_zalloc(locks.cache, GFP_KERNEL);
}

static void lock_free(struct file_lock *fl)
{
	if (fl)
		kmem_cache_free(locks.cache, fl);
}

static void lock_insert(struct file_lock *fl, struct list_head *before)
{
	list_add_tail(&fl->fl_list, before);
	spin_lock(&locks.all_lock);
	list_add_tail(&fl->fl_all, &locks.all);
	spin_unlock(&locks.all_lock);
}

static void lock_remove(struct file_lock *fl, struct list_head *dispose)
{
	spin_lock(&locks.all_lock);
	list_del(&fl->fl_all);
	spin_unlock(&locks.all_lock);
	list_move(&fl->fl_list, dispose);
}

static void dispose_locks(struct file_lock_context *ctx, struct list_head *dispose)
{
	struct file_lock *fl, *next;

	if (list_empty(dispose))
		return;
	wake_up_all(&ctx->flc_wait);
	list_for_each_entry_safe(fl, next, dispose, fl_list)
		lock_free(fl);
}

static void lock_copy(struct file_lock *to, const struct file_lock *from)
{
	to->fl_owner = from->fl_owner;
	to->fl_flags = from->fl_flags & ~FL_SLEEP;
	to->fl_type = from->fl_type;
	to->fl_pid = from->fl_pid;
	to->fl_file = from->fl_file;
	to->fl_start = from->fl_start;
	to->fl_end = from->fl_end;
}

static bool overlaps(const struct file_lock *a, const struct file_lock *b)
{
	return a->fl_start <= b->fl_end && b->fl_start <= a->fl_end;
}

static bool types_conflict(const struct file_lock *a, const struct file_lock *b)
{
	return a->fl_type == F_WRLCK || b->fl_type == F_WRLCK;
}

/* --- ranges --- */

/* flc_lock held. What stands in the way of @fl (L2), or NULL. */
static struct file_lock *posix_conflict(struct file_lock_context *ctx, const struct file_lock *fl)
{
	struct file_lock *other;

	list_for_each_entry(other, &ctx->flc_posix, fl_list) {
		if (other->fl_owner != fl->fl_owner && types_conflict(other, fl) && overlaps(other, fl))
			return other;
	}
	return NULL;
}

static bool touches_below(const struct file_lock *a, const struct file_lock *b)
{
	return b->fl_start > 0 && a->fl_end == b->fl_start - 1;
}

struct range_change {
	struct file_lock *fresh;	/* the new lock, or NULL for unlock */
	struct file_lock *rest;		/* storage for the right half of a split */
	struct list_head dispose;
};

/*
 * flc_lock held. The owner's ranges become what @fl asks for: cut, split and merged (L1).
 */
static void posix_apply(struct file_lock_context *ctx, const struct file_lock *fl, struct range_change *rc)
{
	struct file_lock *l, *next, want = { 0 };
	struct list_head *at = &ctx->flc_posix;
	bool seen = false;

	lock_copy(&want, fl);
	list_for_each_entry_safe(l, next, &ctx->flc_posix, fl_list) {
		if (l->fl_owner != fl->fl_owner) {
			if (seen)
				break;
			continue;
		}
		seen = true;
		at = l->fl_list.next;
		if (l->fl_type == want.fl_type && (overlaps(l, &want) || touches_below(l, &want) || touches_below(&want, l))) {
			/* one of a kind: swallow it */
			want.fl_start = min(want.fl_start, l->fl_start);
			want.fl_end = max(want.fl_end, l->fl_end);
			at = l->fl_list.next;
			lock_remove(l, &rc->dispose);
			continue;
		}
		if (l->fl_start > want.fl_end) {
			at = &l->fl_list;
			break;
		}
		if (!overlaps(l, &want))
			continue;
		if (l->fl_start < want.fl_start && l->fl_end > want.fl_end) {
			/* a hole or another type in the middle: two remain */
			lock_copy(rc->rest, l);
			rc->rest->fl_start = want.fl_end + 1;
			l->fl_end = want.fl_start - 1;
			lock_insert(rc->rest, l->fl_list.next);
			at = &rc->rest->fl_list;
			rc->rest = NULL;
			break;
		}
		if (l->fl_start < want.fl_start) {
			l->fl_end = want.fl_start - 1;
			continue;
		}
		if (l->fl_end > want.fl_end) {
			l->fl_start = want.fl_end + 1;
			at = &l->fl_list;
			break;
		}
		at = l->fl_list.next;
		lock_remove(l, &rc->dispose);
	}
	if (rc->fresh) {
		lock_copy(rc->fresh, &want);
		lock_insert(rc->fresh, at);
		rc->fresh = NULL;
	}
}

static int posix_lock_once(struct file_lock_context *ctx, struct file_lock *fl, void **blocker)
{
	struct range_change rc = { .dispose = LIST_HEAD_INIT(rc.dispose) };
	struct file_lock *conflict = NULL;
	bool changed;

	rc.rest = lock_alloc();
	rc.fresh = fl->fl_type == F_UNLCK ? NULL : lock_alloc();
	if (!rc.rest || (fl->fl_type != F_UNLCK && !rc.fresh)) {
		lock_free(rc.rest);
		lock_free(rc.fresh);
		return -ENOLCK;
	}
	spin_lock(&ctx->flc_lock);
	if (fl->fl_type != F_UNLCK)
		conflict = posix_conflict(ctx, fl);
	if (conflict)
		*blocker = conflict->fl_flags & FL_OFDLCK ? NULL : conflict->fl_owner;
	else
		posix_apply(ctx, fl, &rc);
	spin_unlock(&ctx->flc_lock);
	changed = !conflict;
	lock_free(rc.rest);
	lock_free(rc.fresh);
	dispose_locks(ctx, &rc.dispose);
	if (changed)
		wake_up_all(&ctx->flc_wait);	/* a lock may have shrunk or weakened */
	return conflict ? -EAGAIN : 0;
}

int posix_lock_file(struct file *file, struct file_lock *fl)
{
	struct file_lock_context *ctx = READ_ONCE(file_inode(file)->i_flctx);
	void *blocker;

	if (!ctx && fl->fl_type == F_UNLCK)
		return 0;
	ctx = get_context(file_inode(file));
	return ctx ? posix_lock_once(ctx, fl, &blocker) : -ENOLCK;
}

/* --- waiting and deadlock --- */

/* blocked_lock held. Whom does @owner wait for? */
static void *waits_for(const void *owner)
{
	struct file_lock *w;

	list_for_each_entry(w, &locks.blocked, fl_waiting) {
		if (w->fl_owner == owner)
			return w->fl_blocker;
	}
	return NULL;
}

/* Enter the graph unless that closes a circle (L3). */
static int note_blocked(struct file_lock *fl, void *blocker)
{
	void *owner = blocker;
	int depth, err = 0;

	spin_lock(&locks.blocked_lock);
	for (depth = 0; owner && depth < DEADLOCK_DEPTH; depth++) {
		if (owner == fl->fl_owner) {
			err = -EDEADLK;
			break;
		}
		owner = waits_for(owner);
	}
	if (!err) {
		fl->fl_blocker = blocker;
		list_add(&fl->fl_waiting, &locks.blocked);
	}
	spin_unlock(&locks.blocked_lock);
	return err;
}

static void note_unblocked(struct file_lock *fl)
{
	spin_lock(&locks.blocked_lock);
	list_del_init(&fl->fl_waiting);
	spin_unlock(&locks.blocked_lock);
}

static bool may_take_posix(struct file_lock_context *ctx, const struct file_lock *fl)
{
	bool free;

	spin_lock(&ctx->flc_lock);
	free = !posix_conflict(ctx, fl);
	spin_unlock(&ctx->flc_lock);
	return free;
}

int posix_lock_file_wait(struct file *file, struct file_lock *fl)
{
	struct file_lock_context *ctx = get_context(file_inode(file));
	void *blocker = NULL;
	int err;

	if (!ctx)
		return -ENOLCK;
	for (;;) {
		err = posix_lock_once(ctx, fl, &blocker);
		if (err != -EAGAIN || !(fl->fl_flags & FL_SLEEP))
			return err;
		INIT_LIST_HEAD(&fl->fl_waiting);
		if (!(fl->fl_flags & FL_OFDLCK)) {
			err = note_blocked(fl, blocker);
			if (err)
				return err;
		}
		err = wait_event_interruptible(ctx->flc_wait, may_take_posix(ctx, fl));
		if (!(fl->fl_flags & FL_OFDLCK))
			note_unblocked(fl);
		if (err)
			return err;
	}
}

void posix_test_lock(struct file *file, struct file_lock *fl)
{
	struct file_lock_context *ctx = READ_ONCE(file_inode(file)->i_flctx);
	struct file_lock *conflict = NULL;

	if (ctx) {
		spin_lock(&ctx->flc_lock);
		conflict = posix_conflict(ctx, fl);
		if (conflict)
			lock_copy(fl, conflict);
		spin_unlock(&ctx->flc_lock);
	}
	if (!conflict)
		fl->fl_type = F_UNLCK;
}

/* --- flock --- */

static struct file_lock *flock_conflict(struct file_lock_context *ctx, const struct file_lock *fl)
{
	struct file_lock *other;

	list_for_each_entry(other, &ctx->flc_flock, fl_list) {
		if (other->fl_file != fl->fl_file && types_conflict(other, fl))
			return other;
	}
	return NULL;
}

int flock_lock_file(struct file *file, struct file_lock *fl)
{
	struct file_lock_context *ctx = get_context(file_inode(file));
	struct file_lock *fresh = NULL, *l, *own = NULL;
	LIST_HEAD(dispose);
	int err = 0;

	if (!ctx)
		return -ENOLCK;
	if (fl->fl_type != F_UNLCK) {
		fresh = lock_alloc();
		if (!fresh)
			return -ENOLCK;
	}
	spin_lock(&ctx->flc_lock);
	list_for_each_entry(l, &ctx->flc_flock, fl_list) {
		if (l->fl_file == file)
			own = l;
	}
	if (own && own->fl_type == fl->fl_type)
		goto unlock;
	/* changing a lock gives the old one up first, also if the new one is then refused */
	if (own)
		lock_remove(own, &dispose);
	if (fl->fl_type == F_UNLCK)
		goto unlock;
	if (flock_conflict(ctx, fl)) {
		err = -EAGAIN;
		goto unlock;
	}
	lock_copy(fresh, fl);
	lock_insert(fresh, &ctx->flc_flock);
	fresh = NULL;
unlock:
	spin_unlock(&ctx->flc_lock);
	lock_free(fresh);
	dispose_locks(ctx, &dispose);
	return err;
}

static bool may_take_flock(struct file_lock_context *ctx, const struct file_lock *fl)
{
	bool free;

	spin_lock(&ctx->flc_lock);
	free = !flock_conflict(ctx, fl);
	spin_unlock(&ctx->flc_lock);
	return free;
}

static int flock_wait(struct file *file, struct file_lock *fl)
{
	struct file_lock_context *ctx;
	int err;

	for (;;) {
		err = flock_lock_file(file, fl);
		if (err != -EAGAIN || !(fl->fl_flags & FL_SLEEP))
			return err == -EAGAIN ? -EWOULDBLOCK : err;
		ctx = file_inode(file)->i_flctx;
		err = wait_event_interruptible(ctx->flc_wait, may_take_flock(ctx, fl));
		if (err)
			return err;
	}
}

long sys_flock(unsigned int fd, unsigned int cmd)
{
	struct file_lock fl = { .fl_flags = FL_FLOCK, .fl_end = OFFSET_MAX };
	struct fd f;
	int err;

	if (cmd & LOCK_MAND)
		return 0; /* as on Linux: accepted, no effect */
	switch (cmd & ~LOCK_NB) {
	case LOCK_SH:
		fl.fl_type = F_RDLCK;
		break;
	case LOCK_EX:
		fl.fl_type = F_WRLCK;
		break;
	case LOCK_UN:
		fl.fl_type = F_UNLCK;
		break;
	default:
		return -EINVAL;
	}
	f = fdget(fd);
	if (!f.file)
		return -EBADF;
	fl.fl_file = f.file;
	fl.fl_owner = f.file;
	fl.fl_pid = vfs_current_tgid();
	if (!(cmd & LOCK_NB))
		fl.fl_flags |= FL_SLEEP;
	err = -EBADF;
	if (fl.fl_type == F_UNLCK || (f.file->f_mode & (FMODE_READ | FMODE_WRITE)))
		err = f.file->f_op->flock ? f.file->f_op->flock(f.file, cmd & LOCK_NB ? F_SETLK : F_SETLKW, &fl) :
					    flock_wait(f.file, &fl);
	fdput(f);
	return err;
}

/* --- the end of owners --- */

void locks_remove_posix(struct file *file, void *owner)
{
	struct file_lock_context *ctx = READ_ONCE(file_inode(file)->i_flctx);
	struct file_lock *l, *next;
	LIST_HEAD(dispose);

	if (!ctx || list_empty(&ctx->flc_posix))
		return;
	spin_lock(&ctx->flc_lock);
	list_for_each_entry_safe(l, next, &ctx->flc_posix, fl_list) {
		if (l->fl_owner == owner && !(l->fl_flags & FL_OFDLCK))
			lock_remove(l, &dispose);
	}
	spin_unlock(&ctx->flc_lock);
	if (file->f_op->lock && !list_empty(&dispose)) {
		struct file_lock fl = { .fl_flags = FL_POSIX, .fl_type = F_UNLCK, .fl_end = OFFSET_MAX,
					.fl_owner = owner, .fl_file = file };

		file->f_op->lock(file, F_SETLK, &fl);
	}
	dispose_locks(ctx, &dispose);
}

static void remove_of_file(struct list_head *list, const struct file *file, struct list_head *dispose)
{
	struct file_lock *l, *next;

	list_for_each_entry_safe(l, next, list, fl_list) {
		if (l->fl_file == file && (l->fl_flags & (FL_OFDLCK | FL_FLOCK)))
			lock_remove(l, dispose);
	}
}

void locks_remove_file(struct file *file)
{
	struct file_lock_context *ctx = file_inode(file)->i_flctx;
	LIST_HEAD(dispose);

	spin_lock(&ctx->flc_lock);
	remove_of_file(&ctx->flc_flock, file, &dispose);
	remove_of_file(&ctx->flc_posix, file, &dispose);
	spin_unlock(&ctx->flc_lock);
	dispose_locks(ctx, &dispose);
}

/* --- /proc/locks --- */

int locks_show(struct seq_file *m)
{
	struct file_lock *fl;
	unsigned int n = 0;

	spin_lock(&locks.all_lock);
	list_for_each_entry(fl, &locks.all, fl_all) {
		struct inode *inode = file_inode(fl->fl_file);
		dev_t dev = inode->i_sb->s_dev;

		seq_printf(m, "%u: %s ADVISORY  %s %d %02x:%02x:%llu ", ++n,
			   fl->fl_flags & FL_FLOCK ? "FLOCK " : fl->fl_flags & FL_OFDLCK ? "OFDLCK" : "POSIX ",
			   fl->fl_type == F_WRLCK ? "WRITE" : "READ ", fl->fl_pid, MAJOR(dev), MINOR(dev),
			   (unsigned long long)inode->i_ino);
		if (fl->fl_end == OFFSET_MAX)
			seq_printf(m, "%lld EOF\n", (long long)fl->fl_start);
		else
			seq_printf(m, "%lld %lld\n", (long long)fl->fl_start, (long long)fl->fl_end);
	}
	spin_unlock(&locks.all_lock);
	return 0;
}
