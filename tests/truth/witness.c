// SPDX-License-Identifier: GPL-2.0-only
/*
 * witness: writes down, as text, what the kernel and the module say of the same
 * connections.
 *
 *   witness NETNS...
 *
 * Reads commands from stdin and answers each with a line, "ok" or "error ...":
 *
 *   wave FILE     from now on write into FILE; the one before is complete
 *   settle MS     wait until no socket but listeners, TIME_WAIT and dead FIN_WAIT_2
 *                 is left: "ok", or after MS "ok N", how many there are
 *   dump          both tables
 *   forget        kill every socket that is no listener, flush the module's table
 *
 * Lines of FILE; TIME is ns of CLOCK_BOOTTIME, SINCE and UNTIL of the coarse clock that
 * goes with jiffies, an end is ADDRESS,PORT:
 *
 *   s TIME SOCKET LOCAL REMOTE OLD NEW    sock:inet_sock_set_state, kernel's numbers
 *   r TIME SOCKET                         tcp:tcp_receive_reset
 *   x TIME SOCKET STATE LOCAL REMOTE      tcp:tcp_send_reset
 *   e TIME LOCAL REMOTE ERRNO             sock:inet_sk_error_report
 *   m NETNS NUMBER TIME ID KIND INITIATOR RESPONDER STATE STATE FLAGS VERDICT
 *     SEGMENT ARROWS                      an event of the module; SEGMENT is
 *                                         FROM:FLAGS:SEQ:ACK:WINDOW:LEN, or a timer;
 *                                         ARROWS are END:CAUSE:OLD:NEW;...
 *   d SINCE UNTIL TIME NETNS STATE LOCAL REMOTE TIMER LEFT   inet_diag's, left in ms;
 *                                         a dump's line was made between the times
 *   l SINCE UNTIL NETNS ID INITIATOR RESPONDER STATE STATE FLAGS VERDICT TIMER LEFT
 *   lost WHAT                             something was not seen
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/genetlink.h>
#include <linux/inet_diag.h>
#include <linux/netlink.h>
#include <linux/sock_diag.h>
#include <linux/tcpstate.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sched.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "names_gen.h"

#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))
#define NETNSES 4
#define CPUS 8
#define TRACING "/sys/kernel/tracing/instances/truth"
#define EVENTS_BYTES (64 << 20)
#define END_LEN (INET6_ADDRSTRLEN + 8)

struct view {
	const char *name;
	/** @events: has joined the module's group */
	int events;
	/** @asks: the module's dumps and flushes */
	int asks;
	/** @diag: inet_diag's dumps */
	int diag;
	/** @kills: kills sockets; its answers are not read */
	int kills;
};

/* A kind of trace event, and where its fields are. */
struct kind {
	const char *path;
	const char *fields[8];
	int id;
	int at[8];
};

enum { STATE, RECEIVE_RESET, SEND_RESET, ERROR_REPORT, KINDS };

static struct kind kinds[KINDS] = {
	[STATE] = { "sock/inet_sock_set_state",
		    { "skaddr", "oldstate", "newstate", "sport", "dport", "protocol",
		      "saddr_v6", "daddr_v6" } },
	[RECEIVE_RESET] = { "tcp/tcp_receive_reset", { "skaddr" } },
	[SEND_RESET] = { "tcp/tcp_send_reset", { "skaddr", "state", "saddr", "daddr" } },
	[ERROR_REPORT] = { "sock/inet_sk_error_report",
			   { "error", "sport", "dport", "protocol", "saddr_v6",
			     "daddr_v6" } },
};

static struct view views[NETNSES];
static int n_views, n_cpus;
static int raw[CPUS];
static FILE *out;
static int family_id, group_id;
static char buffer[1 << 20];

/* As coarse as jiffies, and as late where ticks are: both tables count in them. */
static __u64 tick_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC_COARSE, &ts);
	return ts.tv_sec * 1000000000ULL + ts.tv_nsec;
}

static __u64 now_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_BOOTTIME, &ts);
	return ts.tv_sec * 1000000000ULL + ts.tv_nsec;
}

static void die(const char *what, const char *which)
{
	printf("error %s %s: %s\n", what, which, strerror(errno));
	exit(1);
}

