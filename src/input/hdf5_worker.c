/* The program's side of the server behind HDF5 (hdf5_server.c): starts it, asks it for workers, and
 * has them ended. */
#include "input/hdf5_server.h"

#include "buyermap/context.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

enum { POLL_MILLISECONDS = 200, PATIENCE_MILLISECONDS = 2000, PIPE_BYTES = 1 << 20 };

/* A program has one server, as it has one team of threads; this is all that is kept of it. */
static struct {
    pthread_mutex_t lock;
    pid_t process; /* 0: none */
    pid_t owner;   /* who started it: a fork of that one has a server of its own */
    int socket;
} server = {.lock = PTHREAD_MUTEX_INITIALIZER};

static int server_runs(void) {
    return server.process > 0 && server.owner == getpid();
}

/* It has nothing to put in order, and its workers end with it. */
static void drop_server(void) {
    if (!server_runs())
        return;
    close(server.socket);
    kill(server.process, SIGKILL);
    while (waitpid(server.process, NULL, 0) < 0 && errno == EINTR)
        ;
    server.process = 0;
}

static int start_server(void) {
    int ends[2];
    pid_t owner = getpid();
    if (server_runs())
        return 0;
    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) != 0)
        return errno;
    int is_first = server.owner == 0;
    /* Until the server has said that it ignores signals, none is to reach it. */
    sigset_t all, before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    pid_t process = fork();
    int code = errno;
    if (process == 0)
        bm_hdf5_serve(ends[1], owner);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    close(ends[1]);
    if (process < 0) {
        close(ends[0]);
        return code;
    }
    server.process = process;
    server.owner = owner;
    server.socket = ends[0];
    /* It would end by itself, but where nobody reaps orphans each run would leave one. */
    if (is_first)
        atexit(drop_server);
    return 0;
}

int bm_hdf5_server_start(void) {
    pthread_mutex_lock(&server.lock);
    int code = start_server();
    pthread_mutex_unlock(&server.lock);
    return code;
}

/* 1 when it was sent. file may be NULL. */
static int tell(const bm_hdf5_request *request, const int *file) {
    union {
        struct cmsghdr head;
        char space[CMSG_SPACE(2 * sizeof(int))];
    } control;
    struct iovec part = {(void *)request, sizeof *request};
    struct msghdr message = {.msg_iov = &part, .msg_iovlen = 1};
    if (file != NULL) {
        memset(&control, 0, sizeof control);
        message.msg_control = control.space;
        message.msg_controllen = sizeof control.space;
        struct cmsghdr *head = CMSG_FIRSTHDR(&message);
        head->cmsg_level = SOL_SOCKET;
        head->cmsg_type = SCM_RIGHTS;
        head->cmsg_len = CMSG_LEN(2 * sizeof(int));
        memcpy(CMSG_DATA(head), file, 2 * sizeof(int));
    }
    ssize_t sent;
    do {
        sent = sendmsg(server.socket, &message, MSG_NOSIGNAL);
    } while (sent < 0 && errno == EINTR);
    return sent == (ssize_t)sizeof *request;
}

/* 1 when the answer came, 0 when the server is gone or patience at an end; err may be NULL. */
static int hear(bm_hdf5_answer *answer, int patience, bm_status *status, bm_error *err) {
    for (int waited = 0; waited < patience; waited += POLL_MILLISECONDS) {
        struct pollfd wait = {.fd = server.socket, .events = POLLIN};
        *status = err != NULL ? bm_check_interrupt(err) : BM_OK;
        if (*status != BM_OK)
            return 0;
        if (poll(&wait, 1, POLL_MILLISECONDS) <= 0)
            continue;
        ssize_t got = recv(server.socket, answer, sizeof *answer, 0);
        if (got >= 0 || errno != EINTR)
            return got == (ssize_t)sizeof *answer;
    }
    return 0;
}

/* A server that somebody killed is started anew, once. */
static bm_status ask_for_worker(const bm_hdf5_request *request, const int file[2], pid_t *worker,
                                const char *path, bm_error *err) {
    bm_hdf5_answer answer = {0};
    int code = 0;
    for (int attempt = 0; attempt < 2; attempt++) {
        bm_status status = BM_OK;
        code = start_server();
        if (code != 0)
            break;
        if (tell(request, file) && hear(&answer, INT32_MAX, &status, err)) {
            code = answer.code;
            break;
        }
        code = ECONNRESET;
        drop_server();
        if (status != BM_OK)
            return status;
    }
    if (answer.worker <= 0)
        return bm_fail(err, BM_NOMEM, "%s: no process to read HDF5 in: %s", path, strerror(code));
    *worker = answer.worker;
    return BM_OK;
}

bm_status bm_hdf5_worker_start(bm_hdf5_worker *worker, int file, uint64_t size, bm_hdf5_wish wish,
                               const char *dataset, const char *path, bm_error *err) {
    bm_hdf5_request request = {.size = size, .wish = (int32_t)wish};
    int ends[2];
    if (dataset != NULL)
        memcpy(request.dataset, dataset, strnlen(dataset, sizeof request.dataset - 1));
    if (pipe2(ends, O_CLOEXEC) != 0)
        return bm_fail(err, BM_IO, "%s: no pipe to read HDF5 through: %s", path, strerror(errno));
    fcntl(ends[1], F_SETPIPE_SZ, PIPE_BYTES);
    pthread_mutex_lock(&server.lock);
    bm_status status =
        ask_for_worker(&request, (const int[2]){file, ends[1]}, &worker->process, path, err);
    pthread_mutex_unlock(&server.lock);
    close(ends[1]);
    worker->in = ends[0];
    if (status != BM_OK) {
        worker->process = 0;
        bm_hdf5_worker_end(worker, 0);
    }
    return status;
}

int bm_hdf5_worker_end(bm_hdf5_worker *worker, int why) {
    bm_hdf5_request request = {.ends = worker->process, .tells = why != 0};
    bm_hdf5_answer answer = {0};
    bm_status status;
    if (worker->in >= 0)
        close(worker->in);
    if (worker->process > 0) {
        pthread_mutex_lock(&server.lock);
        /* One that neither hears nor answers is ended with all its workers. */
        if (server_runs() && (!tell(&request, NULL) ||
                              (why && !hear(&answer, PATIENCE_MILLISECONDS, &status, NULL))))
            drop_server();
        pthread_mutex_unlock(&server.lock);
    }
    *worker = (bm_hdf5_worker){.in = -1};
    return why && answer.worker > 0 && WIFSIGNALED(answer.code) &&
           (WTERMSIG(answer.code) == SIGXCPU || WTERMSIG(answer.code) == SIGALRM);
}
