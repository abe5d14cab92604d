// SPDX-License-Identifier: GPL-2.0-only
/* At which number a RST is exact, and so taken (RFC 5961, 3.2, and Linux). */
#include "fsm_cases.h"

/* What a SYN carries counts only as far as the SYN/ACK says: RCV.NXT is 1 until then. */
static void rst_behind_a_syn_with_data_is_exact_behind_the_syn(struct kunit *test)
{
	static const struct fsm_line unanswered[] = {
		FROM_A(SYN, 0, 0, SYN_SENT, LISTEN, .len = 100),
		FROM_A(RST, 0, 0, SYN_SENT, LISTEN, .notes = IGNORED),
		FROM_A(RST, 2, 0, SYN_SENT, LISTEN, .notes = IGNORED),
		FROM_A(RST, 1, 0, SYN_SENT, LISTEN),
	};
	static const struct fsm_line all_taken[] = {
		FROM_A(SYN, 0, 0, SYN_SENT, LISTEN, .len = 100),
		FROM_B(SYN_ACK, 0, 101, SYN_SENT, SYN_RECEIVED),
		FROM_A(RST, 1, 0, SYN_SENT, SYN_RECEIVED, .notes = IGNORED),
		FROM_A(RST, 101, 0, CLOSED, CLOSED),
	};
	struct fsm_script *script = fsm_new(test);

	FSM_PLAY(script, unanswered);
	fsm_expect_verdict(script, TCPSTATE_VERDICT_NONE);
	FSM_PLAY(fsm_new(test), all_taken);
}

/* What it has sent since counts, though its receiver has not been heard. */
static void rst_of_an_end_that_has_gone_on_is_not_exact_behind_its_syn(struct kunit *test)
{
	static const struct fsm_line lines[] = {
		FROM_A(SYN, 0, 0, SYN_SENT, LISTEN),
		FROM_A(ACK, 1, 1, ESTABLISHED, ESTABLISHED),
		FROM_A(PSH_ACK, 1, 1, ESTABLISHED, ESTABLISHED, .len = 100),
		FROM_A(RST, 1, 0, ESTABLISHED, ESTABLISHED, .notes = IGNORED),
		FROM_A(RST, 101, 0, CLOSED, CLOSED),
	};

	FSM_PLAY(fsm_new(test), lines);
}

/* B has received less than A has sent: a RST that answers its ACK is exact. */
static void rst_at_the_last_ack_is_exact_if_what_follows_may_be_lost(struct kunit *test)
{
	static const struct fsm_line local[] = {
		FROM_A(PSH_ACK, 1, 1, ESTABLISHED, ESTABLISHED, .len = 100, .local = true),
		FROM_B(ACK, 1, 1, ESTABLISHED, ESTABLISHED),
		FROM_A(RST, 1, 0, CLOSED, CLOSED, .local = true),
	};
	/* The probe of a closed window is not kept, so that the window's edge is RCV.NXT. */
	static const struct fsm_line probed[] = {
		FROM_A(PSH_ACK, 1, 1, ESTABLISHED, ESTABLISHED, .len = FSM_WINDOW),
		FROM_B(ACK, 1, FSM_WINDOW + 1, ESTABLISHED, ESTABLISHED, .win = SHUT),
		FROM_A(ACK, FSM_WINDOW + 1, 1, ESTABLISHED, ESTABLISHED, .len = 1,
		       .notes = TCPSTATE_NOTE_ZERO_WINDOW),
		FROM_A(RST, FSM_WINDOW + 1, 0, CLOSED, CLOSED, .forwarded = true),
	};

	FSM_PLAY(fsm_opened(test), local);
	FSM_PLAY(fsm_opened(test), probed);
}