/* An IPv4-mapped address is the IPv4 address that is on the wire. */
static const char *show_end(char *to, const __u8 *addr, int family, unsigned int port)
{
	static const __u8 mapped[12] = { [10] = 0xff, 0xff };
	char text[INET6_ADDRSTRLEN];

	if (family == AF_INET6 && !memcmp(addr, mapped, sizeof(mapped))) {
		family = AF_INET;
		addr += sizeof(mapped);
	}
	inet_ntop(family, addr, text, sizeof(text));
	snprintf(to, END_LEN, "%s,%u", text, port);
	return to;
}

/* struct sockaddr_in or struct sockaddr_in6, neither aligned */
static void show_sockaddr(char *to, const char *data)
{
	struct sockaddr_in6 in6;
	struct sockaddr_in in;

	memcpy(&in6, data, sizeof(in6));
	memcpy(&in, data, sizeof(in));
	if (in.sin_family == AF_INET6)
		show_end(to, in6.sin6_addr.s6_addr, AF_INET6, ntohs(in6.sin6_port));
	else
		show_end(to, (const __u8 *)&in.sin_addr, AF_INET, ntohs(in.sin_port));
}

/* Tracing: the binary pages, since the text does not name the socket. */

static void write_to(const char *path, const char *text)
{
	char whole[256];
	int fd;

	snprintf(whole, sizeof(whole), TRACING "/%s", path);
	fd = open(whole, O_WRONLY | O_TRUNC);
	if (fd < 0 || write(fd, text, strlen(text)) < 0)
		die("write", whole);
	close(fd);
}

static void learn_format(struct kind *kind)
{
	char path[256], line[512];
	FILE *format;

	snprintf(path, sizeof(path), TRACING "/events/%s/format", kind->path);
	format = fopen(path, "r");
	if (!format)
		die("open", path);
	memset(kind->at, -1, sizeof(kind->at));
	while (fgets(line, sizeof(line), format)) {
		char *end = strchr(line, ';'), *name, *at;

		if (!strncmp(line, "ID: ", 4))
			kind->id = atoi(line + 4);
		if (!end || !strstr(line, "field:"))
			continue;
		at = strstr(end, "offset:");
		*end = '\0';
		name = strchr(line, '[');
		if (name)
			*name = '\0';
		name = strrchr(line, ' ') + 1;
		for (int i = 0; i < 8 && kind->fields[i]; i++)
			if (!strcmp(name, kind->fields[i]))
				kind->at[i] = atoi(at + strlen("offset:"));
	}
	fclose(format);
	for (int i = 0; i < 8 && kind->fields[i]; i++)
		if (kind->at[i] < 0)
			die("no such field in the trace:", kind->fields[i]);
}

static void open_trace(void)
{
	char path[256];

	if (mkdir(TRACING, 0700) && errno != EEXIST)
		die("mkdir", TRACING);
	write_to("trace_clock", "boot");
	write_to("buffer_size_kb", "16384");
	for (int i = 0; i < KINDS; i++) {
		learn_format(&kinds[i]);
		snprintf(path, sizeof(path), "events/%s/enable", kinds[i].path);
		write_to(path, "1");
	}
	n_cpus = sysconf(_SC_NPROCESSORS_ONLN);
	for (int i = 0; i < n_cpus && i < CPUS; i++) {
		snprintf(path, sizeof(path), TRACING "/per_cpu/cpu%d/trace_pipe_raw", i);
		raw[i] = open(path, O_RDONLY | O_NONBLOCK);
		if (raw[i] < 0)
			die("open", path);
	}
}

static __u64 field(const struct kind *kind, const char *data, int i, size_t size)
{
	__u64 value = 0;

	memcpy(&value, data + kind->at[i], size);
	return value;
}

