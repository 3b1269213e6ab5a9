/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * console.c - which terminal is /dev/console, the list of terminals that exist for good, and TIOCCONS.
 *
 * WHAT        The last console= option of the command line that names a terminal decides; without one the first that was
 *             registered. It is looked up when it is needed: the driver may come later than this folder.
 * INVARIANTS  C1  A registered terminal is never taken away.
 * LOCKING     consoles.lock (rank TTY_LIST): list, redirect.
 * TESTS       every guest run: the console is where it prints
 */
#include "tty_impl.h"
#include <arch/bootinfo.h>
#include <lib/string.h>
#include <linux/major.h>
#include <log/printk.h>
#include <probe/report.h>
#include <vfs/chrdev.h>

static struct {
	struct mutex lock;
	struct list_head list;	   /* lock: tty_struct.node, in order of registration */
	struct file *redirect;	   /* lock; owned: takes what is written to /dev/console */
	struct chrdev mine, console; /* /dev/tty and /dev/console */
	struct report drivers;
} consoles = { .lock = MUTEX_INIT(consoles.lock, RANK_TTY_LIST), .list = LIST_HEAD_INIT(consoles.list) };

void tty_register(struct tty_struct *tty)
{
	with_mutex(&consoles.lock);
	list_add_tail(&tty->node, &consoles.list); /* C1 */
}

/* Does the option's value @at name @tty? ("ttyS0,115200n8" names ttyS0.) */
static bool is_named(const struct tty_struct *tty, const char *at)
{
	size_t len = strlen(tty->name);

	return strncmp(at, tty->name, len) == 0 && (!at[len] || at[len] == ' ' || at[len] == ',');
}

/* The place of the last console= that names @tty, or NULL. */
static const char *last_option(const struct tty_struct *tty)
{
	const char *at = boot_info.cmdline, *found = NULL;

	while ((at = strstr(at, "console=")) != NULL) {
		bool starts_word = at == boot_info.cmdline || at[-1] == ' ';

		at += strlen("console=");
		if (starts_word && is_named(tty, at))
			found = at;
	}
	return found;
}

struct tty_struct *console_tty(void)
{
	struct tty_struct *tty, *best = NULL;
	const char *best_at = NULL, *at;

	with_mutex(&consoles.lock);
	list_for_each_entry(tty, &consoles.list, node) {
		at = last_option(tty);
		if (best && (!at || at < best_at))
			continue;
		best = tty;
		best_at = at;
	}
	return best;
}

/* --- TIOCCONS ------------------------------------------------------------------------------------------------------------ */

int console_redirect(struct file *file)
{
	struct file *old;

	mutex_lock(&consoles.lock);
	old = consoles.redirect;
	if (file && old) {
		mutex_unlock(&consoles.lock);
		return -EBUSY;
	}
	consoles.redirect = file ? get_file(file) : NULL;
	mutex_unlock(&consoles.lock);
	if (old)
		fput(old);
	return 0;
}

struct file *console_redirected_to(void)
{
	if (!READ_ONCE(consoles.redirect))
		return NULL;
	with_mutex(&consoles.lock);
	return consoles.redirect ? get_file(consoles.redirect) : NULL;
}

void console_drop_redirect(struct tty_struct *tty)
{
	struct file *file = NULL;

	mutex_lock(&consoles.lock);
	if (consoles.redirect && consoles.redirect->f_op == &tty_fops && tty_file_of(consoles.redirect)->tty == tty)
		swap(file, consoles.redirect);
	mutex_unlock(&consoles.lock);
	if (file)
		fput_deferred(file);
}

/* --- boot ------------------------------------------------------------------------------------------------------------ */

/* /proc/tty/drivers: how ps turns device numbers into names. */
static void show_drivers(struct report *report, struct report_writer *w)
{
	struct tty_struct *tty;

	report_puts(w, "/dev/tty             /dev/tty        5       0 system:/dev/tty\n"
		       "/dev/console         /dev/console    5       1 system:console\n"
		       "/dev/ptmx            /dev/ptmx       5       2 system\n"
		       "pty_slave            /dev/pts      136 0-1048575 pty:slave\n"
		       "pty_master           /dev/ptm      128 0-1048575 pty:master\n");
	with_mutex(&consoles.lock);
	list_for_each_entry(tty, &consoles.list, node) {
		bool is_serial = strncmp(tty->name, "ttyS", 4) == 0;
		char stem[sizeof(tty->name)];

		strscpy(stem, tty->name, sizeof(stem));
		stem[strcspn(stem, "0123456789")] = 0;
		report_printf(w, "%-20s /dev/%-8s %3u %7u %s\n", is_serial ? "serial" : stem, stem,
			      MAJOR(tty->device), MINOR(tty->device), is_serial ? "serial" : "system");
	}
}

static const struct report_ops drivers_ops = { .name = "tty drivers", .show = show_drivers };

void console_init(void)
{
	consoles.mine = (struct chrdev){ .name = "tty", .class_name = "tty", .first = MKDEV(TTYAUX_MAJOR, 0),
					 .mode = 0666, .fops = &tty_fops };
	consoles.console = (struct chrdev){ .name = "console", .class_name = "tty",
					    .first = MKDEV(TTYAUX_MAJOR, 1), .mode = 0600, .fops = &tty_fops };
	consoles.drivers = (struct report){ .name = "proc/tty/drivers", .ops = &drivers_ops };
	if (chrdev_register(&consoles.mine) || chrdev_register(&consoles.console))
		pr_warn("tty: /dev/tty or /dev/console is taken\n");
	report_register(&consoles.drivers);
}
