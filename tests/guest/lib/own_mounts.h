/* SPDX-License-Identifier: GPL-2.0-only */
/* own_mounts.h - mounts that nobody else sees. Include <sys/mount.h> or <linux/mount.h> first: the two exclude each other. */
#pragma once
#include "check.h"
#include <sched.h>
#include <sys/stat.h>

int mount(const char *, const char *, const char *, unsigned long, const void *);

/* Go to a mount namespace of our own, with a fresh tmpfs at /tmp, mounted with @options, to work in. */
static inline void own_tmpfs(const char *options)
{
	CHECK_EQ(unshare(CLONE_NEWNS), 0);
	CHECK_EQ(mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL), 0);
	mkdir("/tmp", 0777);
	CHECK_EQ(mount("work", "/tmp", "tmpfs", 0, options), 0);
	CHECK_EQ(chdir("/tmp"), 0);
}

/* Layers of an overlay in the current directory: low, and top/up with top/work on a tmpfs of their own, mounted with @options. */
static inline void make_layers_of_overlay(const char *options)
{
	CHECK(!mkdir("low", 0755) && !mkdir("top", 0755) && !mkdir("all", 0755));
	CHECK_EQ(mount("top", "top", "tmpfs", 0, options), 0);
	CHECK(!mkdir("top/up", 0755) && !mkdir("top/work", 0755));
}

/* They become all. 0, or -1: as mount(2). */
static inline int mount_layers_of_overlay(void)
{
	return mount("o", "all", "overlay", 0, "lowerdir=low,upperdir=top/up,workdir=top/work");
}
