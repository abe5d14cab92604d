// SPDX-License-Identifier: GPL-2.0-only
/*
 * /proc/tcpstate, with a line for each connection, and /proc/net/stat/tcpstate, with a line
 * for each CPU. Reads the table record by record, and holds no lock while it makes a line.
 */
#include "procfs.h"

#include <linux/capability.h>
#include <linux/mm.h>
#include <linux/netdevice.h>
#include <linux/proc_fs.h>
#include <linux/seq_file.h>
#include <linux/sizes.h>
#include <linux/user_namespace.h>
#include <net/net_namespace.h>

#include "account.h"
#include "clock.h"
#include "compat.h"
#include "expiry.h"
#include "names.h"
#include "stats.h"
#include "walk.h"
#include "zone.h"

/*
 * Reading a page at a time is several times slower, because each read() is a system call. A
 * user without rights in the initial user namespace has to do with a page nevertheless, since
 * any number of files may be open.
 */
#define BUFFER_BYTES	SZ_128K

/** struct tcpstate_reader - one open /proc/tcpstate */
struct tcpstate_reader {
	/** @tn: the namespace whose connections it shows */
	struct tcpstate_net *tn;
	/** @pos: the number of the line that @copy is; 0 is the header */
	loff_t pos;
	/** @more: @copy is a line; false at the end of the table */
	bool more;
	/** @cursor: where the walk goes on after @copy */
	struct tcpstate_cursor cursor;
	/** @copy: the record of line @pos */
	struct tcpstate_copy copy;
};

static void *table_next(struct seq_file *m, void *v, loff_t *pos)
{
	struct tcpstate_reader *reader = m->private;

	reader->pos = ++*pos;
	reader->more = tcpstate_walk_next(reader->tn, &reader->cursor, &reader->copy);
	return reader->more ? &reader->copy : NULL;
}

/* seq_file goes on where it stopped or begins again, and never jumps. */
static void *table_start(struct seq_file *m, loff_t *pos)
{
	struct tcpstate_reader *reader = m->private;

	if (!*pos) {
		reader->pos = 0;
		reader->cursor = (struct tcpstate_cursor){};
		return SEQ_START_TOKEN;
	}
	return reader->more && *pos == reader->pos ? &reader->copy : NULL;
}

static void table_stop(struct seq_file *m, void *v)
{
}

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

static void show_header(struct seq_file *m)
{
	seq_printf(m, "%-6s %-23s %-23s %-11s %-4s %-15s %-15s %-11s %9s %9s %10s %10s %7s %11s %15s %7s %9s %9s %7s %-17s %-18s %-16s %16s %10s %11s %7s %11s %9s\n",
		   "family", "initiator", "responder", "phase", "step",
		   "initiator_state", "responder_state", "timer", "left_s", "age_s",
		   "syn_us", "ack_us", "repeats", "segments", "bytes", "opening",
		   "data", "acks", "closing", "flags", "verdict", "id",
		   "closed_at_ns", "duration_s", "retransmits", "gaps",
		   "uid", "cgroup");
}

/*
 * Print a line. Every column but the first begins with a blank of its own, so that columns
 * stay apart however long their words are.
 */
