/* SPDX-License-Identifier: GPL-2.0-only */
/* options.h - what the person asked for with `perennial run`. */
#ifndef HOST_OPTIONS_H
#define HOST_OPTIONS_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

enum machine_kind { MACHINE_MICROVM, MACHINE_Q35 };
enum accel_kind { ACCEL_AUTO, ACCEL_KVM, ACCEL_TCG };
enum share_kind { SHARE_AUTO, SHARE_9P, SHARE_VIRTIOFS, SHARE_NONE };

/* A list of arguments of one repeatable option. */
struct string_list {
	char **items;
	int nr_items;
};

void string_list_add(struct string_list *list, char *item);

struct options {
	int nr_cpus;
	unsigned long memory_mib;
	enum machine_kind machine;
	enum accel_kind accel;
	enum share_kind share;
	char *kernel; /* NULL: our own */
	char *append; /* more words for the kernel's command line, or NULL */
	char *initrd; /* NULL: none of the person's */
	char *root;   /* NULL: "/" */
	char *cwd;    /* NULL: the caller's */
	char *log;    /* NULL: dropped */
	struct string_list layers, writable, env, qemu_args;
	uint64_t timeout_ms; /* 0: none */
	bool is_verbose;
	uid_t uid;
	gid_t gid;
	gid_t *groups;
	int nr_groups;
	char **command; /* ended by NULL */
};

/* Parse the arguments behind "run". Dies with one line on the first that is wrong. */
void options_init(struct options *options, int argc, char **argv);

/* The text of `perennial --help`. */
void options_print_help(void);

#endif
