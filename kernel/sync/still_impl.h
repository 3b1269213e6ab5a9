/* SPDX-License-Identifier: GPL-2.0-only */
/* still_impl.h - what the thread registry tells stillness. */
#pragma once

struct thread;

/* A thread enters the registry while stillness may be asked for. Registry lock held. */
void still_new_thread_locked(struct thread *thread);
/* A new thread will run: a count of parked threads that is under way is void. */
void still_thread_starting(struct thread *thread);
