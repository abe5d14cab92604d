// SPDX-License-Identifier: GPL-2.0-only
/* Ranks: in which order records are evicted. */
#include "rank.h"

#include "deadline.h"
#include "engine/seq.h"

/*
 * The hint of a record that is established and used says when it was last seen, in units of 65 s
 * and with seven bits. A mark is written again within TCPSTATE_DEADLINE_FAR_MS, so that the clock
 * goes less than half way round meanwhile.
 */
#define UNIT_SHIFT	16
#define UNIT_MASK	0x7f
static_assert(TCPSTATE_DEADLINE_FAR_MS >> UNIT_SHIFT < UNIT_MASK / 2 + 1);

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
 * @now_ms: tcpstate_clock_now_ms()
 *
 * Context: its bucket locked.
 * Return: the rank.
 */
enum tcpstate_rank tcpstate_rank_of(const struct tcpstate_conn *conn, u32 now_ms)
{
	enum tcpstate_rank rank = base_of(conn, tcpstate_phase_timer(conn));
	/* It may be negative, if another CPU has read the clock since then. */
	s32 silent_ms = now_ms - conn->last_seen_ms;

	switch (rank) {
	case TCPSTATE_RANK_HANDSHAKE:
		return silent_ms < TCPSTATE_RANK_RECENT_MS ? TCPSTATE_RANK_HANDSHAKE_RECENT : rank;
	case TCPSTATE_RANK_UNSURE:
		return silent_ms < TCPSTATE_RANK_RECENT_MS ? TCPSTATE_RANK_UNSURE_RECENT : rank;
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
	return (TCPSTATE_HINT_RANK_MAX + 1) | (conn->last_seen_ms >> UNIT_SHIFT & UNIT_MASK);
}

/**
 * tcpstate_rank_promises() - tell whether it is worth while to look for a record to evict
 * @hint: the hint of a mark
 * @now_ms: tcpstate_clock_now_ms()
 *
 * Context: any.
 * Return: false if each record of the bucket is in use.
 */
bool tcpstate_rank_promises(u8 hint, u32 now_ms)
{
	if (hint <= TCPSTATE_HINT_RANK_MAX)
		return hint != TCPSTATE_HINT_NOTHING;
	/* Both times were rounded down. */
	return (((now_ms >> UNIT_SHIFT) - hint) & UNIT_MASK) >= TCPSTATE_RANK_IDLE_MS >> UNIT_SHIFT;
}
