// SPDX-License-Identifier: GPL-2.0-only
/*
 * A tuple's incarnations: who is who in a new connection, and which of two
 * connections with one tuple a segment speaks of. Pure.
 */
#include "incarnation.h"

/**
 * tcpstate_incarnation_role() - who sent the first segment that is seen of a tuple?
 * @seg: that segment
 * @sport: its sender's port
 * @dport: its receiver's port
 *
 * In mid-stream the roles are guessed: services have the lower port.
 *
 * Context: any.
 * Return: TCPSTATE_INITIATOR or TCPSTATE_RESPONDER; -1 if the segment is no
 * reason to keep a record.
 */
int tcpstate_incarnation_role(const struct tcpstate_segment *seg, __u16 sport, __u16 dport)
{
	if (seg->flags & TCPSTATE_FLAG_RST)
		return -1;
	if (seg->flags & TCPSTATE_FLAG_SYN)
		return seg->flags & TCPSTATE_FLAG_ACK ? TCPSTATE_RESPONDER :
							TCPSTATE_INITIATOR;
	if (!(seg->flags & TCPSTATE_FLAG_ACK))
		return -1;
	return sport < dport ? TCPSTATE_RESPONDER : TCPSTATE_INITIATOR;
}

/**
 * tcpstate_incarnation_begin() - what is known before the first segment is taken
 * @conn: filled
 * @seg: the first segment that is seen
 * @from: the end that sent it, from tcpstate_incarnation_role()
 *
 * Context: any; the caller has the connection to itself.
 */
void tcpstate_incarnation_begin(struct tcpstate_conn *conn,
				const struct tcpstate_segment *seg, int from)
{
	struct tcpstate_end *s = &conn->end[from], *r = &conn->end[!from];

	*conn = (struct tcpstate_conn){
		.states = TCPSTATE_CLOSED | TCPSTATE_LISTEN << 4,
		.wscales = TCPSTATE_WSCALE_NONE | TCPSTATE_WSCALE_NONE << 4,
	};
	if (!(seg->flags & TCPSTATE_FLAG_ACK))
		return;
	/* What it acknowledges was sent, though not seen here. */
	tcpstate_conn_start(r, seg->ack - 1);
	conn->flags = TCPSTATE_F_MIDSTREAM;
	if (seg->flags & TCPSTATE_FLAG_SYN) {
		conn->states = TCPSTATE_SYN_SENT | TCPSTATE_LISTEN << 4;
		conn->flags |= TCPSTATE_F_SYN << !from;
		if (seg->wscale != TCPSTATE_WSCALE_NONE)
			conn->wscales = TCPSTATE_WSCALE_MAX |
					TCPSTATE_WSCALE_NONE << 4;
		return;
	}
	tcpstate_conn_start(s, seg->seq - 1);
	conn->states = TCPSTATE_ESTABLISHED | TCPSTATE_ESTABLISHED << 4;
	/* The scales are unknown: no segment is refused for a window's sake. */
	conn->wscales = TCPSTATE_WSCALE_MAX | TCPSTATE_WSCALE_MAX << 4;
	conn->flags |= TCPSTATE_F_LOOSE | TCPSTATE_F_SACK;
}

static bool is_bare_syn(const struct tcpstate_segment *seg)
{
	return (seg->flags & (TCPSTATE_FLAG_SYN | TCPSTATE_FLAG_ACK |
			      TCPSTATE_FLAG_RST)) == TCPSTATE_FLAG_SYN;
}

/* Is @from the end whose SYN this is, first or again? */
static bool is_own_syn(const struct tcpstate_conn *conn, int from,
		       const struct tcpstate_segment *seg)
{
	return tcpstate_conn_has(conn, TCPSTATE_F_SYN, from) &&
	       seg->seq == conn->end[from].isn;
}

/* Two SYNs that cross are one connection (RFC 9293, 3.5, figure 7). */
static bool is_crossing_syn(const struct tcpstate_conn *conn, int from)
{
	return tcpstate_conn_state(conn, from) == TCPSTATE_LISTEN &&
	       tcpstate_conn_state(conn, !from) == TCPSTATE_SYN_SENT;
}

/* Does it acknowledge anything that @end has sent? */
static bool acks_sent_of(const struct tcpstate_conn *conn, int end,
			 const struct tcpstate_segment *seg)
{
	const struct tcpstate_end *it = &conn->end[end];

	return tcpstate_conn_distance(it, seg->ack) > 0 &&
	       !tcpstate_seq_after(seg->ack, it->snd_nxt);
}

static bool acks_syn_of(const struct tcpstate_conn *conn, int end,
			const struct tcpstate_segment *seg)
{
	return seg->flags & TCPSTATE_FLAG_ACK &&
	       tcpstate_conn_has(conn, TCPSTATE_F_SYN, end) && acks_sent_of(conn, end, seg);
}

