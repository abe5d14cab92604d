// SPDX-License-Identifier: GPL-2.0-only
/*
 * Resets: who believes one (RFC 9293 3.10.7, RFC 5961 3.2, Linux's
 * tcp_validate_incoming), and figures 10 and 11.
 */
#include "fsm_cases.h"

static void rst_that_acknowledges_the_syn_refuses_it(struct kunit *test)
{
	static const struct fsm_line lines[] = {
		FROM_A(SYN, 0, 0, SYN_SENT, LISTEN),
		FROM_B(RST_ACK, 0, 1, CLOSED, CLOSED,
		       .transitions = { TRANSITION(B, SND_RST), TRANSITION(A, RCV_RST) }),
	};
	struct fsm_script *script = fsm_new(test);

	FSM_PLAY(script, lines);
	fsm_expect_verdict(script, TCPSTATE_VERDICT_REFUSED);
}

static void rst_with_another_ack_refuses_nothing(struct kunit *test)
{
	static const struct fsm_line lines[] = {
		FROM_A(SYN, 0, 0, SYN_SENT, LISTEN),
		FROM_B(RST_ACK, 0, 2, SYN_SENT, LISTEN, .notes = IGNORED),
		FROM_B(RST_ACK, 0, 0, SYN_SENT, LISTEN, .notes = IGNORED),
		FROM_B(RST, 0, 0, SYN_SENT, LISTEN, .notes = IGNORED),
		FROM_B(SYN_ACK, 0, 1, SYN_SENT, SYN_RECEIVED),
	};
	struct fsm_script *script = fsm_new(test);

	FSM_PLAY(script, lines);
	fsm_expect_verdict(script, TCPSTATE_VERDICT_NONE);
}

static void rst_that_acknowledges_a_fast_open_s_data_refuses_it(struct kunit *test)
{
	static const struct fsm_line lines[] = {
		FROM_A(SYN, 0, 0, SYN_SENT, LISTEN, .len = 50),
		FROM_B(RST_ACK, 0, 51, CLOSED, CLOSED),
	};
	struct fsm_script *script = fsm_new(test);

	FSM_PLAY(script, lines);
	fsm_expect_verdict(script, TCPSTATE_VERDICT_REFUSED);
}

/* Linux answers a bad ACK with a RST and lives: 3.10.7.3. */
static void rst_against_a_bad_ack_leaves_its_sender_in_syn_sent(struct kunit *test)
{
	static const struct fsm_line lines[] = {
		FROM_A(SYN, 0, 0, SYN_SENT, LISTEN),
		FROM_B(ACK, 5000, 700, SYN_SENT, LISTEN, .notes = IGNORED),
		FROM_A(RST, 700, 0, SYN_SENT, LISTEN,
		       .free_notes = IGNORED | CHALLENGE),
		FROM_A(SYN, 0, 0, SYN_SENT, LISTEN, .notes = REPEAT),
		FROM_B(SYN_ACK, 0, 1, SYN_SENT, SYN_RECEIVED),
		FROM_A(ACK, 1, 1, ESTABLISHED, ESTABLISHED),
	};

	FSM_PLAY(fsm_new(test), lines);
}

static void local_rst_against_a_bad_ack_leaves_its_sender_opening(struct kunit *test)
{
	static const struct fsm_line syn_sent[] = {
		FROM_A(SYN, 0, 0, SYN_SENT, LISTEN, .local = true),
		FROM_A(RST, 700, 0, SYN_SENT, LISTEN, .local = true,
		       .free_notes = IGNORED | CHALLENGE),
		FROM_A(RST, 1, 0, CLOSED, LISTEN, .local = true,
		       .free_notes = IGNORED | CHALLENGE),
	};
	static const struct fsm_line syn_received[] = {
		FROM_A(SYN, 0, 0, SYN_SENT, LISTEN),
		FROM_B(SYN_ACK, 0, 1, SYN_SENT, SYN_RECEIVED, .local = true),
		FROM_A(ACK, 1, 700, SYN_SENT, SYN_RECEIVED, .notes = IGNORED,
		       .free_notes = TCPSTATE_NOTE_CHALLENGE),
		FROM_B(RST, 700, 0, SYN_SENT, SYN_RECEIVED, .local = true,
		       .free_notes = IGNORED | CHALLENGE),
		FROM_A(ACK, 1, 1, ESTABLISHED, ESTABLISHED),
	};

	FSM_PLAY(fsm_new(test), syn_sent);
	FSM_PLAY(fsm_new(test), syn_received);
}

