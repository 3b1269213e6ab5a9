/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * memory.c - rows of mapping, faulting and copying memory.
 */
#include "kbench.h"

/* Memory. */
static double t_map, t_touch, t_unmap;
static void f_fault(u64 n, void *a)
{
	t_map = t_touch = t_unmap = 0;
	for (u64 k = 0; k < n; k++) {
		u64 s = now();
		char *p = mmap(0, REG, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
		if (p == MAP_FAILED)
			die("mmap");
		madvise(p, REG, MADV_NOHUGEPAGE);
		u64 m = now();
		for (unsigned i = 0; i < REG; i += 4096)
			*(volatile char *)(p + i) = 1;
		u64 e = now();
		CK(munmap(p, REG));
		t_map += m - s;
		t_touch += e - m;
		t_unmap += now() - e;
	}
	t_map /= n;
	t_touch /= n;
	t_unmap /= n;
}
static void f_mmap(u64 n, void *a)
{
	while (n--) {
		char *p =
		    mmap(0, 65536, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
		if (p == MAP_FAILED)
			die("mmap");
		CK(munmap(p, 65536));
	}
}
static void f_mprotect(u64 n, void *a)
{
	while (n--) {
		CK(mprotect(a, 4096, PROT_READ));
		CK(mprotect(a, 4096, PROT_READ | PROT_WRITE));
	}
}
static void f_filefault(u64 n, void *a)
{
	while (n--) {
		char *p = mmap(0, REG, PROT_READ, MAP_SHARED, *(int *)a, 0);
		if (p == MAP_FAILED)
			die("mmap file");
		for (unsigned i = 0; i < REG; i += 4096)
			sink += *(volatile char *)(p + i);
		CK(munmap(p, REG));
	}
}
void t_mem(void)
{
	double v[2][MAXB];
	ns("mmap_munmap_64k", f_mmap, 0);
	u64 n = 1 + (u64)(settings.batch_ms * 1e6 / bench(f_fault, 0));
	for (int i = 0; i < settings.batches; i++) {
		f_fault(n, 0);
		v[0][i] = t_touch / (REG / 4096);
		v[1][i] = t_unmap / (REG / 4096);
	}
	qsort(v[0], settings.batches, sizeof(double), cmpd);
	qsort(v[1], settings.batches, sizeof(double), cmpd);
	out("page_fault_anon", v[0][PICK], "ns");
	out("munmap_per_page", v[1][PICK], "ns");
	char *q = mmap(0, 65536, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (q == MAP_FAILED)
		die("mmap");
	memset(q, 1, 65536);
	ns("mprotect_pair", f_mprotect, q + 4096);
}
void t_filefault(void)
{
	char *p = path("mapfile");
	mkfile(p, REG);
	int fd = open(p, O_RDONLY);
	CK(fd);
	out("page_fault_file", bench(f_filefault, &fd) / (REG / 4096), "ns");
	close(fd);
	unlink(p);
}
static double *cow_ns, t_fork4;
static void f_cow(u64 n, void *a)
{
	char *r = a;
	double cow = 0;
	u64 s = now();
	for (u64 k = 0; k < n; k++) {
		pid_t p = fork();
		CK(p);
		if (!p) {
			u64 c = now();
			for (unsigned i = 0; i < REG; i += 4096)
				*(volatile char *)(r + i) = 2;
			*cow_ns = (double)(now() - c);
			_exit(0);
		}
		waitpid(p, 0, 0);
		cow += *cow_ns;
	}
	t_fork4 = ((now() - s) - cow) / n; /* fork + exit + wait of a process with 4 MiB touched */
	t_touch = cow / n;
}
void t_cow(void)
{
	double v[2][MAXB];
	char *r = mmap(0, REG, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	cow_ns = mmap(0, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (r == MAP_FAILED || cow_ns == MAP_FAILED)
		die("mmap");
	madvise(r, REG, MADV_NOHUGEPAGE);
	for (unsigned i = 0; i < REG; i += 4096)
		r[i] = 1;
	u64 n = 1 + (u64)(settings.batch_ms * 1e6 / bench(f_cow, r));
	for (int i = 0; i < settings.batches; i++) {
		f_cow(n, r);
		v[0][i] = t_fork4;
		v[1][i] = t_touch / (REG / 4096);
	}
	qsort(v[0], settings.batches, sizeof(double), cmpd);
	qsort(v[1], settings.batches, sizeof(double), cmpd);
	out("fork_4mb_touched", v[0][PICK], "ns");
	out("page_fault_cow", v[1][PICK], "ns");
}
