/* Descriptors of pid 1 of a job, kept over the exec of its copy inside; those not needed are closed. */
#ifndef SHIM_FDS_H
#define SHIM_FDS_H

enum {
	FD_LISTEN = 3, /* unix socket of the job stream */
	FD_IN,         /* our end of the program's stdin, stdout, stderr where they are pipes */
	FD_OUT,
	FD_ERR,
	FD_MASTER,     /* its terminal */
	FD_SLAVE,      /* never read: keeps the terminal from hanging up between programs */
	FD_FILE,       /* + 0, 1, 2: its regular files, for their offsets */
	FD_FREE = FD_FILE + 3,
};

#endif
