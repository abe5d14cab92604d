// SPDX-License-Identifier: GPL-2.0-only
/* What disproves a RST and what only nearly does, and what is kept for that meanwhile. */
#include "fsm_cases.h"

/* B acknowledges the first byte that A has sent after its RST, or none of @sent bytes. */
static void play_ack_after(struct kunit *test, u32 begin, u32 sent, u32 ack, bool disproves)
{
	const struct fsm_line reset[] = {
		FROM_A(PSH_ACK, 1, 1, ESTABLISHED, ESTABLISHED, .len = begin - 1),
		FROM_B(ACK, 1, begin, ESTABLISHED, ESTABLISHED, .win = 0xffff),
		FROM_A(RST, begin, 0, CLOSED, CLOSED),
		FROM_A(PSH_ACK, begin, 1, CLOSED, CLOSED, .len = sent - 1),
		/* The mark must not move with SND.NXT. */
		FROM_A(PSH_ACK, begin + sent - 1, 1, CLOSED, CLOSED, .len = 1),
	};
	const struct fsm_line crossed = FROM_B(ACK, 1, ack, CLOSED, CLOSED);
	const struct fsm_line alive = FROM_B(ACK, 1, ack, ESTABLISHED, ESTABLISHED,
		.notes = UNDO);
	struct fsm_script *script = fsm_opened(test);

	FSM_PLAY(script, reset);
	fsm_play(script, disproves ? &alive : &crossed, 1);
}

/* The twelve bits of a mark keep a distance up to 2048 bytes exactly. */
static void ack_of_one_byte_sent_after_a_rst_disproves_it(struct kunit *test)
{
	u32 begin;

	for (begin = 2; begin < 1030; begin += 31) {
		play_ack_after(test, begin, 2048, begin, false);
		play_ack_after(test, begin, 2048, begin + 1, true);
	}
}

/* A longer distance may be rounded by less than 1024 bytes, in the direction of doubt. */
static void ack_of_what_was_sent_before_a_rst_never_disproves_it(struct kunit *test)
{
	u32 begin, sent;

	for (begin = 2; begin < 5; begin++) {
		for (sent = 2049; sent < 2049 + 1025; sent++) {
			play_ack_after(test, begin, sent, begin, false);
			play_ack_after(test, begin, sent, begin + 1024, true);
		}
	}
	play_ack_after(test, 2, 60000, 2, false);
	play_ack_after(test, 2, 60000, 2 + 1024, true);
}

/* RCV.NXT of both is what it would be without the verdict. */
static void disproved_rst_leaves_no_gap(struct kunit *test)
{
	static const struct fsm_line lines[] = {
		FROM_A(RST, 1, 0, CLOSED, CLOSED),
		FROM_A(PSH_ACK, 1, 1, CLOSED, CLOSED, .len = 100),
		FROM_B(ACK, 1, 51, ESTABLISHED, ESTABLISHED, .notes = UNDO),
	};
	struct fsm_script *script = fsm_opened(test);

	FSM_PLAY(script, lines);
	KUNIT_EXPECT_EQ(test, fsm_rcv_nxt(script, B), 101);
	KUNIT_EXPECT_EQ(test, fsm_rcv_nxt(script, A), 1);
}

/* Its receiver would not take it even if the RST had been forged. */
static void segment_that_is_not_taken_disproves_nothing(struct kunit *test)
{
	static const struct fsm_line lines[] = {
		FROM_A(RST, 1, 0, CLOSED, CLOSED),
		FROM_A(PSH_ACK, 1, 1, CLOSED, CLOSED, .len = 100),
		FROM_B(ACK, 90001, 51, CLOSED, CLOSED, .notes = IGNORED),
		FROM_B(ACK, 1, 51, ESTABLISHED, ESTABLISHED, .notes = UNDO),
	};

	FSM_PLAY(fsm_opened(test), lines);
}

