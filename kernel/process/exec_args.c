/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * exec_args.c - the strings of a new program, on their way from the old memory to the new stack.
 *
 * WHAT        Strings are laid down from the top of the new stack towards lower addresses. One page of them at a time is built in a
 *             kernel buffer, the window, and written to the new address space when the next one begins.
 * INVARIANTS  A1  p is where the last string starts; bytes of the window's page below p are not valid.
 *             A2  p never passes arg_limit: -E2BIG before anything is written there.
 * ERRORS      -E2BIG, -EFAULT, -ENOMEM, -ERESTARTNOHAND when killed.
 * TESTS       tests/guest/process/exec_test.c
 */
#include "process_impl.h"
#include <pages/slab.h>
#include <pages/page_alloc.h>
#include <mm/mm.h>
#include <process/exec.h>
#include "exec_impl.h"

enum { MAX_ARG_STRINGS = 0x7fffffff };
#define MAX_ARG_STRLEN (PAGE_SIZE * 32)
#define ARG_MAX_MIN	     (PAGE_SIZE * 32)
#define ARG_MAX_LIMIT (8UL << 20) / 4 * 3

int arg_window_init(struct arg_window *win, struct mm *mm)
{
	win->mm = mm;
	win->page = 0;
	win->lo = win->hi = 0;
	win->buf = get_free_page(GFP_KERNEL);
	return win->buf ? 0 : -ENOMEM;
}

void arg_window_fini(struct arg_window *win)
{
	free_page(win->buf);
	win->buf = NULL;
}

int arg_window_flush(struct arg_window *win)
{
	int bytes = (int)(win->hi - win->lo), done;

	if (bytes <= 0)
		return 0;
	done = access_remote_vm(win->mm, win->page + win->lo, win->buf + win->lo, bytes, FOLL_WRITE | FOLL_FORCE);
	win->hi = win->lo = 0;
	return done == bytes ? 0 : -EFAULT;
}

/* Where the byte range that ends at @end and stays in one page goes; *@room is how many bytes of @len fit. */
static u8 *window_below(struct arg_window *win, unsigned long end, size_t len, size_t *room)
{
	unsigned long page = (end - 1) & PAGE_MASK;
	unsigned long start = max(page, end - min(len, (size_t)PAGE_SIZE));

	if (page != win->page || !win->hi) {
		if (arg_window_flush(win))
			return NULL;
		win->page = page;
		win->hi = end - page;
	}
	win->lo = start - page;
	*room = end - start;
	return win->buf + win->lo;
}

/* Lay down @len bytes that end at bprm->p. */
static int push_bytes(struct linux_binprm *bprm, const char *kernel, uaddr_t user, size_t len)
{
	while (len) {
		size_t room;
		u8 *to = window_below(&bprm->window, bprm->p, len, &room);

		if (!to)
			return -EFAULT;
		len -= room;
		bprm->p -= room;
		if (kernel)
			memcpy(to, kernel + len, room);
		else if (copy_from_user(to, uaddr_add(user, len), room))
			return -EFAULT;
	}
	return 0;
}

int copy_string_kernel(const char *string, struct linux_binprm *bprm)
{
	size_t len = strlen(string) + 1;

	if (len > MAX_ARG_STRLEN || bprm->p - len < bprm->arg_limit)
		return -E2BIG;
	return push_bytes(bprm, string, UADDR_NULL, len);
}

/* The vector argv or envp: of user space or, for kernel_execve(), of the kernel. */
static int vector_at(const struct string_vector *v, int i, u64 *out)
{
	if (v->kernel) {
		*out = (u64)v->kernel[i];
		return 0;
	}
	return get_user_u64(uaddr_add(v->user, (unsigned long)i * 8), out);
}

int string_vector_count(const struct string_vector *v)
{
	u64 string;
	int i;

	if (!v->kernel && uaddr_is_null(v->user))
		return 0;
	for (i = 0;; i++) {
		if (i >= MAX_ARG_STRINGS)
			return -E2BIG;
		if (vector_at(v, i, &string))
			return -EFAULT;
		if (!string)
			return i;
		if ((i & 1023) == 1023 && fatal_signal_pending())
			return -ERESTARTNOHAND;
	}
}

static int push_user_string(struct linux_binprm *bprm, uaddr_t string)
{
	size_t len = strnlen_user(string, MAX_ARG_STRLEN);

	if (!len)
		return -EFAULT;
	if (len > MAX_ARG_STRLEN || bprm->p - len < bprm->arg_limit)
		return -E2BIG;
	return push_bytes(bprm, NULL, string, len);
}

int copy_strings(const struct string_vector *v, int count, struct linux_binprm *bprm)
{
	u64 string;
	int ret = 0;

	while (count-- > 0 && !ret) {
		if (vector_at(v, count, &string) || !string)
			return -EFAULT;
		if (fatal_signal_pending())
			return -ERESTARTNOHAND;
		ret = v->kernel ? copy_string_kernel((const char *)string, bprm)
				: push_user_string(bprm, uaddr(string));
		cond_resched();
	}
	return ret;
}

/* A quarter of the stack limit is for strings and their pointers, 6 MiB at most, 128 KiB always. */
int set_arg_limit(struct linux_binprm *bprm)
{
	unsigned long limit = min(ARG_MAX_LIMIT, rlimit(RLIMIT_STACK) / 4);
	unsigned long pointers = (max(bprm->argc, 1) + bprm->envc) * sizeof(void *);

	limit = max(limit, (unsigned long)ARG_MAX_MIN);
	if (limit <= pointers)
		return -E2BIG;
	bprm->arg_limit = bprm->p - (limit - pointers);
	return 0;
}

/* Forget argv[0]: a script's own name takes its place. */
int remove_arg_zero(struct linux_binprm *bprm)
{
	char c;

	if (!bprm->argc)
		return 0;
	if (arg_window_flush(&bprm->window))
		return -EFAULT;
	do {
		if (access_remote_vm(bprm->mm, bprm->p, &c, 1, FOLL_FORCE) != 1)
			return -EFAULT;
		bprm->p++;
	} while (c);
	bprm->argc--;
	return 0;
}
