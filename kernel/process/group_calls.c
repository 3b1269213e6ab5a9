/* SPDX-License-Identifier: GPL-2.0-only */
/* group_calls.c - supplementary groups. */
#include "process_impl.h"
#include <linux/limits.h>
#include <process/process_calls.h>

long sys_getgroups(int size, uaddr_t list)
{
	const struct cred *cred = current_cred();
	const struct group_info *info = cred->group_info;

	if (size < 0)
		return -EINVAL;
	if (!size)
		return info->nr_groups;
	if (info->nr_groups > (u32)size)
		return -EINVAL;
	for (u32 i = 0; i < info->nr_groups; i++)
		if (put_user_u32(from_kgid_munged(cred->user_ns, info->gid[i]), uaddr_add(list, i * 4)))
			return -EFAULT;
	return info->nr_groups;
}

static struct group_info *read_groups(int size, uaddr_t list)
{
	struct group_info *info = groups_alloc(size);
	u32 gid;

	if (!info)
		return ERR_PTR(-ENOMEM);
	for (int i = 0; i < size; i++) {
		if (get_user_u32(uaddr_add(list, i * 4), &gid)) {
			put_group_info(info);
			return ERR_PTR(-EFAULT);
		}
		info->gid[i] = make_kgid(current_user_ns(), gid);
		if (!gid_valid(info->gid[i])) {
			put_group_info(info);
			return ERR_PTR(-EINVAL);
		}
	}
	groups_sort(info);
	return info;
}

long sys_setgroups(int size, uaddr_t list)
{
	struct group_info *info;
	struct cred *new;

	if (!ns_capable(current_user_ns(), CAP_SETGID) || !userns_may_setgroups(current_user_ns()))
		return -EPERM;
	if ((unsigned int)size > NGROUPS_MAX)
		return -EINVAL;
	info = read_groups(size, list);
	if (IS_ERR(info))
		return PTR_ERR(info);
	new = prepare_creds();
	if (new) {
		set_groups(new, info);
		commit_creds(new);
	}
	put_group_info(info);
	return new ? 0 : -ENOMEM;
}
