// SPDX-License-Identifier: GPL-2.0-only
/* The tables of list and watch on terminals of every width: what is given up for what. */
#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <ncurses.h>

#include "cells.h"
#include "columns.h"
#include "names_gen.h"
#include "screen.h"
#include "tool_world.h"

#define NARROWEST	40
#define WIDEST		250
#define WORDS		24
#define ROWS		6
/* Each of these has its longest text in some row, and a blank before the next. */
#define STATES		(12 + 1 + 12)
#define TIMER		(STATES + 1 + 11)
#define PHASE		(TIMER + 1 + 11)
/* Both ends, of which ports are left. */
#define ENDS		(PHASE + 2 * (7 + 1))

static const char ellipsis[] = "\u2026";

/* The longest addresses, scopes and names of services, between short ones. */
static void fill_rows(struct flow flows[ROWS])
{
	static const struct {
		uint8_t family;
		uint8_t phase;
		uint8_t step;
		uint8_t timer;
		uint16_t port[2];
		uint8_t state[2];
	} rows[ROWS] = {
		{ TCPSTATE_FAMILY_IPV4, TCPSTATE_PHASE_CLOSED, 0, TCPSTATE_TIMER_CLOSED,
		  { 40000, 5000 }, { TCPSTATE_CLOSED, TCPSTATE_CLOSED } },
		{ TCPSTATE_FAMILY_IPV6, TCPSTATE_PHASE_ESTABLISHED, 0,
		  TCPSTATE_TIMER_ESTABLISHED, { 65535, 60 },
		  { TCPSTATE_ESTABLISHED, TCPSTATE_ESTABLISHED } },
		{ TCPSTATE_FAMILY_IPV6, TCPSTATE_PHASE_CLOSE, 2, TCPSTATE_TIMER_HALF_CLOSED,
		  { 3, 65535 }, { TCPSTATE_FIN_WAIT_2, TCPSTATE_CLOSE_WAIT } },
		{ TCPSTATE_FAMILY_IPV4, TCPSTATE_PHASE_OPEN, 2, TCPSTATE_TIMER_HANDSHAKE,
		  { 65535, 443 }, { TCPSTATE_SYN_SENT, TCPSTATE_SYN_RECEIVED } },
		{ TCPSTATE_FAMILY_IPV6, TCPSTATE_PHASE_OPEN, 2, TCPSTATE_TIMER_HANDSHAKE,
		  { 16, 6 }, { TCPSTATE_SYN_RECEIVED, TCPSTATE_SYN_RECEIVED } },
		{ TCPSTATE_FAMILY_IPV4, TCPSTATE_PHASE_CLOSE, 4, TCPSTATE_TIMER_TIME_WAIT,
		  { 1000, 80 }, { TCPSTATE_TIME_WAIT, TCPSTATE_CLOSED } },
	};

	for (size_t i = 0; i < ROWS; i++) {
		struct flow *flow = &flows[i];

		world_fill(flow, 15, rows[i].family);
		flow->id = i;
		flow->phase = rows[i].phase;
		flow->step = rows[i].step;
		flow->timer = rows[i].timer;
		/* In two rows the addresses are short. */
		if (i == 0 || i == 4)
			flow->ifindex = 0;
		for (int end = 0; end < 2; end++) {
			flow->end[end].port = rows[i].port[end];
			flow->end[end].state = rows[i].state[end];
			if (i == 0 || i == 4)
				memset(flow->end[end].address, 0, 15);
		}
	}
}

/** struct line - a line's words, each of which is a cell or a heading */
struct line {
	char text[3 * WIDEST + 1];
	char *word[WORDS];
	size_t n;
	/** @width: how many columns it takes */
	size_t width;
};

static size_t width_of(const char *text)
{
	size_t n = 0;

	for (; *text; text++)
		n += (*text & 0xc0) != 0x80;
	return n;
}

static void split(struct line *line, const char *text, size_t len)
{
	snprintf(line->text, sizeof(line->text), "%.*s", (int)len, text);
	for (len = strlen(line->text); len && line->text[len - 1] == ' '; len--)
		line->text[len - 1] = '\0';
	line->width = width_of(line->text);
	line->n = 0;
	for (char *at = strtok(line->text, " "); at && line->n < WORDS; at = strtok(NULL, " "))
		line->word[line->n++] = at;
}

