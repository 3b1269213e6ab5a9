/* SPDX-License-Identifier: GPL-2.0-only */
/* assert.h - our own mistakes. What users, devices, disks and wires do wrong gives errors instead. */
#ifndef LIB_ASSERT_H
#define LIB_ASSERT_H

#include <lib/lib_port.h>
#include <lib/types.h>

#define KASSERT(x)							\
	do {								\
		if (unlikely(!(x)))					\
			assert_fail(#x, __FILE__, __LINE__);		\
	} while (0)
#define BUG() assert_fail("BUG", __FILE__, __LINE__)
#define BUG_ON(x)							\
	do {								\
		if (unlikely(x))					\
			assert_fail("not " #x, __FILE__, __LINE__);	\
	} while (0)

/* Both give the truth of @x, for use in an if. */
#define WARN_ON(x)							\
	({								\
		bool __warned = !!(x);					\
		if (unlikely(__warned))					\
			warn_fail(#x, __FILE__, __LINE__);		\
		unlikely(__warned);					\
	})
/* True for the first call from this place, as far as a small table remembers. Any context, NMI included. */
bool warn_first_time(const char *file, int line);

/* Reports once for each place in the source; without a static variable, which a live patch would double. */
#define WARN_ON_ONCE(x)								\
	({									\
		bool __warned = !!(x);						\
		if (unlikely(__warned) && warn_first_time(__FILE__, __LINE__))	\
			warn_fail(#x, __FILE__, __LINE__);			\
		unlikely(__warned);						\
	})

#endif
