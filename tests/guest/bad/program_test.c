/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * program_test.c - damaged and hostile programs: each ends as on Debian's kernel, with the same errno, signal or status.
 *
 * WHAT       A program of one page that exits with 42 is written out with one thing wrong, and run. The result is the errno of execve,
 *            -1000 - signal, or the exit status as a positive number. Scripts the same way.
 */
#include "check.h"
#include <elf.h>
#include <stddef.h>
#include <sys/stat.h>

#define FILE_NAME "/tmp/bad-program"
#define BASE 0x10000000ul
#define NR_PHDRS 3
#define HUGE_NUMBER 0x8000000000000000ul

/* As it lies in the file. */
struct program {
	Elf64_Ehdr e;
	Elf64_Phdr p[NR_PHDRS];
	char interp[64];
	unsigned char code[16];
	size_t len; /* of the file; not part of it */
	int mode;
};
#define CODE_AT offsetof(struct program, code)
#define FILE_BYTES 4096

static const unsigned char exit_42[] = { 0xb8, 60, 0, 0, 0, 0xbf, 42, 0, 0, 0, 0x0f, 0x05 };

static void make_good(struct program *x)
{
	memset(x, 0, sizeof(*x));
	memcpy(x->e.e_ident, "\177ELF\2\1\1", 7);
	x->e.e_type = ET_EXEC;
	x->e.e_machine = EM_X86_64;
	x->e.e_version = 1;
	x->e.e_entry = BASE + CODE_AT;
	x->e.e_phoff = sizeof(x->e);
	x->e.e_ehsize = sizeof(x->e);
	x->e.e_phentsize = sizeof(x->p[0]);
	x->e.e_phnum = NR_PHDRS;
	x->p[0] = (Elf64_Phdr){ .p_type = PT_LOAD, .p_flags = PF_R | PF_X, .p_vaddr = BASE, .p_filesz = FILE_BYTES,
				.p_memsz = FILE_BYTES, .p_align = 4096 };
	memcpy(x->code, exit_42, sizeof(exit_42));
	x->len = FILE_BYTES;
	x->mode = 0755;
}

/* The third header names an interpreter of @len bytes. */
static void set_interp(struct program *x, const char *name, size_t len)
{
	strcpy(x->interp, name);
	x->p[2] = (Elf64_Phdr){ .p_type = PT_INTERP, .p_offset = offsetof(struct program, interp), .p_filesz = len, .p_memsz = len };
}

static void second_load(struct program *x, unsigned long vaddr, unsigned long memsz)
{
	x->p[1] = x->p[0];
	x->p[1].p_vaddr = vaddr;
	x->p[1].p_memsz = memsz;
}

static void write_program(const struct program *x)
{
	char bytes[FILE_BYTES] = "";
	int fd;

	memcpy(bytes, x, offsetof(struct program, len));
	unlink(FILE_NAME);
	fd = open(FILE_NAME, O_CREAT | O_WRONLY, 0755);
	CHECK(fd >= 0);
	CHECK_EQ(write(fd, bytes, x->len), (ssize_t)x->len);
	fchmod(fd, (mode_t)x->mode);
	close(fd);
}

static int run_file(const char *name)
{
	int two[2], status, error = 0;
	pid_t pid;

	CHECK_EQ(pipe2(two, O_CLOEXEC), 0);
	pid = fork();
	if (!pid) {
		execl(name, name, NULL);
		error = errno;
		_exit(write(two[1], &error, sizeof(error)) < 0);
	}
	close(two[1]);
	if (read(two[0], &error, sizeof(error)) != sizeof(error))
		error = 0;
	close(two[0]);
	CHECK_EQ(waitpid(pid, &status, 0), pid);
	if (error)
		return -error;
	return WIFSIGNALED(status) ? -1000 - WTERMSIG(status) : WEXITSTATUS(status);
}

static int nr_wrong;

static void try_program(const char *what, const struct program *x, int want)
{
	int got;

	write_program(x);
	got = run_file(FILE_NAME);
	if (got == want)
		return;
	dprintf(1, "  %s: %d, not %d\n", what, got, want);
	nr_wrong++;
}

