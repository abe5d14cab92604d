// SPDX-License-Identifier: GPL-2.0-only
/* Phase, timeout class, verdict and names of every pair that can be shown. */
#include <kunit/test.h>
#include <linux/module.h>

#include "engine/matrix.h"
#include "engine/phase.h"
#include "names.h"

#define BOTH_SEEN	(TCPSTATE_F_SEEN | TCPSTATE_F_SEEN << 1)

/** struct phase_pair - two states and what they mean, whichever end has which */
struct phase_pair {
	/** @one: state of an end */
	u8 one;
	/** @other: state of the other one */
	u8 other;
	/** @stage: enum tcpstate_stage */
	u8 stage;
	/** @class: enum tcpstate_timer */
	u8 class;
	/** @expired: enum tcpstate_verdict if its time ran out so */
	u8 expired;
};

#define PAIR(a, b, p, c, v) \
	{ TCPSTATE_##a, TCPSTATE_##b, TCPSTATE_##p, TCPSTATE_TIMER_##c, \
	  TCPSTATE_VERDICT_##v }

static const struct phase_pair phase_pairs[] = {
	PAIR(SYN_SENT, LISTEN, OPEN_1, HANDSHAKE, NO_ANSWER),
	PAIR(SYN_SENT, SYN_SENT, OPEN_1, HANDSHAKE, NO_ANSWER),
	PAIR(SYN_SENT, SYN_RECEIVED, OPEN_2, HANDSHAKE, ABANDONED),
	PAIR(SYN_RECEIVED, SYN_RECEIVED, OPEN_2, HANDSHAKE, ABANDONED),
	PAIR(ESTABLISHED, SYN_RECEIVED, OPEN_2, HANDSHAKE, ABANDONED),
	PAIR(ESTABLISHED, ESTABLISHED, OPENED, ESTABLISHED, IDLE),
	PAIR(FIN_WAIT_1, ESTABLISHED, CLOSE_1, CLOSING, IDLE),
	PAIR(FIN_WAIT_1, SYN_SENT, CLOSE_1, CLOSING, IDLE),
	PAIR(FIN_WAIT_2, CLOSE_WAIT, CLOSE_2, HALF_CLOSED, IDLE),
	PAIR(FIN_WAIT_2, ESTABLISHED, CLOSE_2, HALF_CLOSED, IDLE),
	PAIR(FIN_WAIT_1, CLOSE_WAIT, CLOSE_2, HALF_CLOSED, IDLE),
	PAIR(FIN_WAIT_2, LAST_ACK, CLOSE_3, CLOSING, IDLE),
	PAIR(FIN_WAIT_1, LAST_ACK, CLOSE_3, CLOSING, IDLE),
	PAIR(FIN_WAIT_1, FIN_WAIT_1, CLOSE_3, CLOSING, IDLE),
	PAIR(CLOSING, FIN_WAIT_1, CLOSE_3, CLOSING, IDLE),
	PAIR(CLOSING, FIN_WAIT_2, CLOSE_3, CLOSING, IDLE),
	PAIR(CLOSING, CLOSING, CLOSE_3, CLOSING, IDLE),
	PAIR(TIME_WAIT, CLOSED, CLOSE_4, TIME_WAIT, IDLE),
	PAIR(TIME_WAIT, TIME_WAIT, CLOSE_4, TIME_WAIT, IDLE),
	PAIR(TIME_WAIT, LAST_ACK, CLOSE_4, TIME_WAIT, IDLE),
	PAIR(TIME_WAIT, CLOSING, CLOSE_4, TIME_WAIT, IDLE),
	PAIR(CLOSED, CLOSED, CLOSED_STAGE, CLOSED, IDLE),
	PAIR(CLOSED, ESTABLISHED, CLOSED_STAGE, CLOSING, IDLE),
};

static void phase_describe(const struct phase_pair *pair, char *desc)
{
	snprintf(desc, KUNIT_PARAM_DESC_SIZE, "%s_%s",
		 tcpstate_names_state(pair->one),
		 tcpstate_names_state(pair->other));
}

KUNIT_ARRAY_PARAM(phase_pairs, phase_pairs, phase_describe);

static struct tcpstate_conn phase_conn(u8 initiator, u8 responder)
{
	return (struct tcpstate_conn){
		.states = initiator | responder << 4,
		.flags = BOTH_SEEN,
	};
}

static void pair_has_a_phase_a_class_and_a_verdict(struct kunit *test)
{
	const struct phase_pair *pair = test->param_value;
	struct tcpstate_conn conn = phase_conn(pair->one, pair->other);

	KUNIT_EXPECT_EQ(test, tcpstate_phase_stage(&conn), pair->stage);
	KUNIT_EXPECT_EQ(test, tcpstate_phase_timer(&conn), pair->class);
	KUNIT_EXPECT_EQ(test, tcpstate_phase_expired(&conn), pair->expired);
	conn = phase_conn(pair->other, pair->one);
	KUNIT_EXPECT_EQ(test, tcpstate_phase_stage(&conn), pair->stage);
	KUNIT_EXPECT_EQ(test, tcpstate_phase_timer(&conn), pair->class);
	KUNIT_EXPECT_EQ(test, tcpstate_phase_expired(&conn), pair->expired);
}

/* The initiator gave up before anybody answered, or nobody ever heard it. */
static void closed_before_an_answer_is_closed(struct kunit *test)
{
	struct tcpstate_conn conn = phase_conn(TCPSTATE_CLOSED, TCPSTATE_LISTEN);

	KUNIT_EXPECT_EQ(test, tcpstate_phase_stage(&conn), TCPSTATE_CLOSED_STAGE);
	KUNIT_EXPECT_EQ(test, tcpstate_phase_timer(&conn), TCPSTATE_TIMER_CLOSED);
}

/* No pair waits for long once an end of it is gone. */
static void gone_end_is_never_waited_for_as_a_half_closed_one(struct kunit *test)
{
	u8 state;

	for (state = TCPSTATE_LISTEN; state < TCPSTATE_STATES; state++) {
		struct tcpstate_conn conn = phase_conn(TCPSTATE_CLOSED, state);
		enum tcpstate_timer class = tcpstate_phase_timer(&conn);

		KUNIT_EXPECT_NE_MSG(test, class, TCPSTATE_TIMER_HALF_CLOSED,
				    "CLOSED and %s",
				    tcpstate_names_state(state));
		KUNIT_EXPECT_NE_MSG(test, class, TCPSTATE_TIMER_ESTABLISHED,
				    "CLOSED and %s",
				    tcpstate_names_state(state));
	}
}

static void connection_heard_from_one_side_is_unsure(struct kunit *test)
{
	struct tcpstate_conn conn = phase_conn(TCPSTATE_ESTABLISHED,
					       TCPSTATE_ESTABLISHED);

	conn.flags = TCPSTATE_F_SEEN;
	KUNIT_EXPECT_EQ(test, tcpstate_phase_timer(&conn), TCPSTATE_TIMER_UNSURE);
	conn.flags = TCPSTATE_F_SEEN << TCPSTATE_RESPONDER;
	KUNIT_EXPECT_EQ(test, tcpstate_phase_timer(&conn), TCPSTATE_TIMER_UNSURE);
	conn.flags = BOTH_SEEN | TCPSTATE_F_MIDSTREAM;
	KUNIT_EXPECT_EQ(test, tcpstate_phase_timer(&conn), TCPSTATE_TIMER_UNSURE);
	KUNIT_EXPECT_EQ(test, tcpstate_phase_stage(&conn), TCPSTATE_OPENED);
}

/* One forged FIN can begin such a record, which must not outlive confirmed ones. */
static void closing_connection_that_was_picked_up_is_unsure(struct kunit *test)
{
	struct tcpstate_conn conn = phase_conn(TCPSTATE_FIN_WAIT_1, TCPSTATE_ESTABLISHED);

	conn.flags = TCPSTATE_F_SEEN | TCPSTATE_F_MIDSTREAM;
	KUNIT_EXPECT_EQ(test, tcpstate_phase_timer(&conn), TCPSTATE_TIMER_UNSURE);
	conn = phase_conn(TCPSTATE_LAST_ACK, TCPSTATE_FIN_WAIT_2);
	conn.flags = BOTH_SEEN | TCPSTATE_F_OFFLOADED;
	KUNIT_EXPECT_EQ(test, tcpstate_phase_timer(&conn), TCPSTATE_TIMER_UNSURE);
}

static void one_sided_handshake_is_a_handshake(struct kunit *test)
{
	struct tcpstate_conn conn = phase_conn(TCPSTATE_SYN_SENT, TCPSTATE_LISTEN);

	conn.flags = TCPSTATE_F_SEEN;
	KUNIT_EXPECT_EQ(test, tcpstate_phase_timer(&conn),
			TCPSTATE_TIMER_HANDSHAKE);
}

/* Expiry does not change a verdict that a segment led to. */
static void verdict_of_a_segment_outlives_expiry(struct kunit *test)
{
	static const u8 states[] = {
		TCPSTATE_SYN_SENT | TCPSTATE_LISTEN << 4,
		TCPSTATE_ESTABLISHED | TCPSTATE_CLOSED << 4,
		TCPSTATE_TIME_WAIT | TCPSTATE_CLOSED << 4,
		TCPSTATE_CLOSED | TCPSTATE_CLOSED << 4,
	};
	u8 verdict;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(states); i++)
		for (verdict = TCPSTATE_VERDICT_CLOSED;
		     verdict <= TCPSTATE_VERDICT_GONE; verdict++) {
			struct tcpstate_conn conn = { .states = states[i] };

			conn.flags = verdict << TCPSTATE_VERDICT_SHIFT;
			KUNIT_EXPECT_EQ(test, tcpstate_phase_expired(&conn),
					verdict);
		}
}

