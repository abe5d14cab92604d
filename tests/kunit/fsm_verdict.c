// SPDX-License-Identifier: GPL-2.0-only
/* A verdict that one segment led to, taken back by those that follow it. */
#include "fsm_cases.h"

#define NEW		.incarnation = TCPSTATE_INCARNATION_NEW
#define WAITING		.incarnation = TCPSTATE_INCARNATION_PENDING
#define TAKEOVER	.incarnation = TCPSTATE_INCARNATION_TAKEOVER

/* Windows retries a refused connection with the same SYN, up to twice in a second. */
static void refused_syn_sent_again_may_be_accepted(struct kunit *test)
{
	static const struct fsm_line lines[] = {
		FROM_A(SYN, 0, 0, SYN_SENT, LISTEN),
		FROM_B(RST_ACK, 0, 1, CLOSED, CLOSED),
		FROM_A(SYN, 0, 0, SYN_SENT, LISTEN, .notes = RETRACT, .after_us = 500000,
		       .transitions = { TRANSITION(A, UNDO_RST), TRANSITION(B, UNDO_RST) }),
		FROM_B(RST_ACK, 0, 1, CLOSED, CLOSED),
		FROM_A(SYN, 0, 0, SYN_SENT, LISTEN, .notes = RETRACT, .after_us = 500000),
		FROM_B(SYN_ACK, 700, 1, SYN_SENT, SYN_RECEIVED),
		FROM_A(ACK, 1, 701, ESTABLISHED, ESTABLISHED),
		FROM_A(PSH_ACK, 1, 701, ESTABLISHED, ESTABLISHED, .len = 100),
		FROM_B(PSH_ACK, 701, 101, ESTABLISHED, ESTABLISHED, .len = 50),
	};
	struct fsm_script *script = fsm_new(test);

	FSM_PLAY(script, lines);
	fsm_expect_verdict(script, TCPSTATE_VERDICT_NONE);
	fsm_expect_flags(script, TCPSTATE_F_RETRACTED, TCPSTATE_F_RETRACTED);
	KUNIT_EXPECT_EQ(test, tcpstate_conn_bytes(&script->front.conn, A), 100);
	KUNIT_EXPECT_EQ(test, tcpstate_conn_bytes(&script->front.conn, B), 50);
	KUNIT_EXPECT_EQ(test, script->front.conn.repeats[A], 2);
}

static void syn_ack_after_a_forged_refusal_opens(struct kunit *test)
{
	static const struct fsm_line lines[] = {
		FROM_A(SYN, 0, 0, SYN_SENT, LISTEN),
		FROM_B(RST_ACK, 0, 1, CLOSED, CLOSED),
		FROM_B(SYN_ACK, 300, 1, SYN_SENT, SYN_RECEIVED, .notes = UNDO),
		FROM_A(ACK, 1, 301, ESTABLISHED, ESTABLISHED),
		FROM_B(PSH_ACK, 301, 1, ESTABLISHED, ESTABLISHED, .len = 10),
	};
	struct fsm_script *script = fsm_new(test);

	FSM_PLAY(script, lines);
	fsm_expect_verdict(script, TCPSTATE_VERDICT_NONE);
	KUNIT_EXPECT_EQ(test, tcpstate_conn_bytes(&script->front.conn, B), 10);
}

/* Linux answers a wrong timestamp echo with a RST at SND.NXT, and goes on trying. */
static void rst_in_syn_sent_is_taken_back_by_the_syn_again(struct kunit *test)
{
	static const struct fsm_line lines[] = {
		FROM_A(SYN, 0, 0, SYN_SENT, LISTEN, .local = true),
		FROM_B(SYN_ACK, 300, 1, SYN_SENT, SYN_RECEIVED),
		FROM_A(RST, 1, 0, CLOSED, CLOSED, .local = true),
		FROM_A(SYN, 0, 0, SYN_SENT, SYN_RECEIVED, .notes = RETRACT,
		       .after_us = 1000000, .local = true),
		FROM_B(SYN_ACK, 900, 1, SYN_SENT, SYN_RECEIVED, .notes = REPEAT),
		FROM_A(ACK, 1, 901, ESTABLISHED, ESTABLISHED, .local = true),
	};
	struct fsm_script *script = fsm_new(test);

	FSM_PLAY(script, lines);
	fsm_expect_verdict(script, TCPSTATE_VERDICT_NONE);
}

