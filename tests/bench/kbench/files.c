/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * files.c - rows of a scratch directory (tmpfs in the guest), and two workers at once.
 */
#include "kbench.h"

/* File system (scratch directory, tmpfs in the guest). */
static void f_creat(u64 n, void *a)
{
	while (n--) {
		int fd = open(a, O_CREAT | O_EXCL | O_WRONLY, 0644);
		CK(fd);
		close(fd);
		CK(unlink(a));
	}
}
static void f_creat10(u64 n, void *a)
{
	while (n--) {
		int fd = open(a, O_CREAT | O_EXCL | O_WRONLY, 0644);
		CK(fd);
		if (write(fd, buf64k, 10240) != 10240)
			die("write");
		close(fd);
		CK(unlink(a));
	}
}
static void f_mkdir(u64 n, void *a)
{
	while (n--) {
		CK(mkdir(a, 0755));
		CK(rmdir(a));
	}
}
static void f_rename(u64 n, void *a)
{
	char *x = path("ren1"), *y = path("ren2");
	while (n--) {
		CK(rename(x, y));
		CK(rename(y, x));
	}
}
static void f_fwrite(u64 n, void *a)
{
	for (u64 i = 0; i < n; i++)
		if (pwrite(*(int *)a, buf64k, sizeof buf64k, (i & 127) * sizeof buf64k) !=
		    sizeof buf64k)
			die("pwrite");
}
static void f_fread(u64 n, void *a)
{
	for (u64 i = 0; i < n; i++)
		if (pread(*(int *)a, buf64k, sizeof buf64k, (i & 127) * sizeof buf64k) !=
		    sizeof buf64k)
			die("pread");
}
static void f_fresh(u64 n, void *a) /* write 1 MiB into a new file, delete it */
{
	while (n--) {
		mkfile(a, 1 << 20);
		CK(unlink(a));
	}
}
static void f_getdents(u64 n, void *a)
{
	char b[32768];
	int fd = *(int *)a;
	while (n--) {
		long k;
		lseek(fd, 0, SEEK_SET);
		while ((k = syscall(SYS_getdents64, fd, b, sizeof b)) > 0)
			;
		CK(k);
	}
}
void t_fs(void)
{
	ns("create_delete_0k", f_creat, path("cd0"));
	ns("create_delete_10k", f_creat10, path("cd10"));
	ns("mkdir_rmdir", f_mkdir, path("mkd"));
	mkfile(path("ren1"), 1);
	ns("rename_pair", f_rename, 0);
	unlink(path("ren1"));
}
void t_fsbw(void)
{
	char *p = path("bigfile");
	out("file_write_new", (1 << 20) * 1000.0 / bench(f_fresh, path("fresh")), "MB/s");
	mkfile(p, 8 << 20);
	int fd = open(p, O_RDWR);
	CK(fd);
	mbs("file_write_64k", f_fwrite, &fd);
	mbs("file_read_64k", f_fread, &fd);
	close(fd);
	unlink(p);
}
void t_getdents(void)
{
	char b[256];
	char *d = path("dents");
	mkdir(d, 0755);
	for (int i = 0; i < 200; i++) {
		snprintf(b, sizeof b, "%s/entry%d", d, i);
		mkfile(b, 0);
	}
	int fd = open(d, O_RDONLY | O_DIRECTORY);
	CK(fd);
	ns("getdents_200", f_getdents, &fd);
	close(fd);
	for (int i = 0; i < 200; i++) {
		snprintf(b, sizeof b, "%s/entry%d", d, i);
		unlink(b);
	}
	rmdir(d);
}

/* Two at once: total rate of two workers (threads or processes). */
static pthread_barrier_t bar;
struct par {
	benchfn f;
	u64 n;
	void *arg;
};
static void *parwork(void *v)
{
	struct par *p = v;
	pthread_barrier_wait(&bar);
	p->f(p->n, p->arg);
	return 0;
}
static void f_par(u64 n, void *a)
{
	struct par *p = a;
	pthread_t t[2];
	struct par w[2] = { { p[0].f, n, p[0].arg }, { p[1].f, n, p[1].arg } };
	pthread_barrier_init(&bar, 0, 2);
	for (int i = 0; i < 2; i++)
		if ((errno = pthread_create(&t[i], 0, parwork, &w[i])))
			die("pthread_create");
	for (int i = 0; i < 2; i++)
		pthread_join(t[i], 0);
}
static void par2(const char *name, benchfn f, void *x, void *y, double per)
{
	struct par p[2] = { { f, 0, x }, { f, 0, y } };
	out(name, 2 * per * 1e9 / bench(f_par, p), "op/s");
}
static void f_fault1(u64 n, void *a)
{
	while (n--) {
		char *p = mmap(0, REG, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
		if (p == MAP_FAILED)
			die("mmap");
		madvise(p, REG, MADV_NOHUGEPAGE);
		for (unsigned i = 0; i < REG; i += 4096)
			*(volatile char *)(p + i) = 1;
		CK(munmap(p, REG));
	}
}
void t_par2(void)
{
	if (settings.batch_ms < 20) {
		settings.batch_ms = 20;
		if (settings.batches > 11)
			settings.batches = 11;
	} /* well above the cost of starting threads */
	par2("par2_getppid", f_getppid, 0, 0, 1);
	par2("par2_page_fault", f_fault1, 0, 0, REG / 4096);
	char a[256], b[256];
	snprintf(a, sizeof a, "%s/par_a", settings.dir);
	snprintf(b, sizeof b, "%s/par_b", settings.dir);
	par2("par2_create_delete", f_creat, a, b, 1);
}
