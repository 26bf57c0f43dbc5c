# Dials what it is told to, and prints what came of each attempt.
import json, socket, sys
from concurrent.futures import ThreadPoolExecutor

facts = json.loads(sys.argv[1])
outcomes = {}

def attempt(label, act):
    try:
        outcomes[label] = act()
    except OSError as error:
        outcomes[label] = f"refused: {error.strerror or error}"
    except Exception as error:
        outcomes[label] = f"broken: {error!r}"

def tcp(address, port):
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as connection:
        connection.settimeout(3)
        connection.connect((address, port))
        connection.sendall(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
        return "answer: " + connection.recv(200).decode("latin1").strip().splitlines()[-1]

def udp(address, port):
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    with socket.socket(family, socket.SOCK_DGRAM) as sender:
        sender.settimeout(0.5)
        sender.connect((address, port))
        for _ in range(3):
            sender.send(facts.get("payload", "probe").encode())
        try:
            return "answer: " + repr(sender.recv(200))
        except TimeoutError:
            return "silence"

def unix(path):
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as connection:
        connection.connect(path)
        return "answer: connected"

with ThreadPoolExecutor(32) as pool:
    for address, port in facts.get("tcp", []):
        pool.submit(attempt, f"tcp {address} {port}", lambda a=address, p=port: tcp(a, p))
    for address, port in facts.get("udp", []):
        pool.submit(attempt, f"udp {address} {port}", lambda a=address, p=port: udp(a, p))
    for path in facts.get("unix", []):
        pool.submit(attempt, f"unix {path}", lambda p=path: unix(p.replace("@", "\0", 1)))
print(json.dumps(outcomes))
