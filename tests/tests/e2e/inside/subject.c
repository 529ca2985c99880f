/* A program of the kind that a hook may not disturb: it counts what is allocated, cancels threads, handles signals on a small
   stack, and checks what many threads read and write. Each way of calling it is a test; 0 is success. */
#define _GNU_SOURCE
#include <sys/un.h>
#include <stddef.h>
#include <netinet/in.h>
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

extern void *__libc_malloc(size_t);
static volatile long allocations;
static volatile int counting;
void *malloc(size_t size) {
    if (counting) allocations++;
    return __libc_malloc(size);
}

static void fail(const char *what) {
    dprintf(2, "%s: %s\n", what, strerror(errno));
    _exit(1);
}

/* Calls until one fails with EIO: the rule is there. */
static int is_struck(int file) {
    char byte = 0;
    for (long tries = 0; tries < 4000; tries++) {
        if (pwrite(file, &byte, 1, 0) < 0 && errno == EIO) return 1;
        usleep(5000);
    }
    return 0;
}

static int allocates_nothing(int file) {
    char byte = 0;
    int pair[2];
    if (!is_struck(file) || socketpair(AF_UNIX, SOCK_STREAM, 0, pair)) fail("it was not struck");
    struct iovec parts[2] = {{&byte, 1}, {&byte, 1}};
    counting = 1;
    for (int round = 0; round < 1000; round++) {
        if (pwrite(file, &byte, 1, 0) >= 0 || pwritev(file, parts, 2, 0) >= 0) fail("it does not fail any more");
        /* Looked at, and let pass. */
        if (send(pair[0], &byte, 1, 0) != 1 || write(pair[0], &byte, 1) != 1) fail("send");
        if (recv(pair[1], &byte, 1, 0) != 1 || read(pair[1], &byte, 1) != 1) fail("recv");
        int other = open("/dev/null", O_RDONLY);
        if (other < 0) fail("open");
        close(other);
    }
    counting = 0;
    printf("{\"allocations\": %ld}\n", allocations);
    return allocations != 0;
}

/* What a call that passes leaves in errno. */
static int leaves_errno_alone(int file) {
    char byte = 0;
    if (!is_struck(file)) fail("it was not struck");
    int null = open("/dev/null", O_RDWR);
    for (int round = 0; round < 1000; round++) {
        errno = 77;
        if (write(null, &byte, 1) != 1 || read(null, &byte, 1) != 0 || errno != 77) fail("errno was touched");
        errno = 77;
        if (pwrite(file, &byte, 1, 0) >= 0 || errno != EIO) fail("errno is not what was asked for");
    }
    return 0;
}

static int pipes[2];
static void *waits(void *argument) {
    char byte;
    read(pipes[0], &byte, 1);
    return argument;
}

static int is_cancelled(int file) {
    if (!is_struck(file) || pipe(pipes)) fail("it was not struck");
    for (int round = 0; round < 50; round++) {
        pthread_t thread;
        void *end = NULL;
        if (pthread_create(&thread, NULL, waits, NULL)) fail("pthread_create");
        usleep(1000);
        if (pthread_cancel(thread) || pthread_join(thread, &end) || end != PTHREAD_CANCELED) fail("it was not cancelled");
    }
    return 0;
}

static int struck;
static void handles(int number) {
    char byte = 0;
    int before = errno;
    (void)number;
    pwrite(struck, &byte, 1, 0);
    errno = before;
}

/* How much of its stack a handler uses that makes one call. */
static long used(int file) {
    static char stack[65536];
    memset(stack, 0x5a, sizeof stack);
    stack_t new = {.ss_sp = stack, .ss_size = sizeof stack};
    struct sigaction action = {.sa_handler = handles, .sa_flags = SA_ONSTACK};
    struck = file;
    if (sigaltstack(&new, NULL) || sigaction(SIGUSR1, &action, NULL)) fail("sigaction");
    raise(SIGUSR1);
    size_t free = 0;
    while (free < sizeof stack && stack[free] == 0x5a) free++;
    return (long)(sizeof stack - free);
}

static int is_small(int file) {
    int null = open("/dev/null", O_RDWR);
    /* The first time the loader finds what is called, on whichever stack. */
    used(null);
    long unarmed = used(null);
    if (!is_struck(file)) fail("it was not struck");
    used(file);
    long armed = used(file);
    printf("{\"stack\": %ld}\n", armed - unarmed);
    return 0;
}