static void phase_check_any(struct kunit *test, u8 one, u8 other)
{
	struct tcpstate_conn conn = phase_conn(one, other);
	struct tcpstate_conn mirror = phase_conn(other, one);
	enum tcpstate_verdict verdict = tcpstate_phase_expired(&conn);
	enum tcpstate_timer class = tcpstate_phase_timer(&conn);
	enum tcpstate_stage stage = tcpstate_phase_stage(&conn);

	KUNIT_EXPECT_LT(test, stage, TCPSTATE_STAGES);
	KUNIT_EXPECT_LT(test, class, TCPSTATE_TIMERS);
	KUNIT_EXPECT_NE(test, verdict, TCPSTATE_VERDICT_NONE);
	KUNIT_EXPECT_EQ(test, tcpstate_phase_stage(&mirror), stage);
	/* The classes agree with the phases about TIME_WAIT. */
	KUNIT_EXPECT_EQ(test, stage == TCPSTATE_CLOSE_4,
			class == TCPSTATE_TIMER_TIME_WAIT);
}

/* Every pair of states, whether segments can lead to it or not. */
static void any_pair_has_a_phase_and_a_class(struct kunit *test)
{
	u8 one, other;

	for (one = TCPSTATE_LISTEN; one < TCPSTATE_STATES; one++)
		for (other = TCPSTATE_LISTEN; other < TCPSTATE_STATES; other++)
			phase_check_any(test, one, other);
}

