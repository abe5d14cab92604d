// SPDX-License-Identifier: GPL-2.0-only
/*
 * Deadlines and the collector. Records are made old by setting when they were last seen;
 * tests that wait for the collector wait for what it should do.
 */
#include "table_fixture.h"

#include <linux/module.h>
#include <net/netns/generic.h>

/* Marks have ticks of 16 ms: the collector may find a record due so long after its deadline. */
#define LATE_MS		31
/* It waits at least so long. */
#define WAIT_MS		20

#define MINUTE_MS	60000

static const struct class_case {
	const char *name;
	enum tcpstate_timer class;
} class_cases[] = {
	{ "handshake", TCPSTATE_TIMER_HANDSHAKE },
	{ "unsure", TCPSTATE_TIMER_UNSURE },
	{ "established", TCPSTATE_TIMER_ESTABLISHED },
	{ "half_closed", TCPSTATE_TIMER_HALF_CLOSED },
	{ "closing", TCPSTATE_TIMER_CLOSING },
	{ "time_wait", TCPSTATE_TIMER_TIME_WAIT },
	{ "closed", TCPSTATE_TIMER_CLOSED },
};

KUNIT_ARRAY_PARAM_DESC(class_case, class_cases, name);

static void set_timeout(struct tcpstate_net *tn, enum tcpstate_timer class, u32 ms)
{
	WRITE_ONCE(tn->timeout_ms[class], ms);
	tcpstate_collector_ask(TCPSTATE_PASS_SHORTENED);
}

/* How long a record of a class stays after it was last seen. */
static u32 stay_ms(const struct tcpstate_net *tn, enum tcpstate_timer class)
{
	return tn->timeout_ms[class] + (class == TCPSTATE_TIMER_TIME_WAIT ?
					tn->timeout_ms[TCPSTATE_TIMER_CLOSED] : 0);
}

static bool at_rest(void)
{
	return !tcpstate_collector_get_state().armed;
}

/* Waits until the pass that was asked for has had its rest and has ended, and the collector too. */
static void finish_pass(void)
{
	wait_for(!tcpstate_collector_get_state().asked);
	tcpstate_collector_flush();
}

static void countdown_is_exact(struct kunit *test)
{
	static const u32 begins[] = { 0, 12345, 0x7ffffff0, 0xffffffff - 30000, ~0u };
	struct tcpstate_conn conn = in_class[TCPSTATE_TIMER_TIME_WAIT];
	struct tcpstate_net *tn = new_net(test);
	unsigned int i;

	/* Wherever the clock of 32 bits stands, and where it wraps. */
	tn->timeout_ms[TCPSTATE_TIMER_TIME_WAIT] = MINUTE_MS;
	for (i = 0; i < ARRAY_SIZE(begins); i++) {
		u32 t = begins[i];

		conn.last_seen_ms = t;
		KUNIT_EXPECT_EQ(test, tcpstate_expiry_left_ms(tn, &conn, t), 60000);
		KUNIT_EXPECT_EQ(test, tcpstate_expiry_left_ms(tn, &conn, t + 1), 59999);
		KUNIT_EXPECT_EQ(test, tcpstate_expiry_left_ms(tn, &conn, t + 59900), 100);
		KUNIT_EXPECT_EQ(test, tcpstate_expiry_left_ms(tn, &conn, t + 60000), 0);
		KUNIT_EXPECT_EQ(test, tcpstate_expiry_left_ms(tn, &conn, t + 69999), 0);
	}
}

