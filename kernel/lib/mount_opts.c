/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * mount_opts.c - "key=value,key" cut into options and matched against a table.
 *
 * WHAT        Commas separate; a backslash in front of a comma or a backslash makes it part of the value.
 * ERRORS      -EINVAL: no such key, a value where none belongs or none where one does, not a number.
 * TESTS       tests/mount_opts_test.c
 */
#include <lib/errno.h>
#include <lib/kstrtox.h>
#include <lib/mount_opts.h>
#include <lib/string.h>

/* Unescape in place up to the separating comma, which becomes NUL; returns what follows it. */
static char *cut_option(char *s)
{
	char *out = s;

	while (*s && *s != ',') {
		if (*s == '\\' && (s[1] == ',' || s[1] == '\\'))
			s++;
		*out++ = *s++;
	}
	if (*s)
		s++;
	*out = '\0';
	return s;
}

int mount_opt_next(char **cursor, char **key, char **value)
{
	char *s = *cursor;

	if (!s)
		return 0;
	while (*s == ',')
		s++;
	if (!*s) {
		*cursor = s;
		return 0;
	}
	*cursor = cut_option(s);
	*key = s;
	*value = strchr(s, '=');
	if (*value)
		*(*value)++ = '\0';
	return 1;
}

static int parse_size(const char *text, struct mount_opt_value *out)
{
	char *end;

	if (*text < '0' || *text > '9')
		return -EINVAL;
	out->number = memparse(text, &end);
	if (*end == '%') {
		out->is_percent = true;
		end++;
	}
	return *end ? -EINVAL : 0;
}

static int decode(enum mount_opt_kind kind, const char *value, struct mount_opt_value *out)
{
	int err;

	if (kind == MOUNT_OPT_FLAG)
		return value ? -EINVAL : 0;
	if (!value)
		return -EINVAL;
	out->text = value;
	switch (kind) {
	case MOUNT_OPT_U64:
		err = kstrtou64(value, 0, &out->number);
		break;
	case MOUNT_OPT_OCT:
		err = kstrtou64(value, 8, &out->number);
		break;
	case MOUNT_OPT_SIZE:
		err = parse_size(value, out);
		break;
	default:
		err = 0;
	}
	return err ? -EINVAL : 0;
}

int mount_opt_match(const struct mount_opt *table, const char *key, const char *value,
		    struct mount_opt_value *out)
{
	*out = (struct mount_opt_value){ .text = "" };
	for (; table->key; table++) {
		int err;

		if (strcmp(table->key, key))
			continue;
		err = decode(table->kind, value, out);
		return err ? err : table->id;
	}
	return -EINVAL;
}