static bool is_opening(const struct tcpstate_conn *conn)
{
	__u8 state = tcpstate_conn_state(conn, TCPSTATE_INITIATOR);

	return state == TCPSTATE_SYN_SENT || state == TCPSTATE_SYN_RECEIVED;
}

/*
 * Is this connection over, and was it more than an opening? A SYN with its number then
 * begins another one; while it was opening, it takes the refusal back instead.
 */
static bool has_ended(const struct tcpstate_conn *conn)
{
	__u8 state = tcpstate_conn_hidden(conn, TCPSTATE_INITIATOR);

	return tcpstate_conn_verdict(conn) &&
	       state != TCPSTATE_SYN_SENT && state != TCPSTATE_SYN_RECEIVED;
}

/* Does this RST close the old connection, as long as there is one? */
static bool is_exact_rst(const struct tcpstate_conn *old, int from,
			 const struct tcpstate_segment *seg)
{
	__u8 state = tcpstate_conn_state(old, !from);

	return state > TCPSTATE_SYN_SENT && state != TCPSTATE_CLOSED &&
	       tcpstate_conn_has(old, TCPSTATE_F_ACK, !from) &&
	       seg->seq == tcpstate_conn_rcv_nxt(old, !from);
}

/* Does a segment of @from go on from its SYN? */
static bool follows_syn(const struct tcpstate_conn *conn, int from,
			const struct tcpstate_segment *seg)
{
	return tcpstate_conn_has(conn, TCPSTATE_F_SYN, from) &&
	       tcpstate_conn_distance(&conn->end[from], seg->seq) > 0 &&
	       !tcpstate_seq_after(seg->seq, conn->end[from].snd_nxt);
}

/*
 * The same, for what passes elsewhere or late: does it lie in the window that the other end
 * offers? Until that end has acknowledged anything, the window of its SYN begins there.
 */
static bool is_in_window(const struct tcpstate_conn *conn, int from,
			 const struct tcpstate_segment *seg)
{
	__u32 first = conn->end[from].isn + 1, size = conn->end[!from].edge;

	if (tcpstate_conn_has(conn, TCPSTATE_F_ACK, !from))
		size -= first;
	return tcpstate_conn_has(conn, TCPSTATE_F_SYN, from) && seg->seq - first <= size;
}

/*
 * Is this segment @pending's, though the other end's segments pass elsewhere? @from goes on
 * from its own SYN, or repeats that with the ACK of the other SYN, and the old connection
 * is over, or just opening with another number.
 */
static bool is_half_seen(const struct tcpstate_conn *old, int old_from,
			 const struct tcpstate_conn *pending, int from,
			 const struct tcpstate_segment *seg)
{
	if (tcpstate_conn_syn_passed(pending, !from) &&
	    tcpstate_conn_hidden(pending, from) < TCPSTATE_ESTABLISHED)
		return false;
	if (!tcpstate_conn_verdict(old) &&
	    (!is_opening(old) || follows_syn(old, old_from, seg) ||
	     is_own_syn(old, old_from, seg)))
		return false;
	if (seg->flags & TCPSTATE_FLAG_SYN)
		return is_own_syn(pending, from, seg);
	/* What the old connection's numbers explain says nothing of another one. */
	return seg->flags & TCPSTATE_FLAG_ACK && follows_syn(pending, from, seg) &&
	       !acks_sent_of(old, !old_from, seg);
}

/*
 * Does the holder of TIME_WAIT answer a SYN that we do not know? It has left that, then,
 * with a number larger than any it had used (RFC 9293, 3.6.1). SND.NXT itself is what a forged
 * segment of the old connection has; Linux begins 65,537 beyond it.
 */
static bool has_left_time_wait(const struct tcpstate_conn *old, int from,
			       const struct tcpstate_segment *seg)
{
	return (seg->flags & (TCPSTATE_FLAG_SYN | TCPSTATE_FLAG_RST)) == TCPSTATE_FLAG_SYN &&
	       tcpstate_conn_state(old, from) == TCPSTATE_TIME_WAIT &&
	       tcpstate_seq_after(seg->seq, old->end[from].snd_nxt);
}

