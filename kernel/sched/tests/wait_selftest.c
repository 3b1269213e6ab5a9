/* SPDX-License-Identifier: GPL-2.0-only */
/* wait_selftest.c - wait queues, completions, edge waits, timers, work, stillness. */
#include <lib/errno.h>
#include <lib/list.h>
#include <lib/string.h>
#include <arch/cpu.h>
#include <sync/completion.h>
#include <sync/edge.h>
#include <sync/still.h>
#include <sync/wait.h>
#include <time/delayed_work.h>
#include <time/ktime.h>
#include <time/timer.h>
#include <sched/sched.h>
#include "selftest_impl.h"

#define MS 1000000ull

/* ---- wait queues ---- */

struct tokens {
	struct wait_queue_head wq;
	struct spinlock lock;
	u32 nr; /* lock */
	u32 taken; /* atomic */
	bool is_over;
};

static bool take_token(struct tokens *t)
{
	with_spinlock(&t->lock);

	if (!t->nr)
		return false;
	t->nr--;
	return true;
}

static void consumer(struct tokens *t)
{
	for (;;) {
		bool got = false;

		(void)wait_event_interruptible_exclusive(t->wq, (got = take_token(t)) || READ_ONCE(t->is_over));
		if (!got)
			return;
		xadd(&t->taken, 1u);
	}
}

static void producer(struct tokens *t)
{
	u32 i;

	for (i = 0; i < 2000; i++) {
		spin_lock(&t->lock);
		t->nr++;
		spin_unlock(&t->lock);
		wake_up(&t->wq);
	}
	while (READ_ONCE(t->nr))
		sleep_ns(MS / 4);
	WRITE_ONCE(t->is_over, true);
	wake_up_all(&t->wq);
}

static void work_tokens(struct crew *crew, u32 member)
{
	if (member == 0)
		producer(crew->data);
	else
		consumer(crew->data);
}

static const struct crew_ops tokens_ops = { .work = work_tokens };

void test_wait(void)
{
	struct tokens t = { .nr = 0 };
	struct crew crew;
	u64 begun;

	init_waitqueue_head(&t.wq);
	spin_lock_init(&t.lock, RANK_FUTEX);
	crew_run(&crew, &tokens_ops, 5, &t, false);
	EXPECT(t.taken == 2000);
	EXPECT(!waitqueue_active(&t.wq));

	begun = ktime_get_ns();
	EXPECT(wait_event_interruptible_deadline(t.wq, false, begun + 5 * MS) == -ETIME);
	EXPECT(ktime_get_ns() >= begun + 5 * MS);
	EXPECT(wait_event_interruptible_deadline(t.wq, true, begun) == 0);
	EXPECT(wait_event_interruptible_deadline(t.wq, false, 0) == -ETIME);
	EXPECT(!waitqueue_active(&t.wq));
}

/* ---- completions: two threads pass a ball ---- */

struct ball {
	struct completion to[2];
	u32 passes;
};

static void work_ball(struct crew *crew, u32 member)
{
	struct ball *ball = crew->data;
	u32 i;

	for (i = 0; i < 2000; i++) {
		wait_for_completion(&ball->to[member]);
		ball->passes++;
		complete(&ball->to[!member]);
	}
}

static const struct crew_ops ball_ops = { .work = work_ball };

void test_completion(void)
{
	struct ball ball = { .passes = 0 };
	struct crew crew;
	u64 begun = ktime_get_ns();

	init_completion(&ball.to[0]);
	init_completion(&ball.to[1]);
	complete(&ball.to[0]);
	crew_run(&crew, &ball_ops, 2, &ball, false);
	EXPECT(ball.passes == 4000);
	pr_info("switch: %llu ns a pass\n", (unsigned long long)((ktime_get_ns() - begun) / 4000));
	EXPECT(wait_for_completion_kind(&ball.to[1], WAIT_SHORT, ktime_get_ns() + MS) == -ETIME);
	complete_all(&ball.to[1]);
	wait_for_completion(&ball.to[1]);
	EXPECT(try_wait_for_completion(&ball.to[1]));
}

/* ---- edge waits ---- */

static const struct edge_wait_ops test_edge_ops = { .name = "selftest" };

struct edge_test {
	struct spinlock lock;
	struct list_head queue; /* lock */
	u32 nr_woken;		/* atomic */
};

