// SPDX-License-Identifier: GPL-2.0-only
/* The table of list, and JSON, at every width of their values and of the terminal. */
#include <arpa/inet.h>
#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "names_gen.h"
#include "tool_world.h"

#define COLUMNS	28
#define RIGHT	"left_s age_s syn_us ack_us repeats segments bytes opening data acks closing id " \
		"closed_at_ns duration_s retransmits gaps uid cgroup "
#define FLAGS	ARRAY_SIZE(tcpstate_flow_flag_names)

/* The end of a connection as it has to be written. */
static void end_text(const struct flow *flow, int end, bool numeric, char *text, size_t size)
{
	bool ipv4 = flow->family == TCPSTATE_FAMILY_IPV4;
	const char *service = numeric ? NULL : world_service(flow->end[end].port);
	char host[INET6_ADDRSTRLEN], port[WORLD_SERVICES + 1];

	inet_ntop(ipv4 ? AF_INET : AF_INET6, flow->end[end].address, host, sizeof(host));
	snprintf(port, sizeof(port), "%u", flow->end[end].port);
	/* A name that is too long is left out for its number. */
	if (service && strlen(host) + strlen(service) + (ipv4 ? 1 : 3) +
	    (flow->ifindex ? 1 + strlen(WORLD_INTERFACE) : 0) < FORMAT_END)
		snprintf(port, sizeof(port), "%s", service);
	snprintf(text, size, "%s%s%s%s%s:%s", ipv4 ? "" : "[", host, flow->ifindex ? "%" : "",
		 flow->ifindex ? WORLD_INTERFACE : "", ipv4 ? "" : "]", port);
}

static void flags_text(uint32_t flags, char *text, size_t size)
{
	FILE *file = fmemopen(text, size, "w");
	const char *comma = "";

	for (size_t i = 0; i < FLAGS; i++) {
		if (!(flags >> i & 1))
			continue;
		fprintf(file, "%s%s", comma, tcpstate_flow_flag_names[i]);
		comma = ",";
	}
	/* A newer module may have more flags. */
	if (flags >> FLAGS)
		fprintf(file, "%s?", comma);
	else if (!*comma)
		fputs("-", file);
	fclose(file);
}

static unsigned long long segments(const struct end *end)
{
	return 0ull + end->opening + end->data + end->acks + end->closing;
}

/* "N/N", with a + behind each that is one of the counts that saturated. */
static void add_pair(FILE *file, const struct flow *flow, uint32_t counts,
		     unsigned long long one, unsigned long long two)
{
	fprintf(file, " %llu%s/%llu%s", one, flow->end[0].saturated & counts ? "+" : "", two,
		flow->end[1].saturated & counts ? "+" : "");
}

/* The words of a row as it has to be, separated by single blanks. */
static char *row_text(const struct flow *flow, bool numeric)
{
	const struct end *one = &flow->end[0], *two = &flow->end[1];
	char ends[2][600], flags[400], *text;
	size_t size;
	FILE *file;

	file = open_memstream(&text, &size);
	end_text(flow, 0, numeric, ends[0], sizeof(ends[0]));
	end_text(flow, 1, numeric, ends[1], sizeof(ends[1]));
	flags_text(flow->flags, flags, sizeof(flags));
	fprintf(file, "%s %s %s %s %u/4 %s %s %s", tcpstate_family_names[flow->family], ends[0],
		ends[1], tcpstate_phase_names[flow->phase], flow->step,
		tcpstate_state_names[one->state], tcpstate_state_names[two->state],
		tcpstate_timer_names[flow->timer]);
	fprintf(file, " %llu.%llu %llu.%llu %u %u", flow->left_ms / 1000ull,
		flow->left_ms % 1000 / 100ull, flow->age_ms / 1000ull,
		flow->age_ms % 1000 / 100ull, flow->syn_us, flow->ack_us);
	add_pair(file, flow, 1, one->repeats, two->repeats);
	add_pair(file, flow, 2 + 4 + 8 + 16, segments(one), segments(two));
	add_pair(file, flow, 32, one->bytes, two->bytes);
	add_pair(file, flow, 2, one->opening, two->opening);
	add_pair(file, flow, 4, one->data, two->data);
	add_pair(file, flow, 8, one->acks, two->acks);
	add_pair(file, flow, 16, one->closing, two->closing);
	fprintf(file, " %s %s %llu %llu %llu.%03llu", flags,
		flow->verdict ? tcpstate_verdict_names[flow->verdict] : "-",
		(unsigned long long)flow->id, (unsigned long long)flow->closed_at_ns,
		flow->duration_ms / 1000ull, flow->duration_ms % 1000ull);
	add_pair(file, flow, 64, one->retransmits, two->retransmits);
	add_pair(file, flow, 128, one->gaps, two->gaps);
	fprintf(file, " %u/%u %llu,%llu", one->uid, two->uid, (unsigned long long)one->cgroup,
		(unsigned long long)two->cgroup);
	fclose(file);
	return text;
}

