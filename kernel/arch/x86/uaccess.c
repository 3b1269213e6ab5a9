/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * uaccess.c - user memory: range checks, strings, single words, atomics. The copies are in copy_user.S.
 *
 * WHAT        Every function checks the range, opens user memory with stac for the access itself, and has a fixup for the
 *             fault. Strings are read by aligned words.
 * INVARIANTS  I1  Nothing here touches a user address outside a stac/clac pair and a fixup entry.
 *             I2  A length that passed user_range_ok() cannot reach the kernel half.
 */
#include <arch/alternative.h>
#include <arch/extable.h>
#include <arch/kasan.h>
#include <arch/uaccess.h>
#include <lib/errno.h>
#include <lib/string.h>
#include "uaccess_impl.h"

/* In front of / behind an access. */
#define STAC ALTERNATIVE("", "stac", %c[smap])
#define CLAC ALTERNATIVE("", "clac", %c[smap])
#define SMAP [smap] "i"(FEATURE_SMAP)
/* Label 3: err = -EFAULT, back to label 2. */
#define FIXUP(insn)                                                          \
	".pushsection .text.fixup, \"ax\"\n"                                 \
	"3: movl %[efault], %[err]\n\tjmp 2b\n"                              \
	".popsection\n" EX_TABLE(insn, "3b")
#define EFAULT_IN [efault] "i"(-EFAULT)

size_t copy_from_user(void *dst, uaddr_t src, size_t n)
{
	size_t left;

	kasan_check_range(dst, n, true);
	left = user_range_ok(src, n) ? copy_user(dst, (void *)uaddr_raw(src), n) : n;
	if (unlikely(left)) /* nothing of the kernel's stack leaks through a short copy */
		memset((char *)dst + n - left, 0, left);
	return left;
}

size_t copy_to_user(uaddr_t dst, const void *src, size_t n)
{
	kasan_check_range(src, n, false);
	return user_range_ok(dst, n) ? copy_user((void *)uaddr_raw(dst), src, n) : n;
}

size_t clear_user(uaddr_t dst, size_t n)
{
	return user_range_ok(dst, n) ? clear_user_raw((void *)uaddr_raw(dst), n) : n;
}

size_t copy_from_user_nosleep(void *dst, uaddr_t src, size_t n)
{
	size_t left = n;

	if (!user_range_ok(src, n))
		return n;
	pagefault_disable();
	left = copy_user(dst, (void *)uaddr_raw(src), n);
	pagefault_enable();
	return left;
}

size_t copy_to_user_nosleep(uaddr_t dst, const void *src, size_t n)
{
	size_t left;

	pagefault_disable();
	left = copy_to_user(dst, src, n);
	pagefault_enable();
	return left;
}

size_t clear_user_nosleep(uaddr_t dst, size_t n)
{
	size_t left;

	pagefault_disable();
	left = clear_user(dst, n);
	pagefault_enable();
	return left;
}

#define DEFINE_GET(bits, insn, reg)                                          \
	int get_user_u##bits(uaddr_t src, u##bits *out)                      \
	{                                                                    \
		u64 val = 0;                                                 \
		int err = 0;                                                 \
		if (!user_range_ok(src, bits / 8))                           \
			return -EFAULT;                                      \
		asm volatile(STAC "1: " insn " (%[p]), " reg "\n2:\n" CLAC FIXUP("1b") \
			     : [v] "+r"(val), [err] "+r"(err)                \
			     : [p] "r"(uaddr_raw(src)), EFAULT_IN, SMAP : "memory"); \
		*out = val;                                                  \
		return err;                                                  \
	}
DEFINE_GET(8, "movzbl", "%k[v]")
DEFINE_GET(16, "movzwl", "%k[v]")
DEFINE_GET(32, "movl", "%k[v]")
DEFINE_GET(64, "movq", "%q[v]")

