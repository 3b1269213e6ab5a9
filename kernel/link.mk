# SPDX-License-Identifier: GPL-2.0-only
# Linking the image: see kernel/arch/x86/image.lds. Two passes: the first one's relocations and symbols become tables
# that the second one adds behind everything else, so that no address changes between the two.

LD_KERNEL ?= $(firstword $(shell command -v ld.lld-22 ld.lld ld))
KLDFLAGS := -m elf_x86_64 --build-id=sha1 --gc-sections -z max-page-size=4096 -z noexecstack \
	--no-dynamic-linker -static --orphan-handling=error -T kernel/arch/x86/image.lds
GEN := tools/gen

$(KB)/pass1.elf: $(KOBJS) kernel/arch/x86/image.lds kernel/link.mk
	@mkdir -p $(@D)
	$(call say,LD,$@)
	$(Q)$(LD_KERNEL) $(KLDFLAGS) --emit-relocs -o $@ $(KOBJS)

$(KB)/relocs.S: $(KB)/pass1.elf $(GEN)/relocs.py $(GEN)/relocs_elf.py
	$(call say,GEN,$@)
	$(Q)PYTHONDONTWRITEBYTECODE=1 python3 $(GEN)/relocs.py $< $@

$(KB)/kallsyms.S: $(KB)/pass1.elf $(GEN)/kallsyms.py $(GEN)/relocs_elf.py
	$(call say,GEN,$@)
	$(Q)PYTHONDONTWRITEBYTECODE=1 python3 $(GEN)/kallsyms.py $< $@

$(KB)/relocs.o $(KB)/kallsyms.o: $(KB)/%.o: $(KB)/%.S
	$(Q)$(CC_KERNEL) $(if $(KIS_CLANG),--target=x86_64-linux-gnu) -c -o $@ $<

$(KB)/perennial.elf: $(KB)/pass1.elf $(KB)/relocs.o $(KB)/kallsyms.o
	$(call say,LD,$@)
	$(Q)$(LD_KERNEL) $(KLDFLAGS) -Map=$(KB)/perennial.map -o $@.tmp $(KOBJS) $(KB)/relocs.o $(KB)/kallsyms.o
	$(Q)mv $@.tmp $@

# The image of the command and the tests; other variants and compilers have theirs in their own folder.
$(B)/perennial.elf: $(B)/release/perennial.elf
	$(Q)ln -f $< $@

size: $(KB)/perennial.elf ## memory that the image keeps, by folder
	$(Q)python3 tools/gen/image_size.py $(KB)/perennial.map

.PHONY: size
