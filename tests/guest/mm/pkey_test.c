/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * pkey_test.c - proves memory protection keys: who may name a key, what rights under it do to programs, calls and signal handlers, and
 * that a key stays with its memory and rights with their thread. Without keys in the processor (nopku, or a CPU that has none) one case
 * proves the errors and the others pass.
 */
#include "check.h"
#include <cpuid.h>
#include <pthread.h>
#include <sched.h>
#include <setjmp.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/utsname.h>
#include <ucontext.h>

#define PG 4096UL
#define RW (PROT_READ | PROT_WRITE)
#define ANON (MAP_PRIVATE | MAP_ANONYMOUS)
#define PKRU_START 0x55555554u
#define MAX_KEYS 15

static sigjmp_buf jump;
static volatile int seen_sig, seen_code, seen_key;
static volatile unsigned int handler_pkru;
static void *volatile seen_addr;

static bool has_keys(void)
{
	unsigned int a, b, c, d;

	return __get_cpuid_count(7, 0, &a, &b, &c, &d) && (c & (1u << 4));
}

/* The rest of a case is about keys. */
#define NEED_KEYS()                                                                                                    \
	do {                                                                                                           \
		if (!has_keys())                                                                                       \
			return;                                                                                        \
	} while (0)

static unsigned int rdpkru(void)
{
	unsigned int a, d;

	asm volatile(".byte 0x0f, 0x01, 0xee" : "=a"(a), "=d"(d) : "c"(0));
	return a;
}

static void wrpkru(unsigned int pkru)
{
	asm volatile(".byte 0x0f, 0x01, 0xef" : : "a"(pkru), "c"(0), "d"(0) : "memory");
}

static unsigned int rights_of(int key)
{
	return rdpkru() >> (2 * key) & 3;
}

static void set_rights(int key, unsigned int rights)
{
	wrpkru((rdpkru() & ~(3u << (2 * key))) | rights << (2 * key));
}

static void on_fault(int sig, siginfo_t *info, void *context __attribute__((unused)))
{
	handler_pkru = rdpkru();
	seen_sig = sig;
	seen_code = info->si_code;
	seen_key = info->si_code == SEGV_PKUERR ? (int)info->si_pkey : -1;
	seen_addr = info->si_addr;
	siglongjmp(jump, 1);
}

static void catch_faults(void)
{
	struct sigaction sa = { .sa_sigaction = on_fault, .sa_flags = SA_SIGINFO | SA_NODEFER };

	sigaction(SIGSEGV, &sa, NULL);
	sigaction(SIGBUS, &sa, NULL);
}

/* Signal of an access, 0 when it went well. The handler leaves by a jump: the rights are put back by hand. */
static int touch(volatile char *p, bool write)
{
	unsigned int pkru = rdpkru();

	seen_sig = seen_code = 0;
	seen_key = -1;
	if (!sigsetjmp(jump, 1)) {
		if (write)
			*p = 1;
		else
			(void)*p;
	}
	wrpkru(pkru);
	return seen_sig;
}

#define CHECK_REFUSED(p, write, key)                                                                                   \
	do {                                                                                                           \
		CHECK_EQ(touch(p, write), SIGSEGV);                                                                    \
		CHECK_EQ(seen_code, SEGV_PKUERR);                                                                      \
		CHECK_EQ(seen_key, key);                                                                               \
		CHECK(seen_addr == (p));                                                                               \
	} while (0)

static char *map(size_t pages, int prot, int flags)
{
	char *p = mmap(NULL, pages * PG, prot, flags, -1, 0);

	CHECK(p != MAP_FAILED);
	return p;
}

static int give(unsigned int rights)
{
	int key = pkey_alloc(0, rights);

	CHECK(key > 0);
	return key;
}

/* A fresh page, written, under a fresh key that may do everything. */
static char *page_with_key(int *key, int rights)
{
	char *p = map(1, RW, ANON);

	p[0] = 7;
	*key = give(rights);
	CHECK_EQ(pkey_mprotect(p, PG, RW, *key), 0);
	return p;
}

/* The figure of a line of smaps for the area at @p, -1: there is no such line. */
static long smaps_field(const void *p, const char *name)
{
	FILE *f = fopen("/proc/self/smaps", "r");
	unsigned long start, end;
	bool here = false;
	char line[512];
	long found = -1;

	CHECK(f);
	while (found < 0 && fgets(line, sizeof(line), f)) {
		if (sscanf(line, "%lx-%lx ", &start, &end) == 2)
			here = (unsigned long)p >= start && (unsigned long)p < end;
		else if (here && !strncmp(line, name, strlen(name)))
			found = strtol(line + strlen(name), NULL, 10);
	}
	fclose(f);
	return found;
}

