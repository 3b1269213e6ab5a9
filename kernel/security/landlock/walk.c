/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * walk.c - may a domain do something at a place?
 *
 * WHAT        From the place up to the root of the mount tree, over all mounts, each object's rule grants what it allows in its layers. What
 *             every layer that handles a right has granted somewhere on the way is allowed. A mount's root stands for the directory it
 *             covers: rules about a covered directory do not count.
 * LOCKING     None; references on the way. A rename meanwhile can make the walk see a way that never was as a whole, as it can when
 *             it comes before or after.
 * ERRORS      -EACCES.
 * TESTS       tests/guest/vfs/landlock_test.c
 */
#include <lib/bitops.h>
#include <lib/errno.h>
#include <lib/string.h>
#include <vfs/dentry.h>
#include <vfs/inode.h>
#include <vfs/mount.h>
#include <vfs/super.h>
#include "landlock_impl.h"

access_t landlock_missing_begin(const struct landlock_domain *domain, access_t asked, struct landlock_missing *missing)
{
	access_t any = 0;
	u32 layer, right;

	memset(missing, 0, sizeof(*missing));
	for (layer = 0; layer < domain->nr_layers; layer++) {
		access_t handled = asked & (domain->handled[layer] | ACCESS_ALWAYS);

		for (right = 0; right < ACCESS_COUNT; right++)
			if (handled >> right & 1)
				missing->of[right] |= 1u << layer;
		any |= handled;
	}
	return any;
}

static bool is_granted(access_t asked, const struct landlock_missing *missing)
{
	u32 right;

	for (right = 0; right < ACCESS_COUNT; right++)
		if ((asked >> right & 1) && missing->of[right])
			return false;
	return true;
}

static void apply_grant(const struct landlock_grant *grant, access_t asked, struct landlock_missing *missing)
{
	u32 right;

	for (right = 0; right < ACCESS_COUNT; right++)
		if (grant->allowed & asked & 1u << right)
			missing->of[right] &= ~(1u << grant->layer);
}

bool landlock_grant_at(const struct landlock_domain *domain, const struct dentry *dentry, access_t asked,
		       struct landlock_missing *missing)
{
	struct landlock_object *object = d_is_negative(dentry) ? NULL : landlock_object_peek(d_inode(dentry));
	const struct landlock_rule *rule = object ? landlock_rules_find(&domain->rules, object) : NULL;
	u32 i;

	for (i = 0; rule && i < rule->nr_grants; i++)
		apply_grant(&rule->grants[i], asked, missing);
	return is_granted(asked, missing);
}

bool landlock_is_placeless(const struct dentry *dentry)
{
	return (dentry->d_sb->s_flags & SB_NOUSER) || (d_is_positive(dentry) && (d_inode(dentry)->i_flags & S_PRIVATE));
}

enum landlock_step landlock_step_up(struct path *at)
{
	struct dentry *parent;

	while (at->dentry == at->mnt->mnt_root) {
		if (!path_up_one_mount(at))
			return STEP_TOP;
	}
	if (IS_ROOT(at->dentry))
		return STEP_NOWHERE;
	parent = dget_parent(at->dentry);
	dput(at->dentry);
	at->dentry = parent;
	return STEP_DONE;
}

int landlock_check(const struct landlock_domain *domain, const struct path *path, access_t asked)
{
	struct landlock_missing missing;
	enum landlock_step step;
	struct path at = *path;
	bool allowed;

	asked = landlock_missing_begin(domain, asked, &missing);
	if (!asked || landlock_is_placeless(path->dentry))
		return 0;
	path_get(&at);
	do {
		allowed = landlock_grant_at(domain, at.dentry, asked, &missing);
		step = allowed ? STEP_TOP : landlock_step_up(&at);
	} while (step == STEP_DONE);
	if (step == STEP_NOWHERE) /* a namespace's file, or another of the kernel's own mounts */
		allowed = at.mnt->mnt_flags & MNT_INTERNAL;
	path_put(&at);
	return allowed ? 0 : -EACCES;
}
