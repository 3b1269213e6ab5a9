/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * job_test.c - proves sessions and job control: how a terminal becomes controlling and is given up, the foreground group,
 * signals from keys, what background groups may do, orphans, the end of the leader.
 */
#include "pty_util.h"

static volatile sig_atomic_t last_signal;

static void note(int sig)
{
	last_signal = sig;
}

static void catch(int sig)
{
	struct sigaction act = { .sa_handler = note };

	sigaction(sig, &act, NULL);
}

/* In a session leader: the slave becomes the controlling terminal by being opened. */
static void control(void)
{
	slave = open(slave_name(), O_RDWR);
	CHECK(slave >= 0);
	CHECK_EQ(tcgetsid(slave), getpid());
}

CASE(leader_gets_a_terminal_by_opening_it)
{
	open_master();
	IN_SESSION({
		CHECK_ERRNO(open("/dev/tty", O_RDWR), ENXIO);
		slave = open(slave_name(), O_RDWR | O_NOCTTY);
		CHECK_ERRNO(tcgetsid(slave), ENOTTY);
		control();
		CHECK_EQ(tcgetpgrp(slave), getpid());
		int fd = open("/dev/tty", O_RDWR);
		CHECK(fd >= 0);
		CHECK_EQ(tcgetsid(fd), getpid());
		CHECK_EQ(write(fd, "hi", 2), 2);
		expect(master, "hi");
	});
}

CASE(leader_gets_it_by_asking)
{
	open_pair();
	IN_SESSION({
		CHECK_EQ(ioctl(slave, TIOCSCTTY, 0), 0);
		CHECK_EQ(ioctl(slave, TIOCSCTTY, 0), 0);
		CHECK_EQ(tcgetsid(slave), getpid());
		IN_CHILD(CHECK_ERRNO(ioctl(slave, TIOCSCTTY, 0), EPERM));
	});
}

CASE(through_the_master_too)
{
	open_pair();
	IN_SESSION({
		CHECK_EQ(ioctl(master, TIOCSCTTY, 0), 0);
		CHECK_EQ(tcgetsid(slave), getpid());
		CHECK_EQ(tcgetpgrp(master), getpid());
		CHECK_ERRNO(ioctl(master, TIOCNOTTY), ENOTTY);
	});
}

CASE(not_who_has_one_nor_who_leads_nothing)
{
	open_pair();
	IN_SESSION({
		int other = open("/dev/ptmx", O_RDWR | O_NOCTTY);
		CHECK(other >= 0);
		CHECK_EQ(ioctl(slave, TIOCSCTTY, 0), 0);
		CHECK_ERRNO(ioctl(other, TIOCSCTTY, 0), EPERM);
	});
	IN_CHILD(CHECK_ERRNO(ioctl(slave, TIOCSCTTY, 0), EPERM));
}

CASE(terminal_of_another_session)
{
	int ready[2];
	int done[2];
	pid_t pid;

	open_pair();
	CHECK_EQ(pipe(ready) | pipe(done), 0);
	pid = fork();
	if (!pid) {
		setsid();
		CHECK_EQ(ioctl(slave, TIOCSCTTY, 0), 0);
		say_ready(ready[1]);
		wait_ready(done[0]);
		_exit(open("/dev/tty", O_RDWR) >= 0);
	}
	wait_ready(ready[0]);
	IN_SESSION({
		CHECK_ERRNO(ioctl(slave, TIOCSCTTY, 0), EPERM);
		if (geteuid() == 0) {
			CHECK_EQ(ioctl(slave, TIOCSCTTY, 1), 0); /* stolen */
			CHECK_EQ(tcgetsid(slave), getpid());
		}
	});
	say_ready(done[1]);
	CHECK_EQ(status_of(pid, 0), geteuid() == 0 ? 0 : 1 << 8);
}

CASE(terminal_is_given_up)
{
	open_pair();
	IN_SESSION({
		CHECK_EQ(ioctl(slave, TIOCSCTTY, 0), 0);
		catch(SIGHUP);
		CHECK_EQ(ioctl(slave, TIOCNOTTY), 0);
		CHECK_EQ(last_signal, SIGHUP);
		CHECK_ERRNO(ioctl(slave, TIOCNOTTY), ENOTTY);
		CHECK_ERRNO(open("/dev/tty", O_RDWR), ENXIO);
		CHECK_EQ(ioctl(slave, TIOCSCTTY, 0), 0);
	});
}

CASE(terminal_stays_while_the_master_does)
{
	open_master();
	IN_SESSION({
		int fd;

		control();
		close(slave);
		fd = open("/dev/tty", O_RDWR);
		CHECK(fd >= 0);
		CHECK_EQ(tcgetsid(fd), getpid());
	});
}

