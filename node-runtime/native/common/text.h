/* Text that grows: requests are put together in it. */
#ifndef PLUMPOS_TEXT_H
#define PLUMPOS_TEXT_H

#include <stddef.h>

struct text {
	char *bytes;
	size_t length, room;
	int failed; /* out of memory: nothing of it may be used */
};

void text_add(struct text *text, const char *bytes, size_t length);

/* `key=value` as printf makes it, and the NUL of a record. */
void text_record(struct text *text, const char *format, ...) __attribute__((format(printf, 2, 3)));

#endif
