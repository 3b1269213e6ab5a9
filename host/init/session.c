/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * session.c - start the command as the caller would have, and look after it.
 *
 * WHAT        The command gets the caller's user, groups, umask, open-file limit, directory,
 *             environment and arguments. Each of its descriptors 0, 1, 2 is either a pipe to us
 *             or the guest's terminal, a pty of which we keep the master.
 * INVARIANTS  I1  With a terminal, we lead its session and the command has a process group of its
 *                 own in the foreground. So its group is not orphaned and a stop (Ctrl-Z) works.
 *             I2  We keep a slave open until the command has ended, so the master never shows a
 *                 hang-up before.
 * LIFECYCLE   session_start --> running <--> stopped --> ended (session_reap says so, once)
 * ERRORS      What keeps the command from starting ends the run; a failed execve is reported with
 *             its errno so that the launcher can exit 126 or 127.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/sched.h>
#include <linux/termios.h>
#include <linux/wait.h>
#include <linux/resource.h>
#include <signal.h>
#include "guest.h"
#include "sys.h"
#include "text.h"

#define SHELL_PATH   "/bin/sh"
#define DEFAULT_PATH "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
#define PATH_MAX_	4096
#define SCRIPT_ARGS_MAX 1024

_Static_assert(sizeof(struct termios) == CONFIG_TERMIOS_BYTES, "the kernel's struct termios");

/* How the child tells what went wrong before its execve succeeded. */
struct start_failure {
	enum { FAILED_SETUP = 1, FAILED_CWD, FAILED_EXEC } stage;
	int error;
};

struct start {
	const struct config *config;
	int stdio[3];	/* the child's */
	int failure[2]; /* pipe; closed by a successful execve */
	int go[2];	/* pipe; the child waits until it is in the foreground */
};

static void pipe_or_give_up(int fds[2])
{
	long error = SYS(pipe2, fds, O_CLOEXEC);

	if (error < 0)
		give_up("cannot make a pipe", NULL, error);
}

/* ---- the terminal ---- */

static void terminal_configure(struct session *s, const struct config *config)
{
	struct winsize size = { .ws_row = config->rows, .ws_col = config->columns };

	if (config->termios)
		SYS(ioctl, s->terminal_slave, TCSETS, config->termios);
	if (config->columns)
		SYS(ioctl, s->terminal, TIOCSWINSZ, &size);
	SYS(fchown, s->terminal_slave, config->uid, 5);
	SYS(fchmod, s->terminal_slave, 0620);
}

/* Open a pty and make it our controlling terminal. Returns 0 or -errno. */
static long terminal_open(struct session *s, const struct config *config)
{
	unsigned number;
	int unlock = 0;
	struct line path;
	long fd = SYS(open, "/dev/ptmx", O_RDWR | O_NOCTTY | O_CLOEXEC | O_NONBLOCK);
	long error;

	if (fd < 0)
		return fd;
	s->terminal = (int)fd;
	error = SYS(ioctl, fd, TIOCSPTLCK, &unlock);
	if (error >= 0)
		error = SYS(ioctl, fd, TIOCGPTN, &number);
	if (error < 0)
		return error;
	line_init(&path);
	line_add(&path, "/dev/pts/");
	line_add_number(&path, number);
	path.text[path.len] = 0;
	fd = SYS(open, path.text, O_RDWR | O_NOCTTY | O_CLOEXEC);
	if (fd < 0)
		return fd;
	s->terminal_slave = (int)fd;
	terminal_configure(s, config);
	return SYS(ioctl, fd, TIOCSCTTY, 0);
}

static uint32_t terminal_try(struct session *s, const struct config *config)
{
	long error;

	if (!config->tty)
		return 0;
	error = terminal_open(s, config);
	if (error >= 0)
		return config->tty;
	say("this kernel has no pseudo-terminals, using pipes:", NULL, error);
	if (s->terminal >= 0)
		SYS(close, s->terminal);
	s->terminal = s->terminal_slave = -1;
	return 0;
}

/* ---- the child ---- */

static void fail(struct start *start, int stage, long error)
{
	struct start_failure failure = { stage, (int)-error };

	SYS(write, start->failure[1], &failure, sizeof(failure));
	SYS(exit_group, 127);
}

static void become_caller(struct start *start)
{
	const struct config *c = start->config;
	struct rlimit64 nofile = { c->nofile_soft, c->nofile_hard };
	long error = 0;

	if (c->nofile_hard)
		error = SYS(prlimit64, 0, RLIMIT_NOFILE, &nofile, NULL);
	if (error >= 0)
		error = SYS(setgroups, c->nr_groups, c->groups);
	if (error >= 0)
		error = SYS(setresgid, c->gid, c->gid, c->gid);
	if (error >= 0)
		error = SYS(setresuid, c->uid, c->uid, c->uid);
	if (error < 0)
		fail(start, FAILED_SETUP, error);
	SYS(umask, c->umask);
}

static void enter_cwd(struct start *start)
{
	long error = SYS(chdir, start->config->cwd);

	if (error < 0 && start->config->is_cwd_optional)
		error = SYS(chdir, "/");
	if (error < 0)
		fail(start, FAILED_CWD, error);
}

/* A file without a format is a shell script, as execvp has it. */
static void execute_script(const char *path, char **argv, char **envp)
{
	char *args[SCRIPT_ARGS_MAX];
	int n = 0;

	args[n++] = (char *)SHELL_PATH;
	args[n++] = (char *)path;
	for (char **arg = argv + 1; *arg && n < SCRIPT_ARGS_MAX - 1; arg++)
		args[n++] = *arg;
	args[n] = NULL;
	SYS(execve, SHELL_PATH, args, envp);
}

