/* SPDX-License-Identifier: GPL-2.0-only */
/* kasan.h - the sanitizer's shadow for the allocators. */
#ifndef PAGES_KASAN_H
#define PAGES_KASAN_H

#include <arch/kasan.h>

#endif