static void show_trace(const char *data, __u64 time)
{
	char local[END_LEN], remote[END_LEN];
	__u16 id;
	int i = 0;

	memcpy(&id, data, sizeof(id));
	while (i < KINDS && kinds[i].id != id)
		i++;
	if (i == KINDS)
		return;
	const struct kind *k = &kinds[i];

	switch (i) {
	case STATE:
		if (field(k, data, 5, 2) != IPPROTO_TCP)
			return;
		show_end(local, (const __u8 *)data + k->at[6], AF_INET6, field(k, data, 3, 2));
		show_end(remote, (const __u8 *)data + k->at[7], AF_INET6, field(k, data, 4, 2));
		fprintf(out, "s %llu %llx %s %s %d %d\n", time, field(k, data, 0, 8),
			local, remote, (int)field(k, data, 1, 4), (int)field(k, data, 2, 4));
		return;
	case RECEIVE_RESET:
		fprintf(out, "r %llu %llx\n", time, field(k, data, 0, 8));
		return;
	case SEND_RESET:
		show_sockaddr(local, data + k->at[2]);
		show_sockaddr(remote, data + k->at[3]);
		fprintf(out, "x %llu %llx %d %s %s\n", time, field(k, data, 0, 8),
			(int)field(k, data, 1, 4), local, remote);
		return;
	case ERROR_REPORT:
		if (field(k, data, 3, 2) != IPPROTO_TCP)
			return;
		show_end(local, (const __u8 *)data + k->at[4], AF_INET6, field(k, data, 1, 2));
		show_end(remote, (const __u8 *)data + k->at[5], AF_INET6, field(k, data, 2, 2));
		fprintf(out, "e %llu %s %s %d\n", time, local, remote,
			(int)field(k, data, 0, 4));
	}
}

/* A page of the ring buffer: Documentation/trace/ring-buffer-design.rst, and
 * include/linux/ring_buffer.h for the kinds of entry.
 */
static void show_page(const char *page, ssize_t size)
{
	const char *at = page + 16, *end;
	__u64 time, commit;

	if (size < 16)
		return;
	memcpy(&time, page, sizeof(time));
	memcpy(&commit, page + 8, sizeof(commit));
	/* RB_MISSED_EVENTS */
	if (commit & 1ULL << 31)
		fputs("lost trace events\n", out);
	end = at + (commit & 0xfffff);
	while (at + 4 <= end) {
		__u32 head, length;

		memcpy(&head, at, sizeof(head));
		memcpy(&length, at + 4, sizeof(length));
		switch (head & 31) {
		case 29:
			/* Padding: to the end, or so much. */
			if (!(head >> 5))
				return;
			at += 4 + length;
			break;
		case 30:
			time += (__u64)length << 27 | head >> 5;
			at += 8;
			break;
		case 31:
			/* The upper bits are those of the page. */
			time = (time & 0xf8ULL << 56) | (__u64)length << 27 | head >> 5;
			at += 8;
			break;
		case 0:
			time += head >> 5;
			show_trace(at + 8, time);
			at += 4 + length;
			break;
		default:
			time += head >> 5;
			show_trace(at + 4, time);
			at += 4 + 4 * (head & 31);
		}
	}
}

static void read_trace(void)
{
	for (int i = 0; i < n_cpus; i++) {
		ssize_t got;

		while ((got = read(raw[i], buffer, 1 << 16)) > 0)
			show_page(buffer, got);
	}
}

/* Netlink */

static const struct nlattr *next_attr(const struct nlattr *attr)
{
	return (const void *)((const char *)attr + NLA_ALIGN(attr->nla_len));
}

/* Into @to, by type; the last of those that come more than once. */
static void parse(const void *data, int len, const struct nlattr **to, int max)
{
	const struct nlattr *attr = data;

	memset(to, 0, (max + 1) * sizeof(*to));
	while (len >= (int)sizeof(*attr) && attr->nla_len >= sizeof(*attr)) {
		if ((attr->nla_type & NLA_TYPE_MASK) <= max)
			to[attr->nla_type & NLA_TYPE_MASK] = attr;
		len -= NLA_ALIGN(attr->nla_len);
		attr = next_attr(attr);
	}
}

static const void *payload(const struct nlattr *attr)
{
	return (const char *)attr + NLA_HDRLEN;
}

static int payload_len(const struct nlattr *attr)
{
	return attr->nla_len - NLA_HDRLEN;
}

/* 0 where there is none. */
static __u64 number(const struct nlattr *attr)
{
	__u64 value = 0;

	if (attr && payload_len(attr) <= (int)sizeof(value))
		memcpy(&value, payload(attr), payload_len(attr));
	return value;
}

static void parse_nest(const struct nlattr *attr, const struct nlattr **to, int max)
{
	parse(attr ? payload(attr) : NULL, attr ? payload_len(attr) : 0, to, max);
}

/* An end of a connection, and its state. */
static const char *take_end(const struct nlattr *attr, char *to, const char **state)
{
	const struct nlattr *a[TCPSTATE_A_END_MAX + 1];

	parse_nest(attr, a, TCPSTATE_A_END_MAX);
	if (!a[TCPSTATE_A_END_ADDRESS])
		die("an end without", "address");
	*state = tcpstate_state_names[number(a[TCPSTATE_A_END_STATE])];
	return show_end(to, payload(a[TCPSTATE_A_END_ADDRESS]),
			payload_len(a[TCPSTATE_A_END_ADDRESS]) == 4 ? AF_INET : AF_INET6,
			number(a[TCPSTATE_A_END_PORT]));
}

