# Asks the sandbox's resolver odd things, and prints what it answered.
import json, os, socket, struct, sys
from concurrent.futures import ThreadPoolExecutor

facts = json.loads(sys.argv[1])
with open("/etc/resolv.conf") as file:
    resolver = next(line.split()[1] for line in file if line.startswith("nameserver"))
outcomes = {}

def question(name, kind=1, flags=0x0100):
    labels = b"".join(bytes([len(label)]) + label for label in name if label)
    return struct.pack("!6H", 4242, flags, 1, 0, 0, 0) + labels + b"\0" + struct.pack("!2H", kind, 1)

pool = ThreadPoolExecutor(32)

def ask(label, message):
    pool.submit(ask_now, label, message)

def ask_now(label, message):
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as client:
        client.settimeout(1)
        try:
            client.sendto(message, (resolver, 53))
            reply = client.recv(4096)
            code, answers = reply[3] & 15, struct.unpack("!H", reply[6:8])[0]
            outcomes[label] = f"code {code}, answers {answers}"
        except TimeoutError:
            outcomes[label] = "silence"
        except OSError as error:
            outcomes[label] = f"refused: {error.strerror}"

known = [part.encode() for part in facts["known"].split(".")]
unknown = [b"leak-" + os.urandom(4).hex().encode(), b"unknown", b"test"]
ask("unknown name", question(unknown))
ask("data in long labels", question([b"a" * 63, b"b" * 63, b"c" * 63, b"d" * 20, b"evil", b"test"]))
for name, kind in {"TXT": 16, "NULL": 10, "HTTPS": 65, "ANY": 255, "AAAA": 28, "MX": 15, "AXFR": 252}.items():
    ask(f"{name} of an unknown name", question(unknown, kind))
    ask(f"{name} of the known name", question(known, kind))
header = struct.pack("!6H", 1, 0x0100, 1, 0, 0, 0)
ask("pointer to itself", header + b"\xc0\x0c" + struct.pack("!2H", 1, 1))
ask("label past the end", header + b"\x3fabc")
ask("header alone", header)
ask("half a header", header[:5])
ask("nothing", b"")
ask("many questions", struct.pack("!6H", 1, 0x0100, 65535, 0, 0, 0) + question(known)[12:])
ask("random bytes", os.urandom(300))
pool.shutdown()
ask_now("known name", question(known))
print(json.dumps(outcomes))
