# Makes the system calls that lead out of a sandbox, and prints what came of each.
import ctypes, errno, json, os, platform, signal, subprocess

x86 = platform.machine() == "x86_64"
libc = ctypes.CDLL(None, use_errno=True)
libc.syscall.restype = ctypes.c_long
buffer = ctypes.create_string_buffer(256)
outcomes = {}

def call(name, number, *arguments):
    if number is None:
        return
    ctypes.set_errno(0)
    converted = [ctypes.c_long(a) if isinstance(a, int) else a for a in arguments]
    result = libc.syscall(ctypes.c_long(number), *converted)
    if result == 0 and name.startswith("clone"):
        os._exit(0)
    outcomes[name] = "done" if result >= 0 else "refused: " + errno.errorcode.get(ctypes.get_errno(), "?")

def pick(on_x86, on_arm):
    return on_x86 if x86 else on_arm

try:
    own_namespace = os.open("/proc/1/ns/net", os.O_RDONLY)
except OSError:
    own_namespace = 99
iov = (ctypes.c_void_p * 2)(ctypes.addressof(buffer), 8)
call("unshare user", pick(272, 97), 0x10000000)
call("unshare net", pick(272, 97), 0x40000000)
call("unshare mount", pick(272, 97), 0x00020000)
call("setns to process 1", pick(308, 268), own_namespace, 0)
call("clone with a user namespace", pick(56, 220), 0x10000000 | signal.SIGCHLD, 0, 0, 0, 0)
call("clone with a net namespace", pick(56, 220), 0x40000000 | signal.SIGCHLD, 0, 0, 0, 0)
call("clone3", 435, buffer, 88)
call("mount", pick(165, 40), b"none", b"/tmp", b"tmpfs", 0, 0)
call("remount", pick(165, 40), b"none", b"/usr", b"none", 32 | 4096, 0)
call("umount", pick(166, 39), b"/etc/resolv.conf", 2)
call("pivot_root", pick(155, 41), b"/tmp", b"/tmp")
call("chroot", pick(161, 51), b"/tmp")
call("open_tree", 428, -100, b"/", 1)
call("move_mount", 429, -100, b"/tmp", -100, b"/usr", 0)
call("fsopen", 430, b"tmpfs", 0)
call("mount_setattr", 442, -100, b"/", 0, buffer, 32)
call("ptrace", pick(101, 117), 16, 1, 0, 0)
call("process_vm_readv", pick(310, 270), 1, iov, 1, iov, 1, 0)
call("process_vm_writev", pick(311, 271), 1, iov, 1, iov, 1, 0)
call("pidfd_getfd", 438, 99, 0, 0)
call("kcmp", pick(312, 272), 1, 1, 0, 0, 0)
call("keyctl", pick(250, 219), 0, -3, 1)
call("add_key", pick(248, 217), b"user", b"x", b"y", 1, -3)
call("request_key", pick(249, 218), b"user", b"x", 0, -3)
call("io_uring_setup", 425, 1, buffer)
call("bpf", pick(321, 280), 0, buffer, 64)
call("perf_event_open", pick(298, 241), buffer, 0, -1, -1, 0)
call("userfaultfd", pick(323, 282), 1)
call("open_by_handle_at", pick(304, 265), 99, buffer, 0)
call("name_to_handle_at", pick(303, 264), -100, b"/", buffer, buffer, 0)
call("init_module", pick(175, 105), buffer, 1, b"")
call("kexec_load", pick(246, 104), 0, 0, 0, 0)
call("reboot", pick(169, 142), 0, 0, 0, 0)
call("swapon", pick(167, 224), b"/tmp/x", 0)
call("syslog", pick(103, 116), 3, buffer, 200)
call("settimeofday", pick(164, 170), buffer, 0)
call("sethostname", pick(170, 161), b"x", 1)
call("quotactl", pick(179, 60), 0x800001, 0, 0, 0)
call("fanotify_init", pick(300, 262), 0, 0)
call("iopl", pick(172, None), 3)
call("modify_ldt", pick(154, None), 0, buffer, 16)
call("personality", pick(135, 92), 0x0040000)
call("a call of a later kernel", 470, 0)
call("a call that does not exist", 1000, 0)

master, slave = os.openpty()
for name, request in (("TIOCSTI", 0x5412), ("TIOCLINUX", 0x541C)):
    call(name, pick(16, 29), slave, request, buffer)
call("TIOCSTI with high bits", pick(16, 29), slave, (1 << 32) | 0x5412, buffer)

if x86:
    child = os.fork()
    if child == 0:
        libc.syscall(ctypes.c_long(0x40000000 | 39))
        os._exit(0)
    _, status = os.waitpid(child, 0)
    killed = os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGSYS
    outcomes["a call in the x32 convention"] = "refused: killed" if killed else "done"

for command in (
    "ip route add 203.0.113.0/24 dev eth0",
    "ip route del default",
    "ip link set eth0 down",
    "ip link add dummy0 type dummy",
    "ip address add 10.9.9.9/24 dev eth0",
    "ip neighbour add 10.255.0.9 lladdr 02:00:00:00:00:01 dev eth0",
    "nsenter --target 1 --net true",
    "unshare --user true",
    "unshare --net true",
    "mount -o remount,rw /usr",
    "chroot / true",
):
    outcomes[command] = "done" if subprocess.run(command.split(), capture_output=True).returncode == 0 else "refused"
print(json.dumps(outcomes))