/* What the user sees of a connection, one kept flag at a time. */
static void flow_flags_say_what_was_not_seen_or_unusual(struct kunit *test)
{
	static const struct {
		u32 kept;
		u32 shown;
	} pairs[] = {
		{ 0, 0 },
		{ TCPSTATE_F_SYN | TCPSTATE_F_MIDSTREAM, TCPSTATE_FLOW_FLAG_PICKED_UP },
		{ TCPSTATE_F_SYN << 1 | TCPSTATE_F_MIDSTREAM, TCPSTATE_FLOW_FLAG_PICKED_UP },
		{ TCPSTATE_F_MIDSTREAM,
		  TCPSTATE_FLOW_FLAG_PICKED_UP | TCPSTATE_FLOW_FLAG_GUESSED },
		{ TCPSTATE_F_FAST_OPEN, TCPSTATE_FLOW_FLAG_FAST_OPEN },
		{ TCPSTATE_F_SIMULTANEOUS, TCPSTATE_FLOW_FLAG_SIMULTANEOUS },
		{ TCPSTATE_F_RETRACTED, TCPSTATE_FLOW_FLAG_RETRACTED },
		{ TCPSTATE_F_PENDING, TCPSTATE_FLOW_FLAG_PENDING },
		{ TCPSTATE_F_ADJUSTED, TCPSTATE_FLOW_FLAG_ADJUSTED },
		{ TCPSTATE_F_OFFLOADED, TCPSTATE_FLOW_FLAG_OFFLOADED },
	};
	struct tcpstate_conn conn = phase_conn(TCPSTATE_ESTABLISHED, TCPSTATE_ESTABLISHED);
	size_t i;

	for (i = 0; i < ARRAY_SIZE(pairs); i++) {
		conn.flags = pairs[i].kept | BOTH_SEEN;
		KUNIT_EXPECT_EQ_MSG(test, tcpstate_phase_flags(&conn), pairs[i].shown,
				    "pair %zu", i);
		conn.flags = pairs[i].kept | TCPSTATE_F_SEEN;
		KUNIT_EXPECT_EQ_MSG(test, tcpstate_phase_flags(&conn),
				    pairs[i].shown | TCPSTATE_FLOW_FLAG_ONE_WAY,
				    "pair %zu", i);
	}
}

