/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Segment arrays: a scenario is a list of lines, each one segment with the
 * states of both hosts after it, as in RFC 9293's figures 6 to 13.
 *
 * Host A sends the first SYN of a scenario from port 60370, host B answers from
 * port 5000. Numbers are relative: a script adds to each host's own numbers
 * that host's shift, so that every scenario also runs across the wrap at 2^32.
 */
#ifndef FSM_SCRIPT_H
#define FSM_SCRIPT_H

#include <kunit/test.h>
#include <linux/types.h>

#include "engine/fsm.h"
#include "engine/incarnation.h"

/* The two hosts; which of them is the initiator is a matter of the record. */
enum {
	A,
	B
};

enum {
	FIN = TCPSTATE_FLAG_FIN,
	SYN = TCPSTATE_FLAG_SYN,
	RST = TCPSTATE_FLAG_RST,
	ACK = TCPSTATE_FLAG_ACK,
	PSH_ACK = TCPSTATE_FLAG_PSH | ACK,
	SYN_ACK = SYN | ACK,
	FIN_ACK = FIN | ACK,
	RST_ACK = RST | ACK
};

/* Notes, under shorter names. */
enum {
	IGNORED = TCPSTATE_NOTE_UNACCEPTABLE,
	OLD_TS = TCPSTATE_NOTE_PAWS | TCPSTATE_NOTE_UNACCEPTABLE,
	CHALLENGE = TCPSTATE_NOTE_CHALLENGE | TCPSTATE_NOTE_UNACCEPTABLE,
	REPEAT = TCPSTATE_NOTE_REPEAT,
	RETRACT = TCPSTATE_NOTE_REPEAT | TCPSTATE_NOTE_RETRACT,
	UNDO = TCPSTATE_NOTE_RETRACT
};

/* Values of fsm_line.win and .scale where 0 means "the usual". */
#define FSM_WINDOW	10000
#define SHUT		0x10000
#define SCALE_0		16

/* The round trips of a handshake by fsm_opened(): host B's, host A's. */
#define FSM_RTT_B_US	20000
#define FSM_RTT_A_US	10000

#define FSM_TRANSITIONS_MAX	4

/** struct fsm_transition - an expected transition */
struct fsm_transition {
	/** @host: whose */
	u8 host;
	/** @trigger: enum tcpstate_trigger, plus 1 */
	u8 trigger;
};

/** struct fsm_line - one segment, and what is expected of it */
struct fsm_line {
	/** @from: the host that sends it */
	u8 from;
	/** @flags: TCPSTATE_FLAG_* */
	u8 flags;
	/** @seq: sequence number, without the sender's shift */
	u32 seq;
	/** @ack: acknowledgment number, without the receiver's shift */
	u32 ack;
	/** @state: both hosts' states in the record after it */
	u8 state[2];
	/** @pending: the same in the record that waits; 0, 0: there is none */
	u8 pending[2];
	/** @incarnation: what tcpstate_incarnation_choose() is to say */
	u8 incarnation;
	/** @notes: exactly these */
	u8 notes;
	/** @free_notes: notes left open */
	u8 free_notes;
	/** @len: bytes of payload */
	u32 len;
	/** @win: window field; 0: FSM_WINDOW, SHUT: 0 */
	u32 win;
	/** @after_us: time since the line before; 0: 1 ms */
	u32 after_us;
	/** @ts: timestamp, without the shift; 0: no option */
	u32 ts;
	/** @segs: segments it stands for; 0: 1 */
	u16 segs;
	/** @scale: window scale; 0: no option, SCALE_0: 0 */
	u8 scale;
	/** @sack: offers SACK */
	bool sack;
	/** @local: sent by this host */
	bool local;
	/** @forwarded: passes a router */
	bool forwarded;
	/** @adjusted: conntrack changes its numbers */
	bool adjusted;
	/** @offloaded: a flowtable carries the rest of its connection */
	bool offloaded;
	/** @transitions: exactly these, in this order, unless the first is empty */
	struct fsm_transition transitions[FSM_TRANSITIONS_MAX];
};

