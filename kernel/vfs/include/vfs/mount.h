/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * mount.h - what the rest of the kernel may know of mounts: the vfsmount in a
 * path, flags, write access, mount namespaces, and listings for /proc.
 * The tree itself is in mount_impl.h, this folder's own.
 */
#ifndef VFS_MOUNT_H
#define VFS_MOUNT_H

#include <arch/atomic.h>
#include <sync/refcount.h>
#include <sync/wait.h>
#include <vfs/types.h>

struct fs_struct;
struct object_iter;

/* mnt_flags */
#define MNT_NOSUID	0x01
#define MNT_NODEV	0x02
#define MNT_NOEXEC	0x04
#define MNT_NOATIME	0x08
#define MNT_NODIRATIME	0x10
#define MNT_RELATIME	0x20
#define MNT_READONLY	0x40
#define MNT_NOSYMFOLLOW	0x80
#define MNT_USER_SETTABLE 0xff
#define MNT_SHARED	0x1000	/* in a peer group */
#define MNT_UNBINDABLE	0x2000
#define MNT_INTERNAL	0x4000
#define MNT_ATIME_MASK	(MNT_NOATIME | MNT_NODIRATIME | MNT_RELATIME)
/* seen through a less privileged namespace: the flag stays */
#define MNT_LOCK_ATIME	  0x40000
#define MNT_LOCK_NOEXEC	  0x80000
#define MNT_LOCK_NOSUID	  0x100000
#define MNT_LOCK_NODEV	  0x200000
#define MNT_LOCK_READONLY 0x400000
#define MNT_LOCKED	0x800000 /* seen through a less privileged namespace: may not be taken away alone */
#define MNT_DOOMED	0x1000000
#define MNT_UMOUNT	0x8000000
#define MNT_EXPIRY_MARK	0x10000000

struct vfsmount {
	struct dentry *mnt_root;	/* __final, owned */
	struct super_block *mnt_sb;	/* __final */
	int mnt_flags;			/* mount_lock; read unlocked */
};

/* References to mounts. The last mntput() of an unmounted one frees it; may sleep. */
struct vfsmount *mntget(struct vfsmount *mnt);
void mntput(struct vfsmount *mnt);

/* Write access for the length of an operation: -EROFS. */
int mnt_want_write(struct vfsmount *mnt);
void mnt_drop_write(struct vfsmount *mnt);
int mnt_want_write_file(struct file *file);
void mnt_drop_write_file(struct file *file);
bool mnt_is_readonly(const struct vfsmount *mnt);
/* The number that mountinfo and fdinfo show. */
int mount_id(const struct vfsmount *mnt);

/* exec: may set-id bits and file capabilities count here? */
bool mnt_may_suid(const struct vfsmount *mnt);
bool path_noexec(const struct path *path);

void path_get(const struct path *path);
void path_put(const struct path *path);
static inline bool path_equal(const struct path *a, const struct path *b)
{
	return a->mnt == b->mnt && a->dentry == b->dentry;
}
/* Is @path1 at or below @path2? */
bool path_is_under(const struct path *path1, const struct path *path2);
/* From the root of a mount to the place that it covers: exchanges the references in @path. False: it is the top. May sleep. */
bool path_up_one_mount(struct path *path);
/* A private clone of the mount at @path, in no namespace (overlay layers). */
struct vfsmount *clone_private_mount(const struct path *path);

/* --- namespaces --- */

struct mnt_namespace *get_mnt_ns(struct mnt_namespace *ns);
void put_mnt_ns(struct mnt_namespace *ns);
/*
 * fork/unshare: a reference to @ns, or with CLONE_NEWNS a copy of it; root and
 * pwd of @new_fs move to the copies.
 */
struct mnt_namespace *copy_mnt_ns(unsigned long flags, struct mnt_namespace *ns,
				  struct user_namespace *user_ns, struct fs_struct *new_fs);
/* setns(CLONE_NEWNS): checks and moves @fs to @ns's root; the caller swaps nsproxy. */
int mntns_install(struct mnt_namespace *ns, struct fs_struct *fs, const struct cred *cred);
u32 mnt_ns_inum(const struct mnt_namespace *ns);
struct user_namespace *mnt_ns_user_ns(const struct mnt_namespace *ns);
/* The first namespace, made by vfs_init(). */
extern struct mnt_namespace *init_mnt_ns;

/* --- listings: what /proc/PID/{mounts,mountinfo,mountstats} print --- */

struct mount_list {			/* one open listing; caller's storage */
	struct mnt_namespace *ns;	/* owned */
	struct path root;		/* owned: of the process looked at */
	u64 event;			/* ns event last reported to poll */
};
int mount_list_open(struct mount_list *list, struct mnt_namespace *ns, const struct path *root);
void mount_list_close(struct mount_list *list);
/* Print all mounts, one line each, into a seq_file buffer. */
int mount_list_show_mounts(struct mount_list *list, struct seq_file *m);
int mount_list_show_mountinfo(struct mount_list *list, struct seq_file *m);
int mount_list_show_mountstats(struct mount_list *list, struct seq_file *m);
/* Wait queue that is woken, and counter that moves, when the namespace's mounts change (POLLERR|POLLPRI). */
struct wait_queue_head *mount_list_wait(struct mount_list *list);
bool mount_list_changed(struct mount_list *list);

/* --- for boot and for other kernel users --- */

/* mount(2) without user memory. @data may be NULL. */
int do_mount(const char *dev_name, const char *dir_name, const char *type, unsigned long flags,
	     void *data);
int do_umount_path(const char *name, int flags);

#endif
