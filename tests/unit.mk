# SPDX-License-Identifier: GPL-2.0-only
# Unit tests of pure code, on the host under the address and undefined-behaviour sanitizers, and fuzzers.
# A folder's build.mk says:
#   host_srcs   the sources that its tests may link (lib's are always there)
#   host_tests  tests/NAME_test.c, one program each; they register cases with unit_test.h. Linked: the folder's own
#               host_srcs, those of its deps, lib's, and the port stubs of tests/unit/unit_port.c
#   host_fuzz   tests/NAME_fuzz.c, libFuzzer targets
# A test that wants a file's static functions includes the .c; its own symbols come before the archive's.

UB := $(B)/unit
UNIT_CC := clang-22
UNIT_CFLAGS := -std=gnu17 -g -O1 -D_GNU_SOURCE -DHOST_TEST -Wall -Wextra -Werror -Wno-unused-parameter \
	-Wno-sign-compare -Wno-missing-field-initializers -fno-omit-frame-pointer -fno-strict-aliasing -fwrapv \
	-fsanitize=address,undefined -fno-sanitize-recover=all -include kernel/lib/include/lib/compiler.h -Itests/unit
FUZZ_SECONDS ?= 10
UNIT_TESTS :=
FUZZ_TARGETS :=

# The archives that a test of folder 1 links, its own first.
unit_libs = $(foreach f,$(1) $(filter-out lib $(1),$(DEPS_$(1))) lib,$(if $(HOST_SRCS_$(f)),$(UB)/$(f)/host.a))

define unit_rules
$(UB)/$(1)/%.o: UINC := $$(addprefix -I,$$(call incdirs,$(1)) kernel/$(1) $(B)/gen/include)
$(UB)/$(1)/host.a: $$(patsubst %.c,$(UB)/$(1)/%.o,$$(HOST_SRCS_$(1)))
	$$(Q)rm -f $$@ && mkdir -p $$(@D) && ar rcs $$@ $$^
UNIT_TESTS += $$(patsubst %.c,$(UB)/$(1)/tests/%,$$(HOST_TESTS_$(1)))
FUZZ_TARGETS += $$(patsubst %.c,$(UB)/$(1)/tests/%,$$(HOST_FUZZ_$(1)))
$(UB)/$(1)/tests/%_test: $(UB)/$(1)/tests/%_test.o $(call unit_libs,$(1)) $(UB)/harness/unit_main.o $(UB)/harness/unit_port.o
	$$(call say,LDTEST,$$@)
	$$(Q)$(UNIT_CC) -fsanitize=address,undefined -o $$@ $$(filter %.o,$$^) -Wl,--start-group $$(filter %.a,$$^) -Wl,--end-group
$(UB)/$(1)/tests/%_fuzz: $(UB)/$(1)/tests/%_fuzz.o $(call unit_libs,$(1)) $(UB)/harness/unit_port.o
	$$(call say,LDFUZZ,$$@)
	$$(Q)$(UNIT_CC) -fsanitize=address,undefined,fuzzer -o $$@ $$(filter %.o,$$^) -Wl,--start-group $$(filter %.a,$$^) -Wl,--end-group
endef
$(foreach f,$(floor_list),$(eval $(call unit_rules,$(f))))

$(UB)/%.o: kernel/%.c tests/unit.mk | $(GEN_HEADERS)
	@mkdir -p $(@D)
	$(call say,HOSTCC,$<)
	$(Q)$(CCACHE) $(UNIT_CC) $(UNIT_CFLAGS) $(if $(HOST_FUZZ),-fsanitize=fuzzer-no-link) $(UINC) -MMD -MP -c -o $@ $<

$(UB)/harness/%.o: tests/unit/%.c tests/unit.mk
	@mkdir -p $(@D)
	$(call say,HOSTCC,$<)
	$(Q)$(CCACHE) $(UNIT_CC) $(UNIT_CFLAGS) -Ikernel/lib/include -MMD -MP -c -o $@ $<

-include $(shell find $(UB) -name '*.d' 2>/dev/null)

test-unit: $(UNIT_TESTS) ## unit tests of pure code, on this machine, under sanitizers (TEST=name for one)
	$(Q)tests/unit/run.sh $(if $(TEST),$(filter %/$(TEST) %/$(TEST)_test,$^),$^)

fuzz: ## libFuzzer over the parsers, FUZZ_SECONDS each (FUZZ=name for one)
	$(Q)$(MAKE) --no-print-directory B=$(B)/fuzz HOST_FUZZ=1 fuzz-run

fuzz-run: $(FUZZ_TARGETS)
	$(Q)tests/unit/fuzz.sh $(FUZZ_SECONDS) $(if $(FUZZ),$(filter %/$(FUZZ)_fuzz,$^),$^)

.PHONY: test-unit fuzz fuzz-run
