/* A program of the kind that a hook may not disturb, which does one thing after the other, each when it is told to by a line: so
   whoever tells it can say what is disturbed meanwhile. Each way of calling it is a test; 0 is success. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <pthread.h>
#include <sched.h>
#include <setjmp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/inotify.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/timerfd.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <threads.h>
#include <time.h>
#include <unistd.h>

static void fail(const char *what) {
    dprintf(2, "%s: %s\n", what, strerror(errno));
    _exit(1);
}
#define MUST(is) ((is) ? (void)0 : fail(#is))

/* Tells how far it is, and waits for the next line, by calls that nobody hooks. */
static void step(long said) {
    char byte, line[64];
    int length = snprintf(line, sizeof line, "{\"step\": %ld}\n", said);
    if (syscall(SYS_write, 1, line, length) != length) _exit(3);
    do {
        if (syscall(SYS_read, 0, &byte, 1) != 1) _exit(3);
    } while (byte != '\n');
}

/* Half of what is read and written. */
static int shares(const char *path) {
    char bytes[256] = {0};
    int hits = 0, pipes[2], pair[2], null = open("/dev/null", O_RDWR), file = open(path, O_RDWR | O_CREAT, 0600);
    int events = eventfd(0, EFD_NONBLOCK), timer = timerfd_create(CLOCK_MONOTONIC, 0), notes = inotify_init1(0);
    sigset_t one;
    sigemptyset(&one);
    sigaddset(&one, SIGUSR1);
    int signals = signalfd(-1, &one, 0), terminal = posix_openpt(O_RDWR | O_NOCTTY);
    struct itimerspec soon = {.it_value = {0, 1}};
    MUST(file >= 0 && !pipe(pipes) && !socketpair(AF_UNIX, SOCK_STREAM, 0, pair) && events >= 0 && timer >= 0 && notes >= 0);
    MUST(!sigprocmask(SIG_BLOCK, &one, NULL) && signals >= 0 && !raise(SIGUSR1) && !timerfd_settime(timer, 0, &soon, NULL));
    MUST(inotify_add_watch(notes, path, IN_MODIFY) >= 0);
    char *aligned = NULL;
    MUST(!posix_memalign((void **)&aligned, 4096, 8192));
    memset(aligned, 0, 8192);
    int direct = open(path, O_RDWR | O_DIRECT);
    step(1);
    /* What can be cut. */
    MUST(pwrite(file, bytes, 4, 0) == 2 && ++hits);
    MUST(write(pipes[1], bytes, 4) == 2 && ++hits);
    MUST(read(pipes[0], bytes, 3) == 1 && ++hits);
    MUST(write(pair[0], bytes, 2) == 1 && ++hits);
    if (terminal >= 0) MUST(write(terminal, bytes, 8) == 4 && ++hits);
    struct iovec parts[2] = {{bytes, 1}, {bytes, 3}};
    MUST(pwritev(file, parts, 2, 0) == 2 && ++hits);
    /* Nothing to be left out. */
    parts[1].iov_len = 0;
    MUST(pwrite(file, bytes, 1, 0) == 1 && pread(file, bytes, 1, 0) == 1 && pwritev(file, parts, 2, 0) == 1);
    MUST(pwrite(file, bytes, 0, 0) == 0);
    /* What is given in records. */
    long long record = 5;
    MUST(write(events, &record, sizeof record) == sizeof record && read(events, &record, sizeof record) == sizeof record);
    MUST(record == 5 && read(timer, &record, sizeof record) == sizeof record);
    MUST(read(signals, bytes, sizeof(struct signalfd_siginfo)) == sizeof(struct signalfd_siginfo));
    MUST(read(notes, bytes, sizeof(struct inotify_event)) == sizeof(struct inotify_event));
    /* What is nobody's. */
    MUST(write(null, bytes, 4) == 4 && read(-1, bytes, 4) == -1 && errno == EBADF);
    if (direct >= 0) {
        errno = 0;
        ssize_t written = pwrite(direct, aligned, 8192, 0);
        MUST(written == 8192 && pread(direct, aligned, 8192, 0) == 8192);
    }
    step(hits);
    return 0;
}

