// SPDX-License-Identifier: GPL-2.0-only
/* See flush.h. */
#include "flush.h"

#include "genl.h"

static struct mnl_socket *sockets[3];
static struct genl_family family;

/* One for each namespace; the module may not be there until it is asked. */
void flush_init(void)
{
	static const char *const netns[] = { "client", "router", "server" };

	for (size_t i = 0; i < ARRAY_SIZE(netns); i++) {
		genl_enter(netns[i]);
		sockets[i] = genl_open(0);
	}
}

static void flush(struct mnl_socket *nl, unsigned int port)
{
	struct nlmsghdr buffer[GENL_BUFFER / NLMSG_HDRLEN];
	struct nlmsghdr *nlh = genl_put(buffer, family.id, NLM_F_ACK, TCPSTATE_CMD_FLUSH);
	struct nlattr *filter = mnl_attr_nest_start(nlh, TCPSTATE_A_FLOW_FILTER);
	struct nlattr *end = mnl_attr_nest_start(nlh, TCPSTATE_A_FILTER_EITHER);

	mnl_attr_put_u16(nlh, TCPSTATE_A_MATCH_PORT_MIN, port);
	mnl_attr_nest_end(nlh, end);
	mnl_attr_nest_end(nlh, filter);
	if (mnl_socket_sendto(nl, nlh, nlh->nlmsg_len) < 0)
		genl_die("flush");
	/* How many they were, and then that it is done. */
	do {
		int len = mnl_socket_recvfrom(nl, buffer, sizeof(buffer));

		if (len < 0)
			genl_die("flush");
		for (nlh = buffer; mnl_nlmsg_ok(nlh, len); nlh = mnl_nlmsg_next(nlh, &len))
			if (nlh->nlmsg_type == NLMSG_ERROR)
				break;
	} while (nlh->nlmsg_type != NLMSG_ERROR);
	if (((struct nlmsgerr *)mnl_nlmsg_get_payload(nlh))->error)
		genl_die("flush");
}

void flush_connection(const struct conn *c)
{
	if (!family.id)
		family = genl_find(sockets[0]);
	for (size_t i = 0; i < ARRAY_SIZE(sockets); i++)
		flush(sockets[i], conn_port(&c->address[CLIENT].sa));
}
