// The limits of a core, in requests and tokens per minute: honoured before anything is sent, corrected by what was used and
// by what the provider reports.

export { CoreLimits, type Cost, type LimitSettings, type Reservation } from './core-limits.ts';
