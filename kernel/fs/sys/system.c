/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * system.c - what sysfs and debugfs say of the machine itself: character devices by class, object types, reports.
 *
 * WHAT        Rows are made at start; devices come and go through the listener of character devices, a symbolic link
 *             for each under its class. debugfs has the table of object types, the reports of lower floors, and the
 *             file that asks for stillness.
 * LOCKING     classes.lock (mutex, rank DEVICE): the links of classes. still_state.lock (the same rank): one request
 *             for stillness at a time.
 */
#include <lib/errno.h>
#include <lib/kstrtox.h>
#include <lib/printf.h>
#include <lib/string.h>
#include <lib/time_units.h>
#include <pages/object.h>
#include <pages/slab.h>
#include <sync/still.h>
#include <vfs/chrdev.h>
#include "node_impl.h"

/* --- character devices --------------------------------------------------------------------------------- */

/* The directory of one device; found again by its chrdev when that goes. */
struct class_device {
	const struct chrdev *cdev;
	struct sysfs_node *dir;
	struct class_device *next;
	dev_t dev;
	char dev_text[24];
};

static struct {
	struct mutex lock; /* rank DEVICE */
	struct class_device *first; /* lock */
} classes = { .lock = MUTEX_INIT(classes.lock, RANK_DEVICE) };

static void class_add_one(const struct chrdev *cdev, unsigned int index)
{
	struct class_device *device = kzalloc(sizeof(*device), GFP_KERNEL);
	char path[96], name[48];

	if (!device || chrdev_node_name(cdev, index, name, sizeof(name)) < 0) {
		kfree(device);
		return;
	}
	device->cdev = cdev;
	device->dev = cdev->first + index;
	snprintf(device->dev_text, sizeof(device->dev_text), "%u:%u", MAJOR(device->dev), MINOR(device->dev));
	snprintf(path, sizeof(path), "class/%s/%s", cdev->class_name, name);
	device->dir = sysfs_dir(&sysfs_root, path);
	sysfs_add_text(device->dir, "dev", device->dev_text);
	if (cdev->label)
		sysfs_add_text(device->dir, "name", cdev->label);
	mutex_lock(&classes.lock);
	device->next = classes.first;
	classes.first = device;
	mutex_unlock(&classes.lock);
}

static void class_added(struct chrdev_listener *listener, const struct chrdev *cdev)
{
	unsigned int count = cdev->count ? cdev->count : 1;

	if (!cdev->name || !cdev->class_name)
		return;
	for (unsigned int i = 0; i < count; i++)
		class_add_one(cdev, i);
}

static void class_removed(struct chrdev_listener *listener, const struct chrdev *cdev)
{
	struct class_device **link = &classes.first, *device;

	with_mutex(&classes.lock);
	while ((device = *link)) {
		if (device->cdev != cdev) {
			link = &device->next;
			continue;
		}
		*link = device->next;
		if (device->dir)
			sysfs_remove(device->dir);
		kfree(device);
	}
}

static const struct chrdev_listener_ops class_listener_ops = { .added = class_added, .removed = class_removed };
static struct chrdev_listener class_listener = { .ops = &class_listener_ops };

/* --- debugfs ------------------------------------------------------------------------------------------- */

static void objects_show(void *priv, struct report_writer *writer)
{
	struct object_stats st;

	report_printf(writer, "%-20s %-10s %6s %4s %10s %10s %8s %s\n", "type", "owner", "id", "ver", "live", "total", "size",
		      "saved");
	for (size_t n = 0; object_stats_at(n, &st); n++)
		report_printf(writer, "%-20s %-10s %6x %4u %10llu %10llu %8u %s\n", st.type->name, st.type->owner, st.type->id,
			      st.type->version, (unsigned long long)st.nr_live, (unsigned long long)st.nr_total, st.object_size,
			      st.type->is_saved ? "yes" : "not saved");
}

