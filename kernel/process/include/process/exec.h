/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * exec.h - replacing a program.
 *
 * A linux_binprm carries one execve from the file's first bytes to the new image. Formats register
 * a binfmt; the first one that doesn't say -ENOEXEC decides.
 */
#pragma once

#include <lib/types.h>
#include <lib/list.h>

struct file;
struct cred;
struct mm;
struct pt_regs;

enum { BINPRM_BUF_SIZE = 256, BINPRM_MAX_RECURSION = 4 };

/* The page of argument strings that is being built; exec_args.c. */
struct arg_window {
	struct mm *mm;
	unsigned long page; /* user address */
	size_t lo, hi;	    /* valid bytes of it */
	u8 *buf;	    /* owned */
};

struct linux_binprm {
	char buf[BINPRM_BUF_SIZE]; /* first bytes of the file, zero filled */
	struct mm *mm;		   /* the new address space, until committed */
	struct arg_window window;
	unsigned long p;	   /* top of the strings on the new stack, grows down */
	unsigned long arg_limit;   /* p may not pass this */
	struct file *executable;   /* owned: what execve named, after scripts the script */
	struct file *interpreter;  /* owned: next file to try (script's interpreter) */
	struct file *file;	   /* owned: being loaded */
	struct cred *cred;	   /* owned until committed */
	int argc, envc;
	const char *filename;	   /* as named by the caller; AT_EXECFN */
	const char *interp;	   /* file really loaded */
	char *fdpath;		   /* owned: "/dev/fd/N[/path]" of execveat */
	char *interp_owned;	   /* owned: storage of interp, if ours */
	unsigned long exec;	   /* user addresses */
	unsigned long loader;
	bool is_secure;		   /* AT_SECURE */
	bool is_shared;		   /* fs_struct is shared with another process: exec_creds.c X1 */
	bool per_clear_set;	   /* set-id: clear dangerous personality bits */
	bool fd_inaccessible;	   /* the script could not be opened by its /dev/fd name */
	bool point_of_no_return;
	unsigned int interp_flags;
};

/* A program format. Registered once, in boot order. */
struct binfmt {
	struct list_head list;
	const char *name;
	/* -ENOEXEC: not mine. After begin_new_exec() an error kills the task. */
	int (*load)(struct linux_binprm *bprm);
};

void register_binfmt(struct binfmt *fmt);

/* Past this the old program is gone: other threads dead, new mm in use, credentials installed. */
int begin_new_exec(struct linux_binprm *bprm) __must_check;
/* Set stack limits, mmap base and personality of the new image; after begin_new_exec(). */
void setup_new_exec(struct linux_binprm *bprm);

/* exec for kernel callers (the first user process). Strings are kernel memory. */
int kernel_execve(const char *filename, const char *const *argv, const char *const *envp) __must_check;

/* Dumpable states (mm->dumpable). */
enum { SUID_DUMP_DISABLE = 0, SUID_DUMP_USER = 1, SUID_DUMP_ROOT = 2 };