/* Figure 11: an old SYN reaches a listener; its supposed sender disowns it. */
static void figure_11_old_duplicate_syn_resets_two_passive_sockets(struct kunit *test)
{
	static const struct fsm_line lines[] = {
		FROM_A(SYN, 90, 0, SYN_SENT, LISTEN),
		FROM_B(SYN_ACK, 300, 91, SYN_SENT, SYN_RECEIVED),
		FROM_A(RST, 91, 0, CLOSED, CLOSED,
		       .transitions = { TRANSITION(A, SND_RST), TRANSITION(B, RCV_RST) }),
	};
	struct fsm_script *script = fsm_new(test);

	FSM_PLAY(script, lines);
	fsm_expect_verdict(script, TCPSTATE_VERDICT_RESET_BY_INITIATOR);
}

static void figure_10_data_to_a_crashed_host_finds_it_gone(struct kunit *test)
{
	static const struct fsm_line lines[] = {
		FROM_B(PSH_ACK, 1, 1, ESTABLISHED, ESTABLISHED, .len = 10),
		FROM_A(RST, 1, 0, CLOSED, CLOSED,
		       .transitions = { TRANSITION(A, NO_SOCKET), TRANSITION(B, RCV_RST) }),
	};
	struct fsm_script *script = fsm_opened(test);

	FSM_PLAY(script, lines);
	fsm_expect_verdict(script, TCPSTATE_VERDICT_GONE);
}

/* SYN cookies that did not check: the third segment meets no socket. */
static void rst_against_the_third_segment_is_of_no_socket(struct kunit *test)
{
	static const struct fsm_line lines[] = {
		FROM_B(RST, 1, 0, CLOSED, CLOSED, .after_us = FSM_RTT_B_US),
	};
	struct fsm_script *script = fsm_opened(test);

	FSM_PLAY(script, lines);
	fsm_expect_verdict(script, TCPSTATE_VERDICT_GONE);
}

/* A process that closed with data unread, or died: the socket sends this RST. */
static void rst_without_ack_in_fin_wait_is_an_abort(struct kunit *test)
{
	static const struct fsm_line lines[] = {
		FROM_A(FIN_ACK, 1, 1, FIN_WAIT_1, ESTABLISHED),
		FROM_B(ACK, 1, 2, FIN_WAIT_2, CLOSE_WAIT),
		FROM_B(PSH_ACK, 1, 2, FIN_WAIT_2, CLOSE_WAIT, .len = 10),
		FROM_A(RST, 2, 0, CLOSED, CLOSED,
		       .transitions = { TRANSITION(A, SND_RST), TRANSITION(B, RCV_RST) }),
	};
	struct fsm_script *script = fsm_opened(test);

	FSM_PLAY(script, lines);
	fsm_expect_verdict(script, TCPSTATE_VERDICT_RESET_BY_INITIATOR);
}

static void exact_rst_closes_both_ends(struct kunit *test)
{
	static const struct fsm_line lines[] = {
		FROM_A(RST_ACK, 1, 1, CLOSED, CLOSED,
		       .transitions = { TRANSITION(A, SND_RST), TRANSITION(B, RCV_RST) }),
	};
	struct fsm_script *script = fsm_opened(test);

	FSM_PLAY(script, lines);
	fsm_expect_verdict(script, TCPSTATE_VERDICT_RESET_BY_INITIATOR);
}

static void exact_rst_of_the_responder_is_told_apart(struct kunit *test)
{
	static const struct fsm_line lines[] = {
		FROM_B(PSH_ACK, 1, 1, ESTABLISHED, ESTABLISHED, .len = 10),
		FROM_B(RST_ACK, 11, 1, CLOSED, CLOSED),
	};
	struct fsm_script *script = fsm_opened(test);

	FSM_PLAY(script, lines);
	fsm_expect_verdict(script, TCPSTATE_VERDICT_RESET_BY_RESPONDER);
}

