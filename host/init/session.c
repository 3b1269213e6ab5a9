/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * session.c - start the command as the caller would have, and look after it.
 *
 * WHAT        The command gets the caller's user, groups, umask, open-file limit, directory,
 *             environment and arguments. Each of its descriptors 0, 1, 2 is either a pipe to us
 *             or the guest's terminal, a pty of which we keep the master.
 *             Between us and the command stands the guardian: it leads the session, waits for the
 *             command and reports. It must not be us: children of the first process count as
 *             orphaned, and a terminal cannot stop an orphaned group.
 * INVARIANTS  I1  With a terminal, the guardian leads its session and the command has a process
 *                 group of its own in the foreground. So a stop (Ctrl-Z) works.
 *             I2  We keep a slave open until the command has ended, so the master never shows a
 *                 hang-up before.
 * LIFECYCLE   session_start --> running <--> stopped --> ended (session_news says so, once)
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

#define SHELL_PATH      "/bin/sh"
#define DEFAULT_PATH    "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
#define PATH_MAX_       4096
#define SCRIPT_ARGS_MAX 1024

_Static_assert(sizeof(struct termios) == CONFIG_TERMIOS_BYTES, "the kernel's struct termios");

/* How the child tells what went wrong before its execve succeeded. */
struct start_failure {
	enum { FAILED_SETUP = 1, FAILED_CWD, FAILED_EXEC } stage;
	int error;
};

/* What the guardian says. */
struct news {
	enum { NEWS_PID = 1, NEWS_STOPPED, NEWS_ENDED } kind;
	int value;
};

struct start {
	const struct config *config;
	int stdio[3];   /* the child's */
	int failure[2]; /* pipe; closed by a successful execve */
	int go[2];      /* pipe; the child waits until it is in the foreground */
	int news[2];    /* pipe; from the guardian to us */
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

/* Open a pty. Returns 0 or -errno. */
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
	return 0;
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

	SYS(setpgid, 0, 0);
	if (s->terminal >= 0)
		SYS(read, start->go[0], &byte, 1);
	for (int i = 0; i < 3; i++)
		SYS(dup2, start->stdio[i], i);
	become_caller(start);
	enter_cwd(start);
	fail(start, FAILED_EXEC, execute_search(start->config->argv, start->config->envp));
}

/* ---- the guardian ---- */

static void tell(struct start *start, int kind, int value)
{
	struct news news = { kind, value };

	SYS(write, start->news[1], &news, sizeof(news));
}

/* What stays open here would keep the ends of streams from being seen. */
static void guardian_close(struct start *start, struct session *s)
{
	for (int i = 0; i < 3; i++) {
		if (s->feed[i] >= 0)
			SYS(close, s->feed[i]);
		if (start->stdio[i] > 2)
			SYS(close, start->stdio[i]);
	}
	SYS(close, start->failure[0]);
	SYS(close, start->failure[1]);
	if (s->terminal >= 0)
		SYS(close, s->terminal);
}

static uint32_t shell_status(int status)
{
	int signo = status & 0x7f;

	return signo ? 128u + (uint32_t)signo : ((uint32_t)status >> 8) & 0xff;
}

static void guardian_watch(struct start *start, long pid)
{
	int raw;

	for (;;) {
		long who = SYS(wait4, pid, &raw, WUNTRACED, NULL);

		if (who == -EINTR)
			continue;
		if (who == pid && (raw & 0xff) == 0x7f) {
			tell(start, NEWS_STOPPED, (raw >> 8) & 0xff);
			continue;
		}
		tell(start, NEWS_ENDED, who == pid ? (int)shell_status(raw) : 255);
		SYS(exit_group, 0);
	}
}

/* I1 */
static void guardian_main(struct start *start, struct session *s)
{
	long pid, error = 0;

	SYS(setsid);
	if (s->terminal_slave >= 0)
		error = SYS(ioctl, s->terminal_slave, TIOCSCTTY, 0);
	if (error < 0)
		say("cannot take the terminal:", NULL, error);
	pid = SYS(fork);
	if (pid < 0)
		fail(start, FAILED_SETUP, pid);
	if (pid == 0)
		child_main(start, s);
	SYS(setpgid, pid, pid);
	tell(start, NEWS_PID, (int)pid);
	if (s->terminal >= 0) {
		int group = (int)pid;

		SYS(ioctl, s->terminal_slave, TIOCSPGRP, &group);
		SYS(write, start->go[1], "", 1);
	}
	guardian_close(start, s);
	guardian_watch(start, pid);
}

/* ---- the first process ---- */

static void connect_stdio(struct start *start, struct session *s, uint32_t tty)
{
	for (int i = 0; i < 3; i++) {
		int fds[2];

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

/* What kept the command from starting, if anything did. */
static void read_failure(struct start *start, struct session *s)
{
	struct start_failure failure;
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

static void close_child_ends(struct start *start, struct session *s)
{
	for (int i = 0; i < 3; i++)
		if (start->stdio[i] > 2 && start->stdio[i] != s->terminal_slave)
			SYS(close, start->stdio[i]);
	SYS(close, start->go[0]);
	SYS(close, start->go[1]);
	SYS(close, start->failure[1]);
	SYS(close, start->news[1]);
}

/* Orphans of the command end with us; ignoring SIGCHLD lets the kernel collect them. */
static void ignore_children(void)
{
	struct {
		void (*handler)(int);
		unsigned long flags;
		void (*restorer)(void);
		uint64_t mask;
	} action = { .handler = SIG_IGN };

	SYS(rt_sigaction, SIGCHLD, &action, NULL, sizeof(action.mask));
}

void session_start(struct session *s, const struct config *config, int is_console)
{
	struct start start = { .config = config, .stdio = { 0, 1, 2 } };
	struct news news = { 0 };
	long pid;

	*s = (struct session){ .terminal = -1, .terminal_slave = -1, .feed = { -1, -1, -1 } };
	pipe_or_give_up(start.failure);
	pipe_or_give_up(start.go);
	pipe_or_give_up(start.news);
	if (!is_console)
		connect_stdio(&start, s, terminal_try(s, config));
	pid = SYS(fork);
	if (pid < 0)
		give_up("cannot fork", NULL, pid);
	if (pid == 0)
		guardian_main(&start, s);
	ignore_children();
	close_child_ends(&start, s);
	read_failure(&start, s);
	SYS(read, start.news[0], &news, sizeof(news));
	s->pid = news.value;
	s->news_fd = start.news[0];
	SYS(fcntl, s->news_fd, F_SETFL, O_NONBLOCK);
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
	case SIGHUP:
	case SIGSTOP:
	case SIGCONT:
		SYS(kill, -s->pid, signo);
		return;
	default:
		SYS(kill, s->pid, signo);
	}
}

int session_news(struct session *s, uint32_t *status, uint32_t *stopped_by)
{
	struct news news;
	int is_ended = 0, raw;

	*stopped_by = 0;
	while (SYS(wait4, -1, &raw, WNOHANG, NULL) > 0)
		;
	while (SYS(read, s->news_fd, &news, sizeof(news)) == sizeof(news)) {
		if (news.kind == NEWS_STOPPED)
			*stopped_by = (uint32_t)news.value;
		if (news.kind == NEWS_ENDED) {
			*status = (uint32_t)news.value;
			is_ended = 1;
		}
	}
	return is_ended;
}
