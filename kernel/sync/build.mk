# SPDX-License-Identifier: GPL-2.0-only
srcs := call.c completion.c edge.c held.c mutex.c rank.c rcu.c refcount.c rwsem.c spinlock.c srcu.c still.c thread.c wait.c
ifeq ($(VARIANT),debug)
srcs += rank_debug.c
endif
deps := lib arch/x86
public_deps := lib arch/x86