static unsigned long area_pages(const void *p)
{
	return smaps_field(p, "Size:") / 4;
}

static int key_of(const void *p)
{
	return smaps_field(p, "ProtectionKey:");
}

CASE(without_keys_the_calls_say_so)
{
	char *p = map(1, RW, ANON);

	CHECK_ERRNO(pkey_alloc(1, 0), EINVAL);
	CHECK_ERRNO(pkey_alloc(0, 4), EINVAL);
	CHECK_EQ(pkey_mprotect(p, PG, PROT_READ, -1), 0);
	CHECK_ERRNO(pkey_mprotect(p, PG, PROT_READ, 1), EINVAL);
	CHECK_ERRNO(pkey_free(1), EINVAL);
	if (has_keys())
		return;
	CHECK_ERRNO(pkey_alloc(0, 0), ENOSPC);
	CHECK_ERRNO(pkey_mprotect(p, PG, PROT_READ, 0), EINVAL);
	CHECK_ERRNO(pkey_free(0), EINVAL);
	CHECK_EQ(smaps_field(p, "ProtectionKey:"), -1);
}

CASE(cpuinfo_tells_of_keys_as_cpuid_does)
{
	char buf[8192] = "";
	int fd = open("/proc/cpuinfo", O_RDONLY), n = read(fd, buf, sizeof(buf) - 1);

	CHECK(n > 0);
	CHECK_EQ(strstr(buf, " ospke ") || strstr(buf, " ospke\n"), has_keys());
	if (has_keys())
		CHECK(strstr(buf, " pku "));
}

CASE(a_program_starts_with_key_0_alone)
{
	NEED_KEYS();
	CHECK_EQ(rdpkru(), PKRU_START);
	CHECK_EQ(key_of((void *)&seen_sig), 0);
}

CASE(keys_are_given_out_until_there_are_none)
{
	unsigned int seen = 0;

	NEED_KEYS();
	for (int i = 0; i < MAX_KEYS; i++) {
		int key = pkey_alloc(0, i & 3);

		CHECK_EQ(key, i + 1);
		CHECK_EQ(rights_of(key), i & 3);
		seen |= 1u << key;
	}
	CHECK_EQ(seen, 0xfffe);
	CHECK_ERRNO(pkey_alloc(0, 0), ENOSPC);
	CHECK_EQ(pkey_free(9), 0);
	CHECK_ERRNO(pkey_free(9), EINVAL);
	CHECK_EQ(rights_of(9), 8 & 3);
	CHECK_EQ(pkey_alloc(0, PKEY_DISABLE_WRITE), 9);
	CHECK_EQ(rights_of(9), PKEY_DISABLE_WRITE);
}

CASE(bad_arguments)
{
	char *p = map(2, RW, ANON);

	NEED_KEYS();
	CHECK_ERRNO(pkey_alloc(1, 0), EINVAL);
	CHECK_ERRNO(pkey_alloc(0, 4), EINVAL);
	CHECK_ERRNO(syscall(SYS_pkey_alloc, 0, -1L), EINVAL);
	CHECK_ERRNO(syscall(SYS_pkey_alloc, 0, 1L << 32), EINVAL);
	CHECK_ERRNO(pkey_free(-1), EINVAL);
	CHECK_ERRNO(pkey_free(1), EINVAL);
	CHECK_ERRNO(pkey_free(16), EINVAL);
	CHECK_ERRNO(pkey_free(1 << 30), EINVAL);
	CHECK_ERRNO(pkey_mprotect(p, PG, RW, 1), EINVAL);
	CHECK_ERRNO(pkey_mprotect(p, PG, RW, 16), EINVAL);
	CHECK_ERRNO(pkey_mprotect(p, PG, RW, -2), EINVAL);
	CHECK_EQ(pkey_mprotect(p, 0, RW, 1), 0);
	CHECK_ERRNO(pkey_mprotect(p + 1, PG, RW, 0), EINVAL);
	CHECK_ERRNO(pkey_mprotect(p, PG, 0x100, 0), EINVAL);
	CHECK_EQ(munmap(p + PG, PG), 0);
	CHECK_ERRNO(pkey_mprotect(p, 2 * PG, RW, 0), ENOMEM);
	CHECK_EQ(pkey_mprotect(p, PG, RW, 0), 0);
}

