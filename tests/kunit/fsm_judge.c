// SPDX-License-Identifier: GPL-2.0-only
/* Which segments their receiver takes, where one more number or flag decides. */
#include "fsm_cases.h"

#define DAY_US		(24ull * 3600 * 1000 * 1000)
#define TS_LIFE_US	(2147ull * 1000 * 1000)

/* Only A is heard: what B did follows from A's segments. */
static struct fsm_script *half_heard(struct kunit *test)
{
	static const struct fsm_line lines[] = {
		FROM_A(SYN, 0, 0, SYN_SENT, LISTEN),
		FROM_A(ACK, 1, 1, ESTABLISHED, ESTABLISHED),
	};
	struct fsm_script *script = fsm_new(test);

	FSM_PLAY(script, lines);
	return script;
}

static struct fsm_script *opened_with_timestamps(struct kunit *test)
{
	static const struct fsm_line lines[] = {
		FROM_A(SYN, 0, 0, SYN_SENT, LISTEN, .ts = 100),
		FROM_B(SYN_ACK, 0, 1, SYN_SENT, SYN_RECEIVED, .ts = 500),
		FROM_A(ACK, 1, 1, ESTABLISHED, ESTABLISHED, .ts = 110),
	};
	struct fsm_script *script = fsm_new(test);

	FSM_PLAY(script, lines);
	return script;
}

/* RFC 7323, 5.5; Linux's TCP_PAWS_WRAP. */
static void timestamp_is_not_too_old_after_2147_idle_seconds(struct kunit *test)
{
	static const struct fsm_line old[] = {
		FROM_A(PSH_ACK, 1, 1, ESTABLISHED, ESTABLISHED, .len = 10, .ts = 50,
		       .notes = OLD_TS),
	};
	static const struct fsm_line taken[] = {
		FROM_A(PSH_ACK, 1, 1, ESTABLISHED, ESTABLISHED, .len = 10, .ts = 50),
		FROM_A(PSH_ACK, 11, 1, ESTABLISHED, ESTABLISHED, .len = 10, .ts = 60),
		FROM_A(PSH_ACK, 21, 1, ESTABLISHED, ESTABLISHED, .len = 10, .ts = 48,
		       .notes = OLD_TS),
	};
	struct fsm_script *script = opened_with_timestamps(test);

	/* A line comes 1 ms after the one before. */
	script->now_us += TS_LIFE_US - 2000;
	FSM_PLAY(script, old);
	script = opened_with_timestamps(test);
	script->now_us += TS_LIFE_US - 1000;
	FSM_PLAY(script, taken);
	script = opened_with_timestamps(test);
	script->now_us += 24 * DAY_US;
	FSM_PLAY(script, taken);
}

/*
 * They are as old if the first segment after the silence is not one whose timestamp its receiver
 * keeps, and those of the other end are, too.
 */
static void timestamps_before_a_long_silence_are_forgotten(struct kunit *test)
{
	static const struct fsm_line of_the_answer[] = {
		FROM_A(PSH_ACK, 1, 1, ESTABLISHED, ESTABLISHED, .len = 10, .ts = 120),
		FROM_B(PSH_ACK, 1, 11, ESTABLISHED, ESTABLISHED, .len = 10, .ts = 400),
		FROM_B(PSH_ACK, 11, 11, ESTABLISHED, ESTABLISHED, .len = 10, .ts = 300,
		       .notes = OLD_TS),
	};
	static const struct fsm_line behind_a_gap[] = {
		FROM_A(PSH_ACK, 101, 1, ESTABLISHED, ESTABLISHED, .len = 10, .ts = 50),
		FROM_A(PSH_ACK, 1, 1, ESTABLISHED, ESTABLISHED, .len = 100, .ts = 60),
	};
	static const struct fsm_line behind_a_probe[] = {
		FROM_A(ACK, 0, 1, ESTABLISHED, ESTABLISHED, .ts = 50,
		       .notes = IGNORED | TCPSTATE_NOTE_KEEPALIVE),
		FROM_B(PSH_ACK, 1, 1, ESTABLISHED, ESTABLISHED, .len = 10, .ts = 400),
		FROM_A(PSH_ACK, 1, 11, ESTABLISHED, ESTABLISHED, .len = 10, .ts = 60),
	};
	static const struct fsm_line without_one[] = {
		FROM_A(PSH_ACK, 1, 1, ESTABLISHED, ESTABLISHED, .len = 10),
		FROM_A(PSH_ACK, 11, 1, ESTABLISHED, ESTABLISHED, .len = 10, .ts = 50),
	};
	struct fsm_script *script = opened_with_timestamps(test);

	script->now_us += TS_LIFE_US;
	FSM_PLAY(script, of_the_answer);
	script = opened_with_timestamps(test);
	script->now_us += TS_LIFE_US;
	FSM_PLAY(script, behind_a_gap);
	script = opened_with_timestamps(test);
	script->now_us += TS_LIFE_US;
	FSM_PLAY(script, behind_a_probe);
	fsm_expect_flags(script, TCPSTATE_F_TS | TCPSTATE_F_TS << 1,
			 TCPSTATE_F_TS | TCPSTATE_F_TS << 1);
	script = opened_with_timestamps(test);
	script->now_us += TS_LIFE_US;
	FSM_PLAY(script, without_one);
}