/* Replaces several blanks by one. */
static char *squeeze(const char *text)
{
	char *copy = calloc(strlen(text) + 1, 1), *to = copy;

	for (; *text; text++)
		if (*text != ' ' || (to > copy && to[-1] != ' ' && text[1] != '\n'))
			*to++ = *text;
	return copy;
}

/* Checks the row of a connection in output that is not a terminal: it has all columns. */
static void check_row(const struct flow *flow, bool numeric)
{
	struct options options = { .numeric = numeric };
	struct world_output output;
	char *row, *expected;

	world.flows = flow;
	world.n = 1;
	world.columns = 0;
	output = world_run(list_run, &options);
	row = strchr(output.text, '\n');
	row = squeeze(row ? row + 1 : "");
	row[strcspn(row, "\n")] = '\0';
	expected = row_text(flow, numeric);
	expect(!output.status && !strcmp(row, expected), "'%s' is not '%s'", row, expected);
	free(expected);
	free(row);
	free(output.text);
}

static void test_values(void)
{
	check_begin("list: a row has every value, whatever its width");
	for (unsigned int i = 0; i < WORLD_VALUES; i++)
		for (int numeric = 0; numeric < 2; numeric++) {
			struct flow flow;

			world_fill(&flow, world_value(i), TCPSTATE_FAMILY_IPV4);
			check_row(&flow, numeric);
			world_fill(&flow, world_value(i), TCPSTATE_FAMILY_IPV6);
			check_row(&flow, numeric);
		}
	check_end();
}

static void test_saturated(void)
{
	struct flow flow;

	check_begin("list: counts that have saturated have a plus");
	for (unsigned int counts = 0; counts < 64 * 64; counts++) {
		world_fill(&flow, counts % 2 ? UINT64_MAX : 15, TCPSTATE_FAMILY_IPV4);
		flow.end[0].saturated = counts % 256;
		flow.end[1].saturated = counts / 64;
		check_row(&flow, true);
	}
	check_end();
}

static void test_services(void)
{
	check_begin("list: the name of a service, whatever its length");
	for (unsigned int port = 1; port <= WORLD_SERVICES; port++) {
		struct flow flow;

		world_fill(&flow, UINT64_MAX, TCPSTATE_FAMILY_IPV6);
		flow.end[0].port = port;
		flow.end[1].port = port;
		check_row(&flow, false);
	}
	check_end();
}

static void test_names(void)
{
	struct flow flow;

	world_fill(&flow, UINT64_MAX, TCPSTATE_FAMILY_IPV6);
	check_begin("list: every set of flags");
	for (flow.flags = 0; flow.flags < 1u << FLAGS; flow.flags++)
		check_row(&flow, true);
	/* A newer module may have more flags. */
	flow.flags = ~0u;
	check_row(&flow, true);
	check_end();
	check_begin("list: every pair of states with every verdict");
	for (unsigned int i = 1; i < RECORD_STATES; i++)
		for (unsigned int j = 1; j < RECORD_STATES; j++)
			for (unsigned int verdict = 0; verdict < RECORD_VERDICTS; verdict++) {
				flow.end[0].state = i;
				flow.end[1].state = j;
				flow.verdict = verdict;
				check_row(&flow, true);
			}
	check_end();
}

/* The words of each line have to begin, or end, where their column does. */
static void check_aligned(const char *text, unsigned int width)
{
	size_t header = strcspn(text, "\n"), begin[COLUMNS + 1], end[COLUMNS + 1];
	bool right[COLUMNS + 1];
	unsigned int n = 0;

	for (size_t at = 0; at < header && n < COLUMNS; n++) {
		char name[40];

		at += strspn(text + at, " ");
		begin[n] = at;
		at += strcspn(text + at, "\n ");
		end[n] = at;
		snprintf(name, sizeof(name), "%.*s ", (int)(end[n] - begin[n]), text + begin[n]);
		right[n] = strstr(RIGHT, name);
	}
	for (const char *line = text; *line; line += strcspn(line, "\n") + 1) {
		size_t len = strcspn(line, "\n"), at = 0;

		expect(len <= width, "%u columns, but a line of %zu: '%.*s'", width, len,
		       (int)len, line);
		for (unsigned int i = 0; i < n; i++) {
			at += strspn(line + at, " ");
			if (at >= len)
				break;
			if (!right[i])
				expect(at == begin[i], "%u columns: word %u begins at %zu", width,
				       i, at);
			at += strcspn(line + at, "\n ");
			/* The last column may be cut off. */
			if (right[i] && at < len)
				expect(at == end[i], "%u columns: word %u ends at %zu", width, i,
				       at);
		}
	}
}