/* Key 0 is a key like any other, for who wants trouble. */
CASE(key_0_can_be_freed)
{
	NEED_KEYS();
	CHECK_EQ(pkey_free(0), 0);
	CHECK_ERRNO(pkey_free(0), EINVAL);
	CHECK_ERRNO(pkey_mprotect(map(1, RW, ANON), PG, RW, 0), EINVAL);
	CHECK_EQ(pkey_alloc(0, 0), 0);
}

CASE(rights_decide_about_data)
{
	int key;
	char *p;

	NEED_KEYS();
	catch_faults();
	p = page_with_key(&key, 0);
	CHECK_EQ(touch(p, true), 0);
	set_rights(key, PKEY_DISABLE_WRITE);
	CHECK_EQ(touch(p, false), 0);
	CHECK_REFUSED(p, true, key);
	CHECK_EQ(handler_pkru, PKRU_START);
	set_rights(key, PKEY_DISABLE_ACCESS);
	CHECK_REFUSED(p, false, key);
	CHECK_REFUSED(p, true, key);
	set_rights(key, 0);
	CHECK_EQ(touch(p, true), 0);
}

CASE(rights_decide_before_there_is_a_page)
{
	char *p = map(4, RW, ANON), *none = map(1, PROT_NONE, ANON), *ro = map(1, PROT_READ, ANON);
	int key;

	NEED_KEYS();
	catch_faults();
	key = give(PKEY_DISABLE_ACCESS);
	CHECK_EQ(pkey_mprotect(p, 4 * PG, RW, key), 0);
	CHECK_REFUSED(p, false, key);
	CHECK_REFUSED(p + PG, true, key);
	CHECK_EQ(smaps_field(p, "Rss:"), 0);
	set_rights(key, PKEY_DISABLE_WRITE);
	CHECK_EQ(touch(p, false), 0); /* the page of zeros */
	CHECK_REFUSED(p, true, key);
	set_rights(key, 0);
	CHECK_EQ(touch(p, true), 0);
	/* Where there is no right at all the key is still what is told, if it refuses, too. */
	CHECK_EQ(pkey_mprotect(none, PG, PROT_NONE, key), 0);
	CHECK_EQ(touch(none, false), SIGSEGV);
	CHECK_EQ(seen_code, SEGV_ACCERR);
	CHECK_EQ(pkey_mprotect(ro, PG, PROT_READ, key), 0);
	CHECK_EQ(touch(ro, true), SIGSEGV);
	CHECK_EQ(seen_code, SEGV_ACCERR);
	set_rights(key, PKEY_DISABLE_ACCESS);
	CHECK_REFUSED(none, false, key);
	CHECK_REFUSED(ro, true, key);
	CHECK_EQ(munmap(none, PG), 0);
	CHECK_EQ(touch(none, false), SIGSEGV);
	CHECK_EQ(seen_code, SEGV_MAPERR);
}

CASE(code_runs_whatever_the_key)
{
	static const unsigned char code[] = { 0xb8, 42, 0, 0, 0, 0xc3 }; /* mov $42, %eax; ret */
	char *p = map(1, RW, ANON);
	int key;

	NEED_KEYS();
	catch_faults();
	memcpy(p, code, sizeof(code));
	key = give(PKEY_DISABLE_ACCESS);
	CHECK_EQ(pkey_mprotect(p, PG, PROT_READ | PROT_EXEC, key), 0);
	CHECK_EQ(((int (*)(void))p)(), 42);
	CHECK_REFUSED(p, false, key);
}

CASE(calls_obey_the_rights)
{
	int key, fds[2];
	char *p, byte = 1, strings[] = "/tmp";
	struct iovec iov;

	NEED_KEYS();
	p = page_with_key(&key, PKEY_DISABLE_ACCESS);
	CHECK_EQ(pipe(fds), 0);
	CHECK_ERRNO(write(fds[1], p, 10), EFAULT);
	CHECK_EQ(write(fds[1], strings, 4), 4);
	CHECK_ERRNO(read(fds[0], p, 4), EFAULT);
	CHECK_ERRNO(open(p, O_RDONLY), EFAULT);
	CHECK_ERRNO(uname((void *)p), EFAULT);
	set_rights(key, PKEY_DISABLE_WRITE);
	CHECK_EQ(write(fds[1], p, 1), 1);
	CHECK_ERRNO(read(fds[0], p, 4), EFAULT);
	CHECK_ERRNO(uname((void *)p), EFAULT);
	CHECK_ERRNO(clock_gettime(CLOCK_PROCESS_CPUTIME_ID, (void *)p), EFAULT);
	set_rights(key, 0);
	CHECK(read(fds[0], p, 4) > 0);
	CHECK_EQ(uname((void *)p), 0);
	/* From the page into it, a page not there yet. */
	CHECK_EQ(madvise(p, PG, MADV_DONTNEED), 0);
	set_rights(key, PKEY_DISABLE_WRITE);
	CHECK_ERRNO(uname((void *)p), EFAULT);
	iov = (struct iovec){ p, 1 };
	CHECK_EQ(writev(fds[1], &iov, 1), 1);
	CHECK_EQ(read(fds[0], &byte, 1), 1);
}