static void rst_inside_the_window_draws_a_challenge_and_changes_nothing(struct kunit *test)
{
	static const struct fsm_line lines[] = {
		FROM_A(RST_ACK, 2, 1, ESTABLISHED, ESTABLISHED,
		       .notes = CHALLENGE),
		FROM_A(RST, FSM_WINDOW, 0, ESTABLISHED, ESTABLISHED,
		       .notes = CHALLENGE),
		FROM_B(RST, 500, 0, ESTABLISHED, ESTABLISHED,
		       .notes = CHALLENGE),
	};
	struct fsm_script *script = fsm_opened(test);

	FSM_PLAY(script, lines);
	fsm_expect_verdict(script, TCPSTATE_VERDICT_NONE);
}

static void rst_outside_the_window_does_nothing(struct kunit *test)
{
	static const struct fsm_line lines[] = {
		FROM_A(RST_ACK, FSM_WINDOW + 2, 1, ESTABLISHED, ESTABLISHED,
		       .notes = IGNORED),
		FROM_A(RST_ACK, 0, 1, ESTABLISHED, ESTABLISHED,
		       .notes = IGNORED),
		FROM_A(RST, 0x70000001, 0, ESTABLISHED, ESTABLISHED,
		       .notes = IGNORED),
	};
	struct fsm_script *script = fsm_opened(test);

	FSM_PLAY(script, lines);
	fsm_expect_verdict(script, TCPSTATE_VERDICT_NONE);
}

static void local_rst_closes_its_sender_whoever_believes_it(struct kunit *test)
{
	static const struct fsm_line lines[] = {
		FROM_A(RST_ACK, 2, 1, CLOSED, ESTABLISHED, .local = true,
		       .notes = CHALLENGE, .transitions = { TRANSITION(A, SND_RST) }),
	};

	FSM_PLAY(fsm_opened(test), lines);
}

/* rcv_nxt runs ahead of a delayed ACK. */
static void rst_behind_data_not_yet_acknowledged_is_exact(struct kunit *test)
{
	static const struct fsm_line lines[] = {
		FROM_A(PSH_ACK, 1, 1, ESTABLISHED, ESTABLISHED, .len = 100),
		FROM_A(RST_ACK, 51, 1, ESTABLISHED, ESTABLISHED,
		       .notes = CHALLENGE),
		FROM_A(RST_ACK, 101, 1, CLOSED, CLOSED),
	};

	FSM_PLAY(fsm_opened(test), lines);
}

/* What was sent may not have arrived, and A's host may have restarted. */
static void rst_at_the_last_ack_is_believed_until_more_is_acknowledged(struct kunit *test)
{
	static const struct fsm_line lost[] = {
		FROM_A(PSH_ACK, 1, 1, ESTABLISHED, ESTABLISHED, .len = 100),
		FROM_A(RST_ACK, 1, 1, CLOSED, CLOSED, .forwarded = true),
	};
	static const struct fsm_line arrived[] = {
		FROM_A(PSH_ACK, 1, 1, ESTABLISHED, ESTABLISHED, .len = 100),
		FROM_A(RST_ACK, 1, 1, CLOSED, CLOSED, .forwarded = true),
		FROM_B(ACK, 1, 101, ESTABLISHED, ESTABLISHED,
		       .notes = TCPSTATE_NOTE_RETRACT),
		FROM_A(RST_ACK, 101, 1, CLOSED, CLOSED),
	};

	FSM_PLAY(fsm_opened(test), lost);
	FSM_PLAY(fsm_opened(test), arrived);
}

/* It answers an ACK that was under way; what came since is there. */
static void rst_at_the_last_ack_means_nothing_to_who_has_received_more(struct kunit *test)
{
	static const struct fsm_line data[] = {
		FROM_A(PSH_ACK, 1, 1, ESTABLISHED, ESTABLISHED, .len = 100),
		FROM_A(RST, 1, 0, ESTABLISHED, ESTABLISHED, .notes = CHALLENGE),
		FROM_A(RST, 101, 0, CLOSED, CLOSED),
	};
	static const struct fsm_line fin[] = {
		FROM_A(PSH_ACK, 1, 1, ESTABLISHED, ESTABLISHED, .len = 100),
		FROM_A(FIN_ACK, 101, 1, FIN_WAIT_1, ESTABLISHED),
		FROM_A(RST, 1, 0, FIN_WAIT_1, ESTABLISHED, .notes = CHALLENGE),
		FROM_A(RST, 101, 0, CLOSED, CLOSED,
		       .transitions = { TRANSITION(A, SND_RST), TRANSITION(B, RCV_FIN),
				   TRANSITION(B, RCV_RST) }),
	};

	FSM_PLAY(fsm_opened(test), data);
	FSM_PLAY(fsm_opened(test), fin);
}

