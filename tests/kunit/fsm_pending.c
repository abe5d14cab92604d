// SPDX-License-Identifier: GPL-2.0-only
/*
 * Two records of one tuple: segments whose numbers are nearly those of one, of the other, or
 * of both. What nothing but the pending record explains is the pending record's.
 */
#include "fsm_cases.h"

#define ANY		.free_notes = 0xff
#define NEW		.incarnation = TCPSTATE_INCARNATION_NEW
#define WAITING		.incarnation = TCPSTATE_INCARNATION_PENDING
#define TAKEOVER	.incarnation = TCPSTATE_INCARNATION_TAKEOVER
#define REOPEN		.incarnation = TCPSTATE_INCARNATION_REOPEN
#define SYN_WAITS	PENDING(SYN_SENT, LISTEN)

/* Plays some lines, and then one of several endings. */
#define FSM_ENDING(script, lines, rest) do {		\
	struct fsm_script *script_ = (script);		\
							\
	FSM_PLAY(script_, lines);			\
	FSM_PLAY(script_, rest);			\
} while (0)

static int role_of(u8 flags)
{
	struct tcpstate_segment seg = { .flags = flags, .segs = 1 };

	return tcpstate_incarnation_role(&seg, 60370, 5000);
}

static void segment_without_an_ack_begins_no_record(struct kunit *test)
{
	KUNIT_EXPECT_EQ(test, role_of(0), -1);
	KUNIT_EXPECT_EQ(test, role_of(FIN), -1);
	KUNIT_EXPECT_EQ(test, role_of(TCPSTATE_FLAG_PSH), -1);
	KUNIT_EXPECT_EQ(test, role_of(RST), -1);
	KUNIT_EXPECT_EQ(test, role_of(RST_ACK), -1);
}

/* The scale of an end is none until it says so, and the largest where that passed unseen. */
static void first_segment_says_what_is_known_of_either_end(struct kunit *test)
{
	static const struct {
		u8 flags;
		u8 scale;
		int from;
		u8 states[2];
		u8 scales[2];
	} first[] = {
		{ SYN, 7, A, { TCPSTATE_CLOSED, TCPSTATE_LISTEN }, { 15, 15 } },
		{ SYN_ACK, 7, B, { TCPSTATE_SYN_SENT, TCPSTATE_LISTEN }, { 14, 15 } },
		{ SYN_ACK, 15, B, { TCPSTATE_SYN_SENT, TCPSTATE_LISTEN }, { 15, 15 } },
		{ ACK, 15, A, { TCPSTATE_ESTABLISHED, TCPSTATE_ESTABLISHED }, { 14, 14 } },
		{ ACK, 15, B, { TCPSTATE_ESTABLISHED, TCPSTATE_ESTABLISHED }, { 14, 14 } },
	};
	size_t i;
	int end;

	for (i = 0; i < ARRAY_SIZE(first); i++) {
		struct tcpstate_segment seg = { .flags = first[i].flags, .segs = 1,
						.wscale = first[i].scale };
		struct tcpstate_conn conn;

		tcpstate_incarnation_begin(&conn, &seg, first[i].from);
		for (end = 0; end < 2; end++) {
			KUNIT_EXPECT_EQ_MSG(test, tcpstate_conn_state(&conn, end),
					    first[i].states[end], "segment %zu", i);
			KUNIT_EXPECT_EQ_MSG(test, tcpstate_conn_wscale(&conn, end),
					    first[i].scales[end], "segment %zu", i);
		}
	}
}

/* An established connection and a SYN of A that waits for an answer. */
static const struct fsm_line syn_waits[] = {
	FROM_A(SYN, 90000, 0, ESTABLISHED, ESTABLISHED, NEW, .notes = CHALLENGE, SYN_WAITS),
};

