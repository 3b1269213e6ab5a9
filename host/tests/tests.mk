# SPDX-License-Identifier: GPL-2.0-only
# Unit tests and fuzzers of what the command parses: they join `make test-unit` and `make fuzz`.
HT := $(B)/unit/host
HOST_TEST_CC := clang-22
HOST_TEST_CFLAGS := -std=gnu17 -D_GNU_SOURCE -g -O1 $(HOST_WARN) -Wno-missing-prototypes -Wno-unused-function -Ihost -Itests/unit \
	-fsanitize=address,undefined -fno-sanitize-recover=all
# Linked into all of them; report_stub.c stands for report.c, so that die() can be caught.
HOST_TEST_PARTS := $(HT)/bytes.o $(HT)/unpack.o $(HT)/cpio.o $(HT)/tests/report_stub.o
HOST_TEST_LIBS := -llz4 -llzma -lzstd -lz -lm
HOST_UNIT := $(patsubst host/tests/%.c,$(HT)/tests/%,$(wildcard host/tests/*_test.c))
HOST_FUZZERS := $(patsubst host/tests/%.c,$(HT)/tests/%,$(wildcard host/tests/*_fuzz.c))

$(HT)/%.o: host/%.c host/tests/tests.mk
	@mkdir -p $(@D)
	$(call say,HOSTCC,$<)
	$(Q)$(CCACHE) $(HOST_TEST_CC) $(HOST_TEST_CFLAGS) $(if $(HOST_FUZZ),-fsanitize=fuzzer-no-link) -MMD -MP -c -o $@ $<

$(HT)/tests/%_test: $(HT)/tests/%_test.o $(HOST_TEST_PARTS) $(B)/unit/harness/unit_main.o
	$(call say,LDTEST,$@)
	$(Q)$(HOST_TEST_CC) -fsanitize=address,undefined -o $@ $^ $(HOST_TEST_LIBS)

$(HT)/tests/%_fuzz: $(HT)/tests/%_fuzz.o $(HOST_TEST_PARTS)
	$(call say,LDFUZZ,$@)
	$(Q)$(HOST_TEST_CC) -fsanitize=address,undefined,fuzzer -o $@ $^ $(HOST_TEST_LIBS)

test-unit: $(HOST_UNIT)
fuzz-run: $(HOST_FUZZERS)