static void test_widths(void)
{
	static struct flow flows[2 * WORLD_VALUES];
	struct options options = {};

	for (unsigned int i = 0; i < WORLD_VALUES; i++) {
		world_fill(&flows[2 * i], world_value(i), TCPSTATE_FAMILY_IPV4);
		world_fill(&flows[2 * i + 1], world_value(i), TCPSTATE_FAMILY_IPV6);
		flows[2 * i].flags = i * i;
	}
	check_begin("list: columns are straight, and no line is wider than the terminal");
	world.flows = flows;
	/* Where every character is a byte. */
	setlocale(LC_CTYPE, "C");
	for (world.columns = 1; world.columns <= 700;
	     world.columns += world.columns < 250 ? 1 : 45) {
		struct world_output output;

		/* At some widths check all connections, at others the narrowest and the widest. */
		world.n = world.columns % 10 ? 12 : ARRAY_SIZE(flows);
		output = world_run(list_run, &options);
		check_aligned(output.text, world.columns);
		free(output.text);
	}
	setlocale(LC_CTYPE, "C.UTF-8");
	check_end();
}

/* Is "KEY":VALUE there so many times? */
static void expect_member(const char *text, const char *key, uint64_t value, int times)
{
	char member[64];
	size_t len = snprintf(member, sizeof(member), "\"%s\":%llu", key,
			      (unsigned long long)value);

	for (const char *at = text; (at = strstr(at, member)); at += len)
		if (strchr(",}", at[len]))
			times--;
	expect(!times, "%s is not there, or too often: %s", member, text);
}

/* The responder has no saturated count. */
static void expect_saturated(const char *text, unsigned int counts)
{
	const char *comma = "";
	char member[200];
	FILE *file = fmemopen(member, sizeof(member), "w");

	fputs("\"saturated\":[", file);
	for (unsigned int i = 0; i < 8; i++) {
		if (!(counts >> i & 1))
			continue;
		fprintf(file, "%s\"%s\"", comma, tcpstate_count_names[i]);
		comma = ",";
	}
	fputs("],", file);
	fclose(file);
	expect(strstr(text, member) && (!counts || strstr(text, "\"saturated\":[],")),
	       "%s and none are not there: %s", member, text);
}

static void test_json(void)
{
	struct options options = { .json = true };

	check_begin("list --json: every number, whatever its width");
	for (unsigned int i = 0; i < WORLD_VALUES; i++) {
		struct world_output output;
		struct flow flow;

		world_fill(&flow, world_value(i), TCPSTATE_FAMILY_IPV6);
		flow.end[0].saturated = i % 256;
		world.flows = &flow;
		world.n = 1;
		output = world_run(list_run, &options);
		expect_member(output.text, "id", flow.id, 1);
		expect_member(output.text, "age_ms", flow.age_ms, 1);
		expect_member(output.text, "left_ms", flow.left_ms, 1);
		expect_member(output.text, "syn_us", flow.syn_us, 1);
		expect_member(output.text, "closed_at_ns", flow.closed_at_ns, 1);
		expect_member(output.text, "duration_ms", flow.duration_ms, 1);
		expect_member(output.text, "idle_ms", flow.idle_ms, 1);
		expect_member(output.text, "in_state_ms", flow.in_state_ms, 1);
		expect_member(output.text, "port", flow.end[0].port, 2);
		expect_member(output.text, "isn", flow.end[0].isn, 2);
		expect_member(output.text, "wscale", flow.end[0].wscale, 2);
		expect_member(output.text, "bytes", flow.end[0].bytes, 2);
		expect_member(output.text, "closing", flow.end[0].closing, 2);
		expect_member(output.text, "repeats", flow.end[0].repeats, 2);
		expect_member(output.text, "retransmits", flow.end[0].retransmits, 2);
		expect_member(output.text, "gaps", flow.end[0].gaps, 2);
		expect_member(output.text, "uid", flow.end[0].uid, 2);
		expect_member(output.text, "cgroup_id", flow.end[0].cgroup, 2);
		expect_saturated(output.text, i % 256);
		free(output.text);
	}
	check_end();
}

/**
 * list_tests() - the tests of list
 */
void list_tests(void)
{
	test_values();
	test_saturated();
	test_services();
	test_names();
	test_widths();
	test_json();
}
