/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * bitmap.c - bit searches, set algebra on arrays of long, and the two text forms of a set.
 *
 * WHAT        The functions of bitops.h that loop and those of bitmap.h.
 * INVARIANTS  Bits past nbits in the last word of a result are zero.
 * ERRORS      Parsing: -EINVAL for text that is not of the form, -ERANGE or -EOVERFLOW for bits past nbits; the
 *             result is then undefined.
 * TESTS       tests/bitmap_test.c
 */
#include <lib/bitmap.h>
#include <lib/ctype.h>
#include <lib/errno.h>
#include <lib/printf.h>
#include <lib/string.h>

unsigned int hweight64(u64 x)
{
	x -= (x >> 1) & 0x5555555555555555ULL;
	x = (x & 0x3333333333333333ULL) + ((x >> 2) & 0x3333333333333333ULL);
	x = (x + (x >> 4)) & 0x0f0f0f0f0f0f0f0fULL;
	return (unsigned int)((x * 0x0101010101010101ULL) >> 56);
}

/* First set bit at or after @offset of (a & b) ^ flip. */
static __always_inline unsigned long scan(const unsigned long *a, const unsigned long *b,
					  unsigned long flip, unsigned long size,
					  unsigned long offset)
{
	unsigned long i, word;

	if (offset >= size)
		return size;
	i = BIT_WORD(offset);
	word = ((b ? a[i] & b[i] : a[i]) ^ flip) & (~0UL << (offset % BITS_PER_LONG));
	while (!word) {
		if (++i * BITS_PER_LONG >= size)
			return size;
		word = (b ? a[i] & b[i] : a[i]) ^ flip;
	}
	return min(i * BITS_PER_LONG + __ffs(word), size);
}

unsigned long find_next_bit(const unsigned long *addr, unsigned long size, unsigned long offset)
{
	return scan(addr, NULL, 0, size, offset);
}

unsigned long find_next_zero_bit(const unsigned long *addr, unsigned long size,
				 unsigned long offset)
{
	return scan(addr, NULL, ~0UL, size, offset);
}

unsigned long find_next_and_bit(const unsigned long *a, const unsigned long *b, unsigned long size,
				unsigned long offset)
{
	return scan(a, b, 0, size, offset);
}

unsigned long find_last_bit(const unsigned long *addr, unsigned long size)
{
	unsigned long i = BITS_TO_LONGS(size);
	unsigned long mask = BITMAP_LAST_WORD_MASK(size);

	while (i--) {
		unsigned long word = addr[i] & mask;

		if (word)
			return i * BITS_PER_LONG + __fls(word);
		mask = ~0UL;
	}
	return size;
}

void bitmap_zero(unsigned long *dst, unsigned int nbits)
{
	memset(dst, 0, BITS_TO_LONGS(nbits) * sizeof(long));
}

void bitmap_fill(unsigned long *dst, unsigned int nbits)
{
	unsigned int n = BITS_TO_LONGS(nbits);

	if (!n)
		return;
	memset(dst, 0xff, n * sizeof(long));
	dst[n - 1] &= BITMAP_LAST_WORD_MASK(nbits);
}

void bitmap_copy(unsigned long *dst, const unsigned long *src, unsigned int nbits)
{
	memcpy(dst, src, BITS_TO_LONGS(nbits) * sizeof(long));
}

static unsigned long last_mask(unsigned int i, unsigned int nbits)
{
	return i == BITS_TO_LONGS(nbits) - 1 ? BITMAP_LAST_WORD_MASK(nbits) : ~0UL;
}

bool bitmap_and(unsigned long *dst, const unsigned long *a, const unsigned long *b,
		unsigned int nbits)
{
	unsigned long any = 0;

	for (unsigned int i = 0; i < BITS_TO_LONGS(nbits); i++)
		any |= dst[i] = a[i] & b[i] & last_mask(i, nbits);
	return any;
}

void bitmap_or(unsigned long *dst, const unsigned long *a, const unsigned long *b,
	       unsigned int nbits)
{
	for (unsigned int i = 0; i < BITS_TO_LONGS(nbits); i++)
		dst[i] = (a[i] | b[i]) & last_mask(i, nbits);
}