static void show_segment(const struct nlattr *attr)
{
	const struct nlattr *a[TCPSTATE_A_SEGMENT_MAX + 1];
	__u8 flags;
	int bit;

	parse_nest(attr, a, TCPSTATE_A_SEGMENT_MAX);
	flags = number(a[TCPSTATE_A_SEGMENT_FLAGS]);
	fprintf(out, " %s:", tcpstate_role_names[number(a[TCPSTATE_A_SEGMENT_FROM])]);
	for (bit = 0; bit < 8; bit++)
		if (flags & 1 << bit)
			fputc("FSRP.UEW"[bit], out);
	fprintf(out, ":%llu:%llu:%llu:%llu", number(a[TCPSTATE_A_SEGMENT_SEQ]),
		number(a[TCPSTATE_A_SEGMENT_ACK]), number(a[TCPSTATE_A_SEGMENT_WINDOW]),
		number(a[TCPSTATE_A_SEGMENT_LEN]));
}

static void show_arrows(const struct nlattr *event)
{
	const struct nlattr *a[TCPSTATE_A_ARROW_MAX + 1];
	const struct nlattr *attr = payload(event);
	int len = payload_len(event);
	char before = ' ';

	for (; len > 0; len -= NLA_ALIGN(attr->nla_len), attr = next_attr(attr)) {
		if ((attr->nla_type & NLA_TYPE_MASK) != TCPSTATE_A_EVENT_ARROW)
			continue;
		parse_nest(attr, a, TCPSTATE_A_ARROW_MAX);
		fprintf(out, "%c%s:%s:%s:%s", before,
			tcpstate_role_names[number(a[TCPSTATE_A_ARROW_END])],
			tcpstate_event_names[number(a[TCPSTATE_A_ARROW_CAUSE])],
			tcpstate_state_names[number(a[TCPSTATE_A_ARROW_FROM])],
			tcpstate_state_names[number(a[TCPSTATE_A_ARROW_TO])]);
		before = ';';
	}
	fputs(before == ' ' ? " -\n" : "\n", out);
}

static void show_event(const struct view *view, const char *kind,
		       const struct nlattr **flow)
{
	const struct nlattr *a[TCPSTATE_A_EVENT_MAX + 1];
	char initiator[END_LEN], responder[END_LEN];
	const char *state[2];

	parse_nest(flow[TCPSTATE_A_FLOW_EVENT], a, TCPSTATE_A_EVENT_MAX);
	take_end(flow[TCPSTATE_A_FLOW_INITIATOR], initiator, &state[0]);
	take_end(flow[TCPSTATE_A_FLOW_RESPONDER], responder, &state[1]);
	fprintf(out, "m %s %llu %llu %llu %s %s %s %s %s %llu %s", view->name,
		number(a[TCPSTATE_A_EVENT_NUMBER]), number(a[TCPSTATE_A_EVENT_TIME_NS]),
		number(flow[TCPSTATE_A_FLOW_ID]), kind, initiator, responder, state[0],
		state[1], number(flow[TCPSTATE_A_FLOW_FLAGS]),
		tcpstate_verdict_names[number(flow[TCPSTATE_A_FLOW_VERDICT])]);
	if (a[TCPSTATE_A_EVENT_SEGMENT])
		show_segment(a[TCPSTATE_A_EVENT_SEGMENT]);
	else if (a[TCPSTATE_A_EVENT_TIMER])
		fprintf(out, " %s", tcpstate_timer_names[number(a[TCPSTATE_A_EVENT_TIMER])]);
	else
		fputs(" -", out);
	show_arrows(flow[TCPSTATE_A_FLOW_EVENT]);
}

