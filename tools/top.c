// SPDX-License-Identifier: GPL-2.0-only
/* tcpstate top: groups of connections, ranked. */
#include <errno.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "columns.h"
#include "figures.h"
#include "groups.h"
#include "json.h"
#include "options.h"
#include "stop.h"
#include "term.h"

#define ATTEMPTS	5
#define ROWS		20
#define CELL		(KEYS_TEXT + 8)
/* So many groups are sorted at once, and twice as many as are wanted. */
#define LEAST		1024

/* A first reading calls those new that began so long before it, at most. */
#define NEW_NS		(10ull * NS_PER_S)

/* The lines above and below the rows on a screen: time, headings, others, and the cursor */
#define SCREEN_LINES	4

const char top_notes[] =
	"KEY is what the connections of a group have in common:\n"
	"  initiator, responder            address; initiator/24 is its network\n"
	"                                  (IPv6: /64; initiator/24/48 says both)\n"
	"  initiator_port, responder_port  port of that end\n"
	"  initiator_state, responder_state, state\n"
	"                                  state of that end, or of both\n"
	"  closer                          which end sent the first FIN\n"
	"  uid, cgroup                     owner of the socket of a local end\n"
	"  phase, timer, verdict, family, interface, netns\n";

/** struct top - a ranking that is being written to stdout */
struct top {
	const struct options *options;
	struct groups groups;
	struct field_order order;
	/** @keys: how many columns are keys */
	size_t n_keys;
	/** @field: the columns that are wanted */
	enum field field[FIELDS];
	struct column column[FIELDS];
	struct columns columns;
	/** @rank: the numbers of the groups, in order */
	struct rank *rank;
	/** @n: how many of them are shown */
	size_t n;
};

/** struct rank - a group, and by what it is ranked */
struct rank {
	struct figure figure;
	uint32_t group;
};

static const struct key *key_column(const struct top *top, enum field field)
{
	const struct keys *keys = &top->groups.keys;

	for (size_t i = 0; i < keys->n; i++)
		if (keys_field(&keys->key[i]) == field)
			return &keys->key[i];
	return NULL;
}

static struct column column_of(const struct top *top, enum field field)
{
	const struct figures *figures = figures_of(field);
	const struct key *key = key_column(top, field);

	return (struct column){
		field_name(field), field_brief(field),
		figures ? figures->rank : keys_is_address(key) ? COLUMNS_END : COLUMNS_STATE,
		field_is_number(field),
	};
}

/* A row without its keys says nothing: put those that were not asked for in front. */
static size_t add_keys(struct top *top, size_t n)
{
	const struct keys *keys = &top->groups.keys;

	for (size_t i = keys->n; i--; ) {
		enum field field = keys_field(&keys->key[i]);
		size_t at = 0;

		while (at < n && top->field[at] != field)
			at++;
		if (at < n)
			continue;
		memmove(top->field + 1, top->field, n++ * sizeof(*top->field));
		top->field[0] = field;
	}
	return n;
}

/* Without an order the groups with the most connections come first. */
static void set_order(struct top *top, const struct options *options)
{
	char expected[PARSE_ERROR];

	top->order = (struct field_order){ .field = FIELD_CONNECTIONS, .descending = true };
	if (!options->sort || field_find_order(options->sort, figures_fields(), &top->order))
		return;
	field_expected(options->sort, figures_fields(), expected, sizeof(expected));
	options_usage(options, "'%s' after '--sort': %s", options->sort, expected);
}

/* Which columns there are, and in which order the groups are; ends the program if one is wrong. */
static void choose(struct top *top, const struct options *options)
{
	const char *by = options->by ? options->by : "responder_port";
	char error[PARSE_ERROR + 128];
	struct keys *keys = &top->groups.keys;
	uint64_t set = figures_fields();
	size_t n = 0;

	if (!keys_parse(keys, by, error, sizeof(error)))
		options_usage(options, "after '--by': %s", error);
	for (size_t i = 0; i < keys->n; i++) {
		set |= FIELD_BIT(keys_field(&keys->key[i]));
		top->field[n++] = keys_field(&keys->key[i]);
	}
	for (size_t i = 0; i < figures_n; i++)
		top->field[n++] = figures_columns[i].field;
	if (options->columns) {
		n = field_find_several(options->columns, set, top->field, error, sizeof(error));
		if (!n)
			options_usage(options, "after '--columns': %s", error);
		n = add_keys(top, n);
	}
	set_order(top, options);
	top->columns = (struct columns){
		.column = top->column, .n = n, .kept = n, .all_kept = options->columns,
		.rather_brief = true,
	};
	for (size_t i = 0; i < n; i++) {
		top->column[i] = column_of(top, top->field[i]);
		if (top->field[i] == top->order.field)
			top->columns.kept = i;
	}
}

