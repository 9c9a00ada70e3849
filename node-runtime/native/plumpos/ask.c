#define _GNU_SOURCE
#include "ask.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../common/clock.h"
#include "../common/io.h"
#include "../common/records.h"
#include "../common/unix.h"

enum {
	FAILED = 125, /* PlumpOS itself, not the program */
	RETRY_MOST_MS = 2000,
	AGENT_ABSENT_MS = 60000,
	SAY_MS = 2000, /* an agent that is started again takes less */
	LINE_MOST = 1024,
};

static int send_request(int fd, const struct text *request)
{
	unsigned char head[4];
	put_u32le(head, (uint32_t)request->length);
	return write_all(fd, head, sizeof head) < 0 ? -1 : write_all(fd, request->bytes, request->length);
}

/* One line without its end; -1 when the agent is gone. */
static int read_line(int fd, char *line)
{
	for (int length = 0; length < LINE_MOST; length++) {
		if (read_some(fd, line + length, 1) != 1)
			return -1;
		if (line[length] == '\n') {
			line[length] = 0;
			return length;
		}
	}
	return -1;
}

static int take_job(struct job *job, char *text)
{
	char *token = cut_at(text, ' ');
	if (token == NULL || strlen(text) >= sizeof job->id || strlen(token) >= sizeof job->token)
		return -1;
	strcpy(job->id, text);
	strcpy(job->token, token);
	return 0;
}

static int failed(char *text)
{
	char *words = cut_at(text, ' ');
	long status = read_number(text, 255);
	if (words != NULL && *words != 0)
		fprintf(stderr, "plumpos run: %s\n", words);
	return status < 1 ? FAILED : (int)status;
}

/* Not into a file that the job goes on writing where it was before. */
static void say(const char *text)
{
	if (lseek(STDERR_FILENO, 0, SEEK_CUR) < 0 || fcntl(STDERR_FILENO, F_GETFL) & O_APPEND)
		fprintf(stderr, "plumpos run: %s\n", text);
}

/* Until it is decided: 0 and the job, a status, or -1 when the agent went away before that. */
static int hear(int fd, struct job *job)
{
	char line[LINE_MOST];
	while (read_line(fd, line) >= 0) {
		char *text = cut_at(line, ' ');
		if (text == NULL)
			text = line + strlen(line);
		if (strcmp(line, "ok") == 0)
			return take_job(job, text) < 0 ? FAILED : 0;
		if (strcmp(line, "fail") == 0)
			return failed(text);
		if (strcmp(line, "pump") == 0 && *text >= '0' && *text <= '2')
			job->pumped |= 1 << (*text - '0');
		else if (strcmp(line, "queued") == 0 || strcmp(line, "note") == 0)
			say(text);
	}
	return -1;
}

/* One attempt: 0, a status, or -1. What was asked for may have begun once `asked` is set. */
static int ask_once(const struct text *request, struct job *job, int *asked)
{
	int fd = unix_connect(RUN_SOCKET);
	int error = errno;
	if (fd < 0)
		return error == EACCES || (error != ECONNREFUSED && access(RUN_FOLDER, F_OK) < 0) ? ASK_NOBODY : -1;
	*asked = 1;
	int status = send_request(fd, request) == 0 ? hear(fd, job) : -1;
	close(fd);
	return status;
}

/* An agent that is started again knows us by our pid and answers for the job that is already there. */
int ask_run(const struct text *request, struct job *job, int patient)
{
	int asked = 0, pause = 200;
	for (int waited = 0; waited < AGENT_ABSENT_MS; waited += pause, pause = 2 * pause < RETRY_MOST_MS ? 2 * pause : RETRY_MOST_MS) {
		int status = ask_once(request, job, &asked);
		if (status != -1)
			return status;
		if (waited < SAY_MS && waited + pause >= SAY_MS) {
			if (!patient && !asked)
				break;
			say("waits for the PlumpOS agent of this machine");
		}
		pause_ms(pause);
	}
	return ASK_NOBODY;
}

int no_agent(void)
{
	if (access(RUN_SOCKET, W_OK) < 0 && errno == EACCES) {
		fprintf(stderr, "plumpos: " RUN_SOCKET " may not be opened by this user (PLUMP_DENIED)\n  ls -ld " RUN_FOLDER ": others must be able to enter it (mode 755)\n");
		return FAILED;
	}
	fprintf(stderr, "plumpos: no PlumpOS agent runs on this machine (PLUMP_NO_AGENT)\n  'sudo plumpos join' makes this machine a member\n");
	return FAILED;
}

void ask_ended(const struct job *job, int wait_status, int patient)
{
	struct text request = { 0 };
	char line[LINE_MOST];
	text_record(&request, "verb=ended");
	text_record(&request, "id=%s", job->id);
	text_record(&request, "token=%s", job->token);
	text_record(&request, "status=%d", wait_status);
	for (int tries = patient ? 150 : 1; tries > 0; tries--) {
		int fd = unix_connect(RUN_SOCKET);
		int heard = fd >= 0 && send_request(fd, &request) == 0 && read_line(fd, line) >= 0;
		if (fd >= 0)
			close(fd);
		if (heard || tries == 1)
			break;
		pause_ms(RETRY_MOST_MS);
	}
	free(request.bytes);
}
