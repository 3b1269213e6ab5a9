/* SPDX-License-Identifier: GPL-2.0-only */
/* exec_impl.h - between the files that carry out execve. */
#pragma once

#include <process/exec.h>

/* argv or envp. */
struct string_vector {
	const char *const *kernel; /* NULL-terminated; or NULL: */
	uaddr_t user;
};

/* exec_args.c */
int arg_window_init(struct arg_window *win, struct mm *mm) __must_check;
void arg_window_fini(struct arg_window *win);
int arg_window_flush(struct arg_window *win) __must_check;
int copy_string_kernel(const char *string, struct linux_binprm *bprm) __must_check;
int copy_strings(const struct string_vector *v, int count, struct linux_binprm *bprm) __must_check;
int string_vector_count(const struct string_vector *v) __must_check;
int set_arg_limit(struct linux_binprm *bprm) __must_check;
int remove_arg_zero(struct linux_binprm *bprm) __must_check;

/* exec_creds.c: credentials of the new program. */
int bprm_creds_from_file(struct linux_binprm *bprm) __must_check;

/* exec_thread.c: the calling thread becomes the only one and the leader. */
int de_thread(void) __must_check;
int unshare_sighand(void) __must_check;

/* exec.c: open a file as an interpreter. */
struct file *open_exec(const char *name);

/* vdso_map.c */
void vdso_init(void);
int vdso_map(struct mm *mm) __must_check;

extern struct binfmt elf_format, script_format;
