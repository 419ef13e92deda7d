import type { Transaction } from 'kysely';
import type { Tables } from '../database/index.ts';
import type { Passage } from './passages.ts';

/** Where documents belong: nothing of one tenant or collection is ever found in another. */
export interface Shelf {
  readonly tenant: string;
  /** What kind of thing is indexed: `file` or `note`. */
  readonly collection: string;
}

export interface IndexedDocument extends Shelf {
  /** A path, unique on its shelf. */
  readonly key: string;
  /** Changes when the document does. */
  readonly fingerprint: string;
  readonly passages: readonly Passage[];
}

export interface SearchRequest extends Shelf {
  /** Only documents at or below this path. */
  readonly prefix: string;
  /** A question or words; any text is allowed. */
  readonly query: string;
  readonly limit: number;
  /** Only documents with one of these keys. */
  readonly keys?: readonly string[];
}

export interface FoundPassage extends Passage {
  readonly key: string;
  /** Higher is better; comparable within one answer only. */
  readonly score: number;
}

/** Full text over documents and their passages. */
export interface TextIndex {
  /** Adds or replaces a document, in the given transaction or one of its own. */
  put(document: IndexedDocument, transaction?: Transaction<Tables>): Promise<void>;
  /** Adds or replaces documents, a few in each transaction so that others get their turn. */
  putMany(documents: readonly IndexedDocument[]): Promise<void>;
  /** To be called after many documents were put: until the database has counted them it searches badly. */
  updateStatistics(): Promise<void>;
  /** Notes that a document looks different but says the same. */
  setFingerprint(document: Omit<IndexedDocument, 'passages'>): Promise<void>;
  remove(shelf: Shelf, keys: readonly string[], transaction?: Transaction<Tables>): Promise<void>;
  removeBelow(shelf: Shelf, prefix: string): Promise<void>;
  /** The fingerprints of the documents at or below a path, by key. */
  fingerprints(shelf: Shelf, prefix: string): Promise<Map<string, string>>;
  /** How much is indexed at or below a path. */
  count(shelf: Shelf, prefix: string): Promise<{ documents: number; passages: number }>;
  /** The passages that match best, best first. Never throws because of what the query says. */
  search(request: SearchRequest): Promise<FoundPassage[]>;
}