static void longest_timeout_runs_out_too(struct kunit *test)
{
	struct tcpstate_conn conn = in_class[TCPSTATE_TIMER_ESTABLISHED];
	struct tcpstate_net *tn = new_net(test);
	u32 max = TCPSTATE_TIMEOUT_MAX_MS;

	tn->timeout_ms[TCPSTATE_TIMER_ESTABLISHED] = max;
	conn.last_seen_ms = 0xfffffff0;
	KUNIT_EXPECT_EQ(test, tcpstate_expiry_left_ms(tn, &conn, 0xfffffff0), max);
	KUNIT_EXPECT_EQ(test, tcpstate_expiry_left_ms(tn, &conn, max - 0x11), 1);
	KUNIT_EXPECT_EQ(test, tcpstate_expiry_left_ms(tn, &conn, max - 0x10), 0);
	KUNIT_EXPECT_EQ(test, tcpstate_expiry_left_ms(tn, &conn, max + 120000), 0);
}

static void refresh_behind_the_readers_back_is_no_wrap(struct kunit *test)
{
	struct tcpstate_conn conn = in_class[TCPSTATE_TIMER_HANDSHAKE];
	struct tcpstate_net *tn = new_net(test);
	u32 timeout_ms = tn->timeout_ms[TCPSTATE_TIMER_HANDSHAKE];

	/* The clock was read at 1000, the record written at 1010. */
	conn.last_seen_ms = 1010;
	KUNIT_EXPECT_EQ(test, tcpstate_expiry_left_ms(tn, &conn, 1000), timeout_ms);
}

static void clock_is_that_of_jiffies(struct kunit *test)
{
	u32 before = jiffies64_to_msecs(get_jiffies_64());
	u32 now = tcpstate_clock_now_ms();
	u32 after = jiffies64_to_msecs(get_jiffies_64());

	KUNIT_EXPECT_GE(test, (s32)(now - before), 0);
	KUNIT_EXPECT_GE(test, (s32)(after - now), 0);
}

static void due_record_is_collected(struct kunit *test)
{
	const struct class_case *c = test->param_value;
	struct tcpstate_net *tn = new_net(test);
	struct tcpstate_key due = key_of(tn, 1, false), other = key_of(tn, 2, IPV6);

	KUNIT_ASSERT_EQ(test, tcpstate_phase_timer(&in_class[c->class]), c->class);
	tn->timeout_ms[c->class] = 10 * MINUTE_MS;
	KUNIT_EXPECT_NOT_NULL(test, add_aged(tn, &due, &in_class[c->class],
					     stay_ms(tn, c->class) - 100));
	add(tn, &other, c->class);
	tcpstate_collector_ask(TCPSTATE_PASS_SHORTENED);

	KUNIT_EXPECT_TRUE(test, wait_for(!find(&due)));
	KUNIT_EXPECT_NE(test, find(&other), 0);
	KUNIT_EXPECT_EQ(test, stat_of(tn, TCPSTATE_A_COUNTER_ENDED), 1);
	KUNIT_EXPECT_EQ(test, stat_of(tn, TCPSTATE_A_COUNTER_EVICTED), 0);
}

/*
 * Its own arming is enough. It does not go too early. The collector is armed for its deadline at
 * the latest, and the first run that begins after that takes the record.
 */
static void record_goes_at_its_deadline(struct kunit *test)
{
	const struct class_case *c = test->param_value;
	struct tcpstate_net *tn = new_net(test);
	struct tcpstate_key key = key_of(tn, 1, false);
	u32 begin_ms, added_ms, took_ms, due_ms;
	unsigned int unarmed = 0, left = 0;

	tn->timeout_ms[TCPSTATE_TIMER_CLOSED] = 300;
	tn->timeout_ms[c->class] = 300;
	due_ms = stay_ms(tn, c->class);
	begin_ms = tcpstate_clock_now_ms();
	add(tn, &key, c->class);
	added_ms = tcpstate_clock_now_ms();
	KUNIT_EXPECT_TRUE(test, wait_for(({
		struct tcpstate_collector_state state = tcpstate_collector_get_state();
		bool there = find(&key);

		took_ms = tcpstate_clock_now_ms() - begin_ms;
		unarmed += state.armed && (s32)(state.at_ms - added_ms - due_ms) >
					   LATE_MS + WAIT_MS;
		left += there && (s32)(state.from_ms - added_ms - due_ms) > LATE_MS;
		!there;
	})));

	KUNIT_EXPECT_GE(test, took_ms, due_ms);
	KUNIT_EXPECT_EQ(test, unarmed, 0);
	KUNIT_EXPECT_EQ(test, left, 0);
	finish_pass();
	KUNIT_EXPECT_TRUE(test, at_rest());
}