#define DEFINE_PUT(bits, insn, reg)                                          \
	int put_user_u##bits(u##bits val, uaddr_t dst)                       \
	{                                                                    \
		int err = 0;                                                 \
		if (!user_range_ok(dst, bits / 8))                           \
			return -EFAULT;                                      \
		asm volatile(STAC "1: " insn " " reg ", (%[p])\n2:\n" CLAC FIXUP("1b") \
			     : [err] "+r"(err)                               \
			     : [v] "r"((u64)val), [p] "r"(uaddr_raw(dst)), EFAULT_IN, SMAP \
			     : "memory");                                    \
		return err;                                                  \
	}
DEFINE_PUT(8, "movb", "%b[v]")
DEFINE_PUT(16, "movw", "%w[v]")
DEFINE_PUT(32, "movl", "%k[v]")
DEFINE_PUT(64, "movq", "%q[v]")

#define DEFINE_NOSLEEP(bits)                                                 \
	int get_user_u##bits##_nosleep(uaddr_t src, u##bits *out)            \
	{                                                                    \
		int err;                                                     \
		pagefault_disable();                                         \
		err = get_user_u##bits(src, out);                            \
		pagefault_enable();                                          \
		return err;                                                  \
	}                                                                    \
	int put_user_u##bits##_nosleep(u##bits val, uaddr_t dst)             \
	{                                                                    \
		int err;                                                     \
		pagefault_disable();                                         \
		err = put_user_u##bits(val, dst);                            \
		pagefault_enable();                                          \
		return err;                                                  \
	}
DEFINE_NOSLEEP(32)
DEFINE_NOSLEEP(64)

#define DEFINE_CMPXCHG(bits, sfx, mod)                                       \
	int user_cmpxchg##bits##_nosleep(uaddr_t addr, u##bits old, u##bits new, u##bits *seen) \
	{                                                                    \
		int err = 0;                                                 \
		if (!user_range_ok(addr, bits / 8))                          \
			return -EFAULT;                                      \
		pagefault_disable();                                         \
		asm volatile(STAC "1: lock; cmpxchg" sfx " %" mod "[new], (%[p])\n2:\n" CLAC FIXUP("1b") \
			     : "+a"(old), [err] "+r"(err)                    \
			     : [new] "r"(new), [p] "r"(uaddr_raw(addr)), EFAULT_IN, SMAP \
			     : "memory", "cc");                              \
		pagefault_enable();                                          \
		*seen = old;                                                 \
		return err;                                                  \
	}
DEFINE_CMPXCHG(32, "l", "k")
DEFINE_CMPXCHG(64, "q", "q")

static int user_xchg32(uaddr_t addr, u32 val, u32 *old)
{
	int err = 0;

	asm volatile(STAC "1: xchgl %k[v], (%[p])\n2:\n" CLAC FIXUP("1b")
		     : [v] "+r"(val), [err] "+r"(err)
		     : [p] "r"(uaddr_raw(addr)), EFAULT_IN, SMAP : "memory");
	*old = val;
	return err;
}

static int user_xadd32(uaddr_t addr, u32 val, u32 *old)
{
	int err = 0;

	asm volatile(STAC "1: lock; xaddl %k[v], (%[p])\n2:\n" CLAC FIXUP("1b")
		     : [v] "+r"(val), [err] "+r"(err)
		     : [p] "r"(uaddr_raw(addr)), EFAULT_IN, SMAP : "memory", "cc");
	*old = val;
	return err;
}

static u32 futex_new_value(int op, u32 old, u32 arg)
{
	switch (op) {
	case 2:
		return old | arg;
	case 3:
		return old & ~arg;
	default:
		return old ^ arg;
	}
}

static int user_logic32(int op, uaddr_t addr, u32 arg, u32 *old)
{
	u32 seen;
	int err = get_user_u32_nosleep(addr, old);

	while (!err) {
		err = user_cmpxchg32_nosleep(addr, *old, futex_new_value(op, *old, arg), &seen);
		if (err || seen == *old)
			break;
		*old = seen;
	}
	return err;
}

