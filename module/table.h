/* SPDX-License-Identifier: GPL-2.0-only */
/* All records: the buckets, a record's life in them, claims. */
#ifndef TCPSTATE_TABLE_H
#define TCPSTATE_TABLE_H

#include "bucket.h"
#include "flow.h"
#include "net.h"

struct tcpstate_change;

/** struct tcpstate_claim - a record taken off its queue without its bucket */
struct tcpstate_claim {
	/** @bucket: where to look for it */
	struct tcpstate_bucket *bucket;
	/** @flow: where it was; not to be followed: it may be freed by now */
	struct tcpstate_flow *flow;
	/** @id: which it was */
	u64 id;
};

int tcpstate_table_init(unsigned int max_records);
void tcpstate_table_exit(void);

struct tcpstate_place tcpstate_table_fetch(const struct tcpstate_key *key);

/*
 * A record's life: alloc, or tcpstate_evict_alloc(), set_key, insert,
 * [tcpstate_queue_move...], end. What was never inserted is freed by free.
 */
struct tcpstate_flow *tcpstate_table_alloc(struct tcpstate_net *tn, bool ipv6);
void tcpstate_table_free(struct tcpstate_net *tn, struct tcpstate_flow *flow);
void tcpstate_table_insert(struct tcpstate_net *tn, const struct tcpstate_place *place,
			   struct tcpstate_flow *flow);
void tcpstate_table_end(struct tcpstate_net *tn, struct tcpstate_bucket *bucket,
			struct tcpstate_flow *flow, enum tcpstate_verdict verdict,
			const struct tcpstate_change *change);

void tcpstate_table_claim(struct tcpstate_flow *flow, struct tcpstate_claim *claim);
struct tcpstate_flow *tcpstate_table_find_claimed(const struct tcpstate_claim *claim);

void tcpstate_table_drain(struct tcpstate_net *tn);
struct tcpstate_bucket *tcpstate_table_bucket(unsigned int i);
u64 tcpstate_table_bytes(void);

#endif