static void show_flow(const struct view *view, const struct nlattr **flow, __u64 since)
{
	char initiator[END_LEN], responder[END_LEN];
	const char *state[2];

	take_end(flow[TCPSTATE_A_FLOW_INITIATOR], initiator, &state[0]);
	take_end(flow[TCPSTATE_A_FLOW_RESPONDER], responder, &state[1]);
	fprintf(out, "l %llu %llu %s %llu %s %s %s %s %llu %s %s %llu\n", since, tick_ns(),
		view->name, number(flow[TCPSTATE_A_FLOW_ID]), initiator, responder, state[0],
		state[1], number(flow[TCPSTATE_A_FLOW_FLAGS]),
		tcpstate_verdict_names[number(flow[TCPSTATE_A_FLOW_VERDICT])],
		tcpstate_timer_names[number(flow[TCPSTATE_A_FLOW_TIMER])],
		number(flow[TCPSTATE_A_FLOW_LEFT_MS]));
}

/* What one message of the module says. */
static void show_message(const struct view *view, const struct nlmsghdr *nlh, __u64 since)
{
	const struct genlmsghdr *genl = NLMSG_DATA(nlh);
	const struct nlattr *flow[TCPSTATE_A_FLOW_MAX + 1];

	parse((const char *)genl + GENL_HDRLEN, NLMSG_PAYLOAD(nlh, GENL_HDRLEN), flow,
	      TCPSTATE_A_FLOW_MAX);
	switch (genl->cmd) {
	case TCPSTATE_CMD_FLOW_LIST:
		show_flow(view, flow, since);
		break;
	case TCPSTATE_CMD_FLOW_NEW:
		show_event(view, "new", flow);
		break;
	case TCPSTATE_CMD_FLOW_TRANSITION:
		show_event(view, "transition", flow);
		break;
	case TCPSTATE_CMD_FLOW_END:
		show_event(view, "end", flow);
	}
}

static void read_events(const struct view *view)
{
	ssize_t got;

	while ((got = recv(view->events, buffer, sizeof(buffer), MSG_DONTWAIT)) != -1) {
		const struct nlmsghdr *nlh = (const void *)buffer;

		for (; NLMSG_OK(nlh, got); nlh = NLMSG_NEXT(nlh, got))
			show_message(view, nlh, 0);
	}
	if (errno != EAGAIN)
		fprintf(out, "lost events of %s: %s\n", view->name, strerror(errno));
}

static void *put(struct nlmsghdr *nlh, int type, const void *data, int len)
{
	struct nlattr *attr = (void *)((char *)nlh + NLMSG_ALIGN(nlh->nlmsg_len));

	attr->nla_type = type;
	attr->nla_len = NLA_HDRLEN + len;
	memcpy((char *)attr + NLA_HDRLEN, data, len);
	nlh->nlmsg_len = NLMSG_ALIGN(nlh->nlmsg_len) + NLA_ALIGN(attr->nla_len);
	return nlh;
}

static struct nlmsghdr *genl_request(char *to, int type, int cmd, int flags)
{
	struct nlmsghdr *nlh = memset(to, 0, 256);
	struct genlmsghdr *genl = NLMSG_DATA(nlh);

	nlh->nlmsg_len = NLMSG_LENGTH(GENL_HDRLEN);
	nlh->nlmsg_type = type;
	nlh->nlmsg_flags = NLM_F_REQUEST | flags;
	genl->cmd = cmd;
	genl->version = 1;
	return nlh;
}

static void learn_group(const struct nlattr *groups)
{
	const struct nlattr *group = groups ? payload(groups) : NULL;
	const struct nlattr *a[CTRL_ATTR_MCAST_GRP_MAX + 1];

	if (!group)
		die("the module's family has no", "group");
	parse_nest(group, a, CTRL_ATTR_MCAST_GRP_MAX);
	group_id = number(a[CTRL_ATTR_MCAST_GRP_ID]);
}

static void learn_family(int fd)
{
	const struct nlattr *a[CTRL_ATTR_MAX + 1];
	struct nlmsghdr *nlh;
	char request[256];
	ssize_t got;

	nlh = put(genl_request(request, GENL_ID_CTRL, CTRL_CMD_GETFAMILY, 0),
		  CTRL_ATTR_FAMILY_NAME, TCPSTATE_FAMILY_NAME, sizeof(TCPSTATE_FAMILY_NAME));
	if (send(fd, nlh, nlh->nlmsg_len, 0) < 0)
		die("send", "getfamily");
	got = recv(fd, buffer, sizeof(buffer), 0);
	nlh = (void *)buffer;
	if (got < (ssize_t)NLMSG_LENGTH(GENL_HDRLEN) || nlh->nlmsg_type == NLMSG_ERROR)
		die("no family", TCPSTATE_FAMILY_NAME);
	parse((char *)NLMSG_DATA(nlh) + GENL_HDRLEN, NLMSG_PAYLOAD(nlh, GENL_HDRLEN), a,
	      CTRL_ATTR_MAX);
	family_id = number(a[CTRL_ATTR_FAMILY_ID]);
	learn_group(a[CTRL_ATTR_MCAST_GROUPS]);
}

