// SPDX-License-Identifier: GPL-2.0-only
/* Plays segment arrays to the engine and compares; see fsm_script.h. */
#include <linux/kernel.h>
#include <linux/string.h>

#include "fsm_script.h"

#include "engine/predict.h"
#include "engine/phase.h"
#include "names.h"

/* Milliseconds of the clock at the start: it wraps within every longer script. */
#define FSM_START_MS	0xffffff80u

#define PORT_A	60370
#define PORT_B	5000

const struct fsm_isns fsm_isns[FSM_ISNS] = {
	{ { 0, 0 } },
	{ { 0x7fffff00, 0x7fffff00 } },
	{ { 0xffffff00, 0x80000000 } },
	{ { 0xfffffffe, 0xfffffffe } },
	{ { 0xffffffff, 1 } },
	{ { 0x7ffffffe, 0xffffd8f0 } },
};

void fsm_isns_describe(const struct fsm_isns *isns, char *desc)
{
	snprintf(desc, KUNIT_PARAM_DESC_SIZE, "%08x_%08x", isns->shift[A],
		 isns->shift[B]);
}

u32 fsm_now_ms(const struct fsm_script *script)
{
	return FSM_START_MS + (u32)div_u64(script->now_us, 1000);
}

struct fsm_script *fsm_new(struct kunit *test)
{
	const struct fsm_isns *isns = test->param_value;
	struct fsm_script *script;

	script = kunit_kzalloc(test, sizeof(*script), GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, script);
	script->test = test;
	if (isns) {
		script->shift[A] = isns->shift[A];
		script->shift[B] = isns->shift[B];
	}
	return script;
}

/* A three-way handshake without options; both ends are at number 1 after it. */
struct fsm_script *fsm_opened(struct kunit *test)
{
	static const struct fsm_line lines[] = {
		FROM_A(SYN, 0, 0, SYN_SENT, LISTEN),
		FROM_B(SYN_ACK, 0, 1, SYN_SENT, SYN_RECEIVED,
		       .after_us = FSM_RTT_B_US),
		FROM_A(ACK, 1, 1, ESTABLISHED, ESTABLISHED,
		       .after_us = FSM_RTT_A_US),
	};
	struct fsm_script *script = fsm_new(test);

	FSM_PLAY(script, lines);
	return script;
}

/* The same, through a router. B has acknowledged 100 bytes of A, and A 10 of B. */
struct fsm_script *fsm_opened_with_data(struct kunit *test)
{
	static const struct fsm_line lines[] = {
		FROM_A(PSH_ACK, 1, 1, ESTABLISHED, ESTABLISHED, .len = 100, .forwarded = true),
		FROM_B(PSH_ACK, 1, 101, ESTABLISHED, ESTABLISHED, .len = 10, .forwarded = true),
		FROM_A(ACK, 101, 11, ESTABLISHED, ESTABLISHED, .forwarded = true),
	};
	struct fsm_script *script = fsm_opened(test);

	FSM_PLAY(script, lines);
	return script;
}

/* Closed by host A in four segments: A holds TIME_WAIT. */
struct fsm_script *fsm_closed(struct kunit *test)
{
	static const struct fsm_line lines[] = {
		FROM_A(FIN_ACK, 1, 1, FIN_WAIT_1, ESTABLISHED),
		FROM_B(ACK, 1, 2, FIN_WAIT_2, CLOSE_WAIT),
		FROM_B(FIN_ACK, 1, 2, FIN_WAIT_2, LAST_ACK),
		FROM_A(ACK, 2, 2, TIME_WAIT, CLOSED),
	};
	struct fsm_script *script = fsm_opened(test);

	FSM_PLAY(script, lines);
	return script;
}

static void fsm_fill(const struct fsm_script *script, const struct fsm_line *line,
		     struct tcpstate_segment *seg)
{
	*seg = (struct tcpstate_segment){
		.seq = line->seq + script->shift[line->from],
		.len = line->len,
		.flags = line->flags,
		.window = line->win == SHUT ? 0 : line->win ?: FSM_WINDOW,
		.segs = line->segs ?: 1,
		.wscale = line->scale ? line->scale & 15 : TCPSTATE_WSCALE_NONE,
		.sack_ok = line->sack,
		.local_out = line->local,
		.forwarded = line->forwarded,
		.adjusted = line->adjusted,
		.offloaded = line->offloaded,
	};
	if (line->flags & ACK)
		seg->ack = line->ack + script->shift[script->selfish ? A : !line->from];
	if (line->ts) {
		seg->has_ts = true;
		seg->ts_val = line->ts + script->shift[line->from];
	}
}