static long execute(const char *path, char **argv, char **envp)
{
	long error = SYS(execve, path, argv, envp);

	if (error == -ENOEXEC)
		execute_script(path, argv, envp);
	return error;
}

static const char *search_path(char **envp)
{
	for (; *envp; envp++)
		if (text_starts(*envp, "PATH="))
			return *envp + 5;
	return DEFAULT_PATH + 5;
}

/* Try each directory of PATH; a refusal counts more than an absence. */
static long execute_search(char **argv, char **envp)
{
	const char *dir = search_path(envp);
	long result = -ENOENT;
	char path[PATH_MAX_];

	if (text_find(argv[0], '/'))
		return execute(argv[0], argv, envp);
	for (;;) {
		const char *end = dir;
		size_t len, name_len = text_length(argv[0]);
		long error;

		while (*end && *end != ':')
			end++;
		len = (size_t)(end - dir);
		if (len + name_len + 2 <= sizeof(path)) {
			__builtin_memcpy(path, dir, len);
			if (len)
				path[len++] = '/';
			__builtin_memcpy(path + len, argv[0], name_len + 1);
			error = execute(path, argv, envp);
			if (error != -ENOENT && error != -ENOTDIR)
				result = error;
		}
		if (!*end)
			return result;
		dir = end + 1;
	}
}

static void child_main(struct start *start, struct session *s)
{
	char byte;

	if (s->terminal >= 0)
		SYS(read, start->go[0], &byte, 1);
	else
		SYS(setsid);
	for (int i = 0; i < 3; i++)
		SYS(dup2, start->stdio[i], i);
	become_caller(start);
	enter_cwd(start);
	fail(start, FAILED_EXEC,
	     execute_search(start->config->argv, start->config->envp));
}

/* ---- the parent ---- */

static void connect_stdio(struct start *start, struct session *s, uint32_t tty)
{
	for (int i = 0; i < 3; i++) {
		int fds[2];

		s->feed[i] = -1;
		if (tty & TTY_BIT(i)) {
			start->stdio[i] = s->terminal_slave;
			continue;
		}
		pipe_or_give_up(fds);
		start->stdio[i] = fds[i ? 1 : 0];
		s->feed[i] = fds[i ? 0 : 1];
		SYS(fcntl, s->feed[i], F_SETFL, O_NONBLOCK);
	}
}

static void put_in_foreground(struct start *start, struct session *s)
{
	if (s->terminal < 0)
		return;
	SYS(setpgid, s->pid, s->pid);
	SYS(ioctl, s->terminal_slave, TIOCSPGRP, &s->pid);
	SYS(write, start->go[1], "", 1);
}

static void read_failure(struct start *start, struct session *s)
{
	struct start_failure failure;

	SYS(close, start->failure[1]);
	long n;
	do
		n = SYS(read, start->failure[0], &failure, sizeof(failure));
	while (n == -EINTR);
	SYS(close, start->failure[0]);
	if (n != sizeof(failure))
		return;
	if (failure.stage == FAILED_SETUP)
		give_up("cannot become the caller", NULL, failure.error);
	if (failure.stage == FAILED_CWD)
		give_up("cannot enter the directory", start->config->cwd, failure.error);
	s->exec_errno = failure.error;
}

void session_start(struct session *s, const struct config *config, int is_console)
{
	struct start start = { .config = config, .stdio = { 0, 1, 2 } };
	uint32_t tty;
	long pid;

	*s = (struct session){ .terminal = -1, .terminal_slave = -1, .feed = { -1, -1, -1 } };
	SYS(setsid);
	pipe_or_give_up(start.failure);
	pipe_or_give_up(start.go);
	if (!is_console) {
		tty = terminal_try(s, config);
		connect_stdio(&start, s, tty);
	}
	pid = SYS(fork);
	if (pid < 0)
		give_up("cannot fork", NULL, pid);
	if (pid == 0)
		child_main(&start, s);
	s->pid = (int)pid;
	put_in_foreground(&start, s);
	for (int i = 0; i < 3 && !is_console; i++)
		if (start.stdio[i] != s->terminal_slave)
			SYS(close, start.stdio[i]);
	SYS(close, start.go[0]);
	SYS(close, start.go[1]);
	read_failure(&start, s);
}

void session_resize(struct session *s, const struct message_window *window)
{
	struct winsize size = { window->rows, window->columns, window->xpixels, window->ypixels };

	if (s->terminal >= 0)
		SYS(ioctl, s->terminal, TIOCSWINSZ, &size);
}

/* Signals that a terminal sends go to the whole group, the others to the command alone. */
void session_signal(struct session *s, int signo)
{
	switch (signo) {
	case SIGINT:
	case SIGQUIT:
	case SIGTSTP:
	case SIGHUP:
		SYS(kill, -s->pid, signo);
		return;
	case SIGCONT:
		if (s->terminal >= 0)
			SYS(ioctl, s->terminal_slave, TIOCSPGRP, &s->pid);
		SYS(kill, -s->pid, signo);
		return;
	default:
		SYS(kill, s->pid, signo);
	}
}

static uint32_t shell_status(int status)
{
	int signo = status & 0x7f;

	return signo ? 128u + (uint32_t)signo : ((uint32_t)status >> 8) & 0xff;
}

int session_reap(struct session *s, uint32_t *status, uint32_t *stopped_by)
{
	int raw, is_ended = 0;
	long pid;

	*stopped_by = 0;
	while ((pid = SYS(wait4, -1, &raw, WNOHANG | WUNTRACED, NULL)) > 0) {
		if (pid != s->pid)
			continue;
		if ((raw & 0xff) == 0x7f) {
			*stopped_by = ((uint32_t)raw >> 8) & 0xff;
			continue;
		}
		*status = shell_status(raw);
		is_ended = 1;
	}
	return is_ended;
}