static void open_view(const char *name)
{
	const struct sockaddr_nl any = { .nl_family = AF_NETLINK };
	struct view *view = &views[n_views++];
	int bytes = EVENTS_BYTES, netns;
	char path[64];

	view->name = name;
	snprintf(path, sizeof(path), "/run/netns/%s", name);
	netns = open(path, O_RDONLY | O_CLOEXEC);
	if (netns < 0 || setns(netns, CLONE_NEWNET))
		die("enter", name);
	close(netns);
	view->events = socket(AF_NETLINK, SOCK_RAW, NETLINK_GENERIC);
	view->asks = socket(AF_NETLINK, SOCK_RAW, NETLINK_GENERIC);
	view->diag = socket(AF_NETLINK, SOCK_RAW, NETLINK_SOCK_DIAG);
	view->kills = socket(AF_NETLINK, SOCK_RAW, NETLINK_SOCK_DIAG);
	if (view->events < 0 || view->asks < 0 || view->diag < 0 || view->kills < 0)
		die("socket", name);
	if (!family_id)
		learn_family(view->asks);
	setsockopt(view->events, SOL_SOCKET, SO_RCVBUFFORCE, &bytes, sizeof(bytes));
	/* Without a number of its own it would pass for the sender, and get nothing. */
	if (bind(view->events, (const struct sockaddr *)&any, sizeof(any)) ||
	    setsockopt(view->events, SOL_NETLINK, NETLINK_ADD_MEMBERSHIP, &group_id,
		       sizeof(group_id)))
		die("join", name);
}

/* Everything that waits to be read. */
static void collect(void)
{
	read_trace();
	for (int i = 0; i < n_views; i++)
		read_events(&views[i]);
}

/**
 * dump() - read what a request for a dump is answered with
 * @fd: the socket
 * @nlh: the request
 * @show: called for each message, with when the one before it was asked for, which
 *        is when this one was begun
 * @view: for @show
 *
 * Return: how often @show returned true.
 */
static int dump(int fd, const struct nlmsghdr *nlh,
		bool (*show)(const struct view *view, const struct nlmsghdr *nlh, __u64 since),
		const struct view *view)
{
	__u64 since = tick_ns(), asked;
	int count = 0;

	if (send(fd, nlh, nlh->nlmsg_len, 0) < 0)
		die("send", view->name);
	for (;;) {
		ssize_t got;

		asked = tick_ns();
		got = recv(fd, buffer, sizeof(buffer), 0);
		if (got < 0)
			die("answer", view->name);
		for (nlh = (void *)buffer; NLMSG_OK(nlh, got); nlh = NLMSG_NEXT(nlh, got)) {
			if (nlh->nlmsg_type == NLMSG_DONE)
				return count;
			if (nlh->nlmsg_type == NLMSG_ERROR)
				die("refused", view->name);
			count += show(view, nlh, since);
		}
		/* The next message is made while this one is fetched. */
		since = asked;
	}
}

static bool list_flow(const struct view *view, const struct nlmsghdr *nlh, __u64 since)
{
	show_message(view, nlh, since);
	return true;
}

static bool list_socket(const struct view *view, const struct nlmsghdr *nlh, __u64 since)
{
	const struct inet_diag_msg *msg = NLMSG_DATA(nlh);
	char local[END_LEN], remote[END_LEN];

	show_end(local, (const __u8 *)msg->id.idiag_src, msg->idiag_family,
		 ntohs(msg->id.idiag_sport));
	show_end(remote, (const __u8 *)msg->id.idiag_dst, msg->idiag_family,
		 ntohs(msg->id.idiag_dport));
	fprintf(out, "d %llu %llu %llu %s %u %s %s %u %u\n", since, tick_ns(), now_ns(),
		view->name, msg->idiag_state, local, remote, msg->idiag_timer, msg->idiag_expires);
	return true;
}

/* Timer 3 is that of a minisocket. */
static bool is_full(const struct view *view, const struct nlmsghdr *nlh, __u64 since)
{
	const struct inet_diag_msg *msg = NLMSG_DATA(nlh);

	(void)view;
	(void)since;
	return msg->idiag_timer != 3;
}