/* The bad SYN/ACK was forged, and the real one comes without another SYN. */
static void rst_in_syn_sent_is_taken_back_by_the_ack_of_another_syn_ack(struct kunit *test)
{
	static const struct fsm_line lines[] = {
		FROM_A(SYN, 0, 0, SYN_SENT, LISTEN),
		FROM_B(SYN_ACK, 300, 1, SYN_SENT, SYN_RECEIVED),
		FROM_A(RST, 1, 0, CLOSED, CLOSED),
		FROM_B(SYN_ACK, 900, 1, CLOSED, CLOSED, .notes = REPEAT),
		FROM_A(ACK, 1, 901, ESTABLISHED, ESTABLISHED, .notes = UNDO),
		FROM_A(PSH_ACK, 1, 901, ESTABLISHED, ESTABLISHED, .len = 10),
	};

	FSM_PLAY(fsm_new(test), lines);
}

/* The same number by chance, or since its host does not choose another one. */
static void same_syn_after_a_reset_opens_another_connection(struct kunit *test)
{
	static const struct fsm_line lines[] = {
		FROM_A(RST_ACK, 1, 1, CLOSED, CLOSED),
		FROM_A(SYN, 0, 0, CLOSED, CLOSED, NEW, .free_notes = 0xff,
		       PENDING(SYN_SENT, LISTEN)),
		FROM_A(SYN, 0, 0, CLOSED, CLOSED, WAITING, .notes = REPEAT,
		       PENDING(SYN_SENT, LISTEN)),
		FROM_B(SYN_ACK, 5000, 1, SYN_SENT, SYN_RECEIVED, TAKEOVER),
		FROM_A(ACK, 1, 5001, ESTABLISHED, ESTABLISHED),
		FROM_A(PSH_ACK, 1, 5001, ESTABLISHED, ESTABLISHED, .len = 10),
	};
	struct fsm_script *script = fsm_opened(test);

	FSM_PLAY(script, lines);
	KUNIT_EXPECT_EQ(test, script->ended, 1);
	KUNIT_EXPECT_EQ(test, tcpstate_conn_bytes(&script->front.conn, A), 10);
}

static void same_syn_after_a_close_opens_another_connection(struct kunit *test)
{
	static const struct fsm_line lines[] = {
		FROM_A(SYN, 0, 0, TIME_WAIT, CLOSED, NEW, .free_notes = 0xff,
		       PENDING(SYN_SENT, LISTEN)),
		FROM_B(SYN_ACK, 5000, 1, SYN_SENT, SYN_RECEIVED, TAKEOVER),
		FROM_A(ACK, 1, 5001, ESTABLISHED, ESTABLISHED),
		FROM_B(PSH_ACK, 5001, 1, ESTABLISHED, ESTABLISHED, .len = 10),
	};
	struct fsm_script *script = fsm_closed(test);

	FSM_PLAY(script, lines);
	KUNIT_EXPECT_EQ(test, tcpstate_conn_bytes(&script->front.conn, B), 10);
}

/* Each SYN counts once: for the connection that it begins. */
static void same_syn_does_not_count_for_the_old_connection(struct kunit *test)
{
	static const struct fsm_line lines[] = {
		FROM_A(RST_ACK, 1, 1, CLOSED, CLOSED),
		FROM_A(SYN, 0, 0, CLOSED, CLOSED, NEW, PENDING(SYN_SENT, LISTEN)),
	};
	struct fsm_script *script = fsm_opened(test);

	FSM_PLAY(script, lines);
	KUNIT_EXPECT_EQ(test, tcpstate_conn_opening(&script->front.conn, A), 2);
	KUNIT_EXPECT_EQ(test, tcpstate_conn_opening(&script->waiting.conn, A), 1);
}