static void time_wait_lingers_at_zero(struct kunit *test)
{
	struct tcpstate_net *tn = new_net(test);
	struct tcpstate_key key = key_of(tn, 1, false);

	tn->timeout_ms[TCPSTATE_TIMER_CLOSED] = 10 * MINUTE_MS;
	/* 2MSL over, the linger not: the collector has looked, and left it. */
	add_aged(tn, &key, &in_class[TCPSTATE_TIMER_TIME_WAIT], 65000);
	tcpstate_collector_ask(TCPSTATE_PASS_SHORTENED);
	finish_pass();
	KUNIT_EXPECT_NE(test, find(&key), 0);

	/* Restarted, it has all of its time again. */
	touch(tn, &key, TCPSTATE_TIMER_TIME_WAIT);
	set_timeout(tn, TCPSTATE_TIMER_CLOSED, TCPSTATE_TIMEOUT_MIN_MS);
	finish_pass();
	KUNIT_EXPECT_NE(test, find(&key), 0);
	set_timeout(tn, TCPSTATE_TIMER_TIME_WAIT, TCPSTATE_TIMEOUT_MIN_MS);
	KUNIT_EXPECT_TRUE(test, wait_for(!find(&key)));
}

/* The first one was refreshed: it must not hide the next. */
static void refreshed_record_makes_way(struct kunit *test)
{
	const struct class_case *c = test->param_value;
	struct tcpstate_net *tn = new_net(test);
	struct tcpstate_key first = key_of(tn, 1, false), next = key_of(tn, 2, false);

	tn->timeout_ms[c->class] = 10 * MINUTE_MS;
	add_aged(tn, &first, &in_class[c->class], stay_ms(tn, c->class) - 200);
	add_aged(tn, &next, &in_class[c->class], stay_ms(tn, c->class) - 200);
	touch(tn, &first, c->class);
	tcpstate_collector_ask(TCPSTATE_PASS_SHORTENED);

	KUNIT_EXPECT_TRUE(test, wait_for(!find(&next)));
	KUNIT_EXPECT_NE(test, find(&first), 0);
}

static void changed_timeout_holds_at_once(struct kunit *test)
{
	const struct class_case *c = test->param_value;
	struct tcpstate_net *tn = new_net(test);
	struct tcpstate_key key = key_of(tn, 1, false);

	set_timeout(tn, TCPSTATE_TIMER_CLOSED, 10 * MINUTE_MS);
	add_aged(tn, &key, &in_class[c->class], 5000);
	tcpstate_collector_ask(TCPSTATE_PASS_SHORTENED);
	finish_pass();
	KUNIT_EXPECT_NE(test, find(&key), 0);

	set_timeout(tn, TCPSTATE_TIMER_CLOSED, TCPSTATE_TIMEOUT_MIN_MS);
	set_timeout(tn, c->class, 1000);
	finish_pass();
	KUNIT_EXPECT_EQ(test, find(&key), 0);
}

static void longer_timeout_keeps_the_record(struct kunit *test)
{
	const struct class_case *c = test->param_value;
	struct tcpstate_net *tn = new_net(test);
	struct tcpstate_key key = key_of(tn, 1, false);

	set_timeout(tn, c->class, TCPSTATE_TIMEOUT_MAX_MS);
	add_aged(tn, &key, &in_class[c->class], 20 * 24 * 60 * MINUTE_MS);
	tcpstate_collector_ask(TCPSTATE_PASS_SHORTENED);
	finish_pass();

	KUNIT_EXPECT_NE(test, find(&key), 0);
}

