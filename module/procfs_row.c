// SPDX-License-Identifier: GPL-2.0-only
/* One line of /proc/tcpstate: a connection, column by column. */
#include "procfs_row.h"

#include <linux/netdevice.h>
#include <linux/seq_file.h>
#include <linux/user_namespace.h>
#include <net/net_namespace.h>

#include "account.h"
#include "clock.h"
#include "expiry.h"
#include "names.h"
#include "zone.h"

/* Print a word at the left of its column. A longer one widens the column. */
static void put_word(struct seq_file *m, int width, const char *word)
{
	seq_printf(m, " %-*s", width, word);
}

/* Print milliseconds as seconds: "1.5" */
static void put_seconds(struct seq_file *m, u64 ms)
{
	u32 rest;
	u64 seconds = div_u64_rem(ms, MSEC_PER_SEC, &rest);

	seq_printf(m, " %7llu.%u", seconds, rest / 100);
}

/* Print a time of the handshake; if there is none, "-" or, if it was not seen, "?" */
static void put_us(struct seq_file *m, u32 us, bool unseen)
{
	if (us)
		seq_printf(m, " %10u", us);
	else
		seq_printf(m, " %10s", unseen ? "?" : "-");
}

/* Print an interface: "%eth0", or "%7" if it no longer exists. */
static void put_scope(struct seq_file *m, struct net *net, int ifindex)
{
	const struct net_device *dev;

	rcu_read_lock();
	dev = dev_get_by_index_rcu(net, ifindex);
	if (dev)
		seq_printf(m, "%%%s", dev->name);
	else
		seq_printf(m, "%%%d", ifindex);
	rcu_read_unlock();
}

static void put_end(struct seq_file *m, const struct tcpstate_net *tn,
		    const struct tcpstate_flow *flow, int end)
{
	int ifindex = tcpstate_zone_find_ifindex(flow->zone);
	bool ipv6 = tcpstate_flow_ipv6(flow);

	seq_putc(m, ' ');
	seq_setwidth(m, 23);
	if (ipv6)
		seq_printf(m, "[%pI6c", flow->ip6[end]);
	else
		seq_printf(m, "%pI4", &flow->ip[end]);
	if (ifindex)
		put_scope(m, tn->net, ifindex);
	seq_printf(m, "%s:%u", ipv6 ? "]" : "", ntohs(flow->port[end]));
	seq_pad(m, '\0');
}

/* Room for a pair: two numbers of 64 bits with a mark behind each, and a slash */
#define PAIR_BYTES	sizeof("18446744073709551615+/18446744073709551615+")

/* The mark of a number, which is a lower bound if any of its @counts has saturated */
static const char *mark_of(const struct tcpstate_conn *conn, int end, u32 counts)
{
	return tcpstate_conn_saturated(conn, end) & counts ? "+" : "";
}

/* Print a pair, such as "255+/3", at the right of its column. A longer one widens it. */
static void put_pair(struct seq_file *m, int width, const struct tcpstate_conn *conn,
		     u32 counts, u64 initiator, u64 responder)
{
	char text[PAIR_BYTES];

	scnprintf(text, sizeof(text), "%llu%s/%llu%s",
		  initiator, mark_of(conn, TCPSTATE_INITIATOR, counts),
		  responder, mark_of(conn, TCPSTATE_RESPONDER, counts));
	seq_printf(m, " %*s", width, text);
}

/* The counts that add up to the number of segments */
#define SEGMENTS	(TCPSTATE_COUNT_OPENING | TCPSTATE_COUNT_DATA |	\
			 TCPSTATE_COUNT_ACKS | TCPSTATE_COUNT_CLOSING)

static void put_counts(struct seq_file *m, const struct tcpstate_conn *conn)
{
	const struct tcpstate_end *a = &conn->end[TCPSTATE_INITIATOR];
	const struct tcpstate_end *b = &conn->end[TCPSTATE_RESPONDER];

	put_pair(m, 7, conn, TCPSTATE_COUNT_REPEATS,
		 conn->repeats[0], conn->repeats[1]);
	put_pair(m, 11, conn, SEGMENTS,
		 tcpstate_conn_segments(conn, 0), tcpstate_conn_segments(conn, 1));
	put_pair(m, 15, conn, TCPSTATE_COUNT_BYTES,
		 tcpstate_conn_bytes(conn, 0), tcpstate_conn_bytes(conn, 1));
	put_pair(m, 7, conn, TCPSTATE_COUNT_OPENING,
		 tcpstate_conn_opening(conn, 0), tcpstate_conn_opening(conn, 1));
	put_pair(m, 9, conn, TCPSTATE_COUNT_DATA, a->data_segs, b->data_segs);
	put_pair(m, 9, conn, TCPSTATE_COUNT_ACKS, a->ack_segs, b->ack_segs);
	put_pair(m, 7, conn, TCPSTATE_COUNT_CLOSING,
		 conn->closings[0], conn->closings[1]);
}

/* Print what one end has sent again or out of order; "?" if it was never heard. */
static void format_order(char *text, size_t size, const struct tcpstate_conn *conn, int end,
			 u32 count, u32 n)
{
	if (tcpstate_conn_has(conn, TCPSTATE_F_SEEN, end))
		scnprintf(text, size, "%u%s", n, mark_of(conn, end, count));
	else
		scnprintf(text, size, "?");
}

static void put_order(struct seq_file *m, int width, const struct tcpstate_conn *conn, u32 count,
		      u32 initiator, u32 responder)
{
	char text[2][PAIR_BYTES / 2], pair[PAIR_BYTES];

	format_order(text[0], sizeof(text[0]), conn, TCPSTATE_INITIATOR, count, initiator);
	format_order(text[1], sizeof(text[1]), conn, TCPSTATE_RESPONDER, count, responder);
	scnprintf(pair, sizeof(pair), "%s/%s", text[0], text[1]);
	seq_printf(m, " %*s", width, pair);
}

