/**
 * What Node is told that runs a kernel. Calls under way are what the young generation of the heap holds when it is collected, so
 * the larger it is, the fewer of them are copied: see the figures of bench/gateway and bench/serving.
 */
export const kernelNodeOptions = ['--min-semi-space-size=8', '--max-semi-space-size=64'];