static void states_have_the_rfc_s_names(struct kunit *test)
{
	static const char * const names[] = {
		"LISTEN", "SYN_SENT", "SYN_RECEIVED", "ESTABLISHED",
		"FIN_WAIT_1", "FIN_WAIT_2", "CLOSE_WAIT", "CLOSING",
		"LAST_ACK", "TIME_WAIT", "CLOSED",
	};
	u8 state;

	KUNIT_ASSERT_EQ(test, ARRAY_SIZE(names), TCPSTATE_STATES - 1);
	for (state = TCPSTATE_LISTEN; state < TCPSTATE_STATES; state++)
		KUNIT_EXPECT_STREQ(test, tcpstate_names_state(state),
				   names[state - 1]);
}

static void classes_have_the_names_of_their_sysctls(struct kunit *test)
{
	static const char * const names[] = {
		"handshake", "unsure", "established", "half_closed", "closing",
		"time_wait", "closed",
	};
	u8 class;

	KUNIT_ASSERT_EQ(test, ARRAY_SIZE(names), TCPSTATE_TIMERS);
	for (class = 0; class < TCPSTATE_TIMERS; class++)
		KUNIT_EXPECT_STREQ(test, tcpstate_names_timer(class),
				   names[class]);
}

static void phases_are_counted_as_the_textbooks_do(struct kunit *test)
{
	static const char * const names[][2] = {
		{ "open", "1/3" }, { "open", "2/3" }, { "established", "-" },
		{ "close", "1/4" }, { "close", "2/4" }, { "close", "3/4" },
		{ "close", "4/4" }, { "closed", "-" },
	};
	u8 stage;

	KUNIT_ASSERT_EQ(test, ARRAY_SIZE(names), TCPSTATE_STAGES);
	for (stage = 0; stage < TCPSTATE_STAGES; stage++) {
		const char *step = names[stage][1];

		KUNIT_EXPECT_STREQ(test, tcpstate_names_phase(tcpstate_phase_of(stage)),
				   names[stage][0]);
		KUNIT_EXPECT_STREQ(test, tcpstate_phase_step_name(stage), step);
		/* The number of it is its first digit. */
		KUNIT_EXPECT_EQ(test, tcpstate_phase_step(stage),
				step[0] == '-' ? 0 : step[0] - '0');
	}
}

static void verdicts_have_names_in_lower_case(struct kunit *test)
{
	static const char * const names[] = {
		"-", "closed", "reset_by_initiator", "reset_by_responder",
		"refused", "gone", "no_answer", "abandoned", "idle", "evicted",
		"flushed", "reopened",
	};
	u8 verdict;

	KUNIT_ASSERT_EQ(test, ARRAY_SIZE(names), TCPSTATE_VERDICTS);
	for (verdict = 0; verdict < TCPSTATE_VERDICTS; verdict++)
		KUNIT_EXPECT_STREQ(test, tcpstate_names_verdict(verdict),
				   names[verdict]);
}

static struct kunit_case phase_cases[] = {
	KUNIT_CASE_PARAM(pair_has_a_phase_a_class_and_a_verdict,
			 phase_pairs_gen_params),
	KUNIT_CASE(closed_before_an_answer_is_closed),
	KUNIT_CASE(gone_end_is_never_waited_for_as_a_half_closed_one),
	KUNIT_CASE(connection_heard_from_one_side_is_unsure),
	KUNIT_CASE(closing_connection_that_was_picked_up_is_unsure),
	KUNIT_CASE(one_sided_handshake_is_a_handshake),
	KUNIT_CASE(verdict_of_a_segment_outlives_expiry),
	KUNIT_CASE(any_pair_has_a_phase_and_a_class),
	KUNIT_CASE(flow_flags_say_what_was_not_seen_or_unusual),
	KUNIT_CASE(states_have_the_rfc_s_names),
	KUNIT_CASE(classes_have_the_names_of_their_sysctls),
	KUNIT_CASE(phases_are_counted_as_the_textbooks_do),
	KUNIT_CASE(verdicts_have_names_in_lower_case),
	{}
};

static struct kunit_suite phase_suite = {
	.name = "tcpstate_phase",
	.test_cases = phase_cases,
};

kunit_test_suite(phase_suite);

MODULE_DESCRIPTION("KUnit suite of tcpstate's phases and names");
MODULE_LICENSE("GPL");
MODULE_IMPORT_NS("EXPORTED_FOR_KUNIT_TESTING");
