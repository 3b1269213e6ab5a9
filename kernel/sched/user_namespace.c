/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * user_namespace.c - maps between a namespace's ids and the kernel's.
 *
 * WHAT        A namespace has a map of extents for users, groups and projects, written once through /proc. Translation walks the
 *             extents; there are few.
 * INVARIANTS  U1  A map is written once, whole: readers see no extents or all of them (nr_extents is stored last).
 *             U2  Extents do not overlap, neither above nor below.
 *             U3  lower_first is the kernel's id: the parent's map has been applied when the map is written.
 * LOCKING     map_mutex: writing of maps and flags. Readers: none.
 * ERRORS      see sched/user_namespace.h
 */
#include <lib/assert.h>
#include <lib/ctype.h>
#include <lib/err.h>
#include <lib/errno.h>
#include <lib/kstrtox.h>
#include <lib/string.h>
#include <pages/object.h>
#include <pages/slab.h>
#include <linux/securebits.h>
#include <sched/cred.h>
#include <sched/task.h>
#include "task_impl.h"

#define MAP_TEXT_MAX  4096
#define INIT_NS_INUM  0xeffffffdu /* what Debian's kernel shows for the first user namespace */

static const struct object_type user_ns_type = { .name = "user_namespace", .owner = "sched", .id = 0x7573656e, .version = 1 };

static struct {
	struct kmem_cache *cache; /* __final */
} user_ns_state;

void user_ns_init(void)
{
	user_ns_state.cache = kmem_cache_create(&user_ns_type, sizeof(struct user_namespace), 0, SLAB_PANIC);
}

static struct id_extent init_extent = { 0, 0, 0xffffffffu };

struct user_namespace init_user_ns = {
	.refs = REFCOUNT_INIT(4),
	.inum = INIT_NS_INUM,
	.flags = USERNS_SETGROUPS_ALLOWED,
	.parent_could_setfcap = true,
	.map = {
		[ID_UID] = { 1, &init_extent },
		[ID_GID] = { 1, &init_extent },
		[ID_PROJID] = { 1, &init_extent },
	},
	.map_mutex = MUTEX_INIT(init_user_ns.map_mutex, RANK_USER_NS),
};

struct overflow_ids overflow_ids = { .uid = 65534, .gid = 65534 };

int unprivileged_userns_clone = 1;

static u32 next_inum = 0xf1000000u; /* atomic */

struct user_namespace *get_user_ns(struct user_namespace *ns)
{
	refcount_inc(&ns->refs);
	return ns;
}

void put_user_ns(struct user_namespace *ns)
{
	while (ns && refcount_dec_and_test(&ns->refs)) {
		struct user_namespace *parent = ns->parent;
		u32 kind;

		for (kind = 0; kind < NR_ID_KINDS; kind++)
			kfree(ns->map[kind].extents);
		kmem_cache_free(user_ns_state.cache, ns);
		ns = parent;
	}
}

bool in_userns(const struct user_namespace *ancestor, const struct user_namespace *ns)
{
	while (ns->level > ancestor->level)
		ns = ns->parent;
	return ns == ancestor;
}

/* ---- translation ---- */

/* @count ids from @id on, all in one extent: the kernel's first id, or -1. */
static u32 map_down(const struct id_map *map, u32 id, u32 count)
{
	u32 i, nr = smp_load_acquire(&map->nr_extents); /* U1 */

	for (i = 0; i < nr; i++) {
		const struct id_extent *extent = &map->extents[i];

		if (id >= extent->first && count <= extent->count && id - extent->first <= extent->count - count)
			return extent->lower_first + (id - extent->first);
	}
	return (u32)-1;
}

static u32 map_up(const struct id_map *map, u32 id)
{
	u32 i, nr = smp_load_acquire(&map->nr_extents);

	for (i = 0; i < nr; i++) {
		const struct id_extent *extent = &map->extents[i];

		if (id >= extent->lower_first && id - extent->lower_first < extent->count)
			return extent->first + (id - extent->lower_first);
	}
	return (u32)-1;
}

kuid_t make_kuid(struct user_namespace *ns, uid_t uid)
{
	return KUIDT_INIT(map_down(&ns->map[ID_UID], uid, 1));
}

kgid_t make_kgid(struct user_namespace *ns, gid_t gid)
{
	return KGIDT_INIT(map_down(&ns->map[ID_GID], gid, 1));
}

uid_t from_kuid(struct user_namespace *ns, kuid_t kuid)
{
	return map_up(&ns->map[ID_UID], kuid.val);
}

