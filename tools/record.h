/* SPDX-License-Identifier: GPL-2.0-only */
/* What the kernel tells, in the structs that the commands use. */
#ifndef TOOLS_RECORD_H
#define TOOLS_RECORD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <linux/tcpstate.h>

/* More transitions than one segment can make. */
#define RECORD_TRANSITIONS	16
#define RECORD_STATES	(TCPSTATE_CLOSED + 1)
#define RECORD_VERDICTS	(TCPSTATE_VERDICT_REOPENED + 1)
#define RECORD_BUCKETS	48

/*
 * Each struct that follows is one attribute set of the spec, member for member.
 * Bit N of @has says that the kernel sent attribute N: the others are unknown, or
 * do not apply.
 */
#define record_has(record, attribute)	(!!((record)->has & 1u << (attribute)))

/** struct nat_end - an address and a port, before or after translation */
struct nat_end {
	uint8_t address[16];
	uint16_t port;
};

/** struct end - one end of a connection, and what it sent */
struct end {
	uint32_t has;
	uint8_t address[16];
	uint16_t port;
	uint8_t state;
	uint8_t state_before;
	uint8_t wscale;
	uint32_t isn;
	uint32_t seq;
	uint32_t ack;
	uint32_t window;
	uint64_t bytes;
	uint32_t opening;
	uint32_t data;
	uint32_t acks;
	uint32_t closing;
	uint32_t repeats;
	uint32_t retransmits;
	uint32_t gaps;
	uint32_t uid;
	/** @cgroup: by number; cgroup_path() finds its path */
	uint64_t cgroup;
	/** @saturated: TCPSTATE_COUNT_* that are lower bounds, since they count no further */
	uint32_t saturated;
	/** @socket: what sockets_join() has found; NULL without --process */
	const struct socket *socket;
	/** @before: its place before translation; NULL if there is none, or without --nat */
	const struct nat_end *before;
	/** @after: its place after translation; NULL likewise */
	const struct nat_end *after;
};

/** struct segment - the segment that triggered an event */
struct segment {
	uint32_t has;
	uint8_t from;
	uint8_t flags;
	uint32_t seq;
	uint32_t ack;
	uint32_t relative_seq;
	uint32_t relative_ack;
	uint32_t window;
	uint32_t len;
	uint32_t segs;
};

/** struct transition - one transition of one end */
struct transition {
	uint32_t has;
	uint8_t end;
	uint8_t trigger;
	uint8_t from;
	uint8_t to;
};

/** struct event - what is told of a connection, in addition to its record */
struct event {
	uint32_t has;
	uint64_t number;
	uint64_t time_ns;
	uint8_t timer;
	/** @n_transitions: how many of @transition there are */
	unsigned int n_transitions;
	struct transition transition[RECORD_TRANSITIONS];
	struct segment segment;
};

/** struct flow - a connection */
struct flow {
	uint32_t has;
	/** @command: TCPSTATE_CMD_*, what the kernel sent it as */
	uint8_t command;
	uint8_t family;
	uint8_t phase;
	uint8_t step;
	uint8_t timer;
	uint8_t verdict;
	uint32_t ifindex;
	uint64_t id;
	uint32_t left_ms;
	uint32_t syn_us;
	uint32_t ack_us;
	uint32_t flags;
	uint64_t age_ms;
	uint64_t closed_at_ns;
	uint64_t duration_ms;
	/** @idle_ms: in events absent: a segment has just passed */
	uint32_t idle_ms;
	/** @in_state_ms: in events absent: a transition was just made */
	uint64_t in_state_ms;
	uint32_t count;
	/** @end: by enum tcpstate_role */
	struct end end[2];
	/* The tool adds what follows, up to @event. */
	/** @netns: the network namespace, as --netns takes it; otherwise NULL */
	const char *netns;
	/** @interface: the name that @ifindex has there, as intern() has it; otherwise NULL */
	const char *interface;
	/** @nat: translations_join() has looked for its translation */
	bool nat;
	struct event event;
};

/** struct tuple - addresses and ports of a connection, either way round */
struct tuple {
	uint8_t family;
	uint8_t address[2][16];
	uint16_t port[2];
	/** @ifindex: 0 where it is not given */
	uint32_t ifindex;
};

/** struct bucket - how many took so long */
struct bucket {
	uint32_t has;
	uint32_t le_us;
	uint64_t count;
};

/** struct histogram - of one of the handshake's times */
struct histogram {
	uint32_t has;
	uint64_t sum_us;
	unsigned int n_buckets;
	struct bucket bucket[RECORD_BUCKETS];
};

/** struct counters - by TCPSTATE_A_COUNTER_* */
struct counters {
	uint32_t has;
	uint64_t n[TCPSTATE_A_COUNTER_MAX + 1];
};

/** struct pair - how many connections have their ends in these states */
struct pair {
	uint32_t has;
	uint8_t state[2];
	uint32_t count;
};

/** struct ending - how many connections ended so */
struct ending {
	uint32_t has;
	uint8_t verdict;
	uint64_t count;
};

