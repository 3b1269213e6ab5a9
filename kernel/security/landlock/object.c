/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * object.c - inodes as rules know them.
 *
 * WHAT        A rule is about an inode and not about a path: renaming what it is about, or mounting it elsewhere, changes nothing. So an
 *             object keeps its inode from being evicted, since the inode that a later lookup made would be another one.
 * INVARIANTS  O1  inode->i_security is the object whose ->inode it is, or NULL.
 *             O2  An object with an inode holds one reference on it; references on objects are those of rules.
 *             O3  A superblock that ends has no inode held: its objects stay, and mean nothing any more.
 * LOCKING     lock (rank LANDLOCK_OBJECT): making, the last put, release. Comparing i_security with an object that a rule holds needs none.
 * LIFECYCLE   get: makes or finds -> rules -> last put: inode let go, freed. Or the superblock ends first: inode let go.
 * ERRORS      -ENOMEM.
 * TESTS       tests/guest/vfs/landlock_test.c
 */
#include <lib/err.h>
#include <pages/slab.h>
#include <vfs/inode.h>
#include <vfs/super.h>
#include "landlock_impl.h"

struct landlock_object {
	struct refcount refs;
	struct inode *inode; /* lock; a reference */
};

static const struct object_type object_type = { .name = "landlock_object", .owner = "landlock", .id = 0x6c6c01, .version = 1 };

static DEFINE_MUTEX(objects_lock, RANK_LANDLOCK_OBJECT);
static struct {
	struct kmem_cache *cache; /* __final */
} objects;

void landlock_object_cache_init(void)
{
	objects.cache = kmem_cache_create(&object_type, sizeof(struct landlock_object), 0, SLAB_PANIC);
}

struct landlock_object *landlock_object_get(struct inode *inode)
{
	struct landlock_object *object;

	with_mutex(&objects_lock);
	object = inode->i_security;
	if (object) {
		refcount_inc(&object->refs);
		return object;
	}
	object = kmem_cache_alloc(objects.cache, GFP_KERNEL);
	if (!object)
		return ERR_PTR(-ENOMEM);
	refcount_set(&object->refs, 1);
	ihold(inode); /* O2 */
	object->inode = inode;
	WRITE_ONCE(inode->i_security, object); /* O1 */
	return object;
}

void landlock_object_hold(struct landlock_object *object)
{
	refcount_inc(&object->refs);
}

static void release_inode_locked(struct landlock_object *object)
{
	struct inode *inode = object->inode;

	if (!inode)
		return;
	object->inode = NULL;
	WRITE_ONCE(inode->i_security, NULL);
	iput(inode);
}

void landlock_object_put(struct landlock_object *object)
{
	if (!refcount_dec_and_mutex_lock(&object->refs, &objects_lock))
		return;
	/* the inode goes with the lock held: a superblock that ends waits for it (O3) */
	release_inode_locked(object);
	mutex_unlock(&objects_lock);
	kmem_cache_free(objects.cache, object);
}

struct landlock_object *landlock_object_peek(const struct inode *inode)
{
	return READ_ONCE(inode->i_security);
}

/* Some inode of @sb that an object holds. objects_lock keeps it. */
static struct landlock_object *find_held(struct super_block *sb)
{
	struct landlock_object *found = NULL;
	struct inode *inode;

	spin_lock(&sb->s_inode_list_lock);
	list_for_each_entry(inode, &sb->s_inodes, i_sb_list) {
		found = inode->i_security;
		if (found)
			break;
	}
	spin_unlock(&sb->s_inode_list_lock);
	return found;
}

void landlock_objects_release(struct super_block *sb)
{
	struct landlock_object *object;

	with_mutex(&objects_lock);
	while ((object = find_held(sb)))
		release_inode_locked(object);
}
