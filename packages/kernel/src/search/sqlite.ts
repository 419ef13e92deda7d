import { type Kysely, sql, type Transaction } from 'kysely';
import type { Tables } from '../database/index.ts';
import { isBelow } from './keys.ts';
import type { Passage } from './passages.ts';
import { passagesAsJson } from './storable-text.ts';
import type { FoundPassage, SearchRequest } from './text-index.ts';

/** How much more a word counts in a heading than in the text. */
const headingWeight = 3;

export async function insertPassages(
  transaction: Transaction<Tables>,
  document: number,
  passages: readonly Passage[],
): Promise<void> {
  await sql`
    insert into passages (document, start_line, end_line, heading, text)
    select ${document}, value ->> 0, value ->> 1, value ->> 2, value ->> 3
    from json_each(${passagesAsJson(passages)})`.execute(transaction);
}

/** Passages by BM25, which knows how rare a word is. */
export async function search(
  reader: Kysely<Tables>,
  request: SearchRequest,
  terms: readonly string[],
): Promise<FoundPassage[]> {
  const query = terms.map((term) => `"${term}"`).join(' OR ');
  const among =
    request.keys === undefined
      ? sql``
      : sql`and documents.key in (select value from json_each(${JSON.stringify(request.keys)}))`;
  const { rows } = await sql<FoundPassage>`
    with best as materialized (
      select passages.id, documents.key, -bm25(passages_index, ${headingWeight}, 1.0) as score
      from passages_index
      join passages on passages.id = passages_index.rowid
      join documents on documents.id = passages.document
      where passages_index match ${query}
        and documents.tenant = ${request.tenant}
        and documents.collection = ${request.collection}
        and ${isBelow('documents.key', request.prefix)}
        ${among}
      order by score desc, passages.id
      limit ${request.limit}
    )
    select best.key, start_line as "startLine", end_line as "endLine", heading, text, best.score
    from best join passages on passages.id = best.id
    order by best.score desc, best.id`.execute(reader);
  return rows;
}