/* A segment that is no bare SYN: does it fit the one that waits? */
static enum tcpstate_incarnation choose_pending(const struct tcpstate_conn *old, int old_from,
						const struct tcpstate_conn *pending,
						int from,
						const struct tcpstate_segment *seg)
{
	__u8 peer = tcpstate_conn_hidden(pending, !from);
	bool fits = acks_syn_of(pending, !from, seg), half_seen;

	if (seg->flags & TCPSTATE_FLAG_RST) {
		/* The numbers of both may meet: then its receiver has the old one. */
		if (is_exact_rst(old, old_from, seg))
			return TCPSTATE_INCARNATION_OLD;
		/* It refuses the new SYN, or its sender takes it back. */
		if (fits && peer <= TCPSTATE_SYN_RECEIVED)
			return TCPSTATE_INCARNATION_PENDING;
		if (tcpstate_conn_has(pending, TCPSTATE_F_SYN, from) &&
		    seg->seq == pending->end[from].snd_nxt)
			return TCPSTATE_INCARNATION_PENDING;
		return TCPSTATE_INCARNATION_OLD;
	}
	half_seen = is_half_seen(old, old_from, pending, from, seg);
	if (!fits && !half_seen)
		return TCPSTATE_INCARNATION_OLD;
	/* A pending record whose SYN seems refused, or reset, has to prove that wrong first. */
	if (half_seen)
		return tcpstate_conn_verdict(pending) ? TCPSTATE_INCARNATION_PENDING :
							TCPSTATE_INCARNATION_TAKEOVER;
	/*
	 * While the old one is still opening it is not known which of the two
	 * SYNs is the duplicate, until one is established (figure 9).
	 */
	if (seg->flags & TCPSTATE_FLAG_SYN)
		return is_opening(old) ? TCPSTATE_INCARNATION_PENDING :
					 TCPSTATE_INCARNATION_TAKEOVER;
	/* It acknowledges the SYN that waits, which the old connection does not explain. */
	if (tcpstate_conn_verdict(old) && !tcpstate_conn_has(pending, TCPSTATE_F_SYN, from) &&
	    !acks_sent_of(old, !old_from, seg))
		return TCPSTATE_INCARNATION_PENDING;
	if (!follows_syn(pending, from, seg) &&
	    (!is_in_window(pending, from, seg) || acks_sent_of(old, !old_from, seg)))
		return TCPSTATE_INCARNATION_OLD;
	/* Either end may go on before the other one has acknowledged its SYN. */
	return peer <= TCPSTATE_SYN_SENT || tcpstate_conn_verdict(pending) ?
		       TCPSTATE_INCARNATION_PENDING : TCPSTATE_INCARNATION_TAKEOVER;
}

/**
 * tcpstate_incarnation_is_repeat() - does a SYN that begins a new record repeat an old one?
 * @old: the connection of the tuple
 * @from: the end of it that sent the SYN
 * @syn: a bare SYN
 *
 * It counts for the connection that it begins, and not for the old one. Nor does the
 * first SYN of this end, after the old connection is over: it does not cross another.
 *
 * Context: any; the caller has the connection to itself.
 * Return: true if the old record is not to take it.
 */
bool tcpstate_incarnation_is_repeat(const struct tcpstate_conn *old, int from,
				    const struct tcpstate_segment *syn)
{
	return is_own_syn(old, from, syn) ||
	       (tcpstate_conn_verdict(old) && !tcpstate_conn_has(old, TCPSTATE_F_SYN, from));
}

/**
 * tcpstate_incarnation_choose() - which incarnation does a segment speak of?
 * @old: the connection of the tuple
 * @from: the end of it that sent the segment
 * @pending: the one that waits to replace it, or NULL
 * @pending_from: the end of @pending that sent the segment
 * @seg: the segment
 *
 * A SYN with another ISN begins one that waits until it is answered; the old
 * one goes on (RFC 9293, 3.5, figures 9 to 11; RFC 6191).
 *
 * Context: any; the caller has both connections to itself.
 * Return: enum tcpstate_incarnation.
 */
enum tcpstate_incarnation tcpstate_incarnation_choose(const struct tcpstate_conn *old, int from,
						      const struct tcpstate_conn *pending,
						      int pending_from,
						      const struct tcpstate_segment *seg)
{
	if (!is_bare_syn(seg)) {
		enum tcpstate_incarnation which = TCPSTATE_INCARNATION_OLD;

		if (pending)
			which = choose_pending(old, from, pending, pending_from, seg);
		if (which == TCPSTATE_INCARNATION_OLD && has_left_time_wait(old, from, seg))
			return TCPSTATE_INCARNATION_REOPEN;
		return which;
	}
	/*
	 * A repeated SYN of a connection that is over may be an old duplicate: if a
	 * pending SYN is in flight the other way, it crosses that one.
	 */
	if (is_own_syn(old, from, seg) && !has_ended(old) &&
	    !(pending && tcpstate_conn_verdict(old) &&
	      is_crossing_syn(pending, pending_from)))
		return TCPSTATE_INCARNATION_OLD;
	if (pending && (is_own_syn(pending, pending_from, seg) ||
			is_crossing_syn(pending, pending_from)))
		return TCPSTATE_INCARNATION_PENDING;
	if (is_own_syn(old, from, seg))
		return TCPSTATE_INCARNATION_NEW;
	if (is_crossing_syn(old, from))
		return TCPSTATE_INCARNATION_OLD;
	/* Its own socket has left TIME_WAIT: otherwise it could not send this. */
	if (tcpstate_conn_state(old, from) == TCPSTATE_TIME_WAIT)
		return TCPSTATE_INCARNATION_REOPEN;
	return TCPSTATE_INCARNATION_NEW;
}
