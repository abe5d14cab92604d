// SPDX-License-Identifier: GPL-2.0-only
/*
 * Puts records with any content into the table of the loaded module, for the tests of the
 * code that prints them (tests/tool/extremes.sh). It is no suite, and it does not check
 * that traffic could lead to such a record.
 *
 *	echo WORDS >/sys/module/tcpstate_extremes/parameters/record
 *	echo NUMBER >/sys/module/tcpstate_extremes/parameters/counters
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/bottom_half.h>
#include <linux/hex.h>
#include <linux/module.h>
#include <linux/nsproxy.h>
#include <linux/sched.h>
#include <net/net_namespace.h>
#include <net/netns/generic.h>

#include "clock.h"
#include "account.h"
#include "evict.h"
#include "stats.h"
#include "table.h"
#include "zone.h"

/* struct half - one end of a record, as the words say */
struct half {
	char address[33];
	u32 port;
	u32 state;
	u32 isn;
	u64 bytes;
	u32 data;
	u32 acks;
	u32 closing;
	u32 repeats;
	u32 retransmits;
	u32 gaps;
	/* Has its SYN passed, has it sent a FIN? */
	u32 syn;
	u32 fin;
	/* Its acknowledgment and right edge, its window scale and timestamp */
	u32 number;
	u32 wscale;
	/* The owner of its socket; U32_MAX if there is none */
	u32 uid;
	u64 cgroup;
};

/* struct words - a record, as the words say */
struct words {
	u64 id;
	u32 family;
	int ifindex;
	/* bits of enum tcpstate_flow_flag */
	u32 flags;
	u32 verdict;
	/* How long ago its last segment passed */
	u32 silent_ms;
	u32 syn_us;
	u32 ack_us;
	/* Was the initiator's third segment a pure ACK? */
	u32 third;
	/* From its first segment to its last transition */
	u64 lasted_ms;
	struct half end[2];
};

static bool parse_end(const char **text, struct half *half)
{
	int len = 0;
	int n = sscanf(*text, "%32s %u %u %u %llu %u %u %u %u %u %u %u %u %u %u %u %llu%n",
		       half->address, &half->port, &half->state, &half->isn, &half->bytes,
		       &half->data, &half->acks, &half->closing, &half->repeats,
		       &half->retransmits, &half->gaps, &half->syn, &half->fin,
		       &half->number, &half->wscale, &half->uid, &half->cgroup, &len);

	*text += len;
	return n == 17;
}

static bool parse(const char *text, struct words *words)
{
	int len = 0;
	int n = sscanf(text, "%llu %u %d %u %u %u %u %u %u %llu %n",
		       &words->id, &words->family, &words->ifindex, &words->flags,
		       &words->verdict, &words->silent_ms, &words->syn_us, &words->ack_us,
		       &words->third, &words->lasted_ms, &len);

	text += len;
	return n == 10 && parse_end(&text, &words->end[0]) && parse_end(&text, &words->end[1]);
}

static struct tcpstate_net *our_net(void)
{
	return net_generic(current->nsproxy->net_ns, tcpstate_net_id);
}

/* What one end has sent, bit by bit of its sequence space. */
static void fill_end(struct tcpstate_end *end, const struct half *half)
{
	u64 sent = half->isn + 1ull + half->bytes + half->fin;

	end->isn = half->isn;
	end->snd_nxt = sent;
	end->wraps = min_t(u64, sent >> 32, TCPSTATE_WRAPS_MAX);
	end->data_segs = half->data;
	end->ack_segs = half->acks;
	end->ack = half->number;
	end->edge = half->number - 1;
	end->ts = half->number;
	end->hole = half->number;
}

static u32 flags_of(const struct words *words)
{
	static const struct {
		u32 shown;
		u32 kept;
	} map[] = {
		{ TCPSTATE_FLOW_FLAG_PICKED_UP, TCPSTATE_F_MIDSTREAM },
		{ TCPSTATE_FLOW_FLAG_FAST_OPEN, TCPSTATE_F_FAST_OPEN },
		{ TCPSTATE_FLOW_FLAG_SIMULTANEOUS, TCPSTATE_F_SIMULTANEOUS },
		{ TCPSTATE_FLOW_FLAG_RETRACTED, TCPSTATE_F_RETRACTED },
		{ TCPSTATE_FLOW_FLAG_PENDING, TCPSTATE_F_PENDING },
		{ TCPSTATE_FLOW_FLAG_ADJUSTED, TCPSTATE_F_ADJUSTED },
		{ TCPSTATE_FLOW_FLAG_OFFLOADED, TCPSTATE_F_OFFLOADED },
	};
	u32 flags = TCPSTATE_F_SEEN | TCPSTATE_F_ACK * 3 | TCPSTATE_F_TS * 3;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(map); i++)
		if (words->flags & map[i].shown)
			flags |= map[i].kept;
	if (!(words->flags & TCPSTATE_FLOW_FLAG_ONE_WAY))
		flags |= TCPSTATE_F_SEEN << 1;
	if (words->third)
		flags |= TCPSTATE_F_OPEN_ACK;
	if (words->ack_us)
		flags |= TCPSTATE_F_TIMED;
	for (i = 0; i < 2; i++) {
		if (words->end[i].syn)
			flags |= TCPSTATE_F_SYN << i;
		if (words->end[i].fin)
			flags |= (TCPSTATE_F_FIN | TCPSTATE_F_CLOSER) << i;
	}
	return flags;
}