/* Its socket may take a RST late, but not by more than 200 ms. */
static void local_end_that_goes_on_for_more_than_200_ms_disproves_a_rst(struct kunit *test)
{
	static const struct fsm_line late[] = {
		FROM_B(RST, 1, 0, CLOSED, CLOSED),
		FROM_A(ACK, 1, 1, CLOSED, CLOSED, .local = true, .after_us = 200000),
	};
	/* The other end's segments in between do not begin the time again. */
	static const struct fsm_line alive[] = {
		FROM_B(RST, 1, 0, CLOSED, CLOSED),
		FROM_B(PSH_ACK, 1, 1, CLOSED, CLOSED, .len = 10, .after_us = 100000),
		FROM_A(ACK, 1, 1, ESTABLISHED, ESTABLISHED, .local = true,
		       .after_us = 101000, .notes = UNDO),
	};

	FSM_PLAY(fsm_opened(test), late);
	FSM_PLAY(fsm_opened(test), alive);
}

/* A router does not know whether a segment comes from the end or from a forger. */
static void remote_end_that_goes_on_disproves_nothing(struct kunit *test)
{
	static const struct fsm_line lines[] = {
		FROM_A(RST, 1, 0, CLOSED, CLOSED),
		FROM_A(PSH_ACK, 1, 1, CLOSED, CLOSED, .len = 10, .after_us = 300000),
	};

	FSM_PLAY(fsm_opened(test), lines);
}

/* That B did not take the RST does not show that A lives. */
static void end_that_a_rst_did_not_close_goes_on_without_disproving_it(struct kunit *test)
{
	static const struct fsm_line lines[] = {
		FROM_A(RST_ACK, 5000, 1, CLOSED, ESTABLISHED, .local = true,
		       .notes = CHALLENGE),
		FROM_B(PSH_ACK, 1, 1, CLOSED, ESTABLISHED, .local = true, .len = 10,
		       .after_us = 300000),
	};

	FSM_PLAY(fsm_opened(test), lines);
}

/* What happens without the verdict is not shown: neither a retraction nor an end. */
static void verdict_covers_what_goes_on_under_it(struct kunit *test)
{
	static const struct fsm_line fin_again[] = {
		FROM_A(FIN_ACK, 1, 1, FIN_WAIT_1, ESTABLISHED),
		FROM_B(ACK, 1, 2, FIN_WAIT_2, CLOSE_WAIT),
		FROM_B(RST_ACK, 1, 2, CLOSED, CLOSED),
		FROM_A(FIN_ACK, 1, 1, CLOSED, CLOSED, .notes = REPEAT, .after_us = 300000),
	};
	/* Both FINs were sent before the RST, so that the ACK of the last proves nothing. */
	static const struct fsm_line closed[] = {
		FROM_A(FIN_ACK, 1, 1, FIN_WAIT_1, ESTABLISHED),
		FROM_B(FIN_ACK, 1, 2, FIN_WAIT_2, LAST_ACK),
		FROM_A(RST_ACK, 2, 1, CLOSED, CLOSED),
		FROM_A(ACK, 2, 2, CLOSED, CLOSED),
	};
	struct fsm_script *script = fsm_opened(test);

	FSM_PLAY(script, fin_again);
	fsm_expect_flags(script, TCPSTATE_F_RETRACTED, 0);
	fsm_expect_verdict(script, TCPSTATE_VERDICT_RESET_BY_RESPONDER);
	script = fsm_opened(test);
	FSM_PLAY(script, closed);
	fsm_expect_verdict(script, TCPSTATE_VERDICT_RESET_BY_INITIATOR);
}

/* RFC 9293, 3.8.1: a repeated SYN shows that its sender still opens. */
static void same_syn_of_a_crossed_opening_disproves_a_rst(struct kunit *test)
{
	static const struct fsm_line lines[] = {
		FROM_A(SYN, 0, 0, SYN_SENT, LISTEN),
		FROM_B(SYN, 0, 0, SYN_SENT, SYN_SENT),
		FROM_A(SYN_ACK, 0, 1, SYN_RECEIVED, SYN_SENT, .notes = REPEAT),
		FROM_B(RST, 1, 0, CLOSED, CLOSED),
		FROM_A(SYN, 0, 0, SYN_RECEIVED, SYN_SENT, .notes = REPEAT | UNDO),
	};

	FSM_PLAY(fsm_new(test), lines);
}

static struct fsm_script *picked_up(struct kunit *test)
{
	static const struct fsm_line lines[] = {
		FROM_A(PSH_ACK, 1000, 100000, ESTABLISHED, ESTABLISHED, .len = 500, .win = 1,
		       .forwarded = true),
		FROM_A(RST, 1500, 0, CLOSED, CLOSED, .forwarded = true),
	};
	struct fsm_script *script = fsm_new(test);

