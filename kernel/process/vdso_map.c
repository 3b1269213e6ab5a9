/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * vdso_map.c - the clock code and data that every program finds in its memory ([vvar], [vdso]).
 *
 * WHAT        Two special mappings side by side, placed with the other mappings and so at a random address. The pages
 *             are part of the image and are never freed.
 * INVARIANTS  V1  The data pages stand directly below the code: time/vdso.h.
 *             V2  A process keeps the pages it was given for life (law 7).
 */
#include "process_impl.h"
#include <mm/mm.h>
#include <pages/page.h>
#include <pages/slab.h>
#include <time/vdso.h>
#include <process/exec.h>
#include "exec_impl.h"

enum { VDSO_MAX_PAGES = 8 };

static struct {
	struct page *data[VDSO_DATA_PAGES + 1], *code[VDSO_MAX_PAGES + 1];
	struct special_mapping vvar, vdso;
	unsigned long code_bytes;
} vdso_state;

void vdso_init(void)
{
	unsigned long bytes = PAGE_ALIGN((unsigned long)(vdso_image_end - vdso_image_start));

	KASSERT(bytes / PAGE_SIZE <= VDSO_MAX_PAGES);
	for (unsigned long i = 0; i < VDSO_DATA_PAGES; i++)
		vdso_state.data[i] = virt_to_page(vdso_data_page + i * PAGE_SIZE);
	for (unsigned long i = 0; i < bytes / PAGE_SIZE; i++)
		vdso_state.code[i] = virt_to_page((void *)(vdso_image_start + i * PAGE_SIZE));
	vdso_state.vvar = (struct special_mapping){ .name = "[vvar]", .pages = vdso_state.data };
	vdso_state.vdso = (struct special_mapping){ .name = "[vdso]", .pages = vdso_state.code };
	vdso_state.code_bytes = bytes;
}

int vdso_map(struct mm *mm)
{
	unsigned long len = VDSO_DATA_OFFSET + vdso_state.code_bytes, at;
	int ret;

	mmap_write_lock(mm);
	at = get_unmapped_area(mm, 0, len, 0);
	mmap_write_unlock(mm);
	if (IS_ERR_VALUE(at))
		return (int)at;
	ret = install_special_mapping(mm, at, VDSO_DATA_OFFSET, VM_READ | VM_MAYREAD | VM_DONTEXPAND | VM_DONTDUMP,
				      &vdso_state.vvar);
	if (!ret)
		ret = install_special_mapping(mm, at + VDSO_DATA_OFFSET, vdso_state.code_bytes,
					      VM_READ | VM_EXEC | VM_MAYREAD | VM_MAYWRITE | VM_MAYEXEC,
					      &vdso_state.vdso);
	if (!ret)
		mm->vdso_base = at + VDSO_DATA_OFFSET;
	return ret;
}
