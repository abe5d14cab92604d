// SPDX-License-Identifier: GPL-2.0-only
/*
 * /proc/tcpstate, a line a connection, and /proc/net/stat/tcpstate, a line a
 * CPU. Reads the table record by record; no lock is held while a line is made.
 */
#include "procfs.h"

#include <linux/capability.h>
#include <linux/inet.h>
#include <linux/mm.h>
#include <linux/netdevice.h>
#include <linux/proc_fs.h>
#include <linux/seq_file.h>
#include <linux/sizes.h>
#include <net/net_namespace.h>

#include "expiry.h"
#include "line.h"
#include "walk.h"
#include "zone.h"

/* A page at a time is several times slower: each read() is a system call. */
#define BUFFER_BYTES	SZ_128K

/*
 * Room for a line: two ends of 70 characters, twelve numbers and seven pairs of up to 20
 * digits, and words. seq_file makes it where there is less.
 */
#define LINE_BYTES	SZ_1K

/** struct tcpstate_reader - one open /proc/tcpstate */
struct tcpstate_reader {
	/** @tn: whose connections */
	struct tcpstate_net *tn;
	/** @pos: the line that @copy is; 0 is the header */
	loff_t pos;
	/** @more: @copy is one; else the end was reached */
	bool more;
	/** @cursor: what follows @copy */
	struct tcpstate_cursor cursor;
	/** @copy: the record at @pos */
	struct tcpstate_copy copy;
};

static void *table_next(struct seq_file *m, void *v, loff_t *pos)
{
	struct tcpstate_reader *reader = m->private;

	reader->pos = ++*pos;
	reader->more = tcpstate_walk_next(reader->tn, &reader->cursor, &reader->copy);
	return reader->more ? &reader->copy : NULL;
}

/* seq_file goes on where it stopped, or begins anew: it never jumps. */
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

/* "1/2"; a column is as wide as the widest pair that is likely. */
static char *put_pair(char *to, unsigned int width, u64 initiator, u64 responder)
{
	char text[TCPSTATE_LINE_NUMBER], *end = tcpstate_line_number(text, responder);

	to = tcpstate_line_number_column(to, width - 1 - (end - text), initiator);
	*to++ = '/';
	return tcpstate_line_number(to, responder);
}

/* "1.5", of milliseconds */
static char *put_seconds(char *to, unsigned int width, u64 ms)
{
	u32 rest;

	to = tcpstate_line_number_column(to, width - 2, div_u64_rem(ms, MSEC_PER_SEC, &rest));
	*to++ = '.';
	*to++ = '0' + rest / 100;
	return to;
}

static char *put_us(char *to, u32 us)
{
	if (us)
		return tcpstate_line_number_column(to, 10, us);
	return tcpstate_line_put(to, "          -");
}

/* "%eth0", or "%7" if there is no such interface any more. */
static char *put_scope(char *to, struct net *net, int ifindex)
{
	const struct net_device *dev;

	*to++ = '%';
	rcu_read_lock();
	dev = dev_get_by_index_rcu(net, ifindex);
	to = dev ? tcpstate_line_put(to, dev->name) : tcpstate_line_number(to, ifindex);
	rcu_read_unlock();
	return to;
}

static char *put_address(char *to, const struct tcpstate_flow *flow, int end)
{
	const u8 *byte = (const u8 *)&flow->ip[end];
	unsigned int i;

	if (tcpstate_flow_ipv6(flow)) {
		*to++ = '[';
		return to + scnprintf(to, INET6_ADDRSTRLEN, "%pI6c", flow->ip6[end]);
	}
	for (i = 0; i < 4; i++) {
		if (i)
			*to++ = '.';
		to = tcpstate_line_number(to, byte[i]);
	}
	return to;
}

static char *put_end(char *to, const struct tcpstate_net *tn,
		     const struct tcpstate_flow *flow, int end)
{
	int ifindex = tcpstate_zone_find_ifindex(flow->zone);
	const char *from = ++to;

	to[-1] = ' ';
	to = put_address(to, flow, end);
	if (ifindex)
		to = put_scope(to, tn->net, ifindex);
	if (tcpstate_flow_ipv6(flow))
		*to++ = ']';
	*to++ = ':';
	to = tcpstate_line_number(to, ntohs(flow->port[end]));
	return tcpstate_line_pad(to, from, 23);
}

static char *put_counts(char *to, const struct tcpstate_conn *conn)
{
	to = put_pair(to, 7, tcpstate_conn_repeats(conn, 0), tcpstate_conn_repeats(conn, 1));
	to = put_pair(to, 11, tcpstate_conn_segments(conn, 0), tcpstate_conn_segments(conn, 1));
	to = put_pair(to, 15, tcpstate_conn_bytes(conn, 0), tcpstate_conn_bytes(conn, 1));
	to = put_pair(to, 7, tcpstate_conn_opening(conn, 0), tcpstate_conn_opening(conn, 1));
	to = put_pair(to, 9, conn->end[0].data_segs, conn->end[1].data_segs);
	to = put_pair(to, 9, conn->end[0].ack_segs, conn->end[1].ack_segs);
	return put_pair(to, 7, tcpstate_conn_closings(conn, 0), tcpstate_conn_closings(conn, 1));
}

static char *put_flags(char *to, const struct tcpstate_conn *conn)
{
	u32 flags = tcpstate_phase_flags(conn);
	const char *from = ++to;
	unsigned int bit;

	to[-1] = ' ';
	for (bit = 0; bit < TCPSTATE_FLOW_FLAGS; bit++) {
		if (!(flags & BIT(bit)))
			continue;
		if (to > from)
			*to++ = ',';
		to = tcpstate_line_put(to, tcpstate_phase_flag_name(bit));
	}
	if (!flags)
		*to++ = '-';
	return tcpstate_line_pad(to, from, 17);
}

