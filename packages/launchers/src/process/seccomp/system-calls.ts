/** Processors whose system calls are known. */
export type Architecture = 'x64' | 'arm64'

/** Number of a system call on each processor; nothing where the processor has none. */
type Numbers = Readonly<Partial<Record<Architecture, number>>>

/** Value of `AUDIT_ARCH_*`, by which the kernel names the convention of a call. */
export const auditArchitecture: Readonly<Record<Architecture, number>> = { x64: 0xc000_003e, arm64: 0xc000_00b7 }

/** The last call of Linux 6.18 on both; whatever is added later is unknown here, and so refused. */
export const lastKnownCall = 469

/** Calls that are looked at more closely than by number. */
export const inspectedCalls = {
  clone: { x64: 56, arm64: 220 },
  clone3: { x64: 435, arm64: 435 },
  ioctl: { x64: 16, arm64: 29 },
  socket: { x64: 41, arm64: 198 },
} as const satisfies Record<string, Numbers>

/** Calls that no program of an agent needs, by what an attacker would want with them. */
export const deniedCalls = {
  // Other processes
  kcmp: { x64: 312, arm64: 272 },
  pidfd_getfd: { x64: 438, arm64: 438 },
  process_madvise: { x64: 440, arm64: 440 },
  process_vm_readv: { x64: 310, arm64: 270 },
  process_vm_writev: { x64: 311, arm64: 271 },
  ptrace: { x64: 101, arm64: 117 },
  // Key rings belong to the user of the host, not to the sandbox
  add_key: { x64: 248, arm64: 217 },
  keyctl: { x64: 250, arm64: 219 },
  request_key: { x64: 249, arm64: 218 },
  // Large, often broken corners of the kernel
  bpf: { x64: 321, arm64: 280 },
  io_uring_enter: { x64: 426, arm64: 426 },
  io_uring_register: { x64: 427, arm64: 427 },
  io_uring_setup: { x64: 425, arm64: 425 },
  modify_ldt: { x64: 154 },
  perf_event_open: { x64: 298, arm64: 241 },
  personality: { x64: 135, arm64: 92 },
  userfaultfd: { x64: 323, arm64: 282 },
  uselib: { x64: 134 },
  vmsplice: { x64: 278, arm64: 75 },
  // Namespaces and mounts
  chroot: { x64: 161, arm64: 51 },
  fsconfig: { x64: 431, arm64: 431 },
  fsmount: { x64: 432, arm64: 432 },
  fsopen: { x64: 430, arm64: 430 },
  fspick: { x64: 433, arm64: 433 },
  mount: { x64: 165, arm64: 40 },
  mount_setattr: { x64: 442, arm64: 442 },
  move_mount: { x64: 429, arm64: 429 },
  open_tree: { x64: 428, arm64: 428 },
  open_tree_attr: { x64: 467, arm64: 467 },
  pivot_root: { x64: 155, arm64: 41 },
  setns: { x64: 308, arm64: 268 },
  umount2: { x64: 166, arm64: 39 },
  unshare: { x64: 272, arm64: 97 },
  // Files by handle pass every check on the path
  fanotify_init: { x64: 300, arm64: 262 },
  lookup_dcookie: { x64: 212, arm64: 18 },
  name_to_handle_at: { x64: 303, arm64: 264 },
  open_by_handle_at: { x64: 304, arm64: 265 },
  // The machine
  acct: { x64: 163, arm64: 89 },
  adjtimex: { x64: 159, arm64: 171 },
  clock_adjtime: { x64: 305, arm64: 266 },
  clock_settime: { x64: 227, arm64: 112 },
  delete_module: { x64: 176, arm64: 106 },
  finit_module: { x64: 313, arm64: 273 },
  init_module: { x64: 175, arm64: 105 },
  ioperm: { x64: 173 },
  iopl: { x64: 172 },
  kexec_file_load: { x64: 320, arm64: 294 },
  kexec_load: { x64: 246, arm64: 104 },
  mbind: { x64: 237, arm64: 235 },
  migrate_pages: { x64: 256, arm64: 238 },
  move_pages: { x64: 279, arm64: 239 },
  nfsservctl: { x64: 180, arm64: 42 },
  quotactl: { x64: 179, arm64: 60 },
  quotactl_fd: { x64: 443, arm64: 443 },
  reboot: { x64: 169, arm64: 142 },
  setdomainname: { x64: 171, arm64: 162 },
  sethostname: { x64: 170, arm64: 161 },
  settimeofday: { x64: 164, arm64: 170 },
  swapoff: { x64: 168, arm64: 225 },
  swapon: { x64: 167, arm64: 224 },
  sysfs: { x64: 139 },
  syslog: { x64: 103, arm64: 116 },
  ustat: { x64: 136 },
  vhangup: { x64: 153, arm64: 58 },
} as const satisfies Record<string, Numbers>

/** Numbers of the denied calls on one processor. */
export function deniedNumbers(architecture: Architecture): number[] {
  return Object.values<Numbers>(deniedCalls).flatMap((numbers) => numbers[architecture] ?? [])
}