/**
 * top_check() - end the program if an option is wrong
 * @options: what was asked for
 */
void top_check(const struct options *options)
{
	struct top top = {};

	if (options->json && options->columns)
		options_usage(options, "'--columns' chooses columns of the table: expected no '--json', which has all keys");
	if (options->read && options->has_interval)
		options_usage(options, "'--read': expected no '--delay', because a recording does not go on");
	choose(&top, options);
}

static int compare(const void *a, const void *b, void *data)
{
	const struct rank *one = a, *two = b;
	const struct top *top = data;
	const struct group *group_one = groups_at(&top->groups, one->group);
	const struct group *group_two = groups_at(&top->groups, two->group);
	int ret = 0;

	if (one->figure.known != two->figure.known)
		return one->figure.known ? -1 : 1;
	if (one->figure.known && one->figure.n != two->figure.n)
		ret = one->figure.n < two->figure.n ? -1 : 1;
	if (ret)
		return top->order.descending ? -ret : ret;
	if (group_one->connections != group_two->connections)
		return group_one->connections > group_two->connections ? -1 : 1;
	return keys_compare(&top->groups.keys, group_one->words, group_two->words);
}

static void sort(struct top *top, uint32_t limit)
{
	qsort_r(top->rank, top->n, sizeof(*top->rank), compare, top);
	if (top->n > limit)
		top->n = limit;
}

/* Rank the groups of a reading, and keep the first of them; false without memory. */
static bool rank(struct top *top, uint32_t limit)
{
	const struct figures *by = figures_of(top->order.field);
	size_t room = 2 * (size_t)limit + LEAST;
	const struct groups *groups = &top->groups;
	bool full = false;

	if (room > groups->n)
		room = groups->n;
	free(top->rank);
	top->rank = reallocarray(NULL, room + 1, sizeof(*top->rank));
	if (!top->rank)
		return false;
	top->n = 0;
	for (uint32_t i = GROUPS_OTHERS + 1; i < groups->n; i++) {
		struct rank it = { by->figure(groups, i), i };

		if (full && compare(&it, &top->rank[limit - 1], top) > 0)
			continue;
		top->rank[top->n++] = it;
		if (top->n < room)
			continue;
		sort(top, limit);
		full = top->n == limit;
	}
	sort(top, limit);
	/* The others come last, however many they are. */
	if (groups_at(groups, GROUPS_OTHERS)->connections)
		top->rank[top->n++].group = GROUPS_OTHERS;
	return true;
}

static void write_cell(const struct top *top, uint32_t number, enum field field, char cell[CELL])
{
	const struct figures *figures = figures_of(field);

	if (figures)
		figures_write(figures->figure(&top->groups, number), cell, CELL);
	else if (number == GROUPS_OTHERS)
		snprintf(cell, CELL, "others");
	else
		keys_write(key_column(top, field), groups_at(&top->groups, number)->words,
			   top->options->numeric, cell);
}

static void print_rows(struct top *top)
{
	struct columns *columns = &top->columns;
	char cell[CELL];

	memset(columns->width, 0, sizeof(columns->width));
	for (size_t row = 0; row < top->n; row++)
		for (size_t i = 0; i < columns->n; i++) {
			write_cell(top, top->rank[row].group, top->field[i], cell);
			columns_widen(columns, i, strlen(cell));
		}
	columns_fit(columns, top->options->wide ? UINT_MAX : term_columns());
	if (!top->options->no_header)
		columns_print_headings(columns);
	for (size_t row = 0; row < top->n; row++) {
		columns_begin(columns);
		for (size_t i = 0; i < columns->n; i++) {
			if (columns->hidden[i])
				continue;
			write_cell(top, top->rank[row].group, top->field[i], cell);
			columns_put(columns, i, cell, TERM_PLAIN);
		}
		putchar_unlocked('\n');
	}
}

static void json_group(const struct top *top, uint32_t number)
{
	const struct keys *keys = &top->groups.keys;
	const struct group *group = groups_at(&top->groups, number);

	json_open(NULL, '{');
	json_number("time_ns", top->groups.until_ns);
	for (size_t i = 0; i < keys->n; i++)
		keys_json(&keys->key[i], number == GROUPS_OTHERS ? NULL : group->words);
	json_bool("others", number == GROUPS_OTHERS);
	for (size_t i = 0; i < figures_n; i++)
		figures_json(&figures_columns[i], &top->groups, number);
	json_names("saturated", FORMAT_COUNT, group->saturated);
	json_end();
}

