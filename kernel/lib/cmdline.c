/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * cmdline.c - cuts the kernel command line into words and finds one.
 *
 * WHAT        A word ends at white space outside double quotes. Quotes around a whole word or a whole value are
 *             removed; others stay, as they stand.
 * ERRORS      cmdline_find: -ENOENT, -E2BIG. An open quote runs to the end of the line.
 * TESTS       tests/cmdline_test.c, tests/cmdline_fuzz.c
 */
#include <lib/cmdline.h>
#include <lib/ctype.h>
#include <lib/errno.h>
#include <lib/string.h>

/* The length of the word at @s, quotes respected. */
static size_t word_len(const char *s)
{
	bool quoted = false;
	size_t n = 0;

	for (; s[n] && (quoted || !isspace((u8)s[n])); n++)
		if (s[n] == '"')
			quoted = !quoted;
	return n;
}

/* Drop one pair of quotes around [*s, *s + *n). */
static void strip_quotes(const char **s, size_t *n)
{
	if (!*n || **s != '"')
		return;
	(*s)++;
	(*n)--;
	if (*n && (*s)[*n - 1] == '"')
		(*n)--;
}

/* A word as ranges of the line, nothing changed. */
struct word_range {
	const char *name;
	size_t name_len;
	const char *value; /* NULL: no '=' */
	size_t value_len;
};

static struct word_range split_word(const char *s, size_t n)
{
	struct word_range range = { 0 };
	const char *equals;

	strip_quotes(&s, &n);
	equals = memchr(s, '=', n);
	range.name = s;
	range.name_len = equals ? (size_t)(equals - s) : n;
	if (equals) {
		range.value = equals + 1;
		range.value_len = n - range.name_len - 1;
		strip_quotes(&range.value, &range.value_len);
	}
	return range;
}

int cmdline_next(char **cursor, struct cmdline_word *word)
{
	char *s = skip_spaces(*cursor);
	size_t n = word_len(s);
	struct word_range range;

	*cursor = s[n] ? s + n + 1 : s + n;
	if (!n)
		return 0;
	if (n == 2 && !memcmp(s, "--", 2)) {
		*cursor = skip_spaces(*cursor);
		return 2;
	}
	range = split_word(s, n);
	word->name = (char *)range.name;
	word->value = (char *)range.value;
	word->name[range.name_len] = '\0';
	if (word->value)
		word->value[range.value_len] = '\0';
	return 1;
}

static char fold(char c)
{
	return c == '-' ? '_' : c;
}

bool cmdline_name_eq(const char *a, const char *b)
{
	while (*a && fold(*a) == fold(*b)) {
		a++;
		b++;
	}
	return fold(*a) == fold(*b);
}

static bool range_is_name(const struct word_range *range, const char *name)
{
	size_t i = 0;

	while (i < range->name_len && name[i] && fold(range->name[i]) == fold(name[i]))
		i++;
	return i == range->name_len && !name[i];
}

/* The last word called @name before "--". */
static bool find_last(const char *line, const char *name, struct word_range *found)
{
	bool is_found = false;

	for (;;) {
		const char *s = skip_spaces(line);
		size_t n = word_len(s);
		struct word_range range;

		if (!n || (n == 2 && !memcmp(s, "--", 2)))
			return is_found;
		range = split_word(s, n);
		if (range_is_name(&range, name)) {
			*found = range;
			is_found = true;
		}
		line = s + n;
	}
}

int cmdline_find(const char *line, const char *name, char *value, size_t size)
{
	struct word_range range;

	if (!find_last(line, name, &range))
		return -ENOENT;
	if (range.value_len >= size)
		return -E2BIG;
	if (range.value_len)
		memcpy(value, range.value, range.value_len);
	value[range.value_len] = '\0';
	return (int)range.value_len;
}

bool cmdline_has(const char *line, const char *name)
{
	struct word_range range;

	return find_last(line, name, &range);
}
