/* SPDX-License-Identifier: GPL-2.0-only */
/* leaks.h - are there more objects of the kernel at the end of the tests than at the beginning? */
#ifndef TESTS_LEAKS_H
#define TESTS_LEAKS_H

/* Note how many live now. Does nothing on a kernel without the list of objects. */
void leaks_begin(void);
/* Wait until no type has more; prints "leak: ..." for each that still has after a while. */
void leaks_end(void);

#endif
