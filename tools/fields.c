// SPDX-License-Identifier: GPL-2.0-only
/* The names of what is known of a connection, once for all commands. */
#include "fields.h"

#include <stdio.h>
#include <string.h>

#include "compiler.h"
#include "format.h"
#include "parse.h"

/** struct field_text - what a field is called */
struct field_text {
	const char *name;
	/** @brief: the heading where @name would take too much room; NULL if there is none */
	const char *brief;
	/** @number: columns of it are aligned to the right, and its largest values come first */
	bool number;
};

static const struct field_text fields[] = {
	[FIELD_FAMILY] = { "family", NULL, false },
	[FIELD_INITIATOR] = { "initiator", NULL, false },
	[FIELD_RESPONDER] = { "responder", NULL, false },
	[FIELD_PHASE] = { "phase", NULL, false },
	[FIELD_STEP] = { "step", NULL, false },
	[FIELD_INITIATOR_STATE] = { "initiator_state", "i_state", false },
	[FIELD_RESPONDER_STATE] = { "responder_state", "r_state", false },
	[FIELD_TIMER] = { "timer", NULL, false },
	[FIELD_LEFT] = { "left_s", NULL, true },
	[FIELD_AGE] = { "age_s", NULL, true },
	[FIELD_SYN] = { "syn_us", NULL, true },
	[FIELD_ACK] = { "ack_us", NULL, true },
	[FIELD_REPEATS] = { "repeats", NULL, true },
	[FIELD_SEGMENTS] = { "segments", NULL, true },
	[FIELD_BYTES] = { "bytes", NULL, true },
	[FIELD_OPENING] = { "opening", NULL, true },
	[FIELD_DATA] = { "data", NULL, true },
	[FIELD_ACKS] = { "acks", NULL, true },
	[FIELD_CLOSING] = { "closing", NULL, true },
	[FIELD_FLAGS] = { "flags", NULL, false },
	[FIELD_VERDICT] = { "verdict", NULL, false },
	[FIELD_ID] = { "id", NULL, true },
	[FIELD_CLOSED_AT] = { "closed_at_ns", NULL, true },
	[FIELD_DURATION] = { "duration_s", NULL, true },
	[FIELD_RETRANSMITS] = { "retransmits", NULL, true },
	[FIELD_GAPS] = { "gaps", NULL, true },
	[FIELD_UID] = { "uid", NULL, true },
	[FIELD_CGROUP] = { "cgroup", NULL, true },
	[FIELD_INITIATOR_NAT] = { "initiator_nat", "i_nat", false },
	[FIELD_RESPONDER_NAT] = { "responder_nat", "r_nat", false },
	[FIELD_INITIATOR_PROCESS] = { "initiator_process", "i_process", false },
	[FIELD_RESPONDER_PROCESS] = { "responder_process", "r_process", false },
	[FIELD_NETNS] = { "netns", NULL, false },
	[FIELD_IN_STATE] = { "in_state_s", NULL, true },
	[FIELD_IDLE] = { "idle_s", NULL, true },
	[FIELD_START] = { "start", NULL, false },
	[FIELD_SEGMENTS_RATE] = { "segments_per_s", "seg/s", true },
	[FIELD_BYTES_RATE] = { "bytes_per_s", "byte/s", true },
	[FIELD_INITIATOR_PORT] = { "initiator_port", "i_port", false },
	[FIELD_RESPONDER_PORT] = { "responder_port", "r_port", false },
	[FIELD_STATE] = { "state", NULL, false },
	[FIELD_CLOSER] = { "closer", NULL, false },
	[FIELD_INTERFACE] = { "interface", NULL, false },
	[FIELD_CONNECTIONS] = { "connections", "conns", true },
	[FIELD_NEW_RATE] = { "new_per_s", "new/s", true },
	[FIELD_REFUSED] = { "refused", NULL, true },
	[FIELD_UNANSWERED] = { "unanswered", "unansw", true },
	[FIELD_TIME_WAIT] = { "time_wait", "tw", true },
	[FIELD_SYN_P50] = { "syn_us_p50", "syn_p50", true },
	[FIELD_SYN_P99] = { "syn_us_p99", "syn_p99", true },
	[FIELD_ACK_P50] = { "ack_us_p50", "ack_p50", true },
	[FIELD_ACK_P99] = { "ack_us_p99", "ack_p99", true },
	[FIELD_RETRANSMITS_SHARE] = { "retransmits_percent", "retr_%", true },
};

/**
 * field_name() - the name of a field
 * @field: the field
 *
 * Return: the name.
 */
const char *field_name(enum field field)
{
	return fields[field].name;
}

/**
 * field_brief() - the shorter heading of a field
 * @field: the field
 *
 * Return: the heading, or NULL if there is none but the name.
 */
const char *field_brief(enum field field)
{
	return fields[field].brief;
}

/**
 * field_is_number() - is a column of the field one of numbers?
 * @field: the field
 *
 * Return: whether it is.
 */
bool field_is_number(enum field field)
{
	return fields[field].number;
}

/**
 * field_find() - look a field up, by its name or its shorter heading
 * @text: what was written
 * @len: its length
 * @set: which fields are meant, FIELD_BIT() of each
 * @field: is filled
 *
 * Return: whether it is one of them.
 */