CASE(keys_signal_the_foreground_group)
{
	open_pair();
	IN_SESSION({
		CHECK_EQ(ioctl(slave, TIOCSCTTY, 0), 0);
		catch(SIGINT);
		catch(SIGQUIT);
		catch(SIGTSTP);
		type("ab");
		expect(master, "ab");
		type("\003");
		while (last_signal != SIGINT)
			usleep(1000);
		expect(master, "^C");
		type("\034");
		while (last_signal != SIGQUIT)
			usleep(1000);
		expect(master, "^\\");
		type("\032");
		while (last_signal != SIGTSTP)
			usleep(1000);
		type("c\n");
		expect_read(slave, "c\n"); /* what was typed before is forgotten */
		local_flags(0, NOFLSH);
		last_signal = 0;
		type("d\003");
		while (last_signal != SIGINT)
			usleep(1000);
		type("e\n");
		expect_read(slave, "de\n");
		local_flags(ISIG, 0);
		type("\003\n");
		expect_read(slave, "\003\n");
	});
}

CASE(interrupt_ends_a_blocked_read)
{
	open_pair();
	IN_SESSION({
		pid_t pid;
		char c;

		CHECK_EQ(ioctl(slave, TIOCSCTTY, 0), 0);
		catch(SIGINT);
		pid = fork();
		if (!pid) {
			setpgid(0, 0);
			usleep(100000);
			type("\003");
			_exit(0);
		}
		CHECK_ERRNO(read(slave, &c, 1), EINTR);
		CHECK_EQ(last_signal, SIGINT);
		CHECK_EQ(status_of(pid, 0), 0);
	});
}

CASE(new_window_size_is_signalled)
{
	struct winsize size = { .ws_row = 30, .ws_col = 100, .ws_xpixel = 3, .ws_ypixel = 4 }, got;

	open_pair();
	IN_SESSION({
		CHECK_EQ(ioctl(slave, TIOCGWINSZ, &got), 0);
		CHECK_EQ(got.ws_row | got.ws_col, 0);
		CHECK_EQ(ioctl(slave, TIOCSCTTY, 0), 0);
		catch(SIGWINCH);
		CHECK_EQ(ioctl(master, TIOCSWINSZ, &size), 0);
		CHECK_EQ(last_signal, SIGWINCH);
		CHECK_EQ(ioctl(slave, TIOCGWINSZ, &got), 0);
		CHECK(!memcmp(&size, &got, sizeof size));
		last_signal = 0;
		CHECK_EQ(ioctl(slave, TIOCSWINSZ, &size), 0);
		CHECK_EQ(last_signal, 0); /* it is not new */
	});
}

CASE(foreground_group_is_checked)
{
	open_pair();
	IN_SESSION({
		pid_t pgrp = 1;

		CHECK_ERRNO(tcsetpgrp(slave, getpid()), ENOTTY);
		CHECK_EQ(ioctl(slave, TIOCSCTTY, 0), 0);
		CHECK_EQ(tcsetpgrp(slave, getpid()), 0);
		CHECK_ERRNO(tcsetpgrp(slave, getppid()), EPERM);
		CHECK_ERRNO(tcsetpgrp(slave, 999999), ESRCH);
		pgrp = -5;
		CHECK_ERRNO(ioctl(slave, TIOCSPGRP, &pgrp), EINVAL);
		CHECK_ERRNO(ioctl(slave, TIOCSPGRP, NULL), EFAULT);
	});
}

/* A child in a group of its own, stopped until told. */
static pid_t background(void (*what)(void))
{
	pid_t pid = fork();

	CHECK(pid >= 0);
	if (pid)
		return pid;
	setpgid(0, 0);
	what();
	_exit(0);
}

static void do_read(void)
{
	char c;

	_exit(read(slave, &c, 1) == 1 ? c : 200);
}

static void do_write(void)
{
	_exit(write(slave, "w", 1) != 1);
}

static void do_settings(void)
{
	struct termios t;

	CHECK_EQ(tcgetattr(slave, &t), 0);
	CHECK_EQ(tcsetattr(slave, TCSANOW, &t), 0);
}