CASE(futex_words_obey_the_rights)
{
	int key, shared_key;
	char *p = map(1, RW, MAP_SHARED | MAP_ANONYMOUS), *q;

	NEED_KEYS();
	q = page_with_key(&key, PKEY_DISABLE_ACCESS);
	shared_key = give(PKEY_DISABLE_ACCESS);
	CHECK_EQ(pkey_mprotect(p, PG, RW, shared_key), 0);
	CHECK_ERRNO(syscall(SYS_futex, q, 128 /* WAIT, private */, 1, NULL, NULL, 0), EFAULT);
	CHECK_ERRNO(syscall(SYS_futex, p, 0 /* WAIT */, 1, NULL, NULL, 0), EFAULT);
	CHECK_ERRNO(syscall(SYS_futex, p, 1 /* WAKE */, 1, NULL, NULL, 0), EFAULT);
	set_rights(shared_key, 0);
	CHECK_ERRNO(syscall(SYS_futex, p, 0, 1, NULL, NULL, 0), EAGAIN);
	/* WAKE_OP writes: it must give up, not go round. */
	set_rights(key, PKEY_DISABLE_WRITE);
	CHECK_ERRNO(syscall(SYS_futex, p, 5 | 128, 1, 1L, q, 0x11 << 24), EFAULT);
	set_rights(key, 0);
	CHECK_EQ(syscall(SYS_futex, p, 5 | 128, 1, 1L, q, 0x11 << 24), 0);
}

CASE(memory_is_made_present_with_rights_alone)
{
	char *p = map(2, RW, ANON);
	int key;

	NEED_KEYS();
	key = give(PKEY_DISABLE_ACCESS);
	CHECK_EQ(pkey_mprotect(p, 2 * PG, RW, key), 0);
	CHECK_ERRNO(madvise(p, 2 * PG, 22 /* MADV_POPULATE_READ */), EINVAL);
	CHECK_ERRNO(mlock(p, 2 * PG), ENOMEM);
	CHECK_EQ(munlock(p, 2 * PG), 0);
	CHECK_EQ(smaps_field(p, "Rss:"), 0);
	set_rights(key, PKEY_DISABLE_WRITE);
	CHECK_EQ(madvise(p, PG, 22), 0);
	CHECK_ERRNO(madvise(p, 2 * PG, 23 /* MADV_POPULATE_WRITE */), EINVAL);
	set_rights(key, 0);
	CHECK_EQ(madvise(p, 2 * PG, 23), 0);
	CHECK_EQ(smaps_field(p, "Rss:"), 8);
}

CASE(debuggers_ways_know_no_keys)
{
	struct iovec local, remote;
	char got = 0;
	int key, fd;
	char *p;

	NEED_KEYS();
	p = page_with_key(&key, PKEY_DISABLE_ACCESS);
	local = (struct iovec){ &got, 1 };
	remote = (struct iovec){ p, 1 };
	CHECK_EQ(process_vm_readv(getpid(), &local, 1, &remote, 1, 0), 1);
	CHECK_EQ(got, 7);
	got = 8;
	CHECK_EQ(process_vm_writev(getpid(), &local, 1, &remote, 1, 0), 1);
	fd = open("/proc/self/mem", O_RDWR);
	CHECK_EQ(pread(fd, &got, 1, (long)p), 1);
	CHECK_EQ(got, 8);
	got = 9;
	CHECK_EQ(pwrite(fd, &got, 1, (long)p), 1);
	set_rights(key, 0);
	CHECK_EQ(p[0], 9);
	/* The own side of it is memory like any other. */
	set_rights(key, PKEY_DISABLE_ACCESS);
	CHECK_ERRNO(process_vm_readv(getpid(), &remote, 1, &local, 1, 0), EFAULT);
}

