# Asks for sockets of every kind, and prints which ones the kernel gave.
import json, socket

kinds = {
    "raw ip": (socket.AF_INET, socket.SOCK_RAW, 1),
    "raw udp": (socket.AF_INET, socket.SOCK_RAW, 17),
    "raw ipv6": (socket.AF_INET6, socket.SOCK_RAW, 58),
    "ping": (socket.AF_INET, socket.SOCK_DGRAM, 1),
    "sctp": (socket.AF_INET, socket.SOCK_STREAM, 132),
    "sctp datagrams": (socket.AF_INET, socket.SOCK_SEQPACKET, 132),
    "dccp": (socket.AF_INET, 6, 33),
    "udp lite": (socket.AF_INET, socket.SOCK_DGRAM, 136),
    "mptcp": (socket.AF_INET, socket.SOCK_STREAM, 262),
    "packet": (17, socket.SOCK_RAW, 0x0300),
    "packet datagrams": (17, socket.SOCK_DGRAM, 0x0300),
    "vsock": (40, socket.SOCK_STREAM, 0),
    "vsock datagrams": (40, socket.SOCK_DGRAM, 0),
    "alg": (38, socket.SOCK_SEQPACKET, 0),
    "xdp": (44, socket.SOCK_RAW, 0),
    "bluetooth": (31, socket.SOCK_RAW, 1),
    "can": (29, socket.SOCK_RAW, 1),
    "tipc": (30, socket.SOCK_STREAM, 0),
    "rds": (21, socket.SOCK_SEQPACKET, 0),
    "key": (15, socket.SOCK_RAW, 2),
    "netfilter": (16, socket.SOCK_RAW, 12),
    "audit": (16, socket.SOCK_RAW, 9),
    "uevent": (16, socket.SOCK_RAW, 15),
    "generic netlink": (16, socket.SOCK_RAW, 16),
}
outcomes = {}
for name, kind in kinds.items():
    try:
        socket.socket(*kind).close()
        outcomes[name] = "given"
    except OSError as error:
        outcomes[name] = f"refused: {error.strerror}"
print(json.dumps(outcomes))