/* Data refreshes a record by its last-seen alone: no mark is touched. */
static void record_with_data_flowing_stays(struct kunit *test)
{
	struct tcpstate_net *tn = new_net(test);
	struct tcpstate_key idle = key_of(tn, 1, false), busy = key_of(tn, 2, false);
	struct tcpstate_flow *flow;

	tn->timeout_ms[TCPSTATE_TIMER_ESTABLISHED] = MINUTE_MS;
	add_aged(tn, &idle, &in_class[TCPSTATE_TIMER_ESTABLISHED], MINUTE_MS - 1000);
	flow = add_aged(tn, &busy, &in_class[TCPSTATE_TIMER_ESTABLISHED], MINUTE_MS - 1000);
	KUNIT_ASSERT_NOT_NULL(test, flow);

	KUNIT_EXPECT_TRUE(test, wait_for(({
		struct tcpstate_place place = lock_place(&busy);
		int from;

		flow = tcpstate_bucket_find(&place, &busy, false, &from);
		if (flow)
			flow->conn.last_seen_ms = tcpstate_clock_now_ms();
		unlock_place(&place);
		!find(&idle);
	})));
	KUNIT_EXPECT_NE(test, find(&busy), 0);
	set_timeout(tn, TCPSTATE_TIMER_ESTABLISHED, 1000);
	KUNIT_EXPECT_TRUE(test, wait_for(!find(&busy)));
}

static void record_in_another_class_has_that_classes_time(struct kunit *test)
{
	struct tcpstate_net *tn = new_net(test);
	struct tcpstate_key key = key_of(tn, 1, false);

	tn->timeout_ms[TCPSTATE_TIMER_HANDSHAKE] = TCPSTATE_TIMEOUT_MIN_MS;
	add_aged(tn, &key, &in_class[TCPSTATE_TIMER_ESTABLISHED], 0);
	touch(tn, &key, TCPSTATE_TIMER_HANDSHAKE);
	KUNIT_EXPECT_TRUE(test, wait_for(!find(&key)));

	add(tn, &key, TCPSTATE_TIMER_HANDSHAKE);
	touch(tn, &key, TCPSTATE_TIMER_ESTABLISHED);
	/* Waits until the collector has come for the handshake's deadline. */
	KUNIT_EXPECT_TRUE(test, wait_for((s32)(tcpstate_collector_get_state().at_ms -
					       tcpstate_clock_now_ms()) > 1000));
	KUNIT_EXPECT_NE(test, find(&key), 0);
}

static void collector_rests_while_there_is_nothing(struct kunit *test)
{
	const struct class_case *c = test->param_value;
	struct tcpstate_net *tn = new_net(test);
	struct tcpstate_key key = key_of(tn, 1, false);

	add(tn, &key, c->class);
	KUNIT_EXPECT_FALSE(test, at_rest());
	end(tn, &key);
	/* It has nothing to wait for, once it has seen that. */
	tcpstate_collector_ask(TCPSTATE_PASS_SHORTENED);
	finish_pass();
	KUNIT_EXPECT_TRUE(test, at_rest());
	/* And it comes back. */
	tn->timeout_ms[TCPSTATE_TIMER_CLOSED] = TCPSTATE_TIMEOUT_MIN_MS;
	tn->timeout_ms[c->class] = TCPSTATE_TIMEOUT_MIN_MS;
	add(tn, &key, c->class);
	KUNIT_EXPECT_TRUE(test, wait_for(!find(&key)));
}

