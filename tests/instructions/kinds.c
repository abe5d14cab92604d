// SPDX-License-Identifier: GPL-2.0-only
/*
 * Takes one segment of each kind through the engine. Callgrind counts the instructions of
 * count_this() and of what it calls, and dumps the count under the kind's name. Each segment
 * has to lead to the states and notes that are written next to it.
 */
#include <linux/kernel.h>
#include <valgrind/callgrind.h>

#include "engine/fsm.h"
#include "engine/incarnation.h"
#include "engine/phase.h"
#include "engine/predict.h"

/* The two ends: A opens the connection, from a socket of this host. */
enum {
	A = TCPSTATE_INITIATOR,
	B = TCPSTATE_RESPONDER
};

enum {
	FIN = TCPSTATE_FLAG_FIN,
	SYN = TCPSTATE_FLAG_SYN,
	RST = TCPSTATE_FLAG_RST,
	ACK = TCPSTATE_FLAG_ACK,
	PSH_ACK = TCPSTATE_FLAG_PSH | ACK,
	SYN_ACK = SYN | ACK,
	FIN_ACK = FIN | ACK
};

#define PORT_A	60370
#define PORT_B	5000

/** struct line - one segment */
struct line {
	/** @kind: the name that its count gets, or NULL if it only leads to the next ones */
	const char *kind;
	/** @from: the end that sends it */
	int from;
	/** @flags: TCPSTATE_FLAG_* */
	__u8 flags;
	/** @seq: sequence number; the sender's first is 0 */
	__u32 seq;
	/** @ack: acknowledgment number; the receiver's first is 0 */
	__u32 ack;
	/** @len: bytes of payload */
	__u32 len;
	/** @state: the states of A and B after it */
	__u8 state[2];
	/** @notes: enum tcpstate_note bits */
	__u8 notes;
};