/* The ACK from before the flowtable took over says nothing of RCV.NXT. */
static void rst_at_an_ack_from_before_a_gap_in_sight_is_not_exact(struct kunit *test)
{
	static const struct fsm_line lines[] = {
		FROM_A(PSH_ACK, 1, 1, ESTABLISHED, ESTABLISHED, .len = 100),
		FROM_B(ACK, 1, 101, ESTABLISHED, ESTABLISHED, .offloaded = true),
		FROM_A(PSH_ACK, 50001, 1, ESTABLISHED, ESTABLISHED, .len = 100),
		FROM_A(RST, 101, 0, ESTABLISHED, ESTABLISHED, .forwarded = true,
		       .notes = IGNORED),
	};

	FSM_PLAY(fsm_opened(test), lines);
}

/* Linux takes RCV.NXT - 1 only behind a FIN that it has received. */
static void rst_before_the_expected_number_is_exact_only_behind_a_fin(struct kunit *test)
{
	static const struct fsm_line no_fin[] = {
		FROM_A(PSH_ACK, 1, 1, ESTABLISHED, ESTABLISHED, .len = 100),
		FROM_A(RST, 100, 0, ESTABLISHED, ESTABLISHED, .notes = CHALLENGE),
	};
	/* What came before the FIN is lost, so that the FIN waits. */
	static const struct fsm_line gap[] = {
		FROM_A(FIN_ACK, 101, 1, FIN_WAIT_1, ESTABLISHED, .len = 100),
		FROM_A(RST, 0, 0, FIN_WAIT_1, ESTABLISHED, .notes = IGNORED),
		FROM_A(RST, 201, 0, FIN_WAIT_1, ESTABLISHED, .notes = CHALLENGE),
	};
	/* A FIN to FIN_WAIT_2 leads to TIME_WAIT, whose minisocket takes RCV.NXT alone. */
	static const struct fsm_line time_wait[] = {
		FROM_B(FIN_ACK, 1, 1, ESTABLISHED, FIN_WAIT_1),
		FROM_A(ACK, 1, 2, CLOSE_WAIT, FIN_WAIT_2),
		FROM_A(FIN_ACK, 1, 2, LAST_ACK, FIN_WAIT_2),
		FROM_A(RST, 1, 0, LAST_ACK, FIN_WAIT_2, .notes = IGNORED,
		       .free_notes = TCPSTATE_NOTE_CHALLENGE),
	};

	FSM_PLAY(fsm_opened(test), no_fin);
	FSM_PLAY(fsm_opened(test), gap);
	FSM_PLAY(fsm_opened(test), time_wait);
}

/* In a connection of an end with itself nothing is in flight. */
static void rst_of_an_end_to_itself_is_exact_at_what_it_has_sent(struct kunit *test)
{
	static const struct fsm_line lines[] = {
		FROM_A(SYN, 0, 0, SYN_SENT, LISTEN, .local = true),
		FROM_A(SYN_ACK, 0, 1, ESTABLISHED, LISTEN, .local = true,
		       .free_notes = REPEAT),
		FROM_A(ACK, 1, 1, ESTABLISHED, LISTEN, .local = true),
		FROM_A(PSH_ACK, 1, 1, ESTABLISHED, LISTEN, .len = 100, .local = true),
	};
	static const struct fsm_line forged[] = {
		FROM_A(RST, 1, 0, ESTABLISHED, LISTEN, .notes = CHALLENGE),
		FROM_A(RST, 101, 0, CLOSED, LISTEN),
	};
	struct fsm_script *script = fsm_new(test);

	script->selfish = true;
	FSM_PLAY(script, lines);
	FSM_PLAY(script, forged);
}