/* The host's place in the record. */
static int fsm_index(const struct fsm_record *record, int host)
{
	return host ^ record->initiator;
}

u8 fsm_state(const struct fsm_record *record, int host)
{
	return tcpstate_conn_state(&record->conn, fsm_index(record, host));
}

u32 fsm_rcv_nxt(struct fsm_script *script, int host)
{
	return tcpstate_conn_rcv_nxt(&script->front.conn,
				     fsm_index(&script->front, host)) -
	       script->shift[!host];
}

u32 fsm_total(const struct tcpstate_conn *conn, int end)
{
	return tcpstate_conn_opening(conn, end) + conn->end[end].data_segs +
	       conn->end[end].ack_segs + conn->closings[end];
}

static bool fsm_takes_back(u8 trigger)
{
	return trigger == TCPSTATE_SYN_ACK_AGAIN || trigger == TCPSTATE_FIN_AGAIN ||
	       trigger == TCPSTATE_UNDO_RST;
}

/*
 * The transitions must lead from @states to the states of @conn by transitions of the
 * matrix, and say of retractions that they are.
 */
void fsm_check_steps(struct kunit *test, u8 states, int ends,
		     const struct tcpstate_conn *conn,
		     const struct tcpstate_result *result, const char *where)
{
	u8 state[2] = { states & 15, states >> 4 };
	bool took_back = false;
	int i;

	KUNIT_ASSERT_LE_MSG(test, result->n, TCPSTATE_TRANSITIONS_MAX, "%s", where);
	for (i = 0; i < result->n; i++) {
		const struct tcpstate_transition *transition = &result->transition[i];

		KUNIT_ASSERT_LT_MSG(test, transition->end, ends, "%s", where);
		KUNIT_ASSERT_LE_MSG(test, transition->from, TCPSTATE_CLOSED, "%s", where);
		KUNIT_ASSERT_LT_MSG(test, transition->trigger, TCPSTATE_TRIGGERS, "%s", where);
		KUNIT_EXPECT_EQ_MSG(test, transition->from, state[transition->end],
				    "%s: transition %d", where, i);
		if (transition->trigger != TCPSTATE_UNDO_RST)
			KUNIT_EXPECT_EQ_MSG(test, transition->to,
					    tcpstate_matrix[transition->from][transition->trigger],
					    "%s: transition %d, trigger %d", where, i,
					    transition->trigger);
		took_back |= fsm_takes_back(transition->trigger);
		state[transition->end] = transition->to;
	}
	for (i = 0; i < ends; i++) {
		KUNIT_EXPECT_EQ_MSG(test, state[i], tcpstate_conn_state(conn, i),
				    "%s: end %d by its transitions", where, i);
		KUNIT_ASSERT_GE_MSG(test, state[i], TCPSTATE_LISTEN, "%s", where);
		KUNIT_ASSERT_LE_MSG(test, state[i], TCPSTATE_CLOSED, "%s", where);
	}
	KUNIT_EXPECT_EQ_MSG(test, took_back,
			    !!(result->notes & TCPSTATE_NOTE_RETRACT),
			    "%s: the note of a retraction", where);
}

/**
 * fsm_compare_paths() - expect that the fast paths do what the whole engine does
 * @test: the case
 * @conn: the connection, of two different ends, which stays as it is
 * @seg: the segment
 * @from: the end that sent it
 * @time: when it passed
 * @where: for messages
 *
 * Return: which of them takes the segment; the other one leaves the connection alone.
 */
enum fsm_path fsm_compare_paths(struct kunit *test, const struct tcpstate_conn *conn,
				const struct tcpstate_segment *seg, int from,
				const struct tcpstate_time *time, const char *where)
{
	struct tcpstate_conn fast = *conn, whole = *conn;
	struct tcpstate_result predicted, result;
	enum fsm_path path = FSM_WHOLE;

	/* They have to initialise all that counts of the result. */
	memset(&predicted, 0xff, sizeof(predicted));
	memset(&result, 0xff, sizeof(result));
	if (tcpstate_predict_step(&fast, seg, from, time, &predicted)) {
		path = FSM_PREDICTED_STEP;
	} else if (tcpstate_predict_take(&fast, seg, from, time->now_ms)) {
		path = FSM_PREDICTED;
		memset(&predicted, 0, sizeof(predicted));
	} else {
		KUNIT_EXPECT_MEMEQ_MSG(test, &fast, conn, sizeof(fast), "%s: not predicted", where);
		return path;
	}
	tcpstate_fsm_segment(&whole, seg, from, !from, time, &result);
	KUNIT_EXPECT_EQ_MSG(test, predicted.n, result.n, "%s: predicted", where);
	KUNIT_EXPECT_EQ_MSG(test, predicted.notes, result.notes, "%s: predicted", where);
	KUNIT_EXPECT_EQ_MSG(test, predicted.corrected, result.corrected, "%s: predicted", where);
	KUNIT_EXPECT_MEMEQ_MSG(test, predicted.transition, result.transition,
			       min_t(int, result.n, TCPSTATE_TRANSITIONS_MAX) *
			       sizeof(*result.transition), "%s: predicted", where);
	KUNIT_EXPECT_MEMEQ_MSG(test, &fast, &whole, sizeof(fast), "%s: predicted", where);
	return path;
}

