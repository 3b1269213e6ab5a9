/* SPDX-License-Identifier: GPL-2.0-only */
/* text.h - strings, and lines for the person who started the machine. */
#ifndef INIT_TEXT_H
#define INIT_TEXT_H

#include <stddef.h>
#include <stdint.h>

size_t text_length(const char *s);
int text_equal(const char *a, const char *b);
int text_starts(const char *s, const char *prefix);
const char *text_find(const char *s, char c);
uint64_t text_number(const char *s, const char **end);
uint64_t text_octal(const char *s);

#define LINE_BYTES 4352 /* a longest path and some words */

/* A line under construction, cut at its end rather than overflowing. */
struct line {
	char text[LINE_BYTES];
	size_t len;
};

void line_init(struct line *line);
void line_add(struct line *line, const char *s);
void line_add_number(struct line *line, uint64_t value);
/* The errno's name in words, or its number. */
void line_add_error(struct line *line, long error);

/* Where lines go: the control port once there is one, the kernel's console until then. */
struct speaker;
extern struct speaker speaker;
void speaker_use_control(int fd);

/* Say one line: "@what @object: @error". @object may be NULL, @error 0. */
void say(const char *what, const char *object, long error);
/* Say it and give up: the launcher ends with status 125. Does not return. */
void give_up(const char *what, const char *object, long error) __attribute__((noreturn));
/* The share is of no use: the launcher may try the other kind. Does not return. */
void give_up_share(const char *what, const char *object, long error) __attribute__((noreturn));

/* Send one control message; without a control port it is dropped. Waits until it is written. */
void message_send(uint32_t type, const void *payload, size_t len);
/* Write it all to the kernel's console. */
void console_write(const char *s, size_t len);
/* Power the machine off. Does not return. */
void machine_off(void) __attribute__((noreturn));

#endif