/* No number of the connection is known to who forges it. */
static void forged_ack_opens_nothing(struct kunit *test)
{
	static const struct fsm_line opening[] = {
		FROM_A(SYN, 0, 0, SYN_SENT, LISTEN, .forwarded = true),
		FROM_A(ACK, 700000, 300000, SYN_SENT, LISTEN, .forwarded = true,
		       .notes = IGNORED),
		FROM_B(SYN_ACK, 5000, 1, SYN_SENT, SYN_RECEIVED, .forwarded = true),
		FROM_A(ACK, 1, 5001, ESTABLISHED, ESTABLISHED, .forwarded = true),
	};
	static const struct fsm_line pending[] = {
		FROM_A(SYN, 0, 0, SYN_SENT, LISTEN, .forwarded = true),
		FROM_A(SYN, 700000, 0, SYN_SENT, LISTEN, NEW, .forwarded = true,
		       .free_notes = 0xff, PENDING(SYN_SENT, LISTEN)),
		FROM_A(ACK, 700001, 300000, ESTABLISHED, ESTABLISHED, TAKEOVER,
		       .forwarded = true),
	};

	FSM_PLAY(fsm_new(test), opening);
	FSM_PLAY(fsm_new(test), pending);
}

/* A late duplicate was seen first; the responder's data overtakes the third segment. */
static void responder_of_a_pending_connection_may_go_on_before_it_takes_over(struct kunit *test)
{
	static const struct fsm_line lines[] = {
		FROM_A(SYN, 0, 0, SYN_SENT, LISTEN),
		FROM_A(SYN, 700000, 0, SYN_SENT, LISTEN, NEW, .free_notes = 0xff,
		       PENDING(SYN_SENT, LISTEN)),
		FROM_B(SYN_ACK, 5000, 700001, SYN_SENT, LISTEN, WAITING,
		       PENDING(SYN_SENT, SYN_RECEIVED)),
		FROM_B(PSH_ACK, 5001, 700001, SYN_SENT, LISTEN, WAITING, .len = 1,
		       PENDING(SYN_SENT, SYN_RECEIVED)),
		FROM_A(ACK, 700001, 5002, ESTABLISHED, ESTABLISHED, TAKEOVER),
	};

	FSM_PLAY(fsm_new(test), lines);
}

/* Late copies of both: of a SYN that crossed, and of an ACK. */
static void ack_of_the_old_connection_opens_no_other(struct kunit *test)
{
	static const struct fsm_line lines[] = {
		FROM_A(SYN, 0, 0, TIME_WAIT, CLOSED, NEW, .free_notes = 0xff,
		       PENDING(SYN_SENT, LISTEN)),
		FROM_A(ACK, 1, 1, TIME_WAIT, CLOSED, .free_notes = 0xff,
		       PENDING(SYN_SENT, LISTEN)),
	};

	FSM_PLAY(fsm_closed(test), lines);
}

/* The verdict hides the states, and leaves each end's timestamp. */
static void old_timestamp_is_ignored_after_a_forged_rst_too(struct kunit *test)
{
	static const struct fsm_line lines[] = {
		FROM_A(SYN, 0, 0, SYN_SENT, LISTEN, .ts = 1000),
		FROM_B(SYN_ACK, 0, 1, SYN_SENT, SYN_RECEIVED, .ts = 5000),
		FROM_A(ACK, 1, 1, ESTABLISHED, ESTABLISHED, .ts = 1001),
		FROM_B(RST_ACK, 1, 1, CLOSED, CLOSED, .ts = 5001),
		FROM_A(FIN_ACK, 1, 1, CLOSED, CLOSED, .ts = 10, .notes = OLD_TS),
		FROM_A(PSH_ACK, 1, 1, CLOSED, CLOSED, .len = 10, .ts = 1002),
		FROM_B(ACK, 1, 11, ESTABLISHED, ESTABLISHED, .ts = 5002, .notes = UNDO),
		FROM_B(PSH_ACK, 1, 11, ESTABLISHED, ESTABLISHED, .len = 9, .ts = 10,
		       .notes = OLD_TS),
		FROM_A(FIN_ACK, 11, 1, FIN_WAIT_1, ESTABLISHED, .ts = 1003),
		FROM_B(FIN_ACK, 1, 12, FIN_WAIT_2, LAST_ACK, .ts = 5003),
		FROM_A(ACK, 12, 2, TIME_WAIT, CLOSED, .ts = 1004),
	};

	FSM_PLAY(fsm_new(test), lines);
}