CASE(memory_of_others_knows_no_keys)
{
	int key, out[2], in[2];
	struct iovec local, remote;
	char byte = 0;
	pid_t pid;
	char *p;

	NEED_KEYS();
	p = page_with_key(&key, 0);
	CHECK(pipe(out) == 0 && pipe(in) == 0);
	pid = fork();
	CHECK(pid >= 0);
	if (!pid) {
		p[0] = 5;
		if (write(out[1], &byte, 1) != 1 || read(in[0], &byte, 1) != 1)
			_exit(1);
		_exit(p[0] == 6 ? 0 : 2);
	}
	CHECK_EQ(read(out[0], &byte, 1), 1);
	set_rights(key, PKEY_DISABLE_ACCESS);
	local = (struct iovec){ &byte, 1 };
	remote = (struct iovec){ p, 1 };
	CHECK_EQ(process_vm_readv(pid, &local, 1, &remote, 1, 0), 1);
	CHECK_EQ(byte, 5);
	byte = 6;
	CHECK_EQ(process_vm_writev(pid, &local, 1, &remote, 1, 0), 1);
	CHECK_EQ(write(in[1], &byte, 1), 1);
	int status;
	CHECK_EQ(waitpid(pid, &status, 0), pid);
	CHECK_EQ(status, 0);
}

/* ---- execute-only memory ---- */

CASE(execute_only_memory_cannot_be_read)
{
	static const unsigned char code[] = { 0xb8, 42, 0, 0, 0, 0xc3 };
	char *p = map(3, RW, ANON), *q;
	int key;

	NEED_KEYS();
	catch_faults();
	for (int i = 0; i < 3; i++)
		memcpy(p + i * PG, code, sizeof(code));
	wrpkru(0); /* the call takes the right away */
	CHECK_EQ(mprotect(p + PG, PG, PROT_EXEC), 0);
	key = key_of(p + PG);
	CHECK_EQ(key, 1);
	CHECK_EQ(rdpkru(), PKEY_DISABLE_ACCESS << 2);
	CHECK_EQ(((int (*)(void))(p + PG))(), 42);
	CHECK_REFUSED(p + PG, false, key);
	CHECK_EQ(touch(p, true), 0);
	CHECK_EQ(touch(p + 2 * PG, true), 0);
	/* It is the kernel's: no program may name or free it, nor get it. */
	CHECK_ERRNO(pkey_free(key), EINVAL);
	CHECK_ERRNO(pkey_mprotect(p, PG, RW, key), EINVAL);
	CHECK_EQ(pkey_alloc(0, 0), 2);
	/* Another right makes it ordinary memory. */
	CHECK_EQ(mprotect(p + PG, PG, PROT_READ | PROT_EXEC), 0);
	CHECK_EQ(key_of(p + PG), 0);
	CHECK_EQ(touch(p + PG, false), 0);
	/* mmap gives the same key; a thread that helped itself to the right loses it. */
	wrpkru(0);
	q = map(1, PROT_EXEC, ANON);
	CHECK_EQ(key_of(q), key);
	CHECK_EQ(rdpkru(), PKEY_DISABLE_ACCESS << 2);
	CHECK_REFUSED(q, false, key);
}

CASE(without_a_key_left_execute_only_is_readable)
{
	char *p = map(1, RW, ANON);

	NEED_KEYS();
	catch_faults();
	for (int i = 0; i < MAX_KEYS; i++)
		give(0);
	CHECK_EQ(mprotect(p, PG, PROT_EXEC), 0);
	CHECK_EQ(key_of(p), 0);
	CHECK_EQ(touch(p, false), 0);
}

CASE(a_named_key_is_kept_with_execute_only_rights)
{
	char *p = map(1, RW, ANON);
	int key;

	NEED_KEYS();
	key = give(0);
	CHECK_EQ(pkey_mprotect(p, PG, PROT_EXEC, key), 0);
	CHECK_EQ(key_of(p), key);
	CHECK_EQ(mprotect(p, PG, PROT_READ), 0);
	CHECK_EQ(key_of(p), key);
	CHECK_EQ(pkey_mprotect(p, PG, PROT_READ, -1), 0);
	CHECK_EQ(key_of(p), key);
	CHECK_EQ(mprotect(p, PG, PROT_EXEC), 0);
	CHECK_EQ(key_of(p), key + 1);
	CHECK_EQ(mprotect(p, PG, PROT_NONE), 0);
	CHECK_EQ(key_of(p), 0);
}

/* ---- areas ---- */

