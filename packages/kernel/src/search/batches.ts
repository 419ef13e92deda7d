/** Keeps a batch short enough (a few tens of milliseconds) for others to get their turn after it. */
const maximumCharacters = 100_000;
const maximumItems = 50;

/** Cuts a list into batches of at most 50 items and about 100,000 characters; an item that is longer has its own. */
export function* batchesOf<Item>(
  items: readonly Item[],
  lengthOf: (item: Item) => number,
): Generator<Item[]> {
  let batch: Item[] = [];
  let characters = 0;
  for (const item of items) {
    const length = lengthOf(item);
    const full = batch.length === maximumItems || characters + length > maximumCharacters;
    if (full && batch.length > 0) {
      yield batch;
      batch = [];
      characters = 0;
    }
    batch.push(item);
    characters += length;
  }
  if (batch.length > 0) yield batch;
}
