# SPDX-License-Identifier: GPL-2.0-only
# How the kernel image is built: every folder of floors.mk has a build.mk that names
#   srcs         its .c and .S files
#   deps         the folders whose public headers its own files include
#   public_deps  the folders whose public headers its public headers include
#   host_srcs    sources that also compile for the host; host_tests, host_fuzz: its tests there (tests/unit.mk)
# A folder is compiled with -I for deps and, transitively, their public_deps - and nothing else.

include kernel/floors.mk
include kernel/flags.mk

# Before the folders' own rules, which name it.
GEN_HEADERS := $(B)/uapi/.stamp

floor_list :=
define load_floor
ifneq ($(wildcard kernel/$(1)/build.mk),)
srcs :=
deps :=
public_deps :=
host_srcs :=
host_tests :=
host_fuzz :=
include kernel/$(1)/build.mk
SRCS_$(1) := $$(srcs)
DEPS_$(1) := $$(deps)
PUBLIC_$(1) := $$(public_deps)
HOST_SRCS_$(1) := $$(host_srcs)
HOST_TESTS_$(1) := $$(host_tests)
HOST_FUZZ_$(1) := $$(host_fuzz)
floor_list += $(1)
endif
endef
$(foreach f,$(FLOORS),$(eval $(call load_floor,$(f))))

# closure(x): x and everything its public headers need.
closure = $(sort $(1) $(foreach d,$(PUBLIC_$(1)),$(call closure,$(d))))
incdirs = $(sort kernel/$(1)/include $(foreach d,$(DEPS_$(1)) $(PUBLIC_$(1)),\
	$(foreach c,$(call closure,$(d)),kernel/$(c)/include)))

KOBJS :=
define floor_rules
OBJS_$(1) := $$(patsubst %,$(KB)/kernel/$(1)/%.o,$$(basename $$(SRCS_$(1))))
KOBJS += $$(OBJS_$(1))
$$(OBJS_$(1)): KINC := $$(addprefix -I,$$(call incdirs,$(1)) kernel/$(1) $(B)/gen/include)
endef
$(foreach f,$(floor_list),$(eval $(call floor_rules,$(f))))


$(B)/uapi/.stamp:
	$(call say,UAPI,$(B)/uapi)
	$(Q)rm -rf $(B)/uapi && mkdir -p $(B)/uapi
	$(Q)cp -r /usr/include/linux /usr/include/asm-generic $(B)/uapi/
	$(Q)cp -r /usr/include/x86_64-linux-gnu/asm $(B)/uapi/asm
	$(Q)touch $@

$(KB)/kernel/%.o: kernel/%.c kernel/flags.mk | $(GEN_HEADERS)
	@mkdir -p $(@D)
	$(call say,CC,$<)
	$(Q)$(CCACHE) $(CC_KERNEL) $(KCFLAGS) $(KINC) -MMD -MP -c -o $@ $<

$(KB)/kernel/%.o: kernel/%.S kernel/flags.mk | $(GEN_HEADERS)
	@mkdir -p $(@D)
	$(call say,AS,$<)
	$(Q)$(CCACHE) $(CC_KERNEL) $(KAFLAGS) $(KINC) -MMD -MP -c -o $@ $<

-include $(KOBJS:.o=.d)

kernel: $(KB)/perennial.elf $(if $(filter $(B)/release,$(KB)),$(B)/perennial.elf) ## build the kernel image
	@:

include kernel/link.mk

.PHONY: kernel
