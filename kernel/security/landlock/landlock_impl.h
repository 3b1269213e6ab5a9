/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * landlock_impl.h - objects, rules, rulesets, domains and the questions put to them.
 *
 * NOUNS       An *object* is an inode as rules know it. A *rule* says what is allowed at one object and below. A *ruleset* is a set of
 *             rules that a program fills, together with the rights that it handles: what is handled and not allowed will be denied. A
 *             *layer* is a ruleset as it was when a task restricted itself with it. A *domain* is the stack of layers that a
 *             credential carries; it never changes.
 */
#pragma once

#include <lib/rbtree.h>
#include <lib/types.h>
#include <sync/mutex.h>
#include <sync/refcount.h>
#include <sync/workqueue.h>
#include <linux/landlock.h>

struct dentry;
struct inode;
struct path;
struct super_block;
struct security_policy;

#define LANDLOCK_ABI	    2
#define LANDLOCK_LAYERS_MAX 16 /* a restriction more: -E2BIG */
#define ACCESS_COUNT	    14
#define ACCESS_ALL	    ((1u << ACCESS_COUNT) - 1)
/* What makes sense for something that is no directory. */
#define ACCESS_FILE (LANDLOCK_ACCESS_FS_EXECUTE | LANDLOCK_ACCESS_FS_WRITE_FILE | LANDLOCK_ACCESS_FS_READ_FILE)
/* Every layer handles it, said or not: programs written before it existed must not gain rights by moving files. */
#define ACCESS_ALWAYS LANDLOCK_ACCESS_FS_REFER
static_assert(ACCESS_ALL == LANDLOCK_ACCESS_FS_REFER * 2 - 1);

typedef u16 access_t; /* LANDLOCK_ACCESS_FS_* */
typedef u16 layers_t; /* bit n: layer n of a domain */
static_assert(LANDLOCK_LAYERS_MAX <= 16 && ACCESS_COUNT <= 16);

/* --- object.c --- */
struct landlock_object;
void landlock_object_cache_init(void);
/* The object of @inode, with a reference. ERR_PTR(-ENOMEM). Sleeps. */
struct landlock_object *landlock_object_get(struct inode *inode);
void landlock_object_hold(struct landlock_object *object); /* the caller has a reference */
void landlock_object_put(struct landlock_object *object);  /* sleeps */
/* The inodes of @sb are let go of. */
void landlock_objects_release(struct super_block *sb);
/* For comparison alone; NULL: no rule is about it. */
struct landlock_object *landlock_object_peek(const struct inode *inode);

/* --- rules.c --- */
struct landlock_grant {
	u16 layer;
	access_t allowed;
};

struct landlock_rule {
	struct rb_node node;		/* by address of the object */
	struct landlock_object *object; /* a reference */
	u32 nr_grants;
	struct landlock_grant grants[]; /* by layer, rising */
};

struct landlock_rules {
	struct rb_root root;
	u32 nr;
};

struct landlock_rule *landlock_rules_find(const struct landlock_rules *rules, const struct landlock_object *object);
/* Add @grant at @object, to what is there of the same layer or as a layer more. -ENOMEM, -E2BIG. */
int landlock_rules_add(struct landlock_rules *rules, struct landlock_object *object, struct landlock_grant grant) __must_check;
/* All of @from into @to, which is empty; on failure the caller frees @to. */
int landlock_rules_copy(struct landlock_rules *to, const struct landlock_rules *from) __must_check;
void landlock_rules_free(struct landlock_rules *rules);

/* --- domain.c --- */
struct landlock_ruleset {
	struct mutex lock; /* rank LANDLOCK_RULESET: rules */
	access_t handled;  /* __final */
	struct landlock_rules rules;
};

struct landlock_domain {
	struct refcount refs;
	u32 nr_layers;
	access_t handled[LANDLOCK_LAYERS_MAX];
	struct landlock_rules rules;
	struct landlock_domain *parent; /* a reference, or NULL: what it was made from */
	struct work free;
};

void landlock_domain_cache_init(void);
/* ERR_PTR(-ENOMEM). */
struct landlock_ruleset *landlock_ruleset_create(access_t handled);
void landlock_ruleset_free(struct landlock_ruleset *ruleset);
/* @parent (or NULL) and @ruleset as one layer more. ERR_PTR(-E2BIG, -ENOMEM). */
struct landlock_domain *landlock_domain_create(struct landlock_domain *parent, struct landlock_ruleset *ruleset);
/* Is @domain @of, or was it made from it? @of NULL: everything was. */
bool landlock_domain_is_below(const struct landlock_domain *domain, const struct landlock_domain *of);

/* --- walk.c --- */

/* For each right the layers that have not granted it yet. */
struct landlock_missing {
	layers_t of[ACCESS_COUNT];
};

/* What every layer of @domain that handles a right in @asked has yet to grant. Returns the rights that any of them handles. */
access_t landlock_missing_begin(const struct landlock_domain *domain, access_t asked, struct landlock_missing *missing);
/* What the rule at @dentry grants is missing no more. True: nothing of @asked is missing. */
bool landlock_grant_at(const struct landlock_domain *domain, const struct dentry *dentry, access_t asked,
		       struct landlock_missing *missing);
/* Files of the kernel's own, which have no place: no rule can be about them. */
bool landlock_is_placeless(const struct dentry *dentry);

enum landlock_step { STEP_DONE, STEP_TOP, STEP_NOWHERE };
/* From @at, which has references, one directory up, over mounts. TOP: there is none. NOWHERE: in no tree. */
enum landlock_step landlock_step_up(struct path *at);
/* 0 or -EACCES. */
int landlock_check(const struct landlock_domain *domain, const struct path *path, access_t asked);

/* --- move.c --- */
struct landlock_move {
	struct dentry *old;	   /* what gets a name more, or moves */
	const struct path *to_dir; /* where to; the mount is that of both */
	struct dentry *new;	   /* negative, or what is replaced or exchanged */
	bool leaves;		   /* the old name goes */
	bool is_exchange;
};
/* 0, -EACCES, or -EXDEV: it may not change its directory. */
int landlock_check_move(const struct landlock_domain *domain, const struct landlock_move *move);
/* The right to make something of this type. */
access_t landlock_make_right(umode_t mode);

/* --- policy.c --- */
extern const struct security_policy landlock_policy;
