/* Records `key=value`, each ended by NUL: the specification of a job and the request for one. */
#ifndef PLUMPOS_RECORDS_H
#define PLUMPOS_RECORDS_H

#include <stddef.h>

struct records {
	char *next, *end;
};

struct record {
	char *key, *value;
};

/* The next record, split in place: 1, 0 at the end, -1 for what is none. */
int records_next(struct records *records, struct record *record);

/* A whole number in [0, most]; -1 for anything else. */
long read_number(const char *text, long most);

/* Cuts `text` at its first `cut` and returns what is behind it; NULL when there is none. */
char *cut_at(char *text, char cut);

#endif
