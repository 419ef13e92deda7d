import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Heap, type HeapNode, heapNode } from './index.ts';

test('over random arrivals, changes and removals the first is always the smallest, the earlier of two equals', () => {
  const step = fc.record({
    kind: fc.constantFrom('put', 'put', 'put', 'change', 'remove', 'take'),
    which: fc.nat(),
    key: fc.nat({ max: 100 }),
  });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 200, size: 'max' }), (steps) => {
      const heap = new Heap<number>();
      let nodes: HeapNode<number>[] = [];
      for (const [index, { kind, which, key }] of steps.entries()) {
        const chosen = nodes[which % Math.max(1, nodes.length)];
        if (kind === 'put') {
          const node = heapNode(index);
          heap.put(node, key, index);
          nodes.push(node);
        } else if (kind === 'change' && chosen !== undefined) heap.put(chosen, key, chosen.tie);
        else if (chosen !== undefined) {
          const removed = kind === 'take' ? (heap.first ?? chosen) : chosen;
          heap.remove(removed);
          heap.remove(removed);
          nodes = nodes.filter((node) => node !== removed);
        }
        const smallest = nodes.toSorted((left, right) => left.key - right.key || left.tie - right.tie)[0];
        expect(heap.first).toBe(smallest);
        expect(heap.size).toBe(nodes.length);
      }
    }),
  );
});
