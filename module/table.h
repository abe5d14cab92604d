/* SPDX-License-Identifier: GPL-2.0-only */
/* The table of all records: its buckets, the life of a record, claims. */
#ifndef TCPSTATE_TABLE_H
#define TCPSTATE_TABLE_H

#include "bucket.h"
#include "flow.h"
#include "net.h"

struct tcpstate_change;

/** struct tcpstate_claim - a record that was taken off its queue, its bucket not locked */
struct tcpstate_claim {
	/** @bucket: where to look for it */
	struct tcpstate_bucket *bucket;
	/** @flow: where it was; must not be followed, because it may be freed by now */
	struct tcpstate_flow *flow;
	/** @id: the id of the record */
	u64 id;
};

int tcpstate_table_init(unsigned int max_records);
void tcpstate_table_exit(void);

struct tcpstate_place tcpstate_table_fetch(const struct tcpstate_key *key);

/*
 * The life of a record: tcpstate_table_alloc() or tcpstate_evict_alloc(),
 * tcpstate_flow_set_key(), tcpstate_table_insert(), any number of tcpstate_queue_move(),
 * tcpstate_table_end(). A record that was never inserted ends by tcpstate_table_free().
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
