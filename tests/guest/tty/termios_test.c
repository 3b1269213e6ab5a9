/* SPDX-License-Identifier: GPL-2.0-only */
/* termios_test.c - proves the settings: defaults, all forms of getting and setting, speeds, locks, what a pty corrects. */
#include "pty_util.h"
#include <sys/syscall.h>

/* The kernel's own forms. */
struct ktermios {
	unsigned c_iflag, c_oflag, c_cflag, c_lflag;
	unsigned char c_line, c_cc[19];
};
struct ktermios2 {
	struct ktermios t;
	unsigned c_ispeed, c_ospeed;
};
struct ktermio {
	unsigned short c_iflag, c_oflag, c_cflag, c_lflag;
	unsigned char c_line, c_cc[8];
};
#define K_TCGETS2 _IOR('T', 0x2A, struct ktermios2)
#define K_TCSETS2 _IOW('T', 0x2B, struct ktermios2)
#define K_TCGETA 0x5405
#define K_TCSETA 0x5406
#define K_BOTHER 0x1000
#define K_CBAUD 0x100f

CASE(defaults)
{
	static const unsigned char cc[19] = { 3, 28, 127, 21, 4, 0, 1, 0, 17, 19, 26, 0, 18, 15, 23, 22, 0 };
	struct ktermios2 t;

	open_pair();
	CHECK_EQ(ioctl(slave, K_TCGETS2, &t), 0);
	CHECK_EQ(t.t.c_iflag, ICRNL | IXON);
	CHECK_EQ(t.t.c_oflag, OPOST | ONLCR);
	CHECK_EQ(t.t.c_cflag, B38400 | CS8 | CREAD);
	CHECK_EQ(t.t.c_lflag, ISIG | ICANON | ECHO | ECHOE | ECHOK | ECHOCTL | ECHOKE | IEXTEN);
	CHECK_EQ(t.t.c_line, 0);
	CHECK(!memcmp(t.t.c_cc, cc, 19));
	CHECK_EQ(t.c_ispeed, 38400);
	CHECK_EQ(t.c_ospeed, 38400);
}

CASE(master_shows_the_slaves_settings)
{
	struct ktermios a, b;

	open_pair();
	CHECK_EQ(ioctl(slave, TCGETS, &a), 0);
	a.c_lflag &= ~ECHO;
	CHECK_EQ(ioctl(master, TCSETS, &a), 0);
	CHECK_EQ(ioctl(slave, TCGETS, &b), 0);
	CHECK(!memcmp(&a, &b, sizeof a));
	CHECK_EQ(ioctl(master, TCGETS, &b), 0);
	CHECK(!memcmp(&a, &b, sizeof a));
}

CASE(pty_keeps_eight_bits)
{
	struct ktermios t;

	open_pair();
	CHECK_EQ(ioctl(slave, TCGETS, &t), 0);
	t.c_cflag = (t.c_cflag & ~(CSIZE | CREAD)) | CS7 | PARENB;
	CHECK_EQ(ioctl(slave, TCSETS, &t), 0);
	CHECK_EQ(ioctl(slave, TCGETS, &t), 0);
	CHECK_EQ(t.c_cflag & (CSIZE | PARENB | CREAD), CS8 | CREAD);
}

CASE(speeds)
{
	struct ktermios2 t;

	open_pair();
	CHECK_EQ(ioctl(slave, K_TCGETS2, &t), 0);
	t.t.c_cflag = (t.t.c_cflag & ~K_CBAUD) | B115200;
	CHECK_EQ(ioctl(slave, TCSETS, &t.t), 0);
	CHECK_EQ(ioctl(slave, K_TCGETS2, &t), 0);
	CHECK_EQ(t.c_ospeed, 115200);
	CHECK_EQ(t.c_ispeed, 115200);
	t.t.c_cflag = (t.t.c_cflag & ~K_CBAUD) | K_BOTHER;
	t.c_ospeed = t.c_ispeed = 12345;
	CHECK_EQ(ioctl(slave, K_TCSETS2, &t), 0);
	memset(&t, 0, sizeof t);
	CHECK_EQ(ioctl(slave, K_TCGETS2, &t), 0);
	CHECK_EQ(t.c_ospeed, 12345);
}

CASE(old_form)
{
	struct ktermio old;
	struct ktermios t;

	open_pair();
	CHECK_EQ(ioctl(slave, K_TCGETA, &old), 0);
	CHECK_EQ(old.c_cc[VINTR], 3);
	old.c_lflag &= (unsigned short)~ECHO;
	old.c_cc[VINTR] = 7;
	CHECK_EQ(ioctl(slave, K_TCSETA, &old), 0);
	CHECK_EQ(ioctl(slave, TCGETS, &t), 0);
	CHECK_EQ(t.c_lflag & ECHO, 0);
	CHECK_EQ(t.c_cc[VINTR], 7);
	CHECK_EQ(t.c_cc[VWERASE], 23);
}

CASE(changed_characters_work)
{
	struct termios t;

	open_pair();
	t = settings();
	t.c_lflag &= (tcflag_t)~ECHO;
	t.c_cc[VERASE] = '#';
	t.c_cc[VKILL] = '@';
	t.c_cc[VEOF] = '!';
	set(&t);
	type("ab#c\n");
	expect_read(slave, "ac\n");
	type("ab@c\n");
	expect_read(slave, "c\n");
	type("ab!");
	expect_read(slave, "ab");
	t.c_cc[VERASE] = _POSIX_VDISABLE;
	set(&t);
	type_bytes("a\0#\n", 4);
	expect_bytes(slave, "a\0#\n", 4);
}

CASE(bad_addresses)
{
	open_pair();
	CHECK_ERRNO(ioctl(slave, TCGETS, 8), EFAULT);
	CHECK_ERRNO(ioctl(slave, TCSETS, 8), EFAULT);
	CHECK_ERRNO(ioctl(slave, TIOCGWINSZ, 8), EFAULT);
	CHECK_ERRNO(ioctl(slave, TIOCSWINSZ, 8), EFAULT);
	CHECK_ERRNO(ioctl(slave, FIONREAD, 8), EFAULT);
	CHECK_ERRNO(ioctl(master, TIOCGPTN, 8), EFAULT);
	CHECK_ERRNO(ioctl(master, TIOCPKT, 8), EFAULT);
}

CASE(locked_settings_do_not_change)
{
	struct ktermios locks = { .c_lflag = ECHO }, t;

	open_pair();
	if (geteuid() != 0)
		return;
	CHECK_EQ(ioctl(slave, TIOCSLCKTRMIOS, &locks), 0);
	CHECK_EQ(ioctl(slave, TCGETS, &t), 0);
	t.c_lflag &= ~(ECHO | ECHOE);
	CHECK_EQ(ioctl(slave, TCSETS, &t), 0);
	CHECK_EQ(ioctl(slave, TCGETS, &t), 0);
	CHECK_EQ(t.c_lflag & (ECHO | ECHOE), ECHO);
}

CASE(soft_carrier_is_clocal)
{
	int is_on = 1;

	open_pair();
	CHECK_EQ(ioctl(slave, TIOCSSOFTCAR, &is_on), 0);
	CHECK(settings().c_cflag & CLOCAL);
	is_on = 0;
	CHECK_EQ(ioctl(slave, TIOCGSOFTCAR, &is_on), 0);
	CHECK_EQ(is_on, 1);
}

TEST_MAIN()
