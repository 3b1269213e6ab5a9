/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * user.c - one struct user_struct a real user id while anybody uses it.
 *
 * WHAT        A hash table by kernel user id; root is static. An entry goes with its last reference.
 * LOCKING     users.lock, rank LEAF, interrupts off: the table. Counts are atomic.
 */
#include <lib/hash.h>
#include <lib/hlist.h>
#include <lib/list.h>
#include <pages/object.h>
#include <pages/slab.h>
#include <sched/cred.h>
#include "task_impl.h"

#define USER_HASH_BITS 7

static const struct object_type user_type = { .name = "user_struct", .owner = "sched", .id = 0x75736572, .version = 1 };

struct user_table {
	struct kmem_cache *cache; /* __final */
	struct spinlock lock;
	struct hlist_head bucket[1 << USER_HASH_BITS];
};

static struct user_table users = { .lock = SPINLOCK_INIT(RANK_LEAF) };
struct user_struct root_user = { .refs = REFCOUNT_INIT(1), .uid = KUIDT_INIT(0) };

void user_init(void)
{
	users.cache = kmem_cache_create(&user_type, sizeof(struct user_struct), 0, SLAB_PANIC);
}

static struct hlist_head *bucket_of(kuid_t uid)
{
	return &users.bucket[hash_32(uid.val, USER_HASH_BITS)];
}

static struct user_struct *find_locked(kuid_t uid)
{
	struct user_struct *user;

	if (uid_eq(uid, root_user.uid)) /* static, in no bucket */
		return get_uid(&root_user);
	hlist_for_each_entry(user, bucket_of(uid), node) {
		if (uid_eq(user->uid, uid) && refcount_inc_not_zero(&user->refs))
			return user;
	}
	return NULL;
}

struct user_struct *get_uid(struct user_struct *user)
{
	refcount_inc(&user->refs);
	return user;
}

struct user_struct *find_user(kuid_t uid)
{
	with_spinlock_irqsave(&users.lock);

	return find_locked(uid);
}

static struct user_struct *find_or_insert(struct user_struct *new, kuid_t uid)
{
	struct user_struct *user;

	with_spinlock_irqsave(&users.lock);
	user = find_locked(uid);
	if (user)
		return user;
	hlist_add_head(&new->node, bucket_of(uid));
	return new;
}

struct user_struct *alloc_uid(kuid_t uid)
{
	struct user_struct *user = find_user(uid), *new;

	if (user)
		return user;
	new = kmem_cache_zalloc(users.cache, GFP_KERNEL);
	if (!new)
		return NULL;
	refcount_set(&new->refs, 1);
	new->uid = uid;
	user = find_or_insert(new, uid);
	if (user != new)
		kmem_cache_free(users.cache, new);
	return user;
}

void put_uid(struct user_struct *user)
{
	unsigned long flags;

	if (!user || !refcount_dec_and_test(&user->refs))
		return;
	spin_lock_irqsave(&users.lock, flags);
	hlist_del(&user->node);
	spin_unlock_irqrestore(&users.lock, flags);
	kmem_cache_free(users.cache, user);
}
