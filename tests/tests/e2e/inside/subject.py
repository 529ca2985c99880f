# A program that knows nothing of us: it does what each line says, and says what came of it.
import ctypes, errno, json, mmap, os, resource, select, signal, socket, subprocess, sys, threading, time

SOON = 20

def patience():
    return time.monotonic() + SOON

def until(do, usual):
    """What it comes to once it is not as usual any more."""
    end = patience()
    while time.monotonic() < end:
        result = do()
        if result != usual:
            return result
    return "nothing happened"

def until_slow(do, least):
    """Whether it takes so many seconds at last."""
    end = patience()
    while time.monotonic() < end:
        begun = time.monotonic()
        do()
        if time.monotonic() - begun >= least:
            return True
    return False

def failure(do):
    """The name of what it fails with; none where it does not."""
    try:
        do()
    except socket.gaierror as error:
        return "EAI %d" % error.errno
    except BlockingIOError:
        return None
    except OSError as error:
        return errno.errorcode.get(error.errno, str(error))
    return None

def pattern(do):
    """A letter for each time: whether it failed. It ends a while after it has."""
    seen, last = [], patience()
    while time.monotonic() < last:
        failed = failure(do)
        seen.append("x" if failed else ".")
        if failed:
            last = time.monotonic() + 0.3
    return "".join(seen)

def children_failing(count, do):
    """In how many of so many children it fails at last. Each does it until then."""
    children = []
    for _ in range(count):
        child = os.fork()
        if child == 0:
            os._exit(0 if until(lambda: failure(do), None) == "EIO" else 1)
        children.append(child)
    return sum(os.waitpid(child, 0)[1] == 0 for child in children)

def listen(place, family=socket.AF_INET):
    server = socket.socket(family)
    server.bind(place)
    server.listen(16)
    return server

def join(server):
    client = socket.socket(server.family)
    client.connect(server.getsockname())
    return client, server.accept()[0]

def free_descriptors():
    taken = len(os.listdir("/proc/self/fd")) - 1
    return resource.getrlimit(resource.RLIMIT_NOFILE)[0] - taken

own = globals()
for line in sys.stdin:
    try:
        try:
            answer = {"is": eval(line, own)}
        except SyntaxError:
            exec(line, own)
            answer = {"is": None}
    except Exception as error:
        answer = {"raised": repr(error)}
    print(json.dumps(answer), flush=True)
