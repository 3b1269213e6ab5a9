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
/* Once per address space of the image: the flag sits in a section that can be cleared. */
#define WARN_ON_ONCE(x)							\
	({								\
		static bool __section(".data.once") __said;		\
		bool __warned = !!(x);					\
		if (unlikely(__warned && !__said)) {			\
			__said = true;					\
			warn_fail(#x, __FILE__, __LINE__);		\
		}							\
		unlikely(__warned);					\
	})

#endif