	FSM_PLAY(script, lines);
	return script;
}

/* An old copy, whose ACK is far behind, makes the numbers begin lower. */
static void pick_up_under_a_verdict_keeps_what_was_sent_before_it(struct kunit *test)
{
	static const struct fsm_line copies[] = {
		FROM_A(PSH_ACK, 900, 30000, CLOSED, CLOSED, .len = 10, .forwarded = true),
		FROM_A(PSH_ACK, 1000, 30000, CLOSED, CLOSED, .len = 400, .forwarded = true),
		FROM_B(ACK, 30000, 1300, CLOSED, CLOSED, .forwarded = true),
	};
	static const struct fsm_line late_ack[] = {
		FROM_A(PSH_ACK, 900, 30000, CLOSED, CLOSED, .len = 10, .forwarded = true),
		FROM_B(ACK, 30000, 1495, CLOSED, CLOSED, .forwarded = true),
	};
	/* It goes on beyond all that was sent before: that counts from its first byte. */
	static const struct fsm_line longer[] = {
		FROM_A(PSH_ACK, 900, 30000, CLOSED, CLOSED, .len = 1000, .forwarded = true),
	};
	struct fsm_script *script = picked_up(test);

	FSM_PLAY(script, copies);
	script = picked_up(test);
	FSM_PLAY(script, late_ack);
	script = picked_up(test);
	FSM_PLAY(script, longer);
	KUNIT_EXPECT_EQ(test, tcpstate_conn_bytes(&script->front.conn, A), 1000);
}

/* To the same SYN, which was not repeated: it may be another socket's. */
static void syn_ack_with_another_number_disproves_nothing(struct kunit *test)
{
	static const struct fsm_line lines[] = {
		FROM_A(SYN, 0, 0, SYN_SENT, LISTEN),
		FROM_B(SYN_ACK, 0, 1, SYN_SENT, SYN_RECEIVED, .local = true),
		FROM_A(RST, 1, 0, CLOSED, CLOSED),
		FROM_B(SYN_ACK, 90000, 1, CLOSED, CLOSED, .local = true, .notes = REPEAT,
		       .after_us = 300000),
	};

	FSM_PLAY(fsm_new(test), lines);
}

/* Its RST is the end's own, which was never in flight. */
static void rst_of_an_end_to_itself_is_not_disproved(struct kunit *test)
{
	static const struct fsm_line lines[] = {
		FROM_A(SYN, 0, 0, SYN_SENT, LISTEN, .local = true),
		FROM_A(SYN_ACK, 0, 1, ESTABLISHED, LISTEN, .local = true,
		       .free_notes = REPEAT),
		FROM_A(ACK, 1, 1, ESTABLISHED, LISTEN, .local = true),
		FROM_A(RST_ACK, 1, 1, CLOSED, LISTEN, .local = true),
		FROM_A(ACK, 1, 1, CLOSED, LISTEN, .local = true),
		FROM_A(ACK, 1, 1, CLOSED, LISTEN, .local = true, .after_us = 300000),
	};
	struct fsm_script *script = fsm_new(test);

	script->selfish = true;
	FSM_PLAY(script, lines);
}

/*
 * RCV.NXT was at the RST's number when B took it, so that B cannot have acknowledged more:
 * a later ACK of more shows that B did not take it.
 */
