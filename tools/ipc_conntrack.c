// SPDX-License-Identifier: GPL-2.0-only
/* The translated connections of nf_conntrack, by ctnetlink, as conntrack(8) asks for them. */
#include "ipc_conntrack.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/netfilter/nfnetlink_conntrack.h>
#include <netinet/in.h>
#include <string.h>

#include "ipc_query.h"
#include "ipc_socket.h"

/** struct conntrack_data - for one request */
struct conntrack_data {
	ipc_conntrack_each *each;
	void *data;
	/** @result: what @each returned */
	int result;
};

/** struct direction - the tuple of one direction */
struct direction {
	struct nat_end from;
	struct nat_end to;
	uint8_t protocol;
};

static void read_address(const struct nlattr *attr, struct nat_end *place)
{
	uint16_t len = mnl_attr_get_payload_len(attr);

	if (len <= sizeof(place->address))
		memcpy(place->address, mnl_attr_get_payload(attr), len);
}

static void read_addresses(const struct nlattr *nest, struct direction *direction)
{
	const struct nlattr *attr;

	mnl_attr_for_each_nested(attr, nest) {
		switch (mnl_attr_get_type(attr)) {
		case CTA_IP_V4_SRC:
		case CTA_IP_V6_SRC:
			read_address(attr, &direction->from);
			break;
		case CTA_IP_V4_DST:
		case CTA_IP_V6_DST:
			read_address(attr, &direction->to);
			break;
		}
	}
}

static void read_ports(const struct nlattr *nest, struct direction *direction)
{
	const struct nlattr *attr;

	mnl_attr_for_each_nested(attr, nest) {
		switch (mnl_attr_get_type(attr)) {
		case CTA_PROTO_NUM:
			direction->protocol = mnl_attr_get_u8(attr);
			break;
		case CTA_PROTO_SRC_PORT:
			direction->from.port = ntohs(mnl_attr_get_u16(attr));
			break;
		case CTA_PROTO_DST_PORT:
			direction->to.port = ntohs(mnl_attr_get_u16(attr));
			break;
		}
	}
}

static void read_direction(const struct nlattr *nest, struct direction *direction)
{
	const struct nlattr *attr;

	mnl_attr_for_each_nested(attr, nest) {
		if (mnl_attr_get_type(attr) == CTA_TUPLE_IP)
			read_addresses(attr, direction);
		else if (mnl_attr_get_type(attr) == CTA_TUPLE_PROTO)
			read_ports(attr, direction);
	}
}

/* Is one the reverse of the other, so that nothing is translated? */
static bool is_reverse(const struct direction *one, const struct direction *two)
{
	return !memcmp(&one->from, &two->to, sizeof(one->from)) &&
	       !memcmp(&one->to, &two->from, sizeof(one->to));
}

static int answer_conntrack(const struct nlmsghdr *message, void *data)
{
	const struct nfgenmsg *header = mnl_nlmsg_get_payload(message);
	struct direction original = {}, reply = {};
	struct conntrack_data *request = data;
	struct translation translation;
	const struct nlattr *attr;

	if (mnl_nlmsg_get_payload_len(message) < sizeof(*header))
		return MNL_CB_OK;
	mnl_attr_for_each(attr, message, sizeof(*header)) {
		if (mnl_attr_get_type(attr) == CTA_TUPLE_ORIG)
			read_direction(attr, &original);
		else if (mnl_attr_get_type(attr) == CTA_TUPLE_REPLY)
			read_direction(attr, &reply);
	}
	if (original.protocol != IPPROTO_TCP || is_reverse(&original, &reply))
		return MNL_CB_OK;
	translation = (struct translation){
		.family = header->nfgen_family == AF_INET ? TCPSTATE_FAMILY_IPV4 :
							    TCPSTATE_FAMILY_IPV6,
		.before = { original.from, original.to },
		.after = { reply.to, reply.from },
	};
	request->result = request->each(&translation, request->data);
	return request->result ? MNL_CB_STOP : MNL_CB_OK;
}

/**
 * ipc_conntrack_list() - read the translated connections of the caller's network namespace
 * @ipc: for ipc_error()
 * @each: gets each of them
 * @data: for @each
 *
 * Return: 0; what @each returned; or another negative, with ipc_error().
 */
int ipc_conntrack_list(struct ipc *ipc, ipc_conntrack_each *each, void *data)
{
	struct conntrack_data answers = { .each = each, .data = data };
	char buffer[IPC_REQUEST_BYTES] __aligned(8) = {};
	struct nlmsghdr *message = mnl_nlmsg_put_header(buffer);
	struct nfgenmsg *header;
	int ret;

	message->nlmsg_type = NFNL_SUBSYS_CTNETLINK << 8 | IPCTNL_MSG_CT_GET;
	message->nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP;
	header = mnl_nlmsg_put_extra_header(message, sizeof(*header));
	/* Ask for both families. */
	header->nfgen_family = AF_UNSPEC;
	header->version = NFNETLINK_V0;
	ret = ipc_query(NETLINK_NETFILTER, message, answer_conntrack, &answers);
	if (answers.result || !ret)
		return answers.result;
	if (ret == -EPERM || ret == -EACCES)
		return ipc_socket_refused(ipc, -ret, NULL);
	/* Without the module there is no such bus, or no such part of it. */
	if (ret == -EPROTONOSUPPORT || ret == -EINVAL || ret == -EOPNOTSUPP)
		return ipc_socket_fail(ipc, ENOPROTOOPT, "'--nat': the kernel does not tell of translations: 'modprobe nf_conntrack_netlink' loads what does");
	return ipc_socket_fail(ipc, -ret, "'--nat': cannot read the kernel's translations: %s",
			       strerror(-ret));
}