CASE(a_key_divides_areas_and_its_end_joins_them)
{
	char *p = map(8, RW, ANON) + PG;
	int a, b;

	NEED_KEYS();
	CHECK(munmap(p - PG, PG) == 0 && munmap(p + 6 * PG, PG) == 0);
	a = give(0);
	b = give(0);
	CHECK_EQ(area_pages(p), 6);
	CHECK_EQ(pkey_mprotect(p + 2 * PG, 2 * PG, RW, a), 0);
	CHECK_EQ(area_pages(p), 2);
	CHECK_EQ(area_pages(p + 2 * PG), 2);
	CHECK_EQ(key_of(p + 3 * PG), a);
	CHECK_EQ(pkey_mprotect(p + 3 * PG, 3 * PG, RW, b), 0);
	CHECK_EQ(area_pages(p + 2 * PG), 1);
	CHECK_EQ(area_pages(p + 3 * PG), 3);
	CHECK_EQ(pkey_mprotect(p, 6 * PG, RW, a), 0);
	CHECK_EQ(area_pages(p), 6);
	CHECK_EQ(key_of(p + 5 * PG), a);
	/* A hole in it: both sides keep the key. */
	CHECK_EQ(munmap(p + PG, PG), 0);
	CHECK_EQ(key_of(p), a);
	CHECK_EQ(key_of(p + 2 * PG), a);
	CHECK_EQ(mprotect(p + 4 * PG, PG, PROT_READ), 0);
	CHECK_EQ(key_of(p + 4 * PG), a);
	CHECK_EQ(key_of(p + 5 * PG), a);
}

CASE(new_memory_does_not_join_a_key)
{
	char *p = map(3, RW, ANON);
	int key;

	NEED_KEYS();
	CHECK_EQ(munmap(p + PG, PG), 0);
	key = give(0);
	CHECK_EQ(pkey_mprotect(p, PG, RW, key), 0);
	CHECK(mmap(p + PG, PG, RW, ANON | MAP_FIXED, -1, 0) == p + PG);
	CHECK_EQ(key_of(p + PG), 0);
	CHECK_EQ(key_of(p), key);
}

CASE(mremap_takes_the_key_along)
{
	char *p = map(4, RW, ANON), *q;
	int key;

	NEED_KEYS();
	catch_faults();
	p[0] = 3;
	key = give(0);
	CHECK_EQ(pkey_mprotect(p, 2 * PG, RW, key), 0);
	q = mremap(p, 2 * PG, 8 * PG, MREMAP_MAYMOVE);
	CHECK(q != MAP_FAILED && q != p);
	CHECK_EQ(q[0], 3);
	CHECK_EQ(key_of(q), key);
	CHECK_EQ(area_pages(q), 8);
	set_rights(key, PKEY_DISABLE_ACCESS);
	CHECK_REFUSED(q, false, key);
	CHECK_REFUSED(q + 7 * PG, true, key);
}

/* What the key was may be cached by the processor that used it. */
CASE(a_changed_key_counts_at_once)
{
	int a, b;
	char *p;

	NEED_KEYS();
	catch_faults();
	p = page_with_key(&a, 0);
	b = give(PKEY_DISABLE_ACCESS);
	for (int i = 0; i < 100; i++) {
		CHECK_EQ(pkey_mprotect(p, PG, RW, a), 0);
		CHECK_EQ(touch(p, i & 1), 0);
		CHECK_EQ(pkey_mprotect(p, PG, RW, b), 0);
		CHECK_REFUSED(p, i & 1, b);
	}
}

CASE(vmflags_do_not_show_the_key)
{
	char buf[32768], *line, *end;
	int key, fd, n = 0, got;
	unsigned long start;
	char *p;

	NEED_KEYS();
	p = page_with_key(&key, 0);
	fd = open("/proc/self/smaps", O_RDONLY);
	while ((got = read(fd, buf + n, sizeof(buf) - 1 - n)) > 0)
		n += got;
	buf[n] = 0;
	for (line = buf; line; line = strchr(line, '\n') ? strchr(line, '\n') + 1 : NULL)
		if (sscanf(line, "%lx-", &start) == 1 && start == (unsigned long)p)
			break;
	CHECK(line);
	line = strstr(line, "ProtectionKey:");
	CHECK(line);
	CHECK(!strncmp(line, "ProtectionKey:         1\nVmFlags: rd wr mr mw me ac ", 52));
	end = strchr(line + 30, '\n');
	CHECK(end && end - line < 120);
}

/* ---- threads, processes, signals ---- */

CASE(children_inherit_rights_and_keys)
{
	int key, free_key;
	char *p;

	NEED_KEYS();
	catch_faults();
	p = page_with_key(&key, PKEY_DISABLE_WRITE);
	free_key = give(0);
	CHECK_EQ(pkey_free(free_key), 0);
	IN_CHILD({
		CHECK_EQ(rights_of(key), PKEY_DISABLE_WRITE);
		CHECK_REFUSED(p, true, key);
		CHECK_EQ(key_of(p), key);
		set_rights(key, 0);
		CHECK_EQ(touch(p, true), 0); /* its own copy now, with the same key */
		set_rights(key, PKEY_DISABLE_ACCESS);
		CHECK_REFUSED(p, false, key);
		CHECK_EQ(pkey_alloc(0, 0), free_key);
		CHECK_EQ(pkey_free(key), 0);
	});
	CHECK_EQ(rights_of(key), PKEY_DISABLE_WRITE);
	CHECK_EQ(p[0], 7);
	CHECK_EQ(pkey_alloc(0, 0), free_key);
}