static void fill(struct tcpstate_conn *conn, const struct words *words)
{
	const struct half *a = &words->end[0], *b = &words->end[1];

	conn->last_seen_ms = tcpstate_clock_now_ms() - words->silent_ms;
	conn->states = a->state | b->state << 4;
	conn->wscales = a->wscale | b->wscale << 4;
	conn->closings[0] = a->closing;
	conn->closings[1] = b->closing;
	conn->repeats[0] = a->repeats;
	conn->repeats[1] = b->repeats;
	conn->retransmits[0] = a->retransmits;
	conn->retransmits[1] = b->retransmits;
	conn->gaps[0] = a->gaps;
	conn->gaps[1] = b->gaps;
	conn->flags = flags_of(words);
	tcpstate_conn_set_verdict(conn, words->verdict);
	if (words->ack_us)
		conn->handshake = tcpstate_conn_pack_us(words->syn_us, words->ack_us);
	else
		conn->handshake = words->syn_us | a->syn * TCPSTATE_HANDSHAKE_SYN |
				  b->syn * TCPSTATE_HANDSHAKE_SYN << 1;
	fill_end(&conn->end[0], a);
	fill_end(&conn->end[1], b);
}

static int insert(struct tcpstate_net *tn, const struct tcpstate_key *key,
		  const struct words *words)
{
	struct tcpstate_place place;
	struct tcpstate_flow *flow;
	int i;

	local_bh_disable();
	flow = tcpstate_evict_alloc(tn, key->zone & TCPSTATE_ZONE_IPV6, NULL, true);
	local_bh_enable();
	if (!flow)
		return -ENOSPC;
	tcpstate_flow_set_key(flow, key, TCPSTATE_INITIATOR);
	flow->id = words->id;
	place = tcpstate_table_fetch(key);
	tcpstate_bucket_lock_bh(place.bucket);
	if (!tcpstate_evict_crowded(tn, &place)) {
		tcpstate_bucket_unlock_bh(place.bucket);
		tcpstate_table_free(tn, flow);
		return -ENOSPC;
	}
	fill(&flow->conn, words);
	rcu_read_lock();
	for (i = 0; i < 2; i++)
		if (words->end[i].uid != U32_MAX)
			flow->owner[i] =
				tcpstate_account_get_pair(tn, KUIDT_INIT(words->end[i].uid),
							  words->end[i].cgroup);
	rcu_read_unlock();
	flow->lasted = tcpstate_flow_pack_lasted(words->lasted_ms);
	/* Look for no older record and arm no collector, so that the record stays as it is. */
	flow->conn.flags &= ~TCPSTATE_F_PENDING;
	tcpstate_table_insert(tn, &place, flow);
	if (words->flags & TCPSTATE_FLOW_FLAG_PENDING)
		flow->conn.flags |= TCPSTATE_F_PENDING;
	tcpstate_bucket_unlock_bh(place.bucket);
	return 0;
}

static int set_record(const char *value, const struct kernel_param *param)
{
	struct tcpstate_net *tn = our_net();
	struct tcpstate_key key = {};
	struct words words = {};
	int i, err;

	if (!parse(value, &words)) {
		pr_err("a word of the record is missing or is no number\n");
		return -EINVAL;
	}
	err = tcpstate_zone_get(tn, words.ifindex, &key.zone);
	if (err)
		return err;
	if (words.family == 6)
		key.zone |= TCPSTATE_ZONE_IPV6;
	for (i = 0; i < 2; i++) {
		key.port[i] = htons(words.end[i].port);
		if (hex2bin((u8 *)&key.addr[i], words.end[i].address,
			    words.family == 6 ? 16 : 4))
			return -EINVAL;
	}
	return insert(tn, &key, &words);
}

/* Sets every counter of the namespace to that number. */
static int set_counters(const char *value, const struct kernel_param *param)
{
	struct tcpstate_stats *stats;
	unsigned int i;
	u64 number;
	int cpu, err;

	err = kstrtou64(value, 0, &number);
	if (err)
		return err;
	for_each_possible_cpu(cpu) {
		stats = per_cpu_ptr(our_net()->stats, cpu);
		for (i = 0; i < ARRAY_SIZE(stats->n); i++)
			stats->n[i] = number;
		for (i = 0; i < ARRAY_SIZE(stats->endings); i++)
			stats->endings[i] = number;
		number = 0;
	}
	return 0;
}

static const struct kernel_param_ops record_ops = { .set = set_record };
static const struct kernel_param_ops counters_ops = { .set = set_counters };

module_param_cb(record, &record_ops, NULL, 0200);
MODULE_PARM_DESC(record, "puts a record into the table of the writer's namespace");
module_param_cb(counters, &counters_ops, NULL, 0200);
MODULE_PARM_DESC(counters, "sets every counter of the writer's namespace");

MODULE_DESCRIPTION("test-only: records of any content in tcpstate's table");
MODULE_LICENSE("GPL");
MODULE_IMPORT_NS("EXPORTED_FOR_KUNIT_TESTING");
