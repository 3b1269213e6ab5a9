/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * binfmt_elf.c - ELF programs for x86-64: static, static-PIE, and with an interpreter (the dynamic linker).
 *
 * WHAT        Headers are checked by lib/elf_parse before anything is believed. Segments become private file mappings; what
 *             a segment has beyond its file bytes becomes zeros. The stack then gets its tables: elf_tables.c.
 * INVARIANTS  L1  Everything about program and interpreter that can be checked is checked before begin_new_exec().
 *             L2  An image occupies one reserved span; its segments are placed into it with fixed addresses, so they cannot land
 *                 on anything else.
 * LOCKING     mm functions take their own; the new mm has one user.
 * ERRORS      -ENOEXEC not ELF, not for us, nonsense; -ELIBBAD bad interpreter; -ENOMEM. After the point of no return: SIGSEGV.
 * TESTS       tests/guest/process/exec_test.c, kernel/lib/tests/elf_parse_test.c
 */
#include "process_impl.h"
#include <lib/elf_parse.h>
#include <pages/slab.h>
#include <mm/mm.h>
#include <vfs/file.h>
#include <vfs/inode.h>
#include <linux/elf.h>
#include <linux/mman.h>
#include <linux/personality.h>
#include <process/exec.h>
#include <vfs/namei.h>
#include "exec_impl.h"
#include "elf_impl.h"

#define PAGE_UP(a)   (((a) + PAGE_SIZE - 1) & PAGE_MASK)
#define PAGE_DOWN(a) ((a) & PAGE_MASK)
#define STACK_TOP    USER_END

/* ---- reading ---- */

static int read_exactly(struct file *file, void *buf, size_t len, loff_t pos)
{
	ssize_t got = kernel_read(file, buf, len, &pos);

	if (got < 0)
		return (int)got;
	return (size_t)got == len ? 0 : -ENOEXEC;
}

/* Parse the header in @head and then the table that it names. Returns an image to kfree(), or ERR_PTR. */
static struct elf_image *read_image(struct file *file, const void *head)
{
	struct elf_image *image = kzalloc(sizeof(*image), GFP_KERNEL);
	u64 file_size = i_size_read(file_inode(file));
	size_t bytes;
	void *table;
	int ret;

	if (!image)
		return ERR_PTR(-ENOMEM);
	ret = elf_parse_header(head, 64, image);
	if (ret)
		goto free_image;
	bytes = image->nr_phdrs * sizeof(Elf64_Phdr);
	table = kvmalloc(bytes, GFP_KERNEL);
	ret = -ENOMEM;
	if (!table)
		goto free_image;
	ret = read_exactly(file, table, bytes, image->phdr_offset);
	if (!ret)
		ret = elf_parse_phdrs(table, bytes, file_size, image);
	kvfree(table);
	if (!ret)
		return image;
free_image:
	kfree(image);
	return ERR_PTR(ret);
}

/* The interpreter's path, in kernel memory. */
static char *read_interp_name(struct file *file, const struct elf_image *image)
{
	char *name;
	int ret;

	if (image->interp_size < 2 || image->interp_size > ELF_INTERP_MAX)
		return ERR_PTR(-ENOEXEC);
	name = kmalloc(image->interp_size, GFP_KERNEL);
	if (!name)
		return ERR_PTR(-ENOMEM);
	ret = read_exactly(file, name, image->interp_size, image->interp_offset);
	if (ret == -ENOEXEC)
		ret = -EIO; /* the file ends before it */
	if (!ret && name[image->interp_size - 1])
		ret = -ENOEXEC;
	if (!ret)
		return name;
	kfree(name);
	return ERR_PTR(ret);
}

static int open_interp(struct elf_load *load, struct file *program)
{
	char head[64], *name = read_interp_name(program, load->image);
	struct elf_image *image;
	int ret;

	if (IS_ERR(name))
		return PTR_ERR(name);
	load->interp_file = open_exec(name);
	kfree(name);
	if (IS_ERR(load->interp_file)) {
		ret = PTR_ERR(load->interp_file);
		load->interp_file = NULL;
		return ret;
	}
	ret = read_exactly(load->interp_file, head, sizeof(head), 0);
	if (ret)
		return ret == -ENOEXEC ? -EIO : ret;
	image = read_image(load->interp_file, head);
	if (IS_ERR(image))
		return PTR_ERR(image) == -ENOEXEC ? -ELIBBAD : PTR_ERR(image);
	load->interp_image = image;
	return 0;
}

static void close_load(struct elf_load *load)
{
	if (load->interp_file) {
		file_allow_write(load->interp_file); /* its maps keep the file open */
		fput(load->interp_file);
	}
	if (!IS_ERR_OR_NULL(load->image))
		kfree(load->image);
	kfree(load->interp_image);
}

