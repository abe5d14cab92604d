// SPDX-License-Identifier: GPL-2.0-only
/* net.tcpstate.*: the timeouts, for each namespace; the limit, for all together. */
#include "sysctl.h"

#include <linux/mutex.h>
#include <linux/slab.h>

#include "compat.h"
#include "collector.h"
#include "expiry.h"
#include "limit.h"
#include "stats.h"
#include "table.h"

#define LIMIT_ROW	TCPSTATE_TIMERS
#define RECORDS_ROW	(TCPSTATE_TIMERS + 1)
#define ROWS		(TCPSTATE_TIMERS + 2)

static unsigned int timeout_min_ms = TCPSTATE_TIMEOUT_MIN_MS;
static unsigned int timeout_max_ms = TCPSTATE_TIMEOUT_MAX_MS;

/* Makes the values before and after a write those of one writer. */
static DEFINE_MUTEX(timeout_mutex);

/* Apply a written value at once, and to the records that are there. */
static int set_timeout(tcpstate_ctl_table *table, int write, void *buffer,
		       size_t *lenp, loff_t *ppos)
{
	unsigned int *timeout_ms = table->data;
	struct ctl_table bounded = *table;
	unsigned int before_ms;
	int err;

	bounded.extra1 = &timeout_min_ms;
	bounded.extra2 = &timeout_max_ms;
	if (!write)
		return proc_douintvec_minmax(&bounded, write, buffer, lenp, ppos);
	mutex_lock(&timeout_mutex);
	before_ms = *timeout_ms;
	err = proc_douintvec_minmax(&bounded, write, buffer, lenp, ppos);
	if (*timeout_ms < before_ms)
		tcpstate_collector_ask(TCPSTATE_PASS_SHORTENED);
	mutex_unlock(&timeout_mutex);
	return err;
}

/* The table stays as large as it was made, so the limit can be lowered and raised again. */
static int set_limit(tcpstate_ctl_table *table, int write, void *buffer,
		     size_t *lenp, loff_t *ppos)
{
	unsigned int min = TCPSTATE_MAX_RECORDS_MIN, max = tcpstate_limit_size();
	unsigned int max_records = tcpstate_limit_get_max();
	struct ctl_table bounded = *table;
	int err;

	bounded.data = &max_records;
	bounded.extra1 = &min;
	bounded.extra2 = &max;
	err = proc_douintvec_minmax(&bounded, write, buffer, lenp, ppos);
	if (!err && write)
		tcpstate_limit_set_max(max_records);
	return err;
}

static int tell_records(tcpstate_ctl_table *table, int write, void *buffer,
			size_t *lenp, loff_t *ppos)
{
	unsigned int records = tcpstate_stats_records(table->extra1);
	struct ctl_table now = *table;

	now.data = &records;
	return proc_douintvec(&now, write, buffer, lenp, ppos);
}

/* These are static, because the kernel keeps the pointers. */
static const char * const timeout_names[TCPSTATE_TIMERS] = {
	[TCPSTATE_TIMER_HANDSHAKE]	= "handshake_timeout_ms",
	[TCPSTATE_TIMER_UNSURE]		= "unsure_timeout_ms",
	[TCPSTATE_TIMER_ESTABLISHED]	= "established_timeout_ms",
	[TCPSTATE_TIMER_HALF_CLOSED]	= "half_closed_timeout_ms",
	[TCPSTATE_TIMER_CLOSING]	= "closing_timeout_ms",
	[TCPSTATE_TIMER_TIME_WAIT]	= "time_wait_timeout_ms",
	[TCPSTATE_TIMER_CLOSED]		= "closed_timeout_ms",
};

/**
 * tcpstate_sysctl_init() - create net.tcpstate of a namespace
 * @tn: the namespace
 *
 * Context: process; may sleep.
 * Return: 0 or -ENOMEM.
 */
int tcpstate_sysctl_init(struct tcpstate_net *tn)
{
	struct ctl_table *rows;
	unsigned int i;

	/* Add a row, because before 6.6 an empty row ends the table. */
	rows = kcalloc(ROWS + 1, sizeof(*rows), GFP_KERNEL);
	if (!rows)
		return -ENOMEM;
	for (i = 0; i < TCPSTATE_TIMERS; i++) {
		rows[i].procname = timeout_names[i];
		rows[i].data = &tn->timeout_ms[i];
		rows[i].maxlen = sizeof(unsigned int);
		rows[i].mode = 0644;
		rows[i].proc_handler = set_timeout;
	}
	rows[LIMIT_ROW].procname = "max_records";
	rows[LIMIT_ROW].maxlen = sizeof(unsigned int);
	rows[LIMIT_ROW].mode = net_eq(tn->net, &init_net) ? 0644 : 0444;
	rows[LIMIT_ROW].proc_handler = set_limit;
	rows[RECORDS_ROW].procname = "records";
	rows[RECORDS_ROW].extra1 = tn;
	rows[RECORDS_ROW].maxlen = sizeof(unsigned int);
	rows[RECORDS_ROW].mode = 0444;
	rows[RECORDS_ROW].proc_handler = tell_records;

	tn->sysctl = register_net_sysctl_sz(tn->net, "net/tcpstate", rows, ROWS);
	if (!tn->sysctl) {
		kfree(rows);
		return -ENOMEM;
	}
	tn->sysctl_table = rows;
	return 0;
}

/**
 * tcpstate_sysctl_exit() - take net.tcpstate of a namespace away
 * @tn: the namespace
 *
 * Context: process; may sleep.
 */
void tcpstate_sysctl_exit(struct tcpstate_net *tn)
{
	unregister_net_sysctl_table(tn->sysctl);
	kfree(tn->sysctl_table);
}
