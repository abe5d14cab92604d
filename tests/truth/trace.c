// SPDX-License-Identifier: GPL-2.0-only
/* See trace.h. */
#include "trace.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/types.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "end.h"
#include "genl.h"

#define CPUS 8
#define TRACING "/sys/kernel/tracing/instances/truth"

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

static int n_cpus;
static int raw[CPUS];

/* struct sockaddr_in or struct sockaddr_in6, neither aligned */
static void show_sockaddr(char *to, const char *data)
{
	struct sockaddr_in6 in6;
	struct sockaddr_in in;

	memcpy(&in6, data, sizeof(in6));
	memcpy(&in, data, sizeof(in));
	if (in.sin_family == AF_INET6)
		end_show(to, in6.sin6_addr.s6_addr, AF_INET6, ntohs(in6.sin6_port));
	else
		end_show(to, &in.sin_addr, AF_INET, ntohs(in.sin_port));
}

static void write_to(const char *path, const char *text)
{
	char whole[256];
	int fd;

	snprintf(whole, sizeof(whole), TRACING "/%s", path);
	fd = open(whole, O_WRONLY | O_TRUNC);
	if (fd < 0 || write(fd, text, strlen(text)) < 0)
		genl_die(whole);
	close(fd);
}

static void learn_format(struct kind *kind)
{
	char path[256], line[512];
	FILE *format;

	snprintf(path, sizeof(path), TRACING "/events/%s/format", kind->path);
	format = fopen(path, "r");
	if (!format)
		genl_die(path);
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
	for (int i = 0; i < 8 && kind->fields[i]; i++) {
		if (kind->at[i] >= 0)
			continue;
		snprintf(line, sizeof(line), "%s has no field %s", kind->path,
			 kind->fields[i]);
		genl_die(line);
	}
}

/* In an instance of its own; with the clock of the module's events. */
void trace_open(void)
{
	char path[256];

	if (mkdir(TRACING, 0700) && errno != EEXIST)
		genl_die(TRACING);
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
			genl_die(path);
	}
}

static __u64 field(const struct kind *kind, const char *data, int i, size_t size)
{
	__u64 value = 0;

	memcpy(&value, data + kind->at[i], size);
	return value;
}

static void show_event(FILE *out, const char *data, __u64 time)
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
		end_show(local, data + k->at[6], AF_INET6, field(k, data, 3, 2));
		end_show(remote, data + k->at[7], AF_INET6, field(k, data, 4, 2));
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
		end_show(local, data + k->at[4], AF_INET6, field(k, data, 1, 2));
		end_show(remote, data + k->at[5], AF_INET6, field(k, data, 2, 2));
		fprintf(out, "e %llu %s %s %d\n", time, local, remote,
			(int)field(k, data, 0, 4));
	}
}

/* A page of the ring buffer: Documentation/trace/ring-buffer-design.rst, and
 * include/linux/ring_buffer.h for the kinds of entry.
 */
static void show_page(FILE *out, const char *page, ssize_t size)
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
			show_event(out, at + 8, time);
			at += 4 + length;
			break;
		default:
			time += head >> 5;
			show_event(out, at + 4, time);
			at += 4 + 4 * (head & 31);
		}
	}
}

/* Whatever is there by now. */
void trace_read(FILE *out)
{
	static char page[1 << 16];

	for (int i = 0; i < n_cpus; i++) {
		ssize_t got;

		while ((got = read(raw[i], page, sizeof(page))) > 0)
			show_page(out, page, got);
	}
}
