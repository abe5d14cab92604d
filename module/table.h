/* SPDX-License-Identifier: GPL-2.0-only */
/* The table of all records: its buckets, and the life of a record. */
#ifndef TCPSTATE_TABLE_H
#define TCPSTATE_TABLE_H

#include "bucket.h"
#include "flow.h"
#include "net.h"

struct tcpstate_change;
struct tcpstate_owner;

int tcpstate_table_init(unsigned int max_records);
void tcpstate_table_exit(void);

struct tcpstate_place tcpstate_table_fetch(const struct tcpstate_key *key);

/*
 * The life of a record: tcpstate_table_alloc() or tcpstate_evict_alloc(),
 * tcpstate_flow_set_key(), tcpstate_table_insert(), tcpstate_collector_note() then and whenever
 * its class changes, tcpstate_table_end(), or tcpstate_table_take_out() where a new record gets its
 * memory. A record that was never inserted ends by
 * tcpstate_table_free(), and one that is left over of a namespace by tcpstate_table_drop().
 */
struct tcpstate_flow *tcpstate_table_alloc(struct tcpstate_net *tn, bool ipv6);
void tcpstate_table_free(struct tcpstate_net *tn, struct tcpstate_flow *flow);
void tcpstate_table_insert(struct tcpstate_net *tn, const struct tcpstate_place *place,
			   struct tcpstate_flow *flow);
void tcpstate_table_take_out(struct tcpstate_net *tn, struct tcpstate_bucket *bucket,
			     struct tcpstate_flow *flow, enum tcpstate_verdict verdict,
			     const struct tcpstate_change *change);
void tcpstate_table_end(struct tcpstate_net *tn, struct tcpstate_bucket *bucket,
			struct tcpstate_flow *flow, enum tcpstate_verdict verdict,
			const struct tcpstate_change *change);

void tcpstate_table_drop(struct tcpstate_owner *owner, struct tcpstate_bucket *bucket,
			 struct tcpstate_flow *flow);

unsigned int tcpstate_table_number(const struct tcpstate_bucket *bucket);
void tcpstate_table_prefetch(unsigned int number);
struct tcpstate_bucket *tcpstate_table_bucket(unsigned int number);
u64 tcpstate_table_bytes(void);

#endif
