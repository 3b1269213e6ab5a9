/* SPDX-License-Identifier: GPL-2.0-only */
/* locks_test.c - proves POSIX, OFD and flock locks: ranges, conflicts, waiting, deadlock, the end of owners. */
#include "check.h"
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/time.h>

static int fd;

static void fresh_file(void)
{
	char name[64];

	mkdir("/tmp", 0777);
	snprintf(name, sizeof(name), "/tmp/lock.%d", getpid());
	fd = open(name, O_CREAT | O_RDWR, 0600);
	CHECK(fd >= 0);
}

static int set(int cmd, int type, off_t start, off_t len)
{
	struct flock l = { .l_type = type, .l_whence = SEEK_SET, .l_start = start, .l_len = len };

	return fcntl(fd, cmd, &l);
}

/* What a child sees in the way of a write lock: F_UNLCK or the type, and its range. */
static void expect_in_child(off_t start, off_t len, int type, off_t at, off_t at_len)
{
	int status;

	if (!fork()) {
		struct flock l = { .l_type = F_WRLCK, .l_whence = SEEK_SET, .l_start = start, .l_len = len };

		CHECK_EQ(fcntl(fd, F_GETLK, &l), 0);
		CHECK_EQ(l.l_type, type);
		if (type != F_UNLCK) {
			CHECK_EQ(l.l_start, at);
			CHECK_EQ(l.l_len, at_len);
			CHECK_EQ(l.l_pid, getppid());
		}
		_exit(0);
	}
	wait(&status);
	CHECK_EQ(status, 0);
}

CASE(ranges_split_and_merge)
{
	fresh_file();
	CHECK_EQ(set(F_SETLK, F_WRLCK, 0, 100), 0);
	expect_in_child(50, 1, F_WRLCK, 0, 100);
	CHECK_EQ(set(F_SETLK, F_UNLCK, 40, 20), 0);
	expect_in_child(45, 1, F_UNLCK, 0, 0);
	expect_in_child(10, 1, F_WRLCK, 0, 40);
	expect_in_child(90, 1, F_WRLCK, 60, 40);
	CHECK_EQ(set(F_SETLK, F_WRLCK, 40, 20), 0);
	expect_in_child(50, 1, F_WRLCK, 0, 100);
	CHECK_EQ(set(F_SETLK, F_RDLCK, 30, 10), 0);
	expect_in_child(35, 1, F_RDLCK, 30, 10);
	CHECK_EQ(set(F_SETLK, F_WRLCK, 200, 0), 0);
	expect_in_child(100000, 1, F_WRLCK, 200, 0);
	CHECK_EQ(set(F_SETLK, F_UNLCK, 0, 0), 0);
	expect_in_child(0, 0, F_UNLCK, 0, 0);
}

CASE(conflicts_give_eagain)
{
	int status;

	fresh_file();
	CHECK_EQ(set(F_SETLK, F_RDLCK, 0, 10), 0);
	if (!fork()) {
		CHECK_EQ(set(F_SETLK, F_RDLCK, 0, 10), 0);
		CHECK_ERRNO(set(F_SETLK, F_WRLCK, 5, 1), EAGAIN);
		CHECK_EQ(set(F_SETLK, F_WRLCK, 10, 1), 0);
		_exit(0);
	}
	wait(&status);
	CHECK_EQ(status, 0);
	CHECK_ERRNO(set(F_SETLK, 99, 0, 0), EINVAL);
}

CASE(waiting_ends_with_the_unlock)
{
	int status, go[2];
	char c;

	fresh_file();
	CHECK_EQ(pipe(go), 0);
	CHECK_EQ(set(F_SETLK, F_WRLCK, 0, 1), 0);
	if (!fork()) {
		CHECK_EQ(write(go[1], "x", 1), 1);
		CHECK_EQ(set(F_SETLKW, F_WRLCK, 0, 1), 0);
		_exit(0);
	}
	CHECK_EQ(read(go[0], &c, 1), 1);
	usleep(20000);
	CHECK_EQ(set(F_SETLK, F_UNLCK, 0, 1), 0);
	wait(&status);
	CHECK_EQ(status, 0);
}

