/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * chrdev.c - character devices by number, and what opening any special node does.
 *
 * WHAT        Drivers register runs of numbers with their methods. A node's inode carries def_chr_fops; its ->open finds
 *             the run and puts the driver's methods into the file.
 * LOCKING     chrdevs.lock (rank CHRDEV): the list. Registrations live for ever or until unregistered with no open file.
 * ERRORS      -EBUSY, -ENXIO (nobody serves the number).
 */
#include <lib/err.h>
#include <lib/list.h>
#include <lib/printf.h>
#include <lib/string.h>
#include <lib/uabi.h>
#include <sync/mutex.h>
#include <vfs/chrdev.h>
#include <vfs/file.h>
#include <vfs/inode.h>
#include <vfs/seq_file.h>
#include "vfs_impl.h"

struct chrdevs {
	struct mutex lock;		/* rank CHRDEV */
	struct list_head devices;	/* lock, readers too */
	struct list_head listeners;	/* lock */
	unsigned int next_misc;
};
static struct chrdevs chrdevs = {
	.lock = MUTEX_INIT(chrdevs.lock, RANK_CHRDEV),
	.devices = LIST_HEAD_INIT(chrdevs.devices),
	.listeners = LIST_HEAD_INIT(chrdevs.listeners),
	.next_misc = 256,
};

static unsigned int run_length(const struct chrdev *c)
{
	return c->count ? c->count : 1;
}

static struct chrdev *find_locked(dev_t first, unsigned int count)
{
	struct chrdev *c;

	list_for_each_entry(c, &chrdevs.devices, list) {
		if (first < c->first + run_length(c) && c->first < first + count)
			return c;
	}
	return NULL;
}

int chrdev_register(struct chrdev *cdev)
{
	struct chrdev_listener *listener;
	int err = -EBUSY;

	if (!cdev->fops)
		return -EINVAL;
	mutex_lock(&chrdevs.lock);
	if (!find_locked(cdev->first, run_length(cdev))) {
		list_add_tail(&cdev->list, &chrdevs.devices);
		list_for_each_entry(listener, &chrdevs.listeners, list)
			listener->ops->added(listener, cdev);
		err = 0;
	}
	mutex_unlock(&chrdevs.lock);
	return err;
}

void chrdev_unregister(struct chrdev *cdev)
{
	struct chrdev_listener *listener;

	mutex_lock(&chrdevs.lock);
	list_for_each_entry(listener, &chrdevs.listeners, list)
		listener->ops->removed(listener, cdev);
	list_del(&cdev->list);
	mutex_unlock(&chrdevs.lock);
}

int misc_register(struct chrdev *cdev, unsigned int minor)
{
	if (minor == MISC_DYNAMIC_MINOR) {
		mutex_lock(&chrdevs.lock);
		minor = chrdevs.next_misc++;
		mutex_unlock(&chrdevs.lock);
	}
	cdev->first = MKDEV(MISC_MAJOR, minor);
	if (!cdev->class_name)
		cdev->class_name = "misc";
	return chrdev_register(cdev);
}

const struct chrdev *chrdev_find(dev_t dev)
{
	const struct chrdev *c;

	mutex_lock(&chrdevs.lock);
	c = find_locked(dev, 1);
	mutex_unlock(&chrdevs.lock);
	return c;
}

unsigned int chrdev_index(const struct inode *inode)
{
	return inode->i_rdev - inode->i_cdev->first;
}

void chrdev_listen(struct chrdev_listener *listener)
{
	struct chrdev *c;

	mutex_lock(&chrdevs.lock);
	list_add_tail(&listener->list, &chrdevs.listeners);
	list_for_each_entry(c, &chrdevs.devices, list)
		listener->ops->added(listener, c);
	mutex_unlock(&chrdevs.lock);
}

int chrdev_node_name(const struct chrdev *cdev, unsigned int index, char *buf, size_t size)
{
	const char *mark;
	int len;

	if (!cdev->name)
		return -ENOENT;
	mark = strstr(cdev->name, "%u");
	if (!mark)
		return strscpy(buf, cdev->name, size);
	len = min_t(size_t, mark - cdev->name, size - 1);
	memcpy(buf, cdev->name, len);
	return len + scnprintf(buf + len, size - len, "%u%s", cdev->name_base + index, mark + 2);
}

static bool major_seen_before(const struct chrdev *c)
{
	const struct chrdev *other;

	list_for_each_entry(other, &chrdevs.devices, list) {
		if (other == c)
			return false;
		if (MAJOR(other->first) == MAJOR(c->first))
			return true;
	}
	return false;
}

int chrdev_show(struct seq_file *m)
{
	const struct chrdev *c;

	seq_puts(m, "Character devices:\n");
	mutex_lock(&chrdevs.lock);
	list_for_each_entry(c, &chrdevs.devices, list) {
		if (!major_seen_before(c))
			seq_printf(m, "%3u %s\n", MAJOR(c->first), c->class_name ? c->class_name : c->name);
	}
	mutex_unlock(&chrdevs.lock);
	seq_puts(m, "\nBlock devices:\n");
	return 0;
}

/* --- nodes --- */

static int chrdev_open(struct inode *inode, struct file *file)
{
	const struct chrdev *c = READ_ONCE(inode->i_cdev);

	if (!c) {
		c = chrdev_find(inode->i_rdev);
		if (!c)
			return -ENXIO;
		WRITE_ONCE(inode->i_cdev, c);
	}
	file->f_op = c->fops;
	return c->fops->open ? c->fops->open(inode, file) : 0;
}

static int no_device_open(struct inode *inode, struct file *file)
{
	return -ENXIO;
}

static const struct file_operations def_chr_fops = { .open = chrdev_open, .llseek = noop_llseek };
static const struct file_operations no_device_fops = { .open = no_device_open, .llseek = noop_llseek };

void init_special_inode(struct inode *inode, umode_t mode, dev_t rdev)
{
	inode->i_mode = mode;
	switch (mode & S_IFMT) {
	case S_IFCHR:
		inode->i_rdev = rdev;
		inode->i_fop = &def_chr_fops;
		break;
	case S_IFBLK:
		inode->i_rdev = rdev;
		inode->i_fop = &no_device_fops;	/* no block devices yet */
		break;
	case S_IFIFO:
		inode->i_fop = &fifo_fops;
		break;
	default:
		inode->i_fop = &no_device_fops;	/* a socket's node */
		break;
	}
}