/* The limit holds between the segments of a handshake, and for its end, too. */
static void timestamps_of_a_handshake_are_forgotten_as_well(struct kunit *test)
{
	static const struct fsm_line syn[] = {
		FROM_A(SYN, 0, 0, SYN_SENT, LISTEN, .ts = 100),
	};
	static const struct fsm_line syn_ack[] = {
		FROM_B(SYN_ACK, 0, 1, SYN_SENT, SYN_RECEIVED, .ts = 500),
	};
	static const struct fsm_line third[] = {
		FROM_A(ACK, 1, 1, ESTABLISHED, ESTABLISHED, .ts = 50),
	};
	static const struct fsm_line closing[] = {
		FROM_A(FIN_ACK, 1, 1, FIN_WAIT_1, ESTABLISHED, .ts = 120),
		FROM_B(FIN_ACK, 1, 2, FIN_WAIT_2, LAST_ACK, .ts = 400),
	};
	struct fsm_script *script = fsm_new(test);

	FSM_PLAY(script, syn);
	script->now_us += TS_LIFE_US;
	FSM_PLAY(script, syn_ack);
	FSM_PLAY(script, third);
	script = fsm_new(test);
	FSM_PLAY(script, syn);
	FSM_PLAY(script, syn_ack);
	script->now_us += TS_LIFE_US;
	FSM_PLAY(script, third);
	script = opened_with_timestamps(test);
	script->now_us += TS_LIFE_US;
	FSM_PLAY(script, closing);
}

/* Linux's tcp_paws_check(): some hosts send a SYN with 0, and then timestamps of any size. */
static void timestamp_of_0_makes_no_later_one_too_old(struct kunit *test)
{
	struct fsm_script *script = opened_with_timestamps(test);
	struct fsm_line line = FROM_A(PSH_ACK, 1, 1, ESTABLISHED, ESTABLISHED, .len = 10);

	/* As it was in the SYN */
	script->front.conn.end[A].ts = 0;
	line.ts = 0x90000000 - script->shift[A];
	fsm_play(script, &line, 1);
	line.seq += 10;
	line.ts++;
	fsm_play(script, &line, 1);
	line.seq += 10;
	line.ts -= 100;
	line.notes = OLD_TS;
	fsm_play(script, &line, 1);
}

/*
 * Linux's tcp_disordered_ack() asks for RCV.NXT, and for an ACK that cannot update the
 * window: data that came before it makes a later number such an update.
 */
static void old_pure_ack_passes_paws_only_at_a_number_seen_before(struct kunit *test)
{
	static const struct fsm_line behind[] = {
		FROM_A(PSH_ACK, 1, 1, ESTABLISHED, ESTABLISHED, .len = 100, .ts = 120),
		FROM_A(ACK, 1, 1, ESTABLISHED, ESTABLISHED, .ts = 105, .notes = OLD_TS),
		FROM_A(ACK, 101, 1, ESTABLISHED, ESTABLISHED, .ts = 105, .notes = OLD_TS),
	};
	/* The SYN/ACK had number 0. */
	static const struct fsm_line first[] = {
		FROM_A(SYN, 0, 0, SYN_SENT, LISTEN, .ts = 100),
		FROM_B(SYN_ACK, 0, 1, SYN_SENT, SYN_RECEIVED, .ts = 500),
		FROM_B(ACK, 1, 1, SYN_SENT, SYN_RECEIVED, .ts = 400, .notes = OLD_TS),
	};

	FSM_PLAY(opened_with_timestamps(test), behind);
	FSM_PLAY(fsm_new(test), first);
}

/* tcp_disordered_ack() looks at the ACK, and at nothing but that. */
static void old_pure_ack_passes_paws_with_any_other_flag(struct kunit *test)
{
	static const struct fsm_line lines[] = {
		FROM_A(ACK, 1, 1, ESTABLISHED, ESTABLISHED, .ts = 120),
		FROM_A(ACK | TCPSTATE_FLAG_ECE, 1, 1, ESTABLISHED, ESTABLISHED, .ts = 105),
		FROM_A(ACK | TCPSTATE_FLAG_CWR, 1, 1, ESTABLISHED, ESTABLISHED, .ts = 105),
		FROM_A(PSH_ACK | TCPSTATE_FLAG_URG, 1, 1, ESTABLISHED, ESTABLISHED, .ts = 105),
	};

	FSM_PLAY(opened_with_timestamps(test), lines);
}

