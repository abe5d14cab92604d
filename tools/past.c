// SPDX-License-Identifier: GPL-2.0-only
/* The table of connections as it was, made from what a recording tells. */
#include "past.h"

#include <stdlib.h>
#include <string.h>

#include "compiler.h"

#define LEAST		1024
#define NS_PER_MS	1000000
#define BIT(n)		(1u << (n))

/*
 * What a connection keeps until an event changes it, or for good. All else is as old as the
 * message that told it, and so it is left out.
 */
#define LASTING \
	(BIT(TCPSTATE_A_FLOW_ID) | BIT(TCPSTATE_A_FLOW_FAMILY) | \
	 BIT(TCPSTATE_A_FLOW_IFINDEX) | BIT(TCPSTATE_A_FLOW_INITIATOR) | \
	 BIT(TCPSTATE_A_FLOW_RESPONDER) | BIT(TCPSTATE_A_FLOW_PHASE) | \
	 BIT(TCPSTATE_A_FLOW_STEP) | BIT(TCPSTATE_A_FLOW_SYN_US) | \
	 BIT(TCPSTATE_A_FLOW_ACK_US) | BIT(TCPSTATE_A_FLOW_SACK) | \
	 BIT(TCPSTATE_A_FLOW_FLAGS) | BIT(TCPSTATE_A_FLOW_VERDICT) | \
	 BIT(TCPSTATE_A_FLOW_TIMER) | BIT(TCPSTATE_A_FLOW_CLOSED_AT_NS) | \
	 BIT(TCPSTATE_A_FLOW_DURATION_MS))

/* The counts of enum tcpstate_count, all of them. */
#define ALL_COUNTS \
	(RECORD_SEGMENTS | TCPSTATE_COUNT_BYTES | TCPSTATE_COUNT_REPEATS | \
	 TCPSTATE_COUNT_RETRANSMITS | TCPSTATE_COUNT_GAPS)

/** struct past_entry - a connection */
struct past_entry {
	struct past_entry *next;
	/** @told_ns: how new what is known of it is, rounded down to the ms */
	uint64_t told_ns;
	/** @changed_ns: since when it has been in its states; 0 where that is not known */
	uint64_t changed_ns;
	/** @marked: it was told since events were lost */
	bool marked;
	/** @flow: a struct flow, without the event at its end, which takes half of it */
	char flow[offsetof(struct flow, event)] __aligned(8);
};

static const struct flow *flow_of(const struct past_entry *entry)
{
	return (const void *)entry->flow;
}

static void put_flow(struct past_entry *entry, const struct flow *flow)
{
	memcpy(entry->flow, flow, sizeof(entry->flow));
}

static void get_flow(const struct past_entry *entry, struct flow *flow)
{
	memcpy(flow, entry->flow, sizeof(entry->flow));
	memset(&flow->event, 0, sizeof(flow->event));
}

static struct past_entry **place(const struct past *past, uint64_t id)
{
	size_t at = (id * 0x9e3779b97f4a7c15 >> 32) & (past->room - 1);
	struct past_entry **entry = &past->bucket[at];

	while (*entry && flow_of(*entry)->id != id)
		entry = &(*entry)->next;
	return entry;
}

static bool grow(struct past *past)
{
	struct past larger = {
		.n = past->n, .room = past->room ? 2 * past->room : LEAST, .lossy = past->lossy,
	};

	larger.bucket = calloc(larger.room, sizeof(*larger.bucket));
	if (!larger.bucket)
		return false;
	for (size_t i = 0; i < past->room; i++) {
		while (past->bucket[i]) {
			struct past_entry *entry = past->bucket[i];

			past->bucket[i] = entry->next;
			entry->next = NULL;
			*place(&larger, flow_of(entry)->id) = entry;
		}
	}
	free(past->bucket);
	*past = larger;
	return true;
}

/* The entry of an id, which may be a new one; NULL without memory. */
static struct past_entry *get(struct past *past, uint64_t id)
{
	struct past_entry **at;

	if (past->n >= past->room && !grow(past))
		return NULL;
	at = place(past, id);
	if (!*at) {
		*at = calloc(1, sizeof(**at));
		past->n += !!*at;
	}
	return *at;
}

static void forget(struct past *past, struct past_entry **at)
{
	struct past_entry *entry = *at;

	*at = entry->next;
	free(entry);
	past->n--;
}

/**
 * past_know() - take a connection that the table had
 * @past: the connections
 * @flow: the connection, with its whole record
 *
 * Return: false without memory.
 */
bool past_know(struct past *past, const struct flow *flow)
{
	struct past_entry *entry = get(past, flow->id);

	if (!entry)
		return false;
	put_flow(entry, flow);
	entry->told_ns = flow->id + flow->age_ms * NS_PER_MS;
	entry->changed_ns = record_has(flow, TCPSTATE_A_FLOW_IN_STATE_MS) ?
			    entry->told_ns - flow->in_state_ms * NS_PER_MS : 0;
	entry->marked = true;
	return true;
}

/* Take over from an event what an end has counted. */
static void count(struct end *end, const struct end *event)
{
	end->bytes = event->bytes;
	end->opening = event->opening;
	end->data = event->data;
	end->acks = event->acks;
	end->closing = event->closing;
	end->repeats = event->repeats;
	end->retransmits = event->retransmits;
	end->gaps = event->gaps;
	end->saturated = event->saturated;
}

