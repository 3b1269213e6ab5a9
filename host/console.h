/* SPDX-License-Identifier: GPL-2.0-only */
/* console.h - join the caller's descriptors to a running machine until its command has ended. */
#ifndef HOST_CONSOLE_H
#define HOST_CONSOLE_H

#include <stdint.h>
#include "kernel_log.h"
#include "machine.h"
#include "options.h"
#include "terminal.h"

enum outcome {
	OUTCOME_EXITED, /* the command ended; see status */
	OUTCOME_TIME_LIMIT,
	OUTCOME_SIGNALLED,  /* by status, before the command was started or for the third time */
	OUTCOME_NO_SHARE,   /* text: why the share is of no use */
	OUTCOME_FAILED,     /* text: the guest's reason */
	OUTCOME_NOT_BOOTED, /* no word from the guest within the boot limit */
	OUTCOME_STOPPED,    /* the machine ended without a word */
};

struct result {
	enum outcome outcome;
	int status;
	int exec_errno;
	char text[512];
	bool is_started;       /* the command was */
	const char *next_step; /* what did not come: "it stopped before ..." */
	int qemu_status;       /* of QEMU's process, as wait() has it; -1: we ended it */
	struct bytes qemu;     /* what QEMU said */
};

/* When to give up, on the monotonic clock; 0 is never. */
struct limits {
	int64_t run_ns;  /* the time limit */
	int64_t boot_ns; /* until then the guest must have said something */
};

/* Nothing of the caller's stdin is read before the guest has booted. */
void console_run(struct result *result, struct machine *machine, const struct terminal *terminal,
		 struct kernel_log *log, const struct limits *limits);

#endif