static int edge_once(struct edge_test *t, u64 deadline_ns)
{
	struct edge_wait *edge = edge_wait_begin(&test_edge_ops);
	int ret;

	spin_lock(&t->lock);
	list_add_tail(&edge->node, &t->queue);
	spin_unlock(&t->lock);
	ret = edge_wait_sleep(edge, deadline_ns);
	if (ret) {
		spin_lock(&t->lock);
		if (edge_wait_is_woken(edge))
			ret = 0;
		else
			list_del(&edge->node);
		spin_unlock(&t->lock);
	}
	edge_wait_end(edge);
	return ret;
}

static void edge_waker(struct edge_test *t)
{
	u32 nr = 0;

	while (nr < 600) {
		struct edge_wait *edge;

		spin_lock(&t->lock);
		edge = list_first_entry_or_null(&t->queue, struct edge_wait, node);
		if (edge) {
			list_del(&edge->node);
			edge_wait_wake(edge, 7);
			nr++;
		}
		spin_unlock(&t->lock);
		if (!edge)
			sched_yield();
	}
}

static void work_edge(struct crew *crew, u32 member)
{
	struct edge_test *t = crew->data;
	u32 i;

	if (member == 0) {
		edge_waker(t);
		return;
	}
	for (i = 0; i < 200; i++) {
		if (!edge_once(t, DEADLINE_NEVER))
			xadd(&t->nr_woken, 1u);
	}
}

static const struct crew_ops edge_ops = { .work = work_edge };

void test_edge(void)
{
	struct edge_test t = { .nr_woken = 0 };
	struct crew crew;

	spin_lock_init(&t.lock, RANK_FUTEX);
	INIT_LIST_HEAD(&t.queue);
	crew_run(&crew, &edge_ops, 4, &t, false);
	EXPECT(t.nr_woken == 600 && list_empty(&t.queue));
	EXPECT(edge_once(&t, ktime_get_ns() + MS) == -ETIME);
	EXPECT(list_empty(&t.queue));
}

/* ---- timers ---- */

#define NR_TIMERS 64

struct timed {
	struct timer timer;
	u64 due_ns, fired_ns;
	u32 nr_fired;
	u32 repeats;
};

static void timed_expire(struct timer *timer)
{
	struct timed *timed = container_of(timer, struct timed, timer);

	timed->fired_ns = ktime_get_ns();
	timed->nr_fired++;
	if (timed->repeats) {
		timed->repeats--;
		timer_start_at(timer, timer->expires_ns + MS / 2);
	}
}

static const struct timer_ops timed_ops = { .name = "selftest", .expire = timed_expire };

static void work_timers(struct crew *crew, u32 member)
{
	struct timed *timed = crew->data;
	u32 i;

	for (i = member; i < NR_TIMERS; i += crew->nr) {
		timer_init(&timed[i].timer, &timed_ops);
		timed[i].due_ns = ktime_get_ns() + (i * 7919 % 20) * MS / 2;
		timed[i].repeats = i % 8 == 3 ? 3 : 0;
		timer_start_at(&timed[i].timer, timed[i].due_ns);
	}
}

static const struct crew_ops timers_ops = { .work = work_timers };

/* Cancel on one processor what runs and restarts itself on another. */
static void test_cancel(void)
{
	struct timed t = { .repeats = 1000000 };
	u32 i, fired;

	for (i = 0; i < 50; i++) {
		timer_init(&t.timer, &timed_ops);
		timer_start_pinned(&t.timer, i % num_online_cpus(), ktime_get_ns() + i * 1000);
		if (i % 2)
			sleep_ns(MS / 10);
		timer_cancel_sync(&t.timer);
		fired = t.nr_fired;
		EXPECT(!timer_is_started(&t.timer));
		if (i % 8 == 0)
			sleep_ns(MS);
		EXPECT(READ_ONCE(t.nr_fired) == fired);
	}
}

static struct timed timed_array[NR_TIMERS];

