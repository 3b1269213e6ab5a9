/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * binfmt_script.c - files that begin with #! are run by the program that follows.
 *
 * WHAT    "#!interpreter [one argument]" becomes: interpreter [argument] script-name arg1 ... The line has to end within the first 256
 *         bytes, or at least the interpreter's name must; an argument that is cut is cut (execve(2)).
 * ERRORS  -ENOEXEC no such line; -ENOENT the script cannot be reached by its name from the interpreter.
 * TESTS   tests/guest/process/exec_test.c
 */
#include "process_impl.h"
#include <pages/slab.h>
#include <vfs/file.h>
#include <process/exec.h>
#include "exec_impl.h"

static bool is_blank(char c)
{
	return c == ' ' || c == '\t';
}

static char *skip_blank(char *s, const char *end)
{
	while (s < end && is_blank(*s))
		s++;
	return s;
}

static char *find_blank(char *s, const char *end)
{
	while (s < end && *s && !is_blank(*s))
		s++;
	return s;
}

struct script_line {
	char *name;
	char *arg; /* NULL: none */
};

/* Cut the line in bprm->buf into its two words. */
static int parse_line(struct linux_binprm *bprm, struct script_line *line)
{
	char *buf_end = bprm->buf + BINPRM_BUF_SIZE - 1, *end, *p;
	bool has_newline;

	if (bprm->buf[0] != '#' || bprm->buf[1] != '!')
		return -ENOEXEC;
	end = strnchr(bprm->buf, BINPRM_BUF_SIZE, '\n');
	has_newline = end;
	if (!end) {
		end = buf_end;
		p = skip_blank(bprm->buf + 2, end);
		/* The file may simply end here; a name that the buffer cuts is not to be trusted. */
		if (p == end || (!memchr(p, 0, end - p) && find_blank(p, end) == end))
			return -ENOEXEC;
	}
	*end = 0;
	while (end > bprm->buf + 2 && is_blank(end[-1]))
		*--end = 0;
	line->name = skip_blank(bprm->buf + 2, end);
	if (!*line->name) /* the empty name of a file that simply ends is the current directory, which is no program */
		return has_newline ? -ENOEXEC : -EACCES;
	p = find_blank(line->name, end);
	line->arg = NULL;
	if (p < end && *p) {
		*p = 0;
		p = skip_blank(p + 1, end);
		if (*p)
			line->arg = p;
	}
	return 0;
}

static int push_arguments(struct linux_binprm *bprm, const struct script_line *line)
{
	int ret = remove_arg_zero(bprm);

	if (!ret)
		ret = copy_string_kernel(bprm->interp, bprm);
	if (ret)
		return ret;
	bprm->argc++;
	if (line->arg) {
		ret = copy_string_kernel(line->arg, bprm);
		if (ret)
			return ret;
		bprm->argc++;
	}
	ret = copy_string_kernel(line->name, bprm);
	if (!ret)
		bprm->argc++;
	return ret;
}

static int load_script(struct linux_binprm *bprm)
{
	struct script_line line;
	struct file *file;
	char *name;
	int ret = parse_line(bprm, &line);

	if (ret)
		return ret;
	if (bprm->fd_inaccessible)
		return -ENOENT;
	ret = push_arguments(bprm, &line);
	if (ret)
		return ret;
	name = kstrdup(line.name, GFP_KERNEL);
	if (!name)
		return -ENOMEM;
	kfree(bprm->interp_owned);
	bprm->interp = bprm->interp_owned = name;
	file = open_exec(name);
	if (IS_ERR(file))
		return PTR_ERR(file);
	bprm->interpreter = file;
	return 0;
}

struct binfmt script_format = { .name = "script", .load = load_script };