/* RFC 9293, 3.5.2, group 1: <SEQ=0><ACK=SEG.SEQ+SEG.LEN><CTL=RST,ACK> */
static void rst_ack_closes_a_sender_that_has_sent_a_syn_ack(struct kunit *test)
{
	static const struct fsm_line lines[] = {
		FROM_A(SYN, 0, 0, SYN_SENT, LISTEN),
		FROM_B(SYN_ACK, 0, 1, SYN_SENT, SYN_RECEIVED),
		FROM_A(SYN, 0, 0, SYN_SENT, SYN_RECEIVED, .notes = REPEAT),
		FROM_B(RST_ACK, 0, 1, CLOSED, CLOSED),
	};
	struct fsm_script *script = fsm_new(test);

	FSM_PLAY(script, lines);
	/* It was not refused: it had been answered. */
	fsm_expect_verdict(script, TCPSTATE_VERDICT_RESET_BY_RESPONDER);
}

/* RFC 9293, 3.10.7.3, first: the SYN's sender ignores it. */
static void rst_that_acknowledges_another_number_refuses_nothing(struct kunit *test)
{
	static const struct fsm_line lines[] = {
		FROM_A(SYN, 0, 0, SYN_SENT, LISTEN),
		FROM_B(RST_ACK, 0, 5001, SYN_SENT, LISTEN, .local = true, .notes = IGNORED),
	};
	struct fsm_script *script = fsm_new(test);

	FSM_PLAY(script, lines);
	fsm_expect_verdict(script, TCPSTATE_VERDICT_NONE);
}

/* A RST without ACK says that only by the number of the ACK that it answers. */
static void sender_of_a_rst_is_gone_only_if_it_answers_an_ack(struct kunit *test)
{
	static const struct fsm_line other_number[] = {
		FROM_A(PSH_ACK, 1, 1, ESTABLISHED, ESTABLISHED, .len = 100),
		FROM_A(RST, 101, 0, CLOSED, CLOSED),
	};
	static const struct fsm_line answer[] = {
		FROM_A(PSH_ACK, 1, 1, ESTABLISHED, ESTABLISHED, .len = 100),
		FROM_B(ACK, 1, 101, ESTABLISHED, ESTABLISHED),
		FROM_A(RST, 101, 0, CLOSED, CLOSED),
	};
	/* No ACK of B is known: not one, or none since the flowtable took over. */
	static const struct fsm_line unheard[] = {
		FROM_A(SYN, 0, 0, SYN_SENT, LISTEN),
		FROM_A(ACK, 1, 1, ESTABLISHED, ESTABLISHED),
		FROM_A(RST, 1, 0, CLOSED, CLOSED),
	};
	static const struct fsm_line elsewhere[] = {
		FROM_A(PSH_ACK, 1, 1, ESTABLISHED, ESTABLISHED, .len = 100),
		FROM_B(ACK, 1, 101, ESTABLISHED, ESTABLISHED, .offloaded = true),
		FROM_A(ACK, 101, 1, ESTABLISHED, ESTABLISHED),
		FROM_A(RST, 101, 0, CLOSED, CLOSED),
	};
	struct fsm_script *script = fsm_opened(test);

	FSM_PLAY(script, other_number);
	fsm_expect_verdict(script, TCPSTATE_VERDICT_RESET_BY_INITIATOR);
	script = fsm_opened(test);
	FSM_PLAY(script, answer);
	fsm_expect_verdict(script, TCPSTATE_VERDICT_GONE);
	script = fsm_new(test);
	FSM_PLAY(script, unheard);
	fsm_expect_verdict(script, TCPSTATE_VERDICT_RESET_BY_INITIATOR);
	script = fsm_opened(test);
	FSM_PLAY(script, elsewhere);
	fsm_expect_verdict(script, TCPSTATE_VERDICT_RESET_BY_INITIATOR);
}

