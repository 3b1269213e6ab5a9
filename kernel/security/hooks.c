/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * hooks.c - the policies that joined, and the calls into them.
 *
 * WHAT        A hook's key is on while some active policy has that hook; then its slow form asks each in turn until one refuses.
 * INVARIANTS  policies[0 .. nr) are final once nr says so. A policy may be asked while it is not active, when another has the hook.
 * LOCKING     register_mutex: registration. Readers: none, nr is stored with release.
 */
#include <lib/errno.h>
#include <sync/mutex.h>
#include <security/security.h>

struct policy_table {
	u32 nr; /* stored with release */
	const struct security_policy *policies[SECURITY_MAX_POLICIES];
};

static DEFINE_MUTEX(register_mutex, RANK_MODULE_LIST);
static struct policy_table table;
struct security_keys security_keys;

#define SECURITY_HOOK(name, proto, args)                                         \
	noinline int security_##name##_slow proto                                \
	{                                                                        \
		u32 i, nr = smp_load_acquire(&table.nr);                         \
		int ret;                                                         \
                                                                                 \
		for (i = 0; i < nr; i++) {                                       \
			ret = table.policies[i]->name ? table.policies[i]->name args : 0; \
			if (ret)                                                 \
				return ret;                                      \
		}                                                                \
		return 0;                                                        \
	}
#include <security/security_hooks.def>
#undef SECURITY_HOOK

int security_register_idle(const struct security_policy *policy)
{
	with_mutex(&register_mutex);

	if (table.nr == SECURITY_MAX_POLICIES)
		return -ENOSPC;
	table.policies[table.nr] = policy;
	smp_store_release(&table.nr, table.nr + 1);
	return 0;
}

void security_activate(const struct security_policy *policy)
{
#define SECURITY_HOOK(name, proto, args) \
	if (policy->name)                \
		static_key_inc(&security_keys.name);
#include <security/security_hooks.def>
#undef SECURITY_HOOK
}

void security_deactivate(const struct security_policy *policy)
{
#define SECURITY_HOOK(name, proto, args) \
	if (policy->name)                \
		static_key_dec(&security_keys.name);
#include <security/security_hooks.def>
#undef SECURITY_HOOK
}

int security_register(const struct security_policy *policy)
{
	int err = security_register_idle(policy);

	if (!err)
		security_activate(policy);
	return err;
}

const struct security_policy *security_policy_at(u32 index)
{
	return index < smp_load_acquire(&table.nr) ? table.policies[index] : NULL;
}
