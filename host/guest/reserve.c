/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * reserve.c - reserve SIZE -- COMMAND: run a command with memory of its own (docs/reserve.md). For the guest.
 *
 * Exit status: the command's; 125 when the memory can't be reserved, 126 and 127 when the command can't be run or found.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

#define PR_PERENNIAL_RESERVE_SET 0x504e0001

static void usage(FILE *out)
{
	fputs("usage: reserve SIZE[K|M|G] [--] COMMAND [ARGUMENT...]\n"
	      "Run COMMAND with SIZE bytes of memory that nobody else can take (see reserve(1)). Needs Perennial's kernel;\n"
	      "above RLIMIT_MEMLOCK also CAP_IPC_LOCK. Status: COMMAND's; 125: not reserved; 126, 127: COMMAND can't be run, found.\n", out);
}

static int wrong_usage(void)
{
	usage(stderr);
	return 125;
}

/* 0: not a size. */
static unsigned long parse_size(const char *text)
{
	const char *units = "KMG", *unit;
	unsigned long size;
	char *end;

	errno = 0;
	size = strtoul(text, &end, 10);
	if (errno || end == text || *text == '-')
		return 0;
	unit = *end ? strchr(units, *end & ~0x20) : NULL;
	if (*end && (!unit || end[1]))
		return 0;
	for (; unit && unit >= units; unit--)
		if (__builtin_mul_overflow(size, 1024, &size))
			return 0;
	return size;
}

int main(int argc, char **argv)
{
	unsigned long size = argc > 1 ? parse_size(argv[1]) : 0;
	char **command = argv + 2;

	if (argc == 2 && !strcmp(argv[1], "--help")) {
		usage(stdout);
		return fflush(stdout) ? 125 : 0;
	}
	if (!size)
		return wrong_usage();
	if (*command && !strcmp(*command, "--"))
		command++;
	if (!*command)
		return wrong_usage();
	if (prctl(PR_PERENNIAL_RESERVE_SET, size, 0, 0, 0)) {
		fprintf(stderr, "reserve: %s: %s%s\n", argv[1], strerror(errno), errno == EINVAL ? " (not Perennial's kernel?)" : "");
		return 125;
	}
	execvp(*command, command);
	fprintf(stderr, "reserve: %s: %s\n", *command, strerror(errno));
	return errno == ENOENT ? 127 : 126;
}
