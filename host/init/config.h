/* SPDX-License-Identifier: GPL-2.0-only */
/* config.h - what the launcher wrote for this run. */
#ifndef INIT_CONFIG_H
#define INIT_CONFIG_H

#include <stdint.h>

#define CONFIG_MODULES_MAX 64
#define CONFIG_SHARES_MAX  32
#define CONFIG_GROUPS_MAX  1024

/* A directory of the host: its mount tag, and for a writable one the path it appears at. */
struct share {
	const char *tag;
	const char *path;
};

struct config {
	const char *hostname;
	const char *cwd;
	const char *share_kind; /* "9p", "virtiofs", or NULL: the initramfs itself is the root */
	uint32_t uid, gid;
	uint32_t groups[CONFIG_GROUPS_MAX];
	int nr_groups;
	uint32_t umask;
	uint64_t nofile_soft, nofile_hard;
	uint32_t tty;
	uint16_t rows, columns;
	int is_cwd_optional;
	int is_verbose;
	const char *modules[CONFIG_MODULES_MAX];
	int nr_modules;
	struct share layers[CONFIG_SHARES_MAX]; /* read-only, lowest first */
	int nr_layers;
	struct share writable[CONFIG_SHARES_MAX];
	int nr_writable;
	char **argv; /* ended by NULL */
	char **envp;
	const unsigned char
	    *termios; /* CONFIG_TERMIOS_BYTES of struct termios (kernel's), or NULL */
};

#define CONFIG_TERMIOS_BYTES 36

/* Read CONFIG_PATH into the one configuration. Gives up when there is none. */
const struct config *config_load(void);

#endif