/* Take over from an event what it tells of an end, but for its counts. */
static void change_end(struct end *end, const struct end *event)
{
	end->has |= event->has;
	memcpy(end->address, event->address, sizeof(end->address));
	end->port = event->port;
	end->state = event->state;
	if (record_has(event, TCPSTATE_A_END_UID))
		end->uid = event->uid;
	if (record_has(event, TCPSTATE_A_END_CGROUP))
		end->cgroup = event->cgroup;
}

/* Take over from an event what it tells; the rest stays as it was told before. */
static void change(struct flow *flow, const struct flow *event)
{
	struct flow old = *flow;

	*flow = *event;
	/* Some events have the whole record. */
	if (record_has(event, TCPSTATE_A_FLOW_AGE_MS))
		return;
	for (int i = 0; i < 2; i++) {
		flow->end[i] = old.end[i];
		change_end(&flow->end[i], &event->end[i]);
		if (record_has(&event->end[i], TCPSTATE_A_END_BYTES))
			count(&flow->end[i], &event->end[i]);
	}
	flow->has |= old.has & BIT(TCPSTATE_A_FLOW_SACK);
}

/**
 * past_happen() - take an event
 * @past: the connections
 * @flow: the event
 *
 * Events that were being sent while the table was read may be older than what it told. Within the
 * ms of that, either may be: a newer one follows then, and the last one counts.
 *
 * Return: false without memory.
 */
bool past_happen(struct past *past, const struct flow *flow)
{
	struct past_entry *entry;
	struct flow old;

	if (flow->command == TCPSTATE_CMD_FLOW_END) {
		struct past_entry **at = past->room ? place(past, flow->id) : NULL;

		if (at && *at)
			forget(past, at);
		return true;
	}
	entry = get(past, flow->id);
	if (!entry)
		return false;
	entry->marked = true;
	if (flow->event.time_ns < entry->told_ns)
		return true;
	get_flow(entry, &old);
	change(&old, flow);
	put_flow(entry, &old);
	entry->told_ns = flow->event.time_ns;
	entry->changed_ns = flow->event.time_ns;
	return true;
}

/**
 * past_lose() - events are missing from here on; the table follows
 * @past: the connections
 */
void past_lose(struct past *past)
{
	past->lossy = true;
	for (size_t i = 0; i < past->room; i++)
		for (struct past_entry *entry = past->bucket[i]; entry; entry = entry->next)
			entry->marked = false;
}

/**
 * past_sync() - the table has ended: what it did not tell is no longer there
 * @past: the connections
 */
void past_sync(struct past *past)
{
	if (!past->lossy)
		return;
	past->lossy = false;
	for (size_t i = 0; i < past->room; i++) {
		struct past_entry **at = &past->bucket[i];

		while (*at) {
			if ((*at)->marked)
				at = &(*at)->next;
			else
				forget(past, at);
		}
	}
}

static uint64_t ms_from(uint64_t then_ns, uint64_t now_ns)
{
	return now_ns > then_ns ? (now_ns - then_ns) / NS_PER_MS : 0;
}

/*
 * A connection as it was at a time. What it had counted was told at its last event; since then it
 * may have become more, and so these counts are lower bounds, unless it had ended.
 */
static void recall(const struct past_entry *entry, uint64_t now_ns, struct flow *flow)
{
	get_flow(entry, flow);
	flow->command = TCPSTATE_CMD_FLOW_LIST;
	flow->has &= LASTING;
	flow->has |= BIT(TCPSTATE_A_FLOW_AGE_MS);
	flow->age_ms = ms_from(flow->id, now_ns);
	if (entry->changed_ns) {
		flow->has |= BIT(TCPSTATE_A_FLOW_IN_STATE_MS);
		flow->in_state_ms = ms_from(entry->changed_ns, now_ns);
	}
	for (int i = 0; i < 2 && flow->verdict == TCPSTATE_VERDICT_NONE; i++)
		flow->end[i].saturated |= ALL_COUNTS;
}

/**
 * past_list() - tell the table as it was
 * @past: the connections; @past->n_unknown is filled
 * @now_ns: the time up to which events were taken
 * @filter: what to tell of it
 * @each: gets each connection
 * @data: for @each
 *
 * Return: 0, or what @each returned.
 */
int past_list(struct past *past, uint64_t now_ns, const struct filter *filter,
	      ipc_each *each, void *data)
{
	enum filter_answer answer;
	int ret = 0;

	past->n_unknown = 0;
	for (size_t i = 0; i < past->room && !ret; i++) {
		const struct past_entry *entry = past->bucket[i];

		for (; entry && !ret; entry = entry->next) {
			struct flow flow;

			recall(entry, now_ns, &flow);
			answer = filter_judge(filter, &flow);
			past->n_unknown += answer == FILTER_UNKNOWN;
			if (answer == FILTER_YES)
				ret = each(&flow, data);
		}
	}
	return ret;
}

/**
 * past_free() - forget all connections
 * @past: the connections
 */
void past_free(struct past *past)
{
	past_lose(past);
	past_sync(past);
	free(past->bucket);
	*past = (struct past){};
}
