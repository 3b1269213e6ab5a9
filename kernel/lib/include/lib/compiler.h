/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * compiler.h - the words that every kernel file may use without an include.
 *
 * The build forces this header into every C file; it declares no function and includes nothing, so that
 * it is harmless in host programs as well. Lock annotations stand here in one place and say nothing to the
 * compiler yet: they are contracts for the reader (style.md section 6).
 */
#ifndef LIB_COMPILER_H
#define LIB_COMPILER_H

#define __inline_hint inline
#ifndef __always_inline
#define __always_inline inline __attribute__((__always_inline__))
#endif
#define noinline __attribute__((__noinline__))
#define __must_check __attribute__((__warn_unused_result__))
#define __packed __attribute__((__packed__))
#define __aligned(n) __attribute__((__aligned__(n)))
#define __section(s) __attribute__((__section__(s)))
#define __used __attribute__((__used__))
#define __unused __attribute__((__unused__))
#define __maybe_unused __attribute__((__unused__))
#define __noreturn __attribute__((__noreturn__))
#define __weak __attribute__((__weak__))
#define __pure __attribute__((__pure__))
#define __malloc __attribute__((__malloc__))
#define __cold __attribute__((__cold__))
#define __printf(fmt, args) __attribute__((__format__(__printf__, fmt, args)))
#define __cacheline_aligned __aligned(64)
#define __nonstring __attribute__((__nonstring__))

/* noinstr: text that no tracer, patch or sanitizer may touch (entry, NMI, patcher, context switch). */
#ifdef __clang__
#define noinstr __attribute__((__noinline__, __section__(".noinstr.text"),			\
			       no_sanitize("address", "kernel-address", "undefined"),		\
			       __patchable_function_entry__(0, 0)))
#define __no_sanitize __attribute__((no_sanitize("address", "kernel-address", "undefined")))
#define __nocfi __attribute__((no_sanitize("kcfi")))
#else
#define noinstr __attribute__((__noinline__, __section__(".noinstr.text"),			\
			       __no_instrument_function__, __no_sanitize_address__,		\
			       __no_sanitize_undefined__))
#define __no_sanitize __attribute__((__no_sanitize_address__, __no_sanitize_undefined__))
#define __nocfi
#endif

#ifndef fallthrough
#define fallthrough __attribute__((__fallthrough__))
#endif

#define likely(x) __builtin_expect(!!(x), 1)
#define unlikely(x) __builtin_expect(!!(x), 0)
#define unreachable() __builtin_unreachable()

#define barrier() __asm__ __volatile__("" ::: "memory")
#define READ_ONCE(x) (*(const volatile __typeof__(x) *)&(x))
#define WRITE_ONCE(x, val)					\
	do {							\
		*(volatile __typeof__(x) *)&(x) = (val);	\
	} while (0)
/* Hide the value of @var from the optimizer. */
#define OPTIMIZER_HIDE_VAR(var) __asm__("" : "=r"(var) : "0"(var))

#define __stringify_1(x...) #x
#define __stringify(x...) __stringify_1(x)
#define __concat_1(a, b) a##b
#define __concat_2(a, b) __concat_1(a, b)
#define __UNIQUE_ID(prefix) __concat_2(prefix, __COUNTER__)

/*
 * Cleanup by scope. DEFINE_FREE(kfree, void *, if (_T) kfree(_T)) gives __free(kfree); the expression sees
 * the variable's last value as _T. no_free_ptr() disarms: ownership moves to the caller.
 */
#define __cleanup(fn) __attribute__((__cleanup__(fn)))
#define DEFINE_FREE(name, type, expr)						\
	static inline __attribute__((__unused__)) void __free_##name(void *p)	\
	{									\
		type _T = *(type *)p;						\
		expr;								\
	}
#define __free(name) __cleanup(__free_##name)
#define no_free_ptr(p)				\
	({					\
		__auto_type __moved = (p);	\
		(p) = (__typeof__(p))0;		\
		__moved;			\
	})
#define return_ptr(p) return no_free_ptr(p)

/* A rule per field, a contract per function. Documentation for now, for every compiler. */
#define __guarded_by(lock)
#define __guarded_by_owner(lock)
#define __rcu
#define __percpu
#define __atomic_field
#define __final
#define __must_hold(lock)
#define __must_hold_shared(lock)
#define __must_not_hold(lock)
#define __acquires(lock)
#define __releases(lock)
#define __cond_acquires(ret, lock)
#define __must_hold_rcu
#define context_unsafe(why)

#ifndef offsetof
#define offsetof(type, member) __builtin_offsetof(type, member)
#endif
#define sizeof_field(type, member) sizeof(((type *)0)->member)
#define offsetofend(type, member) (offsetof(type, member) + sizeof_field(type, member))
#define container_of(ptr, type, member)							\
	({										\
		const volatile void *__mptr = (ptr);					\
		_Static_assert(__builtin_types_compatible_p(__typeof__(*(ptr)),		\
				       __typeof__(((type *)0)->member)) ||		\
			       __builtin_types_compatible_p(__typeof__(*(ptr)), void),	\
			       "container_of: pointer is not of the member's type");	\
		(type *)((char *)__mptr - offsetof(type, member));			\
	})