static void put_flags(struct seq_file *m, const struct tcpstate_conn *conn)
{
	u32 flags = tcpstate_phase_flags(conn);
	const char *separator = "";
	unsigned int bit;

	seq_putc(m, ' ');
	seq_setwidth(m, 17);
	for (bit = 0; bit < TCPSTATE_FLOW_FLAGS; bit++) {
		if (!(flags & BIT(bit)))
			continue;
		seq_printf(m, "%s%s", separator, tcpstate_names_flow_flag(bit));
		separator = ",";
	}
	if (!flags)
		seq_putc(m, '-');
	seq_pad(m, '\0');
}

/* Print when the connection has ended, and how long it had lasted then. */
static void put_closing(struct seq_file *m, const struct tcpstate_flow *flow)
{
	u64 ms;
	u32 rest;

	if (!tcpstate_flow_get_lasted(flow, &ms)) {
		seq_printf(m, " %16s %10s", "-", "-");
		return;
	}
	seq_printf(m, " %16llu", flow->id + ms * NSEC_PER_MSEC);
	ms = div_u64_rem(ms, MSEC_PER_SEC, &rest);
	seq_printf(m, " %6llu.%03u", ms, rest);
}

/*
 * Print who owns the sockets of both ends, such as "1000/-", and the numbers of their cgroups.
 * The tool has paths for these, so that a comma separates them.
 */
static void put_owners(struct seq_file *m, const struct tcpstate_flow *flow)
{
	char uid[2][12] = { "-", "-" }, cgroup[2][24] = { "-", "-" };
	char pair[PAIR_BYTES];
	u64 number;
	kuid_t user;
	int end;

	for (end = 0; end < 2; end++) {
		if (!tcpstate_account_find(flow->owner[end], &user, &number))
			continue;
		scnprintf(uid[end], sizeof(uid[end]), "%u",
			  from_kuid_munged(seq_user_ns(m), user));
		if (number)
			scnprintf(cgroup[end], sizeof(cgroup[end]), "%llu", number);
	}
	scnprintf(pair, sizeof(pair), "%s/%s", uid[0], uid[1]);
	seq_printf(m, " %11s", pair);
	scnprintf(pair, sizeof(pair), "%s,%s", cgroup[0], cgroup[1]);
	seq_printf(m, " %9s", pair);
}

/**
 * tcpstate_procfs_row_show_header() - print the names of the columns
 * @m: the file
 *
 * Context: process.
 */
void tcpstate_procfs_row_show_header(struct seq_file *m)
{
	seq_printf(m, "%-6s %-23s %-23s %-11s %-4s %-15s %-15s %-11s %9s %9s %10s %10s %7s %11s %15s %7s %9s %9s %7s %-17s %-18s %-16s %16s %10s %11s %7s %11s %9s\n",
		   "family", "initiator", "responder", "phase", "step",
		   "initiator_state", "responder_state", "timer", "left_s", "age_s",
		   "syn_us", "ack_us", "repeats", "segments", "bytes", "opening",
		   "data", "acks", "closing", "flags", "verdict", "id",
		   "closed_at_ns", "duration_s", "retransmits", "gaps",
		   "uid", "cgroup");
}

/**
 * tcpstate_procfs_row_show() - print a connection
 * @m: the file
 * @tn: the namespace
 * @flow: a copy of the record
 *
 * Every column but the first begins with a blank of its own, so that columns stay apart however
 * long their words are.
 *
 * Context: process.
 */
void tcpstate_procfs_row_show(struct seq_file *m, const struct tcpstate_net *tn,
			      const struct tcpstate_flow *flow)
{
	const struct tcpstate_conn *conn = &flow->conn;
	enum tcpstate_stage stage = tcpstate_phase_stage(conn);

	seq_printf(m, "%-6s", tcpstate_flow_ipv6(flow) ? "ipv6" : "ipv4");
	put_end(m, tn, flow, TCPSTATE_INITIATOR);
	put_end(m, tn, flow, TCPSTATE_RESPONDER);
	put_word(m, 11, tcpstate_names_phase(tcpstate_phase_of(stage)));
	put_word(m, 4, tcpstate_phase_step_name(stage));
	put_word(m, 15, tcpstate_names_state(tcpstate_conn_state(conn, 0)));
	put_word(m, 15, tcpstate_names_state(tcpstate_conn_state(conn, 1)));
	put_word(m, 11, tcpstate_names_timer(tcpstate_phase_timer(conn)));
	put_seconds(m, tcpstate_expiry_left_ms(tn, conn, tcpstate_clock_now_ms()));
	put_seconds(m, div_u64(tcpstate_clock_age_ns(flow->id, tcpstate_clock_now_ns()),
			       NSEC_PER_MSEC));
	put_us(m, tcpstate_conn_syn_us(conn), tcpstate_phase_unseen(conn, TCPSTATE_OPEN_1));
	put_us(m, tcpstate_conn_ack_us(conn), tcpstate_phase_unseen(conn, TCPSTATE_OPEN_2));
	put_counts(m, conn);
	put_flags(m, conn);
	put_word(m, 18, tcpstate_names_verdict(tcpstate_conn_verdict(conn)));
	seq_printf(m, " %-16llu", flow->id);
	put_closing(m, flow);
	put_order(m, 11, conn, TCPSTATE_COUNT_RETRANSMITS, conn->retransmits[0],
		  conn->retransmits[1]);
	put_order(m, 7, conn, TCPSTATE_COUNT_GAPS, conn->gaps[0], conn->gaps[1]);
	put_owners(m, flow);
	seq_putc(m, '\n');
}
