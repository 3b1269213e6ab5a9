/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * config.c - read what the launcher wrote for this run.
 *
 * WHAT        CONFIG_PATH holds records "key=value", each ended by a NUL, so that arguments and
 *             environment may hold any other byte. Unknown keys are ignored: launcher and init are
 *             built together, and an older init is then still of some use.
 * INVARIANTS  I1  The bytes stay mapped for ever: every pointer in struct config points into them.
 */
#include <errno.h>
#include <fcntl.h>
#include <sys/mman.h>
#include "config.h"
#include "sys.h"
#include "text.h"
#include "../protocol.h"

struct config_file {
	struct config config;
	unsigned char termios[CONFIG_TERMIOS_BYTES];
	char *bytes;
	size_t len;
};

static struct config_file file;

static void *pages(size_t len)
{
	long p = SYS(mmap, 0, len, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (p < 0 && p > -4096)
		give_up("no memory for the configuration", NULL, p);
	return (void *)p;
}

/* The whole file at once, into memory that doubles until it fits. */
static void read_file(void)
{
	size_t room = 1 << 16;
	long fd = SYS(open, CONFIG_PATH, O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		give_up("cannot read", CONFIG_PATH, fd);
	file.bytes = pages(room);
	for (;;) {
		long n = SYS(read, fd, file.bytes + file.len, room - file.len - 1);

		if (n < 0)
			give_up("cannot read", CONFIG_PATH, n);
		if (n == 0)
			break;
		file.len += (size_t)n;
		if (file.len + 1 == room) {
			char *larger = pages(room * 2);

			__builtin_memcpy(larger, file.bytes, file.len);
			SYS(munmap, file.bytes, room);
			file.bytes = larger;
			room *= 2;
		}
	}
	SYS(close, fd);
}

static void parse_groups(const char *s)
{
	struct config *c = &file.config;

	while (*s && c->nr_groups < CONFIG_GROUPS_MAX) {
		c->groups[c->nr_groups++] = (uint32_t)text_number(s, &s);
		if (*s == ',')
			s++;
	}
}

static void parse_termios(const char *hex)
{
	for (int i = 0; i < CONFIG_TERMIOS_BYTES; i++) {
		unsigned byte = 0;

		for (int k = 0; k < 2; k++, hex++) {
			if (!*hex)
				return;
			byte = byte * 16 + (unsigned)(*hex <= '9' ? *hex - '0' : *hex - 'a' + 10);
		}
		file.termios[i] = (unsigned char)byte;
	}
	file.config.termios = file.termios;
}

/* "tag" or "tag:path" */
static struct share parse_share(char *s)
{
	struct share share = { .tag = s };

	for (; *s; s++)
		if (*s == ':') {
			*s = 0;
			share.path = s + 1;
			break;
		}
	return share;
}

static void parse_window(const char *s)
{
	file.config.rows = (uint16_t)text_number(s, &s);
	if (*s == 'x')
		file.config.columns = (uint16_t)text_number(s + 1, NULL);
}

static void parse_nofile(const char *s)
{
	file.config.nofile_soft = text_number(s, &s);
	if (*s == ':')
		file.config.nofile_hard = text_number(s + 1, NULL);
}

static void parse_number_key(const char *key, const char *value)
{
	struct config *c = &file.config;

	if (text_equal(key, "uid"))
		c->uid = (uint32_t)text_number(value, NULL);
	else if (text_equal(key, "gid"))
		c->gid = (uint32_t)text_number(value, NULL);
	else if (text_equal(key, "umask"))
		c->umask = (uint32_t)text_octal(value);
	else if (text_equal(key, "tty"))
		c->tty = (uint32_t)text_number(value, NULL);
	else if (text_equal(key, "cwd-optional"))
		c->is_cwd_optional = *value == '1';
	else if (text_equal(key, "verbose"))
		c->is_verbose = *value == '1';
}

static void parse_record(const char *key, char *value)
{
	struct config *c = &file.config;

	if (text_equal(key, "hostname"))
		c->hostname = value;
	else if (text_equal(key, "cwd"))
		c->cwd = value;
	else if (text_equal(key, "share"))
		c->share_kind = value;
	else if (text_equal(key, "groups"))
		parse_groups(value);
	else if (text_equal(key, "nofile"))
		parse_nofile(value);
	else if (text_equal(key, "window"))
		parse_window(value);
	else if (text_equal(key, "termios"))
		parse_termios(value);
	else if (text_equal(key, "module") && c->nr_modules < CONFIG_MODULES_MAX)
		c->modules[c->nr_modules++] = value;
	else if (text_equal(key, "layer") && c->nr_layers < CONFIG_SHARES_MAX)
		c->layers[c->nr_layers++] = parse_share(value);
	else if (text_equal(key, "rw") && c->nr_writable < CONFIG_SHARES_MAX)
		c->writable[c->nr_writable++] = parse_share(value);
	else
		parse_number_key(key, value);
}

/* Call @each for every record, split at its first '='. */
static void for_each_record(void (*each)(const char *key, char *value))
{
	char *end = file.bytes + file.len;

	for (char *s = file.bytes; s < end;) {
		size_t len = text_length(s);
		char *equals = (char *)text_find(s, '=');

		if (equals) {
			*equals = 0;
			each(s, equals + 1);
			*equals = '=';
		}
		s += len + 1;
	}
}

/* The records "arg=" (or "env=") as a NULL-ended vector. */
static char **vector_of(const char *prefix)
{
	size_t n = 0;
	char **vector;
	char *end = file.bytes + file.len;

	for (char *s = file.bytes; s < end; s += text_length(s) + 1)
		n += (size_t)text_starts(s, prefix);
	vector = pages((n + 1) * sizeof(*vector));
	n = 0;
	for (char *s = file.bytes; s < end; s += text_length(s) + 1)
		if (text_starts(s, prefix))
			vector[n++] = s + text_length(prefix);
	return vector;
}

const struct config *config_load(void)
{
	file.config.cwd = "/";
	file.config.umask = 022;
	read_file();
	file.config.argv = vector_of("arg=");
	file.config.envp = vector_of("env=");
	for_each_record(parse_record);
	if (!file.config.argv[0])
		give_up("the configuration names no command", NULL, 0);
	return &file.config;
}