/** struct stats - a namespace's totals */
struct stats {
	uint32_t has;
	uint32_t records;
	uint32_t max_records;
	uint32_t share;
	uint64_t memory_bytes;
	uint64_t table_bytes;
	struct counters counters;
	unsigned int n_endings;
	struct ending ending[RECORD_VERDICTS];
	unsigned int n_pairs;
	struct pair pair[RECORD_STATES * RECORD_STATES];
	struct histogram syn_time;
	struct histogram ack_time;
};

/* The counts that record_segments() adds up. */
#define RECORD_SEGMENTS \
	(TCPSTATE_COUNT_OPENING | TCPSTATE_COUNT_DATA | TCPSTATE_COUNT_ACKS | \
	 TCPSTATE_COUNT_CLOSING)

/*
 * Was the SYN of an end seen, with its options, as the first one of the record or with a time?
 * Then it has not offered what is absent. Otherwise that is not known.
 */
static inline bool record_syn_known(const struct flow *flow, int end)
{
	return record_has(&flow->end[end], TCPSTATE_A_END_ISN) &&
	       (record_has(flow, TCPSTATE_A_FLOW_SYN_US) ||
		(end == TCPSTATE_INITIATOR && !(flow->flags & TCPSTATE_FLOW_FLAG_PICKED_UP)));
}

/* Is it known that an end sends no timestamps? A pick-up waits for them again. */
static inline bool record_no_timestamps(const struct flow *flow, int end)
{
	return !record_has(&flow->end[end], TCPSTATE_A_END_TIMESTAMPS) &&
	       record_syn_known(flow, end) &&
	       !(flow->flags & (TCPSTATE_FLOW_FLAG_PICKED_UP | TCPSTATE_FLOW_FLAG_ADJUSTED));
}

/* Is it known that the ends do not use SACK? The SYN/ACK says so. */
static inline bool record_no_sack(const struct flow *flow)
{
	return !record_has(flow, TCPSTATE_A_FLOW_SACK) &&
	       record_syn_known(flow, TCPSTATE_RESPONDER);
}

/*
 * Has an end sent the first FIN, or one that crossed it? Most events, and what a recording has of
 * them, tell that by its state alone: an end that has received a FIN before it sends its own goes
 * through CLOSE_WAIT and LAST_ACK instead. If one end is not heard, states do not tell it.
 */
static inline bool record_closed_first(const struct flow *flow, int end)
{
	bool told = record_has(&flow->end[0], TCPSTATE_A_END_CLOSER) ||
		    record_has(&flow->end[1], TCPSTATE_A_END_CLOSER);
	unsigned int state = flow->end[end].state;

	if (told || flow->phase != TCPSTATE_PHASE_CLOSE)
		return record_has(&flow->end[end], TCPSTATE_A_END_CLOSER);
	return record_has(flow, TCPSTATE_A_FLOW_FLAGS) &&
	       !(flow->flags & TCPSTATE_FLOW_FLAG_ONE_WAY) &&
	       (state == TCPSTATE_FIN_WAIT_1 || state == TCPSTATE_FIN_WAIT_2 ||
		state == TCPSTATE_CLOSING || state == TCPSTATE_TIME_WAIT);
}

/*
 * May an end have sent the first FIN without it being seen or told? If one end is not heard, that
 * is so for this end all along, and for the other one as soon as it closes.
 */
static inline bool record_closer_unknown(const struct flow *flow, int end)
{
	bool close = flow->phase == TCPSTATE_PHASE_CLOSE;
	bool closing = close || flow->phase == TCPSTATE_PHASE_CLOSED;

	return (close && !record_closed_first(flow, TCPSTATE_INITIATOR) &&
		!record_closed_first(flow, TCPSTATE_RESPONDER)) ||
	       (flow->flags & TCPSTATE_FLOW_FLAG_ONE_WAY &&
		(closing || !record_has(&flow->end[end], TCPSTATE_A_END_SEQ)));
}

/*
 * May a time of the handshake be unknown, and not just missing? @step is the last one of
 * opening in which there is no such time yet.
 */
static inline bool record_unseen(const struct flow *flow, unsigned int step)
{
	/* The SYN/ACK has passed elsewhere, or after the segment that answered it. */
	bool no_answer = !record_has(flow, TCPSTATE_A_FLOW_SYN_US) &&
			 !(flow->flags & TCPSTATE_FLOW_FLAG_SIMULTANEOUS);

	return !(flow->phase == TCPSTATE_PHASE_OPEN && flow->step <= step) &&
	       flow->verdict != TCPSTATE_VERDICT_REFUSED &&
	       (flow->flags & TCPSTATE_FLOW_FLAG_PICKED_UP || no_answer);
}

/* The end whose owner stands for the connection: the first one that has one; -1 if none has */
static inline int record_owner(const struct flow *flow)
{
	for (int i = 0; i < 2; i++)
		if (record_has(&flow->end[i], TCPSTATE_A_END_UID))
			return i;
	return -1;
}

static inline uint64_t record_segments(const struct end *end)
{
	return (uint64_t)end->opening + end->data + end->acks + end->closing;
}

#endif