static void show_flow(struct seq_file *m, const struct tcpstate_net *tn,
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

static int table_show(struct seq_file *m, void *v)
{
	const struct tcpstate_reader *reader = m->private;

	if (v == SEQ_START_TOKEN)
		show_header(m);
	else
		show_flow(m, reader->tn, &reader->copy.flow);
	return 0;
}

static const struct seq_operations table_ops = {
	.start	= table_start,
	.next	= table_next,
	.stop	= table_stop,
	.show	= table_show,
};

/* May the opener read? It needs CAP_NET_ADMIN in the user namespace that owns the network. */
static bool may_read(const struct file *file, const struct tcpstate_net *tn)
{
	return file_ns_capable(file, tn->net->user_ns, CAP_NET_ADMIN);
}

static int table_open(struct inode *inode, struct file *file)
{
	struct tcpstate_net *tn = pde_data(inode);
	struct tcpstate_reader *reader;

	if (!may_read(file, tn))
		return -EPERM;
	reader = __seq_open_private(file, &table_ops, sizeof(*reader));
	if (!reader)
		return -ENOMEM;
	reader->tn = tn;
	return 0;
}

static ssize_t table_read(struct kiocb *iocb, struct iov_iter *iter)
{
	struct seq_file *m = iocb->ki_filp->private_data;
	const struct tcpstate_reader *reader = m->private;

	mutex_lock(&m->lock);
	/* Without this, seq_file allocates a page and larger ones as needed. */
	if (!m->buf && reader->tn->net->user_ns == &init_user_ns) {
		m->buf = kvmalloc(BUFFER_BYTES, GFP_KERNEL_ACCOUNT);
		if (m->buf)
			m->size = BUFFER_BYTES;
	}
	mutex_unlock(&m->lock);
	return seq_read_iter(iocb, iter);
}

static const struct proc_ops table_proc_ops = {
	.proc_open	= table_open,
	.proc_read_iter	= table_read,
	.proc_lseek	= seq_lseek,
	.proc_release	= seq_release_private,
};

static void *stat_at(loff_t *pos)
{
	unsigned int cpu;

	if (!*pos)
		return SEQ_START_TOKEN;
	for (cpu = *pos - 1; cpu < nr_cpu_ids; cpu++) {
		if (!cpu_possible(cpu))
			continue;
		*pos = cpu + 1;
		return (void *)(unsigned long)(cpu + 2);
	}
	return NULL;
}

static void *stat_start(struct seq_file *m, loff_t *pos)
{
	return stat_at(pos);
}

static void *stat_next(struct seq_file *m, void *v, loff_t *pos)
{
	++*pos;
	return stat_at(pos);
}

static void stat_stop(struct seq_file *m, void *v)
{
}

/* As in the other files of that folder, print names, and then each CPU in hexadecimal. */
static int stat_show(struct seq_file *m, void *v)
{
	const struct tcpstate_net *tn = pde_data(file_inode(m->file));
	int cpu = (unsigned long)v - 2;
	unsigned int i;

	if (v == SEQ_START_TOKEN) {
		seq_puts(m, "records");
		for (i = TCPSTATE_A_COUNTER_SEGMENTS; i < TCPSTATE_COUNTERS; i++)
			seq_printf(m, " %s", tcpstate_names_counter(i));
		seq_putc(m, '\n');
		return 0;
	}
	seq_printf(m, "%08x", tcpstate_stats_records(tn));
	for (i = TCPSTATE_A_COUNTER_SEGMENTS; i < TCPSTATE_COUNTERS; i++)
		seq_printf(m, " %08llx", tcpstate_stats_of_cpu(tn, cpu, i));
	seq_putc(m, '\n');
	return 0;
}

static const struct seq_operations stat_ops = {
	.start	= stat_start,
	.next	= stat_next,
	.stop	= stat_stop,
	.show	= stat_show,
};

static int stat_open(struct inode *inode, struct file *file)
{
	if (!may_read(file, pde_data(inode)))
		return -EPERM;
	return seq_open(file, &stat_ops);
}

static const struct proc_ops stat_proc_ops = {
	.proc_open	= stat_open,
	.proc_read_iter	= seq_read_iter,
	.proc_lseek	= seq_lseek,
	.proc_release	= seq_release,
};

/**
 * tcpstate_procfs_net_init() - put a namespace's files in place
 * @tn: the namespace, ready
 *
 * Their mode lets everybody open them, because inside a user namespace a file of mode 0440
 * would belong to nobody. Opening them checks the opener's capabilities instead.
 *
 * Context: process; may sleep.
 * Return: 0 or -ENOMEM.
 */
int tcpstate_procfs_net_init(struct tcpstate_net *tn)
{
	struct net *net = tn->net;

	if (!proc_create_data("tcpstate", 0444, net->proc_net, &table_proc_ops, tn))
		return -ENOMEM;
	if (!proc_create_data("tcpstate", 0444, net->proc_net_stat, &stat_proc_ops, tn)) {
		remove_proc_entry("tcpstate", net->proc_net);
		return -ENOMEM;
	}
	return 0;
}

/**
 * tcpstate_procfs_net_exit() - take a namespace's files away
 * @tn: the namespace
 *
 * Waits until nobody reads them.
 *
 * Context: process; may sleep.
 */
void tcpstate_procfs_net_exit(struct tcpstate_net *tn)
{
	remove_proc_entry("tcpstate", tn->net->proc_net_stat);
	remove_proc_entry("tcpstate", tn->net->proc_net);
}

/**
 * tcpstate_procfs_init() - create /proc/tcpstate, which leads to the reader's namespace
 *
 * Context: process; may sleep.
 * Return: 0 or -ENOMEM.
 */
int tcpstate_procfs_init(void)
{
	return proc_symlink("tcpstate", NULL, "self/net/tcpstate") ? 0 : -ENOMEM;
}

/**
 * tcpstate_procfs_exit() - take /proc/tcpstate away
 *
 * Context: process; may sleep.
 */
void tcpstate_procfs_exit(void)
{
	remove_proc_entry("tcpstate", NULL);
}
