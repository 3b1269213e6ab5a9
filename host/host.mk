# SPDX-License-Identifier: GPL-2.0-only
# The `perennial` command, and the guest's first process that it carries.
HOST_CC ?= gcc
HB := $(B)/host
BUSYBOX ?= /bin/busybox
VERSION := 0.1
COMMIT := $(shell git rev-parse --short=12 HEAD 2>/dev/null)

HOST_SRCS := main.c run.c child.c options.c report.c bytes.c unpack.c kernel_image.c modules.c cpio.c \
	initramfs.c guest_config.c view.c share.c socket_dir.c machine.c stream.c console.c terminal.c kernel_log.c clock.c
INIT_SRCS := start.c text.c config.c modules.c machine.c ports.c root.c session.c relay.c main.c
HOST_OBJS := $(HOST_SRCS:%.c=$(HB)/%.o)
INIT_OBJS := $(INIT_SRCS:%.c=$(HB)/init/%.o)

HOST_WARN := -Wall -Wextra -Werror -Wmissing-prototypes -Wstrict-prototypes
HOST_CFLAGS := -std=gnu17 -D_GNU_SOURCE -O2 -g $(HOST_WARN) -Ihost
# No C library: nothing but system calls, so that it runs on a kernel of any age.
INIT_CFLAGS := -std=gnu17 -Os -g $(HOST_WARN) -ffreestanding -fno-stack-protector -fno-pic -fno-pie \
	-fno-asynchronous-unwind-tables -fcf-protection=none -fno-tree-loop-distribute-patterns -Ihost

host: $(B)/perennial $(B)/reserve ## build the perennial command, and the commands for the guest
	@:

# For the guest, where it may find no C library.
$(B)/reserve: host/guest/reserve.c
	$(call say,HOSTCC,$<)
	$(Q)$(CCACHE) $(HOST_CC) $(HOST_CFLAGS) -static -o $@ $<

$(B)/perennial: $(HOST_OBJS) $(HB)/embedded.o
	$(call say,LD,$@)
	$(Q)$(HOST_CC) -o $@ $^ -llz4 -llzma -lzstd -lz -lm

$(HB)/%.o: host/%.c host/host.mk
	@mkdir -p $(@D)
	$(call say,HOSTCC,$<)
	$(Q)$(CCACHE) $(HOST_CC) $(HOST_CFLAGS) -MMD -MP -c -o $@ $<

$(HB)/main.o: HOST_CFLAGS += -DPERENNIAL_VERSION='"$(VERSION)$(if $(COMMIT), ($(COMMIT)))"'
$(HB)/main.o: $(HB)/version

# Changes only when the version does.
$(HB)/version: FORCE
	@mkdir -p $(@D)
	$(Q)echo '$(VERSION) $(COMMIT)' | cmp -s - $@ || echo '$(VERSION) $(COMMIT)' > $@

$(HB)/embedded.o: host/embedded.S $(HB)/perennial-init $(HB)/applets $(BUSYBOX)
	$(call say,AS,$<)
	$(Q)$(HOST_CC) -DINIT_FILE='"$(HB)/perennial-init"' -DBUSYBOX_FILE='"$(BUSYBOX)"' \
		-DAPPLETS_FILE='"$(HB)/applets"' -c -o $@ $<

$(HB)/applets: $(BUSYBOX)
	@mkdir -p $(@D)
	$(Q)$(BUSYBOX) --list-full > $@

$(HB)/perennial-init: $(INIT_OBJS)
	$(call say,LD,$@)
	$(Q)$(HOST_CC) -nostdlib -static -no-pie -Wl,--build-id=none -Wl,-z,noexecstack -o $@.debug $^
	$(Q)objcopy --strip-all $@.debug $@

$(HB)/init/%.o: host/init/%.c host/host.mk
	@mkdir -p $(@D)
	$(call say,HOSTCC,$<)
	$(Q)$(CCACHE) $(HOST_CC) $(INIT_CFLAGS) -MMD -MP -c -o $@ $<

-include $(HOST_OBJS:.o=.d) $(INIT_OBJS:.o=.d)

debian-kernels: $(B)/perennial ## fetch Debian's own kernels into build/debian/ (nothing is installed)
	$(Q)packaging/fetch-debian-kernels.sh $(B)/debian $(B)/perennial

install: $(B)/perennial $(B)/reserve $(B)/perennial.elf ## install commands, kernel and manuals under PREFIX (/usr/local)
	$(Q)packaging/install.sh $(B) $(DESTDIR)$(or $(PREFIX),/usr/local)

include host/tests/tests.mk

FORCE:
.PHONY: host debian-kernels install FORCE
