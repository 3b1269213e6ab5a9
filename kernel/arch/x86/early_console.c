/* SPDX-License-Identifier: GPL-2.0-only */
/* early_console.c - the first 8250 at its ISA address, by polling. Gives up on a port that never gets ready. */
#include <arch/early_console.h>
#include <arch/io.h>
#include <lib/printf.h>
#include <lib/string.h>

#define COM1 0x3f8
#define LSR (COM1 + 5)
#define LSR_THRE 0x20

static void put_byte(char c)
{
	for (int i = 0; i < 100000 && !(inb(LSR) & LSR_THRE); i++)
		;
	outb(c, COM1);
}

void early_console_write(const char *s, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (s[i] == '\n')
			put_byte('\r');
		put_byte(s[i]);
	}
}

void early_puts(const char *s)
{
	early_console_write(s, strlen(s));
}

void early_printk(const char *fmt, ...)
{
	char buf[256];
	va_list args;

	va_start(args, fmt);
	early_console_write(buf, vscnprintf(buf, sizeof(buf), fmt, args));
	va_end(args);
}