/* In FIN_WAIT_2 it would have been acknowledged at once, and behind a gap it waits. */
static void rst_finds_no_fin_that_its_receiver_cannot_have_taken(struct kunit *test)
{
	static const struct fsm_line fin_wait_2[] = {
		FROM_B(FIN_ACK, 1, 1, ESTABLISHED, FIN_WAIT_1),
		FROM_A(ACK, 1, 2, CLOSE_WAIT, FIN_WAIT_2),
		FROM_A(FIN_ACK, 1, 2, LAST_ACK, FIN_WAIT_2),
		FROM_A(RST, 1, 0, CLOSED, CLOSED, .forwarded = true,
		       .transitions = { TRANSITION(A, NO_SOCKET),
					TRANSITION(B, RCV_RST) }),
	};
	/* RFC 5961, 3.2, as Linux has it: at the right edge of what was SACKed */
	static const struct fsm_line gap[] = {
		FROM_A(SYN, 0, 0, SYN_SENT, LISTEN, .sack = true),
		FROM_B(SYN_ACK, 0, 1, SYN_SENT, SYN_RECEIVED, .sack = true),
		FROM_A(ACK, 1, 1, ESTABLISHED, ESTABLISHED),
		FROM_A(FIN_ACK, 101, 1, FIN_WAIT_1, ESTABLISHED, .len = 100),
		FROM_A(RST, 202, 0, CLOSED, CLOSED,
		       .transitions = { TRANSITION(A, SND_RST), TRANSITION(B, RCV_RST) }),
	};

	FSM_PLAY(fsm_opened(test), fin_wait_2);
	FSM_PLAY(fsm_new(test), gap);
}

/* Whether B has the FIN or not, it takes a RST there: Linux in CLOSE_WAIT, too. */
static void rst_at_the_number_of_a_fin_is_exact_though_no_ack_was_heard(struct kunit *test)
{
	static const struct fsm_line lines[] = {
		FROM_A(SYN, 0, 0, SYN_SENT, LISTEN),
		FROM_A(ACK, 1, 1, ESTABLISHED, ESTABLISHED),
		FROM_A(FIN_ACK, 1, 1, FIN_WAIT_1, ESTABLISHED),
		FROM_A(RST, 1, 0, CLOSED, CLOSED),
	};

	FSM_PLAY(fsm_new(test), lines);
}

/* The FIN that was picked up was an old copy, or forged: B has received more. */
static void rst_before_the_last_ack_is_not_exact_behind_a_fin(struct kunit *test)
{
	static const struct fsm_line lines[] = {
		FROM_A(FIN_ACK, 1000, 5000, FIN_WAIT_1, ESTABLISHED),
		FROM_B(ACK, 5000, 1002, FIN_WAIT_1, ESTABLISHED),
		FROM_A(RST, 1000, 0, FIN_WAIT_1, ESTABLISHED, .notes = IGNORED),
	};

	FSM_PLAY(fsm_new(test), lines);
}

static struct kunit_case fsm_exact_cases[] = {
	FSM_CASE(rst_behind_a_syn_with_data_is_exact_behind_the_syn),
	FSM_CASE(rst_of_an_end_that_has_gone_on_is_not_exact_behind_its_syn),
	FSM_CASE(rst_at_the_last_ack_is_exact_if_what_follows_may_be_lost),
	FSM_CASE(rst_at_an_ack_from_before_a_gap_in_sight_is_not_exact),
	FSM_CASE(rst_before_the_expected_number_is_exact_only_behind_a_fin),
	FSM_CASE(rst_of_an_end_to_itself_is_exact_at_what_it_has_sent),
	FSM_CASE(rst_ack_closes_a_sender_that_has_sent_a_syn_ack),
	FSM_CASE(rst_that_acknowledges_another_number_refuses_nothing),
	FSM_CASE(sender_of_a_rst_is_gone_only_if_it_answers_an_ack),
	FSM_CASE(rst_finds_no_fin_that_its_receiver_cannot_have_taken),
	FSM_CASE(rst_at_the_number_of_a_fin_is_exact_though_no_ack_was_heard),
	FSM_CASE(rst_before_the_last_ack_is_not_exact_behind_a_fin),
	{}
};

static struct kunit_suite fsm_exact_suite = {
	.name = "tcpstate_fsm_exact",
	.test_cases = fsm_exact_cases,
};

kunit_test_suite(fsm_exact_suite);
