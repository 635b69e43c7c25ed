"""Run a command that dies when its parent does; run by path, as a program, never imported.

    python -I -S leash.py PARENT_PID WATCH_FD COMMAND...

The command replaces this program, so it keeps the process id that the parent knows. Two ways:

- WATCH_FD is -1 (Linux): the kernel sends SIGKILL when the *thread* that started us ends
  (prctl(2), PR_SET_PDEATHSIG; the setting survives exec).
- WATCH_FD is the reading end of a pipe whose other end only the parent holds (macOS, or a start
  from a thread that may end early): a small watcher stays behind as the command's own child, reads
  the end of the pipe, and kills the command.

Setting either up between fork and exec of the parent (`preexec_fn`) would be unsafe there, as the
parent has threads. Hence a program of its own, standard library only, about 20 ms.
"""

import ctypes
import os
import resource
import select
import signal
import sys

PR_SET_PDEATHSIG = 1
WATCH_PERIOD_SECONDS = 0.5
WANTED_OPEN_FILES = 65_536
COMMAND_NOT_FOUND = 127  # what a shell would answer


def ask_kernel(parent_pid: int) -> None:
    """Have the kernel kill this process when the parent's thread ends."""
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0) != 0:
        raise OSError(ctypes.get_errno(), "prctl(PR_SET_PDEATHSIG) refused")
    if os.getppid() != parent_pid:  # it ended before we asked
        os._exit(1)


def leave_watcher(watch_fd: int) -> None:
    """Fork a watcher that kills this process (and what it becomes) at the end of the pipe."""
    target_pid = os.getpid()
    if os.fork() != 0:
        os.close(watch_fd)
        return
    # Nothing else may stay open here: an inherited lock or socket would outlive the command.
    os.dup2(watch_fd, 0)
    os.closerange(1, os.sysconf("SC_OPEN_MAX"))
    for ignored in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(ignored, signal.SIG_IGN)
    while os.getppid() == target_pid:
        if select.select([0], [], [], WATCH_PERIOD_SECONDS)[0]:
            if os.getppid() == target_pid:
                os.kill(target_pid, signal.SIGKILL)
            break
    os._exit(0)


def allow_many_sockets() -> None:
    """Raise the soft limit of open files, 1024 by habit, which a server of sockets outgrows."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = WANTED_OPEN_FILES if hard == resource.RLIM_INFINITY else min(hard, WANTED_OPEN_FILES)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))


def main(arguments: list[str]) -> None:
    """Put the leash on, then become the command."""
    parent_pid, watch_fd, command = int(arguments[0]), int(arguments[1]), arguments[2:]
    if watch_fd == -1:
        ask_kernel(parent_pid)
    else:
        leave_watcher(watch_fd)
    allow_many_sockets()
    try:
        os.execvp(command[0], command)
    except OSError as error:
        sys.stderr.write(f"cannot run {command[0]}: {error.strerror}\n")
        sys.stderr.flush()
        os._exit(COMMAND_NOT_FOUND)


if __name__ == "__main__":
    main(sys.argv[1:])