void test_timers(void)
{
	struct crew crew;
	u64 latest = 0, begun;
	u32 i;

	memset(timed_array, 0, sizeof(timed_array));
	crew_run(&crew, &timers_ops, 4, timed_array, true);
	sleep_ns(25 * MS);
	for (i = 0; i < NR_TIMERS; i++) {
		struct timed *t = &timed_array[i];

		timer_cancel_sync(&t->timer);
		EXPECT(t->nr_fired == (i % 8 == 3 ? 4u : 1u));
		EXPECT(t->fired_ns >= t->due_ns);
		if (t->nr_fired == 1)
			latest = max(latest, t->fired_ns - t->due_ns);
	}
	begun = ktime_get_ns();
	sleep_ns(3 * MS);
	EXPECT(ktime_get_ns() - begun >= 3 * MS);
	EXPECT(sleep_interruptible_until(begun) == -ETIME);
	test_cancel();
	pr_info("timers: at most %llu us late\n", (unsigned long long)latest / 1000);
}

/* ---- work ---- */

struct job {
	struct work work;
	u32 nr_runs; /* atomic */
	u32 cpu;
	struct completion *wait_for;
};

static void job_run(struct work *work)
{
	struct job *job = container_of(work, struct job, work);

	job->cpu = smp_processor_id();
	if (job->wait_for)
		wait_for_completion(job->wait_for);
	xadd(&job->nr_runs, 1u);
}

static const struct work_ops job_ops = { .name = "selftest", .run = job_run };

static void init_job(struct job *job, struct completion *wait_for)
{
	*job = (struct job){ .wait_for = wait_for };
	work_init(&job->work, &job_ops);
}

/* An item that sleeps does not keep the others of its processor from running. */
static void test_sleeping_item(void)
{
	struct completion release;
	struct job sleeper, other;

	init_completion(&release);
	init_job(&sleeper, &release);
	init_job(&other, NULL);
	work_queue_on(0, &sleeper.work);
	sleep_ns(MS);
	work_queue_on(0, &other.work);
	work_flush(&other.work);
	EXPECT(other.nr_runs == 1 && sleeper.nr_runs == 0);
	complete(&release);
	work_flush(&sleeper.work);
	EXPECT(sleeper.nr_runs == 1);
}

void test_work(void)
{
	struct delayed_work delayed;
	struct job job;
	int cpu;
	u32 runs = 0;

	init_job(&job, NULL);
	for_each_online_cpu(cpu) {
		EXPECT(work_queue_on(cpu, &job.work));
		work_flush(&job.work);
		EXPECT(job.nr_runs == ++runs && job.cpu == (u32)cpu);
	}
	test_sleeping_item();
	init_job(&job, NULL);
	delayed_work_init(&delayed, &job_ops);
	EXPECT(delayed_work_queue(&delayed, 1000 * MS));
	EXPECT(!delayed_work_queue(&delayed, 1));
	EXPECT(delayed_work_cancel_sync(&delayed));
	EXPECT(!delayed_work_cancel_sync(&delayed));
}

/* ---- stillness ---- */

struct still_test {
	u32 must_end;
	u64 progress[CREW_MAX];
	struct wait_queue_head wq;
	struct completion answer;
};

static void work_still(struct crew *crew, u32 member)
{
	struct still_test *t = crew->data;

	while (!READ_ONCE(t->must_end)) {
		WRITE_ONCE(t->progress[member], t->progress[member] + 1);
		if (member == 0) /* a level wait that only a request to park ends */
			(void)wait_event_interruptible(t->wq, READ_ONCE(t->must_end));
		else if (member == 1)
			sleep_ns(MS / 10);
		kthread_park_point();
	}
}

/* An edge wait keeps its place in the queue while its thread is parked, and a wake-up meanwhile is not lost. */
static void work_edge_park(struct crew *crew, u32 member)
{
	struct edge_test *t = crew->data;
	int ret = -EPARK;

	while (ret == -EPARK) {
		struct edge_wait *edge = edge_wait_begin(&test_edge_ops);

		if (!edge_wait_is_resumed(edge)) {
			spin_lock(&t->lock);
			list_add_tail(&edge->node, &t->queue);
			spin_unlock(&t->lock);
		}
		ret = edge_wait_sleep(edge, DEADLINE_NEVER);
		if (ret != -EPARK)
			EXPECT(edge_wait_end(edge) == 5);
		kthread_park_point();
	}
	EXPECT(!ret);
	xadd(&t->nr_woken, 1u);
}

static const struct crew_ops edge_park_ops = { .work = work_edge_park };