#define TRANSITION(who, what)	{ .host = (who), .trigger = TCPSTATE_##what + 1 }

#define FROM_A(f, s, a, sa, sb, ...) \
	{ .from = A, .flags = (f), .seq = (s), .ack = (a), \
	  .state = { TCPSTATE_##sa, TCPSTATE_##sb }, ##__VA_ARGS__ }
#define FROM_B(f, s, a, sa, sb, ...) \
	{ .from = B, .flags = (f), .seq = (s), .ack = (a), \
	  .state = { TCPSTATE_##sa, TCPSTATE_##sb }, ##__VA_ARGS__ }
#define PENDING(a, b)	.pending = { TCPSTATE_##a, TCPSTATE_##b }

/** struct fsm_isns - parameter of a case: what is added to the numbers */
struct fsm_isns {
	/** @shift: by host */
	u32 shift[2];
};

/** struct fsm_record - a connection as the table would keep it */
struct fsm_record {
	/** @conn: the engine's part */
	struct tcpstate_conn conn;
	/** @begun_us: when it was first seen */
	u64 begun_us;
	/** @segs: segments fed to it, by end; not a SYN that it ignored */
	u32 segs[2];
	/** @initiator: which host */
	u8 initiator;
	/** @used: there is one */
	bool used;
};

/** enum fsm_path - the path through the engine that a segment takes */
enum fsm_path {
	FSM_WHOLE,		/* tcpstate_fsm_segment() */
	FSM_PREDICTED,		/* tcpstate_predict_take() */
	FSM_PREDICTED_STEP,	/* tcpstate_predict_step() */
	FSM_PATHS
};

/** struct fsm_script - the table of one tuple, and the clock */
struct fsm_script {
	/** @test: the case */
	struct kunit *test;
	/** @shift: of each host's numbers */
	u32 shift[2];
	/** @now_us: the clock */
	u64 now_us;
	/** @line: lines played so far */
	unsigned int line;
	/** @selfish: a connection of an end with itself */
	bool selfish;
	/** @uncounted: counts are known to stop at 15 */
	bool uncounted;
	/** @front: the record */
	struct fsm_record front;
	/** @waiting: the one that waits to replace it */
	struct fsm_record waiting;
	/** @ended: records replaced so far */
	unsigned int ended;
	/** @taken: segments by the path that takes them */
	unsigned int taken[FSM_PATHS];
};

struct fsm_script *fsm_new(struct kunit *test);
struct fsm_script *fsm_opened(struct kunit *test);
struct fsm_script *fsm_opened_with_data(struct kunit *test);
struct fsm_script *fsm_closed(struct kunit *test);
void fsm_play(struct fsm_script *script, const struct fsm_line *lines, size_t n);
u8 fsm_deliver(struct fsm_script *script, const struct tcpstate_segment *seg,
	       int host, struct tcpstate_result *result, const char *where);
u8 fsm_state(const struct fsm_record *record, int host);
void fsm_expect_verdict(struct fsm_script *script, enum tcpstate_verdict verdict);
void fsm_expect_flags(struct fsm_script *script, u32 mask, u32 flags);
void fsm_check_steps(struct kunit *test, u8 states, int ends,
		     const struct tcpstate_conn *conn,
		     const struct tcpstate_result *result, const char *where);
void fsm_isns_describe(const struct fsm_isns *isns, char *desc);
enum fsm_path fsm_compare_paths(struct kunit *test, const struct tcpstate_conn *conn,
				const struct tcpstate_segment *seg, int from,
				const struct tcpstate_time *time, const char *where);
void fsm_expect_predicted(struct fsm_script *script, unsigned int n);
void fsm_expect_steps(struct fsm_script *script, unsigned int n);
u32 fsm_total(const struct tcpstate_conn *conn, int end);
u32 fsm_now_ms(const struct fsm_script *script);
u32 fsm_rcv_nxt(struct fsm_script *script, int host);

#define FSM_PLAY(script, lines) fsm_play(script, lines, ARRAY_SIZE(lines))

/* Every scenario runs with each of these. */
#define FSM_ISNS 6
extern const struct fsm_isns fsm_isns[FSM_ISNS];

#endif