/* More than can be counted exactly was sent, and most of it is in flight. */
static void verdict_is_taken_back_while_much_is_in_flight(struct kunit *test)
{
	static const struct fsm_line lines[] = {
		FROM_A(RST_ACK, 1, 1, CLOSED, CLOSED),
		FROM_A(PSH_ACK, 1, 1, CLOSED, CLOSED, .len = 1460),
		FROM_A(PSH_ACK, 1461, 1, CLOSED, CLOSED, .len = 1460),
		FROM_A(PSH_ACK, 2921, 1, CLOSED, CLOSED, .len = 1460),
		FROM_A(PSH_ACK, 4381, 1, CLOSED, CLOSED, .len = 1460),
		FROM_A(PSH_ACK, 5841, 1, CLOSED, CLOSED, .len = 1460),
		FROM_B(ACK, 1, 4381, ESTABLISHED, ESTABLISHED, .notes = UNDO),
	};

	FSM_PLAY(fsm_opened(test), lines);
}

/* A stray SYN crosses another, and its supposed sender answers that with a real one. */
static void stray_syn_of_either_end_gives_way_to_the_syn_ack(struct kunit *test)
{
	static const struct fsm_line crossed[] = {
		FROM_A(SYN, 0, 0, SYN_SENT, LISTEN),
		FROM_B(SYN, 700000, 0, SYN_SENT, SYN_SENT),
		FROM_B(SYN_ACK, 5000, 1, SYN_SENT, SYN_RECEIVED, .notes = REPEAT),
		FROM_A(ACK, 1, 5001, ESTABLISHED, ESTABLISHED),
	};
	static const struct fsm_line first[] = {
		FROM_A(SYN, 700000, 0, SYN_SENT, LISTEN),
		FROM_B(SYN, 0, 0, SYN_SENT, SYN_SENT),
		FROM_A(SYN_ACK, 5000, 1, SYN_RECEIVED, SYN_SENT, .notes = REPEAT),
		FROM_B(ACK, 1, 5001, ESTABLISHED, ESTABLISHED),
	};

	FSM_PLAY(fsm_new(test), crossed);
	FSM_PLAY(fsm_new(test), first);
}

/* A late duplicate was seen first; the SYN that the pending one crossed passed elsewhere. */
static void answer_with_the_pending_number_is_the_pending_record_s(struct kunit *test)
{
	static const struct fsm_line lines[] = {
		FROM_A(SYN, 0, 0, SYN_SENT, LISTEN),
		FROM_A(SYN, 700000, 0, SYN_SENT, LISTEN, NEW, .free_notes = 0xff,
		       PENDING(SYN_SENT, LISTEN)),
		FROM_A(SYN_ACK, 700000, 9000, SYN_RECEIVED, SYN_SENT, TAKEOVER,
		       .notes = REPEAT),
		FROM_B(ACK, 9000, 700001, ESTABLISHED, ESTABLISHED),
	};
	static const struct fsm_line one_way[] = {
		FROM_A(SYN, 0, 0, SYN_SENT, LISTEN),
		FROM_A(SYN, 700000, 0, SYN_SENT, LISTEN, NEW, .free_notes = 0xff,
		       PENDING(SYN_SENT, LISTEN)),
		FROM_A(SYN_ACK, 700000, 9000, SYN_RECEIVED, SYN_SENT, TAKEOVER,
		       .notes = REPEAT),
		FROM_A(PSH_ACK, 700001, 9000, ESTABLISHED, ESTABLISHED, .len = 10),
	};

	FSM_PLAY(fsm_new(test), lines);
	FSM_PLAY(fsm_new(test), one_way);
}

