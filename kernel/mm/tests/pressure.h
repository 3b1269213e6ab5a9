/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * pressure.h - memory that is full to the brim, and kept so. Theory: pressure.c. What selftest=torture and selftest=users share.
 */
#ifndef MM_TESTS_PRESSURE_H
#define MM_TESTS_PRESSURE_H

#include <pages/gfp.h>

struct kmem_cache;

#define PRESSURE_CPUS_MAX 16
#define QUIET (GFP_NOWAIT | __GFP_NOWARN)
/* Wakes nobody: against a reclaim thread that is as quick as it, who takes all there is would never be done. */
#define GREEDY (__GFP_NOWARN | __GFP_HIGH | __GFP_MEMALLOC)
#define POLITE (GFP_KERNEL | __GFP_NORETRY | __GFP_NOWARN)

/* Fill memory and go on filling it, with a thread on each of the first @nr_cpus processors. On return the most urgent request has found nothing. */
void pressure_start(unsigned long seed, u32 nr_cpus);
/* The threads have ended; what they took is given back. */
void pressure_stop(void);
/* The caller takes all that is not promised, as page cache. */
void pressure_brim(void);
/* How often the most urgent request has found nothing since the start. */
unsigned long pressure_starved(void);
/* A cache whose objects are also what fills memory; makes it when it is first asked for. */
struct kmem_cache *pressure_cache(void);

/* The sequence number @number of @seed; the threads of pressure_start() have the even ones. */
u64 random_of(unsigned long seed, u32 number);
/* The next of the sequence, below @below. */
u32 random_below(u64 *random, u32 below);

/* Frames that are promised to others than the kernel's own paths, about: those may have drawn of theirs. */
unsigned long held_back(void);
/* Nothing is promised to anybody else. */
bool all_is_given_back(void);
/* The number behind @name= on the command line; is the word @name there? */
unsigned long word_number(const char *name, unsigned long otherwise);
bool word_is_given(const char *name);

#endif
