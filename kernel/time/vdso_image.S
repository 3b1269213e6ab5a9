/* SPDX-License-Identifier: GPL-2.0-only */
/* vdso_image.S - the linked vDSO inside the kernel image, on pages of its own. */
	.section .rodata.vdso, "a", @progbits
	.balign 4096
	.globl vdso_image_start, vdso_image_end
vdso_image_start:
	.incbin "vdso.so"
	.balign 4096
vdso_image_end:
	.section .note.GNU-stack, "", @progbits
