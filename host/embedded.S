/* SPDX-License-Identifier: GPL-2.0-only */
/* embedded.S - the files that the command carries; host.mk defines where they are. */
.macro embed name, file
	.globl	embedded_\name, embedded_\name\()_end
	.balign	16
embedded_\name:
	.incbin	"\file"
embedded_\name\()_end:
	.byte	0
.endm

	.section .rodata
	embed	init, INIT_FILE
	embed	busybox, BUSYBOX_FILE
	embed	applets, APPLETS_FILE
	.section .note.GNU-stack, "", @progbits