/* It came, but its window was closed or its memory full. */
static void rst_at_the_last_ack_counts_where_the_local_end_dropped_the_rest(struct kunit *test)
{
	static const struct fsm_line none[] = {
		FROM_A(PSH_ACK, 1, 1, ESTABLISHED, ESTABLISHED, .len = 100),
		FROM_B(ACK, 1, 1, ESTABLISHED, ESTABLISHED, .win = SHUT, .local = true),
		FROM_A(RST, 1, 0, CLOSED, CLOSED),
	};
	static const struct fsm_line some[] = {
		FROM_A(PSH_ACK, 101, 1, ESTABLISHED, ESTABLISHED, .len = 100),
		FROM_A(PSH_ACK, 1, 1, ESTABLISHED, ESTABLISHED, .len = 50),
		FROM_A(PSH_ACK, 51, 1, ESTABLISHED, ESTABLISHED, .len = 50),
		FROM_B(ACK, 1, 51, ESTABLISHED, ESTABLISHED, .local = true),
		FROM_A(RST, 101, 0, ESTABLISHED, ESTABLISHED, .notes = CHALLENGE),
		FROM_A(RST, 51, 0, CLOSED, CLOSED),
	};
	static const struct fsm_line again[] = {
		FROM_A(PSH_ACK, 1, 1, ESTABLISHED, ESTABLISHED, .len = 100),
		FROM_B(ACK, 1, 1, ESTABLISHED, ESTABLISHED, .win = SHUT, .local = true),
		FROM_A(PSH_ACK, 1, 1, ESTABLISHED, ESTABLISHED, .len = 100),
		FROM_A(RST, 1, 0, ESTABLISHED, ESTABLISHED, .notes = CHALLENGE),
		FROM_A(RST, 101, 0, CLOSED, CLOSED),
	};
	static const struct fsm_line of_another[] = {
		FROM_A(PSH_ACK, 1, 1, ESTABLISHED, ESTABLISHED, .len = 100),
		FROM_B(ACK, 1, 1, ESTABLISHED, ESTABLISHED),
		FROM_A(RST, 101, 0, CLOSED, CLOSED),
	};

	FSM_PLAY(fsm_opened(test), none);
	FSM_PLAY(fsm_opened(test), some);
	FSM_PLAY(fsm_opened(test), again);
	FSM_PLAY(fsm_opened(test), of_another);
}

/* Linux sends such when the FIN was counted by one side only. */
static void rst_one_below_rcv_nxt_counts_after_a_fin(struct kunit *test)
{
	static const struct fsm_line close_wait[] = {
		FROM_A(FIN_ACK, 1, 1, FIN_WAIT_1, ESTABLISHED),
		FROM_B(ACK, 1, 2, FIN_WAIT_2, CLOSE_WAIT),
		FROM_A(RST_ACK, 1, 1, CLOSED, CLOSED),
	};
	static const struct fsm_line last_ack[] = {
		FROM_A(FIN_ACK, 1, 1, FIN_WAIT_1, ESTABLISHED),
		FROM_B(FIN_ACK, 1, 2, FIN_WAIT_2, LAST_ACK),
		FROM_A(RST_ACK, 1, 1, CLOSED, CLOSED),
	};
	static const struct fsm_line closing[] = {
		FROM_A(FIN_ACK, 1, 1, FIN_WAIT_1, ESTABLISHED),
		FROM_B(FIN_ACK, 1, 1, FIN_WAIT_1, FIN_WAIT_1),
		FROM_B(ACK, 2, 2, FIN_WAIT_1, CLOSING),
		FROM_A(RST_ACK, 1, 1, CLOSED, CLOSED),
	};

	FSM_PLAY(fsm_opened(test), close_wait);
	FSM_PLAY(fsm_opened(test), last_ack);
	FSM_PLAY(fsm_opened(test), closing);
}