/* Numbers in their order, through a pipe, by calls that may do less than was asked for, or be interrupted. */
static volatile int over;
static void *sends(void *argument) {
    int end = ((int *)argument)[1];
    for (unsigned long number = 0;; number++) {
        unsigned long last = over ? ~0UL : number;
        for (size_t done = 0; done < sizeof last;) {
            ssize_t more = write(end, (char *)&last + done, sizeof last - done);
            if (more < 0 && errno != EINTR) fail("write");
            if (more > 0) done += more;
        }
        if (last == ~0UL) return NULL;
    }
}
static void *receives(void *argument) {
    int end = *(int *)argument;
    for (unsigned long number = 0;; number++) {
        unsigned long got = 0;
        for (size_t done = 0; done < sizeof got;) {
            struct iovec parts[2] = {{(char *)&got + done, 1}, {(char *)&got + done + 1, sizeof got - done - 1}};
            ssize_t more = number % 2 ? read(end, (char *)&got + done, sizeof got - done) : readv(end, parts, 2);
            if (more == 0) fail("the end came early");
            if (more < 0 && errno != EINTR) fail("read");
            if (more > 0) done += more;
        }
        if (got == ~0UL) return (void *)number;
        if (got != number) fail("what was read is not what was written");
    }
}
static int is_whole(void) {
    enum { PAIRS = 4 };
    int ends[PAIRS][2];
    pthread_t threads[2 * PAIRS];
    unsigned long numbers = 0;
    char line;
    for (int pair = 0; pair < PAIRS; pair++) {
        if (pipe(ends[pair])) fail("pipe");
        pthread_create(&threads[2 * pair], NULL, sends, ends[pair]);
        pthread_create(&threads[2 * pair + 1], NULL, receives, ends[pair]);
    }
    printf("{\"begun\": 1}\n");
    fflush(stdout);
    while (read(0, &line, 1) < 0) {}
    over = 1;
    for (int thread = 0; thread < 2 * PAIRS; thread++) {
        void *count = NULL;
        pthread_join(threads[thread], &count);
        numbers += (unsigned long)count;
    }
    printf("{\"numbers\": %lu}\n", numbers);
    return numbers == 0;
}

static int connects(const void *address, socklen_t length, int family) {
    int one = socket(family, SOCK_STREAM, 0);
    if (one < 0) fail("socket");
    int answer = connect(one, address, length) ? errno : 0;
    close(one);
    return answer;
}

/* Every length of an address that programs give: connections to FILE fail with EACCES, and nothing else does. */
static int has_its_address(const char *file) {
    struct sockaddr_un there = { .sun_family = AF_UNIX }, here = { .sun_family = AF_UNIX };
    snprintf(there.sun_path, sizeof there.sun_path, "%s", file);
    size_t start = offsetof(struct sockaddr_un, sun_path), path = strlen(there.sun_path);
    while (connects(&there, start + path + 1, AF_UNIX) != EACCES) usleep(1000);
    if (connects(&there, sizeof there, AF_UNIX) != EACCES) fail("all of it");
    if (connects(&there, start + path, AF_UNIX) != EACCES) fail("without the zero");
    if (connects(&there, start, AF_UNIX) == EACCES) fail("none");
    memset(here.sun_path, 'x', sizeof here.sun_path);
    if (connects(&here, sizeof here, AF_UNIX) == EACCES) fail("another of all 108");
    struct sockaddr_in four = { .sin_family = AF_INET, .sin_port = htons(1) };
    if (connects(&four, 8, AF_INET) != EINVAL) fail("half of one");
    if (connects(&four, 1, AF_INET) != EINVAL) fail("a byte of one");
    struct sockaddr_in6 six = { .sin6_family = AF_INET6 };
    if (connects(&six, 24, AF_INET6) == EACCES) fail("without a scope");
    if (connects((void *)8, 200, AF_UNIX) != EINVAL) fail("longer than any");
    /* What the kernel answers of a socket of ours. */
    int one = socket(AF_UNIX, SOCK_DGRAM, 0);
    snprintf(here.sun_path, sizeof here.sun_path, "%s", file);
    memset(here.sun_path + path, 'x', sizeof here.sun_path - path);
    char byte;
    if (bind(one, (void *)&here, sizeof here)) fail("bind");
    if (recv(one, &byte, 1, MSG_DONTWAIT) != -1 || errno != EAGAIN) fail("recv");
    return 0;
}

int main(int count, char **arguments) {
    if (count < 2) return 2;
    setvbuf(stdout, NULL, _IONBF, 0);
    if (!strcmp(arguments[1], "whole")) return is_whole();
    if (!strcmp(arguments[1], "addresses")) return has_its_address(arguments[2]);
    int file = open(arguments[2], O_RDWR | O_CREAT, 0600);
    if (file < 0) fail("open");
    printf("{\"begun\": 1}\n");
    if (!strcmp(arguments[1], "allocations")) return allocates_nothing(file);
    if (!strcmp(arguments[1], "errno")) return leaves_errno_alone(file);
    if (!strcmp(arguments[1], "cancelled")) return is_cancelled(file);
    if (!strcmp(arguments[1], "stack")) return is_small(file);
    return 2;
}
