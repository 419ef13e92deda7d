import { AiosError } from '@aios/protocol';
import type { PostgresPool, PostgresPoolClient } from 'kysely';

/** Any number that no other program is likely to lock, and not that of the migrations. */
const lockNumber = 0x41494f54;
/** A kernel that was killed holds its lock until the server notices, which takes a moment. */
const patienceMs = 2000;
const lockTimedOut = '55P03';

/** Holds a lock of the server’s for as long as the connection lives, so that a killed kernel holds it no longer. */
export async function claimDatabase(pool: PostgresPool, place: string): Promise<AsyncDisposable> {
  const connection = await pool.connect();
  try {
    await lock(connection);
  } catch (error) {
    connection.release(true);
    throw isTimeout(error) ? inUse(place) : error;
  }
  return { [Symbol.asyncDispose]: () => unlock(connection) };
}

async function lock(connection: PostgresPoolClient): Promise<void> {
  await connection.query(`set lock_timeout = ${patienceMs}`, []);
  await connection.query('select pg_advisory_lock($1)', [lockNumber]);
}

async function unlock(connection: PostgresPoolClient): Promise<void> {
  try {
    await connection.query('select pg_advisory_unlock($1)', [lockNumber]);
  } catch (error) {
    // With the connection the lock is gone too.
    if (!AiosError.isInstance(error) || error.code !== 'unavailable') throw error;
  } finally {
    connection.release(true);
  }
}

function isTimeout(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === lockTimedOut;
}

function inUse(place: string): AiosError {
  return new AiosError(
    'failed_precondition',
    `Another kernel uses the PostgreSQL database ${place}. Stop that one, or give this one a database of its own with DATABASE_URL.`,
    { disposition: 'operator' },
  );
}