/* Nobody said that the FIN arrived, but it did if the RST finds it there. */
static void rst_one_below_rcv_nxt_counts_before_the_fin_is_acknowledged(struct kunit *test)
{
	static const struct fsm_line fin[] = {
		FROM_A(FIN_ACK, 1, 1, FIN_WAIT_1, ESTABLISHED),
		FROM_A(RST_ACK, 1, 1, CLOSED, CLOSED),
	};
	static const struct fsm_line crossing[] = {
		FROM_B(FIN_ACK, 1, 1, ESTABLISHED, FIN_WAIT_1),
		FROM_A(FIN_ACK, 1, 1, FIN_WAIT_1, FIN_WAIT_1),
		FROM_A(RST_ACK, 1, 1, CLOSED, CLOSED),
	};
	static const struct fsm_line beyond_a_gap[] = {
		FROM_A(FIN_ACK, 101, 1, FIN_WAIT_1, ESTABLISHED),
		FROM_A(RST_ACK, 101, 1, FIN_WAIT_1, ESTABLISHED,
		       .notes = CHALLENGE),
	};

	FSM_PLAY(fsm_opened(test), fin);
	FSM_PLAY(fsm_opened(test), crossing);
	FSM_PLAY(fsm_opened(test), beyond_a_gap);
}

/* As Linux answers an ACK that crossed its FIN, and was under way to nobody. */
static void rst_one_below_rcv_nxt_first_delivers_the_fin_it_finds(struct kunit *test)
{
	static const struct fsm_line fin[] = {
		FROM_A(FIN_ACK, 1, 1, FIN_WAIT_1, ESTABLISHED),
		FROM_A(RST, 1, 0, CLOSED, CLOSED,
		       .transitions = { TRANSITION(A, SND_RST), TRANSITION(B, RCV_FIN),
				   TRANSITION(B, RCV_RST) }),
	};
	static const struct fsm_line crossing[] = {
		FROM_B(FIN_ACK, 1, 1, ESTABLISHED, FIN_WAIT_1),
		FROM_A(FIN_ACK, 1, 1, FIN_WAIT_1, FIN_WAIT_1),
		FROM_A(RST, 1, 0, CLOSED, CLOSED,
		       .transitions = { TRANSITION(A, SND_RST), TRANSITION(B, RCV_FIN),
				   TRANSITION(B, RCV_RST) }),
	};

	FSM_PLAY(fsm_opened(test), fin);
	FSM_PLAY(fsm_opened(test), crossing);
}

static void rst_one_below_rcv_nxt_does_nothing_without_a_fin(struct kunit *test)
{
	static const struct fsm_line lines[] = {
		FROM_A(PSH_ACK, 1, 1, ESTABLISHED, ESTABLISHED, .len = 100),
		FROM_B(ACK, 1, 101, ESTABLISHED, ESTABLISHED),
		FROM_A(RST_ACK, 100, 1, ESTABLISHED, ESTABLISHED,
		       .notes = IGNORED),
	};

	FSM_PLAY(fsm_opened(test), lines);
}

static void rst_at_the_right_edge_of_the_sack_is_believed(struct kunit *test)
{
	static const struct fsm_line lines[] = {
		FROM_A(SYN, 0, 0, SYN_SENT, LISTEN, .sack = true),
		FROM_B(SYN_ACK, 0, 1, SYN_SENT, SYN_RECEIVED, .sack = true),
		FROM_A(ACK, 1, 1, ESTABLISHED, ESTABLISHED),
		FROM_A(PSH_ACK, 101, 1, ESTABLISHED, ESTABLISHED, .len = 100),
		FROM_B(ACK, 1, 1, ESTABLISHED, ESTABLISHED),
		FROM_A(RST_ACK, 150, 1, ESTABLISHED, ESTABLISHED,
		       .notes = CHALLENGE),
		FROM_A(RST_ACK, 201, 1, CLOSED, CLOSED),
	};

	FSM_PLAY(fsm_new(test), lines);
}

