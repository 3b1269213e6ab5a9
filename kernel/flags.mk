# SPDX-License-Identifier: GPL-2.0-only
# Compiler flags of the kernel; docs/adr/0010-build-flags.md has the reasons.

KWARN := -Wall -Wextra -Werror -Wno-unused-parameter -Wno-sign-compare -Wno-missing-field-initializers \
	-Wmissing-prototypes -Wstrict-prototypes -Wvla -Wundef -Wframe-larger-than=1024 -Wno-address-of-packed-member

KCOMMON := -std=gnu17 -O2 -g -ffreestanding -nostdinc -isystem $(B)/uapi \
	-fno-pic -fno-pie -mcmodel=kernel -mno-red-zone -mgeneral-regs-only -m64 -march=x86-64 \
	-fno-strict-aliasing -fno-common -fwrapv -fno-delete-null-pointer-checks \
	-fno-asynchronous-unwind-tables -fno-stack-protector \
	-ffunction-sections -fdata-sections -fno-omit-frame-pointer -mno-omit-leaf-frame-pointer \
	-include kernel/lib/include/lib/compiler.h -D__KERNEL__ -DPERENNIAL

KCLANG := --target=x86_64-linux-gnu -fsanitize=kcfi -fpatchable-function-entry=5 \
	-mllvm -enable-shrink-wrap=false -Wno-gnu-variable-sized-type-not-at-end -ffile-compilation-dir=. \
	-isystem /usr/lib/llvm-22/lib/clang/22/include -fintegrated-as
KGCC := -fno-shrink-wrap -pg -mfentry -mnop-mcount -mrecord-mcount -fcf-protection=none -Wno-attributes -Wno-array-bounds -Wno-unused-but-set-parameter -Wno-maybe-uninitialized \
	-isystem /usr/lib/gcc/x86_64-linux-gnu/12/include -mindirect-branch-cs-prefix

KIS_CLANG := $(findstring clang,$(CC_KERNEL))
KCFLAGS := $(KCOMMON) $(KWARN) $(if $(KIS_CLANG),$(KCLANG),$(KGCC))
KAFLAGS := -D__ASSEMBLY__ $(if $(KIS_CLANG),--target=x86_64-linux-gnu) -nostdinc -isystem $(B)/uapi -m64 -g -D__KERNEL__

ifeq ($(VARIANT),debug)
KCFLAGS += -DDEBUG_LOCKS -DDEBUG_POISON -DDEBUG_LEAKS
endif
ifeq ($(VARIANT),asan)
KCFLAGS += -DSANITIZE_ADDRESS -fsanitize=kernel-address -mllvm -asan-instrumentation-with-call-threshold=0 \
	-mllvm -asan-stack=0 -mllvm -asan-globals=0 -Wframe-larger-than=2048 \
	-fsanitize=bounds,shift,integer-divide-by-zero,bool,enum,unreachable,vla-bound -fsanitize-trap=all
endif
