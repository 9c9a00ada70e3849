#include "text.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void text_add(struct text *text, const char *bytes, size_t length)
{
	if (text->length + length > text->room) {
		size_t room = 2 * (text->length + length) + 256;
		char *larger = realloc(text->bytes, room);
		if (larger == NULL) {
			text->failed = 1;
			return;
		}
		text->bytes = larger;
		text->room = room;
	}
	memcpy(text->bytes + text->length, bytes, length);
	text->length += length;
}

void text_record(struct text *text, const char *format, ...)
{
	char record[4608];
	va_list arguments;
	va_start(arguments, format);
	int length = vsnprintf(record, sizeof record, format, arguments);
	va_end(arguments);
	if (length < 0 || (size_t)length >= sizeof record)
		text->failed = 1;
	else
		text_add(text, record, (size_t)length + 1);
}
