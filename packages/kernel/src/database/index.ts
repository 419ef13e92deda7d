// Rows on disk behind one interface with two drivers: SQLite by default, PostgreSQL with DATABASE_URL.

export type { Database } from './database.ts';
export type { Tables } from './tables.ts';