/* Nothing of this answers the SYN, or goes on from it as nothing else would. */
static void segment_that_does_not_answer_the_syn_is_the_old_connection_s(struct kunit *test)
{
	static const struct fsm_line lines[] = {
		/* In SYN_SENT an ACK without SYN moves nothing (3.10.7.3). */
		FROM_B(ACK, 1, 90001, ESTABLISHED, ESTABLISHED, .notes = CHALLENGE, SYN_WAITS),
		/* One direction alone does not end what is established. */
		FROM_A(ACK, 90001, 300, ESTABLISHED, ESTABLISHED, .notes = IGNORED, SYN_WAITS),
		FROM_A(RST, 50, 0, ESTABLISHED, ESTABLISHED, .notes = CHALLENGE, SYN_WAITS),
		FROM_B(RST, 50, 0, ESTABLISHED, ESTABLISHED, .notes = CHALLENGE, SYN_WAITS),
		FROM_B(RST, 0, 0, ESTABLISHED, ESTABLISHED, .notes = IGNORED, SYN_WAITS),
	};

	FSM_ENDING(fsm_opened(test), syn_waits, lines);
}

/* The number of the SYN itself: what acknowledges it acknowledges one more. */
static void rst_with_the_number_of_the_syn_refuses_nothing(struct kunit *test)
{
	static const struct fsm_line lines[] = {
		FROM_A(PSH_ACK, 1, 1, ESTABLISHED, ESTABLISHED, .len = 100),
		FROM_A(SYN, 101, 0, ESTABLISHED, ESTABLISHED, NEW, .notes = CHALLENGE,
		       SYN_WAITS),
		FROM_B(RST_ACK, 0, 101, ESTABLISHED, ESTABLISHED, .notes = IGNORED, SYN_WAITS),
	};
	/* Without an ACK its number says nothing, even if it is what would refuse the SYN. */
	static const struct fsm_line no_ack[] = {
		FROM_A(SYN, -1u, 0, ESTABLISHED, ESTABLISHED, NEW, .notes = CHALLENGE,
		       SYN_WAITS),
		FROM_B(RST, 50, 0, ESTABLISHED, ESTABLISHED, .notes = CHALLENGE, SYN_WAITS),
	};

	FSM_PLAY(fsm_opened(test), lines);
	FSM_PLAY(fsm_opened(test), no_ack);
}

/* The old connection is closed, or nothing says where a RST would meet it. */
static void rst_refuses_the_syn_where_it_cannot_be_the_old_connection_s(struct kunit *test)
{
	static const struct fsm_line closed[] = {
		FROM_A(RST_ACK, 1, 1, CLOSED, CLOSED),
		FROM_A(SYN, 90000, 0, CLOSED, CLOSED, NEW, ANY, SYN_WAITS),
		FROM_B(RST_ACK, 1, 90001, CLOSED, CLOSED, WAITING, PENDING(CLOSED, CLOSED)),
	};
	static const struct fsm_line unheard[] = {
		FROM_B(PSH_ACK, 1000, 1, ESTABLISHED, ESTABLISHED, .len = 10),
		FROM_A(SYN, 90000, 0, ESTABLISHED, ESTABLISHED, NEW, .notes = CHALLENGE,
		       SYN_WAITS),
		FROM_B(RST_ACK, 1010, 90001, CLOSED, CLOSED, WAITING, PENDING(CLOSED, CLOSED)),
	};
	/* A RST in SYN_SENT is judged by its ACK (3.10.7.3), not by its number. */
	static const struct fsm_line opening[] = {
		FROM_A(SYN, 0, 0, SYN_SENT, LISTEN, .local = true),
		FROM_B(SYN_ACK, 300, 1, SYN_SENT, SYN_RECEIVED),
		FROM_A(ACK, 1, 300, SYN_SENT, SYN_RECEIVED, .local = true, .notes = CHALLENGE),
		FROM_A(SYN, 90000, 0, SYN_SENT, SYN_RECEIVED, NEW, ANY, SYN_WAITS),
		FROM_B(RST_ACK, 301, 90001, CLOSED, CLOSED, WAITING, PENDING(CLOSED, CLOSED)),
	};

	FSM_PLAY(fsm_opened(test), closed);
	FSM_PLAY(fsm_new(test), unheard);
	FSM_PLAY(fsm_new(test), opening);
}