/* The cell below that heading; NULL if there is no such column. */
static const char *cell(const struct line *head, const struct line *line, const char *heading)
{
	for (size_t i = 0; i < head->n && i < line->n; i++)
		if (!strncmp(head->word[i], heading, strlen(heading)))
			return line->word[i];
	return NULL;
}

/** struct table - a table as it was printed, and for what width */
struct table {
	const char *command;
	int columns;
	struct line head;
	struct line line[ROWS];
	/** @mark: what stands where an address was shortened */
	const char *mark;
	/** @shortened: some address is */
	bool shortened;
};

static void expect_name(const struct table *table, size_t row, const char *one, const char *two,
			const char *name)
{
	const char *found = cell(&table->head, &table->line[row], one);

	if (!found && two)
		found = cell(&table->head, &table->line[row], two);
	expect(found && !strcmp(found, name), "%s, %d columns: %s is %s, not %s", table->command,
	       table->columns, one, found ? found : "not there", name);
}

/* The end as a whole, or without its middle; its port is there in any case. */
static void expect_end(struct table *table, size_t row, const struct flow *flow, int end)
{
	const char *name = tcpstate_role_names[end];
	const char *found = cell(&table->head, &table->line[row], end ? "respond" : "initiat");
	char whole[FORMAT_END];
	const char *mark, *tail, *port;

	format_end(flow, end, false, whole);
	if (!expect(found, "%s, %d columns: there is no %s", table->command, table->columns,
		    name) || !strcmp(found, whole))
		return;
	table->shortened = true;
	mark = strstr(found, table->mark);
	tail = mark ? mark + strlen(table->mark) : "";
	port = strrchr(whole, ':');
	expect(mark && !strncmp(found, whole, mark - found) &&
	       strlen(tail) < strlen(whole) &&
	       !strcmp(tail, whole + strlen(whole) - strlen(tail)),
	       "%s, %d columns: %s is not a part of %s", table->command, table->columns, found,
	       whole);
	expect(strlen(tail) >= strlen(port) || mark == found,
	       "%s, %d columns: %s lost a part of its port before its address",
	       table->command, table->columns, found);
}

static void check_table(struct table *table, const struct flow *flows, size_t n)
{
	size_t widest = 0;

	table->shortened = false;
	for (size_t i = 0; i < n; i++) {
		const struct flow *flow = &flows[i];
		bool watch = *table->command == 'w';

		expect(table->line[i].n == table->head.n &&
		       table->line[i].width <= (size_t)table->columns,
		       "%s, %d columns: %zu words in %zu", table->command, table->columns,
		       table->line[i].n, table->line[i].width);
		if (table->line[i].width > widest)
			widest = table->line[i].width;
		expect_name(table, i, "i_state", "initiator_state",
			    tcpstate_state_names[flow->end[0].state]);
		expect_name(table, i, "r_state", "responder_state",
			    tcpstate_state_names[flow->end[1].state]);
		if (table->columns >= TIMER)
			expect_name(table, i, "timer", NULL, tcpstate_timer_names[flow->timer]);
		if (table->columns >= PHASE && !watch)
			expect_name(table, i, "phase", NULL, tcpstate_phase_names[flow->phase]);
		for (int end = 0; end < 2 && table->columns >= ENDS; end++)
			expect_end(table, i, flow, end);
	}
	expect(!table->shortened || widest == (size_t)table->columns,
	       "%s, %d columns: an address is shortened, and %zu columns are left",
	       table->command, table->columns, (size_t)table->columns - widest);
}

static void list_all(const struct flow *flows, const char *mark)
{
	struct options options = {};

	for (int columns = NARROWEST; columns <= WIDEST; columns++) {
		struct table table = { .command = "list", .columns = columns, .mark = mark };
		struct world_output output;
		const char *line;

		world.columns = columns;
		output = world_run(list_run, &options);
		line = output.text;
		split(&table.head, line, strcspn(line, "\n"));
		for (size_t i = 0; i < ROWS; i++) {
			line += strcspn(line, "\n");
			line += *line == '\n';
			split(&table.line[i], line, strcspn(line, "\n"));
		}
		check_table(&table, flows, ROWS);
		free(output.text);
	}
}