#define __same_type(a, b) __builtin_types_compatible_p(__typeof__(a), __typeof__(b))
#define __must_be_array(a) \
	(0 * sizeof(struct { _Static_assert(!__same_type((a), &(a)[0]), "array wanted"); int x; }))
#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]) + __must_be_array(a))

#ifndef static_assert
#define __static_assert(expr, msg, ...) _Static_assert(expr, msg)
#define static_assert(expr, ...) __static_assert(expr, ##__VA_ARGS__, #expr)
#endif
#define BUILD_BUG_ON(cond) _Static_assert(!(cond), "BUILD_BUG_ON: " #cond)
#define ASSERT_SIZE(type, n) _Static_assert(sizeof(type) == (n), "size of " #type)
#define ASSERT_OFFSET(type, field, n) \
	_Static_assert(offsetof(type, field) == (n), "offset of " #field " in " #type)

/* min() and max() refuse a signed and an unsigned side, unless one is a constant that is not negative. */
#define __is_constexpr(x) (sizeof(int) == sizeof(*(8 ? ((void *)((long)(x) * 0L)) : (int *)8)))
#define __is_signed_expr(x) (((__typeof__((x) + 0))-1) < (__typeof__((x) + 0))1)
#define __is_nonneg_const(x) \
	((long long)__builtin_choose_expr(__is_constexpr(x), (x), -1) >= 0)
#define __minmax_ok(a, b) \
	(__is_signed_expr(a) == __is_signed_expr(b) || __is_nonneg_const(a) || __is_nonneg_const(b))
#define __minmax(op, a, b, ua, ub)						\
	({									\
		_Static_assert(__minmax_ok(a, b), "min/max of mixed signs");	\
		__auto_type ua = (a);						\
		__auto_type ub = (b);						\
		ua op ub ? ua : ub;						\
	})
#define min(a, b) __minmax(<, a, b, __UNIQUE_ID(__mx), __UNIQUE_ID(__my))
#define max(a, b) __minmax(>, a, b, __UNIQUE_ID(__mx), __UNIQUE_ID(__my))
#define min_t(type, a, b) min((type)(a), (type)(b))
#define max_t(type, a, b) max((type)(a), (type)(b))
#define min3(a, b, c) min(min(a, b), c)
#define max3(a, b, c) max(max(a, b), c)
#define clamp(val, lo, hi) min((__typeof__(val))max(val, lo), hi)
#define clamp_t(type, val, lo, hi) min_t(type, max_t(type, val, lo), hi)
#define min_not_zero(a, b)						\
	({								\
		__auto_type __nza = (a);				\
		__auto_type __nzb = (b);				\
		__nza == 0 ? __nzb : (__nzb == 0 ? __nza : min(__nza, __nzb)); \
	})
/* For constant expressions: array bounds, enum values. */
#define MIN_CONST(a, b) ((a) < (b) ? (a) : (b))
#define MAX_CONST(a, b) ((a) > (b) ? (a) : (b))

#define swap(a, b)				\
	do {					\
		__typeof__(a) __swap = (a);	\
		(a) = (b);			\
		(b) = __swap;			\
	} while (0)

#define BITS_PER_BYTE 8
#define BITS_PER_LONG 64
#define BIT(n) (1UL << (n))
#define BIT_ULL(n) (1ULL << (n))
#define GENMASK(h, l) ((~0UL << (l)) & (~0UL >> (63 - (h))))
#define GENMASK_ULL(h, l) ((~0ULL << (l)) & (~0ULL >> (63 - (h))))

/* round_up, round_down, ALIGN: @y is a power of two. roundup, rounddown: any positive @y. */
#define __round_mask(x, y) ((__typeof__(x))((y) - 1))
#define round_up(x, y) ((((x) - 1) | __round_mask(x, y)) + 1)
#define round_down(x, y) ((x) & ~__round_mask(x, y))
#define ALIGN(x, a) (((x) + __round_mask(x, a)) & ~__round_mask(x, a))
#define ALIGN_DOWN(x, a) round_down(x, a)
#define PTR_ALIGN(p, a) ((__typeof__(p))ALIGN((unsigned long)(p), (a)))
#define IS_ALIGNED(x, a) (((x) & __round_mask(x, a)) == 0)
#define DIV_ROUND_UP(n, d) (((n) + (d) - 1) / (d))
#define DIV_ROUND_CLOSEST(n, d) (((n) + (d) / 2) / (d))
#define roundup(x, y) (DIV_ROUND_UP(x, y) * (y))
#define rounddown(x, y) ((x) - (x) % (y))
#define is_power_of_2(n)					\
	({							\
		__auto_type __p2 = (n);				\
		__p2 != 0 && (__p2 & (__p2 - 1)) == 0;		\
	})
#ifndef HOST_TEST
#define abs(x)							\
	({							\
		__auto_type __abs = (x);			\
		__abs < 0 ? -__abs : __abs;			\
	})
#endif

/* Arithmetic that says when it does not fit: true means overflow. */
#define check_add_overflow(a, b, out) __builtin_add_overflow(a, b, out)
#define check_sub_overflow(a, b, out) __builtin_sub_overflow(a, b, out)
#define check_mul_overflow(a, b, out) __builtin_mul_overflow(a, b, out)

#endif