static void rst_in_syn_sent_is_taken_back_by_the_ack_of_an_unseen_syn_ack(struct kunit *test)
{
	static const struct fsm_line lines[] = {
		FROM_A(SYN, 0, 0, SYN_SENT, LISTEN, .forwarded = true),
		FROM_A(RST, 1, 0, CLOSED, LISTEN, .forwarded = true),
		FROM_A(ACK, 1, 9000, ESTABLISHED, ESTABLISHED, .forwarded = true,
		       .notes = UNDO),
	};

	FSM_PLAY(fsm_new(test), lines);
}

/* Linux challenges a SYN only in synchronised states: none of these sockets is there. */
static void syn_that_opens_a_port_again_is_not_challenged(struct kunit *test)
{
	static const struct fsm_line reset[] = {
		FROM_A(RST_ACK, 1, 1, CLOSED, CLOSED),
		FROM_A(SYN, 700000, 0, CLOSED, CLOSED, NEW, .notes = IGNORED,
		       PENDING(SYN_SENT, LISTEN)),
	};
	static const struct fsm_line closed_by_b[] = {
		FROM_B(FIN_ACK, 1, 1, ESTABLISHED, FIN_WAIT_1),
		FROM_A(FIN_ACK, 1, 2, LAST_ACK, FIN_WAIT_2),
		FROM_B(ACK, 2, 2, CLOSED, TIME_WAIT),
		FROM_A(SYN, 700000, 0, CLOSED, TIME_WAIT, NEW, .notes = IGNORED,
		       PENDING(SYN_SENT, LISTEN)),
	};

	FSM_PLAY(fsm_opened(test), reset);
	FSM_PLAY(fsm_opened(test), closed_by_b);
}

static void old_duplicate_of_the_syn_leaves_time_wait(struct kunit *test)
{
	static const struct fsm_line lines[] = {
		FROM_A(SYN, 0, 0, TIME_WAIT, CLOSED, NEW, .free_notes = 0xff,
		       PENDING(SYN_SENT, LISTEN)),
		FROM_B(FIN_ACK, 1, 2, TIME_WAIT, LAST_ACK, .notes = RETRACT,
		       .after_us = 1000000, PENDING(SYN_SENT, LISTEN)),
		FROM_A(ACK, 2, 2, TIME_WAIT, CLOSED, PENDING(SYN_SENT, LISTEN)),
	};

	FSM_PLAY(fsm_closed(test), lines);
}

/* Host B's SYN takes another path, as all that it sends may. */
static void connection_after_a_refusal_is_seen_by_one_direction(struct kunit *test)
{
	static const struct fsm_line crossing[] = {
		FROM_A(SYN, 99, 0, SYN_SENT, LISTEN),
		FROM_B(RST_ACK, 0, 100, CLOSED, CLOSED),
		FROM_A(SYN, 5000, 0, CLOSED, CLOSED, NEW, .free_notes = 0xff,
		       PENDING(SYN_SENT, LISTEN)),
		FROM_A(SYN_ACK, 5000, 9001, SYN_RECEIVED, SYN_SENT, TAKEOVER,
		       .free_notes = 0xff),
		FROM_B(ACK, 9001, 5001, ESTABLISHED, ESTABLISHED),
		FROM_B(PSH_ACK, 9001, 5001, ESTABLISHED, ESTABLISHED, .len = 10),
	};
	static const struct fsm_line plain[] = {
		FROM_A(SYN, 99, 0, SYN_SENT, LISTEN),
		FROM_B(RST_ACK, 0, 100, CLOSED, CLOSED),
		FROM_A(SYN, 5000, 0, CLOSED, CLOSED, NEW, .free_notes = 0xff,
		       PENDING(SYN_SENT, LISTEN)),
		FROM_A(ACK, 5001, 9001, ESTABLISHED, ESTABLISHED, TAKEOVER),
		FROM_A(PSH_ACK, 5001, 9001, ESTABLISHED, ESTABLISHED, .len = 10),
	};

	FSM_PLAY(fsm_new(test), crossing);
	FSM_PLAY(fsm_new(test), plain);
}