/* ---- mapping ---- */

static unsigned long segment_prot(const struct elf_segment *seg)
{
	return (seg->flags & PF_R ? PROT_READ : 0) | (seg->flags & PF_W ? PROT_WRITE : 0) |
	       (seg->flags & PF_X ? PROT_EXEC : 0);
}

/* What a segment's memory has after its last file byte: zeros. */
static int map_zeros(const struct elf_segment *seg, unsigned long bias)
{
	unsigned long file_end = bias + seg->vaddr + seg->file_size, mem_end = bias + seg->vaddr + seg->mem_size;
	unsigned long page_end = PAGE_UP(file_end);
	int ret;

	if (seg->mem_size == seg->file_size)
		return 0;
	/* The rest of the last file page. A read-only one keeps what the file has there, as everywhere. */
	if (seg->file_size && page_end > file_end && (seg->flags & PF_W) &&
	    clear_user(uaddr(file_end), page_end - file_end))
		return -EFAULT;
	if (!seg->file_size)
		page_end = PAGE_DOWN(bias + seg->vaddr);
	if (PAGE_UP(mem_end) <= page_end)
		return 0;
	ret = vm_brk_flags(page_end, PAGE_UP(mem_end) - page_end, seg->flags & PF_X ? VM_EXEC : 0);
	return ret;
}

static int map_segment(struct file *file, const struct elf_segment *seg, unsigned long bias)
{
	unsigned long lead = seg->vaddr & ~PAGE_MASK, addr = bias + seg->vaddr - lead, got;

	if (seg->file_size) {
		got = vm_mmap(file, addr, PAGE_UP(seg->file_size + lead), segment_prot(seg),
			      MAP_PRIVATE | MAP_FIXED, seg->offset - lead);
		if (got != addr)
			return IS_ERR_VALUE(got) ? (int)got : -EEXIST;
	}
	return map_zeros(seg, bias);
}

/* Find a place for the whole span of @image. @want 0: anywhere; @fixed: MAP_FIXED or the like. Returns the address of min_vaddr or -errno. */
static unsigned long reserve_span(const struct elf_image *image, unsigned long want, unsigned long fixed)
{
	unsigned long len = image->max_vaddr - image->min_vaddr, slack = 0, got, start;

	if (!want && image->max_align > PAGE_SIZE)
		slack = image->max_align;
	got = vm_mmap(NULL, want, len + slack, PROT_NONE,
		      MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | (want ? fixed : 0), 0);
	if (IS_ERR_VALUE(got) || !slack)
		return got;
	start = ALIGN(got - image->min_vaddr, image->max_align) + image->min_vaddr;
	if (start > got)
		vm_munmap(got, start - got);
	if (got + slack > start)
		vm_munmap(start + len, got + slack - start);
	return start;
}

/* From @pos on: the end of the segments that cover it, or @pos; and in @next where the first of the others begins. */
static unsigned long covered_until(const struct elf_image *image, unsigned long pos, unsigned long *next)
{
	unsigned long end = pos;

	*next = image->max_vaddr;
	for (int i = 0; i < image->nr_loads; i++) {
		unsigned long start = PAGE_DOWN(image->load[i].vaddr);

		if (start <= pos)
			end = max(end, PAGE_UP(image->load[i].vaddr + image->load[i].mem_size));
		else
			*next = min(*next, start);
	}
	return end;
}

/* The reservation between the segments is given back. */
static void free_holes(const struct elf_image *image, unsigned long bias)
{
	unsigned long pos = image->min_vaddr, next;

	while (pos < image->max_vaddr) {
		unsigned long end = covered_until(image, pos, &next);

		if (end == pos) {
			vm_munmap(bias + pos, next - pos);
			end = next;
		}
		pos = end;
	}
}

static int map_image(struct file *file, const struct elf_image *image, unsigned long bias)
{
	int ret = 0;

	free_holes(image, bias);
	for (int i = 0; i < image->nr_loads && !ret; i++)
		ret = map_segment(file, &image->load[i], bias);
	return ret;
}

/* Where a position-independent image starts, as a bias to its addresses. */
static int place_image(const struct elf_image *image, unsigned long want, unsigned long fixed, unsigned long *bias)
{
	unsigned long at;

	if (!image->is_dyn)
		want = image->min_vaddr;
	else if (want && image->max_align > PAGE_SIZE)
		want = ALIGN_DOWN(want, image->max_align);
	at = reserve_span(image, want, fixed);
	if (IS_ERR_VALUE(at))
		return (int)at;
	*bias = at - image->min_vaddr;
	return 0;
}

