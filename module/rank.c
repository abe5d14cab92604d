// SPDX-License-Identifier: GPL-2.0-only
/* Ranks: in which order records are evicted. */
#include "rank.h"

#include <linux/minmax.h>

/*
 * Has data of each end been acknowledged by the other one? Compare lengths, because the ACK may be
 * any number of turns beyond the ISN.
 */
static bool is_used(const struct tcpstate_conn *conn)
{
	int end;

	for (end = 0; end < 2; end++) {
		u32 unacknowledged = conn->end[end].snd_nxt - conn->end[!end].ack;

		if (!conn->end[end].data_segs ||
		    !tcpstate_conn_has(conn, TCPSTATE_F_ACK, !end) ||
		    tcpstate_conn_bytes(conn, end) <= unacknowledged)
			return false;
	}
	return true;
}

/* Have both ends sent their FIN? Until then, data may flow in the closing class. */
static bool is_over(const struct tcpstate_conn *conn)
{
	int end;

	for (end = 0; end < 2; end++)
		switch (tcpstate_conn_state(conn, end)) {
		case TCPSTATE_LAST_ACK:
		case TCPSTATE_CLOSING:
		case TCPSTATE_CLOSED:
			return true;
		}
	return false;
}

/* The rank of a record by its class alone, however long it was silent */
static enum tcpstate_rank base_of(const struct tcpstate_conn *conn, enum tcpstate_timer class)
{
	switch (class) {
	case TCPSTATE_TIMER_HANDSHAKE:
		return TCPSTATE_RANK_HANDSHAKE;
	case TCPSTATE_TIMER_UNSURE:
		return TCPSTATE_RANK_UNSURE;
	case TCPSTATE_TIMER_TIME_WAIT:
	case TCPSTATE_TIMER_CLOSED:
		return TCPSTATE_RANK_OVER;
	case TCPSTATE_TIMER_CLOSING:
		if (is_over(conn))
			return TCPSTATE_RANK_OVER;
		break;
	default:
		break;
	}
	return is_used(conn) ? TCPSTATE_RANK_IN_USE : TCPSTATE_RANK_UNUSED;
}

/**
 * tcpstate_rank_of() - tell the rank of a record
 * @conn: its connection
 * @class: its class
 * @now_ms: tcpstate_clock_now_ms()
 *
 * Context: its bucket locked.
 * Return: the rank.
 */
enum tcpstate_rank tcpstate_rank_of(const struct tcpstate_conn *conn, enum tcpstate_timer class,
				    u32 now_ms)
{
	enum tcpstate_rank rank = base_of(conn, class);
	/* It may be negative, if another CPU has read the clock since then. */
	s32 silent_ms = now_ms - conn->last_seen_ms;

	switch (rank) {
	case TCPSTATE_RANK_HANDSHAKE:
	case TCPSTATE_RANK_UNSURE:
		return silent_ms < TCPSTATE_RANK_RECENT_MS ? TCPSTATE_RANK_RECENT : rank;
	case TCPSTATE_RANK_IN_USE:
		return silent_ms < TCPSTATE_RANK_IDLE_MS ? rank : TCPSTATE_RANK_IDLE;
	default:
		return rank;
	}
}

/**
 * tcpstate_rank_hint() - make the hint for a record's rank
 * @conn: its connection
 * @class: its class
 * @now_ms: tcpstate_clock_now_ms()
 *
 * Context: its bucket locked.
 * Return: a hint that holds until the connection is in a class of lower rank.
 */
u8 tcpstate_rank_hint(const struct tcpstate_conn *conn, enum tcpstate_timer class, u32 now_ms)
{
	const s32 most_ms = TCPSTATE_HINT_USED_MAX << TCPSTATE_HINT_USED_SHIFT;
	s32 silent_ms = now_ms - conn->last_seen_ms;

	switch (base_of(conn, class)) {
	case TCPSTATE_RANK_HANDSHAKE:
		return tcpstate_hint_at(TCPSTATE_HINT_HANDSHAKE, conn->last_seen_ms);
	case TCPSTATE_RANK_UNSURE:
		return tcpstate_hint_at(TCPSTATE_HINT_UNSURE, conn->last_seen_ms);
	case TCPSTATE_RANK_OVER:
		return TCPSTATE_HINT_OVER;
	case TCPSTATE_RANK_UNUSED:
		return TCPSTATE_HINT_UNUSED;
	default:
		return tcpstate_hint_at(TCPSTATE_HINT_USED, now_ms - min(silent_ms, most_ms));
	}
}

/* Both times were rounded down. The clock of another CPU may be a unit ahead. */
static bool is_recent(u8 hint, u32 now_ms)
{
	u8 units = ((now_ms >> TCPSTATE_HINT_EARLY_SHIFT) + 1 - hint) & TCPSTATE_HINT_EARLY_MASK;

	return units <= TCPSTATE_RANK_RECENT_MS >> TCPSTATE_HINT_EARLY_SHIFT;
}

/**
 * tcpstate_rank_cost() - tell what a hint promises
 * @hint: the hint
 * @now_ms: tcpstate_clock_now_ms()
 *
 * Context: any.
 * Return: the rank of a record that may be evicted. For one that was used, it is
 * TCPSTATE_RANK_IDLE or more, the less the longer the record has been silent.
 * TCPSTATE_RANK_COST_NONE if each is in use.
 */
u8 tcpstate_rank_cost(u8 hint, u32 now_ms)
{
	u8 units;

	if (hint < TCPSTATE_HINT_OVER) {
		if (is_recent(hint, now_ms))
			return TCPSTATE_RANK_RECENT;
		return hint < TCPSTATE_HINT_UNSURE ? TCPSTATE_RANK_HANDSHAKE :
						     TCPSTATE_RANK_UNSURE;
	}
	if (hint == TCPSTATE_HINT_NONE)
		return TCPSTATE_RANK_COST_NONE;
	if (hint < TCPSTATE_HINT_USED)
		return hint == TCPSTATE_HINT_OVER ? TCPSTATE_RANK_OVER : TCPSTATE_RANK_UNUSED;
	/* Both times were rounded down. */
	units = ((now_ms >> TCPSTATE_HINT_USED_SHIFT) - hint) & TCPSTATE_HINT_USED_MASK;
	if (units < TCPSTATE_RANK_IDLE_MS >> TCPSTATE_HINT_USED_SHIFT)
		return TCPSTATE_RANK_COST_NONE;
	return TCPSTATE_RANK_IDLE + TCPSTATE_HINT_USED_MASK - units;
}