static void nearer_deadline_calls_the_collector_earlier(struct kunit *test)
{
	struct tcpstate_net *tn = new_net(test);
	struct tcpstate_key far = key_of(tn, 1, false), further = key_of(tn, 2, false);
	struct tcpstate_key near = key_of(tn, 3, false);
	u32 planned_ms;

	add(tn, &far, TCPSTATE_TIMER_HANDSHAKE);
	planned_ms = tcpstate_collector_get_state().at_ms;
	add(tn, &further, TCPSTATE_TIMER_ESTABLISHED);
	KUNIT_EXPECT_EQ(test, tcpstate_collector_get_state().at_ms, planned_ms);

	tn->timeout_ms[TCPSTATE_TIMER_CLOSED] = 200;
	add(tn, &near, TCPSTATE_TIMER_CLOSED);
	KUNIT_EXPECT_LT(test, (s32)(tcpstate_collector_get_state().at_ms - planned_ms), 0);
	KUNIT_EXPECT_TRUE(test, wait_for(!find(&near)));
	KUNIT_EXPECT_NE(test, find(&far), 0);
}

static void fill(struct kunit *test, struct tcpstate_net *tn, unsigned int records,
		 enum tcpstate_timer class, u32 age_ms)
{
	unsigned int n;

	for (n = 0; n < records; n++) {
		struct tcpstate_key key = key_of(tn, n, n & 1);

		KUNIT_ASSERT_NOT_NULL(test, add_aged(tn, &key, &in_class[class],
						     age_ms));
		if (!(n % 1024))
			cond_resched();
	}
}

static void many_due_at_once_are_collected(struct kunit *test)
{
	const struct class_case *c = test->param_value;
	unsigned int records = IS_ENABLED(CONFIG_KASAN) ? 2000 : 20000;
	struct tcpstate_net *tn = new_net(test);
	u64 begin_ns;

	fill(test, tn, records, c->class, 3000);
	begin_ns = tcpstate_clock_now_ns();
	tn->timeout_ms[TCPSTATE_TIMER_CLOSED] = TCPSTATE_TIMEOUT_MIN_MS;
	set_timeout(tn, c->class, 1000);
	finish_pass();

	KUNIT_EXPECT_EQ(test, tcpstate_stats_records(tn), 0);
	KUNIT_EXPECT_EQ(test, stat_of(tn, TCPSTATE_A_COUNTER_ENDED), records);
	kunit_info(test, "%u records in %llu us", records,
		   (tcpstate_clock_now_ns() - begin_ns) / 1000);
}

/* The collector looks at a bucket when one of its records is due, and at the others not at all. */
static void idle_records_are_looked_at_rarely(struct kunit *test)
{
	unsigned int records = IS_ENABLED(CONFIG_KASAN) ? 2000 : 100000;
	struct tcpstate_net *tn = new_net(test);
	struct tcpstate_key key = key_of(tn, records, false);
	unsigned int looks;

	tn->timeout_ms[TCPSTATE_TIMER_CLOSED] = 300;
	fill(test, tn, records, TCPSTATE_TIMER_ESTABLISHED, 0);
	looks = tcpstate_collector_get_state().looks;
	add(tn, &key, TCPSTATE_TIMER_CLOSED);
	KUNIT_EXPECT_TRUE(test, wait_for(!find(&key)));
	finish_pass();
	looks = tcpstate_collector_get_state().looks - looks;
	KUNIT_EXPECT_GE(test, looks, 1);
	KUNIT_EXPECT_LE(test, looks, TCPSTATE_CROWD_MAX);
	KUNIT_EXPECT_EQ(test, tcpstate_walk_flush(tn, NULL, NULL), records);
}

/*
 * However often somebody asks, a pass rests for 8 us for each look. The last one to ask is
 * served as well.
 */