CASE(background_reader_is_stopped)
{
	open_pair();
	IN_SESSION({
		pid_t pid;
		int status;

		CHECK_EQ(ioctl(slave, TIOCSCTTY, 0), 0);
		signal(SIGTTOU, SIG_IGN);
		pid = background(do_read);
		status = status_of(pid, WUNTRACED);
		CHECK(WIFSTOPPED(status));
		CHECK_EQ(WSTOPSIG(status), SIGTTIN);
		setpgid(pid, pid);
		CHECK_EQ(tcsetpgrp(slave, pid), 0);
		CHECK_EQ(kill(-pid, SIGCONT), 0);
		type("\x07\n");
		CHECK_EQ(status_of(pid, 0), 7 << 8);
		CHECK_EQ(tcsetpgrp(slave, getpid()), 0);
	});
}

static void do_read_ignoring(void)
{
	char c;

	signal(SIGTTIN, SIG_IGN);
	CHECK_ERRNO(read(slave, &c, 1), EIO);
}

CASE(background_reader_that_ignores_gets_eio)
{
	open_pair();
	IN_SESSION({
		CHECK_EQ(ioctl(slave, TIOCSCTTY, 0), 0);
		CHECK_EQ(status_of(background(do_read_ignoring), 0), 0);
	});
}

CASE(background_writer_is_stopped_only_with_tostop)
{
	open_pair();
	IN_SESSION({
		int status;
		pid_t pid;

		CHECK_EQ(ioctl(slave, TIOCSCTTY, 0), 0);
		CHECK_EQ(status_of(background(do_write), 0), 0);
		expect(master, "w");
		local_flags(0, TOSTOP);
		pid = background(do_write);
		status = status_of(pid, WUNTRACED);
		CHECK(WIFSTOPPED(status));
		CHECK_EQ(WSTOPSIG(status), SIGTTOU);
		local_flags(TOSTOP, 0);
		kill(pid, SIGCONT);
		CHECK_EQ(status_of(pid, 0), 0);
		expect(master, "w");
	});
}

CASE(background_settings_are_stopped)
{
	open_pair();
	IN_SESSION({
		int status;
		pid_t pid;

		CHECK_EQ(ioctl(slave, TIOCSCTTY, 0), 0);
		pid = background(do_settings);
		status = status_of(pid, WUNTRACED);
		CHECK(WIFSTOPPED(status));
		CHECK_EQ(WSTOPSIG(status), SIGTTOU);
		kill(pid, SIGKILL);
		status_of(pid, 0);
	});
}

static void do_settings_blocking(void)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGTTOU);
	sigprocmask(SIG_BLOCK, &set, NULL);
	do_settings();
	CHECK_EQ(tcsetpgrp(slave, getpid()), 0);
}

CASE(background_that_blocks_sigttou_may)
{
	open_pair();
	IN_SESSION({
		CHECK_EQ(ioctl(slave, TIOCSCTTY, 0), 0);
		CHECK_EQ(status_of(background(do_settings_blocking), 0), 0);
	});
}

CASE(orphaned_group_gets_eio)
{
	int result[2];

	open_pair();
	CHECK_EQ(pipe(result), 0);
	IN_SESSION({
		CHECK_EQ(ioctl(slave, TIOCSCTTY, 0), 0);
		IN_CHILD({ /* the parent of the group's only member ends */
			if (!fork()) {
				char c;

				setpgid(0, 0);
				while (getppid() != 1 && read(result[0], &c, 0) == 0 && kill(getppid(), 0) == 0 &&
				       getppid() == getpgid(getppid()))
					usleep(1000);
				usleep(20000);
				int error = read(slave, &c, 1) == -1 ? errno : 0;
				CHECK_EQ(write(result[1], &error, sizeof error), (ssize_t)sizeof error);
				_exit(0);
			}
		});
		int error = 0;
		CHECK_EQ(read(result[0], &error, sizeof error), (ssize_t)sizeof error);
		CHECK_EQ(error, EIO);
	});
}

CASE(end_of_the_leader_hangs_up_the_foreground)
{
	int ready[2], result[2];
	char c = 0;
	pid_t pid;

	open_pair();
	CHECK_EQ(pipe(ready) | pipe(result), 0);
	pid = fork();
	if (!pid) {
		setsid();
		CHECK_EQ(ioctl(slave, TIOCSCTTY, 0), 0);
		if (!fork()) {
			catch(SIGHUP);
			say_ready(ready[1]);
			while (last_signal != SIGHUP)
				usleep(1000);
			while (open("/dev/tty", O_RDWR) >= 0)
				usleep(1000);
			say_ready(result[1]);
			_exit(0);
		}
		wait_ready(ready[0]);
		_exit(0);
	}
	CHECK_EQ(status_of(pid, 0), 0);
	CHECK(ready_within(result[0], POLLIN, ANSWER_MS) & POLLIN);
	CHECK_EQ(read(result[0], &c, 1), 1);
}

TEST_MAIN()
