/* SPDX-License-Identifier: GPL-2.0-only */
/* init_test.c - proves what the first program is told: settings of the command line that the kernel does not know. */
#include "check.h"

static char line[4096], env[4096];

static ssize_t read_all(const char *path, char *buf, size_t size)
{
	int fd = open(path, O_RDONLY);
	ssize_t n, len = 0;

	CHECK(fd >= 0);
	while ((n = read(fd, buf + len, size - 1 - len)) > 0)
		len += n;
	close(fd);
	buf[len] = 0;
	return len;
}

static int has_setting(const char *setting, ssize_t len)
{
	for (char *at = env; at < env + len; at += strlen(at) + 1)
		if (!strcmp(at, setting))
			return 1;
	return 0;
}

CASE(unknown_settings_are_in_its_environment_and_known_ones_are_not)
{
	ssize_t len;

	read_all("/proc/cmdline", line, sizeof line);
	len = read_all("/proc/1/environ", env, sizeof env);
	CHECK(has_setting("HOME=/", len) && has_setting("TERM=linux", len));
	line[strcspn(line, "\n")] = 0;
	for (char *word = strtok(line, " "); word; word = strtok(NULL, " ")) {
		if (!strncmp(word, "tests=", 6))
			CHECK(has_setting(word, len));
		if (!strncmp(word, "console=", 8) || !strncmp(word, "panic=", 6))
			CHECK(!has_setting(word, len));
	}
}

TEST_MAIN()
