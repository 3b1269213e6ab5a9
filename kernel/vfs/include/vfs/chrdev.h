/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * chrdev.h - character devices: who serves which number, and under which name
 * it appears in /dev. Drivers register; open() of a node finds them; devtmpfs
 * and sysfs follow the list.
 */
#ifndef VFS_CHRDEV_H
#define VFS_CHRDEV_H

#include <lib/list.h>
#include <vfs/types.h>

struct file_operations;

/*
 * One registered run of device numbers. @name with one %u is given the minor
 * offset plus @name_base. @name NULL: no node.
 */
struct chrdev {
	const char *name;		/* "null", "tty%u", "input/mice" */
	const char *class_name;		/* "mem", "tty", "misc": /sys/class */
	const char *label;		/* text of /sys/class/CLASS/NODE/name, or NULL */
	dev_t first;
	unsigned int count;		/* 0 counts as 1 */
	unsigned int name_base;
	umode_t mode;			/* permission bits of the node; 0: 0600 */
	bool no_nodes;			/* many numbers, of which another file system shows those in use (pty slaves) */
	const struct file_operations *fops;
	void *private_data;		/* inode->i_cdev->private_data in ->open */
	struct list_head list;		/* registry's */
};

/* -EBUSY: numbers taken; -EINVAL. The storage stays the caller's and must live on. */
int chrdev_register(struct chrdev *cdev);
/* No open finds it from now on; files that are open keep their methods. */
void chrdev_unregister(struct chrdev *cdev);
/* Who serves @dev; NULL. */
const struct chrdev *chrdev_find(dev_t dev);
/* The minor's place in the run: for ->open of a run with several. */
unsigned int chrdev_index(const struct inode *inode);

/* Minor of the misc major (10); MISC_DYNAMIC_MINOR asks for a free one. */
#define MISC_MAJOR		10
#define MISC_DYNAMIC_MINOR	255
int misc_register(struct chrdev *cdev, unsigned int minor);

/* One user (devtmpfs, sysfs) that hears of each device, also of those there before. */
struct chrdev_listener;
struct chrdev_listener_ops {
	void (*added)(struct chrdev_listener *listener, const struct chrdev *cdev);
	void (*removed)(struct chrdev_listener *listener, const struct chrdev *cdev);
};
struct chrdev_listener {
	const struct chrdev_listener_ops *ops;
	struct list_head list;
};
void chrdev_listen(struct chrdev_listener *listener);
/* /proc/devices */
int chrdev_show(struct seq_file *m);

/* The name of the @index-th node of @cdev; length, or -ENOENT without node. */
int chrdev_node_name(const struct chrdev *cdev, unsigned int index, char *buf, size_t size);

#endif