/* Its receiver is shown open, so that a RST at its next number is the old connection's. */
static void exact_rst_of_a_half_closed_record_is_the_old_connection_s(struct kunit *test)
{
	static const struct fsm_line lines[] = {
		FROM_A(RST_ACK, 100, 1, CLOSED, ESTABLISHED, .local = true, .notes = CHALLENGE),
		FROM_A(SYN, 500, 0, CLOSED, ESTABLISHED, NEW, ANY, SYN_WAITS),
		FROM_A(PSH_ACK, 1, 1, CLOSED, ESTABLISHED, .len = 500, SYN_WAITS),
		FROM_A(RST, 501, 0, CLOSED, CLOSED, .local = true, SYN_WAITS),
	};

	FSM_PLAY(fsm_opened(test), lines);
}

/* What is no SYN of the end that is known as such begins another connection. */
static void syn_with_a_number_of_no_syn_begins_a_record(struct kunit *test)
{
	static const struct fsm_line picked_up[] = {
		FROM_A(PSH_ACK, 1000, 5000, ESTABLISHED, ESTABLISHED, .len = 10),
		FROM_A(SYN, 999, 0, ESTABLISHED, ESTABLISHED, NEW, .notes = CHALLENGE,
		       SYN_WAITS),
	};
	static const struct fsm_line answered[] = {
		FROM_A(SYN, 0, 0, SYN_SENT, LISTEN),
		FROM_B(SYN_ACK, 300, 1, SYN_SENT, SYN_RECEIVED),
		FROM_B(SYN, 900, 0, SYN_SENT, SYN_RECEIVED, NEW, ANY,
		       PENDING(LISTEN, SYN_SENT)),
	};
	static const struct fsm_line given_up[] = {
		FROM_A(SYN, 0, 0, SYN_SENT, LISTEN, .forwarded = true),
		FROM_A(RST, 1, 0, CLOSED, LISTEN, .forwarded = true),
		FROM_B(SYN, 300, 0, CLOSED, LISTEN, NEW, ANY, .forwarded = true,
		       PENDING(LISTEN, SYN_SENT)),
	};

	FSM_PLAY(fsm_new(test), picked_up);
	FSM_PLAY(fsm_new(test), answered);
	FSM_PLAY(fsm_new(test), given_up);
}

/* Two SYNs that cross are one connection, also if that waits. */
static void syn_crosses_one_that_waits(struct kunit *test)
{
	static const struct fsm_line other[] = {
		FROM_B(SYN, 700, 0, ESTABLISHED, ESTABLISHED, NEW, .notes = CHALLENGE,
		       PENDING(LISTEN, SYN_SENT)),
		FROM_A(SYN, 900, 0, ESTABLISHED, ESTABLISHED, WAITING,
		       PENDING(SYN_SENT, SYN_SENT)),
	};
	/* Unless it is a late copy of the SYN of a connection that goes on. */
	static const struct fsm_line copy[] = {
		FROM_B(SYN, 700, 0, ESTABLISHED, ESTABLISHED, NEW, .notes = CHALLENGE,
		       PENDING(LISTEN, SYN_SENT)),
		FROM_A(SYN, 0, 0, ESTABLISHED, ESTABLISHED, .notes = REPEAT,
		       PENDING(LISTEN, SYN_SENT)),
	};
	static const struct fsm_line refused[] = {
		FROM_A(SYN, 0, 0, SYN_SENT, LISTEN),
		FROM_B(RST_ACK, 0, 1, CLOSED, CLOSED),
		FROM_B(SYN, 700, 0, CLOSED, CLOSED, NEW, PENDING(LISTEN, SYN_SENT)),
		FROM_A(SYN, 0, 0, CLOSED, CLOSED, WAITING, PENDING(SYN_SENT, SYN_SENT)),
	};
	/* The SYN that waits is A's own, so nothing crosses: the refusal is taken back. */
	static const struct fsm_line sent_again[] = {
		FROM_A(SYN, 0, 0, SYN_SENT, LISTEN),
		FROM_B(RST_ACK, 0, 1, CLOSED, CLOSED),
		FROM_A(SYN, 90000, 0, CLOSED, CLOSED, NEW, ANY, SYN_WAITS),
		FROM_A(SYN, 0, 0, SYN_SENT, LISTEN, .notes = RETRACT, SYN_WAITS),
	};

	FSM_PLAY(fsm_opened(test), other);
	FSM_PLAY(fsm_opened(test), copy);
	FSM_PLAY(fsm_new(test), refused);
	FSM_PLAY(fsm_new(test), sent_again);
}

