/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * node.c - the tree of nodes behind sysfs and debugfs.
 *
 * WHAT        A node is a directory, an attribute with show and store, a text or a link. Whoever has something to
 *             publish adds nodes and removes them; inodes are made on lookup, and an operation of a node that is open
 *             runs only while the node lives.
 * INVARIANTS  I1  A node in the tree has its parent's children list and one reference of the tree's own.
 *             I2  A dead node is in no list; its ops are not called any more once sysfs_remove() has returned.
 * LOCKING     sysfs_tree.lock for every link, flag and count of every node.
 * LIFECYCLE   add -> live -> sysfs_remove: dead, off the tree -> last inode gone -> freed.
 */
#include <lib/errno.h>
#include <lib/string.h>
#include <pages/object.h>
#include <pages/slab.h>
#include <linux/stat.h>
#include "node_impl.h"

struct sysfs_tree sysfs_tree = { .lock = MUTEX_INIT(sysfs_tree.lock, RANK_SYSFS),
				 .idle = WAIT_QUEUE_HEAD_INIT(sysfs_tree.idle), .next_ino = 3 };

#define ROOT_NODE(root, number, rights)                                                                                \
	{ .refs = REFCOUNT_INIT(1), .mode = S_IFDIR | (rights), .name = "", .ino = number,                             \
	  .children = LIST_HEAD_INIT((root).children), .sibling = LIST_HEAD_INIT((root).sibling) }

struct sysfs_node sysfs_root = ROOT_NODE(sysfs_root, 1, 0755);
struct sysfs_node debugfs_root = ROOT_NODE(debugfs_root, 2, 0700);

static struct sysfs_node *node_create(const char *name, size_t len, umode_t mode)
{
	struct sysfs_node *node = kzalloc(sizeof(*node), GFP_KERNEL);

	if (!node)
		return NULL;
	refcount_set(&node->refs, 1);
	node->mode = mode;
	INIT_LIST_HEAD(&node->children);
	INIT_LIST_HEAD(&node->sibling);
	node->name = kstrndup(name, len, GFP_KERNEL);
	if (node->name)
		return node;
	kfree(node);
	return NULL;
}

void sysfs_node_put(struct sysfs_node *node)
{
	if (!refcount_dec_and_test(&node->refs))
		return;
	kfree(node->name);
	kfree(node->target);
	kfree(node);
}

static struct sysfs_node *child_find_locked(struct sysfs_node *dir, const char *name, size_t len)
{
	struct sysfs_node *child;

	list_for_each_entry(child, &dir->children, sibling)
		if (strlen(child->name) == len && !memcmp(child->name, name, len))
			return child;
	return NULL;
}

/* Link @node below @dir; false (and @node is freed) when the name is taken or @dir is dead. */
static bool node_link_locked(struct sysfs_node *dir, struct sysfs_node *node)
{
	if (dir->is_dead || child_find_locked(dir, node->name, strlen(node->name))) {
		sysfs_node_put(node);
		return false;
	}
	node->parent = dir;
	node->ino = sysfs_tree.next_ino++;
	list_add_tail(&node->sibling, &dir->children);
	return true;
}

struct sysfs_node *sysfs_dir(struct sysfs_node *parent, const char *path)
{
	with_mutex(&sysfs_tree.lock);

	while (parent && *path) {
		size_t len = strcspn(path, "/");
		struct sysfs_node *child = child_find_locked(parent, path, len);

		if (!child) {
			child = node_create(path, len, S_IFDIR | 0755);
			if (child && !node_link_locked(parent, child))
				child = NULL;
		}
		parent = child;
		path += len;
		path += *path == '/';
	}
	return parent;
}

void sysfs_dir_for_mounts(struct sysfs_node *parent, const char *path)
{
	struct sysfs_node *node = sysfs_dir(parent, path);

	if (node)
		node->is_for_mounts = true;
}

static struct sysfs_node *node_add(struct sysfs_node *dir, struct sysfs_node *node)
{
	with_mutex(&sysfs_tree.lock);

	return node_link_locked(dir, node) ? node : NULL;
}

struct sysfs_node *sysfs_add_attr(struct sysfs_node *dir, const char *name, umode_t mode, const struct sysfs_attr_ops *ops,
				  void *priv)
{
	struct sysfs_node *node = dir ? node_create(name, strlen(name), S_IFREG | mode) : NULL;

	if (!node)
		return NULL;
	node->ops = ops;
	node->priv = priv;
	return node_add(dir, node);
}

static void text_show(void *priv, struct report_writer *writer)
{
	report_printf(writer, "%s\n", (const char *)priv);
}

static const struct sysfs_attr_ops text_ops = { .name = "text", .show = text_show };

struct sysfs_node *sysfs_add_text(struct sysfs_node *dir, const char *name, const char *text)
{
	return sysfs_add_attr(dir, name, 0444, &text_ops, (void *)text);
}

struct sysfs_node *sysfs_add_link(struct sysfs_node *dir, const char *name, const char *target)
{
	struct sysfs_node *node = dir ? node_create(name, strlen(name), S_IFLNK | 0777) : NULL;

	if (!node)
		return NULL;
	node->target = kstrdup(target, GFP_KERNEL);
	if (!node->target) {
		sysfs_node_put(node);
		return NULL;
	}
	return node_add(dir, node);
}

/* Take the leaves off first; the lock is dropped while calls of a node's ops go on. */
void sysfs_remove(struct sysfs_node *node)
{
	mutex_lock(&sysfs_tree.lock);
	for (;;) {
		struct sysfs_node *leaf = node;

		while (!list_empty(&leaf->children))
			leaf = list_first_entry(&leaf->children, struct sysfs_node, sibling);
		leaf->is_dead = true;
		list_del_init(&leaf->sibling);
		while (leaf->nr_active) {
			mutex_unlock(&sysfs_tree.lock);
			wait_event(sysfs_tree.idle, !READ_ONCE(leaf->nr_active));
			mutex_lock(&sysfs_tree.lock);
		}
		if (leaf == node)
			break;
		sysfs_node_put(leaf);
	}
	mutex_unlock(&sysfs_tree.lock);
	sysfs_node_put(node);
}

/* --- for sysfs.c --------------------------------------------------------------------------------------- */

struct sysfs_node *sysfs_lookup_child(struct sysfs_node *dir, const char *name, size_t len)
{
	struct sysfs_node *child;

	with_mutex(&sysfs_tree.lock);
	child = child_find_locked(dir, name, len);
	if (child)
		refcount_inc(&child->refs);
	return child;
}

struct sysfs_node *sysfs_child_at(struct sysfs_node *dir, u64 index)
{
	struct sysfs_node *child;

	with_mutex(&sysfs_tree.lock);
	list_for_each_entry(child, &dir->children, sibling) {
		if (index--)
			continue;
		refcount_inc(&child->refs);
		return child;
	}
	return NULL;
}

bool sysfs_node_begin(struct sysfs_node *node)
{
	with_mutex(&sysfs_tree.lock);

	if (node->is_dead)
		return false;
	node->nr_active++;
	return true;
}

void sysfs_node_end(struct sysfs_node *node)
{
	with_mutex(&sysfs_tree.lock);

	if (!--node->nr_active && node->is_dead)
		wake_up_all(&sysfs_tree.idle);
}
