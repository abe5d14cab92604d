// SPDX-License-Identifier: GPL-2.0-only
/* Timeouts by class, and the deadlines that follow from them. */
#include "expiry.h"

#include <linux/jiffies.h>
#include <linux/limits.h>
#include <linux/minmax.h>
#include <linux/string.h>
#include <net/net_namespace.h>
#include <net/netns/generic.h>

#include "deadline.h"
#include "owner.h"
#include "rank.h"

/*
 * A record may be refreshed after its reader has read the clock. One that was last seen up to
 * this far ahead of the clock was seen just now, and not nearly 2^32 ms ago.
 */
#define SKEW_MS			60000

static const unsigned int default_timeout_ms[TCPSTATE_TIMERS] = {
	/* As in nf_conntrack: more than the 64 s that Linux waits after its last SYN */
	[TCPSTATE_TIMER_HANDSHAKE]	= 120 * MSEC_PER_SEC,
	[TCPSTATE_TIMER_UNSURE]		= 300 * MSEC_PER_SEC,
	/* As in nf_conntrack: RFC 5382, REQ-5 asks for at least 2 h 4 min. */
	[TCPSTATE_TIMER_ESTABLISHED]	= 432000 * MSEC_PER_SEC,
	/* Half a day: somebody may still look for a close() that was forgotten. */
	[TCPSTATE_TIMER_HALF_CLOSED]	= 43200 * MSEC_PER_SEC,
	/* Twice the 120 s between two retransmissions (TCP_RTO_MAX). */
	[TCPSTATE_TIMER_CLOSING]	= 240 * MSEC_PER_SEC,
	/* 2MSL in Linux (TCP_TIMEWAIT_LEN) */
	[TCPSTATE_TIMER_TIME_WAIT]	= 60 * MSEC_PER_SEC,
	/* Linux's TIME_WAIT timer fires up to an eighth of 60 s late. */
	[TCPSTATE_TIMER_CLOSED]		= 10 * MSEC_PER_SEC,
};

/* The timeout of a class. No user's namespace has a longer one than the initial namespace. */
static u32 timeout_of(const struct tcpstate_net *tn, enum tcpstate_timer class)
{
	u32 timeout_ms = READ_ONCE(tn->timeout_ms[class]);
	const struct tcpstate_net *initial;

	if (likely(tcpstate_owner_is_initial(tn->owner)))
		return timeout_ms;
	initial = net_generic(&init_net, tcpstate_net_id);
	return min(timeout_ms, READ_ONCE(initial->timeout_ms[class]));
}

static u32 elapsed(u32 since_ms, u32 now_ms)
{
	u32 elapsed_ms = now_ms - since_ms;

	return elapsed_ms > U32_MAX - SKEW_MS ? 0 : elapsed_ms;
}

/**
 * tcpstate_expiry_rest_ms() - calculate what is left of a time
 * @since_ms: when it began
 * @length_ms: how long it is
 * @now_ms: tcpstate_clock_now_ms()
 *
 * Context: any.
 * Return: ms; 0 once it is over.
 */
u32 tcpstate_expiry_rest_ms(u32 since_ms, u32 length_ms, u32 now_ms)
{
	u32 elapsed_ms = elapsed(since_ms, now_ms);

	return elapsed_ms < length_ms ? length_ms - elapsed_ms : 0;
}

/**
 * tcpstate_expiry_idle_ms() - calculate for how long no segment has restarted the timeout
 * @conn: the connection
 * @now_ms: tcpstate_clock_now_ms()
 *
 * Segments that their receiver ignores do not restart it.
 *
 * Context: any; the caller has the connection, or a copy, to itself.
 * Return: ms.
 */
u32 tcpstate_expiry_idle_ms(const struct tcpstate_conn *conn, u32 now_ms)
{
	return elapsed(conn->last_seen_ms, now_ms);
}