/* In a simultaneous opening the initiator is in SYN_RECEIVED, and still opening. */
static void simultaneous_opening_is_an_opening(struct kunit *test)
{
	static const struct fsm_line lines[] = {
		FROM_A(SYN, 0, 0, SYN_SENT, LISTEN),
		FROM_B(SYN, 300, 0, SYN_SENT, SYN_SENT),
		FROM_A(SYN_ACK, 0, 301, SYN_RECEIVED, SYN_SENT, .notes = REPEAT),
	};
	static const struct fsm_line answered[] = {
		FROM_A(SYN, 90000, 0, SYN_RECEIVED, SYN_SENT, NEW, ANY, SYN_WAITS),
		FROM_B(SYN_ACK, 7000, 90001, SYN_RECEIVED, SYN_SENT, WAITING,
		       PENDING(SYN_SENT, SYN_RECEIVED)),
	};
	static const struct fsm_line reset[] = {
		FROM_B(RST, 301, 0, CLOSED, CLOSED),
		FROM_A(SYN, 0, 0, SYN_RECEIVED, SYN_SENT, .notes = RETRACT),
	};

	FSM_ENDING(fsm_new(test), lines, answered);
	FSM_ENDING(fsm_new(test), lines, reset);
}

/* Neither is answered yet. */
static const struct fsm_line two_openings[] = {
	FROM_A(SYN, 0, 0, SYN_SENT, LISTEN),
	FROM_A(SYN, 90000, 0, SYN_SENT, LISTEN, NEW, ANY, SYN_WAITS),
};

static void second_opening_needs_a_segment_that_goes_on_from_its_syn(struct kunit *test)
{
	static const struct fsm_line lines[] = {
		FROM_A(FIN, 90001, 0, SYN_SENT, LISTEN, .notes = IGNORED, SYN_WAITS),
		FROM_A(ACK, 50000000, 300, SYN_SENT, LISTEN, .notes = IGNORED, SYN_WAITS),
		FROM_A(ACK, 90000, 300, SYN_SENT, LISTEN, .notes = IGNORED, SYN_WAITS),
		FROM_B(ACK, 5, 90001, SYN_SENT, LISTEN, .notes = IGNORED, SYN_WAITS),
		FROM_A(ACK, 90001, 300, ESTABLISHED, ESTABLISHED, TAKEOVER),
	};
	/* Both may be meant: with data on its SYN the first one has sent this number, too. */
	static const struct fsm_line both[] = {
		FROM_A(SYN, 0, 0, SYN_SENT, LISTEN, .len = 100),
		FROM_A(SYN, 50, 0, SYN_SENT, LISTEN, NEW, ANY, SYN_WAITS),
		FROM_A(ACK, 51, 300, ESTABLISHED, ESTABLISHED, SYN_WAITS),
	};

	FSM_ENDING(fsm_new(test), two_openings, lines);
	FSM_PLAY(fsm_new(test), both);
}