static void test_list(void)
{
	struct flow flows[ROWS];

	fill_rows(flows);
	world.flows = flows;
	world.n = ROWS;
	check_begin("list: states, timer and phase are whole at every width; addresses give way");
	list_all(flows, ellipsis);
	setlocale(LC_CTYPE, "C");
	list_all(flows, "~");
	setlocale(LC_CTYPE, "C.UTF-8");
	check_end();
}

/* The lines of a table as a pipe gets them, each as words */
static void read_whole(struct options options, const char *name, struct line line[ROWS + 1])
{
	struct world_output output;
	const char *at;

	options.columns = name;
	world.columns = 0;
	output = world_run(list_run, &options);
	at = output.text;
	for (size_t i = 0; i <= ROWS; i++) {
		split(&line[i], at, strcspn(at, "\n"));
		at += strcspn(at, "\n");
		at += *at == '\n';
	}
	free(output.text);
}

/*
 * The cell below the name of a field, or its shorter heading, which is cut off in a column that is
 * as narrow as a shortened address; NULL if it has no column
 */
static const char *cell_of(const struct line *head, const struct line *line, enum field field)
{
	const char *brief = field_brief(field) ? field_brief(field) : field_name(field);

	for (size_t i = 0; i < head->n && i < line->n; i++) {
		const char *word = head->word[i];

		if (!strcmp(word, field_name(field)) ||
		    (strlen(word) >= COLUMNS_SHORTEST && !strncmp(word, brief, strlen(word))))
			return line->word[i];
	}
	return NULL;
}

/* The column of the order is there; whole, unless it is one of those that are shortened. */
static void expect_sorted(const char *at, enum field field, const struct line whole[ROWS + 1])
{
	bool is_end = cells_of(field)->rank == COLUMNS_END;
	const char *name = field_name(field);
	struct line head, row;
	size_t width = 0;

	for (size_t i = 0; i <= ROWS; i++)
		width = whole[i].width > width ? whole[i].width : width;
	split(&head, at, strcspn(at, "\n"));
	for (size_t i = 1; i <= ROWS; i++) {
		const char *found;

		at += strcspn(at, "\n");
		at += *at == '\n';
		split(&row, at, strcspn(at, "\n"));
		expect(row.width <= world.columns, "--sort %s, %u columns: %zu", name,
		       world.columns, row.width);
		expect(cell_of(&head, &row, FIELD_INITIATOR_STATE) &&
		       (world.columns < TIMER + 1 + width || cell(&head, &row, "timer")) &&
		       (world.columns < PHASE + 1 + width || cell(&head, &row, "phase")),
		       "--sort %s, %u columns: states, timer or phase are missing", name,
		       world.columns);
		if (world.columns < STATES + 1 + width)
			continue;
		found = cell_of(&head, &row, field);
		expect(found && (is_end || !strcmp(found, whole[i].word[0])),
		       "--sort %s, %u columns: %s is not %s", name, world.columns,
		       found ? found : "no column", whole[i].word[0]);
	}
}

static void test_sorted(void)
{
	struct options options = { .process = true };
	uint64_t fields = cells_fields(&options);
	struct line whole[ROWS + 1];
	struct flow flows[ROWS];

	fill_rows(flows);
	world.flows = flows;
	world.n = ROWS;
	check_begin("list --sort: the column that rows are sorted by is there at every width");
	for (enum field field = 0; field < FIELDS; field++) {
		if (!(fields & FIELD_BIT(field)))
			continue;
		options.sort = field_name(field);
		read_whole(options, options.sort, whole);
		for (world.columns = NARROWEST; world.columns <= WIDEST; world.columns++) {
			struct world_output output = world_run(list_run, &options);

			expect_sorted(output.text, field, whole);
			free(output.text);
		}
	}
	world.columns = 0;
	check_end();
}