static void show_header(struct seq_file *m)
{
	seq_printf(m, "%-6s %-23s %-23s %-11s %-4s %-15s %-15s %-11s %9s %9s %10s %10s %7s %11s %15s %7s %9s %9s %7s %-17s %-18s %s\n",
		   "family", "initiator", "responder", "phase", "step",
		   "initiator_state", "responder_state", "timer", "left_s", "age_s",
		   "syn_us", "ack_us", "repeats", "segments", "bytes", "opening",
		   "data", "acks", "closing", "flags", "verdict", "id");
}

/* A line for which there is room. */
static char *put_flow(char *to, const struct tcpstate_net *tn,
		      const struct tcpstate_flow *flow)
{
	const struct tcpstate_conn *conn = &flow->conn;
	enum tcpstate_stage stage = tcpstate_phase_stage(conn);

	/* The first column has no blank before it, and none is longer. */
	to = tcpstate_line_put(to, tcpstate_flow_ipv6(flow) ? "ipv6  " : "ipv4  ");
	to = put_end(to, tn, flow, TCPSTATE_INITIATOR);
	to = put_end(to, tn, flow, TCPSTATE_RESPONDER);
	to = tcpstate_line_column(to, 11, tcpstate_phase_name(stage));
	to = tcpstate_line_column(to, 4, tcpstate_phase_step_name(stage));
	to = tcpstate_line_column(to, 15,
				  tcpstate_phase_state_name(tcpstate_conn_state(conn, 0)));
	to = tcpstate_line_column(to, 15,
				  tcpstate_phase_state_name(tcpstate_conn_state(conn, 1)));
	to = tcpstate_line_column(to, 11, tcpstate_phase_timer_name(tcpstate_phase_timer(conn)));
	to = put_seconds(to, 9, tcpstate_expiry_left_ms(tn, conn, tcpstate_expiry_now_ms()));
	to = put_seconds(to, 9, div_u64(tcpstate_expiry_age_ns(flow->id), NSEC_PER_MSEC));
	to = put_us(to, tcpstate_conn_syn_us(conn));
	to = put_us(to, tcpstate_conn_ack_us(conn));
	to = put_counts(to, conn);
	to = put_flags(to, conn);
	to = tcpstate_line_column(to, 18,
				  tcpstate_phase_verdict_name(tcpstate_conn_verdict(conn)));
	*to++ = ' ';
	to = tcpstate_line_number(to, flow->id);
	*to++ = '\n';
	return to;
}

static int table_show(struct seq_file *m, void *v)
{
	const struct tcpstate_reader *reader = m->private;
	char *line;

	if (v == SEQ_START_TOKEN)
		show_header(m);
	else if (seq_get_buf(m, &line) < LINE_BYTES)
		seq_commit(m, -1);
	else
		seq_commit(m, put_flow(line, reader->tn, &reader->copy.flow) - line);
	return 0;
}

static const struct seq_operations table_ops = {
	.start	= table_start,
	.next	= table_next,
	.stop	= table_stop,
	.show	= table_show,
};

/* Who may read is asked of the opener, in the namespace that owns the network. */
static bool may_read(const struct file *file, const struct tcpstate_net *tn)
{
	return file_ns_capable(file, tn->net->user_ns, CAP_NET_ADMIN);
}

static int table_open(struct inode *inode, struct file *file)
{
	struct tcpstate_net *tn = pde_data(inode);
	struct tcpstate_reader *reader;
	struct seq_file *m;

	if (!may_read(file, tn))
		return -EPERM;
	reader = __seq_open_private(file, &table_ops, sizeof(*reader));
	if (!reader)
		return -ENOMEM;
	reader->tn = tn;
	m = file->private_data;
	/* Without it, seq_file takes a page and grows it. */
	m->buf = kvmalloc(BUFFER_BYTES, GFP_KERNEL_ACCOUNT);
	if (m->buf)
		m->size = BUFFER_BYTES;
	return 0;
}

static const struct proc_ops table_proc_ops = {
	.proc_open	= table_open,
	.proc_read_iter	= seq_read_iter,
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

/* As in the other files of that folder: names, then hexadecimal, CPU by CPU. */
static int stat_show(struct seq_file *m, void *v)
{
	const struct tcpstate_net *tn = pde_data(file_inode(m->file));
	const struct tcpstate_stats *stats;
	unsigned int i;

	if (v == SEQ_START_TOKEN) {
		seq_puts(m, "records");
		for (i = TCPSTATE_A_COUNTER_SEGMENTS; i < TCPSTATE_COUNTERS; i++)
			seq_printf(m, " %s", tcpstate_phase_counter_name(i));
		seq_putc(m, '\n');
		return 0;
	}
	stats = per_cpu_ptr(tn->stats, (unsigned long)v - 2);
	seq_printf(m, "%08x", atomic_read(&tn->records));
	for (i = TCPSTATE_A_COUNTER_SEGMENTS; i < TCPSTATE_COUNTERS; i++)
		seq_printf(m, " %08llx", READ_ONCE(stats->n[i]));
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
 * Their mode lets everybody open them: a file of mode 0440 would belong to
 * nobody inside a user namespace. The opener's right is checked instead.
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
 * Waits for readers.
 *
 * Context: process; may sleep.
 */
void tcpstate_procfs_net_exit(struct tcpstate_net *tn)
{
	remove_proc_entry("tcpstate", tn->net->proc_net_stat);
	remove_proc_entry("tcpstate", tn->net->proc_net);
}

/**
 * tcpstate_procfs_init() - /proc/tcpstate, each reader's own namespace's file
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
