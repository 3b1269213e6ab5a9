/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * machine.c - what belongs to the machine as a whole: host name, loop-back interface, clock.
 */
#include <errno.h>
#include <linux/if.h>
#include <linux/sockios.h>
#include <sys/socket.h>
#include <time.h>
#include "guest.h"
#include "sys.h"
#include "text.h"

/* A kernel without IPv4 has no loop-back interface to bring up: that is no failure. */
static void bring_up_loopback(void)
{
	struct ifreq request = { .ifr_name = "lo" };
	long fd = SYS(socket, AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	if (fd < 0)
		return;
	request.ifr_flags = IFF_UP | IFF_RUNNING;
	long error = SYS(ioctl, fd, SIOCSIFFLAGS, &request);
	if (error < 0)
		say("cannot bring up the interface", "lo", error);
	SYS(close, fd);
}

void machine_set_up(const struct config *config)
{
	long error = 0;

	if (config->hostname)
		error = SYS(sethostname, config->hostname, text_length(config->hostname));
	if (error < 0)
		say("cannot set the host name", config->hostname, error);
	bring_up_loopback();
}

void machine_set_time(const struct message_time *now)
{
	struct {
		int64_t sec, nsec;
	} value = { (int64_t)now->sec, (int64_t)now->nsec };
	long error = SYS(clock_settime, CLOCK_REALTIME, &value);

	if (error < 0)
		say("cannot set the clock", NULL, error);
}
