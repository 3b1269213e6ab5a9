# SPDX-License-Identifier: GPL-2.0-only
srcs := adjtimex.c cputime.c delayed_work.c timekeeping.c timer.c timer_queue.c vdso_data.c vdso_image.S
deps := lib arch/x86 sync
public_deps := lib arch/x86 sync
host_srcs := timer_queue.c
host_tests := timer_queue_test.c

# The vDSO: user-space code, compiled and linked on its own, embedded by vdso_image.S.
VDSO_DIR := $(KB)/kernel/time/vdso
VDSO_CFLAGS := -std=gnu17 -O2 -ffreestanding -nostdinc -isystem $(B)/uapi -fPIC -fvisibility=hidden -m64 \
	-march=x86-64 -mno-red-zone -fno-stack-protector -fasynchronous-unwind-tables -fno-jump-tables -Wall -Wextra -Werror \
	-Wno-unused-parameter -include kernel/lib/include/lib/compiler.h -Ikernel/lib/include -Ikernel/time/include \
	$(if $(KIS_CLANG),--target=x86_64-linux-gnu -isystem /usr/lib/llvm-22/lib/clang/22/include,\
		-fcf-protection=none -Wno-array-bounds -isystem /usr/lib/gcc/x86_64-linux-gnu/12/include)

$(VDSO_DIR)/vdso.o: kernel/time/vdso/vdso.c kernel/time/include/time/vdso.h kernel/time/build.mk | $(GEN_HEADERS)
	@mkdir -p $(@D)
	$(call say,CC,$<)
	$(Q)$(CCACHE) $(CC_KERNEL) $(VDSO_CFLAGS) -c -o $@ $<

$(VDSO_DIR)/vdso.so: $(VDSO_DIR)/vdso.o kernel/time/vdso/vdso.lds
	$(call say,LD,$@)
	$(Q)ld.lld-22 -shared -soname linux-vdso.so.1 --hash-style=both --eh-frame-hdr -z max-page-size=4096 -Bsymbolic \
		--strip-debug -T kernel/time/vdso/vdso.lds -o $@ $<

$(KB)/kernel/time/vdso_image.o: $(VDSO_DIR)/vdso.so
$(KB)/kernel/time/vdso_image.o: KAFLAGS += -I$(VDSO_DIR)
