/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * guest_config.c - the configuration of one run, for the guest's first process.
 *
 * WHAT        Everything about the caller that the command should see unchanged: directory,
 *             environment, ids, umask, open-file limit, host name, time zone, terminal; and which
 *             shares and modules there are. Records "key=value", each ended by a NUL.
 */
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>
#include "guest_config.h"
#include "report.h"

#define ZONES "/zoneinfo/"

extern char **environ;

static void __attribute__((format(printf, 2, 3))) add(struct bytes *out, const char *format, ...)
{
	char *record = NULL;
	va_list args;
	int n;

	va_start(args, format);
	n = vasprintf(&record, format, args);
	va_end(args);
	if (n < 0)
		die("out of memory");
	bytes_add(out, record, (size_t)n + 1);
	free(record);
}

static void add_user(struct bytes *out, const struct options *o)
{
	add(out, "uid=%u", o->uid);
	add(out, "gid=%u", o->gid);
	if (!o->nr_groups)
		return;
	bytes_add(out, "groups=", 7);
	for (int i = 0; i < o->nr_groups; i++) {
		char number[16];
		int n = snprintf(number, sizeof(number), "%s%u", i ? "," : "", o->groups[i]);

		bytes_add(out, number, (size_t)n);
	}
	bytes_add(out, "", 1);
}

static void add_limits(struct bytes *out)
{
	struct rlimit nofile;
	mode_t mask = umask(0);

	umask(mask);
	add(out, "umask=%o", mask);
	if (getrlimit(RLIMIT_NOFILE, &nofile) == 0)
		add(out, "nofile=%lu:%lu", nofile.rlim_cur, nofile.rlim_max);
}

static bool is_overridden(const struct options *o, const char *variable)
{
	size_t len = strcspn(variable, "=") + 1;

	for (int i = 0; i < o->env.nr_items; i++)
		if (!strncmp(o->env.items[i], variable, len))
			return true;
	return false;
}

/* The zone's name, for a root that has another /etc/localtime than this machine. */
static void add_time_zone(struct bytes *out, const struct options *o)
{
	char link[PATH_MAX], *zone;
	ssize_t n;

	if ((!o->root && o->share != SHARE_NONE) || getenv("TZ"))
		return;
	n = readlink("/etc/localtime", link, sizeof(link) - 1);
	if (n < 0)
		return;
	link[n] = 0;
	zone = strstr(link, ZONES);
	if (zone && !is_overridden(o, "TZ="))
		add(out, "env=TZ=%s", zone + strlen(ZONES));
}

static void add_environment(struct bytes *out, const struct options *o)
{
	for (char **variable = environ; *variable; variable++)
		if (!is_overridden(o, *variable))
			add(out, "env=%s", *variable);
	for (int i = 0; i < o->env.nr_items; i++) {
		bool is_last = true;
		size_t len = strcspn(o->env.items[i], "=") + 1;

		for (int k = i + 1; k < o->env.nr_items; k++)
			is_last = is_last && strncmp(o->env.items[i], o->env.items[k], len);
		if (is_last)
			add(out, "env=%s", o->env.items[i]);
	}
	add_time_zone(out, o);
}

/* $PWD keeps the name by which the person came here, if it is this directory. */
static char *current_directory(void)
{
	const char *pwd = getenv("PWD");
	struct stat here, there;
	char *cwd;

	if (pwd && *pwd == '/' && !stat(pwd, &there) && !stat(".", &here) &&
	    here.st_dev == there.st_dev && here.st_ino == there.st_ino)
		return strdup(pwd);
	cwd = get_current_dir_name();
	return cwd ? cwd : strdup("/");
}

/* A directory that was not asked for need not exist in another root. */
static void add_cwd(struct bytes *out, const struct options *o)
{
	char *here = current_directory();

	if (!o->cwd)
		add(out, "cwd=%s", here);
	else if (*o->cwd == '/')
		add(out, "cwd=%s", o->cwd);
	else
		add(out, "cwd=%s/%s", here, o->cwd);
	if (!o->cwd && (o->root || o->share == SHARE_NONE))
		add(out, "cwd-optional=1");
	free(here);
}

static void add_shares(struct bytes *out, const struct share_set *shares)
{
	if (shares->kind == SHARE_NONE)
		return;
	add(out, "share=%s", shares->kind == SHARE_9P ? "9p" : "virtiofs");
	for (int i = 0; i < shares->nr_exports; i++) {
		const struct export *e = &shares->exports[i];

		if (e->is_writable)
			add(out, "rw=%s:%s", e->tag, e->path);
		else
			add(out, "layer=%s", e->tag);
	}
}

static void add_terminal(struct bytes *out, const struct terminal *t)
{
	struct message_window window;
	char hex[2 * TERMIOS_BYTES + 1];

	add(out, "tty=%u", t->tty);
	if (!t->tty)
		return;
	for (int i = 0; i < TERMIOS_BYTES; i++)
		sprintf(hex + 2 * i, "%02x", t->termios[i]);
	add(out, "termios=%s", hex);
	if (terminal_window(t, &window))
		add(out, "window=%ux%u", window.rows, window.columns);
}

void guest_config_build(struct bytes *out, const struct options *options,
			const struct share_set *shares, const struct module_set *modules,
			const struct terminal *terminal)
{
	char host[HOST_NAME_MAX + 1] = "perennial";

	gethostname(host, sizeof(host) - 1);
	add(out, "hostname=%s", host);
	add_user(out, options);
	add_limits(out);
	add_cwd(out, options);
	add_shares(out, shares);
	add_terminal(out, terminal);
	if (options->is_verbose)
		add(out, "verbose=1");
	for (int i = 0; modules && i < modules->nr_modules; i++)
		add(out, "module=%s", modules->modules[i].name);
	for (char **arg = options->command; *arg; arg++)
		add(out, "arg=%s", *arg);
	add_environment(out, options);
}