/* Only the end that is said to have sent the RST has anything to acknowledge. */
static void forged_rst_is_taken_back_by_its_sender_s_own_ack(struct kunit *test)
{
	static const struct fsm_line lines[] = {
		FROM_A(RST_ACK, 1, 1, CLOSED, CLOSED),
		FROM_B(PSH_ACK, 1, 1, CLOSED, CLOSED, .len = 1000),
		FROM_A(ACK, 1, 1001, ESTABLISHED, ESTABLISHED, .notes = UNDO),
	};

	FSM_PLAY(fsm_opened(test), lines);
}

static void ack_of_what_was_sent_before_the_rst_proves_nothing(struct kunit *test)
{
	static const struct fsm_line lines[] = {
		FROM_B(PSH_ACK, 1, 1, ESTABLISHED, ESTABLISHED, .len = 1000),
		FROM_A(RST_ACK, 1, 1001, CLOSED, CLOSED),
		FROM_A(ACK, 1, 1001, CLOSED, CLOSED),
		FROM_B(ACK, 1001, 1, CLOSED, CLOSED),
	};

	FSM_PLAY(fsm_opened(test), lines);
}

/* What came between two RSTs does not speak against the second one. */
static void second_rst_is_believed_again(struct kunit *test)
{
	static const struct fsm_line lines[] = {
		FROM_A(RST_ACK, 1, 1, CLOSED, CLOSED),
		FROM_A(PSH_ACK, 1, 1, CLOSED, CLOSED, .len = 10),
		FROM_A(RST_ACK, 11, 1, CLOSED, CLOSED),
		FROM_B(ACK, 1, 11, CLOSED, CLOSED),
		FROM_A(PSH_ACK, 11, 1, CLOSED, CLOSED, .len = 10),
		FROM_B(ACK, 1, 21, ESTABLISHED, ESTABLISHED, .notes = UNDO),
	};

	FSM_PLAY(fsm_opened(test), lines);
}

/* Its socket may take a RST from its backlog; 200 ms later it would have. */
static void local_end_that_goes_on_disproves_a_rst(struct kunit *test)
{
	static const struct fsm_line crossed[] = {
		FROM_A(RST_ACK, 1, 1, CLOSED, CLOSED),
		FROM_B(PSH_ACK, 1, 1, CLOSED, CLOSED, .len = 10, .local = true,
		       .after_us = 100000),
	};
	static const struct fsm_line alive[] = {
		FROM_A(RST_ACK, 1, 1, CLOSED, CLOSED),
		FROM_B(ACK, 0, 1, ESTABLISHED, ESTABLISHED, .local = true,
		       .after_us = 5000000,
		       .notes = UNDO | IGNORED | TCPSTATE_NOTE_KEEPALIVE),
	};

	FSM_PLAY(fsm_opened(test), crossed);
	FSM_PLAY(fsm_opened(test), alive);
}

/* A RST of the local end that its peer does not take: the peer goes on, and is seen to. */
static void end_that_a_rst_did_not_close_goes_on(struct kunit *test)
{
	static const struct fsm_line lines[] = {
		FROM_A(RST_ACK, 100, 1, CLOSED, ESTABLISHED, .local = true,
		       .notes = CHALLENGE),
		FROM_B(FIN_ACK, 1, 1, CLOSED, FIN_WAIT_1,
		       .transitions = { TRANSITION(B, SND_FIN) }),
		FROM_A(RST, 1, 0, CLOSED, CLOSED, .local = true,
		       .transitions = { TRANSITION(B, RCV_RST) }),
	};
	struct fsm_script *script = fsm_opened(test);

	FSM_PLAY(script, lines);
	fsm_expect_verdict(script, TCPSTATE_VERDICT_RESET_BY_INITIATOR);
}