static void messages_of(struct mmsghdr *messages, struct iovec *part, int count) {
    memset(messages, 0, count * sizeof *messages);
    for (int at = 0; at < count; at++) {
        messages[at].msg_hdr.msg_iov = part;
        messages[at].msg_hdr.msg_iovlen = 1;
    }
}

/* Half of the messages that are sent and received at once; then none. */
static int messages(void) {
    enum { COUNT = 4 };
    char bytes[8] = "message";
    struct iovec part = {bytes, sizeof bytes};
    struct mmsghdr some[COUNT];
    int pair[2];
    MUST(!socketpair(AF_UNIX, SOCK_DGRAM, 0, pair));
    messages_of(some, &part, COUNT);
    step(1);
    MUST(sendmmsg(pair[0], some, COUNT, 0) == 2 && some[0].msg_len == sizeof bytes && some[1].msg_len == sizeof bytes);
    MUST(sendmmsg(pair[0], some, 1, 0) == 1);
    MUST(recvmmsg(pair[1], some, COUNT, MSG_DONTWAIT, NULL) == 2 && some[0].msg_len == sizeof bytes);
    MUST(recvmmsg(pair[1], some, 1, MSG_DONTWAIT, NULL) == 1);
    MUST(recvmmsg(pair[1], some, 1, MSG_DONTWAIT, NULL) == -1 && errno == EAGAIN);
    step(2);
    MUST(sendmmsg(pair[0], some, COUNT, 0) == -1 && errno == ENOBUFS);
    MUST(recvmmsg(pair[1], some, COUNT, MSG_DONTWAIT, NULL) == -1 && errno == ENOBUFS);
    step(3);
    MUST(sendmmsg(pair[0], some, COUNT, 0) == COUNT);
    MUST(recvmmsg(pair[1], some, COUNT, MSG_DONTWAIT, NULL) == COUNT);
    return 0;
}

/* A child after vfork has the memory of its parent, and its errno. */
static int forks_by_vfork(const char *path) {
    char byte = 0;
    int file = open(path, O_RDWR | O_CREAT, 0600), status = 0;
    MUST(file >= 0);
    step(1);
    for (int round = 0; round < 100; round++) {
        volatile int before = 77;
        errno = before;
        pid_t child = vfork();
        if (child == 0) {
            if (pwrite(file, &byte, 1, 0) != -1 || errno != EIO) _exit(1);
            execl("/bin/true", "true", (char *)NULL);
            _exit(2);
        }
        MUST(child > 0 && waitpid(child, &status, 0) == child);
        MUST(WIFEXITED(status) && WEXITSTATUS(status) == 0);
    }
    step(2);
    MUST(pwrite(file, &byte, 1, 0) == 1);
    return 0;
}

/* Makes calls in a process that has this program's pid in a namespace of its own. */
static int calls_in_a_namespace(const char *path) {
    char byte = 0, own[32];
    int file = open(path, O_RDWR | O_CREAT, 0600), ready[2], go[2], status = 0;
    pid_t pid = getpid();
    MUST(file >= 0 && !pipe(ready) && !pipe(go));
    /* As fork does it; this process itself stays where threads may be made. */
    pid_t child = syscall(SYS_clone, CLONE_NEWPID | SIGCHLD, 0, 0, 0, 0);
    if (child < 0) {
        step(0);
        return 0;
    }
    if (child == 0) {
        int last = open("/proc/sys/kernel/ns_last_pid", O_WRONLY);
        snprintf(own, sizeof own, "%d", pid - 1);
        if (last < 0 || write(last, own, strlen(own)) < 0) _exit(4);
        pid_t one = fork();
        if (one == 0) {
            if (getpid() != pid) _exit(5);
            syscall(SYS_write, ready[1], &byte, 1);
            if (syscall(SYS_read, go[0], &byte, 1) != 1) _exit(6);
            for (int call = 0; call < 1000; call++)
                if (pwrite(file, &byte, 1, 0) != 1) _exit(7);
            _exit(0);
        }
        if (one < 0 || waitpid(one, &status, 0) != one) _exit(8);
        _exit(WIFEXITED(status) ? WEXITSTATUS(status) : 9);
    }
    MUST(child > 0 && syscall(SYS_read, ready[0], &byte, 1) == 1);
    step(1);
    MUST(syscall(SYS_write, go[1], &byte, 1) == 1 && waitpid(child, &status, 0) == child);
    MUST(WIFEXITED(status) && WEXITSTATUS(status) == 0);
    step(2);
    MUST(pwrite(file, &byte, 1, 0) == 1);
    step(3);
    return 0;
}

