/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * main.c - the `perennial` command.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "kernel_image.h"
#include "options.h"
#include "report.h"
#include "run.h"

/* Descriptors 0, 1, 2 must exist, or files of ours would take their numbers. */
static void open_missing_descriptors(void)
{
	int fd;

	do
		fd = open("/dev/null", O_RDWR);
	while (fd >= 0 && fd <= 2);
	if (fd > 2)
		close(fd);
}

static int run_command(int argc, char **argv)
{
	struct options options;

	options_init(&options, argc, argv);
	if (options.is_verbose)
		detail_enable();
	return run(&options);
}

static int version_command(int argc, char **argv)
{
	if (argc > 1)
		die("version: unexpected argument %s", argv[1]);
	printf("perennial %s\n", PERENNIAL_VERSION);
	return 0;
}

static int unpack_command(int argc, char **argv)
{
	if (argc != 3)
		die("usage: perennial unpack KERNEL ELF");
	kernel_image_unpack_to(argv[1], argv[2]);
	return 0;
}

static int help_command(int argc, char **argv)
{
	(void)argc;
	(void)argv;
	options_print_help();
	return 0;
}

struct command {
	const char *name;
	int (*main)(int argc, char **argv);
};

static const struct command commands[] = {
	{ "run", run_command },           { "version", version_command },
	{ "unpack", unpack_command },     { "help", help_command },
	{ "--help", help_command },       { "-h", help_command },
	{ "--version", version_command },
};

int main(int argc, char **argv)
{
	int status;

	open_missing_descriptors();
	if (argc < 2)
		die("no command given (try perennial --help)");
	for (size_t i = 0; i < sizeof(commands) / sizeof(commands[0]); i++) {
		if (strcmp(argv[1], commands[i].name))
			continue;
		status = commands[i].main(argc - 1, argv + 1);
		if (fflush(stdout))
			die("cannot write: %s", strerror(errno));
		return status;
	}
	die("unknown command %s (try perennial --help)", argv[1]);
}
