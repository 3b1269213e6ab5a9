/* SPDX-License-Identifier: GPL-2.0-only */
/* node_impl.h - the nodes behind sysfs.h. */
#pragma once
#include <lib/list.h>
#include <sync/mutex.h>
#include <sync/refcount.h>
#include <sync/wait.h>
#include <sys/sysfs.h>

struct sysfs_node {
	struct refcount refs;	 /* the tree has one, each inode one */
	umode_t mode;		 /* __final: S_IFDIR, S_IFREG or S_IFLNK with permissions */
	char *name;		 /* __final, owned */
	char *target;		 /* __final, owned: of a link */
	const struct sysfs_attr_ops *ops; /* __final */
	void *priv;		 /* __final */
	u64 ino;		 /* __final */
	struct sysfs_node *parent;  /* sysfs_tree.lock */
	struct list_head children;  /* sysfs_tree.lock */
	struct list_head sibling;   /* sysfs_tree.lock */
	bool is_for_mounts;	 /* __final: never has children */
	bool is_dead;		 /* sysfs_tree.lock: removed */
	u32 nr_active;		 /* sysfs_tree.lock: calls of ops under way */
};

struct sysfs_tree {
	struct mutex lock; /* rank SYSFS */
	struct wait_queue_head idle; /* a dead node's last call is over */
	u64 next_ino;	   /* lock */
};
extern struct sysfs_tree sysfs_tree;

/* The live child of that name with a reference, or NULL. */
struct sysfs_node *sysfs_lookup_child(struct sysfs_node *dir, const char *name, size_t len);
/* The live child at place @index with a reference, or NULL. */
struct sysfs_node *sysfs_child_at(struct sysfs_node *dir, u64 index);
void sysfs_node_put(struct sysfs_node *node);
/* Around a call of the node's ops: false when it is dead. */
bool sysfs_node_begin(struct sysfs_node *node);
void sysfs_node_end(struct sysfs_node *node);

void sysfs_system_init(void);
/* CPUs, their caches, nodes of memory (topology.c). */
void sysfs_topology_init(void);
/* debugfs: allocation failures (fault.c). */
void sysfs_fault_init(void);
/* kernel/mm/reserve (reserve.c). */
void sysfs_reserve_init(void);
