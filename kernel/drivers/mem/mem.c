/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * mem.c - /dev/null, /dev/zero, /dev/full, and the registration of all of major 1.
 *
 * WHAT        The devices without hardware. What is written to null and zero is gone; zero reads as zeros and maps as memory.
 */
#include <lib/assert.h>
#include <lib/err.h>
#include <lib/uabi.h>
#include <mem/mem.h>
#include <mm/iter.h>
#include <mm/mm_types.h>
#include <mm/shmem.h>
#include <sched/task.h>
#include <vfs/chrdev.h>
#include <vfs/inode.h>
#include <vfs/libfs.h>
#include <vfs/splice.h>
#include "mem_impl.h"

#define MEM_MAJOR 1

static ssize_t null_read(struct file *file, struct iter *to, loff_t *pos)
{
	return 0;
}

static ssize_t null_write(struct file *file, struct iter *from, loff_t *pos)
{
	size_t count = iter_count(from);

	iter_advance(from, count);
	return count;
}

#define ZERO_SLICE (1UL << 20)	/* bytes between looks at signals */

static ssize_t zero_read(struct file *file, struct iter *to, loff_t *pos)
{
	ssize_t done = 0;

	while (iter_count(to)) {
		size_t n = iter_zero(min(iter_count(to), ZERO_SLICE), to);

		if (!n)
			return done ? done : -EFAULT;
		done += n;
		if (iter_count(to) && thread_signal_pending(current_thread()))
			break;
		if (iter_count(to) && park_pending())
			return -EPARK;
	}
	return done;
}

static ssize_t full_write(struct file *file, struct iter *from, loff_t *pos)
{
	return -ENOSPC;
}

/* Private: anonymous memory. Shared: an object of its own. */
static int zero_mmap(struct file *file, struct vma *vma)
{
	struct shmem_object *object;
	int err;

	if (!(vma->vm_flags & VM_SHARED)) {
		vma->vm_mapping = NULL;
		vma->vm_ops = NULL;
		return 0;
	}
	object = shmem_object_create(vma->vm_end - vma->vm_start, false);
	if (IS_ERR(object))
		return PTR_ERR(object);
	err = shmem_object_mmap(object, vma);
	if (err)
		shmem_object_put(object);
	return err;
}

static loff_t null_llseek(struct file *file, loff_t off, int whence)
{
	file->f_pos = 0;
	return 0;
}

static const struct file_operations null_fops = {
	.nowait = FOP_NOWAIT_READ | FOP_NOWAIT_WRITE,
	.llseek = null_llseek, .splice_read = splice_read_none, .read = null_read, .write = null_write,
};

static const struct file_operations zero_fops = {
	.nowait = FOP_NOWAIT_READ | FOP_NOWAIT_WRITE,
	.llseek = null_llseek, .splice_read = splice_read_none, .read = zero_read, .write = null_write, .mmap = zero_mmap,
};

static const struct file_operations full_fops = {
	.llseek = null_llseek, .splice_read = splice_read_none, .read = zero_read, .write = full_write,
};

static struct chrdev mem_devices[] = {
	{ .name = "null", .class_name = "mem", .first = MKDEV(MEM_MAJOR, 3), .mode = 0666, .fops = &null_fops },
	{ .name = "zero", .class_name = "mem", .first = MKDEV(MEM_MAJOR, 5), .mode = 0666, .fops = &zero_fops },
	{ .name = "full", .class_name = "mem", .first = MKDEV(MEM_MAJOR, 7), .mode = 0666, .fops = &full_fops },
	{ .name = "random", .class_name = "mem", .first = MKDEV(MEM_MAJOR, 8), .mode = 0666, .fops = &random_fops },
	{ .name = "urandom", .class_name = "mem", .first = MKDEV(MEM_MAJOR, 9), .mode = 0666, .fops = &urandom_fops },
	{ .name = "kmsg", .class_name = "mem", .first = MKDEV(MEM_MAJOR, 11), .mode = 0644, .fops = &kmsg_fops },
};

void mem_devices_init(void)
{
	for (size_t i = 0; i < ARRAY_SIZE(mem_devices); i++) {
		int err = chrdev_register(&mem_devices[i]);

		KASSERT(!err);
	}
}