void bitmap_xor(unsigned long *dst, const unsigned long *a, const unsigned long *b,
		unsigned int nbits)
{
	for (unsigned int i = 0; i < BITS_TO_LONGS(nbits); i++)
		dst[i] = (a[i] ^ b[i]) & last_mask(i, nbits);
}

bool bitmap_andnot(unsigned long *dst, const unsigned long *a, const unsigned long *b,
		   unsigned int nbits)
{
	unsigned long any = 0;

	for (unsigned int i = 0; i < BITS_TO_LONGS(nbits); i++)
		any |= dst[i] = a[i] & ~b[i] & last_mask(i, nbits);
	return any;
}

void bitmap_complement(unsigned long *dst, const unsigned long *src, unsigned int nbits)
{
	for (unsigned int i = 0; i < BITS_TO_LONGS(nbits); i++)
		dst[i] = ~src[i] & last_mask(i, nbits);
}

bool bitmap_equal(const unsigned long *a, const unsigned long *b, unsigned int nbits)
{
	for (unsigned int i = 0; i < BITS_TO_LONGS(nbits); i++)
		if ((a[i] ^ b[i]) & last_mask(i, nbits))
			return false;
	return true;
}

bool bitmap_intersects(const unsigned long *a, const unsigned long *b, unsigned int nbits)
{
	return find_next_and_bit(a, b, nbits, 0) < nbits;
}

bool bitmap_subset(const unsigned long *sub, const unsigned long *super, unsigned int nbits)
{
	for (unsigned int i = 0; i < BITS_TO_LONGS(nbits); i++)
		if (sub[i] & ~super[i] & last_mask(i, nbits))
			return false;
	return true;
}

bool bitmap_empty(const unsigned long *src, unsigned int nbits)
{
	return find_first_bit(src, nbits) == nbits;
}

bool bitmap_full(const unsigned long *src, unsigned int nbits)
{
	return find_first_zero_bit(src, nbits) == nbits;
}

unsigned int bitmap_weight(const unsigned long *src, unsigned int nbits)
{
	unsigned int weight = 0;

	for (unsigned int i = 0; i < BITS_TO_LONGS(nbits); i++)
		weight += hweight_long(src[i] & last_mask(i, nbits));
	return weight;
}

/* Bits [start, start + nr) of word i; the caller has made sure that some lie there. */
static unsigned long run_mask(unsigned int i, unsigned int start, unsigned int nr)
{
	unsigned int first = max(start, i * BITS_PER_LONG) % BITS_PER_LONG;
	unsigned int last = min(start + nr - 1, i * BITS_PER_LONG + BITS_PER_LONG - 1) % BITS_PER_LONG;

	return GENMASK(last, first);
}

void bitmap_set(unsigned long *map, unsigned int start, unsigned int nr)
{
	if (!nr)
		return;
	for (unsigned int i = BIT_WORD(start); i <= BIT_WORD(start + nr - 1); i++)
		map[i] |= run_mask(i, start, nr);
}

void bitmap_clear(unsigned long *map, unsigned int start, unsigned int nr)
{
	if (!nr)
		return;
	for (unsigned int i = BIT_WORD(start); i <= BIT_WORD(start + nr - 1); i++)
		map[i] &= ~run_mask(i, start, nr);
}

unsigned long bitmap_find_next_zero_area(const unsigned long *map, unsigned long size,
					 unsigned long start, unsigned int nr,
					 unsigned long align_mask)
{
	for (;;) {
		unsigned long first = find_next_zero_bit(map, size, start), end, taken;

		first = (first + align_mask) & ~align_mask;
		end = first + nr;
		if (end > size)
			return size;
		taken = find_next_bit(map, end, first);
		if (taken >= end)
			return first;
		start = taken + 1;
	}
}

/* Decimal digits at *s, at most INT_MAX; -EINVAL without one. */
static int parse_number(const char **s, unsigned int *value)
{
	u64 v = 0;

	if (!isdigit((u8)**s))
		return -EINVAL;
	for (; isdigit((u8)**s); (*s)++) {
		v = v * 10 + (**s - '0');
		if (v > INT_MAX)
			return -ERANGE;
	}
	*value = (unsigned int)v;
	return 0;
}