/* A thread begins what is to be done, and another one executes this program again in the same moment. */
static int is_executed(char **arguments) {
    if (!getenv("AGAIN")) {
        setenv("AGAIN", "1", 1);
        step(1);
        execv("/proc/self/exe", arguments);
        fail("execv");
    }
    step(2);
    return 0;
}

static sigjmp_buf out;
static void leaps(int number) {
    (void)number;
    siglongjmp(out, 1);
}

/* A handler leaves a call that is held; so do a fork and a cancellation, which wait for nothing. */
static int leaps_out(const char *path) {
    char byte = 0;
    int file = open(path, O_RDWR | O_CREAT, 0600), status = 0;
    struct sigaction action = {.sa_handler = leaps};
    struct itimerval soon = {.it_value = {0, 50000}};
    MUST(file >= 0 && !sigaction(SIGALRM, &action, NULL));
    step(1);
    for (int round = 0; round < 5; round++) {
        if (!sigsetjmp(out, 1)) {
            MUST(!setitimer(ITIMER_REAL, &soon, NULL));
            pwrite(file, &byte, 1, 0);
            fail("it was not held");
        }
    }
    step(2);
    MUST(pwrite(file, &byte, 1, 0) == 1);
    pid_t child = fork();
    if (child == 0) _exit(pwrite(file, &byte, 1, 0) == 1 ? 0 : 1);
    MUST(child > 0 && waitpid(child, &status, 0) == child && status == 0);
    return 0;
}

static int held;
static void *is_held(void *argument) {
    char byte = 0;
    pwrite(held, &byte, 1, 0);
    return argument;
}

/* A fork while another thread is held: the child has that thread no more, and goes on. */
static int forks_while_held(const char *path) {
    pthread_t thread;
    int status = 0, other = open("/dev/null", O_WRONLY);
    held = open(path, O_RDWR | O_CREAT, 0600);
    MUST(held >= 0 && other >= 0);
    step(1);
    MUST(!pthread_create(&thread, NULL, is_held, NULL));
    step(2);
    for (int round = 0; round < 20; round++) {
        pid_t child = fork();
        if (child == 0) {
            char byte = 0, *memory = malloc(100);
            free(memory);
            _exit(write(other, &byte, 1) == 1 ? 0 : 1);
        }
        MUST(child > 0 && waitpid(child, &status, 0) == child && status == 0);
    }
    step(3);
    MUST(!pthread_join(thread, NULL));
    return 0;
}

/* A thread that is cancelled while it is held leaves in the call, when that is made. */
static int cancels_while_held(const char *path) {
    pthread_t thread;
    void *end = NULL;
    held = open(path, O_RDWR | O_CREAT, 0600);
    MUST(held >= 0);
    step(1);
    MUST(!pthread_create(&thread, NULL, is_held, NULL));
    step(2);
    MUST(!pthread_cancel(thread));
    step(3);
    MUST(!pthread_join(thread, &end) && end == PTHREAD_CANCELED);
    return 0;
}

static int with_errno(int answer, int number) {
    return answer == -1 && errno == number;
}

