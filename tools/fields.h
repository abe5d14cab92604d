/* SPDX-License-Identifier: GPL-2.0-only */
/* The names of what is known of a connection: of columns, sort keys and keys of groups. */
#ifndef TOOLS_FIELDS_H
#define TOOLS_FIELDS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/** enum field - the names, of which each command takes some */
enum field {
	/* list's come first, in the order of its columns. */
	FIELD_FAMILY,
	FIELD_INITIATOR,
	FIELD_RESPONDER,
	FIELD_PHASE,
	FIELD_STEP,
	FIELD_INITIATOR_STATE,
	FIELD_RESPONDER_STATE,
	FIELD_TIMER,
	FIELD_LEFT,
	FIELD_AGE,
	FIELD_SYN,
	FIELD_ACK,
	FIELD_REPEATS,
	FIELD_SEGMENTS,
	FIELD_BYTES,
	FIELD_OPENING,
	FIELD_DATA,
	FIELD_ACKS,
	FIELD_CLOSING,
	FIELD_FLAGS,
	FIELD_VERDICT,
	FIELD_ID,
	FIELD_CLOSED_AT,
	FIELD_DURATION,
	FIELD_RETRANSMITS,
	FIELD_GAPS,
	FIELD_UID,
	FIELD_CGROUP,
	/* Columns of list that an option asks for follow. */
	FIELD_INITIATOR_NAT,
	FIELD_RESPONDER_NAT,
	FIELD_INITIATOR_PROCESS,
	FIELD_RESPONDER_PROCESS,
	FIELD_NETNS,
	/* Those that only --columns and --sort ask for */
	FIELD_IN_STATE,
	FIELD_IDLE,
	/* What log has in addition, and FIELD_CLOSER */
	FIELD_START,
	/* What watch has in addition */
	FIELD_SEGMENTS_RATE,
	FIELD_BYTES_RATE,
	/* What top groups by in addition */
	FIELD_INITIATOR_PORT,
	FIELD_RESPONDER_PORT,
	FIELD_STATE,
	FIELD_CLOSER,
	FIELD_INTERFACE,
	/* What top tells of a group; retransmits, segments and bytes, too */
	FIELD_CONNECTIONS,
	FIELD_NEW_RATE,
	FIELD_REFUSED,
	FIELD_UNANSWERED,
	FIELD_TIME_WAIT,
	FIELD_SYN_P50,
	FIELD_SYN_P99,
	FIELD_ACK_P50,
	FIELD_ACK_P99,
	FIELD_RETRANSMITS_SHARE,
	FIELDS,
};

/* A set of fields has a bit for each. */
#define FIELD_BIT(field)	(1ull << (field))

/** struct field_order - by what rows are sorted, and whether the largest comes first */
struct field_order {
	enum field field;
	bool descending;
};

const char *field_name(enum field field);
const char *field_brief(enum field field);
bool field_is_number(enum field field);
bool field_find(const char *text, size_t len, uint64_t set, enum field *field);
bool field_find_order(const char *text, uint64_t set, struct field_order *order);
size_t field_find_several(const char *text, uint64_t set, enum field field[FIELDS],
			  char *error, size_t size);
void field_expected(const char *text, uint64_t set, char *message, size_t size);

#endif