/* So many of the segments played so far were the expected ones between established ends. */
void fsm_expect_predicted(struct fsm_script *script, unsigned int n)
{
	KUNIT_EXPECT_EQ(script->test, script->taken[FSM_PREDICTED], n);
}

/* So many of them opened or closed the connection as expected. */
void fsm_expect_steps(struct fsm_script *script, unsigned int n)
{
	KUNIT_EXPECT_EQ(script->test, script->taken[FSM_PREDICTED_STEP], n);
}

static void fsm_feed(struct fsm_script *script, struct fsm_record *record,
		     const struct tcpstate_segment *seg, int host,
		     struct tcpstate_result *result, const char *where)
{
	int from = script->selfish ? A : fsm_index(record, host);
	int to = script->selfish ? A : !from;
	u8 states = record->conn.states;
	struct tcpstate_time time = {
		.now_ms = fsm_now_ms(script),
		.age_us = script->now_us - record->begun_us,
	};

	if (from != to)
		script->taken[fsm_compare_paths(script->test, &record->conn, seg, from, &time,
						where)]++;
	/* The engine has to initialise all of the result. */
	memset(result, 0xff, sizeof(*result));
	tcpstate_fsm_segment(&record->conn, seg, from, to, &time, result);
	fsm_check_steps(script->test, states, script->selfish ? 1 : 2,
			&record->conn, result, where);
	/* A SYN that nobody takes counts for the connection that it begins. */
	if ((seg->flags & (SYN | ACK)) != SYN ||
	    !(result->notes & TCPSTATE_NOTE_UNACCEPTABLE))
		record->segs[from] += seg->segs;
}

static void fsm_begin(struct fsm_script *script, struct fsm_record *record,
		      const struct tcpstate_segment *seg, int host,
		      const char *where)
{
	int from = tcpstate_incarnation_role(seg, host == A ? PORT_A : PORT_B,
				     host == A ? PORT_B : PORT_A);

	KUNIT_ASSERT_GE_MSG(script->test, from, 0, "%s: role", where);
	KUNIT_ASSERT_LE_MSG(script->test, from, 1, "%s: role", where);
	memset(record, 0, sizeof(*record));
	record->used = true;
	record->initiator = host ^ from;
	record->begun_us = script->now_us;
	tcpstate_incarnation_begin(&record->conn, seg, script->selfish ? A : from);
}

static bool fsm_is_refused(const struct fsm_record *record)
{
	return record->used &&
	       tcpstate_conn_verdict(&record->conn) == TCPSTATE_VERDICT_REFUSED;
}

/* Finds the record, or makes it, and feeds it: what hooks and table do. */
u8 fsm_deliver(struct fsm_script *script, const struct tcpstate_segment *seg,
	       int host, struct tcpstate_result *result, const char *where)
{
	struct fsm_record *front = &script->front, *waiting = &script->waiting;
	bool refused = fsm_is_refused(waiting);
	struct tcpstate_result aside;
	u8 incarnation = TCPSTATE_INCARNATION_OLD;

	if (!front->used)
		fsm_begin(script, front, seg, host, where);
	else if (!script->selfish)
		incarnation = tcpstate_incarnation_choose(&front->conn, fsm_index(front, host),
							  waiting->used ? &waiting->conn : NULL,
							  fsm_index(waiting, host), seg);
	if (incarnation == TCPSTATE_INCARNATION_NEW) {
		fsm_begin(script, waiting, seg, host, where);
		waiting->conn.flags |= TCPSTATE_F_PENDING;
		front->conn.flags |= TCPSTATE_F_SUCCESSOR;
		fsm_feed(script, waiting, seg, host, &aside, where);
		result->n = 0;
		result->notes = 0;
		if (tcpstate_incarnation_is_repeat(&front->conn, fsm_index(front, host), seg))
			return incarnation;
	} else if (incarnation == TCPSTATE_INCARNATION_REOPEN) {
		fsm_begin(script, front, seg, host, where);
		waiting->used = false;
		script->ended++;
	} else if (incarnation == TCPSTATE_INCARNATION_TAKEOVER ||
		   incarnation == TCPSTATE_INCARNATION_PENDING) {
		KUNIT_ASSERT_TRUE_MSG(script->test, waiting->used, "%s", where);
	}
	if (incarnation == TCPSTATE_INCARNATION_TAKEOVER) {
		*front = *waiting;
		front->conn.flags &= ~TCPSTATE_F_PENDING;
		waiting->used = false;
		script->ended++;
	}
	fsm_feed(script, incarnation == TCPSTATE_INCARNATION_PENDING ? waiting : front, seg,
		 host, result, where);
	if (incarnation == TCPSTATE_INCARNATION_PENDING && !refused && fsm_is_refused(waiting)) {
		memset(&aside, 0, sizeof(aside));
		tcpstate_fsm_forget(&front->conn, &aside);
		if (aside.n)
			front->conn.last_seen_ms = fsm_now_ms(script);
	}
	return incarnation;
}

