/** What a program in a sandbox may use. Where the machine can enforce a bound only by looking, it looks ten times a second. */
export interface SandboxLimits {
  /** Private memory of one process (exact), and memory of all together without their files (by looking). */
  readonly memoryBytes: number;
  /** Beyond that, what each process may reserve without using it. Node.js needs `reservedByNodeBytes`; none when absent. */
  readonly reservedBytes?: number | undefined;
  /** Processes and threads at the same time. */
  readonly processes: number;
  /** Files that it writes, in all: they live in memory. */
  readonly diskBytes: number;
  /** Number of files that it writes (by looking). */
  readonly files: number;
  /** Time of processors, of one process (to the second) and of all together (by looking); no bound when absent. */
  readonly cpuMs?: number | undefined;
  /** Time from start to end; no bound when absent. */
  readonly wallMs?: number | undefined;
}

/** A file that is there when the program starts. */
export interface SandboxFile {
  /** Absolute, below the home. */
  readonly path: string;
  readonly content: Uint8Array;
}

/** A file, folder or socket of the machine that the sandbox sees read-only. A socket can be connected to. */
export interface SandboxMount {
  readonly source: string;
  readonly target: string;
}

export interface SandboxSpec {
  /** The program and its arguments; looked up in /usr/local/bin, /usr/bin and the kernel’s own Node.js as `node`. */
  readonly command: readonly [string, ...string[]];
  readonly environment?: Readonly<Record<string, string>>;
  readonly files?: readonly SandboxFile[];
  readonly mounts?: readonly SandboxMount[];
  readonly limits: SandboxLimits;
  /** Sockets to the kernel that it inherits, from descriptor 3 on; none when absent. */
  readonly channels?: number;
  /** Folder that it starts in; the home when absent. */
  readonly folder?: string;
}

/** V8 reserves 512 MiB for machine code, which Linux counts as private memory, for itself and for each worker: room for two. */
export const reservedByNodeBytes = 1280 * 1024 * 1024;

/** The home inside, and the folder that a program starts in. */
export const homeInside = '/home/agent';
