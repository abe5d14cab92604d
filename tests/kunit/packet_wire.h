/* SPDX-License-Identifier: GPL-2.0-only */
/* Packets, as bytes, as they come to a hook, and as segments. */
#ifndef PACKET_WIRE_H
#define PACKET_WIRE_H

#include <kunit/test.h>
#include <linux/netfilter.h>
#include <linux/skbuff.h>
#include <linux/tcp.h>
#include <net/ip.h>
#include <net/ipv6.h>
#include <net/route.h>

#include "packet.h"

#define SPORT	0x9c40
#define DPORT	0x01bb
#define SEQ	0x81020304
#define ACK	0x90a0b0c0
#define WINDOW	0xfedc
#define PAYLOAD	37
#define PSH_ACK	(TCPSTATE_FLAG_PSH | TCPSTATE_FLAG_ACK)
#define CHAIN	4
#define TS_VAL	0x01020304
#define TS_ECR	0x05060708

/* An extension header; its first byte is filled in. */
struct ext {
	u8 type;
	u8 len;
	u8 bytes[24];
};

extern const struct ext wire_hop, wire_dest, wire_route_end;

/* struct shape - what a packet looks like, and what becomes of it */
struct shape {
	const char *name;
	enum tcpstate_reject reason;
	u8 family;
	u8 ip_words;		/* IPv4 options */
	u16 frag_off;
	u8 protocol;		/* 0: TCP */
	bool plain;		/* without TCP options */
	bool cut;		/* its length is not known */
	const struct ext *chain[CHAIN];
};

/* struct wire - the bytes of a packet */
struct wire {
	u8 bytes[256];
	unsigned int len;
	unsigned int tcp;	/* where the TCP header begins */
	unsigned int data;	/* where the payload begins */
	u8 family;
};

/* struct delivery - how a packet comes */
struct delivery {
	unsigned int hook;
	unsigned int in_frag;	/* bytes at its end that are not linear */
	unsigned int padding;	/* bytes behind its IP length */
	unsigned int gso_size;
	unsigned int gso_segs;
	unsigned int gso_type;
	int csum_start;		/* from the IP header */
	__wsum csum;
	u8 ip_summed;
	u8 pkt_type;
	bool csum_valid;
	struct rtable *route;
};

extern const struct delivery wire_sent, wire_received;

#define V4 .family = NFPROTO_IPV4
#define V6 .family = NFPROTO_IPV6
#define REASON(reason_) .reason = TCPSTATE_REJECT_##reason_

#define WIRE_SEGMENTS	12
extern const struct shape wire_segments[WIRE_SEGMENTS];

void wire_checksum(struct wire *wire);
void wire_set_ip_length(struct wire *wire, unsigned int len);
void wire_write(struct wire *wire, const struct shape *shape);
struct tcphdr *wire_tcp(struct wire *wire);
struct sk_buff *wire_make_skb(struct kunit *test, const struct wire *wire,
			      const struct delivery *how, u8 fill);
enum tcpstate_reject wire_read(const struct sk_buff *skb, unsigned int hook, u8 family,
			       struct tcpstate_packet *packet);
enum tcpstate_reject wire_deliver(struct kunit *test, const struct wire *wire,
				  const struct delivery *how,
				  struct tcpstate_packet *packet);
void wire_expect(struct kunit *test, const struct tcpstate_packet *packet,
		 const struct wire *wire, unsigned int len);

#endif