static void fsm_expect_transitions(struct fsm_script *script, const struct fsm_line *line,
				   const struct tcpstate_result *result, const char *where)
{
	const struct fsm_record *record = &script->front;
	int i, n = 0;

	if (!line->transitions[0].trigger)
		return;
	while (n < FSM_TRANSITIONS_MAX && line->transitions[n].trigger)
		n++;
	KUNIT_EXPECT_EQ_MSG(script->test, result->n, n, "%s: transitions", where);
	for (i = 0; i < min_t(int, n, result->n); i++) {
		KUNIT_EXPECT_EQ_MSG(script->test, result->transition[i].end,
				    fsm_index(record, line->transitions[i].host),
				    "%s: end of transition %d", where, i);
		KUNIT_EXPECT_EQ_MSG(script->test, result->transition[i].trigger,
				    line->transitions[i].trigger - 1,
				    "%s: trigger of transition %d", where, i);
	}
}

static void fsm_expect(struct fsm_script *script, const struct fsm_line *line,
		       u8 incarnation, const struct tcpstate_result *result,
		       const char *where)
{
	struct fsm_record *waiting = &script->waiting;
	struct kunit *test = script->test;
	int host;

	KUNIT_EXPECT_EQ_MSG(test, incarnation, line->incarnation, "%s: incarnation", where);
	for (host = A; host <= (script->selfish ? A : B); host++) {
		u8 state = fsm_state(&script->front, host);

		KUNIT_EXPECT_EQ_MSG(test, state, line->state[host],
				    "%s: host %c is %s, not %s", where,
				    'A' + host, tcpstate_names_state(state),
				    tcpstate_names_state(line->state[host]));
		state = waiting->used ? fsm_state(waiting, host) : 0;
		KUNIT_EXPECT_EQ_MSG(test, state, line->pending[host],
				    "%s: host %c in the pending record", where,
				    'A' + host);
	}
	KUNIT_EXPECT_EQ_MSG(test, result->notes & ~line->free_notes, line->notes,
			    "%s: notes", where);
	fsm_expect_transitions(script, line, result, where);
}

/* Whatever was sent is in one of the counts, once; no script reaches 15. */
static void fsm_expect_sums(struct fsm_script *script, const char *where)
{
	const struct fsm_record *front = &script->front;
	int end;

	for (end = 0; end < (script->selfish ? 1 : 2) && !script->uncounted; end++)
		KUNIT_EXPECT_EQ_MSG(script->test, fsm_total(&front->conn, end),
				    front->segs[end], "%s: segments of end %d",
				    where, end);
}

void fsm_play(struct fsm_script *script, const struct fsm_line *lines, size_t n)
{
	struct tcpstate_segment seg;
	struct tcpstate_result result;
	char where[40];
	size_t i;
	u8 incarnation;

	for (i = 0; i < n; i++) {
		script->line++;
		snprintf(where, sizeof(where), "line %u (%c %02x %u:%u)",
			 script->line, 'A' + lines[i].from, lines[i].flags,
			 lines[i].seq, lines[i].ack);
		script->now_us += lines[i].after_us ?: 1000;
		fsm_fill(script, &lines[i], &seg);
		incarnation = fsm_deliver(script, &seg, lines[i].from, &result, where);
		fsm_expect(script, &lines[i], incarnation, &result, where);
		fsm_expect_sums(script, where);
	}
}

void fsm_expect_verdict(struct fsm_script *script, enum tcpstate_verdict verdict)
{
	KUNIT_EXPECT_EQ(script->test, tcpstate_conn_verdict(&script->front.conn),
			verdict);
}

void fsm_expect_flags(struct fsm_script *script, u32 mask, u32 flags)
{
	KUNIT_EXPECT_EQ(script->test, (u32)script->front.conn.flags & mask, flags);
}