/* tcp_validate_incoming(): such a SYN draws a challenge, whatever its timestamp. */
static void repeated_syn_ack_is_not_judged_by_its_timestamp(struct kunit *test)
{
	static const struct fsm_line lines[] = {
		FROM_B(SYN_ACK, 0, 1, ESTABLISHED, ESTABLISHED, .ts = 400, .notes = REPEAT),
	};

	FSM_PLAY(opened_with_timestamps(test), lines);
}

/* The largest window that its 16 bits and the largest scale allow */
static void pick_up_is_acknowledged_as_far_as_it_offered(struct kunit *test)
{
	static const struct fsm_line lines[] = {
		FROM_A(PSH_ACK, 1000, 5000, ESTABLISHED, ESTABLISHED, .len = 100),
		FROM_B(ACK, 5000, 1000, ESTABLISHED, ESTABLISHED),
		FROM_A(ACK, 1100, 5001 + (FSM_WINDOW << 14), ESTABLISHED, ESTABLISHED,
		       .notes = CHALLENGE),
		FROM_A(ACK, 1100, 5000 + (FSM_WINDOW << 14), ESTABLISHED, ESTABLISHED),
	};

	FSM_PLAY(fsm_new(test), lines);
}

static void what_passes_elsewhere_is_acknowledged_without_a_bound(struct kunit *test)
{
	static const struct fsm_line lines[] = {
		FROM_A(ACK, 1, 1, ESTABLISHED, ESTABLISHED),
		FROM_A(ACK, 1, 501, ESTABLISHED, ESTABLISHED),
		FROM_A(PSH_ACK, 1, 200501, ESTABLISHED, ESTABLISHED, .len = 100),
	};
	struct fsm_script *script = half_heard(test);

	FSM_PLAY(script, lines);
	KUNIT_EXPECT_EQ(test, tcpstate_conn_bytes(&script->front.conn, B), 200500);
	KUNIT_EXPECT_EQ(test, script->front.conn.end[A].ack_segs, 2);
}

/* Its RST was forged, and its SYN/ACK took another path. */
static void refused_end_may_have_sent_any_number(struct kunit *test)
{
	static const struct fsm_line lines[] = {
		FROM_A(SYN, 0, 0, SYN_SENT, LISTEN),
		FROM_B(RST_ACK, 0, 1, CLOSED, CLOSED),
		FROM_A(ACK, 1, 1, ESTABLISHED, ESTABLISHED, .notes = UNDO),
	};

	FSM_PLAY(fsm_new(test), lines);
}

/* A SYN/ACK that passes elsewhere offers at most 65535 bytes (RFC 7323, 2.2). */
static void opener_goes_on_within_an_unscaled_window(struct kunit *test)
{
	static const struct fsm_line within[] = {
		FROM_A(SYN, 0, 0, SYN_SENT, LISTEN, .scale = 7),
		FROM_A(ACK, 0x10001, 1, SYN_SENT, LISTEN, .notes = IGNORED),
		FROM_A(ACK, 0, 1, SYN_SENT, LISTEN, .notes = IGNORED),
		FROM_A(ACK, 0x10000, 1, ESTABLISHED, ESTABLISHED),
		/* Now a scale may apply. */
		FROM_A(PSH_ACK, 0x20000, 1, ESTABLISHED, ESTABLISHED, .len = 1),
	};
	/* Fast Open: it begins behind the data that was taken. */
	static const struct fsm_line fast_open[] = {
		FROM_A(SYN, 0, 0, SYN_SENT, LISTEN, .len = 100),
		FROM_A(ACK, 0x10001 + 100, 1, SYN_SENT, LISTEN, .notes = IGNORED),
		FROM_A(ACK, 0x10000 + 100, 1, ESTABLISHED, ESTABLISHED),
	};

	FSM_PLAY(fsm_new(test), within);
	FSM_PLAY(fsm_new(test), fast_open);
}

/* Conntrack says that the numbers change: the opening passed on the other side. */
static void opener_whose_peer_is_picked_up_sends_as_much_as_it_likes(struct kunit *test)
{
	static const struct fsm_line opening[] = {
		FROM_A(SYN, 0, 0, SYN_SENT, LISTEN),
		FROM_B(ACK, 5000, 1, ESTABLISHED, ESTABLISHED, .adjusted = true),
	};
	struct fsm_line round[] = {
		FROM_A(PSH_ACK, 1, 5000, ESTABLISHED, ESTABLISHED, .len = 10000,
		       .adjusted = true),
		FROM_B(ACK, 5000, 10001, ESTABLISHED, ESTABLISHED, .adjusted = true),
	};
	struct fsm_script *script = fsm_new(test);

	FSM_PLAY(script, opening);
	for (; round[0].seq < 80001; round[0].seq += 10000, round[1].ack += 10000)
		FSM_PLAY(script, round);
	KUNIT_EXPECT_EQ(test, tcpstate_conn_bytes(&script->front.conn, A), 80000);
}