/* Linux checks the window first, and what it dropped is in no SACK block. */
static void rst_at_the_end_of_what_was_not_taken_is_ignored(struct kunit *test)
{
	static const struct fsm_line opened[] = {
		FROM_A(SYN, 0, 0, SYN_SENT, LISTEN, .sack = true),
		FROM_B(SYN_ACK, 0, 1, SYN_SENT, SYN_RECEIVED, .sack = true, .win = 1000),
		FROM_A(ACK, 1, 1, ESTABLISHED, ESTABLISHED),
	};
	static const struct fsm_line beyond_the_window[] = {
		FROM_A(PSH_ACK, 901, 1, ESTABLISHED, ESTABLISHED, .len = 1000),
		FROM_B(ACK, 1, 1, ESTABLISHED, ESTABLISHED, .win = 1000),
		FROM_A(RST_ACK, 1901, 1, ESTABLISHED, ESTABLISHED, .notes = IGNORED),
		FROM_A(RST_ACK, 1, 1, CLOSED, CLOSED),
	};
	static const struct fsm_line dropped[] = {
		FROM_A(PSH_ACK, 1, 1, ESTABLISHED, ESTABLISHED, .len = 100),
		FROM_B(ACK, 1, 1, ESTABLISHED, ESTABLISHED, .win = 1000, .local = true),
		FROM_A(RST_ACK, 101, 1, ESTABLISHED, ESTABLISHED, .notes = CHALLENGE),
		FROM_A(RST_ACK, 1, 1, CLOSED, CLOSED),
	};
	struct fsm_script *script = fsm_new(test);

	FSM_PLAY(script, opened);
	FSM_PLAY(script, beyond_the_window);
	script = fsm_new(test);
	FSM_PLAY(script, opened);
	FSM_PLAY(script, dropped);
}

static void rst_beyond_a_gap_is_challenged_without_sack(struct kunit *test)
{
	static const struct fsm_line lines[] = {
		FROM_A(PSH_ACK, 101, 1, ESTABLISHED, ESTABLISHED, .len = 100),
		FROM_B(ACK, 1, 1, ESTABLISHED, ESTABLISHED),
		FROM_A(RST_ACK, 201, 1, ESTABLISHED, ESTABLISHED,
		       .notes = CHALLENGE),
		FROM_A(RST_ACK, 1, 1, CLOSED, CLOSED),
	};

	FSM_PLAY(fsm_opened(test), lines);
}

static void rst_beyond_a_gap_is_challenged_when_one_end_has_no_sack(struct kunit *test)
{
	static const struct fsm_line lines[] = {
		FROM_A(SYN, 0, 0, SYN_SENT, LISTEN, .sack = true),
		FROM_B(SYN_ACK, 0, 1, SYN_SENT, SYN_RECEIVED),
		FROM_A(ACK, 1, 1, ESTABLISHED, ESTABLISHED),
		FROM_A(PSH_ACK, 101, 1, ESTABLISHED, ESTABLISHED, .len = 100),
		FROM_B(ACK, 1, 1, ESTABLISHED, ESTABLISHED),
		FROM_A(RST_ACK, 201, 1, ESTABLISHED, ESTABLISHED,
		       .notes = CHALLENGE),
	};

	FSM_PLAY(fsm_new(test), lines);
}

/* The gap begins behind what came in order but was not yet acknowledged. */
static void rst_at_the_gap_is_exact(struct kunit *test)
{
	static const struct fsm_line lines[] = {
		FROM_A(PSH_ACK, 1, 1, ESTABLISHED, ESTABLISHED, .len = 100),
		FROM_A(PSH_ACK, 201, 1, ESTABLISHED, ESTABLISHED, .len = 100),
		FROM_A(RST_ACK, 301, 1, ESTABLISHED, ESTABLISHED,
		       .notes = CHALLENGE),
		FROM_A(RST_ACK, 101, 1, CLOSED, CLOSED),
	};

	FSM_PLAY(fsm_opened(test), lines);
}

static void believed_rst_first_delivers_the_fin_before_it(struct kunit *test)
{
	static const struct fsm_line lines[] = {
		FROM_A(FIN_ACK, 1, 1, FIN_WAIT_1, ESTABLISHED),
		FROM_A(RST_ACK, 2, 1, CLOSED, CLOSED,
		       .transitions = { TRANSITION(A, SND_RST), TRANSITION(B, RCV_FIN),
				   TRANSITION(B, RCV_RST) }),
	};
	struct fsm_script *script = fsm_opened(test);

	FSM_PLAY(script, lines);
	fsm_expect_verdict(script, TCPSTATE_VERDICT_RESET_BY_INITIATOR);
}

