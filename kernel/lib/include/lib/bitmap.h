/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * bitmap.h - sets of small numbers as arrays of long, with Linux's two text forms: lists ("0-3,5") and
 * hexadecimal masks in comma-separated groups of 32 bits, most significant first. Bits past nbits in the
 * last word are kept zero by every function here.
 */
#ifndef LIB_BITMAP_H
#define LIB_BITMAP_H

#include <lib/bitops.h>
#include <lib/types.h>

#define DECLARE_BITMAP(name, bits) unsigned long name[BITS_TO_LONGS(bits)]
#define BITMAP_LAST_WORD_MASK(nbits) (~0UL >> (-(nbits) & (BITS_PER_LONG - 1)))

void bitmap_zero(unsigned long *dst, unsigned int nbits);
void bitmap_fill(unsigned long *dst, unsigned int nbits);
void bitmap_copy(unsigned long *dst, const unsigned long *src, unsigned int nbits);
/* True when the result is not empty. */
bool bitmap_and(unsigned long *dst, const unsigned long *a, const unsigned long *b,
		unsigned int nbits);
void bitmap_or(unsigned long *dst, const unsigned long *a, const unsigned long *b,
	       unsigned int nbits);
void bitmap_xor(unsigned long *dst, const unsigned long *a, const unsigned long *b,
		unsigned int nbits);
bool bitmap_andnot(unsigned long *dst, const unsigned long *a, const unsigned long *b,
		   unsigned int nbits);
void bitmap_complement(unsigned long *dst, const unsigned long *src, unsigned int nbits);
bool bitmap_equal(const unsigned long *a, const unsigned long *b, unsigned int nbits);
bool bitmap_intersects(const unsigned long *a, const unsigned long *b, unsigned int nbits);
bool bitmap_subset(const unsigned long *sub, const unsigned long *super, unsigned int nbits);
bool bitmap_empty(const unsigned long *src, unsigned int nbits);
bool bitmap_full(const unsigned long *src, unsigned int nbits);
unsigned int bitmap_weight(const unsigned long *src, unsigned int nbits);
void bitmap_set(unsigned long *map, unsigned int start, unsigned int nr);
void bitmap_clear(unsigned long *map, unsigned int start, unsigned int nr);
/* First run of @nr zeros at a multiple of @align_mask + 1, or a number > size - nr when there is none. */
unsigned long bitmap_find_next_zero_area(const unsigned long *map, unsigned long size,
					 unsigned long start, unsigned int nr,
					 unsigned long align_mask);

/* "0-3,5": 0, -EINVAL, -ERANGE (a number >= nbits). An empty list is the empty set. */
int __must_check bitmap_parselist(const char *list, unsigned long *dst, unsigned int nbits);
/* "f,0000000f": 0, -EINVAL, -EOVERFLOW. */
int __must_check bitmap_parse(const char *mask, unsigned long *dst, unsigned int nbits);
/* Text without a newline, always terminated; the length, at most @size - 1. */
int bitmap_print_list(char *buf, size_t size, const unsigned long *src, unsigned int nbits);
int bitmap_print_mask(char *buf, size_t size, const unsigned long *src, unsigned int nbits);

#endif
