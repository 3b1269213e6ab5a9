/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * user_namespace.h - users as programs see them, and as the kernel knows them.
 *
 * make_kuid() and friends turn a number of a namespace into the kernel's id, from_kuid() back; -1 is "not mapped".
 */
#pragma once

#include <lib/types.h>
#include <sync/refcount.h>
#include <sync/mutex.h>

struct cred;

#define UID_MAP_MAX_EXTENTS 340
#define USERNS_MAX_LEVEL    32

struct id_extent {
	u32 first;	 /* in the namespace */
	u32 lower_first; /* in the parent while being written, the kernel's id afterwards */
	u32 count;
};

/* Sorted by first once set; set once. */
struct id_map {
	u32 nr_extents; /* stored with release when the extents are there */
	struct id_extent *extents;
};

#define USERNS_SETGROUPS_ALLOWED 0x1

enum id_kind { ID_UID, ID_GID, ID_PROJID, NR_ID_KINDS };

struct user_namespace {
	struct refcount refs;
	struct user_namespace *parent; /* a reference; NULL: the initial one */
	u32 level;		       /* final */
	kuid_t owner;		       /* final */
	kgid_t group;		       /* final */
	u32 inum;		       /* final: what nsfs shows */
	u32 flags;		       /* USERNS_*; map_mutex */
	bool parent_could_setfcap;     /* final */
	struct id_map map[NR_ID_KINDS];
	struct mutex map_mutex; /* writing of maps and flags */
};

extern struct user_namespace init_user_ns;

/* /proc/sys/kernel/unprivileged_userns_clone: may be made by who is not privileged, too. */
extern int unprivileged_userns_clone;

struct user_namespace *get_user_ns(struct user_namespace *ns);
void put_user_ns(struct user_namespace *ns);
/* A child of @new's namespace, owned by its euid; @new (not committed yet) gets all capabilities in it and enters it. -EUSERS
 * (too deep), -EPERM (ids not mapped), -ENOMEM. */
int create_user_ns(struct cred *new) __must_check;
/* Is @ns @ancestor or below it? */
bool in_userns(const struct user_namespace *ancestor, const struct user_namespace *ns);

kuid_t make_kuid(struct user_namespace *ns, uid_t uid);
kgid_t make_kgid(struct user_namespace *ns, gid_t gid);
uid_t from_kuid(struct user_namespace *ns, kuid_t kuid);
gid_t from_kgid(struct user_namespace *ns, kgid_t kgid);
/* What an id that is not mapped is shown as: /proc/sys/kernel/overflow{u,g}id. */
struct overflow_ids {
	int uid, gid;
};
extern struct overflow_ids overflow_ids;

/* The same; what is not mapped becomes the overflow id. */
uid_t from_kuid_munged(struct user_namespace *ns, kuid_t kuid);
gid_t from_kgid_munged(struct user_namespace *ns, kgid_t kgid);
static inline bool kuid_has_mapping(struct user_namespace *ns, kuid_t kuid)
{
	return from_kuid(ns, kuid) != (uid_t)-1;
}
static inline bool kgid_has_mapping(struct user_namespace *ns, kgid_t kgid)
{
	return from_kgid(ns, kgid) != (gid_t)-1;
}

/* /proc/PID/{uid,gid,projid}_map and setgroups. @opener: who opened the file. Text in, whole map at once.
 * -EPERM, -EINVAL, -ENOMEM. */
int user_ns_write_map(struct user_namespace *ns, enum id_kind kind, const struct cred *opener, const char *text,
		      size_t len) __must_check;
int user_ns_write_setgroups(struct user_namespace *ns, const char *text, size_t len) __must_check;
/* Extent @index as the reader's namespace sees its lower ids. False at the end. */
bool user_ns_map_extent(struct user_namespace *ns, enum id_kind kind, u32 index, struct user_namespace *reader,
			struct id_extent *out);
bool userns_may_setgroups(const struct user_namespace *ns);