/**
 * tcpstate_expiry_left_ms() - calculate what is left of a connection's timeout
 * @tn: its namespace
 * @conn: the connection
 * @now_ms: tcpstate_clock_now_ms()
 *
 * In TIME_WAIT this is what is left of 2MSL (RFC 9293, 3.4.2).
 *
 * Context: any; the caller has the connection, or a copy, to itself.
 * Return: ms; 0 once the timeout is over.
 */
u32 tcpstate_expiry_left_ms(const struct tcpstate_net *tn,
			    const struct tcpstate_conn *conn, u32 now_ms)
{
	enum tcpstate_timer class = tcpstate_phase_timer(conn);

	return tcpstate_expiry_rest_ms(conn->last_seen_ms, timeout_of(tn, class), now_ms);
}

/*
 * How long a silent record of a class stays. In TIME_WAIT it stays for some time after its
 * countdown has ended, because the socket answers until its own timer fires, and each answer
 * starts 2MSL again.
 */
static u32 stay_of(const struct tcpstate_net *tn, enum tcpstate_timer class)
{
	u32 stay_ms = timeout_of(tn, class);

	if (class == TCPSTATE_TIMER_TIME_WAIT)
		stay_ms += timeout_of(tn, TCPSTATE_TIMER_CLOSED);
	return min_t(u32, stay_ms, TCPSTATE_TIMEOUT_MAX_MS);
}

/**
 * tcpstate_expiry_is_due() - tell whether the time of a record is over
 * @tn: its namespace
 * @conn: its connection
 * @class: its class
 * @now_ms: tcpstate_clock_now_ms()
 *
 * Context: its bucket locked.
 * Return: true if the caller should end it.
 */
bool tcpstate_expiry_is_due(const struct tcpstate_net *tn, const struct tcpstate_conn *conn,
			    enum tcpstate_timer class, u32 now_ms)
{
	return !tcpstate_expiry_rest_ms(conn->last_seen_ms, stay_of(tn, class), now_ms);
}

/**
 * tcpstate_expiry_is_far() - tell whether a class's deadlines are beyond all marks
 * @tn: the namespace
 * @class: the class
 *
 * Context: any.
 * Return: true if a record that comes into the class lowers no mark that it has lowered before.
 */
bool tcpstate_expiry_is_far(const struct tcpstate_net *tn, enum tcpstate_timer class)
{
	return (class == TCPSTATE_TIMER_ESTABLISHED || class == TCPSTATE_TIMER_HALF_CLOSED) &&
	       stay_of(tn, class) >= TCPSTATE_DEADLINE_FAR_MS;
}

/**
 * tcpstate_expiry_mark() - make the mark of a record
 * @tn: its namespace
 * @conn: its connection
 * @class: its class
 * @now_ms: tcpstate_clock_now_ms()
 * @others: merged with its hint, which is not in the mark, if its owner is not the initial one
 *
 * Context: its bucket locked.
 * Return: the mark.
 */
u32 tcpstate_expiry_mark(const struct tcpstate_net *tn, const struct tcpstate_conn *conn,
			 enum tcpstate_timer class, u32 now_ms, u8 *others)
{
	u32 rest_ms = tcpstate_expiry_rest_ms(conn->last_seen_ms, stay_of(tn, class), now_ms);
	u8 hint = tcpstate_rank_hint(conn, class, now_ms);

	if (unlikely(!tcpstate_owner_is_initial(tn->owner))) {
		*others = tcpstate_hint_merge(*others, hint);
		hint = TCPSTATE_HINT_NONE;
	}
	return tcpstate_deadline_round(now_ms + min_t(u32, rest_ms, TCPSTATE_DEADLINE_FAR_MS)) |
	       hint;
}

/**
 * tcpstate_expiry_net_init() - give a namespace the default timeouts
 * @tn: the namespace
 *
 * Context: process.
 */
void tcpstate_expiry_net_init(struct tcpstate_net *tn)
{
	BUILD_BUG_ON(sizeof(tn->timeout_ms) != sizeof(default_timeout_ms));
	memcpy(tn->timeout_ms, default_timeout_ms, sizeof(tn->timeout_ms));
}