/* RFC 9293, 3.10.7.4, fifth: without ACK it is dropped, whatever else it carries. */
static void segment_without_ack_is_ignored(struct kunit *test)
{
	static const struct fsm_line lines[] = {
		FROM_A(0, 1, 0, ESTABLISHED, ESTABLISHED, .len = 10, .notes = IGNORED),
		FROM_A(TCPSTATE_FLAG_PSH, 1, 0, ESTABLISHED, ESTABLISHED, .len = 10,
		       .notes = IGNORED),
		FROM_A(FIN, 1, 0, ESTABLISHED, ESTABLISHED, .notes = IGNORED),
	};
	struct fsm_script *script = fsm_opened(test);

	FSM_PLAY(script, lines);
	KUNIT_EXPECT_EQ(test, tcpstate_conn_bytes(&script->front.conn, A), 0);
}

/* RFC 9293, 3.10.7.3, first: SEG.ACK =< ISS draws a RST. */
static void syn_ack_must_acknowledge_the_syn(struct kunit *test)
{
	static const struct fsm_line lines[] = {
		FROM_A(SYN, 0, 0, SYN_SENT, LISTEN),
		FROM_B(SYN_ACK, 0, 0, SYN_SENT, LISTEN, .notes = IGNORED),
		FROM_B(SYN_ACK, 0, 2, SYN_SENT, LISTEN, .notes = IGNORED),
		FROM_B(SYN_ACK, 0, 1, SYN_SENT, SYN_RECEIVED),
	};

	FSM_PLAY(fsm_new(test), lines);
}

static struct fsm_script *crossed_syns(struct kunit *test)
{
	static const struct fsm_line lines[] = {
		FROM_A(SYN, 0, 0, SYN_SENT, LISTEN),
		FROM_B(SYN, 0, 0, SYN_SENT, SYN_SENT),
	};
	struct fsm_script *script = fsm_new(test);

	FSM_PLAY(script, lines);
	return script;
}

/* It has taken the number of the other SYN; RFC 9293, 3.10.7.4, first, refuses another. */
static void end_in_syn_received_takes_no_other_syn_ack(struct kunit *test)
{
	static const struct fsm_line lines[] = {
		FROM_A(SYN_ACK, 0, 1, SYN_RECEIVED, SYN_SENT, .notes = REPEAT),
		FROM_B(SYN_ACK, 90000, 1, SYN_RECEIVED, SYN_SENT, .notes = IGNORED),
		FROM_B(SYN_ACK, 0, 1, ESTABLISHED, ESTABLISHED, .notes = REPEAT),
	};

	FSM_PLAY(crossed_syns(test), lines);
}

/* Its sender has gone on from the first. */
static void syn_ack_with_another_number_behind_a_fin_is_ignored(struct kunit *test)
{
	static const struct fsm_line lines[] = {
		FROM_A(SYN, 0, 0, SYN_SENT, LISTEN),
		FROM_B(SYN_ACK, 0, 1, SYN_SENT, SYN_RECEIVED),
		FROM_B(FIN_ACK, 1, 1, SYN_SENT, FIN_WAIT_1),
		FROM_B(SYN_ACK, 90000, 1, SYN_SENT, FIN_WAIT_1, .notes = IGNORED),
	};

	FSM_PLAY(fsm_new(test), lines);
}

/* An end that has been heard passes here, and so would have its SYN. */
static void syn_ack_does_not_answer_an_unseen_syn_of_an_end_that_was_heard(struct kunit *test)
{
	static const struct fsm_line refused[] = {
		FROM_A(SYN, 0, 0, SYN_SENT, LISTEN),
		FROM_B(RST_ACK, 0, 1, CLOSED, CLOSED),
		FROM_A(SYN_ACK, 0, 5001, CLOSED, CLOSED, .notes = REPEAT | IGNORED),
	};
	static const struct fsm_line picked_up[] = {
		FROM_A(SYN, 0, 0, SYN_SENT, LISTEN),
		FROM_B(ACK, 5000, 1, ESTABLISHED, ESTABLISHED, .adjusted = true),
		FROM_A(SYN_ACK, 0, 5000, ESTABLISHED, ESTABLISHED, .adjusted = true,
		       .notes = REPEAT | IGNORED),
	};
	/* Nor is its sender opening any more. */
	static const struct fsm_line gone_on[] = {
		FROM_A(SYN, 0, 0, SYN_SENT, LISTEN),
		FROM_A(ACK, 0x20000, 5000, ESTABLISHED, ESTABLISHED, .adjusted = true),
		FROM_A(SYN_ACK, 0, 5000, ESTABLISHED, ESTABLISHED, .adjusted = true,
		       .notes = REPEAT | IGNORED),
	};

	FSM_PLAY(fsm_new(test), refused);
	FSM_PLAY(fsm_new(test), picked_up);
	FSM_PLAY(fsm_new(test), gone_on);
}

