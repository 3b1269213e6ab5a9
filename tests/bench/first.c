/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * first.c - the shortest first process: says that user space runs, then waits to be ended from
 * outside.
 *
 * WHAT   boot.py measures how much processor time QEMU has used when this line arrives. A kernel
 * that gave the first process no console finds one here.
 */
#include <fcntl.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

int main(void)
{
	static const char line[] = "\nfirst user-space write\n";
	int fd = 1;

	if (write(fd, line, sizeof line - 1) < 0) {
		mkdir("/dev", 0755);
		mount("none", "/dev", "devtmpfs", 0, "");
		fd = open("/dev/console", O_WRONLY);
		if (write(fd, line, sizeof line - 1) < 0)
			return 1;
	}
	for (;;)
		pause();
}