/* "a", "a-b" or "a-b:used/group", as Linux writes them. */
static int parse_region(const char **s, unsigned long *dst, unsigned int nbits)
{
	unsigned int first, last, used, group;
	int err = parse_number(s, &first);

	last = first;
	if (!err && **s == '-') {
		(*s)++;
		err = parse_number(s, &last);
	}
	if (err)
		return err;
	used = group = 1;
	if (**s == ':') {
		(*s)++;
		err = parse_number(s, &used);
		if (err || **s != '/')
			return err ? err : -EINVAL;
		(*s)++;
		err = parse_number(s, &group);
		if (err)
			return err;
	}
	if (first > last || !group || used > group)
		return -EINVAL;
	if (last >= nbits)
		return -ERANGE;
	for (u64 at = first; at <= last; at += group)
		bitmap_set(dst, (unsigned int)at, min(used, (unsigned int)(last - at + 1)));
	return 0;
}

int bitmap_parselist(const char *list, unsigned long *dst, unsigned int nbits)
{
	bitmap_zero(dst, nbits);
	for (;;) {
		int err;

		while (*list == ',' || isspace((u8)*list))
			list++;
		if (!*list)
			return 0;
		err = parse_region(&list, dst, nbits);
		if (err)
			return err;
		if (*list && *list != ',' && !isspace((u8)*list))
			return -EINVAL;
	}
}

/* One group of 1 to 8 hexadecimal digits, read backwards from *end. */
static int parse_group(const char *start, const char **end, u32 *value)
{
	unsigned int shift = 0;

	*value = 0;
	for (; *end > start && (*end)[-1] != ','; (*end)--, shift += 4) {
		int digit = hex_to_bin((*end)[-1]);

		if (digit < 0)
			return -EINVAL;
		if (shift == 32)
			return -EOVERFLOW;
		*value |= (u32)digit << shift;
	}
	return shift ? 0 : -EINVAL;
}

int bitmap_parse(const char *mask, unsigned long *dst, unsigned int nbits)
{
	const char *start = skip_spaces(mask), *end;
	unsigned int bit = 0;

	bitmap_zero(dst, nbits);
	if (start[0] == '0' && (start[1] == 'x' || start[1] == 'X'))
		start += 2;
	end = start + strlen(start);
	while (end > start && isspace((u8)end[-1]))
		end--;
	if (end == start)
		return -EINVAL;
	for (;; bit += 32) {
		u32 group;
		int err = parse_group(start, &end, &group);

		if (err)
			return err;
		if (group && (bit >= nbits || (nbits - bit < 32 && group >> (nbits - bit))))
			return -EOVERFLOW;
		if (bit < nbits)
			dst[BIT_WORD(bit)] |= (unsigned long)group << (bit % BITS_PER_LONG);
		if (end == start)
			return 0;
		end--; /* the comma */
	}
}

int bitmap_print_list(char *buf, size_t size, const unsigned long *src, unsigned int nbits)
{
	unsigned int first = find_first_bit(src, nbits);
	size_t len = 0;

	if (size)
		buf[0] = '\0';
	while (first < nbits) {
		unsigned int end = find_next_zero_bit(src, nbits, first);
		const char *comma = len ? "," : "";

		if (end - first == 1)
			len += scnprintf(buf + len, size - len, "%s%u", comma, first);
		else
			len += scnprintf(buf + len, size - len, "%s%u-%u", comma, first, end - 1);
		first = find_next_bit(src, nbits, end);
	}
	return (int)len;
}

int bitmap_print_mask(char *buf, size_t size, const unsigned long *src, unsigned int nbits)
{
	unsigned int nr_groups = DIV_ROUND_UP(nbits, 32);
	size_t len = 0;

	if (size)
		buf[0] = '\0';
	for (unsigned int i = nr_groups; i--;) {
		unsigned int bits = i == nr_groups - 1 && nbits % 32 ? nbits % 32 : 32;
		u32 group = (u32)(src[i / 2] >> (i % 2 * 32));

		if (bits < 32)
			group &= (1U << bits) - 1;
		len += scnprintf(buf + len, size - len, "%0*x%s", (int)DIV_ROUND_UP(bits, 4), group,
				 i ? "," : "");
	}
	return (int)len;
}
