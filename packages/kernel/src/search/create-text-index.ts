import type { Kysely, Transaction } from 'kysely';
import type { Database, Tables } from '../database/index.ts';
import { batchesOf } from './batches.ts';
import { isBelow } from './keys.ts';
import {
  analyze as analyzePostgres,
  insertPassages as insertPassagesPostgres,
  search as searchPostgres,
} from './postgresql.ts';
import { queryTerms } from './query-terms.ts';
import { insertPassages as insertPassagesSqlite, search as searchSqlite } from './sqlite.ts';
import type { IndexedDocument, Shelf, TextIndex } from './text-index.ts';

const removedAtOnce = 100;
const fingerprintsAtOnce = 5000;

/** The full-text index in a database: FTS5 in SQLite, tsvector in PostgreSQL. */
export function createTextIndex(database: Database): TextIndex {
  const dialect =
    database.kind === 'sqlite'
      ? {
          insertPassages: insertPassagesSqlite,
          search: searchSqlite,
          updateStatistics: async () => undefined,
        }
      : { insertPassages: insertPassagesPostgres, search: searchPostgres, updateStatistics: analyzePostgres };

  async function replace(transaction: Transaction<Tables>, document: IndexedDocument): Promise<void> {
    const { tenant, collection, key, fingerprint, passages } = document;
    const { id } = await transaction
      .insertInto('documents')
      .values({ tenant, collection, key, fingerprint })
      .onConflict((conflict) =>
        conflict.columns(['tenant', 'collection', 'key']).doUpdateSet({ fingerprint }),
      )
      .returning('id')
      .executeTakeFirstOrThrow();
    await transaction.deleteFrom('passages').where('document', '=', id).execute();
    for (const batch of batchesOf(passages, (passage) => passage.text.length)) {
      await dialect.insertPassages(transaction, id, batch);
    }
  }

  function documentsBelow(shelf: Shelf, prefix: string, reader: Kysely<Tables> = database.reader) {
    return reader
      .selectFrom('documents')
      .where('tenant', '=', shelf.tenant)
      .where('collection', '=', shelf.collection)
      .where(isBelow('documents.key', prefix));
  }

  return {
    put: (document, transaction) =>
      transaction === undefined
        ? database.write((own) => replace(own, document))
        : replace(transaction, document),

    async putMany(documents) {
      // In one order for all, so that two nodes that index the same folder can’t wait for each other.
      const ordered = documents.toSorted((one, other) => (one.key < other.key ? -1 : 1));
      for (const batch of batchesOf(ordered, textLength)) {
        await database.write(async (transaction) => {
          for (const document of batch) await replace(transaction, document);
        });
      }
    },

    updateStatistics: () => dialect.updateStatistics(database),

    async setFingerprint({ tenant, collection, key, fingerprint }) {
      await database.write((transaction) =>
        transaction
          .updateTable('documents')
          .set({ fingerprint })
          .where('tenant', '=', tenant)
          .where('collection', '=', collection)
          .where('key', '=', key)
          .execute(),
      );
    },

    async remove(shelf, keys, transaction) {
      for (let start = 0; start < keys.length; start += removedAtOnce) {
        const some = keys.slice(start, start + removedAtOnce);
        if (transaction !== undefined) await removeSome(transaction, shelf, some);
        else await database.write((own) => removeSome(own, shelf, some));
      }
    },

    async removeBelow(shelf, prefix) {
      let removed: bigint;
      do {
        const result = await database.write((transaction) =>
          transaction
            .deleteFrom('documents')
            .where('id', 'in', documentsBelow(shelf, prefix, transaction).select('id').limit(removedAtOnce))
            .executeTakeFirstOrThrow(),
        );
        removed = result.numDeletedRows;
      } while (removed > 0n);
    },

    async fingerprints(shelf, prefix) {
      const found = new Map<string, string>();
      let after = '';
      for (;;) {
        const rows = await documentsBelow(shelf, prefix)
          .where('key', '>', after)
          .select(['key', 'fingerprint'])
          .orderBy('key')
          .limit(fingerprintsAtOnce)
          .execute();
        for (const row of rows) found.set(row.key, row.fingerprint);
        if (rows.length < fingerprintsAtOnce) return found;
        after = rows.at(-1)?.key ?? after;
      }
    },

    async count(shelf, prefix) {
      const { documents, passages } = await documentsBelow(shelf, prefix)
        .leftJoin('passages', 'passages.document', 'documents.id')
        .select(({ fn }) => [
          fn.count<number>('documents.id').distinct().as('documents'),
          fn.count<number>('passages.id').as('passages'),
        ])
        .executeTakeFirstOrThrow();
      return { documents, passages };
    },

    async search(request) {
      const terms = queryTerms(request.query);
      return terms.length === 0 ? [] : dialect.search(database.reader, request, terms);
    },
  };
}

async function removeSome(
  transaction: Transaction<Tables>,
  { tenant, collection }: Shelf,
  keys: readonly string[],
): Promise<void> {
  await transaction
    .deleteFrom('documents')
    .where('tenant', '=', tenant)
    .where('collection', '=', collection)
    .where('key', 'in', keys)
    .execute();
}

function textLength(document: IndexedDocument): number {
  return document.passages.reduce((sum, passage) => sum + passage.text.length, 0);
}
