// Writes GGUF, version 3, the file format of llama.cpp (ggml-org/ggml, docs/gguf.md): a header, key-value pairs, descriptions
// of tensors, then their data, each at a multiple of 32 bytes.

type Value =
  | { readonly uint32: number }
  | { readonly float32: number }
  | { readonly bool: boolean }
  | { readonly string: string }
  | { readonly strings: readonly string[] }
  | { readonly int32s: readonly number[] };

export interface Tensor {
  readonly name: string;
  /** The one that varies the fastest comes first. */
  readonly dimensions: readonly number[];
  readonly data: Float32Array;
}

const version = 3;
const alignment = 32;
const types = { uint32: 4, int32: 5, float32: 6, bool: 7, string: 8, array: 9 } as const;
const float32Tensor = 0;

/** The bytes of a model file. */
export function gguf(metadata: Readonly<Record<string, Value>>, tensors: readonly Tensor[]): Buffer {
  const pairs = Object.entries(metadata);
  let offset = 0;
  const descriptions = tensors.map(({ name, dimensions, data }) => {
    const description = Buffer.concat([
      string(name),
      uint32(dimensions.length),
      ...dimensions.map(uint64),
      uint32(float32Tensor),
      uint64(offset),
    ]);
    offset += padded(data.byteLength);
    return description;
  });
  const head = Buffer.concat([
    Buffer.from('GGUF'),
    uint32(version),
    uint64(tensors.length),
    uint64(pairs.length),
    ...pairs.flatMap(([key, value]) => [string(key), ...encode(value)]),
    ...descriptions,
  ]);
  const data = tensors.map((tensor) => pad(Buffer.from(tensor.data.buffer)));
  return Buffer.concat([pad(head), ...data]);
}

function encode(value: Value): Buffer[] {
  if ('uint32' in value) return [uint32(types.uint32), uint32(value.uint32)];
  if ('float32' in value) return [uint32(types.float32), float32(value.float32)];
  if ('bool' in value) return [uint32(types.bool), Buffer.from([Number(value.bool)])];
  if ('string' in value) return [uint32(types.string), string(value.string)];
  if ('strings' in value) return array(types.string, value.strings.map(string));
  return array(types.int32, value.int32s.map(int32));
}

function array(type: number, items: readonly Buffer[]): Buffer[] {
  return [uint32(types.array), uint32(type), uint64(items.length), ...items];
}

function string(text: string): Buffer {
  const bytes = Buffer.from(text);
  return Buffer.concat([uint64(bytes.length), bytes]);
}

function uint32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value);
  return bytes;
}

function int32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeInt32LE(value);
  return bytes;
}

function uint64(value: number): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64LE(BigInt(value));
  return bytes;
}

function float32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeFloatLE(value);
  return bytes;
}

function padded(length: number): number {
  return Math.ceil(length / alignment) * alignment;
}

function pad(bytes: Buffer): Buffer {
  return Buffer.concat([bytes, Buffer.alloc(padded(bytes.length) - bytes.length)]);
}