/* More than list keeps to measure: what comes later is wider than what it measured. */
static void test_long_list(void)
{
	static struct flow flows[10000 + ROWS];
	struct options options = {};

	fill_rows(flows + 10000);
	for (size_t i = 0; i < 10000; i++) {
		flows[i] = flows[10000];
		flows[i].id = i;
	}
	world.flows = flows;
	world.n = ARRAY_SIZE(flows);
	check_begin("list: states, timer and phase are whole in rows that were not measured");
	for (world.columns = NARROWEST; world.columns <= WIDEST; world.columns += 7) {
		struct table table = {
			.command = "list", .columns = world.columns, .mark = ellipsis,
		};
		struct world_output output = world_run(list_run, &options);
		const char *line = output.text;

		split(&table.head, line, strcspn(line, "\n"));
		line = output.text + strlen(output.text);
		for (size_t i = ROWS; i-- > 0; ) {
			for (line--; line > output.text && line[-1] != '\n'; line--)
				;
			split(&table.line[i], line, strcspn(line, "\n"));
			expect_name(&table, i, "i_state", "initiator_state",
				    tcpstate_state_names[flows[10000 + i].end[0].state]);
			expect_name(&table, i, "r_state", "responder_state",
				    tcpstate_state_names[flows[10000 + i].end[1].state]);
			expect_name(&table, i, "timer", NULL,
				    tcpstate_timer_names[flows[10000 + i].timer]);
			expect(table.line[i].width <= world.columns, "%zu of %u columns",
			       table.line[i].width, world.columns);
		}
		free(output.text);
	}
	check_end();
}

static void test_wide(void)
{
	struct options options = { .wide = true };
	struct flow flows[ROWS];
	struct world_output terminal, pipe;

	fill_rows(flows);
	world.flows = flows;
	world.n = ROWS;
	check_begin("list --wide: a terminal gets what a pipe does");
	world.columns = 40;
	terminal = world_run(list_run, &options);
	world.columns = 0;
	options.wide = false;
	pipe = world_run(list_run, &options);
	expect(!strcmp(terminal.text, pipe.text), "%s is not %s", terminal.text, pipe.text);
	free(terminal.text);
	free(pipe.text);
	check_end();
}

static void read_line(struct line *line, int y)
{
	char text[3 * WIDEST + 1] = "";

	mvinnstr(y, 0, text, sizeof(text) - 1);
	split(line, text, strlen(text));
}

static void watch_all(struct screen *screen, const struct flow *flows)
{
	for (int columns = NARROWEST; columns <= WIDEST; columns++) {
		struct table table = {
			.command = "watch", .columns = columns, .mark = ellipsis,
		};

		resizeterm(24, columns);
		screen_draw(screen);
		read_line(&table.head, 4);
		for (size_t i = 0; i < ROWS; i++)
			read_line(&table.line[i], 5 + i);
		check_table(&table, flows, ROWS);
	}
}

static void test_watch(void)
{
	struct screen screen = {
		.interval_ms = 1000, .order = { .key = ROWS_AGE, .descending = true },
	};
	struct flow flows[ROWS];

	fill_rows(flows);
	world.flows = flows;
	world.n = ROWS;
	if (!expect(!rows_read(&screen.rows, NULL, &screen.filter, &screen.order), "no rows"))
		return;
	/* The column of the order stays, which is to be one of those that stay anyway. */
	screen.order.key = ROWS_INITIATOR_STATE;
	watch_all(&screen, flows);
	rows_free(&screen.rows);
}

/**
 * fit_tests() - the tests of columns
 */
void fit_tests(void)
{
	FILE *out = stdout, *null = fopen("/dev/null", "w");
	bool open;

	test_list();
	test_long_list();
	test_sorted();
	test_wide();
	stdout = null;
	open = screen_open();
	stdout = out;
	check_begin("watch: states and timer are whole at every width; addresses give way");
	if (expect(open, "the terminal 'xterm' is not known"))
		test_watch();
	check_end();
	if (open)
		screen_close();
	fclose(null);
}