static int map_program(struct linux_binprm *bprm, struct elf_load *load)
{
	const struct elf_image *image = load->image;
	unsigned long want = 0;
	int ret;

	if (image->is_dyn && load->interp_image)
		want = ELF_PIE_BASE + (process_randomizes() ? mm_random_pie_base() : 0);
	ret = place_image(image, want, MAP_FIXED_NOREPLACE, &load->bias);
	if (ret)
		return ret;
	return map_image(bprm->file, image, load->bias);
}

static int map_interp(struct elf_load *load)
{
	int ret;

	if (!load->interp_image)
		return 0;
	/* Linux puts one that has addresses of its own over the program. */
	ret = place_image(load->interp_image, 0, MAP_FIXED, &load->interp_bias);
	if (ret)
		return ret;
	return map_image(load->interp_file, load->interp_image, load->interp_bias);
}

/* What /proc and brk() want to know of the image. */
static void note_layout(struct mm *mm, const struct elf_load *load)
{
	const struct elf_image *image = load->image;
	unsigned long end = 0;

	mm->start_code = ~0ul;
	mm->end_code = mm->start_data = mm->end_data = 0;
	for (int i = 0; i < image->nr_loads; i++) {
		const struct elf_segment *seg = &image->load[i];
		unsigned long start = seg->vaddr + load->bias, file_end = start + seg->file_size;

		if ((seg->flags & PF_X) && start < mm->start_code)
			mm->start_code = start;
		if (mm->start_data < start)
			mm->start_data = start;
		if ((seg->flags & PF_X) && mm->end_code < file_end)
			mm->end_code = file_end;
		if (mm->end_data < file_end)
			mm->end_data = file_end;
		end = max(end, start + (unsigned long)seg->mem_size);
	}
	/* A linker run as a program sits where mappings go; its heap must not be boxed in there. */
	if (image->is_dyn && !load->interp_image)
		end = ELF_PIE_BASE;
	mm->start_brk = mm->brk = PAGE_UP(end);
	if (process_randomizes() && mm_sysctl.randomize_va_space > 1)
		mm->brk = mm->start_brk = mm_random_brk(mm->brk);
}

static int finish_stack(struct linux_binprm *bprm, const struct elf_image *image)
{
	unsigned long shift = 0, top = mm_random_stack_top(STACK_TOP, process_randomizes());
	bool is_executable = image->has_gnu_stack ? image->exec_stack : false;
	int ret = mm_stack_finalize(current->mm, top, is_executable, &shift);

	bprm->p -= shift;
	bprm->exec -= shift;
	current->mm->arg_start = bprm->p;
	return ret;
}

/* personality(2), MMAP_PAGE_ZERO: programs of System V read address 0. Who may not map there goes without. */
static void map_page_zero(struct mm *mm)
{
	if (!(cur->personality & MMAP_PAGE_ZERO) || mmap_write_lock_killable(mm))
		return;
	do_mmap(mm, NULL, 0, PAGE_SIZE, PROT_READ | PROT_EXEC, MAP_FIXED | MAP_PRIVATE, 0, 0);
	mmap_write_unlock(mm);
}

static int load_after_no_return(struct linux_binprm *bprm, struct elf_load *load)
{
	int ret;

	cur->personality &= ~READ_IMPLIES_EXEC; /* what an x86-64 program wants executable it says */
	setup_new_exec(bprm);
	if (load->image->is_doomed || (load->interp_image && load->interp_image->is_doomed))
		return -EINVAL;
	ret = finish_stack(bprm, load->image);
	if (!ret)
		ret = map_program(bprm, load);
	if (ret)
		return ret;
	note_layout(current->mm, load);
	ret = map_interp(load);
	if (!ret)
		ret = vdso_map(current->mm);
	if (!ret)
		ret = elf_create_tables(bprm, load);
	if (ret)
		return ret;
	current->mm->start_stack = bprm->p;
	map_page_zero(current->mm);
	start_thread(arch_user_regs(&current->thread),
		     load->interp_image ? load->interp_image->entry + load->interp_bias
					: load->image->entry + load->bias, bprm->p);
	return 0;
}

static int load_elf(struct linux_binprm *bprm)
{
	struct elf_load load = { 0 };
	int ret;

	if (memcmp(bprm->buf, ELFMAG, SELFMAG))
		return -ENOEXEC;
	load.image = read_image(bprm->file, bprm->buf);
	if (IS_ERR(load.image))
		return PTR_ERR(load.image);
	ret = load.image->has_interp ? open_interp(&load, bprm->file) : 0;
	if (!ret)
		ret = arg_window_flush(&bprm->window);
	if (!ret)
		ret = begin_new_exec(bprm);
	if (!ret)
		ret = load_after_no_return(bprm, &load);
	close_load(&load);
	return ret;
}

struct binfmt elf_format = { .name = "elf", .load = load_elf };
