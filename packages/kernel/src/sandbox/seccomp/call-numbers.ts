// Numbers of system calls on the architectures that the sandbox knows: [x86_64, aarch64]. undefined: it has no such call.
// Source: the kernel’s headers, asm/unistd_64.h and asm-generic/unistd.h.

/** Calls that a program in the sandbox has no business with, whatever their arguments. */
export const refusedCalls: Readonly<Record<string, readonly [number, number | undefined]>> = {
  // Other processes’ memory and state
  ptrace: [101, 117],
  process_vm_readv: [310, 270],
  process_vm_writev: [311, 271],
  kcmp: [312, 272],
  pidfd_getfd: [438, 438],
  // File systems and namespaces
  mount: [165, 40],
  umount2: [166, 39],
  pivot_root: [155, 41],
  chroot: [161, 51],
  open_tree: [428, 428],
  move_mount: [429, 429],
  fsopen: [430, 430],
  fsconfig: [431, 431],
  fsmount: [432, 432],
  fspick: [433, 433],
  mount_setattr: [442, 442],
  name_to_handle_at: [303, 264],
  open_by_handle_at: [304, 265],
  fanotify_init: [300, 262],
  unshare: [272, 97],
  setns: [308, 268],
  mknod: [133, undefined],
  mknodat: [259, 33],
  quotactl: [179, 60],
  quotactl_fd: [443, 443],
  nfsservctl: [180, 42],
  ustat: [136, undefined],
  sysfs: [139, undefined],
  // Keys of the kernel, which namespaces do not separate
  keyctl: [250, 219],
  add_key: [248, 217],
  request_key: [249, 218],
  // Parts of the kernel that most escapes of the last years went through
  bpf: [321, 280],
  userfaultfd: [323, 282],
  perf_event_open: [298, 241],
  io_uring_setup: [425, 425],
  io_uring_enter: [426, 426],
  io_uring_register: [427, 427],
  vmsplice: [278, 75],
  modify_ldt: [154, undefined],
  // Memory that no limit of a process counts
  memfd_create: [319, 279],
  memfd_secret: [447, 447],
  shmget: [29, 194],
  msgget: [68, 186],
  semget: [64, 190],
  // Placement of memory
  move_pages: [279, 239],
  migrate_pages: [256, 238],
  mbind: [237, 235],
  set_mempolicy: [238, 237],
  set_mempolicy_home_node: [450, 450],
  // The machine
  kexec_load: [246, 104],
  kexec_file_load: [320, 294],
  init_module: [175, 105],
  finit_module: [313, 273],
  delete_module: [176, 106],
  reboot: [169, 142],
  swapon: [167, 224],
  swapoff: [168, 225],
  syslog: [103, 116],
  acct: [163, 89],
  iopl: [172, undefined],
  ioperm: [173, undefined],
  vhangup: [153, 58],
  settimeofday: [164, 170],
  clock_settime: [227, 112],
  clock_adjtime: [305, 266],
  adjtimex: [159, 171],
  sethostname: [170, 161],
  setdomainname: [171, 162],
  lookup_dcookie: [212, 18],
  uselib: [134, undefined],
  _sysctl: [156, undefined],
};

/** Calls that are judged by an argument. */
export const judgedCalls = {
  clone: [56, 220],
  clone3: [435, 435],
  ioctl: [16, 29],
  socket: [41, 198],
  personality: [135, 92],
} as const;

/** The last call of Linux 5.17. Newer ones do not exist in the sandbox, so that none is allowed unseen. */
export const lastKnownCall = 450;