/* RFC 9293, 3.10.7.1: a closed end answers with a RST, which is no challenge. */
static void syn_ack_to_a_closed_end_draws_no_challenge(struct kunit *test)
{
	static const struct fsm_line lines[] = {
		FROM_A(SYN_ACK, -9000, 2, TIME_WAIT, CLOSED, .notes = IGNORED),
	};

	FSM_PLAY(fsm_closed(test), lines);
}

/* RFC 5961, 4.2. Both ends in turn are the only one that has been heard. */
static void syn_of_a_picked_up_connection_is_challenged(struct kunit *test)
{
	static const struct fsm_line a_heard[] = {
		FROM_A(PSH_ACK, 1000, 5000, ESTABLISHED, ESTABLISHED, .len = 100),
		FROM_B(SYN_ACK, 4000, 1100, ESTABLISHED, ESTABLISHED, .notes = CHALLENGE),
		FROM_A(SYN, 9000, 0, ESTABLISHED, ESTABLISHED, .notes = CHALLENGE,
		       .incarnation = TCPSTATE_INCARNATION_NEW, PENDING(SYN_SENT, LISTEN)),
	};
	static const struct fsm_line b_heard[] = {
		FROM_B(PSH_ACK, 5000, 1000, ESTABLISHED, ESTABLISHED, .len = 100),
		FROM_B(SYN_ACK, 4000, 1000, ESTABLISHED, ESTABLISHED, .notes = CHALLENGE),
		FROM_A(SYN, 9000, 0, ESTABLISHED, ESTABLISHED, .notes = CHALLENGE,
		       .incarnation = TCPSTATE_INCARNATION_NEW, PENDING(SYN_SENT, LISTEN)),
	};

	FSM_PLAY(fsm_new(test), a_heard);
	FSM_PLAY(fsm_new(test), b_heard);
}

/* Only the byte at the window's edge, or one before the last ACK, asks for the window. */
static void old_byte_into_a_closed_window_is_no_probe(struct kunit *test)
{
	static const struct fsm_line lines[] = {
		FROM_A(PSH_ACK, 1, 1, ESTABLISHED, ESTABLISHED, .len = FSM_WINDOW),
		FROM_B(ACK, 1, FSM_WINDOW + 1, ESTABLISHED, ESTABLISHED, .win = SHUT),
		FROM_A(ACK, 5, 1, ESTABLISHED, ESTABLISHED, .len = 1, .notes = IGNORED),
	};

	FSM_PLAY(fsm_opened(test), lines);
}

/* It asks for an answer at one before what was acknowledged, and that is all it sent. */
static void last_byte_again_is_a_keep_alive_only_if_all_is_acknowledged(struct kunit *test)
{
	static const struct fsm_line unacknowledged[] = {
		FROM_A(PSH_ACK, 1, 1, ESTABLISHED, ESTABLISHED, .len = 100),
		FROM_A(PSH_ACK, 100, 1, ESTABLISHED, ESTABLISHED, .len = 1),
	};
	static const struct fsm_line more_sent[] = {
		FROM_A(PSH_ACK, 1, 1, ESTABLISHED, ESTABLISHED, .len = 100),
		FROM_B(ACK, 1, 101, ESTABLISHED, ESTABLISHED),
		FROM_A(PSH_ACK, 101, 1, ESTABLISHED, ESTABLISHED, .len = 100),
		FROM_A(PSH_ACK, 100, 1, ESTABLISHED, ESTABLISHED, .len = 1),
	};
	struct fsm_script *script = fsm_opened(test);

	FSM_PLAY(script, unacknowledged);
	KUNIT_EXPECT_EQ(test, script->front.conn.end[A].data_segs, 2);
	script = fsm_opened(test);
	FSM_PLAY(script, more_sent);
	KUNIT_EXPECT_EQ(test, script->front.conn.end[A].data_segs, 3);
}