static void ack_beyond_the_number_of_a_rst_disproves_it(struct kunit *test)
{
	static const struct fsm_line gap[] = {
		FROM_A(PSH_ACK, 1, 1, ESTABLISHED, ESTABLISHED, .len = 100),
		FROM_A(PSH_ACK, 201, 1, ESTABLISHED, ESTABLISHED, .len = 100),
		FROM_A(RST, 101, 0, CLOSED, CLOSED),
		FROM_B(ACK, 1, 101, CLOSED, CLOSED),
		FROM_B(ACK, 1, 301, ESTABLISHED, ESTABLISHED, .notes = UNDO),
	};
	/* With its FIN there Linux takes RCV.NXT - 1 as well: the ACK may have crossed. */
	static const struct fsm_line fin[] = {
		FROM_A(FIN_ACK, 1, 1, FIN_WAIT_1, ESTABLISHED),
		FROM_B(ACK, 1, 1, FIN_WAIT_1, ESTABLISHED),
		FROM_A(RST, 1, 0, CLOSED, CLOSED, .forwarded = true),
		FROM_B(ACK, 1, 2, CLOSED, CLOSED),
	};
	/* In SYN_SENT the number says nothing. */
	static const struct fsm_line opening[] = {
		FROM_A(SYN, 0, 0, SYN_SENT, LISTEN),
		FROM_B(SYN_ACK, 0, 1, SYN_SENT, SYN_RECEIVED),
		FROM_B(PSH_ACK, 1, 1, SYN_SENT, SYN_RECEIVED, .len = 100),
		FROM_B(RST_ACK, 1, 1, CLOSED, CLOSED),
		FROM_A(ACK, 1, 101, CLOSED, CLOSED),
	};

	FSM_PLAY(fsm_opened(test), gap);
	FSM_PLAY(fsm_opened(test), fin);
	FSM_PLAY(fsm_new(test), opening);
}

/* More may have been sent before than was seen, but what a RST says is no byte. */
static void repeated_rst_of_a_pick_up_adds_no_bytes(struct kunit *test)
{
	static const struct fsm_line lines[] = {
		FROM_A(PSH_ACK, 1000, 5000, ESTABLISHED, ESTABLISHED, .len = 100),
		FROM_B(ACK, 5000, 1000, ESTABLISHED, ESTABLISHED),
		FROM_A(RST, 1200, 0, CLOSED, CLOSED),
		FROM_A(RST, 1200, 0, CLOSED, CLOSED),
	};
	struct fsm_script *script = fsm_new(test);

	FSM_PLAY(script, lines);
	KUNIT_EXPECT_EQ(test, tcpstate_conn_bytes(&script->front.conn, A), 100);
}

/* It was sent after the RST, whichever number the ACK of the first SYN/ACK has. */
static void ack_of_a_second_syn_ack_disproves_a_rst(struct kunit *test)
{
	static const struct fsm_line lines[] = {
		FROM_A(SYN, 0, 0, SYN_SENT, LISTEN),
		FROM_B(SYN_ACK, 0, 1, SYN_SENT, SYN_RECEIVED),
		FROM_A(RST, 1, 0, CLOSED, CLOSED),
		FROM_B(SYN_ACK, -5, 1, CLOSED, CLOSED, .len = 100, .notes = REPEAT),
		FROM_A(ACK, 1, -4, ESTABLISHED, ESTABLISHED, .notes = UNDO),
	};

	FSM_PLAY(fsm_new(test), lines);
}

static struct kunit_case fsm_evidence_cases[] = {
	FSM_CASE(ack_of_one_byte_sent_after_a_rst_disproves_it),
	FSM_CASE(ack_of_what_was_sent_before_a_rst_never_disproves_it),
	FSM_CASE(disproved_rst_leaves_no_gap),
	FSM_CASE(segment_that_is_not_taken_disproves_nothing),
	FSM_CASE(local_end_that_goes_on_for_more_than_200_ms_disproves_a_rst),
	FSM_CASE(remote_end_that_goes_on_disproves_nothing),
	FSM_CASE(end_that_a_rst_did_not_close_goes_on_without_disproving_it),
	FSM_CASE(verdict_covers_what_goes_on_under_it),
	FSM_CASE(same_syn_of_a_crossed_opening_disproves_a_rst),
	FSM_CASE(pick_up_under_a_verdict_keeps_what_was_sent_before_it),
	FSM_CASE(syn_ack_with_another_number_disproves_nothing),
	FSM_CASE(rst_of_an_end_to_itself_is_not_disproved),
	FSM_CASE(ack_beyond_the_number_of_a_rst_disproves_it),
	FSM_CASE(repeated_rst_of_a_pick_up_adds_no_bytes),
	FSM_CASE(ack_of_a_second_syn_ack_disproves_a_rst),
	{}
};

static struct kunit_suite fsm_evidence_suite = {
	.name = "tcpstate_fsm_evidence",
	.test_cases = fsm_evidence_cases,
};

kunit_test_suite(fsm_evidence_suite);