static const struct sysfs_attr_ops objects_ops = { .name = "objects", .show = objects_show };

static void report_attr_show(void *priv, struct report_writer *writer)
{
	struct report *report = priv;

	report->ops->show(report, writer);
}

static const struct sysfs_attr_ops report_attr_ops = { .name = "report", .show = report_attr_show };

/* "a/b/c": directory a/b, attribute c. */
static void add_report(struct sysfs_node *root, struct report *report)
{
	const char *leaf = strrchr(report->name, '/');
	struct sysfs_node *dir = root;
	char path[64];

	if (leaf) {
		size_t len = min_t(size_t, leaf - report->name + 1, sizeof(path));

		strscpy(path, report->name, len);
		dir = sysfs_dir(root, path);
	}
	sysfs_add_attr(dir, leaf ? leaf + 1 : report->name, 0444, &report_attr_ops, report);
}

static void add_reports(void)
{
	for (struct report *report = report_next(NULL); report; report = report_next(report)) {
		add_report(&debugfs_root, report);
		if (!strncmp(report->name, "paravirt/", 9))
			add_report(sysfs_dir(&sysfs_root, "kernel"), report);
	}
}

/* --- stillness by hand: `echo MILLISECONDS > /sys/kernel/debug/still` stops the world once and says how it went. */

static struct {
	struct mutex lock; /* rank DEVICE */
	struct still_report last; /* lock */
	int last_ret;		  /* lock */
	u64 nr_rounds;		  /* lock */
} still_state = { .lock = MUTEX_INIT(still_state.lock, RANK_DEVICE) };

static void still_show(void *priv, struct report_writer *writer)
{
	struct still_report *r = &still_state.last;

	with_mutex(&still_state.lock);
	report_printf(writer, "rounds %llu\nresult %d\ntook_ns %llu\nparked %u\n", (unsigned long long)still_state.nr_rounds,
		      still_state.last_ret, (unsigned long long)r->took_ns, r->nr_parked);
	report_printf(writer, "missing %u\ntask %u %s\ncall %d\nwait %s\nstate %x\ndevice %s\n", r->nr_missing, r->id,
		      r->name[0] ? r->name : "-", (int)r->call_nr, still_wait_name(r), r->state,
		      r->device ? r->device : "-");
}

static int still_store(void *priv, char *text, size_t len)
{
	struct still_report report = { 0 };
	unsigned long ms;
	int ret;

	if (kstrtoul(strim(text), 10, &ms) || !ms || ms > 60000)
		return -EINVAL;
	ret = still_begin(ms * NSEC_PER_MSEC, STILL_TASKS, &report);
	if (!ret)
		still_end();
	mutex_lock(&still_state.lock);
	still_state.last = report;
	still_state.last_ret = ret;
	still_state.nr_rounds++;
	mutex_unlock(&still_state.lock);
	return ret;
}

static const struct sysfs_attr_ops still_ops = { .name = "still", .show = still_show, .store = still_store };

void sysfs_system_init(void)
{
	sysfs_topology_init();
	sysfs_dir_for_mounts(&sysfs_root, "kernel/debug");
	sysfs_dir(&sysfs_root, "kernel/mm");
	sysfs_dir_for_mounts(&sysfs_root, "fs/cgroup");
	sysfs_dir(&sysfs_root, "block");
	sysfs_dir(&sysfs_root, "bus");
	sysfs_dir(&sysfs_root, "class");
	sysfs_dir(&sysfs_root, "dev/block");
	sysfs_dir(&sysfs_root, "dev/char");
	sysfs_dir(&sysfs_root, "firmware");
	sysfs_dir(&sysfs_root, "module");
	chrdev_listen(&class_listener);
	sysfs_add_attr(&debugfs_root, "objects", 0400, &objects_ops, NULL);
	sysfs_add_attr(&debugfs_root, "still", 0600, &still_ops, NULL);
	sysfs_fault_init();
	sysfs_reserve_init();
	add_reports();
}
