/* SPDX-License-Identifier: GPL-2.0-only */
/* hangup_test.c - proves what a session learns when its line goes: by the master's close, by vhangup(2). */
#include "pty_util.h"

static volatile sig_atomic_t got_hup, got_cont;

static void note(int sig)
{
	if (sig == SIGHUP)
		got_hup = 1;
	else
		got_cont = 1;
}

static void catch(int sig)
{
	struct sigaction act = { .sa_handler = note };

	sigaction(sig, &act, NULL);
}

CASE(masters_close_signals_the_leader)
{
	int ready[2];
	pid_t pid;
	char c;

	open_pair();
	CHECK_EQ(pipe(ready), 0);
	pid = fork();
	if (!pid) {
		close(master);
		setsid();
		catch(SIGHUP);
		catch(SIGCONT);
		CHECK_EQ(ioctl(slave, TIOCSCTTY, 0), 0);
		say_ready(ready[1]);
		while (!got_hup || !got_cont)
			usleep(1000);
		CHECK_EQ(read(slave, &c, 1), 0);
		CHECK_ERRNO(write(slave, "x", 1), EIO);
		CHECK_ERRNO(open("/dev/tty", O_RDWR), ENXIO);
		_exit(0);
	}
	wait_ready(ready[0]);
	close(master);
	CHECK_EQ(status_of(pid, 0), 0);
}

CASE(foreground_group_is_told_when_the_leader_goes)
{
	int ready[2], result[2];
	pid_t pid;

	open_pair();
	CHECK_EQ(pipe(ready) | pipe(result), 0);
	pid = fork();
	if (!pid) { /* the leader dies of SIGHUP; its foreground group is another */
		close(master);
		setsid();
		signal(SIGTTOU, SIG_IGN);
		CHECK_EQ(ioctl(slave, TIOCSCTTY, 0), 0);
		pid = fork();
		if (!pid) {
			setpgid(0, 0);
			catch(SIGHUP);
			CHECK_EQ(tcsetpgrp(slave, getpid()), 0);
			say_ready(ready[1]);
			while (!got_hup)
				usleep(1000);
			say_ready(result[1]);
			_exit(0);
		}
		pause();
		_exit(1);
	}
	wait_ready(ready[0]);
	close(master);
	CHECK_EQ(status_of(pid, 0), SIGHUP);
	CHECK(ready_within(result[0], POLLIN, ANSWER_MS) & POLLIN);
}

CASE(vhangup_ends_every_open_file)
{
	if (geteuid() != 0)
		return;
	open_master();
	IN_SESSION({
		char c;
		int other;

		signal(SIGHUP, SIG_IGN);
		slave = open(slave_name(), O_RDWR);
		other = open("/dev/tty", O_RDWR);
		CHECK(other >= 0);
		CHECK_EQ(vhangup(), 0);
		CHECK_EQ(read(slave, &c, 1), 0);
		CHECK_EQ(read(other, &c, 1), 0);
		CHECK_ERRNO(write(other, &c, 1), EIO);
		slave = open(slave_name(), O_RDWR); /* it works anew */
		CHECK(slave >= 0);
		CHECK_EQ(write(slave, "x", 1), 1);
		expect(master, "x");
		CHECK_EQ(tcgetsid(slave), getpid());
	});
}

CASE(vhangup_needs_the_right)
{
	if (geteuid() == 0)
		CHECK_EQ(setuid(65534), 0);
	CHECK_ERRNO(vhangup(), EPERM);
}

CASE(settings_begin_anew_after_a_hangup)
{
	if (geteuid() != 0)
		return;
	open_master();
	IN_SESSION({
		signal(SIGHUP, SIG_IGN);
		slave = open(slave_name(), O_RDWR);
		local_flags(ECHO | ICANON, 0);
		CHECK_EQ(vhangup(), 0);
		slave = open(slave_name(), O_RDWR);
		CHECK_EQ(settings().c_lflag & (ECHO | ICANON), ECHO | ICANON);
	});
}

TEST_MAIN()
