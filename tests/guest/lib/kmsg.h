/* SPDX-License-Identifier: GPL-2.0-only */
/* kmsg.h - what the kernel's log says from a moment on. */
#pragma once
#include "check.h"

/* A reader of what the log gets from now on. */
static inline int open_log(void)
{
	int fd = open("/dev/kmsg", O_RDONLY | O_NONBLOCK);

	CHECK(fd >= 0);
	CHECK(lseek(fd, 0, SEEK_END) >= 0);
	return fd;
}

/* A record behind @fd's place that holds @words; its text is left in @text. Up to 10 s. */
static inline int log_has(int fd, const char *words, char *text, size_t size)
{
	for (int i = 0; i < 1000; i++) {
		ssize_t n = read(fd, text, size - 1);

		if (n > 0) {
			text[n] = 0;
			if (strstr(text, words))
				return 1;
			continue;
		}
		usleep(10000);
	}
	return 0;
}
