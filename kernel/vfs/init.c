/* SPDX-License-Identifier: GPL-2.0-only */
/* init.c - the VFS at boot: caches, the pseudo file systems, and the root file system. */
#include <lib/assert.h>
#include <lib/err.h>
#include <lib/string.h>
#include <crypto/random.h>
#include <pages/page_alloc.h>
#include <sched/task.h>
#include <sched/user_namespace.h>
#include <vfs/fdtable.h>
#include <vfs/fs_struct.h>
#include <vfs/init.h>
#include <vfs/ipc_calls.h>
#include <vfs/pipe.h>
#include <vfs/namei.h>
#include "dcache_impl.h"
#include "inode_impl.h"
#include "mount_impl.h"
#include "vfs_impl.h"

void vfs_init(void)
{
	unsigned long nr_pages = nr_managed_pages();

	dcache_init(nr_pages, get_random_u64());
	inode_cache_init(nr_pages);
	names_init();
	file_init();
	fdtable_init();
	fs_struct_init();
	super_init();
	mount_table_init(nr_pages);
	init_mnt_ns = alloc_mnt_ns(&init_user_ns, false);
	KASSERT(!IS_ERR(init_mnt_ns));
	locks_init();
	seq_file_init();
	vfs_limits_init();
	libfs_init();
	anon_inode_init();
	vfs_cache_shrinker_init();
	pipe_cache_init();
	pipefs_init();
	eventpoll_init();
	eventfd_init();
	timerfd_init();
}

int vfs_mount_root(const char *type_name, const char *options)
{
	struct file_system_type *type = get_fs_type(type_name, strlen(type_name));
	struct mnt_namespace *ns = init_mnt_ns;
	struct fs_context *fc;
	struct vfsmount *mnt;
	struct path root;
	char copy[128];
	int err;

	if (!type)
		return -ENODEV;
	fc = fs_context_for_mount(type, 0);
	if (IS_ERR(fc))
		return PTR_ERR(fc);
	strscpy(copy, options ? options : "", sizeof(copy));
	err = vfs_parse_fs_string(fc, "source", "rootfs", 6);
	if (!err)
		err = generic_parse_monolithic(fc, copy);
	if (!err)
		err = vfs_get_tree(fc);
	if (err)
		goto put_fc;
	mnt = vfs_create_mount(fc);
	err = PTR_ERR_OR_ZERO(mnt);
	if (err)
		goto put_fc;
	mnt->mnt_flags |= MNT_RELATIME | MNT_LOCKED; /* nothing is below it */
	ns->root = real_mount(mnt);
	real_mount(mnt)->mnt_ns = ns;
	list_add(&real_mount(mnt)->mnt_list, &ns->list);
	ns->nr_mounts = 1;
	root.mnt = mnt;
	root.dentry = mnt->mnt_root;
	set_fs_root(&init_fs, &root);
	set_fs_pwd(&init_fs, &root);
put_fc:
	put_fs_context(fc);
	return err;
}
