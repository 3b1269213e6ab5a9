/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * move.c - may a domain give an object another place?
 *
 * WHAT        Where an object stands decides what may be done with it. So moving or linking it to another directory needs, besides
 *             the rights to make and remove names, LANDLOCK_ACCESS_FS_REFER at both ends, and must not gain the object any right: what
 *             a layer withholds of it now, it withholds at the new place too. An exchange asks both ways.
 *
 *             Within one directory nothing changes its place: making and removing is all that is asked.
 * INVARIANTS  V1  A right "withheld" at an end: some layer that handles it granted it neither between the end's directory and the
 *                 mount's root, nor above; for what moves, nor by a rule about itself.
 * LOCKING     Of a rename both directories are locked by the caller, so neither end moves; of a link only the new one: the directory of what
 *             it links to is looked at once, and held.
 * ERRORS      -EACCES: a right to make or remove is missing, whatever else is. -EXDEV: only the change of directory is not allowed;
 *             programs then copy.
 * TESTS       tests/guest/vfs/landlock_test.c
 */
#include <lib/errno.h>
#include <lib/uabi.h>
#include <vfs/dentry.h>
#include <vfs/inode.h>
#include <vfs/mount.h>
#include "landlock_impl.h"

/* One of the two directories, and what moves out of it (at the far end of a plain move: nothing). */
struct end {
	access_t asked;
	struct landlock_missing missing; /* at the directory */
	const struct dentry *mover;	 /* or NULL */
	struct landlock_missing own;	 /* at the mover alone */
	bool is_granted;
};

access_t landlock_make_right(umode_t mode)
{
	switch (mode & S_IFMT) {
	case S_IFLNK:
		return LANDLOCK_ACCESS_FS_MAKE_SYM;
	case S_IFDIR:
		return LANDLOCK_ACCESS_FS_MAKE_DIR;
	case S_IFCHR:
		return LANDLOCK_ACCESS_FS_MAKE_CHAR;
	case S_IFBLK:
		return LANDLOCK_ACCESS_FS_MAKE_BLOCK;
	case S_IFIFO:
		return LANDLOCK_ACCESS_FS_MAKE_FIFO;
	case S_IFSOCK:
		return LANDLOCK_ACCESS_FS_MAKE_SOCK;
	default:
		return LANDLOCK_ACCESS_FS_MAKE_REG;
	}
}

static access_t remove_right(const struct dentry *dentry)
{
	if (d_is_negative(dentry))
		return 0;
	return d_is_dir(dentry) ? LANDLOCK_ACCESS_FS_REMOVE_DIR : LANDLOCK_ACCESS_FS_REMOVE_FILE;
}

/* Grants between @dir and the root of its mount. */
static bool collect(const struct landlock_domain *domain, struct dentry *root, struct dentry *dir, struct landlock_missing *missing)
{
	access_t handled = landlock_missing_begin(domain, ACCESS_ALL, missing);
	struct dentry *at = dget(dir), *parent;
	bool all = landlock_is_placeless(dir);

	while (!all) {
		all = landlock_grant_at(domain, at, handled, missing);
		if (all || at == root || IS_ROOT(at))
			break;
		parent = dget_parent(at);
		dput(at);
		at = parent;
	}
	dput(at);
	return all;
}

static void begin_mover(const struct landlock_domain *domain, struct end *end)
{
	if (!end->mover)
		return;
	landlock_missing_begin(domain, ACCESS_ALL, &end->own);
	landlock_grant_at(domain, end->mover, ACCESS_ALL, &end->own);
}

/* Does what moves from @from to @to keep everything that is withheld of it? */
static bool gains_nothing(const struct end *from, const struct end *to)
{
	u32 right;

	if (!from->mover)
		return true;
	for (right = 0; right < ACCESS_COUNT; right++) {
		layers_t withheld = from->missing.of[right] & from->own.of[right]; /* V1 */

		if (!d_is_dir(from->mover) && !(ACCESS_FILE & 1u << right))
			continue;
		if (withheld & ~to->missing.of[right])
			return false;
	}
	return true;
}

/* Only what was asked for counts from here on. */
static bool narrow(struct end *end)
{
	bool all = true;
	u32 right;

	for (right = 0; right < ACCESS_COUNT; right++) {
		if (!(end->asked >> right & 1))
			end->missing.of[right] = 0;
		all = all && !end->missing.of[right];
	}
	return all;
}

static bool is_refused(const struct end *end)
{
	u32 right;

	for (right = 0; right < ACCESS_COUNT; right++)
		if ((end->asked & ~ACCESS_ALWAYS & 1u << right) && end->missing.of[right])
			return true;
	return false;
}

/* From the mount's root on, whose rule is asked once more, both ends have the same way up. */
static bool walk_common(const struct landlock_domain *domain, struct path *at, struct end *from, struct end *to)
{
	access_t all = landlock_missing_begin(domain, ACCESS_ALL, &(struct landlock_missing){});
	bool is_weighing = true; /* whether it gains something: until then every right counts */
	enum landlock_step step;

	do {
		if (is_weighing && gains_nothing(from, to) && gains_nothing(to, from)) {
			from->is_granted = narrow(from);
			to->is_granted = narrow(to);
			if (from->is_granted && to->is_granted)
				return true;
			is_weighing = false;
		}
		from->is_granted = landlock_grant_at(domain, at->dentry, is_weighing ? all : from->asked, &from->missing);
		to->is_granted = landlock_grant_at(domain, at->dentry, is_weighing ? all : to->asked, &to->missing);
		if (from->is_granted && to->is_granted)
			return true;
		step = landlock_step_up(at);
	} while (step == STEP_DONE);
	return step == STEP_NOWHERE && (at->mnt->mnt_flags & MNT_INTERNAL);
}

static int check_two(const struct landlock_domain *domain, const struct landlock_move *move, struct dentry *from_dir, struct end *from,
		     struct end *to)
{
	struct path at = { move->to_dir->mnt, move->to_dir->mnt->mnt_root };
	bool from_all = collect(domain, at.dentry, from_dir, &from->missing);
	bool to_all = collect(domain, at.dentry, move->to_dir->dentry, &to->missing);
	bool allowed;

	if (from_all && to_all)
		return 0;
	begin_mover(domain, from);
	begin_mover(domain, to);
	path_get(&at);
	allowed = walk_common(domain, &at, from, to);
	path_put(&at);
	if (allowed)
		return 0;
	return is_refused(from) || is_refused(to) ? -EACCES : -EXDEV;
}

int landlock_check_move(const struct landlock_domain *domain, const struct landlock_move *move)
{
	struct end from = { .mover = move->old }, to = { .mover = move->is_exchange ? move->new : NULL };
	struct dentry *from_dir;
	int err;

	if (d_is_negative(move->old) || (move->is_exchange && d_is_negative(move->new)))
		return -ENOENT;
	if (move->is_exchange)
		from.asked = landlock_make_right(d_inode(move->new)->i_mode);
	to.asked = landlock_make_right(d_inode(move->old)->i_mode);
	if (move->leaves) {
		from.asked |= remove_right(move->old);
		to.asked |= remove_right(move->new);
	}
	from_dir = dget_parent(move->old);
	if (from_dir == move->to_dir->dentry) {
		err = landlock_check(domain, move->to_dir, from.asked | to.asked);
	} else {
		from.asked |= LANDLOCK_ACCESS_FS_REFER;
		to.asked |= LANDLOCK_ACCESS_FS_REFER;
		err = check_two(domain, move, from_dir, &from, &to);
	}
	dput(from_dir);
	return err;
}