gid_t from_kgid(struct user_namespace *ns, kgid_t kgid)
{
	return map_up(&ns->map[ID_GID], kgid.val);
}

uid_t from_kuid_munged(struct user_namespace *ns, kuid_t kuid)
{
	uid_t uid = from_kuid(ns, kuid);

	return uid == (uid_t)-1 ? (uid_t)READ_ONCE(overflow_ids.uid) : uid;
}

gid_t from_kgid_munged(struct user_namespace *ns, kgid_t kgid)
{
	gid_t gid = from_kgid(ns, kgid);

	return gid == (gid_t)-1 ? (gid_t)READ_ONCE(overflow_ids.gid) : gid;
}

/* ---- making ---- */

static void all_capabilities(struct cred *cred)
{
	cred->securebits = SECUREBITS_DEFAULT;
	cred->cap_inheritable = CAP_EMPTY_SET;
	cred->cap_permitted = CAP_FULL_SET;
	cred->cap_effective = CAP_FULL_SET;
	cred->cap_bset = CAP_FULL_SET;
	cred->cap_ambient = CAP_EMPTY_SET;
}

int create_user_ns(struct cred *new)
{
	struct user_namespace *parent = new->user_ns, *ns;

	if (!READ_ONCE(unprivileged_userns_clone) && !capable(CAP_SYS_ADMIN))
		return -EPERM;
	if (parent->level >= USERNS_MAX_LEVEL)
		return -ENOSPC;
	if (!kuid_has_mapping(parent, new->euid) || !kgid_has_mapping(parent, new->egid))
		return -EPERM;
	ns = kmem_cache_zalloc(user_ns_state.cache, GFP_KERNEL);
	if (!ns)
		return -ENOMEM;
	refcount_set(&ns->refs, 1);
	ns->parent = parent; /* new's reference becomes ours */
	ns->level = parent->level + 1;
	ns->owner = new->euid;
	ns->group = new->egid;
	ns->inum = xadd(&next_inum, 1u);
	ns->flags = parent->flags;
	ns->parent_could_setfcap = cap_raised(new->cap_effective, CAP_SETFCAP);
	mutex_init(&ns->map_mutex, RANK_USER_NS);
	all_capabilities(new);
	new->user_ns = ns;
	return 0;
}

/* ---- writing a map ---- */

static const char *skip_blanks(const char *s)
{
	while (*s == ' ' || *s == '\t')
		s++;
	return s;
}

static const char *parse_number(const char *s, u32 *number)
{
	u64 value = 0;

	s = skip_blanks(s);
	if (!isdigit(*s))
		return NULL;
	for (; isdigit(*s); s++) {
		value = value * 10 + (*s - '0');
		if (value > U32_MAX)
			return NULL;
	}
	*number = value;
	return s;
}

/* One line "first lower count". The rest of the text, or NULL. */
static const char *parse_extent(const char *s, struct id_extent *extent)
{
	s = parse_number(s, &extent->first);
	s = s ? parse_number(s, &extent->lower_first) : NULL;
	s = s ? parse_number(s, &extent->count) : NULL;
	if (!s)
		return NULL;
	s = skip_blanks(s);
	if (*s && *s != '\n')
		return NULL;
	return *s ? s + 1 : s;
}

static bool ranges_meet(u32 a, u32 nr_a, u32 b, u32 nr_b)
{
	return (u64)a < (u64)b + nr_b && (u64)b < (u64)a + nr_a;
}

static bool extent_fits(const struct id_extent *extents, u32 nr, const struct id_extent *new)
{
	u32 i;

	if (!new->count || (u64)new->first + new->count > U32_MAX || (u64)new->lower_first + new->count > U32_MAX)
		return false;
	for (i = 0; i < nr; i++) {
		if (ranges_meet(extents[i].first, extents[i].count, new->first, new->count) ||
		    ranges_meet(extents[i].lower_first, extents[i].count, new->lower_first, new->count))
			return false; /* U2 */
	}
	return true;
}

/* The number of extents, or -EINVAL. */
static int parse_map(const char *text, struct id_extent *extents)
{
	u32 nr = 0;

	while (*text) {
		if (nr == UID_MAP_MAX_EXTENTS)
			return -EINVAL;
		text = parse_extent(text, &extents[nr]);
		if (!text || !extent_fits(extents, nr, &extents[nr]))
			return -EINVAL;
		nr++;
	}
	return nr ? (int)nr : -EINVAL;
}

