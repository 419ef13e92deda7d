// Which addresses programs and tools may connect to, and how names become addresses.

export { type AddressGuard, addressGuard } from './address-guard.ts';
export { guardedLookup, type Lookup, operatingSystemLookup, refusedHost } from './guarded-lookup.ts';