static void passes_that_are_asked_for_rest(struct kunit *test)
{
	unsigned int records = IS_ENABLED(CONFIG_KASAN) ? 2000 : 20000;
	struct tcpstate_net *tn = new_net(test);
	unsigned int before, passes, i;
	u32 first_ms, last_ms;

	fill(test, tn, records, TCPSTATE_TIMER_ESTABLISHED, 0);
	tcpstate_collector_ask(TCPSTATE_PASS_SHORTENED);
	finish_pass();
	before = tcpstate_collector_get_state().passes;
	first_ms = tcpstate_clock_now_ms();
	for (i = 0; i < 1000; i++) {
		tcpstate_collector_ask(TCPSTATE_PASS_SHORTENED);
		tcpstate_collector_flush();
		cond_resched();
	}
	last_ms = tcpstate_clock_now_ms();
	passes = tcpstate_collector_get_state().passes - before;
	kunit_info(test, "%u passes in %u ms", passes, last_ms - first_ms);
	KUNIT_EXPECT_LE(test, passes, (last_ms - first_ms) / max(records / 125, 100u) + 1);

	set_timeout(tn, TCPSTATE_TIMER_ESTABLISHED, TCPSTATE_TIMEOUT_MIN_MS);
	KUNIT_EXPECT_TRUE(test, wait_for(!tcpstate_stats_records(tn)));
}

/* A user's own timeout may be shorter than that of the initial namespace, but not longer. */
static void users_timeout_is_bounded(struct kunit *test)
{
	const struct tcpstate_net *initial = net_generic(&init_net, tcpstate_net_id);
	u32 bound_ms = initial->timeout_ms[TCPSTATE_TIMER_ESTABLISHED];
	struct tcpstate_conn conn = in_class[TCPSTATE_TIMER_ESTABLISHED];
	struct tcpstate_net *tn = new_net_of(test, 1000);
	u32 now_ms = tcpstate_clock_now_ms();

	conn.last_seen_ms = now_ms;
	tn->timeout_ms[TCPSTATE_TIMER_ESTABLISHED] = TCPSTATE_TIMEOUT_MAX_MS;
	KUNIT_EXPECT_EQ(test, tcpstate_expiry_left_ms(tn, &conn, now_ms), bound_ms);
	now_ms += bound_ms - 1;
	KUNIT_EXPECT_FALSE(test, tcpstate_expiry_is_due(tn, &conn, TCPSTATE_TIMER_ESTABLISHED,
							now_ms));
	now_ms++;
	KUNIT_EXPECT_TRUE(test, tcpstate_expiry_is_due(tn, &conn, TCPSTATE_TIMER_ESTABLISHED,
						       now_ms));
	conn.last_seen_ms = now_ms;
	tn->timeout_ms[TCPSTATE_TIMER_ESTABLISHED] = 5000;
	KUNIT_EXPECT_EQ(test, tcpstate_expiry_left_ms(tn, &conn, now_ms), 5000);
}

/* Are a bucket's mark and other hint no later and no dearer than a record in it, if it is there? */
static bool mark_holds(struct tcpstate_net *tn, u32 n, bool ipv6)
{
	struct tcpstate_key key = key_of(tn, n, ipv6);
	struct tcpstate_place place = lock_place(&key);
	struct tcpstate_flow *flow;
	u8 others = TCPSTATE_HINT_NONE;
	u32 mark, its, now_ms;
	bool holds = true;
	int from;

	flow = tcpstate_bucket_find(&place, &key, false, &from);
	if (flow) {
		unsigned int number = tcpstate_table_number(place.bucket);
		u8 other = *tcpstate_deadline_others(number);

		mark = tcpstate_deadline_read(number);
		now_ms = tcpstate_clock_now_ms();
		its = tcpstate_expiry_mark(tn, &flow->conn, tcpstate_phase_timer(&flow->conn),
					   now_ms, &others);
		holds = mark != TCPSTATE_DEADLINE_NONE &&
			!tcpstate_deadline_earlier(its, mark) &&
			tcpstate_rank_cost(mark, now_ms) <= tcpstate_rank_cost(its, now_ms) &&
			tcpstate_rank_cost(other, now_ms) <= tcpstate_rank_cost(others, now_ms);
	}
	unlock_place(&place);
	return holds;
}

/*
 * Records come, change their class and go while the collector looks at them. No mark is later
 * than a record of its bucket, no hint dearer, and none of them outlives the first run of the
 * collector that begins after its deadline.
 */
