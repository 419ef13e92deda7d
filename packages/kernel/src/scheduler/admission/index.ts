// Who may wait for a slot at all: a window on the programs that use a resource at the same time.

export { AdmissionWindow, type Congestion, type Demand } from './admission-window.ts';
export { Line } from './line.ts';
