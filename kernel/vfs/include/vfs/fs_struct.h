/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * fs_struct.h - where a process stands: root, working directory, umask.
 * Readers take seq; writers lock (rank FS_STRUCT).
 */
#ifndef VFS_FS_STRUCT_H
#define VFS_FS_STRUCT_H

#include <sync/seqlock.h>
#include <sync/spinlock.h>
#include <vfs/mount.h>
#include <vfs/types.h>

struct fs_struct {
	int users;		/* lock */
	struct spinlock lock;	/* rank FS_STRUCT */
	struct seqcount seq;	/* root, pwd */
	int umask;
	bool in_exec;		/* lock: an exec relies on not being shared */
	struct path root, pwd;	/* owned */
};

/* fork without CLONE_FS: a copy with users 1. NULL: no memory. */
struct fs_struct *copy_fs_struct(struct fs_struct *old);
/* One user less; the last frees. */
void put_fs_struct(struct fs_struct *fs);
struct fs_struct *get_fs_struct(struct fs_struct *fs);
void exit_fs(struct task *task);
/* unshare(CLONE_FS), exec: make current's private. */
int unshare_fs_struct(void);
/* Consume nothing: take references on @path, drop the old. */
void set_fs_root(struct fs_struct *fs, const struct path *path);
void set_fs_pwd(struct fs_struct *fs, const struct path *path);
void get_fs_root(struct fs_struct *fs, struct path *root);
void get_fs_pwd(struct fs_struct *fs, struct path *pwd);
int current_umask(void);

/* The first task's. */
extern struct fs_struct init_fs;

#endif