bool field_find(const char *text, size_t len, uint64_t set, enum field *field)
{
	for (unsigned int i = 0; i < FIELDS; i++) {
		if (!(set & FIELD_BIT(i)) ||
		    (!parse_equal(text, len, fields[i].name) &&
		     !(fields[i].brief && parse_equal(text, len, fields[i].brief))))
			continue;
		*field = i;
		return true;
	}
	return false;
}

/**
 * field_find_order() - read by which field to sort, as ps(1) does: "NAME", "+NAME", "-NAME"
 * @text: what was written
 * @set: which fields are meant
 * @order: is filled; without a sign numbers have the largest first, and the others the smallest
 *
 * Return: whether it is one of them.
 */
bool field_find_order(const char *text, uint64_t set, struct field_order *order)
{
	const char *name = text + (*text == '+' || *text == '-');

	if (!field_find(name, strlen(name), set, &order->field))
		return false;
	order->descending = name == text ? field_is_number(order->field) : *text == '-';
	return true;
}

/* The field that other tools, or other parts of this one, call so; NULL if there is none */
static const char *usual_name(const char *text)
{
	static const struct {
		const char *name;
		const char *field;
	} others[] = {
		{ "owner", "uid" }, { "user", "uid" }, { "client", "initiator" },
		{ "server", "responder" }, { "src", "initiator" }, { "dst", "responder" },
		{ "port", "responder_port" }, { "service", "responder_port" },
		{ "sport", "initiator_port" }, { "dport", "responder_port" },
		{ "states", "state" }, { "age", "age_s" }, { "left", "left_s" },
		{ "in_state", "in_state_s" }, { "idle", "idle_s" },
		{ "process", "initiator_process" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(others); i++)
		if (parse_equal(text, strlen(text), others[i].name))
			return others[i].field;
	return NULL;
}

/* What to write for fields that are not columns or keys everywhere; NULL if it is none of them */
static const char *elsewhere(const char *text)
{
	static const struct {
		const char *name;
		const char *instead;
	} others[] = {
		{ "closer", "'top --by closer' groups by it, and 'log' prints it" },
		{ "netns", "'--all-netns' adds it to 'list' and 'top'" },
		{ "process", "'list --process' and 'show --process' have it" },
		{ "initiator_process", "'list --process' has it" },
		{ "responder_process", "'list --process' has it" },
		{ "nat", "'list --nat' and 'show --nat' have it" },
		{ "initiator_nat", "'list --nat' has it" },
		{ "responder_nat", "'list --nat' has it" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(others); i++)
		if (parse_equal(text, strlen(text), others[i].name))
			return others[i].instead;
	return NULL;
}

/**
 * field_expected() - say which fields were expected, and which of them was meant, probably
 * @text: what was written instead
 * @set: which fields were
 * @message: is filled
 * @size: of @message
 */
void field_expected(const char *text, uint64_t set, char *message, size_t size)
{
	const char *name = text + (*text == '+' || *text == '-'), *usual = usual_name(name);
	const char *names[FIELDS], *closest = NULL, *other;
	const struct parse_names table = { names, FIELDS };
	unsigned int last = 0;

	for (unsigned int i = 0; i < FIELDS; i++) {
		names[i] = set & FIELD_BIT(i) ? fields[i].name : NULL;
		if (names[i])
			last = i;
		if (names[i] && usual && !strcmp(names[i], usual))
			closest = usual;
	}
	other = closest ? NULL : elsewhere(name);
	if (!closest && !other)
		closest = parse_closest(name, &table);
	*message = '\0';
	if (closest)
		format_append(message, size, "did you mean '%s'? (", closest);
	else if (other)
		format_append(message, size, "%s (", other);
	for (unsigned int i = 0, n = 0; i < FIELDS; i++)
		if (names[i])
			format_append(message, size, "%s%s",
				      !n++ ? "expected " : i == last ? " or " : ", ", names[i]);
	if (closest || other)
		format_append(message, size, ")");
}

/**
 * field_find_several() - read several fields, joined by commas
 * @text: what was written
 * @set: which fields are meant
 * @field: is filled
 * @error: gets what is wrong with the first that is none of them, or that occurs twice
 * @size: of @error
 *
 * Return: how many there are; 0 with @error.
 */
size_t field_find_several(const char *text, uint64_t set, enum field field[FIELDS],
			  char *error, size_t size)
{
	uint64_t seen = 0;
	size_t n = 0;

	for (;; text++) {
		size_t len = strcspn(text, ",");
		char word[64], expected[PARSE_ERROR];

		snprintf(word, sizeof(word), "%.*s", (int)len, text);
		if (!field_find(text, len, set, &field[n])) {
			field_expected(word, set, expected, sizeof(expected));
			snprintf(error, size, "'%s': %s", word, expected);
			return 0;
		}
		if (seen & FIELD_BIT(field[n])) {
			snprintf(error, size, "'%s': it occurs twice", word);
			return 0;
		}
		seen |= FIELD_BIT(field[n++]);
		text += len;
		if (!*text)
			return n;
	}
}
