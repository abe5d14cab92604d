// SPDX-License-Identifier: GPL-2.0-only
/* In which order records are evicted, and what a hint says of that. */
#include "table_fixture.h"

static enum tcpstate_rank rank_at(const struct tcpstate_conn *conn, u32 now_ms)
{
	return tcpstate_rank_of(conn, TCPSTATE_TIMER_ESTABLISHED, now_ms);
}

/* An ACK is compared with a length, and not with an ISN that was long ago. */
static void connection_in_use_stays_however_much_it_has_sent(struct kunit *test)
{
	static const u64 sent[] = {
		2, 0x7fffffff, 0x80000001, 0xffff0000, 0x100000001, 0x280000000,
	};
	/* The largest one (RFC 7323, 2.3) */
	const u32 window = 0x40000000;
	unsigned int i, end;

	for (i = 0; i < ARRAY_SIZE(sent); i++) {
		struct tcpstate_conn conn = in_class[TCPSTATE_TIMER_ESTABLISHED];

		for (end = 0; end < 2; end++) {
			conn.end[end].isn = 1000;
			conn.end[end].snd_nxt = 1000 + sent[i];
			conn.end[end].wraps = (1000 + sent[i]) >> 32;
			conn.end[end].ack = 1000 + sent[i];
		}
		KUNIT_EXPECT_EQ_MSG(test, rank_at(&conn, 0), TCPSTATE_RANK_IN_USE, "%llu bytes",
				    sent[i]);
		if (sent[i] > window)
			continue;
		/* All of the data is still to be acknowledged. */
		conn.end[0].ack = 1001;
		KUNIT_EXPECT_EQ_MSG(test, rank_at(&conn, 0), TCPSTATE_RANK_UNUSED, "%llu bytes",
				    sent[i]);
	}
}

static void hint_says_since_when_a_record_is_silent(struct kunit *test)
{
	static const u32 begins[] = { 0, 12345, 0x7ffffff0, 0xffff0000 - 5, ~0u };
	struct tcpstate_conn conn = in_class[TCPSTATE_TIMER_ESTABLISHED];
	unsigned int i;
	u32 ms;

	for (i = 0; i < ARRAY_SIZE(begins); i++) {
		u8 hint, cost, before = TCPSTATE_RANK_COST_NONE - 1;

		conn.last_seen_ms = begins[i];
		hint = tcpstate_rank_hint(&conn, TCPSTATE_TIMER_ESTABLISHED, begins[i]);
		KUNIT_EXPECT_EQ(test, tcpstate_rank_cost(hint, begins[i]),
				TCPSTATE_RANK_COST_NONE);
		KUNIT_EXPECT_EQ(test, tcpstate_rank_cost(hint, begins[i] + 120000),
				TCPSTATE_RANK_COST_NONE);
		/* For as long as a mark may be as it is. */
		for (ms = TCPSTATE_RANK_IDLE_MS; ms <= TCPSTATE_RANK_IDLE_MS +
		     TCPSTATE_DEADLINE_FAR_MS; ms += 1000) {
			KUNIT_EXPECT_EQ(test, rank_at(&conn, begins[i] + ms), TCPSTATE_RANK_IDLE);
			cost = tcpstate_rank_cost(hint, begins[i] + ms);
			if (cost < TCPSTATE_RANK_IDLE || cost > before)
				KUNIT_FAIL(test, "%u after %u ms from %u on", cost, ms, begins[i]);
			before = cost;
		}
		KUNIT_EXPECT_EQ(test, rank_at(&conn, begins[i] + 299999), TCPSTATE_RANK_IN_USE);
	}
}

/*
 * A record that may have been made up is recent for a second, however the clocks of two CPUs differ
 * by a tick, and then it is not for six seconds at least.
 */
static void hint_says_what_is_recent(struct kunit *test)
{
	static const u32 begins[] = { 0, 255, 12345, 0x7ffffff0, 0xffff0000 - 5, ~0u };
	static const enum tcpstate_timer classes[] = {
		TCPSTATE_TIMER_HANDSHAKE,
		TCPSTATE_TIMER_UNSURE,
	};
	unsigned int i, k;

	for (i = 0; i < ARRAY_SIZE(begins) * ARRAY_SIZE(classes); i++) {
		enum tcpstate_timer class = classes[i % ARRAY_SIZE(classes)];
		struct tcpstate_conn conn = in_class[class];
		s32 ms;
		u8 hint;

		conn.last_seen_ms = begins[i / ARRAY_SIZE(classes)];
		hint = tcpstate_rank_hint(&conn, class, conn.last_seen_ms);
		for (ms = -10; ms < 7000; ms++) {
			u32 now_ms = conn.last_seen_ms + ms;
			u8 cost = tcpstate_rank_cost(hint, now_ms);

			/* Times are rounded by up to 256 ms; a hint is never dearer. */
			if (ms < TCPSTATE_RANK_RECENT_MS - 256)
				k = TCPSTATE_RANK_RECENT;
			else
				k = min_t(u8, cost, tcpstate_rank_of(&conn, class, now_ms));
			if (cost != k)
				KUNIT_FAIL(test, "%u after %d ms from %u on", cost, ms,
					   conn.last_seen_ms);
		}
	}
}

static struct kunit_case table_rank_cases[] = {
	KUNIT_CASE(connection_in_use_stays_however_much_it_has_sent),
	KUNIT_CASE(hint_says_since_when_a_record_is_silent),
	KUNIT_CASE(hint_says_what_is_recent),
	{}
};

static struct kunit_suite table_rank_suite = {
	.name = "tcpstate_table_rank",
	.init = fixture_init,
	.exit = fixture_exit,
	.test_cases = table_rank_cases,
};

kunit_test_suite(table_rank_suite);