static void rst_can_prove_the_other_s_fin_received(struct kunit *test)
{
	static const struct fsm_line lines[] = {
		FROM_A(FIN_ACK, 1, 1, FIN_WAIT_1, ESTABLISHED),
		FROM_B(RST_ACK, 1, 2, CLOSED, CLOSED,
		       .transitions = { TRANSITION(B, RCV_FIN), TRANSITION(B, SND_RST),
				   TRANSITION(A, RCV_RST) }),
	};
	struct fsm_script *script = fsm_opened(test);

	FSM_PLAY(script, lines);
	fsm_expect_verdict(script, TCPSTATE_VERDICT_RESET_BY_RESPONDER);
}

static void rst_in_syn_received_ends_the_record(struct kunit *test)
{
	static const struct fsm_line lines[] = {
		FROM_A(SYN, 0, 0, SYN_SENT, LISTEN),
		FROM_B(SYN_ACK, 0, 1, SYN_SENT, SYN_RECEIVED),
		FROM_A(RST_ACK, 1, 1, CLOSED, CLOSED),
	};
	struct fsm_script *script = fsm_new(test);

	FSM_PLAY(script, lines);
	fsm_expect_verdict(script, TCPSTATE_VERDICT_RESET_BY_INITIATOR);
}

/* The RST is judged before the ACK everywhere but in SYN_SENT: 3.10.7.4. */
static void rst_is_judged_before_its_ack(struct kunit *test)
{
	static const struct fsm_line lines[] = {
		FROM_A(RST_ACK, 1, 70000, CLOSED, CLOSED),
	};

	FSM_PLAY(fsm_opened(test), lines);
}

static struct kunit_case fsm_reset_cases[] = {
	FSM_CASE(rst_that_acknowledges_the_syn_refuses_it),
	FSM_CASE(rst_with_another_ack_refuses_nothing),
	FSM_CASE(rst_that_acknowledges_a_fast_open_s_data_refuses_it),
	FSM_CASE(rst_against_a_bad_ack_leaves_its_sender_in_syn_sent),
	FSM_CASE(local_rst_against_a_bad_ack_leaves_its_sender_opening),
	FSM_CASE(figure_11_old_duplicate_syn_resets_two_passive_sockets),
	FSM_CASE(figure_10_data_to_a_crashed_host_finds_it_gone),
	FSM_CASE(rst_against_the_third_segment_is_of_no_socket),
	FSM_CASE(rst_without_ack_in_fin_wait_is_an_abort),
	FSM_CASE(exact_rst_closes_both_ends),
	FSM_CASE(exact_rst_of_the_responder_is_told_apart),
	FSM_CASE(rst_inside_the_window_draws_a_challenge_and_changes_nothing),
	FSM_CASE(rst_outside_the_window_does_nothing),
	FSM_CASE(local_rst_closes_its_sender_whoever_believes_it),
	FSM_CASE(rst_behind_data_not_yet_acknowledged_is_exact),
	FSM_CASE(rst_at_the_last_ack_is_believed_until_more_is_acknowledged),
	FSM_CASE(rst_at_the_last_ack_means_nothing_to_who_has_received_more),
	FSM_CASE(rst_at_the_last_ack_counts_where_the_local_end_dropped_the_rest),
	FSM_CASE(rst_one_below_rcv_nxt_counts_after_a_fin),
	FSM_CASE(rst_one_below_rcv_nxt_counts_before_the_fin_is_acknowledged),
	FSM_CASE(rst_one_below_rcv_nxt_first_delivers_the_fin_it_finds),
	FSM_CASE(rst_one_below_rcv_nxt_does_nothing_without_a_fin),
	FSM_CASE(rst_at_the_right_edge_of_the_sack_is_believed),
	FSM_CASE(rst_at_the_end_of_what_was_not_taken_is_ignored),
	FSM_CASE(rst_beyond_a_gap_is_challenged_without_sack),
	FSM_CASE(rst_beyond_a_gap_is_challenged_when_one_end_has_no_sack),
	FSM_CASE(rst_at_the_gap_is_exact),
	FSM_CASE(believed_rst_first_delivers_the_fin_before_it),
	FSM_CASE(rst_can_prove_the_other_s_fin_received),
	FSM_CASE(rst_in_syn_received_ends_the_record),
	FSM_CASE(rst_is_judged_before_its_ack),
	{}
};

static struct kunit_suite fsm_reset_suite = {
	.name = "tcpstate_fsm_reset",
	.test_cases = fsm_reset_cases,
};

kunit_test_suite(fsm_reset_suite);
