# SPDX-License-Identifier: GPL-2.0-only
# Linking the image: see kernel/arch/x86/image.lds.
$(KB)/perennial.elf: $(KOBJS)
	@mkdir -p $(@D)
	$(call say,LD,$@)
	$(Q)echo "no image yet: kernel/arch/x86 brings the linker script" >&2