static int exec_only_of_child(char *p)
{
	return key_of(p);
}

CASE(children_inherit_the_execute_only_key)
{
	char *p = map(2, PROT_EXEC, ANON);

	NEED_KEYS();
	CHECK_EQ(key_of(p), 1);
	IN_CHILD({
		CHECK_EQ(exec_only_of_child(p), 1);
		CHECK_ERRNO(pkey_free(1), EINVAL);
		CHECK_EQ(key_of(map(1, PROT_EXEC, ANON)), 1);
	});
}

struct other {
	int key, go, done;
	char *page;
};

static void *other_thread(void *arg)
{
	struct other *o = arg;
	unsigned int before = rights_of(o->key);

	while (!__atomic_load_n(&o->go, __ATOMIC_ACQUIRE))
		sched_yield();
	return (void *)(long)(before << 4 | rights_of(o->key));
}

CASE(rights_are_the_threads_own)
{
	struct other o = { 0 };
	pthread_t thread;
	void *ret;

	NEED_KEYS();
	o.page = page_with_key(&o.key, PKEY_DISABLE_WRITE);
	CHECK_EQ(pthread_create(&thread, NULL, other_thread, &o), 0);
	set_rights(o.key, PKEY_DISABLE_ACCESS);
	__atomic_store_n(&o.go, 1, __ATOMIC_RELEASE);
	CHECK_EQ(pthread_join(thread, &ret), 0);
	CHECK_EQ((long)ret, PKEY_DISABLE_WRITE << 4 | PKEY_DISABLE_WRITE);
	CHECK_EQ(rights_of(o.key), PKEY_DISABLE_ACCESS);
}

/* Each thread has a value of its own and looks at it after every switch. */
static void *switching_thread(void *arg)
{
	unsigned int mine = (unsigned int)(long)arg, seen;

	for (int i = 0; i < 2000; i++) {
		wrpkru(mine);
		sched_yield();
		seen = rdpkru();
		if (seen != mine)
			return (void *)1L;
		if (!(i & 63))
			usleep(1);
		if (rdpkru() != mine)
			return (void *)2L;
	}
	return NULL;
}

CASE(switches_keep_rights_apart)
{
	pthread_t threads[6];
	cpu_set_t one;

	NEED_KEYS();
	CPU_ZERO(&one);
	CPU_SET(0, &one);
	CHECK_EQ(sched_setaffinity(0, sizeof(one), &one), 0);
	for (long i = 0; i < 6; i++)
		CHECK_EQ(pthread_create(&threads[i], NULL, switching_thread, (void *)(i << 4)), 0);
	for (int i = 0; i < 6; i++) {
		void *ret;

		CHECK_EQ(pthread_join(threads[i], &ret), 0);
		CHECK_EQ((long)ret, 0);
	}
	CHECK_EQ(rdpkru(), PKRU_START);
}

CASE(exec_begins_anew)
{
	int key;

	NEED_KEYS();
	key = give(0);
	CHECK_EQ(rights_of(key), 0);
	if (!fork()) {
		dup2(open("/dev/null", O_WRONLY), 1);
		wrpkru(0);
		execl("/proc/self/exe", "pkey_test", "a_program_starts_with_key_0_alone", NULL);
		_exit(127);
	}
	int status;
	CHECK(wait(&status) > 0);
	CHECK_EQ(status, 0);
}

static volatile unsigned int frame_pkru, after_reset, give_back;

/* Where PKRU stands in the frame's XSAVE image. */
static unsigned int *frame_word(void *context)
{
	ucontext_t *uc = context;
	unsigned int size, offset, c, d;

	__cpuid_count(13, 9, size, offset, c, d);
	return (unsigned int *)((char *)uc->uc_mcontext.fpregs + offset);
}

static void on_signal(int sig __attribute__((unused)), siginfo_t *info __attribute__((unused)), void *context)
{
	handler_pkru = rdpkru();
	frame_pkru = *frame_word(context);
	if (give_back != ~0u)
		*frame_word(context) = give_back;
	wrpkru(0);
}