/* The clock has whole milliseconds: after a trip of 1000 ms, 1001 may be 1000 and a bit. */
static void fin_again_proves_a_loss_after_the_round_trip_of_the_handshake(struct kunit *test)
{
	static const struct fsm_line opening[] = {
		FROM_A(SYN, 0, 0, SYN_SENT, LISTEN),
		FROM_B(SYN_ACK, 0, 1, SYN_SENT, SYN_RECEIVED, .after_us = 600000),
		FROM_A(ACK, 1, 1, ESTABLISHED, ESTABLISHED, .after_us = 400000),
		FROM_A(FIN_ACK, 1, 1, FIN_WAIT_1, ESTABLISHED),
		FROM_B(ACK, 1, 2, FIN_WAIT_2, CLOSE_WAIT),
	};
	static const struct fsm_line crossed[] = {
		FROM_A(FIN_ACK, 1, 1, FIN_WAIT_2, CLOSE_WAIT, .notes = REPEAT,
		       .after_us = 1001000),
	};
	static const struct fsm_line lost[] = {
		FROM_A(FIN_ACK, 1, 1, FIN_WAIT_1, CLOSE_WAIT, .notes = RETRACT,
		       .after_us = 1002000),
	};
	struct fsm_script *script = fsm_new(test);

	FSM_PLAY(script, opening);
	FSM_PLAY(script, crossed);
	script = fsm_new(test);
	FSM_PLAY(script, opening);
	FSM_PLAY(script, lost);
}

/* Linux retransmits after 200 ms at the earliest (TCP_RTO_MIN). */
static void fin_again_proves_a_loss_after_200_ms_without_a_measured_trip(struct kunit *test)
{
	static const struct fsm_line opening[] = {
		FROM_A(PSH_ACK, 1, 1, ESTABLISHED, ESTABLISHED, .len = 100),
		FROM_B(ACK, 1, 101, ESTABLISHED, ESTABLISHED),
		FROM_A(FIN_ACK, 101, 1, FIN_WAIT_1, ESTABLISHED),
		FROM_B(ACK, 1, 102, FIN_WAIT_2, CLOSE_WAIT),
	};
	static const struct fsm_line crossed[] = {
		FROM_A(FIN_ACK, 101, 1, FIN_WAIT_2, CLOSE_WAIT, .notes = REPEAT,
		       .after_us = 200000),
	};
	static const struct fsm_line lost[] = {
		FROM_A(FIN_ACK, 101, 1, FIN_WAIT_1, CLOSE_WAIT, .notes = RETRACT,
		       .after_us = 201000),
	};
	struct fsm_script *script = fsm_new(test);

	FSM_PLAY(script, opening);
	FSM_PLAY(script, crossed);
	script = fsm_new(test);
	FSM_PLAY(script, opening);
	FSM_PLAY(script, lost);
}

/* A retransmission carries the newest ACK. */
static void syn_ack_again_with_an_old_ack_is_a_late_copy(struct kunit *test)
{
	static const struct fsm_line lines[] = {
		FROM_A(PSH_ACK, 1, 1, ESTABLISHED, ESTABLISHED, .len = 100),
		FROM_B(ACK, 1, 101, ESTABLISHED, ESTABLISHED),
		FROM_B(SYN_ACK, 0, 1, ESTABLISHED, ESTABLISHED, .notes = REPEAT,
		       .after_us = 1000000),
	};

	FSM_PLAY(fsm_opened(test), lines);
}

/* Fast Open: the window begins behind the data that the SYN/ACK acknowledges. */
static void opener_goes_on_within_the_window_of_the_syn_ack(struct kunit *test)
{
	static const struct fsm_line lines[] = {
		FROM_A(SYN, 0, 0, SYN_SENT, LISTEN, .len = 100),
		FROM_B(SYN_ACK, 0, 101, SYN_SENT, SYN_RECEIVED, .win = 0xffff),
		FROM_A(ACK, 102 + 0xffff, 1, SYN_SENT, SYN_RECEIVED, .notes = IGNORED),
		FROM_A(ACK, 101 + 0xffff, 1, ESTABLISHED, ESTABLISHED),
	};

	FSM_PLAY(fsm_new(test), lines);
}

/*
 * What its SYN carried need not have been taken: the SYN/ACK, which passed elsewhere, has
 * said so. Then it is sent again, or the connection is closed instead.
 */
static void fin_goes_on_from_its_syn_or_from_the_data_on_that(struct kunit *test)
{
	static const struct fsm_line syn[] = {
		FROM_A(SYN, 0, 0, SYN_SENT, LISTEN, .len = 100),
	};
	static const struct fsm_line from_syn[] = {
		FROM_A(FIN_ACK, 1, 1, FIN_WAIT_1, ESTABLISHED),
		FROM_B(ACK, 1, 2, FIN_WAIT_2, CLOSE_WAIT),
	};
	static const struct fsm_line with_data[] = {
		FROM_A(FIN_ACK, 1, 1, FIN_WAIT_1, ESTABLISHED, .len = 100),
		FROM_B(ACK, 1, 102, FIN_WAIT_2, CLOSE_WAIT),
	};
	struct fsm_script *script = fsm_new(test);

	FSM_PLAY(script, syn);
	FSM_PLAY(script, from_syn);
	script = fsm_new(test);
	FSM_PLAY(script, syn);
	FSM_PLAY(script, with_data);
}

