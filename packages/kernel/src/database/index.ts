// Rows on disk behind one interface with two drivers: SQLite by default, PostgreSQL with DATABASE_URL. The schema is in
// `migrations/`, a folder per driver; both get every migration.

export type { Database } from './database.ts';
export { withFamily } from './family.ts';
export { isUniqueViolation, openDatabase, openDatabaseReader } from './open.ts';
export type { Tables } from './tables.ts';
