/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * mount_opts.h - "key=value,key" as mount(2) carries it, matched against a table. A value may hold "\," and "\\"
 * for a comma and a backslash, as overlayfs wants.
 */
#ifndef LIB_MOUNT_OPTS_H
#define LIB_MOUNT_OPTS_H

#include <lib/types.h>

enum mount_opt_kind {
	MOUNT_OPT_FLAG,	  /* key alone */
	MOUNT_OPT_STRING, /* key=value */
	MOUNT_OPT_U64,	  /* key=number, any C base */
	MOUNT_OPT_OCT,	  /* key=octal number */
	MOUNT_OPT_SIZE,	  /* key=number with k, m, g, t or, if the file system knows of what, % */
};

struct mount_opt {
	const char *key; /* NULL ends the table */
	int id;
	enum mount_opt_kind kind;
};

struct mount_opt_value {
	const char *text; /* borrowed from the option string; "" for flags */
	u64 number;
	bool is_percent;
};

/* Cut the next option off *cursor, in place. 1 with *key and *value (NULL: no '='); 0 at the end. */
int mount_opt_next(char **cursor, char **key, char **value);
/* The id of @key in @table with its value decoded; -EINVAL: unknown, or a value missing, extra or wrong. */
int __must_check mount_opt_match(const struct mount_opt *table, const char *key, const char *value,
				 struct mount_opt_value *out);

#endif