CASE(handlers_run_with_the_first_rights_and_give_back_the_frames)
{
	struct sigaction sa = { .sa_sigaction = on_signal, .sa_flags = SA_SIGINFO };

	NEED_KEYS();
	CHECK_EQ(sigaction(SIGUSR1, &sa, NULL), 0);
	wrpkru(0x10);
	give_back = ~0u;
	CHECK_EQ(raise(SIGUSR1), 0);
	CHECK_EQ(rdpkru(), 0x10);
	CHECK_EQ(handler_pkru, PKRU_START);
	CHECK_EQ(frame_pkru, 0x10);
	give_back = 0x2340;
	CHECK_EQ(raise(SIGUSR1), 0);
	CHECK_EQ(rdpkru(), 0x2340);
}

/* What of the image is not loaded is as after a reset, and that is 0 for PKRU. */
static void on_signal_dropping(int sig __attribute__((unused)), siginfo_t *info __attribute__((unused)), void *context)
{
	ucontext_t *uc = context;
	char *image = (char *)uc->uc_mcontext.fpregs;

	if (give_back == 1)
		*(uint64_t *)(image + 512) &= ~0x200ull; /* XSTATE_BV */
	else if (give_back == 2)
		*(uint64_t *)(image + 472) &= ~0x200ull; /* what the frame says it holds */
	else if (give_back == 3)
		*(uint32_t *)(image + 464) = 0; /* no XSAVE image at all */
	else
		uc->uc_mcontext.fpregs = NULL;
}

CASE(frames_without_rights)
{
	struct sigaction sa = { .sa_sigaction = on_signal_dropping, .sa_flags = SA_SIGINFO };

	NEED_KEYS();
	CHECK_EQ(sigaction(SIGUSR1, &sa, NULL), 0);
	for (give_back = 1; give_back <= 4; give_back++) {
		wrpkru(0x10);
		CHECK_EQ(raise(SIGUSR1), 0);
		after_reset = rdpkru();
		wrpkru(PKRU_START);
		CHECK_EQ(after_reset, give_back == 4 ? PKRU_START : 0);
	}
}

/* A frame is written with the rights of the interrupted code; a stack that these refuse ends the program. */
CASE(a_handlers_stack_obeys_the_rights)
{
	int key, status;
	stack_t stack = { .ss_size = 16 * PG };
	struct sigaction sa = { .sa_sigaction = on_signal, .sa_flags = SA_SIGINFO | SA_ONSTACK };

	NEED_KEYS();
	stack.ss_sp = map(16, RW, ANON);
	key = give(0);
	CHECK_EQ(pkey_mprotect(stack.ss_sp, 16 * PG, RW, key), 0);
	CHECK_EQ(sigaltstack(&stack, NULL), 0);
	CHECK_EQ(sigaction(SIGUSR1, &sa, NULL), 0);
	if (!fork()) {
		set_rights(key, PKEY_DISABLE_ACCESS);
		raise(SIGUSR1);
		_exit(0);
	}
	CHECK(wait(&status) > 0);
	CHECK(WIFSIGNALED(status) && WTERMSIG(status) == SIGSEGV);
}

/* Not about keys, but done by the same reset: a handler has a fresh vector unit, and gives back the program's. */
static volatile unsigned int handler_mxcsr, handler_fcw;

static void on_signal_fpu(int sig __attribute__((unused)))
{
	unsigned int mxcsr;
	unsigned short fcw;

	asm volatile("stmxcsr %0\n\tfnstcw %1" : "=m"(mxcsr), "=m"(fcw));
	handler_mxcsr = mxcsr;
	handler_fcw = fcw;
}

CASE(handlers_start_with_a_fresh_vector_unit)
{
	unsigned int mxcsr = 0x7f80, seen;
	unsigned short fcw = 0x0f7f, seen_fcw;

	CHECK(signal(SIGUSR1, on_signal_fpu) != SIG_ERR);
	asm volatile("ldmxcsr %0\n\tfldcw %1" : : "m"(mxcsr), "m"(fcw));
	raise(SIGUSR1);
	asm volatile("stmxcsr %0\n\tfnstcw %1" : "=m"(seen), "=m"(seen_fcw));
	mxcsr = 0x1f80;
	fcw = 0x37f;
	asm volatile("ldmxcsr %0\n\tfldcw %1" : : "m"(mxcsr), "m"(fcw));
	CHECK_EQ(seen, 0x7f80);
	CHECK_EQ(seen_fcw, 0x0f7f);
	CHECK_EQ(handler_mxcsr, 0x1f80);
	CHECK_EQ(handler_fcw, 0x37f);
}

TEST_MAIN()