/* The second one is answered: its segments may have passed elsewhere, but go on from its SYN. */
static void answered_second_opening_needs_a_number_behind_its_syn(struct kunit *test)
{
	static const struct fsm_line answered[] = {
		FROM_B(SYN_ACK, 300, 90001, SYN_SENT, LISTEN, WAITING,
		       PENDING(SYN_SENT, SYN_RECEIVED)),
	};
	static const struct fsm_line before[] = {
		FROM_A(ACK, 89000, 301, SYN_SENT, LISTEN, .notes = IGNORED,
		       PENDING(SYN_SENT, SYN_RECEIVED)),
		FROM_A(ACK, 90000, 301, SYN_SENT, LISTEN, .notes = IGNORED,
		       PENDING(SYN_SENT, SYN_RECEIVED)),
		FROM_A(RST_ACK, 95000, 301, SYN_SENT, LISTEN, WAITING,
		       .notes = CHALLENGE, PENDING(SYN_SENT, SYN_RECEIVED)),
	};
	/* The first one is answered with the same number, which explains the ACK. */
	static const struct fsm_line explained[] = {
		FROM_B(SYN_ACK, 300, 1, SYN_SENT, SYN_RECEIVED, PENDING(SYN_SENT, SYN_RECEIVED)),
		FROM_A(PSH_ACK, 90002, 301, SYN_SENT, SYN_RECEIVED, .len = 10,
		       .notes = IGNORED, PENDING(SYN_SENT, SYN_RECEIVED)),
		/* But its number goes on from the second SYN alone. */
		FROM_A(ACK, 90001, 301, ESTABLISHED, ESTABLISHED, TAKEOVER),
	};
	static const struct fsm_line refused[] = {
		FROM_B(RST_ACK, 0, 1, CLOSED, CLOSED, PENDING(SYN_SENT, SYN_RECEIVED)),
		FROM_A(ACK, 90001, 301, ESTABLISHED, ESTABLISHED, TAKEOVER),
	};
	/*
	 * The first one is open, but what acknowledges the second answer is the second one's,
	 * if it lies in the window.
	 */
	static const struct fsm_line open[] = {
		FROM_B(SYN_ACK, 700, 1, SYN_SENT, SYN_RECEIVED, PENDING(SYN_SENT, SYN_RECEIVED)),
		FROM_A(ACK, 1, 701, ESTABLISHED, ESTABLISHED, PENDING(SYN_SENT, SYN_RECEIVED)),
		FROM_A(PSH_ACK, 90002 + FSM_WINDOW, 301, ESTABLISHED, ESTABLISHED, .len = 10,
		       .notes = IGNORED, PENDING(SYN_SENT, SYN_RECEIVED)),
		FROM_A(PSH_ACK, 90001 + FSM_WINDOW, 301, ESTABLISHED, ESTABLISHED, TAKEOVER,
		       .len = 10),
	};
	/* After a RST its third segment has to show first that this was wrong. */
	static const struct fsm_line reset[] = {
		FROM_A(RST_ACK, 90001, 301, SYN_SENT, LISTEN, WAITING, PENDING(CLOSED, CLOSED)),
		FROM_A(ACK, 90001, 301, SYN_SENT, LISTEN, WAITING, PENDING(CLOSED, CLOSED)),
	};
	struct fsm_script *script = fsm_new(test);

	FSM_PLAY(script, two_openings);
	FSM_ENDING(script, answered, before);
	script = fsm_new(test);
	FSM_PLAY(script, two_openings);
	FSM_ENDING(script, answered, explained);
	script = fsm_new(test);
	FSM_PLAY(script, two_openings);
	FSM_ENDING(script, answered, refused);
	script = fsm_new(test);
	FSM_PLAY(script, two_openings);
	FSM_ENDING(script, answered, open);
	script = fsm_new(test);
	FSM_PLAY(script, two_openings);
	FSM_ENDING(script, answered, reset);
}