static void on_alarm(int sig)
{
}

CASE(waiting_ends_with_a_signal)
{
	struct sigaction sa = { .sa_handler = on_alarm };
	/* again and again: the first may come before the wait has begun */
	struct itimerval it = { .it_value.tv_usec = 30000, .it_interval.tv_usec = 30000 };
	int status;

	fresh_file();
	CHECK_EQ(set(F_SETLK, F_WRLCK, 0, 1), 0);
	if (!fork()) {
		sigaction(SIGALRM, &sa, NULL);
		setitimer(ITIMER_REAL, &it, NULL);
		CHECK_ERRNO(set(F_SETLKW, F_WRLCK, 0, 1), EINTR);
		_exit(0);
	}
	wait(&status);
	CHECK_EQ(status, 0);
}

CASE(deadlock_is_refused)
{
	int status, go[2];
	char c;

	fresh_file();
	CHECK_EQ(pipe(go), 0);
	CHECK_EQ(set(F_SETLK, F_WRLCK, 0, 1), 0);
	if (!fork()) {
		CHECK_EQ(set(F_SETLK, F_WRLCK, 1, 1), 0);
		CHECK_EQ(write(go[1], "x", 1), 1);
		CHECK_EQ(set(F_SETLKW, F_WRLCK, 0, 1), 0);
		_exit(0);
	}
	CHECK_EQ(read(go[0], &c, 1), 1);
	usleep(50000);
	CHECK_ERRNO(set(F_SETLKW, F_WRLCK, 1, 1), EDEADLK);
	CHECK_EQ(set(F_SETLK, F_UNLCK, 0, 1), 0);
	wait(&status);
	CHECK_EQ(status, 0);
}

CASE(close_of_any_descriptor_drops_posix_locks)
{
	fresh_file();
	CHECK_EQ(set(F_SETLK, F_WRLCK, 0, 10), 0);
	close(dup(fd));
	expect_in_child(0, 1, F_UNLCK, 0, 0);
}

CASE(ofd_locks_belong_to_the_open_file)
{
	char path[64];
	int other, save = fd;

	fresh_file();
	save = fd;
	snprintf(path, sizeof(path), "/tmp/lock.%d", getpid());
	other = open(path, O_RDWR);
	CHECK_EQ(set(F_OFD_SETLK, F_WRLCK, 0, 10), 0);
	fd = other;
	CHECK_ERRNO(set(F_OFD_SETLK, F_WRLCK, 5, 1), EAGAIN);
	CHECK_ERRNO(set(F_SETLK, F_WRLCK, 5, 1), EAGAIN);
	close(dup(save));
	CHECK_ERRNO(set(F_OFD_SETLK, F_WRLCK, 5, 1), EAGAIN);
	close(save);
	CHECK_EQ(set(F_OFD_SETLK, F_WRLCK, 5, 1), 0);
}

CASE(flock_is_for_the_open_file)
{
	char path[64];
	int other;

	fresh_file();
	snprintf(path, sizeof(path), "/tmp/lock.%d", getpid());
	other = open(path, O_RDWR);
	CHECK_EQ(flock(fd, LOCK_SH), 0);
	CHECK_EQ(flock(other, LOCK_SH), 0);
	CHECK_ERRNO(flock(other, LOCK_EX | LOCK_NB), EWOULDBLOCK);
	CHECK_EQ(flock(fd, LOCK_UN), 0);
	CHECK_EQ(flock(other, LOCK_EX | LOCK_NB), 0);
	CHECK_EQ(flock(dup(other), LOCK_EX | LOCK_NB), 0);
	CHECK_ERRNO(flock(fd, LOCK_SH | LOCK_NB), EWOULDBLOCK);
	CHECK_ERRNO(flock(fd, 0), EINVAL);
}

TEST_MAIN()