/* May a process without privilege map just its own id? */
static bool is_own_id(struct user_namespace *ns, enum id_kind kind, const struct cred *opener,
		      const struct id_extent *extent)
{
	if (extent->count != 1 || !uid_eq(ns->owner, opener->euid))
		return false;
	if (kind == ID_UID)
		return uid_eq(make_kuid(ns->parent, extent->lower_first), opener->euid);
	if (kind == ID_GID)
		return !(ns->flags & USERNS_SETGROUPS_ALLOWED) &&
		       gid_eq(make_kgid(ns->parent, extent->lower_first), opener->egid);
	return false;
}

static bool maps_root_of_parent(const struct id_extent *extents, u32 nr)
{
	u32 i;

	for (i = 0; i < nr; i++) {
		if (extents[i].lower_first == 0)
			return true;
	}
	return false;
}

static bool map_is_permitted(struct user_namespace *ns, enum id_kind kind, const struct cred *opener,
			     const struct id_extent *extents, u32 nr)
{
	int cap = kind == ID_UID ? CAP_SETUID : CAP_SETGID;

	if (kind == ID_UID && maps_root_of_parent(extents, nr) && !ns->parent_could_setfcap &&
	    !ns_capable(ns->parent, CAP_SETFCAP))
		return false;
	if (nr == 1 && is_own_id(ns, kind, opener, extents))
		return true;
	if (kind == ID_PROJID)
		return true;
	return ns_capable(ns->parent, cap) && cred_capable(opener, ns->parent, cap);
}

/* Apply the parent's map (U3). */
static int map_lower_ids(struct user_namespace *ns, enum id_kind kind, struct id_extent *extents, u32 nr)
{
	u32 i;

	for (i = 0; i < nr; i++) {
		u32 lower = map_down(&ns->parent->map[kind], extents[i].lower_first, extents[i].count);

		if (lower == (u32)-1)
			return -EPERM;
		extents[i].lower_first = lower;
	}
	return 0;
}

static int install_map(struct user_namespace *ns, enum id_kind kind, const struct cred *opener,
		       struct id_extent *extents, u32 nr)
{
	int ret;

	with_mutex(&ns->map_mutex);
	if (ns->map[kind].nr_extents || !ns->parent)
		return -EPERM;
	if (kind != ID_PROJID && !cred_capable(opener, ns, CAP_SYS_ADMIN))
		return -EPERM;
	if (!map_is_permitted(ns, kind, opener, extents, nr))
		return -EPERM;
	ret = map_lower_ids(ns, kind, extents, nr);
	if (ret)
		return ret;
	ns->map[kind].extents = extents;
	smp_store_release(&ns->map[kind].nr_extents, nr); /* U1 */
	return 0;
}

int user_ns_write_map(struct user_namespace *ns, enum id_kind kind, const struct cred *opener, const char *text,
		      size_t len)
{
	struct id_extent *extents;
	int nr, ret;

	if (len >= MAP_TEXT_MAX || strnlen(text, len + 1) != len)
		return -EINVAL;
	extents = kcalloc(UID_MAP_MAX_EXTENTS, sizeof(*extents), GFP_KERNEL);
	if (!extents)
		return -ENOMEM;
	nr = parse_map(text, extents);
	ret = nr < 0 ? nr : install_map(ns, kind, opener, extents, nr);
	if (ret)
		kfree(extents);
	return ret;
}

int user_ns_write_setgroups(struct user_namespace *ns, const char *text, size_t len)
{
	bool allow;

	while (len && isspace(text[len - 1]))
		len--;
	if (len == 5 && !memcmp(text, "allow", 5))
		allow = true;
	else if (len == 4 && !memcmp(text, "deny", 4))
		allow = false;
	else
		return -EINVAL;

	with_mutex(&ns->map_mutex);
	if (allow)
		return ns->flags & USERNS_SETGROUPS_ALLOWED ? 0 : -EPERM;
	if (ns->map[ID_GID].nr_extents)
		return -EPERM;
	ns->flags &= ~USERNS_SETGROUPS_ALLOWED;
	return 0;
}

bool user_ns_map_extent(struct user_namespace *ns, enum id_kind kind, u32 index, struct user_namespace *reader,
			struct id_extent *out)
{
	const struct id_map *map = &ns->map[kind];
	struct user_namespace *lower = reader == ns && ns->parent ? ns->parent : reader;

	if (index >= smp_load_acquire(&map->nr_extents))
		return false;
	*out = map->extents[index];
	out->lower_first = map_up(&lower->map[kind], out->lower_first);
	return true;
}

bool userns_may_setgroups(const struct user_namespace *ns)
{
	return smp_load_acquire(&ns->map[ID_GID].nr_extents) && (READ_ONCE(ns->flags) & USERNS_SETGROUPS_ALLOWED);
}
