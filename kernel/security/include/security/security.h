/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * security.h - security_<hook>(): 0 or -errno; one nop each while nobody listens.
 *
 * A policy fills a struct security_policy with the hooks it wants and registers it; policies are called in the order of
 * registration, in the caller's context, and may sleep where the caller may.
 */
#pragma once

#include <lib/types.h>
#include <probe/static_key.h>

struct file;
struct linux_binprm;
struct vma;
struct dentry;
struct inode;
struct iattr;
struct task;
struct path;
struct super_block;

struct security_policy {
	const char *policy_name;
#define SECURITY_HOOK(name, proto, args) int (*name) proto;
#include <security/security_hooks.def>
#undef SECURITY_HOOK
};

struct security_keys {
#define SECURITY_HOOK(name, proto, args) struct static_key name;
#include <security/security_hooks.def>
#undef SECURITY_HOOK
};
extern struct security_keys security_keys;

#define SECURITY_HOOK(name, proto, args)                       \
	int security_##name##_slow proto;                      \
	static __always_inline int security_##name proto       \
	{                                                      \
		if (static_key_enabled(&security_keys.name))   \
			return security_##name##_slow args;    \
		return 0;                                      \
	}
#include <security/security_hooks.def>
#undef SECURITY_HOOK

#define SECURITY_MAX_POLICIES 8

/* For ever. -ENOSPC. Sleeps (patches text). */
int security_register(const struct security_policy *policy) __must_check;
/* The same for a policy that listens only now and then: its hooks cost nothing until security_activate(), which counts. */
int security_register_idle(const struct security_policy *policy) __must_check;
void security_activate(const struct security_policy *policy);
void security_deactivate(const struct security_policy *policy);
/* The registered ones, for securityfs' list: NULL at the end. */
const struct security_policy *security_policy_at(u32 index);