/* Until it is struck, and then each function of its family. */
static int without_memory(void) {
    char *kept = NULL;
    void *volatile memory = NULL;
    for (;;) {
        free(memory);
        if (!(kept = malloc(16))) break;
        memory = kept;
        usleep(1000);
    }
    MUST(errno == ENOMEM);
    /* What it had is whole, where no more of it is to be had. */
    kept = sbrk(0) ? (char *)"x" : NULL;
    void *volatile none;
    errno = 0;
    MUST(!(none = calloc(2, 8)) && errno == ENOMEM);
    errno = 0;
    MUST(!(none = aligned_alloc(64, 64)) && errno == ENOMEM);
    errno = 0;
    MUST(!(none = realloc(NULL, 8)) && errno == ENOMEM);
    void *place = kept;
    errno = 7;
    MUST(posix_memalign(&place, 64, 64) == ENOMEM && place == kept && errno == 7);
    return 0;
}

static int without_sleep(void) {
    struct timespec instant = {0, 1000}, left = {7, 7};
    while (nanosleep(&instant, &left) == 0) {}
    MUST(errno == ENOTSUP);
    MUST(left.tv_sec == 7 && clock_nanosleep(CLOCK_MONOTONIC, 0, &instant, NULL) == ENOTSUP);
    MUST(with_errno(usleep(1), ENOTSUP));
    MUST(sleep(1) > 0 && thrd_sleep(&instant, NULL) < -1);
    return 0;
}

static int without_a_clock(void) {
    struct timespec now = {7, 7};
    struct timeval day;
    while (clock_gettime(CLOCK_REALTIME, &now) == 0) usleep(1000);
    MUST(errno == EPERM);
    MUST(with_errno(clock_gettime(CLOCK_MONOTONIC, &now), EPERM) && with_errno(gettimeofday(&day, NULL), EPERM));
    errno = 0;
    MUST(time(NULL) == (time_t)-1 && errno == EPERM);
    MUST(timespec_get(&now, TIME_UTC) == 0);
    return 0;
}

static int without_names(void) {
    struct hostent entry, *found = &entry;
    char buffer[1024];
    int why = 0;
    while (gethostbyname("127.0.0.9")) usleep(1000);
    MUST(h_errno == TRY_AGAIN);
    h_errno = 0;
    MUST(!gethostbyname2("127.0.0.9", AF_INET) && h_errno == TRY_AGAIN);
    MUST(gethostbyname_r("127.0.0.9", &entry, buffer, sizeof buffer, &found, &why) != 0 && !found && why == TRY_AGAIN);
    found = &entry, why = 0;
    MUST(gethostbyname2_r("127.0.0.9", AF_INET, &entry, buffer, sizeof buffer, &found, &why) != 0 && !found && why == TRY_AGAIN);
    struct addrinfo *info = NULL;
    MUST(getaddrinfo("127.0.0.9", NULL, NULL, &info) == EAI_AGAIN);
    /* Another one is found. */
    MUST(gethostbyname("127.0.0.1") && gethostbyname2("127.0.0.1", AF_INET));
    MUST(!gethostbyname_r("127.0.0.1", &entry, buffer, sizeof buffer, &found, &why) && found == &entry);
    return 0;
}

int main(int count, char **arguments) {
    if (count < 2) return 2;
    const char *what = arguments[1], *path = count > 2 ? arguments[2] : "";
    if (!strcmp(what, "shares")) return shares(path);
    if (!strcmp(what, "messages")) return messages();
    if (!strcmp(what, "vfork")) return forks_by_vfork(path);
    if (!strcmp(what, "namespace")) return calls_in_a_namespace(path);
    if (!strcmp(what, "executed")) return is_executed(arguments);
    if (!strcmp(what, "leaps")) return leaps_out(path);
    if (!strcmp(what, "cancels")) return cancels_while_held(path);
    if (!strcmp(what, "forks")) return forks_while_held(path);
    dprintf(1, "{\"begun\": 1}\n");
    if (!strcmp(what, "memory")) return without_memory();
    if (!strcmp(what, "sleep")) return without_sleep();
    if (!strcmp(what, "clock")) return without_a_clock();
    if (!strcmp(what, "names")) return without_names();
    return 2;
}
