/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * sysfs.h - a tree of attributes that the kernel makes at run time, shown as sysfs and debugfs.
 *
 * WHAT        A node is a directory, a text attribute or a link. Two trees exist: sysfs_root (mounted as sysfs) and debugfs_root
 *             (as debugfs). Whoever adds a node owns what it is about and removes the node before that goes.
 * LOCKING     The functions take the tree's mutex (rank SYSFS) and may sleep. show() and store() run without it; sysfs_remove()
 *             waits until they are over.
 * ERRORS      sysfs_add_*: NULL when there is no memory or the name is taken.
 */
#pragma once
#include <lib/types.h>
#include <probe/report.h>

struct sysfs_node;

struct sysfs_attr_ops {
	const char *name;
	/* The whole text of the attribute. */
	void (*show)(void *priv, struct report_writer *writer);
	/* One write, NUL-terminated, without its final newline. 0 or -errno. NULL: read-only. */
	int (*store)(void *priv, char *text, size_t len);
};

extern struct sysfs_node sysfs_root, debugfs_root;

/* The directory at @path below @parent; missing parts are made. */
struct sysfs_node *sysfs_dir(struct sysfs_node *parent, const char *path);
/* The same, for something to be mounted on: nothing is ever added to it. Before the tree is first mounted. */
void sysfs_dir_for_mounts(struct sysfs_node *parent, const char *path);
struct sysfs_node *sysfs_add_attr(struct sysfs_node *dir, const char *name, umode_t mode, const struct sysfs_attr_ops *ops,
				  void *priv);
/* A fixed text (borrowed for the node's life), shown with a newline. */
struct sysfs_node *sysfs_add_text(struct sysfs_node *dir, const char *name, const char *text);
struct sysfs_node *sysfs_add_link(struct sysfs_node *dir, const char *name, const char *target);
/* Take @node and all below away. */
void sysfs_remove(struct sysfs_node *node);

/* Boot: the trees and their file systems. */
void sys_init(void);