int user_futex_op_nosleep(int op, u32 arg, uaddr_t addr, u32 *old)
{
	int err = -ENOSYS;

	if (!user_range_ok(addr, 4))
		return -EFAULT;
	pagefault_disable();
	if (op == 0)
		err = user_xchg32(addr, arg, old);
	else if (op == 1)
		err = user_xadd32(addr, arg, old);
	else if (op <= 4 && op > 0)
		err = user_logic32(op, addr, arg, old);
	pagefault_enable();
	return err;
}

/* A string's length is unknown, so whole words may be read only within one page: 8 bytes at a time when
 * aligned, byte by byte before and after. */
#define ONES 0x0101010101010101ull
#define HIGHS 0x8080808080808080ull
#define HAS_ZERO(w) (((w) - ONES) & ~(w) & HIGHS)

static int read_user_word(unsigned long addr, u64 *val)
{
	int err = 0;
	u64 v = 0;

	asm volatile(STAC "1: movq (%[p]), %[v]\n2:\n" CLAC FIXUP("1b")
		     : [v] "+r"(v), [err] "+r"(err) : [p] "r"(addr), EFAULT_IN, SMAP : "memory");
	*val = v;
	return err;
}

static int read_user_byte(unsigned long addr, u8 *val)
{
	int err = 0;
	u32 v = 0;

	asm volatile(STAC "1: movzbl (%[p]), %k[v]\n2:\n" CLAC FIXUP("1b")
		     : [v] "+r"(v), [err] "+r"(err) : [p] "r"(addr), EFAULT_IN, SMAP : "memory");
	*val = v;
	return err;
}

long strncpy_from_user(char *dst, uaddr_t src, size_t size)
{
	unsigned long addr = uaddr_raw(src);
	size_t n = 0, max;
	u64 word;

	if (addr >= USER_END)
		return -EFAULT;
	max = min(size, USER_END - addr);
	while (n < max) {
		u8 byte;

		if (!((addr + n) & 7) && max - n >= 8) {
			if (read_user_word(addr + n, &word))
				return -EFAULT;
			if (!HAS_ZERO(word)) {
				memcpy(dst + n, &word, 8);
				n += 8;
				continue;
			}
			memcpy(dst + n, &word, __builtin_ctzll(HAS_ZERO(word)) / 8 + 1);
			return n + __builtin_ctzll(HAS_ZERO(word)) / 8;
		}
		if (read_user_byte(addr + n, &byte))
			return -EFAULT;
		dst[n] = byte;
		if (!byte)
			return n;
		n++;
	}
	return n == size ? (long)size : -EFAULT;
}

size_t strnlen_user(uaddr_t src, size_t max)
{
	unsigned long addr = uaddr_raw(src);
	size_t n = 0, end;
	u64 word;

	if (addr >= USER_END)
		return 0;
	end = min(max, USER_END - addr);
	while (n < end) {
		u8 byte;

		if (!((addr + n) & 7) && end - n >= 8) {
			if (read_user_word(addr + n, &word))
				return 0;
			if (HAS_ZERO(word))
				return n + __builtin_ctzll(HAS_ZERO(word)) / 8 + 1;
			n += 8;
			continue;
		}
		if (read_user_byte(addr + n, &byte))
			return 0;
		n++;
		if (!byte)
			return n;
	}
	return end == max ? max + 1 : 0;
}

int copy_from_kernel_nofault(void *dst, const void *src, size_t n)
{
	size_t left;

	if ((unsigned long)src < USER_END)
		return -EFAULT;
	pagefault_disable();
	left = copy_user(dst, src, n);
	pagefault_enable();
	return left ? -EFAULT : 0;
}

int copy_to_kernel_nofault(void *dst, const void *src, size_t n)
{
	size_t left;

	if ((unsigned long)dst < USER_END)
		return -EFAULT;
	pagefault_disable();
	left = copy_user(dst, src, n);
	pagefault_enable();
	return left ? -EFAULT : 0;
}
