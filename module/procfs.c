// SPDX-License-Identifier: GPL-2.0-only
/*
 * /proc/tcpstate, with a line for each connection, and /proc/net/stat/tcpstate, with a line
 * for each CPU. Reads the table record by record, and holds no lock while it makes a line.
 */
#include "procfs.h"

#include <linux/capability.h>
#include <linux/mm.h>
#include <linux/proc_fs.h>
#include <linux/seq_file.h>
#include <linux/sizes.h>
#include <linux/user_namespace.h>
#include <net/net_namespace.h>

#include "compat.h"
#include "names.h"
#include "procfs_row.h"
#include "stats.h"
#include "walk.h"

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

static int table_show(struct seq_file *m, void *v)
{
	const struct tcpstate_reader *reader = m->private;

	if (v == SEQ_START_TOKEN)
		tcpstate_procfs_row_show_header(m);
	else
		tcpstate_procfs_row_show(m, reader->tn, &reader->copy.flow);
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