/* Begin a reading; those are new that began since @from_ns, or shortly before, if that is 0. */
static bool begin(struct top *top, uint64_t from_ns)
{
	uint64_t now_ns = term_now_ns();

	if (!from_ns && now_ns > NEW_NS)
		from_ns = now_ns - NEW_NS;
	return groups_begin(&top->groups, from_ns, now_ns);
}

static int add(const struct flow *flow, void *data)
{
	struct top *top = data;

	/* Not before the table is told does the clock show the time of a recording. */
	if (top->options->read && top->groups.n == GROUPS_OTHERS + 1 && !begin(top, 0))
		return -ENOMEM;
	return groups_add(&top->groups, flow) ? 0 : -ENOMEM;
}

/* Read the table. A recording that is damaged has one, too: that of the time before. */
static int read_table(struct top *top, struct ipc *ipc, uint64_t from_ns)
{
	int ret = -EAGAIN;

	for (int i = 0; i < ATTEMPTS && ret == -EAGAIN; i++) {
		if (!begin(top, from_ns))
			return -ENOMEM;
		ret = ipc_list(ipc, &top->options->filter, add, top);
	}
	groups_end(&top->groups);
	return ret == -EAGAIN ? 0 : ret;
}

static void print_notes(const struct top *top)
{
	uint32_t others = groups_at(&top->groups, GROUPS_OTHERS)->connections;

	if (others)
		fprintf(stderr, "tcpstate: the groups of %u connections are not told apart, because there are more than %u: see the line 'others'; write a prefix, such as initiator/16, or a filter\n",
			others, top->groups.n - 1);
}

/* Is stdout a terminal that can be cleared? */
static bool is_screen(void)
{
	const char *term = getenv("TERM");

	return term_lines() != UINT_MAX && term && strcmp(term, "dumb");
}

/* How many rows to print: on a screen that is drawn again and again, as many as it has lines. */
static uint32_t rows(const struct options *options)
{
	uint32_t limit = options->limit ? options->limit : ROWS;
	unsigned int lines;

	if (!options->has_interval || !is_screen())
		return limit;
	lines = term_lines();
	lines = lines > SCREEN_LINES ? lines - SCREEN_LINES : 1;
	return options->limit && limit < lines ? limit : lines;
}

/* Above each ranking but a single one: when it was read. */
static void print_time(const struct top *top, bool first)
{
	const struct groups *groups = &top->groups;
	char time[FORMAT_TIME];

	format_time(groups->until_ns, FORMAT_CLOCK, time);
	if (is_screen())
		fputs("\033[H\033[J", stdout);
	else if (!first)
		putchar('\n');
	printf("%s, %u groups, new_per_s over %.1f s\n", time, groups->n - 1,
	       (double)(groups->until_ns - groups->from_ns) / NS_PER_S);
}

/* Read and print one ranking; a reading's error, or 0. */
static int show(struct top *top, struct ipc *ipc, uint64_t from_ns, bool first)
{
	int ret = read_table(top, ipc, from_ns);

	if (ret && ret != -EBADMSG)
		return ret;
	if (!rank(top, rows(top->options)))
		return -ENOMEM;
	if (top->options->json) {
		for (size_t i = 0; i < top->n; i++)
			json_group(top, top->rank[i].group);
	} else {
		if (top->options->has_interval)
			print_time(top, first);
		print_rows(top);
	}
	if (first)
		print_notes(top);
	fflush(stdout);
	return ret;
}

static int stop_between(void *data)
{
	(void)data;
	return stop_wait(0);
}

/* Print rankings again and again; a reading's error, or 0. */
static int repeat(struct top *top, struct ipc *ipc)
{
	const struct options *options = top->options;
	int ret = 0;

	ipc_set_between(ipc, stop_between, NULL);
	for (uint64_t shown = 1; !ret && (!options->most || shown < options->most); shown++) {
		if (stop_wait(options->interval_ms) || ferror(stdout))
			break;
		ret = show(top, ipc, top->groups.until_ns, false);
	}
	return ret;
}

/**
 * top_run() - tcpstate top
 * @ipc: where from
 * @options: what was asked for
 *
 * Return: STATUS_*.
 */
int top_run(struct ipc *ipc, const struct options *options)
{
	struct top top = { .options = options };
	int ret;

	choose(&top, options);
	if (options->has_interval) {
		stop_at(SIGINT);
		stop_at(SIGTERM);
	}
	ret = show(&top, ipc, 0, true);
	if (!ret && options->has_interval)
		ret = repeat(&top, ipc);
	groups_free(&top.groups);
	free(top.rank);
	if (ret == -ENOMEM) {
		fprintf(stderr, "tcpstate: %s\n", strerror(ENOMEM));
		return STATUS_FAILURE;
	}
	return ret && !stop_asked() ? options_fail(ipc) : STATUS_OK;
}
