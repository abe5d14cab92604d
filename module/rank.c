// SPDX-License-Identifier: GPL-2.0-only
/* Ranks: in which order records are evicted. */
#include "rank.h"

#include "engine/seq.h"

/* Has data of each end been acknowledged by the other one? */
static bool is_used(const struct tcpstate_conn *conn)
{
	int end;

	for (end = 0; end < 2; end++)
		if (!conn->end[end].data_segs ||
		    !tcpstate_conn_has(conn, TCPSTATE_F_ACK, !end) ||
		    !tcpstate_seq_after(conn->end[!end].ack, conn->end[end].isn + 1))
			return false;
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
 *
 * Context: its bucket locked.
 * Return: a hint that holds until the connection is in a class of lower rank.
 */
u8 tcpstate_rank_hint(const struct tcpstate_conn *conn, enum tcpstate_timer class)
{
	enum tcpstate_rank rank = base_of(conn, class);

	if (rank < TCPSTATE_RANK_IDLE)
		return rank;
	return (TCPSTATE_HINT_RANK_MAX + 1) |
	       (conn->last_seen_ms >> TCPSTATE_RANK_UNIT_SHIFT & TCPSTATE_RANK_UNIT_MASK);
}
