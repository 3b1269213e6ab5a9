/* SPDX-License-Identifier: GPL-2.0-only */
/* cmpxchg.h - exchange and compare-exchange on any scalar of 1, 2, 4 or 8 bytes. All are full barriers. */
#ifndef ARCH_CMPXCHG_H
#define ARCH_CMPXCHG_H

#include <arch/barrier.h>

#define xchg(ptr, val)                                                       \
	({                                                                   \
		__typeof__(*(ptr)) xc_v = (val);                             \
		asm volatile("xchg %0, %1" : "+q"(xc_v), "+m"(*(ptr)) : : "memory"); \
		xc_v;                                                        \
	})

#define __cmpxchg(lock, ptr, old, new)                                       \
	({                                                                   \
		__typeof__(*(ptr)) cx_o = (old);                             \
		__typeof__(*(ptr)) cx_n = (new);                             \
		asm volatile(lock "cmpxchg %2, %1"                           \
			     : "+a"(cx_o), "+m"(*(ptr)) : "q"(cx_n) : "memory", "cc"); \
		cx_o;                                                        \
	})

/* If *ptr is @old make it @new; what it was before. */
#define cmpxchg(ptr, old, new) __cmpxchg("lock; ", ptr, old, new)
#define cmpxchg_relaxed(ptr, old, new) cmpxchg(ptr, old, new)
#define cmpxchg_acquire(ptr, old, new) cmpxchg(ptr, old, new)
#define cmpxchg_release(ptr, old, new) cmpxchg(ptr, old, new)
/* Atomic against this CPU only. */
#define cmpxchg_local(ptr, old, new) __cmpxchg("", ptr, old, new)
#define xchg_relaxed(ptr, val) xchg(ptr, val)
#define xchg_acquire(ptr, val) xchg(ptr, val)
#define xchg_release(ptr, val) xchg(ptr, val)

/* As cmpxchg, but says whether it was done, and leaves what it saw in *@oldp when not. */
#define try_cmpxchg(ptr, oldp, new)                                          \
	({                                                                   \
		__typeof__(*(ptr)) *tx_p = (oldp);                           \
		__typeof__(*(ptr)) tx_o = *tx_p, tx_n = (new);               \
		bool tx_ok;                                                  \
		asm volatile("lock; cmpxchg %3, %1"                          \
			     : "=@ccz"(tx_ok), "+m"(*(ptr)), "+a"(tx_o) : "q"(tx_n) : "memory"); \
		if (!tx_ok)                                                  \
			*tx_p = tx_o;                                        \
		tx_ok;                                                       \
	})
#define try_cmpxchg_relaxed(ptr, oldp, new) try_cmpxchg(ptr, oldp, new)
#define try_cmpxchg_acquire(ptr, oldp, new) try_cmpxchg(ptr, oldp, new)
#define try_cmpxchg_release(ptr, oldp, new) try_cmpxchg(ptr, oldp, new)

/* Add to *ptr; what it was before. */
#define xadd(ptr, inc)                                                       \
	({                                                                   \
		__typeof__(*(ptr)) xa_v = (__typeof__(*(ptr)))(inc);         \
		asm volatile("lock; xadd %0, %1" : "+q"(xa_v), "+m"(*(ptr)) : : "memory", "cc"); \
		xa_v;                                                        \
	})

#endif