/* Linux judges the timestamps of such a connection as those of any other. */
static void old_timestamp_of_an_end_to_itself_is_ignored(struct kunit *test)
{
	static const struct fsm_line lines[] = {
		FROM_A(SYN, 0, 0, SYN_SENT, LISTEN, .ts = 100),
		FROM_A(SYN_ACK, 0, 1, ESTABLISHED, LISTEN, .ts = 101, .free_notes = REPEAT),
		FROM_A(ACK, 1, 1, ESTABLISHED, LISTEN, .ts = 102),
		FROM_A(PSH_ACK, 1, 1, ESTABLISHED, LISTEN, .len = 10, .ts = 99,
		       .notes = OLD_TS),
		FROM_A(PSH_ACK, 1, 1, ESTABLISHED, LISTEN, .len = 10, .ts = 103),
	};
	struct fsm_script *script = fsm_new(test);

	script->selfish = true;
	FSM_PLAY(script, lines);
}

/* RFC 9293, 3.8.4: only an open connection is kept alive. */
static void end_in_syn_received_sends_no_keep_alive(struct kunit *test)
{
	static const struct fsm_line lines[] = {
		FROM_B(SYN_ACK, 0, 1, ESTABLISHED, SYN_RECEIVED, .local = true,
		       .notes = RETRACT),
		FROM_B(ACK, 0, 1, ESTABLISHED, SYN_RECEIVED, .notes = IGNORED),
		FROM_A(ACK, 1, 1, ESTABLISHED, ESTABLISHED),
		FROM_B(ACK, 0, 1, ESTABLISHED, ESTABLISHED,
		       .notes = TCPSTATE_NOTE_KEEPALIVE | IGNORED),
	};

	FSM_PLAY(fsm_opened(test), lines);
}

/* The responder's first data, before an ACK has said where the initiator's window lies */
static void segment_before_the_first_ack_lies_within_an_unscaled_window(struct kunit *test)
{
	static const struct fsm_line lines[] = {
		FROM_A(SYN, 0, 0, SYN_SENT, LISTEN),
		FROM_B(SYN_ACK, 0, 1, SYN_SENT, SYN_RECEIVED),
		FROM_B(PSH_ACK, 0x10001, 1, SYN_SENT, SYN_RECEIVED, .len = 1, .notes = IGNORED),
		FROM_B(PSH_ACK, 0x10000, 1, SYN_SENT, SYN_RECEIVED, .len = 1),
	};

	FSM_PLAY(fsm_new(test), lines);
}

/* RFC 9293, 3.10.7.4, first: it ends in the window, wherever it begins. */
static void segment_that_overlaps_the_last_ack_is_taken_before_a_full_window(struct kunit *test)
{
	static const struct fsm_line lines[] = {
		FROM_B(ACK, 1, 1, ESTABLISHED, ESTABLISHED, .win = 0xffff),
		FROM_A(PSH_ACK, 1, 1, ESTABLISHED, ESTABLISHED, .len = 0xffff),
		FROM_B(ACK, 1, 101, ESTABLISHED, ESTABLISHED, .win = 0xffff),
		FROM_A(PSH_ACK, 0x10000, 1, ESTABLISHED, ESTABLISHED, .len = 100),
		FROM_A(PSH_ACK, 51, 1, ESTABLISHED, ESTABLISHED, .len = 100),
	};

	FSM_PLAY(fsm_opened(test), lines);
}

/* The ACKs that move the window may still be carried by the flowtable. */
static void end_goes_on_anywhere_until_the_other_is_heard_again(struct kunit *test)
{
	static const struct fsm_line lines[] = {
		FROM_A(PSH_ACK, 1, 1, ESTABLISHED, ESTABLISHED, .len = 100),
		FROM_B(ACK, 1, 101, ESTABLISHED, ESTABLISHED, .offloaded = true),
		FROM_A(PSH_ACK, 500001, 1, ESTABLISHED, ESTABLISHED, .len = 100),
		FROM_A(PSH_ACK, 900001, 1, ESTABLISHED, ESTABLISHED, .len = 100),
		FROM_B(ACK, 1, 900101, ESTABLISHED, ESTABLISHED),
	};

	FSM_PLAY(fsm_opened(test), lines);
}