static void let_records_come_and_go(struct kunit *test, struct tcpstate_net *tn)
{
	unsigned int class, outlived = 0, n = 0;
	u32 until_ms;

	for (class = 0; class < TCPSTATE_TIMERS; class++)
		tn->timeout_ms[class] = 200 + 100 * class;
	until_ms = tcpstate_clock_now_ms() + 3000;
	while ((s32)(until_ms - tcpstate_clock_now_ms()) > 0) {
		struct tcpstate_collector_state state;
		struct tcpstate_cursor cursor = {};
		struct tcpstate_copy copy;
		unsigned int i;

		for (i = 0; i < 100; i++, n++) {
			struct tcpstate_key key = key_of(tn, n, n & 1);

			add(tn, &key, n % TCPSTATE_TIMERS);
			key = key_of(tn, n - 50, n & 1);
			touch(tn, &key, (n / 7) % TCPSTATE_TIMERS);
		}
		state = tcpstate_collector_get_state();
		while (tcpstate_walk_next(tn, &cursor, &copy)) {
			KUNIT_ASSERT_TRUE(test, mark_holds(tn, number_of(&copy.flow),
							   tcpstate_flow_ipv6(&copy.flow)));
			outlived += tcpstate_expiry_is_due(tn, &copy.flow.conn,
							   tcpstate_phase_timer(&copy.flow.conn),
							   state.from_ms - LATE_MS);
		}
		usleep_range(500, 1000);
	}
	KUNIT_EXPECT_EQ(test, outlived, 0);
	KUNIT_EXPECT_TRUE(test, wait_for(!tcpstate_stats_records(tn)));
}

static void no_record_outlives_its_deadline(struct kunit *test)
{
	let_records_come_and_go(test, new_net(test));
}

static void no_record_of_a_user_outlives_its_deadline(struct kunit *test)
{
	let_records_come_and_go(test, new_net_of(test, 1000));
}

static struct kunit_case expiry_test_cases[] = {
	KUNIT_CASE(countdown_is_exact),
	KUNIT_CASE(longest_timeout_runs_out_too),
	KUNIT_CASE(refresh_behind_the_readers_back_is_no_wrap),
	KUNIT_CASE(clock_is_that_of_jiffies),
	KUNIT_CASE_PARAM(due_record_is_collected, class_case_gen_params),
	KUNIT_CASE_PARAM(record_goes_at_its_deadline, class_case_gen_params),
	KUNIT_CASE(time_wait_lingers_at_zero),
	KUNIT_CASE_PARAM(refreshed_record_makes_way, class_case_gen_params),
	KUNIT_CASE_PARAM(changed_timeout_holds_at_once, class_case_gen_params),
	KUNIT_CASE_PARAM(longer_timeout_keeps_the_record, class_case_gen_params),
	KUNIT_CASE_SLOW(record_with_data_flowing_stays),
	KUNIT_CASE(record_in_another_class_has_that_classes_time),
	KUNIT_CASE_PARAM(collector_rests_while_there_is_nothing, class_case_gen_params),
	KUNIT_CASE(nearer_deadline_calls_the_collector_earlier),
	KUNIT_CASE_PARAM(many_due_at_once_are_collected, class_case_gen_params),
	KUNIT_CASE(idle_records_are_looked_at_rarely),
	KUNIT_CASE_SLOW(passes_that_are_asked_for_rest),
	KUNIT_CASE(users_timeout_is_bounded),
	KUNIT_CASE_SLOW(no_record_outlives_its_deadline),
	KUNIT_CASE_SLOW(no_record_of_a_user_outlives_its_deadline),
	{}
};

static struct kunit_suite expiry_test_suite = {
	.name = "tcpstate_expiry",
	.init = fixture_init,
	.exit = fixture_exit,
	.test_cases = expiry_test_cases,
};

kunit_test_suite(expiry_test_suite);

MODULE_DESCRIPTION("tests of tcpstate's expiry.c");
MODULE_LICENSE("GPL");
MODULE_IMPORT_NS("EXPORTED_FOR_KUNIT_TESTING");