static void wake_first(struct edge_test *t)
{
	struct edge_wait *edge;

	spin_lock(&t->lock);
	edge = list_first_entry_or_null(&t->queue, struct edge_wait, node);
	EXPECT(edge != NULL);
	if (edge) {
		list_del(&edge->node);
		edge_wait_wake(edge, 5);
	}
	spin_unlock(&t->lock);
}

static bool is_queued(struct edge_test *t, u32 nr)
{
	struct edge_wait *edge;

	spin_lock(&t->lock);
	list_for_each_entry(edge, &t->queue, node)
		nr--;
	spin_unlock(&t->lock);
	return !nr;
}

static void test_edge_park(void)
{
	struct edge_test t = { .nr_woken = 0 };
	struct still_report report;
	struct crew crew;

	spin_lock_init(&t.lock, RANK_FUTEX);
	INIT_LIST_HEAD(&t.queue);
	crew_start(&crew, &edge_park_ops, 3, &t, false);
	while (!is_queued(&t, 3))
		sleep_ns(MS / 10);
	EXPECT(!still_begin(10000 * MS, STILL_TASKS, &report));
	EXPECT(is_queued(&t, 3)); /* parked, and still in line */
	wake_first(&t);
	sleep_ns(MS);
	EXPECT(t.nr_woken == 0);
	still_end();
	wake_first(&t);
	wake_first(&t);
	crew_join(&crew);
	EXPECT(t.nr_woken == 3);
}

static const struct crew_ops still_ops = { .work = work_still };

static void work_device(struct crew *crew, u32 member)
{
	struct still_test *t = crew->data;

	wait_for_completion_device(&t->answer, "test disk");
}

static const struct crew_ops device_ops = { .work = work_device };

static bool nobody_moves(struct still_test *t, u32 nr)
{
	u64 before[CREW_MAX];
	u32 i;

	memcpy(before, t->progress, sizeof(before));
	sleep_ns(2 * MS);
	for (i = 0; i < nr; i++) {
		if (READ_ONCE(t->progress[i]) != before[i])
			return false;
	}
	return true;
}

/* A thread that a device keeps waiting is named, and everything goes on. */
static void test_still_busy(struct still_test *t)
{
	struct still_report report;
	struct crew crew;

	init_completion(&t->answer);
	crew_start(&crew, &device_ops, 1, t, false);
	sleep_ns(MS);
	EXPECT(still_begin(500 * MS, STILL_TASKS, &report) == -EBUSY);
	EXPECT(report.device && !strcmp(report.device, "test disk"));
	EXPECT(!strcmp(report.name, "crew0") && report.nr_missing == 1);
	EXPECT(!still_is_active());
	complete(&t->answer);
	crew_join(&crew);
}

static bool begin(enum still_depth depth, struct still_report *report)
{
	int ret = still_begin(10000 * MS, depth, report);

	EXPECT(!ret);
	if (ret)
		pr_err("still: %d: %s state %x device %s, %u missing\n", ret, report->name, report->state,
		       report->device ? report->device : "none", report->nr_missing);
	return !ret;
}

void test_still(void)
{
	struct still_test t = { .must_end = 0 };
	struct still_report report;
	struct crew crew;
	u32 i;

	init_waitqueue_head(&t.wq);
	crew_start(&crew, &still_ops, 4, &t, false);
	for (i = 0; i < 5; i++) {
		sleep_ns(MS);
		if (!begin(STILL_TASKS, &report))
			continue;
		EXPECT(nobody_moves(&t, 4));
		still_end();
	}
	/* One hold upon the other, and some that are given up: a CPU that is late for one must not be lost to the next. */
	for (i = 0; i < 100; i++) {
		u64 timeout_ns = i % 4 ? 10000 * MS : MS / 4;

		if (!still_begin(timeout_ns, STILL_CPUS, &report)) {
			EXPECT(irqs_disabled());
			still_end();
		}
		EXPECT(!irqs_disabled());
	}
	test_still_busy(&t);
	test_edge_park();
	WRITE_ONCE(t.must_end, 1);
	wake_up_all(&t.wq);
	crew_join(&crew);
	pr_info("still: %u threads parked in %llu us\n", report.nr_parked, (unsigned long long)report.took_ns / 1000);
}