static bool kill_socket(const struct view *view, const struct nlmsghdr *nlh, __u64 since)
{
	const struct inet_diag_msg *msg = NLMSG_DATA(nlh);
	struct {
		struct nlmsghdr nlh;
		struct inet_diag_req_v2 req;
	} request = {
		.nlh.nlmsg_len = sizeof(request),
		.nlh.nlmsg_type = SOCK_DESTROY,
		.nlh.nlmsg_flags = NLM_F_REQUEST,
		.req.sdiag_family = msg->idiag_family,
		.req.sdiag_protocol = IPPROTO_TCP,
		.req.id = msg->id,
	};

	(void)since;
	return send(view->kills, &request, sizeof(request), MSG_DONTWAIT) > 0;
}

/* All its TCP sockets but listeners. */
static int each_socket(const struct view *view,
		       bool (*show)(const struct view *view, const struct nlmsghdr *nlh,
				    __u64 since))
{
	struct {
		struct nlmsghdr nlh;
		struct inet_diag_req_v2 req;
	} request = {
		.nlh.nlmsg_len = sizeof(request),
		.nlh.nlmsg_type = SOCK_DIAG_BY_FAMILY,
		.nlh.nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP,
		.req.sdiag_protocol = IPPROTO_TCP,
		.req.idiag_states = 0x1ffe & ~(1 << TCP_LISTEN),
	};
	int count = 0;

	request.req.sdiag_family = AF_INET;
	count += dump(view->diag, &request.nlh, show, view);
	request.req.sdiag_family = AF_INET6;
	return count + dump(view->diag, &request.nlh, show, view);
}

static int count_full(void)
{
	int count = 0;

	for (int i = 0; i < n_views; i++)
		count += each_socket(&views[i], is_full);
	return count;
}

static void settle(long ms)
{
	struct pollfd nothing = { .fd = -1 };
	__u64 end = now_ns() + ms * 1000000;
	int left;

	while ((left = count_full()) && now_ns() < end) {
		collect();
		poll(&nothing, 1, 20);
	}
	collect();
	if (left)
		printf("ok %d\n", left);
	else
		puts("ok");
}

static void dump_all(void)
{
	char request[256];

	for (int i = 0; i < n_views; i++) {
		each_socket(&views[i], list_socket);
		dump(views[i].asks,
		     genl_request(request, family_id, TCPSTATE_CMD_FLOW_LIST, NLM_F_DUMP),
		     list_flow, &views[i]);
	}
	/* What happened meanwhile belongs to it. */
	collect();
	fflush(out);
	puts("ok");
}

static void forget(void)
{
	char request[256];

	for (int i = 0; i < n_views; i++) {
		const struct nlmsghdr *nlh = genl_request(request, family_id,
							  TCPSTATE_CMD_FLUSH, 0);

		each_socket(&views[i], kill_socket);
		if (send(views[i].asks, nlh, nlh->nlmsg_len, 0) < 0 ||
		    recv(views[i].asks, buffer, sizeof(buffer), 0) < 0)
			die("flush", views[i].name);
	}
	collect();
	puts("ok");
}

static void run(char *line)
{
	line[strcspn(line, "\n")] = '\0';
	if (!strncmp(line, "wave ", 5)) {
		collect();
		out = freopen(line + 5, "w", out);
		if (!out)
			die("open", line + 5);
		puts("ok");
	} else if (!strncmp(line, "settle ", 7)) {
		settle(atol(line + 7));
	} else if (!strcmp(line, "dump")) {
		dump_all();
	} else if (!strcmp(line, "forget")) {
		forget();
	} else {
		printf("error unknown: %s\n", line);
	}
}

int main(int argc, char **argv)
{
	struct pollfd pfd = { .fd = 0, .events = POLLIN };
	char line[512];

	/* Polled by itself: stdin keeps nothing back. */
	setvbuf(stdin, NULL, _IONBF, 0);
	setvbuf(stdout, NULL, _IOLBF, 0);
	out = fopen("/dev/null", "w");
	open_trace();
	for (int i = 1; i < argc && n_views < NETNSES; i++)
		open_view(argv[i]);
	puts("ok");
	for (;;) {
		if (!poll(&pfd, 1, 50)) {
			collect();
			continue;
		}
		if (!fgets(line, sizeof(line), stdin))
			return 0;
		run(line);
	}
}