/* FINs with data from both ends after a RST, and the first FIN again: each transition is kept. */
static void retraction_keeps_all_transitions_of_the_fins_behind_it(struct kunit *test)
{
	static const struct fsm_line lines[] = {
		FROM_A(ACK, 1000, 2000, ESTABLISHED, ESTABLISHED),
		FROM_B(RST, 2000, 0, CLOSED, CLOSED),
		FROM_A(FIN_ACK, 1000, 2000, CLOSED, CLOSED, .len = 10),
		FROM_B(FIN_ACK, 2000, 1011, FIN_WAIT_2, LAST_ACK, .len = 10, .notes = UNDO),
		FROM_A(FIN_ACK, 1000, 2011, CLOSING, CLOSED, .len = 10,
		       .after_us = 1000000, .notes = RETRACT),
	};
	struct fsm_script *script = fsm_new(test);

	script->uncounted = true;
	FSM_PLAY(script, lines);
}

/* Host A answers a SYN that passed elsewhere: its own SYN was not refused, then. */
static void rst_is_taken_back_by_the_answer_to_an_unseen_syn(struct kunit *test)
{
	static const struct fsm_line lines[] = {
		FROM_A(SYN, 0, 0, SYN_SENT, LISTEN, .forwarded = true),
		FROM_A(RST, 1, 0, CLOSED, LISTEN, .forwarded = true),
		FROM_A(SYN_ACK, 0, 9000, SYN_RECEIVED, SYN_SENT, .forwarded = true,
		       .notes = RETRACT),
		FROM_A(ACK, 1, 9000, ESTABLISHED, ESTABLISHED, .forwarded = true),
	};

	FSM_PLAY(fsm_new(test), lines);
}

static struct kunit_case fsm_verdict_cases[] = {
	FSM_CASE(refused_syn_sent_again_may_be_accepted),
	FSM_CASE(syn_ack_after_a_forged_refusal_opens),
	FSM_CASE(rst_in_syn_sent_is_taken_back_by_the_syn_again),
	FSM_CASE(rst_in_syn_sent_is_taken_back_by_the_ack_of_another_syn_ack),
	FSM_CASE(same_syn_after_a_reset_opens_another_connection),
	FSM_CASE(same_syn_after_a_close_opens_another_connection),
	FSM_CASE(same_syn_does_not_count_for_the_old_connection),
	FSM_CASE(forged_ack_opens_nothing),
	FSM_CASE(responder_of_a_pending_connection_may_go_on_before_it_takes_over),
	FSM_CASE(rst_in_syn_sent_is_taken_back_by_the_ack_of_an_unseen_syn_ack),
	FSM_CASE(stray_syn_of_either_end_gives_way_to_the_syn_ack),
	FSM_CASE(answer_with_the_pending_number_is_the_pending_record_s),
	FSM_CASE(ack_of_the_old_connection_opens_no_other),
	FSM_CASE(old_timestamp_is_ignored_after_a_forged_rst_too),
	FSM_CASE(verdict_is_taken_back_while_much_is_in_flight),
	FSM_CASE(syn_that_opens_a_port_again_is_not_challenged),
	FSM_CASE(old_duplicate_of_the_syn_leaves_time_wait),
	FSM_CASE(connection_after_a_refusal_is_seen_by_one_direction),
	FSM_CASE(forged_rst_is_taken_back_by_its_sender_s_own_ack),
	FSM_CASE(ack_of_what_was_sent_before_the_rst_proves_nothing),
	FSM_CASE(second_rst_is_believed_again),
	FSM_CASE(local_end_that_goes_on_disproves_a_rst),
	FSM_CASE(end_that_a_rst_did_not_close_goes_on),
	FSM_CASE(retraction_keeps_all_transitions_of_the_fins_behind_it),
	FSM_CASE(rst_is_taken_back_by_the_answer_to_an_unseen_syn),
	{}
};

static struct kunit_suite fsm_verdict_suite = {
	.name = "tcpstate_fsm_verdict",
	.test_cases = fsm_verdict_cases,
};

kunit_test_suite(fsm_verdict_suite);
