import { type Kysely, sql, type Transaction } from 'kysely';
import type { Database, Tables } from '../database/index.ts';
import { isBelow } from './keys.ts';
import type { Passage } from './passages.ts';
import { passagesAsJson } from './storable-text.ts';
import type { FoundPassage, SearchRequest } from './text-index.ts';

/** What a word counts by where it stands: text, two classes that we don’t use, heading. */
const weights = '{0.33, 0.33, 0.33, 1}';
/** Divides the rank by 1 + the logarithm of the passage’s length. */
const byLength = 1;

export async function insertPassages(
  transaction: Transaction<Tables>,
  document: number,
  passages: readonly Passage[],
): Promise<void> {
  await sql`
    insert into passages (document, start_line, end_line, heading, text)
    select ${document}::bigint, (value ->> 0)::bigint, (value ->> 1)::bigint, value ->> 2, value ->> 3
    from jsonb_array_elements(${passagesAsJson(passages)}::jsonb)`.execute(transaction);
}

/** Passages by how many of the words they have and how often; ts_rank_cd would prefer one word repeated to two found. */
export async function search(
  reader: Kysely<Tables>,
  request: SearchRequest,
  terms: readonly string[],
): Promise<FoundPassage[]> {
  const query = terms.map((term) => `'${term}'`).join(' | ');
  const among =
    request.keys === undefined
      ? sql``
      : sql`and documents.key in (select jsonb_array_elements_text(${JSON.stringify(request.keys)}::jsonb))`;
  const { rows } = await sql<FoundPassage>`
    select documents.key, start_line as "startLine", end_line as "endLine", heading, text,
      ts_rank(${weights}::float4[], search, query, ${byLength}::integer)::float8 as score
    from to_tsquery('english', ${query}) as query, passages
    join documents on documents.id = passages.document
    where passages.search @@ query
      and documents.tenant = ${request.tenant}
      and documents.collection = ${request.collection}
      and ${isBelow('documents.key', request.prefix)}
      ${among}
    order by score desc, passages.id
    limit ${request.limit}`.execute(reader);
  return rows;
}

/** Counts the rows, as autovacuum would some time later; without it a search of 10,000 passages took a second. */
export async function analyze(database: Database): Promise<void> {
  await database.write((transaction) => sql`analyze documents, passages`.execute(transaction));
}
