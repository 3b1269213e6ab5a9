# SPDX-License-Identifier: GPL-2.0-only
srcs := tests/selftest.c tests/lock_selftest.c tests/wait_selftest.c balance.c bandwidth.c cbs.c core.c cred.c deadline.c deadline_balance.c fair.c idle.c kthread.c policy.c rt.c sleep.c start.c task.c tick.c user.c user_namespace.c workqueue.c
deps := lib arch/x86 sync time log probe pages
public_deps := lib arch/x86 sync time probe
host_srcs := cbs.c fair.c
host_tests := cbs_test.c fair_test.c