/* RFC 9293, 3.10.7.4, first: what lies before the window is trimmed off. */
static void first_segment_may_begin_at_the_number_of_the_syn(struct kunit *test)
{
	static const struct fsm_line lines[] = {
		FROM_A(SYN, 0, 0, SYN_SENT, LISTEN),
		FROM_B(SYN_ACK, 0, 1, SYN_SENT, SYN_RECEIVED),
		FROM_A(PSH_ACK, 0, 1, ESTABLISHED, ESTABLISHED, .len = 11),
	};
	struct fsm_script *script = fsm_new(test);

	FSM_PLAY(script, lines);
	KUNIT_EXPECT_EQ(test, tcpstate_conn_bytes(&script->front.conn, A), 10);
}

/* After 2 GiB its numbers no longer follow its SYN's. */
static void opener_whose_peer_is_picked_up_leaves_its_syn_behind(struct kunit *test)
{
	static const struct fsm_line lines[] = {
		FROM_A(SYN, 0, 0, SYN_SENT, LISTEN),
		FROM_B(ACK, 5000, 1, ESTABLISHED, ESTABLISHED, .adjusted = true),
		FROM_B(ACK, 5000, 1, ESTABLISHED, ESTABLISHED, .adjusted = true,
		       .offloaded = true),
		FROM_A(PSH_ACK, 0x60000000, 5000, ESTABLISHED, ESTABLISHED, .len = 1,
		       .adjusted = true),
		FROM_B(ACK, 5000, 0x60000001, ESTABLISHED, ESTABLISHED, .adjusted = true,
		       .offloaded = true),
		FROM_A(PSH_ACK, 0xa0000000, 5000, ESTABLISHED, ESTABLISHED, .len = 1,
		       .adjusted = true),
	};

	FSM_PLAY(fsm_new(test), lines);
}

static struct kunit_case fsm_judge_cases[] = {
	FSM_CASE(timestamp_is_not_too_old_after_2147_idle_seconds),
	FSM_CASE(timestamps_before_a_long_silence_are_forgotten),
	FSM_CASE(timestamps_of_a_handshake_are_forgotten_as_well),
	FSM_CASE(timestamp_of_0_makes_no_later_one_too_old),
	FSM_CASE(old_pure_ack_passes_paws_only_at_a_number_seen_before),
	FSM_CASE(old_pure_ack_passes_paws_with_any_other_flag),
	FSM_CASE(repeated_syn_ack_is_not_judged_by_its_timestamp),
	FSM_CASE(pick_up_is_acknowledged_as_far_as_it_offered),
	FSM_CASE(what_passes_elsewhere_is_acknowledged_without_a_bound),
	FSM_CASE(refused_end_may_have_sent_any_number),
	FSM_CASE(opener_goes_on_within_an_unscaled_window),
	FSM_CASE(opener_whose_peer_is_picked_up_sends_as_much_as_it_likes),
	FSM_CASE(segment_without_ack_is_ignored),
	FSM_CASE(syn_ack_must_acknowledge_the_syn),
	FSM_CASE(end_in_syn_received_takes_no_other_syn_ack),
	FSM_CASE(syn_ack_with_another_number_behind_a_fin_is_ignored),
	FSM_CASE(syn_ack_does_not_answer_an_unseen_syn_of_an_end_that_was_heard),
	FSM_CASE(syn_ack_to_a_closed_end_draws_no_challenge),
	FSM_CASE(syn_of_a_picked_up_connection_is_challenged),
	FSM_CASE(old_byte_into_a_closed_window_is_no_probe),
	FSM_CASE(last_byte_again_is_a_keep_alive_only_if_all_is_acknowledged),
	FSM_CASE(fin_again_proves_a_loss_after_the_round_trip_of_the_handshake),
	FSM_CASE(fin_again_proves_a_loss_after_200_ms_without_a_measured_trip),
	FSM_CASE(syn_ack_again_with_an_old_ack_is_a_late_copy),
	FSM_CASE(opener_goes_on_within_the_window_of_the_syn_ack),
	FSM_CASE(fin_goes_on_from_its_syn_or_from_the_data_on_that),
	FSM_CASE(old_timestamp_of_an_end_to_itself_is_ignored),
	FSM_CASE(end_in_syn_received_sends_no_keep_alive),
	FSM_CASE(segment_before_the_first_ack_lies_within_an_unscaled_window),
	FSM_CASE(segment_that_overlaps_the_last_ack_is_taken_before_a_full_window),
	FSM_CASE(end_goes_on_anywhere_until_the_other_is_heard_again),
	FSM_CASE(first_segment_may_begin_at_the_number_of_the_syn),
	FSM_CASE(opener_whose_peer_is_picked_up_leaves_its_syn_behind),
	{}
};

static struct kunit_suite fsm_judge_suite = {
	.name = "tcpstate_fsm_judge",
	.test_cases = fsm_judge_cases,
};

kunit_test_suite(fsm_judge_suite);
