/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * cmdline.h - the kernel command line: words "name" or "name=value" apart by white space; double quotes keep white
 * space and are removed. In names '-' and '_' are the same. After "--" the words belong to init.
 */
#ifndef LIB_CMDLINE_H
#define LIB_CMDLINE_H

#include <lib/types.h>

struct cmdline_word {
	char *name;
	char *value; /* NULL: no '=' */
};

/*
 * Cut the next word off *cursor, in place. 1 and the word; 0 at the end; 2 at "--", with *cursor at
 * what follows it.
 */
int cmdline_next(char **cursor, struct cmdline_word *word);
/* Are these names the same, '-' and '_' being equal? */
bool cmdline_name_eq(const char *a, const char *b);
/* The last value of @name in @line (not changed), copied to @value. Its length, -ENOENT, -E2BIG. */
int cmdline_find(const char *line, const char *name, char *value, size_t size);
/* Is the word there, with or without a value? */
bool cmdline_has(const char *line, const char *name);

#endif