#define TRY(want, change)                                                                                              \
	do {                                                                                                           \
		struct program x;                                                                                      \
		make_good(&x);                                                                                         \
		change;                                                                                                \
		try_program(#change, &x, want);                                                                        \
	} while (0)

CASE(files_cut_short)
{
	TRY(42, (void)0);
	TRY(-ENOEXEC, x.len = 0);
	TRY(-ENOEXEC, x.len = 1);
	TRY(-ENOEXEC, x.len = 4);
	TRY(-ENOEXEC, x.len = 16);
	TRY(-ENOEXEC, x.len = 63);
	TRY(-ENOEXEC, x.len = 64);
	TRY(-ENOEXEC, x.len = 100);
	TRY(-ENOEXEC, x.len = 64 + 3 * 56 - 1);
	TRY(-1011, x.len = 64 + 3 * 56);
	CHECK_EQ(nr_wrong, 0);
}

CASE(wrong_header)
{
	TRY(-ENOEXEC, x.e.e_ident[0] = 0);
	TRY(-ENOEXEC, x.e.e_ident[3] = 'f');
	TRY(42, x.e.e_ident[EI_CLASS] = ELFCLASS32);
	TRY(42, x.e.e_ident[EI_DATA] = ELFDATA2MSB);
	TRY(-ENOEXEC, x.e.e_type = ET_REL);
	TRY(-ENOEXEC, x.e.e_type = ET_CORE);
	TRY(-ENOEXEC, x.e.e_type = 0xffff);
	TRY(-ENOEXEC, x.e.e_machine = EM_386);
	TRY(-ENOEXEC, x.e.e_machine = EM_AARCH64);
	TRY(-ENOEXEC, x.e.e_machine = 0);
	TRY(42, x.e.e_version = 0);
	TRY(-ENOEXEC, x.e.e_phentsize = 0);
	TRY(-ENOEXEC, x.e.e_phentsize = 55);
	TRY(-ENOEXEC, x.e.e_phentsize = 57);
	TRY(-ENOEXEC, x.e.e_phentsize = 0xffff);
	TRY(-ENOEXEC, x.e.e_phnum = 0);
	TRY(-ENOEXEC, x.e.e_phnum = 1200);
	TRY(-ENOEXEC, x.e.e_phnum = 0xffff);
	TRY(-ENOEXEC, x.e.e_phnum = 500);
	TRY(-ENOEXEC, x.e.e_phoff = 5000);
	TRY(-ENOEXEC, x.e.e_phoff = HUGE_NUMBER);
	TRY(-ENOEXEC, x.e.e_phoff = -8ul);
	TRY(-ENOEXEC, x.e.e_phoff = 0);
	TRY(-1011, x.e.e_entry = 0);
	TRY(-1011, x.e.e_entry = 0x800000000000);
	TRY(-1011, x.e.e_entry = 0xffffffff81000000);
	TRY(-1011, x.e.e_entry = -1ul);
	TRY(-1011, x.e.e_entry = BASE + 4096);
	CHECK_EQ(nr_wrong, 0);
}

CASE(wrong_segments)
{
	TRY(-1011, x.p[0].p_type = PT_NULL);
	TRY(-1011, x.p[0].p_flags = 0);
	TRY(-1011, x.p[0].p_flags = PF_W);
	TRY(-1011, x.p[0].p_offset = 1);
	TRY(-1007, x.p[0].p_offset = 4096);
	TRY(-1011, x.p[0].p_offset = HUGE_NUMBER);
	TRY(-1011, x.p[0].p_offset = -4096ul);
	TRY(-1011, x.p[0].p_vaddr = 0);
	TRY(-1011, x.p[0].p_vaddr = 0x7ffffffff000);
	TRY(-1011, x.p[0].p_vaddr = 0x800000000000);
	TRY(-1011, x.p[0].p_vaddr = 0xffffffff80000000);
	TRY(-1011, x.p[0].p_vaddr = BASE + 8);
	TRY(-1011, x.p[0].p_filesz = 0);
	TRY(-1011, x.p[0].p_filesz = 5000);
	TRY(-1011, x.p[0].p_filesz = HUGE_NUMBER);
	TRY(-1011, x.p[0].p_filesz = -1ul);
	TRY(-1011, x.p[0].p_memsz = 0);
	TRY(-1011, x.p[0].p_memsz = 0x7fffffffffff);
	TRY(-1011, x.p[0].p_memsz = HUGE_NUMBER);
	TRY(-1011, x.p[0].p_memsz = -1ul);
	TRY(-1011, x.p[0].p_memsz = 1ul << 30);
	TRY(42, x.p[0].p_align = 3);
	TRY(42, x.p[0].p_align = 1ul << 40);
	TRY(42, x.p[0].p_align = HUGE_NUMBER);
	TRY(42, second_load(&x, BASE, FILE_BYTES));
	TRY(42, second_load(&x, BASE + 4096, 1ul << 20));
	TRY(42, second_load(&x, BASE - 0x10000, FILE_BYTES));
	TRY(-ENOEXEC, x.e.e_ident[EI_MAG1] = 0);
	TRY(42, second_load(&x, BASE - 4096, FILE_BYTES));
	TRY(-1011, second_load(&x, 0x7ffffffff000, FILE_BYTES));
	TRY(-1011, second_load(&x, BASE + 4096, -4096ul));
	TRY(42, x.p[1].p_type = PT_GNU_STACK);
	TRY(42, x.p[1].p_type = 0x7fffffff);
	TRY(42, x.p[1].p_type = PT_LOAD);
	CHECK_EQ(nr_wrong, 0);
}

CASE(moved_programs)
{
	TRY(42, (x.e.e_type = ET_DYN, x.p[0].p_vaddr = 0, x.e.e_entry = CODE_AT));
	TRY(-1011, (x.e.e_type = ET_DYN, x.p[0].p_vaddr = 0, x.e.e_entry = 0x800000000000));
	TRY(-1011, (x.e.e_type = ET_DYN, x.p[0].p_type = PT_NULL));
	TRY(-1011, (x.e.e_type = ET_DYN, x.p[0].p_vaddr = HUGE_NUMBER));
	TRY(-1011, (x.e.e_type = ET_DYN, x.p[0].p_memsz = -1ul));
	CHECK_EQ(nr_wrong, 0);
}

CASE(wrong_interpreters)
{
	TRY(-ENOEXEC, set_interp(&x, "", 0));
	TRY(-ENOEXEC, set_interp(&x, "", 1));
	TRY(-ENOEXEC, set_interp(&x, "/nothing", 8)); /* no end */
	TRY(-ENOENT, set_interp(&x, "/nothing", 9));
	TRY(-EACCES, set_interp(&x, "/tmp", 5));
	TRY(-ENOEXEC, set_interp(&x, "/dev/null", 4097));
	TRY(-EACCES, set_interp(&x, "/dev/null", 10));
	TRY(-ENOEXEC, (set_interp(&x, "/dev/null", 10), x.p[2].p_filesz = HUGE_NUMBER));
	TRY(-EIO, (set_interp(&x, "/dev/null", 10), x.p[2].p_offset = 5000));
	TRY(-EINVAL, (set_interp(&x, "/dev/null", 10), x.p[2].p_offset = HUGE_NUMBER));
	TRY(42, set_interp(&x, FILE_NAME, sizeof(FILE_NAME))); /* itself */
	TRY(-ENOENT, (set_interp(&x, "/nothing", 9), x.p[1] = x.p[2]));
	CHECK_EQ(nr_wrong, 0);
}

CASE(rights_and_kinds_of_files)
{
	TRY(-EACCES, x.mode = 0644);
	CHECK_EQ(run_file("/tmp"), -EACCES);
	CHECK_EQ(run_file("/dev/null"), -EACCES);
	CHECK_EQ(run_file("/nothing"), -ENOENT);
	CHECK_EQ(run_file(""), -ENOENT);
	CHECK_EQ(run_file(FILE_NAME "/x"), -ENOTDIR);
	CHECK_EQ(nr_wrong, 0);
}

/* --- scripts ----------------------------------------------------------------------------------------------- */

static void try_script(const char *text, size_t len, int want)
{
	int fd, got;

	unlink(FILE_NAME);
	fd = open(FILE_NAME, O_CREAT | O_WRONLY, 0755);
	CHECK_EQ(write(fd, text, len), (ssize_t)len);
	close(fd);
	got = run_file(FILE_NAME);
	if (got != want) {
		dprintf(1, "  script of %zu bytes \"%.30s\": %d, not %d\n", len, text, got, want);
		nr_wrong++;
	}
}
#define SCRIPT(want, text) try_script(text, sizeof(text) - 1, want)

CASE(script_lines)
{
	char longest[600];

	SCRIPT(-ENOEXEC, "#");
	SCRIPT(-EACCES, "#!"); /* the empty name is the current directory */
	SCRIPT(-EACCES, "#! \t");
	SCRIPT(-ENOEXEC, "#!\n");
	SCRIPT(-ENOEXEC, "#!   \t \n");
	SCRIPT(-ENOENT, "#!/nothing\n");
	SCRIPT(-ENOENT, "#!/nothing");
	SCRIPT(-ENOENT, "#!nothing relative\n");
	SCRIPT(-EACCES, "#!/tmp\n");
	SCRIPT(-EACCES, "#!/dev/null\n");
	SCRIPT(-ELOOP, "#!" FILE_NAME "\n");
	SCRIPT(-ENOENT, "#!/not\0hing\n");
	SCRIPT(0, "#!/bin/busybox true\n");
	SCRIPT(0, "#! \t /bin/busybox \t true \t \n");
	SCRIPT(0, "#!/bin/busybox true\0\n");
	memset(longest, 'x', sizeof(longest));
	memcpy(longest, "#!/", 3);
	try_script(longest, sizeof(longest), -ENOEXEC); /* no end within the first 256 bytes */
	memset(longest, ' ', sizeof(longest));
	memcpy(longest, "#!", 2);
	try_script(longest, sizeof(longest), -ENOEXEC);
	memcpy(longest + 260, "/bin/busybox true\n", 18);
	try_script(longest, sizeof(longest), -ENOEXEC);
	memset(longest, 'y', sizeof(longest));
	memcpy(longest, "#!/bin/busybox true ", 20);
	try_script(longest, sizeof(longest), 127); /* an argument may be cut: busybox has no such program */
	CHECK_EQ(nr_wrong, 0);
}

TEST_MAIN()