#define LINE(name, end, f, s, a, l, sa, sb, ...) \
	{ .kind = (name), .from = (end), .flags = (f), .seq = (s), .ack = (a), .len = (l), \
	  .state = { TCPSTATE_##sa, TCPSTATE_##sb }, ##__VA_ARGS__ }

static const struct line opening[] = {
	LINE("SYN", A, SYN, 0, 0, 0, SYN_SENT, LISTEN),
	LINE("SYN/ACK", B, SYN_ACK, 0, 1, 0, SYN_SENT, SYN_RECEIVED),
	LINE("third ACK", A, ACK, 1, 1, 0, ESTABLISHED, ESTABLISHED),
};

/* These follow an opening. */
static const struct line whole[] = {
	LINE("data", A, PSH_ACK, 1, 1, 100, ESTABLISHED, ESTABLISHED),
	LINE("ACK of data", B, ACK, 1, 101, 0, ESTABLISHED, ESTABLISHED),
	LINE("data with the flags of ECN", B, PSH_ACK | TCPSTATE_FLAG_ECE | TCPSTATE_FLAG_CWR, 1,
	     101, 500, ESTABLISHED, ESTABLISHED),
	LINE("data with an ACK of data", B, PSH_ACK, 501, 101, 500, ESTABLISHED, ESTABLISHED),
	LINE("FIN", A, FIN_ACK, 101, 1001, 0, FIN_WAIT_1, ESTABLISHED),
	LINE("ACK of the FIN", B, ACK, 1001, 102, 0, FIN_WAIT_2, CLOSE_WAIT),
	LINE("data after a FIN", B, PSH_ACK, 1001, 102, 10, FIN_WAIT_2, CLOSE_WAIT),
	LINE("ACK of data after a FIN", A, ACK, 102, 1011, 0, FIN_WAIT_2, CLOSE_WAIT),
	LINE("last FIN", B, FIN_ACK, 1011, 102, 0, FIN_WAIT_2, LAST_ACK),
	LINE("last ACK", A, ACK, 102, 1012, 0, TIME_WAIT, CLOSED),
	LINE("last FIN again", B, FIN_ACK, 1011, 102, 0, TIME_WAIT, CLOSED,
	     .notes = TCPSTATE_NOTE_REPEAT),
};

static const struct line closed_in_three[] = {
	LINE("FIN with data", A, FIN_ACK, 1, 1, 100, FIN_WAIT_1, ESTABLISHED),
	LINE("FIN with the ACK of a FIN", B, FIN_ACK, 1, 102, 0, FIN_WAIT_2, LAST_ACK),
	LINE(NULL, A, ACK, 102, 2, 0, TIME_WAIT, CLOSED),
};

static const struct line closed_at_once[] = {
	LINE(NULL, A, FIN_ACK, 1, 1, 0, FIN_WAIT_1, ESTABLISHED),
	LINE("FIN that crosses a FIN", B, FIN_ACK, 1, 1, 0, FIN_WAIT_1, FIN_WAIT_1),
};

static const struct line troubled[] = {
	LINE(NULL, A, PSH_ACK, 1, 1, 1000, ESTABLISHED, ESTABLISHED),
	LINE("retransmission", A, PSH_ACK, 1, 1, 1000, ESTABLISHED, ESTABLISHED),
	LINE("data out of order", A, PSH_ACK, 2001, 1, 1000, ESTABLISHED, ESTABLISHED),
	LINE("ACK below a gap", B, ACK, 1, 1001, 0, ESTABLISHED, ESTABLISHED),
	LINE("data that fills the gap", A, PSH_ACK, 1001, 1, 1000, ESTABLISHED, ESTABLISHED),
	LINE("ACK beyond the gap", B, ACK, 1, 3001, 0, ESTABLISHED, ESTABLISHED),
	LINE("keep-alive probe", A, ACK, 3000, 1, 0, ESTABLISHED, ESTABLISHED,
	     .notes = TCPSTATE_NOTE_KEEPALIVE | TCPSTATE_NOTE_UNACCEPTABLE),
	LINE("answer to the probe", B, ACK, 1, 3001, 0, ESTABLISHED, ESTABLISHED),
	LINE("RST", B, RST, 1, 0, 0, CLOSED, CLOSED),
	LINE("segment after a RST", A, PSH_ACK, 3001, 1, 100, CLOSED, CLOSED),
};

/* These do not. */
static const struct line refused[] = {
	LINE(NULL, A, SYN, 0, 0, 0, SYN_SENT, LISTEN),
	LINE("SYN again", A, SYN, 0, 0, 0, SYN_SENT, LISTEN, .notes = TCPSTATE_NOTE_REPEAT),
	LINE("RST that refuses", B, RST | ACK, 0, 1, 0, CLOSED, CLOSED),
};

static const struct line picked_up[] = {
	LINE("data that is picked up", A, PSH_ACK, 5001, 7001, 100, ESTABLISHED, ESTABLISHED),
	LINE("first answer to it", B, PSH_ACK, 7001, 5101, 100, ESTABLISHED, ESTABLISHED),
	LINE("second answer", A, PSH_ACK, 5101, 7101, 100, ESTABLISHED, ESTABLISHED),
	LINE(NULL, B, ACK, 7101, 5201, 0, ESTABLISHED, ESTABLISHED),
	LINE("data after a pick-up", A, PSH_ACK, 5201, 7101, 100, ESTABLISHED, ESTABLISHED),
	LINE("FIN after a pick-up", A, FIN_ACK, 5301, 7101, 0, FIN_WAIT_1, ESTABLISHED),
};

/*
 * What track.c asks of the engine. Return 0xffffffff if the segment is another connection's, or
 * the timeout classes, so that no compiler leaves them out. Callgrind counts by function, so
 * this has to stay one.
 */
static __attribute__((noipa))
__u32 count_this(struct tcpstate_conn *conn, const struct tcpstate_segment *seg, int from,
		 bool begins, const struct tcpstate_time *time, struct tcpstate_result *result)
{
	enum tcpstate_timer before;

	if (begins) {
		from = tcpstate_incarnation_role(seg, from == A ? PORT_A : PORT_B,
						 from == A ? PORT_B : PORT_A);
		tcpstate_incarnation_begin(conn, seg, from);
		if (!tcpstate_predict_step(conn, seg, from, time, result))
			tcpstate_fsm_segment(conn, seg, from, !from, time, result);
		return tcpstate_phase_timer(conn);
	}
	if (tcpstate_predict_take(conn, seg, from, time->now_ms))
		return 0;
	if (tcpstate_incarnation_choose(conn, from, NULL, 0, seg) != TCPSTATE_INCARNATION_OLD)
		return 0xffffffff;
	before = tcpstate_phase_timer(conn);
	if (!tcpstate_predict_step(conn, seg, from, time, result))
		tcpstate_fsm_segment(conn, seg, from, !from, time, result);
	return before << 8 | tcpstate_phase_timer(conn);
}

static bool is_as_written(const struct line *line, const struct tcpstate_conn *conn,
			  const struct tcpstate_result *result)
{
	if (conn->states == (line->state[A] | line->state[B] << 4) &&
	    result->notes == line->notes)
		return true;
	fprintf(stderr, "kinds: %s: it leads to %d and %d with notes %#x, not %d and %d with %#x\n",
		line->kind ?: "a segment", tcpstate_conn_state(conn, A),
		tcpstate_conn_state(conn, B), result->notes, line->state[A], line->state[B],
		line->notes);
	return false;
}

/* Take a segment as Linux sends it, with timestamps, as number @i of its conversation. */
static bool play_line(struct tcpstate_conn *conn, const struct line *line, unsigned int i,
		      bool counted)
{
	bool syn = line->flags & SYN;
	struct tcpstate_segment seg = {
		.seq = line->seq,
		.ack = line->ack,
		.len = line->len,
		.window = 64240,
		.segs = 1,
		.flags = line->flags,
		.wscale = syn ? 7 : TCPSTATE_WSCALE_NONE,
		.has_ts = !(line->flags & RST),
		.ts_val = 1000 + i,
		.ts_ecr = 1000 + i,
		.sack_ok = syn,
		.local_out = line->from == A,
	};
	struct tcpstate_time time = {
		.now_ms = i,
		.age_us = i * 1000,
	};
	struct tcpstate_result result = {};
	__u32 classes;

	classes = count_this(conn, &seg, line->from, !i, &time, &result);
	if (counted && line->kind)
		CALLGRIND_DUMP_STATS_AT(line->kind);
	CALLGRIND_ZERO_STATS;
	return classes != 0xffffffff && is_as_written(line, conn, &result);
}

/* Play a conversation, perhaps after an opening. The opening counts only if nothing follows. */
static bool play(const struct line *lines, unsigned int n, bool opened)
{
	struct tcpstate_conn conn;
	unsigned int i, at = 0;

	for (i = 0; opened && i < ARRAY_SIZE(opening); i++)
		if (!play_line(&conn, &opening[i], at++, !n))
			return false;
	for (i = 0; i < n; i++)
		if (!play_line(&conn, &lines[i], at++, true))
			return false;
	return true;
}

int main(void)
{
	return !(play(NULL, 0, true) && play(whole, ARRAY_SIZE(whole), true) &&
		 play(closed_in_three, ARRAY_SIZE(closed_in_three), true) &&
		 play(closed_at_once, ARRAY_SIZE(closed_at_once), true) &&
		 play(troubled, ARRAY_SIZE(troubled), true) &&
		 play(refused, ARRAY_SIZE(refused), false) &&
		 play(picked_up, ARRAY_SIZE(picked_up), false));
}
