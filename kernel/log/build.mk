# SPDX-License-Identifier: GPL-2.0-only
srcs := hexdump.c kallsyms.c log_ring.c panic.c printk.c ratelimit.c ratelimit_log.c
deps := lib arch/x86 sync time
public_deps := lib
host_srcs := log_ring.c ratelimit.c
host_tests := log_ring_test.c ratelimit_test.c