/* Only A is heard, and its new connection goes on: then a RST counts by its number. */
static void rst_with_another_number_takes_over_nothing(struct kunit *test)
{
	static const struct fsm_line lines[] = {
		FROM_A(SYN, 0, 0, SYN_SENT, LISTEN, .forwarded = true),
		FROM_A(RST, 1, 0, CLOSED, LISTEN, .forwarded = true),
		FROM_A(SYN, 90000, 0, CLOSED, LISTEN, NEW, ANY, .forwarded = true, SYN_WAITS),
		FROM_A(RST, 90001, 0, CLOSED, LISTEN, WAITING, .forwarded = true,
		       PENDING(CLOSED, LISTEN)),
		FROM_A(ACK, 90001, 401, CLOSED, LISTEN, WAITING, .notes = UNDO,
		       .forwarded = true, PENDING(ESTABLISHED, ESTABLISHED)),
		FROM_B(RST_ACK, 350, 90001, CLOSED, LISTEN, ANY, .forwarded = true,
		       PENDING(ESTABLISHED, ESTABLISHED)),
	};

	FSM_PLAY(fsm_new(test), lines);
}

/* Though it would acknowledge the SYN that waits as well. */
static void late_ack_of_a_reset_connection_is_its_own(struct kunit *test)
{
	static const struct fsm_line lines[] = {
		FROM_A(PSH_ACK, 1, 1, ESTABLISHED, ESTABLISHED, .len = 100),
		FROM_A(RST_ACK, 101, 1, CLOSED, CLOSED),
		FROM_A(SYN, 99, 0, CLOSED, CLOSED, NEW, ANY, SYN_WAITS),
		FROM_B(ACK, 1, 100, CLOSED, CLOSED, SYN_WAITS),
	};

	FSM_PLAY(fsm_opened(test), lines);
}

/* RFC 9293, 3.6.1: larger than any number of the last incarnation, SND.NXT included */
static void holder_of_time_wait_leaves_it_with_a_number_beyond_all(struct kunit *test)
{
	static const struct fsm_line used[] = {
		FROM_A(SYN_ACK, 2, 90001, TIME_WAIT, CLOSED, ANY),
	};
	static const struct fsm_line unused[] = {
		FROM_A(SYN_ACK, 3, 90001, SYN_RECEIVED, SYN_SENT, REOPEN),
	};

	FSM_ENDING(fsm_closed(test), used, unused);
}

static struct kunit_case fsm_pending_cases[] = {
	KUNIT_CASE(segment_without_an_ack_begins_no_record),
	KUNIT_CASE(first_segment_says_what_is_known_of_either_end),
	FSM_CASE(segment_that_does_not_answer_the_syn_is_the_old_connection_s),
	FSM_CASE(rst_with_the_number_of_the_syn_refuses_nothing),
	FSM_CASE(rst_refuses_the_syn_where_it_cannot_be_the_old_connection_s),
	FSM_CASE(exact_rst_of_a_half_closed_record_is_the_old_connection_s),
	FSM_CASE(syn_with_a_number_of_no_syn_begins_a_record),
	FSM_CASE(syn_crosses_one_that_waits),
	FSM_CASE(simultaneous_opening_is_an_opening),
	FSM_CASE(second_opening_needs_a_segment_that_goes_on_from_its_syn),
	FSM_CASE(answered_second_opening_needs_a_number_behind_its_syn),
	FSM_CASE(rst_with_another_number_takes_over_nothing),
	FSM_CASE(late_ack_of_a_reset_connection_is_its_own),
	FSM_CASE(holder_of_time_wait_leaves_it_with_a_number_beyond_all),
	{}
};

static struct kunit_suite fsm_pending_suite = {
	.name = "tcpstate_fsm_pending",
	.test_cases = fsm_pending_cases,
};

kunit_test_suite(fsm_pending_suite);
