/* The server behind HDF5: a process that does nothing but start and end workers.
 *
 * A worker must be a fork of a process without threads, and of a small one, whose limits then mean
 * something. By the time a file turns out to be HDF5 the program may have grown and run threads, so
 * it is the server that is forked early, and the workers come from it. They are its children: it
 * alone ends and reaps them, so that a process id cannot have come to mean somebody else. Nothing
 * that happens to a worker reaches it. */
#include "input/hdf5_server.h"
#include "input/hdf5_child.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

enum { MOST_DESCRIPTORS = 65536 };

/* What the user or the system says to the program is for the program to act on: were a worker to
 * die of Ctrl-C, the file would look damaged. */
static void ignore_signals(void) {
    static const int left_to_parent[] = {SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGUSR1, SIGUSR2};
    for (size_t i = 0; i < sizeof left_to_parent / sizeof left_to_parent[0]; i++)
        signal(left_to_parent[i], SIG_IGN);
    signal(SIGCHLD, SIG_DFL);
    sigset_t none;
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
}

static void close_from_to(int first, int last) {
    if (first > last || close_range((unsigned)first, (unsigned)last, 0) == 0)
        return;
    for (int file = first; file <= last && file < MOST_DESCRIPTORS; file++)
        close(file);
}

/* Whoever reads what the program prints, or waits for its lock, must not have to wait for us. */
static int let_go_of_all_but(int socket) {
    int kept = fcntl(socket, F_DUPFD_CLOEXEC, STDERR_FILENO + 1);
    if (kept < 0)
        return -1;
    close_from_to(STDERR_FILENO + 1, kept - 1);
    close_from_to(kept + 1, MOST_DESCRIPTORS * 16);
    int nowhere = open("/dev/null", O_RDWR | O_CLOEXEC);
    for (int file = STDIN_FILENO; file <= STDERR_FILENO; file++) {
        if (nowhere < 0 || dup2(nowhere, file) < 0)
            close(file);
    }
    if (nowhere > STDERR_FILENO)
        close(nowhere);
    return kept;
}

/* 0 at the end. file[] is -1 where no descriptor came. */
static int receive(int socket, bm_hdf5_request *request, int file[2]) {
    union {
        struct cmsghdr head;
        char space[CMSG_SPACE(2 * sizeof(int))];
    } control;
    struct iovec part = {request, sizeof *request};
    struct msghdr message = {.msg_iov = &part,
                             .msg_iovlen = 1,
                             .msg_control = control.space,
                             .msg_controllen = sizeof control.space};
    ssize_t got;
    do {
        got = recvmsg(socket, &message, MSG_CMSG_CLOEXEC);
    } while (got < 0 && errno == EINTR);
    if (got != (ssize_t)sizeof *request)
        return 0;
    const struct cmsghdr *head = CMSG_FIRSTHDR(&message);
    file[0] = file[1] = -1;
    if (head != NULL && head->cmsg_level == SOL_SOCKET && head->cmsg_type == SCM_RIGHTS &&
        head->cmsg_len == CMSG_LEN(2 * sizeof(int)))
        memcpy(file, CMSG_DATA(head), 2 * sizeof(int));
    request->dataset[sizeof request->dataset - 1] = '\0';
    return 1;
}

static bm_hdf5_answer start_worker(int socket, const bm_hdf5_request *request, const int file[2]) {
    pid_t server = getpid(), worker = -1;
    int code = EBADF;
    if (file[0] >= 0 && file[1] >= 0) {
        worker = fork();
        code = errno;
    }
    if (worker == 0) {
        close(socket);
        bm_hdf5_child(file[0], request, file[1], server);
    }
    for (int i = 0; i < 2; i++) {
        if (file[i] >= 0)
            close(file[i]);
    }
    return (bm_hdf5_answer){worker, code};
}

static bm_hdf5_answer end_worker(pid_t worker) {
    int how = 0;
    pid_t ended = waitpid(worker, &how, WNOHANG);
    if (ended == 0) {
        kill(worker, SIGKILL);
        do {
            ended = waitpid(worker, &how, 0);
        } while (ended < 0 && errno == EINTR);
    }
    return (bm_hdf5_answer){ended, how};
}

_Noreturn void bm_hdf5_serve(int socket, pid_t parent) {
    bm_hdf5_request request;
    int file[2];
    ignore_signals();
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    prctl(PR_SET_NAME, "buyermap-hdf5");
    socket = let_go_of_all_but(socket);
    /* The parent may have ended before it could be said that its end is ours. */
    while (getppid() == parent && socket >= 0 && receive(socket, &request, file)) {
        bm_hdf5_answer answer =
            request.ends > 0 ? end_worker(request.ends) : start_worker(socket, &request, file);
        if (request.ends > 0 && !request.tells)
            continue;
        if (send(socket, &answer, sizeof answer, MSG_NOSIGNAL) != (ssize_t)sizeof answer)
            break;
    }
    _exit(0);
}
